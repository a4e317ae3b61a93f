//! The evidence of a case in memory, to be cut and withheld, and the library's report on it.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::unwrap_used,
    reason = "each test file uses a part of it, and fails by panicking"
)]

use super::{Case, Mode, story::Story};
use serde_json::Value;
use std::{
    fs,
    io::{Cursor, Read},
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};
use whystart::pipeline::{self, Config, Named, Role};

/// One file.
#[derive(Clone)]
pub struct Input {
    pub path: String,
    pub role: Option<Role>,
    pub bytes: Arc<[u8]>,
}

impl Input {
    fn new(path: String, option: &str, bytes: Vec<u8>) -> Self {
        let role = match option {
            "--events" => Some(Role::Events),
            "--inspect" => Some(Role::Inspect),
            "--journal" => Some(Role::Journal),
            _ => None,
        };
        Self {
            path,
            role,
            bytes: bytes.into(),
        }
    }

    /// What the path says without its folder.
    pub fn name(&self) -> &str {
        Path::new(&self.path).file_name().unwrap().to_str().unwrap()
    }

    pub fn is_events(&self) -> bool {
        self.name().starts_with("events.")
    }

    /// What it is, in a word.
    pub fn sort(&self) -> &'static str {
        match self.role {
            _ if self.is_events() => "events",
            Some(Role::Events) => "events",
            Some(Role::Inspect) => "inspect",
            Some(Role::Journal) if self.name() == "dockerd.log" => "engine log",
            Some(Role::Journal) => "host log",
            None => "log",
        }
    }

    /// The same without these lines, counted from 0.
    pub fn without(&self, is_cut: impl Fn(usize) -> bool) -> Self {
        let lines = self.bytes.split_inclusive(|byte| *byte == b'\n');
        let kept = lines.enumerate().filter(|(n, _)| !is_cut(*n));
        let bytes: Vec<u8> = kept.flat_map(|(_, line)| line).copied().collect();
        Self {
            bytes: bytes.into(),
            ..self.clone()
        }
    }

    pub fn line_count(&self) -> usize {
        self.bytes.split_inclusive(|byte| *byte == b'\n').count()
    }
}

/// The evidence that `mode` shows of `case`; none when the case lacks it.
pub fn of_case(case: &Case, mode: Mode) -> Option<Vec<Input>> {
    let words = mode.words(case)?;
    let input = |words: Vec<String>| {
        let path = words.last().unwrap().clone();
        let bytes = fs::read(&path).unwrap();
        let option = if words.len() > 1 { &*words[0] } else { "" };
        Input::new(path, option, bytes)
    };
    Some(words.into_iter().map(input).collect())
}

/// The evidence of a story.
pub fn of_story(story: Story) -> Vec<Input> {
    let files = story.evidence_files().into_iter();
    files
        .map(|file| Input::new(file.path, file.option, file.content))
        .collect()
}

/// The library's report on these inputs, made on this thread's own worker.
pub fn report(inputs: &[Input]) -> Value {
    let named = inputs.iter().map(|input| {
        let bytes = Arc::clone(&input.bytes);
        Named {
            path: input.path.clone().into(),
            role: input.role,
            open: Box::new(|| Ok(Box::new(Cursor::new(bytes)) as Box<dyn Read + Send>)),
        }
    });
    let config = Config {
        threads: Some(1),
        ..Config::default()
    };
    let analysis = pipeline::run_with(&config, named.collect(), &()).unwrap();
    serde_json::to_value(&analysis.report).unwrap()
}

/// What `job` gives for each number below `count`, in their order, made on all cores.
pub fn each<T: Send>(count: usize, job: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let cores = std::thread::available_parallelism().unwrap().get();
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= count {
                        break;
                    }
                    let result = job(n);
                    done.lock().unwrap().push((n, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(n, _)| *n);
    done.into_iter().map(|(_, result)| result).collect()
}

/// Numbers that vary, the same ones for the same seed.
pub struct Random(u64);

impl Random {
    pub fn new(seed: usize) -> Self {
        // Another factor than the one of the steps, or a seed's numbers are its neighbour's, shifted.
        Self((seed as u64 + 1).wrapping_mul(0xd134_2543_de82_ef95))
    }

    /// A number below `bound`, by `SplitMix64`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % bound as u64).unwrap()
    }
}
