//! Lengths and durations that STS takes.

use crate::sandbox::wire::Refusal;

/// Checks how long a text is, as the API's own model has it.
pub fn check_length(value: &str, member: &str, least: usize, most: usize) -> Result<(), Refusal> {
    let rule = match value.chars().count() {
        length if length < least => format!("have length greater than or equal to {least}"),
        length if length > most => format!("have length less than or equal to {most}"),
        _ => return Ok(()),
    };
    Err(Refusal::constraint(value, member, &rule))
}

/// Checks how long a session is to last.
pub fn check_duration(seconds: u32, most: u32) -> Result<(), Refusal> {
    let rule = match seconds {
        0..900 => "have value greater than or equal to 900".to_owned(),
        seconds if seconds > most => format!("have value less than or equal to {most}"),
        _ => return Ok(()),
    };
    Err(Refusal::constraint(&seconds.to_string(), "durationSeconds", &rule))
}
