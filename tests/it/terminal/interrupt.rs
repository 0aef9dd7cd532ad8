//! Ctrl-C and SIGTERM while a dashboard stands.

use super::{ENDLESS, applying, assert_left_clean, heads, leave};
use crate::support::tmux::Manner;

#[test]
fn ctrl_c_lets_what_runs_settle_and_leaves_no_trace_of_itself() {
    let Some(pane) = applying(300, 4.0, Manner::sized(80, 24)) else { return };
    pane.until("what moves", |screen| screen.contains("creating"));
    pane.key("C-c");
    // The terminal may be read between the word and the frame that follows it.
    let is_told = |screen: &str| screen.contains("cancelling") && heads(screen, 300).len() == 1;
    pane.until("the word above the dashboard", is_told);
    let screen = pane.until("the echo painted over", |screen| !screen.contains("^C"));
    assert_eq!(heads(&screen, 300).len(), 1, "{screen}");
    assert_left_clean(&pane, 300, "skipped");
    pane.type_line("echo code $?");
    pane.until("the exit code", |screen| screen.contains("code 130"));
}

#[test]
fn two_ctrl_c_leave_at_once() {
    let Some(pane) = applying(300, ENDLESS, Manner::sized(80, 24)) else { return };
    pane.until("what moves", |screen| screen.contains("creating"));
    leave(&pane);
    assert_left_clean(&pane, 300, "cancelled");
    let history = pane.history();
    assert!(history.contains("cancelled at once") && !history.contains("^C"), "{history}");
    assert!(history.contains("\n  xdeploy resume 20"), "{history}");
}

#[test]
fn sigterm_is_a_ctrl_c() {
    let Some(pane) = applying(9, 3.0, Manner::sized(80, 24)) else { return };
    pane.until("what moves", |screen| screen.contains("creating"));
    pane.signal("-TERM", &pane.child());
    pane.until("the word", |_| pane.history().contains("cancelling"));
    assert_left_clean(&pane, 9, "skipped");
}

#[test]
fn what_is_written_is_kept_at_ctrl_c_as_long_as_a_dashboard_stands() {
    let Some(pane) = applying(9, ENDLESS, Manner::sized(80, 24)) else { return };
    assert!(pane.keeps_output());
    leave(&pane);
    assert!(!pane.keeps_output());
}
