//! Patterns in policies: `*` stands for any characters, `?` for one.

/// Whether a text fits a pattern, case and all.
pub fn fits(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut read) = (0, 0);
    // The last star, and how much of the text it stands for so far.
    let mut star: Option<(usize, usize)> = None;
    while read < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, read));
                at += 1;
            }
            Some(one) if *one == '?' || *one == text[read] => {
                at += 1;
                read += 1;
            }
            _ => {
                let Some((position, taken)) = star else { return false };
                star = Some((position, taken + 1));
                at = position + 1;
                read = taken + 1;
            }
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_stand_for_characters() {
        for (pattern, text, is_fit) in [
            ("*", "", true),
            ("sts:*", "sts:AssumeRole", true),
            ("sts:A*e*le", "sts:AssumeRole", true),
            ("sts:A*x", "sts:AssumeRole", false),
            ("arn:aws:iam::10000000000?:role/*", "arn:aws:iam::100000000001:role/a/b", true),
            ("a?", "a", false),
            ("a", "ab", false),
        ] {
            assert_eq!(fits(pattern, text), is_fit, "{pattern} {text}");
        }
    }
}
