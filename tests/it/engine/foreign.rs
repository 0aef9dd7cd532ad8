//! Sessions that lead into another account than they did, and answers that are another's: nothing
//! more is sent, and what is known is told.

use std::num::NonZeroUsize;
use std::time::Duration;

use tokio::sync::watch;
use xdeploy::engine::{Limits, Stop};
use xdeploy::event::{EventKind, FailureKind, Operation, Outcome};
use xdeploy::sandbox::Settings;

use crate::support::client::{cloudformation, operations};
use crate::support::files::{ROLE, SETTING};
use crate::support::world::{Ran, World};

const OWN: &str = "100000000001";
const OTHER: &str = "100000000002";
/// What foreign answers name.
const NOBODY: &str = "909090909090";

const FILE: &str = r#"
environment: prod
source: { account: "999999999999" }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { a1: "100000000001" }
stacks:
  base: { template: app.yaml }
  app: { template: app.yaml, depends-on: [base] }
"#;

/// Returns a world in which both accounts let the source account in.
fn world(faults: &[&str]) -> World {
    world_of(Duration::from_secs(2), faults)
}

/// Returns the same, each step of a resource taking so long.
fn world_of(resource_duration: Duration, faults: &[&str]) -> World {
    let settings = Settings { resource_duration, ..Settings::default() };
    let world = World::with(&[OWN, OTHER], settings);
    world.write("app.yaml", SETTING);
    world.write("role.yaml", ROLE);
    faults.iter().for_each(|fault| world.inject(fault));
    world
}

/// Checks that a run ended because of another account, which it names beside the right one.
fn assert_told(ran: &Ran, other: &str) {
    assert_eq!(ran.report.exit_code(), 3, "{:?}", ran.report.stack_instances);
    let failures = ran.report.stack_instances.iter().filter_map(|i| i.failure.as_ref());
    let wrong: Vec<_> = failures.filter(|f| f.kind == FailureKind::WrongAccount).collect();
    assert!(!wrong.is_empty(), "{:?}", ran.report.stack_instances);
    for failure in wrong {
        let named = failure.message.contains(OWN) && failure.message.contains(other);
        assert!(named && failure.help.is_some(), "{failure:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_that_is_entered_anew_elsewhere_is_not_used_and_its_work_goes_on_once_it_is_mended()
{
    for calls in ["CreateStack", "DescribeStacks", "cloudformation:*"] {
        let expired = format!("expire=1s,account={OWN},action={calls},times=1");
        let elsewhere = format!("elsewhere={OTHER},account={OWN},skip=1");
        let world = world(&[&expired, &elsewhere]);
        let ran = world.apply(FILE).await;
        assert_told(&ran, OTHER);
        assert_eq!(operations(&world, OTHER).await, [""; 0], "{calls}");
        world.faults().clear();
        let again = world.apply(FILE).await;
        assert_eq!(again.report.exit_code(), 0, "{calls}: {:?}", again.outcomes());
        assert_eq!(operations(&world, OWN).await.len(), 2, "{calls}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_that_leads_elsewhere_at_once_lets_nobody_write() {
    for fault in ["elsewhere=100000000002", "foreign,action=AssumeRole"] {
        let world = world(&[fault]);
        let ran = world.apply(FILE).await;
        let other = if fault.starts_with("foreign") { NOBODY } else { OTHER };
        assert_told(&ran, other);
        assert!(!ran.report.api_calls.contains_key("cloudformation:CreateStack"), "{fault}");
        assert_eq!(operations(&world, OTHER).await, [""; 0], "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_on_the_way_that_leads_elsewhere_opens_no_way() {
    let world = world(&["elsewhere=100000000002,account=100000000001,times=1"]);
    let via = "{ name: deployer, via: ['arn:aws:iam::100000000001:role/deployer'] }";
    let file = FILE.replace("{ name: deployer }", via);
    let ran = world.apply(&file).await;
    assert_told(&ran, OTHER);
    assert_eq!(ran.report.api_calls["sts:AssumeRole"], 1);
}

#[tokio::test(start_paused = true)]
async fn after_one_answer_of_another_account_nothing_more_is_sent_there() {
    let independent = FILE.replace(", depends-on: [base]", "")
        + "rollout: { failure-tolerance: 100%, on-failure: continue }\n";
    // The first look finds nothing, and so names no account.
    for (action, skip) in [("CreateStack", 0), ("DescribeStacks", 1), ("DescribeStackEvents", 0)] {
        // So long that events are read on the way.
        let minutes = Duration::from_secs(300);
        let world = world_of(minutes, &[&format!("foreign,action={action},skip={skip},times=1")]);
        let limits = Limits { max_concurrent: NonZeroUsize::new(1), ..Limits::default() };
        let (_wish, stop) = watch::channel(Stop::No);
        let plan = world.plan(&independent);
        let ran = world.run_until(Operation::Apply, plan, limits, stop, |_| {}).await;
        assert_told(&ran, NOBODY);
        let hits = world.faults().hits()[0].1;
        let creates = ran.report.api_calls.get("cloudformation:CreateStack").copied();
        assert_eq!(hits, 1, "{action}: it answered once, and was not asked again");
        assert!(creates.unwrap_or_default() <= 1, "{action}: {creates:?}");
        assert_eq!(ran.report.summary.failed, 2, "{action}: {:?}", ran.outcomes());
    }
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_is_followed_when_answers_turn_foreign_is_told_as_it_was_last_seen() {
    let one = FILE.replace("  app: { template: app.yaml, depends-on: [base] }\n", "");
    // The first look finds no stack, the second one that moves.
    let world = world(&["foreign,action=DescribeStacks,skip=2"]);
    let ran = world.apply(&one).await;
    assert_told(&ran, NOBODY);
    let base = ran.instance("a1", "base");
    assert_eq!(base.outcome, Outcome::Failed);
    assert_eq!(base.status.as_ref().map(|s| s.as_str()), Some("CREATE_IN_PROGRESS"));
    let failure = ran.failure("a1", "base");
    assert!(failure.message.contains("can no longer be seen"), "{failure:?}");
    let help = failure.help.as_deref().expect("a remedy");
    assert!(help.contains("AWS_ENDPOINT_URL_CLOUDFORMATION") && help.contains("xdeploy resume"));
}

#[tokio::test(start_paused = true)]
async fn a_stack_whose_deletion_turns_foreign_is_never_told_as_deleted() {
    for fault in [
        "foreign,action=DescribeStacks",
        "foreign,action=DescribeStacks,skip=1",
        "foreign,action=DescribeStackEvents",
    ] {
        let world = world_of(Duration::from_secs(300), &[]);
        world.apply(FILE).await;
        world.inject(fault);
        let ran = world.destroy(FILE).await;
        assert_told(&ran, NOBODY);
        assert_eq!(ran.report.summary.deleted, 0, "{fault}: {:?}", ran.outcomes());
        let says_gone = |failure: &xdeploy::event::Failure| {
            failure
                .help
                .as_deref()
                .is_some_and(|help| help.contains("nothing of the stack is left"))
        };
        let all = ran.report.stack_instances.iter().filter_map(|i| i.failure.as_ref());
        assert!(!all.clone().any(says_gone), "{fault}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_stack_whose_events_are_anothers_is_told_with_what_leads_to_the_right_cloud() {
    let world = world(&["foreign,action=DescribeStackEvents"]);
    world.write("app.yaml", &crate::support::files::failing("create", "1"));
    let ran = world.apply(FILE).await;
    assert_told(&ran, NOBODY);
    let help = ran.failure("a1", "base").help.clone().expect("a remedy");
    assert!(help.contains("AWS_ENDPOINT_URL_CLOUDFORMATION"), "{help}");
    assert!(!help.contains("allow cloudformation"), "{help}");
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_is_made_behind_a_foreign_answer_is_taken_up_by_its_token() {
    let world = world(&["foreign,action=CreateStack,times=1"]);
    let first = world.apply(FILE).await;
    assert_told(&first, NOBODY);
    assert_eq!(operations(&world, OWN).await, ["base CREATE_IN_PROGRESS"]);
    let mut past = xdeploy::engine::PastRun::default();
    first.events.iter().for_each(|event| past.on(event));
    let id = past.start.as_ref().expect("it was begun").run.clone();
    let run = xdeploy::engine::Run::new(id, Operation::Apply, Limits::default(), world.clock);
    let run = xdeploy::engine::Run { past: Some(past), ..run };
    let (_wish, stop) = watch::channel(Stop::No);
    let rest = world.carry_out(run, world.plan(FILE), stop, |_| {}).await;
    let all = Ran::new(first.events.into_iter().chain(rest.events).collect());
    assert_eq!(all.outcomes(), ["a1/eu-central-1/base created", "a1/eu-central-1/app created"]);
    assert_eq!(operations(&world, OWN).await.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_account_that_leads_elsewhere_keeps_no_other_from_its_end() {
    let both = FILE.replace("a1: \"100000000001\"", "a1: \"100000000001\", b: \"100000000002\"")
        + "rollout: { failure-tolerance: 100%, on-failure: continue }\n";
    let world = world(&["foreign,account=100000000001,action=CreateStack,times=1"]);
    let ran = world.apply(&both).await;
    assert_told(&ran, NOBODY);
    assert_eq!(ran.instance("b", "app").outcome, Outcome::Created);
    assert_eq!(ran.instance("a1", "app").outcome, Outcome::Skipped);
}

#[tokio::test(start_paused = true)]
async fn a_preview_that_turns_foreign_says_what_may_be_left_and_sends_nothing_more() {
    let world = world(&[]);
    world.apply(FILE).await;
    let changed = FILE
        .replace("template: app.yaml", "template: role.yaml, capabilities: [CAPABILITY_NAMED_IAM]");
    world.inject("foreign,action=CreateChangeSet,times=1");
    let ran = world.run(Operation::Plan, world.plan(&changed)).await;
    assert_told(&ran, NOBODY);
    assert!(!ran.report.api_calls.contains_key("cloudformation:DeleteChangeSet"));
    let failures = ran.report.stack_instances.iter().filter_map(|i| i.failure.as_ref());
    let mut texts = failures.map(|failure| failure.message.clone());
    assert!(texts.any(|text| text.contains("delete it by hand")), "{:?}", ran.outcomes());
}

#[tokio::test(start_paused = true)]
async fn a_way_back_that_turns_foreign_leaves_what_stands() {
    let failing = FILE.replace("app: { template: app.yaml", "app: { template: failing.yaml")
        + "rollout: { on-failure: rollback-run }\n";
    let world = world(&[]);
    world.write("failing.yaml", &crate::support::files::failing("create", "1"));
    let faults = world.faults();
    let (_wish, stop) = watch::channel(Stop::No);
    let plan = world.plan(&failing);
    let turn = move |event: &xdeploy::event::RunEvent| {
        if matches!(event.kind, EventKind::RollbackStarted { .. }) {
            faults.add("foreign,action=DescribeStacks".parse().expect("a fault"));
        }
    };
    let ran = world.run_until(Operation::Apply, plan, Limits::default(), stop, turn).await;
    let base = ran.failure("a1", "base");
    assert_eq!(base.kind, FailureKind::WrongAccount, "{base:?}");
    assert!(!ran.report.api_calls.contains_key("cloudformation:DeleteStack"));
    world.faults().clear();
    assert!(cloudformation(&world, OWN).describe_stacks().stack_name("base").send().await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn what_proves_the_account_costs_no_call() {
    let world = world(&[]);
    let ran = world.apply(FILE).await;
    let calls = &ran.report.api_calls;
    // That of the source account.
    assert_eq!((calls["sts:AssumeRole"], calls["sts:GetCallerIdentity"]), (1, 1));
}
