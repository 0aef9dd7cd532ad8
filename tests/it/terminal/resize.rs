//! A terminal of any size that changes it while a run goes on.

use super::{applying, assert_left_clean, heads};
use crate::support::tmux::Manner;

/// Looks at a run all the time until it is over: there is never more than one dashboard.
fn watch(accounts: usize, columns: u16, rows: u16) {
    let Some(pane) = applying(accounts, 1.0, Manner::sized(columns, rows)) else { return };
    let mut seen = std::collections::BTreeSet::new();
    loop {
        let screen = pane.screen();
        let heads = heads(&screen, accounts);
        assert!(heads.len() <= 1, "{screen}");
        seen.extend(heads.iter().map(|head| (*head).to_owned()));
        if screen.ends_with("\n$") {
            break;
        }
    }
    assert!(seen.len() > 2, "progress is shown: {seen:?}");
    assert_left_clean(&pane, accounts, "created");
}

#[test]
fn a_fleet_at_80_by_24_shows_progress_without_leftover_lines() {
    watch(300, 80, 24);
}

#[test]
fn a_fleet_at_40_by_10_shows_progress_without_leftover_lines() {
    watch(40, 40, 10);
}

#[test]
fn a_fleet_at_200_by_60_shows_progress_without_leftover_lines() {
    watch(100, 200, 60);
}

#[test]
fn a_terminal_that_changes_its_width_shows_one_dashboard() {
    let Some(pane) = applying(300, 4.0, Manner::sized(80, 24)) else { return };
    for (columns, rows) in [(44, 24), (120, 24), (60, 24), (50, 24), (80, 24)] {
        pane.resize(columns, rows);
        let before = pane.screen();
        pane.until("another dashboard, alone", |screen| {
            let now = heads(screen, 300);
            now.len() == 1 && now != heads(&before, 300)
        });
    }
    assert_left_clean(&pane, 300, "900 created");
}

#[test]
fn a_terminal_that_changes_its_height_shows_one_dashboard() {
    let Some(pane) = applying(300, 4.0, Manner::sized(80, 24)) else { return };
    for rows in [40, 9, 24, 5, 60] {
        pane.resize(80, rows);
        let before = pane.screen();
        pane.until("another dashboard, alone", |screen| {
            let now = heads(screen, 300);
            now.len() == 1 && now != heads(&before, 300)
        });
    }
    let screen = pane.until_prompt();
    assert!(screen.lines().rev().nth(1).is_some_and(|line| line.contains("900 created")));
}
