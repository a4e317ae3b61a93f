//! What sudo says of who ran what: `mara : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/docker ps`.

/// What somebody asked of sudo.
pub(super) struct Asked<'a> {
    /// Who asked.
    pub(super) user: &'a str,
    /// It was not run: `mara : command not allowed ; TTY=...`.
    pub(super) refused: bool,
}

/// Takes a line of sudo apart; `None` for others of its lines, such as those about sessions.
pub(super) fn parse(message: &str) -> Option<Asked<'_>> {
    let (user, rest) = message.split_once(" : ")?;
    let user = user.trim();
    if user.is_empty() || user.contains(char::is_whitespace) || !rest.contains("COMMAND=") {
        return None;
    }
    let first = rest.trim_start();
    let names_a_value = first
        .find('=')
        .is_some_and(|at| first.bytes().take(at).all(|byte| byte.is_ascii_uppercase()));
    Some(Asked {
        user,
        refused: !names_a_value,
    })
}
