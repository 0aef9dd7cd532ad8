//! The AWS config and credentials files as text: one section or one block is replaced, and nothing
//! else changes by a byte.

use std::ops::Range;

use super::credentials::Secret;
use crate::foreign::is_stray;

/// What stands between a key and its value.
///
/// Source: the AWS CLI reads these files with Python's `configparser`, for which keys have no case
/// and the same key twice makes the whole file unreadable.
const DELIMITERS: [char; 2] = ['=', ':'];

/// A block of which a line at its end or its start is missing, so that nobody can say what is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the block that begins at line {line} has no last line `{last}`")]
pub struct UnfinishedBlock {
    /// The number of its first line, from 1.
    pub line: usize,
    /// The last line that it should have.
    pub last: String,
}

/// A value that would be more than its line of a file, or a name that would be more than its section.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} holds {found}, which no line of an AWS config file can hold")]
pub struct Unwritable {
    /// What it is the value of: a key, or a profile.
    pub what: String,
    /// The first character that cannot stand there, as an escape.
    pub found: String,
}

impl Unwritable {
    /// Returns a line of a section: nothing of `value` can begin another one.
    ///
    /// # Errors
    /// If the value holds what ends a line for any program that reads the file, or what is no text.
    pub fn or_line(key: &str, value: &str) -> Result<String, Self> {
        Self::check(&format!("the value of `{key}`"), value)?;
        Ok(format!("{key} = {value}"))
    }

    /// Checks that a profile's name can stand in brackets.
    ///
    /// # Errors
    /// If it holds a bracket, or what a value cannot hold.
    pub fn or_name(name: &str) -> Result<(), Self> {
        Self::check("a profile's name", &name.replace(['[', ']'], "\n"))
    }

    fn check(what: &str, text: &str) -> Result<(), Self> {
        match text.chars().find(|c| is_stray(*c)) {
            None => Ok(()),
            Some(c) => {
                Err(Self { what: what.to_owned(), found: format!("`{}`", c.escape_default()) })
            }
        }
    }
}

/// What programs of Windows put before the text of a file.
const MARK: char = '\u{feff}';

/// Ways in which a profile gets credentials that come before, or may come before, keys in the
/// credentials file.
///
/// Source: botocore, `credentials.py`, `create_credential_resolver` for the first three; the SDKs take
/// the others before keys in a file.
const OTHER_WAYS: [&str; 7] = [
    "role_arn",
    "web_identity_token_file",
    "sso_session",
    "sso_start_url",
    "sso_account_id",
    "login_session",
    "credential_process",
];

/// Returns `text` with these keys in the section `[name]`; its other lines stay as and where they are.
///
/// AccountCredentials that stand there are set in place, others follow the section's last line that holds
/// something. A section that is not there is added at the end. New lines end as the file's first does.
///
/// # Errors
/// If a key's value would be more than its line, such as a session token of a hostile program that ends
/// with a section of its own.
pub fn with_keys(text: &str, name: &str, keys: &[(&str, Secret)]) -> Result<String, Unwritable> {
    let new = |(key, value): &(&str, Secret)| Unwritable::or_line(key, value.reveal());
    let new: Vec<String> = keys.iter().map(new).collect::<Result<_, _>>()?;
    let end = line_end(text);
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    let Some(start) = lines.iter().position(|line| section_of(line) == Some(name)) else {
        let mut text = text.to_owned();
        if !text.trim_start_matches(MARK).is_empty() {
            text.push_str(if text.ends_with('\n') { "" } else { end });
            text.push_str(end);
        }
        text.push_str(&format!("[{name}]{end}"));
        new.iter().for_each(|line| text.push_str(&format!("{line}{end}")));
        return Ok(text);
    };
    let body = start + 1..section_end(&lines, start + 1);
    let mut at = body.end;
    while at > body.start && lines[at - 1].trim().is_empty() {
        at -= 1;
    }
    for ((key, _), line) in keys.iter().zip(new) {
        match lines[body.start..at].iter().position(|line| is_key(line, key)) {
            Some(position) => {
                let standing = &mut lines[body.start + position];
                *standing = format!("{line}{}", end_of(standing));
            }
            None => {
                if !lines[at - 1].ends_with('\n') {
                    lines[at - 1].push_str(end);
                }
                lines.insert(at, format!("{line}{end}"));
                at += 1;
            }
        }
    }
    Ok(lines.concat())
}

/// Returns how the lines of a text end: as its first one does.
fn line_end(text: &str) -> &'static str {
    match text.split_inclusive('\n').next() {
        Some(line) if line.ends_with("\r\n") => "\r\n",
        _ => "\n",
    }
}

/// Returns how a line ends, nothing if it is a file's last and has no end.
fn end_of(line: &str) -> &'static str {
    if line.ends_with("\r\n") {
        "\r\n"
    } else if line.ends_with('\n') {
        "\n"
    } else {
        ""
    }
}

/// Returns the key by which a profile, in one of the two AWS files, gets its credentials in another way
/// than by keys in the credentials file; `is_it` says whether a section is the profile's.
pub fn other_way(text: &str, is_it: impl Fn(&str) -> bool) -> Option<&'static str> {
    let mut is_inside = false;
    for line in text.lines() {
        if let Some(section) = section_of(line) {
            is_inside = is_it(section);
        } else if is_inside
            && let Some(way) =
                OTHER_WAYS.into_iter().find(|way| is_key(line, way) && !is_unset(line))
        {
            return Some(way);
        }
    }
    None
}

fn is_unset(line: &str) -> bool {
    line.split_once(DELIMITERS).is_none_or(|(_, value)| value.trim().is_empty())
}

/// Returns the profile that a section of the config file is.
///
/// The AWS CLI takes a section's words apart as a shell does, so that a name may stand in quotes and
/// after tabs; the SDKs take it as it stands.
pub fn profile_of(section: &str) -> Option<String> {
    if section == "default" {
        return Some(section.to_owned());
    }
    let rest = section.strip_prefix("profile").filter(|rest| rest.starts_with([' ', '\t']))?;
    let (mut name, mut quote, mut is_escaped) = (String::new(), None, false);
    for letter in rest.trim().chars() {
        match (letter, quote) {
            _ if is_escaped => {
                name.push(letter);
                is_escaped = false;
            }
            ('\\', None | Some('"')) => is_escaped = true,
            ('"' | '\'', None) => quote = Some(letter),
            (_, Some(open)) if open == letter => quote = None,
            _ => name.push(letter),
        }
    }
    Some(name)
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
pub fn with_block(
    text: &str,
    first: &str,
    last: &str,
    block: &str,
) -> Result<String, UnfinishedBlock> {
    let end = line_end(text);
    let (mark, body) = match text.strip_prefix(MARK) {
        Some(body) => (&text[..MARK.len_utf8()], body),
        None => ("", text),
    };
    let lines: Vec<&str> = body.split_inclusive('\n').collect();
    let standing = block_lines(&lines, first, last)?;
    let new: Vec<String> = block.lines().map(|line| format!("{line}{end}")).collect();
    let (before, after) = match &standing {
        Some(standing) => (&lines[..standing.start], &lines[standing.end..]),
        None if new.is_empty() => return Ok(text.to_owned()),
        None => (&lines[..], &[][..]),
    };
    let mut whole = mark.to_owned() + &before.concat();
    if let Some(line) = before.last().filter(|_| standing.is_none()) {
        whole.push_str(if line.ends_with('\n') { "" } else { end });
        whole.push_str(if line.trim().is_empty() { "" } else { end });
    }
    whole.push_str(&new.concat());
    Ok(whole + &after.concat())
}

/// Returns the names of all sections of `text` that stand outside the block.
///
/// # Errors
/// If the block that stands there has no end.
pub fn sections_outside(
    text: &str,
    first: &str,
    last: &str,
) -> Result<Vec<String>, UnfinishedBlock> {
    let rest = with_block(text, first, last, "")?;
    Ok(rest.lines().filter_map(|line| section_of(line).map(str::to_owned)).collect())
}

/// Returns where the block stands, from its first line to behind its last one.
fn block_lines(
    lines: &[&str],
    first: &str,
    last: &str,
) -> Result<Option<Range<usize>>, UnfinishedBlock> {
    let is = |line: &&str, marker: &str| line.trim() == marker;
    let Some(start) = lines.iter().position(|line| is(line, first)) else { return Ok(None) };
    // A second first line means that the end between the two was lost, and what follows is others'.
    let next = lines[start + 1..].iter().position(|line| is(line, first) || is(line, last));
    match next.map(|length| start + 1 + length) {
        Some(end) if is(&lines[end], last) => Ok(Some(start..end + 1)),
        _ => Err(UnfinishedBlock { line: start + 1, last: last.to_owned() }),
    }
}

fn section_end(lines: &[String], from: usize) -> usize {
    let next = lines[from..].iter().position(|line| section_of(line).is_some());
    next.map_or(lines.len(), |length| from + length)
}

pub(super) fn section_of(line: &str) -> Option<&str> {
    let (name, _) = line.trim_start_matches(MARK).trim().strip_prefix('[')?.split_once(']')?;
    Some(name.trim())
}

/// Whether a line sets the key, in capitals or not; one that begins with a blank belongs to the key
/// before it.
fn is_key(line: &str, key: &str) -> bool {
    key_of(line).is_some_and(|(found, _)| found.eq_ignore_ascii_case(key))
}

/// Returns the key and the value of a line, if it has them and is no part of the value before.
pub(super) fn key_of(line: &str) -> Option<(&str, &str)> {
    let is_own = !line.starts_with([' ', '\t', '#', ';']);
    let (key, value) = line.split_once(DELIMITERS).filter(|_| is_own)?;
    Some((key.trim(), value.trim()))
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

    fn with_our_keys(text: &str) -> String {
        with_keys(text, "dev", &keys()).expect("keys fit their lines")
    }

    #[test]
    fn a_value_that_would_be_more_than_its_line_is_refused() {
        for found in ["\n", "\r", "\u{85}", "\u{2028}", "\0", "\u{b}"] {
            let token = format!("a{found}[default]{found}credential_process = /tmp/x");
            let refused =
                with_keys("", "dev", &[("aws_session_token", Secret::new(token.clone()))]);
            let refused = refused.expect_err("it is more than a line").to_string();
            assert!(refused.starts_with("the value of `aws_session_token` holds `\\"), "{refused}");
            assert!(!refused.contains("credential_process"), "the secret is not told");
            assert!(Unwritable::or_name(&token).is_err());
        }
        assert!(Unwritable::or_name("a]").is_err() && Unwritable::or_name("größe 1").is_ok());
    }

    #[test]
    fn keys_are_set_in_place_and_everything_else_stays() {
        let text = "# mine\n[default]\naws_access_key_id=OLD\nregion = x\n\n[dev]\n; why\n\
                    aws_access_key_id = OLD\ns3 =\n  aws_session_token = nested\n\n[other]\na=b\n";
        insta::assert_snapshot!(with_our_keys(text));
    }

    #[test]
    fn a_section_that_is_not_there_comes_last() {
        assert_eq!(
            with_our_keys("[a]\nx=1"),
            "[a]\nx=1\n\n[dev]\naws_access_key_id = AKIA\naws_session_token = token\n"
        );
        assert!(with_our_keys("").starts_with("[dev]\n"));
    }

    proptest! {
        #[test]
        fn a_second_time_changes_nothing(text in "([a-z#=\\[\\] ]{0,12}\n){0,8}") {
            let once = with_our_keys(&text);
            prop_assert_eq!(with_our_keys(&once), once);
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
        let lost = UnfinishedBlock { line: 2, last: LAST.to_owned() };
        for text in ["a\n# <<<\n[mine]\n", "a\n# <<<\n[mine]\n# <<<\n[x]\n# >>>\n"] {
            assert_eq!(with_block(text, FIRST, LAST, BLOCK), Err(lost.clone()));
            assert_eq!(sections_outside(text, FIRST, LAST), Err(lost.clone()));
        }
    }

    #[test]
    fn a_file_of_windows_stays_one() {
        let text = "\u{feff}[dev]\r\naws_access_key_id = OLD\r\n[b]\r\nx=1";
        assert_eq!(
            with_our_keys(text),
            "\u{feff}[dev]\r\naws_access_key_id = AKIA\r\naws_session_token = token\r\n[b]\r\nx=1"
        );
        let with = with_block(text, FIRST, LAST, BLOCK).expect("no block stands there");
        assert_eq!(with, format!("{text}\r\n\r\n# <<<\r\n[x]\r\n# >>>\r\n"));
        assert_eq!(with_block(&with, FIRST, LAST, BLOCK), Ok(with));
    }

    #[test]
    fn a_last_line_without_an_end_keeps_none() {
        assert_eq!(
            with_our_keys("[dev]\naws_session_token=OLD\naws_access_key_id=OLD"),
            "[dev]\naws_session_token = token\naws_access_key_id = AKIA"
        );
    }

    #[test]
    fn a_profile_is_found_in_quotes_and_after_tabs() {
        for section in
            ["profile e-a", "profile\te-a", "profile  \"e-a\" ", "profile 'e-a'", "profile e\\-a"]
        {
            assert_eq!(profile_of(section).as_deref(), Some("e-a"), "{section}");
        }
        for section in ["profilee-a", "services e-a", "e-a"] {
            assert_eq!(profile_of(section), None, "{section}");
        }
    }

    #[test]
    fn another_way_to_credentials_is_found_in_the_profiles_section_only() {
        let text = "[profile other]\nrole_arn = x\n[profile \"mine\"]\nSSO_Session = s\nregion=x\n";
        let mine =
            |name: &'static str| move |section: &str| profile_of(section).as_deref() == Some(name);
        assert_eq!(other_way(text, mine("mine")), Some("sso_session"));
        assert_eq!(other_way(text, mine("other")), Some("role_arn"));
        assert_eq!(other_way("[default]\nrole_arn =\n", mine("default")), None);
    }

    #[test]
    fn keys_are_found_behind_colons_and_in_capitals() {
        let text = "[dev]\naws_access_key_id: AKIAOLD\nAWS_SESSION_TOKEN =\n";
        assert!(holds_long_term_keys(text, "dev"));
        assert_eq!(
            with_our_keys(text),
            "[dev]\naws_access_key_id = AKIA\naws_session_token = token\n"
        );
    }
}
