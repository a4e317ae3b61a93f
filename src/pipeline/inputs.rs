//! From the words of the command line to opened inputs of a known kind.

use super::bundles::{self, EarlyWarnings, Locations};
use super::{InputSpec, Named, Role, foreign};
use crate::formats::{Encoding, Guess, LogFormat, Problems, documents, fallback, recognise_log};
use crate::ingest::{self, Found, Source, SourceError};
use crate::model::report::Input;
use crate::model::{InputId, InputKind, Warning};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// All inputs, opened.
pub(super) struct Opened {
    /// All inputs for the report, by id.
    pub(super) inputs: Vec<Input>,
    /// Those that are read whole: events, snapshots, journals.
    pub(super) documents: Vec<Document>,
    /// Those that are scanned.
    pub(super) logs: Vec<Log>,
    /// Named inputs that may turn out to be foreign.
    pub(super) suspects: Vec<InputId>,
    /// Why named inputs cannot be read.
    pub(super) unreadable: Vec<String>,
}

/// An input that is read whole.
pub(super) struct Document {
    pub(super) id: InputId,
    pub(super) kind: InputKind,
    pub(super) source: Source,
}

/// An input that is scanned.
pub(super) struct Log {
    pub(super) id: InputId,
    pub(super) format: LogFormat,
    pub(super) source: Source,
    /// The damage that the decoder of a binary format finds while the log is read.
    pub(super) damage: Option<Arc<Mutex<Problems>>>,
}

pub(super) fn size(documents: &[Document]) -> u64 {
    documents
        .iter()
        .filter_map(|document| document.source.size)
        .sum()
}

pub(super) fn size_of_logs(logs: &[Log]) -> u64 {
    logs.iter().filter_map(|log| log.source.size).sum()
}

/// Where an input is read from.
pub(super) enum InputLocation {
    /// A file, or standard input.
    File(Found),
    /// A file that is open already.
    Opened(Source),
    /// A file in an archive.
    Member(ingest::Member),
    /// Something that is no file on this machine.
    Named(Named),
    /// An archive that was replaced by its members, or a bundle's manifest.
    Bundle,
    /// A named archive that holds nothing to read, and why.
    Refused(String),
}

/// Finds, opens and recognises everything. Ids follow the order of the paths, so the report does not
/// depend on the order of the words.
pub(super) fn open(specs: &[InputSpec], named: Vec<Named>) -> Opened {
    let mut opened = Opened {
        inputs: Vec::new(),
        documents: Vec::new(),
        logs: Vec::new(),
        suspects: Vec::new(),
        unreadable: Vec::new(),
    };
    let mut warnings = EarlyWarnings::new();
    let mut roles: BTreeMap<PathBuf, Role> = BTreeMap::new();
    let mut locations = find(specs, &mut roles, &mut warnings);
    for named in named {
        roles.extend(named.role.map(|role| (named.path.clone(), role)));
        locations.insert(named.path.clone(), InputLocation::Named(named));
    }
    bundles::verify(&mut locations, &mut warnings);
    for (id, (path, location)) in locations.into_iter().enumerate() {
        let id = InputId(u32::try_from(id).unwrap_or(u32::MAX));
        let mut input = Input::new(id, path.to_string_lossy(), InputKind::Unreadable);
        input.warnings = warnings.remove(&path).unwrap_or_default();
        let is_named = match &location {
            InputLocation::File(found) => found.named,
            InputLocation::Opened(_) | InputLocation::Refused(_) => true,
            _ => false,
        };
        let taken = match source(&path, location) {
            Ok(Some(source)) => {
                if is_named && foreign::looks_foreign(&source.head) {
                    opened.suspects.push(id);
                }
                take(&mut opened, &mut input, source, roles.get(&path).copied())
            }
            Ok(None) => {
                input.kind = InputKind::Bundle;
                Ok(())
            }
            Err(error) => Err(error),
        };
        if let Err(error) = taken {
            input.warnings.push(Warning::Unreadable(error.clone()));
            if is_named {
                opened.unreadable.push(error);
            }
        }
        opened.inputs.push(input);
    }
    opened
}

/// All inputs that the words stand for: files, and the files in folders and archives.
fn find(
    specs: &[InputSpec],
    roles: &mut BTreeMap<PathBuf, Role>,
    warnings: &mut EarlyWarnings,
) -> Locations {
    let mut locations = Locations::new();
    for spec in specs {
        let found = if spec.path.as_os_str() == "-" {
            vec![Found {
                path: spec.path.clone(),
                error: None,
                named: true,
            }]
        } else {
            ingest::find(&spec.path)
        };
        for found in found {
            let path = found.path.clone();
            if let Some(role) = spec.role {
                roles.entry(path.clone()).or_insert(role);
            }
            if locations.contains_key(&path) {
                continue;
            }
            // Only an archive that is named itself is looked into, none in a folder.
            if !found.named || found.error.is_some() {
                locations.insert(path, InputLocation::File(found));
                continue;
            }
            match Source::open(&path) {
                Ok(source) if ingest::is_archive(&source.head) => {
                    if let Err(why) = bundles::look_into(source, &mut locations, warnings) {
                        locations.insert(path, InputLocation::Refused(why));
                    }
                }
                Ok(source) => {
                    locations.insert(path, InputLocation::Opened(source));
                }
                // It is opened again to be read, and fails there with a warning.
                Err(_) => {
                    locations.insert(path, InputLocation::File(found));
                }
            }
        }
    }
    locations
}

/// Opens an input; `None` for one that was read already.
fn source(path: &Path, location: InputLocation) -> Result<Option<Source>, String> {
    let source =
        match location {
            InputLocation::Bundle => return Ok(None),
            InputLocation::Opened(source) => Ok(source),
            InputLocation::File(Found {
                error: Some(error), ..
            }) => Err(format!("cannot read {}: {error}", path.display())),
            InputLocation::Refused(why) => Err(why),
            InputLocation::File(_) => open_file(path).map_err(|error| error.to_string()),
            InputLocation::Member(member) => {
                Source::reader(path, member.reader()).map_err(|error| error.to_string())
            }
            // The report names the input beside the warning, so the words leave the name out.
            InputLocation::Named(named) => (named.open)()
                .map_err(|cause| cause.to_string())
                .and_then(|reader| {
                    Source::reader(path, reader).map_err(|error| error.cause.to_string())
                }),
        };
    source.map(Some)
}

/// Opens a file, or its compressed form: a recorder may have compressed it since the folder was listed.
fn open_file(path: &Path) -> Result<Source, SourceError> {
    Source::open(path).or_else(|error| {
        let mut compressed = path.as_os_str().to_owned();
        compressed.push(".gz");
        if error.cause.kind() == ErrorKind::NotFound {
            Source::open(Path::new(&compressed)).map_err(|_| error)
        } else {
            Err(error)
        }
    })
}

/// The warning about an input that broke off after `read` bytes.
pub(super) fn ended_early(error: &std::io::Error, read: u64) -> Warning {
    let says_itself = error
        .get_ref()
        .is_some_and(<dyn std::error::Error + Send + Sync>::is::<ingest::Stopped>);
    let error = error.to_string();
    if says_itself {
        Warning::NotDecompressed(error)
    } else {
        Warning::BrokeOff { read, error }
    }
}

/// Recognises an opened input and sorts it into the documents or the logs.
///
/// # Errors
/// When what is around a log cannot be decoded.
fn take(
    opened: &mut Opened,
    input: &mut Input,
    source: Source,
    role: Option<Role>,
) -> Result<(), String> {
    if source.head.is_empty() {
        input.kind = InputKind::Empty;
        input.warnings.push(Warning::Empty);
        return Ok(());
    }
    if let Some(failed) = documents::failed_export(&source.head) {
        input.kind = role.map_or(failed.kind, |role| by_role(role, &Content::Unknown).0);
        input.bytes = source.head.len() as u64;
        input.lines = failed.lines;
        input.warnings.push(Warning::ExportFailed(failed.says));
        return Ok(());
    }
    let content = recognise(&source.head);
    match (role, content) {
        (None, Content::Document(kind)) => document(opened, input, source, kind),
        (None, Content::Log(format)) => log(opened, input, source, format, None),
        (None, Content::Encoded(encoding)) => return encoded(opened, input, source, encoding),
        (None, Content::Unknown) => {
            let format = fallback(&source.head);
            if format == LogFormat::Plain {
                input.warnings.push(Warning::UnknownFormat);
                input.timeless = !foreign::shows_time(&source.head);
            }
            log(opened, input, source, format, None);
        }
        // A journal holds both the host's and the containers' lines.
        (Some(Role::Journal), Content::Log(LogFormat::Journald)) => {
            log(opened, input, source, LogFormat::Journald, None);
        }
        (Some(Role::Journal), Content::Encoded(Encoding::JournalExport)) => {
            return encoded(opened, input, source, Encoding::JournalExport);
        }
        (Some(role), content) => {
            let (given, fits) = by_role(role, &content);
            let holds = match &content {
                _ if fits => {
                    document(opened, input, source, given);
                    return Ok(());
                }
                Content::Unknown => {
                    document(opened, input, source, given);
                    return Ok(());
                }
                Content::Document(kind) => *kind,
                Content::Log(format) => format.kind(),
                Content::Encoded(encoding) => encoding.kind(),
            };
            input.warnings.push(Warning::OtherKind {
                given: words(given),
                holds: words(holds),
            });
            match content {
                Content::Log(format) => log(opened, input, source, format, None),
                Content::Encoded(encoding) => return encoded(opened, input, source, encoding),
                Content::Document(_) | Content::Unknown => document(opened, input, source, holds),
            }
        }
    }
    Ok(())
}

/// What the first bytes of an input are.
enum Content {
    Document(InputKind),
    Log(LogFormat),
    Encoded(Encoding),
    Unknown,
}

fn recognise(head: &[u8]) -> Content {
    match recognise_log(head) {
        Guess::Log(format) => Content::Log(format),
        Guess::Encoded(encoding) => Content::Encoded(encoding),
        Guess::Unknown => match documents::recognise_document(head) {
            // The first line of a container may come after many of the host's.
            None | Some(InputKind::DaemonLog | InputKind::HostLog) if is_exported(head) => {
                Content::Log(LogFormat::Journald)
            }
            content => content.map_or(Content::Unknown, Content::Document),
        },
    }
}

/// Whether the first line is an entry of a journal (`journalctl -o json`).
fn is_exported(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    line.starts_with(b"{")
        && [&b"\"__REALTIME_TIMESTAMP\""[..], b"\"MESSAGE\""]
            .into_iter()
            .all(|key| memchr::memmem::find(line, key).is_some())
}

/// The kind that a role asks for, and whether the content may be of that kind.
fn by_role(role: Role, content: &Content) -> (InputKind, bool) {
    match (role, content) {
        (Role::Events, Content::Document(InputKind::DockerEvents) | Content::Unknown) => {
            (InputKind::DockerEvents, true)
        }
        (Role::Events, _) => (InputKind::DockerEvents, false),
        (
            Role::Inspect,
            Content::Document(
                kind @ (InputKind::NetworkInspect
                | InputKind::ContainerConfig
                | InputKind::DockerInspect),
            ),
        ) => (*kind, true),
        (Role::Inspect, Content::Unknown) => (InputKind::DockerInspect, true),
        (Role::Inspect, _) => (InputKind::DockerInspect, false),
        (Role::Journal, Content::Document(InputKind::DaemonLog)) => (InputKind::DaemonLog, true),
        // Any lines may be a script's log if the user says so.
        (
            Role::Journal,
            Content::Document(
                InputKind::DockerEvents
                | InputKind::DockerInspect
                | InputKind::NetworkInspect
                | InputKind::RecordLedger,
            )
            | Content::Log(LogFormat::JsonFile | LogFormat::Journald)
            | Content::Encoded(_),
        ) => (InputKind::HostLog, false),
        (Role::Journal, _) => (InputKind::HostLog, true),
    }
}

fn words(kind: InputKind) -> &'static str {
    crate::formats::words(kind).unwrap_or("nothing")
}

fn document(opened: &mut Opened, input: &mut Input, source: Source, kind: InputKind) {
    input.kind = kind;
    opened.documents.push(Document {
        id: input.id,
        kind,
        source,
    });
}

fn log(
    opened: &mut Opened,
    input: &mut Input,
    source: Source,
    format: LogFormat,
    damage: Option<Arc<Mutex<Problems>>>,
) {
    if input.kind == InputKind::Unreadable {
        input.kind = format.kind();
    }
    opened.logs.push(Log {
        id: input.id,
        format,
        source,
        damage,
    });
}

/// Decodes a binary format around a log, then recognises what is inside.
fn encoded(
    opened: &mut Opened,
    input: &mut Input,
    source: Source,
    encoding: Encoding,
) -> Result<(), String> {
    input.kind = encoding.kind();
    let damage = Arc::new(Mutex::new(Problems::default()));
    let mut transcoder = encoding.transcoder();
    let found_damage = Arc::clone(&damage);
    let decoded = source.through(move |piece, out| {
        if let Some(piece) = piece {
            transcoder.push(piece, out);
        } else {
            transcoder.finish(out);
            if let Ok(mut damage) = found_damage.lock() {
                damage.clone_from(transcoder.problems());
            }
        }
    });
    let source = decoded.map_err(|error| {
        input.kind = InputKind::Unreadable;
        error.to_string()
    })?;
    match recognise(&source.head) {
        Content::Document(kind) => document(opened, input, source, kind),
        Content::Log(format) => log(opened, input, source, format, Some(damage)),
        Content::Encoded(_) | Content::Unknown => {
            let format = fallback(&source.head);
            log(opened, input, source, format, Some(damage));
        }
    }
    Ok(())
}
