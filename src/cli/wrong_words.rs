//! What is said beside a word of the command line that nobody knows: only what is true, and nothing that
//! does more harm than what was meant.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::document::nearest;

/// Words of other tools for commands of this one, with what to call instead.
const COMMANDS: [(&[&str], &str); 8] = [
    (
        &["deploy", "up", "update", "create", "sync"],
        "`xdeploy apply FILE` creates or updates stacks",
    ),
    (&["diff", "preview", "changes"], "`xdeploy plan FILE` shows what apply would do"),
    (&["delete", "down", "remove", "teardown"], "`xdeploy destroy FILE` deletes stacks"),
    (
        &["clean", "cleanup", "gc", "garbage-collect"],
        "`xdeploy prune FILE` deletes what earlier runs made and no file names any more",
    ),
    (&["history", "list", "ls", "log", "logs"], "`xdeploy runs` lists the runs that were kept"),
    (&["undo", "revert"], "`xdeploy rollback RUN` puts back what a run changed"),
    (
        &["continue", "retry"],
        "`xdeploy resume RUN` resumes a run that is unfinished or was cancelled",
    ),
    (&["check", "lint", "test"], "`xdeploy validate FILE` checks files without a network"),
];

/// Options of other tools, with what to use instead.
const OPTIONS: [(&[&str], &str); 6] = [
    (
        &["--dry-run", "--dryrun", "--noop", "--no-execute-changeset", "--diff"],
        "`xdeploy plan FILE` shows what apply would do, and changes nothing",
    ),
    (
        &["--profile", "--aws-profile"],
        "`source.profile` in the environment file names a profile, or the variable AWS_PROFILE",
    ),
    (
        &["--auto-approve", "--force", "--no-confirm", "--non-interactive", "--require-approval"],
        "--yes asks no question, where a command asks one",
    ),
    (
        &["--parallel", "--parallelism", "--concurrency", "--jobs"],
        "--max-concurrent N bounds what is worked on together, where a command takes it",
    ),
    (
        &["--env", "--environment", "--config", "--file", "--stack-name", "--template"],
        "environment files are named without an option, stacks are chosen with --stack KEY",
    ),
    (
        &["--sandbox", "--sandbox-fault"],
        "this command reaches no cloud: leave it out; commands that reach AWS take it",
    ),
];

/// What `exec` takes.
const EXEC: &str = "the command stands behind `--`: xdeploy exec FILE -- CMD ARGUMENTS";

/// Puts what is true beside a word that nobody knows, in place of what only looks alike.
pub fn explain(error: &mut clap::Error) {
    let kind = error.kind();
    let hint = match kind {
        ErrorKind::InvalidSubcommand => {
            let word = text(error, ContextKind::InvalidSubcommand);
            drop_far(error, ContextKind::SuggestedSubcommand, &word);
            hint(&COMMANDS, &word)
        }
        ErrorKind::UnknownArgument => {
            let word = text(error, ContextKind::InvalidArg);
            let name = word.split('=').next().unwrap_or_default().to_owned();
            let exec = is_exec(error).then_some(EXEC);
            drop_far(error, ContextKind::SuggestedArg, &name);
            // The usage names what was suggested.
            if error.get(ContextKind::SuggestedArg).is_none() {
                error.remove(ContextKind::Usage);
            }
            // That it could be passed on behind `--` is true of one command only.
            error.remove(ContextKind::Suggested);
            error.remove(ContextKind::SuggestedSubcommand);
            exec.or_else(|| hint(&OPTIONS, &name))
        }
        ErrorKind::MissingRequiredArgument => is_exec(error).then_some(EXEC),
        _ => None,
    };
    if let Some(hint) = hint {
        error.remove(ContextKind::SuggestedSubcommand);
        error.remove(ContextKind::SuggestedArg);
        let hint = vec![StyledStr::from(hint)];
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(hint));
    }
}

fn hint(known: &[(&[&str], &'static str)], word: &str) -> Option<&'static str> {
    let of_word = |(words, _): &&(&[&str], &str)| words.contains(&word);
    known.iter().find(of_word).map(|(_, hint)| *hint)
}

fn text(error: &clap::Error, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        _ => String::new(),
    }
}

/// Drops what is suggested for a word but is not near it.
fn drop_far(error: &mut clap::Error, kind: ContextKind, word: &str) {
    let is_near = |candidate: &String| nearest(word, [candidate.as_str()]).is_some();
    let near = match error.get(kind) {
        Some(ContextValue::String(one)) => Some(one).filter(|one| is_near(one)).cloned(),
        Some(ContextValue::Strings(several)) => several.iter().find(|one| is_near(one)).cloned(),
        _ => None,
    };
    let is_list = matches!(error.get(kind), Some(ContextValue::Strings(_)));
    error.remove(kind);
    if let Some(near) = near {
        let value = match is_list {
            true => ContextValue::Strings(vec![near]),
            false => ContextValue::String(near),
        };
        error.insert(kind, value);
    }
}

/// Whether it is `exec` that was called.
fn is_exec(error: &clap::Error) -> bool {
    let usage = match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => usage.to_string(),
        _ => String::new(),
    };
    usage.contains(" exec ")
}
