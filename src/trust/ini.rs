//! The AWS config and credentials files as text: one section or one block is replaced, and nothing
//! else changes by a byte.

use std::ops::Range;

use super::keys::Secret;

/// What stands between a key and its value.
///
/// Source: the AWS CLI reads these files with Python's `configparser`, for which keys have no case
/// and the same key twice makes the whole file unreadable.
const DELIMITERS: [char; 2] = ['=', ':'];

/// A block of which a line at its end or its start is missing, so that nobody can say what is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the block that begins at line {line} has no last line `{last}`")]
pub struct Unfinished {
    /// The number of its first line, from 1.
    pub line: usize,
    /// The last line that it should have.
    pub last: String,
}

/// Returns `text` with these keys in the section `[name]`; its other lines stay where they are.
///
/// Keys that stand there are set in place, others follow the section's last line that holds
/// something. A section that is not there is added at the end.
pub fn with_keys(text: &str, name: &str, keys: &[(&str, Secret)]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let Some(start) = lines.iter().position(|line| section_of(line) == Some(name)) else {
        let mut text = text.to_owned();
        if !text.is_empty() {
            text.push_str(if text.ends_with('\n') { "\n" } else { "\n\n" });
        }
        text.push_str(&format!("[{name}]\n"));
        keys.iter()
            .for_each(|(key, value)| text.push_str(&format!("{key} = {}\n", value.reveal())));
        return text;
    };
    let body = start + 1..section_end(&lines, start + 1);
    let mut at = body.end;
    while at > body.start && lines[at - 1].trim().is_empty() {
        at -= 1;
    }
    for (key, value) in keys {
        let line = format!("{key} = {}", value.reveal());
        match lines[body.start..at].iter().position(|line| is_key(line, key)) {
            Some(position) => lines[body.start + position] = line,
            None => {
                lines.insert(at, line);
                at += 1;
            }
        }
    }
    lines.join("\n") + "\n"
}

/// Whether the section `[name]` holds keys that do not end by themselves: an access key id without a
/// session token.
pub fn holds_long_term_keys(text: &str, name: &str) -> bool {
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let Some(start) = lines.iter().position(|line| section_of(line) == Some(name)) else {
        return false;
    };
    let body = &lines[start + 1..section_end(&lines, start + 1)];
    let has = |key| {
        let value = body.iter().find(|line| is_key(line, key));
        value.is_some_and(|line| {
            line.split_once(DELIMITERS).is_some_and(|(_, v)| !v.trim().is_empty())
        })
    };
    has("aws_access_key_id") && !has("aws_session_token")
}

/// Returns `text` with the block between the lines `first` and `last`, both included, replaced by
/// `block`; added at the end if there is none, taken out if `block` is empty.
///
/// # Errors
/// If the block that stands there has no end.
pub fn with_block(text: &str, first: &str, last: &str, block: &str) -> Result<String, Unfinished> {
    let lines: Vec<&str> = text.lines().collect();
    let standing = block_lines(&lines, first, last)?;
    let (before, after) = match &standing {
        Some(standing) => (&lines[..standing.start], &lines[standing.end..]),
        None => (&lines[..], &[][..]),
    };
    let mut parts: Vec<&str> = before.to_vec();
    let is_new = standing.is_none() && !block.is_empty();
    if is_new && parts.last().is_some_and(|line| !line.trim().is_empty()) {
        parts.push("");
    }
    parts.extend(block.lines());
    parts.extend(after);
    Ok(if parts.is_empty() { String::new() } else { parts.join("\n") + "\n" })
}

/// Returns the names of all sections of `text` that stand outside the block.
///
/// # Errors
/// If the block that stands there has no end.
pub fn sections_outside(text: &str, first: &str, last: &str) -> Result<Vec<String>, Unfinished> {
    let rest = with_block(text, first, last, "")?;
    Ok(rest.lines().filter_map(|line| section_of(line).map(str::to_owned)).collect())
}

/// Returns where the block stands, from its first line to behind its last one.
fn block_lines(
    lines: &[&str],
    first: &str,
    last: &str,
) -> Result<Option<Range<usize>>, Unfinished> {
    let is = |line: &&str, marker: &str| line.trim() == marker;
    let Some(start) = lines.iter().position(|line| is(line, first)) else { return Ok(None) };
    // A second first line means that the end between the two was lost, and what follows is others'.
    let next = lines[start + 1..].iter().position(|line| is(line, first) || is(line, last));
    match next.map(|length| start + 1 + length) {
        Some(end) if is(&lines[end], last) => Ok(Some(start..end + 1)),
        _ => Err(Unfinished { line: start + 1, last: last.to_owned() }),
    }
}

fn section_end(lines: &[String], from: usize) -> usize {
    let next = lines[from..].iter().position(|line| section_of(line).is_some());
    next.map_or(lines.len(), |length| from + length)
}

fn section_of(line: &str) -> Option<&str> {
    let (name, _) = line.trim().strip_prefix('[')?.split_once(']')?;
    Some(name.trim())
}

/// Whether a line sets the key, in capitals or not; one that begins with a blank belongs to the key
/// before it.
fn is_key(line: &str, key: &str) -> bool {
    let is_own = !line.starts_with([' ', '\t', '#', ';']);
    let found = line.split_once(DELIMITERS).filter(|_| is_own);
    found.is_some_and(|(found, _)| found.trim().eq_ignore_ascii_case(key))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FIRST: &str = "# <<<";
    const LAST: &str = "# >>>";
    const BLOCK: &str = "# <<<\n[x]\n# >>>";

    fn keys() -> [(&'static str, Secret); 2] {
        [("aws_access_key_id", Secret::new("AKIA")), ("aws_session_token", Secret::new("token"))]
    }

    #[test]
    fn keys_are_set_in_place_and_everything_else_stays() {
        let text = "# mine\n[default]\naws_access_key_id=OLD\nregion = x\n\n[dev]\n; why\n\
                    aws_access_key_id = OLD\ns3 =\n  aws_session_token = nested\n\n[other]\na=b\n";
        insta::assert_snapshot!(with_keys(text, "dev", &keys()));
    }

    #[test]
    fn a_section_that_is_not_there_comes_last() {
        assert_eq!(
            with_keys("[a]\nx=1", "dev", &keys()),
            "[a]\nx=1\n\n[dev]\naws_access_key_id = AKIA\naws_session_token = token\n"
        );
        assert!(with_keys("", "dev", &keys()).starts_with("[dev]\n"));
    }

    proptest! {
        #[test]
        fn a_second_time_changes_nothing(text in "([a-z#=\\[\\] ]{0,12}\n){0,8}") {
            let once = with_keys(&text, "dev", &keys());
            prop_assert_eq!(with_keys(&once, "dev", &keys()), once);
            if let Ok(block) = with_block(&text, FIRST, LAST, BLOCK) {
                prop_assert_eq!(with_block(&block, FIRST, LAST, BLOCK), Ok(block));
            }
        }

        #[test]
        fn no_line_of_others_is_lost(text in "((# <<<|# >>>|[a-z#=\\[\\] ]{0,12})\n){0,8}") {
            let Ok(with) = with_block(&text, FIRST, LAST, BLOCK) else { return Ok(()) };
            let mut rest = with.lines();
            let mut is_ours = false;
            for line in text.lines() {
                // What stands between a first and the next last line is ours, once.
                is_ours = is_ours || line == FIRST;
                prop_assert!(is_ours || rest.any(|kept| kept == line), "{:?} is lost", line);
                is_ours = is_ours && line != LAST;
            }
        }
    }

    #[test]
    fn a_block_without_an_end_is_refused() {
        let lost = Unfinished { line: 2, last: LAST.to_owned() };
        for text in ["a\n# <<<\n[mine]\n", "a\n# <<<\n[mine]\n# <<<\n[x]\n# >>>\n"] {
            assert_eq!(with_block(text, FIRST, LAST, BLOCK), Err(lost.clone()));
            assert_eq!(sections_outside(text, FIRST, LAST), Err(lost.clone()));
        }
    }

    #[test]
    fn keys_are_found_behind_colons_and_in_capitals() {
        let text = "[dev]\naws_access_key_id: AKIAOLD\nAWS_SESSION_TOKEN =\n";
        assert!(holds_long_term_keys(text, "dev"));
        assert_eq!(
            with_keys(text, "dev", &keys()),
            "[dev]\naws_access_key_id = AKIA\naws_session_token = token\n"
        );
    }
}
