//! Callers whose ARN does not tell the path of their role.

use serde_json::json;

use super::clinic::{ANN, Clinic, DEV, policy, trust, trust_if};
use crate::support::world::SOURCE;

const RUNNER: &str = "arn:aws:iam::999999999999:role/ci/runner";

/// Returns a clinic whose source is a session of a role with a path that may read nothing.
async fn clinic() -> Clinic {
    let clinic = Clinic::with_auditor().await;
    let iam = clinic.iam(SOURCE);
    let make = iam.create_role().role_name("runner").path("/ci/");
    make.assume_role_policy_document(policy(&trust(ANN))).send().await.expect("made");
    let enters = json!([{ "Effect": "Allow", "Action": "sts:*", "Resource": "*" }]);
    let put = iam.put_role_policy().role_name("runner").policy_name("own");
    put.policy_document(policy(&enters)).send().await.expect("stored");
    let profile = format!("[profile ci]\nrole_arn = {RUNNER}\ncredential_source = Environment\n");
    clinic.workplace.write("config", &profile);
    let mut environment = clinic.environment();
    environment["source"]["profile"] = json!("ci");
    clinic.write(&environment);
    clinic
}

#[tokio::test]
async fn a_trust_policy_that_names_the_role_by_its_path_names_the_session() {
    let clinic = clinic().await;
    let wants = json!({ "StringEquals": { "sts:ExternalId": "theirs" } });
    clinic.role(DEV, "deployer", &trust_if(RUNNER, &wants)).await;
    let findings = clinic.findings(&["--read-with", "auditor"]);
    assert_eq!(findings[0]["cause"], "external-id-missing", "{findings:#?}");
    assert_eq!(findings[0]["certainty"], "known", "{findings:#?}");
    super::mended::carry_out(&clinic, &findings[0]["remedy"]).await;
    clinic.apply(&[]).expect_code(0);
}

#[tokio::test]
async fn a_session_is_trusted_by_its_roles_name_where_the_path_is_not_known() {
    let clinic = clinic().await;
    clinic.role(DEV, "deployer", &trust("888888888888")).await;
    let findings = clinic.findings(&["--read-with", "auditor"]);
    assert_eq!(findings[0]["cause"], "not-trusted", "{findings:#?}");
    let message = findings[0]["message"].as_str().expect("a message");
    assert!(message.contains("the role `runner` of account 999999999999"), "{message}");
    super::mended::carry_out(&clinic, &findings[0]["remedy"]).await;
    clinic.apply(&[]).expect_code(0);
}
