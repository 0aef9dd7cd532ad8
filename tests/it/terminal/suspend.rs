//! Ctrl-Z, `fg`, `bg`, and being stopped without being asked.

use super::{ENDLESS, TEMPLATE, apply, applying, assert_left_clean, heads, leave};
use crate::support::tmux::{Manner, Pane};

fn is_stopped(process: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("it lives");
    stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('T'))
}

#[test]
fn ctrl_z_wipes_the_dashboard_and_fg_draws_it_anew() {
    let Some(pane) = applying(9, 6.0, Manner::sized(80, 24)) else { return };
    let process = pane.child();
    pane.key("C-z");
    let screen = pane.until_prompt();
    assert!(screen.contains("Stopped") && is_stopped(&process), "{screen}");
    assert_eq!(heads(&screen, 9), Vec::<&str>::new(), "{screen}");
    pane.type_line("fg");
    let screen = pane.until("the dashboard", |screen| heads(screen, 9).len() == 1);
    let (_, below) = screen.rsplit_once("$ fg\n").expect("what was typed stays");
    assert_eq!(heads(below, 9).len(), 1, "{screen}");
    assert_left_clean(&pane, 9, "27 created");
}

#[test]
fn a_program_that_was_stopped_without_being_asked_draws_anew() {
    let Some(pane) = applying(9, ENDLESS, Manner::sized(80, 40)) else { return };
    let process = pane.child();
    pane.signal("-STOP", &process);
    pane.until_prompt();
    pane.type_line("fg");
    pane.until("a dashboard below", |screen| {
        screen.rsplit_once("$ fg\n").is_some_and(|(_, below)| heads(below, 9).len() == 1)
    });
    leave(&pane);
    let screen = pane.screen();
    let (_, below) = screen.rsplit_once("$ fg\n").unwrap_or(("", &screen));
    assert_eq!(heads(below, 9), Vec::<&str>::new(), "{screen}");
}

#[test]
fn a_program_in_the_background_draws_over_nothing() {
    let Some(pane) = applying(9, ENDLESS, Manner::sized(80, 40)) else { return };
    pane.key("C-z");
    pane.until_prompt();
    pane.type_line("bg");
    pane.until_prompt();
    let process = pane.child();
    pane.until("it goes on", |_| !is_stopped(&process));
    pane.type_line("echo in front");
    let screen = pane.until("the echo", |screen| screen.ends_with("\nin front\n$"));
    assert_eq!(heads(&screen, 9), Vec::<&str>::new(), "{screen}");
    pane.type_line("fg");
    pane.until("the dashboard", |screen| heads(screen, 9).len() == 1);
    leave(&pane);
    assert_left_clean(&pane, 9, "cancelled");
    assert!(pane.history().contains("$ echo in front\nin front\n$ fg"), "{}", pane.history());
}

#[test]
fn ctrl_z_does_nothing_where_nobody_could_resume() {
    let desk = super::fleet(9);
    desk.write("three.yaml", TEMPLATE);
    let Some(pane) = Pane::open(desk, Manner::sized(80, 24)) else { return };
    // The shell becomes the program, which then leads its session as one that a terminal or a
    // container starts directly does.
    let exec = "exec ./xdeploy apply fleet.yaml --sandbox --sandbox-seconds-per-resource";
    pane.type_line(&format!("{exec} {ENDLESS} 2>&1; sleep 60"));
    let screen = pane.until("the dashboard", |screen| heads(screen, 9).len() == 1);
    pane.key("C-z");
    pane.until("progress all the same", |now| {
        heads(now, 9).len() == 1 && heads(now, 9) != heads(&screen, 9)
    });
}

#[test]
fn many_suspensions_leave_one_dashboard() {
    let Some(pane) = Pane::open(super::fleet(9), Manner::sized(80, 24)) else { return };
    apply(&pane, ENDLESS);
    for _ in 0..5 {
        pane.until("the dashboard", |screen| heads(screen, 9).len() == 1);
        pane.key("C-z");
        pane.until_prompt();
        pane.type_line("clear; fg");
    }
    pane.until("the dashboard", |screen| heads(screen, 9).len() == 1);
    leave(&pane);
    assert_left_clean(&pane, 9, "cancelled");
}
