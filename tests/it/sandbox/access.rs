//! Who is let in, and as whom.

use std::time::Duration;

use xdeploy::name::AccountId;
use xdeploy::sandbox::SeededRole;

use crate::support::embedded::{Embedded, Keys, words};

const HUB: &str = "999999999999";
const DEV: &str = "100000000001";
const DEPLOYER: &str = "arn:aws:iam::100000000001:role/deployer";

fn id(text: &str) -> AccountId {
    text.parse().expect("an account id")
}

/// Returns a sandbox in which the hub may assume `deployer` in dev.
fn seeded(change: impl FnOnce(SeededRole) -> SeededRole) -> Embedded {
    let cloud = Embedded::new();
    let role = change(SeededRole::new(&id(DEV), "deployer", &id(HUB)));
    cloud.sandbox.seed(&[role]).expect("an empty sandbox takes roles");
    cloud
}

async fn enter(
    cloud: &Embedded,
    keys: &Keys,
    role: &str,
    seconds: Option<i32>,
    external_id: Option<&str>,
) -> Result<Keys, String> {
    let request = cloud.sts(keys).assume_role().role_arn(role).role_session_name("run");
    let request = request.set_duration_seconds(seconds);
    let request = request.set_external_id(external_id.map(str::to_owned));
    let entered = request.send().await.map_err(|error| words(&error))?;
    let credentials = entered.credentials.expect("a session has keys");
    Ok(Keys { id: credentials.access_key_id, token: Some(credentials.session_token) })
}

async fn whoami(cloud: &Embedded, keys: &Keys) -> Result<String, String> {
    let asked = cloud.sts(keys).get_caller_identity().send().await;
    asked.map(|identity| identity.arn.unwrap_or_default()).map_err(|error| words(&error))
}

#[tokio::test(start_paused = true)]
async fn a_twelve_digit_key_is_the_root_of_its_account() {
    let cloud = Embedded::new();
    assert_eq!(whoami(&cloud, &Keys::root(HUB)).await.unwrap(), "arn:aws:iam::999999999999:root");
}

#[tokio::test(start_paused = true)]
async fn a_trusted_account_enters_a_role_and_is_in_its_account() {
    let cloud = seeded(|role| role);
    let keys = enter(&cloud, &Keys::root(HUB), DEPLOYER, None, None).await.unwrap();
    assert!(keys.id.starts_with("ASIA"), "{keys:?}");
    assert_eq!(
        whoami(&cloud, &keys).await.unwrap(),
        "arn:aws:sts::100000000001:assumed-role/deployer/run"
    );
}

#[tokio::test(start_paused = true)]
async fn who_is_not_trusted_and_what_does_not_exist_are_refused_alike() {
    let cloud = seeded(|role| role);
    let missing = "arn:aws:iam::100000000001:role/missing";
    for (caller, role) in [("888888888888", DEPLOYER), (HUB, missing)] {
        assert_eq!(
            enter(&cloud, &Keys::root(caller), role, None, None).await.unwrap_err(),
            format!(
                "AccessDenied: User: arn:aws:iam::{caller}:root is not authorized to perform: \
                 sts:AssumeRole on resource: {role}"
            )
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_with_an_external_id_wants_exactly_that() {
    let cloud = seeded(|role| role.with_external_id("right"));
    let hub = Keys::root(HUB);
    assert!(enter(&cloud, &hub, DEPLOYER, None, Some("right")).await.is_ok());
    for external_id in [None, Some("wrong")] {
        let refused = enter(&cloud, &hub, DEPLOYER, None, external_id).await.unwrap_err();
        assert!(refused.starts_with("AccessDenied: "), "{refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_arn_and_an_external_id_are_as_long_as_aws_takes_them() {
    let cloud = seeded(|role| role);
    let hub = Keys::root(HUB);
    for (role, external_id, value, member, least) in
        [("nonsense", None, "nonsense", "roleArn", 20), (DEPLOYER, Some("x"), "x", "externalId", 2)]
    {
        assert_eq!(
            enter(&cloud, &hub, role, None, external_id).await.unwrap_err(),
            format!(
                "ValidationError: 1 validation error detected: Value '{value}' at '{member}' \
                 failed to satisfy constraint: Member must have length greater than or equal to \
                 {least}"
            )
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_under_a_path_is_entered_by_its_whole_arn_only() {
    let cloud = seeded(|role| role.with_path("/team/"));
    let hub = Keys::root(HUB);
    let whole = "arn:aws:iam::100000000001:role/team/deployer";
    assert!(enter(&cloud, &hub, whole, None, None).await.is_ok());
    assert!(enter(&cloud, &hub, DEPLOYER, None, None).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_session_lasts_from_a_quarter_of_an_hour_to_the_roles_most() {
    let cloud = seeded(|role| SeededRole { longest_session: Duration::from_secs(7200), ..role });
    let hub = Keys::root(HUB);
    assert!(enter(&cloud, &hub, DEPLOYER, Some(7200), None).await.is_ok());
    for (seconds, refusal) in [
        (
            7201,
            "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for \
             this role.",
        ),
        (
            899,
            "ValidationError: 1 validation error detected: Value '899' at 'durationSeconds' failed \
             to satisfy constraint: Member must have value greater than or equal to 900",
        ),
    ] {
        let refused = enter(&cloud, &hub, DEPLOYER, Some(seconds), None).await.unwrap_err();
        assert_eq!(refused, refusal);
    }
}

#[tokio::test(start_paused = true)]
async fn a_session_that_ended_is_refused() {
    let cloud = seeded(|role| role);
    let keys = enter(&cloud, &Keys::root(HUB), DEPLOYER, Some(900), None).await.unwrap();
    tokio::time::advance(Duration::from_secs(899)).await;
    assert!(whoami(&cloud, &keys).await.is_ok());
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(
        whoami(&cloud, &keys).await.unwrap_err(),
        "ExpiredToken: The security token included in the request is expired"
    );
}

#[tokio::test(start_paused = true)]
async fn a_session_enters_a_further_role_for_an_hour_at_most() {
    let cloud = seeded(|role| role);
    let further = SeededRole {
        trusted: vec![DEPLOYER.to_owned()],
        ..SeededRole::new(&id("100000000002"), "inner", &id(DEV))
    };
    cloud.sandbox.seed(&[further]).unwrap();
    let session = enter(&cloud, &Keys::root(HUB), DEPLOYER, None, None).await.unwrap();
    let inner = "arn:aws:iam::100000000002:role/inner";
    let chained = enter(&cloud, &session, inner, Some(3600), None).await.unwrap();
    assert_eq!(
        whoami(&cloud, &chained).await.unwrap(),
        "arn:aws:sts::100000000002:assumed-role/inner/run"
    );
    assert_eq!(
        enter(&cloud, &session, inner, Some(3601), None).await.unwrap_err(),
        "ValidationError: The requested DurationSeconds exceeds the 1 hour session limit for roles \
         assumed by role chaining."
    );
    assert!(enter(&cloud, &Keys::root(DEV), inner, None, None).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn an_unknown_key_and_a_borrowed_token_are_nobodys() {
    let cloud = seeded(|role| role);
    let keys = enter(&cloud, &Keys::root(HUB), DEPLOYER, None, None).await.unwrap();
    let borrowed = Keys { id: "ASIAXXXXXXXXXXXXXXXX".to_owned(), token: keys.token };
    let unknown = Keys { id: "AKIAXXXXXXXXXXXXXXXX".to_owned(), token: None };
    for keys in [borrowed, unknown] {
        assert_eq!(
            whoami(&cloud, &keys).await.unwrap_err(),
            "InvalidClientTokenId: The security token included in the request is invalid."
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_role_that_a_stack_made_can_be_entered_until_it_goes() {
    let cloud = Embedded::new();
    let stacks = cloud.stacks(DEV);
    let template = r#"
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: made
      MaxSessionDuration: 7200
      AssumeRolePolicyDocument:
        Statement:
          - Effect: Allow
            Action: sts:AssumeRole
            Principal: { AWS: !Sub "arn:${AWS::Partition}:iam::999999999999:root" }
            Condition: { StringEquals: { "sts:ExternalId": right } }
"#;
    assert_eq!(stacks.create("role", template).await, "CREATE_COMPLETE");
    let arn = "arn:aws:iam::100000000001:role/made";
    let hub = Keys::root(HUB);
    assert!(enter(&cloud, &hub, arn, Some(7200), Some("right")).await.is_ok());
    assert!(enter(&cloud, &hub, arn, Some(7200), Some("wrong")).await.is_err());
    stacks.delete("role").await;
    assert!(enter(&cloud, &hub, arn, None, Some("right")).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn seeding_again_disturbs_nothing() {
    let cloud = seeded(|role| role.with_external_id("right"));
    cloud.sandbox.seed(&[SeededRole::new(&id(DEV), "deployer", &id(HUB))]).unwrap();
    assert!(enter(&cloud, &Keys::root(HUB), DEPLOYER, None, None).await.is_err());
}
