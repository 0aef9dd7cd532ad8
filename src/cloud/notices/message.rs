//! A message that is sent to whoever follows a run from elsewhere.

/// A message, the same for all who hear of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeMessage {
    /// Its kind in a word, by which subscribers choose.
    pub kind: &'static str,
    /// What it is about, in a line for people.
    pub subject: String,
    /// All of it: one JSON object.
    pub json: String,
    /// What it belongs to: messages of one group keep their order where that is kept.
    pub group: String,
    /// Tells it from all others.
    pub id: String,
}

/// The most characters of a subject.
///
/// Source: the SNS API reference, `Publish`, parameter `Subject`.
const MOST_IN_SUBJECT: usize = 100;

impl NoticeMessage {
    /// Returns the subject as SNS takes it: up to 100 characters of ASCII that can be printed.
    pub(super) fn plain_subject(&self) -> String {
        let plain = |c: char| if c.is_ascii_graphic() { c } else { ' ' };
        let subject: String = self.subject.chars().map(plain).take(MOST_IN_SUBJECT).collect();
        subject.trim().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_short_plain_text_of_one_line() {
        let subject = format!(" prod\n: größer {}", "x".repeat(200));
        let message = NoticeMessage {
            kind: "begin",
            subject,
            json: String::new(),
            group: String::new(),
            id: String::new(),
        };
        let plain = message.plain_subject();
        assert!(plain.starts_with("prod : gr  er x") && plain.len() < 100, "{plain}");
    }
}
