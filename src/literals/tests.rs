use super::pass::{STEP, WORD, WORDS, reach};
use super::*;
use proptest::prelude::*;

/// Deals literals for each kind of machine that this one can stand in for.
fn dealt(literals: &[String]) -> Vec<Fingerprints> {
    let best = Level::new();
    let mut levels = vec![best, Level::baseline()];
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    {
        levels.extend(best.as_avx2().map(Level::Avx2));
        levels.extend(best.as_sse4_2().map(Level::Sse4_2));
    }
    let dealt = |level| Fingerprints::dealt_for(level, literals);
    let by_class = Fingerprints::by_class(literals);
    levels.into_iter().map(dealt).chain([by_class]).collect()
}

/// All ways to find the literals; the automaton runs on every machine.
fn ways(literals: &[String]) -> Vec<LiteralSet> {
    let automaton = Finder::Automaton(Automaton::new(literals).unwrap());
    let vectors = dealt(literals)
        .into_iter()
        .map(Box::new)
        .map(Finder::Vectors);
    vectors.chain([automaton]).map(LiteralSet).collect()
}

/// The expected result, found one byte at a time.
fn slowly(literals: &[String], text: &[u8], beside: Beside) -> Scan {
    let at = |place: usize, by: isize| place.checked_add_signed(by).and_then(|at| text.get(at));
    let wrong = |place: usize, wanted: &[(isize, u8)]| {
        wanted.iter().any(|(by, byte)| {
            let found = at(place, *by);
            found != Some(byte) && (*by < 0 || found.is_some())
        })
    };
    let wanted: &[(isize, u8)] = match beside {
        Beside::Anything => &[],
        Beside::Objects => &[(-2, b'"'), (-1, b'}'), (1, b'{'), (2, b'"')],
        Beside::Times => &[(5, b'-'), (8, b'-'), (11, b'T'), (14, b':'), (17, b':')],
    };
    let ends: Vec<usize> = memchr::memchr_iter(b'\n', text).collect();
    let hits = (0..text.len())
        .flat_map(|begin| (0..literals.len()).map(move |literal| (begin, literal)))
        .filter(|(begin, literal)| text[*begin..].starts_with(literals[*literal].as_bytes()))
        .map(|(begin, literal)| Hit {
            begin,
            literal,
            line: ends.partition_point(|end| *end < begin) as u64,
        })
        .collect();
    Scan {
        hits,
        line_ends: ends.len() as u64,
        odd: ends.iter().any(|end| wrong(*end, wanted)),
        ..Scan::default()
    }
}

/// That the stretches are not UTF-8, and all around them is.
fn assert_not_utf8(text: &[u8], stretches: &[Range<usize>]) {
    let mut at = 0;
    for stretch in stretches {
        assert!(std::str::from_utf8(&text[at..stretch.start]).is_ok());
        assert!(std::str::from_utf8(&text[stretch.clone()]).is_err());
        at = stretch.end;
    }
    assert!(std::str::from_utf8(&text[at..]).is_ok());
}

/// The hits by their places; by lines they are in order already.
fn in_order(mut hits: Vec<Hit>) -> Vec<Hit> {
    assert!(hits.is_sorted_by_key(|hit| hit.line));
    hits.sort_by_key(|hit| (hit.begin, hit.literal));
    hits
}

fn assert_same(literals: &[String], text: &[u8]) {
    let ways = ways(literals);
    for beside in [Beside::Anything, Beside::Objects, Beside::Times] {
        let wanted = slowly(literals, text, beside);
        let wanted_hits = in_order(wanted.hits);
        for (way, set) in ways.iter().enumerate() {
            let found = set.scan(text, beside);
            let hits = in_order(found.hits);
            assert_not_utf8(text, &found.not_utf8);
            assert_eq!(
                (hits, found.line_ends, found.odd),
                (wanted_hits.clone(), wanted.line_ends, wanted.odd),
                "way {way}"
            );
        }
    }
}

fn strings(literals: &[&str]) -> Vec<String> {
    literals
        .iter()
        .map(|literal| (*literal).to_owned())
        .collect()
}

fn hits(set: &LiteralSet, block: &str) -> Vec<usize> {
    let hits = set.scan(block.as_bytes(), Beside::Anything).hits;
    hits.into_iter().map(|hit| hit.begin).collect()
}

#[test]
fn hits_are_offsets_in_order() {
    for set in ways(&strings(&["server process", "connection pool"])) {
        let block = "a server process, a connection pool, a server process";
        assert_eq!(hits(&set, block), [2, 20, 39]);
    }
}

#[test]
fn literals_that_overlap_are_all_visited() {
    for set in ways(&strings(&["Started ser", "process", "server process"])) {
        let mut found = Vec::new();
        set.visit(b"Started server process [1]", |begin, literal| {
            found.push((begin, literal));
        });
        found.sort_unstable();
        assert_eq!(found, [(0, 0), (8, 2), (15, 1)]);
    }
}

#[test]
fn empty_literals_are_left_out() {
    let set = LiteralSet::new(["", "process", "", "server"]);
    let mut found = Vec::new();
    set.visit(b"server process", |begin, literal| {
        found.push((begin, literal));
    });
    found.sort_unstable();
    assert_eq!(found, [(0, 1), (7, 0)]);
}

#[test]
fn no_literals_give_no_hits() {
    for set in ways(&[]) {
        assert!(hits(&set, "anything").is_empty());
    }
}

#[test]
fn very_many_literals_are_found() {
    let many: Vec<String> = (0..300).map(|n| format!("literal {n:03}!")).collect();
    for set in ways(&many) {
        assert_eq!(hits(&set, "x literal 299! y literal 000!"), [2, 17]);
    }
}

#[test]
fn every_place_of_a_literal_is_seen() {
    let literals = strings(&[
        "Started server process",
        "abc",
        "longest of them all",
        "celery@",
    ]);
    for literal in &literals {
        for before in 0..140 {
            for after in [0, 1, 7, 8, 63, 64, 80, reach(WORDS)] {
                let text = format!("{}{literal}{}", "x".repeat(before), "é".repeat(after));
                assert_same(&literals, text.as_bytes());
            }
        }
    }
}

#[test]
fn a_literal_of_any_length_is_found_at_even_and_odd_places() {
    for len in (1..40).chain([63, 64, 65, 200, 600]) {
        let literal: String = ('a'..='z').cycle().take(len).collect();
        let literals = [literal, "Started server process".to_owned()];
        for before in [0, 1, 2, 3, 50, 51, 4090, 4091, 4096, 4097] {
            let text = format!("{}{}{}", "X".repeat(before), literals[0], "Y".repeat(5000));
            assert_same(&literals, text.as_bytes());
        }
    }
}

#[test]
fn one_window_of_a_literal_begins_at_a_place_that_is_looked_at() {
    let literals = strings(&["Started server process"]);
    for fingerprints in dealt(&literals) {
        for before in ["INFO:    ", "INFO:     "] {
            let line = format!("{before}Started server process [7]").into_bytes();
            let looked_at = (0..line.len()).step_by(2);
            let places: Vec<_> = looked_at
                .filter(|place| fingerprints.may_be(&line, *place))
                .collect();
            assert_eq!(places.len(), 1);
            let mut found = Vec::new();
            fingerprints.literals(&line, places[0], |begin, literal| {
                found.push((begin, literal));
            });
            assert_eq!(found, [(before.len(), 0)]);
        }
    }
}

#[test]
fn a_literal_as_short_as_a_pack_may_have_does_not_open_the_hashes() {
    let level = Level::new();
    let literals = strings(&["ready", "Started server process"]);
    let fingerprints = Fingerprints::dealt_for(level, &literals);
    let text = b"Yready, sready!";
    assert!(fingerprints.may_be(&[&text[..], &[0; 64]].concat(), 1));
    assert!(!fingerprints.may_be(&[&b"nothing of it"[..], &[0; 64]].concat(), 0));
    assert_same(&literals, text);
}

#[test]
fn a_text_with_words_of_literals_is_asked_for_the_rest_of_them() {
    let literals = strings(&["connection pool ready", "connection pool closed"]);
    let text = b"a connection refused by the pool, and a pool closed by that connection";
    for fingerprints in dealt(&literals) {
        assert!((0..text.len()).all(|at| !fingerprints.may_be(text, at)));
    }
    assert_same(&literals, text);
}

#[test]
fn a_literal_of_nuls_is_not_found_behind_the_end() {
    for len in [1, 3, 8, 12] {
        assert_same(&["\0".repeat(len)], b"a\0b and so on");
    }
}

#[test]
fn texts_of_every_length_around_that_of_a_span_are_read_to_their_end() {
    let literals = strings(&["celery@", "Started server process"]);
    let line = "Started server process of celery@é\n";
    for spans in 1..3 {
        let long = line.repeat(spans * reach(WORDS) / line.len() + 4);
        for len in spans * WORDS * WORD - 3..spans * WORDS * WORD + STEP + 3 {
            let begin = long.len() - len;
            if long.is_char_boundary(begin) {
                assert_same(&literals, &long.as_bytes()[begin..]);
            }
        }
    }
}

#[test]
fn a_byte_out_of_place_beside_any_line_end_is_seen() {
    let record = "{\"log\":\"x\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-20T09:41:14Z\"}\n";
    let timed = "2026-11-20T09:41:14.012446485Z INFO and some words of a message\n";
    for (line, beside) in [(record, Beside::Objects), (timed, Beside::Times)] {
        let block = line.repeat(50);
        for set in ways(&[]) {
            let odd = |text: &[u8]| set.scan(text, beside).odd;
            assert!(!odd(block.as_bytes()));
            for newline in memchr::memchr_iter(b'\n', &block.as_bytes()[..block.len() - 20]) {
                let beside: &[isize] = match beside {
                    Beside::Objects => &[-2, -1, 1, 2],
                    _ => &[5, 8, 11, 14, 17],
                };
                for by in beside {
                    let mut broken = block.clone().into_bytes();
                    broken[newline.checked_add_signed(*by).unwrap()] = b'x';
                    assert!(odd(&broken), "{newline} {by}");
                }
            }
        }
    }
}

#[test]
fn a_byte_that_is_not_ascii_is_none_that_the_format_has() {
    let record = b"{\"log\":\"x\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-20T09:41:14Z\"}\n";
    for at in [0, 1, record.len() - 2, record.len() - 3] {
        let mut broken = record.to_vec();
        broken[at] |= 0x80;
        let text = [&record.repeat(40)[..], &broken, &record.repeat(40)].concat();
        for set in ways(&[]) {
            assert!(set.scan(&text, Beside::Objects).odd);
        }
    }
}

#[test]
fn a_character_is_never_between_two_stretches() {
    for before in 4080..4100 {
        let text = format!("{}✅{}é", "x".repeat(before), "✅".repeat(3000));
        for set in ways(&[]) {
            let found = set.scan(text.as_bytes(), Beside::Anything);
            assert_not_utf8(text.as_bytes(), &found.not_utf8);
        }
    }
}

/// A piece of a text, seldom one that is not UTF-8.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let text = prop_oneof![
        6 => "[abc]{0,20}", 1 => "\n", 1 => "é", 1 => "\"\\}\n\\{\"", 1 => "[a-z ]{100}", 1 => "é{100}", 1 => "[xßé→“日\u{800}\u{7ff}\u{d7ff}\u{e000}😀]{1,90}"
    ];
    prop_oneof![
        60 => text.prop_map(String::into_bytes),
        1 => prop::sample::select(vec![
            &b"\xff"[..], b"\xc3", b"\xe2\x9c", b"\x85", b"\xc0\xaf", b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xc3\xc3\xa9",
            b"\xe2\xc3\x80\x80", b"\xf5\x80\x80\x80",
        ]).prop_map(<[u8]>::to_vec),
    ]
}

proptest! {
    #[test]
    fn any_text_gives_what_a_slow_look_gives(
        literals in proptest::collection::btree_set("[abc]{3,12}", 0..20),
        text in proptest::collection::vec(piece(), 0..60),
        times in 1_usize..8,
    ) {
        let text = text.concat().repeat(times);
        assert_same(&literals.into_iter().collect::<Vec<_>>(), &text);
    }
}
