//! Accounts that are reached through other roles: each role on the way is entered once, sessions
//! are renewed from the start of the chain, and a refusal names the role that refuses.

use xdeploy::event::FailureKind;
use xdeploy::sandbox::SeededRole;

use crate::support::files::{HEAD, SETTING};
use crate::support::world::{SOURCE, World};

const HUB_ROLE: &str = "arn:aws:iam::888888888888:role/jump";
const SECOND_ROLE: &str = "arn:aws:iam::777777777777:role/team/second";
const APP: &str = "stacks:\n  app: { template: app.yaml }\n";

fn role(account: &str, name: &str, trusted: &str) -> SeededRole {
    let account = account.parse().expect("an id");
    let seeded = SeededRole::new(&account, name, &account);
    SeededRole { trusted: vec![trusted.to_owned()], ..seeded }
}

/// A world in which `deployer` trusts the second role only, that one the first, that one the source.
fn behind_two_roles(template: &str) -> World {
    let world = World::new(&[]);
    let roles = [
        role("888888888888", "jump", SOURCE),
        role("777777777777", "second", HUB_ROLE).with_path("/team/"),
        role("100000000001", "deployer", SECOND_ROLE),
        role("100000000002", "deployer", SECOND_ROLE),
    ];
    world.sandbox.seed(&roles).expect("an empty sandbox takes roles");
    world.write("app.yaml", template);
    world
}

fn through(roles: &[&str]) -> String {
    let via = format!("{{ name: deployer, via: ['{}'] }}", roles.join("', '"));
    format!("{HEAD}{APP}").replace("{ name: deployer }", &via)
}

#[tokio::test(start_paused = true)]
async fn a_role_on_the_way_is_entered_once_for_all_behind_it() {
    let world = behind_two_roles(SETTING);
    let ran = world.apply(&through(&[HUB_ROLE, SECOND_ROLE])).await;
    assert_eq!(ran.outcomes(), ["dev/eu-central-1/app created", "prod/eu-central-1/app created"]);
    // Two roles on the way, and one in each of the two accounts.
    assert_eq!(ran.report.api_calls["sts:AssumeRole"], 4);
}

#[tokio::test(start_paused = true)]
async fn a_session_at_the_end_of_a_chain_outlasts_its_hour() {
    let world = behind_two_roles(&SETTING.replace(
        "Type: AWS::SSM::Parameter",
        "Type: AWS::SSM::Parameter\n    Metadata: { Sandbox: { Seconds: 20000 } }",
    ));
    let ran = world.apply(&through(&[HUB_ROLE, SECOND_ROLE])).await;
    assert_eq!(ran.report.summary.created, 2, "{:?}", ran.report);
    let assumed = ran.report.api_calls["sts:AssumeRole"];
    assert!((20..=40).contains(&assumed), "{assumed} times for four roles and six hours");
}

#[tokio::test(start_paused = true)]
async fn the_role_that_refuses_is_named_with_who_asked() {
    let world = behind_two_roles(SETTING);
    let ran = world.apply(&through(&[SECOND_ROLE])).await;
    let failure = ran.failure("dev", "app");
    assert_eq!(failure.kind, FailureKind::RoleRefused);
    let root = format!("arn:aws:iam::{SOURCE}:root may not assume {SECOND_ROLE}");
    assert!(failure.message.contains(&root), "{failure:?}");

    let ran = world.apply(&through(&[HUB_ROLE])).await;
    let failure = ran.failure("dev", "app");
    let jump = "arn:aws:sts::888888888888:assumed-role/jump/xdeploy-prod may not assume \
                arn:aws:iam::100000000001:role/deployer";
    assert!(failure.message.contains(jump), "{failure:?}");
    let may =
        "arn:aws:iam::888888888888:role/jump may assume arn:aws:iam::100000000001:role/deployer";
    assert!(failure.help.as_deref().is_some_and(|help| help.contains(may)), "{failure:?}");
    assert_eq!(ran.report.exit_code(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_session_policy_narrows_what_the_session_may_do() {
    let world = World::new(&["100000000001", "100000000002"]);
    world.write("app.yaml", SETTING);
    let policy = r#"{ "Statement": { "Effect": "Allow", "Action": "cloudformation:Describe*",
                      "Resource": "*" } }"#;
    world.write("read-only.json", policy);
    let file = format!("{HEAD}{APP}")
        .replace("{ name: deployer }", "{ name: deployer, session-policy: read-only.json }");
    let ran = world.apply(&file).await;
    let failure = ran.failure("dev", "app");
    assert_eq!(failure.kind, FailureKind::AccessDenied, "{failure:?}");
    assert!(failure.message.contains("session policy"), "{failure:?}");
}

#[tokio::test(start_paused = true)]
async fn tags_and_a_source_identity_need_a_trust_policy_that_allows_them() {
    let world = World::new(&["100000000001", "100000000002"]);
    world.write("app.yaml", SETTING);
    let file = format!("{HEAD}{APP}")
        .replace("{ name: deployer }", "{ name: deployer, session-tags: { team: core } }");
    let ran = world.apply(&file).await;
    let failure = ran.failure("dev", "app");
    assert_eq!(failure.kind, FailureKind::RoleRefused);
    assert!(failure.message.contains("sts:TagSession"), "{failure:?}");
}
