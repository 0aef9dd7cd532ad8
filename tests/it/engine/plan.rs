//! A run that only looks ahead: it tells what `apply` would do, and leaves nothing behind.

use tokio::sync::watch;
use xdeploy::engine::{Limits, PastRun, Stop};
use xdeploy::event::{
    ChangeAction, EventKind, FailureKind, Operation, Outcome, Preview, Replacement, RunEvent,
};

use crate::support::client::{cloudformation, operations};
use crate::support::files::{HEAD, ONE, ROLE, SETTING, failing};
use crate::support::world::{Ran, World};

const DEV: &str = "100000000001";
const BOTH: [&str; 2] = [DEV, "100000000002"];

const CHAIN: &str = "
stacks:
  role: { template: role.yaml }
  first: { template: setting.yaml, parameters: { Value: '${output:role.RoleArn}' } }
";

fn one_stack(value: &str) -> String {
    format!("{ONE}\nstacks:\n  app: {{ template: app.yaml, parameters: {{ Value: {value} }} }}\n")
}

fn world() -> World {
    let world = World::new(&BOTH);
    world.write("app.yaml", SETTING);
    world.write("setting.yaml", SETTING);
    world.write("role.yaml", ROLE);
    world
}

/// Returns what a plan tells of `text`, after a look that nothing was left behind.
async fn planned(world: &World, text: &str) -> Ran {
    let before = operations(world, DEV).await;
    let ran = world.run(Operation::Plan, world.plan(text)).await;
    assert_eq!(operations(world, DEV).await, before, "nothing was done");
    assert_eq!(change_sets(world).await, Vec::<String>::new());
    ran
}

/// Returns the change sets of every stack in `dev`, and the stacks that only wait for one.
async fn change_sets(world: &World) -> Vec<String> {
    let client = cloudformation(world, DEV);
    let stacks = client.describe_stacks().send().await.expect("stacks are described");
    let mut names = Vec::new();
    for stack in stacks.stacks() {
        let name = stack.stack_name().unwrap_or_default();
        if stack.stack_status().is_some_and(|status| status.as_str() == "REVIEW_IN_PROGRESS") {
            names.push(name.to_owned());
        }
        let listed = client.list_change_sets().stack_name(name).send().await.expect("listed");
        let summaries = listed.summaries().iter();
        names.extend(summaries.filter_map(|it| it.change_set_name().map(str::to_owned)));
    }
    names
}

fn preview<'a>(ran: &'a Ran, account: &str, stack: &str) -> &'a Preview {
    ran.instance(account, stack).preview.as_ref().expect("a plan previews every stack instance")
}

/// Returns each change as `Modify Queue DelaySeconds`.
fn changes(preview: &Preview) -> Vec<String> {
    let line = |change: &xdeploy::event::ResourceChange| {
        let names: Vec<&str> = change.properties.iter().map(|it| it.name.as_str()).collect();
        format!("{:?} {} {}", change.action, change.resource, names.join(",")).trim_end().to_owned()
    };
    preview.changes.iter().map(line).collect()
}

#[tokio::test(start_paused = true)]
async fn what_does_not_stand_would_be_created_and_no_change_set_is_made() {
    let world = world();
    let ran = planned(&world, &format!("{HEAD}{CHAIN}")).await;
    assert_eq!(ran.report.summary.created, 4);
    assert_eq!(ran.report.exit_code(), 0);
    assert_eq!(changes(preview(&ran, "dev", "role")), ["Add Role"]);
    assert_eq!(preview(&ran, "prod", "first").notes, ["Value is known after apply"]);
    let calls: Vec<&String> = ran.report.api_calls.keys().collect();
    assert_eq!(calls, ["cloudformation:DescribeStacks", "sts:AssumeRole", "sts:GetCallerIdentity"]);
}

#[tokio::test(start_paused = true)]
async fn an_update_is_told_from_its_change_set_which_is_deleted() {
    let world = world();
    world.apply(&one_stack("one")).await;
    let ran = planned(&world, &one_stack("two")).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app updated"]);
    let preview = preview(&ran, "dev", "app");
    assert_eq!(changes(preview), ["Modify Setting Value"]);
    assert_eq!(preview.changes[0].replacement, Some(Replacement::False));
    assert_eq!(ran.instance("dev", "app").outputs["Value"], "one", "as it stands");
    assert_eq!(ran.report.api_calls["cloudformation:CreateChangeSet"], 1);
    assert_eq!(ran.report.api_calls["cloudformation:DeleteChangeSet"], 1);
    let json = ran.report.json();
    assert!(json.contains(r#""operation": "plan""#), "{json}");
    assert_eq!(world.apply(&one_stack("two")).await.outcomes(), ran.outcomes());
}

#[tokio::test(start_paused = true)]
async fn what_is_as_asked_for_is_unchanged() {
    let world = world();
    world.apply(&one_stack("one")).await;
    let ran = planned(&world, &one_stack("one")).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app unchanged"]);
    assert_eq!(preview(&ran, "dev", "app"), &Preview::default());
    assert!(!ran.report.has_changes());
}

#[tokio::test(start_paused = true)]
async fn protection_and_a_stack_policy_are_changes_as_well() {
    let world = world();
    world.apply(&one_stack("one")).await;
    let more = "app.yaml, termination-protection: true, stack-policy: policy.json";
    world.write(
        "policy.json",
        r#"{"Statement":[{"Effect":"Allow","Action":"Update:*","Principal":"*","Resource":"*"}]}"#,
    );
    let file = one_stack("one").replace("app.yaml", more);
    let ran = planned(&world, &file).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app updated"]);
    assert_eq!(
        preview(&ran, "dev", "app").notes,
        ["termination protection would be turned on", "its stack policy would change"]
    );
    assert_eq!(world.apply(&file).await.outcomes(), ran.outcomes());
    assert_eq!(planned(&world, &file).await.report.summary.unchanged, 1);
}

#[tokio::test(start_paused = true)]
async fn an_update_that_was_left_failed_would_be_rolled_back_first() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", &failing("", "1"));
    let file = format!("{ONE}\nstacks:\n  app: {{ template: app.yaml }}\n");
    world.apply(&file).await;
    let client = cloudformation(&world, DEV);
    let left = client.update_stack().stack_name("app").template_body(failing("update", "2"));
    left.disable_rollback(true).send().await.expect("it is taken");
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    let plan = world.plan(&file);
    let ran = world.run(Operation::Plan, plan).await;
    let notes = format!("{:?}", ran.instance("dev", "app"));
    assert!(notes.contains("(UPDATE_FAILED): it is rolled back first"), "{notes}");
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_never_worked_would_be_created_anew() {
    let world = world();
    world.write("app.yaml", &failing("create", "1"));
    let file = format!("{ONE}\nstacks:\n  app: {{ template: app.yaml }}\n");
    world.apply(&file).await;
    let ran = planned(&world, &file).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app created"]);
    assert_eq!(
        preview(&ran, "dev", "app").notes,
        ["it never worked (ROLLBACK_COMPLETE): deleted first, then created anew"]
    );
    assert!(!ran.report.api_calls.contains_key("cloudformation:CreateChangeSet"));
    let protect = cloudformation(&world, DEV).update_termination_protection().stack_name("app");
    protect.enable_termination_protection(true).send().await.expect("it is protected");
    let held = planned(&world, &file).await;
    assert_eq!(held.failure("dev", "app").kind, FailureKind::StackStuck);
}

#[tokio::test(start_paused = true)]
async fn an_output_of_a_stack_that_changes_as_well_is_taken_as_it_stands() {
    let world = world();
    let file = |value: &str| {
        format!(
            "{ONE}stacks:\n  first: {{ template: setting.yaml, parameters: {{ Value: {value} }} }}\n  \
             second: {{ template: setting.yaml, parameters: {{ Value: '<${{output:first.Value}}>' }} }}\n"
        )
    };
    world.apply(&file("one")).await;
    let ran = planned(&world, &file("two")).await;
    assert_eq!(
        ran.outcomes(),
        ["dev/eu-central-1/first updated", "dev/eu-central-1/second unchanged"]
    );
    assert_eq!(
        preview(&ran, "dev", "second").notes,
        ["Value may differ: it comes from a stack that would change as well"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_value_that_is_known_after_apply_has_a_stand_in() {
    let world = world();
    world.apply(&format!("{ONE}stacks:\n  first: {{ template: setting.yaml }}\n")).await;
    let ran = planned(&world, &format!("{ONE}{CHAIN}")).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/role created", "dev/eu-central-1/first updated"]);
    let first = preview(&ran, "dev", "first");
    assert_eq!(changes(first), ["Modify Setting Value"]);
    assert_eq!(first.notes, ["Value is known after apply"]);
}

#[tokio::test(start_paused = true)]
async fn where_no_stand_in_is_taken_the_value_that_stands_is() {
    let world = world();
    let strict = SETTING.replace("Default: one", "Default: one, AllowedPattern: '[a-z]*'");
    world.write("setting.yaml", &strict);
    world.apply(&format!("{ONE}stacks:\n  first: {{ template: setting.yaml }}\n")).await;
    let ran = planned(&world, &format!("{ONE}{CHAIN}")).await;
    assert_eq!(ran.instance("dev", "first").outcome, Outcome::Updated);
    assert_eq!(preview(&ran, "dev", "first").notes, ["Value is known after apply"]);
    assert_eq!(ran.report.exit_code(), 0);
    // Neither a stand-in nor a value that stands: nothing of its resources can be known.
    let new = strict.replace(
        "Value: { Type",
        "Other: { Type: String, AllowedPattern: '[a-z]*' }\n  Value: { Type",
    );
    world.write("setting.yaml", &new);
    let file = format!("{ONE}{CHAIN}").replace("Value:", "Other:");
    let ran = planned(&world, &file).await;
    assert_eq!(ran.instance("dev", "first").outcome, Outcome::Updated);
    let notes = &preview(&ran, "dev", "first").notes;
    assert_eq!(
        notes[1],
        "what changes is known after apply (Parameter 'Other' must match pattern [a-z]*)"
    );
}

#[tokio::test(start_paused = true)]
async fn a_refusal_fails_one_stack_instance_and_stops_no_wave() {
    let world = world();
    world.apply(&format!("{HEAD}stacks:\n  first: {{ template: setting.yaml }}\n")).await;
    world.inject("deny,action=CreateChangeSet,account=100000000001");
    let file = format!(
        "{HEAD}rollout: {{ waves: [[dev], [prod]] }}\nstacks:\n  \
         first: {{ template: setting.yaml }}\n  \
         second: {{ template: app.yaml, parameters: {{ Value: '${{output:first.Value}}' }} }}\n"
    );
    let ran = planned(&world, &file).await;
    assert_eq!(
        ran.outcomes(),
        [
            "dev/eu-central-1/first failed",
            "dev/eu-central-1/second skipped",
            "prod/eu-central-1/first unchanged",
            "prod/eu-central-1/second created",
        ]
    );
    assert_eq!(ran.failure("dev", "first").kind, FailureKind::AccessDenied);
    assert_eq!(ran.report.exit_code(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stack_that_moves_is_waited_for() {
    let world = world();
    let client = cloudformation(&world, DEV);
    client.create_stack().stack_name("app").template_body(SETTING).send().await.expect("accepted");
    let ran = planned(&world, &one_stack("two")).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app updated"]);
}

#[tokio::test(start_paused = true)]
async fn changes_of_every_page_are_told() {
    let world = world();
    let topics = |count: usize| {
        let topics = (0..count).map(|n| format!("  T{n:03}: {{ Type: AWS::SNS::Topic }}\n"));
        format!("Resources:\n{}", topics.collect::<String>())
    };
    let file = format!("{ONE}\nstacks:\n  app: {{ template: app.yaml }}\n");
    world.write("app.yaml", &topics(240));
    world.apply(&file).await;
    world.write("app.yaml", &topics(1));
    let ran = planned(&world, &file).await;
    let preview = preview(&ran, "dev", "app");
    assert_eq!(preview.changes.len(), 239);
    assert!(preview.changes.iter().all(|change| change.action == ChangeAction::Remove));
}

#[tokio::test(start_paused = true)]
async fn nothing_secret_stands_in_a_plan() {
    const SECRET: &str = "correct-horse-battery";
    let world = world();
    world.write("app.yaml", &SETTING.replace("Default: one", "NoEcho: true"));
    world.apply(&one_stack("another-secret")).await;
    let ran = planned(&world, &one_stack(SECRET)).await;
    assert_eq!(changes(preview(&ran, "dev", "app")), ["Modify Setting Value"]);
    let everything = format!("{:?}{}", ran.events, ran.report.json());
    assert!(!everything.contains(SECRET), "{everything}");
}

/// Plans an update and wishes to stop at once when its account was entered and a little time has passed.
async fn stopped(world: &World, wishes: &'static [Stop]) -> Ran {
    let plan = world.plan(&one_stack("two"));
    let (wish, stop) = watch::channel(Stop::No);
    let when_it_looks = |event: &RunEvent| {
        if let EventKind::AccountEntered { .. } = event.kind {
            let wish = wish.clone();
            tokio::spawn(async move {
                for next in wishes {
                    tokio::time::sleep(std::time::Duration::from_millis(800)).await;
                    wish.send_replace(*next);
                }
            });
        }
    };
    world.run_until(Operation::Plan, plan, Limits::default(), stop, when_it_looks).await
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_is_stopped_deletes_its_change_sets() {
    let world = world();
    world.apply(&one_stack("one")).await;
    let ran = stopped(&world, &[Stop::Settle]).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app skipped"]);
    assert_eq!(ran.report.exit_code(), 130);
    assert_eq!(ran.report.api_calls["cloudformation:CreateChangeSet"], 1);
    assert_eq!(change_sets(&world).await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_is_left_at_once_says_what_may_be_left() {
    let world = world();
    world.apply(&one_stack("one")).await;
    let ran = stopped(&world, &[Stop::Settle, Stop::AtOnce]).await;
    let failure = ran.failure("dev", "app");
    assert_eq!(failure.message, "left before its change set, if there was one, was deleted");
    let left = change_sets(&world).await;
    let help = failure.help.as_deref().expect("what to do");
    let begin = help.split("begins with ").nth(1).and_then(|rest| rest.split(':').next());
    assert!(left.len() == 1 && left[0].starts_with(begin.expect("a name")), "{left:?} {help}");
    assert_eq!(ran.report.exit_code(), 130);
}

#[tokio::test(start_paused = true)]
async fn a_lost_reply_leaves_no_change_set_behind() {
    for action in ["CreateChangeSet", "DescribeChangeSet", "DeleteChangeSet"] {
        let world = world();
        world.apply(&one_stack("one")).await;
        world.inject(&format!("lose-reply,action={action},times=2"));
        let ran = planned(&world, &one_stack("two")).await;
        assert_eq!(ran.outcomes(), ["dev/eu-central-1/app updated"], "{action}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_set_that_cannot_be_deleted_is_named() {
    let world = world();
    world.apply(&one_stack("one")).await;
    world.inject("deny,action=DeleteChangeSet");
    let ran = world.run(Operation::Plan, world.plan(&one_stack("two"))).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app updated"]);
    let left = change_sets(&world).await;
    let notes = &preview(&ran, "dev", "app").notes;
    assert!(notes[0].starts_with(&format!("its change set {} could not be deleted", left[0])));
}

#[tokio::test(start_paused = true)]
async fn what_a_plan_foresees_is_nothing_that_could_go_back() {
    let world = world();
    let ran = planned(&world, &one_stack("one")).await;
    let mut past = PastRun::default();
    ran.events.iter().for_each(|event| past.on(event));
    let plan = world.plan(&one_stack("one"));
    assert!(plan.instances.iter().all(|instance| past.change(&instance.id).is_none()));
    assert_eq!(past.touched().count(), 0);
}
