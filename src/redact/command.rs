//! Options of well-known commands that take a secret without saying so.

use regex::bytes::Regex;

/// The commands' patterns. Group 1 is the secret.
pub(super) struct Commands(Vec<Regex>);

/// What a line must hold for [`Commands::find`] to be asked.
pub(super) const HINTS: [&str; 7] = [
    "curl",
    "wget",
    "mysql",
    "mariadb",
    "redis-cli",
    "sshpass",
    "ldap",
];

impl Commands {
    pub(super) fn new() -> Result<Self, regex::Error> {
        [
            // curl -u user:password, joined or not
            r"(?-u)\bcurl\b[^|;]*?[ '\x22](?:-u|-U|--user|--proxy-user)[ =]?['\x22]?[^ :'\x22]+:([^ '\x22]+)",
            // mysql -ppassword
            r"(?-u)\b(?:mysql|mariadb)[a-z]*\b[^|;]*? -p([^ '\x22]+)",
            r"(?-u)\bredis-cli\b[^|;]*? -a +['\x22]?([^ '\x22]+)",
            r"(?-u)\bsshpass\b[^|;]*? -p *['\x22]?([^ '\x22]+)",
            r"(?-u)\bldap[a-z]+\b[^|;]*? -w +['\x22]?([^ '\x22]+)",
        ]
        .into_iter()
        .map(Regex::new)
        .collect::<Result<_, _>>()
        .map(Self)
    }

    /// Where secrets stand in a command line.
    pub(super) fn find(&self, text: &[u8], mut found: impl FnMut(usize, usize)) {
        for pattern in &self.0 {
            for captures in pattern.captures_iter(text) {
                if let Some(secret) = captures.get(1) {
                    found(secret.start(), secret.end());
                }
            }
        }
    }
}
