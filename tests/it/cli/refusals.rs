//! Runs that are refused before they begin: their reports say why, and for which stacks.

use std::fs;

use serde_json::{Value as Json, json};

use crate::support::binary::{Desk, Printed};
use crate::support::files::{ONE, SETTING};
use crate::support::kept::journals;
use crate::support::peers::Server;
use crate::support::workplace::Workplace;

const FILE: &str = "prod.yaml";
const SANDBOX: [&str; 3] = ["--sandbox", "--sandbox-seconds-per-resource", "0"];
const NET: &str = "  net: { template: t.yaml }\n";
const APP: &str = "  app: { template: t.yaml, depends-on: [net], stack-name: prod-app }\n";

/// A folder with an environment of these stacks.
fn desk(stacks: &str) -> Desk {
    let desk = Desk::empty();
    desk.write("t.yaml", SETTING);
    write(&desk, stacks);
    desk
}

fn write(desk: &Desk, stacks: &str) {
    desk.write(FILE, format!("{ONE}stacks:\n{stacks}"));
}

fn run(desk: &Desk, arguments: &[&str]) -> Printed {
    desk.run(&[arguments, &SANDBOX[..]].concat())
}

/// Returns the one dependent for which a report says that its run was refused.
#[track_caller]
fn dependent(report: &Json) -> Json {
    assert_eq!(report["result"], "refused", "{report:#}");
    let dependents = report["refusal"]["dependents"].as_array().expect("a list");
    assert_eq!(dependents.len(), 1, "{report:#}");
    dependents[0].clone()
}

/// Returns what is told of `app`, which needs `net` and is known in this way.
fn app(why: &str) -> Json {
    json!({
        "environment": "prod",
        "account": "dev",
        "account_id": "100000000001",
        "region": "eu-central-1",
        "stack": "app",
        "stack_name": "prod-app",
        "why": why,
        "needs": [
            { "account_id": "100000000001", "region": "eu-central-1", "stack_name": "net" },
        ],
    })
}

#[test]
fn the_report_of_a_refused_destroy_says_why_and_for_which_stacks() {
    let desk = desk(&(NET.to_owned() + APP));
    run(&desk, &["apply", FILE]).expect_code(0);
    let destroy = ["destroy", FILE, "--stack", "net", "--output", "json"];
    let files = ["--junit", "run.xml", "--html", "run.html"];
    let refused = run(&desk, &[&destroy[..], &files].concat()).expect_code(5);
    let report = refused.json();
    assert_eq!(dependent(&report), app("stands"));
    let message = "1 stack instance that needs what is to be deleted would be left: \
                   dev/eu-central-1/app";
    assert_eq!(report["refusal"]["message"], message);
    let help = report["refusal"]["help"].as_str().expect("text");
    assert!(help.contains("--with-dependents"), "{help}");
    let failure = &report["stack_instances"][0]["failure"]["message"];
    assert_eq!(failure, "not begun: the run was refused");
    for file in ["run.xml", "run.html"] {
        let text = fs::read_to_string(desk.path().join(file)).expect("it was written");
        assert!(text.contains(message), "{file}: {text}");
    }

    let fault = ["--sandbox-fault", "deny,action=DescribeStacks"];
    let unknown = run(&desk, &[&destroy[..], &fault].concat()).expect_code(5).json();
    assert_eq!(dependent(&unknown), app("not-known"));

    write(&desk, NET);
    let report = run(&desk, &destroy).expect_code(5).json();
    assert_eq!(dependent(&report), app("left-behind"));
    write(&desk, &format!("{NET}{}", APP.replace("depends-on: [net], ", "")));
    let report = run(&desk, &destroy).expect_code(5).json();
    assert_eq!(dependent(&report), app("deployed-with-it"));
}

#[test]
fn the_last_event_of_a_refused_run_says_why_and_no_line_stands_among_events() {
    let desk = desk(&(NET.to_owned() + APP));
    run(&desk, &["apply", FILE]).expect_code(0);
    let destroy = ["destroy", FILE, "--stack", "net", "--progress", "json"];
    let refused = run(&desk, &destroy).expect_code(5);
    let events: Vec<Json> =
        refused.stderr.lines().map(|line| serde_json::from_str(line).expect("an event")).collect();
    let last = events.last().expect("there are some");
    assert_eq!(last["type"], "run-finished");
    assert_eq!(dependent(last), app("stands"));
    let sequence: Vec<u64> = events.iter().filter_map(|event| event["sequence"].as_u64()).collect();
    assert_eq!(sequence, (1..=events.len() as u64).collect::<Vec<_>>());
}

#[test]
fn the_report_of_a_refused_prune_says_for_which_stacks() {
    let desk = desk(&(NET.to_owned() + APP));
    run(&desk, &["apply", FILE]).expect_code(0);
    write(&desk, &APP.replace("depends-on: [net], ", ""));
    let refused = run(&desk, &["prune", FILE, "--output", "json"]).expect_code(5);
    assert_eq!(dependent(&refused.json()), app("deployed-with-it"));
    assert_eq!(refused.json()["operation"], "prune");
}

#[test]
fn a_refused_rollback_has_a_report_and_leaves_the_journal_as_it_was() {
    let desk = desk(NET);
    let applied = run(&desk, &["apply", FILE, "--output", "json"]).expect_code(0).json();
    let first = applied["run"].as_str().expect("an id").to_owned();
    write(&desk, &(NET.to_owned() + APP));
    run(&desk, &["apply", FILE]).expect_code(0);
    write(&desk, NET);
    let journal = || {
        let all = journals(&desk, ".xdeploy");
        let is_first = |path: &&std::path::PathBuf| path.to_string_lossy().contains(&first);
        fs::read_to_string(all.iter().find(is_first).expect("it is kept")).expect("UTF-8")
    };
    let before = journal();
    let refused = run(&desk, &["rollback", &first, "--output", "json"]).expect_code(5);
    let report = refused.json();
    assert_eq!(dependent(&report), app("deployed-with-it"));
    assert_eq!((&report["run"], &report["summary"]["created"]), (&json!(first), &json!(1)));
    assert!(refused.stderr_on_one_line().contains("rollback refused: 1 stack instance"));
    let events = run(&desk, &["rollback", &first, "--progress", "json"]).expect_code(5).stderr;
    let last: Json = serde_json::from_str(events.lines().last().expect("a line")).expect("JSON");
    assert_eq!(dependent(&last), app("deployed-with-it"));
    assert_eq!(journal(), before);
}

#[test]
fn a_second_rollback_says_that_nothing_is_left_to_put_back() {
    let desk = desk(NET);
    run(&desk, &["apply", FILE]).expect_code(0);
    let back = run(&desk, &["rollback", "latest", "--yes"]).expect_code(0);
    assert!(back.stdout.contains("Rolled back in "), "{back:?}");
    assert!(back.stderr.contains("roll back run "), "{back:?}");
    for verb in ["Apply", "apply rolled", "resume"] {
        assert!(!back.stdout.contains(verb) && !back.stderr.contains(verb), "{verb}: {back:?}");
    }
    let again = run(&desk, &["rollback", "latest", "--yes"]).expect_code(0);
    assert!(again.stderr.contains("was rolled back before: nothing is left to put back"));
    assert_eq!(again.stdout, "");
    let json = run(&desk, &["rollback", "latest", "--output", "json"]).expect_code(0).json();
    assert_eq!(json["result"], "rolled-back");
    let none = run(&desk, &["apply", FILE, "--stack", "net"]).expect_code(0);
    assert!(none.stdout.contains("1 created"), "{none:?}");
    run(&desk, &["apply", FILE]).expect_code(0);
    let nothing = run(&desk, &["rollback", "latest"]).expect_code(0);
    assert!(nothing.stderr.contains("changed nothing that could be put back"), "{nothing:?}");
}

#[test]
fn a_second_rollback_says_where_what_a_template_retains_is_told() {
    let desk = desk(NET);
    let kept = "    Type: AWS::SSM::Parameter\n    DeletionPolicy: Retain\n";
    desk.write("t.yaml", SETTING.replace("    Type: AWS::SSM::Parameter\n", kept));
    run(&desk, &["apply", FILE]).expect_code(0);
    let back = run(&desk, &["rollback", "latest", "--yes"]).expect_code(1);
    assert!(back.stdout.contains("Rolled back in part after "), "{back:?}");
    let again = run(&desk, &["rollback", "latest", "--yes"]).expect_code(1);
    let says = again.stderr_on_one_line();
    assert!(says.contains("what is left of it cannot be put back: `xdeploy report 2"), "{says}");
}

#[test]
fn a_prune_that_is_refused_for_want_of_an_answer_has_no_line_among_its_events() {
    let server = Server::sandbox_of("0.01", &["environments/dev.yaml"]);
    let workplace = Workplace::new(server.endpoint());
    workplace.apply("environments/dev.yaml", 0);
    let file = fs::read_to_string(workplace.path().join("environments/dev.yaml")).expect("UTF-8");
    let (without, _) = file.split_once("  app-settings:\n").expect("it has that stack");
    workplace.write("environments/dev.yaml", without);
    let refused = workplace.xdeploy(["prune", "environments/dev.yaml", "--progress", "json"]);
    let refused = refused.expect_code(5);
    let events: Vec<Json> =
        refused.stderr.lines().map(|line| serde_json::from_str(line).expect("an event")).collect();
    let message = events.last().expect("there are some")["refusal"]["message"].to_string();
    assert!(message.contains("there is no terminal to ask at"), "{message}");
}

#[test]
fn a_destroy_names_what_it_deletes_and_counts_what_is_more() {
    let stacks: String =
        (0..11).map(|number| format!("  s{number:02}: {{ template: t.yaml }}\n")).collect();
    let desk = desk(&stacks);
    let destroyed = run(&desk, &["destroy", FILE, "--yes"]).expect_code(0);
    let says = destroyed.stderr_on_one_line();
    let names: Vec<String> =
        (3..11).rev().map(|number| format!("dev/eu-central-1/s{number:02}")).collect();
    let told = format!(
        "destroy deletes 11 stack instances in 1 account: dev (100000000001) {} and 3 more",
        names.join(", ")
    );
    assert!(says.contains(&told), "{says}");
    let few = run(&desk, &["destroy", FILE, "--yes", "--stack", "s0[12]"]).expect_code(0);
    let told = "2 stack instances in 1 account: dev (100000000001) dev/eu-central-1/s02, \
                dev/eu-central-1/s01 ";
    assert!(few.stderr_on_one_line().contains(told), "{few:?}");
    let quiet = run(&desk, &["destroy", FILE, "--yes", "--progress", "none"]).expect_code(0);
    assert_eq!(quiet.stderr, "");
}
