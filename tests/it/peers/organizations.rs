//! boto3 and the AWS CLI as readers of the sandbox's organization.

use crate::support::peers::{Server, program};
use crate::support::workplace::Workplace;
use crate::support::world::SOURCE;

/// An organization whose unit `Bulk` has accounts on more than one page.
fn organization() -> String {
    let bulk = (0..25).map(|at| {
        format!(r#"{{ "id": "2000000000{at:02}", "name": "bulk {at}", "unit": "Bulk" }}"#)
    });
    format!(
        r#"{{
          "management": "{SOURCE}",
          "delegated-administrators": ["100000000001"],
          "accounts": [
            {{ "id": "100000000001", "name": "Payments", "unit": "Work/Prod", "tags": {{ "env": "prod" }} }},
            {{ "id": "100000000002", "name": "Old lab", "unit": "Labs", "state": "SUSPENDED" }},
            {}
          ]
        }}"#,
        bulk.collect::<Vec<_>>().join(",\n")
    )
}

/// Returns what a client says as an account.
fn said(workplace: &Workplace, account: &str, client: &str, arguments: &[&str]) -> String {
    let mut command = workplace.command(program(client), account);
    let output = command.args(arguments).output().expect("the client is installed");
    let said = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&said).trim().to_owned()
}

#[test]
fn clients_of_aws_walk_the_organization_that_was_given() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("organization.json");
    std::fs::write(&file, organization()).expect("the folder takes files");
    let file = file.to_str().expect("plain letters");
    let server = Server::sandbox_with("0", &[], &["--organization", file]);
    let workplace = Workplace::new(server.endpoint());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/walk_of_an_organization.py");

    let walked = said(&workplace, SOURCE, "python", &[script]);
    let few: Vec<&str> = walked.lines().filter(|line| !line.contains(" bulk ")).collect();
    assert_eq!(walked.lines().count() - few.len(), 25, "{walked}\n{}", server.log());
    insta::assert_snapshot!(few.join("\n"), @r"
    999999999999
    / 999999999999 management ACTIVE
    /Labs 100000000002 Old lab SUSPENDED
    /Work/Prod 100000000001 Payments ACTIVE env=prod
    28
    An error occurred (ParentNotFoundException) when calling the ListAccountsForParent operation: You specified a parent that doesn't exist.
    ");

    let list = ["organizations", "list-accounts", "--query", "length(Accounts)"];
    assert_eq!(said(&workplace, "100000000001", "aws", &list), "28");
    let refused = said(&workplace, "100000000002", "aws", &list);
    assert!(refused.contains("(AccessDeniedException) when calling the ListAccounts"), "{refused}");
    let elsewhere = said(&workplace, "300000000001", "aws", &list);
    assert!(elsewhere.contains("(AWSOrganizationsNotInUseException)"), "{elsewhere}");
}
