//! Versions of the engine's API.

use std::fmt;
use std::str::FromStr;

/// A version of the engine's API, such as `1.41`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiVersion {
    /// Before the dot.
    pub major: u16,
    /// After it.
    pub minor: u16,
}

impl ApiVersion {
    /// The newest that this program asks for. What it reads has not changed since 1.24.
    pub const NEWEST: Self = Self::new(1, 53);
    /// The oldest that has all it asks for: networks (1.21), events with their actors (1.22), and
    /// the names of swarm services in their labels (1.24).
    pub const OLDEST: Self = Self::new(1, 24);

    /// `major.minor`.
    #[must_use]
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for ApiVersion {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let (major, minor) = text.split_once('.').ok_or(())?;
        // Podman says 1.41.0 in places.
        let minor = minor.split('.').next().unwrap_or_default();
        Ok(Self::new(
            major.parse().map_err(drop)?,
            minor.parse().map_err(drop)?,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_and_not_text() {
        let parse = |text: &str| text.parse::<ApiVersion>();
        assert!(parse("1.9").unwrap() < parse("1.41").unwrap());
        assert_eq!(parse("v1.41"), parse("1.41.0"));
        assert_eq!(parse("1.41").unwrap().to_string(), "1.41");
        assert!(parse("1").is_err() && parse("").is_err() && parse("a.b").is_err());
    }
}
