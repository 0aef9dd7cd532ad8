//! Commands that need no values: they work without the variables, files and templates that values come from.

use std::path::Path;

use crate::support::binary::Desk;

const TEMPLATE: &str = "Parameters:
  Password: { Type: String, NoEcho: true, MaxLength: 3 }
Resources: { Topic: { Type: AWS::SNS::Topic } }
Outputs: { Name: { Value: !GetAtt Topic.TopicName } }
";

/// Returns an environment file whose parameters are these.
fn file(password: &str, more: &str) -> String {
    format!(
        "environment: dev
source: {{ account: '999999999999' }}
assume-role: {{ name: crossaccount-dev-role }}
regions: [eu-central-1]
accounts: {{ dev: '100000000001' }}
stacks:
  base: {{ template: base.yaml, parameters: {{ Password: '{password}' }} }}
  app:
    template: base.yaml
    parameters: {{ Password: '{password}' }}
    tags: {{ of: '${{output:base.Name}}' }}
{more}"
    )
}

/// Returns a folder in which two stacks of one template were applied.
fn applied() -> Desk {
    let desk = Desk::with_examples();
    desk.write("dev.yaml", file("abc", ""));
    desk.write("base.yaml", TEMPLATE);
    let applied = desk.run(&["apply", "dev.yaml", "--sandbox", "--yes", "--progress", "none"]);
    assert_eq!(applied.code, 0, "{applied:?}");
    desk
}

/// Runs every command that needs no values, `destroy` last.
fn all_work(desk: &Desk) {
    for command in ["status", "outputs"] {
        let ran = desk.run(&[command, "dev.yaml", "--sandbox"]);
        assert_eq!(ran.code, 0, "{command}: {ran:?}");
        assert!(ran.stdout.contains("app"), "{command}: {ran:?}");
    }
    let graph = desk.run(&["graph", "dev.yaml"]);
    assert_eq!(graph.code, 0, "{graph:?}");
    let (base, app) = (graph.stdout.find("base"), graph.stdout.find("app"));
    assert!(base.is_some() && app.is_some(), "{graph:?}");
    let doctor = desk.run(&["doctor", "dev.yaml", "--sandbox"]);
    assert_eq!(doctor.code, 0, "{doctor:?}");
    let applied = desk.run(&["apply", "dev.yaml", "--sandbox", "--yes"]);
    assert_eq!(applied.code, 2, "{applied:?}");
    let destroyed = desk.run(&["destroy", "dev.yaml", "--sandbox", "--yes", "--output", "json"]);
    assert_eq!(destroyed.code, 0, "{destroyed:?}");
    assert_eq!(destroyed.json()["summary"]["deleted"], 2, "{destroyed:?}");
}

#[test]
fn what_reads_and_deletes_works_without_the_variable_of_a_value() {
    let desk = applied();
    desk.write("dev.yaml", file("${env:NOT_SET}${file:none.txt}", ""));
    all_work(&desk);
}

#[test]
fn what_reads_and_deletes_works_with_a_value_out_of_range() {
    let desk = applied();
    desk.write("dev.yaml", file("much too long", ""));
    all_work(&desk);
}

#[test]
fn what_reads_and_deletes_works_without_the_template() {
    let desk = applied();
    std::fs::remove_file(desk.path().join("base.yaml")).expect("removed");
    all_work(&desk);
}

#[test]
fn what_reads_and_deletes_works_with_a_template_that_breaks_the_rules() {
    let desk = applied();
    desk.write("base.yaml", TEMPLATE.replace("AWS::SNS::Topic", "AWS::SNS::Topics"));
    all_work(&desk);
}

#[test]
fn what_matters_to_the_order_is_still_refused() {
    let desk = applied();
    desk.write("dev.yaml", file("${env:NOT_SET}", "    depends-on: [none]\n"));
    for command in ["status", "outputs", "destroy"] {
        let refused = desk.run(&[command, "dev.yaml", "--sandbox"]);
        assert_eq!(refused.code, 2, "{command}: {refused:?}");
        assert!(refused.stderr.contains("`none`"), "{refused:?}");
        assert!(!refused.stderr.contains("NOT_SET` is not set"), "{refused:?}");
    }
}

/// The columns of the table of `docs/commands.md`, each with what is broken there and the words that tell it.
const COLUMNS: [(&str, &str, &str, &str); 4] = [
    ("environment file, names, accounts", "regions: ", "regoins: ", "`regoins`"),
    ("how accounts are entered", "crossaccount-dev-role", "'${env:NO_ROLE}'", "`NO_ROLE`"),
    ("service roles", "'arn:aws:iam::100000000001:role/x'", "'${env:NO_SERVICE}'", "`NO_SERVICE`"),
    ("templates, values of parameters and tags", "'abc'", "'${env:NO_VALUE}'", "`NO_VALUE`"),
];

/// Returns a command line of each command that the table names.
fn command_line(command: &str) -> Vec<&str> {
    let words: &[&str] = match command {
        "apply" | "destroy" => &["--sandbox", "--yes", "--progress", "none"],
        "plan" | "status" | "outputs" | "drift" | "doctor" => &["--sandbox"],
        "validate" | "graph" | "profiles" => &[],
        "assume" => &["dev", "--sandbox", "--format", "json"],
        "console" => &["dev"],
        "exec" => &["--sandbox", "--", "true"],
        other => panic!("the table names `{other}`, which has no command line here"),
    };
    [&[command, "dev.yaml"], words].concat()
}

/// Returns the table of what each command reads: the commands of each row, and its other cells.
fn table() -> Vec<(Vec<String>, Vec<String>)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/commands.md");
    let page = std::fs::read_to_string(page).expect("the page on commands");
    let (_, section) = page.split_once("## What each command reads").expect("its section");
    let rows = section.lines().skip_while(|line| !line.starts_with('|'));
    let rows = rows.take_while(|line| line.starts_with('|')).map(|line| {
        let cells = line.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect::<Vec<String>>()
    });
    let mut rows: Vec<Vec<String>> = rows.collect();
    let columns = COLUMNS.map(|(column, ..)| column);
    assert_eq!(rows[0][1..], columns, "the head of the table");
    rows.drain(..2);
    let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    rows.into_iter().map(|row| (names(&row[0]), row[1..].to_vec())).collect()
}

#[test]
fn each_command_reads_what_the_table_says_and_no_more() {
    let desk = applied();
    let whole = file("abc", "    service-role: 'arn:aws:iam::100000000001:role/x'\n");
    let mut told = 0;
    for (commands, cells) in table() {
        for command in commands.iter().filter(|command| *command != "resume") {
            for ((column, good, bad, says), cell) in COLUMNS.iter().zip(&cells) {
                assert!(whole.contains(good), "{good}");
                desk.write("dev.yaml", whole.replace(good, bad));
                let ran = desk.run(&command_line(command));
                let is_refused = ran.code == 2 && ran.stderr.contains(says);
                assert_eq!(is_refused, cell == "yes", "{command}, {column}: {ran:?}");
                told += 1;
            }
        }
    }
    assert_eq!(told, 13 * COLUMNS.len());
}
