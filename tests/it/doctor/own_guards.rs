//! Conditions in the caller's own policies.

use serde_json::{Value as Json, json};

use super::clinic::{Clinic, DEPLOYER, DEV, Short, allow, short, trust};
use crate::support::world::SOURCE;

/// Returns a clinic in which ann may read IAM, may do this, and the role trusts an account.
async fn clinic(statements: &[Json], trusted: &str) -> Clinic {
    let auditor = json!({ "Effect": "Allow", "Action": "sts:AssumeRole",
                          "Resource": "arn:aws:iam::*:role/auditor" });
    let clinic = Clinic::new(&json!([&[allow("iam:*"), auditor], statements].concat())).await;
    clinic.role(DEV, "auditor", &trust(SOURCE)).await;
    clinic.role(DEV, "deployer", &trust(trusted)).await;
    clinic
}

fn statement(effect: &str, condition: &Json) -> Json {
    json!({ "Effect": effect, "Action": "sts:AssumeRole", "Resource": DEPLOYER,
            "Condition": condition })
}

fn found(findings: &[Json]) -> Vec<Short<'_>> {
    findings.iter().map(short).collect()
}

#[tokio::test]
async fn a_region_that_the_callers_policies_ask_for_is_known_and_does_not_hide_the_role() {
    let here = json!({ "StringEquals": { "aws:RequestedRegion": "eu-central-1" } });
    let clinic = clinic(&[statement("Allow", &here)], "888888888888").await;
    let unread = [("target", "not-trusted", "likely"), ("target", "role-missing", "unread")];
    assert_eq!(found(&clinic.findings(&[])), unread);
    let auditor = ["--read-with", "auditor"];
    clinic.mends(&auditor, &[("target", "not-trusted", "known")], &[]).await;
}

#[tokio::test]
async fn a_second_factor_that_the_callers_policies_ask_for_is_named_in_the_file() {
    let with = json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } });
    let without = json!({ "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } });
    for statements in
        [vec![statement("Allow", &with)], vec![allow("sts:*"), statement("Deny", &without)]]
    {
        let clinic = clinic(&statements, SOURCE).await;
        let code = ["--mfa-code", "123456"];
        clinic.mends(&[], &[("source", "mfa-needed", "known")], &code).await;
    }
}

#[tokio::test]
async fn an_external_id_that_the_callers_policies_ask_for_is_set_in_the_file() {
    let wants = json!({ "StringEquals": { "sts:ExternalId": "theirs" } });
    let clinic = clinic(&[statement("Allow", &wants)], SOURCE).await;
    clinic.mends(&[], &[("file", "external-id-missing", "known")], &[]).await;
}

#[tokio::test]
async fn what_cannot_be_told_of_the_callers_policies_is_never_known() {
    let tagged = json!({ "StringEquals": { "aws:PrincipalTag/team": "x" } });
    let clinic = clinic(&[statement("Allow", &tagged)], SOURCE).await;
    let findings = clinic.findings(&["--read-with", "auditor"]);
    assert_eq!(findings[0]["cause"], "condition-not-met", "{findings:#?}");
    assert!(findings.iter().all(|one| one["certainty"] != "known"), "{findings:#?}");
    assert_eq!(findings[0]["remedy"]["kind"], "by-hand", "{findings:#?}");
}

#[tokio::test]
async fn a_denial_of_the_callers_own_under_a_condition_is_not_taken_out() {
    let elsewhere = json!({ "StringNotEquals": { "aws:RequestedRegion": "us-east-1" } });
    let clinic = clinic(&[allow("sts:*"), statement("Deny", &elsewhere)], SOURCE).await;
    let findings = clinic.findings(&["--read-with", "auditor"]);
    assert_eq!(found(&findings), [("source", "denied", "known")]);
    assert_eq!(findings[0]["remedy"]["kind"], "by-hand", "{findings:#?}");
}
