//! Documents beside the logs: event histories, snapshots, journals, a record's ledger.
//!
//! To add a kind, write its file and its row of `KINDS`. Kinds with records of a new type also need a
//! field of [`Records`].

mod config_v2;
pub mod daemon;
pub mod events;
mod failed;
mod head;
pub mod host;
pub mod inspect;
mod journal;
pub(crate) mod ledger;
mod lines;
mod located;
mod logfmt;
mod networks;
mod objects;
mod parsed;
mod records;

pub(crate) use failed::failed_export;
pub use parsed::{Parsed, Problem};
pub use records::Records;

use super::time::Zone;
use crate::model::{InputId, InputKind};
use head::Head;

/// Everything about one kind of document. Several rows may be of one [`InputKind`], when it can be
/// recognised in several ways.
pub struct DocumentKind {
    /// The row's name.
    pub name: &'static str,
    /// What such an input is.
    pub kind: InputKind,
    /// What reports call it.
    pub words: &'static str,
    /// Its lines may lack a year, which the documents read before it must supply.
    pub lacks_year: bool,
    /// How it is read.
    pub reader: Reader,
    /// Whether a document with this head is one, when no row above claims it.
    claims: fn(&Head<'_>) -> bool,
    /// Whole documents that are recognised as this kind and give at least one record.
    #[cfg(test)]
    samples: &'static [&'static str],
    /// Documents that look similar and are not recognised as this kind.
    #[cfg(test)]
    counter_samples: &'static [&'static str],
}

/// How the records of a document are read.
#[derive(Clone, Copy)]
pub enum Reader {
    /// An event history, which may be long: in parts, by [`events::part`].
    InParts,
    /// As a whole.
    Whole(fn(&Given<'_>) -> Records),
}

/// A document and what is known about it from elsewhere.
pub struct Given<'a> {
    /// Its number, for citations.
    pub input: InputId,
    /// All of it.
    pub bytes: &'a [u8],
    /// The zone of times that name none.
    pub zone: &'a Zone,
    /// The year of times that name none.
    pub year_hint: Option<i32>,
    /// The container whose folder it was found in.
    pub container_id: Option<&'a str>,
}

/// All kinds, in the order in which they are recognised.
static KINDS: &[DocumentKind] = &[
    DocumentKind {
        name: "record-ledger",
        kind: InputKind::RecordLedger,
        words: "a record's ledger",
        lacks_year: false,
        claims: ledger::claims,
        reader: Reader::Whole(|given| ledger::parse(given.input, given.bytes).into()),
        #[cfg(test)]
        samples: ledger::SAMPLES,
        #[cfg(test)]
        counter_samples: ledger::COUNTER_SAMPLES,
    },
    DocumentKind {
        name: "docker-events",
        kind: InputKind::DockerEvents,
        words: "Docker events",
        lacks_year: false,
        claims: events::is_docker_history,
        reader: Reader::InParts,
        #[cfg(test)]
        samples: events::samples::DOCKER,
        #[cfg(test)]
        counter_samples: events::samples::NOT_DOCKER,
    },
    DocumentKind {
        name: "podman-events",
        kind: InputKind::DockerEvents,
        words: "Docker events",
        lacks_year: false,
        claims: events::is_podman_history,
        reader: Reader::InParts,
        #[cfg(test)]
        samples: events::samples::PODMAN,
        #[cfg(test)]
        counter_samples: events::samples::NOT_PODMAN,
    },
    DocumentKind {
        name: "compose-events",
        kind: InputKind::DockerEvents,
        words: "Docker events",
        lacks_year: false,
        claims: events::is_compose_history,
        reader: Reader::InParts,
        #[cfg(test)]
        samples: events::samples::COMPOSE,
        #[cfg(test)]
        counter_samples: events::samples::NOT_COMPOSE,
    },
    DocumentKind {
        name: "container-config",
        kind: InputKind::ContainerConfig,
        words: "a container's configuration",
        lacks_year: false,
        claims: config_v2::claims,
        reader: Reader::Whole(read_snapshots),
        #[cfg(test)]
        samples: config_v2::SAMPLES,
        #[cfg(test)]
        counter_samples: config_v2::COUNTER_SAMPLES,
    },
    DocumentKind {
        name: "docker-inspect",
        kind: InputKind::DockerInspect,
        words: "inspect output",
        lacks_year: false,
        claims: inspect::claims,
        reader: Reader::Whole(read_snapshots),
        #[cfg(test)]
        samples: inspect::SAMPLES,
        #[cfg(test)]
        counter_samples: inspect::COUNTER_SAMPLES,
    },
    DocumentKind {
        name: "network-inspect",
        kind: InputKind::NetworkInspect,
        words: "network inspect output",
        lacks_year: false,
        claims: networks::claims,
        reader: Reader::Whole(|given| networks::parse(given.input, given.bytes).into()),
        #[cfg(test)]
        samples: networks::SAMPLES,
        #[cfg(test)]
        counter_samples: networks::COUNTER_SAMPLES,
    },
    DocumentKind {
        name: "text-events",
        kind: InputKind::DockerEvents,
        words: "Docker events",
        lacks_year: false,
        claims: events::is_text_history,
        reader: Reader::InParts,
        #[cfg(test)]
        samples: events::samples::TEXT,
        #[cfg(test)]
        counter_samples: events::samples::NOT_TEXT,
    },
    DocumentKind {
        name: "daemon-log",
        kind: InputKind::DaemonLog,
        words: "the engine's log",
        lacks_year: true,
        claims: daemon::claims,
        reader: Reader::Whole(|given| {
            daemon::parse_daemon(given.input, given.bytes, given.zone, given.year_hint).into()
        }),
        #[cfg(test)]
        samples: daemon::SAMPLES,
        #[cfg(test)]
        counter_samples: daemon::COUNTER_SAMPLES,
    },
    DocumentKind {
        name: "host-log",
        kind: InputKind::HostLog,
        words: "a journal",
        lacks_year: true,
        claims: host::claims,
        reader: Reader::Whole(read_host_log),
        #[cfg(test)]
        samples: host::SAMPLES,
        #[cfg(test)]
        counter_samples: host::COUNTER_SAMPLES,
    },
    DocumentKind {
        name: "exported-events",
        kind: InputKind::DockerEvents,
        words: "Docker events",
        lacks_year: false,
        claims: events::is_exported_history,
        reader: Reader::InParts,
        #[cfg(test)]
        samples: events::samples::EXPORTED,
        #[cfg(test)]
        counter_samples: events::samples::NOT_EXPORTED,
    },
];

fn read_snapshots(given: &Given<'_>) -> Records {
    inspect::parse_in_folder(given.input, given.bytes, given.container_id).into()
}

fn read_host_log(given: &Given<'_>) -> Records {
    let (input, bytes, zone, year) = (given.input, given.bytes, given.zone, given.year_hint);
    Records {
        container_lines: host::container_lines(input, bytes, zone, year),
        ..host::parse_host(input, bytes, zone, year).into()
    }
}

/// What a document that begins with `head` is; `None` when it is no document, or not clearly one.
#[must_use]
pub(crate) fn recognise_document(head: &[u8]) -> Option<InputKind> {
    Some(recognise(head)?.kind)
}

fn recognise(head: &[u8]) -> Option<&'static DocumentKind> {
    let head = Head::new(head)?;
    KINDS.iter().find(|row| (row.claims)(&head))
}

/// The first row of a kind; `None` when inputs of that kind are not documents.
#[must_use]
pub(crate) fn row_for(kind: InputKind) -> Option<&'static DocumentKind> {
    KINDS.iter().find(|row| row.kind == kind)
}

#[cfg(test)]
mod tests;
