//! `xdeploy accounts`: which accounts files cover, and how they are entered.

use serde_json::Value as Json;

use crate::support::binary::Desk;

const FILE: &str = r#"
environment: prod
source: { account: "999999999999" }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts:
  dev: "100000000001"
  payments:
    id: "100000000002"
    regions: [eu-west-1, eu-central-1]
    assume-role: { via: ["arn:aws:iam::888888888888:role/jump"] }
  vault: { id: "100000000003", profile: break-glass }
stacks:
  app: { template: app.yaml }
  hub: { template: app.yaml, accounts: [source] }
rollout: { waves: [[dev], ["*"]] }
"#;

fn desk() -> Desk {
    let desk = Desk::empty();
    desk.write("prod.yaml", FILE);
    desk.write("app.yaml", "Resources: { Topic: { Type: AWS::SNS::Topic } }\n");
    desk
}

#[test]
fn accounts_are_shown_with_their_waves_regions_and_entries() {
    let printed = desk().run(&["accounts", "prod.yaml"]);
    assert_eq!((printed.code, printed.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(printed.stdout, @r"
    Account   Id            Wave  Regions                 Entered with
    dev       100000000001  1     eu-central-1            role deployer
    payments  100000000002  2     eu-west-1 eu-central-1  role deployer, via others
    vault     100000000003  2     eu-central-1            profile break-glass
    source    999999999999  2     eu-central-1            source credentials

    4 accounts
    ");
}

#[test]
fn accounts_are_an_object_for_programs() {
    let printed = desk().run(&["accounts", "prod.yaml", "--account", "p*", "--output", "json"]);
    let told: Json = serde_json::from_str(&printed.stdout).expect("one object");
    insta::assert_snapshot!(serde_json::to_string_pretty(&told).expect("JSON"), @r#"
    {
      "schema": 1,
      "environment": "prod",
      "listed": null,
      "accounts": [
        {
          "name": "payments",
          "id": "100000000002",
          "unit": null,
          "tags": null,
          "groups": [],
          "regions": [
            "eu-west-1",
            "eu-central-1"
          ],
          "wave": 2,
          "entry": "arn:aws:iam::100000000002:role/deployer via arn:aws:iam::888888888888:role/jump",
          "source": "file"
        }
      ],
      "left_out": []
    }
    "#);
}

#[test]
fn accounts_of_several_files_name_their_environments() {
    let desk = desk();
    desk.write("test.yaml", FILE.replace("environment: prod", "environment: test"));
    let printed = desk.run(&["accounts", "prod.yaml", "test.yaml", "--account", "dev"]);
    insta::assert_snapshot!(printed.stdout, @r"
    Environment  Account  Id            Regions       Entered with
    prod         dev      100000000001  eu-central-1  role deployer
    test         dev      100000000001  eu-central-1  role deployer

    2 accounts
    ");
    let json = ["accounts", "prod.yaml", "test.yaml", "--output", "json"];
    let printed = desk.run(&json);
    let objects = serde_json::Deserializer::from_str(&printed.stdout).into_iter::<Json>();
    let names = objects.map(|object| object.expect("an object")["environment"].clone());
    assert_eq!(names.collect::<Vec<_>>(), ["prod", "test"]);
}

#[test]
fn accounts_of_a_wrong_file_are_faults() {
    let printed = desk().run(&["accounts", "prod.yaml", "--account", "nobody"]);
    assert_eq!((printed.code, printed.stdout.as_str()), (2, ""));
    assert!(printed.stderr.contains("nobody"), "{printed:?}");
}

#[test]
fn an_account_is_shown_with_its_groups_in_the_order_of_the_file() {
    let desk = desk();
    let groups = "groups: { all: { accounts: ['*', '!vault'] }, paid: { accounts: [payments] } }\n";
    desk.write("prod.yaml", format!("{FILE}{groups}"));
    let printed = desk.run(&["accounts", "prod.yaml"]).expect_code(0);
    insta::assert_snapshot!(printed.stdout, @r"
    Account   Id            Groups    Wave  Regions                 Entered with
    dev       100000000001  all       1     eu-central-1            role deployer
    payments  100000000002  all paid  2     eu-west-1 eu-central-1  role deployer, via others
    vault     100000000003            2     eu-central-1            profile break-glass
    source    999999999999            2     eu-central-1            source credentials

    4 accounts
    ");
    let told = desk.run(&["accounts", "prod.yaml", "--output", "json"]).expect_code(0).json();
    assert_eq!(told["accounts"][1]["groups"], serde_json::json!(["all", "paid"]), "{told}");
    assert_eq!(told["accounts"][2]["groups"], serde_json::json!([]), "{told}");
}

#[test]
fn an_account_in_which_values_are_only_read_is_not_covered() {
    let desk = desk();
    let template =
        "Parameters: { A: { Type: String } }\nResources: { Topic: { Type: AWS::SNS::Topic } }\n";
    desk.write("reading.yaml", template);
    let reading = FILE.replace(
        "app: { template: app.yaml }\n",
        "app: { template: reading.yaml, parameters: { A: '${ssm:/a@100000000077}' } }\n",
    );
    desk.write("prod.yaml", reading);
    let shown = desk.run(&["accounts", "prod.yaml", "--output", "json"]);
    let object: Json = serde_json::from_str(&shown.stdout).expect("JSON");
    let names =
        object["accounts"].as_array().expect("accounts").iter().map(|it| it["name"].as_str());
    assert_eq!(names.flatten().collect::<Vec<_>>(), ["dev", "payments", "vault", "source"]);
    let told = desk.run(&["validate", "prod.yaml"]);
    assert!(told.stdout.starts_with("4 accounts, "), "{}", told.stdout);
}
