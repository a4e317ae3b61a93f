//! The words that name an engine, for every command that talks to one.

use std::time::Duration;

/// Which engine to ask.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args)]
pub(in crate::cli) struct EngineArgs {
    /// The engine's address: unix://, tcp://, ssh:// [default: as docker finds it, or podman's]
    #[arg(short = 'H', long, value_name = "ADDRESS", help_heading = "Engine")]
    pub(in crate::cli) host: Option<String>,
    /// A context of docker's [default: `DOCKER_CONTEXT`, or the current one]
    #[arg(
        long,
        value_name = "NAME",
        conflicts_with = "host",
        help_heading = "Engine"
    )]
    pub(in crate::cli) context: Option<String>,
    /// How long the engine may be silent where an answer is due, in seconds [default: 30]
    #[arg(
        long,
        value_name = "SECONDS",
        value_parser = seconds,
        help_heading = "Engine"
    )]
    pub(in crate::cli) engine_timeout: Option<Duration>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .filter(|seconds| *seconds > 0.0)
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "a number of seconds above 0 is needed".to_owned())
}

impl EngineArgs {
    /// Whether any of them was said.
    pub(in crate::cli) fn is_said(&self) -> bool {
        *self != Self::default()
    }

    /// Finds the engine and greets it.
    #[cfg(feature = "docker")]
    pub(in crate::cli) fn connect(&self) -> Result<crate::engine::Engine, crate::engine::Error> {
        let of_process = crate::engine::Options::of_process();
        crate::engine::Engine::connect(&crate::engine::Options {
            host: self.host.clone(),
            context: self.context.clone(),
            timeout: self.engine_timeout.unwrap_or(of_process.timeout),
            ..of_process
        })
    }
}

/// What to say where the program was built without its engine.
#[cfg(not(feature = "docker"))]
pub(in crate::cli) fn not_built(what: &str) -> anyhow::Error {
    anyhow::anyhow!(
        "{what} is not in this build: it was made without the feature `docker` (cargo build --features docker)"
    )
}
