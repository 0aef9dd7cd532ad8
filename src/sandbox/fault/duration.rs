//! Durations as faults have them: `500ms`, `30s`, `1m30s`, `-10m`.

use std::time::Duration;

use jiff::SignedDuration;

/// Reads `500ms`, `30s`, `5m`, `2h`, and several of them in a row.
pub fn duration(text: &str) -> Option<Duration> {
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

/// Reads the same with a minus in front, or without.
pub fn signed_duration(text: &str) -> Option<SignedDuration> {
    let (is_behind, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let ahead = SignedDuration::try_from(duration(text)?).ok()?;
    Some(if is_behind { -ahead } else { ahead })
}
