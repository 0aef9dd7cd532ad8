//! What a plan tells with values: before and after, what makes them change, nested stacks; and no secret.

use xdeploy::engine::{Limits, Stop};
use xdeploy::event::{Operation, Preview, PropertyChange};

use crate::support::client::{cloudformation, s3};
use crate::support::edited::edited;
use crate::support::files::{ONE, SETTING};
use crate::support::world::{Ran, World};

const DEV: &str = "100000000001";

const QUEUE: &str = "
Parameters: { Timeout: { Type: Number, Default: 60 } }
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: { VisibilityTimeout: !Ref Timeout, Tags: [{ Key: a, Value: b }] }
";

fn environment(more: &str) -> String {
    format!("{ONE}\nstacks:\n  app: {{ template: app.yaml{more} }}\n")
}

/// Returns what is told of `app` in `dev`: each place as `Queue VisibilityTimeout 60 → 90 (parameter Timeout)`.
fn told(ran: &Ran) -> Vec<String> {
    let Preview { changes, notes, .. } =
        ran.instance("dev", "app").preview.as_ref().expect("a plan previews every stack instance");
    let lines = changes.iter().flat_map(|change| {
        let place = |it: &PropertyChange| {
            format!(
                "{} {} {} → {} ({})",
                change.resource,
                it.path.as_deref().unwrap_or(&it.name),
                it.before.as_deref().unwrap_or("-"),
                it.after.as_deref().unwrap_or("-"),
                it.cause.as_deref().unwrap_or("-")
            )
        };
        let bare = || format!("{:?} {}", change.action, change.resource);
        let places: Vec<String> = change.properties.iter().map(place).collect();
        if places.is_empty() { vec![bare()] } else { places }
    });
    lines.chain(notes.iter().cloned()).collect()
}

async fn planned(world: &World, more: &str) -> Ran {
    world.run(Operation::Plan, world.plan(&environment(more))).await
}

/// Returns the names of all change sets of a stack.
async fn change_sets(world: &World, stack: &str) -> Vec<String> {
    let client = cloudformation(world, DEV);
    let listed = client.list_change_sets().stack_name(stack).send().await.expect("listed");
    listed.summaries().iter().filter_map(|it| it.change_set_name().map(str::to_owned)).collect()
}

#[tokio::test(start_paused = true)]
async fn each_place_is_told_as_it_is_and_as_it_would_be_with_what_makes_it_change() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", QUEUE);
    world.apply(&environment("")).await;
    world.write("app.yaml", &QUEUE.replace("Value: b", "Value: c"));
    let ran = planned(&world, ", parameters: { Timeout: 90 }").await;
    assert_eq!(
        told(&ran),
        [
            "Queue /Properties/Tags/0/Value b → c (template)",
            "Queue VisibilityTimeout 60 → 90 (parameter Timeout)",
        ]
    );
    let json = ran.report.json();
    let url = "https://sqs.eu-central-1.amazonaws.com/100000000001/";
    assert!(json.contains(&format!(r#""physical_id": "{url}"#)), "{json}");
    assert_eq!(ran.report.api_calls["cloudformation:CreateChangeSet"], 1);
}

#[tokio::test(start_paused = true)]
async fn where_aws_tells_no_values_the_names_are_told_and_it_is_said() {
    let world = World::new(&[DEV]);
    world.write("app.yaml", QUEUE);
    world.apply(&environment("")).await;
    let plan = world.plan(&environment(", parameters: { Timeout: 90 }"));
    // Of the second look at a change set that is drawn up, which asks for values.
    let drawn = std::sync::atomic::AtomicUsize::new(0);
    let cloud = edited(&world, move |action, text| {
        let is_drawn = action == "DescribeChangeSet" && text.contains("<Status>CREATE_COMPLETE<");
        match is_drawn && drawn.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 1 {
            true => "<ErrorResponse><Error><Code>ValidationError</Code><Message>no such parameter\
                     </Message></Error></ErrorResponse>"
                .to_owned(),
            false => text,
        }
    });
    let run = world.new_run(Operation::Plan, Limits::default());
    let (_wish, stop) = tokio::sync::watch::channel(Stop::No);
    let ran = world.carry_out_through(&cloud, run, plan, stop, |_| {}).await;
    insta::assert_snapshot!(told(&ran).join("\n"), @"
    Queue VisibilityTimeout - → - (parameter Timeout)
    CloudFormation tells no values here (no such parameter)
    ");
}

/// A world with a stack that has another nested in it, whose template is in a bucket.
async fn nesting() -> World {
    let world = World::new(&[DEV]);
    let made = s3(&world, DEV, "eu-central-1").create_bucket().bucket("templates").send().await;
    made.expect("the name is free");
    put(&world, QUEUE).await;
    world.write("app.yaml", &parent(""));
    let applied = world.apply(&environment("")).await;
    assert_eq!(applied.outcomes(), ["dev/eu-central-1/app created"]);
    world
}

fn parent(more: &str) -> String {
    format!(
        "Parameters: {{ Secret: {{ Type: String, NoEcho: true, Default: correct-horse-battery }} }}\n\
         Resources:\n  Inner:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      \
         TemplateURL: https://templates.s3.eu-central-1.amazonaws.com/inner.yaml\n{more}"
    )
}

async fn put(world: &World, template: &str) {
    let client = s3(world, DEV, "eu-central-1");
    let put = client.put_object().bucket("templates").key("inner.yaml");
    put.body(template.as_bytes().to_vec().into()).send().await.expect("it is written");
}

#[tokio::test(start_paused = true)]
async fn what_changes_in_a_nested_stack_is_told_and_nothing_of_it_is_left() {
    let world = nesting().await;
    assert_eq!(planned(&world, "").await.outcomes(), ["dev/eu-central-1/app unchanged"]);
    put(&world, &QUEUE.replace("Default: 60", "Default: 90").replace("Value: b", "Value: c")).await;
    let ran = planned(&world, "").await;
    insta::assert_snapshot!(told(&ran).join("\n"), @"
    Inner Properties - → - (nested stack)
    Inner/Queue /Properties/Tags/0/Value b → c (template)
    Inner/Queue VisibilityTimeout 60 → 90 (parameter Timeout)
    ");
    let client = cloudformation(&world, DEV);
    let stacks = client.describe_stacks().send().await.expect("stacks are described");
    for stack in stacks.stacks() {
        let left = change_sets(&world, stack.stack_id().expect("an ARN")).await;
        assert_eq!(left, Vec::<String>::new(), "{:?}", stack.stack_name());
    }
}

#[tokio::test(start_paused = true)]
async fn a_nested_stack_whose_change_set_fails_is_told_as_one_that_may_change() {
    let world = nesting().await;
    put(&world, &QUEUE.replace("AWS::SQS::Queue", "AWS::SQS::Nothing")).await;
    let ran = planned(&world, "").await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app updated"]);
    insta::assert_snapshot!(told(&ran).join("\n"), @"
    Inner Properties - → - (nested stack)
    what changes in its nested stacks cannot be told (Update of resource type is not permitted. The new template modifies resource type of the following resources: [Queue])
    ");
    assert_eq!(change_sets(&world, "app").await, Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn neither_the_old_value_of_a_secret_nor_the_new_one_is_told() {
    const SECRETS: [&str; 2] = ["correct-horse-battery", "tomorrow-is-another-day"];
    let world = World::new(&[DEV]);
    let template = SETTING.replace("Default: one", "NoEcho: true");
    world.write("app.yaml", template.split_once("Outputs").expect("it has outputs").0);
    let given = |value: &str| format!(", parameters: {{ Value: {value} }}");
    world.apply(&environment(&given(SECRETS[0]))).await;
    // As if AWS masked nothing.
    let plan = world.plan(&environment(&given(SECRETS[1])));
    let cloud = edited(&world, |action, text| match action {
        "DescribeChangeSet" => {
            let after = format!("<AfterValue>so {}<", SECRETS[1]);
            let before = format!("<BeforeValue>so {}<", SECRETS[0]);
            text.replace("<AfterValue>****<", &after).replace("<BeforeValue>****<", &before)
        }
        _ => text,
    });
    let run = world.new_run(Operation::Plan, Limits::default());
    let (_wish, stop) = tokio::sync::watch::channel(Stop::No);
    let ran = world.carry_out_through(&cloud, run, plan, stop, |_| {}).await;
    assert_eq!(told(&ran), ["Setting Value **** → **** (parameter Value)"]);
    let everything = format!("{:?}{}", ran.events, ran.report.json());
    assert!(SECRETS.iter().all(|secret| !everything.contains(secret)), "{everything}");
}

#[tokio::test(start_paused = true)]
async fn what_is_lost_is_not_named_where_its_name_is_made_of_a_secret() {
    const OLD: &str = "correct-horse-battery";
    let world = World::new(&[DEV]);
    let queue =
        |name: &str| format!("{{ Type: AWS::SQS::Queue, Properties: {{ QueueName: {name} }} }}");
    let template = format!(
        "Parameters: {{ Token: {{ Type: String, NoEcho: true }} }}\nResources:\n  Replaced: {}\n  Removed: {}\n  Plain: {}\n",
        queue("!Sub 'r-${Token}'"),
        queue("!Sub 'd-${Token}'"),
        queue("open"),
    );
    world.write("app.yaml", &template);
    let given = |value: &str| format!(", parameters: {{ Token: {value} }}");
    world.apply(&environment(&given(OLD))).await;
    let kept = template.lines().filter(|line| !line.contains("Removed"));
    world.write("app.yaml", &kept.collect::<Vec<_>>().join("\n").replace("open", "wide"));
    let ran = planned(&world, &given("tomorrow-is-another-day")).await;
    let changes = &ran.instance("dev", "app").preview.as_ref().expect("a preview").changes;
    let named = |resource: &str| {
        let change = changes.iter().find(|change| change.resource == resource);
        change.and_then(|change| change.physical_id.clone()).expect("it stands")
    };
    assert_eq!((named("Replaced"), named("Removed")), ("****".to_owned(), "****".to_owned()));
    assert!(named("Plain").ends_with("/open"));
    let everything = format!("{:?}{}", ran.events, ran.report.json());
    assert!(!everything.contains(OLD), "{everything}");
}
