//! The packs that are part of the program.

use super::pack::{self, PackError, Signature, Trust};
use rayon::prelude::*;

/// The packs, the most particular first: of two rows that match, the first one counts.
const PACKS: &[(&str, &str)] = &[
    ("python-web", include_str!("packs/python-web.toml")),
    ("jvm", include_str!("packs/jvm.toml")),
    ("node", include_str!("packs/node.toml")),
    ("ruby", include_str!("packs/ruby.toml")),
    ("web-servers", include_str!("packs/web-servers.toml")),
    ("databases", include_str!("packs/databases.toml")),
    ("brokers", include_str!("packs/brokers.toml")),
    ("dotnet", include_str!("packs/dotnet.toml")),
    ("rust", include_str!("packs/rust.toml")),
    ("supervisors", include_str!("packs/supervisors.toml")),
    ("generic", include_str!("packs/generic.toml")),
];

/// Whether there is a built-in pack of this name.
pub(super) fn is_known(name: &str) -> bool {
    PACKS.iter().any(|(known, _)| *known == name)
}

/// The rows of the `wanted` packs, in order.
pub(super) fn rows(
    wanted: impl Fn(&str) -> bool,
    trust: Trust,
) -> Result<Vec<Signature>, PackError> {
    let packs: Vec<_> = PACKS.iter().filter(|(name, _)| wanted(name)).collect();
    let rows = |(name, text): &&(&str, &str)| pack::parse(&format!("{name}.toml"), text, trust);
    // In parallel only inside a thread pool: it is not worth starting one.
    let rows: Result<Vec<_>, _> = if rayon::current_thread_index().is_some() {
        packs.par_iter().with_max_len(1).map(rows).collect()
    } else {
        packs.iter().map(rows).collect()
    };
    rows.map(|rows| rows.into_iter().flatten().collect())
}
