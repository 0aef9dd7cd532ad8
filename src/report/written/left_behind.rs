//! What is left behind, as it stands below a summary and the table of `status`.

use std::fmt::Write;

use crate::event::LeftBehind;
use crate::report::messages::left_behind::{each, heading, remedy};
use crate::report::text::palette::Palette;
use crate::report::text::prose;

/// The columns that sentences are broken at.
const WIDTH: usize = 80;

/// How many stacks are named.
const MOST_NAMED: usize = 20;
/// How many stacks are named in a line.
const MOST_IN_A_LINE: usize = 5;

/// Returns what is left behind, ending with an empty line, and `command`, which deletes it; nothing for
/// nothing.
pub fn text(left: &[LeftBehind], command: &str, palette: Palette) -> String {
    let mut text = list(left, palette);
    if text.is_empty() {
        return text;
    }
    for line in prose::wrapped(&remedy(left, command), WIDTH) {
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
    let heading = format!("Left behind: {}", heading(left));
    let mut text = format!("{}\n", palette.caution(&heading));
    for stack in each(left).take(MOST_NAMED) {
        for line in prose::wrapped(&stack, WIDTH - 2) {
            let _ = writeln!(text, "  {line}");
        }
    }
    if let Some(more) = left.len().checked_sub(MOST_NAMED).filter(|more| *more > 0) {
        let _ = writeln!(text, "  and {more} more");
    }
    text
}

/// Returns what is left behind in one line, without a line break; nothing for nothing.
pub fn line(left: &[LeftBehind]) -> Option<String> {
    let named: Vec<String> = each(left).take(MOST_IN_A_LINE).collect();
    let more = match left.len().saturating_sub(MOST_IN_A_LINE) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    (!left.is_empty())
        .then(|| format!("left behind: {}: {}{more}", heading(left), named.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::messages::left_behind::prune_command;
    use crate::report::recorded::left_behind as left;

    #[test]
    fn what_is_left_behind_is_told_with_what_sets_it_apart() {
        let all = [
            LeftBehind { status: Some("CREATE_COMPLETE".into()), ..left("dev/queue") },
            LeftBehind { stack_name: "prod-app".parse().expect("a name"), ..left("dev/app") },
            LeftBehind { may_stand: true, ..left("test/app") },
            LeftBehind { account_gone: true, ..left("legacy/network") },
            LeftBehind { shared_with: "dr".parse().ok(), ..left("test/shared") },
            LeftBehind { made_from: Some("/work/apps.yaml".into()), ..left("test/other") },
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

    #[test]
    fn a_line_names_a_few_and_counts_the_rest() {
        let all: Vec<_> = (0..7).map(|number| left(&format!("dev/s{number}"))).collect();
        let told = line(&all).expect("there are some");
        let front = "left behind: 7 stack instances that earlier runs made and no file names any \
                     more: dev/eu-central-1/s0; ";
        assert!(told.starts_with(front) && told.ends_with("/s4; and 2 more"), "{told}");
        assert_eq!(line(&[]), None);
    }
}
