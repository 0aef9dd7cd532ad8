//! A run that is asked to stop and cancels its updates.

use std::sync::Arc;

use tokio::sync::watch;
use xdeploy::engine::{Limits, Run, Stop};
use xdeploy::event::{EventKind, FailureKind, Operation, RunEvent, RunResult, StackAction};
use xdeploy::plan::Plan;

use crate::support::client::cloudformation;
use crate::support::files::{ONE, SETTING};
use crate::support::world::{Ran, World};

const CHAIN: &str = "
stacks:
  first: { template: app.yaml, parameters: { Value: VALUE } }
  second: { template: app.yaml, parameters: { Value: '${output:first.Value}' } }
";

/// Returns a world in which the chain of two stands, and the plan that updates it.
async fn updatable() -> (World, Arc<Plan>) {
    let world = World::new(&["100000000001"]);
    world.write("app.yaml", SETTING);
    let file = |value: &str| format!("{ONE}{}", CHAIN.replace("VALUE", value));
    assert_eq!(world.apply(&file("one")).await.report.result, RunResult::Succeeded);
    let plan = world.plan(&file("two"));
    (world, plan)
}

/// Carries out the plan, with a wish to stop at the first event that `when` holds for.
async fn stopped(world: &World, plan: Arc<Plan>, when: impl Fn(&EventKind) -> bool) -> Ran {
    let (wish, stop) = watch::channel(Stop::No);
    let watching = |event: &RunEvent| {
        if when(&event.kind) {
            wish.send_replace(Stop::Settle);
        }
    };
    let run = world.new_run(Operation::Apply, Limits::default());
    world.carry_out(Run { cancel_updates: true, ..run }, plan, stop, watching).await
}

fn is_updating(kind: &EventKind) -> bool {
    matches!(kind, EventKind::ActionStarted { action: StackAction::Update, .. })
}

fn cancels(ran: &Ran) -> u64 {
    ran.report.api_calls.get("cloudformation:CancelUpdateStack").copied().unwrap_or_default()
}

async fn value(world: &World, stack: &str) -> Option<String> {
    let client = cloudformation(world, "100000000001");
    let described = client.describe_stacks().stack_name(stack).send().await.expect("it stands");
    let outputs = described.stacks()[0].outputs();
    let output = outputs.iter().find(|output| output.output_key() == Some("Value"));
    output.and_then(|output| output.output_value()).map(str::to_owned)
}

#[tokio::test(start_paused = true)]
async fn an_update_is_cancelled_and_the_stack_stands_as_before() {
    let (world, plan) = updatable().await;
    let ran = stopped(&world, plan.clone(), is_updating).await;
    let outcomes = ["dev/eu-central-1/first rolled-back", "dev/eu-central-1/second skipped"];
    assert_eq!(ran.outcomes(), outcomes);
    assert_eq!(ran.failure("dev", "first").kind, FailureKind::Cancelled);
    let status = ran.instance("dev", "first").status.as_ref().map(|status| status.as_str());
    assert_eq!(status, Some("UPDATE_ROLLBACK_COMPLETE"));
    assert_eq!((ran.report.result, ran.report.exit_code()), (RunResult::Cancelled, 130));
    assert_eq!(cancels(&ran), 1);
    assert_eq!(value(&world, "first").await.as_deref(), Some("one"));

    let resumed = world.resume(plan, Limits::default(), ran.events).await;
    let outcomes = ["dev/eu-central-1/first updated", "dev/eu-central-1/second updated"];
    assert_eq!(resumed.outcomes(), outcomes);
    assert_eq!(value(&world, "second").await.as_deref(), Some("two"));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_killed_while_it_cancelled_is_resumed() {
    let (world, plan) = updatable().await;
    let events = stopped(&world, plan, is_updating).await.events;
    let is_intention = |event: &RunEvent| {
        matches!(event.kind, EventKind::ActionIntended { action: StackAction::CancelUpdate, .. })
    };
    let first = events.iter().position(is_intention).expect("it is written down first") + 1;
    for last in first..events.len() {
        let (world, plan) = updatable().await;
        let events = stopped(&world, plan.clone(), is_updating).await.events;
        let resumed = world.resume(plan, Limits::default(), events[..last].to_vec()).await;
        assert_eq!(resumed.report.result, RunResult::Succeeded, "{last} {:?}", resumed.outcomes());
        assert_eq!(value(&world, "second").await.as_deref(), Some("two"), "{last}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_already_clears_up_is_not_cancelled() {
    let (world, _) = updatable().await;
    let more = SETTING.replace("Outputs:", "  More: { Type: AWS::SNS::Topic }\nOutputs:");
    let file = |value: &str| format!("{ONE}{}", CHAIN.replace("VALUE", value));
    world.write("app.yaml", &more);
    assert_eq!(world.apply(&file("two")).await.report.result, RunResult::Succeeded);
    world.write("app.yaml", SETTING);
    let clears_up = |kind: &EventKind| match kind {
        EventKind::StackChanged { status, .. } => {
            status.as_str() == "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
        }
        _ => false,
    };
    let ran = stopped(&world, world.plan(&file("three")), clears_up).await;
    assert!(ran.events.iter().any(|event| clears_up(&event.kind)), "{:?}", ran.events);
    let outcomes = ["dev/eu-central-1/first updated", "dev/eu-central-1/second skipped"];
    assert_eq!(ran.outcomes(), outcomes);
    assert_eq!(cancels(&ran), 1);
}

#[tokio::test(start_paused = true)]
async fn a_creation_is_not_cancelled() {
    let world = World::new(&["100000000001"]);
    world.write("app.yaml", SETTING);
    let plan = world.plan(&format!("{ONE}{CHAIN}"));
    let is_creating = |kind: &EventKind| {
        matches!(kind, EventKind::ActionStarted { action: StackAction::Create, .. })
    };
    let ran = stopped(&world, plan, is_creating).await;
    let outcomes = ["dev/eu-central-1/first created", "dev/eu-central-1/second skipped"];
    assert_eq!((ran.outcomes(), cancels(&ran)), (outcomes.map(str::to_owned).to_vec(), 0));
}
