//! A run that is asked to stop.

use tokio::sync::watch;
use xdeploy::engine::{Limits, Stop};
use xdeploy::event::{EventKind, FailureKind, Operation, Outcome, RunEvent, RunResult};

use xdeploy::sandbox::{Settings, Throttling};

use crate::support::client::cloudformation;
use crate::support::files::{ONE, SETTING};
use crate::support::world::{Ran, World};

const CHAIN: &str = "
stacks:
  first: { template: app.yaml }
  second: { template: app.yaml, parameters: { Value: '${output:first.Value}' } }
";

/// Applies a chain of two and wishes to stop when the first one's creation has begun.
async fn stopped(wishes: &[Stop]) -> Ran {
    let world = World::new(&["100000000001"]);
    world.write("app.yaml", SETTING);
    let plan = world.plan(&format!("{ONE}{CHAIN}"));
    let (wish, stop) = watch::channel(Stop::No);
    let mut wishes = wishes.iter();
    let when_it_moves = |event: &RunEvent| {
        if matches!(event.kind, EventKind::ActionStarted { .. } | EventKind::CancelRequested { .. })
            && let Some(next) = wishes.next()
        {
            wish.send_replace(*next);
        }
    };
    world.run_until(Operation::Apply, plan, Limits::default(), stop, when_it_moves).await
}

#[tokio::test(start_paused = true)]
async fn once_lets_what_runs_settle_and_starts_nothing_more() {
    let ran = stopped(&[Stop::Settle]).await;
    assert_eq!(
        ran.outcomes(),
        ["dev/eu-central-1/first created", "dev/eu-central-1/second skipped"]
    );
    assert_eq!(ran.failure("dev", "second").kind, FailureKind::Cancelled);
    assert_eq!(ran.report.result, RunResult::Cancelled);
    assert_eq!(ran.report.exit_code(), 130);
}

#[tokio::test(start_paused = true)]
async fn twice_leaves_at_once_and_says_what_still_moves() {
    let ran = stopped(&[Stop::Settle, Stop::AtOnce]).await;
    let first = ran.instance("dev", "first");
    assert_eq!(first.outcome, Outcome::Failed);
    let failure = ran.failure("dev", "first");
    assert_eq!(failure.kind, FailureKind::StillMoving);
    assert!(failure.message.contains("creation"), "{failure:?}");
    let status = first.status.as_ref().map(|status| status.as_str());
    assert!(first.stack_id.is_some() && status.is_none_or(|s| s == "CREATE_IN_PROGRESS"));
    assert_eq!(ran.report.exit_code(), 130);
    assert!(matches!(ran.events[ran.events.len() - 1].kind, EventKind::RunFinished { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_somebody_else_changes_is_not_deleted_after_a_stop() {
    let world = World::new(&["100000000001"]);
    world.write("app.yaml", SETTING);
    let file = format!("{ONE}stacks:\n  app: {{ template: app.yaml }}\n");
    let client = cloudformation(&world, "100000000001");
    client.create_stack().stack_name("app").template_body(SETTING).send().await.expect("accepted");
    let (wish, stop) = watch::channel(Stop::No);
    // The foreign creation settles during the pause after which the stack is looked at next.
    let when_waiting = |event: &RunEvent| {
        if matches!(event.kind, EventKind::ActionStarted { .. }) {
            let wish = wish.clone();
            tokio::spawn(async move {
                tokio::time::sleep(std::time::Duration::from_millis(1900)).await;
                wish.send_replace(Stop::Settle);
            });
        }
    };
    let plan = world.plan(&file);
    let ran =
        world.run_until(Operation::Destroy, plan, Limits::default(), stop, when_waiting).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app skipped"]);
    assert!(!ran.report.api_calls.contains_key("cloudformation:DeleteStack"));
}

#[tokio::test(start_paused = true)]
async fn writes_that_wait_for_their_time_are_not_sent_after_a_stop() {
    let throttling = Throttling::realistic().with("CreateStack", "1:1".parse().expect("a rate"));
    let settings = Settings { throttling: throttling.expect("an action"), ..Settings::default() };
    let world = World::with(&["100000000001"], settings);
    world.write("app.yaml", SETTING);
    let stacks: String = (0..20).map(|n| format!("  s{n}: {{ template: app.yaml }}\n")).collect();
    let plan = world.plan(&format!("{ONE}stacks:\n{stacks}"));
    let (wish, stop) = watch::channel(Stop::No);
    // Only to count them.
    world.inject("slow=1ms,action=CreateStack");
    let faults = world.faults();
    let creations = || faults.hits()[0].1;
    let sent_before = std::cell::Cell::new(0);
    let when_three_move = |event: &RunEvent| {
        if let EventKind::ActionStarted { .. } = event.kind
            && *wish.borrow() == Stop::No
        {
            sent_before.set(creations());
            wish.send_replace(Stop::Settle);
        }
    };
    let limits = Limits::default();
    let ran = world.run_until(Operation::Apply, plan, limits, stop, when_three_move).await;
    assert!(creations() <= sent_before.get() + 1, "what was on its way");
    assert_eq!(ran.report.exit_code(), 130);
    assert!(ran.report.summary.skipped >= 18, "{:?}", ran.report.summary);
}
