//! Secrets in JSON: by the names of members, in texts, in lists of words.

use super::text::{Stream, is_nothing};
use super::{Redactor, names};
use serde::Serialize as _;
use serde_json::Value;

impl Redactor {
    /// Appends a document of one or more JSON values without its secrets, each laid out as it was
    /// (a line, or indented by four blanks). What is no JSON is redacted as text.
    pub(crate) fn document(&self, document: &[u8], out: &mut Vec<u8>) {
        self.document_with(document, out, &mut |_| {});
    }

    pub(super) fn document_with(
        &self,
        document: &[u8],
        out: &mut Vec<u8>,
        met: &mut dyn FnMut(&[u8]),
    ) {
        if let Ok(mut value) = serde_json::from_slice::<Value>(document) {
            self.value(&mut value, met);
            let indented = memchr::memchr(b'\n', document.trim_ascii()).is_some();
            if write(&value, indented, out) {
                out.push(b'\n');
                return;
            }
        }
        let mut stream = Stream::new(self);
        for line in document.split_inclusive(|byte| *byte == b'\n') {
            let (text, end) = match line.split_last() {
                Some((b'\n', text)) => (text, &b"\n"[..]),
                _ => (line, &b""[..]),
            };
            match serde_json::from_slice::<Value>(text) {
                Ok(mut value @ (Value::Object(_) | Value::Array(_))) => {
                    self.value(&mut value, met);
                    if !write(&value, false, out) {
                        stream.line_with(text, 0, out, met);
                    }
                }
                _ => stream.line_with(text, 0, out, met),
            }
            out.extend_from_slice(end);
        }
    }

    /// Takes the secrets out of `value`.
    fn value(&self, value: &mut Value, met: &mut dyn FnMut(&[u8])) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    if names::is_secret(name.as_bytes()) {
                        self.whole(value, met);
                    } else {
                        self.value(value, met);
                    }
                }
            }
            Value::Array(elements) => self.words(elements, met),
            Value::String(text) => *text = self.string(text, met),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// A list, which may be a command's words: `["--password", "x"]`.
    fn words(&self, elements: &mut [Value], met: &mut dyn FnMut(&[u8])) {
        let mut is_next = false;
        for element in elements {
            let word = element.as_str().unwrap_or_default();
            let is_option = word.starts_with('-');
            let names_one = is_option
                && word.bytes().all(names::is_name_byte)
                && names::is_secret(word.as_bytes());
            if is_next && !is_option {
                self.whole(element, met);
            } else {
                self.value(element, met);
            }
            is_next = names_one;
        }
    }

    /// Everything in `value` is secret.
    fn whole(&self, value: &mut Value, met: &mut dyn FnMut(&[u8])) {
        match value {
            Value::String(text) => {
                if !text.is_empty() && !is_nothing(text.as_bytes()) {
                    met(text.as_bytes());
                    *text = self.mask(text.as_bytes());
                }
            }
            Value::Number(number) => {
                let mask = self.mask(number.to_string().as_bytes());
                *value = Value::String(mask);
            }
            Value::Array(elements) => elements
                .iter_mut()
                .for_each(|element| self.whole(element, met)),
            Value::Object(members) => members
                .values_mut()
                .for_each(|member| self.whole(member, met)),
            Value::Null | Value::Bool(_) => {}
        }
    }

    /// A text: `NAME=value` as a whole, as in an environment, else line by line.
    fn string(&self, text: &str, met: &mut dyn FnMut(&[u8])) -> String {
        if let Some((name, value)) = text.split_once('=')
            && !name.is_empty()
            && name.bytes().all(names::is_name_byte)
            && names::is_secret(name.as_bytes())
        {
            if value.is_empty() || is_nothing(value.as_bytes()) {
                return text.to_owned();
            }
            met(value.as_bytes());
            return format!("{name}={}", self.mask(value.as_bytes()));
        }
        let mut out = Vec::with_capacity(text.len());
        let mut stream = Stream::new(self);
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 {
                out.push(b'\n');
            }
            stream.line_with(line.as_bytes(), 0, &mut out, met);
        }
        // Masks are ASCII, and stand for whole values; a cut character becomes a question mark.
        String::from_utf8_lossy(&out).into_owned()
    }
}

fn write(value: &Value, indented: bool, out: &mut Vec<u8>) -> bool {
    let begin = out.len();
    let written = if indented {
        let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
        value.serialize(&mut serde_json::Serializer::with_formatter(
            &mut *out, formatter,
        ))
    } else {
        serde_json::to_writer(&mut *out, value)
    };
    if written.is_err() {
        out.truncate(begin);
    }
    written.is_ok()
}
