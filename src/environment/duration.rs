//! Durations as the environment file writes them: `90s`, `15m`, `1h30m`.

use std::time::Duration;

/// The units, longest first, and their seconds. A number alone is refused: `AssumeRole` counts
/// seconds and `CreateStack` minutes, so it would be read wrongly by half of its readers.
const UNITS: [(char, u64); 3] = [('h', 3600), ('m', 60), ('s', 1)];

/// What [`parse`] accepts, for JSON Schema; at least one of the parts is there.
pub(super) const PATTERN: &str = "^(?=.)([0-9]+h)?([0-9]+m)?([0-9]+s)?$";

/// Reads a duration: hours, minutes and seconds in this order, each at most once, none with a sign,
/// a fraction or a space.
pub fn parse(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut seconds: u64 = 0;
    for (unit, length) in UNITS {
        let Some((number, after)) = rest.split_once(unit) else { continue };
        if number.is_empty() || !number.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        let part = number.parse::<u64>().ok()?.checked_mul(length)?;
        seconds = seconds.checked_add(part)?;
        rest = after;
    }
    (rest.is_empty() && !text.is_empty()).then(|| Duration::from_secs(seconds))
}

/// Returns the duration as the file would write it.
pub(super) fn written(duration: Duration) -> String {
    let mut rest = duration.as_secs();
    let mut written = String::new();
    for (unit, length) in UNITS {
        if rest >= length {
            written.push_str(&format!("{}{unit}", rest / length));
            rest %= length;
        }
    }
    if written.is_empty() { "0s".to_owned() } else { written }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, seconds) in
            [("15m", 900), ("1h", 3600), ("90m", 5400), ("1h30m", 5400), ("45s", 45), ("0m", 0)]
        {
            assert_eq!(parse(text), Some(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_duration_is_refused() {
        for text in [
            "",
            "15",
            "m",
            "1.5h",
            "-1h",
            "1h 30m",
            "30m1h",
            "1h1h",
            "1d",
            "+5m",
            "99999999999999999999h",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_written_duration_reads_back() {
        for seconds in [0, 1, 60, 61, 3600, 5400, 43_200] {
            let duration = Duration::from_secs(seconds);
            assert_eq!(parse(&written(duration)), Some(duration));
        }
    }
}
