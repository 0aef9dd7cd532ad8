//! The files of a first environment.

use std::fs;

use crate::support::binary::Desk;

const FLAGS: [&str; 9] = [
    "init",
    "--environment=prod",
    "--source-account=999999999999",
    "--account=dev=100000000001",
    "--account=prod=100000000002",
    "--region=eu-central-1",
    "--region",
    "eu-west-1",
    "--role=OrganizationAccountAccessRole",
];

/// Returns the commands that are said to come next, without what stands behind them.
fn commands(stdout: &str) -> Vec<Vec<&str>> {
    let lines = stdout.lines().filter_map(|line| line.strip_prefix("  xdeploy "));
    lines
        .map(|line| line.split('#').next().unwrap_or_default().split_whitespace().collect())
        .collect()
}

#[test]
fn a_newcomers_minute_ends_well() {
    let desk = Desk::empty();
    let begun = desk.run(&FLAGS).expect_code(0);
    insta::assert_snapshot!(format!("{}{}", begun.stdout, begun.stderr));
    let next = commands(&begun.stdout);
    assert_eq!(
        next.iter().map(|words| words[0]).collect::<Vec<_>>(),
        ["validate", "plan", "apply"]
    );
    for words in next {
        desk.run(&[&words[..], &["--color=never"]].concat()).expect_code(0);
    }
    let status = desk.run(&["status", "environments/prod.yaml", "--sandbox", "--output=json"]);
    let status = status.expect_code(0).json();
    assert_eq!(status["stack_instances"].as_array().map(Vec::len), Some(4), "{status}");
    let schema = desk.run(&["schema"]).expect_code(0).stdout;
    let written =
        fs::read_to_string(desk.path().join("environments/schema.json")).expect("written");
    assert_eq!(written, schema);
}

#[test]
fn a_file_that_is_there_keeps_all_from_being_written() {
    let desk = Desk::empty();
    fs::create_dir(desk.path().join("stacks")).expect("the desk takes folders");
    desk.write("stacks/cross-account-role.yaml", "mine");
    let refused = desk.run(&FLAGS).expect_code(2);
    let said = refused.stderr_on_one_line();
    assert!(
        said.contains("there is stacks/cross-account-role.yaml already: nothing was written"),
        "{said}"
    );
    let left: Vec<_> = fs::read_dir(desk.path()).expect("the desk").collect();
    assert_eq!(left.len(), 1, "{left:?}");
    let elsewhere = [&FLAGS[..], &["--dir", "a folder"]].concat();
    let written = desk.run(&elsewhere).expect_code(0);
    assert!(
        written.stdout.contains("xdeploy validate 'a folder/environments/prod.yaml'"),
        "{written:?}"
    );
    let other = [&elsewhere[..], &["--region", "us-east-1"]].concat();
    let refused = desk.run(&other).expect_code(2).stderr_on_one_line();
    assert!(refused.contains("there is a folder/environments/prod.yaml already"), "{refused}");
}

#[test]
fn a_second_environment_comes_beside_the_first_and_what_is_there_is_left() {
    let desk = Desk::empty();
    desk.write(".gitignore", "target\n");
    let begun = desk.run(&FLAGS).expect_code(0);
    assert!(
        begun.stderr.contains("left .gitignore as it is: see that it has `.xdeploy/`"),
        "{}",
        begun.stderr
    );
    let second: Vec<&str> = FLAGS.iter().map(|flag| flag.trim_end_matches("=prod")).collect();
    let second: Vec<&str> = second
        .into_iter()
        .flat_map(|flag| match flag {
            "--environment" => vec!["--environment", "test"],
            other => vec![other],
        })
        .collect();
    let beside = desk.run(&second).expect_code(0);
    assert!(beside.stderr.starts_with("wrote environments/test.yaml\n"), "{}", beside.stderr);
    assert!(!beside.stderr.contains("wrote stacks"), "{}", beside.stderr);
    let ignored = fs::read_to_string(desk.path().join(".gitignore")).expect("it stands");
    assert_eq!(ignored, "target\n");
    // The same once more changes nothing.
    assert!(!desk.run(&second).expect_code(0).stderr.contains("wrote"));
}

#[test]
fn without_a_terminal_all_that_is_missing_is_named() {
    let desk = Desk::empty();
    let refused = desk.run(&["init"]).expect_code(2);
    insta::assert_snapshot!(refused.stderr);
    fs::create_dir(desk.path().join(".aws")).expect("the desk takes folders");
    desk.write(
        ".aws/config",
        "[profile dev]\nrole_arn = arn:aws:iam::100000000001:role/deployer\nsource_profile = default\n\
         [profile prod admin]\nsso_account_id = 100000000002\nsso_role_name = Admin\n",
    );
    let known =
        ["--environment=a", "--source-account=999999999999", "--region=eu-west-1", "--role=r"];
    let refused = desk.run(&[&["init"], &known[..]].concat()).expect_code(2).stderr_on_one_line();
    assert!(
        refused.contains("--account dev=100000000001 --account prod-admin=100000000002"),
        "{refused}"
    );
    assert!(!desk.path().join("environments").exists());
}

#[test]
fn words_that_mean_nothing_are_usage_errors() {
    let desk = Desk::empty();
    for words in [
        ["--account=dev", "NAME=ID is needed"],
        ["--account=dev=1000", "an account id has exactly 12 digits"],
        ["--account=source=100000000001", "`source` is the source account's own name"],
        ["--environment=a b", "environment name"],
        ["--unit=Work*", "a unit's path from the root is needed"],
        ["--role=a b", "`a b` is not a role's name"],
    ] {
        let refused = desk.run(&["init", words[0]]).expect_code(2).stderr_on_one_line();
        assert!(refused.contains(words[1]), "{}: {refused}", words[0]);
    }
    let nowhere = [&FLAGS[..], &["--region=eu-centrl-1"]].concat();
    let refused = desk.run(&nowhere).expect_code(2).stderr_on_one_line();
    assert!(refused.contains("did you mean `eu-central-1`"), "{refused}");
    let twice = [&FLAGS[..], &["--account=dev2=100000000001"]].concat();
    let refused = desk.run(&twice).expect_code(2).stderr_on_one_line();
    assert!(refused.contains("`dev2` has the id of `dev`"), "{refused}");
}
