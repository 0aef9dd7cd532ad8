//! `AllowedPattern`: a regular expression of Java's, as far as it can be judged without Java.
//!
//! Java's `\d`, `\w` and `\s` know ASCII alone, and some characters mean something else to the engine used here. So a
//! pattern is first written anew for it. What it cannot say is left to CloudFormation.

use std::iter::Peekable;
use std::str::Chars;
use std::sync::{Arc, OnceLock};

use fancy_regex::{Regex, RegexBuilder};

/// How many steps back a match may take. Patterns that need more are left to CloudFormation.
const MOST_STEPS_BACK: usize = 100_000;

/// How large a pattern may become when it is compiled, in bytes. The longest of a thousand public templates
/// stays far below.
const MOST_COMPILED_BYTES: usize = 2_000_000;

/// An `AllowedPattern`, which the whole value must match.
///
/// Source: the CloudFormation user guide, "Parameters", `AllowedPattern`: Java's regular expressions.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// The pattern as written.
    pub text: String,
    /// Its meaning, once a value was judged; none if only Java knows it.
    compiled: Arc<OnceLock<Option<Regex>>>,
}

impl Pattern {
    /// Returns the pattern written as `text`.
    pub fn new(text: &str) -> Self {
        Self { text: text.to_owned(), compiled: Arc::default() }
    }

    /// Whether the whole of `value` matches, or cannot be judged here.
    pub fn accepts(&self, value: &str) -> bool {
        let compiled = self.compiled.get_or_init(|| compiled(&self.text));
        compiled.as_ref().is_none_or(|regex| regex.is_match(value).unwrap_or(true))
    }
}

/// Patterns are the same if they are written the same.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

fn compiled(pattern: &str) -> Option<Regex> {
    let pattern = Translator::of(pattern).pattern()?;
    RegexBuilder::new(&format!(r"\A(?:{pattern})\z"))
        .backtrack_limit(MOST_STEPS_BACK)
        .delegate_size_limit(MOST_COMPILED_BYTES)
        .build()
        .ok()
}

/// What a class or an escape says: one character, or any of several.
enum Item {
    One(char),
    /// As it stands inside brackets.
    AnyOf(String),
}

/// Writes a pattern of Java's anew; whatever is not known here ends it with nothing.
struct Translator<'p> {
    rest: Peekable<Chars<'p>>,
    dot_takes_line_ends: bool,
    written: String,
}

impl<'p> Translator<'p> {
    fn of(pattern: &'p str) -> Self {
        let (flags, rest) = match pattern.strip_prefix("(?s)") {
            Some(rest) => (true, rest),
            None => (false, pattern),
        };
        Self { rest: rest.chars().peekable(), dot_takes_line_ends: flags, written: String::new() }
    }

    fn pattern(mut self) -> Option<String> {
        while let Some(c) = self.rest.next() {
            match c {
                '\\' => self.escape()?,
                '[' => self.class()?,
                '(' => self.group()?,
                '.' if self.dot_takes_line_ends => self.written.push_str("(?s:.)"),
                '.' => self.written.push_str(r"[^\n\r\x{85}\x{2028}\x{2029}]"),
                '{' => self.repetition()?,
                '|' | ')' | '*' | '+' | '?' | '^' | '$' => self.written.push(c),
                c => self.literal(c),
            }
        }
        Some(self.written)
    }

    /// Takes `{2,3}` behind its `{`; `{2,3}+` is not the same to the engine.
    fn repetition(&mut self) -> Option<()> {
        self.written.push('{');
        self.rest.peek().filter(|c| c.is_ascii_digit())?;
        while let Some(c) = self.rest.next_if(|c| c.is_ascii_digit() || *c == ',') {
            self.written.push(c);
        }
        self.written.push(self.rest.next_if_eq(&'}')?);
        (self.rest.peek() != Some(&'+')).then_some(())
    }

    /// Takes what stands behind `(`.
    fn group(&mut self) -> Option<()> {
        self.written.push('(');
        if self.rest.next_if_eq(&'?').is_none() {
            return Some(());
        }
        self.written.push('?');
        let kind = self.rest.next()?;
        self.written.push(kind);
        match kind {
            ':' | '=' | '!' | '>' => Some(()),
            // Looks behind, or names the group.
            '<' => {
                let next =
                    self.rest.next_if(|&c| matches!(c, '=' | '!') || c.is_ascii_alphabetic())?;
                self.written.push(next);
                while next.is_ascii_alphabetic()
                    && let Some(c) = self.rest.next_if(|c| c.is_ascii_alphanumeric() || *c == '>')
                {
                    self.written.push(c);
                    if c == '>' {
                        break;
                    }
                }
                Some(())
            }
            'i' => {
                let end = self.rest.next_if(|c| matches!(c, ')' | ':'))?;
                self.written.push(end);
                Some(())
            }
            _ => None,
        }
    }

    /// Takes what stands behind a `\` outside of brackets.
    fn escape(&mut self) -> Option<()> {
        if let Some(kept) =
            self.rest.next_if(|c| matches!(c, 'b' | 'B' | 'A' | 'z' | '1'..='9' | 'k'))
        {
            self.written.push('\\');
            self.written.push(kept);
            return Some(());
        }
        match self.escaped()? {
            Item::One(c) => self.literal(c),
            Item::AnyOf(class) => {
                self.written.push('[');
                self.written.push_str(&class);
                self.written.push(']');
            }
        }
        Some(())
    }

    /// Takes a class, behind its `[`. One inside another, and `&&`, are not known here.
    fn class(&mut self) -> Option<()> {
        self.written.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.written.push('^');
        }
        let mut items = 0;
        loop {
            match self.rest.next()? {
                ']' if items == 0 => return None,
                ']' => break,
                c => self.class_item(c)?,
            }
            items += 1;
        }
        self.written.push(']');
        Some(())
    }

    fn class_item(&mut self, c: char) -> Option<()> {
        let from = match self.class_member(c)? {
            Item::AnyOf(class) => {
                self.written.push_str(&class);
                return Some(());
            }
            Item::One(from) => from,
        };
        self.literal(from);
        let mut ahead = self.rest.clone();
        let is_range = ahead.next() == Some('-') && ahead.peek().is_some_and(|&c| c != ']');
        if is_range {
            self.rest = ahead;
            self.written.push('-');
            let to = self.rest.next()?;
            match self.class_member(to)? {
                Item::One(to) if to >= from => self.literal(to),
                Item::One(_) | Item::AnyOf(_) => return None,
            }
        }
        Some(())
    }

    fn class_member(&mut self, c: char) -> Option<Item> {
        match c {
            '\\' => self.escaped(),
            '[' => None,
            '&' if self.rest.peek() == Some(&'&') => None,
            c => Some(Item::One(c)),
        }
    }

    /// Takes what an escape says that means the same inside brackets and outside.
    fn escaped(&mut self) -> Option<Item> {
        let class = |class: &str| Some(Item::AnyOf(class.to_owned()));
        match self.rest.next()? {
            'd' => class("0-9"),
            'D' => class("[^0-9]"),
            'w' => class("a-zA-Z0-9_"),
            'W' => class("[^a-zA-Z0-9_]"),
            's' => class(r"\x20\t\n\x0B\f\r"),
            'S' => class(r"[^\x20\t\n\x0B\f\r]"),
            'p' => self.property(),
            't' => Some(Item::One('\t')),
            'n' => Some(Item::One('\n')),
            'r' => Some(Item::One('\r')),
            'f' => Some(Item::One('\u{c}')),
            'x' => self.code(2),
            'u' => self.code(4),
            c if c.is_ascii_alphanumeric() => None,
            c => Some(Item::One(c)),
        }
    }

    /// Takes the name of a set of characters, such as `{Alpha}`.
    fn property(&mut self) -> Option<Item> {
        self.rest.next_if_eq(&'{')?;
        let mut name = String::new();
        while let Some(c) = self.rest.next_if(|&c| c != '}') {
            name.push(c);
        }
        self.rest.next()?;
        let class = match name.as_str() {
            "Lower" | "Upper" | "ASCII" | "Alpha" | "Digit" | "Alnum" | "Punct" | "Graph"
            | "Print" | "Blank" | "Cntrl" | "XDigit" | "Space" => {
                format!("[:{}:]", name.to_lowercase())
            }
            "L" | "Lu" | "Ll" | "N" | "Nd" | "M" | "P" | "S" | "Z" => format!(r"\p{{{name}}}"),
            _ => return None,
        };
        Some(Item::AnyOf(class))
    }

    fn code(&mut self, digits: usize) -> Option<Item> {
        let mut code = 0;
        for _ in 0..digits {
            code = code * 16 + self.rest.next()?.to_digit(16)?;
        }
        char::from_u32(code).map(Item::One)
    }

    /// Writes a character that stands for itself.
    fn literal(&mut self, c: char) {
        if matches!(c, '<' | '>' | '_') || !c.is_ascii_punctuation() {
            self.written.push(c);
        } else {
            self.written.push('\\');
            self.written.push(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_means_what_java_means() {
        for (pattern, value, is_accepted) in [
            ("[0-9]{12}|root", "100000000001", true),
            ("[0-9]{12}|root", "1000000000012", false),
            ("^root$", "root\n", false),
            (r"\d+", "12", true),
            (r"\d+", "١٢", false),
            (r"[\w]+", "größe", false),
            (r"\W", "ö", true),
            (r"[\w-.]{1,9}", "a-b.c", true),
            (r"[^\s&~]+", "a b", false),
            (r"[^\s&~]+", "a-b", true),
            ("[a-z&-]+", "a&-", true),
            (r"[\x41-\x43]+", "ABC", true),
            (r"\p{Alpha}+", "é", false),
            (r"\p{L}+", "é", true),
            (r"\/\-\_\<a b\>\@", "/-_<a b>@", true),
            (".", "\r", false),
            ("(?s).", "\r", true),
            ("(?i)prod", "PROD", true),
            ("a{2,3}", "aaaa", false),
            ("", "", true),
            ("(?=.*[0-9]).{8,}", "without any", false),
            ("(?=.*[0-9]).{8,}", "with 1 digit", true),
            ("(?!-)[a-z0-9-]{1,63}(?<!-)", "a-", false),
            ("(?<x>a)b\\k<x>", "aba", true),
            ("(a)(?>b|bc)\\1", "abca", false),
            ("a++a", "aa", false),
        ] {
            assert!(Translator::of(pattern).pattern().is_some(), "{pattern}");
            assert_eq!(Pattern::new(pattern).accepts(value), is_accepted, "{pattern} {value}");
        }
    }

    #[test]
    fn what_only_java_understands_is_left_to_cloudformation() {
        let deep = format!("({}a|b)*", "(?=c)?".repeat(50_000));
        let large = "((.{1,200}){1,200}){1,200}";
        for pattern in [
            "[a-z&&[^aeiou]]",
            "[[:alpha:]]",
            r"\Qa.b\E",
            r"\h",
            r"\p{IsGreek}",
            "(?x) a",
            "{a}",
            "a{1,2}+",
            "[]a]",
            "[b-a]",
            "(",
            r"(.*)(.*)(.*)(.*)\1\2\3\4[^a]?(?<=[^a])",
            "\\",
            &deep,
            large,
        ] {
            assert!(Pattern::new(pattern).accepts(&"a".repeat(4_000)), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_is_compiled_once_and_only_if_a_value_is_judged() {
        let pattern = Pattern::new("[a-z]+");
        let same = pattern.clone();
        assert!(pattern.compiled.get().is_none());
        assert!(pattern.accepts("a") && !pattern.accepts("1"));
        assert!(same.compiled.get().is_some_and(Option::is_some));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_pattern_that_judges_or_passes(
            pattern in r"[-a\\\[\](){}|*+?.^$&~!<>=:,dwsSpQx0-3\u{e9} \n]{0,24}",
            value in ".{0,12}",
        ) {
            Pattern::new(&pattern).accepts(&value);
        }
    }
}
