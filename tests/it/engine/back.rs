//! A run that fails and puts back what it changed.

use std::num::NonZeroUsize;

use xdeploy::engine::{Limits, Run};
use xdeploy::event::{FailureKind, Operation, Outcome, RunEvent, RunResult};
use xdeploy::name::RunId;

use crate::support::client::{cloudformation, operations, shown};
use crate::support::files::{ONE, SETTING, failing};
use crate::support::unfinished::Unfinished;
use crate::support::world::{Ran, World};

/// Returns an environment of so many accounts with two chained stacks each.
fn fleet(accounts: usize, value: &str, rollout: &str) -> String {
    let mut file = String::from(
        "environment: prod\nsource: { account: '999999999999' }\nassume-role: { name: deployer }\n\
         regions: [eu-central-1]\naccounts:\n",
    );
    for account in 0..accounts {
        file.push_str(&format!("  a{account:02}: '{}'\n", id(account)));
    }
    file.push_str(&format!(
        "rollout: {{ {rollout} }}\nstacks:\n  first: {{ template: app.yaml, parameters: {{ Value: \
         {value} }} }}\n  second: {{ template: app.yaml, parameters: {{ Value: \
         '${{output:first.Value}}' }}, tags: {{ version: {value} }} }}\n"
    ));
    file
}

fn id(account: usize) -> String {
    format!("{:012}", 100_000_000_000 + account)
}

fn world_of(accounts: usize) -> World {
    let ids: Vec<String> = (0..accounts).map(id).collect();
    let world = World::new(&ids.iter().map(String::as_str).collect::<Vec<_>>());
    world.write("app.yaml", SETTING);
    world
}

/// Applies an environment file, keeping what stood before.
async fn apply(world: &World, file: &str) -> Ran {
    let id = RunId::new(world.clock.now(), fastrand::u32(..));
    let run = Run::new(id, Operation::Apply, Limits::default(), world.clock);
    Ran::new(world.until(run, world.plan(file), None).await)
}

/// Returns how every stack of an account shows itself: template, parameters, tags and outputs.
async fn standing(world: &World, accounts: usize) -> Vec<String> {
    let mut all = Vec::new();
    for account in 0..accounts {
        all.extend(shown(world, &id(account)).await);
    }
    all
}

#[tokio::test(start_paused = true)]
async fn of_forty_accounts_of_which_one_fails_all_others_are_as_before() {
    let world = world_of(40);
    let before = fleet(40, "one", "on-failure: rollback-run");
    assert_eq!(apply(&world, &before).await.report.result, RunResult::Succeeded);
    let stood = standing(&world, 40).await;
    world.inject(&format!("fail,account={},stack=second,times=1", id(37)));
    let template = SETTING.replace("Default: one", "Default: two");
    world.write("app.yaml", &template);
    let names: Vec<String> = (0..37).map(|account| format!("a{account:02}")).collect();
    let waves = format!("waves: [[{}], [a37], ['*']], on-failure: rollback-run", names.join(", "));
    let ran = apply(&world, &fleet(40, "two", &waves)).await;
    assert_eq!(ran.report.exit_code(), 1);
    let summary = ran.report.summary;
    // Of account 37, the first stack is put back by us and the second by CloudFormation.
    assert_eq!((summary.rolled_back, summary.failed, summary.skipped), (75, 1, 4));
    assert_eq!(ran.report.result, RunResult::RolledBack);
    assert_eq!(standing(&world, 40).await, stood, "byte for byte");
}

#[tokio::test(start_paused = true)]
async fn what_was_created_is_deleted_and_dependents_go_first() {
    let world = world_of(2);
    world.inject(&format!("fail,account={},stack=second", id(1)));
    let ran = apply(&world, &fleet(2, "one", "on-failure: rollback-run")).await;
    assert_eq!(ran.report.result, RunResult::RolledBack, "{:?}", ran.outcomes());
    let outcome = |account: &str, stack: &str| ran.instance(account, stack).outcome;
    assert_eq!(outcome("a00", "second"), Outcome::RolledBack);
    assert_eq!(outcome("a01", "first"), Outcome::RolledBack);
    assert_eq!(outcome("a01", "second"), Outcome::Failed);
    assert!(standing(&world, 1).await.is_empty(), "nothing is left of the good account");
    let ended = |stack: &str| {
        let is_it = |event: &RunEvent| match &event.kind {
            xdeploy::event::EventKind::InstanceFinished { end } => {
                end.outcome == Outcome::RolledBack && end.instance.to_string() == stack
            }
            _ => false,
        };
        ran.events.iter().position(is_it).expect("it went back")
    };
    assert!(ended("a00/eu-central-1/second") < ended("a00/eu-central-1/first"));
}

/// One stack that is left as it fails.
fn left_as_it_fails(on_failure: &str) -> String {
    format!(
        "{ONE}\nrollout: {{ on-failure: {on_failure} }}\nstacks:\n  app: {{ template: app.yaml, on-create-failure: \
         do-nothing }}\n"
    )
}

#[tokio::test(start_paused = true)]
async fn what_a_failed_creation_left_is_deleted_on_the_way_back() {
    let world = World::new(&["100000000001"]);
    world.write("app.yaml", &failing("create", "1"));
    let ran = apply(&world, &left_as_it_fails("rollback-run")).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app rolled-back"]);
    assert_eq!(ran.report.result, RunResult::RolledBack);
    assert!(ran.failure("dev", "app").message.contains("the quota is used up"));
    assert!(shown(&world, "100000000001").await.is_empty(), "nothing is left");
}

#[tokio::test(start_paused = true)]
async fn what_failed_before_the_run_and_is_left_as_it_fails_is_told_as_not_back() {
    let world = World::new(&["100000000001"]);
    world.write("app.yaml", &failing("create", "1"));
    apply(&world, &left_as_it_fails("stop")).await;
    world.write("app.yaml", &failing("create", "2"));
    let ran = apply(&world, &left_as_it_fails("rollback-run")).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app failed"]);
    assert_eq!(ran.report.result, RunResult::Failed, "it is not rolled back");
    let failure = ran.failure("dev", "app");
    assert_eq!(failure.kind, FailureKind::CannotGoBack);
    assert!(failure.message.contains("not put back: it had failed before"), "{failure:?}");
    assert_eq!(shown(&world, "100000000001").await.len(), 1, "what stood before stays");
}

#[tokio::test(start_paused = true)]
async fn a_wave_goes_back_alone() {
    let world = world_of(3);
    world.inject(&format!("fail,account={},stack=second", id(2)));
    let rollout = "waves: [[a00], [a01, a02]], on-failure: rollback-wave";
    let ran = apply(&world, &fleet(3, "one", rollout)).await;
    assert_eq!(ran.instance("a00", "first").outcome, Outcome::Created);
    assert_eq!(ran.instance("a01", "second").outcome, Outcome::RolledBack);
    assert_eq!(ran.instance("a02", "first").outcome, Outcome::RolledBack);
    assert_eq!(ran.report.result, RunResult::RolledBack);
}

#[tokio::test(start_paused = true)]
async fn what_somebody_else_changed_or_protects_is_told_and_left() {
    let world = world_of(3);
    assert_eq!(apply(&world, &fleet(3, "one", "")).await.report.result, RunResult::Succeeded);
    let kept = apply(&world, &fleet(3, "two", "")).await.events;
    let client = cloudformation(&world, &id(1));
    let tag = aws_sdk_cloudformation::types::Tag::builder().key("by").value("hand").build();
    let by_hand = client.update_stack().stack_name("second").use_previous_template(true).tags(tag);
    by_hand.send().await.expect("it is accepted");
    tokio::time::sleep(std::time::Duration::from_secs(10)).await;
    let ran = go_back(&world, &fleet(3, "two", ""), kept).await;
    let failure = ran.failure("a01", "second");
    assert_eq!(failure.kind, FailureKind::CannotGoBack);
    assert!(failure.message.contains("after the run"), "{failure:?}");
    assert!(ran.failure("a01", "first").message.contains("a01/eu-central-1/second needs it"));
    assert_eq!(ran.instance("a02", "first").outcome, Outcome::RolledBack);
    assert_eq!(ran.report.result, RunResult::Failed);
    assert_eq!(ran.report.exit_code(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_rollback_succeeds_if_all_is_back_and_not_where_something_is_retained() {
    let keeping = SETTING.replacen("Type: AWS", "DeletionPolicy: Retain\n    Type: AWS", 1);
    assert_ne!(keeping, SETTING);
    for (template, code) in [(SETTING, 0), (&keeping, 1)] {
        let world = world_of(2);
        world.write("app.yaml", template);
        let kept = apply(&world, &fleet(2, "one", "")).await.events;
        let ran = go_back(&world, &fleet(2, "one", ""), kept).await;
        assert_eq!(ran.report.result, RunResult::RolledBack, "{:?}", ran.outcomes());
        assert_eq!(ran.report.exit_code(), code, "{:?}", ran.report.stack_instances);
    }
}

/// Puts back what a run changed.
async fn go_back(world: &World, file: &str, kept: Vec<RunEvent>) -> Ran {
    let more = go_back_until(world, file, &kept, None).await;
    Ran::new(kept.into_iter().chain(more).collect())
}

/// Puts back what a run changed until that is left unfinished; returns what was kept of it.
async fn go_back_until(
    world: &World,
    file: &str,
    kept: &[RunEvent],
    moment: Option<Unfinished>,
) -> Vec<RunEvent> {
    let mut past = xdeploy::engine::PastRun::default();
    kept.iter().for_each(|event| past.on(event));
    let start = past.start.clone().expect("a run that began");
    let run = Run::new(start.run, start.operation, Limits::default(), world.clock);
    let run = Run { past: Some(past), goes_back: true, ..run };
    world.until(run, world.plan(file), moment).await
}

#[tokio::test(start_paused = true)]
async fn a_stuck_way_back_that_is_left_unfinished_anywhere_is_resumed() {
    let file = |value: &str| {
        format!("{ONE}stacks:\n  app: {{ template: app.yaml, parameters: {{ Value: {value} }} }}\n")
    };
    let stuck = || async {
        let world = World::new(&["100000000001"]);
        world.write("app.yaml", SETTING);
        apply(&world, &file("one")).await;
        let kept = apply(&world, &file("two")).await.events;
        world.inject("fail=update,times=1");
        world.inject("fail=rollback,times=1");
        let ran = go_back(&world, &file("two"), kept).await;
        let help = ran.failure("dev", "app").help.clone().expect("a help");
        assert!(help.contains("then roll the run back again"), "{help}");
        (world, ran.events)
    };
    let (world, kept) = stuck().await;
    let events = go_back_until(&world, &file("two"), &kept, None).await;
    let expected = operations(&world, "100000000001").await;
    let [first, last] = [&events[0], &events[events.len() - 1]].map(|event| event.sequence);
    for after in first..last {
        for then in [None, Some(std::time::Duration::from_millis(700))] {
            let (world, mut kept) = stuck().await;
            let moment = Unfinished { after, then };
            kept.extend(go_back_until(&world, &file("two"), &kept, Some(moment)).await);
            let ran = world.resume(world.plan(&file("two")), Limits::default(), kept).await;
            assert_eq!(ran.report.result, RunResult::RolledBack, "{moment:?} {:?}", ran.outcomes());
            assert_eq!(operations(&world, "100000000001").await, expected, "{moment:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_deleted_before_is_back_even_if_nobody_may_see_what_has_its_name_now() {
    let world = world_of(1);
    let file = fleet(1, "one", "");
    let kept = apply(&world, &file).await.events;
    let client = cloudformation(&world, &id(0));
    for stack in ["second", "first"] {
        client.delete_stack().stack_name(stack).send().await.expect("it is accepted");
        tokio::time::sleep(std::time::Duration::from_secs(30)).await;
    }
    for stack in ["second", "first"] {
        world.inject(&format!("deny,action=DescribeStacks,stack={stack},skip=1"));
    }
    let ran = go_back(&world, &file, kept).await;
    assert_eq!(ran.report.result, RunResult::RolledBack, "{:?}", ran.report.stack_instances);
}

#[tokio::test(start_paused = true)]
async fn a_way_back_that_is_left_unfinished_anywhere_is_resumed() {
    let file = format!(
        "{ONE}rollout: {{ on-failure: rollback-run }}\nstacks:\n  first: {{ template: app.yaml }}\n  \
         bad: {{ template: bad.yaml, depends-on: [first] }}\n"
    );
    let world = || {
        let world = World::new(&["100000000001"]);
        world.write("app.yaml", SETTING);
        world.write("bad.yaml", &failing("create", "1"));
        world
    };
    let whole = world();
    let events = apply(&whole, &file).await.events.len() as u64;
    let expected = operations(&whole, "100000000001").await;
    for after in 1..events {
        for then in [None, Some(std::time::Duration::from_millis(700))] {
            let world = world();
            let plan = world.plan(&file);
            let moment = Unfinished { after, then };
            let limits = || Limits { max_concurrent: NonZeroUsize::new(4), ..Limits::default() };
            let kept =
                world.leave_unfinished(Operation::Apply, plan.clone(), limits(), moment).await;
            let ran = world.resume(plan, limits(), kept).await;
            assert_eq!(ran.report.result, RunResult::RolledBack, "{moment:?} {:?}", ran.outcomes());
            assert_eq!(operations(&world, "100000000001").await, expected, "{moment:?}");
        }
    }
}

/// Returns a world in which a run left a stack in `UPDATE_ROLLBACK_FAILED`, the run's file, and what was kept of it.
async fn left_stuck() -> (World, String, Vec<RunEvent>) {
    let file = |value: &str| {
        format!("{ONE}stacks:\n  app: {{ template: app.yaml, parameters: {{ Value: {value} }} }}\n")
    };
    let world = World::new(&["100000000001"]);
    world.write("app.yaml", SETTING);
    apply(&world, &file("one")).await;
    world.inject("fail=update,times=1");
    world.inject("fail=rollback,times=1");
    let kept = apply(&world, &file("two")).await.events;
    (world, file("two"), kept)
}

#[tokio::test(start_paused = true)]
async fn where_no_stack_policy_was_the_way_back_leaves_one_that_forbids_nothing() {
    let world = world_of(1);
    let rollout = "on-failure: rollback-run";
    apply(&world, &fleet(1, "one", rollout)).await;
    // The way back is an update as well.
    let deny =
        r#"{"Statement":[{"Effect":"Deny","Action":"Update:*","Principal":"*","Resource":"*"}]}"#;
    world.write("policy.json", deny);
    world.inject("fail=update,stack=second,times=1");
    let with_policy = fleet(1, "two", rollout).replacen(
        "template: app.yaml",
        "template: app.yaml, stack-policy: policy.json",
        1,
    );
    let ran = apply(&world, &with_policy).await;
    assert_eq!(ran.instance("a00", "first").outcome, Outcome::RolledBack);
    let client = cloudformation(&world, &id(0));
    let policy = client.get_stack_policy().stack_name("first").send().await.expect("it stands");
    let policy = policy.stack_policy_body.expect("one is set");
    assert!(policy.contains("Allow") && !policy.contains("Deny"), "{policy}");
    let again = apply(&world, &fleet(1, "three", rollout)).await;
    assert_eq!(again.instance("a00", "first").outcome, Outcome::Updated);
}

/// Continues a stuck rollback by hand, and protects the stack from deletion.
async fn continue_by_hand(client: &aws_sdk_cloudformation::Client) {
    let go_on = client.continue_update_rollback().stack_name("app").send().await;
    go_on.expect("it is accepted");
    tokio::time::sleep(std::time::Duration::from_secs(30)).await;
    let protect = client.update_termination_protection().stack_name("app");
    let protected = protect.enable_termination_protection(true).send().await;
    protected.expect("it is accepted");
}

#[tokio::test(start_paused = true)]
async fn a_stack_of_which_only_the_protection_differs_is_put_back_without_an_update() {
    let (world, file, kept) = left_stuck().await;
    let client = cloudformation(&world, "100000000001");
    continue_by_hand(&client).await;
    let before = operations(&world, "100000000001").await;
    let ran = go_back(&world, &file, kept).await;
    assert_eq!(ran.report.result, RunResult::RolledBack, "{:?}", ran.report.stack_instances);
    assert_eq!(operations(&world, "100000000001").await, before);
    let found = client.describe_stacks().stack_name("app").send().await.expect("it stands");
    assert_eq!(found.stacks()[0].enable_termination_protection(), Some(false));
}

#[tokio::test(start_paused = true)]
async fn a_template_that_somebody_else_deployed_since_is_not_overwritten_by_the_way_back() {
    let (world, file, kept) = left_stuck().await;
    let client = cloudformation(&world, "100000000001");
    continue_by_hand(&client).await;
    let theirs = SETTING.replace("Where:", "Place:");
    let failing = SETTING.replace("Type: String, Value", "Type: String, Description: more, Value");
    assert!(failing != SETTING && theirs != SETTING);
    for template in [&theirs, &failing] {
        let value = aws_sdk_cloudformation::types::Parameter::builder();
        let value = value.parameter_key("Value").use_previous_value(true).build();
        let update = client.update_stack().stack_name("app").template_body(template);
        update.parameters(value).send().await.expect("it is accepted");
        tokio::time::sleep(std::time::Duration::from_secs(30)).await;
        // The next one fails, and goes back to this one.
        world.inject("fail=update,times=1");
    }
    let status = || async {
        let found = client.describe_stacks().stack_name("app").send().await.expect("it stands");
        found.stacks()[0].stack_status().expect("a status").as_str().to_owned()
    };
    assert_eq!(status().await, "UPDATE_ROLLBACK_COMPLETE");
    let ran = go_back(&world, &file, kept).await;
    let failure = ran.failure("dev", "app");
    assert_eq!(failure.kind, FailureKind::CannotGoBack);
    assert!(failure.message.contains("after the run"), "{failure:?}");
    let stands = client.get_template().stack_name("app").send().await.expect("it stands");
    assert_eq!(stands.template_body(), Some(theirs.as_str()));
}
