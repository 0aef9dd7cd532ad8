//! Why a stack failed where no resource failed by itself: what the stack's own event says.

use std::time::Duration;

use tokio::sync::watch;
use xdeploy::engine::{Limits, Stop};
use xdeploy::event::{EventKind, Failure, FailureKind, Operation, RunEvent, StackAction};
use xdeploy::sandbox::Settings;

use crate::support::client::cloudformation;
use crate::support::files::{HEAD, ONE, SETTING};
use crate::support::world::{Ran, World};

const DEV: &str = "100000000001";
const PROD: &str = "100000000002";

const IMPORTER: &str = r#"
Parameters: { Name: { Type: String, Default: nowhere } }
Resources:
  Slow: { Type: AWS::SNS::Topic }
Outputs: { Value: { Value: !ImportValue { Ref: Name } } }
"#;

const EXPORTER: &str = r#"
Parameters: { Name: { Type: String, Default: shared }, Value: { Type: String, Default: one } }
Resources:
  Topic: { Type: AWS::SNS::Topic }
Outputs: { Value: { Value: !Ref Value, Export: { Name: !Ref Name } } }
"#;

fn told(ran: &Ran, stack: &str) -> (String, String) {
    let Failure { kind, message, help, .. } = ran.failure("dev", stack);
    assert_eq!(*kind, FailureKind::StackFailed, "{message}");
    (message.clone(), help.clone().unwrap_or_default())
}

fn has_begun(event: &RunEvent, wanted: StackAction) -> bool {
    matches!(event.kind, EventKind::ActionStarted { action, .. } if action == wanted)
}

#[tokio::test(start_paused = true)]
async fn an_export_that_is_missing_is_the_cause_with_what_mends_it() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", IMPORTER);
    let ran = world.apply(&format!("{ONE}\nstacks:\n  app: {{ template: app.yaml }}\n")).await;
    let (message, help) = told(&ran, "app");
    assert_eq!(message, "the stack is ROLLBACK_COMPLETE: No export named nowhere found");
    let expected = "deploy the stack that exports nowhere first, in this account and Region; then \
                    apply again: the stack is deleted and created anew";
    assert_eq!(help, expected);
}

#[tokio::test(start_paused = true)]
async fn different_causes_in_several_accounts_are_several_causes() {
    let world = World::new(&[DEV, PROD]);
    world.write("app.yaml", IMPORTER);
    world.write("net.yaml", EXPORTER);
    world
        .apply(&format!(
            "{HEAD}\nstacks:\n  net: {{ template: net.yaml, accounts: [prod] }}\n  other: {{ \
             template: net.yaml, accounts: [prod], depends-on: [net] }}\n"
        ))
        .await;
    let ran = world
        .apply(&format!(
            "{HEAD}\nrollout: {{ on-failure: continue }}\nstacks:\n  app: {{ template: app.yaml, \
             accounts: [dev] }}\n  other: {{ template: net.yaml, accounts: [prod] }}\n"
        ))
        .await;
    let causes: Vec<&str> =
        ran.report.failures.iter().map(|cluster| cluster.title.as_str()).collect();
    assert_eq!(causes.len(), 2, "{causes:?}");
    let all = causes.join("\n");
    assert!(all.contains("No export named nowhere found"), "{all}");
    assert!(all.contains("shared is already exported by stack net"), "{all}");
}

#[tokio::test(start_paused = true)]
async fn an_export_in_use_names_the_stack_that_imports_it_on_update_and_on_deletion() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", IMPORTER);
    world.write("net.yaml", EXPORTER);
    let net = |value: &str| {
        format!(
            "{ONE}\nstacks:\n  net: {{ template: net.yaml, parameters: {{ Value: {value} }} }}\n"
        )
    };
    let both = format!(
        "{}  app: {{ template: app.yaml, parameters: {{ Name: shared }}, depends-on: [net] }}\n",
        net("one")
    );
    world.apply(&both).await;
    let (message, help) = told(&world.apply(&net("two")).await, "net");
    let reason = "Cannot update export shared as it is in use by app";
    assert_eq!(message, format!("the stack is UPDATE_ROLLBACK_COMPLETE: {reason}"));
    let expected = "the stack stands as before the update; shared is imported by stack app: change \
                    that first; then apply again";
    assert_eq!(help, expected);
    for _ in ["first", "again, as the stack stands since"] {
        let refused = world.destroy(&net("one")).await;
        let (message, help) = told(&refused, "net");
        let reason = "Cannot delete export shared as it is in use by app";
        assert_eq!(message, format!("the stack is UPDATE_ROLLBACK_COMPLETE: {reason}"));
        assert_eq!(help, "shared is imported by stack app: change that first; then destroy again");
        // The stack shows the same status and times as before: only its events tell that it has ended.
        let took = refused.report.duration;
        assert!(took < Duration::from_secs(5), "{took:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_deletion_is_told_with_its_cause_where_events_cannot_be_read() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", IMPORTER);
    world.write("net.yaml", EXPORTER);
    let net = format!("{ONE}\nstacks:\n  net: {{ template: net.yaml }}\n");
    let app = "  app: { template: app.yaml, parameters: { Name: shared }, depends-on: [net] }\n";
    world.apply(&format!("{net}{app}")).await;
    world.inject("error=503,action=DescribeStackEvents");
    let refused = world.destroy(&net).await;
    let (message, help) = told(&refused, "net");
    assert!(message.contains("Cannot delete export shared as it is in use by app"), "{message}");
    assert!(help.contains("shared is imported by stack app"), "{help}");
    let took = refused.report.duration;
    assert!(took < Duration::from_secs(45), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_others_do_not_see_yet_is_not_taken_for_a_cancelled_one() {
    let world = World::new(&[DEV]);
    world.write("net.yaml", EXPORTER);
    let file = format!("{ONE}\nstacks:\n  net: {{ template: net.yaml }}\n");
    world.apply(&file).await;
    world.inject("stale=8s");
    assert_eq!(world.destroy(&file).await.outcomes(), ["dev/eu-central-1/net deleted"]);
}

#[tokio::test(start_paused = true)]
async fn a_creation_that_takes_too_long_is_told_as_that_and_not_by_what_was_cancelled() {
    let hour = Duration::from_secs(3600);
    let world = World::with(&[DEV], Settings { resource_duration: hour, ..Settings::default() });
    world.write("app.yaml", SETTING);
    let file = format!("{ONE}\nstacks:\n  app: {{ template: app.yaml, timeout: 5m }}\n");
    let (message, help) = told(&world.apply(&file).await, "app");
    assert!(message.contains("Stack creation time exceeded"), "{message}");
    assert!(help.contains("`timeout`"), "{help}");
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_somebody_else_deletes_or_rolls_back_is_told_as_that() {
    for (wanted, words) in
        [(StackAction::Create, "deleted it meanwhile"), (StackAction::Update, "cancelled that")]
    {
        let minute = Duration::from_secs(60);
        let settings = Settings { resource_duration: minute, ..Settings::default() };
        let world = World::with(&[DEV], settings);
        world.write("app.yaml", SETTING);
        let file = |value: &str| {
            format!(
                "{ONE}\nstacks:\n  app: {{ template: app.yaml, parameters: {{ Value: {value} }} }}\n"
            )
        };
        if wanted == StackAction::Update {
            world.apply(&file("one")).await;
        }
        let somebody = cloudformation(&world, DEV);
        let (begun, is_begun) = tokio::sync::oneshot::channel();
        let mut begun = Some(begun);
        let watching = |event: &RunEvent| {
            if has_begun(event, wanted) {
                let _ = begun.take().map(|begun| begun.send(()));
            }
        };
        let (_wish, stop) = watch::channel(Stop::No);
        let limits = Limits::default();
        let plan = world.plan(&file("two"));
        let run = world.run_until(Operation::Apply, plan, limits, stop, watching);
        let interfere = async {
            is_begun.await.expect("it begins");
            match wanted {
                StackAction::Create => {
                    somebody.delete_stack().stack_name("app").send().await.map(|_| ()).unwrap();
                }
                _ => {
                    let cancel = somebody.cancel_update_stack().stack_name("app").send().await;
                    cancel.map(|_| ()).unwrap();
                }
            }
        };
        let (ran, ()) = tokio::join!(run, interfere);
        let (message, help) = told(&ran, "app");
        assert!(message.contains("somebody else") && message.contains(words), "{message}");
        assert!(help.contains("nobody else works on the stack"), "{help}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_somebody_else_deletes_while_it_is_created_is_told_as_soon_as_it_is_gone() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", SETTING);
    let somebody = cloudformation(&world, DEV);
    let (begun, is_begun) = tokio::sync::oneshot::channel();
    let mut begun = Some(begun);
    let watching = |event: &RunEvent| {
        if has_begun(event, StackAction::Create) {
            let _ = begun.take().map(|begun| begun.send(()));
        }
    };
    let (_wish, stop) = watch::channel(Stop::No);
    let plan = world.plan(&format!("{ONE}\nstacks:\n  app: {{ template: app.yaml }}\n"));
    let run = world.run_until(Operation::Apply, plan, Limits::default(), stop, watching);
    let interfere = async {
        is_begun.await.expect("it begins");
        somebody.delete_stack().stack_name("app").send().await.map(|_| ()).expect("it goes");
    };
    let (ran, ()) = tokio::join!(run, interfere);
    let (message, _) = told(&ran, "app");
    assert!(message.contains("somebody else deleted it meanwhile"), "{message}");
    let took = ran.report.duration;
    assert!(took < Duration::from_secs(5), "{took:?}");
}

/// Returns how long after the run began the stack was told to have rolled back.
fn rolled_back_after(ran: &Ran) -> Duration {
    let is_told = |event: &&RunEvent| {
        matches!(&event.kind, EventKind::StackChanged { status, .. }
            if status.as_str() == "ROLLBACK_COMPLETE")
    };
    let told = ran.events.iter().find(is_told).expect("it is told");
    let took = told.at.duration_since(ran.events[0].at);
    took.try_into().expect("it is later")
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_told_at_once_where_its_events_cannot_be_read() {
    let file = format!("{ONE}\nstacks:\n  app: {{ template: app.yaml }}\n");
    let run = async |fault: Option<&str>| {
        let world = World::new(&[DEV]);
        world.write("app.yaml", IMPORTER);
        if let Some(fault) = fault {
            world.inject(&format!("{fault},action=DescribeStackEvents"));
        }
        world.apply(&file).await
    };
    let without_fault = run(None).await;
    let moment = Duration::from_secs(4);
    // What waits for its turn may still be read: the status is told meanwhile.
    let turn = Duration::from_secs(25);
    for (fault, why, told_within) in [
        ("error=503", "ServiceUnavailable", moment),
        ("deny", "AccessDenied", moment),
        ("throttle", "Throttling", turn),
    ] {
        let ran = run(Some(fault)).await;
        let (message, help) = told(&ran, "app");
        let known = "the stack failed (it is ROLLBACK_COMPLETE), and its events cannot be read: \
                     cloudformation:DescribeStackEvents in account dev: ";
        assert!(message.starts_with(known), "{fault}: {message}");
        assert!(message.contains(why), "{fault}: {message}");
        let see = "see why in the console, or by `aws cloudformation describe-stack-events \
                   --stack-name app --region eu-central-1`; mend the cause and apply again";
        assert!(help.contains(see), "{fault}: {help}");
        assert!(!help.contains("network"), "{fault}: {help}");
        let (status, plain) = (rolled_back_after(&ran), rolled_back_after(&without_fault));
        assert!(status < plain + moment, "{fault}: {status:?} after {plain:?}");
        let (took, plain) = (ran.report.duration, without_fault.report.duration);
        assert!(took < plain + told_within, "{fault}: {took:?} after {plain:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_reason_that_the_status_said_on_the_way_is_known_without_events() {
    let minute = Duration::from_secs(60);
    let world = World::with(&[DEV], Settings { resource_duration: minute, ..Settings::default() });
    let fails_late =
        EXPORTER.replace("!Ref Value,", "!Select [3, !Split [',', !GetAtt Topic.TopicName]],");
    world.write("app.yaml", &fails_late);
    world.inject("error=503,action=DescribeStackEvents");
    let ran = world.apply(&format!("{ONE}\nstacks:\n  app: {{ template: app.yaml }}\n")).await;
    let (message, _) = told(&ran, "app");
    assert!(message.starts_with("the stack is ROLLBACK_COMPLETE: Template "), "{message}");
}

#[tokio::test(start_paused = true)]
async fn a_status_is_seen_in_time_however_long_the_events_take_that_show_progress() {
    let minute = Duration::from_secs(60);
    for fault in ["error=503", "throttle"] {
        let world =
            World::with(&[DEV], Settings { resource_duration: minute, ..Settings::default() });
        world.write(
            "app.yaml",
            &EXPORTER.replace("!Ref Value,", "!Select [3, !Split [',', !GetAtt Topic.TopicName]],"),
        );
        world.inject(&format!("{fault},action=DescribeStackEvents"));
        let began = tokio::time::Instant::now();
        let mut seen = None;
        let watching = |event: &RunEvent| {
            if matches!(&event.kind, EventKind::StackChanged { status, .. } if status.is_bad()) {
                seen.get_or_insert_with(|| began.elapsed());
            }
        };
        let plan = world.plan(&format!("{ONE}\nstacks:\n  app: {{ template: app.yaml }}\n"));
        let (_wish, stop) = watch::channel(Stop::No);
        world.run_until(Operation::Apply, plan, Limits::default(), stop, watching).await;
        let seen = seen.expect("it is seen while it rolls back");
        assert!(seen < minute + Duration::from_secs(15), "{fault}: {seen:?}");
    }
}
