//! The question before anything is changed, and what stands above it.

use crate::support::binary::Desk;
use crate::support::kept::Followed;
use crate::support::tmux::{Manner, Pane};

const APPLY: &str = "./xdeploy apply environments/dev.yaml";

/// Opens a terminal in which the question of an apply stands; a run before it was killed.
fn asked() -> Option<Pane> {
    let desk = Desk::with_examples();
    let sandbox = ["--sandbox", "--sandbox-seconds-per-resource", "3600"];
    let apply = [&["apply", "environments/dev.yaml", "--progress", "json"][..], &sandbox].concat();
    let mut killed = Followed::start(&mut desk.command(&apply));
    killed.wait_for("\"action-started\"");
    killed.kill();
    let pane = Pane::open(desk, Manner::sized(100, 30))?;
    pane.type_line(APPLY);
    pane.until("the question", is_question);
    Some(pane)
}

fn is_question(screen: &str) -> bool {
    screen.ends_with("Go on? Type yes:")
}

#[test]
fn a_run_that_broke_off_is_told_of_before_the_question() {
    let Some(pane) = asked() else { return };
    let screen = pane.screen();
    let told = screen.find(" of dev broke off: apply since ").expect("it is told");
    assert!(screen[told..].contains("`xdeploy resume 20"), "{screen}");
    assert!(screen[told..].contains("apply creates or updates 3 stack instances"), "{screen}");
    pane.type_line("no");
    let screen = pane.until_prompt();
    assert!(screen.ends_with("not confirmed: nothing was touched\n$"), "{screen}");
}

#[test]
fn the_question_has_the_turn_and_a_ctrl_c_gives_it_back() {
    let Some(pane) = asked() else { return };
    let apply = ["apply", "environments/dev.yaml", "--sandbox"];
    let refused = pane.desk().run(&apply).expect_code(5);
    assert!(refused.stderr.contains(" works on dev: apply by process "), "{refused:?}");
    pane.key("C-c");
    let screen = pane.until_prompt();
    assert!(screen.contains("interrupted: nothing was touched\n"), "{screen}");
    pane.type_line("echo code $?");
    pane.until("the exit code", |screen| screen.contains("code 130"));
    pane.type_line(APPLY);
    pane.until("the question", is_question);
}
