//! AWS's own clients against the sandbox: what they accept is what AWS's clients accept.

use crate::support::peers::{Server, program};
use crate::support::workplace::Workplace;
use crate::support::world::SOURCE;

const ACCOUNT: &str = "100000000001";

/// Runs a client to its end and returns whether it ended well, and all that it said.
fn run(workplace: &Workplace, account: &str, client: &str, arguments: &[&str]) -> (bool, String) {
    let mut command = workplace.command(program(client), account);
    let output = command.args(arguments).output().expect("the client is installed");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&said).trim().to_owned())
}

/// Runs the AWS CLI, which must end well, and returns what it said.
#[track_caller]
fn aws(workplace: &Workplace, account: &str, arguments: &[&str]) -> String {
    let (is_good, said) = run(workplace, account, "aws", arguments);
    assert!(is_good, "aws {}: {said}", arguments.join(" "));
    said
}

/// Runs the AWS CLI, which must end badly, and returns what it said.
#[track_caller]
fn aws_refused(workplace: &Workplace, account: &str, arguments: &[&str]) -> String {
    let (is_good, said) = run(workplace, account, "aws", arguments);
    assert!(!is_good, "aws {}: {said}", arguments.join(" "));
    said
}

#[test]
fn boto3_sees_the_life_of_a_stack_as_on_aws() {
    let server = Server::sandbox("0.1");
    let workplace = Workplace::new(server.endpoint());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/life_of_a_stack.py");

    let (is_good, said) = run(&workplace, ACCOUNT, "python", &[script]);

    assert!(is_good, "{said}\n{}", server.log());
    insta::assert_snapshot!(said, @r"
    InsufficientCapabilitiesException: Requires capabilities : [CAPABILITY_NAMED_IAM]
    stack_create_complete
    CREATE_COMPLETE arn:aws:iam::100000000001:role/operator
    True [{'ParameterKey': 'Sessions', 'ParameterValue': '3600'}]
    AlreadyExistsException: Stack [operator] already exists
    ValidationError: No updates are to be performed.
    AccessDenied: User: arn:aws:iam::999999999999:root is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::100000000001:role/operator
    AccessDenied: User: arn:aws:iam::999999999999:root is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::100000000001:role/operator
    ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.
    arn:aws:sts::100000000001:assumed-role/operator/boto3
    stack_update_complete
    accepted
    True CREATE_IN_PROGRESS
    stack_delete_complete
    ValidationError: Stack with id operator does not exist
    DELETE_COMPLETE
    AccessDenied: User: arn:aws:iam::999999999999:root is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::100000000001:role/operator
    ");
}

/// Waits until the clock shows another second: the AWS CLI names its change sets by it.
fn await_next_second() {
    let second = || jiff::Timestamp::now().as_second();
    let began = second();
    while second() == began {
        std::thread::yield_now();
    }
}

#[test]
fn the_aws_cli_deploys_through_change_sets() {
    let server = Server::sandbox("0");
    let workplace = Workplace::new(server.endpoint());
    workplace.write("role.yaml", ROLE);
    let deploy = [
        "cloudformation",
        "deploy",
        "--stack-name",
        "operator",
        "--template-file",
        "role.yaml",
        "--capabilities",
        "CAPABILITY_NAMED_IAM",
        "--no-fail-on-empty-changeset",
    ];

    let created = aws(&workplace, ACCOUNT, &deploy);
    assert!(created.contains("Successfully created/updated stack - operator"), "{created}");
    await_next_second();
    workplace.write("role.yaml", &ROLE.replace("Outputs:", "Outputs:\n  More: { Value: more }"));
    let changed = aws(&workplace, ACCOUNT, &deploy);
    assert!(changed.contains("Successfully created/updated stack - operator"), "{changed}");
    await_next_second();
    let same = aws(&workplace, ACCOUNT, &deploy);
    assert!(same.contains("No changes to deploy. Stack operator is up to date"), "{same}");
}

#[test]
fn the_aws_cli_creates_waits_reads_an_output_enters_a_role_and_deletes() {
    let server = Server::sandbox("0");
    let workplace = Workplace::new(server.endpoint());
    workplace.write("role.yaml", ROLE);
    let stack = ["--stack-name", "operator"];
    let template =
        ["--template-body", "file://role.yaml", "--capabilities", "CAPABILITY_NAMED_IAM"];
    let cloudformation = |call: &[&'static str]| [&["cloudformation"], call].concat();

    let create = [&cloudformation(&["create-stack"])[..], &stack, &template].concat();
    let created = aws(&workplace, ACCOUNT, &create);
    assert!(created.contains(&format!("arn:aws:cloudformation:eu-central-1:{ACCOUNT}:stack/")));
    aws(
        &workplace,
        ACCOUNT,
        &[&cloudformation(&["wait", "stack-create-complete"])[..], &stack].concat(),
    );

    let query = ["--query", "Stacks[0].Outputs[0].OutputValue", "--output", "text"];
    let describe = [&cloudformation(&["describe-stacks"])[..], &stack, &query].concat();
    let role = aws(&workplace, ACCOUNT, &describe);
    assert_eq!(role, format!("arn:aws:iam::{ACCOUNT}:role/operator"));

    let enter = ["sts", "assume-role", "--role-arn", &role, "--role-session-name", "cli"];
    let entered = aws(&workplace, SOURCE, &enter);
    assert!(entered.contains(&format!("arn:aws:sts::{ACCOUNT}:assumed-role/operator/cli")));
    let denied = aws_refused(&workplace, "888888888888", &enter);
    assert!(
        denied.contains(&format!(
            "An error occurred (AccessDenied) when calling the AssumeRole operation: User: \
             arn:aws:iam::888888888888:root is not authorized to perform: sts:AssumeRole on \
             resource: {role}"
        )),
        "{denied}"
    );

    let update = [&cloudformation(&["update-stack"])[..], &stack, &template].concat();
    let no_update = aws_refused(&workplace, ACCOUNT, &update);
    assert!(
        no_update.contains(
            "An error occurred (ValidationError) when calling the UpdateStack operation: No \
             updates are to be performed."
        ),
        "{no_update}"
    );

    aws(&workplace, ACCOUNT, &[&cloudformation(&["delete-stack"])[..], &stack].concat());
    aws(
        &workplace,
        ACCOUNT,
        &[&cloudformation(&["wait", "stack-delete-complete"])[..], &stack].concat(),
    );
    let gone = aws_refused(&workplace, ACCOUNT, &describe);
    assert!(gone.contains("Stack with id operator does not exist"), "{gone}");
}

#[test]
fn the_aws_cli_enters_a_role_through_its_own_profile() {
    let server = Server::sandbox("0");
    let workplace = Workplace::new(server.endpoint());
    workplace.write("role.yaml", ROLE);
    workplace.write(
        "config",
        &format!(
            "[profile operator]\nrole_arn = arn:aws:iam::{ACCOUNT}:role/operator\n\
             credential_source = Environment\nregion = eu-central-1\n"
        ),
    );
    let deploy = [
        "cloudformation",
        "create-stack",
        "--stack-name",
        "operator",
        "--template-body",
        "file://role.yaml",
        "--capabilities",
        "CAPABILITY_NAMED_IAM",
    ];
    aws(&workplace, ACCOUNT, &deploy);

    let identity = ["sts", "get-caller-identity", "--profile", "operator", "--output", "text"];
    let said = aws(&workplace, SOURCE, &identity);

    assert!(said.contains(&format!("arn:aws:sts::{ACCOUNT}:assumed-role/operator/")), "{said}");
}

const ROLE: &str = r#"
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      RoleName: operator
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - { Effect: Allow, Action: "sts:AssumeRole", Principal: { AWS: "999999999999" } }
Outputs:
  RoleArn: { Value: !GetAtt Role.Arn }
"#;
