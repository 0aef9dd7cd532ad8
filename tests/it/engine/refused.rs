//! Accounts that cannot be entered and calls that AWS refuses: the right kind, the first cause, a
//! remedy, and nothing else touched.

use xdeploy::event::FailureKind;

use crate::support::client::cloudformation;
use crate::support::files::{HEAD, ROLE, SETTING};
use crate::support::world::World;

const BOTH: [&str; 2] = ["100000000001", "100000000002"];

const APP: &str = "stacks:\n  app: { template: app.yaml }\n";

async fn stands(world: &World, account: &str) -> bool {
    cloudformation(world, account).describe_stacks().stack_name("app").send().await.is_ok()
}

#[tokio::test(start_paused = true)]
async fn a_role_that_is_not_there_refuses_its_account_only() {
    let world = World::new(&[BOTH[0]]);
    world.write("app.yaml", SETTING);
    let ran = world.apply(&format!("{HEAD}{APP}")).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app created", "prod/eu-central-1/app failed"]);
    let failure = ran.failure("prod", "app");
    assert_eq!(failure.kind, FailureKind::RoleRefused);
    assert!(failure.message.contains("arn:aws:iam::100000000002:role/deployer"), "{failure:?}");
    let help = failure.help.as_deref().expect("a remedy");
    assert!(help.contains("trust policy") && help.contains("sts:AssumeRole"), "{help}");
    assert_eq!(ran.report.exit_code(), 3);
    assert!(!stands(&world, BOTH[1]).await);
}

#[tokio::test(start_paused = true)]
async fn a_parameter_that_nobody_stored_is_named_with_how_to_store_it() {
    let world = World::new(&BOTH);
    world.write(
        "app.yaml",
        "Parameters: { Vpc: { Type: 'AWS::SSM::Parameter::Value<String>', Default: /org/vpc } }\n\
         Resources: { Topic: { Type: AWS::SNS::Topic, Properties: { DisplayName: !Ref Vpc } } }\n",
    );
    let ran = world.apply(&format!("{HEAD}{APP}")).await;
    let failure = ran.failure("dev", "app");
    assert!(failure.message.contains("Unable to fetch parameters [/org/vpc]"), "{failure:?}");
    let help = failure.help.as_deref().expect("a remedy");
    assert!(help.contains("aws ssm put-parameter"), "{help}");
}

#[tokio::test(start_paused = true)]
async fn only_the_first_refusals_of_a_run_are_looked_into() {
    let world = World::new(&[BOTH[0]]);
    world.write("app.yaml", SETTING);
    let more: String = (10..40).map(|n| format!(", team-{n}: '1000000001{n}'")).collect();
    let file = format!("{HEAD}{APP}rollout: {{ on-failure: continue }}\n");
    let ran = world.apply(&file.replace(", prod: \"100000000002\"", &more)).await;
    assert_eq!((ran.report.summary.created, ran.report.summary.failed), (1, 30));
    let failures: Vec<_> = (10..40).map(|n| ran.failure(&format!("team-{n}"), "app")).collect();
    let looked_into = failures.iter().filter(|failure| !failure.findings.is_empty());
    assert_eq!(looked_into.count(), 10);
    assert!(failures.iter().all(|failure| failure.kind == FailureKind::RoleRefused));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_nobody_refuses_asks_iam_nothing() {
    let world = World::new(&BOTH);
    world.write("app.yaml", SETTING);
    let ran = world.apply(&format!("{HEAD}{APP}")).await;
    assert_eq!(ran.report.exit_code(), 0);
    assert!(!ran.report.api_calls.keys().any(|call| call.starts_with("iam:")));
}

#[tokio::test(start_paused = true)]
async fn a_wrong_external_id_is_never_shown() {
    let world = World::new(&BOTH);
    let source = "999999999999".parse().expect("an id");
    let account = BOTH[0].parse().expect("an id");
    let role = xdeploy::sandbox::SeededRole::new(&account, "guarded", &source)
        .with_external_id("the-right-one");
    world.sandbox.seed(&[role]).expect("the sandbox takes a role");
    world.write("app.yaml", SETTING);
    let file = format!("{HEAD}{APP}")
        .replace("{ name: deployer }", "{ name: guarded, external-id: the-wrong-one }");
    let ran = world.apply(&file).await;
    assert_eq!(ran.failure("dev", "app").kind, FailureKind::RoleRefused);
    assert_eq!(ran.report.exit_code(), 3);
    let everything = format!("{:?}{}", ran.events, ran.report.json());
    assert!(!everything.contains("the-wrong-one"));
}

#[tokio::test(start_paused = true)]
async fn a_session_in_another_account_touches_nothing() {
    let world = World::new(&BOTH);
    world.write("app.yaml", SETTING);
    let file = format!("{HEAD}{APP}")
        .replace("{ name: deployer }", "{ arn: 'arn:aws:iam::100000000001:role/deployer' }");
    let ran = world.apply(&file).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app created", "prod/eu-central-1/app failed"]);
    let failure = ran.failure("prod", "app");
    assert_eq!(failure.kind, FailureKind::WrongAccount);
    assert!(failure.message.contains(BOTH[0]) && failure.message.contains(BOTH[1]), "{failure:?}");
    assert!(!stands(&world, BOTH[1]).await);
}

#[tokio::test(start_paused = true)]
async fn what_cloudformation_refuses_is_told_in_its_words() {
    let world = World::new(&BOTH);
    world.write(
        "app.yaml",
        &ROLE.replace(
            "RoleArn: { Value: !GetAtt Role.Arn }",
            "RoleArn: { Value: !GetAtt Role.Nonsense }",
        ),
    );
    let ran = world.apply(&format!("{HEAD}{APP}")).await;
    let failure = ran.failure("dev", "app");
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.message.contains("ValidationError"), "{failure:?}");
    assert_eq!(ran.report.exit_code(), 1);
    assert!(!stands(&world, BOTH[0]).await);
}
