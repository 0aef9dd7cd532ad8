//! Wildcard patterns (globs) of policies: `*` stands for any characters, `?` for any one.

/// Whether `text` is like `pattern`, upper and lower case apart.
pub fn matches(pattern: &str, text: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    if !pattern.contains(['*', '?']) {
        return pattern == text;
    }
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // Where the last `*` stands and how much of the text it stands for so far.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == '*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == '?' || pattern[p] == text[t]) {
            p += 1;
            t += 1;
        } else if let Some((at, taken)) = star {
            star = Some((at, taken + 1));
            p = at + 1;
            t = taken + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// Whether a text can be like both patterns.
pub fn overlap(one: &str, other: &str) -> bool {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    // Whether the rest of `one` behind its first so many characters overlaps with the rest of `other`.
    let mut behind = vec![false; other.len() + 1];
    for i in (0..=one.len()).rev() {
        let mut here = vec![false; other.len() + 1];
        for j in (0..=other.len()).rev() {
            here[j] = match (one.get(i), other.get(j)) {
                (None, None) => true,
                (Some('*'), of_other) => behind[j] || (of_other.is_some() && here[j + 1]),
                (of_one, Some('*')) => here[j + 1] || (of_one.is_some() && behind[j]),
                (Some(a), Some(b)) => (a == b || *a == '?' || *b == '?') && behind[j + 1],
                (Some(_), None) | (None, Some(_)) => false,
            };
        }
        behind = here;
    }
    behind[0]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same by trying everything.
    fn matches_slowly(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], text) => text.is_empty(),
            (['*', rest @ ..], text) => (0..=text.len()).any(|n| matches_slowly(rest, &text[n..])),
            (['?', rest @ ..], [_, text @ ..]) => matches_slowly(rest, text),
            ([one, rest @ ..], [other, text @ ..]) => one == other && matches_slowly(rest, text),
            (_, []) => false,
        }
    }

    proptest! {
        #[test]
        fn it_finds_what_trying_everything_finds(pattern in "[ab*?]{0,7}", text in "[ab]{0,7}") {
            let [slow_pattern, slow_text] = [&pattern, &text].map(|t| t.chars().collect::<Vec<_>>());
            prop_assert_eq!(matches(&pattern, &text), matches_slowly(&slow_pattern, &slow_text));
        }

        #[test]
        fn patterns_that_one_text_is_like_overlap(
            one in "[ab*?]{0,5}", other in "[ab*?]{0,5}", text in "[ab]{0,5}",
        ) {
            prop_assert_eq!(overlap(&one, &text), matches(&one, &text));
            prop_assert_eq!(overlap(&one, &other), overlap(&other, &one));
            if matches(&one, &text) && matches(&other, &text) {
                prop_assert!(overlap(&one, &other));
            }
        }
    }

    #[test]
    fn patterns_that_no_text_is_like_do_not_overlap() {
        for (one, other, expected) in [
            ("vpc/*", "vpc/vpc-0", true),
            ("*", "", true),
            ("a*c", "*b*", true),
            ("a*", "b*", false),
            ("a*c", "*d", false),
            ("a?", "a", false),
        ] {
            assert_eq!(overlap(one, other), expected, "{one} {other}");
        }
    }

    #[test]
    fn stars_and_question_marks_stand_for_characters() {
        for (pattern, text, is_like) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a?c", "ac", false),
            ("a?c", "a*c", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b", "abc", false),
            ("abc", "abc", true),
            ("sts:A*e*le", "sts:AssumeRole", true),
            ("sts:A*x", "sts:AssumeRole", false),
            ("arn:aws:iam::10000000000?:role/*", "arn:aws:iam::100000000001:role/a/b", true),
        ] {
            assert_eq!(matches(pattern, text), is_like, "{pattern} {text}");
        }
    }
}
