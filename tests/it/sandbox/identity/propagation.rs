//! Changes that do not count everywhere yet.

use std::time::Duration;

use serde_json::{Value as Json, json};
use xdeploy::clock::Clock;
use xdeploy::sandbox::{Sandbox, Settings};

use super::*;

#[tokio::test(start_paused = true)]
async fn what_was_just_made_does_not_count_yet() {
    let clock = Clock::starting_at("2026-11-23T12:00:00Z".parse().unwrap());
    let settings = Settings { iam_propagation: Duration::from_secs(10), ..Settings::default() };
    let cloud = Embedded::of(Sandbox::new(clock, settings), clock);
    let hub = Keys::root(HUB);
    let role = make_role(&cloud, DEV, "made", &trust(HUB, &Json::Null)).await;
    tokio::time::advance(Duration::from_secs(9)).await;
    let refused = enter(&cloud, &hub, &role).await.unwrap_err();
    assert!(refused.starts_with("AccessDenied: "), "{refused}");
    tokio::time::advance(Duration::from_secs(1)).await;
    let keys = enter(&cloud, &hub, &role).await.unwrap();
    assert_eq!(describe(&cloud, &keys).await, Ok(()));

    // What stood before counts until the change does.
    let root = Keys::root(DEV);
    let other = trust("888888888888", &Json::Null);
    let update = [("RoleName", "made"), ("PolicyDocument", other.as_str())];
    cloud.iam(&root, "UpdateAssumeRolePolicy", &update).await.unwrap();
    assert!(enter(&cloud, &hub, &role).await.is_ok());
    let deny = json!({ "Statement": { "Effect": "Deny", "Action": "*", "Resource": "*" } });
    let put = [("RoleName", "made"), ("PolicyName", "d"), ("PolicyDocument", &deny.to_string())];
    cloud.iam(&root, "PutRolePolicy", &put).await.unwrap();
    assert_eq!(describe(&cloud, &keys).await, Ok(()));
    tokio::time::advance(Duration::from_secs(10)).await;
    assert!(enter(&cloud, &hub, &role).await.is_err());
    assert!(describe(&cloud, &keys).await.is_err());
}
