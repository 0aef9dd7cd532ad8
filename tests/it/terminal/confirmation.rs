//! The question before anything is changed, and what stands above it.

use crate::support::binary::Desk;
use crate::support::kept::Followed;
use crate::support::served::Served;
use crate::support::tmux::{Manner, Pane};

const APPLY: &str = "./xdeploy apply environments/dev.yaml";

/// A terminal in which the question of an apply stands, and the cloud that it is about.
struct Asked {
    pane: Pane,
    served: Served,
}

impl Asked {
    /// Types the apply once more.
    fn apply(&self) {
        self.pane.type_line(&format!(
            "AWS_ENDPOINT_URL={} AWS_ACCESS_KEY_ID=999999999999 AWS_SECRET_ACCESS_KEY=test {APPLY}",
            self.served.endpoint
        ));
    }
}

/// Opens a terminal in which the question of an apply stands; a run before it was killed.
fn asked() -> Option<Asked> {
    let desk = Desk::with_examples();
    let served = Served::new(&desk, "environments/dev.yaml", &[]);
    let sandbox = ["--sandbox", "--sandbox-seconds-per-resource", "3600"];
    let apply = [&["apply", "environments/dev.yaml", "--progress", "json"][..], &sandbox].concat();
    let mut killed = Followed::start(&mut desk.command(&apply));
    killed.wait_for("\"action-started\"");
    killed.kill();
    let pane = Pane::open(desk, Manner::sized(100, 30))?;
    let asked = Asked { pane, served };
    asked.apply();
    asked.pane.until("the question", is_question);
    Some(asked)
}

fn is_question(screen: &str) -> bool {
    screen.ends_with("Continue? Type yes:")
}

#[test]
fn an_unfinished_run_is_told_of_before_the_question() {
    let Some(Asked { pane, .. }) = asked() else { return };
    let screen = pane.screen();
    let told = screen.find(" of dev is unfinished: apply since ").expect("it is told");
    assert!(screen[told..].contains("`xdeploy resume 20"), "{screen}");
    assert!(screen[told..].contains("apply creates or updates 3 stack instances"), "{screen}");
    pane.type_line("no");
    let screen = pane.until_prompt();
    assert!(screen.ends_with("not confirmed: nothing was touched\n$"), "{screen}");
}

#[test]
fn the_question_has_the_turn_and_a_ctrl_c_gives_it_back() {
    let Some(asked) = asked() else { return };
    let pane = &asked.pane;
    let apply = ["apply", "environments/dev.yaml", "--sandbox"];
    let refused = pane.desk().run(&apply).expect_code(5);
    assert!(refused.stderr.contains(" works on dev: apply by process "), "{refused:?}");
    pane.key("C-c");
    let screen = pane.until_prompt();
    assert!(screen.contains("interrupted: nothing was touched\n"), "{screen}");
    pane.type_line("echo code $?");
    pane.until("the exit code", |screen| screen.contains("code 130"));
    asked.apply();
    pane.until("the question", is_question);
}

#[test]
fn without_a_login_nothing_is_asked() {
    let Some(pane) = Pane::open(Desk::with_examples(), Manner::sized(100, 30)) else { return };
    pane.type_line(&format!("{APPLY}; echo code $?"));
    pane.until("the exit code", |screen| screen.contains("code 3"));
    let history = pane.history();
    assert!(history.contains("× no credentials from"), "{history}");
    assert!(!history.contains("Continue?"), "{history}");
    let runs = pane.desk().run(&["runs", "--output", "json"]);
    assert_eq!(runs.json()["runs"], serde_json::json!([]), "{runs:?}");
}
