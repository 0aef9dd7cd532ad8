//! The id of a run.

use jiff::Timestamp;

use super::text::{checked_text, is_made_of};

checked_text!(
    /// The id of a run, such as `20261123-155602-k3f9`: when it started in UTC, then four random
    /// letters or digits, so that ids sort by time and two runs of one second differ. One that a
    /// pipeline began has the start of its execution's id in between, `20261123-155602-1f2e3d4c-k3f9`.
    RunId,
    "a run id",
    "a run id reads like `20261123-155602-k3f9`",
    "^[0-9]{8}-[0-9]{6}(-[0-9a-z]{1,8})?-[0-9a-z]{4}$",
    is_run_id
);

/// How much of a pipeline's execution a run is named after.
const NAME_LENGTH: usize = 8;

fn is_run_id(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let (day, second, name, random) = match parts[..] {
        [day, second, random] => (day, second, None, random),
        [day, second, name, random] => (day, second, Some(name), random),
        _ => return false,
    };
    let is_letter = |c: char| c.is_ascii_digit() || c.is_ascii_lowercase();
    is_made_of(day, 8, 8, |c| c.is_ascii_digit())
        && is_made_of(second, 6, 6, |c| c.is_ascii_digit())
        && name.is_none_or(|name| is_made_of(name, 1, NAME_LENGTH, is_letter))
        && is_made_of(random, 4, 4, is_letter)
}

impl RunId {
    /// Returns the id of a run that starts at `started`; `random` makes the last four characters.
    pub fn new(started: Timestamp, random: u32) -> Self {
        const ALPHABET: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
        let mut rest = random;
        let tail: String = (0..4)
            .map(|_| {
                let digit = rest % 36;
                rest /= 36;
                char::from(ALPHABET[digit as usize])
            })
            .collect();
        Self(format!("{}-{tail}", started.strftime("%Y%m%d-%H%M%S")))
    }

    /// Returns the id of a run that a pipeline's execution began; one whose id has no letter or digit
    /// names nothing.
    pub fn named(started: Timestamp, execution: &str, random: u32) -> Self {
        let letters = execution.chars().filter(char::is_ascii_alphanumeric);
        let name: String = letters.take(NAME_LENGTH).map(|c| c.to_ascii_lowercase()).collect();
        let Self(plain) = Self::new(started, random);
        match plain.rsplit_once('-').filter(|_| !name.is_empty()) {
            Some((second, random)) => Self(format!("{second}-{name}-{random}")),
            None => Self(plain),
        }
    }

    /// Returns the second in which the run began, such as `20261123-155602`.
    pub fn second(&self) -> &str {
        self.0.get(..15).unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_run_id_keeps_its_own_rule() {
        let started: Timestamp = "2026-11-23T15:56:02Z".parse().expect("a timestamp");
        let id = RunId::new(started, u32::MAX);
        assert_eq!(id.as_str().parse::<RunId>(), Ok(id.clone()));
        assert!(id.as_str().starts_with("20261123-155602-"));
        assert_eq!(id.second(), "20261123-155602");
    }

    #[test]
    fn a_pipelines_run_is_named_after_its_execution() {
        let started: Timestamp = "2026-11-23T15:56:02Z".parse().expect("a timestamp");
        let named = |execution| RunId::named(started, execution, 0).to_string();
        assert_eq!(named("1F2e3d4c-5b6a-7980"), "20261123-155602-1f2e3d4c-0000");
        assert_eq!(named("a-b"), "20261123-155602-ab-0000");
        assert_eq!(named("-"), "20261123-155602-0000");
        for id in ["1F2e3d4c-5b6a-7980", "a", ""].map(named) {
            let read = id.parse::<RunId>().expect("it keeps its own rule");
            assert_eq!(read.second(), "20261123-155602");
        }
    }
}
