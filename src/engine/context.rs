//! The `docker` command's contexts: named engines in its configuration folder.
//!
//! The layout is that of docker/cli `cli/context/store`: `contexts/meta/<sha256 of the name>/meta.json`,
//! and the certificates in `contexts/tls/<the same>/docker/`.

use super::address::{Address, Tls};
use super::error::Error;
use serde::Deserialize;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct Config {
    #[serde(rename = "currentContext", default)]
    current_context: Option<String>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "Endpoints", default)]
    endpoints: Endpoints,
}

#[derive(Default, Deserialize)]
struct Endpoints {
    docker: Option<Endpoint>,
}

#[derive(Deserialize)]
struct Endpoint {
    #[serde(rename = "Host")]
    host: String,
    #[serde(rename = "SkipTLSVerify", default)]
    skip_tls_verify: bool,
}

/// The context that `docker context use` chose, unless it is the default one.
///
/// A configuration that cannot be read chooses none, as for `docker` itself.
pub(super) fn current(folder: &Path) -> Option<String> {
    let text = std::fs::read(folder.join("config.json")).ok()?;
    let config: Config = serde_json::from_slice(&text).ok()?;
    config
        .current_context
        .filter(|name| !name.is_empty() && name != "default")
}

/// The engine behind the context `name`.
///
/// # Errors
/// When there is none of that name, or it names no engine.
pub(super) fn find(folder: &Path, name: &str) -> Result<Address, Error> {
    let wrong = |what: String| Error::Context {
        name: name.to_owned(),
        what,
    };
    let mut others = Vec::new();
    for (place, meta) in all(folder) {
        if meta.name != name {
            others.push(meta.name);
            continue;
        }
        let Some(endpoint) = meta.endpoints.docker else {
            return Err(wrong("it names no Docker engine".to_owned()));
        };
        let tls = folder.join("contexts/tls").join(place).join("docker");
        let tls = tls.is_dir().then_some(tls);
        if endpoint.skip_tls_verify && tls.is_some() {
            return Err(wrong(
                "it asks for TLS without verification, which is not supported".to_owned(),
            ));
        }
        return Address::parse(&endpoint.host, tls.map(|tls| Tls::in_folder(&tls)));
    }
    others.sort();
    let known = if others.is_empty() {
        "there are no contexts".to_owned()
    } else {
        format!("there are: default, {}", others.join(", "))
    };
    Err(wrong(format!("not found; {known}")))
}

/// All contexts that can be read, with the names of their folders.
fn all(folder: &Path) -> Vec<(PathBuf, Meta)> {
    let Ok(entries) = std::fs::read_dir(folder.join("contexts/meta")) else {
        return Vec::new();
    };
    entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let text = std::fs::read(entry.path().join("meta.json")).ok()?;
            let meta = serde_json::from_slice(&text).ok()?;
            Some((PathBuf::from(entry.file_name()), meta))
        })
        .collect()
}
