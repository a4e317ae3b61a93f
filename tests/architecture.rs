//! Each part of the program imports only from the parts above it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// Each part and what it may import besides itself, top to bottom.
const TABLE: [(&str, &[&str]); 17] = [
    ("model", &[]),
    // The only part that is async inside.
    ("engine", &["model"]),
    // Takes secrets out of text; knows nothing of what it is for.
    ("redact", &[]),
    ("bundle", &["model"]),
    ("ingest", &["model"]),
    ("formats", &["model"]),
    (
        "collect",
        &["model", "bundle", "redact", "engine", "formats"],
    ),
    // Knows bytes alone.
    ("literals", &[]),
    ("signatures", &["model", "literals"]),
    ("scan", &["model", "formats", "literals", "signatures"]),
    ("lifecycle", &["model", "formats"]),
    ("correlate", &["model", "lifecycle"]),
    ("classify", &["model", "correlate", "lifecycle"]),
    // The tables of causes and findings hold the rules' texts.
    (
        "report",
        &["model", "classify::causes", "classify::findings"],
    ),
    // Reads no logs: it only takes the frames off what an engine sends.
    ("record", &["model", "formats", "engine"]),
    (
        "pipeline",
        &[
            "model",
            "bundle",
            "record",
            "ingest",
            "formats",
            "signatures",
            "scan",
            "lifecycle",
            "correlate",
            "classify",
            "report",
        ],
    ),
    // Besides its job, it lists the tables: `explain`, and `signatures` with the formats of its lines.
    (
        "cli",
        &[
            "model",
            "engine",
            "redact",
            "collect",
            "record",
            "pipeline",
            "report",
            "classify::Rule",
            "classify::TABLES",
            "classify::causes",
            "classify::findings",
            "signatures",
            "formats",
        ],
    ),
];

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// The part that a file belongs to: `src/cli/mod.rs` and `src/cli.rs` to `cli`.
fn part_of(path: &Path) -> String {
    let first = path.strip_prefix("src").unwrap().iter().next().unwrap();
    first.to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// The code without comments and without what only tests see.
fn code(text: &str) -> String {
    let text = text
        .split("\n#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    text.lines()
        .map(|line| line.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

/// All paths that begin with `crate::`, as far as two names deep, with groups taken apart.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        for path in expand(rest) {
            let names: Vec<&str> = path.split("::").take(2).collect();
            found.insert(names.join("::"));
        }
    }
    found
}

/// `a::{b, c::d}` is `a::b` and `a::c::d`.
fn expand(path: &str) -> Vec<String> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let end = path.find(|c| !is_word(c)).unwrap_or(path.len());
    let (head, rest) = path.split_at(end);
    let Some(group) = rest
        .strip_prefix('{')
        .filter(|_| head.is_empty() || head.ends_with("::"))
    else {
        return vec![head.to_owned()];
    };
    let mut depth = 0_usize;
    let mut members = Vec::new();
    let mut begin = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                members.push(group[begin..at].trim());
                begin = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    members
        .into_iter()
        .filter(|member| !member.is_empty())
        .flat_map(expand)
        .map(|member| format!("{head}{member}"))
        .collect()
}

/// Whether `import` is `allowed` or inside of it.
fn is_allowed(import: &str, allowed: &str) -> bool {
    import
        .strip_prefix(allowed)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[test]
fn imports_go_up_only() {
    let table: BTreeMap<&str, &[&str]> = TABLE.into_iter().collect();
    let mut paths = Vec::new();
    rust_files(Path::new("src"), &mut paths);
    paths.sort();
    let mut wrong = Vec::new();
    let mut parts = BTreeSet::new();
    for path in paths {
        let part = part_of(&path);
        if matches!(part.as_str(), "lib" | "main") || path.ends_with("tests.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let allowed = table
            .get(part.as_str())
            .unwrap_or_else(|| panic!("{} belongs to no part of the table", path.display()));
        for import in imports(&code(&text)) {
            let own = import.split("::").next() == Some(part.as_str());
            if !own && !allowed.iter().any(|allowed| is_allowed(&import, allowed)) {
                wrong.push(format!("{} imports crate::{import}", path.display()));
            }
        }
        parts.insert(part);
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert_eq!(parts.len(), TABLE.len(), "a part of the table is gone");
}

/// The wire format is made in one place: what stands above works with its own types.
#[test]
fn only_what_makes_or_shows_a_report_knows_its_wire_format() {
    let mut paths = Vec::new();
    rust_files(Path::new("src"), &mut paths);
    for path in paths {
        let part = part_of(&path);
        if matches!(part.as_str(), "model" | "pipeline" | "report" | "cli")
            || path.ends_with("tests.rs")
        {
            continue;
        }
        let imports = imports(&code(&fs::read_to_string(&path).unwrap()));
        let name = path.display();
        assert!(!imports.contains("model::report"), "{name} imports it");
    }
}

#[test]
fn the_table_itself_goes_up_only() {
    for (at, (part, allowed)) in TABLE.iter().enumerate() {
        for import in *allowed {
            let above = TABLE[..at].iter().any(|(name, _)| is_allowed(import, name));
            assert!(above, "{part} imports {import}, which is not above it");
        }
    }
}

#[test]
fn groups_and_inline_paths_are_seen() {
    let text = "
        use crate::{model::{Time, log::Origin}, report};
        use crate::classify::findings::{self, ROWS};
        // use crate::nothing;
        fn f(x: crate::ingest::Source) -> pub(crate) {}
    ";
    assert_eq!(
        imports(&code(text)).into_iter().collect::<Vec<_>>(),
        [
            "classify::findings",
            "ingest::Source",
            "model::Time",
            "model::log",
            "report"
        ]
    );
}

/// Rooms whose files import each other in one direction only, and how many pairs of files may still
/// import each other. A larger circle is never allowed.
const ONE_WAY: [(&str, usize); 2] = [("classify", 0), ("cli", 0)];

#[test]
fn files_of_a_room_import_in_one_direction() {
    for (room, pairs) in ONE_WAY {
        let imports = imports_within(room);
        let circles = circles(&imports);
        let is_allowed = circles.len() <= pairs && circles.iter().all(|files| files.len() == 2);
        assert!(
            is_allowed,
            "files of {room} import in circles: {circles:#?}"
        );
    }
}

/// Each file of a room, and the files of the same room that it imports from.
fn imports_within(room: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut paths = Vec::new();
    rust_files(&Path::new("src").join(room), &mut paths);
    let files: BTreeMap<String, PathBuf> = paths
        .into_iter()
        .filter(|path| !path.ends_with("tests.rs"))
        .map(|path| (module_of(&path), path))
        .collect();
    let modules: BTreeSet<&str> = files.keys().map(String::as_str).collect();
    files
        .iter()
        .map(|(module, path)| {
            let code = code(&fs::read_to_string(path).unwrap());
            let mut found: BTreeSet<String> = paths_in(&code)
                .iter()
                .filter_map(|path| home_of(path, module, &modules))
                .collect();
            found.remove(module);
            (module.clone(), found)
        })
        .collect()
}

/// `cli::report` for `src/cli/report/mod.rs` and for `src/cli/report.rs`.
fn module_of(path: &Path) -> String {
    let path = path.strip_prefix("src").unwrap().with_extension("");
    let names = path.iter().map(|name| name.to_str().unwrap());
    let names: Vec<&str> = names.filter(|name| *name != "mod").collect();
    names.join("::")
}

/// All paths of the code: those of `use` with groups taken apart, and those that stand elsewhere.
fn paths_in(code: &str) -> Vec<String> {
    let code = code.replace("pub use ", "use ");
    // Who may see something is no import.
    let code: String = code
        .split("pub(in ")
        .enumerate()
        .map(|(at, part)| match part.split_once(')') {
            Some((_, after)) if at > 0 => after,
            _ => part,
        })
        .collect();
    let mut found = Vec::new();
    let mut rest = code.as_str();
    let mut elsewhere = String::new();
    while let Some((before, after)) = rest.split_once("use ") {
        elsewhere.push_str(before);
        let is_statement = before.trim_end_matches(' ').ends_with(['\n', ')']) || before.is_empty();
        if is_statement && let Some((path, after)) = after.split_once(';') {
            found.extend(expand(path));
            rest = after;
        } else {
            rest = after;
        }
    }
    elsewhere.push_str(rest);
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let words = elsewhere.split(|c: char| !is_word(c));
    found.extend(words.filter(|word| word.contains("::")).map(str::to_owned));
    found
}

/// The module among `modules` in which `path` leads to something, seen from `module`.
fn home_of(path: &str, module: &str, modules: &BTreeSet<&str>) -> Option<String> {
    let mut names = path.split("::").peekable();
    let mut home: Vec<&str> = module.split("::").collect();
    match names.peek().copied() {
        Some("crate") => {
            names.next();
            home.clear();
        }
        Some("super") => {
            while names.next_if_eq(&"super").is_some() {
                home.pop();
            }
        }
        Some("self") => {
            names.next();
        }
        Some(first) if modules.contains([&home[..], &[first]].concat().join("::").as_str()) => {}
        _ => return None,
    }
    for name in names {
        let below = [&home[..], &[name]].concat();
        if !modules.contains(below.join("::").as_str()) {
            break;
        }
        home = below;
    }
    Some(home.join("::")).filter(|home| modules.contains(home.as_str()))
}

/// The groups of files of which each reaches every other one.
fn circles(imports: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<BTreeSet<&str>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> = imports
        .keys()
        .map(|from| (from.as_str(), reached_from(from, imports)))
        .collect();
    reached
        .iter()
        .filter(|(file, reached)| reached.contains(*file))
        .map(|(file, others)| {
            let others = others.iter().copied();
            others
                .filter(|other| reached[other].contains(file))
                .collect()
        })
        .collect()
}

fn reached_from<'a>(
    from: &str,
    imports: &'a BTreeMap<String, BTreeSet<String>>,
) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut waiting: Vec<&str> = imports[from].iter().map(String::as_str).collect();
    while let Some(file) = waiting.pop() {
        if reached.insert(file) {
            waiting.extend(imports[file].iter().map(String::as_str));
        }
    }
    reached
}

#[test]
fn circles_are_found_however_paths_are_written() {
    let modules = BTreeSet::from(["cli", "cli::a", "cli::b", "cli::c", "cli::c::d"]);
    let homes = |module: &str, text: &str| -> Vec<String> {
        let paths = paths_in(&code(text));
        let homes = paths
            .iter()
            .filter_map(|path| home_of(path, module, &modules));
        homes.collect()
    };
    assert_eq!(
        homes(
            "cli::a",
            "use super::{b::B, c::{self, d::D}, Own};\nuse crate::model::b::X;\n\
             pub(super) use self::x::Y;\nfn f(z: crate::cli::c::d::Z) { std::io::stdout(); }"
        ),
        [
            "cli::b",
            "cli::c",
            "cli::c::d",
            "cli",
            "cli::a",
            "cli::c::d"
        ]
    );
    assert_eq!(
        homes(
            "cli::c::d",
            "use super::super::b;\npub(in crate::cli::a) fn f() {}"
        ),
        ["cli::b"]
    );
    assert_eq!(
        homes("cli", "use crate::{c::d};\nfn f() { c::d::g() }"),
        ["cli::c::d"]
    );

    let imports = [("a", "b"), ("b", "c"), ("c", "b"), ("d", "d2"), ("d2", "")];
    let imports = imports.map(|(from, to)| {
        let to = Some(to.to_owned()).filter(|to| !to.is_empty());
        (from.to_owned(), to.into_iter().collect())
    });
    let found = imports.into_iter().collect();
    assert_eq!(
        circles(&found),
        BTreeSet::from([BTreeSet::from(["b", "c"])])
    );
}

#[test]
fn only_the_command_line_prints() {
    let mut paths = Vec::new();
    rust_files(Path::new("src"), &mut paths);
    for path in paths {
        if part_of(&path) == "cli" || path.ends_with("tests.rs") {
            continue;
        }
        let text = code(&fs::read_to_string(&path).unwrap());
        for word in ["io::stdout", "io::stderr", "process::exit"] {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
    }
}

/// Files and folders whose files may be long, with the reason. Tests may be long, too.
const LONG_FILES: [(&str, &str); 3] = [
    (
        "src/classify/causes.rs",
        "a table: a page of text for each cause",
    ),
    ("src/classify/rules/", "tables: each row tells two stories"),
    (
        "src/classify/first_run/",
        "tables: each row tells two stories",
    ),
];

/// Functions that may be long, with the reason.
const LONG_FUNCTIONS: [(&str, &str, &str); 1] = [("src/model/cause.rs", "row", "a table")];

/// All files of the program without its tests: their paths and what they say.
fn program() -> Vec<(String, String)> {
    let mut paths = Vec::new();
    rust_files(Path::new("src"), &mut paths);
    paths.sort();
    paths
        .into_iter()
        .filter(|path| !path.components().any(|part| part.as_os_str() == "tests"))
        .filter(|path| !path.ends_with("tests.rs"))
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            (path.to_str().unwrap().to_owned(), text)
        })
        .collect()
}

/// The functions of a file outside its tests, each with the number of its lines. Formatted code closes a
/// function where it began, as far from the margin.
fn functions(text: &str) -> Vec<(&str, usize)> {
    let text = text
        .split("\n#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let Some(name) = name_of_function(code) else {
            continue;
        };
        let margin = &line[..line.len() - code.len()];
        let closes = |line: &&str| line.strip_prefix(margin) == Some("}");
        let has_body_below = !line.ends_with(['}', ';']);
        let length = if has_body_below {
            lines[at..].iter().position(closes).map_or(1, |end| end + 1)
        } else {
            1
        };
        found.push((name, length));
    }
    found
}

/// `f` for `pub(super) const fn f(`.
fn name_of_function(code: &str) -> Option<&str> {
    let mut words = code.split_inclusive(' ');
    let mut at = 0;
    loop {
        let word = words.next()?;
        at += word.len();
        match word.trim_end() {
            "fn" => break,
            "const" | "async" | "unsafe" | "extern" | "\"C\"" | "in" => {}
            word if word.starts_with("pub") || word.ends_with(')') => {}
            _ => return None,
        }
    }
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    code[at..].split(|c| !is_word(c)).next()
}

#[test]
fn functions_are_found_with_their_lengths() {
    let text = "pub(in crate::a) const fn one<T>(\n    t: T,\n) {\n    t\n}\n\
        impl X {\n    fn two(&self) {\n        if a {\n        }\n    }\n    fn three() {}\n}\n\
        // fn four\n\n#[cfg(test)]\nmod tests {\n    fn five() {}\n}\n";
    assert_eq!(functions(text), [("one", 5), ("two", 4), ("three", 1)]);
}

#[test]
fn functions_fit_a_screen() {
    let mut long = Vec::new();
    for (path, text) in program() {
        for (name, length) in functions(&text) {
            let is_allowed = LONG_FUNCTIONS
                .iter()
                .any(|(file, function, _)| (*file, *function) == (path.as_str(), name));
            if length > 80 && !is_allowed {
                long.push(format!("{path}: {name} has {length} lines"));
            }
        }
    }
    assert!(long.is_empty(), "\n{}", long.join("\n"));
}

#[test]
fn files_are_short() {
    let mut lengths = Vec::new();
    let mut long = Vec::new();
    for (path, text) in program() {
        let length = text.lines().count();
        lengths.push(length);
        if length > 500 && !LONG_FILES.iter().any(|(table, _)| path.starts_with(table)) {
            long.push(format!("{path} has {length} lines"));
        }
    }
    assert!(long.is_empty(), "\n{}", long.join("\n"));
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median <= 150, "the median file has {median} lines");
}

#[test]
fn what_may_be_long_is_there() {
    for (path, reason) in LONG_FILES {
        assert!(Path::new(path).exists(), "{path} ({reason})");
    }
    for (path, name, reason) in LONG_FUNCTIONS {
        let text = fs::read_to_string(path).unwrap();
        let found = functions(&text);
        let is_long = |function: &(&str, usize)| function.0 == name && function.1 > 80;
        assert!(found.iter().any(is_long), "{path}: {name} ({reason})");
    }
}

#[test]
fn no_function_is_just_called_of() {
    for (path, text) in program() {
        let names = functions(&text);
        assert!(names.iter().all(|(name, _)| *name != "of"), "{path}");
    }
}

/// Words that say little, and so may each name one type at the most.
const BROAD_NAMES: [&str; 6] = ["Place", "Seen", "Known", "Entry", "Line", "Evidence"];

#[test]
fn a_broad_name_is_one_type() {
    let mut homes: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (path, text) in program() {
        for line in code(&text).lines() {
            let mut words = line.split(|c: char| !c.is_alphanumeric() && c != '_');
            if !words.any(|word| matches!(word, "struct" | "enum" | "type" | "trait")) {
                continue;
            }
            let name = words.next().unwrap_or_default();
            if let Some(broad) = BROAD_NAMES.iter().find(|broad| **broad == name) {
                homes.entry(broad).or_default().push(path.clone());
            }
        }
    }
    for (name, homes) in homes {
        assert_eq!(homes.len(), 1, "{name} is a type in {}", homes.join(", "));
    }
}
