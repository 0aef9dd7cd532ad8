//! What the doctor says of what a session may do: nothing is wrong where `apply` passes.

use serde_json::{Value as Json, json};

use super::clinic::{Clinic, DEV, allow, policy, short, trust};
use crate::support::world::SOURCE;

/// Returns a clinic whose role may do this.
async fn clinic(statements: &Json) -> Clinic {
    let clinic = Clinic::new(&json!([allow("sts:*"), allow("iam:*")])).await;
    let iam = clinic.iam(DEV);
    let make = iam.create_role().role_name("deployer");
    make.assume_role_policy_document(policy(&trust(SOURCE))).send().await.expect("made");
    let put = iam.put_role_policy().role_name("deployer").policy_name("own");
    put.policy_document(policy(statements)).send().await.expect("stored");
    clinic
}

fn allow_if(action: &str, condition: &Json) -> Json {
    json!({ "Effect": "Allow", "Action": action, "Resource": "*", "Condition": condition })
}

#[tokio::test]
async fn a_role_that_is_bound_to_its_region_is_well_there() {
    let here = json!({ "StringEquals": { "aws:RequestedRegion": "eu-central-1" } });
    let clinic = clinic(&json!([
        allow("iam:Simulate*"),
        allow_if("cloudformation:*", &here),
        allow("sns:*")
    ]))
    .await;
    let examined = clinic.doctor(&["--output", "json"]).expect_code(0).json();
    assert_eq!(examined["accounts"][0]["permissions_read"], true, "{examined}");
    clinic.apply(&[]).expect_code(0);
}

#[tokio::test]
async fn what_hangs_on_the_call_itself_is_not_said_to_be_missing() {
    let ours = json!({ "StringEquals": { "aws:ResourceOrgID": "o-sandbox0001" } });
    let own = json!([allow("iam:Simulate*"), allow_if("cloudformation:*", &ours), allow("sns:*")]);
    let clinic = clinic(&own).await;
    let printed = clinic.doctor(&[]).expect_code(0);
    clinic.apply(&[]).expect_code(0);
    let words = printed.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("may hang on aws:resourceorgid"), "{words}");
}

#[tokio::test]
async fn a_role_that_may_not_delete_is_well_and_has_a_note() {
    let mut statements = vec![allow("iam:Simulate*"), allow("sns:*")];
    for action in ["Describe*", "CreateStack", "UpdateStack"] {
        statements.push(allow(&format!("cloudformation:{action}")));
    }
    let clinic = clinic(&json!(statements)).await;
    let printed = clinic.doctor(&[]).expect_code(0);
    let words = printed.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let note = "cloudformation:DeleteStack (for a stack whose creation failed)";
    assert!(words.contains(note), "{words}");
    clinic.apply(&[]).expect_code(0);
}

#[tokio::test]
async fn what_a_policy_forbids_is_not_mended_by_allowing_it() {
    let deny = json!({ "Effect": "Deny", "Action": "cloudformation:*Stack", "Resource": "*" });
    let clinic = clinic(&json!([allow("*"), deny])).await;
    let findings = clinic.findings(&[]);
    assert_eq!(short(&findings[0]), ("target", "missing-permission", "known"));
    assert_eq!(findings[0]["remedy"]["kind"], "by-hand", "{findings:#?}");
    clinic.doctor(&[]).expect_code(1);
    clinic.apply(&[]).expect_code(1);
}

#[tokio::test]
async fn a_session_policy_that_forbids_is_named() {
    let clinic = clinic(&json!([allow("*")])).await;
    let deny = json!({ "Effect": "Deny", "Action": "cloudformation:*Stack", "Resource": "*" });
    clinic.workplace.write("session.json", &policy(&json!([allow("*"), deny])));
    clinic.file(&json!({ "session-policy": "session.json" }));
    let findings = clinic.findings(&[]);
    let found: Vec<_> = findings.iter().map(short).collect();
    assert_eq!(found, [("file", "missing-permission", "known")], "{findings:#?}");
    clinic.apply(&[]).expect_code(1);
}
