//! The real binary in a real terminal: tmux, whose screen is read back.

mod completion;
mod confirmation;
mod display;
mod frames;
mod gates;
mod init;
mod interrupt;
mod progress;
mod resize;
mod suspend;
mod watched;

use crate::support::binary::Desk;
use crate::support::tmux::{Manner, Pane};

/// A template with three resources side by side.
const TEMPLATE: &str = "
Resources:
  Inbox: { Type: AWS::SQS::Queue }
  Outbox: { Type: AWS::SQS::Queue }
  Alarms: { Type: AWS::SNS::Topic }
";

/// Writes `fleet.yaml`: `accounts` accounts with three stacks each, one after another.
fn fleet(accounts: usize) -> Desk {
    let desk = Desk::empty();
    let names: String = (1..=accounts)
        .map(|number| format!("  team-{number:03}: \"{}\"\n", 200_000_000_000u64 + number as u64))
        .collect();
    let environment = format!(
        "environment: fleet\n\
         source: {{ account: \"999999999999\" }}\n\
         assume-role: {{ name: deployer }}\n\
         regions: [eu-central-1]\n\
         accounts:\n{names}\
         stacks:\n\
         \x20 network: {{ template: three.yaml }}\n\
         \x20 app: {{ template: three.yaml, depends-on: [network] }}\n\
         \x20 alarms: {{ template: three.yaml, depends-on: [app] }}\n"
    );
    desk.write("three.yaml", TEMPLATE);
    desk.write("fleet.yaml", environment);
    desk
}

/// Starts an apply of a fleet in a terminal and waits until its dashboard is drawn.
///
/// The template's three resources are made at the same time, so `seconds` is what a stack takes.
fn applying(accounts: usize, seconds: f64, manner: Manner) -> Option<Pane> {
    let pane = Pane::open(fleet(accounts), manner)?;
    apply(&pane, seconds);
    pane.until("the dashboard", |screen| heads(screen, accounts).len() == 1);
    Some(pane)
}

/// Seconds that a stack takes in a run that is over when its test has seen enough, however slow the machine is.
const ENDLESS: f64 = 3600.0;

/// Leaves an endless run at once, which is asked for twice.
fn leave(pane: &Pane) {
    pane.key("C-c");
    pane.until("the first word", |_| pane.history().contains("cancelling"));
    pane.key("C-c");
    pane.until_prompt();
}

fn apply(pane: &Pane, seconds: f64) {
    pane.type_line(&format!(
        "./xdeploy apply fleet.yaml --sandbox --sandbox-seconds-per-resource {seconds}"
    ));
}

/// Returns the lines that say how many stack instances of a fleet are done: the head of each
/// dashboard on the screen.
fn heads(screen: &str, accounts: usize) -> Vec<&str> {
    let total = format!("/{}", accounts * 3);
    let is_head = |line: &&str| {
        line.match_indices(&total).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            let after = line[at + total.len()..].chars().next();
            before.is_some_and(|c| c.is_ascii_digit()) && !after.is_some_and(|c| c.is_ascii_digit())
        })
    };
    screen.lines().filter(is_head).collect()
}

/// Asserts that a run is over and left nothing but what stays: no dashboard, its last word right
/// above the prompt, and a cursor.
#[track_caller]
fn assert_left_clean(pane: &Pane, accounts: usize, last_word: &str) {
    pane.until_prompt();
    let history = pane.history();
    let above = history.lines().rev().nth(1).unwrap_or_default();
    assert!(above.contains(last_word), "{history}");
    assert_eq!(heads(&history, accounts), Vec::<&str>::new(), "{history}");
    assert_eq!(history.matches(above).count(), 1, "{history}");
    assert!(pane.has_cursor());
}
