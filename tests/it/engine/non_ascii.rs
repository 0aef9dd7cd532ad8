//! Characters outside ASCII, for which CloudFormation answers `?` while the resources hold them.

use xdeploy::engine::{Limits, Run};
use xdeploy::event::{FailureKind, Operation, Outcome};
use xdeploy::name::RunId;

use crate::support::client::cloudformation;
use crate::support::files::{ONE, SETTING};
use crate::support::world::{Ran, World};

const DEV: &str = "100000000001";

/// Returns an environment with one stack of these keys, and one that fails after it.
fn failing_after(keys: &str, fails: bool) -> String {
    let bad = if fails { "  bad: { template: bad.yaml, depends-on: [app] }\n" } else { "" };
    format!(
        "{ONE}\nrollout: {{ on-failure: rollback-run }}\nstacks:\n  app: {{ template: app.yaml{keys} \
         }}\n{bad}"
    )
}

async fn apply(world: &World, file: &str) -> Ran {
    let id = RunId::new(world.clock.now(), fastrand::u32(..));
    let run = Run::new(id, Operation::Apply, Limits::default(), world.clock);
    Ran::new(world.until(run, world.plan(file), None).await)
}

/// Returns a world whose second stack fails to be created.
fn world() -> World {
    let world = World::new(&[DEV]);
    world.write("app.yaml", SETTING);
    world.write("bad.yaml", &crate::support::files::failing("create", "1"));
    world
}

/// Returns why a stack was not put back, which stands as the run left it.
async fn why_not_back(world: &World, ran: &Ran) -> String {
    let app = ran.instance("dev", "app");
    assert_eq!(app.outcome, Outcome::Failed, "{app:?}");
    let failure = ran.failure("dev", "app");
    assert_eq!(failure.kind, FailureKind::CannotGoBack, "{failure:?}");
    let updates = crate::support::client::operations(world, DEV).await;
    let updates = updates.iter().filter(|it| it.as_str() == "app UPDATE_IN_PROGRESS").count();
    assert_eq!(updates, 1, "nothing is sent on the way back");
    failure.message.clone()
}

#[tokio::test(start_paused = true)]
async fn a_template_that_was_read_with_question_marks_is_not_put_back() {
    let world = world();
    let template = |name: &str| SETTING.replace("Default: one", &format!("Default: {name}"));
    world.write("app.yaml", &template("Größe"));
    world.apply(&failing_after("", false)).await;
    world.write("app.yaml", &template("size"));
    let ran = apply(&world, &failing_after(", parameters: { Value: two }", true)).await;
    let why = why_not_back(&world, &ran).await;
    assert!(why.contains("`?` stands in its template"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn a_parameter_or_tag_that_was_read_with_question_marks_is_not_put_back() {
    for (before, after, part) in [
        (", parameters: { Value: Größe }", ", parameters: { Value: size }", "parameter `Value`"),
        (", tags: { team: Köln }", ", tags: { team: Bonn }", "tag `team`"),
    ] {
        let world = world();
        world.apply(&failing_after(before, false)).await;
        let ran = apply(&world, &failing_after(after, true)).await;
        let why = why_not_back(&world, &ran).await;
        assert!(why.contains(part), "{why}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_parameter_that_the_run_left_alone_keeps_what_it_holds_on_the_way_back() {
    let world = world();
    let template = |name: &str| {
        format!("Description: {name}\n{SETTING}")
            .replace("Parameters:\n", "Parameters:\n  Other: { Type: String, Default: plain }\n")
    };
    world.write("app.yaml", &template("first"));
    world.apply(&failing_after(", parameters: { Value: Größe }", false)).await;
    let ran = apply(&world, &failing_after(", parameters: { Other: other }", true)).await;
    let outcome = ran.instance("dev", "app").outcome;
    assert_eq!(outcome, Outcome::RolledBack, "{:?}", ran.instance("dev", "app").failure);
    let client = cloudformation(&world, DEV);
    let events = client.describe_stack_events().stack_name("app").send().await.expect("events");
    let wrong = events.stack_events().iter().any(|event| {
        event.resource_properties().is_some_and(|properties| properties.contains("Gr??e"))
    });
    assert!(!wrong, "no resource was ever given the answer");
}

#[tokio::test(start_paused = true)]
async fn an_output_with_question_marks_is_given_to_no_other_stack_where_it_may_be_another() {
    let chain = |value: &str| {
        format!(
            "{ONE}\nstacks:\n  first: {{ template: app.yaml, parameters: {{ Value: '{value}' }} }}\n  \
             second: {{ template: app.yaml, parameters: {{ Value: '${{output:first.Value}}' }} }}\n"
        )
    };
    let world = world();
    let ran = world.apply(&chain("Größe")).await;
    assert_eq!(ran.instance("dev", "first").outcome, Outcome::Created);
    let failure = ran.failure("dev", "second");
    assert_eq!(failure.kind, FailureKind::OutputMissing, "{failure:?}");
    assert!(failure.message.contains("output `Value`"), "{failure:?}");
    assert!(failure.message.contains("outside ASCII"), "{failure:?}");
}

#[tokio::test(start_paused = true)]
async fn a_question_mark_that_was_sent_is_handed_on() {
    let world = world();
    world.write("app.yaml", &SETTING.replace("!GetAtt Setting.Value", "!Ref Value"));
    let file = format!(
        "{ONE}\nstacks:\n  first: {{ template: app.yaml, parameters: {{ Value: 'http://a?b=c' }} }}\n  \
         second: {{ template: app.yaml, parameters: {{ Value: '${{output:first.Value}}' }} }}\n"
    );
    let ran = world.apply(&file).await;
    assert_eq!(ran.instance("dev", "second").outputs["Value"], "http://a?b=c");
}

#[tokio::test(start_paused = true)]
async fn a_question_mark_that_a_resource_gave_is_given_to_no_other_stack() {
    let world = world();
    // Who set the parameter before the run may have sent anything.
    let first = |value: &str| format!("  first: {{ template: app.yaml{value} }}\n");
    let second =
        "  second: { template: app.yaml, parameters: { Value: '${output:first.Value}' } }\n";
    let world_file = |value: &str, rest: &str| format!("{ONE}\nstacks:\n{}{rest}", first(value));
    world.apply(&world_file(", parameters: { Value: 'http://a?b=c' }", "")).await;
    let ran = world.apply(&world_file("", second)).await;
    assert_eq!(ran.instance("dev", "first").outcome, Outcome::Unchanged);
    let failure = ran.failure("dev", "second");
    assert_eq!(failure.kind, FailureKind::OutputMissing, "{failure:?}");
    let help = failure.help.as_deref().expect("a help");
    assert!(help.contains("Fn::ImportValue"), "{help}");
    let plan = world.run(Operation::Plan, world.plan(&world_file("", second))).await;
    assert_eq!(plan.failure("dev", "second").kind, FailureKind::OutputMissing);
}
