//! What `apply` does with what it finds, and `destroy` with what stands.

use std::time::Duration;

use aws_sdk_cloudformation::types::OnFailure;
use xdeploy::event::{EventKind, FailureKind, Outcome, StackAction};

use crate::support::client::cloudformation;
use crate::support::files::{ONE, SETTING, failing};
use crate::support::world::{Ran, World};

const DEV: &str = "100000000001";

fn one_stack() -> String {
    format!("{ONE}\nstacks:\n  app: {{ template: app.yaml }}\n")
}

fn with_value(value: &str) -> String {
    format!("{ONE}\nstacks:\n  app: {{ template: app.yaml, parameters: {{ Value: {value} }} }}\n")
}

/// Returns what was done to stacks, in order.
fn actions(ran: &Ran) -> Vec<StackAction> {
    let action = |event: &xdeploy::event::RunEvent| match event.kind {
        EventKind::ActionStarted { action, .. } => Some(action),
        _ => None,
    };
    ran.events.iter().filter_map(action).collect()
}

#[tokio::test(start_paused = true)]
async fn an_absent_stack_is_created_and_its_outputs_are_collected() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", SETTING);
    let ran = world.apply(&one_stack()).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app created"]);
    let app = ran.instance("dev", "app");
    assert_eq!(app.outputs["Where"], "100000000001/eu-central-1/app");
    assert_eq!(app.status.as_ref().map(|s| s.as_str()), Some("CREATE_COMPLETE"));
    assert_eq!(ran.report.exit_code(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_is_as_asked_for_is_unchanged_and_costs_four_calls() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", SETTING);
    world.apply(&one_stack()).await;
    let again = world.apply(&one_stack()).await;
    assert_eq!(again.outcomes(), ["dev/eu-central-1/app unchanged"]);
    assert_eq!(again.instance("dev", "app").outputs["Value"], "one");
    let calls: Vec<(&str, u64)> =
        again.report.api_calls.iter().map(|(call, count)| (call.as_str(), *count)).collect();
    assert_eq!(
        calls,
        [
            ("cloudformation:DescribeStacks", 1),
            ("cloudformation:UpdateStack", 1),
            ("sts:AssumeRole", 1),
            ("sts:GetCallerIdentity", 1),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_changed_parameter_updates_the_stack() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", SETTING);
    world.apply(&one_stack()).await;
    let updated = world.apply(&with_value("two")).await;
    assert_eq!(updated.outcomes(), ["dev/eu-central-1/app updated"]);
    assert_eq!(updated.instance("dev", "app").outputs["Value"], "two");
}

#[tokio::test(start_paused = true)]
async fn a_parameter_that_the_file_no_longer_names_keeps_its_value() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", SETTING);
    world.apply(&with_value("two")).await;
    let again = world.apply(&one_stack()).await;
    assert_eq!(again.outcomes(), ["dev/eu-central-1/app unchanged"]);
    assert_eq!(again.instance("dev", "app").outputs["Value"], "two");
}

#[tokio::test(start_paused = true)]
async fn a_failed_creation_names_its_first_cause() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", &failing("create", "1"));
    let ran = world.apply(&one_stack()).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app failed"]);
    let failure = ran.failure("dev", "app");
    assert_eq!(failure.kind, FailureKind::ResourceFailed);
    assert_eq!(failure.resource.as_deref(), Some("Bad"));
    assert!(failure.message.contains("the quota is used up"), "{}", failure.message);
    assert!(failure.help.as_deref().is_some_and(|help| help.contains("created anew")));
    let status = ran.instance("dev", "app").status.as_ref().map(|s| s.to_string());
    assert_eq!(status.as_deref(), Some("ROLLBACK_COMPLETE"));
    assert_eq!(ran.report.exit_code(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_never_worked_is_deleted_and_created() {
    for on_failure in ["rollback", "do-nothing"] {
        let world = World::new(&[DEV]);
        let file = format!(
            "{ONE}\nstacks:\n  app: {{ template: app.yaml, on-create-failure: {on_failure} }}\n"
        );
        world.write("app.yaml", &failing("create", "1"));
        world.apply(&file).await;
        world.write("app.yaml", SETTING);
        let ran = world.apply(&one_stack()).await;
        assert_eq!(ran.outcomes(), ["dev/eu-central-1/app created"]);
        assert_eq!(actions(&ran), [StackAction::DeleteBeforeCreate, StackAction::Create]);
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_made_of_a_stack_that_failed_is_used_where_the_file_wants_it_kept() {
    let world = World::new(&[DEV]);
    let file =
        format!("{ONE}\nstacks:\n  app: {{ template: app.yaml, on-create-failure: do-nothing }}\n");
    world.write("app.yaml", &failing("create", "1"));
    let failed = world.apply(&file).await;
    let status = failed.instance("dev", "app").status.as_ref().map(|s| s.to_string());
    assert_eq!(status.as_deref(), Some("CREATE_FAILED"));
    let again = world.apply(&file).await;
    assert_eq!(again.outcomes(), ["dev/eu-central-1/app failed"]);
    let status = again.instance("dev", "app").status.as_ref().map(|s| s.to_string());
    assert_eq!(status.as_deref(), Some("UPDATE_FAILED"));
    world.write("app.yaml", &failing("", "1"));
    let ran = world.apply(&file).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app updated"]);
    assert_eq!(actions(&ran), [StackAction::Update]);
    let id = |ran: &Ran| ran.instance("dev", "app").stack_id.clone();
    assert_eq!(id(&ran), id(&failed));
}

#[tokio::test(start_paused = true)]
async fn an_update_that_somebody_left_failed_is_rolled_back_once_and_made() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", &failing("", "1"));
    world.apply(&one_stack()).await;
    let client = cloudformation(&world, DEV);
    let left = client.update_stack().stack_name("app").template_body(failing("update", "2"));
    left.disable_rollback(true).send().await.expect("it is taken");
    tokio::time::sleep(Duration::from_secs(60)).await;
    world.write("app.yaml", &failing("", "3"));
    let ran = world.apply(&one_stack()).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app updated"]);
    assert_eq!(actions(&ran), [StackAction::RollBack, StackAction::Update]);
}

#[tokio::test(start_paused = true)]
async fn a_creation_that_deletes_itself_still_tells_why() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", &failing("create", "1"));
    let file =
        format!("{ONE}\nstacks:\n  app: {{ template: app.yaml, on-create-failure: delete }}\n");
    let ran = world.apply(&file).await;
    let failure = ran.failure("dev", "app");
    assert!(failure.message.contains("the quota is used up"), "{}", failure.message);
    assert_eq!(ran.instance("dev", "app").status, None);
}

#[tokio::test(start_paused = true)]
async fn a_failed_update_leaves_the_stack_as_it_was_and_names_its_cause() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", &failing("update", "1"));
    assert_eq!(world.apply(&one_stack()).await.outcomes(), ["dev/eu-central-1/app created"]);
    world.write("app.yaml", &failing("update", "2"));
    let ran = world.apply(&one_stack()).await;
    let app = ran.instance("dev", "app");
    assert_eq!(app.outcome, Outcome::Failed);
    assert_eq!(app.status.as_ref().map(|s| s.as_str()), Some("UPDATE_ROLLBACK_COMPLETE"));
    let failure = ran.failure("dev", "app");
    assert_eq!(failure.resource.as_deref(), Some("Bad"));
    assert!(failure.message.contains("the quota is used up"), "{}", failure.message);
}

#[tokio::test(start_paused = true)]
async fn a_stack_whose_rollback_got_stuck_is_continued_once_and_updated() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", &failing("", "1"));
    world.apply(&one_stack()).await;
    world.write("app.yaml", &failing("update, rollback", "2"));
    let stuck = world.apply(&one_stack()).await;
    let status = stuck.instance("dev", "app").status.as_ref().map(|s| s.to_string());
    assert_eq!(status.as_deref(), Some("UPDATE_ROLLBACK_FAILED"));
    world.write("app.yaml", &failing("", "3"));
    let ran = world.apply(&one_stack()).await;
    assert_eq!(actions(&ran)[0], StackAction::ContinueRollback);
    assert!(actions(&ran).iter().filter(|a| **a == StackAction::ContinueRollback).count() == 1);
}

#[tokio::test(start_paused = true)]
async fn an_operation_of_somebody_else_is_waited_for() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", SETTING);
    cloudformation(&world, DEV)
        .create_stack()
        .stack_name("app")
        .template_body(SETTING)
        .send()
        .await
        .expect("the stack is accepted");
    let ran = world.apply(&with_value("two")).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app updated"]);
    assert_eq!(actions(&ran), [StackAction::Wait, StackAction::Update]);
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_cannot_be_deleted_is_left_with_the_resources_that_stay() {
    let world = World::new(&[DEV]);
    let client = cloudformation(&world, DEV);
    client
        .create_stack()
        .stack_name("app")
        .template_body(failing("create, delete, rollback", "1"))
        .on_failure(OnFailure::DoNothing)
        .send()
        .await
        .expect("the stack is accepted");
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    client.delete_stack().stack_name("app").send().await.expect("the deletion is accepted");
    tokio::time::advance(std::time::Duration::from_secs(60)).await;
    world.write("app.yaml", SETTING);
    let ran = world.apply(&one_stack()).await;
    let failure = ran.failure("dev", "app");
    assert_eq!(failure.kind, FailureKind::StackStuck, "{failure:?}");
    assert!(actions(&ran).is_empty());
}

#[tokio::test(start_paused = true)]
async fn protection_is_switched_without_an_update() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", SETTING);
    world.apply(&one_stack()).await;
    let file =
        format!("{ONE}\nstacks:\n  app: {{ template: app.yaml, termination-protection: true }}\n");
    assert_eq!(world.apply(&file).await.outcomes(), ["dev/eu-central-1/app updated"]);
    assert_eq!(world.apply(&file).await.outcomes(), ["dev/eu-central-1/app unchanged"]);
    let kept = world.destroy(&file).await;
    assert_eq!(kept.outcomes(), ["dev/eu-central-1/app failed"]);
    assert!(kept.failure("dev", "app").message.contains("termination protection"));
}

#[tokio::test(start_paused = true)]
async fn destroy_deletes_what_stands_and_has_nothing_to_do_after() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", SETTING);
    world.apply(&one_stack()).await;
    let destroyed = world.destroy(&one_stack()).await;
    assert_eq!(destroyed.outcomes(), ["dev/eu-central-1/app deleted"]);
    let read_events = destroyed.report.api_calls.get("cloudformation:DescribeStackEvents");
    assert_eq!(read_events, None, "what went well needs no cause");
    assert_eq!(world.destroy(&one_stack()).await.outcomes(), ["dev/eu-central-1/app unchanged"]);
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_fails_names_the_resource_that_stays() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", &failing("delete", "1"));
    world.apply(&one_stack()).await;
    let ran = world.destroy(&one_stack()).await;
    let failure = ran.failure("dev", "app");
    assert_eq!(failure.resource.as_deref(), Some("Bad"));
    assert!(failure.help.as_deref().is_some_and(|help| help.contains("Bad")), "{failure:?}");
    let status = ran.instance("dev", "app").status.as_ref().map(|s| s.to_string());
    assert_eq!(status.as_deref(), Some("DELETE_FAILED"));
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_fails_as_the_one_before_is_not_waited_for() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", &failing("delete", "1"));
    world.apply(&one_stack()).await;
    let first = world.destroy(&one_stack()).await;
    let again = world.destroy(&one_stack()).await;
    assert_eq!(again.failure("dev", "app").resource, first.failure("dev", "app").resource);
    // The stack shows the same status and times as before: only its events tell that it has ended.
    let (took, before) = (again.report.duration, first.report.duration);
    assert!(took < before + Duration::from_secs(5), "{took:?} after {before:?}");
}

#[tokio::test(start_paused = true)]
async fn a_rollback_that_gets_stuck_again_is_not_waited_for() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", &failing("rollback", "1"));
    world.apply(&one_stack()).await;
    world.write("app.yaml", &failing("update, rollback", "2"));
    let first = world.apply(&one_stack()).await;
    let status = first.instance("dev", "app").status.as_ref().map(|s| s.to_string());
    assert_eq!(status.as_deref(), Some("UPDATE_ROLLBACK_FAILED"));
    let again = world.apply(&one_stack()).await;
    assert_eq!(actions(&again), [StackAction::ContinueRollback]);
    let took = again.report.duration;
    assert!(took < Duration::from_secs(20), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_session_is_renewed_while_a_stack_takes_hours() {
    let world = World::new(&[DEV]);
    world.write(
        "app.yaml",
        &SETTING.replace(
            "Type: AWS::SSM::Parameter",
            "Type: AWS::SSM::Parameter\n    Metadata: { Sandbox: { Seconds: 9000 } }",
        ),
    );
    let file = one_stack().replace("{ name: deployer }", "{ name: deployer, duration: 15m }");
    let ran = world.apply(&file).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app created"]);
    let renewals = ran.report.api_calls["sts:AssumeRole"];
    assert!((10..=20).contains(&renewals), "{renewals} sessions of 15 minutes in 2.5 hours");
}
