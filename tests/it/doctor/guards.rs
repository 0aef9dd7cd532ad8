//! Guards: what they keep out is told, and no remedy for programs goes around them.

use serde_json::json;

use super::clinic::{ANN, Clinic, DEV, Short, short, trust, trust_if};
use crate::support::world::SOURCE;

const AUDITOR: [&str; 2] = ["--read-with", "auditor"];
const JUMP: &str = "arn:aws:iam::999999999999:role/jump";

/// Checks that this alone is found, and that a person is to mend it.
fn is_for_a_person(clinic: &Clinic, expected: Short<'_>) {
    assert_ne!(clinic.apply(&[]).code, 0, "something is broken");
    let findings = clinic.findings(&AUDITOR);
    let found: Vec<Short<'_>> = findings.iter().map(short).collect();
    assert_eq!(found, [expected], "{findings:#?}");
    assert_eq!(findings[0]["remedy"]["kind"], "by-hand", "{findings:#?}");
}

#[tokio::test]
async fn an_organization_that_cannot_be_seen_is_likely_the_cause() {
    let clinic = Clinic::with_auditor().await;
    let wants = json!({ "StringEquals": { "aws:PrincipalOrgID": "o-other" } });
    clinic.role(DEV, "deployer", &trust_if("*", &wants)).await;
    is_for_a_person(&clinic, ("target", "organization-condition", "likely"));
}

#[tokio::test]
async fn a_condition_on_the_session_or_the_caller_is_named() {
    for wants in [
        json!({ "StringLike": { "sts:RoleSessionName": "nightly-*" } }),
        json!({ "ArnEquals": { "aws:PrincipalArn": JUMP } }),
    ] {
        let clinic = Clinic::with_auditor().await;
        clinic.role(DEV, "deployer", &trust_if(SOURCE, &wants)).await;
        is_for_a_person(&clinic, ("target", "condition-not-met", "known"));
    }
}

#[tokio::test]
async fn a_denial_under_a_condition_is_not_taken_out() {
    let clinic = Clinic::with_auditor().await;
    let mut deny = trust_if("*", &json!({ "ArnNotEquals": { "aws:PrincipalArn": JUMP } }));
    deny["Effect"] = json!("Deny");
    clinic.role(DEV, "deployer", &json!([trust(SOURCE), deny])).await;
    is_for_a_person(&clinic, ("target", "denied", "known"));
}

#[tokio::test]
async fn what_a_role_on_the_way_cannot_prove_is_not_waived() {
    for (wants, cause) in [
        (json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } }), "mfa-needed"),
        (json!({ "StringEquals": { "sts:ExternalId": "theirs" } }), "external-id-missing"),
    ] {
        let clinic = Clinic::with_auditor().await;
        let second = "arn:aws:iam::999999999999:role/second";
        clinic.role(SOURCE, "jump", &trust(ANN)).await;
        clinic.role(SOURCE, "second", &trust_if(JUMP, &wants)).await;
        clinic.role(DEV, "deployer", &trust(SOURCE)).await;
        clinic.file(&json!({ "via": [JUMP, second] }));
        is_for_a_person(&clinic, ("target", cause, "known"));
    }
}

#[tokio::test]
async fn an_account_is_not_made_that_of_whoever_is_logged_in() {
    let clinic = Clinic::with_auditor().await;
    let mut environment = clinic.environment();
    environment["source"]["account"] = json!("777777777777");
    clinic.write(&environment);
    is_for_a_person(&clinic, ("source", "wrong-account", "known"));
}

#[tokio::test]
async fn a_report_holds_no_remedy_with_a_masked_external_id() {
    let clinic = Clinic::with_auditor().await;
    clinic.role(DEV, "deployer", &trust("888888888888")).await;
    clinic.file(&json!({ "external-id": "mine" }));
    let report = clinic.apply(&[]).expect_code(3);
    let failure = report.instance("dev", "topic")["failure"].clone();
    for finding in failure["findings"].as_array().expect("findings") {
        assert_eq!(finding["remedy"]["kind"], "by-hand", "{finding}");
    }
    assert!(!report.stdout.contains("***"), "{}", report.stdout);
}
