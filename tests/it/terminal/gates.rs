//! The question about a wave that is to be approved.

use crate::support::binary::Desk;
use crate::support::files::{HEAD, SETTING};
use crate::support::tmux::{Manner, Pane};

const APPLY: &str = "./xdeploy apply prod.yaml --sandbox --sandbox-seconds-per-resource 0.01";

fn asked() -> Option<Pane> {
    let desk = Desk::empty();
    desk.write("setting.yaml", SETTING);
    let stacks = "stacks: { app: { template: setting.yaml } }";
    let waves = "rollout: { waves: [[dev], { accounts: [prod], approve: always }] }";
    desk.write("prod.yaml", format!("{HEAD}{stacks}\n{waves}\n"));
    let pane = Pane::open(desk, Manner::sized(100, 40))?;
    pane.type_line(APPLY);
    pane.until("the question", is_question);
    Some(pane)
}

fn is_question(screen: &str) -> bool {
    screen.ends_with("Approve? Type yes:")
}

fn result(pane: &Pane) -> serde_json::Value {
    pane.desk().run(&["runs", "--output", "json"]).json()["runs"][0]["result"].clone()
}

#[test]
fn a_wave_that_is_approved_begins_in_the_same_run() {
    let Some(pane) = asked() else { return };
    let screen = pane.screen();
    let why = "wave 2 of 2 is to be approved before it begins: 1 stack instance in 1 account";
    assert!(screen.contains(why), "{screen}");
    pane.type_line("yes");
    pane.until("the end", |screen| screen.contains("2 created"));
    pane.type_line("echo code $?");
    pane.until("the exit code", |screen| screen.contains("code 0"));
    assert_eq!(result(&pane), "succeeded");
}

#[test]
fn one_that_is_declined_or_left_with_a_ctrl_c_stays_until_it_is_approved() {
    let Some(pane) = asked() else { return };
    pane.type_line("no");
    pane.until("the remedy", |screen| screen.contains(" --approve` lets the rest begin"));
    pane.type_line("echo code $?");
    pane.until("the exit code", |screen| screen.contains("code 5"));
    pane.type_line("clear; ./xdeploy resume --sandbox");
    pane.until("the question", is_question);
    pane.key("C-c");
    pane.until("what is left", |screen| screen.contains(" --approve` lets the rest begin"));
    pane.type_line("echo code $?");
    pane.until("the exit code", |screen| screen.contains("code 5"));
    assert_eq!(result(&pane), "refused");
}
