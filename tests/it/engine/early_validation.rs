//! What early validation and hooks find wrong, as a run and a plan tell it.

use std::time::Duration;

use xdeploy::event::{FailureKind, Operation, Outcome};
use xdeploy::report::{Palette, summary};

use crate::support::client::cloudformation;
use crate::support::files::ONE;
use crate::support::world::World;

const DEV: &str = "100000000001";
const GOOD: &str = "Resources: { Topic: { Type: AWS::SNS::Topic } }";

fn file() -> String {
    format!("{ONE}\nstacks:\n  app: {{ template: app.yaml }}\n")
}

/// Returns a template with a topic of another name, of which this is found wrong.
fn found_wrong(found: &str) -> String {
    format!(
        "Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n    Metadata: {{ Sandbox: {{ {found} }} }}\n    \
         Properties: {{ DisplayName: new }}\n"
    )
}

const HOOK: &str = "Hooks: { Type: 'Acme::Guard::Hook', Reason: no encryption, Annotations: { Name: \
                    Encryption, Message: it has no key, Remediation: set KmsMasterKeyId, Link: \
                    'https://acme.example/sns' } }";
const HOOK_SAYS: &str = "hook Acme::Guard::Hook: no encryption (Encryption: it has no key, set \
                         KmsMasterKeyId, see https://acme.example/sns)";

#[tokio::test(start_paused = true)]
async fn all_that_early_validation_finds_is_the_cause_however_many_pages_it_has() {
    let world = World::new(&[DEV]);
    let faults: Vec<String> =
        (1..=150).map(|n| format!("{{ Property: P{n}, Reason: 'fault {n}.' }}")).collect();
    world.write("app.yaml", GOOD);
    world.apply(&file()).await;
    world.write("app.yaml", &found_wrong(&format!("Invalid: [{}]", faults.join(", "))));
    let ran = world.apply(&file()).await;
    let failure = ran.failure("dev", "app");
    assert_eq!(failure.kind, FailureKind::ResourceFailed, "{failure:?}");
    assert_eq!(failure.resource.as_deref(), Some("Topic"));
    for n in 1..=150 {
        let fault = format!("fault {n} (at /Resources/Topic/Properties/P{n})");
        assert!(failure.message.contains(&fault), "{fault}: {}", failure.message);
    }
    let help = failure.help.as_deref().expect("a help");
    assert!(help.contains("mend the template where it is named"), "{help}");
}

#[tokio::test(start_paused = true)]
async fn faults_of_an_operation_before_are_not_told_of_this_one() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", GOOD);
    world.apply(&file()).await;
    for fault in ["first", "second"] {
        world.write("app.yaml", &found_wrong(&format!("Invalid: {fault}")));
        let message = world.apply(&file()).await.failure("dev", "app").message.clone();
        assert_eq!(message, format!("Topic (AWS::SNS::Topic): {fault} (at /Resources/Topic)"));
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_hook_refuses_is_told_with_what_mends_it() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", &found_wrong(HOOK));
    let ran = world.apply(&file()).await;
    let failure = ran.failure("dev", "app");
    assert_eq!(failure.message, format!("Topic (AWS::SNS::Topic): {HOOK_SAYS}"));
    let help = failure.help.as_deref().expect("a help");
    assert!(help.starts_with("do what the hook asks for; then "), "{help}");
}

#[tokio::test(start_paused = true)]
async fn a_plan_tells_all_that_is_found_wrong_with_its_change_set() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", GOOD);
    world.apply(&file()).await;
    let invalid = format!("Invalid: [first, {{ Property: TopicName, Reason: second }}], {HOOK}");
    world.write("app.yaml", &found_wrong(&invalid));
    let ran = world.run(Operation::Plan, world.plan(&file())).await;
    let failure = ran.failure("dev", "app");
    assert_eq!(failure.kind, FailureKind::Refused, "{failure:?}");
    let expected = [
        "Topic (AWS::SNS::Topic): first (at /Resources/Topic)",
        "Topic (AWS::SNS::Topic): second (at /Resources/Topic/Properties/TopicName)",
        &format!("Topic (AWS::SNS::Topic): {HOOK_SAYS}"),
    ];
    assert_eq!(failure.message, expected.join("; "));
    assert_eq!(failure.help.as_deref(), Some("do what the hook asks for"));
    let client = cloudformation(&world, DEV);
    let left = client.list_change_sets().stack_name("app").send().await.expect("listed");
    assert!(left.summaries().is_empty(), "{left:?}");
}

#[tokio::test(start_paused = true)]
async fn a_plan_notes_what_is_only_warned_of() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", GOOD);
    world.apply(&file()).await;
    let warned = "Invalid: { Reason: the quota is nearly used up, Mode: WARN }";
    world.write("app.yaml", &found_wrong(warned));
    let ran = world.run(Operation::Plan, world.plan(&file())).await;
    let app = ran.instance("dev", "app");
    assert_eq!(app.outcome, Outcome::Updated);
    let note =
        "warning: Topic (AWS::SNS::Topic): the quota is nearly used up (at /Resources/Topic)";
    let told = format!("{app:?}");
    assert!(told.contains(note), "{told}");
    let applied = world.apply(&file()).await;
    assert_eq!(applied.instance("dev", "app").outcome, Outcome::Updated);
}

#[tokio::test(start_paused = true)]
async fn what_hooks_only_warn_of_is_told_by_apply_once_with_how_many_stacks_it_is_said_of() {
    let world = World::new(&[DEV, "100000000002"]);
    let hook = HOOK.replace("Reason: no encryption", "Mode: WARN, Reason: no encryption");
    assert_ne!(hook, HOOK);
    // Long enough for events to be read meanwhile.
    let hook = format!("Seconds: 60, {hook}");
    world.write("app.yaml", &found_wrong(&hook));
    let file =
        file().replace("dev: \"100000000001\"", "dev: \"100000000001\", test: \"100000000002\"");
    let created = world.apply(&file).await;
    world.write("app.yaml", &found_wrong(&hook).replace("DisplayName: new", "DisplayName: newer"));
    let updated = world.apply(&file).await;
    let note = format!("warning: Topic (AWS::SNS::Topic): {HOOK_SAYS}");
    for (ran, outcome) in [(created, Outcome::Created), (updated, Outcome::Updated)] {
        for account in ["dev", "test"] {
            let app = ran.instance(account, "app");
            assert_eq!((app.outcome, &app.notes), (outcome, &vec![note.clone()]), "{account}");
        }
        let summary = summary::text(&ran.report, Palette::Plain, summary::Destination::File);
        let summary = summary.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(summary.matches("no encryption").count(), 1, "{summary}");
        assert!(summary.contains("(2 stack instances)"), "{summary}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_many_hooks_say_besides_is_waited_for_once() {
    let mut took = Vec::new();
    for fault in ["error=503,action=None", "hang,action=GetHookResult"] {
        let world = World::new(&[DEV]);
        world.inject(fault);
        let mut template = String::from("Resources:\n");
        for number in 0..8 {
            let hook =
                format!("Seconds: 60, {HOOK}").replace("Reason: no", "Mode: WARN, Reason: no");
            let resource = format!(
                "  T{number}:\n    Type: AWS::SNS::Topic\n    Metadata: {{ Sandbox: {{ {hook} }} }}\n"
            );
            template.push_str(&resource);
        }
        world.write("app.yaml", &template);
        let ran = world.apply(&file()).await;
        assert_eq!(ran.instance("dev", "app").notes.len(), 8, "{fault}");
        took.push(ran.report.duration);
    }
    assert!(took[1] < took[0] + Duration::from_secs(5), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn where_no_hook_was_seen_nobody_asks_what_it_warns_of() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", GOOD);
    let ran = world.apply(&file()).await;
    assert_eq!(ran.report.summary.created, 1);
    assert_eq!(ran.report.api_calls.get("cloudformation:DescribeStackEvents"), None);
}

#[tokio::test(start_paused = true)]
async fn what_the_pages_told_that_could_be_read_is_not_lost_with_one_that_could_not() {
    let world = World::new(&[DEV]);
    world.inject("repeat-token,action=DescribeEvents");
    world.write("app.yaml", &found_wrong("Invalid: first"));
    let failure = world.apply(&file()).await.failure("dev", "app").clone();
    assert!(failure.message.contains("first"), "{}", failure.message);
}

#[tokio::test(start_paused = true)]
async fn what_was_found_wrong_is_told_as_far_as_it_is_known_where_it_cannot_be_read() {
    for fault in ["error=503", "throttle", "deny"] {
        let world = World::new(&[DEV]);
        world.inject(&format!("{fault},action=DescribeEvents"));
        world.write("app.yaml", &found_wrong("Invalid: first"));
        let ran = world.apply(&file()).await;
        let failure = ran.failure("dev", "app");
        let (message, help) = (&failure.message, failure.help.as_deref().unwrap_or_default());
        assert!(message.contains("AWS::EarlyValidation::PropertyValidation"), "{fault}: {message}");
        assert!(help.contains("cloudformation:DescribeEvents"), "{fault}: {help}");
        assert!(
            ran.report.duration < Duration::from_secs(45),
            "{fault}: {:?}",
            ran.report.duration
        );
        world.write("app.yaml", GOOD);
        world.apply(&file()).await;
        world.write("app.yaml", &found_wrong(""));
        let plan = world.run(Operation::Plan, world.plan(&file())).await;
        assert_eq!(plan.instance("dev", "app").outcome, Outcome::Updated, "{fault}");
        assert!(
            plan.report.duration < Duration::from_secs(15),
            "{fault}: {:?}",
            plan.report.duration
        );
    }
}
