//! Outputs as files that other programs read.

use crate::support::binary::Desk;

const FILE: &str = "environment: dev
source: { account: '999999999999' }
assume-role: { name: crossaccount-dev-role }
regions: [eu-central-1]
accounts: { dev: '100000000001' }
stacks: { app: { template: app.yaml } }
";

/// Returns a folder in which a stack with outputs of every kind was applied.
fn applied() -> Desk {
    let desk = Desk::empty();
    desk.write("dev.yaml", FILE);
    desk.write(
        "app.yaml",
        r#"Resources: { Topic: { Type: AWS::SNS::Topic, Properties: { TopicName: t } } }
Outputs:
  Arn: { Value: !Ref Topic }
  Lines: { Value: "one\nArn=evil\n$(two)" }
  Words: { Value: 'a "b" $c' }
"#,
    );
    desk.run(&["apply", "dev.yaml", "--sandbox", "--yes", "--progress", "none"]).expect_code(0);
    desk
}

fn outputs(desk: &Desk, format: &str) -> String {
    desk.run(&["outputs", "dev.yaml", "--sandbox", "--output", format]).expect_code(0).stdout
}

#[test]
fn a_github_step_reads_each_output_as_one_variable() {
    let text = outputs(&applied(), "github");
    let mut variables = Vec::new();
    let mut lines = text.lines();
    // As the runner reads its file.
    while let Some(line) = lines.next() {
        let (name, value) = match line.split_once("<<") {
            Some((name, end)) if !name.contains('=') => {
                let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
                (name, value.join("\n"))
            }
            _ => line.split_once('=').map(|(name, value)| (name, value.to_owned())).expect(line),
        };
        variables.push((name.to_owned(), value));
    }
    let of = |name: &str, value: &str| (format!("DEV_EU_CENTRAL_1_APP_{name}"), value.to_owned());
    assert_eq!(
        variables,
        [
            of("ARN", "arn:aws:sns:eu-central-1:100000000001:t"),
            of("LINES", "one\nArn=evil\n$(two)"),
            of("WORDS", "a \"b\" $c"),
        ],
        "{text}"
    );
}

#[test]
fn a_dotenv_file_holds_each_output_as_all_readers_take_it() {
    assert_eq!(
        outputs(&applied(), "dotenv"),
        "DEV_EU_CENTRAL_1_APP_ARN=arn:aws:sns:eu-central-1:100000000001:t\n\
         DEV_EU_CENTRAL_1_APP_LINES='one\nArn=evil\n$(two)'\n\
         DEV_EU_CENTRAL_1_APP_WORDS='a \"b\" $c'\n"
    );
}

#[test]
fn an_output_that_dotenv_readers_take_differently_is_named_and_nothing_is_written() {
    let desk = applied();
    desk.write(
        "app.yaml",
        "Resources: { Topic: { Type: AWS::SNS::Topic } }\n\
         Outputs: { Odd: { Value: 'it''s ${HOME}' }, Plain: { Value: x } }\n",
    );
    desk.run(&["apply", "dev.yaml", "--sandbox", "--yes", "--progress", "none"]).expect_code(0);
    let dotenv = ["outputs", "dev.yaml", "--sandbox", "--output", "dotenv"];
    let refused = desk.run(&dotenv).expect_code(2);
    assert_eq!(refused.stdout, "");
    let told = refused.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("`dev/eu-central-1/app/Odd` cannot be written"), "{refused:?}");
    assert!(told.contains("it holds `${`"), "{refused:?}");
    let query = ["--query", "dev.dev.\"eu-central-1\".app.{PLAIN: Plain}"];
    let printed = desk.run(&[&dotenv[..], &query].concat()).expect_code(0);
    assert_eq!(printed.stdout, "PLAIN=x\n");
}
