//! The rules of the service's model, and its refusals.

use serde_json::Value as Json;

use crate::sandbox::wire::Refusal;

/// Returns a text that must be there.
///
/// # Errors
/// If it is missing or no text.
pub fn text<'a>(value: &'a Json, member: &str) -> Result<&'a str, Refusal> {
    value.as_str().ok_or_else(|| missing(member))
}

/// Checks how long a text is, if there is one.
///
/// # Errors
/// If it is shorter or longer.
pub fn length(value: &Json, member: &str, least: usize, most: usize) -> Result<(), Refusal> {
    let Some(text) = value.as_str() else { return Ok(()) };
    match text.chars().count() {
        count if count < least => {
            let rule = format!("have length greater than or equal to {least}");
            Err(constraint(text, member, &rule))
        }
        count if count > most => {
            Err(constraint(text, member, &format!("have length less than or equal to {most}")))
        }
        _ => Ok(()),
    }
}

/// Checks that a number is within its bounds, if there is one.
///
/// # Errors
/// If it is not.
pub fn number(value: &Json, member: &str, least: i64, most: i64) -> Result<(), Refusal> {
    let Some(number) = value.as_i64() else { return Ok(()) };
    let rule = if number < least {
        format!("have value greater than or equal to {least}")
    } else if number > most {
        format!("have value less than or equal to {most}")
    } else {
        return Ok(());
    };
    Err(constraint(&number.to_string(), member, &rule))
}

/// Checks that a text is one of some words.
///
/// # Errors
/// If it is missing or another one.
pub fn one_of(value: &Json, member: &str, words: &[&str]) -> Result<(), Refusal> {
    let text = text(value, member)?;
    if words.contains(&text) {
        return Ok(());
    }
    Err(constraint(text, member, &format!("satisfy enum value set: [{}]", words.join(", "))))
}

/// Checks that a text is made of letters, digits and some other characters only.
///
/// # Errors
/// If it is missing, has another character or not the right length.
pub fn name(value: &Json, member: &str, others: &str, most: usize) -> Result<(), Refusal> {
    let text = text(value, member)?;
    length(value, member, 1, most)?;
    if text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c)) {
        return Ok(());
    }
    let rule = format!("satisfy regular expression pattern: [A-Za-z0-9{others}]+");
    Err(constraint(text, member, &rule))
}

/// Checks that a text is written as a UUID and returns it.
///
/// # Errors
/// If it is missing or written otherwise.
pub fn uuid<'a>(value: &'a Json, member: &str) -> Result<&'a str, Refusal> {
    let text = text(value, member)?;
    let is_hex = |part: &str| part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let parts: Vec<&str> = text.split('-').collect();
    let is_uuid = parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|part| is_hex(part));
    if is_uuid {
        return Ok(text);
    }
    let pattern = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    Err(constraint(text, member, &format!("satisfy regular expression pattern: {pattern}")))
}

/// Returns the answer to a member that must be there and is not.
pub fn missing(member: &str) -> Refusal {
    validation(format!(
        "1 validation error detected: Value null at '{member}' failed to satisfy constraint: \
         Member must not be null"
    ))
}

/// Returns the answer to a value that breaks a rule of the model.
pub fn constraint(value: &str, member: &str, rule: &str) -> Refusal {
    validation(format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: \
         Member must {rule}"
    ))
}

/// Returns the answer to input that is not as the service wants it.
pub fn validation(message: impl Into<String>) -> Refusal {
    Refusal::bad_request("ValidationException", message)
}
