//! Why a `credential_process` yielded nothing.

use super::explanation::Explanation;
use super::words::{of_sdk, on_one_line};

/// How the SDK tells of a program that failed: its status, then all that it wrote to stderr.
const ENDED: &str = "external process exited with code ";
const STDERR: &str = ". Stderr: ";
/// How it tells of what cannot be read.
const UNREADABLE: &str = "could not parse response: ";

/// Returns why the program of a profile yielded nothing.
pub(super) fn why(profile: &str, said: &str) -> Explanation {
    let program = format!("the `credential_process` of the profile `{profile}`");
    let help = format!(
        "run the command of `credential_process` by hand (`aws configure get credential_process \
         --profile {profile}` shows it): it is to print keys as JSON"
    );
    Explanation::new(format!("{program} {}", became(said)), help)
}

fn became(said: &str) -> String {
    if let Some((_, ended)) = said.split_once(ENDED) {
        let (status, stderr) = ended.split_once(STDERR).unwrap_or((ended, ""));
        let status = match status.strip_prefix("exit status: ") {
            Some(code) => format!("ended with exit code {}", on_one_line(code)),
            None => format!("was ended by {}", on_one_line(status)),
        };
        return match outcome(stderr) {
            Some(outcome) => format!("{status}: {outcome}"),
            None => format!("{status} and said nothing"),
        };
    }
    match said.split_once(UNREADABLE) {
        Some((_, reason)) => format!("printed no keys: {}", of_sdk(reason)),
        None if said.contains("timed out") => "does not end".to_owned(),
        None => format!("cannot be used: {}", of_sdk(said)),
    }
}

/// Returns what a program that failed said in the end. What is indented belongs to a line before it, as a
/// hint or the rest of a sentence does.
fn outcome(stderr: &str) -> Option<String> {
    let said = || stderr.lines().filter(|line| !line.trim().is_empty());
    let whole = said().rfind(|line| !line.starts_with(char::is_whitespace));
    let line = whole.or_else(|| said().next_back())?;
    // This program marks so what it refuses.
    Some(on_one_line(line.trim_start_matches("× "))).filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_told_with_its_code_and_what_it_said_in_the_end() {
        for (said, expected) in [
            (
                "external process exited with code exit status: 3. Stderr: a\n\u{1b}b \n\n",
                "ended with exit code 3: b",
            ),
            (
                "external process exited with code exit status: 3. Stderr: the profile is its own\n  help: name another\n",
                "ended with exit code 3: the profile is its own",
            ),
            (
                "external process exited with code exit status: 3. Stderr: × no keys\n  help: a\n",
                "ended with exit code 3: no keys",
            ),
            (
                "external process exited with code exit status: 1. Stderr:   a\n  b\n",
                "ended with exit code 1: b",
            ),
            (
                "external process exited with code exit status: 1. Stderr: ",
                "ended with exit code 1 and said nothing",
            ),
            (
                "external process exited with code signal: 9 (SIGKILL). Stderr: ",
                "was ended by signal: 9 (SIGKILL) and said nothing",
            ),
            (
                "external process, could not parse response: Expected field `Version`",
                "printed no keys: Expected field `Version`",
            ),
        ] {
            assert_eq!(became(said), expected, "{said}");
        }
    }
}
