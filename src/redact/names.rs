//! Names whose values are secrets.

/// A name that holds one of these anywhere.
const ANYWHERE: [&str; 10] = [
    "passw",
    "passphrase",
    "secret",
    "token",
    "key",
    "credential",
    "cookie",
    "authorization",
    "basicauth",
    "connectionstring",
];
/// A name that has one of these as a word of its own, or ends with it.
const WORDS: [&str; 7] = ["pass", "pwd", "auth", "dsn", "pat", "passwort", "pin"];

/// Whether the value of `name` is a secret: `DB_PASSWORD`, `api-key`, `tokens`, `mysql_pwd`.
pub(super) fn is_secret(name: &[u8]) -> bool {
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    let name = name.trim_matches(['-', '.', '_']);
    // The shell's own variables: where it stands.
    if matches!(name, "pwd" | "oldpwd") {
        return false;
    }
    let plain: String = name
        .chars()
        .filter(|c| !matches!(c, '-' | '.' | '_'))
        .collect();
    ANYWHERE.iter().any(|part| plain.contains(part))
        || name
            .split(['-', '.', '_'])
            .any(|word| WORDS.contains(&word))
        || ["pass", "pwd"].iter().any(|end| name.ends_with(end))
}

/// What a line must hold for [`is_secret`] to be asked.
pub(super) const HINTS: [&str; 11] = [
    "pass",
    "pwd",
    "secret",
    "token",
    "key",
    "credential",
    "cookie",
    "auth",
    "dsn",
    "connection",
    "pin",
];

/// Whether a byte can be part of a name.
pub(super) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_secrets() {
        for name in [
            "DB_PASSWORD",
            "PGPASSWORD",
            "--password",
            "MYSQL_PWD",
            "DB_PASS",
            "SMTPPASS",
            "API_KEY",
            "apiKey",
            "AWS_SECRET_ACCESS_KEY",
            "csrf-token",
            "GOOGLE_CREDENTIALS",
            "SENTRY_DSN",
            "Set-Cookie",
            "REDIS_AUTH",
            "traefik.http.middlewares.a.basicauth.users",
            "CONNECTION_STRING",
        ] {
            assert!(is_secret(name.as_bytes()), "{name}");
        }
        for name in [
            "PWD",
            "OLDPWD",
            "PATH",
            "author",
            "generation",
            "pool_id",
            "compass_x",
        ] {
            assert!(!is_secret(name.as_bytes()), "{name}");
        }
        for name in HINTS {
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase()));
        }
    }
}
