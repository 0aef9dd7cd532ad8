//! What the doctor prints for people.

use serde_json::json;

use super::clinic::{Clinic, DEV, allow, trust};
use crate::support::world::SOURCE;

#[tokio::test]
async fn what_is_well_is_a_line_and_what_is_ill_has_its_statement() {
    let clinic = Clinic::new(&json!([allow("sts:*"), allow("iam:*")])).await;
    clinic.role(DEV, "auditor", &trust(SOURCE)).await;
    clinic.role(DEV, "deployer", &trust(SOURCE)).await;
    for account in ["100000000002", "100000000003"] {
        clinic.role(account, "auditor", &trust(SOURCE)).await;
        clinic.role(account, "deployer", &trust("888888888888")).await;
    }
    let mut environment = clinic.environment();
    environment["accounts"] = json!({ "dev": DEV, "test": "100000000002", "prod": "100000000003" });
    clinic.write(&environment);
    let printed = clinic.doctor(&["--read-with", "auditor"]).expect_code(3);
    assert!(printed.stderr.is_empty(), "{}", printed.stderr);
    insta::assert_snapshot!(printed.stdout);
}

#[test]
fn a_wrong_file_is_refused_before_any_call() {
    let desk = crate::support::binary::Desk::empty();
    desk.write("wrong.yaml", "environment: [1]\n");
    desk.run(&["doctor", "wrong.yaml"]).expect_code(2);
    desk.run(&["doctor", "wrong.yaml", "--read-with", "a b"]).expect_code(2);
}
