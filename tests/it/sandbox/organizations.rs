//! An organization, read by the SDK.

use aws_sdk_organizations::Client;
use aws_smithy_types::retry::RetryConfig;
use xdeploy::clock::Clock;
use xdeploy::sandbox::{
    MemberAccount, MemberState, Organization, Rate, Sandbox, Settings, Throttling, reset,
};

use crate::support::embedded::{Embedded, Keys, words};

const HUB: &str = "999999999999";
const READER: &str = "888888888888";

/// Returns an organization of some accounts, each with the path of its unit.
fn organization(accounts: impl IntoIterator<Item = (u64, &'static str)>) -> Organization {
    let member = |(id, unit): (u64, &str)| {
        let id = format!("{id:012}").parse().expect("12 digits");
        MemberAccount::new(id, format!("account-of-{unit}"), unit)
    };
    let accounts = accounts.into_iter().map(member).collect();
    Organization { accounts, ..Organization::of(HUB.parse().expect("an id")) }
}

fn holding(organization: Organization) -> Embedded {
    let cloud = Embedded::new();
    cloud.sandbox.organize(organization).expect("it is kept in memory");
    cloud
}

#[tokio::test(start_paused = true)]
async fn an_organization_stays_in_its_folder_until_the_sandbox_is_reset() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Embedded::new().clock;
    let open = || {
        let sandbox = Sandbox::open(folder.path(), clock, Settings::default()).expect("a folder");
        Embedded::of(sandbox, clock)
    };
    open().sandbox.organize(organization([(1, "Prod")])).expect("the folder takes it");
    let other = open();
    assert_eq!(client(&other, HUB).list_accounts().send().await.unwrap().accounts().len(), 2);
    reset(folder.path(), clock.now()).unwrap();
    assert!(client(&other, HUB).list_accounts().send().await.is_err());
}

fn client(cloud: &Embedded, account: &str) -> Client {
    Client::new(&cloud.config(&Keys::root(account)))
}

#[tokio::test(start_paused = true)]
async fn an_organization_is_walked_from_its_root_to_its_accounts_and_their_tags() {
    let mut organization = organization([(1, "Workloads/Prod"), (2, "Workloads"), (3, "")]);
    organization.accounts[0].tags.insert("env".to_owned(), "prod".to_owned());
    let cloud = holding(organization);
    let client = client(&cloud, HUB);
    let roots = client.list_roots().send().await.unwrap();
    let root = roots.roots()[0].id().unwrap().to_owned();
    assert!(root.starts_with("r-"), "{root}");
    let units = |parent: String| client.list_organizational_units_for_parent().parent_id(parent);
    let workloads = units(root.clone()).send().await.unwrap().organizational_units.unwrap();
    assert_eq!(workloads[0].name(), Some("Workloads"));
    let prod = units(workloads[0].id().unwrap().to_owned()).send().await.unwrap();
    let prod = prod.organizational_units()[0].clone();
    assert_eq!(prod.name(), Some("Prod"));
    let held = client.list_accounts_for_parent().parent_id(prod.id().unwrap()).send().await;
    let held = held.unwrap().accounts.unwrap();
    assert_eq!(held.len(), 1);
    let tags = client.list_tags_for_resource().resource_id(held[0].id().unwrap()).send().await;
    assert_eq!(tags.unwrap().tags()[0].value(), "prod");
    let parents = client.list_parents().child_id(prod.id().unwrap()).send().await.unwrap();
    assert_eq!(parents.parents()[0].id(), workloads[0].id());
    let all = client.list_accounts().send().await.unwrap();
    assert_eq!(all.accounts().len(), 4, "the management account is one of them");
    let missing = client.list_accounts_for_parent().parent_id("ou-none-12345678").send().await;
    let missing = words(&missing.unwrap_err());
    assert!(missing.starts_with("ParentNotFoundException: "), "{missing}");
}

#[tokio::test(start_paused = true)]
async fn a_list_of_several_pages_has_an_empty_one_before_the_last() {
    let cloud = holding(organization((1..=44).map(|id| (id, "Prod"))));
    let client = client(&cloud, HUB);
    let (mut sizes, mut token) = (Vec::new(), None);
    loop {
        let page = client.list_accounts().set_next_token(token).send().await.unwrap();
        sizes.push(page.accounts().len());
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    assert_eq!(sizes, [20, 20, 0, 5]);
    let wrong = client.list_accounts().next_token("45").send().await.unwrap_err();
    assert!(words(&wrong).starts_with("InvalidInputException: "), "{}", words(&wrong));
    let wrong = client.list_accounts().max_results(21).send().await.unwrap_err();
    assert!(words(&wrong).starts_with("InvalidInputException: "), "{}", words(&wrong));
}

#[tokio::test(start_paused = true)]
async fn only_the_management_account_and_delegated_administrators_read_an_organization() {
    let mut organization = organization([(1, "Prod"), (888_888_888_888, "Hubs")]);
    organization.delegated_administrators.push(READER.parse().unwrap());
    let cloud = holding(organization);
    let refused = |account: &'static str| {
        let client = client(&cloud, account);
        async move { words(&client.list_roots().send().await.unwrap_err()) }
    };
    let administrators = client(&cloud, READER).list_delegated_administrators().send().await;
    assert_eq!(administrators.unwrap().delegated_administrators()[0].id(), Some(READER));
    let member = "000000000001";
    assert!(refused(member).await.starts_with("AccessDeniedException: "));
    let own = client(&cloud, member).describe_organization().send().await.unwrap();
    assert_eq!(own.organization().unwrap().master_account_id(), Some(HUB));
    assert!(refused("000000000002").await.starts_with("AWSOrganizationsNotInUseException: "));
}

#[tokio::test(start_paused = true)]
async fn an_account_has_a_state_and_the_older_status() {
    let mut organization = organization([(1, "Prod")]);
    organization.accounts[0].state = MemberState::Closed;
    let cloud = holding(organization);
    let account = client(&cloud, HUB).describe_account().account_id("000000000001").send().await;
    let account = account.unwrap().account.unwrap();
    assert_eq!(account.state().unwrap().as_str(), "CLOSED");
    assert_eq!(account.status().unwrap().as_str(), "SUSPENDED");
}

#[tokio::test(start_paused = true)]
async fn an_organization_that_is_asked_too_fast_says_so() {
    let clock = Clock::starting_at("2026-11-23T12:00:00Z".parse().expect("a timestamp"));
    let one = Rate { per_second: 1.0, burst: 1.0 };
    let throttling = Throttling::none().with("organizations", one).expect("it can be limited");
    let cloud =
        Embedded::of(Sandbox::new(clock, Settings { throttling, ..Settings::default() }), clock);
    cloud.sandbox.organize(organization([])).expect("it is kept in memory");
    let config = cloud.config(&Keys::root(HUB)).into_builder();
    let client = Client::new(&config.retry_config(RetryConfig::disabled()).build());
    client.list_roots().send().await.unwrap();
    let refused = words(&client.list_roots().send().await.unwrap_err());
    assert!(refused.starts_with("TooManyRequestsException: "), "{refused}");
}
