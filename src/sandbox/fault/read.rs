//! Reads `error=503,action=CreateStack,times=2`.

use std::str::FromStr;
use std::time::Duration;

use jiff::SignedDuration;

use super::kind::{KINDS, Kind, Step};
use super::rule::Fault;
use crate::document::did_you_mean;
use crate::foreign::visible;

/// The words that say where and how often, each with what stands behind `=`.
pub(super) const WORDS: &[(&str, &str)] = &[
    ("account", "an id, a name in the file or a pattern of either"),
    ("wave", "a number from 1"),
    ("region", "a Region or a pattern"),
    ("action", "an action or a pattern"),
    ("stack", "a stack's name or a pattern"),
    ("resource", "a logical id or a pattern"),
    ("times", "a number"),
    ("skip", "a number"),
    ("probability", "a number from 0 to 1"),
    ("seed", "a whole number"),
    ("after", "a time"),
    ("until", "a time"),
];

/// Actions whose misspelling is noticed.
const ACTIONS: &[&str] = &[
    "AssumeRole",
    "GetCallerIdentity",
    "GetSessionToken",
    "CreateStack",
    "UpdateStack",
    "DeleteStack",
    "CancelUpdateStack",
    "ContinueUpdateRollback",
    "CreateChangeSet",
    "DescribeChangeSet",
    "DeleteChangeSet",
    "ExecuteChangeSet",
    "ListChangeSets",
    "UpdateTerminationProtection",
    "SetStackPolicy",
    "GetStackPolicy",
    "DescribeStacks",
    "DescribeStackEvents",
    "DescribeStackResources",
    "ListStacks",
    "ListExports",
    "GetTemplate",
    "GetTemplateSummary",
    "ValidateTemplate",
];

/// Why a text is no fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}`: {what}; {help}", visible(part))]
pub struct FaultError {
    /// The part of the text that is wrong.
    pub part: String,
    /// What is wrong with it.
    pub what: String,
    /// What to write instead.
    pub help: String,
}

/// What is wrong with a part, and what to write instead.
type Wrong = (String, String);

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let at = |part: &str| {
            let part = part.to_owned();
            move |(what, help): Wrong| FaultError { part, what, help }
        };
        let mut parts = text.split(',').map(str::trim);
        let first = parts.next().unwrap_or_default();
        let mut fault = Self::everywhere(read_kind(first).map_err(at(first))?, text);
        let mut said: Vec<&str> = Vec::new();
        for part in parts {
            let (word, value) = part.split_once('=').unwrap_or((part, ""));
            if said.contains(&word) {
                let help = "say each word once, and repeat the whole fault for another";
                return Err(at(part)((format!("`{word}` is said twice"), help.to_owned())));
            }
            said.push(word);
            set(&mut fault, word, value).map_err(at(part))?;
        }
        if fault.until.is_some_and(|until| until <= fault.after) {
            let help = "both count from the start; let `until` be later than `after`";
            return Err(at(text)(("it ends before it begins".to_owned(), help.to_owned())));
        }
        Ok(fault)
    }
}

fn read_kind(part: &str) -> Result<Kind, Wrong> {
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
        ("error", value) => Kind::Error(status(value, 500).ok_or_else(|| wrong("503"))?),
        ("html", value) => Kind::Html(status(value, 502).ok_or_else(|| wrong("502"))?),
        ("expire", Some(_)) => Kind::Expire(value.and_then(duration).ok_or_else(|| wrong("5m"))?),
        ("expire", None) => return Err(wrong("5m")),
        ("skew", value) => {
            Kind::Skew(value.and_then(signed_duration).ok_or_else(|| wrong("-10m"))?)
        }
        ("slow", _) => Kind::Slow(time().ok_or_else(|| wrong("5s"))?),
        ("stale", _) => Kind::Stale(time().ok_or_else(|| wrong("10s"))?),
        ("stall", _) => Kind::Stall(time().ok_or_else(|| wrong("1h"))?),
        ("elsewhere", value) => {
            let id = value.and_then(|value| value.parse().ok());
            Kind::Elsewhere(id.ok_or_else(|| wrong("100000000009"))?)
        }
        ("fail", value) => Kind::Fail(steps(value)?),
        (_, Some(_)) => {
            return Err((format!("`{word}` takes no value"), format!("write `{word}`")));
        }
        ("throttle", None) => Kind::Throttle,
        ("deny", None) => Kind::Deny,
        ("no-entry", None) => Kind::NoEntry,
        ("not-enabled", None) => Kind::NotEnabled,
        ("reset", None) => Kind::Reset,
        ("lose-reply", None) => Kind::LoseReply,
        ("truncate", None) => Kind::Truncate,
        ("stall-body", None) => Kind::StallBody,
        ("drip", None) => Kind::Drip,
        ("huge", None) => Kind::Huge,
        ("garble", None) => Kind::Garble,
        ("repeat-token", None) => Kind::RepeatToken,
        ("hang", None) => Kind::Hang,
        ("foreign", None) => Kind::Foreign,
        _ => Kind::Dns,
    })
}

fn set(fault: &mut Fault, word: &str, value: &str) -> Result<(), Wrong> {
    let Some((_, form)) = WORDS.iter().find(|(known, _)| *known == word) else {
        let all: Vec<&str> = WORDS.iter().map(|(word, _)| *word).collect();
        let help = did_you_mean(word, all.iter().copied())
            .unwrap_or_else(|| format!("behind the kind may stand {}", all.join(", ")));
        return Err((format!("no word of a fault is `{word}`"), help));
    };
    let wrong =
        |example: &str| (format!("`{word}` takes {form}"), format!("write `{word}={example}`"));
    let pattern = |example| {
        let pattern = Some(value.to_owned()).filter(|value| !value.is_empty());
        pattern.ok_or_else(|| wrong(example)).map(Some)
    };
    let count = |example| value.parse::<u32>().map_err(|_| wrong(example));
    match word {
        "account" => fault.account = pattern("100000000003")?,
        "wave" => {
            let wave = value.parse().ok().filter(|wave| *wave > 0);
            fault.wave = Some(wave.ok_or_else(|| wrong("2"))?);
        }
        "region" => fault.region = pattern("eu-central-1")?,
        "action" => {
            fault.action = pattern("CreateStack")?;
            check_action(&fault.kind, value)?;
        }
        "stack" => fault.stack = pattern("app")?,
        "resource" if fault.kind.is_of_resources() => fault.resource = pattern("Bucket")?,
        "resource" => {
            let what = "this fault befalls calls, not resources".to_owned();
            return Err((what, "use `resource` with `fail` or `stall`".to_owned()));
        }
        "times" => fault.times = Some(count("1")?),
        "skip" => fault.skip = count("1")?,
        "probability" => {
            let number = value.parse().ok().filter(|number| (0.0..=1.0).contains(number));
            fault.probability = number.ok_or_else(|| wrong("0.1"))?;
        }
        "seed" => fault.seed = value.parse().map_err(|_| wrong("1"))?,
        "after" => fault.after = duration(value).ok_or_else(|| wrong("30s"))?,
        _ => fault.until = Some(duration(value).ok_or_else(|| wrong("5m"))?),
    }
    Ok(())
}

fn check_action(kind: &Kind, pattern: &str) -> Result<(), Wrong> {
    if kind.has_own_actions() {
        let what = "this fault is not one of an action".to_owned();
        return Err((what, "leave `action` out".to_owned()));
    }
    let (service, action) = pattern.rsplit_once(':').unwrap_or(("", pattern));
    // What else S3 and IAM do is more than is listed here.
    let is_listed = matches!(service, "" | "sts" | "cloudformation");
    if !is_listed || action.contains(['*', '?']) || ACTIONS.contains(&action) {
        return Ok(());
    }
    match did_you_mean(action, ACTIONS.iter().copied()) {
        Some(help) => Err((format!("no action is called `{action}`"), help)),
        None if service.is_empty() => Ok(()),
        None => Err((
            format!("the sandbox has no action `{pattern}`"),
            "name one such as cloudformation:CreateStack".to_owned(),
        )),
    }
}

fn steps(value: Option<&str>) -> Result<Vec<Step>, Wrong> {
    let Some(value) = value else { return Ok(vec![Step::Create, Step::Update]) };
    let step = |word: &str| {
        let found = Step::ALL.iter().find(|(known, _)| *known == word);
        found.map(|(_, step)| *step).ok_or_else(|| {
            let all = Step::ALL.map(|(word, _)| word);
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

/// Reads `500ms`, `30s`, `5m`, `2h`, and several of them in a row.
fn duration(text: &str) -> Option<Duration> {
    let mut all = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit_and_rest) = rest.split_at(digits);
        let end = unit_and_rest.find(|c: char| c.is_ascii_digit()).unwrap_or(unit_and_rest.len());
        let (unit, after) = unit_and_rest.split_at(end);
        let milliseconds = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        let part = number.parse::<u64>().ok()?.checked_mul(milliseconds)?;
        all = all.checked_add(Duration::from_millis(part))?;
        rest = after;
    }
    // A year is longer than any rehearsal.
    Some(all).filter(|all| !text.is_empty() && *all <= Duration::from_secs(366 * 86_400))
}

fn signed_duration(text: &str) -> Option<SignedDuration> {
    let (is_behind, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let ahead = SignedDuration::try_from(duration(text)?).ok()?;
    Some(if is_behind { -ahead } else { ahead })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Kind {
        text.parse::<Fault>().unwrap_or_else(|error| panic!("{error}")).kind
    }

    #[test]
    fn every_kind_is_read() {
        let seconds = Duration::from_secs;
        for (text, expected) in [
            ("error", Kind::Error(500)),
            ("error=503", Kind::Error(503)),
            ("throttle", Kind::Throttle),
            ("deny", Kind::Deny),
            ("not-enabled", Kind::NotEnabled),
            ("no-entry", Kind::NoEntry),
            ("expire=5m", Kind::Expire(seconds(300))),
            ("skew=-10m", Kind::Skew(SignedDuration::from_mins(-10))),
            ("reset", Kind::Reset),
            ("lose-reply", Kind::LoseReply),
            ("truncate", Kind::Truncate),
            ("stall-body", Kind::StallBody),
            ("drip", Kind::Drip),
            ("huge", Kind::Huge),
            ("garble", Kind::Garble),
            ("repeat-token", Kind::RepeatToken),
            ("html", Kind::Html(502)),
            ("slow=1m30s", Kind::Slow(seconds(90))),
            ("hang", Kind::Hang),
            ("dns", Kind::Dns),
            ("stale=500ms", Kind::Stale(Duration::from_millis(500))),
            ("foreign", Kind::Foreign),
            ("elsewhere=100000000009", Kind::Elsewhere("100000000009".parse().expect("an id"))),
            ("fail", Kind::Fail(vec![Step::Create, Step::Update])),
            ("fail=delete+rollback", Kind::Fail(vec![Step::Delete, Step::Rollback])),
            ("stall=2h", Kind::Stall(seconds(7200))),
        ] {
            assert_eq!(kind(text), expected, "{text}");
            let word = text.split('=').next();
            assert!(KINDS.iter().any(|(known, _)| Some(*known) == word), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_the_part_and_the_remedy() {
        let told = |text: &str| text.parse::<Fault>().expect_err(text).to_string();
        let all = [
            "",
            "eror=503",
            "weather",
            "error=404",
            "slow",
            "slow=0s",
            "slow=5",
            "hang=5s",
            "skew=later",
            "fail=crate",
            "reset,acount=100000000003",
            "reset,where=there",
            "reset,action=CraeteStack",
            "reset,action=sts:DescribeStackz",
            "no-entry,action=CreateStack",
            "reset,resource=Bucket",
            "reset,times=twice",
            "reset,times=1,times=2",
            "reset,probability=2",
            "reset,wave=0",
            "reset,account",
            "reset,after=5m,until=30s",
        ];
        let lines: Vec<String> =
            all.map(|text| format!("{text}\n  {}", told(text))).into_iter().collect();
        insta::assert_snapshot!(lines.join("\n"));
    }

    #[test]
    fn the_page_names_every_word() {
        let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rehearsal.md");
        let page = std::fs::read_to_string(page).expect("the page stands");
        for (word, _) in KINDS.iter().chain(WORDS) {
            let is_told = page.lines().any(|line| line.starts_with(&format!("| `{word}")));
            assert!(is_told, "docs/rehearsal.md has no row for `{word}`");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_a_panic(text in "(error|stale|fail|skew)?[=,a-z0-9+*é-]{0,24}") {
            let _ = text.parse::<Fault>();
        }
    }
}
