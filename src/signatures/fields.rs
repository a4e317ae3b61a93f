//! From what a pattern captured, and what stands around it, to [`Fields`].

use crate::model::fact::Fields;
use crate::model::text::lossy;

/// A field that a pattern may capture, by the name of its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Pid,
    Ppid,
    Generation,
    PoolId,
    ModuleId,
    ExitCode,
    Signal,
    SenderPid,
    Version,
    Reason,
    Name,
}

/// Bytes of the longest key that means a field however it is spelled, `poolgeneration`.
const LONGEST_KEY: usize = 14;

impl Field {
    /// The field of a pattern's named group, or of a row's `values` table.
    pub(super) fn of_group(name: &str) -> Option<Self> {
        Some(match name {
            "pid" => Self::Pid,
            "ppid" => Self::Ppid,
            "generation" => Self::Generation,
            "pool_id" => Self::PoolId,
            "module_id" => Self::ModuleId,
            "exit_code" => Self::ExitCode,
            "signal" => Self::Signal,
            "sender_pid" => Self::SenderPid,
            "version" => Self::Version,
            "reason" => Self::Reason,
            "name" => Self::Name,
            _ => return None,
        })
    }

    /// The field that a program's own key means, however it spells it.
    fn of_key(key: &str) -> Option<Self> {
        const KEYS: [(&str, Field); 19] = [
            ("pid", Field::Pid),
            ("processid", Field::Pid),
            ("process", Field::Pid),
            ("ppid", Field::Ppid),
            ("parentpid", Field::Ppid),
            ("gen", Field::Generation),
            ("generation", Field::Generation),
            ("poolgeneration", Field::Generation),
            ("poolid", Field::PoolId),
            ("moduleid", Field::ModuleId),
            ("exitcode", Field::ExitCode),
            ("exitstatus", Field::ExitCode),
            ("signal", Field::Signal),
            ("sig", Field::Signal),
            ("error", Field::Reason),
            ("err", Field::Reason),
            ("exception", Field::Reason),
            ("reason", Field::Reason),
            ("cause", Field::Reason),
        ];
        let mut plain = [0; LONGEST_KEY];
        let mut len = 0;
        for b in key.bytes().filter(|b| !matches!(b, b'_' | b'-')) {
            *plain.get_mut(len)? = b.to_ascii_lowercase();
            len += 1;
        }
        let plain = plain.get(..len)?;
        KEYS.iter()
            .find(|(known, _)| known.as_bytes() == plain)
            .map(|(_, field)| *field)
    }
}

/// Sets a field that is not set yet; a text that does not fit it is left out.
pub(super) fn set(fields: &mut Fields, field: Field, text: &str) {
    fn number<T: std::str::FromStr>(slot: &mut Option<T>, text: &str) {
        if slot.is_none() {
            *slot = text.parse().ok();
        }
    }
    fn words(slot: &mut Option<Box<str>>, text: &str) {
        if slot.is_none() {
            *slot = Some(text.into());
        }
    }
    let text = text.trim();
    if text.is_empty() {
        return;
    }
    match field {
        Field::Pid => return number(&mut fields.pid, text),
        Field::Generation => return number(&mut fields.generation, text),
        Field::PoolId => return words(&mut fields.pool_id, text),
        // What is no number sets none of them.
        Field::Ppid | Field::SenderPid if text.parse::<u32>().is_err() => return,
        Field::ExitCode if text.parse::<i64>().is_err() => return,
        _ => {}
    }
    let rarer = fields.rarer_mut();
    match field {
        Field::Ppid => number(&mut rarer.ppid, text),
        Field::ModuleId => words(&mut rarer.module_id, text),
        Field::ExitCode => number(&mut rarer.exit_code, text),
        Field::Signal => words(&mut rarer.signal, text),
        Field::SenderPid => number(&mut rarer.sender_pid, text),
        Field::Version => words(&mut rarer.version, text),
        Field::Reason => words(&mut rarer.reason, text),
        Field::Name => words(&mut rarer.name, text),
        Field::Pid | Field::Generation | Field::PoolId => {}
    }
}

/// A field as text, if it is set.
pub(super) fn text(fields: &Fields, field: Field) -> Option<String> {
    let words = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
    let rarer = fields.rarer();
    match field {
        Field::Pid => fields.pid.map(|n| n.to_string()),
        Field::Ppid => rarer.ppid.map(|n| n.to_string()),
        Field::Generation => fields.generation.map(|n| n.to_string()),
        Field::PoolId => words(&fields.pool_id),
        Field::ModuleId => words(&rarer.module_id),
        Field::ExitCode => rarer.exit_code.map(|n| n.to_string()),
        Field::Signal => words(&rarer.signal),
        Field::SenderPid => rarer.sender_pid.map(|n| n.to_string()),
        Field::Version => words(&rarer.version),
        Field::Reason => words(&rarer.reason),
        Field::Name => words(&rarer.name),
    }
}

/// The values of a JSON or logfmt line. A row may say that a key means another field for it.
pub(super) fn given(fields: &mut Fields, values: &[(String, String)], meant: &[(String, Field)]) {
    for (key, value) in values {
        let own = meant
            .iter()
            .find(|(known, _)| known == key)
            .map(|(_, field)| *field);
        if let Some(field) = own.or_else(|| Field::of_key(key)) {
            set(fields, field, value);
        }
    }
}

/// The `key=value` and `key: value` pairs in the text, in any order and spelling.
pub(super) fn paired(fields: &mut Fields, text: &[u8]) {
    let text = lossy(text);
    let mut rest = text.as_ref();
    while let Some(at) = memchr::memchr2(b'=', b':', rest.as_bytes()) {
        let (before, after) = rest.split_at(at);
        rest = after.get(1..).unwrap_or_default();
        let begin = before.bytes().rposition(|b| !is_word(b));
        let key = before
            .get(begin.map_or(0, |at| at + 1)..)
            .unwrap_or_default();
        if let Some(field) = Field::of_key(key) {
            let value = rest.trim_start();
            let value = if field == Field::Reason {
                phrase(value)
            } else {
                word(value)
            };
            set(fields, field, value);
            if field == Field::Reason {
                // What a reason holds is text, not pairs.
                let taken = rest.len() - rest.trim_start().len() + value.len();
                rest = rest.get(taken..).unwrap_or_default();
            }
        }
    }
}

fn word(text: &str) -> &str {
    let text = text.trim_start_matches(['"', '\'']);
    let end = text.bytes().position(|b| !is_word(b));
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

/// Whether a key or a value may hold the byte; none of a character outside ASCII.
fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')
}

/// Up to the bracket that closes the list, or up to the list's next `, key=`.
fn phrase(text: &str) -> &str {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        let ends = match c {
            '(' => {
                depth += 1;
                false
            }
            ')' if depth > 0 => {
                depth -= 1;
                false
            }
            ')' => true,
            ',' => depth == 0 && text.get(at + 1..).is_some_and(opens_pair),
            _ => false,
        };
        if ends {
            return text.get(..at).unwrap_or_default();
        }
    }
    text
}

fn opens_pair(text: &str) -> bool {
    let text = text.trim_start();
    let key = text
        .bytes()
        .take_while(|b| b.is_ascii_alphanumeric() || *b == b'_')
        .count();
    key > 0 && text.as_bytes().get(key) == Some(&b'=')
}
