//! Stopped or killed through the API, and nothing that speaks of automation.

use super::super::host::is_person;
use super::super::probes::{live_connects, probes};
use super::super::request::{
    SCRIPT, api_request, blind_to_automation, how_stopped, unhealthy_before,
};
use super::super::rule::Rule;
use super::super::scene::Scene;
use super::super::verdict::Verdict;
use super::super::words::{between, span};
use crate::lifecycle::{End, Run};
use crate::model::{Cause, Citation, Cited, EndedBy, Family, InitiatorKind, JournalRecord, Time};
use chrono::TimeDelta;

pub(super) const BLIND: Rule = Rule {
    id: "requested-blind",
    says: "Stopped through the API, and the evidence could not show automation even if there was some.",
    cause: Cause::Unknown,
    family: Family::External,
    weight: 0.0,
    others: &[
        (Cause::ManualRestart, 0.5),
        (Cause::HostAutomationRestart, 0.4),
    ],
    example: "10:00:00.000 web create\n\
        10:00:00.300 web start\n\
        10:30:02.300 web kill signal=15\n\
        10:30:02.710 web die exitCode=0\n\
        10:30:02.720 web stop\n\
        10:30:03.200 web start\n\
        10:30:03.201 web restart",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.100 web network connect bridge\n\
        10:00:00.300 web start\n\
        10:30:02.300 web kill signal=15\n\
        10:30:02.710 web die exitCode=0\n\
        10:30:02.715 web network disconnect bridge\n\
        10:30:02.720 web stop\n\
        10:30:03.000 web network connect bridge\n\
        10:30:03.200 web start\n\
        10:30:03.201 web restart",
    decide: |scene, rule| {
        let asked = asked(scene)?;
        let (why, missing) = blind_to_automation(scene, asked.looked_at, asked.request)?;
        let verdict = rule.unknown(
            format!(
                "Stopped through the API, but {why}: automation can be neither shown nor ruled out."
            ),
            [missing],
        );
        Some(scene.with_end(verdict.and(asked.claim.to_owned(), asked.line)))
    },
};

pub(super) const AFTER_SIGNS: Rule = Rule {
    id: "requested-after-signs",
    says: "Restarted through the API some time after a failed probe, an attached network or an unhealthy state, not as promptly as a script acts.",
    cause: Cause::Unknown,
    family: Family::External,
    weight: 0.0,
    others: &[
        (Cause::ManualRestart, 0.5),
        (Cause::HostAutomationRestart, 0.3),
        (Cause::HealthRestart, 0.1),
    ],
    example: "10:00:00.000 web create\n\
        10:00:00.100 web network connect bridge\n\
        10:00:00.300 web start\n\
        10:30:00.000 web network connect net1\n\
        10:30:12.300 web kill signal=15\n\
        10:30:12.710 web die exitCode=0\n\
        10:30:12.720 web stop\n\
        10:30:13.200 web start\n\
        10:30:13.201 web restart",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.100 web network connect bridge\n\
        10:00:00.300 web start\n\
        10:30:00.000 web network connect net1\n\
        10:40:12.300 web kill signal=15\n\
        10:40:12.710 web die exitCode=0\n\
        10:40:12.720 web stop\n\
        10:40:13.200 web start\n\
        10:40:13.201 web restart",
    decide: |scene, rule| {
        let asked = asked(scene)?;
        let signs = signs(scene, &asked);
        if signs.is_empty() {
            return None;
        }
        let verdict = rule.unknown(
            "Restarted through the API. Something happened shortly before that automation does too, but not as promptly as a script acts.",
            ["the host's journal or the log of the script that probes (--journal) would decide"],
        );
        let mut verdict = verdict.and(asked.claim.to_owned(), asked.line);
        cite_good_probes(scene, &mut verdict, &asked);
        for (claim, line) in signs {
            verdict.cite(claim, line);
        }
        Some(scene.with_end(verdict))
    },
};

pub(super) const AMID_ACTIVITY: Rule = Rule {
    id: "requested-amid-activity",
    says: "Stopped through the API just after a program on the host ran, which does not say what it did.",
    cause: Cause::Unknown,
    family: Family::External,
    weight: 0.0,
    others: &[
        (Cause::ManualRestart, 0.45),
        (Cause::HostAutomationRestart, 0.45),
    ],
    example: "10:00:00.000 web create\n\
        10:00:00.100 web network connect bridge\n\
        10:00:00.300 web start\n\
        10:30:02.000 host backup[700]: web was saved\n\
        10:30:02.300 web kill signal=15\n\
        10:30:02.710 web die exitCode=0\n\
        10:30:02.715 web network disconnect bridge\n\
        10:30:02.720 web stop\n\
        10:30:03.000 web network connect bridge\n\
        10:30:03.200 web start\n\
        10:30:03.201 web restart",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.100 web network connect bridge\n\
        10:00:00.300 web start\n\
        10:30:00.000 host backup[700]: web was saved\n\
        10:30:02.300 web kill signal=15\n\
        10:30:02.710 web die exitCode=0\n\
        10:30:02.715 web network disconnect bridge\n\
        10:30:02.720 web stop\n\
        10:30:03.000 web network connect bridge\n\
        10:30:03.200 web start\n\
        10:30:03.201 web restart\n\
        10:40:00.000 host backup[701]: web was saved",
    decide: |scene, rule| {
        let asked = asked(scene)?;
        let record = ran_just_before(scene, asked.request)?;
        let program = record.value.program.as_deref().unwrap_or("a program");
        let verdict = rule.unknown(
            format!(
                "{} through the API just after {program} ran on the host; whether that did it is not in the evidence.",
                how_stopped(asked.end)
            ),
            ["what that program runs (its script, unit or crontab), or a record of who asked, would decide"],
        );
        let verdict = verdict
            .and(asked.claim.to_owned(), asked.line)
            .and("a program of the host ran just before", &record.citation);
        Some(scene.with_end(verdict))
    },
};

/// A program acts within this time of its line in the host's log, where measured on idle hosts.
const ACTS: TimeDelta = TimeDelta::milliseconds(1500);

/// The last line of a program of the host, and of no person, just before a request.
fn ran_just_before<'a>(scene: &Scene<'a>, request: Time) -> Option<&'a Cited<JournalRecord>> {
    let host = &scene.all.history.host;
    let begin = host.partition_point(|record| record.value.time < Some(request - ACTS));
    let end = host.partition_point(|record| record.value.time <= Some(request));
    let mut near = host[begin..end.max(begin)].iter();
    near.rfind(|record| record.value.program.is_some() && !is_person(&record.value))
}

pub(super) const REQUESTED: Rule = Rule {
    id: "requested",
    says: "Stopped or killed through the API and started again, and the host's own log of that time shows no automation.",
    cause: Cause::ManualRestart,
    family: Family::External,
    weight: 0.85,
    others: &[(Cause::HostAutomationRestart, 0.1)],
    example: "10:00:00.000 web create\n\
        10:00:00.100 web network connect bridge\n\
        10:00:00.300 web start\n\
        10:20:00.000 host backup[700]: web was saved\n\
        10:30:02.300 web kill signal=15\n\
        10:30:02.710 web die exitCode=0\n\
        10:30:02.715 web network disconnect bridge\n\
        10:30:02.720 web stop\n\
        10:30:03.000 web network connect bridge\n\
        10:30:03.200 web start\n\
        10:30:03.201 web restart\n\
        10:40:00.000 host backup[701]: web was saved",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.100 web network connect bridge\n\
        10:00:00.300 web start\n\
        10:30:02.300 web kill signal=15\n\
        10:30:02.710 web die exitCode=0\n\
        10:30:02.715 web network disconnect bridge\n\
        10:30:02.720 web stop\n\
        10:30:03.000 web network connect bridge\n\
        10:30:03.200 web start\n\
        10:30:03.201 web restart",
    decide: |scene, rule| {
        let asked = asked(scene)?;
        host_covers(scene, asked.request).then_some(())?;
        requested(scene, rule, &asked)
    },
};

pub(super) const REQUESTED_UNWATCHED: Rule = Rule {
    id: "requested-unwatched",
    says: "Stopped or killed through the API and started again, with no sign of automation in what was read; no log of the host covers the time.",
    cause: Cause::ManualRestart,
    family: Family::External,
    weight: 0.7,
    others: &[(Cause::HostAutomationRestart, 0.25)],
    example: "10:00:00.000 web create\n\
        10:00:00.100 web network connect bridge\n\
        10:00:00.300 web start\n\
        10:30:02.300 web kill signal=15\n\
        10:30:02.710 web die exitCode=0\n\
        10:30:02.715 web network disconnect bridge\n\
        10:30:02.720 web stop\n\
        10:30:03.000 web network connect bridge\n\
        10:30:03.200 web start\n\
        10:30:03.201 web restart",
    near_miss: "10:00:00.000 web create\n\
        10:00:00.100 web network connect bridge\n\
        10:00:00.300 web start\n\
        10:30:02.000 web exec_die exitCode=2 (getent hosts db)\n\
        10:30:02.300 web kill signal=15\n\
        10:30:02.710 web die exitCode=0\n\
        10:30:02.715 web network disconnect bridge\n\
        10:30:02.720 web stop\n\
        10:30:03.000 web network connect bridge\n\
        10:30:03.200 web start\n\
        10:30:03.201 web restart",
    decide: |scene, rule| {
        let verdict = requested(scene, rule, &asked(scene)?)?;
        Some(verdict.lacking("Docker does not record who asked; the host's journal or a script's log (--journal) would"))
    },
};

/// Whether lines of the host stand before and after a moment, so that they would show what it did then.
fn host_covers(scene: &Scene<'_>, at: Time) -> bool {
    let host = &scene.all.history.host;
    let times = [host.first(), host.last()].map(|record| record.and_then(|r| r.value.time));
    matches!(times, [Some(from), Some(to)] if from <= at && at <= to)
}

fn requested(scene: &Scene<'_>, rule: &Rule, asked: &Asked<'_>) -> Option<Verdict> {
    let gap = scene.at()? - asked.end.time.unwrap_or(asked.request);
    let restarted = scene.was_restarted();
    let action = match (asked.end.by, restarted) {
        (EndedBy::ApiKill, _) => format!(
            "Killed through the API and started again {} later",
            span(gap)
        ),
        (_, true) => "Restarted through the API".to_owned(),
        (_, false) => format!(
            "Stopped through the API and started again {} later",
            span(gap)
        ),
    };
    let summary = format!(
        "{action}; no sign of automation in what was read: no failed probe, no network change, no regular interval."
    );
    let mut verdict = rule
        .verdict(summary, asked.claim.to_owned(), asked.line)
        .by(
            InitiatorKind::Operator,
            if restarted {
                "restart through the API"
            } else {
                "stop and start through the API"
            },
        );
    cite_good_probes(scene, &mut verdict, asked);
    Some(scene.with_end(verdict))
}

/// A stop or kill through the API.
struct Asked<'a> {
    request: Time,
    end: &'a End,
    /// What shows it first.
    claim: &'a str,
    line: &'a Citation,
    /// From when on something can have led to it.
    looked_at: Time,
}

fn asked<'a>(scene: &Scene<'a>) -> Option<Asked<'a>> {
    let (request, end) = api_request(scene)?;
    scene.at()?;
    let (claim, line) = end.shown_by.first()?;
    let run_begin = scene
        .previous()
        .and_then(Run::started_at)
        .filter(|begun| *begun < request)
        .unwrap_or(request - SCRIPT);
    Some(Asked {
        request,
        end,
        claim,
        line,
        looked_at: (request - SCRIPT).max(run_begin),
    })
}

/// What happened before the request that automation answers, too.
fn signs<'a>(scene: &Scene<'a>, asked: &Asked<'_>) -> Vec<(String, &'a Citation)> {
    let request = asked.request;
    let unhealthy = unhealthy_before(scene, request).map(|event| {
        let claim = format!(
            "it had been unhealthy for {}",
            between(event.value.time, request)
        );
        (claim, &event.citation)
    });
    let failed = probes(scene.container, asked.looked_at, request)
        .into_iter()
        .filter(|probe| probe.exit_code != 0)
        .map(|probe| {
            let claim = format!(
                "exec_die exitCode={} ({}), {} before",
                probe.exit_code,
                probe.command,
                between(probe.ended.value.time, request)
            );
            (claim, &probe.ended.citation)
        });
    let attached = live_connects(scene.container, asked.looked_at, request)
        .into_iter()
        .filter(|attached| !attached.again)
        .map(|attached| {
            let claim = format!(
                "network connect {}, {} before",
                attached.network,
                between(attached.event.value.time, request)
            );
            (claim, &attached.event.citation)
        });
    unhealthy
        .into_iter()
        .chain(failed)
        .chain(attached)
        .collect()
}

fn cite_good_probes(scene: &Scene<'_>, verdict: &mut Verdict, asked: &Asked<'_>) {
    for probe in probes(scene.container, asked.looked_at, asked.request) {
        if probe.exit_code == 0 {
            verdict.cite(
                format!(
                    "exec_die exitCode=0 ({}): a probe that succeeded",
                    probe.command
                ),
                &probe.ended.citation,
            );
        }
    }
}
