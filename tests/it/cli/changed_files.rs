//! A run whose files changed since it began: what it changed is put back by what it kept.

use std::fs;

use crate::support::binary::{Desk, Printed};
use crate::support::files::{ONE, SETTING};

const FAST: [&str; 3] = ["--sandbox", "--sandbox-seconds-per-resource", "0.01"];
const FILE: &str = "prod.yaml";

fn fast(desk: &Desk, arguments: &[&str]) -> Printed {
    desk.run(&[arguments, &FAST[..]].concat())
}

/// Applies the stack `app` with a value, under this head.
fn applied(desk: &Desk, head: &str, value: &str) {
    let stacks =
        format!("stacks:\n  app: {{ template: t.yaml, parameters: {{ Value: {value} }} }}\n");
    desk.write(FILE, format!("{head}{stacks}"));
    fast(desk, &["apply", FILE]).expect_code(0);
}

/// Returns a folder in which a run changed the value of a stack from `one` to `two`.
fn changed(head: &str) -> Desk {
    let desk = Desk::empty();
    desk.write("t.yaml", SETTING);
    applied(&desk, head, "one");
    applied(&desk, head, "two");
    desk
}

/// Returns the value that the stack `app` has, told by a file that another folder could hold as well.
fn value(desk: &Desk) -> String {
    desk.write("look.yaml", format!("{ONE}stacks:\n  app: {{ template: t.yaml }}\n"));
    desk.write("t.yaml", SETTING);
    let outputs = fast(desk, &["outputs", "look.yaml", "--output", "json"]).expect_code(0);
    outputs.json()["prod"]["dev"]["eu-central-1"]["app"]["Value"].as_str().expect("text").to_owned()
}

#[test]
fn a_run_is_rolled_back_although_its_file_changed() {
    let desk = changed(ONE);
    desk.write(FILE, format!("{ONE}stacks:\n  other: {{ template: t.yaml }}\n"));
    desk.write("t.yaml", "Resources: { Other: { Type: AWS::SQS::Queue } }\n");
    let rolled_back = fast(&desk, &["rollback", "latest", "--output", "json"]).expect_code(0);
    assert_eq!(rolled_back.outcomes(), ["dev/app rolled-back"]);
    let said = "it is rolled back by what it kept";
    assert!(rolled_back.stderr.contains(said), "{}", rolled_back.stderr);
    assert_eq!(value(&desk), "one");
}

#[test]
fn where_stderr_has_the_events_every_line_is_one() {
    let desk = changed(ONE);
    desk.write(FILE, format!("{ONE}stacks:\n  other: {{ template: t.yaml }}\n"));
    let events = ["--progress", "json"];
    let rolled_back = fast(&desk, &[&["rollback", "latest"], &events[..]].concat()).expect_code(0);
    let again = fast(&desk, &[&["rollback", "latest"], &events[..]].concat()).expect_code(0);
    let resumed = fast(&desk, &[&["resume", "latest"], &events[..]].concat());
    for line in [rolled_back, again, resumed].iter().flat_map(|printed| printed.stderr.lines()) {
        let event = serde_json::from_str::<serde_json::Value>(line);
        assert!(event.is_ok_and(|event| event["sequence"].is_u64()), "{line}");
    }
}

#[test]
fn a_run_is_rolled_back_although_its_files_are_gone() {
    let desk = changed(ONE);
    fs::remove_file(desk.path().join(FILE)).expect("it is there");
    fs::remove_file(desk.path().join("t.yaml")).expect("it is there");
    let rolled_back = fast(&desk, &["rollback", "latest", "--output", "json"]).expect_code(0);
    assert_eq!(rolled_back.outcomes(), ["dev/app rolled-back"]);
    assert_eq!(value(&desk), "one");
}

#[test]
fn an_external_id_is_not_kept_and_is_read_from_the_file_of_today() {
    let head = ONE.replace("name: deployer", "name: deployer, external-id: between-us-two");
    let desk = changed(&head);
    let runs = desk.path().join(".xdeploy/runs");
    let mut plans = 0;
    for entry in fs::read_dir(runs).expect("runs are kept") {
        let path = entry.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("UTF-8");
        assert!(!text.contains("between-us-two"), "{}", path.display());
        plans += usize::from(path.to_string_lossy().ends_with(".plan.json"));
    }
    assert_eq!(plans, 2);
    fs::rename(desk.path().join(FILE), desk.path().join("away.yaml")).expect("it is there");
    let refused = fast(&desk, &["rollback", "latest"]).expect_code(2);
    assert!(refused.stderr.contains("the external id with which account dev"), "{refused:?}");
    assert!(refused.stderr.contains("nothing was touched"), "{refused:?}");
    desk.write(FILE, format!("{head}stacks:\n  other: {{ template: t.yaml }}\n"));
    let rolled_back = fast(&desk, &["rollback", "latest", "--output", "json"]).expect_code(0);
    assert_eq!(rolled_back.outcomes(), ["dev/app rolled-back"]);
}

#[test]
fn a_rollback_that_lacks_the_plan_of_its_run_names_the_file_and_the_remedies() {
    let desk = changed(ONE);
    for entry in fs::read_dir(desk.path().join(".xdeploy/runs")).expect("runs are kept") {
        let path = entry.expect("an entry").path();
        if path.to_string_lossy().ends_with(".plan.json") {
            fs::remove_file(path).expect("it can be removed");
        }
    }
    desk.write(FILE, format!("{ONE}stacks:\n  other: {{ template: t.yaml }}\n"));
    let refused = fast(&desk, &["rollback", "latest"]).expect_code(2);
    let said = refused.stderr_on_one_line();
    for says in [".plan.json, is not beside its journal", "an older xdeploy wrote none"] {
        assert!(said.contains(says), "{says}: {said}");
    }
    assert_eq!(value(&desk), "two");
}

const SECRET: &str = "correct-horse-battery";

/// Two stacks that let their secret out: `app` in an output, `weak` in the reason why it cannot go back.
fn careless(desk: &Desk, version: &str) {
    let parameters = "Parameters:\n  Password: { Type: String, NoEcho: true }\n";
    desk.write(
        "app.yaml",
        format!(
            "{parameters}Resources:\n  Setting:\n    Type: AWS::SSM::Parameter\n    Properties: {{ Type: \
             String, Value: {version} }}\nOutputs:\n  Whole: {{ Value: !Sub '{version} ${{Password}}' }}\n"
        ),
    );
    let wish = match version {
        "one" => {
            format!("Metadata: {{ Sandbox: {{ FailOn: [update], Reason: '{SECRET} is weak' }} }}")
        }
        _ => "DependsOn: []".to_owned(),
    };
    desk.write(
        "weak.yaml",
        format!(
            "{parameters}Resources:\n  Weak:\n    Type: AWS::SSM::Parameter\n    {wish}\n    Properties: {{ \
             Type: String, Value: {version} }}\n"
        ),
    );
    let stack = |name: &str| {
        format!("  {name}: {{ template: {name}.yaml, parameters: {{ Password: {SECRET} }} }}\n")
    };
    desk.write(FILE, format!("{ONE}stacks:\n{}{}", stack("app"), stack("weak")));
    fast(desk, &["apply", FILE]).expect_code(0);
}

/// Returns the journals of all runs.
fn journals(desk: &Desk) -> String {
    let entries = fs::read_dir(desk.path().join(".xdeploy/runs")).expect("runs are kept");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let journals = paths.filter(|path| path.extension().is_some_and(|ext| ext == "jsonl"));
    journals.map(|path| fs::read_to_string(path).expect("UTF-8")).collect()
}

/// Rolls the last run back, which the stack `weak` does not.
fn rolled_back_but_weak(desk: &Desk) -> Printed {
    let words = ["rollback", "latest", "--output", "json", "--progress", "json"];
    let rolled_back = fast(desk, &words).expect_code(1);
    assert_eq!(rolled_back.outcomes(), ["dev/app rolled-back", "dev/weak failed"]);
    rolled_back
}

#[test]
fn a_rollback_by_its_files_tells_why_it_failed_with_the_secret_hidden() {
    let desk = Desk::empty();
    careless(&desk, "one");
    careless(&desk, "two");
    let report = rolled_back_but_weak(&desk).json();
    assert_eq!(report["stack_instances"][0]["outputs"]["Whole"], "one ****");
    let failure = report["stack_instances"][1]["failure"]["message"].to_string();
    assert!(failure.contains("**** is weak"), "{failure}");
}

#[test]
fn a_rollback_whose_files_are_gone_shows_no_secret_that_it_does_not_know() {
    let desk = Desk::empty();
    careless(&desk, "one");
    careless(&desk, "two");
    fs::remove_file(desk.path().join(FILE)).expect("it is there");
    let rolled_back = rolled_back_but_weak(&desk);
    let report = rolled_back.json();
    assert_eq!(report["stack_instances"][0]["outputs"]["Whole"], "****");
    let failure = &report["stack_instances"][1]["failure"];
    assert_eq!(failure["resource"], "Weak", "{failure}");
    let message = failure["message"].as_str().expect("text");
    assert!(message.contains("not shown, as it may repeat a secret"), "{message}");
    for text in [&rolled_back.stdout, &rolled_back.stderr, &journals(&desk)] {
        assert!(!text.contains(SECRET), "{text}");
    }
}
