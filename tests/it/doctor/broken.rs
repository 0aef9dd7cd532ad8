//! Broken set-ups, each with what the doctor says of it, mended by what it says.

use serde_json::json;

use super::clinic::{ANN, Clinic, DEPLOYER, DEV, allow, put_user_policy, trust, trust_if};
use super::mended::{BOUNDARY, boundary_of};
use crate::support::world::SOURCE;

const AUDITOR: [&str; 2] = ["--read-with", "auditor"];

#[tokio::test]
async fn a_role_that_is_missing_is_made() {
    let clinic = Clinic::with_auditor().await;
    clinic.mends(&AUDITOR, &[("target", "role-missing", "known")], &[]).await;
}

#[tokio::test]
async fn a_role_that_does_not_name_the_caller_comes_to_trust_it() {
    let clinic = Clinic::with_auditor().await;
    clinic.role(DEV, "deployer", &trust("888888888888")).await;
    clinic.mends(&AUDITOR, &[("target", "not-trusted", "known")], &[]).await;
}

#[tokio::test]
async fn a_role_that_cannot_be_read_is_likely_the_one_that_refuses() {
    let clinic = Clinic::new(&json!([allow("sts:*"), allow("iam:*")])).await;
    clinic.role(DEV, "deployer", &trust("888888888888")).await;
    let findings = clinic.findings(&[]);
    let found: Vec<_> = findings.iter().map(super::clinic::short).collect();
    let expected = [("target", "not-trusted", "likely"), ("target", "role-missing", "unread")];
    assert_eq!(found, expected);
    super::mended::carry_out(&clinic, &findings[0]["remedy"]).await;
    clinic.apply(&[]).expect_code(0);
}

#[tokio::test]
async fn an_external_id_is_learned_from_the_role() {
    for (own, cause) in [(None, "external-id-missing"), (Some("mine"), "external-id-wrong")] {
        let clinic = Clinic::with_auditor().await;
        let wants = json!({ "StringEquals": { "sts:ExternalId": "theirs" } });
        clinic.role(DEV, "deployer", &trust_if(SOURCE, &wants)).await;
        if let Some(own) = own {
            clinic.file(&json!({ "external-id": own }));
        }
        let said = clinic.apply(&[]);
        assert!(!said.stdout.contains("theirs"), "a report shows no external id");
        clinic.mends(&AUDITOR, &[("file", cause, "known")], &[]).await;
    }
}

#[tokio::test]
async fn a_second_factor_is_named_in_the_file() {
    let clinic = Clinic::with_auditor().await;
    let wants = json!({ "Bool": { "aws:MultiFactorAuthPresent": "true" } });
    clinic.role(DEV, "deployer", &trust_if(SOURCE, &wants)).await;
    let code = ["--mfa-code", "123456"];
    clinic.mends(&AUDITOR, &[("source", "mfa-needed", "known")], &code).await;
}

#[tokio::test]
async fn a_second_factor_that_a_denial_asks_for_is_named_in_the_file() {
    let clinic = Clinic::with_auditor().await;
    let without = json!({ "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } });
    let mut deny = trust_if(SOURCE, &without);
    deny["Effect"] = json!("Deny");
    clinic.role(DEV, "deployer", &json!([trust(SOURCE), deny])).await;
    let code = ["--mfa-code", "123456"];
    clinic.mends(&AUDITOR, &[("source", "mfa-needed", "known")], &code).await;
}

#[tokio::test]
async fn an_external_id_that_a_denial_asks_for_is_learned_from_it() {
    let clinic = Clinic::with_auditor().await;
    let other = json!({ "StringNotEquals": { "sts:ExternalId": "theirs" } });
    let mut deny = trust_if(SOURCE, &other);
    deny["Effect"] = json!("Deny");
    clinic.role(DEV, "deployer", &json!([trust(SOURCE), deny])).await;
    clinic.mends(&AUDITOR, &[("file", "external-id-missing", "known")], &[]).await;
}

#[tokio::test]
async fn what_the_callers_own_policies_lack_is_added() {
    let clinic = Clinic::new(&json!([allow("iam:*")])).await;
    clinic.role(DEV, "deployer", &trust(SOURCE)).await;
    clinic.mends(&[], &[("source", "not-allowed", "known")], &[]).await;
}

#[tokio::test]
async fn where_neither_side_can_be_read_both_are_named() {
    let clinic = Clinic::new(&json!([allow("s3:*")])).await;
    clinic.role(DEV, "deployer", &trust(SOURCE)).await;
    let findings = clinic.findings(&[]);
    let found: Vec<_> = findings.iter().map(super::clinic::short).collect();
    let expected = [
        ("source", "not-allowed", "unread"),
        ("target", "not-trusted", "unread"),
        ("target", "role-missing", "unread"),
    ];
    assert_eq!(found, expected);
    super::mended::carry_out(&clinic, &findings[0]["remedy"]).await;
    clinic.apply(&[]).expect_code(0);
}

#[tokio::test]
async fn a_denial_of_the_callers_own_is_taken_out() {
    let clinic = Clinic::with_auditor().await;
    clinic.role(DEV, "deployer", &trust(SOURCE)).await;
    let deny = json!({ "Effect": "Deny", "Action": "sts:AssumeRole", "Resource": DEPLOYER });
    put_user_policy(&clinic.iam(SOURCE), "limits", &json!([allow("s3:*"), deny])).await;
    clinic.mends(&[], &[("source", "denied", "known")], &[]).await;
}

#[tokio::test]
async fn policies_are_read_one_by_one_where_nothing_may_be_simulated() {
    let reads = json!([
        allow("sts:*"),
        allow("iam:Get*"),
        allow("iam:List*"),
        { "Effect": "Deny", "Action": "sts:*", "Resource": DEPLOYER },
    ]);
    let clinic = Clinic::new(&reads).await;
    clinic.role(DEV, "deployer", &trust(SOURCE)).await;
    clinic.mends(&[], &[("source", "denied", "known")], &[]).await;
}

#[tokio::test]
async fn a_boundary_is_widened() {
    let clinic = Clinic::with_auditor().await;
    clinic.role(DEV, "deployer", &trust(SOURCE)).await;
    let narrow = boundary_of(&json!([allow("iam:*")]));
    clinic.root(SOURCE).create(BOUNDARY, &narrow).await;
    let bound = clinic.iam(SOURCE).put_user_permissions_boundary().user_name("ann");
    let arn = "arn:aws:iam::999999999999:policy/boundary";
    bound.permissions_boundary(arn).send().await.expect("bound");
    clinic.mends(&[], &[("source", "boundary", "known")], &[]).await;
}

#[tokio::test]
async fn a_trust_policy_that_forbids_is_mended() {
    let clinic = Clinic::with_auditor().await;
    let deny = json!({ "Effect": "Deny", "Action": "sts:AssumeRole", "Principal": { "AWS": ANN } });
    clinic.role(DEV, "deployer", &json!([trust(SOURCE), deny])).await;
    clinic.mends(&AUDITOR, &[("target", "denied", "known")], &[]).await;
}

#[tokio::test]
async fn a_session_is_as_long_as_its_role_allows() {
    for flags in [&[][..], &AUDITOR[..]] {
        let clinic = Clinic::with_auditor().await;
        clinic.role(DEV, "deployer", &trust(SOURCE)).await;
        clinic.file(&json!({ "duration": "2h" }));
        clinic.mends(flags, &[("file", "session-too-long", "known")], &[]).await;
    }
}

#[tokio::test]
async fn a_session_from_a_session_lasts_an_hour() {
    let clinic = Clinic::with_auditor().await;
    clinic.role(SOURCE, "hop", &trust(ANN)).await;
    clinic.role(DEV, "deployer", &trust(SOURCE)).await;
    let longer = clinic.iam(DEV).update_role().role_name("deployer");
    longer.max_session_duration(43_200).send().await.expect("changed");
    let hop = "arn:aws:iam::999999999999:role/hop";
    let chained = json!({
        "environment": "e", "source": { "account": SOURCE, "profile": "hop" },
        "regions": ["eu-central-1"], "accounts": { "dev": DEV },
        "assume-role": { "name": "deployer", "duration": "2h" },
        "stacks": { "topic": { "template": "topic.yaml" } },
    });
    clinic.write(&chained);
    let profile = format!("[profile hop]\nrole_arn = {hop}\ncredential_source = Environment\n");
    clinic.workplace.write("config", &profile);
    clinic.mends(&[], &[("file", "chain-too-long", "known")], &[]).await;
}

#[tokio::test]
async fn session_tags_need_both_sides() {
    let clinic = Clinic::new(&json!([allow("sts:AssumeRole"), allow("iam:*")])).await;
    clinic.role(DEV, "auditor", &trust(SOURCE)).await;
    clinic.role(DEV, "deployer", &trust(SOURCE)).await;
    clinic.file(&json!({ "session-tags": { "team": "x" } }));
    let expected = [("source", "not-allowed", "known"), ("target", "tags-not-allowed", "known")];
    clinic.mends(&AUDITOR, &expected, &[]).await;
}

#[tokio::test]
async fn a_source_identity_needs_the_role_to_allow_it() {
    let clinic = Clinic::with_auditor().await;
    clinic.role(DEV, "deployer", &trust(SOURCE)).await;
    clinic.file(&json!({ "source-identity": "ann" }));
    let unread = [("target", "source-identity-not-allowed", "likely")];
    clinic.mends(&[], &unread, &[]).await;
}

#[tokio::test]
async fn roles_elsewhere_are_named_where_they_are() {
    for (arn, cause) in [
        ("arn:aws:iam::100000000002:role/deployer", "wrong-account"),
        ("arn:aws:iam::100000000001:role/team/deployer", "role-path"),
    ] {
        let clinic = Clinic::with_auditor().await;
        clinic.role(DEV, "deployer", &trust(SOURCE)).await;
        clinic.role("100000000002", "deployer", &trust(SOURCE)).await;
        clinic.file(&json!({ "arn": arn }));
        clinic.mends(&AUDITOR, &[("file", cause, "known")], &[]).await;
    }
}

#[tokio::test]
async fn a_role_on_the_way_is_looked_into_like_the_last() {
    let clinic = Clinic::with_auditor().await;
    let jump = "arn:aws:iam::999999999999:role/jump";
    clinic.role(SOURCE, "jump", &trust("888888888888")).await;
    clinic.role(DEV, "deployer", &trust(jump)).await;
    clinic.file(&json!({ "via": [jump] }));
    clinic.mends(&[], &[("target", "not-trusted", "known")], &[]).await;
}

#[tokio::test]
async fn what_a_session_from_the_way_may_not_do_is_the_ways_fault() {
    let clinic = Clinic::with_auditor().await;
    let jump = "arn:aws:iam::999999999999:role/jump";
    let iam = clinic.iam(SOURCE);
    let trusting = super::clinic::policy(&trust(SOURCE));
    let make = iam.create_role().role_name("jump").assume_role_policy_document(trusting);
    make.send().await.expect("made");
    let read = iam.put_role_policy().role_name("jump").policy_name("reads");
    let reads = super::clinic::policy(&json!([allow("iam:*")]));
    read.policy_document(reads).send().await.expect("stored");
    clinic.role(DEV, "deployer", &trust(jump)).await;
    clinic.file(&json!({ "via": [jump] }));
    clinic.mends(&[], &[("source", "not-allowed", "known")], &[]).await;
}

#[tokio::test]
async fn a_role_in_the_callers_own_account_is_read_without_another() {
    let clinic = Clinic::new(&json!([allow("sts:*"), allow("iam:*")])).await;
    clinic.role(SOURCE, "deployer", &trust("888888888888")).await;
    let mut environment = clinic.environment();
    environment["accounts"] = json!({ "hub": SOURCE });
    clinic.write(&environment);
    clinic.mends(&[], &[("target", "not-trusted", "known")], &[]).await;
}

#[tokio::test]
async fn who_was_made_anew_under_a_name_is_not_trusted_for_it() {
    let clinic = Clinic::with_auditor().await;
    let iam = clinic.iam(SOURCE);
    iam.create_user().user_name("bob").send().await.expect("made");
    let bob = "arn:aws:iam::999999999999:user/bob";
    clinic.role(DEV, "deployer", &trust(bob)).await;
    iam.delete_user().user_name("bob").send().await.expect("gone");
    let findings = clinic.findings(&AUDITOR);
    assert!(findings[0]["message"].as_str().is_some_and(|m| m.contains("somebody who is gone")));
    clinic.mends(&AUDITOR, &[("target", "not-trusted", "known")], &[]).await;
}

#[tokio::test]
async fn what_apply_needs_in_the_account_is_added_to_the_role() {
    let clinic = Clinic::with_auditor().await;
    let iam = clinic.iam(DEV);
    let make = iam.create_role().role_name("deployer");
    let make = make.assume_role_policy_document(super::clinic::policy(&trust(SOURCE)));
    make.send().await.expect("made");
    let reads = json!([allow("iam:Simulate*"), allow("cloudformation:Describe*"), allow("sns:*")]);
    let put = iam.put_role_policy().role_name("deployer").policy_name("own");
    put.policy_document(super::clinic::policy(&reads)).send().await.expect("stored");
    clinic.doctor(&[]).expect_code(1);
    clinic.mends(&[], &[("target", "missing-permission", "known")], &[]).await;
}

#[tokio::test]
async fn apply_tells_the_same_findings() {
    let clinic = Clinic::new(&json!([allow("iam:*")])).await;
    clinic.role(DEV, "deployer", &trust(SOURCE)).await;
    let report = clinic.apply(&[]).expect_code(3);
    let failure = report.instance("dev", "topic")["failure"].clone();
    assert_eq!(failure["findings"], json!(clinic.findings(&[])));
    let help = failure["help"].as_str().expect("a help");
    assert!(help.contains(r#""Action":"sts:AssumeRole""#), "{help}");
}
