//! What `init` asks for.

use std::fs;

use crate::support::binary::Desk;
use crate::support::tmux::{Manner, Pane};

/// Answers each question that stands at the end of the screen.
fn answer(pane: &Pane, answers: &[(&str, &str)]) {
    for (question, answer) in answers {
        pane.until(question, |screen| {
            let joined = screen.replace('\n', "");
            joined.ends_with(':')
                && joined.rsplit("$ ").next().is_some_and(|it| it.contains(question))
        });
        pane.type_line(answer);
    }
}

#[test]
fn what_the_flags_leave_out_is_asked_for_and_written() {
    let Some(pane) = Pane::open(Desk::empty(), Manner::sized(120, 40)) else { return };
    pane.type_line("./xdeploy init --region eu-central-1");
    answer(
        &pane,
        &[
            ("Name of the environment [dev]:", ""),
            ("credentials start a run:", "12"),
            ("has exactly 12 digits", "999999999999"),
            ("Workloads/Prod/**:", "one=100000000001"),
            ("Enter ends:", "two = 100000000002"),
            ("Enter ends:", ""),
            ("Role to enter in each account [OrganizationAccountAccessRole]:", "deployer"),
        ],
    );
    let screen = pane.until_prompt();
    assert!(screen.contains("xdeploy apply environments/dev.yaml --sandbox"), "{screen}");
    let written = fs::read_to_string(pane.folder().join("environments/dev.yaml")).expect("written");
    for line in ["  one: \"100000000001\"", "  two: \"100000000002\"", "  name: deployer"] {
        assert!(written.contains(line), "{written}");
    }
    pane.desk().run(&["validate", "environments/dev.yaml"]).expect_code(0);
}

#[test]
fn accounts_of_profiles_are_offered() {
    let desk = Desk::empty();
    fs::create_dir(desk.path().join(".aws")).expect("the desk takes folders");
    let config = "[profile dev]\nrole_arn = arn:aws:iam::100000000001:role/team/deployer\n\
                  [profile hub]\nrole_arn = arn:aws:iam::999999999999:role/team/deployer\n";
    desk.write(".aws/config", config);
    let Some(pane) = Pane::open(desk, Manner::sized(120, 40)) else { return };
    pane.type_line(
        "./xdeploy init --environment e --source-account 999999999999 --region eu-central-1",
    );
    answer(&pane, &[("Take these [yes]:", ""), ("Role to enter in each account [deployer]:", "")]);
    pane.until_prompt();
    let written = fs::read_to_string(pane.folder().join("environments/e.yaml")).expect("written");
    assert!(written.contains("  dev: \"100000000001\"") && !written.contains("hub"), "{written}");
}

#[test]
fn an_end_of_the_answers_writes_nothing() {
    let Some(pane) = Pane::open(Desk::empty(), Manner::sized(100, 30)) else { return };
    pane.type_line("./xdeploy init; echo code $?");
    pane.until("the question", |screen| screen.ends_with("[dev]:"));
    pane.key("C-d");
    let screen = pane.until("the exit code", |screen| screen.contains("code 5"));
    assert!(screen.contains("not answered: nothing was written"), "{screen}");
    assert!(!pane.folder().join("environments").exists());
}
