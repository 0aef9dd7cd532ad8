//! Roles that the project's own template makes, judged by an implementation that nobody here wrote:
//! whom they trust, external ids, and a chain through one into another.

use super::two_accounts;
use crate::support::files::SETTING;
use crate::support::peers::{AwsCli, Server};
use crate::support::workplace::Workplace;
use crate::support::world::SOURCE;

const DEV: &str = "100000000001";

/// A role `jump` in dev for two accounts, and one in prod that asks for an external id.
const ROLES: &str = "environment: roles
source: { account: '999999999999' }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { dev: '100000000001', prod: '100000000002' }
variables: { admin: 'arn:aws:iam::aws:policy/AdministratorAccess' }
stacks:
  jump:
    template: stacks/named-cross-account-role.yaml
    accounts: [dev]
    capabilities: [CAPABILITY_NAMED_IAM]
    parameters:
      RoleName: jump
      SourceAccountNumber: ${source.account}
      FurtherSourceAccountNumbers: '888888888888'
      ManagedPolicyArns: ${variables.admin}
  guarded:
    template: stacks/named-cross-account-role.yaml
    accounts: [prod]
    capabilities: [CAPABILITY_NAMED_IAM]
    parameters:
      RoleName: guarded
      SourceAccountNumber: ${source.account}
      ExternalId: open-sesame
      ManagedPolicyArns: ${variables.admin}
";

/// A role in prod that trusts `jump` only, which therefore comes first.
const BEHIND: &str = "environment: behind
source: { account: '999999999999' }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { prod: '100000000002' }
stacks:
  behind:
    template: stacks/named-cross-account-role.yaml
    capabilities: [CAPABILITY_NAMED_IAM]
    parameters:
      RoleName: behind
      SourceAccountNumber: '100000000001'
      SourceRoleOrUser: role/jump
      ManagedPolicyArns: arn:aws:iam::aws:policy/AdministratorAccess
";

fn work(entry: &str) -> String {
    format!(
        "environment: work\nsource: {{ account: '999999999999' }}\nregions: [eu-central-1]\n\
         accounts: {{ prod: {{ id: '100000000002', assume-role: {{ {entry} }} }} }}\n\
         stacks: {{ setting: {{ template: setting.yaml }} }}\n"
    )
}

async fn with_roles() -> (Server, Workplace) {
    let (server, workplace) = two_accounts().await;
    workplace.write("roles.yaml", ROLES);
    workplace.write("setting.yaml", SETTING);
    workplace.write("behind.yaml", BEHIND);
    for file in ["roles.yaml", "behind.yaml"] {
        let applied = workplace.apply(file, 0);
        assert!(applied.outcomes().iter().all(|line| line.ends_with(" created")), "{applied:?}");
    }
    (server, workplace)
}

#[tokio::test]
async fn the_roles_of_our_template_let_in_whom_they_name() {
    let (_server, workplace) = with_roles().await;
    let assume = ["sts", "assume-role", "--role-session-name", "table", "--role-arn"];
    let (jump, guarded, behind) = (
        "arn:aws:iam::100000000001:role/jump",
        "arn:aws:iam::100000000002:role/guarded",
        "arn:aws:iam::100000000002:role/behind",
    );
    let table: [(&str, &str, &[&str], bool); 8] = [
        (SOURCE, jump, &[], true),
        ("888888888888", jump, &[], true),
        ("777777777777", jump, &[], false),
        (SOURCE, guarded, &["--external-id", "open-sesame"], true),
        (SOURCE, guarded, &["--external-id", "open-barley"], false),
        (SOURCE, guarded, &[], false),
        ("888888888888", guarded, &["--external-id", "open-sesame"], false),
        (DEV, behind, &[], false),
    ];
    for (account, role, besides, is_let_in) in table {
        let cli = AwsCli::with_key(&workplace, account, "test");
        let (is_in, said) = cli.run(&[&assume[..], &[role], besides].concat());
        assert_eq!(is_in, is_let_in, "{account} into {role} with {besides:?}: {said}");
        assert!(is_in || said.contains("AccessDenied"), "{said}");
    }
}

#[tokio::test]
async fn an_account_behind_another_is_entered_through_it_and_with_its_own_profile() {
    let (_server, workplace) = with_roles().await;
    workplace
        .write("work.yaml", &work("name: behind, via: ['arn:aws:iam::100000000001:role/jump']"));
    let applied = workplace.apply("work.yaml", 0);
    assert_eq!(applied.outcomes(), ["prod/setting created"]);

    workplace.xdeploy(["profiles", "work.yaml", "--write", "--credential-source", "environment"]);
    workplace.xdeploy(["assume", "work.yaml", "prod", "--profile", "by-hand"]).expect_code(0);
    let hub = AwsCli::with_key(&workplace, SOURCE, "test");
    for profile in ["work-prod", "by-hand"] {
        let me = hub.with_profile(profile).whoami();
        assert!(me.starts_with("arn:aws:sts::100000000002:assumed-role/behind/"), "{me}");
    }

    // Without the way through dev, the same role is closed; no journal says that it is new.
    workplace.write("direct.yaml", &work("name: behind"));
    let assume = ["assume", "direct.yaml", "prod", "--format", "json", "--state-dir", "elsewhere"];
    workplace.xdeploy(assume).expect_code(3);
    workplace.destroy("work.yaml", 0);
    workplace.destroy("behind.yaml", 0);
    workplace.destroy("roles.yaml", 0);
    workplace.xdeploy(["assume", "work.yaml", "prod", "--format", "json"]).expect_code(3);
}
