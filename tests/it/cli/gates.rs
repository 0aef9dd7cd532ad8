//! Waves that are to be approved: where a run ends, what `resume --approve` does, and who is told what.

use serde_json::{Value, json};

use crate::support::binary::{Desk, Printed};
use crate::support::files::{HEAD, SETTING};
use crate::support::kept::Followed;

const FAST: [&str; 3] = ["--sandbox", "--sandbox-seconds-per-resource", "0.01"];

const FILE: &str = "prod.yaml";

/// Returns a folder with an environment of three accounts, each in a wave of its own, which are approved like this.
fn desk(approvals: [&str; 3]) -> Desk {
    let desk = Desk::empty();
    desk.write("setting.yaml", SETTING);
    write(&desk, approvals, "");
    desk
}

fn write(desk: &Desk, [dev, prod, late]: [&str; 3], more: &str) {
    let accounts = r#"{ dev: "100000000001", prod: "100000000002", late: "100000000003" }"#;
    let head = HEAD.replace(r#"{ dev: "100000000001", prod: "100000000002" }"#, accounts);
    let wave = |account: &str, approve: &str| match approve {
        "" => format!("[{account}]"),
        _ => format!("{{ accounts: [{account}], approve: {approve} }}"),
    };
    let waves = [wave("dev", dev), wave("prod", prod), wave("late", late)].join(", ");
    let file = format!(
        "{head}stacks: {{ app: {{ template: setting.yaml{more} }} }}\nrollout: {{ waves: [{waves}] }}\n"
    );
    desk.write(FILE, file);
}

fn fast(desk: &Desk, arguments: &[&str]) -> Printed {
    desk.run(&[arguments, &FAST[..]].concat())
}

fn apply(desk: &Desk, code: i32) -> Printed {
    fast(desk, &["apply", FILE, "--yes", "--output", "json"]).expect_code(code)
}

fn resume(desk: &Desk, more: &[&str], code: i32) -> Printed {
    fast(desk, &[&["resume", "--output", "json"], more].concat()).expect_code(code)
}

fn gates(printed: &Printed) -> Vec<Value> {
    let gates = printed.json()["gates"].as_array().cloned().unwrap_or_default();
    let told = |gate: &Value| json!([gate["wave"], gate["why"], gate["opened"]["because"]]);
    gates.iter().map(told).collect()
}

#[test]
fn yes_approves_no_wave_and_each_gate_is_opened_by_itself() {
    let desk = desk(["", "always", "always"]);
    let first = apply(&desk, 5);
    assert_eq!(first.outcomes(), ["dev/app created", "late/app skipped", "prod/app skipped"]);
    let report = first.json();
    assert_eq!(report["result"], "refused");
    assert_eq!(report["refusal"]["message"], "waits for approval before wave 2 of 3");
    let run = report["run"].as_str().expect("a run").to_owned();
    let help = format!("`xdeploy resume {run} --approve` lets it begin");
    assert_eq!(report["refusal"]["help"], help);
    let why = |wave| format!("wave {wave} of 3 is to be approved before it begins");
    assert_eq!(gates(&first), [json!([2, why(2), null])]);
    let again = resume(&desk, &[], 5);
    assert_eq!(again.outcomes(), first.outcomes());
    assert_eq!(again.json()["api_calls"], json!({}), "nothing is asked of AWS");
    let second = resume(&desk, &["--approve"], 5);
    assert_eq!(second.outcomes(), ["dev/app created", "late/app skipped", "prod/app created"]);
    assert_eq!(gates(&second), [json!([2, why(2), "approved"]), json!([3, why(3), null])]);
    let opened = &second.json()["gates"][0]["opened"];
    assert!(
        opened["caller"].as_str().is_some_and(|arn| arn.contains(":999999999999:")),
        "{opened}"
    );
    let last = resume(&desk, &["--approve"], 0);
    assert_eq!(last.outcomes(), ["dev/app created", "late/app created", "prod/app created"]);
    let none = resume(&desk, &["--approve"], 2);
    assert!(none.stderr.contains(&format!("run {run} waits for no approval")), "{none:?}");
}

#[test]
fn the_first_wave_is_asked_about_as_well_before_anything_is_touched() {
    let desk = desk(["always", "", ""]);
    let first = apply(&desk, 5);
    assert_eq!(first.outcomes(), ["dev/app skipped", "late/app skipped", "prod/app skipped"]);
    let calls = first.json()["api_calls"].to_string();
    assert!(!calls.contains("CreateStack"), "{calls}");
    resume(&desk, &["--approve"], 0);
}

#[test]
fn people_are_told_what_waits_and_the_command_as_it_is_typed() {
    let desk = desk(["", "always", ""]);
    let args = ["apply", FILE, "--yes", "--state-dir", "my state"];
    let told = fast(&desk, &args).expect_code(5);
    let said = format!("{}{}", told.stdout, told.stderr);
    let run = said.split("resume ").nth(1).and_then(|rest| rest.split(' ').next()).expect("a run");
    let said = said.replace(run, "RUN");
    let said: Vec<&str> = said
        .lines()
        // What it took differs.
        .map(|line| line.split(", after ").next().unwrap_or(line).trim_start())
        .map(|line| line.split_once("s  ").map_or(line, |(_, told)| told))
        .filter(|line| line.contains("wave") || line.contains("RUN"))
        .collect();
    insta::assert_snapshot!(said.join("\n"));
    let runs = desk.run(&["runs", "--state-dir", "my state"]).expect_code(0);
    assert!(runs.stdout.contains("waits for approval before wave 2 of 3"), "{runs:?}");
    let of = ["resume", "--state-dir", "my state"];
    let again = fast(&desk, &of).expect_code(5);
    let help = "`xdeploy resume RUN --state-dir 'my state' --approve` lets it begin";
    assert!(again.stderr_on_one_line().contains(&help.replace("RUN", run)), "{again:?}");
}

#[test]
fn a_wave_in_which_nothing_is_lost_begins_without_approval_if_that_is_all_that_matters() {
    let desk = desk(["", "if-lost", "if-lost"]);
    let created = apply(&desk, 0);
    assert_eq!(created.outcomes(), ["dev/app created", "late/app created", "prod/app created"]);
    let because: Vec<Value> = gates(&created).into_iter().map(|gate| gate[2].clone()).collect();
    assert_eq!(because, ["nothing-lost", "nothing-lost"]);
    assert_eq!(created.json()["gates"][0]["waves"], 3);
    // Its name changes, so that another one takes its place.
    let renamed =
        SETTING.replace("Type: String, Value: !Ref", "Type: String, Name: /a, Value: !Ref");
    desk.write("setting.yaml", renamed);
    let replaced = apply(&desk, 5);
    assert_eq!(replaced.outcomes(), ["dev/app updated", "late/app skipped", "prod/app skipped"]);
    let gate = &replaced.json()["gates"][0];
    assert_eq!(gate["why"], "wave 2 of 3 replaces or removes a resource");
    assert_eq!(
        gate["losses"],
        json!(["prod/eu-central-1/app: Setting (AWS::SSM::Parameter) replaced"])
    );
    let second = resume(&desk, &["--approve"], 5);
    assert_eq!(second.outcomes(), ["dev/app updated", "late/app skipped", "prod/app updated"]);
}

#[test]
fn a_saved_plan_tells_what_its_waves_lose() {
    let desk = desk(["", "if-lost", "never"]);
    apply(&desk, 0);
    desk.write("setting.yaml", SETTING.replace("Setting:", "Other:").replace("Setting.", "Other."));
    fast(&desk, &["plan", FILE, "--out", "p.plan"]).expect_code(0);
    let applied = fast(&desk, &["apply", "p.plan", "--yes", "--output", "json"]).expect_code(5);
    let gate = &applied.json()["gates"][0];
    assert_eq!(
        gate["losses"],
        json!(["prod/eu-central-1/app: Setting (AWS::SSM::Parameter) removed"])
    );
    let calls = applied.json()["api_calls"]["cloudformation:CreateChangeSet"].clone();
    assert_eq!(calls, Value::Null, "the plan says it");
    let last = resume(&desk, &["--approve"], 0);
    assert_eq!(last.outcomes(), ["dev/app updated", "late/app updated", "prod/app updated"]);
}

#[test]
fn a_destroy_asks_before_each_wave_in_its_own_order_and_a_rollback_never_does() {
    let desk = desk(["always", "if-lost", ""]);
    let file = std::fs::read_to_string(desk.path().join(FILE)).expect("it was written");
    write(&desk, ["", "", ""], "");
    apply(&desk, 0);
    desk.write(FILE, file);
    let destroyed = fast(&desk, &["destroy", FILE, "--yes", "--output", "json"]).expect_code(5);
    assert_eq!(destroyed.outcomes(), ["dev/app skipped", "late/app deleted", "prod/app skipped"]);
    let second = resume(&desk, &["--approve"], 5);
    assert_eq!(second.outcomes(), ["dev/app skipped", "late/app deleted", "prod/app deleted"]);
    resume(&desk, &["--approve"], 0);
    apply(&desk, 5);
    resume(&desk, &["--approve"], 0);
    let back = fast(&desk, &["rollback", "latest", "--yes", "--output", "json"]).expect_code(0);
    assert_eq!(back.outcomes()[0], "dev/app rolled-back");
}

#[test]
fn a_key_that_no_wave_has_is_told_with_the_nearest_one() {
    let desk = desk(["", "always", ""]);
    let file = std::fs::read_to_string(desk.path().join(FILE)).expect("it was written");
    desk.write(FILE, file.replace("approve: always", "aprove: always"));
    let refused = desk.run(&["validate", FILE]).expect_code(2);
    assert!(refused.stderr.contains("did you mean `approve`?"), "{refused:?}");
    desk.write(FILE, file.replace("approve: always", "approve: allways"));
    let refused = desk.run(&["validate", FILE]).expect_code(2);
    assert!(refused.stderr.contains("did you mean `always`?"), "{refused:?}");
    let desk = Desk::with_examples();
    let refused = desk.run(&["resume", "environments/dev.yaml", "--approve"]).expect_code(2);
    assert!(refused.stderr.contains("waits for no approval"), "{refused:?}");
}

/// A source of an output and a topic that is named by it.
const SOURCE: &str = "
Parameters: { Name: { Type: String } }
Resources:
  Note: { Type: 'AWS::SSM::Parameter', Properties: { Name: /topic, Type: String, Value: !Ref Name } }
Outputs: { Name: { Value: !GetAtt Note.Value } }
";
const NAMED: &str = "
Parameters: { Name: { Type: String } }
Resources:
  Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: !Ref Name } }
";

/// Writes an environment in which topics of these accounts are named by what stands in dev.
fn write_named(desk: &Desk, (name, takers): (&str, &str), (parameter, waves): (&str, &str)) {
    desk.write("source.yaml", SOURCE);
    desk.write("named.yaml", NAMED);
    let file = format!(
        "{HEAD}stacks:
  source: {{ template: source.yaml, accounts: [dev], parameters: {{ Name: {name} }} }}
  named: {{ template: named.yaml, accounts: {takers}, parameters: {{ Name: '{parameter}' }} }}
rollout: {{ waves: {waves} }}\n"
    );
    desk.write(FILE, file);
}

#[test]
fn what_an_earlier_wave_has_just_changed_is_looked_at_as_it_stands_now() {
    let desk = Desk::empty();
    let waves = "[[dev], { accounts: [prod], approve: if-lost }]";
    let of = ("${output:source.Name@dev}", waves);
    write_named(&desk, ("one", "[dev, prod]"), of);
    apply(&desk, 0);
    write_named(&desk, ("two", "[dev, prod]"), of);
    let asked = apply(&desk, 5);
    let losses = &asked.json()["gates"][0]["losses"];
    assert_eq!(losses, &json!(["prod/eu-central-1/named: Topic (AWS::SNS::Topic) replaced"]));
}

#[test]
fn what_is_known_only_in_the_midst_of_a_wave_is_asked_about_with_the_reason() {
    let waves = "[{ accounts: ['*'], approve: if-lost }]";
    let why = |asked: &Printed| asked.json()["gates"][0]["why"].as_str().expect("text").to_owned();
    let desk = Desk::empty();
    write_named(&desk, ("one", "[dev]"), ("${output:source.Name}", waves));
    apply(&desk, 0);
    write_named(&desk, ("two", "[dev]"), ("${output:source.Name}", waves));
    let told = why(&apply(&desk, 5));
    assert!(
        told.contains("is not known: dev/eu-central-1/named: ") && told.contains("Name may differ"),
        "{told}"
    );

    let desk = Desk::empty();
    let write = |name| {
        write_named(&desk, (name, "[dev], depends-on: [source]"), ("${ssm:/topic}", waves));
    };
    write("one");
    apply(&desk, 0);
    write("two");
    let told = why(&apply(&desk, 5));
    assert!(told.contains("may change in this wave"), "{told}");
}

#[test]
fn a_stack_that_is_repaired_first_is_asked_about() {
    let desk = desk(["if-lost", "", ""]);
    let only = ["--account", "dev", "--yes", "--output", "json"];
    let apply = |more: &[&str], code| {
        fast(&desk, &[&["apply", FILE], &only[..], more].concat()).expect_code(code)
    };
    apply(&[], 0);
    desk.write("setting.yaml", SETTING.replace("Default: one", "Default: two"));
    desk.write(
        FILE,
        std::fs::read_to_string(desk.path().join(FILE))
            .expect("it stands")
            .replace("setting.yaml", "setting.yaml, parameters: { Value: three }"),
    );
    apply(&["--sandbox-fault", "fail=update+rollback,times=2"], 1);
    let asked = apply(&[], 5).json();
    let why = asked["gates"][0]["why"].as_str().expect("text");
    assert!(why.contains("UPDATE_ROLLBACK_FAILED") && why.contains("known after that"), "{why}");
}

#[test]
fn who_waited_for_another_opens_no_gate_that_he_did_not_see() {
    let desk = desk(["", "always", "always"]);
    apply(&desk, 5);
    let slow = ["--sandbox", "--sandbox-seconds-per-resource", "5"];
    let approve = ["resume", "--approve", "--progress", "json"];
    let mut first = Followed::start(&mut desk.command(&[&approve[..], &slow].concat()));
    first.wait_for("\"gate-opened\"");
    let second = fast(&desk, &["resume", "--approve", "--wait", "--output", "json"]).expect_code(5);
    assert_eq!(second.outcomes(), ["dev/app created", "late/app skipped", "prod/app created"]);
    assert!(second.stderr.contains("went on meanwhile"), "{second:?}");
}

#[test]
fn where_too_much_failed_elsewhere_nothing_waits_for_approval() {
    let desk = desk(["always", "always", "always"]);
    let file = std::fs::read_to_string(desk.path().join(FILE)).expect("it was written");
    let other =
        file.replace("environment: prod", "environment: other").replace(", approve: always", "");
    desk.write("other.yaml", other.replace("10000000000", "20000000000"));
    let fault = ["--sandbox-fault", "fail,account=200000000001"];
    let arguments = ["apply", FILE, "other.yaml", "--yes", "--output", "json"];
    let failed = fast(&desk, &[&arguments[..], &fault].concat()).expect_code(1);
    assert_eq!(failed.json()["result"], "failed");
    assert!(!failed.stderr.contains("--approve"), "{failed:?}");
}
