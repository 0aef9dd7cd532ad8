//! Which display a terminal gets.

use super::{apply, fleet, heads};
use crate::support::tmux::{Manner, Pane};

/// Returns everything that a short run sends to a terminal, control sequences included.
fn sent(manner: Manner) -> Option<String> {
    let pane = Pane::open(fleet(4), manner)?;
    pane.record("sent");
    apply(&pane, 0.5);
    pane.until_prompt();
    // What comes from the terminal is copied a moment later.
    pane.until("the copy", |_| {
        read(&pane).is_some_and(|sent| sent.contains("12 created") && sent.ends_with("$ "))
    });
    read(&pane)
}

fn read(pane: &Pane) -> Option<String> {
    String::from_utf8(std::fs::read(pane.folder().join("sent")).ok()?).ok()
}

#[test]
fn no_color_leaves_a_dashboard_without_colours() {
    let manner = Manner::sized(80, 24);
    let variables = &["TERM=screen-256color", "LC_ALL=C.UTF-8", "NO_COLOR=1"];
    let Some(sent) = sent(Manner { variables, ..manner }) else { return };
    assert!(!heads(&sent, 4).is_empty(), "{sent}");
    assert_eq!(colours(&sent), 0, "{sent:?}");
}

/// Returns how many control sequences set a colour.
fn colours(sent: &str) -> usize {
    let is_colour = |sequence: &&str| {
        let end = sequence.find(|c: char| c.is_ascii_alphabetic());
        end.is_some_and(|end| sequence[end..].starts_with('m'))
    };
    sent.split("\x1b[").skip(1).filter(is_colour).count()
}

#[test]
fn a_terminal_with_colours_gets_them() {
    let Some(sent) = sent(Manner::sized(80, 24)) else { return };
    assert!(colours(&sent) > 0, "{sent:?}");
}

#[test]
fn a_dumb_terminal_gets_lines_and_no_control_sequence() {
    let variables = &["TERM=dumb", "LC_ALL=C.UTF-8"];
    let Some(sent) = sent(Manner { variables, ..Manner::sized(80, 24) }) else { return };
    assert!(sent.contains("team-001/eu-central-1/app") && sent.contains("creating"), "{sent}");
    let (_, from_run) = sent.split_once("apply fleet: ").expect("the first line");
    let (of_run, _) = from_run.rsplit_once("$ ").expect("the prompt");
    assert!(!of_run.contains('\x1b'), "{of_run:?}");
}

#[test]
fn a_locale_without_utf_8_gets_ascii() {
    let variables = &["TERM=screen-256color", "LC_ALL=C", "LANG=en_GB.UTF-8"];
    let Some(sent) = sent(Manner { variables, ..Manner::sized(80, 24) }) else { return };
    assert!(!heads(&sent, 4).is_empty() && sent.is_ascii(), "{sent}");
}

#[test]
fn a_terminal_too_small_for_a_dashboard_gets_lines() {
    let Some(sent) = sent(Manner::sized(19, 24)) else { return };
    assert_eq!(heads(&sent, 4), Vec::<&str>::new());
    assert!(sent.contains("creating"), "{sent}");
}

#[test]
fn a_dashboard_that_is_asked_for_without_a_terminal_is_lines() {
    let desk = fleet(4);
    let printed = desk.run(&[
        "apply",
        "fleet.yaml",
        "--sandbox",
        "--sandbox-seconds-per-resource",
        "0.1",
        "--progress",
        "dashboard",
    ]);
    let printed = printed.expect_code(0);
    assert!(printed.stderr.contains("creating") && !printed.stderr.contains('\x1b'));
}

#[test]
fn a_rehearsal_in_virtual_time_draws_its_dashboard_and_ends_at_once() {
    let Some(pane) = Pane::open(fleet(3), Manner::sized(100, 40)) else { return };
    pane.type_line(
        "./xdeploy apply fleet.yaml --sandbox --sandbox-clock virtual --sandbox-seconds-per-resource 3600",
    );
    pane.until("the summary", |screen| screen.contains("Applied 9 stack instances in 3h 0"));
    assert!(pane.history().contains("in the sandbox in virtual time"));
}
