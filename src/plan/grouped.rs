//! What groups of accounts mean for a plan.

use super::folder::TestFolder;
use super::{AccountEntry, Plan, Selection};

const GROUPED: &str = "environment: test
source: { account: '999999999999' }
assume-role: { name: deployer, session-name: of-file, duration: 1h }
regions: [eu-central-1]
accounts:
  dev: '100000000001'
  prod: { id: '100000000002', assume-role: { duration: 15m } }
  pay-1: '100000000003'
  pay-2: { id: '100000000004', regions: [eu-west-3], variables: { tier: gold } }
groups:
  serious: { accounts: [prod, pay], variables: { tier: gold }, assume-role: { session-name: serious, duration: 30m } }
  pay: { accounts: ['pay-*'], regions: [eu-west-1], variables: { tier: silver }, assume-role: { name: payer } }
  nobody: { accounts: ['x-*'] }
variables: { tier: silver }
stacks:
  app: { template: app.yaml, accounts: ['*', '!pay-1'], parameters: { Tier: '${variables.tier}' } }
  role: { template: role.yaml, accounts: [serious, '!pay-2'], parameters: { Account: '${account.id}' } }
  none: { template: app.yaml, accounts: [nobody], stack-name: none }
  hub:
    template: app.yaml
    accounts: [source]
    stack-name: hub
    parameters: { RoleArn: '${output:role.RoleArn@serious}' }
rollout: { waves: [[dev], [serious, '!pay'], ['*']] }
";

fn planned(accounts: &[&str]) -> Result<Plan, String> {
    let accounts: Vec<String> = accounts.iter().map(|&text| text.to_owned()).collect();
    let selection = Selection::parse(&accounts, &[], &[]);
    let folder = TestFolder::new();
    let selection = selection.map_err(|error| folder.shown(&error.into()))?;
    folder.resolve_with(GROUPED, &selection)
}

fn instances(plan: &Plan) -> Vec<String> {
    plan.instances.iter().map(|instance| instance.id.to_string()).collect()
}

#[test]
fn a_group_stands_for_its_accounts_and_what_follows_takes_away() {
    let plan = planned(&[]).unwrap_or_else(|faults| panic!("{faults}"));
    let mut all = instances(&plan);
    all.sort();
    assert_eq!(
        all,
        [
            "dev/eu-central-1/app",
            "pay-1/eu-west-1/role",
            "pay-2/eu-west-3/app",
            "prod/eu-central-1/app",
            "prod/eu-central-1/role",
            "source/eu-central-1/hub",
        ]
    );
    let waves: Vec<String> =
        plan.accounts.iter().map(|account| format!("{} {}", account.name, account.wave)).collect();
    assert_eq!(waves, ["dev 0", "prod 1", "pay-1 2", "pay-2 2", "source 2"]);
    let hub =
        plan.instances.iter().find(|one| one.id.stack.as_str() == "hub").expect("it is there");
    let needs: Vec<String> =
        hub.needs.iter().map(|&need| plan.instances[need].id.to_string()).collect();
    assert_eq!(needs, ["prod/eu-central-1/role", "pay-1/eu-west-1/role"]);
}

#[test]
fn an_account_wins_over_its_groups_and_a_later_group_over_an_earlier_one() {
    let plan = planned(&[]).unwrap_or_else(|faults| panic!("{faults}"));
    let tier = |account: &str| {
        let is_it = |one: &&super::StackInstance| {
            one.id.account.as_str() == account && one.id.stack.as_str() == "app"
        };
        let desired = plan.instances.iter().find(is_it)?.desired()?;
        desired.parameters[0].value.as_text()
    };
    let tiers = ["dev", "prod", "pay-2"].map(|account| tier(account).expect("it is known"));
    assert_eq!(tiers, ["silver", "gold", "gold"]);
    let entries: Vec<String> = plan
        .accounts
        .iter()
        .map(|account| match &account.entry {
            AccountEntry::AssumeRole(entry) => format!(
                "{} {} {}",
                entry.role.role_name(),
                entry.session_name,
                entry.duration.as_secs() / 60
            ),
            AccountEntry::Source | AccountEntry::Profile(_) => "none".to_owned(),
        })
        .collect();
    let expected = [
        "deployer of-file 60",
        "deployer serious 15",
        "payer serious 30",
        "payer serious 30",
        "none",
    ];
    assert_eq!(entries, expected);
}

#[test]
fn accounts_are_selected_by_group_and_taken_away() {
    let of = |accounts: &[&str]| {
        let plan = planned(accounts).unwrap_or_else(|faults| panic!("{faults}"));
        let mut all = instances(&plan);
        all.sort();
        all
    };
    assert_eq!(of(&["pay"]), ["pay-1/eu-west-1/role", "pay-2/eu-west-3/app"]);
    assert_eq!(of(&["serious", "!100000000002", "!x*"]), of(&["pay"]));
    assert_eq!(of(&["*", "!serious", "!source"]), ["dev/eu-central-1/app"]);
}

#[test]
fn a_selection_that_names_nothing_is_told() {
    let told = |accounts: &[&str]| planned(accounts).expect_err("a fault");
    insta::assert_snapshot!(["!dev"].map(|one| told(&[one]))[0]);
    insta::assert_snapshot!("an_empty_group", told(&["nobody"]));
    insta::assert_snapshot!("a_misspelt_group", told(&["seriuos", "!dve"]));
}

#[test]
fn an_output_of_a_group_without_the_stack_is_a_fault() {
    let text = GROUPED.replace("@serious}", "@serious/eu-north-1}");
    let says = TestFolder::new().resolve(&text).expect_err("nothing stands there");
    insta::assert_snapshot!(says);
    TestFolder::new().resolve(&GROUPED.replace("@serious}", "@pay/eu-west-1#1/1}")).expect("one");
}
