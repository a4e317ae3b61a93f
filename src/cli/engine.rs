//! The options that name an engine, for every command that talks to one.

use std::time::Duration;

/// Which engine to ask.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub(super) struct EngineArgs {
    /// The engine's address: unix://, tcp:// or ssh:// [default: the one docker uses, else podman's]
    #[arg(short = 'H', long, value_name = "ADDRESS", help_heading = "Engine")]
    host: Option<String>,
    /// The Docker context to use [default: `DOCKER_CONTEXT`, or the current one]
    #[arg(
        short,
        long,
        value_name = "NAME",
        conflicts_with = "host",
        help_heading = "Engine"
    )]
    context: Option<String>,
    /// Seconds to wait for an answer from the engine [default: 30]
    #[arg(
        long,
        value_name = "SECONDS",
        value_parser = seconds,
        help_heading = "Engine"
    )]
    engine_timeout: Option<Duration>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .filter(|seconds| *seconds > 0.0)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "a number of seconds above 0 is needed".to_owned())
}

impl EngineArgs {
    /// Whether any of them was given.
    pub(super) fn is_given(&self) -> bool {
        *self != Self::default()
    }

    /// How to reach the engine: as the options say, else as the environment does.
    #[cfg(feature = "docker")]
    pub(super) fn options(&self) -> crate::engine::Options {
        let of_process = crate::engine::Options::of_process();
        crate::engine::Options {
            host: self.host.clone(),
            context: self.context.clone(),
            timeout: self.engine_timeout.unwrap_or(of_process.timeout),
            ..of_process
        }
    }

    /// Connects to the engine.
    #[cfg(feature = "docker")]
    pub(super) fn connect(&self) -> Result<crate::engine::Engine, crate::engine::Error> {
        crate::engine::Engine::connect(&self.options())
    }
}

/// What to say where the program was built without its engine.
#[cfg(not(feature = "docker"))]
pub(super) fn not_built(what: &str) -> anyhow::Error {
    anyhow::anyhow!(
        "{what} is not in this build: it was made without the feature `docker` (cargo build --features docker)"
    )
}
