//! In a build of CodeBuild: lines, no question, and a run that is named after its pipeline's execution.

use crate::support::binary::{Desk, Printed};
use crate::support::tmux::{Manner, Pane};

const EXECUTION: &str = "1F2E3D4C-5b6a-7980-91a2-b3c4d5e6f708";

#[test]
fn a_run_in_a_build_is_named_after_the_pipelines_execution() {
    let desk = Desk::with_examples();
    let apply = ["apply", "environments/dev.yaml", "--sandbox", "--output", "json"];
    let mut command =
        desk.command(&[&apply[..], &["--sandbox-seconds-per-resource", "0.01"]].concat());
    command.env("CODEBUILD_BUILD_ID", "deploy:1").env("XDEPLOY_PIPELINE_EXECUTION", EXECUTION);
    let ran = Printed::from(command.output().expect("the binary can be started")).expect_code(0);
    let run = ran.json()["run"].as_str().expect("a run").to_owned();
    assert_eq!(run.split('-').nth(2), Some("1f2e3d4c"), "{run}");
    let report = desk.run(&["report", &run, "--output", "json"]).expect_code(0);
    assert_eq!(report.stdout, ran.stdout);
    let listed = desk.run(&["runs"]).expect_code(0);
    assert!(listed.stdout.contains(&run), "{listed:?}");
}

#[test]
fn a_build_with_a_terminal_is_not_asked_and_gets_lines() {
    let Some(pane) = Pane::open(Desk::with_examples(), Manner::sized(100, 30)) else { return };
    pane.type_line("export CODEBUILD_BUILD_ID=deploy:1");
    pane.type_line("./xdeploy apply environments/dev.yaml");
    pane.until("the refusal", |screen| screen.contains("--yes"));
    pane.type_line(
        "./xdeploy apply environments/dev.yaml --sandbox --sandbox-seconds-per-resource 0.1",
    );
    let screen = pane.until("its lines", |screen| screen.contains("apply succeeded"));
    assert!(screen.contains("dev/eu-central-1/app"), "{screen}");
}
