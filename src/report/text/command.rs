//! Commands about a run that is kept, as a person types them.

use std::path::Path;

use crate::event::NamedState;
use crate::foreign;
use crate::name::RunId;

/// Returns the command that resumes a run, as a person types it.
pub fn resume_command(run: &RunId, named_state: Option<&NamedState>) -> String {
    run_command("resume", run, named_state)
}

/// Returns the command that approves what a run waits for, as a person types it.
pub fn approve_command(run: &RunId, named_state: Option<&NamedState>) -> String {
    format!("{} --approve", resume_command(run, named_state))
}

/// Returns a command about a run that is kept, such as `report`, as a person types it.
pub fn run_command(verb: &str, run: &RunId, named_state: Option<&NamedState>) -> String {
    match named_state {
        None => format!("xdeploy {verb} {run}"),
        Some(NamedState { file: Some(file), .. }) => {
            format!("xdeploy {verb} {run} --of {}", quoted(file))
        }
        Some(NamedState { place, file: None }) => {
            format!("xdeploy {verb} {run} --state-dir {}", quoted(place))
        }
    }
}

/// Returns a path as a shell takes it; of one that holds what nobody can see, what can be seen.
pub fn quoted(path: &Path) -> String {
    shell_word(&foreign::path(path))
}

/// Returns a word as a shell takes it.
pub fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,@%:=…".contains(c);
    match !text.is_empty() && text.chars().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_folder_is_named_as_a_shell_takes_it() {
        let run = "20261123-155602-k3f9".parse().expect("a run id");
        let named = |place: &str, file: Option<&str>| {
            let named = NamedState { place: place.into(), file: file.map(Into::into) };
            resume_command(&run, Some(&named))
        };
        let command = |folder: &str| named(folder, None);
        assert_eq!(command("a/b"), "xdeploy resume 20261123-155602-k3f9 --state-dir a/b");
        assert!(command("it's mine").ends_with(r"--state-dir 'it'\''s mine'"));
        let by_file = named("s3://bucket/prefix", Some("environments/prod.yaml"));
        assert!(by_file.ends_with("--of environments/prod.yaml"), "{by_file}");
    }
}
