//! What is left behind, as it stands below a summary and the table of `status`.

use std::collections::BTreeSet;
use std::fmt::Write;

use crate::event::LeftBehind;
use crate::name::EnvironmentName;
use crate::report::messages::left_behind::described;
use crate::report::text::palette::Palette;
use crate::report::text::prose;

/// The columns that sentences are broken at.
const WIDTH: usize = 80;

/// How many stacks are named.
const MOST_NAMED: usize = 20;

/// Returns what is left behind, ending with an empty line, and `command`, which deletes it; nothing for
/// nothing.
pub fn text(left: &[LeftBehind], command: &str, palette: Palette) -> String {
    let mut text = list(left, palette);
    if text.is_empty() {
        return text;
    }
    let mut sentence = format!("`{command}` shows and deletes what is left behind.");
    if left.iter().any(|left| left.account_gone) {
        sentence.push_str(" With `--gone ACCOUNT-ID` it deletes what is in such an account, too.");
    }
    for line in prose::wrapped(&sentence, WIDTH) {
        let _ = writeln!(text, "{line}");
    }
    text.push('\n');
    text
}

/// Returns what is left behind, under a heading; nothing for nothing.
pub fn list(left: &[LeftBehind], palette: Palette) -> String {
    if left.is_empty() {
        return String::new();
    }
    let environments: BTreeSet<&EnvironmentName> =
        left.iter().map(|left| &left.id.environment).collect();
    let count = prose::counted(left.len(), "stack instance");
    let heading = format!("Left behind: {count} that earlier runs made and no file names any more");
    let mut text = format!("{}\n", palette.caution(&heading));
    for left in left.iter().take(MOST_NAMED) {
        for line in prose::wrapped(&described(left, environments.len() > 1), WIDTH - 2) {
            let _ = writeln!(text, "  {line}");
        }
    }
    if let Some(more) = left.len().checked_sub(MOST_NAMED).filter(|more| *more > 0) {
        let _ = writeln!(text, "  and {more} more");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::messages::left_behind::prune_command;
    use crate::report::recorded::announced;

    fn left(path: &str) -> LeftBehind {
        let announced = announced(path, 1);
        LeftBehind {
            id: announced.id,
            account_id: announced.account_id,
            stack_name: announced.stack_name,
            stack_id: None,
            status: None,
            run: "20261123-155602-k3f9".parse().expect("a run id"),
            may_stand: false,
            account_gone: false,
            shared_with: None,
        }
    }

    #[test]
    fn what_is_left_behind_is_told_with_what_sets_it_apart() {
        let all = [
            LeftBehind { status: Some("CREATE_COMPLETE".into()), ..left("dev/queue") },
            LeftBehind { stack_name: "prod-app".parse().expect("a name"), ..left("dev/app") },
            LeftBehind { may_stand: true, ..left("test/app") },
            LeftBehind { account_gone: true, ..left("legacy/network") },
            LeftBehind { shared_with: "dr".parse().ok(), ..left("test/shared") },
        ];
        let command = prune_command(&["environments/prod.yaml".into()], true, None);
        insta::assert_snapshot!(text(&all, &command, Palette::Plain));
        assert_eq!(text(&[], &command, Palette::Plain), "");
    }

    #[test]
    fn a_long_list_is_cut_and_says_so() {
        let all: Vec<_> = (0..25).map(|number| left(&format!("dev/s{number}"))).collect();
        let text = list(&all, Palette::Plain);
        assert_eq!(text.lines().count(), 22);
        assert!(text.ends_with("  and 5 more\n"), "{text}");
    }
}
