//! Plain scalars that readers of YAML 1.1 and of 1.2 take for different values.

/// Whether CloudFormation may read a text otherwise than it is written, where it stands without quotes: as a
/// truth, or as an octal number.
pub(crate) fn is_ambiguous(text: &str) -> bool {
    let is_word = ["yes", "no", "on", "off", "true", "false", "y", "n"]
        .contains(&text.to_lowercase().as_str());
    is_word || (text.starts_with('0') && text.len() > 1)
}
