//! The connection: one background thread that talks, and plain calls into it.

use super::address::{Address, Environment, Tls};
use super::body::{Body, Piece};
use super::error::Error;
use super::interrupt::Interrupts;
use super::retry::Backoff;
use super::ssh;
use super::version::ApiVersion;
use crate::model::limits::LARGEST_ANSWER;
use bollard::{API_DEFAULT_VERSION, BollardRequest, Docker};
use futures_util::{StreamExt as _, future};
use http::uri::PathAndQuery;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde::Deserialize;
use std::fs::File;
use std::io::Read as _;
use std::pin::pin;
use std::sync::Arc;
use std::thread;
use std::time::Duration;
use tokio::runtime::{Builder, Handle};
use tokio::sync::{mpsc, oneshot};

/// Pieces of an answer that wait for their reader; the engine waits when they are not read.
const PIECES: usize = 4;
/// How often something is asked when it fails for a reason that may pass.
const ATTEMPTS: u32 = 4;
/// After this many silences of a whole time-out each, nobody is there.
const SILENCES: u32 = 2;

/// How to reach an engine.
#[derive(Clone, Debug)]
pub struct Options {
    /// Address, when said by option.
    pub host: Option<String>,
    /// Context, when said by option.
    pub context: Option<String>,
    /// How long the engine may be silent where an answer is due.
    pub timeout: Duration,
    /// What the process's environment says.
    pub environment: Environment,
}

impl Options {
    /// How long the engine may be silent unless the user says otherwise. A busy one takes ten
    /// seconds for an inspect now and then.
    pub const TIMEOUT: Duration = Duration::from_secs(30);

    /// Nothing said by option.
    #[must_use]
    pub fn of_process() -> Self {
        Self {
            host: None,
            context: None,
            timeout: Self::TIMEOUT,
            environment: Environment::of_process(),
        }
    }
}

/// How long silence is put up with within an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// The answer is due: [`Options::timeout`].
    Due,
    /// It comes when something happens: live events, logs that are followed.
    Endless,
}

/// A connection to an engine. Cheap to clone; all clones share one thread.
#[derive(Clone)]
pub struct Engine {
    docker: Docker,
    alive: Arc<Alive>,
    address: Address,
    timeout: Duration,
    version: ApiVersion,
    about: Arc<str>,
}

/// The thread that talks. It ends with the last of those who need it.
pub(super) struct Alive {
    pub(super) handle: Handle,
    /// Dropping it ends the thread.
    _end: oneshot::Sender<()>,
}

#[derive(Deserialize)]
struct Version {
    #[serde(rename = "ApiVersion")]
    api: String,
}

impl Engine {
    /// Finds the engine, asks for its version, and agrees on one of the API.
    ///
    /// # Errors
    /// When there is none, it may not be used, it does not answer, or it is too old.
    pub fn connect(options: &Options) -> Result<Self, Error> {
        let environment = &options.environment;
        let address = Address::resolve(
            options.host.as_deref(),
            options.context.as_deref(),
            environment,
        )?;
        check(&address)?;
        let alive = start()?;
        // Bollard's connectors look for the runtime that they are made in.
        let docker = {
            let _inside = alive.handle.enter();
            client(&address, options.timeout)?
        };
        let mut engine = Self {
            docker,
            alive,
            address,
            timeout: options.timeout,
            version: ApiVersion::NEWEST,
            about: Arc::from(""),
        };
        let about = engine.get_unversioned("/version")?;
        let no_engine = |why: String| Error::NoEngine {
            address: engine.address.to_string(),
            why,
        };
        let version: Version = serde_json::from_slice(&about)
            .map_err(|error| no_engine(format!("its version is {error}")))?;
        let has: ApiVersion = version
            .api
            .parse()
            .map_err(|()| no_engine(format!("its API has the version {:?}", version.api)))?;
        if has < ApiVersion::OLDEST {
            return Err(Error::TooOld { has });
        }
        let wanted = environment
            .api_version
            .as_ref()
            .and_then(|version| version.parse().ok());
        engine.version = wanted.unwrap_or(ApiVersion::NEWEST.min(has));
        engine.about = Arc::from(String::from_utf8_lossy(&about).trim());
        Ok(engine)
    }

    /// Where the engine listens.
    #[must_use]
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// The version of the API that is spoken.
    #[must_use]
    pub fn api_version(&self) -> ApiVersion {
        self.version
    }

    /// What the engine said of itself when it was asked for its version, as JSON.
    #[must_use]
    pub fn about(&self) -> &str {
        &self.about
    }

    /// The engine's whole answer to a GET of `path` (without the version; with its query). Asks
    /// again, after growing pauses, when it fails for a reason that may pass.
    ///
    /// # Errors
    /// When it goes on failing, or the answer is longer than 64 MiB.
    pub fn get(&self, path: &str) -> Result<Vec<u8>, Error> {
        Self::retry(|| self.whole(self.open(path, Patience::Due)?, path))
    }

    /// The engine's answer to a GET of `path` (without the version; with its query), as it comes.
    /// With [`Patience::Due`] the answer has begun; otherwise errors are told by the first read.
    ///
    /// # Errors
    /// What the engine or the connection says.
    pub fn open(&self, path: &str, patience: Patience) -> Result<Body, Error> {
        self.request(&format!("/v{}{path}", self.version), path, patience)
    }

    /// Whether the engine answers, asked once.
    ///
    /// # Errors
    /// Why it does not.
    pub fn ping(&self) -> Result<(), Error> {
        let path = "/_ping";
        self.whole(self.request(path, path, Patience::Due)?, path)
            .map(drop)
    }

    /// Takes Ctrl-C and the request to end (`SIGTERM`) over from the system, which would end the
    /// process at once.
    #[must_use]
    pub fn interrupts(&self) -> Interrupts {
        Interrupts::listen(Arc::clone(&self.alive))
    }

    fn get_unversioned(&self, path: &str) -> Result<Vec<u8>, Error> {
        Self::retry(|| self.whole(self.request(path, path, Patience::Due)?, path))
    }

    fn retry<T>(ask: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
        let mut pauses = Backoff::with_attempts(ATTEMPTS);
        let mut silences = 0;
        loop {
            let error = match ask() {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            silences += u32::from(matches!(error, Error::TimedOut { .. }));
            if !error.is_transient() || silences >= SILENCES {
                return Err(error);
            }
            match pauses.next() {
                Some(pause) => thread::sleep(pause),
                None => return Err(error),
            }
        }
    }

    fn whole(&self, body: Body, path: &str) -> Result<Vec<u8>, Error> {
        let mut whole = Vec::new();
        let broken_off = |why: String| Error::BrokenOff {
            address: self.address.to_string(),
            what: path.to_owned(),
            why,
        };
        match body.take(LARGEST_ANSWER).read_to_end(&mut whole) {
            Ok(got) if got as u64 == LARGEST_ANSWER => {
                Err(broken_off("it is longer than 64 MiB".to_owned()))
            }
            Ok(_) => Ok(whole),
            Err(error) => Err(
                match error.get_ref().and_then(|error| error.downcast_ref()) {
                    Some(error) => Error::clone(error),
                    None => broken_off(error.to_string()),
                },
            ),
        }
    }

    fn request(&self, target: &str, what: &str, patience: Patience) -> Result<Body, Error> {
        let target: PathAndQuery = target.parse().map_err(|_| Error::Address {
            address: what.to_owned(),
            why: "it is no path of the API",
        })?;
        // Bollard parses answers into types, which drop what they do not know and fail on what they
        // do not expect. One of its calls hands out the bytes; it is sent to the path that is wanted.
        let docker = self
            .docker
            .clone()
            .with_request_modifier(move |mut request| {
                let mut parts = request.uri().clone().into_parts();
                parts.path_and_query = Some(target.clone());
                if let Ok(uri) = http::Uri::from_parts(parts) {
                    *request.uri_mut() = uri;
                }
                request
            });
        let (sender, pieces) = mpsc::channel::<Piece>(PIECES);
        let talk = Talk {
            docker,
            address: self.address.clone(),
            what: what.split('?').next().unwrap_or(what).to_owned(),
            limit: match patience {
                Patience::Due => Some(self.timeout),
                Patience::Endless => None,
            },
        };
        self.alive.handle.spawn(talk.run(sender));
        let body = Body::new(Arc::clone(&self.alive), pieces);
        match patience {
            Patience::Due => body.begin(),
            Patience::Endless => Ok(body),
        }
    }
}

/// One request.
struct Talk {
    docker: Docker,
    address: Address,
    what: String,
    limit: Option<Duration>,
}

impl Talk {
    /// Sends it and hands on its answer until the answer or its reader ends. The engine's silence
    /// is limited, the reader's is not.
    async fn run(self, sender: mpsc::Sender<Piece>) {
        let mut answer = pin!(self.docker.export_container("answer"));
        loop {
            let next = async {
                match self.limit {
                    None => Ok(answer.next().await),
                    Some(limit) => tokio::time::timeout(limit, answer.next())
                        .await
                        .map_err(|_| limit),
                }
            };
            let next = match future::select(pin!(next), pin!(sender.closed())).await {
                future::Either::Left((next, _)) => next,
                future::Either::Right(_) => return,
            };
            let piece = match next {
                Ok(None) => return,
                Ok(Some(Ok(bytes))) => Ok(bytes.to_vec()),
                Ok(Some(Err(error))) => Err(Error::from_bollard(&error, &self.address, &self.what)),
                Err(after) => Err(Error::TimedOut {
                    address: self.address.to_string(),
                    what: self.what.clone(),
                    after,
                }),
            };
            let ended = piece.is_err();
            if sender.send(piece).await.is_err() || ended {
                return;
            }
        }
    }
}

/// Says clearly, before anything else does unclearly, what stands in the way.
fn check(address: &Address) -> Result<(), Error> {
    match address {
        #[cfg(unix)]
        Address::Unix(path) => match std::os::unix::net::UnixStream::connect(path) {
            Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => {
                Err(Error::permission(address))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Error::Unreachable {
                address: address.to_string(),
                why: "there is no such socket".to_owned(),
            }),
            // A refusal may pass: the engine is being restarted.
            _ => Ok(()),
        },
        Address::Tls(_, Tls { ca, cert, key }) => {
            for path in [ca, cert, key] {
                File::open(path).map_err(|error| Error::Certificate {
                    path: path.clone(),
                    why: error.to_string(),
                })?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Bollard's client for the address.
fn client(address: &Address, timeout: Duration) -> Result<Docker, Error> {
    // Its own limit is on the beginning of an answer only, and live events begin late.
    const NO_LIMIT: u64 = 365 * 24 * 3600;
    let version = API_DEFAULT_VERSION;
    match address {
        #[cfg(unix)]
        Address::Unix(path) => {
            Docker::connect_with_unix(&path.to_string_lossy(), NO_LIMIT, version)
        }
        Address::Tcp(authority) => Docker::connect_with_http(authority, NO_LIMIT, version),
        Address::Tls(authority, Tls { ca, cert, key }) => {
            Docker::connect_with_ssl(authority, key, cert, ca, NO_LIMIT, version)
        }
        Address::Ssh(url) => {
            let rest = url.strip_prefix("ssh://").unwrap_or(url);
            let destination = ssh::Destination::parse(rest).map_err(|why| Error::Address {
                address: url.clone(),
                why,
            })?;
            let client = Client::builder(TokioExecutor::new()).build(ssh::Connector::new(
                url,
                &destination,
                timeout,
            ));
            let ask = move |request: BollardRequest| {
                let answer = client.request(request);
                async { answer.await.map_err(bollard::errors::Error::from) }
            };
            Docker::connect_with_custom_transport(ask, Some("http://docker"), NO_LIMIT, version)
        }
        #[cfg(windows)]
        Address::Pipe(url) => Docker::connect_with_named_pipe(url, NO_LIMIT, version),
        #[cfg(not(unix))]
        Address::Unix(_) => Err(bollard::errors::Error::UnsupportedURISchemeError {
            uri: address.to_string(),
        }),
        #[cfg(not(windows))]
        Address::Pipe(_) => Err(bollard::errors::Error::UnsupportedURISchemeError {
            uri: address.to_string(),
        }),
    }
    .map_err(|error| match &error {
        bollard::errors::Error::CertPathError { path }
        | bollard::errors::Error::CertParseError { path } => Error::Certificate {
            path: path.clone(),
            why: "it is no certificate or key in PEM".to_owned(),
        },
        bollard::errors::Error::UnsupportedURISchemeError { .. } => Error::Address {
            address: address.to_string(),
            why: "this system has no such thing",
        },
        error => Error::from_bollard(error, address, "connecting"),
    })
}

/// Starts the thread that talks.
fn start() -> Result<Arc<Alive>, Error> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::Start(error.to_string()))?;
    let handle = runtime.handle().clone();
    let (end, ended) = oneshot::channel::<()>();
    thread::Builder::new()
        .name("engine".to_owned())
        .spawn(move || runtime.block_on(async { ended.await.ok() }))
        .map_err(|error| Error::Start(error.to_string()))?;
    Ok(Arc::new(Alive { handle, _end: end }))
}
