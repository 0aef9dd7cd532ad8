//! Secrets that can be told wherever they turn up, and the search for them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::support::counted::Counted;

/// The part of each planted secret that no escaping changes.
pub const MARKS: [&str; 6] =
    ["plantLiteral7f", "plantEnv3a9", "plantFile5c1", "plantDefault2", "plantKey8e4", "plantId6b0"];

/// What stands in a file of an environment, with characters that JSON, XML and addresses escape.
pub const LITERAL: &str = "plantLiteral7f <\"ü\"> & 5%";
/// What an environment variable holds.
pub const ENV: &str = "plantEnv3a9 \"two\" 'lines'\nof & <text>";
/// What a file holds.
pub const FILE: &str = "plantFile5c1 'é' \\ more";
/// The default of a `NoEcho` parameter: it stands in the template, and stays in copies of it.
pub const DEFAULT: &str = "plantDefault2-x";
/// The secret key of the source account.
pub const KEY: &str = "plantKey8e4/+=";
/// The external id of the roles.
pub const ID: &str = "plantId6b0+x";

/// All that was shown or kept, piece by piece.
#[derive(Default)]
pub struct Everything(Vec<(String, String)>);

impl Everything {
    /// Takes in a text and where it was.
    pub fn add(&mut self, place: impl Into<String>, text: impl Into<String>) {
        self.0.push((place.into(), text.into()));
    }

    /// Takes in the names and contents of all files below a state folder but for `templates`: those
    /// are copies of the user's own files, with all that stands in them.
    pub fn add_folder(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).expect("the folder is there") {
            let path = entry.expect("an entry").path();
            if path.ends_with("templates") {
                continue;
            }
            if path.is_dir() {
                self.add_folder(&path);
            } else {
                let bytes = fs::read(&path).expect("a file");
                let name = path.display().to_string();
                self.add(name.clone(), format!("{name}\n{}", String::from_utf8_lossy(&bytes)));
            }
        }
    }

    /// Returns where a text that holds `words` was taken in.
    pub fn holding(&self, words: &str) -> Vec<&str> {
        let holding = self.0.iter().filter(|(_, text)| text.contains(words));
        holding.map(|(place, _)| place.as_str()).collect()
    }

    /// Asserts that none of the words stands anywhere, as they are or in base64.
    pub fn assert_without<'w>(&self, words: impl IntoIterator<Item = &'w str>) {
        let mut found = Vec::new();
        for word in words {
            for form in [vec![word.to_owned()], in_base64(word)].concat() {
                for (place, text) in self.0.iter().filter(|(_, text)| text.contains(&form)) {
                    let line = text.lines().find(|line| line.contains(&form)).unwrap_or_default();
                    let shown: String = line.chars().take(600).collect();
                    found.push(format!("{word} in {place}:\n    {shown}"));
                }
            }
        }
        assert!(found.is_empty(), "{} times:\n{}", found.len(), found.join("\n"));
    }
}

/// Returns what stands in base64 wherever `word` is part of what was encoded: its whole groups, for
/// each of the three ways in which it can lie.
fn in_base64(word: &str) -> Vec<String> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let encoded = |bytes: &[u8]| -> String {
        let groups = bytes.chunks_exact(3).flat_map(|group| {
            let bits = group.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte));
            [18, 12, 6, 0].map(|shift| char::from(LETTERS[bits >> shift & 63]))
        });
        groups.collect()
    };
    (0..3).map(|skipped| encoded(&word.as_bytes()[skipped..])).collect()
}

/// Returns every secret key and session token that was handed out, as replies on the way through
/// show them.
pub fn handed_out(way: &Counted) -> BTreeSet<String> {
    let mut handed_out = BTreeSet::new();
    for answer in way.answers() {
        for tag in ["SecretAccessKey", "SessionToken"] {
            let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
            let values = answer.split(&open).skip(1).filter_map(|rest| rest.split_once(&close));
            handed_out.extend(values.map(|(value, _)| value.to_owned()));
        }
    }
    handed_out
}

#[test]
fn the_search_finds_a_word_in_base64_however_it_lies() {
    // `echo -n plantKey8e4 | base64`, and with one and two characters in front.
    let forms = in_base64("plantKey8e4");
    for text in ["cGxhbnRLZXk4ZTQ=", "eHBsYW50S2V5OGU0", "eHhwbGFudEtleThlNA=="] {
        assert!(forms.iter().any(|form| text.contains(form)), "{text} {forms:?}");
    }
}
