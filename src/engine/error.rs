//! What can go wrong with an engine, in words that say what to do.

use super::address::Address;
use super::version::ApiVersion;
use std::error::Error as _;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why the engine did not give what was asked of it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// Nothing names an engine, and none is in the usual places.
    #[error(
        "no engine found: there is no {}. Is Docker (or podman's service) running here? Name another one with --host or DOCKER_HOST",
        list(tried)
    )]
    NoSocket {
        /// Where it was sought.
        tried: Vec<PathBuf>,
    },
    /// A context that is not there or unusable.
    #[error("the context {name}: {what}")]
    Context {
        /// Its name.
        name: String,
        /// What is wrong with it.
        what: String,
    },
    /// Words that are no address.
    #[error("{address:?} is no address of an engine: {why}")]
    Address {
        /// The words.
        address: String,
        /// What is wrong with them.
        why: &'static str,
    },
    /// A certificate or key that TLS needs.
    #[error("cannot read {}, which TLS needs: {why}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        why: String,
    },
    /// The socket may not be opened by this user.
    #[error("no permission for {address}: {}", remedy(group.as_deref()))]
    Permission {
        /// The engine's address.
        address: String,
        /// The group that may.
        group: Option<String>,
    },
    /// Nobody listens there.
    #[error("cannot reach the engine at {address}: {why}")]
    Unreachable {
        /// The engine's address.
        address: String,
        /// What was said.
        why: String,
    },
    /// `ssh` or the host that it leads to refuses, and will again.
    #[error("cannot reach the engine at {address}: {why}")]
    Ssh {
        /// The engine's address.
        address: String,
        /// What stands in the way.
        why: String,
    },
    /// It took the request and stayed silent.
    #[error("the engine at {address} did not answer within {} s ({what})", after.as_secs_f32())]
    TimedOut {
        /// The engine's address.
        address: String,
        /// What was asked for: the path of the request.
        what: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// The connection broke in an answer.
    #[error("the engine at {address} broke off its answer ({what}): {why}")]
    BrokenOff {
        /// The engine's address.
        address: String,
        /// What was asked for: the path of the request.
        what: String,
        /// What was said.
        why: String,
    },
    /// It answered with an error.
    #[error("{message} (the engine's status {status} to {what})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// What was asked for: the path of the request.
        what: String,
        /// The engine's words.
        message: String,
    },
    /// It answered, but not as an engine does.
    #[error("{address} is no engine that is understood: {why}")]
    NoEngine {
        /// The address.
        address: String,
        /// What is wrong with the answer.
        why: String,
    },
    /// Its API is older than what is needed.
    #[error("the engine's API is {has}; {} or later is needed", ApiVersion::OLDEST)]
    TooOld {
        /// What it has.
        has: ApiVersion,
    },
    /// This program could not start what it needs to talk.
    #[error("cannot start talking to the engine: {0}")]
    Start(String),
}

impl Error {
    /// Whether to ask again may help.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::BrokenOff { .. } => true,
            Self::Refused { status, .. } => matches!(status, 429 | 500 | 502..=504),
            _ => false,
        }
    }

    /// Whether the engine says that what was asked for is not there.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { status: 404, .. })
    }

    /// What bollard said of the request for `what`.
    pub(super) fn from_bollard(
        error: &bollard::errors::Error,
        address: &Address,
        what: &str,
    ) -> Self {
        use bollard::errors::Error as Bollard;
        let io = io_error(error);
        // The transport knows best.
        let own = io.and_then(io::Error::get_ref);
        if let Some(own) = own.and_then(|own| own.downcast_ref::<Self>()) {
            return own.clone();
        }
        let why = chain(error);
        match (error, io.map(io::Error::kind)) {
            (
                Bollard::DockerResponseServerError {
                    status_code,
                    message,
                },
                _,
            ) => {
                let message = message.trim();
                Self::Refused {
                    status: *status_code,
                    what: what.to_owned(),
                    message: if message.is_empty() {
                        "no reason given".to_owned()
                    } else {
                        message.to_owned()
                    },
                }
            }
            (_, Some(io::ErrorKind::PermissionDenied)) => Self::permission(address),
            (Bollard::SocketNotFoundError(_), _) => Self::Unreachable {
                address: address.to_string(),
                why: "there is no such socket".to_owned(),
            },
            (Bollard::HyperLegacyError { err }, _) if err.is_connect() => Self::Unreachable {
                address: address.to_string(),
                why,
            },
            _ => Self::BrokenOff {
                address: address.to_string(),
                what: what.to_owned(),
                why,
            },
        }
    }

    /// The socket may not be opened; names the group whose members may.
    pub(super) fn permission(address: &Address) -> Self {
        let group = match address {
            Address::Unix(path) => group_of(path),
            _ => None,
        };
        Self::Permission {
            address: address.to_string(),
            group,
        }
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        let kind = match &error {
            Error::TimedOut { .. } => io::ErrorKind::TimedOut,
            Error::Permission { .. } => io::ErrorKind::PermissionDenied,
            _ => io::ErrorKind::Other,
        };
        Self::new(kind, error)
    }
}

fn list(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    paths.join(", ")
}

fn remedy(group: Option<&str>) -> String {
    match group {
        Some("root") => "only root may use it; run this with sudo".to_owned(),
        Some(group) => format!(
            "members of the group {group} may use it (sudo usermod -aG {group} \"$USER\", then log in again), or run this with sudo"
        ),
        None => "run this with sudo".to_owned(),
    }
}

/// All that an error and its causes say, without repetition: many causes are in their effect's words.
fn chain(error: &dyn std::error::Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !said.contains(&words) {
            said = format!("{said}: {words}");
        }
        cause = error.source();
    }
    said.trim_start_matches("Error in the hyper legacy client: ")
        .to_owned()
}

/// The system's answer, when one is among the causes.
fn io_error(error: &bollard::errors::Error) -> Option<&io::Error> {
    if let bollard::errors::Error::IOError { err } = error {
        return Some(err);
    }
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Some(error);
        }
        cause = error.source();
    }
    None
}

/// The group that a file belongs to, by name where `/etc/group` knows it.
#[cfg(unix)]
fn group_of(path: &Path) -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let number = std::fs::metadata(path).ok()?.gid().to_string();
    let groups = std::fs::read_to_string("/etc/group").unwrap_or_default();
    // group_name:password:GID:user_list
    let name = groups.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == number).then(|| name.to_owned())
    });
    Some(name.unwrap_or(number))
}

#[cfg(not(unix))]
fn group_of(_: &Path) -> Option<String> {
    None
}
