//! The packs against their own samples, and what must never be taken for a startup.

use super::*;
use crate::model::fact::FactKind;

fn recognised(signatures: &Signatures, line: &[u8]) -> Vec<Recognised> {
    let mut out = Vec::new();
    signatures.recognise(line, &mut out);
    out
}

#[test]
fn every_built_in_sample_is_recognised_as_its_own_row_and_no_counter_sample_is() {
    let signatures = Signatures::builtin().unwrap();
    let wrong = signatures.broken_samples();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(!recognised(&signatures, b"Shutting down").is_empty());
    assert_eq!(
        recognised(&signatures, b"Shutting down")[0].kind,
        FactKind::ShuttingDown
    );
}
