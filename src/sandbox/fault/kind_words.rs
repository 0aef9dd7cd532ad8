//! Parses the kind of a fault: `error=503`, `fail=delete+rollback`.

use super::duration::{duration, signed_duration};
use super::kind::{DriftKind, FaultKind, KINDS, StepKind};
use crate::document::did_you_mean;

/// What is wrong with a part, and what to write instead.
pub type Wrong = (String, String);

/// Reads the first part of a fault.
///
/// # Errors
/// If there is no such kind, or its value is none.
pub fn read_kind(part: &str) -> Result<FaultKind, Wrong> {
    let (word, value) = match part.split_once('=') {
        Some((word, value)) => (word, Some(value)),
        None => (part, None),
    };
    let Some((_, form)) = KINDS.iter().find(|(known, _)| *known == word) else {
        let all: Vec<&str> = KINDS.iter().map(|(word, _)| *word).collect();
        let help = match did_you_mean(word, all.iter().copied()) {
            Some(help) if !word.is_empty() => help,
            _ => format!("a fault begins with one of {}", all.join(", ")),
        };
        return Err(("no kind of fault".to_owned(), help));
    };
    let wrong = |example: &str| {
        let help = format!("write `{word}={example}`");
        (format!("`{word}` takes {form}"), help)
    };
    let time = || value.and_then(duration).filter(|time| !time.is_zero());
    Ok(match (word, value) {
        ("error", Some("409")) => FaultKind::Error(409),
        ("error", value) => FaultKind::Error(status(value, 500).ok_or_else(|| wrong("503"))?),
        ("html", value) => FaultKind::Html(status(value, 502).ok_or_else(|| wrong("502"))?),
        ("expire", Some(_)) => {
            FaultKind::Expire(value.and_then(duration).ok_or_else(|| wrong("5m"))?)
        }
        ("expire", None) => return Err(wrong("5m")),
        ("skew", value) => {
            FaultKind::Skew(value.and_then(signed_duration).ok_or_else(|| wrong("-10m"))?)
        }
        ("slow", _) => FaultKind::Slow(time().ok_or_else(|| wrong("5s"))?),
        ("stale", _) => FaultKind::Stale(time().ok_or_else(|| wrong("10s"))?),
        ("stall", _) => FaultKind::Stall(time().ok_or_else(|| wrong("1h"))?),
        ("elsewhere", value) => {
            let id = value.and_then(|value| value.parse().ok());
            FaultKind::Elsewhere(id.ok_or_else(|| wrong("100000000009"))?)
        }
        ("fail", value) => FaultKind::Fail(steps(value)?),
        ("drift", None | Some("modified")) => FaultKind::Drift(DriftKind::Modified),
        ("drift", Some("deleted")) => FaultKind::Drift(DriftKind::Deleted),
        ("drift", Some("unreadable")) => FaultKind::Drift(DriftKind::Unreadable),
        ("drift", Some(_)) => return Err(wrong("deleted")),
        (_, Some(_)) => {
            return Err((format!("`{word}` takes no value"), format!("write `{word}`")));
        }
        ("throttle", None) => FaultKind::Throttle,
        ("deny", None) => FaultKind::Deny,
        ("no-entry", None) => FaultKind::NoEntry,
        ("not-enabled", None) => FaultKind::NotEnabled,
        ("reset", None) => FaultKind::Reset,
        ("lose-reply", None) => FaultKind::LoseReply,
        ("truncate", None) => FaultKind::Truncate,
        ("stall-body", None) => FaultKind::StallBody,
        ("drip", None) => FaultKind::Drip,
        ("huge", None) => FaultKind::Huge,
        ("garble", None) => FaultKind::Garble,
        ("repeat-token", None) => FaultKind::RepeatToken,
        ("hang", None) => FaultKind::Hang,
        ("foreign", None) => FaultKind::Foreign,
        _ => FaultKind::Dns,
    })
}

fn steps(value: Option<&str>) -> Result<Vec<StepKind>, Wrong> {
    let Some(value) = value else { return Ok(vec![StepKind::Create, StepKind::Update]) };
    let step = |word: &str| {
        let found = StepKind::ALL.iter().find(|(known, _)| *known == word);
        found.map(|(_, step)| *step).ok_or_else(|| {
            let all = StepKind::ALL.map(|(word, _)| word);
            let help = did_you_mean(word, all)
                .unwrap_or_else(|| format!("steps are {}, joined by +", all.join(", ")));
            (format!("a resource has no step `{word}`"), help)
        })
    };
    value.split('+').map(step).collect()
}

fn status(value: Option<&str>, default: u16) -> Option<u16> {
    let Some(value) = value else { return Some(default) };
    value.parse().ok().filter(|status| (500..600).contains(status))
}
