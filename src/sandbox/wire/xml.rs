//! The little XML that answers are made of.

use jiff::Timestamp;

/// Returns `<name>inner</name>`; `inner` is XML already.
pub fn element(name: &str, inner: &str) -> String {
    format!("<{name}>{inner}</{name}>")
}

/// Returns an element that holds `text`, escaped.
pub fn text(name: &str, text: impl AsRef<str>) -> String {
    element(name, &escape(text.as_ref()))
}

/// Returns an element that holds `text`, or nothing if there is none.
pub fn optional(name: &str, value: Option<impl AsRef<str>>) -> String {
    value.map(|value| text(name, value)).unwrap_or_default()
}

/// Returns an element that holds a `member` for each part; each part is XML already.
pub fn list(name: &str, parts: impl IntoIterator<Item = String>) -> String {
    element(name, &parts.into_iter().map(|part| element("member", &part)).collect::<String>())
}

/// Returns a list of texts.
pub fn texts<T: AsRef<str>>(name: &str, parts: impl IntoIterator<Item = T>) -> String {
    list(name, parts.into_iter().map(|part| escape(part.as_ref())))
}

/// Returns `text` as CloudFormation answers what it was sent: with `?` for every character outside ASCII.
pub fn ascii(text: impl AsRef<str>) -> String {
    text.as_ref().chars().map(|c| if c.is_ascii() { c } else { '?' }).collect()
}

/// Returns a time as AWS writes it, in milliseconds.
pub fn time(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// Returns `text` with what XML gives a meaning replaced, and what XML cannot hold left out.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\r' => escaped.push_str("&#13;"),
            '\n' | '\t' => escaped.push(c),
            c if c.is_control() || c == '\u{FFFE}' || c == '\u{FFFF}' => {}
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_gives_a_meaning_is_escaped() {
        assert_eq!(text("A", "<&>\u{0}é"), "<A>&lt;&amp;&gt;é</A>");
    }

    #[test]
    fn a_time_has_three_decimals() {
        assert_eq!(time(Timestamp::UNIX_EPOCH), "1970-01-01T00:00:00.000Z");
    }
}
