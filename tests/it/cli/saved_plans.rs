//! Saved plans: `plan --out` and `apply PLAN` carry out what was reviewed, once, or nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt;

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
stacks:
  base: { template: base.yaml, parameters: { Password: hidden-away-4711 } }
  app: { template: app.yaml, parameters: { Delay: '${output:base.Delay}', Name: '${output:base.Name}' } }
rollout: { waves: [[dev], [prod]] }
";

const BASE: &str = "Parameters: { Password: { Type: String, NoEcho: true } }
Resources:
  Queue: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: 1 } }
Outputs: { Delay: { Value: '5' }, Name: { Value: one } }
";

const APP: &str = "Parameters: { Delay: { Type: String }, Name: { Type: String } }
Resources:
  Work: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: !Ref Delay } }
  Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: !Ref Name } }
";

/// A folder with an environment that stands in the sandbox.
struct Bench(Desk);

impl Bench {
    fn deployed() -> Self {
        let bench = Self::absent();
        bench.run(&["apply", FILE, "--yes"]).expect_code(0);
        bench
    }

    fn absent() -> Self {
        let desk = Desk::empty();
        for (name, text) in [(FILE, ENVIRONMENT), ("base.yaml", BASE), ("app.yaml", APP)] {
            desk.write(name, text);
        }
        Self(desk)
    }

    fn run(&self, arguments: &[&str]) -> Printed {
        let fast = ["--sandbox", "--sandbox-seconds-per-resource", "0.01", "--progress", "plain"];
        self.0.run(&[arguments, &fast[..]].concat())
    }

    fn edit(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.0.path().join(name)).expect("it is there");
        assert!(text.contains(from), "{name}: {text}");
        self.0.write(name, text.replace(from, to));
    }

    fn plan(&self) -> Printed {
        self.run(&["plan", FILE, "--out", PLAN]).expect_code(0)
    }

    fn apply(&self, code: i32) -> Printed {
        self.run(&["apply", PLAN, "--yes", "--output", "json"]).expect_code(code)
    }

    fn planned(&self) -> Value {
        let text = fs::read_to_string(self.0.path().join(PLAN)).expect("it was written");
        serde_json::from_str(&text).expect("it is JSON")
    }

    /// Returns how many change sets that no run executed stand in the sandbox.
    fn change_sets(&self) -> usize {
        count_change_sets(&self.0.path().join(".xdeploy/sandbox"))
    }

    fn has(&self, text: &str) -> bool {
        let printed = self.run(&["outputs", FILE, "--output", "json"]).expect_code(0);
        printed.stdout.contains(text)
    }
}

#[test]
fn what_was_reviewed_is_executed_once_in_the_order_of_the_waves() {
    let bench = Bench::deployed();
    bench.edit("base.yaml", "DelaySeconds: 1", "DelaySeconds: 2");
    bench.plan();
    let mode = fs::metadata(bench.0.path().join(PLAN)).expect("it stands").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let planned = bench.planned();
    assert_eq!(planned["kind"], "xdeploy-plan");
    assert!(!planned.to_string().contains("hidden-away-4711"), "no secret");
    let stacks = planned["plan"]["saved"]["stacks"].as_array().expect("a list").clone();
    let change_sets = stacks.iter().filter(|one| one["kept"]["change_set"].is_string()).count();
    assert_eq!((stacks.len(), change_sets, bench.change_sets()), (4, 2, 2), "{planned:#}");
    let ran = bench.apply(0);
    let outcomes =
        ["dev/app unchanged", "dev/base updated", "prod/app unchanged", "prod/base updated"];
    assert_eq!(ran.outcomes(), outcomes);
    let calls = ran.json()["api_calls"].clone();
    assert_eq!(calls["cloudformation:ExecuteChangeSet"], 2, "{calls}");
    assert!(calls.get("cloudformation:UpdateStack").is_none(), "{calls}");
    assert!(calls.get("cloudformation:CreateChangeSet").is_none(), "{calls}");
    assert_eq!(bench.change_sets(), 0);
    let again = bench.apply(5);
    assert!(again.stderr_on_one_line().contains("the plan was used before"), "{again:?}");
    assert_eq!(again.json()["result"], "refused");
    assert_eq!(journals(&bench.0, ".xdeploy").len(), 2, "the second is no run");
}

#[test]
fn a_plan_of_absent_stacks_creates_them() {
    let bench = Bench::absent();
    bench.plan();
    let ran = bench.apply(0);
    assert_eq!(
        ran.outcomes(),
        ["dev/app created", "dev/base created", "prod/app created", "prod/base created"]
    );
    assert!(bench.has("one"));
}

#[test]
fn a_plan_whose_files_changed_is_refused_and_its_change_sets_are_deleted() {
    let bench = Bench::deployed();
    bench.edit("base.yaml", "DelaySeconds: 1", "DelaySeconds: 2");
    bench.plan();
    bench.edit("app.yaml", "Work", "Works");
    let ran = bench.apply(5);
    assert!(
        ran.stderr_on_one_line().contains("changed since the plan was made: app.yaml"),
        "{ran:?}"
    );
    assert_eq!(bench.change_sets(), 0);
    bench.edit("app.yaml", "Works", "Work");
    let ran = bench.apply(5);
    assert!(ran.stderr_on_one_line().contains("its change set is gone"), "{ran:?}");
    assert_eq!(journals(&bench.0, ".xdeploy").len(), 1, "nothing ran");
}

#[test]
fn a_plan_of_a_variable_that_is_another_now_is_refused() {
    let bench = Bench::deployed();
    bench.edit(FILE, "regions:", "tags: { of: '${env:OWNER:-none}' }\nregions:");
    bench.plan();
    let fast = ["--sandbox", "--sandbox-seconds-per-resource", "0.01"];
    let mut command = bench.0.command(&[&["apply", PLAN, "--yes"][..], &fast[..]].concat());
    let ran = Printed::from(command.env("OWNER", "me").output().expect("it can be started"));
    let ran = ran.expect_code(5);
    assert!(
        ran.stderr_on_one_line().contains("is not what it was when the plan was made"),
        "{ran:?}"
    );
    assert_eq!(bench.change_sets(), 0);
}

#[test]
fn a_stack_that_moved_since_refuses_the_whole_plan_and_says_who_moved_it() {
    let bench = Bench::deployed();
    bench.edit("base.yaml", "DelaySeconds: 1", "DelaySeconds: 2");
    bench.plan();
    bench.edit("base.yaml", "DelaySeconds: 2", "DelaySeconds: 3");
    bench.run(&["apply", FILE, "--account", "prod", "--yes"]).expect_code(0);
    bench.edit("base.yaml", "DelaySeconds: 3", "DelaySeconds: 2");
    let ran = bench.apply(5);
    let told = ran.stderr_on_one_line();
    assert!(told.contains("1 stack instance is not as planned: prod/eu-central-1/base"), "{told}");
    assert!(told.contains("by run 2"), "{told}");
    assert_eq!(bench.change_sets(), 0);
    let calls = ran.json()["api_calls"].clone();
    assert!(calls.get("cloudformation:ExecuteChangeSet").is_none(), "{calls}");
}

#[test]
fn a_stack_that_was_created_since_refuses_the_plan() {
    let bench = Bench::absent();
    bench.plan();
    bench.run(&["apply", FILE, "--account", "dev", "--stack", "base", "--yes"]).expect_code(0);
    let ran = bench.apply(5);
    assert!(ran.stderr_on_one_line().contains("a stack of its name was created by run"), "{ran:?}");
}

#[test]
fn what_an_output_changes_is_planned_anew_in_its_turn() {
    let bench = Bench::deployed();
    bench.edit("base.yaml", "Value: '5'", "Value: '6'");
    bench.plan();
    let ran = bench.apply(0);
    assert_eq!(
        ran.outcomes(),
        ["dev/app updated", "dev/base updated", "prod/app updated", "prod/base updated"]
    );
    let calls = ran.json()["api_calls"].clone();
    assert_eq!(calls["cloudformation:ExecuteChangeSet"], 4, "{calls}");
    assert_eq!(calls["cloudformation:CreateChangeSet"], 2, "{calls}");
    assert_eq!(bench.change_sets(), 0);
}

#[test]
fn what_an_output_would_replace_and_no_plan_named_is_refused() {
    let bench = Bench::deployed();
    bench.edit("base.yaml", "Value: one", "Value: two");
    bench.plan();
    let ran = bench.apply(5);
    assert_eq!(
        ran.outcomes(),
        ["dev/app failed", "dev/base updated", "prod/app skipped", "prod/base skipped"]
    );
    let failure = ran.instance("dev", "app")["failure"].clone();
    assert_eq!(failure["kind"], "not-planned");
    let message = failure["message"].as_str().expect("text");
    assert!(message.ends_with("Topic (AWS::SNS::Topic) replaced"), "{message}");
}

#[test]
fn what_belongs_to_the_plan_cannot_be_named_beside_it() {
    let bench = Bench::deployed();
    bench.plan();
    for flags in [["--account", "dev"], ["--stack", "app"], ["--region", "eu-central-1"]] {
        let ran = bench.run(&[&["apply", PLAN, "--yes"][..], &flags[..]].concat()).expect_code(2);
        assert!(ran.stderr.contains("select nothing of a plan"), "{ran:?}");
    }
    bench.run(&["apply", PLAN, FILE, "--yes"]).expect_code(2);
    let on_aws = bench.0.run(&["apply", PLAN, "--yes"]).expect_code(2);
    assert!(on_aws.stderr.contains("the plan was made with --sandbox"), "{on_aws:?}");
    let flags = ["--max-concurrent", "1", "--on-failure", "continue"];
    bench.run(&[&["apply", PLAN, "--yes"][..], &flags[..]].concat()).expect_code(0);
}

#[test]
fn change_sets_of_a_plan_that_is_discarded_or_superseded_are_deleted() {
    let bench = Bench::deployed();
    bench.edit("base.yaml", "DelaySeconds: 1", "DelaySeconds: 2");
    bench.plan();
    let first = bench.planned()["id"].clone();
    bench.plan();
    assert_ne!(bench.planned()["id"], first);
    assert_eq!(bench.change_sets(), 2, "those of the second");
    let ran = bench.run(&["plan", "--discard", PLAN]).expect_code(0);
    assert!(ran.stderr.contains("no change set of the plan is left"), "{ran:?}");
    assert_eq!(bench.change_sets(), 0);
    let ran = bench.apply(5);
    assert!(ran.stderr_on_one_line().contains("its change set is gone"), "{ran:?}");
    bench.run(&["plan", "--discard", FILE]).expect_code(2);
    let ran = bench.run(&["plan", "--discard", "missing.plan"]).expect_code(2);
    assert!(
        ran.stderr_on_one_line().contains("missing.plan cannot be read: No such file"),
        "{ran:?}"
    );
    for command in ["plan", "validate", "graph"] {
        let flags: &[&str] = if command == "plan" { &["--sandbox"] } else { &[] };
        let ran = bench.0.run(&[&[command, PLAN][..], flags].concat()).expect_code(2);
        assert!(ran.stderr_on_one_line().contains("is a plan that was kept"), "{command}: {ran:?}");
    }
}

#[test]
fn a_plan_never_takes_the_place_of_another_file() {
    let bench = Bench::deployed();
    let ran = bench.run(&["plan", FILE, "--out", "app.yaml"]).expect_code(2);
    assert!(ran.stderr.contains("is no plan"), "{ran:?}");
    bench.run(&["plan", FILE, "--out", "missing/reviewed.plan"]).expect_code(74);
    assert_eq!(bench.change_sets(), 0);
}

#[test]
fn a_plan_that_fails_somewhere_is_not_kept() {
    let bench = Bench::deployed();
    bench.edit("base.yaml", "DelaySeconds: 1", "DelaySeconds: 2");
    let refused = "deny,action=CreateChangeSet,account=prod";
    let ran = bench.run(&["plan", FILE, "--out", PLAN, "--sandbox-fault", refused]).expect_code(1);
    assert!(ran.stderr.contains("no plan is kept"), "{ran:?}");
    assert!(!bench.0.path().join(PLAN).exists());
    assert_eq!(bench.change_sets(), 0);
}

#[test]
fn a_plan_that_fails_leaves_the_one_that_stood_in_its_place() {
    let bench = Bench::deployed();
    bench.edit("base.yaml", "DelaySeconds: 1", "DelaySeconds: 2");
    bench.plan();
    let first = bench.planned();
    let fails = ["--sandbox-fault", "deny,action=CreateChangeSet,account=prod"];
    let ran = bench.run(&[&["plan", FILE, "--out", PLAN][..], &fails[..]].concat()).expect_code(1);
    assert!(ran.stderr_on_one_line().contains("the former one still stands in"), "{ran:?}");
    assert_eq!((bench.planned(), bench.change_sets()), (first, 2));
    bench.apply(0);
}

#[test]
fn change_sets_that_cannot_be_deleted_are_still_known_by_the_file() {
    let bench = Bench::deployed();
    bench.edit("base.yaml", "DelaySeconds: 1", "DelaySeconds: 2");
    let denied = ["deny,action=CreateChangeSet,account=prod", "deny,action=DeleteChangeSet"];
    let denied = denied.map(|fault| ["--sandbox-fault", fault]).concat();
    let ran = bench.run(&[&["plan", FILE, "--out", PLAN][..], &denied[..]].concat()).expect_code(1);
    assert!(
        ran.stderr_on_one_line().contains("`xdeploy plan --discard reviewed.plan` tries again"),
        "{ran:?}"
    );
    assert!(bench.change_sets() > 0);
    bench.run(&["plan", "--discard", PLAN]).expect_code(0);
    assert_eq!(bench.change_sets(), 0);
}

#[test]
fn of_an_account_that_cannot_be_entered_no_change_set_is_missed() {
    let bench = Bench::deployed();
    bench.edit("base.yaml", "DelaySeconds: 1", "DelaySeconds: 2");
    let refused = "deny,action=AssumeRole,account=prod";
    let ran = bench.run(&["plan", FILE, "--out", PLAN, "--sandbox-fault", refused]).expect_code(3);
    assert!(!ran.stderr.contains("could not be deleted"), "{ran:?}");
    assert!(ran.stderr.contains("no plan is kept"), "{ran:?}");
    assert_eq!(bench.change_sets(), 0);
}

#[test]
fn a_plan_that_somebody_else_carries_out_keeps_its_change_sets() {
    let bench = Bench::deployed();
    bench.edit("base.yaml", "DelaySeconds: 1", "DelaySeconds: 2");
    bench.plan();
    let stops = ["--sandbox-fault", "fail,account=dev,stack=base"];
    bench.run(&[&["apply", PLAN, "--yes"][..], &stops[..]].concat()).expect_code(1);
    assert_eq!(bench.change_sets(), 1);
    // Another machine knows nothing of the run.
    for name in journals(&bench.0, ".xdeploy") {
        fs::remove_file(name).expect("it stands");
    }
    let ran = bench.apply(5);
    let told = ran.stderr_on_one_line();
    assert!(told.contains("its change set was executed"), "{told}");
    assert_eq!(bench.change_sets(), 1, "it is of the run elsewhere");
}

#[test]
fn a_change_set_that_is_none_of_the_plans_is_never_executed() {
    let bench = Bench::deployed();
    bench.edit("base.yaml", "DelaySeconds: 1", "DelaySeconds: 2");
    bench.plan();
    let text = fs::read_to_string(bench.0.path().join(PLAN)).expect("it was written");
    bench.0.write(PLAN, text.replace(":changeSet/xdeploy-plan-", ":changeSet/another-"));
    let ran = bench.apply(5);
    assert!(ran.stderr_on_one_line().contains("its change set is none of the plan's"), "{ran:?}");
}

#[test]
fn whoever_discards_the_plan_of_an_unfinished_run_is_told_what_that_means() {
    let bench = Bench::deployed();
    bench.edit("base.yaml", "DelaySeconds: 1", "DelaySeconds: 2");
    bench.plan();
    let stops = ["--sandbox-fault", "fail,account=dev,stack=base"];
    bench.run(&[&["apply", PLAN, "--yes"][..], &stops[..]].concat()).expect_code(1);
    let ran = bench.run(&["plan", "--discard", PLAN]).expect_code(0);
    assert!(ran.stderr_on_one_line().contains("cannot be resumed any more"), "{ran:?}");
}

#[test]
fn a_plan_that_was_not_made_to_its_end_is_only_discarded() {
    let bench = Bench::deployed();
    bench.edit("base.yaml", "DelaySeconds: 1", "DelaySeconds: 2");
    bench.plan();
    let mut planned = bench.planned();
    planned["plan"].as_object_mut().expect("an object").remove("saved");
    bench.0.write(PLAN, planned.to_string());
    let ran = bench.apply(2);
    assert!(ran.stderr.contains("not made to its end"), "{ran:?}");
    bench.run(&["plan", "--discard", PLAN]).expect_code(0);
    assert_eq!(bench.change_sets(), 0);
}

#[test]
fn what_no_change_set_holds_is_set_as_well() {
    let bench = Bench::deployed();
    bench.edit("base.yaml", "DelaySeconds: 1", "DelaySeconds: 2");
    bench.0.write(
        "policy.json",
        r#"{"Statement":[{"Effect":"Allow","Action":"Update:*","Principal":"*","Resource":"*"}]}"#,
    );
    let besides = ", termination-protection: true, stack-policy: policy.json }";
    bench.edit(FILE, "hidden-away-4711 } }", &format!("hidden-away-4711 }}{besides}"));
    bench.plan();
    let ran = bench.apply(0);
    let calls = ran.json()["api_calls"].clone();
    assert_eq!(calls["cloudformation:UpdateTerminationProtection"], 2, "{calls}");
    assert_eq!(calls["cloudformation:SetStackPolicy"], 2, "{calls}");
    let ran = bench.run(&["plan", FILE, "--output", "json"]).expect_code(0);
    assert_eq!(ran.json()["summary"]["unchanged"], 4, "{ran:?}");
}

#[test]
fn a_run_of_a_plan_is_put_back_as_any_other() {
    let bench = Bench::deployed();
    bench.edit("base.yaml", "Value: '5'", "Value: '6'");
    bench.plan();
    bench.apply(0);
    assert!(bench.has("\"6\""));
    bench.run(&["rollback", "latest", "--yes"]).expect_code(0);
    assert!(bench.has("\"5\""));
}

#[test]
fn a_change_set_that_fails_is_a_failure_and_what_is_left_is_kept_to_be_resumed() {
    let bench = Bench::deployed();
    bench.edit("base.yaml", "DelaySeconds: 1", "DelaySeconds: 2");
    bench.plan();
    let fails = ["--sandbox-fault", "fail,account=dev,stack=base"];
    let ran = bench.run(&[&["apply", PLAN, "--yes", "--output", "json"][..], &fails[..]].concat());
    let ran = ran.expect_code(1);
    assert_eq!(ran.instance("prod", "base")["outcome"], "skipped");
    assert!(ran.stderr.contains("1 change set of the plan kept"), "{ran:?}");
    assert_eq!(bench.change_sets(), 1);
    let ran = bench.run(&["resume", "latest", "--output", "json"]);
    let calls = ran.json()["api_calls"].clone();
    assert!(calls.get("cloudformation:UpdateStack").is_none(), "{calls}");
}
