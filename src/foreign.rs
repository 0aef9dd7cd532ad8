//! Text that came from elsewhere (AWS, templates, files and programs of other people), made fit for
//! where it goes: a screen, a log, JSON or XML.
//!
//! Such text can start no escape sequence, turn no line around, begin no row of its own and give a CI
//! service no command. A value is cleaned where it becomes part of a sentence ([`one_line`],
//! [`visible`]); a text as it is finally laid out passes [`screen`], [`line()`], [`json`] or [`xml`] on
//! its way out, so that a value that nobody cleaned does no harm either. Where we paint, [`painted`] and
//! [`painted_line`] leave colours as they are; else there are none, whoever made them.
//!
//! What CI services obey:
//! - GitHub Actions, on stdout and stderr alike: `::name::` at the start of a line, blanks not counted,
//!   and `##[name]` anywhere in it. Source: the runner, `ActionCommand.TryParseV2` and `TryParse`. It
//!   compares by .NET's rules of culture, for which characters without a shape do not count.
//! - Azure Pipelines: `##vso[…]` and `##[…]`; TeamCity: `##teamcity[…]`.

use std::borrow::Cow;
use std::iter;
use std::path::Path;

/// Whether a character changes how others are shown: it moves the cursor, colours the screen, ends a
/// line, turns around the direction in which the rest is read, or hides text in no shape at all.
pub fn is_stray(c: char) -> bool {
    c.is_control() || turns_around(c) || is_line_end(c) || is_shapeless(c)
}

/// Whether a character turns around the direction in which others are read.
///
/// Source: Unicode Standard Annex 9, explicit directional formatting characters.
pub fn turns_around(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether a character that is no control character ends a line for some programs.
fn is_line_end(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether a character has no shape and no use in text: hidden marks, tags, fillers. Joiners and
/// variation selectors are not among them: scripts and pictures need those.
///
/// Source: the Unicode Character Database, `Default_Ignorable_Code_Point`.
fn is_shapeless(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}' | '\u{3164}' | '\u{feff}'
        | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a comparison by culture may pass over the character: joiners, variation selectors, marks that
/// enclose others, code points that nobody assigned. Every one that is neither a letter nor a digit is
/// counted among them, as which ones it are depends on the version of the rules.
///
/// Source: the Unicode Collation Algorithm, "completely ignorable" elements of its default table.
fn is_passed_over(c: char) -> bool {
    is_stray(c) || (!c.is_ascii() && !c.is_alphanumeric())
}

/// Returns text on one line: what would change how the rest is shown becomes a blank, and blanks do
/// not repeat.
pub fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if is_stray(c) { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns a value as it may stand on a screen: what would change how the rest is shown stands as an
/// escape.
pub fn visible(value: &str) -> String {
    let mut shown = String::with_capacity(value.len());
    for c in value.chars() {
        match is_stray(c) {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    shown
}

/// Returns a path as it may stand on a screen, as [`visible`] does.
pub fn path(path: &Path) -> String {
    visible(&path.to_string_lossy())
}

/// Returns a value as a cell of rows that programs read: what would end the cell or its row stands as
/// an escape, all else as it is.
pub fn cell(value: &str) -> String {
    let mut shown = String::with_capacity(value.len());
    for c in value.chars() {
        match c.is_control() || is_line_end(c) {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    shown
}

/// Returns a text as it is laid out for a screen or a log, of any number of lines, in which no line
/// gives a command and nothing is an escape sequence.
pub fn screen(text: &str) -> String {
    each_line(text, |line| guarded(&calm(line, Colours::Escaped)))
}

/// Returns a text as [`screen`] does, but with its colours: for one that we painted.
pub fn painted(text: &str) -> String {
    each_line(text, |line| guarded(&calm(line, Colours::Kept)))
}

/// Returns one line for a screen or a log, as [`screen`] does; it stays one.
pub fn line(text: &str) -> String {
    screen(&on_one(text))
}

/// Returns one line as [`line()`] does, but with its colours: for one that we painted.
pub fn painted_line(text: &str) -> String {
    painted(&on_one(text))
}

fn each_line(text: &str, change: impl Fn(&str) -> String) -> String {
    text.split('\n').map(change).collect::<Vec<_>>().join("\n")
}

fn on_one(text: &str) -> Cow<'_, str> {
    match text.contains('\n') {
        true => text.replace('\n', " ").into(),
        false => text.into(),
    }
}

/// What becomes of colours.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Colours {
    Kept,
    Escaped,
}

/// Returns JSON that says the same, but for programs that look for commands in it, and for a screen
/// that it may be shown on.
pub fn json(text: &str) -> String {
    escaped(text, |c| {
        let mut units = [0; 2];
        let units = c.encode_utf16(&mut units).iter();
        units.map(|unit| format!("\\u{unit:04x}")).collect()
    })
}

/// Returns JSON as [`json`] does, with escapes that YAML knows as well: it has no pairs of them.
pub fn yaml(json: &str) -> String {
    escaped(json, |c| match u32::from(c) {
        code @ ..0x1_0000 => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    })
}

fn escaped(json: &str, escape: fn(char) -> String) -> String {
    // Outside of its texts JSON holds none of these characters but the ends of its own lines.
    let is_stray = |c: char| is_stray(c) && c != '\n';
    let text = split_hashes(json, "\\u0023");
    if !text.chars().any(is_stray) {
        return text;
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match is_stray(c) {
            true => shown.push_str(&escape(c)),
            false => shown.push(c),
        }
    }
    shown
}

/// Returns XML that says the same, but for programs that look for commands in it.
pub fn xml(text: &str) -> String {
    let text = split_hashes(text, "&#35;");
    each_line(&text, |line| match colons_at_start(line) {
        Some(at) => format!("{}&#58;{}", &line[..at], &line[at + 1..]),
        None => line.to_owned(),
    })
}

/// Returns a line without stray characters, but with its tabs.
fn calm(line: &str, colours: Colours) -> String {
    if !line.chars().any(is_stray) {
        return line.to_owned();
    }
    let mut calm = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let colour = colour_at(rest).filter(|_| colours == Colours::Kept);
        let taken = colour.map_or(c.len_utf8(), str::len);
        match colour.is_none() && is_stray(c) && c != '\t' {
            true => calm.extend(c.escape_default()),
            false => calm.push_str(&rest[..taken]),
        }
        rest = &rest[taken..];
    }
    calm
}

/// Returns the colour that a text begins with: `ESC [`, numbers, `m` (ECMA-48, SGR).
fn colour_at(text: &str) -> Option<&str> {
    let numbers = text.strip_prefix("\u{1b}[")?;
    let length = numbers.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    numbers[length..].starts_with('m').then(|| &text[..length + 3])
}

/// Returns a line in which no CI service sees a command.
fn guarded(line: &str) -> String {
    let line = split_hashes(line, "# ");
    match colons_at_start(&line) {
        Some(at) => format!("{} {}", &line[..=at], &line[at + 1..]),
        None => line,
    }
}

/// Returns where the first of the two colons stands that a line begins with, blanks, colours and what
/// has no shape not counted.
fn colons_at_start(line: &str) -> Option<usize> {
    let mut shaped = shaped(line).skip_while(|(_, c)| c.is_whitespace());
    let (at, first) = shaped.next()?;
    let (_, second) = shaped.next()?;
    (first == ':' && second == ':').then_some(at)
}

/// Returns text with `apart` in place of the first `#` of each `##[`, `##vso[`, `##teamcity[` and the
/// like.
fn split_hashes(text: &str, apart: &str) -> String {
    if !text.contains('#') {
        return text.to_owned();
    }
    let mut split = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match c == '#' && is_command_behind(&text[at + 1..]) {
            true => split.push_str(apart),
            false => split.push(c),
        }
    }
    split
}

/// Whether `#`, a word or none, and `[` follow.
fn is_command_behind(rest: &str) -> bool {
    let mut shaped = shaped(rest).map(|(_, c)| c);
    shaped.next() == Some('#')
        && shaped.find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')) == Some('[')
}

/// Returns the characters of a text that a comparison may count, each with its place: neither colours
/// nor what has no shape.
fn shaped(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut next = 0;
    iter::from_fn(move || {
        loop {
            let at = next;
            let c = text[at..].chars().next()?;
            let colour = colour_at(&text[at..]);
            next += colour.map_or(c.len_utf8(), str::len);
            if colour.is_none() && !is_passed_over(c) {
                return Some((at, c));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a hostile text is made of.
    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[ a-z]{0,3}",
            "(::|:|#|##|##\\[|\\[|\\]|##vso\\[|\"|\\\\)",
            "(\u{200b}|\u{ad}|\u{feff}|\u{fe0f}|\u{200d}|\u{2028}|\u{85}|\u{202e}|\u{e0041}|\u{9b}|\u{3000})",
            "(\u{1b}\\[31m|\u{1b}\\[2J|\u{1b}\\]0;x\u{7}|\r|\n|\t|\u{b}|\u{c})",
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    /// Whether GitHub's runner may see a command, read as generously as its comparisons do.
    fn commands(line: &str) -> bool {
        let shown: String = line.chars().filter(|c| !is_passed_over(*c)).collect();
        let shown = shown.replace("[31m", "");
        shown.contains("##[") || shown.contains("##vso[") || shown.trim_start().starts_with("::")
    }

    proptest! {
        #[test]
        fn no_line_of_a_text_gives_a_command_or_moves_the_cursor(text in hostile()) {
            for (shown, ours) in [(screen(&text), "none"), (painted(&text), "\u{1b}[31m")] {
                for line in shown.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{b}', '\u{c}']) {
                    prop_assert!(!commands(line), "{line:?}");
                    let plain = line.replace(ours, "");
                    prop_assert!(!plain.chars().any(|c| is_stray(c) && c != '\t'), "{line:?}");
                }
            }
            prop_assert_eq!(screen(&screen(&text)), screen(&text));
            prop_assert_eq!(painted(&painted(&text)), painted(&text));
            prop_assert!(!line(&text).contains('\n') && !painted_line(&text).contains('\n'));
        }

        #[test]
        fn a_value_stays_in_its_row(text in hostile()) {
            for shown in [one_line(&text), visible(&text)] {
                prop_assert!(!shown.chars().any(is_stray), "{shown:?}");
            }
            prop_assert_eq!(cell(&text).lines().count().max(1), 1);
            let is_apart = |c: char| matches!(c, '\t' | '\r' | '\u{2028}');
            prop_assert!(!cell(&text).contains(is_apart));
        }

        #[test]
        fn json_stays_equal_and_gives_no_command(texts in proptest::collection::vec(hostile(), 0..3)) {
            let value = serde_json::json!({ "a": texts, "b": { texts.concat(): 1 } });
            for text in [value.to_string(), format!("{value:#}")] {
                let shown = json(&text);
                prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(&shown).expect("JSON"), &value);
                let read: serde_json::Value = yaml_serde::from_str(&yaml(&text)).expect("YAML");
                prop_assert_eq!(&read, &value);
                for line in shown.lines() {
                    prop_assert!(!commands(line), "{line}");
                    prop_assert!(!line.chars().any(is_stray), "{line}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_command_stays_as_it_is() {
        for text in [
            "arn:aws:iam::123456789012:role/x",
            "AWS::S3::Bucket ## [x] #[y] # #",
            "größe 😀 👩\u{200d}💻 می\u{200c}خواهم",
        ] {
            assert_eq!(screen(text), text);
        }
        let ours = "a\n\tb\u{1b}[1;31mred\u{1b}[0m";
        assert_eq!(painted(ours), ours);
        assert_eq!(screen("\u{1b}[8mhidden"), "\\u{1b}[8mhidden");
    }

    #[test]
    fn a_command_is_taken_apart_where_it_can_be_seen() {
        assert_eq!(screen("a\n  ::set-output name=x::y"), "a\n  : :set-output name=x::y");
        assert_eq!(painted("\u{1b}[31m::error::x"), "\u{1b}[31m: :error::x");
        assert_eq!(painted(":\u{1b}[31m:error::x"), ": \u{1b}[31m:error::x");
        assert_eq!(painted("#\u{1b}[31m#\u{1b}[0m[group]"), "# \u{1b}[31m#\u{1b}[0m[group]");
        assert_eq!(screen(":\u{20dd}:error::x ::\u{fe0f}y"), ": \u{20dd}:error::x ::\u{fe0f}y");
        assert_eq!(screen("x ##[group]y ##vso[task]"), "x # #[group]y # #vso[task]");
        assert_eq!(xml("<a>##[x]</a>"), "<a>&#35;#[x]</a>");
        assert_eq!(xml("<a>\n ::error::x</a>"), "<a>\n &#58;:error::x</a>");
        assert_eq!(json(r###"{"a":"##[x]\u0023"}"###), r###"{"a":"\u0023#[x]\u0023"}"###);
    }

    #[test]
    fn text_from_elsewhere_cannot_move_the_cursor() {
        assert_eq!(one_line("a\n  b\u{1b}[2Jc"), "a b [2Jc");
        assert_eq!(visible("a\nb\u{1b}"), "a\\nb\\u{1b}");
        assert_eq!(one_line("a\u{202e}b\u{2066}c\u{2028}d"), "a b c d");
        assert_eq!(visible("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(screen("a\u{1b}[2Jb\rc"), "a\\u{1b}[2Jb\\rc");
    }
}
