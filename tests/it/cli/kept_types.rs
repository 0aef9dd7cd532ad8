//! `guards.keep`: types whose resources are neither replaced nor removed unless a person allows it.

use std::fs;

use serde_json::Value;

use crate::support::binary::{Desk, Printed};
use crate::support::change_sets::count_change_sets;
use crate::support::kept::journals;

const FILE: &str = "e.yaml";
const PLAN: &str = "reviewed.plan";

const ENVIRONMENT: &str = "environment: e
source: { account: '999999999999' }
assume-role: { name: xdeploy-deployer }
regions: [eu-central-1]
accounts: { dev: '100000000001', prod: '100000000002' }
guards: { keep: ['AWS::DynamoDB::*', 'AWS::SQS::Queue'] }
stacks:
  app: { template: app.yaml }
  data: { template: data.yaml }
  topic: { template: topic.yaml }
rollout: { waves: [[dev], [prod]] }
";

const DATA: &str = "Resources:
  Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: first, DelaySeconds: 1 } }
  Note: { Type: 'AWS::SSM::Parameter', Properties: { Type: String, Value: a } }
";

const APP: &str = "Resources:
  Note: { Type: 'AWS::SSM::Parameter', Properties: { Type: String, Value: a } }
";

const TOPIC: &str = "Resources:
  Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: one } }
";

/// A folder with an environment that stands in the sandbox.
struct Bench(Desk);

impl Bench {
    fn deployed() -> Self {
        let bench = Self::absent();
        bench.run(&["apply", FILE]).expect_code(0);
        bench
    }

    fn absent() -> Self {
        let desk = Desk::empty();
        let files =
            [(FILE, ENVIRONMENT), ("app.yaml", APP), ("data.yaml", DATA), ("topic.yaml", TOPIC)];
        for (name, text) in files {
            desk.write(name, text);
        }
        Self(desk)
    }

    fn run(&self, arguments: &[&str]) -> Printed {
        let fast = ["--sandbox", "--sandbox-seconds-per-resource", "0.01", "--progress", "plain"];
        self.0.run(&[arguments, &fast[..]].concat())
    }

    fn report(&self, arguments: &[&str], code: i32) -> Printed {
        self.run(&[arguments, &["--output", "json"][..]].concat()).expect_code(code)
    }

    fn edit(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.0.path().join(name)).expect("it is there");
        assert!(text.contains(from), "{name}: {text}");
        self.0.write(name, text.replace(from, to));
    }

    fn change_sets(&self) -> usize {
        count_change_sets(&self.0.path().join(".xdeploy/sandbox"))
    }

    /// Returns the last change of each stack, as the sandbox tells it.
    fn standing(&self) -> String {
        let printed = self.report(&["status", FILE], 0);
        printed.stdout
    }

    fn runs(&self) -> usize {
        journals(&self.0, ".xdeploy").len()
    }
}

/// Returns what a report says that a guard forbids, as `dev/data replace Queue`.
fn losses(report: &Value) -> Vec<String> {
    let losses = report["refusal"]["losses"].as_array().cloned().unwrap_or_default();
    let text = |loss: &Value, key: &str| loss[key].as_str().expect("text").to_owned();
    let line = |loss: &Value| {
        format!(
            "{}/{} {} {}",
            text(loss, "account"),
            text(loss, "stack"),
            text(loss, "action"),
            text(loss, "resource")
        )
    };
    losses.iter().map(line).collect()
}

#[test]
fn an_apply_that_would_replace_what_is_kept_is_refused_before_anything_is_changed() {
    let bench = Bench::deployed();
    bench.edit("data.yaml", "QueueName: first", "QueueName: second");
    bench.edit("app.yaml", "Value: a", "Value: b");
    let before = bench.standing();
    let refused = bench.report(&["apply", FILE], 5);
    let report = refused.json();
    assert_eq!(report["result"], "refused");
    assert_eq!(losses(&report), ["dev/data replace Queue", "prod/data replace Queue"]);
    assert!(report["refusal"]["losses"][0]["physical_id"].as_str().is_some(), "{report:#}");
    let calls = &report["api_calls"];
    assert_eq!(calls["cloudformation:CreateChangeSet"], 2, "only of what holds a queue: {calls}");
    assert!(calls.get("cloudformation:UpdateStack").is_none(), "{calls}");
    assert!(calls.get("cloudformation:ExecuteChangeSet").is_none(), "{calls}");
    assert_eq!(bench.change_sets(), 0, "they are deleted");
    assert_eq!(bench.standing(), before);
    assert_eq!(bench.runs(), 1, "it is no run");
    let text = bench.run(&["apply", FILE]).expect_code(5);
    insta::assert_snapshot!(text.stderr, @r"
    apply refused: `guards.keep`: 2 resources in 2 accounts would be replaced or
      removed: nothing was touched
      REPLACE  Queue  AWS::SQS::Queue, in data of
               dev: https://sqs.eu-central-1.amazonaws.com/100000000001/first
               prod: https://sqs.eu-central-1.amazonaws.com/100000000002/first
      help: to allow it, add `--allow replace:AWS::SQS::Queue`
    ");
    let allowed = bench.report(&["apply", FILE, "--allow", "replace:AWS::SQS::*"], 0);
    assert_eq!(
        allowed.outcomes(),
        [
            "dev/app updated",
            "dev/data updated",
            "dev/topic unchanged",
            "prod/app updated",
            "prod/data updated",
            "prod/topic unchanged"
        ]
    );
    let report = allowed.json();
    assert_eq!(report["allowed"], serde_json::json!(["replace:AWS::SQS::*"]));
    let calls = &report["api_calls"];
    assert_eq!(calls["cloudformation:ExecuteChangeSet"], 2, "what was looked at: {calls}");
    assert_eq!(calls["cloudformation:CreateChangeSet"], 2, "{calls}");
    assert_eq!(bench.change_sets(), 0);
    let [_, journal] = &journals(&bench.0, ".xdeploy")[..] else { panic!("two runs") };
    let journal = fs::read_to_string(journal).expect("a journal");
    let first = journal.lines().next().expect("its first event");
    assert!(first.contains("\"allow\":[\"replace:AWS::SQS::*\"]"), "{first}");
}

#[test]
fn a_plan_tells_first_what_is_refused_and_what_allows_it() {
    let bench = Bench::deployed();
    bench.edit("data.yaml", "QueueName: first", "QueueName: second");
    let planned = bench.run(&["plan", FILE, "--exit-code", "--out", PLAN]).expect_code(5);
    let first = planned.stdout.split("\n\n").next().unwrap_or_default();
    insta::assert_snapshot!(first, @r"
    Refused by a guard
      `guards.keep`: 2 resources in 2 accounts would be replaced or removed
      REPLACE  Queue  AWS::SQS::Queue, in data of
               dev: https://sqs.eu-central-1.amazonaws.com/100000000001/first
               prod: https://sqs.eu-central-1.amazonaws.com/100000000002/first
      help: to allow it, add `--allow replace:AWS::SQS::Queue`
    ");
    let last = planned.stdout.lines().last().unwrap_or_default();
    assert!(last.starts_with("Plan refused by a guard after "), "{last}");
    assert!(planned.stderr.contains("no plan is kept, as a guard refuses it"), "{planned:?}");
    assert!(!bench.0.path().join(PLAN).exists());
    assert_eq!(bench.change_sets(), 0);
    let report = bench.report(&["plan", FILE], 5).json();
    assert_eq!(report["result"], "refused");
    assert_eq!(losses(&report), ["dev/data replace Queue", "prod/data replace Queue"]);
    let allowed = ["--allow", "replace:AWS::SQS::Queue", "--allow", "remove:AWS::S3::Bucket"];
    let planned = bench.run(&[&["plan", FILE, "--out", PLAN][..], &allowed].concat());
    let planned = planned.expect_code(0);
    let said = planned.stderr_on_one_line();
    assert!(said.contains("warning: --allow remove:AWS::S3::Bucket allowed nothing"), "{said}");
    assert!(!said.contains("--allow replace:AWS::SQS::Queue allowed nothing"), "{said}");
    // What was allowed when it was planned is allowed when it is applied.
    let applied = bench.report(&["apply", PLAN], 0);
    assert_eq!(applied.instance("prod", "data")["outcome"], "updated");
    assert_eq!(
        applied.json()["allowed"],
        serde_json::json!(["replace:AWS::SQS::Queue", "remove:AWS::S3::Bucket"])
    );
}

#[test]
fn what_changes_without_a_loss_needs_no_allowance() {
    let bench = Bench::deployed();
    bench.edit("data.yaml", "DelaySeconds: 1", "DelaySeconds: 2");
    let applied = bench.report(&["apply", FILE], 0);
    assert_eq!(applied.instance("dev", "data")["outcome"], "updated");
    let again = bench.report(&["apply", FILE], 0);
    assert_eq!(again.instance("dev", "data")["outcome"], "unchanged");
    assert_eq!(bench.change_sets(), 0);
}

#[test]
fn a_removal_needs_an_allowance_of_its_own_unless_the_template_retains_the_resource() {
    let bench = Bench::deployed();
    let queue = DATA.lines().nth(1).expect("the queue");
    bench.edit("data.yaml", queue, "");
    bench.run(&["apply", FILE, "--allow", "replace:*"]).expect_code(5);
    let report = bench.report(&["apply", FILE, "--account", "dev"], 5).json();
    assert_eq!(losses(&report), ["dev/data remove Queue"]);
    bench
        .run(&["apply", FILE, "--account", "dev", "--allow", "remove:AWS::SQS::Queue"])
        .expect_code(0);
    // In the other account it is retained first.
    bench.0.write(
        "data.yaml",
        DATA.replace(
            "Type: 'AWS::SQS::Queue',",
            "Type: 'AWS::SQS::Queue', DeletionPolicy: Retain,",
        ),
    );
    bench.run(&["apply", FILE, "--account", "prod"]).expect_code(0);
    bench.0.write("data.yaml", DATA.replace(queue, ""));
    let applied = bench.report(&["apply", FILE, "--account", "prod"], 0);
    assert_eq!(applied.instance("prod", "data")["outcome"], "updated");
}

#[test]
fn nothing_is_deleted_that_holds_what_is_kept() {
    let bench = Bench::deployed();
    let before = bench.standing();
    let report = bench.report(&["destroy", FILE], 5).json();
    assert_eq!(losses(&report), ["dev/data remove Queue", "prod/data remove Queue"]);
    assert_eq!(bench.standing(), before);
    // What is left behind is kept as well.
    bench.edit(FILE, "  data: { template: data.yaml }\n", "");
    let report = bench.report(&["prune", FILE], 5).json();
    assert_eq!(losses(&report), ["dev/data remove Queue", "prod/data remove Queue"]);
    bench.run(&["prune", FILE, "--allow", "remove:AWS::SQS::Queue"]).expect_code(0);
    bench.run(&["destroy", FILE]).expect_code(0);
}

#[test]
fn a_rollback_deletes_what_its_run_created_only_if_that_is_allowed() {
    let bench = Bench::deployed();
    bench.0.write("more.yaml", DATA.replace("first", "another"));
    bench.edit(FILE, "  topic:", "  more: { template: more.yaml }\n  topic:");
    let run = bench.report(&["apply", FILE], 0).json()["run"].as_str().expect("an id").to_owned();
    let report = bench.report(&["rollback", &run], 5).json();
    assert_eq!(losses(&report), ["dev/more remove Queue", "prod/more remove Queue"]);
    let back = bench.report(&["rollback", &run, "--allow", "remove:AWS::SQS::Queue"], 0).json();
    assert_eq!(back["allowed"], serde_json::json!(["remove:AWS::SQS::Queue"]));
}

#[test]
fn a_rollback_removes_what_its_run_added_to_a_stack_only_if_that_is_allowed() {
    let bench = Bench::deployed();
    bench.edit(
        "data.yaml",
        "  Note:",
        "  More: { Type: 'AWS::SQS::Queue', Properties: { QueueName: more } }\n  Note:",
    );
    let run = bench.report(&["apply", FILE], 0).json()["run"].as_str().expect("an id").to_owned();
    let back = bench.report(&["rollback", &run], 5);
    let failure = &back.instance("dev", "data")["failure"];
    assert_eq!(failure["kind"], "guarded", "{failure:#}");
    assert!(failure["message"].as_str().is_some_and(|it| it.contains("remove More")), "{failure}");
    assert_eq!(bench.change_sets(), 0);
    bench.run(&["rollback", &run, "--allow", "remove:AWS::SQS::Queue"]).expect_code(0);
}

#[test]
fn a_way_back_by_itself_leaves_what_is_kept_and_says_so() {
    let bench = Bench::deployed();
    bench.0.write("more.yaml", DATA.replace("first", "another"));
    bench.edit(FILE, "  topic:", "  more: { template: more.yaml }\n  topic:");
    bench.edit(
        "topic.yaml",
        "TopicName: one }",
        "TopicName: two }, Metadata: { Sandbox: { FailOn: update } }",
    );
    bench.edit(
        FILE,
        "  topic: { template: topic.yaml }",
        "  topic: { template: topic.yaml, depends-on: [more] }",
    );
    let ran = bench.report(&["apply", FILE, "--account", "dev", "--on-failure", "rollback-run"], 1);
    let more = ran.instance("dev", "more");
    assert_eq!(more["failure"]["kind"], "guarded", "{more:#}");
    let report = bench.report(&["destroy", FILE, "--account", "dev", "--stack", "more"], 5).json();
    assert_eq!(losses(&report), ["dev/more remove Queue"], "it stands");
}

#[test]
fn a_word_that_is_no_type_is_a_fault_with_its_spot_and_one_that_allows_nothing_is_told() {
    let bench = Bench::absent();
    bench.edit(FILE, "'AWS::SQS::Queue'", "Queue");
    let wrong = bench.0.run(&["validate", FILE]).expect_code(2);
    insta::assert_snapshot!(wrong.stderr, @r"
     × `Queue` is not a resource type
      ╭─[e.yaml:6:38]
    5 │ accounts: { dev: '100000000001', prod: '100000000002' }
    6 │ guards: { keep: ['AWS::DynamoDB::*', Queue] }
      ·                                      ──┬──
      ·                                        ╰── a resource type is needed here
    7 │ stacks:
      ╰────
     help: a type such as `AWS::RDS::DBInstance` is needed, in which `*` stands
           for any characters: `AWS::RDS::*`
    ");
    let wrong = bench.run(&["apply", FILE, "--allow", "delete:AWS::SQS::Queue"]).expect_code(2);
    assert!(wrong.stderr.contains("is neither replace:TYPE nor remove:TYPE"), "{wrong:?}");
    bench.edit(FILE, "guards: { keep: ['AWS::DynamoDB::*', Queue] }\n", "");
    let told = bench.run(&["apply", FILE, "--allow", "remove:AWS::SQS::Queue"]).expect_code(0);
    assert!(told.stderr_on_one_line().contains("--allow remove:AWS::SQS::Queue allowed nothing"));
}

#[test]
fn a_guard_changes_nothing_of_what_is_sent() {
    let desk = Desk::empty();
    let source = |value: &str| {
        format!(
            "Resources:\n  Note: {{ Type: 'AWS::SSM::Parameter', Properties: {{ Name: /nm, Type: String, Value: {value} }} }}\n"
        )
    };
    let of_template =
        "Parameters: { Shown: { Type: 'AWS::SSM::Parameter::Value<String>', Default: /nm } }\n";
    let of_file = "Parameters: { Shown: { Type: String } }\n";
    let topic = "Resources:\n  Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: t, DisplayName: !Ref Shown } }\nOutputs: { Shown: { Value: !GetAtt Topic.TopicName } , D: { Value: !Ref Shown } }\n";
    for (parameters, head) in
        [("", of_template), (", parameters: { Shown: '${ssm:/nm}' }", of_file)]
    {
        let file = format!(
            "environment: e
source: {{ account: '999999999999' }}
assume-role: {{ name: xdeploy-deployer }}
regions: [eu-central-1]
accounts: {{ dev: '100000000001' }}
guards: {{ keep: ['AWS::SNS::*'] }}
stacks:
  source: {{ template: source.yaml }}
  taker: {{ template: taker.yaml, depends-on: [source]{parameters} }}
"
        );
        desk.write(FILE, file);
        desk.write("taker.yaml", format!("{head}{topic}"));
        let apply = |value: &str| {
            desk.write("source.yaml", source(value));
            let fast = ["--sandbox", "--sandbox-seconds-per-resource", "0.01"];
            let arguments = ["apply", FILE, "--yes", "--output", "json"];
            desk.run(&[&arguments[..], &fast].concat()).expect_code(0)
        };
        apply("one");
        let second = apply("two");
        assert_eq!(second.instance("dev", "taker")["outcome"], "updated", "{parameters}");
        assert_eq!(second.instance("dev", "taker")["outputs"]["D"], "two", "{parameters}");
    }
}

#[test]
fn what_a_run_was_allowed_is_not_allowed_to_its_way_back() {
    let bench = Bench::deployed();
    bench.edit("data.yaml", "QueueName: first", "QueueName: second");
    bench.report(&["apply", FILE, "--allow", "replace:AWS::SQS::Queue"], 0);
    let back = bench.report(&["rollback", "latest"], 5).json();
    let failure = back["stack_instances"][1]["failure"].to_string();
    assert!(back.to_string().contains("\"guarded\""), "{failure}");
    let allowed = ["rollback", "latest", "--allow", "replace:AWS::SQS::Queue"];
    let back = bench.report(&allowed, 0);
    assert!(!back.stderr.contains("allowed nothing"), "{back:?}");
}
