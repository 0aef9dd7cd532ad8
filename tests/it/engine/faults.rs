//! Calls that are throttled, refused in the middle, or whose replies are lost or old.

use std::time::Duration;

use xdeploy::event::{FailureKind, Operation, Outcome};
use xdeploy::plan::Selection;

use crate::support::client::cloudformation;
use crate::support::files::{ONE, SETTING, failing};
use crate::support::world::World;

const DEV: &str = "100000000001";

fn with_value(value: &str) -> String {
    format!("{ONE}\nstacks:\n  app: {{ template: app.yaml, parameters: {{ Value: {value} }} }}\n")
}

fn world() -> World {
    let world = World::new(&[DEV]);
    world.write("app.yaml", SETTING);
    world
}

#[tokio::test(start_paused = true)]
async fn throttling_is_waited_out_by_every_stack_of_many() {
    let world = world();
    let stacks: String = (0..60).map(|n| format!("  s{n}: {{ template: app.yaml }}\n")).collect();
    world.inject("throttle,action=CreateStack,times=150");
    let ran = world.apply(&format!("{ONE}stacks:\n{stacks}")).await;
    assert_eq!(ran.report.summary.created, 60, "{:?}", ran.report.summary);
    assert_eq!(ran.report.throttled, 150);
    assert_eq!(ran.report.api_calls["cloudformation:CreateStack"], 210);
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_is_never_a_second_operation() {
    let world = world();
    world.inject("lose-reply,action=CreateStack,times=1");
    let created = world.apply(&with_value("one")).await;
    assert_eq!(created.outcomes(), ["dev/eu-central-1/app created"]);
    assert_eq!(created.report.api_calls["cloudformation:CreateStack"], 2);
    world.inject("lose-reply,action=UpdateStack,times=1");
    let updated = world.apply(&with_value("two")).await;
    assert_eq!(updated.outcomes(), ["dev/eu-central-1/app updated"]);
    world.inject("lose-reply,action=DeleteStack,times=1");
    assert_eq!(world.destroy(&with_value("two")).await.report.summary.deleted, 1);
}

#[tokio::test(start_paused = true)]
async fn an_accepted_operation_that_can_no_longer_be_seen_is_not_called_failed_entry() {
    let world = world();
    world.apply(&with_value("one")).await;
    // The first look finds the stack; those after the update are refused.
    let update = {
        let faults = world.faults();
        let plan = world.plan(&with_value("two"));
        let (_wish, stop) = tokio::sync::watch::channel(xdeploy::engine::Stop::No);
        let limits = xdeploy::engine::Limits::default();
        let when_accepted = move |event: &xdeploy::event::RunEvent| {
            if matches!(event.kind, xdeploy::event::EventKind::ActionStarted { .. }) {
                faults.add("expire=0s,action=DescribeStacks".parse().expect("a fault"));
            }
        };
        world.run_until(Operation::Apply, plan, limits, stop, when_accepted).await
    };
    let failure = update.failure("dev", "app");
    assert_eq!(failure.kind, FailureKind::StillMoving, "{failure:?}");
    assert!(failure.message.contains("update"), "{failure:?}");
    assert!(update.instance("dev", "app").stack_id.is_some());
    assert_eq!(update.report.exit_code(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refused_protection_does_not_abandon_an_accepted_update() {
    let world = world();
    world.apply(&with_value("one")).await;
    world.inject("deny,action=UpdateTerminationProtection");
    let file = with_value("two").replace("app.yaml,", "app.yaml, termination-protection: true,");
    let ran = world.apply(&file).await;
    let app = ran.instance("dev", "app");
    assert_eq!(app.outcome, Outcome::Failed);
    assert_eq!(app.status.as_ref().map(|s| s.as_str()), Some("UPDATE_COMPLETE"));
    assert_eq!(ran.failure("dev", "app").kind, FailureKind::AccessDenied);
}

#[tokio::test(start_paused = true)]
async fn a_read_from_before_the_write_is_not_believed() {
    let world = world();
    world.apply(&with_value("one")).await;
    world.apply(&with_value("two")).await;
    world.inject("stale=5s");
    let ran = world.apply(&with_value("three")).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app updated"]);
    assert_eq!(ran.instance("dev", "app").outputs["Value"], "three");
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_somebody_deletes_meanwhile_is_created() {
    let world = world();
    world.apply(&with_value("one")).await;
    let client = cloudformation(&world, DEV);
    // The deletion is over, and the first look still shows the stack.
    world.inject("stale=65s,skip=1,times=1");
    client.describe_stacks().stack_name("app").send().await.expect("it stands");
    tokio::time::advance(Duration::from_secs(10)).await;
    client.delete_stack().stack_name("app").send().await.expect("accepted");
    tokio::time::advance(Duration::from_secs(60)).await;
    let ran = world.apply(&with_value("one")).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app created"]);
}

#[tokio::test(start_paused = true)]
async fn a_need_outside_the_selection_that_does_not_stand_well_skips_its_dependents() {
    let world = world();
    world.write("bad.yaml", &failing("create", "1"));
    let file = format!(
        "{ONE}\nstacks:\n  base: {{ template: bad.yaml }}\n  \
         app: {{ template: app.yaml, depends-on: [base] }}\n"
    );
    let only_app = Selection::parse(&[], &["app".to_owned()], &[]).expect("globs");
    let absent = world.run(Operation::Apply, world.selected(&file, &only_app)).await;
    assert_eq!(absent.outcomes(), ["dev/eu-central-1/app skipped"]);
    world.apply(&file).await;
    let broken = world.run(Operation::Apply, world.selected(&file, &only_app)).await;
    assert_eq!(broken.outcomes(), ["dev/eu-central-1/app skipped"]);
    let failure = broken.failure("dev", "app");
    assert!(failure.message.contains("ROLLBACK_COMPLETE"), "{failure:?}");
    assert_eq!(broken.report.exit_code(), 1);
}
