//! The id of a run.

use jiff::Timestamp;

use super::text::{checked_text, is_made_of};

checked_text!(
    /// The id of a run, such as `20261123-155602-k3f9`: when it started in UTC, then four random
    /// letters or digits, so that ids sort by time and two runs of one second differ.
    RunId,
    "a run id",
    "a run id reads like `20261123-155602-k3f9`",
    "^[0-9]{8}-[0-9]{6}-[0-9a-z]{4}$",
    is_run_id
);

fn is_run_id(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [day, second, random] = parts[..] else { return false };
    is_made_of(day, 8, 8, |c| c.is_ascii_digit())
        && is_made_of(second, 6, 6, |c| c.is_ascii_digit())
        && is_made_of(random, 4, 4, |c| c.is_ascii_digit() || c.is_ascii_lowercase())
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

    /// Returns the second in which the run began, such as `20261123-155602`.
    pub fn second(&self) -> &str {
        self.0.rsplit_once('-').map_or("", |(second, _)| second)
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
    }
}
