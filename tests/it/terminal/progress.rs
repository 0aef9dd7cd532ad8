//! Progress of long work that has no dashboard: one line, gone before anything else is printed.

use super::fleet;
use crate::support::tmux::{Manner, Pane};

/// Looks at every stack of a fleet in a cloud whose every answer takes a while.
const STATUS: &str = "./xdeploy status fleet.yaml --sandbox --sandbox-latency 700";

/// How many accounts take some seconds to look at.
const ACCOUNTS: usize = 100;

fn is_reading(screen: &str) -> bool {
    screen.contains("reading: ")
}

#[track_caller]
fn assert_nothing_stays(pane: &Pane, verb: &str) {
    let history = pane.history();
    assert!(!history.contains(verb), "{history}");
    assert!(pane.has_cursor());
}

#[test]
fn a_long_look_says_how_far_it_is_and_leaves_nothing_of_that() {
    let Some(pane) = Pane::open(fleet(ACCOUNTS), Manner::sized(100, 30)) else { return };
    pane.type_line(STATUS);
    pane.until("the progress", |screen| screen.contains(" of 300 stack instances"));
    pane.until_prompt();
    assert_nothing_stays(&pane, "reading: ");
    assert!(pane.screen().contains("team-100"), "{}", pane.screen());
}

#[test]
fn progress_is_cut_to_a_narrow_terminal_and_not_wrapped() {
    let Some(pane) = Pane::open(fleet(ACCOUNTS), Manner::sized(24, 30)) else { return };
    pane.type_line(STATUS);
    let screen = pane.until("the progress", is_reading);
    assert!(!screen.contains("instances"), "{screen}");
    pane.until_prompt();
    assert_nothing_stays(&pane, "reading: ");
}

#[test]
fn ctrl_c_takes_the_progress_away_and_ends_with_130() {
    let Some(pane) = Pane::open(fleet(ACCOUNTS), Manner::sized(100, 30)) else { return };
    pane.type_line(STATUS);
    pane.until("the progress", is_reading);
    pane.key("C-c");
    pane.until_prompt();
    assert_nothing_stays(&pane, "reading: ");
    pane.type_line("echo ended with $?");
    pane.until("the exit code", |screen| screen.contains("ended with 130"));
}

#[test]
fn no_progress_is_drawn_where_it_is_not_wanted() {
    let dumb = Manner { variables: &["TERM=dumb", "LC_ALL=C.UTF-8"], ..Manner::sized(100, 30) };
    for (manner, flags) in [(Manner::sized(100, 30), " --progress none"), (dumb, "")] {
        let Some(pane) = Pane::open(fleet(30), manner) else { return };
        pane.record("sent");
        pane.type_line(&format!("{STATUS}{flags}; echo 'it is' over"));
        pane.until("the end", |_| pane.history().contains("it is over"));
        let sent = std::fs::read(pane.folder().join("sent")).expect("it was copied");
        assert!(!String::from_utf8_lossy(&sent).contains("reading"), "{flags}");
    }
}

#[test]
fn behind_a_pipe_there_is_no_progress() {
    let latency = ["--sandbox", "--sandbox-latency", "700"];
    for command in [&["status", "fleet.yaml"][..], &["doctor", "fleet.yaml"][..]] {
        let printed = fleet(4).run(&[command, &latency].concat());
        assert!(!printed.stderr.contains(" of "), "{}", printed.stderr);
        assert!(!printed.stderr.contains('\x1b'), "{:?}", printed.stderr);
    }
}

#[test]
fn the_lines_of_commands_stand_whole_beside_the_progress() {
    let Some(pane) = Pane::open(fleet(12), Manner::sized(100, 40)) else { return };
    let script = "for n in 1 2 3; do echo line $n; echo note $n >&2; sleep 0.4; done";
    pane.type_line(&format!("./xdeploy exec fleet.yaml --sandbox -- sh -c '{script}'"));
    pane.until("the progress", |screen| screen.contains("running: "));
    pane.until_prompt();
    assert_nothing_stays(&pane, "running: ");
    let history = pane.history();
    for account in 1..=12 {
        for text in ["line 1", "note 1", "line 2", "note 2", "line 3", "note 3"] {
            let line = format!("team-{account:03} | {text}");
            assert_eq!(history.lines().filter(|one| *one == line).count(), 1, "{line}: {history}");
        }
    }
}
