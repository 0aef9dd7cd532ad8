//! The ways in which a character may be spelled in a reply: as it is, or as JSON, XML or an address
//! escapes it, also one within the other.

/// The most backslashes that stand for one: JSON within JSON within JSON.
const BACKSLASHES: [usize; 4] = [1, 2, 4, 8];

/// The most blanks of a run that are told apart.
const MOST_BLANKS: usize = 64;

/// Calls `each` with every character that a text may begin with, and how many bytes it takes. Any run of
/// white space may be one blank.
pub(super) fn first_of(text: &str, mut each: impl FnMut(char, usize)) {
    let Some(c) = text.chars().next() else { return };
    if !c.is_whitespace() {
        each(c, c.len_utf8());
    }
    let mut blanks = Vec::new();
    escaped(text, |c, bytes| match c.is_whitespace() {
        true => blanks.push(bytes),
        false => each(c, bytes),
    });
    if c.is_whitespace() {
        blanks.push(c.len_utf8());
    }
    for mut bytes in blanks {
        for _ in 0..MOST_BLANKS {
            each(' ', bytes);
            let Some(next) = blank(&text[bytes..]) else { break };
            bytes += next;
        }
    }
}

/// Returns how many bytes the white space takes that a text begins with, if it does.
fn blank(text: &str) -> Option<usize> {
    let mut taken = text.chars().next().filter(|c| c.is_whitespace()).map(char::len_utf8);
    escaped(text, |c, bytes| {
        if c.is_whitespace() {
            taken = Some(bytes);
        }
    });
    taken
}

/// Calls `each` with every character that an escape at the start of a text may stand for, and how many
/// bytes the escape takes.
fn escaped(text: &str, mut each: impl FnMut(char, usize)) {
    match text.as_bytes().first() {
        Some(b'\\') => backslashed(text, each),
        Some(b'%') => percent(text, each),
        Some(b'&') => entity(text, each),
        Some(b'+') => each(' ', 1),
        _ => {}
    }
}

fn backslashed(text: &str, mut each: impl FnMut(char, usize)) {
    let run = text.bytes().take_while(|byte| *byte == b'\\').count();
    for bytes in BACKSLASHES.into_iter().skip(1).filter(|bytes| *bytes <= run) {
        each('\\', bytes);
    }
    let rest = &text[run..];
    let Some(code) = rest.chars().next() else { return };
    match code {
        'n' | 'r' | 't' | 'f' | 'v' => each(' ', run + 1),
        '"' | '\'' | '/' => each(code, run + 1),
        'u' | 'x' => _ = coded(text, run).map(|(c, bytes)| each(c, bytes)),
        _ => {}
    }
}

/// Returns the character of `\u00e4`, of a pair of them, or of `\xe4` behind a run of backslashes.
fn coded(text: &str, run: usize) -> Option<(char, usize)> {
    let rest = &text[run..];
    if rest.starts_with('x') {
        return Some((char::from_u32(hex(rest.get(1..3)?)?)?, run + 3));
    }
    let first = hex(rest.get(1..5)?)?;
    if let Some(c) = char::from_u32(first) {
        return Some((c, run + 5));
    }
    let (second, bytes) = text[run + 5..].trim_start_matches('\\').get(..5).map(|low| {
        let skipped = text[run + 5..].bytes().take_while(|byte| *byte == b'\\').count();
        (low, run + 5 + skipped + 5)
    })?;
    let units = [u16::try_from(first).ok()?, u16::try_from(hex(second.strip_prefix('u')?)?).ok()?];
    char::decode_utf16(units).next()?.ok().map(|c| (c, bytes))
}

/// Calls `each` with the characters that `%C3%A4` or `%25` may stand for, also where each `%` stands as
/// `%25` once more: `%2500` is a `%` before two zeros, or a NUL twice escaped.
fn percent(text: &str, mut each: impl FnMut(char, usize)) {
    nested(text, '%', "25", &mut each);
    let (mut bytes, mut taken) = (Vec::new(), 0);
    while bytes.len() < 4 {
        let Some(rest) = text[taken..].strip_prefix('%') else { return };
        let digits = rest.trim_start_matches("25");
        let Some(byte) = digits.get(..2).and_then(hex).and_then(|byte| u8::try_from(byte).ok())
        else {
            return;
        };
        bytes.push(byte);
        taken = text.len() - digits.len() + 2;
        if let Ok(decoded) = std::str::from_utf8(&bytes) {
            decoded.chars().for_each(|c| each(c, taken));
            return;
        }
    }
}

/// Calls `each` with the character of `&lt;`, `&#228;`, `&#xe4;` or `&amp;`, also where the `&` stands as
/// `&amp;` once more.
fn entity(text: &str, mut each: impl FnMut(char, usize)) {
    const NAMES: [(&str, char); 5] =
        [("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\''), ("nbsp", ' ')];
    nested(text, '&', "amp;", &mut each);
    let rest = text[1..].trim_start_matches("amp;");
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '#';
    let Some(end) = rest.find(|c| !is_name(c)).filter(|&end| rest[end..].starts_with(';')) else {
        return;
    };
    let (name, taken) = (&rest[..end], text.len() - rest.len() + end + 1);
    let code = match name.strip_prefix('#') {
        None => NAMES.iter().find(|(known, _)| *known == name).map(|(_, c)| *c),
        Some(code) => match code.strip_prefix(['x', 'X']) {
            Some(code) => hex(code).and_then(char::from_u32),
            None => code.parse().ok().and_then(char::from_u32),
        },
    };
    code.into_iter().for_each(|c| each(c, taken));
}

/// Calls `each` with `sign` for every number of times it may be escaped by `behind` it.
fn nested(text: &str, sign: char, behind: &str, each: &mut impl FnMut(char, usize)) {
    let mut taken = sign.len_utf8();
    while text[taken..].starts_with(behind) {
        taken += behind.len();
        each(sign, taken);
    }
}

fn hex(digits: &str) -> Option<u32> {
    let is_hex = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u32::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> Vec<(char, usize)> {
        let mut found = Vec::new();
        first_of(text, |c, bytes| found.push((c, bytes)));
        found
    }

    #[test]
    fn a_character_is_read_in_every_spelling() {
        for (text, c, bytes) in [
            ("ä", 'ä', 2),
            (r"\u00e4", 'ä', 6),
            (r"\\u00E4", 'ä', 7),
            (r"\ud83d\ude00x", '😀', 12),
            (r"\\ud83d\\ude00x", '😀', 14),
            ("%c3%A4", 'ä', 6),
            ("%25C3%25a4", 'ä', 10),
            ("%25", '%', 3),
            ("%2500", '%', 3),
            ("%2500", '\0', 5),
            ("&amp;lt;", '&', 5),
            ("&amp;lt;", '<', 8),
            ("&#xE4;", 'ä', 6),
            ("&#228;", 'ä', 6),
            ("&amp;", '&', 5),
            ("&amp;x", '&', 5),
            (r#"\\\"x"#, '"', 4),
            (r"\n", ' ', 2),
            ("+", ' ', 1),
            ("%0A", ' ', 3),
            (" \n x", ' ', 3),
            (r"\\x", '\\', 2),
        ] {
            assert!(all(text).contains(&(c, bytes)), "{text}: {:?}", all(text));
        }
    }
}
