//! A run that is watched at a terminal: its dashboard, and the keys that are heeded there.

use super::{ENDLESS, fleet, heads};
use crate::support::kept::Followed;
use crate::support::tmux::{Manner, Pane};

/// Starts an apply of nine accounts elsewhere, and watches it at a terminal.
fn watching(seconds: f64, manner: Manner) -> Option<(Followed, Pane)> {
    let pane = Pane::open(fleet(9), manner)?;
    let seconds = seconds.to_string();
    let sandbox = ["--sandbox", "--sandbox-seconds-per-resource", &seconds];
    let apply = [&["apply", "fleet.yaml", "--progress", "json"][..], &sandbox].concat();
    let mut run = Followed::start(&mut pane.desk().command(&apply));
    run.wait_for("\"action-started\"");
    pane.type_line("./xdeploy watch");
    pane.until("the dashboard", |screen| heads(screen, 9).len() == 1 && screen.contains("p pause"));
    Some((run, pane))
}

/// Asserts that nothing but what stays is left, and that the terminal shows again what is typed.
#[track_caller]
fn assert_left_clean(pane: &Pane) {
    let screen = pane.until_prompt();
    assert_eq!(heads(&screen, 9), Vec::<&str>::new(), "{screen}");
    assert!(!screen.contains("p pause") && pane.has_cursor(), "{screen}");
    pane.type_text("echo typed");
    pane.until("what is typed", |screen| screen.ends_with("$ echo typed"));
}

#[test]
fn p_pauses_a_run_and_has_it_go_on_and_q_leaves_it_alone() {
    let Some((mut run, pane)) = watching(ENDLESS, Manner::sized(80, 24)) else { return };
    pane.type_text("p");
    run.wait_for("\"run-paused\"");
    pane.until("the word", |screen| screen.contains("paused") && screen.contains("p go on"));
    assert!(pane.history().contains("nothing more is started"), "{}", pane.history());
    pane.type_text("p");
    run.wait_for("\"run-continued\"");
    pane.until("the key", |screen| screen.contains("p pause"));
    pane.type_text("q");
    assert_left_clean(&pane);
    assert!(pane.history().contains("follows it again"), "{}", pane.history());
    run.kill();
}

#[test]
fn c_cancels_a_run_whose_end_is_seen() {
    let Some((run, pane)) = watching(3.0, Manner::sized(120, 40)) else { return };
    pane.type_text("c");
    pane.until("the word", |_| pane.history().contains("cancelled by"));
    run.end().expect_code(130);
    pane.until("the summary", |screen| screen.contains("xdeploy resume"));
    assert_left_clean(&pane);
}

#[test]
fn a_filter_is_typed_and_kept_and_taken_away() {
    let Some((run, pane)) = watching(ENDLESS, Manner::sized(80, 24)) else { return };
    pane.type_text("/TEAM-003");
    let is_alone = |screen: &str| screen.contains("team-003") && !screen.contains("team-004");
    pane.until("one account", |screen| is_alone(screen) && screen.contains("/TEAM-003_"));
    pane.key("Enter");
    let kept = "filter TEAM-003: 1 of 9 accounts";
    pane.until("the filter", |screen| is_alone(screen) && screen.contains(kept));
    pane.type_text("f");
    pane.until("no failure", |screen| screen.contains("nothing failed here"));
    pane.key("Escape");
    pane.until("all", |screen| screen.contains("team-003") && screen.contains("team-004"));
    pane.type_text("?");
    pane.until("the help", |screen| screen.contains("q: leaves, and the run goes on"));
    pane.key("C-c");
    assert_left_clean(&pane);
    run.kill();
}

#[test]
fn ctrl_z_gives_the_terminal_back_and_fg_heeds_keys_again() {
    let Some((run, pane)) = watching(ENDLESS, Manner::sized(80, 24)) else { return };
    pane.key("C-z");
    let screen = pane.until_prompt();
    assert!(screen.contains("Stopped"), "{screen}");
    pane.type_line("echo in front");
    pane.until("the echo", |screen| screen.ends_with("\nin front\n$"));
    pane.type_line("fg");
    pane.until("the dashboard", |screen| heads(screen, 9).len() == 1);
    pane.type_text("q");
    assert_left_clean(&pane);
    run.kill();
}
