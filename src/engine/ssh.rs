//! An engine on another host, by `ssh` and `docker system dial-stdio`, as `docker` itself does it: the
//! user's own configuration, agent and known hosts hold.

use super::error::Error;
use http::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use std::io;
use std::pin::Pin;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, ReadBuf};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;

/// Bytes of what `ssh` says that are kept.
const SAID: usize = 64 * 1024;
/// How long `ssh` may take to end once its output has ended. A connection that it shares with others
/// keeps its standard error open.
const ENDING: Duration = Duration::from_secs(1);

/// Where to: what stands in `ssh://user@host:port/socket`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Destination {
    user: Option<String>,
    host: String,
    port: Option<u16>,
    /// The engine's socket on that host, when it is not the one that `docker` finds there.
    socket: Option<String>,
}

impl Destination {
    /// Reads what follows `ssh://`.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let (authority, path) = match text.find('/') {
            Some(at) => text.split_at(at),
            None => (text, ""),
        };
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, authority),
        };
        if user.is_some_and(|user| user.contains(':')) {
            return Err("a password cannot be given here; ssh asks for it, or has a key");
        }
        let (host, port) = match place.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest
                    .split_once(']')
                    .ok_or("the bracket of the address is not closed")?;
                (host, rest.strip_prefix(':'))
            }
            None => match place.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (place, None),
            },
        };
        if host.is_empty() || user == Some("") {
            return Err("it needs a host: ssh://user@host");
        }
        let port = port
            .map(|port| port.parse().ok().filter(|port| *port > 0))
            .map(|port| port.ok_or("its port is no number from 1 to 65535"))
            .transpose()?;
        Ok(Self {
            user: user.map(str::to_owned),
            host: host.to_owned(),
            port,
            socket: (path.len() > 1).then(|| path.to_owned()),
        })
    }

    /// The words for `ssh`; those that `docker` gives it.
    fn words(&self, limit: Duration) -> Vec<String> {
        let mut words = Vec::new();
        if let Some(user) = &self.user {
            words.extend(["-l".to_owned(), user.clone()]);
        }
        if let Some(port) = self.port {
            words.extend(["-p".to_owned(), port.to_string()]);
        }
        let seconds = limit.as_secs().max(1);
        words.extend(["-o".to_owned(), format!("ConnectTimeout={seconds}")]);
        words.extend(["-T", "--", &self.host, "docker"].map(str::to_owned));
        if let Some(socket) = &self.socket {
            // A shell reads it over there.
            let quoted = socket.replace('\'', r"'\''");
            words.extend(["--host".to_owned(), format!("'unix://{quoted}'")]);
        }
        words.extend(["system", "dial-stdio"].map(str::to_owned));
        words
    }
}

/// Makes a connection by starting an `ssh`.
#[derive(Clone)]
pub(super) struct Connector {
    address: Arc<str>,
    words: Arc<[String]>,
}

impl Connector {
    /// To `destination`, which errors call `address`; a host is given up after `limit`.
    pub(super) fn new(address: &str, destination: &Destination, limit: Duration) -> Self {
        Self {
            address: address.into(),
            words: destination.words(limit).into(),
        }
    }
}

impl tower_service::Service<Uri> for Connector {
    type Response = TokioIo<Stream>;
    type Error = io::Error;
    type Future = std::future::Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        std::future::ready(Stream::start(&self.address, &self.words).map(TokioIo::new))
    }
}

/// An `ssh` that runs, as a stream of bytes in both directions.
pub(super) struct Stream {
    address: Arc<str>,
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    /// Something came: there is an engine at the other end.
    answered: bool,
    ended: Ended,
}

/// What is needed to say why nothing came.
enum Ended {
    No(Option<(Child, JoinHandle<Vec<u8>>)>),
    Asked(Pin<Box<dyn Future<Output = io::Error> + Send>>),
}

impl Stream {
    fn start(address: &Arc<str>, words: &[String]) -> io::Result<Self> {
        let failed = |error: &io::Error| {
            let why = match error.kind() {
                io::ErrorKind::NotFound => "there is no program `ssh` here".to_owned(),
                _ => format!("`ssh` cannot be started: {error}"),
            };
            said(address, why)
        };
        let mut child = Command::new("ssh")
            .args(words)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| failed(&error))?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let listening = tokio::spawn(listen(stderr));
        Ok(Self {
            address: Arc::clone(address),
            stdin: Some(stdin),
            stdout,
            answered: false,
            ended: Ended::No(Some((child, listening))),
        })
    }

    fn stdin(&mut self) -> io::Result<Pin<&mut ChildStdin>> {
        let stdin = self.stdin.as_mut().map(Pin::new);
        stdin.ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }
}

/// The last of what `ssh` says. It is read to its end, so that `ssh` never waits.
async fn listen(mut stderr: ChildStderr) -> Vec<u8> {
    let mut kept = Vec::new();
    let mut buffer = vec![0; 4096];
    while let Ok(got @ 1..) = stderr.read(&mut buffer).await {
        kept.extend_from_slice(&buffer[..got]);
        kept.drain(..kept.len().saturating_sub(SAID));
    }
    kept
}

/// Why an `ssh` ended without an answer.
async fn why(address: Arc<str>, mut child: Child, listening: JoinHandle<Vec<u8>>) -> io::Error {
    let status = tokio::time::timeout(ENDING, child.wait()).await;
    let said = tokio::time::timeout(ENDING, listening).await;
    let said = said.ok().and_then(Result::ok).unwrap_or_default();
    explain(&address, status.ok().and_then(Result::ok), &said).into()
}

/// An error that asking again does not mend.
fn said(address: &str, why: String) -> io::Error {
    let address = address.to_owned();
    Error::Ssh { address, why }.into()
}

fn explain(address: &str, status: Option<ExitStatus>, said: &[u8]) -> Error {
    let text = String::from_utf8_lossy(said);
    let last = text.lines().map(str::trim).rfind(|line| !line.is_empty());
    let last = last.unwrap_or("it said nothing");
    let last: String = last.chars().take(500).collect();
    let by_ssh = format!("ssh: {}", last.strip_prefix("ssh: ").unwrap_or(&last));
    let has = |words: &str| text.to_ascii_lowercase().contains(words);
    let address = address.to_owned();
    match status.and_then(|status| status.code()) {
        Some(255) if has("permission denied") || has("host key verification failed") => {
            Error::Ssh {
                address,
                why: by_ssh,
            }
        }
        Some(255) => Error::Unreachable {
            address,
            why: by_ssh,
        },
        Some(126 | 127) => Error::Ssh {
            address,
            why: format!("no `docker` can be run on that host ({last})"),
        },
        _ if has("permission denied") => Error::Ssh {
            address,
            why: format!("the user on that host may not use its engine ({last})"),
        },
        _ => Error::Unreachable {
            address,
            why: format!("`docker system dial-stdio` on that host ended: {last}"),
        },
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Ended::Asked(why) = &mut self.ended {
            return why.as_mut().poll(context).map(Err);
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stdout).poll_read(context, buffer))?;
        if buffer.filled().len() > before {
            self.answered = true;
        } else if !self.answered
            && let Ended::No(child) = &mut self.ended
            && let Some((child, listening)) = child.take()
        {
            let why = why(Arc::clone(&self.address), child, listening);
            self.ended = Ended::Asked(Box::pin(why));
            return self.poll_read(context, buffer);
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match ready!(self.stdin()?.poll_write(context, bytes)) {
            // That it has ended, and why, is told to who reads.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Poll::Ready(Ok(bytes.len())),
            done => Poll::Ready(done),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stdin()?.poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stdin = None;
        Poll::Ready(Ok(()))
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> String {
        let destination = Destination::parse(text).unwrap();
        destination.words(Duration::from_secs(30)).join(" ")
    }

    #[test]
    fn ssh_is_called_as_docker_calls_it() {
        let end = "docker system dial-stdio";
        for (text, expected) in [
            ("web1", format!("-o ConnectTimeout=30 -T -- web1 {end}")),
            ("ops@web1/", format!("-l ops -o ConnectTimeout=30 -T -- web1 {end}")),
            ("a@b@c:22", format!("-l a@b -p 22 -o ConnectTimeout=30 -T -- c {end}")),
            ("[::1]:2222", format!("-p 2222 -o ConnectTimeout=30 -T -- ::1 {end}")),
            (
                "web1/run/my docker.sock",
                "-o ConnectTimeout=30 -T -- web1 docker --host 'unix:///run/my docker.sock' system dial-stdio".to_owned(),
            ),
        ] {
            assert_eq!(words(text), expected);
        }
    }

    #[test]
    fn what_is_no_destination_is_refused() {
        for wrong in [
            "",
            "@a",
            "me@",
            "a:0",
            "a:70000",
            "a:b",
            "me:secret@a",
            "[::1",
            "/x",
        ] {
            assert!(Destination::parse(wrong).is_err(), "{wrong}");
        }
    }
}
