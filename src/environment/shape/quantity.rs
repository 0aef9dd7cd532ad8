//! Numbers and durations.

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

use super::value_shape::{ValueShape, object};
use crate::document::{Fault, Key, Node, quoted};
use crate::environment::duration;
use crate::environment::reader::{FileReader, called};
use crate::environment::rollout::Share;

/// A whole number, or a percentage of something.
pub(in crate::environment) struct Portion {
    /// The least of either.
    pub least: usize,
}

impl ValueShape for Portion {
    type Value = Share;

    fn needed(&self) -> &'static str {
        "a number or a percentage"
    }

    fn read(&self, reader: &mut FileReader, key: &Key, node: &Node) -> Option<Share> {
        let text = reader.scalar(key, node, self.needed())?;
        let is_number = text.starts_with(|c: char| c.is_ascii_digit());
        let share = match text.strip_suffix('%') {
            Some(percent) => percent.parse().ok().filter(|&p| p <= 100).map(Share::Percent),
            None => text.parse().ok().map(Share::Count),
        };
        let is_enough = |share: &Share| match *share {
            Share::Count(count) => count >= self.least,
            Share::Percent(percent) => usize::from(percent) >= self.least,
        };
        let share = share.filter(|share| is_number && is_enough(share));
        if share.is_none() {
            let least = self.least;
            reader.faults.push(|| {
                Fault::at(&node.place, format!("{} is not {}", quoted(text), self.needed()))
                    .with_label(format!("{} is needed here", self.needed()))
                    .with_help(format!("a whole number from {least}, or `{least}%` to `100%`"))
            });
        }
        share
    }

    fn schema(&self) -> Map<String, Json> {
        let least = self.least;
        let pattern = match least {
            0 => "^([0-9]|[1-9][0-9]|100)%$",
            _ => "^([1-9][0-9]?|100)%$",
        };
        object(json!({ "anyOf": [
            { "type": "integer", "minimum": least },
            { "type": "string", "pattern": pattern },
        ] }))
    }
}

/// A duration between two bounds.
pub(in crate::environment) struct Span {
    /// The shortest duration that is taken.
    pub least: Duration,
    /// The longest duration that is taken.
    pub most: Duration,
    /// What it must be a multiple of.
    pub step: Duration,
}

impl ValueShape for Span {
    type Value = Duration;

    fn needed(&self) -> &'static str {
        "a duration"
    }

    fn read(&self, reader: &mut FileReader, key: &Key, node: &Node) -> Option<Duration> {
        let text = reader.scalar(key, node, self.needed())?;
        let duration = duration::parse(text);
        let is_fit = duration.is_some_and(|duration| {
            (self.least..=self.most).contains(&duration)
                && duration.as_secs().is_multiple_of(self.step.as_secs())
        });
        if !is_fit {
            reader.faults.push(|| self.refusal(key, node, text, duration));
        }
        duration.filter(|_| is_fit)
    }

    fn schema(&self) -> Map<String, Json> {
        object(json!({ "type": "string", "pattern": duration::PATTERN }))
    }
}

impl Span {
    fn refusal(&self, key: &Key, node: &Node, text: &str, duration: Option<Duration>) -> Fault {
        let [least, most, step] = [self.least, self.most, self.step].map(duration::written);
        let is_number = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
        let name = called(key);
        let (message, help) = match duration {
            Some(duration) if duration < self.least => {
                (format!("{name} is too short"), format!("{least} is the least"))
            }
            Some(duration) if duration > self.most => {
                (format!("{name} is too long"), format!("{most} is the most"))
            }
            Some(_) => {
                (format!("{name} is too exact"), format!("it is counted in steps of {step}"))
            }
            None if is_number => (
                format!("{name} has no unit"),
                format!(
                    "write {} for seconds or {} for minutes",
                    quoted(&format!("{text}s")),
                    quoted(&format!("{text}m"))
                ),
            ),
            None => (
                format!("{} is not a duration", quoted(text)),
                "a duration reads like `15m`, `1h` or `1h30m`".to_owned(),
            ),
        };
        Fault::at(&node.place, message).with_label("this duration").with_help(help)
    }
}
