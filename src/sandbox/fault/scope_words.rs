//! Parses the scope of a fault, which follows its kind: where, how often and when it happens.

use super::actions::check_action;
use super::duration::duration;
use super::kind::FaultKind;
use super::kind_words::Wrong;
use super::rule::FaultRule;
use crate::document::did_you_mean;

/// The words that say where and how often, each with what stands behind `=`.
pub const WORDS: &[(&str, &str)] = &[
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

/// Sets one word of a fault.
///
/// # Errors
/// If there is no such word, or its value is none.
pub fn set(fault: &mut FaultRule, word: &str, value: &str) -> Result<(), Wrong> {
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
        "resource" if fault.kind.is_of_resources() || fault.kind == FaultKind::Deny => {
            fault.resource = pattern("Bucket")?;
        }
        "resource" => {
            let what = "this fault is for calls, not resources".to_owned();
            return Err((what, "use `resource` with `fail`, `stall` or `deny`".to_owned()));
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
