//! The accounts of an organization, listed from the sandbox by the real SDK.

use std::time::Duration;

use tokio::time::Instant;
use xdeploy::cloud::{Cloud, Organizations};
use xdeploy::environment::Environment;
use xdeploy::event::FailureKind;
use xdeploy::organization::{Listing, UnitPattern};
use xdeploy::plan::{AccountEntry, organization_entry};
use xdeploy::sandbox::{MemberAccount, Organization, Settings, Throttling};

use crate::support::files::SETTING;
use crate::support::world::{SOURCE, World};

const FILE: &str = r#"
environment: prod
source: { account: "999999999999" }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { reader: "888888888888" }
stacks: { app: { template: app.yaml } }
"#;

/// Returns a world with an organization of these accounts, each with the path of its unit.
fn world(settings: Settings, units: &[&str]) -> World {
    let world = World::with(&["888888888888"], settings);
    world.write("app.yaml", SETTING);
    let member = |(at, unit): (usize, &&str)| {
        let id = format!("{:012}", at + 1).parse().expect("12 digits");
        let account = MemberAccount::new(id, format!("account {at}"), *unit);
        let tags = [("env".to_owned(), format!("e{}", at % 3))].into();
        MemberAccount { tags, ..account }
    };
    let accounts = units.iter().enumerate().map(member).collect();
    let organization =
        Organization { accounts, ..Organization::of(SOURCE.parse().expect("an id")) };
    world.sandbox.organize(organization).expect("it is kept in memory");
    world
}

/// Returns Organizations as the source account sees it.
async fn of_source(world: &World) -> Organizations {
    let cloud = world.cloud();
    let source = cloud.source(&world.plan(FILE).environments[0]).await.expect("keys are found");
    cloud.organizations(&source)
}

fn patterns(texts: &[&str]) -> Vec<UnitPattern> {
    texts.iter().map(|text| text.parse().expect("a pattern")).collect()
}

fn ids(listing: &Listing) -> Vec<&str> {
    listing.accounts.iter().map(|account| account.id.as_str().trim_start_matches('0')).collect()
}

/// Returns how often a call was made.
fn calls(cloud: &Cloud, name: &str) -> u64 {
    cloud.api_calls().get(&format!("organizations:{name}")).copied().unwrap_or_default()
}

#[tokio::test(start_paused = true)]
async fn only_units_that_patterns_lead_to_are_asked_and_tags_where_they_matter() {
    let units = ["Work/Prod", "Work/Prod/Pci", "Work/Test", "Labs", "Labs/Old"];
    let world = world(Settings::default(), &units);
    let cloud = world.cloud();
    let source = cloud.source(&world.plan(FILE).environments[0]).await.expect("keys are found");
    let listed = cloud.organizations(&source).list(&patterns(&["Work/Prod/**"]), false).await;
    let listed = listed.expect("the management account may");
    assert_eq!(ids(&listed), ["1", "2"]);
    assert_eq!(listed.accounts[0].tags, None);
    // The root, Work, Prod, Pci; not Labs and Test.
    assert_eq!(calls(&cloud, "ListOrganizationalUnitsForParent"), 4);
    assert_eq!(calls(&cloud, "ListAccountsForParent"), 2);
    assert_eq!(calls(&cloud, "ListTagsForResource"), 0);
    let tagged = cloud.organizations(&source).list(&patterns(&["Labs"]), true).await.unwrap();
    assert_eq!(tagged.accounts[0].tags.as_ref().unwrap()["env"], "e0");
    assert_eq!(calls(&cloud, "ListTagsForResource"), 1);
}

#[tokio::test(start_paused = true)]
async fn empty_pages_end_no_list() {
    let world = world(Settings::default(), &["Work"; 45]);
    let listed = of_source(&world).await.list(&patterns(&["Work"]), false).await.unwrap();
    assert_eq!(listed.accounts.len(), 45);
    let all = of_source(&world).await.list(&[], false).await.unwrap();
    assert_eq!(all.accounts.len(), 46, "the management account stands at the root");
}

#[tokio::test(start_paused = true)]
async fn a_delegated_administrator_reads_it_through_its_role() {
    let world = world(Settings::default(), &[]);
    let member = |id: &str, unit| MemberAccount::new(id.parse().expect("an id"), "name", unit);
    let accounts = vec![member("000000000001", "Work"), member("888888888888", "Hubs")];
    let delegated_administrators = vec![accounts[1].id.clone()];
    let standing = Organization::of(SOURCE.parse().expect("an id"));
    let organization = Organization { accounts, delegated_administrators, ..standing };
    world.sandbox.organize(organization).expect("it is kept in memory");
    let plan = world.plan(FILE);
    let AccountEntry::AssumeRole(role) = &plan.accounts[0].entry else { panic!("a role") };
    let cloud = world.cloud();
    let source = cloud.source(&plan.environments[0]).await.expect("keys are found");
    let as_reader = cloud.organizations_as(role, &source).await.expect("it trusts the source");
    let listed = as_reader.list(&patterns(&["Work"]), false).await.unwrap();
    assert_eq!(ids(&listed), ["1"]);
}

#[tokio::test(start_paused = true)]
async fn two_thousand_accounts_are_listed_in_the_time_that_throttling_dictates() {
    let units: Vec<String> = (0..300)
        .map(|unit| format!("a{}/b{}/c{}/d{}/e{unit}", unit % 2, unit % 4, unit % 8, unit % 16))
        .collect();
    let units: Vec<&str> = (0..2000).map(|at| units[at % 300].as_str()).collect();
    let settings = Settings { throttling: Throttling::realistic(), ..Settings::default() };
    let world = world(settings, &units);
    let organizations = of_source(&world).await;
    let began = Instant::now();
    let listed = organizations.list(&patterns(&["**"]), true).await.expect("nothing is refused");
    let took = began.elapsed();
    assert_eq!(listed.accounts.len(), 2001);
    // The lists of units, the lists of accounts and the tags of accounts follow one another, at five a second each.
    let lists = u32::try_from(2 * listed.units.len() + listed.accounts.len()).expect("few");
    let dictated = Duration::from_secs(1) * lists / 5;
    assert!(took <= dictated.mul_f64(1.2), "{took:?} of {dictated:?}");
}

#[tokio::test(start_paused = true)]
async fn an_organization_that_bears_less_is_asked_more_slowly() {
    let throttling = Throttling::none().with("organizations", "1:1".parse().unwrap()).unwrap();
    let world = world(Settings { throttling, ..Settings::default() }, &["Work"; 50]);
    let listed = of_source(&world).await.list(&patterns(&["Work"]), true).await;
    assert_eq!(listed.expect("throttling is waited out").accounts.len(), 50);
}

#[tokio::test(start_paused = true)]
async fn an_account_that_may_not_read_it_is_told_which_call_was_refused() {
    let world = world(Settings::default(), &["Work"]);
    let own = Organization::of("000000000001".parse().expect("an id"));
    world.sandbox.organize(own).expect("it is kept in memory");
    let refused = of_source(&world).await.list(&[], false).await.expect_err("no member");
    assert_eq!(refused.operation, "organizations:ListRoots");
    assert_eq!(refused.code.as_deref(), Some("AWSOrganizationsNotInUseException"));
}

#[tokio::test(start_paused = true)]
async fn an_environment_asks_through_its_role_and_is_told_who_refuses() {
    let world = world(Settings::default(), &[]);
    let member = |id: &str, unit| MemberAccount::new(id.parse().expect("an id"), "name", unit);
    let accounts = vec![member("000000000001", "Work"), member("888888888888", "Hubs")];
    let delegated_administrators = vec![accounts[1].id.clone()];
    let standing = Organization::of("111111111111".parse().expect("an id"));
    let organization = Organization { accounts, delegated_administrators, ..standing };
    world.sandbox.organize(organization).expect("it is kept in memory");
    let ask = async |keys: &str| {
        let text = FILE.replace("accounts: { reader: \"888888888888\" }", keys);
        let environment = Environment::load(&world.write("e.yaml", &text)).expect("no faults");
        let entry = organization_entry(&environment, &|_| None).expect("no faults");
        let question = environment.question().expect("it has an organization");
        world.cloud().list_accounts(&entry, &question).await
    };
    let role = "role: 'arn:aws:iam::888888888888:role/deployer'";
    let listed = ask(&format!("organization: {{ units: [Work], {role} }}")).await;
    let (listed, source) = listed.expect("it may");
    assert_eq!((ids(&listed), source.as_str()), (vec!["1"], SOURCE));
    let refused = ask("organization: { units: [Work] }").await.expect_err("it is no member");
    assert_eq!(refused.kind, FailureKind::Refused, "{refused:?}");
    let role = "role: 'arn:aws:iam::888888888888:role/another'";
    let refused = ask(&format!("organization: {{ units: [Work], {role} }}")).await;
    let refused = refused.expect_err("there is no such role");
    assert_eq!(refused.kind, FailureKind::RoleRefused, "{refused:?}");
    assert!(refused.message.contains("role/another was not assumed"), "{refused:?}");
}
