//! Which engine to ask: options, environment, contexts and the usual places, in `docker`'s order.

use super::context;
use super::error::Error;
use super::ssh::Destination;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where an engine listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A Unix socket.
    Unix(PathBuf),
    /// Plain HTTP: `host:port`.
    Tcp(String),
    /// HTTPS with the client's certificate: `host:port`.
    Tls(String, Tls),
    /// Over `ssh`, by `docker system dial-stdio` on the other side: the URL.
    Ssh(String),
    /// A named pipe of Windows: the URL.
    Pipe(String),
}

/// The files of a TLS client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    /// Who may sign the engine's certificate.
    pub ca: PathBuf,
    /// The client's certificate.
    pub cert: PathBuf,
    /// The client's key.
    pub key: PathBuf,
}

impl Tls {
    /// By the names that `docker` gives them.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            ca: folder.join("ca.pem"),
            cert: folder.join("cert.pem"),
            key: folder.join("key.pem"),
        }
    }
}

/// What the search for an engine depends on, apart from options.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `DOCKER_HOST`.
    pub host: Option<String>,
    /// `DOCKER_CONTEXT`.
    pub context: Option<String>,
    /// `DOCKER_TLS_VERIFY` or `DOCKER_TLS` has a value.
    pub tls: bool,
    /// `DOCKER_CERT_PATH`.
    pub cert_path: Option<PathBuf>,
    /// The folder of `docker`'s configuration: `DOCKER_CONFIG`, else `~/.docker`.
    pub config: Option<PathBuf>,
    /// `DOCKER_API_VERSION`.
    pub api_version: Option<String>,
    /// Sockets to try when nothing names an engine, best first.
    pub usual: Vec<PathBuf>,
}

impl Environment {
    /// That of this process. A variable without a value counts as not set, as for `docker`.
    #[must_use]
    pub fn of_process() -> Self {
        let text = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let path = |name| text(name).map(PathBuf::from);
        let home = path("HOME").or_else(|| path("USERPROFILE"));
        let mut usual = vec![PathBuf::from("/var/run/docker.sock")];
        let runtime =
            path("XDG_RUNTIME_DIR").or_else(|| Some(format!("/run/user/{}", user()?).into()));
        if let Some(runtime) = runtime {
            usual.push(runtime.join("docker.sock"));
            usual.push(runtime.join("podman/podman.sock"));
        }
        usual.push(PathBuf::from("/run/podman/podman.sock"));
        Self {
            host: text("DOCKER_HOST"),
            context: text("DOCKER_CONTEXT"),
            tls: text("DOCKER_TLS_VERIFY").is_some() || text("DOCKER_TLS").is_some(),
            cert_path: path("DOCKER_CERT_PATH"),
            config: path("DOCKER_CONFIG").or_else(|| home.map(|home| home.join(".docker"))),
            api_version: text("DOCKER_API_VERSION"),
            usual,
        }
    }
}

/// The number of the user who runs this.
#[cfg(unix)]
fn user() -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    Some(std::fs::metadata("/proc/self").ok()?.uid())
}

#[cfg(not(unix))]
fn user() -> Option<u32> {
    None
}

impl Address {
    /// The engine that is meant. Said by option: `host`, then `context`; in the environment:
    /// `DOCKER_HOST`, then `DOCKER_CONTEXT`; then `docker context use`; then the first socket of the
    /// usual places that is there (Docker's, rootless Docker's, podman's).
    ///
    /// # Errors
    /// When the words are no address, or a context is not there or unusable.
    pub fn resolve(
        host: Option<&str>,
        context: Option<&str>,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let folder = environment.config.as_deref();
        let by_name = |name: &str| match folder {
            _ if name == "default" => Self::by_default(environment),
            Some(folder) => context::find(folder, name),
            None => Err(Error::Context {
                name: name.to_owned(),
                what: "there is no folder for contexts: HOME and DOCKER_CONFIG are not set"
                    .to_owned(),
            }),
        };
        if let Some(host) = host {
            return Self::named(host, environment);
        }
        if let Some(name) = context {
            return by_name(name);
        }
        if environment.host.is_some() {
            return Self::by_default(environment);
        }
        if let Some(name) = &environment.context {
            return by_name(name);
        }
        match folder.and_then(context::current) {
            Some(name) => by_name(&name),
            None => Self::by_default(environment),
        }
    }

    /// What `docker` calls the default context.
    fn by_default(environment: &Environment) -> Result<Self, Error> {
        if let Some(host) = &environment.host {
            return Self::named(host, environment);
        }
        if cfg!(windows) {
            return Ok(Self::Pipe("npipe:////./pipe/docker_engine".to_owned()));
        }
        let is_there = |path: &&PathBuf| std::fs::symlink_metadata(path).is_ok();
        match environment.usual.iter().find(is_there) {
            Some(path) => Ok(Self::Unix(path.clone())),
            None => Err(Error::NoSocket {
                tried: environment.usual.clone(),
            }),
        }
    }

    /// An address in words, with the environment's TLS.
    fn named(host: &str, environment: &Environment) -> Result<Self, Error> {
        let folder = environment
            .cert_path
            .as_ref()
            .or(environment.config.as_ref());
        let tls = environment
            .tls
            .then(|| folder.map(|folder| Tls::in_folder(folder)))
            .flatten();
        Self::parse(host, tls)
    }

    /// `unix://`, `tcp://`, `http://`, `https://`, `ssh://`, `npipe://`, or a path.
    pub(super) fn parse(host: &str, tls: Option<Tls>) -> Result<Self, Error> {
        let wrong = |why| Error::Address {
            address: host.to_owned(),
            why,
        };
        let Some((scheme, rest)) = host.split_once("://") else {
            return if host.starts_with('/') {
                Ok(Self::Unix(host.into()))
            } else {
                Err(wrong(
                    "it needs a scheme: unix://, tcp://, ssh:// or npipe://",
                ))
            };
        };
        if rest.is_empty() && scheme != "unix" {
            return Err(wrong("nothing follows the scheme"));
        }
        match scheme {
            "unix" if rest.is_empty() => Ok(Self::Unix("/var/run/docker.sock".into())),
            "unix" => Ok(Self::Unix(rest.into())),
            "tcp" | "http" | "https" => {
                let authority = rest.trim_end_matches('/');
                if authority.contains('/') {
                    return Err(wrong("a path behind the port is not supported"));
                }
                match tls {
                    Some(tls) if scheme != "http" => Ok(Self::Tls(with_port(authority, 2376), tls)),
                    None if scheme == "https" => Err(wrong(
                        "https:// needs certificates: set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH",
                    )),
                    _ => Ok(Self::Tcp(with_port(authority, 2375))),
                }
            }
            "ssh" => match Destination::parse(rest) {
                Ok(_) => Ok(Self::Ssh(host.to_owned())),
                Err(why) => Err(wrong(why)),
            },
            "npipe" => Ok(Self::Pipe(host.to_owned())),
            "fd" => Err(wrong(
                "fd:// is where an engine listens; name the socket itself",
            )),
            _ => Err(wrong(
                "the scheme is not known: unix://, tcp://, ssh:// or npipe://",
            )),
        }
    }
}

/// With `port` unless it has one; `[::1]` has none.
fn with_port(authority: &str, port: u16) -> String {
    let host_ends = authority.rfind(']').unwrap_or(0);
    if authority[host_ends..].contains(':') {
        authority.to_owned()
    } else {
        format!("{authority}:{port}")
    }
}

impl fmt::Display for Address {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(out, "unix://{}", path.display()),
            Self::Tcp(authority) | Self::Tls(authority, _) => write!(out, "tcp://{authority}"),
            Self::Ssh(url) | Self::Pipe(url) => out.write_str(url),
        }
    }
}

#[cfg(test)]
mod tests;
