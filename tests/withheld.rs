//! Whatever part of the evidence is missing, what is said of the rest is right.
//!
//! Each run takes a recorded case, cuts stretches out of its events, withholds inputs, or both, and
//! compares the report with what really happened. `unknown` is right wherever something is missing;
//! another cause than the true one is wrong, and so is a startup that never happened.
//!
//! The runs are the same each time. `cargo test --test withheld -- --ignored` makes 10,000 of them.
//! The evidence of the wrong ones is kept below `target/tmp/withheld`, with the words that show it to
//! the program.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use common::evidence::{self, Input, Random};
use common::truth::{self, Problem, True};
use common::{Case, Mode, cases, items, text};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};
use whystart::pipeline::Role;

/// A wrong verdict may be this sure of itself.
const SURE: f64 = 0.85;

/// The limits: what holds now, 0.018 and 0.008 of many runs, and a little more for chance. They may
/// only go down; below 0.003 and 0 all is as it should be.
const FEW: Limits = Limits {
    wrong: 0.025,
    sure: 0.013,
};
const MANY: Limits = Limits {
    wrong: 0.023,
    sure: 0.011,
};

/// All evidence of a case, in one of its forms.
struct Whole {
    case: Case,
    mode: Mode,
    inputs: Vec<Input>,
}

/// Every case in every form: as all was recorded, as the engine could replay it, and with logs that
/// have no times.
fn wholes() -> Vec<Whole> {
    let forms = cases().into_iter().flat_map(|case| {
        let most = match Mode::Host.words(&case) {
            Some(_) => Mode::Host,
            None => Mode::Full,
        };
        [most, Mode::Raw, Mode::Plain].map(|mode| (case.clone(), mode))
    });
    forms
        .filter(|(case, mode)| {
            let mut skipped = items(&case.truth["skip_modes"]).iter();
            !skipped.any(|name| name == mode.name())
        })
        .filter_map(|(case, mode)| {
            let inputs = evidence::of_case(&case, mode)?;
            Some(Whole { case, mode, inputs })
        })
        .collect()
}

/// What a run leaves of the evidence.
struct Part<'a> {
    whole: &'a Whole,
    inputs: Vec<Input>,
    /// What is missing, in words.
    missing: String,
    /// The sorts of what is missing.
    sorts: BTreeSet<&'static str>,
}

impl<'a> Part<'a> {
    fn all(whole: &'a Whole) -> Self {
        Self {
            whole,
            inputs: whole.inputs.clone(),
            missing: String::new(),
            sorts: BTreeSet::new(),
        }
    }

    /// The parts in which one input each is missing.
    fn without_each(whole: &'a Whole) -> impl Iterator<Item = Self> {
        let all = 0..whole.inputs.len();
        all.filter(|_| whole.inputs.len() > 1)
            .map(|n| Self::all(whole).withhold(|other| other == n))
    }

    /// A part in which something is missing by chance.
    fn random(wholes: &'a [Whole], seed: usize) -> Self {
        let random = &mut Random::new(seed);
        // The form in which most is told is looked at most.
        let whole = loop {
            let whole = &wholes[random.below(wholes.len())];
            if matches!(whole.mode, Mode::Full | Mode::Host) || random.below(3) == 0 {
                break whole;
            }
        };
        let part = Self::all(whole);
        match random.below(4) {
            0 => part.cut(random),
            1 => part.withhold_some(random),
            2 => part.cut(random).withhold_some(random),
            _ => {
                let one = random.below(whole.inputs.len());
                part.cut(random)
                    .withhold(|n| n == one && !whole.inputs[n].is_events())
            }
        }
    }

    fn withhold_some(self, random: &mut Random) -> Self {
        let count = self.inputs.len();
        let stays = random.below(count);
        let withheld: Vec<bool> = (0..count)
            .map(|n| n != stays && random.below(5) < 2)
            .collect();
        self.withhold(|n| withheld[n])
    }

    fn withhold(mut self, is_withheld: impl Fn(usize) -> bool) -> Self {
        let mut kept = Vec::new();
        for (n, input) in self.inputs.into_iter().enumerate() {
            if is_withheld(n) {
                write!(self.missing, " -{}", input.name()).unwrap();
                self.sorts.insert(input.sort());
            } else {
                kept.push(input);
            }
        }
        self.inputs = kept;
        self
    }

    /// Cuts one to three stretches out of the events.
    fn cut(mut self, random: &mut Random) -> Self {
        for input in self.inputs.iter_mut().filter(|input| input.is_events()) {
            let lines = input.line_count();
            let mut stretches = Vec::new();
            for _ in 0..=random.below(3) {
                // Short ones are as likely as long ones.
                let longest = 1 + random.below(lines);
                let length = 1 + random.below(longest);
                let first = random.below(lines);
                stretches.push(first..(first + length).min(lines));
                let (first, last) = (first + 1, (first + length).min(lines));
                write!(self.missing, " events:{first}-{last}").unwrap();
            }
            *input = input.without(|n| stretches.iter().any(|cut| cut.contains(&n)));
            self.sorts.insert("cut");
        }
        self
    }

    /// Writes it into `folder` with the command that shows it.
    fn keep(&self, folder: &Path) {
        let _ = fs::remove_dir_all(folder);
        let mut command = "whystart report -v".to_owned();
        for input in &self.inputs {
            let path = folder.join(
                Path::new(&input.path)
                    .strip_prefix(&self.whole.case.folder)
                    .unwrap(),
            );
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &input.bytes).unwrap();
            let option = match input.role {
                None => "",
                Some(Role::Events) => "--events ",
                Some(Role::Inspect) => "--inspect ",
                Some(Role::Journal) => "--journal ",
            };
            write!(command, " {option}{}", path.display()).unwrap();
        }
        fs::write(folder.join("command"), command + "\n").unwrap();
    }
}

/// A wrong verdict.
struct Wrong {
    truth: String,
    given: String,
    rule: String,
    confidence: f64,
    run: usize,
    case: String,
    missing: String,
    sorts: BTreeSet<&'static str>,
}

impl Wrong {
    fn new(run: usize, part: &Part<'_>, problem: Problem<'_>) -> Option<Self> {
        let (truth, startup) = match problem {
            Problem::Missed(_) => return None,
            Problem::Wrong(row, startup) => (text(&row["cause"]), startup),
            Problem::Spurious(startup) => ("none", startup),
            Problem::Uncited(startup) => ("uncited", startup),
        };
        Some(Self {
            truth: truth.to_owned(),
            given: text(&startup["cause"]).to_owned(),
            rule: text(&startup["rule"]).to_owned(),
            confidence: startup["confidence"].as_f64().unwrap(),
            run,
            case: format!("{} {}", part.whole.case.name, part.whole.mode.name()),
            missing: format!("{}{}", text(&startup["at"]), part.missing),
            sorts: part.sorts.clone(),
        })
    }
}

/// All wrong verdicts of a part.
fn wrong_in(run: usize, part: &Part<'_>) -> Vec<Wrong> {
    let report = evidence::report(&part.inputs);
    let all: Vec<True<'_>> = True::startups_of(&part.whole.case)
        .into_iter()
        .map(|startup| True {
            may_abstain: true,
            may_show_run: true,
            ..startup
        })
        .collect();
    let problems = truth::judge(&all, &report).into_iter();
    let wrong: Vec<Wrong> = problems
        .filter_map(|problem| Wrong::new(run, part, problem))
        .collect();
    if !wrong.is_empty() {
        part.keep(&kept().join(run.to_string()));
    }
    wrong
}

/// Where the evidence of wrong verdicts is kept.
fn kept() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("withheld")
}

/// The wrong verdicts by kind: the true cause, the given one and the rule that gave it.
fn table(wrong: &[Wrong]) -> String {
    let mut kinds: BTreeMap<_, Vec<&Wrong>> = BTreeMap::new();
    for one in wrong {
        kinds
            .entry((&one.truth, &one.given, &one.rule))
            .or_default()
            .push(one);
    }
    let mut table = String::new();
    for ((truth, given, rule), all) in kinds {
        let surest = all.iter().map(|one| one.confidence).fold(0.0, f64::max);
        let count = all.len();
        writeln!(
            table,
            "{truth} -> {given} by {rule}: {count}, confidence up to {surest}"
        )
        .unwrap();
        let mut sorts: BTreeMap<_, Vec<&&Wrong>> = BTreeMap::new();
        for one in &all {
            sorts.entry((&one.case, &one.sorts)).or_default().push(one);
        }
        for ((case, sorts), all) in sorts {
            let first = all[0];
            let sorts: Vec<&str> = sorts.iter().copied().collect();
            let (count, sorts) = (all.len(), sorts.join(", "));
            let Wrong {
                run,
                missing,
                confidence,
                ..
            } = first;
            writeln!(
                table,
                "  {count:4} {case} ({sorts}); run {run}: {confidence} {missing}"
            )
            .unwrap();
        }
    }
    table
}

/// How many runs may say something wrong, as shares of all.
struct Limits {
    wrong: f64,
    /// Wrong with more confidence than [`SURE`].
    sure: f64,
}

/// Makes so many runs, a third of them with one input missing, the rest by chance.
#[track_caller]
fn check(runs: usize, limits: &Limits) {
    let wholes = wholes();
    let one_missing: Vec<Part<'_>> = wholes.iter().flat_map(Part::without_each).collect();
    // Those of all cases, even when there are fewer runs than parts.
    let listed = one_missing.len().min(runs / 3);
    let found = evidence::each(runs, |run| {
        if run < listed {
            wrong_in(run, &one_missing[run * one_missing.len() / listed])
        } else {
            wrong_in(run, &Part::random(&wholes, run))
        }
    });
    let count = |is_counted: &dyn Fn(&Wrong) -> bool| {
        let counted = found.iter().filter(|wrong| wrong.iter().any(is_counted));
        counted.count()
    };
    let wrong = count(&|_| true);
    let sure = count(&|one| one.confidence > SURE);
    let most = |share: f64| share * f64::from(u32::try_from(runs).unwrap());
    let is_fine = |count: usize, share| f64::from(u32::try_from(count).unwrap()) <= most(share);
    assert!(
        is_fine(wrong, limits.wrong) && is_fine(sure, limits.sure),
        "{wrong} of {runs} runs say something wrong, {sure} with more confidence than {SURE}:\n{}",
        table(&found.into_iter().flatten().collect::<Vec<_>>())
    );
}

#[test]
fn some_parts_of_the_evidence_lead_to_little_wrong() {
    check(600, &FEW);
}

#[test]
#[ignore = "takes minutes"]
fn ten_thousand_parts_of_the_evidence_lead_to_little_wrong() {
    check(10_000, &MANY);
}
