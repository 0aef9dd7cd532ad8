//! A run that is left unfinished, whenever that is, and is resumed.

use std::time::Duration;

use xdeploy::engine::Limits;
use xdeploy::event::{Operation, RunResult};
use xdeploy::sandbox::Settings;

use crate::support::client::operations;
use crate::support::files::{HEAD, SETTING};
use crate::support::unfinished::Unfinished;
use crate::support::world::World;

const CHAIN: &str = "
stacks:
  first: { template: app.yaml }
  second: { template: app.yaml, parameters: { Value: '${output:first.Value}' } }
";

fn world() -> World {
    let settings = Settings { latency: Duration::from_millis(50), ..Settings::default() };
    let world = World::with(&["100000000001", "100000000002"], settings);
    world.write("app.yaml", SETTING);
    world
}

/// Returns every operation that the stacks of both accounts saw.
async fn all_operations(world: &World) -> Vec<String> {
    let mut all = Vec::new();
    for account in ["100000000001", "100000000002"] {
        all.extend(operations(world, account).await);
    }
    all
}

#[tokio::test(start_paused = true)]
async fn a_creation_that_is_left_unfinished_anywhere_is_resumed_and_nothing_is_done_twice() {
    let file = format!("{HEAD}{CHAIN}");
    let in_one_go = world();
    let whole = in_one_go.apply(&file).await.events.len() as u64;
    let expected = all_operations(&in_one_go).await;
    assert_eq!(expected.len(), 4, "{expected:?}");
    for after in 1..whole {
        for then in [None, Some(0), Some(30), Some(80), Some(1_500)] {
            let world = world();
            let moment = Unfinished { after, then: then.map(Duration::from_millis) };
            let plan = world.plan(&file);
            let limits = Limits::default;
            let kept =
                world.leave_unfinished(Operation::Apply, plan.clone(), limits(), moment).await;
            let ran = world.resume(plan, limits(), kept).await;
            assert_eq!(ran.report.result, RunResult::Succeeded, "{moment:?} {:?}", ran.outcomes());
            assert_eq!(ran.report.summary.created, 4, "{moment:?} {:?}", ran.outcomes());
            assert_eq!(all_operations(&world).await, expected, "{moment:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_update_and_a_deletion_that_are_left_unfinished_anywhere_are_resumed() {
    let file = format!("{HEAD}{CHAIN}");
    for operation in [Operation::Apply, Operation::Destroy] {
        for after in (1..40).step_by(3) {
            for then in [None, Some(0), Some(80), Some(1_500)] {
                let world = world();
                assert_eq!(world.apply(&file).await.report.result, RunResult::Succeeded);
                let moment = Unfinished { after, then: then.map(Duration::from_millis) };
                let plan =
                    world.plan(&file.replace("first: { ", "first: { parameters: { Value: two }, "));
                let limits = Limits::default;
                let kept = world.leave_unfinished(operation, plan.clone(), limits(), moment).await;
                let ran = world.resume(plan, limits(), kept).await;
                assert_eq!(ran.report.result, RunResult::Succeeded, "{moment:?}");
                let done = ran.report.summary.updated + ran.report.summary.deleted;
                assert_eq!(done, 4, "{moment:?} {:?}", ran.outcomes());
                let seen = all_operations(&world).await;
                assert_eq!(seen.len(), 8, "{moment:?} {seen:?}");
            }
        }
    }
}
