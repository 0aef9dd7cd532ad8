//! `docs/delegation.md`: a person who may do nothing but assume one role.

use serde_json::Value as Json;

use crate::support::caller::Caller;
use crate::support::peers::{AwsCli, Server};
use crate::support::workplace::Workplace;
use crate::support::world::SOURCE;

const SETUP: &str = "environments/delegation.yaml";
const ENTER: &str = "environments/enter/delegation.yaml";
const PRODUCTION: &str = "100000000005";
const ROLE: &str = "arn:aws:iam::100000000005:role/delegated-reader";
const DEVICE: &str = "arn:aws:iam::999999999999:mfa/ann";

#[tokio::test]
async fn a_person_assumes_one_role_and_nothing_else_until_all_is_destroyed() {
    let server = Server::sandbox_of("0", &[SETUP]);
    let workplace = Workplace::new(server.endpoint());
    let applied = workplace.apply(SETUP, 0);
    assert_eq!(applied.outcomes().len(), 3, "{:?}", applied.outcomes());
    let root = AwsCli::with_key(&workplace, SOURCE, "test");
    let (id, secret) = access_key(&root);
    let ann = AwsCli::with_key(&workplace, &id, &secret);
    assert_eq!(ann.whoami(), "arn:aws:iam::999999999999:user/ann");

    let assume = ["sts", "assume-role", "--role-session-name", "ann", "--role-arn"];
    let other = "arn:aws:iam::100000000005:role/OrganizationAccountAccessRole";
    ann.may_not(&[
        &["s3", "ls"],
        &["iam", "list-users"],
        &["iam", "create-access-key"],
        &[&assume[..], &[other]].concat(),
        // Without a second factor, not even the one role.
        &[&assume[..], &[ROLE]].concat(),
    ]);
    let code = ["--serial-number", DEVICE, "--token-code", "123456"];
    ann.says(&[&assume[..], &[ROLE], &code].concat());
    ann.may_not(&[&[&assume[..], &[other], &code].concat()]);

    let enter = ["assume", ENTER, "production", "--profile", "prod", "--mfa-code", "123456"];
    workplace.xdeploy_with(&id, &enter).expect_code(0);
    let in_role = ann.with_profile("prod");
    assert_eq!(in_role.whoami(), "arn:aws:sts::100000000005:assumed-role/delegated-reader/ann");
    in_role.says(&["iam", "list-roles"]);
    in_role.may_not(&[&["s3", "mb", "s3://anns-own"]]);

    destroy(&workplace, &root, &id);
    in_role.is_refused(&["sts", "get-caller-identity"]);
    let refused = ann.is_refused(&["sts", "get-caller-identity"]);
    assert!(refused.contains("InvalidClientTokenId"), "{refused}");
    for account in [SOURCE, PRODUCTION] {
        assert!(Caller::root(&server.endpoint(), account).stacks().await.is_empty());
    }
    assert!(!root.says(&["iam", "list-users"]).contains("ann"));
}

/// Takes all of it down: the key that was made by hand goes first, as nobody else knows of it.
#[track_caller]
fn destroy(workplace: &Workplace, root: &AwsCli<'_>, key: &str) {
    let stuck = workplace.destroy(SETUP, 1);
    assert!(stuck.stdout.contains("must delete access keys first"), "{stuck:?}");
    root.says(&["iam", "delete-access-key", "--user-name", "ann", "--access-key-id", key]);
    let destroyed = workplace.destroy(SETUP, 0);
    let lines = destroyed.outcomes();
    assert!(lines.contains(&"source/person deleted".to_owned()), "{lines:?}");
}

/// Makes an access key for the person, by hand.
fn access_key(root: &AwsCli<'_>) -> (String, String) {
    let made = root.says(&["iam", "create-access-key", "--user-name", "ann"]);
    let made: Json = serde_json::from_str(&made).expect("the CLI prints JSON");
    let text = |key: &str| made["AccessKey"][key].as_str().expect("a key has it").to_owned();
    (text("AccessKeyId"), text("SecretAccessKey"))
}

#[test]
fn the_console_switches_into_the_role_of_the_person() {
    let workplace = Workplace::new("http://127.0.0.1:9");
    let printed = workplace.xdeploy(["console", ENTER, "production"]).expect_code(0);
    assert_eq!(
        printed.stdout,
        "https://signin.aws.amazon.com/switchrole?account=100000000005&roleName=delegated-reader&\
         displayName=delegated-production\n"
    );
}
