//! The report for programs: the model as it is, indented, with a line end at the end.

use super::json_text::{Inert, Lines};
use crate::model::report::Report;
use serde::Serialize as _;
use serde_json::{Serializer, ser::PrettyFormatter};
use std::io;

/// Writes `report` as JSON.
pub(super) fn render(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let formatter = Inert::new(PrettyFormatter::new());
    report.serialize(&mut Serializer::with_formatter(&mut *out, formatter))?;
    out.end_line()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn json_has_the_fields_of_the_contract_in_order() {
        let mut out = Vec::new();
        render(&fixture::timer_restart(), &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("{\n  \"schema\": \"whystart.report/1\",\n  \"tool\": {"));
        assert!(text.ends_with("\n}\n"));
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let keys: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, ["schema", "tool", "inputs", "services", "summary"]);
        let startup = value["services"][0]["startups"][1].as_object().unwrap();
        assert_eq!(startup["case"], "B");
        assert_eq!(startup["family"], "external");
        assert_eq!(startup["at"], "2026-11-20T09:41:27.000000000Z");
        assert!(!startup.contains_key("summary"), "not part of the contract");
    }
}
