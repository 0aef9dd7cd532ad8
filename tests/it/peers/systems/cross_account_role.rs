//! `docs/cross-account-role.md`: a role in each account, for whom the source account says.

use serde_json::Value as Json;

use crate::support::caller::Caller;
use crate::support::peers::{AwsCli, Server};
use crate::support::workplace::Workplace;
use crate::support::world::SOURCE;

const SETUP: &str = "environments/cross-account-role.yaml";
const ENTER: &str = "environments/enter/cross-account-role.yaml";
const DEV: &str = "100000000001";
const XDEPLOY: &str = env!("CARGO_BIN_EXE_xdeploy");

/// Runs the binary with the two settings of the example.
#[track_caller]
fn xdeploy(workplace: &Workplace, role: &str, arguments: &[&str]) -> String {
    let mut command = AwsCli::with_key(workplace, SOURCE, "test").command(XDEPLOY);
    command.args(arguments).env("XDEPLOY_EXTERNAL_ID", "open-sesame").env("ROLE_ARN", role);
    let output = command.output().expect("the binary can be started");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).expect("the binary prints UTF-8").trim().to_owned()
}

#[tokio::test]
async fn an_account_is_entered_with_its_own_role_until_the_role_is_destroyed() {
    let server = Server::sandbox("0");
    let workplace = Workplace::new(server.endpoint());
    put_administrator(&server).await;
    xdeploy(&workplace, "", &["apply", SETUP, "--account", "dev", "--yes"]);
    let query = "\"cross-account-role\".dev.\"eu-central-1\".\"cross-account-role\".RoleArn";
    let outputs = ["outputs", SETUP, "--account", "dev", "--query", query, "--output", "text"];
    let role = xdeploy(&workplace, "", &outputs);
    assert!(
        role.starts_with(&format!("arn:aws:iam::{DEV}:role/cross-account-role-Role-")),
        "{role}"
    );

    xdeploy(
        &workplace,
        &role,
        &["profiles", ENTER, "--write", "--credential-source", "environment"],
    );
    xdeploy(&workplace, &role, &["assume", ENTER, "dev", "--profile", "by-hand"]);
    let hub = AwsCli::with_key(&workplace, SOURCE, "test");
    let name = role.rsplit('/').next().expect("an ARN has a name");
    for profile in ["cross-account-dev", "by-hand"] {
        let inside = hub.with_profile(profile);
        let me = format!("arn:aws:sts::{DEV}:assumed-role/{name}/xdeploy-cross-account");
        assert_eq!(inside.whoami(), me);
        inside.says(&["iam", "list-roles"]);
        inside.may_not(&[&["iam", "delete-role", "--role-name", name]]);
    }

    xdeploy(&workplace, "", &["destroy", SETUP, "--account", "dev", "--yes"]);
    for profile in ["cross-account-dev", "by-hand"] {
        hub.with_profile(profile).is_refused(&["sts", "get-caller-identity"]);
    }
    let left = Caller::root(&server.endpoint(), DEV).stacks().await;
    assert_eq!(left.len(), 1, "{left:?}");
}

/// Puts the role that the example enters accounts with into dev.
async fn put_administrator(server: &Server) {
    let role = "OrganizationAccountAccessRole";
    crate::support::accounts::put_role(&server.endpoint(), DEV, role, None).await;
}

/// The callers, in the source account: a role and two users, who may assume anything as far as it
/// goes by their own account.
const CALLERS: &str = r#"
Resources:
  Anyone:
    Type: AWS::IAM::ManagedPolicy
    Properties:
      Users: [!Ref Ann, !Ref Bob]
      Roles: [!Ref Build]
      PolicyDocument: { Version: "2012-10-17", Statement: [{ Effect: Allow, Action: "sts:AssumeRole", Resource: "*" }] }
  Ann: { Type: AWS::IAM::User, Properties: { UserName: ann } }
  Bob: { Type: AWS::IAM::User, Properties: { UserName: bob } }
  Build:
    Type: AWS::IAM::Role
    Properties:
      RoleName: build
      AssumeRolePolicyDocument:
        Statement: [{ Effect: Allow, Action: "sts:AssumeRole", Principal: { AWS: "999999999999" } }]
Outputs:
  Ann: { Value: !Sub "user/${Ann}" }
  Build: { Value: !Sub "role/${Build}" }
"#;

/// Each a role in dev: its stack, and its parameters beside the source account.
const VARIANTS: [(&str, &str); 8] = [
    ("account", ""),
    ("several-accounts", "FurtherSourceAccountNumbers: '888888888888,777777777777'"),
    ("one-user", "SourceRoleOrUser: '${output:callers.Ann@source}'"),
    ("one-role", "SourceRoleOrUser: '${output:callers.Build@source}'"),
    ("external-id", "ExternalId: open-sesame"),
    ("second-factor", "RequireMfa: true"),
    ("organization", "OrganizationId: o-sandbox0001"),
    ("other-organization", "OrganizationId: o-elsewhere01"),
];

const KNOWS: &[&str] = &["--external-id", "open-sesame"];
const GUESSES: &[&str] = &["--external-id", "open-barley"];
const HAS_DEVICE: &[&str] =
    &["--serial-number", "arn:aws:iam::999999999999:mfa/ann", "--token-code"];

/// Whether somebody, with what they say besides, enters a role.
const TABLE: [(&str, &str, &[&str], bool); 22] = [
    ("account", "hub", &[], true),
    ("account", "ann", &[], true),
    ("account", "other", &[], false),
    ("several-accounts", "hub", &[], true),
    ("several-accounts", "other", &[], true),
    ("several-accounts", "third", &[], true),
    ("several-accounts", "fourth", &[], false),
    ("one-user", "ann", &[], true),
    ("one-user", "bob", &[], false),
    ("one-user", "hub", &[], false),
    ("one-role", "build", &[], true),
    ("one-role", "ann", &[], false),
    ("external-id", "ann", KNOWS, true),
    ("external-id", "ann", GUESSES, false),
    ("external-id", "ann", &[], false),
    // An external id that nobody asks for does no harm.
    ("account", "ann", KNOWS, true),
    ("second-factor", "ann", &[HAS_DEVICE[0], HAS_DEVICE[1], HAS_DEVICE[2], "123456"], true),
    ("second-factor", "ann", &[HAS_DEVICE[0], HAS_DEVICE[1], HAS_DEVICE[2], "654321"], false),
    ("second-factor", "ann", &[], false),
    ("organization", "ann", &[], true),
    ("other-organization", "ann", &[], false),
    ("other-organization", "hub", &[], false),
];

fn environment() -> String {
    let mut text = "environment: variants\nsource: { account: '999999999999' }\n\
        assume-role: { name: OrganizationAccountAccessRole }\nregions: [eu-central-1]\n\
        accounts: { dev: '100000000001' }\nstacks:\n  \
        callers: { template: callers.yaml, accounts: [source], capabilities: [CAPABILITY_NAMED_IAM] }\n"
        .to_owned();
    for (stack, parameters) in VARIANTS {
        text.push_str(&format!(
            "  {stack}:\n    template: stacks/cross-account-role.yaml\n    parameters:\n      \
             SourceAccountNumber: '999999999999'\n      {parameters}\n"
        ));
    }
    text
}

#[tokio::test]
async fn each_way_to_name_the_trusted_lets_in_whom_it_names_and_nobody_else() {
    let server = Server::sandbox("0");
    let workplace = Workplace::new(server.endpoint());
    put_administrator(&server).await;
    workplace.write("callers.yaml", CALLERS);
    workplace.write("variants.yaml", &environment());
    let applied = workplace.apply("variants.yaml", 0);
    assert!(!applied.stdout.contains("open-sesame"), "{}", applied.stdout);

    let hub = AwsCli::with_key(&workplace, SOURCE, "test");
    let callers = callers(&workplace, &hub);
    let mut wrong = Vec::new();
    for (variant, caller, besides, is_let_in) in TABLE {
        let outputs = &applied.instance("dev", variant)["outputs"];
        let role = outputs["RoleArn"].as_str().expect("an ARN");
        let assume = ["sts", "assume-role", "--role-session-name", "table", "--role-arn", role];
        let (_, cli) = callers.iter().find(|(name, _)| *name == caller).expect("a caller");
        let (is_in, said) = cli.run(&[&assume[..], besides].concat());
        let is_denied = said.contains("AccessDenied");
        if is_in != is_let_in || is_in == is_denied {
            wrong.push(format!("{variant} for {caller} with {besides:?}: {said}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Returns everybody of the table: roots of accounts, users and a role.
fn callers<'a>(workplace: &'a Workplace, hub: &AwsCli<'a>) -> Vec<(&'static str, AwsCli<'a>)> {
    let root = |account| AwsCli::with_key(workplace, account, "test");
    let user = |name| {
        let (id, secret) = access_key(hub, name);
        AwsCli::with_key(workplace, &id, &secret)
    };
    let profile = "[profile build]\nrole_arn = arn:aws:iam::999999999999:role/build\n\
                   credential_source = Environment\n";
    workplace.write("config", profile);
    vec![
        ("hub", root(SOURCE)),
        ("other", root("888888888888")),
        ("third", root("777777777777")),
        ("fourth", root("666666666666")),
        ("ann", user("ann")),
        ("bob", user("bob")),
        ("build", hub.with_profile("build")),
    ]
}

fn access_key(root: &AwsCli<'_>, user: &str) -> (String, String) {
    let made = root.says(&["iam", "create-access-key", "--user-name", user]);
    let made: Json = serde_json::from_str(&made).expect("the CLI prints JSON");
    let text = |key: &str| made["AccessKey"][key].as_str().expect("a key has it").to_owned();
    (text("AccessKeyId"), text("SecretAccessKey"))
}

#[test]
fn a_source_account_number_has_twelve_digits() {
    let workplace = Workplace::new("http://127.0.0.1:9");
    for (number, is_good) in [
        ("012345678901", true),
        ("01234567890", false),
        ("0123456789012", false),
        ("01234567890x", false),
        ("", false),
    ] {
        let file = environment().replace("'999999999999'\n      \n", &format!("'{number}'\n"));
        workplace.write("callers.yaml", CALLERS);
        workplace.write("number.yaml", &file);
        let checked = workplace.xdeploy(["validate", "number.yaml"]);
        assert_eq!(checked.code == 0, is_good, "{number}: {}", checked.stderr);
    }
}

#[test]
fn the_two_templates_differ_in_the_roles_name_only() {
    let workplace = Workplace::new("http://127.0.0.1:9");
    let read = |name: &str| {
        std::fs::read_to_string(workplace.path().join("stacks").join(name)).expect("a template")
    };
    let named = read("named-cross-account-role.yaml");
    let (head, rest) = named.split_once("  RoleName:\n").expect("a parameter of that name");
    let (_, rest) = rest.split_once("  SourceAccountNumber:\n").expect("the next parameter");
    let plain = format!("{head}  SourceAccountNumber:\n{rest}")
        .replace(", under a name that is known beforehand", "")
        .replace("      RoleName: !Ref RoleName\n", "");
    assert_eq!(plain, read("cross-account-role.yaml"));
}
