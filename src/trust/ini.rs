//! The AWS config and credentials files as text: one section or one block is replaced, and nothing
//! else changes by a byte.

use super::keys::Secret;

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
        match lines[body.start..at].iter().position(|line| key_of(line) == Some(*key)) {
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
        let value = body.iter().find(|line| key_of(line) == Some(key));
        value.is_some_and(|line| line.split_once('=').is_some_and(|(_, v)| !v.trim().is_empty()))
    };
    has("aws_access_key_id") && !has("aws_session_token")
}

/// Returns `text` with the block between the lines `first` and `last`, both included, replaced by
/// `block`; added at the end if there is none, taken out if `block` is empty.
pub fn with_block(text: &str, first: &str, last: &str, block: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let start = lines.iter().position(|line| line.trim() == first);
    let end = start.and_then(|start| {
        lines[start..].iter().position(|line| line.trim() == last).map(|length| start + length)
    });
    let (before, after) = match (start, end) {
        (Some(start), Some(end)) => (&lines[..start], &lines[end + 1..]),
        _ => (&lines[..], &[][..]),
    };
    let mut parts: Vec<String> = before.iter().map(|line| (*line).to_owned()).collect();
    let is_new = start.is_none() || end.is_none();
    if is_new && !block.is_empty() && parts.last().is_some_and(|line| !line.trim().is_empty()) {
        parts.push(String::new());
    }
    parts.extend(block.lines().map(str::to_owned));
    parts.extend(after.iter().map(|line| (*line).to_owned()));
    if parts.is_empty() { String::new() } else { parts.join("\n") + "\n" }
}

/// Returns the names of all sections of `text` that stand outside the block.
pub fn sections_outside(text: &str, first: &str, last: &str) -> Vec<String> {
    let rest = with_block(text, first, last, "");
    rest.lines().filter_map(|line| section_of(line).map(str::to_owned)).collect()
}

fn section_end(lines: &[String], from: usize) -> usize {
    let next = lines[from..].iter().position(|line| section_of(line).is_some());
    next.map_or(lines.len(), |length| from + length)
}

fn section_of(line: &str) -> Option<&str> {
    let (name, _) = line.trim().strip_prefix('[')?.split_once(']')?;
    Some(name.trim())
}

/// Returns the key of a line; a line that begins with a blank belongs to the key before it.
fn key_of(line: &str) -> Option<&str> {
    let is_own = !line.starts_with([' ', '\t', '#', ';']);
    line.split_once('=').filter(|_| is_own).map(|(key, _)| key.trim())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

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
            let block = with_block(&text, "# <<<", "# >>>", "# <<<\n[x]\n# >>>");
            prop_assert_eq!(with_block(&block, "# <<<", "# >>>", "# <<<\n[x]\n# >>>"), block);
        }

        #[test]
        fn no_line_of_others_is_lost(text in "([a-z#=\\[\\] ]{0,12}\n){0,8}") {
            let with = with_block(&text, "# <<<", "# >>>", "# <<<\n[x]\n# >>>");
            let kept: Vec<&str> = with.lines().collect();
            let mut rest = kept.iter();
            for line in text.lines() {
                prop_assert!(rest.any(|kept| *kept == line), "{:?} is lost", line);
            }
        }
    }
}
