//! How long a step of a resource takes, in seconds and fractions of them: as metadata says it, and as it is kept.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The longest that a step may take, in seconds.
const MOST: f64 = u32::MAX as f64;

/// Reads what metadata says.
pub fn read(text: &str) -> Option<Duration> {
    let seconds = text.parse().ok().filter(|seconds| (0.0..=MOST).contains(seconds));
    seconds.map(Duration::from_secs_f64)
}

/// Writes what is kept.
pub fn serialize<S: Serializer>(takes: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    match takes {
        // Whole ones as they always were.
        Some(takes) if takes.subsec_nanos() == 0 => Some(takes.as_secs()).serialize(to),
        takes => takes.map(|takes| takes.as_secs_f64()).serialize(to),
    }
}

/// Reads what is kept, by older versions too.
pub fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<Option<Duration>, D::Error> {
    let seconds: Option<f64> = Option::deserialize(from)?;
    Ok(seconds.filter(|it| (0.0..=MOST).contains(it)).map(Duration::from_secs_f64))
}
