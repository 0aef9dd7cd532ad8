//! The main job on the embedded sandbox, with the project's own examples.

use crate::support::binary::{Desk, Printed};
use crate::support::files::ONE;

const FAST: [&str; 3] = ["--sandbox", "--sandbox-seconds-per-resource", "0.01"];

fn on_sandbox(desk: &Desk, arguments: &[&str]) -> Printed {
    desk.run(&[arguments, &FAST[..]].concat())
}

#[test]
fn four_accounts_are_deployed_and_unchanged_the_second_time() {
    let desk = Desk::with_examples();
    let first = on_sandbox(&desk, &["apply", "environments/all.yaml", "--output", "json"]);
    assert_eq!(first.code, 0, "{first:?}");
    let report = first.json();
    assert_eq!(report["schema"], 1);
    assert_eq!(report["operation"], "apply");
    assert_eq!(report["environments"], serde_json::json!(["all"]));
    assert_eq!(report["result"], "succeeded");
    assert_eq!(report["summary"]["created"], 13);
    for instance in report["stack_instances"].as_array().expect("a list") {
        let id = instance["account_id"].as_str().expect("an id");
        for (name, value) in instance["outputs"].as_object().expect("an object") {
            let value = value.as_str().expect("text");
            assert!(!value.starts_with("arn:") || name == "PolicyArn" || value.contains(id));
        }
    }
    let second = on_sandbox(&desk, &["apply", "environments/all.yaml", "--output", "json"]);
    assert_eq!(second.code, 0, "{second:?}");
    assert_eq!(second.json()["summary"]["unchanged"], 13);
}

#[test]
fn several_files_run_side_by_side() {
    let desk = Desk::with_examples();
    let files = ["dev", "test", "acceptance", "prod"].map(|e| format!("environments/{e}.yaml"));
    let mut arguments = vec!["apply", "--output", "json"];
    arguments.extend(files.iter().map(String::as_str));
    let ran = on_sandbox(&desk, &arguments);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(
        ran.json()["environments"],
        serde_json::json!(["dev", "test", "acceptance", "prod"])
    );
    assert_eq!(ran.json()["summary"]["created"], 12);
    let dev = &ran.json()["by_environment"]["dev"];
    assert_eq!(dev["source"], "999999999999");
    let twice = ran.stdout.lines().filter(|line| line.starts_with("  \"environments\"")).count();
    assert_eq!(twice, 1, "no key stands twice");
}

#[test]
fn files_run_in_order_when_asked_to() {
    let desk = Desk::with_examples();
    let arguments = ["apply", "environments/test.yaml", "environments/dev.yaml", "--in-order"];
    let ran = on_sandbox(&desk, &[&arguments[..], &["--progress", "json"]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.lines().next().is_some_and(|line| line.contains("\"in_order\":true")));
    let started = ran.stderr.lines().filter(|line| line.contains("\"instance-started\""));
    let mut order: Vec<bool> = started.map(|line| line.contains("\"test\"")).collect();
    order.dedup();
    assert_eq!(order, [true, false]);
}

#[test]
fn outputs_and_status_show_what_stands_until_it_is_destroyed() {
    let desk = Desk::with_examples();
    let file = "environments/dev.yaml";
    assert_eq!(on_sandbox(&desk, &["apply", file, "--progress", "none"]).code, 0);

    let query = "dev.dev.\"eu-central-1\".\"cross-account-role\".RoleArn";
    let arn = on_sandbox(&desk, &["outputs", file, "--query", query, "--output", "text"]);
    assert!(arn.stdout.starts_with("arn:aws:iam::100000000001:role/"), "{arn:?}");
    for (format, needle) in [
        ("json", "\"RoleArn\": \"arn:aws:iam::100000000001"),
        ("yaml", "RoleArn: arn:aws:iam::100000000001"),
        ("text", "\tRoleArn\tarn:aws:iam::100000000001"),
        ("env", "DEV_EU_CENTRAL_1_CROSS_ACCOUNT_ROLE_ROLEARN='arn:aws:iam::100000000001"),
        ("table", "RoleArn"),
    ] {
        let printed = on_sandbox(&desk, &["outputs", file, "--output", format]);
        assert_eq!(printed.code, 0, "{printed:?}");
        assert!(printed.stdout.contains(needle), "{format}: {printed:?}");
    }

    let status = on_sandbox(&desk, &["status", file, "--output", "json"]);
    assert_eq!(status.json()["stack_instances"][0]["status"], "CREATE_COMPLETE");

    let destroyed = on_sandbox(&desk, &["destroy", file, "--output", "json"]);
    assert_eq!(destroyed.code, 0, "{destroyed:?}");
    assert_eq!(destroyed.json()["summary"]["deleted"], 3);
    let status = on_sandbox(&desk, &["status", file]);
    assert_eq!((status.code, status.stdout.matches("absent").count()), (0, 3), "{status:?}");
}

#[test]
fn a_throttled_sandbox_is_waited_for_and_the_report_says_how_often() {
    let desk = Desk::with_examples();
    let apply = ["apply", "environments/all.yaml", "--output", "json"];
    let ran = on_sandbox(&desk, &[&apply[..], &["--sandbox-throttle", "AssumeRole=2:1"]].concat());
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.json()["throttled"].as_u64() > Some(0), "{ran:?}");
}

#[test]
fn a_selection_is_all_that_is_touched() {
    let desk = Desk::with_examples();
    let all = "environments/all.yaml";
    let ran = on_sandbox(
        &desk,
        &["apply", all, "--account", "dev", "--stack", "cross-*", "--output", "json"],
    );
    assert_eq!(ran.json()["summary"]["created"], 1, "{ran:?}");
    let ran = on_sandbox(
        &desk,
        &["apply", all, "--account", "dev", "--stack", "app", "--output", "json"],
    );
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.json()["stack_instances"].as_array().map(Vec::len), Some(1));
}

#[test]
fn progress_as_json_is_one_event_a_line_without_gaps() {
    let desk = Desk::with_examples();
    let ran = on_sandbox(&desk, &["apply", "environments/dev.yaml", "--progress", "json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    for (number, line) in ran.stderr.lines().enumerate() {
        let event: serde_json::Value = serde_json::from_str(line).expect("one event a line");
        assert_eq!(event["sequence"], number + 1);
        assert!(event["at"].is_string() && event["type"].is_string());
    }
}

#[test]
fn a_damaged_sandbox_is_named_and_mended_by_a_reset() {
    let desk = Desk::with_examples();
    let apply = ["apply", "environments/dev.yaml"];
    assert_eq!(on_sandbox(&desk, &apply).code, 0);
    for entry in std::fs::read_dir(desk.path().join(".xdeploy/sandbox")).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "json") {
            std::fs::write(path, "{ not json").expect("it can be damaged");
        }
    }
    let damaged = on_sandbox(&desk, &apply);
    assert_ne!(damaged.code, 0, "{damaged:?}");
    assert!(damaged.stderr.contains("xdeploy sandbox reset"), "{damaged:?}");
    assert_eq!(desk.run(&["sandbox", "reset"]).code, 0);
    assert_eq!(on_sandbox(&desk, &apply).code, 0);
}

#[test]
fn a_rehearsal_says_so_and_lets_go_wrong_what_was_asked_for() {
    let desk = Desk::with_examples();
    let apply = ["apply", "environments/all.yaml", "--sandbox-fault", "fail,wave=1,account=test"];
    let ran = on_sandbox(&desk, &apply);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("nothing reaches AWS"), "{ran:?}");
    assert!(ran.stdout.contains("sandbox's fault fail,wave=1,account=test"), "{ran:?}");
    for (fault, says) in [
        ("fail,account=tset", "did you mean `test`?"),
        ("fail,wave=9", "there is no wave 9"),
        ("eror=503", "did you mean `error`?"),
    ] {
        let refused =
            on_sandbox(&desk, &["status", "environments/all.yaml", "--sandbox-fault", fault]);
        assert_eq!(refused.code, 2, "{refused:?}");
        assert!(refused.stderr.contains(says), "{refused:?}");
    }
}

#[test]
fn roles_of_other_partitions_are_in_the_sandbox_as_well() {
    let desk = Desk::empty();
    desk.write(
        "t.yaml",
        "Resources: { Topic: { Type: AWS::SNS::Topic } }\nOutputs: { Arn: { Value: !Ref Topic } }\n",
    );
    let file = ONE.replace("regions: [eu-central-1]", "regions: [us-gov-west-1]");
    desk.write("gov.yaml", format!("{file}stacks:\n  net: {{ template: t.yaml }}\n"));
    let arguments = ["apply", "gov.yaml", "--sandbox", "--sandbox-seconds-per-resource", "0"];
    let applied = desk.run(&[&arguments[..], &["--output", "json"]].concat()).expect_code(0);
    assert!(applied.stdout.contains("arn:aws-us-gov:sns:us-gov-west-1:"), "{}", applied.stdout);
}

#[test]
fn what_the_sandbox_makes_up_is_said_to_people_and_never_among_events() {
    let desk = Desk::empty();
    desk.write("t.yaml", "Resources: { Network: { Type: AWS::EC2::InternetGateway } }\n");
    desk.write("prod.yaml", format!("{ONE}stacks:\n  net: {{ template: t.yaml }}\n"));
    for command in ["plan", "apply"] {
        let arguments = [command, "prod.yaml", "--sandbox", "--sandbox-seconds-per-resource", "0"];
        let said = desk.run(&arguments).expect_code(0).stderr;
        let note = "the sandbox knows nothing of AWS::EC2::InternetGateway; it makes names for it";
        assert_eq!(said.matches(note).count(), 1, "{command}: {said}");
        let events = desk.run(&[&arguments[..], &["--progress", "json"]].concat()).expect_code(0);
        let is_event = |line: &str| serde_json::from_str::<serde_json::Value>(line).is_ok();
        assert!(events.stderr.lines().all(is_event), "{command}: {events:?}");
    }
    let destroyed = desk.run(&["destroy", "prod.yaml", "--sandbox", "--yes"]).expect_code(0);
    assert!(!destroyed.stderr.contains("knows nothing"), "{destroyed:?}");
}

#[test]
fn nested_stacks_that_the_sandbox_makes_up_are_told_once_after_the_run() {
    let desk = Desk::empty();
    let network = "Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: !Sub \
                   'https://${Bucket}.s3.amazonaws.com/network.yaml' }";
    let template = format!(
        "Parameters: {{ Bucket: {{ Type: String, Default: shared-templates }} }}
Resources: {{ Network: {{ {network} }} }}
Outputs: {{ Vpc: {{ Value: !GetAtt Network.Outputs.VpcId }} }}
"
    );
    desk.write("t.yaml", template);
    let file = ONE.replace("regions: [eu-central-1]", "regions: [eu-central-1, us-east-1]");
    desk.write("prod.yaml", format!("{file}stacks:\n  net: {{ template: t.yaml }}\n"));
    let arguments = ["apply", "prod.yaml", "--sandbox", "--sandbox-seconds-per-resource", "0"];
    let note = "the sandbox has no bucket shared-templates: it made up the nested stack Network";
    for turn in ["made", "updated"] {
        let said = desk.run(&arguments).expect_code(0).stderr;
        assert_eq!(said.matches(note).count(), 1, "{turn}: {said}");
    }
    let events = desk.run(&[&arguments[..], &["--progress", "json"]].concat()).expect_code(0);
    assert!(!events.stderr.contains(note), "{events:?}");
    let destroyed = desk.run(&["destroy", "prod.yaml", "--sandbox", "--yes"]).expect_code(0);
    assert!(!destroyed.stderr.contains("made up"), "{destroyed:?}");
}
