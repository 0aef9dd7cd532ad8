//! Commands and flags that the pages name in their sentences are the program's.

use std::collections::BTreeMap;
use std::process::Command;

use regex::Regex;

use super::pages::Page;

/// Flags of other programs that pages name by themselves.
const FOREIGN: [&str; 1] = ["--binary"];

/// What `--help` says of each command, such as `sandbox serve`.
#[derive(Default)]
struct Helps(BTreeMap<String, Option<String>>);

impl Helps {
    /// Returns the help of a command, or `None` if there is no such command.
    fn of(&mut self, command: &str) -> Option<&str> {
        let ask = || {
            let mut program = Command::new(env!("CARGO_BIN_EXE_xdeploy"));
            let said = program.args(command.split(' ')).arg("--help").output();
            let said = said.expect("the binary can be started");
            said.status.success().then(|| String::from_utf8_lossy(&said.stdout).into_owned())
        };
        self.0.entry(command.to_owned()).or_insert_with(ask).as_deref()
    }
}

/// Returns the command that begins a span such as `xdeploy sandbox serve FILE`.
fn command(span: &str) -> Option<String> {
    let mut words = span.strip_prefix("xdeploy ")?.split([' ', '|', '\\']);
    let first = words.next().filter(|word| is_word(word))?;
    let second = words.next().filter(|word| is_word(word));
    match (first, second) {
        ("sandbox" | "codepipeline", Some(second)) => Some(format!("{first} {second}")),
        _ => Some(first.to_owned()),
    }
}

fn is_word(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase())
}

#[test]
fn every_command_and_flag_that_a_sentence_names_is_there() {
    let spans = Regex::new("`([^`]+)`").expect("a pattern");
    let flags = Regex::new("--[a-z][a-z-]+").expect("a pattern");
    let mut helps = Helps::default();
    let (mut named, mut lone, mut faults) = (0, Vec::new(), Vec::new());
    for page in Page::all() {
        // A span may go on in the next line of its paragraph.
        let prose = page.prose().replace("\n\n", "\u{0}").replace('\n', " ");
        for span in spans.captures_iter(&prose).map(|found| found.get(1).expect("a span").as_str())
        {
            let asked = span.split(" -- ").next().unwrap_or(span);
            let asked = flags.find_iter(asked).map(|flag| flag.as_str());
            if let Some(command) = command(span) {
                named += 1;
                match helps.of(&command) {
                    None => faults.push(format!("{}: `{span}` is no command", page.path)),
                    Some(help) => asked.filter(|flag| !help.contains(flag)).for_each(|flag| {
                        faults.push(format!("{}: `{command}` has no {flag}", page.path));
                    }),
                }
            } else if span.starts_with("--") {
                lone.extend(asked.map(|flag| (page.path.clone(), flag.to_owned())));
            }
        }
    }
    let helps: String = helps.0.into_values().flatten().collect();
    let is_known = |flag: &String| helps.contains(flag) || FOREIGN.contains(&flag.as_str());
    let unknown = lone.iter().filter(|(_, flag)| !is_known(flag));
    faults.extend(unknown.map(|(path, flag)| format!("{path}: no command has {flag}")));
    assert!(named > 40, "the pattern finds commands: {named}");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_exit_codes_of_the_page_on_results_are_those_of_the_help() {
    let row = Regex::new(r"(?m)^\| (\d+) \|").expect("a pattern");
    let line = Regex::new(r"(?m)^  (\d+)  +").expect("a pattern");
    let codes = |pattern: &Regex, text: &str| -> Vec<String> {
        pattern.captures_iter(text).map(|found| found[1].to_owned()).collect()
    };
    let said = Command::new(env!("CARGO_BIN_EXE_xdeploy")).arg("--help").output();
    let said = said.expect("the binary can be started");
    let help = String::from_utf8_lossy(&said.stdout).into_owned();
    let (_, help) = help.split_once("Exit codes:").expect("the help lists them");
    assert_eq!(codes(&row, &Page::read("docs/results.md").text), codes(&line, help));
}
