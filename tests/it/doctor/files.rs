//! Which accounts of which files the doctor looks at.

use serde_json::{Value as Json, json};

use super::clinic::{Clinic, DEV, allow, trust};
use crate::support::world::SOURCE;

async fn clinic() -> Clinic {
    let clinic = Clinic::new(&json!([allow("sts:*"), allow("iam:*")])).await;
    clinic.role(DEV, "deployer", &trust(SOURCE)).await;
    clinic
}

#[tokio::test]
async fn accounts_that_no_stack_goes_to_are_looked_at_as_well() {
    let clinic = clinic().await;
    let mut environment = clinic.environment();
    environment["accounts"]["test"] = json!("100000000002");
    environment["stacks"]["topic"]["accounts"] = json!(["dev"]);
    for has_stacks in [true, false] {
        if !has_stacks {
            environment.as_object_mut().expect("a map").remove("stacks");
        }
        clinic.write(&environment);
        let examined = clinic.doctor(&["--output", "json"]).expect_code(3).json();
        let entered = |account: usize| examined["accounts"][account]["entered"].clone();
        assert_eq!((entered(0), entered(1)), (json!(true), json!(false)), "{examined}");
    }
    clinic.doctor(&["--account", "dev"]).expect_code(0);
}

#[tokio::test]
async fn one_stack_wanted_by_two_files_is_looked_at_from_each() {
    let clinic = clinic().await;
    clinic.role(DEV, "other", &trust("888888888888")).await;
    let mut other = clinic.environment();
    other["environment"] = json!("f");
    other["assume-role"] = json!({ "name": "other" });
    clinic.workplace.write("other.yaml", &other.to_string());
    let examined = clinic.doctor(&["other.yaml", "--output", "json"]).expect_code(3).json();
    let accounts = examined["accounts"].as_array().expect("accounts");
    let entered: Vec<&Json> = accounts.iter().map(|account| &account["entered"]).collect();
    assert_eq!(entered, [&json!(true), &json!(false)], "{examined}");
}
