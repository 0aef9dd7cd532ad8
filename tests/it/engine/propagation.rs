//! A role or policy that was just made counts some seconds later: that is waited out, and nothing
//! else.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use xdeploy::engine::{Limits, Stop};
use xdeploy::event::{EventKind, FailureKind, Operation};
use xdeploy::sandbox::Settings;

use crate::support::world::{Ran, World};

const DEV: &str = "100000000001";

const ROLE: &str = r#"
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: entrance
      ManagedPolicyArns: [arn:aws:iam::aws:policy/AdministratorAccess]
      AssumeRolePolicyDocument:
        Statement: [{ Effect: Allow, Action: "sts:AssumeRole", Principal: { AWS: "999999999999" } }]
"#;

/// Lets the deployer do what it is refused by a role of its own without policies.
const POLICY: &str = r#"
Resources:
  Policy:
    Type: AWS::IAM::RolePolicy
    Properties:
      PolicyName: all
      RoleName: entrance
      PolicyDocument: { Statement: [{ Effect: Allow, Action: "*", Resource: "*" }] }
"#;

const POWERLESS: &str = r#"
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: entrance
      AssumeRolePolicyDocument:
        Statement: [{ Effect: Allow, Action: "sts:AssumeRole", Principal: { AWS: "999999999999" } }]
"#;

fn environment(name: &str, role: &str, stack: &str) -> String {
    format!(
        "environment: {name}\nsource: {{ account: '999999999999' }}\n\
         assume-role: {{ name: {role} }}\nregions: [eu-central-1]\naccounts: {{ dev: '{DEV}' }}\n\
         stacks:\n  {stack}: {{ template: {stack}.yaml, capabilities: [CAPABILITY_NAMED_IAM] }}\n"
    )
}

/// Returns a world in which changes of IAM count after so many seconds.
fn world(seconds: u64) -> World {
    let iam_propagation = Duration::from_secs(seconds);
    let world = World::with(&[DEV], Settings { iam_propagation, ..Settings::default() });
    world.write("role.yaml", ROLE);
    world.write("powerless.yaml", POWERLESS);
    world.write("policy.yaml", POLICY);
    world.write("topic.yaml", "Resources: { Topic: { Type: AWS::SNS::Topic } }\n");
    world
}

/// Applies environments one after another in one run.
async fn in_order(world: &World, texts: &[String]) -> Ran {
    let (_wish, stop) = watch::channel(Stop::No);
    let limits = Limits { in_order: true, ..Limits::default() };
    world.run_until(Operation::Apply, world.together(texts), limits, stop, |_| {}).await
}

fn awaited(ran: &Ran) -> Vec<(String, String)> {
    let told = ran.events.iter().filter_map(|event| match &event.kind {
        EventKind::PermissionAwaited { account_id, operation } => {
            Some((account_id.to_string(), operation.clone()))
        }
        _ => None,
    });
    told.collect()
}

#[tokio::test(start_paused = true)]
async fn a_role_that_was_just_made_is_entered_once_it_counts() {
    let world = world(10);
    let bootstrap = environment("bootstrap", "deployer", "role");
    let work = environment("work", "entrance", "topic");
    let ran = in_order(&world, &[bootstrap, work]).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/role created", "dev/eu-central-1/topic created"]);
    assert_eq!(awaited(&ran), [(DEV.to_owned(), "sts:AssumeRole".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_was_just_made_is_waited_for_by_the_first_calls_it_allows() {
    let world = world(10);
    let roles = environment("roles", "deployer", "powerless");
    let policies = environment("policies", "deployer", "policy");
    world.apply(&roles).await;
    tokio::time::advance(Duration::from_secs(600)).await;
    let ran = in_order(&world, &[policies, environment("work", "entrance", "topic")]).await;
    assert!(
        ran.outcomes().contains(&"dev/eu-central-1/topic created".to_owned()),
        "{:?}",
        ran.outcomes()
    );
    assert_eq!(awaited(&ran), [(DEV.to_owned(), "cloudformation:DescribeStacks".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn a_role_that_never_counts_is_refused_after_a_minute_and_without_a_change_at_once() {
    let world = world(10);
    let began = Instant::now();
    let ran = world.apply(&environment("work", "nobody", "topic")).await;
    assert_eq!(ran.failure("dev", "topic").kind, FailureKind::RoleRefused);
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert!(awaited(&ran).is_empty());

    let bootstrap = environment("bootstrap", "deployer", "role");
    let began = Instant::now();
    let ran = in_order(&world, &[bootstrap, environment("work", "nobody", "topic")]).await;
    assert_eq!(ran.failure("dev", "topic").kind, FailureKind::RoleRefused);
    let took = began.elapsed();
    assert!((60..=90).contains(&took.as_secs()), "{took:?}");
}

#[tokio::test(start_paused = true)]
async fn a_wish_to_stop_ends_the_wait() {
    let world = world(600);
    let bootstrap = environment("bootstrap", "deployer", "role");
    let texts = [bootstrap, environment("work", "entrance", "topic")];
    let (wish, stop) = watch::channel(Stop::No);
    let limits = Limits { in_order: true, ..Limits::default() };
    let mut waited_since = None;
    let ran = world
        .run_until(Operation::Apply, world.together(&texts), limits, stop, |event| {
            if matches!(event.kind, EventKind::PermissionAwaited { .. }) {
                waited_since = Some(Instant::now());
                wish.send_replace(Stop::Settle);
            }
        })
        .await;
    assert_eq!(ran.failure("dev", "topic").kind, FailureKind::Cancelled);
    let waited = waited_since.expect("it was waited for").elapsed();
    assert!(waited < Duration::from_secs(1), "{waited:?}");
}
