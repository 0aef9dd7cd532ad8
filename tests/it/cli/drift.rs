//! `drift`: what differs from templates is told, identical drift of many accounts once.

use std::process::Stdio;

use serde_json::{Value as Json, json};

use crate::support::binary::{Desk, Printed};
use crate::support::files::ONE;

const FILE: &str = "prod.yaml";
const FAST: [&str; 3] = ["--sandbox", "--sandbox-clock", "virtual"];

const HEAD: &str = r#"
environment: prod
source: { account: "999999999999" }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { dev: "100000000001", test: "100000000002", prod: "100000000003" }
"#;

/// A queue, a topic, a resource that nobody checks, and others whose drift is `DRIFT`.
const APP: &str = r#"
Parameters:
  Password: { Type: String, NoEcho: true, Default: hunter2-default }
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Metadata: { Sandbox: { DRIFT } }
    Properties: { VisibilityTimeout: 60, Tags: [{ Key: a, Value: b }] }
  Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: wanted } }
  Secret:
    Type: AWS::SQS::Queue
    Metadata: { Sandbox: { Drift: { Set: { Tags: [{ Key: word, Value: by-hand-hunter3 }], DelaySeconds: 7 } } } }
    Properties: { Tags: [{ Key: word, Value: !Ref Password }], DelaySeconds: 5 }
  Handle: { Type: AWS::CloudFormation::WaitConditionHandle }
"#;

const CLEAN: &str =
    "Resources: { Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: a } } }\n";

fn desk(head: &str, stacks: &str, drift: &str) -> Desk {
    let desk = Desk::empty();
    desk.write("app.yaml", APP.replace("DRIFT", drift));
    desk.write("clean.yaml", CLEAN);
    desk.write(FILE, format!("{head}stacks:\n{stacks}"));
    desk
}

/// Returns a desk on which a stack without drift stands in the account `dev`.
fn clean() -> Desk {
    let desk = desk(ONE, "  clean: { template: clean.yaml }\n", "");
    run(&desk, &["apply", FILE]).expect_code(0);
    desk
}

fn run(desk: &Desk, words: &[&str]) -> Printed {
    desk.run(&[words, &FAST[..]].concat())
}

fn drift(desk: &Desk, words: &[&str]) -> Printed {
    run(desk, &[&["drift", FILE], words].concat())
}

/// Returns a text without the time that it took.
fn untimed(text: &str) -> String {
    let (before, last) = text.rsplit_once("Checked ").expect("its last line says how much");
    let (count, rest) = last.split_once(" in ").expect("and how long it took");
    let (_, found) = rest.split_once(": ").expect("and what was found");
    format!("{before}Checked {count} in …: {found}")
}

#[test]
fn identical_drift_is_one_entry_and_what_is_lost_comes_first() {
    let stacks = "  app: { template: app.yaml }\n  later: { template: clean.yaml }\n";
    let desk = desk(HEAD, stacks, "Drift: { Set: { VisibilityTimeout: 300 } }");
    run(&desk, &["apply", FILE, "--stack", "app"]).expect_code(0);
    let faults = [
        "--sandbox-fault",
        "drift=deleted,resource=Topic,account=test",
        "--sandbox-fault",
        "drift=unreadable,resource=Topic,account=prod",
    ];
    let found = drift(&desk, &[&faults[..], &["--exit-code"]].concat()).expect_code(1);
    insta::assert_snapshot!(untimed(&found.stdout));
    let page = drift(&desk, &["--html", "drift.html", "--exit-code"]).expect_code(4);
    assert!(page.stdout.contains("VisibilityTimeout 60 → 300"));
    let page = std::fs::read_to_string(desk.path().join("drift.html")).expect("it was written");
    let row =
        "<td>VisibilityTimeout</td><td><del><code>60</code></del></td><td><ins><code>300</code>";
    assert!(page.contains(row) && !page.contains("<script") && !page.contains("hunter"), "{page}");
}

#[test]
fn drift_is_exit_code_4_where_that_is_asked_for() {
    let desk = desk(ONE, "  app: { template: app.yaml }\n", "Drift: deleted");
    run(&desk, &["apply", FILE]).expect_code(0);
    drift(&desk, &[]).expect_code(0);
    drift(&desk, &["--exit-code"]).expect_code(4);
    let clean = clean();
    let found = drift(&clean, &["--exit-code"]).expect_code(0);
    let expected = "in the sandbox in virtual time: nothing reached AWS\n\
                    Checked 1 stack instance in …: 1 in sync\n";
    assert_eq!(untimed(&found.stdout), expected);
}

#[test]
fn a_page_never_takes_the_place_of_an_environment_file() {
    let desk = clean();
    let found = run(&desk, &["drift", "--html", FILE, FILE]).expect_code(2);
    assert!(found.stderr_on_one_line().contains("what stands there is no page"), "{found:?}");
    drift(&desk, &[]).expect_code(0);
}

#[test]
fn a_stack_that_does_not_stand_is_drift() {
    let desk = desk(ONE, "  clean: { template: clean.yaml }\n", "");
    let found = drift(&desk, &["--exit-code", "--output", "json"]).expect_code(4);
    let instance = found.instance("dev", "clean");
    assert_eq!((&instance["outcome"], &instance["stack_id"]), (&json!("absent"), &Json::Null));
    assert!(drift(&desk, &[]).stdout.starts_with("dev: clean DOES NOT STAND\n"));
}

#[test]
fn json_has_every_resource_with_what_was_expected_and_what_is_there() {
    let desk = desk(ONE, "  app: { template: app.yaml }\n", "Drift: { Remove: [Tags] }");
    run(&desk, &["apply", FILE]).expect_code(0);
    let found = drift(&desk, &["--output", "json"]).expect_code(0);
    let report = found.json();
    assert_eq!((&report["operation"], &report["result"]), (&json!("drift"), &json!("succeeded")));
    let summary = json!({ "in_sync": 0, "drifted": 1, "absent": 0, "not_checked": 0, "failed": 0 });
    assert_eq!(report["summary"], summary);
    assert_eq!(report["api_calls"]["cloudformation:DetectStackDrift"], 1);
    let mut instance = found.instance("dev", "app");
    for resource in instance["drift"].as_array_mut().expect("a list") {
        assert!(resource["physical_id"].take().is_string());
    }
    let withheld = json!({ "name": "Tags/0/Value", "expected": "****", "actual": "****" });
    let expected = json!([
        { "resource": "Handle", "resource_type": "AWS::CloudFormation::WaitConditionHandle", "physical_id": null,
          "kind": "not-checked", "properties": [] },
        { "resource": "Queue", "resource_type": "AWS::SQS::Queue", "physical_id": null, "kind": "modified",
          "properties": [{ "name": "Tags", "expected": r#"[{"Key":"a","Value":"b"}]"#, "actual": null }] },
        { "resource": "Secret", "resource_type": "AWS::SQS::Queue", "physical_id": null, "kind": "modified",
          "properties": [{ "name": "DelaySeconds", "expected": "5", "actual": "7" }, withheld] },
    ]);
    assert_eq!(instance["drift"], expected);
}

#[test]
fn what_a_property_of_a_secret_holds_by_hand_is_told_nowhere() {
    let desk =
        desk(ONE, "  app: { template: app.yaml, parameters: { Password: hunter2-given } }\n", "");
    run(&desk, &["apply", FILE]).expect_code(0);
    // The template of the file is another one by now, or none: the stack's own tells what is secret.
    for template in [CLEAN, "no template"] {
        desk.write("app.yaml", template);
        for words in [&[][..], &["--output", "json"], &["-vv", "--log", "log"]] {
            let told = drift(&desk, words).expect_code(0);
            let log = std::fs::read_to_string(desk.path().join("log")).unwrap_or_default();
            let all = format!("{}{}{log}", told.stdout, told.stderr);
            assert!(all.contains("DelaySeconds") && !all.contains("hunter"), "{all}");
        }
    }
    let denied = ["--sandbox-fault", "deny,action=GetTemplate", "--output", "json"];
    let told = drift(&desk, &denied).expect_code(0);
    let properties = &told.instance("dev", "app")["drift"][1]["properties"];
    assert_eq!(
        properties[0],
        json!({ "name": "DelaySeconds", "expected": "****", "actual": "****" })
    );
}

#[test]
fn a_stack_that_bears_no_detection_is_told_as_not_checked() {
    let desk = desk(ONE, "  bad: { template: bad.yaml }\n", "");
    let bad =
        "Resources: { A: { Type: AWS::SNS::Topic, Metadata: { Sandbox: { FailOn: create } } } }\n";
    desk.write("bad.yaml", bad);
    run(&desk, &["apply", FILE]).expect_code(1);
    let found = drift(&desk, &["--exit-code", "--output", "json"]).expect_code(1);
    let instance = found.instance("dev", "bad");
    assert_eq!(instance["outcome"], "not-checked");
    let why = "the stack stands in ROLLBACK_COMPLETE, in which CloudFormation detects no drift";
    assert_eq!(instance["unchecked"], json!([why]));
    let text = drift(&desk, &[]).expect_code(1).stdout;
    assert!(
        text.starts_with("Not checked\n  dev: bad: the stack stands in ROLLBACK_COMPLETE"),
        "{text}"
    );
}

#[test]
fn what_services_were_asked_too_often_for_is_asked_again() {
    let desk = clean();
    let once = ["--sandbox-fault", "drift=unreadable,resource=Topic,times=1", "--output", "json"];
    let found = drift(&desk, &once).expect_code(0);
    assert_eq!(found.outcomes(), ["dev/clean in-sync"]);
    assert_eq!(found.json()["api_calls"]["cloudformation:DetectStackDrift"], 2);
    let always = ["--sandbox-fault", "drift=unreadable,resource=Topic", "--output", "json"];
    let found = drift(&desk, &always).expect_code(1);
    assert_eq!(found.outcomes(), ["dev/clean not-checked"]);
    let told = &found.instance("dev", "clean")["drift"][0];
    assert_eq!((&told["kind"], &told["reason"]), (&json!("not-checked"), &json!("Rate exceeded")));
}

#[test]
fn a_detection_that_is_refused_says_what_to_allow() {
    let desk = clean();
    let denied = drift(&desk, &["--sandbox-fault", "deny,action=DetectStackDrift"]).expect_code(1);
    let told = &denied.stdout;
    assert!(
        told.contains("cloudformation:DetectStackDrift") && told.contains("help: allow"),
        "{told}"
    );
    let outside = drift(&desk, &["--sandbox-fault", "no-entry", "--exit-code"]).expect_code(3);
    assert!(outside.stdout.contains("1 failed"), "{outside:?}");
}

#[test]
fn throttled_detections_come_to_their_end() {
    let stacks: String = (0..12).map(|n| format!("  s{n}: {{ template: clean.yaml }}\n")).collect();
    let desk = desk(ONE, &stacks, "");
    run(&desk, &["apply", FILE]).expect_code(0);
    let slow = ["--sandbox-throttle", "DetectStackDrift=0.5:1", "--output", "json"];
    let found = drift(&desk, &slow).expect_code(0);
    assert_eq!(found.json()["summary"]["in_sync"], 12);
    assert!(found.json()["throttled"].as_u64().is_some_and(|count| count > 0));
}

#[test]
fn an_interrupt_ends_it_at_once() {
    let desk = clean();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}", silent.local_addr().expect("an address"));
    let mut command = desk.command(&["drift", FILE]);
    command.env("AWS_ENDPOINT_URL", address).stdout(Stdio::null()).stderr(Stdio::null());
    command.env("AWS_ACCESS_KEY_ID", "999999999999").env("AWS_SECRET_ACCESS_KEY", "sandbox");
    let mut child = command.spawn().expect("the binary can be started");
    let _asked = silent.accept().expect("the binary asks for the source account");
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.expect("kill is there").success());
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
}
