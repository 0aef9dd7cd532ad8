//! The nearest known word, for "did you mean".

/// A longer word is no misspelling of a name, and comparing it would take long.
const MOST_BYTES: usize = 128;

/// Returns the one of `known` that `word` was most likely meant to be, if any is near enough: at
/// most one wrong letter in three, case aside, and not all of them wrong. Of several equally near the first is returned.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > MOST_BYTES {
        return None;
    }
    let word = word.to_lowercase();
    let letters = word.chars().count();
    let most = (letters / 3).max(1);
    known
        .into_iter()
        .map(|candidate| (distance(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= most && *distance < letters)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Returns how many letters differ; what only one of the two goes on with counts as one.
fn distance(word: &str, candidate: &str) -> usize {
    if !word.is_empty()
        && candidate.strip_prefix(word).is_some_and(|rest| rest.starts_with(['-', '.', ':', '_']))
    {
        return 1;
    }
    strsim::osa_distance(word, candidate)
}

/// Returns the help "did you mean `x`?" for the nearest of `known`, if one is near enough.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, known).map(|nearest| format!("did you mean `{nearest}`?"))
}

/// Whether a word is another with one letter too many or too few, or two that are swapped; whatever their case. Names
/// that AWS gives differ in one letter that is another: that is no slip.
pub fn is_slip(word: &str, known: &str) -> bool {
    let (word, known) = (word.to_lowercase(), known.to_lowercase());
    let is_other_length = word.chars().count() != known.chars().count();
    let is_swapped = || {
        let differing: Vec<(char, char)> =
            word.chars().zip(known.chars()).filter(|(a, b)| a != b).collect();
        matches!(differing[..], [(a, b), (c, d)] if a == d && b == c)
    };
    strsim::osa_distance(&word, &known) == 1 && (is_other_length || is_swapped())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_letter_too_many_or_two_that_are_swapped_are_a_slip() {
        for (word, is_one) in [
            ("AWS::SNS::Topics", true),
            ("aws::sns::tpoic", true),
            ("AWS::SNS::Topik", false),
            ("AWS::SNS::Topic", false),
            ("", false),
        ] {
            assert_eq!(is_slip(word, "AWS::SNS::Topic"), is_one, "{word}");
        }
        assert!(!is_slip("Endpoint", "Endpoint.Address"));
    }

    const KEYS: [&str; 4] = ["regions", "assume-role", "account.name", "tags"];

    #[test]
    fn the_nearest_word_is_found() {
        for (word, found) in [
            ("region", "regions"),
            ("Regions", "regions"),
            ("assumerole", "assume-role"),
            ("assume", "assume-role"),
            ("account", "account.name"),
            ("tag", "tags"),
        ] {
            assert_eq!(nearest(word, KEYS), Some(found), "{word}");
        }
    }

    #[test]
    fn a_letter_is_never_taken_for_another_one() {
        assert_eq!(nearest("C", ["A", "B"]), None);
        assert_eq!(nearest("c", ["A", "C"]), Some("C"));
    }

    #[test]
    fn what_is_far_from_everything_has_no_nearest_word() {
        for word in ["", "x", "parameters", "größe"] {
            assert_eq!(nearest(word, KEYS), None, "{word}");
        }
    }
}
