//! From the words of the command line to opened inputs of a known kind.

use super::bundles::{self, Notes};
use super::{InputSpec, Named, Role};
use crate::formats::{Encoding, Guess, LogFormat, documents, fallback, recognise_log};
use crate::ingest::{self, Found, Source, SourceError};
use crate::model::report::Input;
use crate::model::{InputId, InputKind};
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// All inputs, opened.
pub(super) struct Opened {
    /// For the report, by id.
    pub(super) inputs: Vec<Input>,
    /// Read whole: events, snapshots, journals.
    pub(super) documents: Vec<Document>,
    /// Scanned.
    pub(super) logs: Vec<Log>,
    /// Named inputs that cannot be read.
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
    /// What a decoder in front of it found wrong, once it was read.
    pub(super) damage: Option<Arc<Mutex<crate::formats::Problems>>>,
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

/// Where an input is.
pub(super) enum Place {
    /// A file, or standard input.
    File(Found),
    /// A file that was opened already.
    Opened(Source),
    /// A file in an archive.
    Member(ingest::Member),
    /// No file on this machine.
    Named(Named),
    /// An archive that was looked into, or a bundle's manifest.
    Bundle,
}

/// Finds, opens and recognises everything. Ids are given in the order of the paths, so that the
/// report does not depend on the order of the words.
pub(super) fn open(specs: &[InputSpec], named: Vec<Named>) -> Opened {
    let mut opened = Opened {
        inputs: Vec::new(),
        documents: Vec::new(),
        logs: Vec::new(),
        unreadable: Vec::new(),
    };
    let mut notes = Notes::new();
    let mut roles: BTreeMap<PathBuf, Role> = BTreeMap::new();
    let mut places = find(specs, &mut roles, &mut notes);
    for named in named {
        notes.insert(named.path.clone(), named.warnings.clone());
        roles.extend(named.role.map(|role| (named.path.clone(), role)));
        places.insert(named.path.clone(), Place::Named(named));
    }
    bundles::verify(&mut places, &mut notes);
    for (id, (path, place)) in places.into_iter().enumerate() {
        let id = InputId(u32::try_from(id).unwrap_or(u32::MAX));
        let mut input = Input::new(id, path.to_string_lossy(), InputKind::Unreadable);
        input.warnings = notes.remove(&path).unwrap_or_default();
        let is_named = matches!(&place, Place::File(found) if found.named);
        match source(&path, place) {
            Ok(Some(source)) => take(&mut opened, &mut input, source, roles.get(&path).copied()),
            Ok(None) => input.kind = InputKind::Bundle,
            Err(error) => {
                input.warnings.push(error.clone());
                if is_named {
                    opened.unreadable.push(error);
                }
            }
        }
        opened.inputs.push(input);
    }
    opened
}

/// All that the words stand for: files, those in folders, those in archives.
fn find(
    specs: &[InputSpec],
    roles: &mut BTreeMap<PathBuf, Role>,
    notes: &mut Notes,
) -> BTreeMap<PathBuf, Place> {
    let mut places = BTreeMap::new();
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
            if places.contains_key(&path) {
                continue;
            }
            // Archives in a folder are not looked for; one that is named is looked into.
            if !found.named || found.error.is_some() {
                places.insert(path, Place::File(found));
                continue;
            }
            match Source::open(&path) {
                Ok(source) if ingest::is_archive(&source.head) => {
                    if let Err(error) = bundles::look_into(source, &mut places, notes) {
                        let error = Some(std::io::Error::other(error));
                        let found = Found { error, ..found };
                        places.insert(path, Place::File(found));
                    }
                }
                Ok(source) => {
                    places.insert(path, Place::Opened(source));
                }
                // Told where it is read.
                Err(_) => {
                    places.insert(path, Place::File(found));
                }
            }
        }
    }
    places
}

/// Opens a file, or begins to read what stands for one; `None` for what was read already.
fn source(path: &Path, place: Place) -> Result<Option<Source>, String> {
    let source = match place {
        Place::Bundle => return Ok(None),
        Place::Opened(source) => Ok(source),
        Place::File(Found {
            error: Some(error), ..
        }) => Err(match error.get_ref() {
            Some(said) if said.to_string().starts_with("cannot ") => said.to_string(),
            _ => format!("cannot read {}: {error}", path.display()),
        }),
        Place::File(_) => open_anyway(path).map_err(|error| error.to_string()),
        Place::Member(member) => {
            Source::reader(path, member.reader()).map_err(|error| error.to_string())
        }
        // What is wrong stands behind the name, which is no file's.
        Place::Named(named) => {
            (named.open)()
                .map_err(|cause| cause.to_string())
                .and_then(|reader| {
                    Source::reader(path, reader).map_err(|error| error.cause.to_string())
                })
        }
    };
    source.map(Some)
}

/// Opens a file. A recorder may have compressed it since its folder was listed.
fn open_anyway(path: &Path) -> Result<Source, SourceError> {
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

/// What to say of an input that cannot be read to its end; `read` bytes of it were.
pub(super) fn ended_early(error: &std::io::Error, read: u64) -> String {
    let says_itself = error
        .get_ref()
        .is_some_and(<dyn std::error::Error + Send + Sync>::is::<ingest::Stopped>);
    if says_itself {
        error.to_string()
    } else {
        format!("damaged after {read} bytes: {error}; what came before was read")
    }
}

/// Recognises an opened input and puts it where it is read.
fn take(opened: &mut Opened, input: &mut Input, source: Source, role: Option<Role>) {
    if source.head.is_empty() {
        input.kind = InputKind::Empty;
        input.warnings.push("it is empty".to_owned());
        return;
    }
    let seen = recognise(&source.head);
    match (role, seen) {
        (None, Seen::Document(kind)) => document(opened, input, source, kind),
        (None, Seen::Log(format)) => log(opened, input, source, format, None),
        (None, Seen::Encoded(encoding)) => encoded(opened, input, source, encoding),
        (None, Seen::Unknown) => {
            let format = fallback(&source.head);
            if format == LogFormat::Plain {
                input.warnings.push(
                    "its format is not known; it is scanned as plain lines without times"
                        .to_owned(),
                );
            }
            log(opened, input, source, format, None);
        }
        // A journal holds the host's lines and the containers'.
        (Some(Role::Journal), Seen::Log(LogFormat::Journald)) => {
            log(opened, input, source, LogFormat::Journald, None);
        }
        (Some(Role::Journal), Seen::Encoded(Encoding::JournalExport)) => {
            encoded(opened, input, source, Encoding::JournalExport);
        }
        (Some(role), seen) => {
            let (kind, fits) = by_role(role, &seen);
            if fits {
                return document(opened, input, source, kind);
            }
            match seen {
                Seen::Document(seen) => {
                    input.warnings.push(format!(
                        "given as {}, but it holds {}: read as that",
                        words(kind),
                        words(seen)
                    ));
                    document(opened, input, source, seen);
                }
                Seen::Log(format) => {
                    input.warnings.push(format!(
                        "given as {}, but it holds {}: read as that",
                        words(kind),
                        words(format.kind())
                    ));
                    log(opened, input, source, format, None);
                }
                Seen::Encoded(encoding) => {
                    input.warnings.push(format!(
                        "given as {}, but it holds {}: read as that",
                        words(kind),
                        words(encoding.kind())
                    ));
                    encoded(opened, input, source, encoding);
                }
                Seen::Unknown => document(opened, input, source, kind),
            }
        }
    }
}

/// What the first bytes of an input are.
enum Seen {
    Document(InputKind),
    Log(LogFormat),
    Encoded(Encoding),
    Unknown,
}

fn recognise(head: &[u8]) -> Seen {
    match recognise_log(head) {
        Guess::Log(format) => Seen::Log(format),
        Guess::Encoded(encoding) => Seen::Encoded(encoding),
        Guess::Unknown => match documents::recognise_document(head) {
            // Its first containers' lines may come after many of the host's.
            None | Some(InputKind::DaemonLog | InputKind::HostLog) if is_exported(head) => {
                Seen::Log(LogFormat::Journald)
            }
            seen => seen.map_or(Seen::Unknown, Seen::Document),
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

/// The kind that a role asks for, and whether the content does not contradict it.
fn by_role(role: Role, seen: &Seen) -> (InputKind, bool) {
    match (role, seen) {
        (Role::Events, Seen::Document(InputKind::DockerEvents) | Seen::Unknown) => {
            (InputKind::DockerEvents, true)
        }
        (Role::Events, _) => (InputKind::DockerEvents, false),
        (
            Role::Inspect,
            Seen::Document(
                kind @ (InputKind::NetworkInspect
                | InputKind::ContainerConfig
                | InputKind::DockerInspect),
            ),
        ) => (*kind, true),
        (Role::Inspect, Seen::Unknown) => (InputKind::DockerInspect, true),
        (Role::Inspect, _) => (InputKind::DockerInspect, false),
        (Role::Journal, Seen::Document(InputKind::DaemonLog)) => (InputKind::DaemonLog, true),
        // Any lines can be a script's log: the user says that they are.
        (
            Role::Journal,
            Seen::Document(
                InputKind::DockerEvents
                | InputKind::DockerInspect
                | InputKind::NetworkInspect
                | InputKind::RecordLedger,
            )
            | Seen::Log(LogFormat::JsonFile | LogFormat::Journald)
            | Seen::Encoded(_),
        ) => (InputKind::HostLog, false),
        (Role::Journal, _) => (InputKind::HostLog, true),
    }
}

fn words(kind: InputKind) -> &'static str {
    match kind {
        InputKind::JsonFileLog => "a json-file log",
        InputKind::TimestampedLog => "a log with times",
        InputKind::PlainLog => "a log",
        InputKind::ComposeLog => "a Compose log",
        InputKind::CriLog => "a CRI log",
        InputKind::JournaldLog => "a container's log from the journal",
        InputKind::LocalLog => "a log of the local driver",
        InputKind::RawStreamLog => "a raw log stream of the engine",
        InputKind::DockerEvents => "Docker events",
        InputKind::DockerInspect => "inspect output",
        InputKind::NetworkInspect => "network inspect output",
        InputKind::ContainerConfig => "a container's configuration",
        InputKind::DaemonLog => "the engine's log",
        InputKind::HostLog => "a journal",
        InputKind::Bundle => "a bundle",
        InputKind::RecordLedger => "a record's ledger",
        InputKind::Empty | InputKind::Unreadable => "nothing",
    }
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
    damage: Option<Arc<Mutex<crate::formats::Problems>>>,
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

/// Decodes a binary container around a log, then recognises what is inside.
fn encoded(opened: &mut Opened, input: &mut Input, source: Source, encoding: Encoding) {
    input.kind = encoding.kind();
    let damage = Arc::new(Mutex::new(crate::formats::Problems::default()));
    let mut transcoder = encoding.transcoder();
    let seen_damage = Arc::clone(&damage);
    let decoded = source.through(move |piece, out| {
        if let Some(piece) = piece {
            transcoder.push(piece, out);
        } else {
            transcoder.finish(out);
            if let Ok(mut damage) = seen_damage.lock() {
                damage.clone_from(transcoder.problems());
            }
        }
    });
    match decoded {
        Err(error) => {
            input.kind = InputKind::Unreadable;
            input.warnings.push(error.to_string());
            opened.unreadable.push(error.to_string());
        }
        Ok(source) => match recognise(&source.head) {
            Seen::Document(kind) => document(opened, input, source, kind),
            Seen::Log(format) => log(opened, input, source, format, Some(damage)),
            Seen::Encoded(_) | Seen::Unknown => {
                let format = fallback(&source.head);
                log(opened, input, source, format, Some(damage));
            }
        },
    }
}
