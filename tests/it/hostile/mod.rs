//! Bytes that nobody meant: what people write and what AWS answers, mutated at random. Nothing
//! panics, nothing hangs, and every run ends as runs do.
//!
//! `XDEPLOY_HOSTILE=100 cargo test --test it hostile::` tries a hundred times as many;
//! `XDEPLOY_HOSTILE_SEED` names other ones. The targets in `fuzz/` feed the same functions.

pub mod fed;
mod journals;
mod mutated;

use std::fs;
use std::path::{Path, PathBuf};

use mutated::Mutator;

/// Feeds so many mutations of seeds, and the seeds themselves.
fn try_all(seeds: &[Vec<u8>], times: usize, feed: impl Fn(&[u8])) {
    assert!(!seeds.is_empty(), "there is something to mutate");
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let times = times * number("XDEPLOY_HOSTILE").unwrap_or(1);
    let seed = number("XDEPLOY_HOSTILE_SEED").unwrap_or(0);
    let words = words();
    let mut mutator = Mutator::new(u64::try_from(seed).unwrap_or(0), &words);
    for seed in seeds {
        fed(seed, &feed);
    }
    for _ in 0..times {
        fed(&mutator.mutate(seeds), &feed);
    }
}

/// Feeds bytes, and shows them if that ends by a panic.
fn fed(bytes: &[u8], feed: impl Fn(&[u8])) {
    struct Shown<'b>(&'b [u8]);
    impl Drop for Shown<'_> {
        fn drop(&mut self) {
            if std::thread::panicking() {
                eprintln!("it was fed b\"{}\"", self.0.escape_ascii());
            }
        }
    }
    let shown = Shown(bytes);
    feed(bytes);
    drop(shown);
}

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Returns the words that the fuzzer is given as well.
fn words() -> Vec<Vec<u8>> {
    let text = fs::read_to_string(project("fuzz/words.dict")).expect("the words stand there");
    let quoted = |line: &str| Some(word(line.strip_prefix('"')?.strip_suffix('"')?));
    text.lines().filter_map(quoted).collect()
}

/// Reads a word as libFuzzer writes it: `\xHH` is a byte, any other character behind `\` is itself.
fn word(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, escape)) = rest.split_once('\\') {
        bytes.extend_from_slice(before.as_bytes());
        let (escaped, after) = match escape.strip_prefix('x') {
            Some(digits) => (u8::from_str_radix(&digits[..2], 16).expect("two digits"), 3),
            None => (escape.as_bytes()[0], 1),
        };
        bytes.push(escaped);
        rest = &escape[after..];
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

/// Returns the files in a folder of the project and the folders below it, in their order.
fn files(folder: &str) -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(project(folder))
        .expect("the folder stands there")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let read = |path: &PathBuf| match path.is_dir() {
        true => files(path.to_str().expect("UTF-8")),
        false => vec![fs::read(path).expect("it can be read")],
    };
    paths.iter().flat_map(read).collect()
}

#[test]
fn no_environment_file_is_too_strange() {
    try_all(&files("environments"), 400, fed::environment::read);
}

#[test]
fn no_reference_is_too_strange() {
    try_all(&files("fuzz/seeds/references"), 400, fed::references::read);
}

#[test]
fn no_template_is_too_strange() {
    try_all(&files("stacks"), 300, fed::template::read);
}

#[test]
fn no_journal_is_too_strange() {
    try_all(&files("fuzz/seeds/journal"), 200, fed::journal::read);
}

#[test]
fn no_answer_is_too_strange() {
    let mut random = fastrand::Rng::with_seed(7);
    let scripts = (0..4).map(|changes| (0..changes * 5).map(|_| random.u8(..)).collect());
    try_all(&scripts.collect::<Vec<_>>(), 60, fed::replies::read);
}

#[test]
fn a_word_is_read_as_the_fuzzer_reads_it() {
    assert_eq!(word(r#"a\"b\\c\x0a\xff"#), b"a\"b\\c\n\xff");
    assert!(words().iter().any(|word| word == b"\n"));
}
