//! A terminal of any size that changes it while a run goes on.

use super::{ENDLESS, apply, applying, assert_left_clean, fleet, heads, leave};
use crate::support::tmux::{Manner, Pane};

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

/// Waits until a terminal of another size shows a dashboard that is not the one before, alone.
///
/// Of sizes that follow each other within 250 ms, tmux tells its programs late, who paint for the old
/// one meanwhile and cannot take that back. So the terminal changes right after a frame, the next of
/// which comes a second later.
fn resize(pane: &Pane, accounts: usize, columns: u16, rows: u16) {
    let another = |what, before: &str| {
        pane.until(what, |screen| {
            let now = heads(screen, accounts);
            now.len() == 1 && now != heads(before, accounts)
        })
    };
    let before = another("the next second", &pane.screen());
    pane.resize(columns, rows);
    another("another dashboard, alone", &before);
}

/// Starts a run in a terminal that is full of what was before: a line for each number up to 40.
fn used(accounts: usize) -> Option<Pane> {
    let pane = Pane::open(fleet(accounts), Manner::sized(80, 24))?;
    pane.type_line("seq -f 'precious %g' 1 40");
    pane.until_prompt();
    apply(&pane, ENDLESS);
    pane.until("the dashboard", |screen| heads(screen, accounts).len() == 1);
    Some(pane)
}

/// Changes the terminal's size again and again while a run goes on.
fn resized(accounts: usize, sizes: &[(u16, u16)]) {
    let Some(pane) = used(accounts) else { return };
    for (columns, rows) in sizes {
        resize(&pane, accounts, *columns, *rows);
    }
    leave(&pane);
    // What a terminal pushed into its scrollback while it got smaller is out of reach there.
    let screen = pane.screen();
    let above = screen.lines().rev().nth(1).unwrap_or_default();
    assert!(above.contains("cancelled"), "{screen}");
    assert_eq!(heads(&screen, accounts), Vec::<&str>::new(), "{screen}");
    assert!(pane.has_cursor());
}

#[test]
fn a_small_dashboard_stands_alone_in_a_terminal_of_any_size() {
    resized(9, &[(44, 24), (120, 24), (60, 12), (50, 40), (80, 24)]);
}

#[test]
fn a_dashboard_that_fills_its_terminal_stands_alone_in_one_of_any_size() {
    resized(300, &[(80, 40), (44, 9), (120, 24), (80, 5), (200, 60), (80, 24)]);
}

#[test]
fn what_stood_before_the_run_outlives_any_change_of_size() {
    let Some(pane) = used(20) else { return };
    for (columns, rows) in [(40, 10), (120, 40), (30, 8), (80, 50), (50, 50), (90, 12), (80, 24)] {
        resize(&pane, 20, columns, rows);
    }
    leave(&pane);
    let history = pane.history();
    for number in 1..=40 {
        let line = format!("precious {number}");
        assert_eq!(history.lines().filter(|l| *l == line).count(), 1, "{line} in\n{history}");
    }
}
