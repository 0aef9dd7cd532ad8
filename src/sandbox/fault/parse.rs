//! Parses a fault: `error=503,action=CreateStack,times=2`.

use std::str::FromStr;

use super::kind_words::{Wrong, read_kind};
use super::rule::FaultRule;
use super::scope_words::set;
use crate::foreign::visible;

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

impl FromStr for FaultRule {
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::SignedDuration;

    use super::super::kind::{FaultKind, KINDS, StepKind};
    use super::super::scope_words::WORDS;
    use super::*;

    fn kind(text: &str) -> FaultKind {
        text.parse::<FaultRule>().unwrap_or_else(|error| panic!("{error}")).kind
    }

    #[test]
    fn every_kind_is_read() {
        let seconds = Duration::from_secs;
        for (text, expected) in [
            ("error", FaultKind::Error(500)),
            ("error=503", FaultKind::Error(503)),
            ("error=409", FaultKind::Error(409)),
            ("throttle", FaultKind::Throttle),
            ("deny", FaultKind::Deny),
            ("not-enabled", FaultKind::NotEnabled),
            ("no-entry", FaultKind::NoEntry),
            ("expire=5m", FaultKind::Expire(seconds(300))),
            ("skew=-10m", FaultKind::Skew(SignedDuration::from_mins(-10))),
            ("reset", FaultKind::Reset),
            ("lose-reply", FaultKind::LoseReply),
            ("truncate", FaultKind::Truncate),
            ("stall-body", FaultKind::StallBody),
            ("drip", FaultKind::Drip),
            ("huge", FaultKind::Huge),
            ("garble", FaultKind::Garble),
            ("repeat-token", FaultKind::RepeatToken),
            ("html", FaultKind::Html(502)),
            ("slow=1m30s", FaultKind::Slow(seconds(90))),
            ("hang", FaultKind::Hang),
            ("dns", FaultKind::Dns),
            ("stale=500ms", FaultKind::Stale(Duration::from_millis(500))),
            ("foreign", FaultKind::Foreign),
            (
                "elsewhere=100000000009",
                FaultKind::Elsewhere("100000000009".parse().expect("an id")),
            ),
            ("fail", FaultKind::Fail(vec![StepKind::Create, StepKind::Update])),
            ("fail=delete+rollback", FaultKind::Fail(vec![StepKind::Delete, StepKind::Rollback])),
            ("stall=2h", FaultKind::Stall(seconds(7200))),
        ] {
            assert_eq!(kind(text), expected, "{text}");
            let word = text.split('=').next();
            assert!(KINDS.iter().any(|(known, _)| Some(*known) == word), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_the_part_and_the_remedy() {
        let told = |text: &str| text.parse::<FaultRule>().expect_err(text).to_string();
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
            let _ = text.parse::<FaultRule>();
        }
    }
}
