//! Drift through the engine: nested stacks, detections of others, the pace of many accounts.

use std::time::Duration;

use tokio::time::Instant;
use xdeploy::engine;
use xdeploy::event::{DriftedKind, InstanceDrift};
use xdeploy::plan::Plan;
use xdeploy::sandbox::{Settings, Throttling};
use xdeploy::sessions::Sessions;

use crate::support::client::{cloudformation, s3};
use crate::support::files::ONE;
use crate::support::world::World;

const DEV: &str = "100000000001";

const CLEAN: &str =
    "Resources: { Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: a } } }\n";

const NESTS: &str = "Resources: { Inner: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: inner.yaml } } }\n";

const INNER: &str = "
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Metadata: { Sandbox: { Drift: { Set: { DisplayName: other } } } }
    Properties: { DisplayName: a }
";

/// Returns what was found of each stack instance.
async fn drift(world: &World, plan: &std::sync::Arc<Plan>) -> Vec<InstanceDrift> {
    let sessions = Sessions::new(world.cloud(), plan.clone());
    let found = engine::detect_drift(plan, &sessions, || ()).await.into_iter();
    found.map(|found| found.found.unwrap_or_else(|failure| panic!("{failure:?}"))).collect()
}

/// Returns each resource as `Inner/Topic Modified`.
fn told(drift: &InstanceDrift) -> Vec<String> {
    drift.resources.iter().map(|it| format!("{} {:?}", it.resource, it.kind)).collect()
}

#[tokio::test(start_paused = true)]
async fn nested_stacks_are_looked_at_each_by_itself() {
    let world = World::new(&[DEV]);
    let made = s3(&world, DEV, "eu-central-1").create_bucket().bucket("nested").send();
    made.await.expect("the name is free");
    world.write("nests.yaml", NESTS);
    world.write("inner.yaml", INNER);
    let text = format!(
        "{ONE}artifacts: {{ bucket: nested, owner: \"{DEV}\" }}\nstacks: {{ app: {{ template: nests.yaml }} }}\n"
    );
    let plan = world.packed(&text);
    let ran = world.run(xdeploy::event::Operation::Apply, plan.clone()).await;
    assert_eq!(ran.report.summary.created, 1);
    let found = drift(&world, &plan).await;
    assert_eq!(told(&found[0]), ["Inner/Topic Modified"]);
    assert_eq!(found[0].resources[0].kind, DriftedKind::Modified);
    assert_eq!(found[0].resources[0].properties[0].actual.as_deref(), Some("other"));
    let client = cloudformation(&world, DEV);
    let listed = client.list_stack_resources().stack_name("app").send().await.expect("listed");
    let inner = listed.stack_resource_summaries()[0].physical_resource_id().expect("an ARN");
    client.delete_stack().stack_name(inner).send().await.expect("it is deleted by hand");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(told(&drift(&world, &plan).await[0]), ["Inner Deleted"]);
}

#[tokio::test(start_paused = true)]
async fn what_a_nested_stack_is_given_of_a_secret_is_not_told() {
    let world = World::new(&[DEV]);
    let made = s3(&world, DEV, "eu-central-1").create_bucket().bucket("nested").send();
    made.await.expect("the name is free");
    world.write(
        "nests.yaml",
        "Parameters: { Word: { Type: String, NoEcho: true } }\n\
         Resources: { Inner: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: inner.yaml, Parameters: { Name: !Ref Word } } } }\n",
    );
    let inner = INNER.replace("DisplayName: a", "DisplayName: !Ref Name");
    world.write("inner.yaml", &format!("Parameters: {{ Name: {{ Type: String }} }}{inner}"));
    let text = |word: &str| {
        format!(
            "{ONE}artifacts: {{ bucket: nested, owner: \"{DEV}\" }}\nstacks: {{ app: {{ template: nests.yaml, parameters: {{ Word: {word} }} }} }}\n"
        )
    };
    let plan = world.packed(&text("former-word"));
    world.run(xdeploy::event::Operation::Apply, plan).await;
    // Whoever looks later does not know the value any more.
    let found = drift(&world, &world.packed(&text("later-word"))).await;
    assert_eq!(told(&found[0]), ["Inner/Topic Modified"]);
    let everything = format!("{found:?}");
    assert!(!everything.contains("former-word"), "{everything}");
    assert_eq!(found[0].resources[0].properties[0].expected.as_deref(), Some("****"));
}

#[tokio::test(start_paused = true)]
async fn a_detection_that_somebody_else_began_is_waited_for() {
    let world = World::new(&[DEV]);
    world.write("clean.yaml", CLEAN);
    let text = format!("{ONE}stacks: {{ app: {{ template: clean.yaml }} }}\n");
    world.apply(&text).await;
    let others = cloudformation(&world, DEV).detect_stack_drift().stack_name("app").send();
    others.await.expect("it is begun");
    let found = drift(&world, &world.plan(&text)).await;
    assert!(found[0].stack.is_some() && found[0].is_whole() && !found[0].has_drifted());
}

#[tokio::test(start_paused = true)]
async fn many_accounts_are_looked_at_side_by_side() {
    let ids: Vec<String> = (0..30).map(|n| format!("2000000{n:05}")).collect();
    let accounts: Vec<&str> = ids.iter().map(String::as_str).collect();
    let settings = Settings {
        resource_duration: Duration::from_secs(20),
        throttling: Throttling::realistic(),
        ..Settings::default()
    };
    let world = World::with(&accounts, settings);
    world.write("clean.yaml", CLEAN);
    let listed: Vec<String> = ids.iter().map(|id| format!("a{id}: \"{id}\"")).collect();
    let stacks: Vec<String> = (0..5).map(|n| format!("s{n}: {{ template: clean.yaml }}")).collect();
    let text = format!(
        "environment: prod\nsource: {{ account: \"999999999999\" }}\nassume-role: {{ name: deployer }}\n\
         regions: [eu-central-1]\naccounts: {{ {} }}\nstacks: {{ {} }}\n",
        listed.join(", "),
        stacks.join(", ")
    );
    let ran = world.apply(&text).await;
    assert_eq!(ran.report.summary.created, 150);
    let plan = world.plan(&text);
    let began = Instant::now();
    let found = drift(&world, &plan).await;
    assert!(found.iter().all(|it| !it.has_drifted() && it.is_whole()));
    // A detection takes 20 s; the last look at it comes up to 10 s later.
    assert!(began.elapsed() < Duration::from_secs(45), "{:?}", began.elapsed());
}
