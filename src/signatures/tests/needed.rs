//! Proves that no row's pattern can match a line without one of the row's literals: such a line would
//! never be looked at.

use super::*;
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};

/// A way to match: stretches of text, with anything between them.
type Way = Vec<Vec<u8>>;

/// More ways than this are not followed one by one: what comes then counts as anything.
const MOST: usize = 20_000;

/// nginx writes its version behind its process (`1#1: nginx/1.25.3`); the bare word stands in the paths
/// of each of its errors.
const BEHIND_A_PREFIX: [&str; 1] = ["web-servers/nginx-started"];

#[test]
fn every_pattern_needs_one_of_its_literals() {
    let signatures = Signatures::builtin().unwrap();
    let mut wrong = Vec::new();
    let rows = signatures.list();
    for row in rows.filter(|row| !BEHIND_A_PREFIX.contains(&row.id)) {
        let hir = ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .build()
            .parse(row.pattern.text())
            .unwrap();
        // Of letters that may be large or small, the small ones count.
        let literals: Vec<String> = row
            .literals
            .iter()
            .map(|literal| literal.to_ascii_lowercase())
            .collect();
        let without = ways(&hir).into_iter().find(|way| {
            let has = |text: &Vec<u8>| {
                let text = text.to_ascii_lowercase();
                literals
                    .iter()
                    .any(|literal| memchr::memmem::find(&text, literal.as_bytes()).is_some())
            };
            !way.iter().any(has)
        });
        if let Some(way) = without {
            let way: Vec<_> = way
                .iter()
                .map(|text| text.escape_ascii().to_string())
                .collect();
            wrong.push(format!(
                "{}: {:?} lets {way:?} through",
                row.id, row.literals
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_proof_sees_what_can_be_left_out() {
    let ways = |pattern: &str| {
        let hir = ParserBuilder::new()
            .unicode(false)
            .utf8(false)
            .build()
            .parse(pattern)
            .unwrap();
        let mut ways: Vec<String> = ways(&hir)
            .into_iter()
            .map(|way| {
                way.iter()
                    .map(|text| text.escape_ascii().to_string())
                    .collect::<Vec<_>>()
                    .join("*")
            })
            .collect();
        ways.sort();
        ways.dedup();
        ways
    };
    assert_eq!(ways("a(?:b|c)d"), ["abd", "acd"]);
    assert_eq!(ways("ab?c"), ["abc", "ac"]);
    assert_eq!(ways("[Aa]b\\d+c$"), ["ab***c"]);
    assert_eq!(ways("(?i:ok) x+"), ["ok x*x"]);
}

/// All ways in which `hir` matches.
fn ways(hir: &Hir) -> Vec<Way> {
    let anything = || vec![vec![Vec::new(), Vec::new()]];
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => vec![vec![Vec::new()]],
        HirKind::Literal(literal) => vec![vec![literal.0.to_vec()]],
        HirKind::Class(class) => {
            let Some(mut bytes) = bytes_of(class) else {
                return anything();
            };
            if let [large, small] = bytes[..]
                && large.to_ascii_lowercase() == small
            {
                bytes = vec![small];
            }
            bytes.into_iter().map(|byte| vec![vec![byte]]).collect()
        }
        HirKind::Repetition(repeated) => {
            let once = || ways(&repeated.sub);
            match (repeated.min, repeated.max) {
                (0, Some(1)) => once().into_iter().chain([vec![Vec::new()]]).collect(),
                (1, Some(1)) => once(),
                (0, _) => joined(once(), &anything())
                    .into_iter()
                    .chain([vec![Vec::new()]])
                    .collect(),
                (least, _) => (0..least.min(8)).fold(joined(once(), &anything()), |before, _| {
                    joined(before, &once())
                }),
            }
        }
        HirKind::Capture(capture) => ways(&capture.sub),
        HirKind::Concat(parts) => parts
            .iter()
            .map(ways)
            .fold(vec![vec![Vec::new()]], |first, second| {
                joined(first, &second)
            }),
        HirKind::Alternation(parts) => parts.iter().flat_map(ways).collect(),
    }
}

/// The bytes of a class of a few.
fn bytes_of(class: &Class) -> Option<Vec<u8>> {
    let bytes: Vec<u8> = match class {
        Class::Bytes(class) => class
            .ranges()
            .iter()
            .flat_map(|range| range.start()..=range.end())
            .collect(),
        Class::Unicode(class) => class
            .ranges()
            .iter()
            .flat_map(|range| range.start()..=range.end())
            .take(5)
            .map(|c| u8::try_from(c).ok())
            .collect::<Option<_>>()?,
    };
    (bytes.len() <= 4).then_some(bytes)
}

/// Each of the first and then each of the second.
fn joined(first: Vec<Way>, second: &[Way]) -> Vec<Way> {
    if first.len() * second.len() > MOST {
        return first
            .into_iter()
            .map(|mut way| {
                way.push(Vec::new());
                way
            })
            .collect();
    }
    let mut all = Vec::new();
    for one in &first {
        for other in second {
            let mut way = one.clone();
            let mut rest = other.iter();
            if let (Some(last), Some(next)) = (way.last_mut(), rest.next()) {
                last.extend_from_slice(next);
            }
            way.extend(rest.cloned());
            all.push(way);
        }
    }
    all
}
