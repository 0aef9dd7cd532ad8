use super::*;
use crate::plan::Selection;
use crate::plan::folder::{TestFolder, file};

/// Three stacks in a chain, and one in the source account that needs the first everywhere.
const CHAIN: &str = "  role: { template: role.yaml, parameters: { Account: '${account.id}' } }
  app: { template: app.yaml, parameters: { RoleArn: '${output:role.RoleArn}' } }
  last: { template: app.yaml, parameters: { RoleArn: '${output:app.QueueArn}' } }
  hub: { template: app.yaml, accounts: [source], parameters: { RoleArn: '${output:role.RoleArn@*}' } }
";

#[test]
fn the_order_of_a_few_accounts_is_shown() {
    let plan = TestFolder::new().resolve(&file(CHAIN)).expect("a plan");
    insta::assert_snapshot!(text(&plan));
}

#[test]
fn accounts_alike_share_a_line_however_many_there_are() {
    let mut accounts = String::new();
    for number in 0..2000 {
        let regions =
            if number % 500 == 7 { "[eu-west-1, eu-central-1]" } else { "[eu-central-1]" };
        accounts.push_str(&format!(
            "  team-{number}: {{ id: '{:012}', regions: {regions} }}\n",
            100_000_000_000_u64 + number
        ));
    }
    let text_of_file = file(CHAIN).replace(
        "accounts: { dev: '100000000001', prod: '100000000002' }",
        &format!("accounts:\n{accounts}"),
    );
    let plan = TestFolder::new().resolve(&text_of_file).expect("a plan");
    insta::assert_snapshot!(text(&plan));
}

#[test]
fn what_is_only_read_is_drawn_apart() {
    let selection = Selection::parse(&["dev".to_owned()], &["app".to_owned()], &[]);
    let plan = TestFolder::new().resolve_with(&file(CHAIN), &selection.expect("a selection"));
    let plan = plan.expect("a plan");
    insta::assert_snapshot!(format!("{}\n{}\n{}", text(&plan), dot(&plan), mermaid(&plan)));
}

#[test]
fn waves_stand_apart() {
    let waves = "rollout: { waves: [[prod], [dev, source]] }\n";
    let plan = TestFolder::new().resolve(&(file(CHAIN) + waves)).expect("a plan");
    insta::assert_snapshot!(format!("{}\n{}", text(&plan), mermaid(&plan)));
}

#[test]
fn accounts_and_regions_are_boxes() {
    let plan = TestFolder::new().resolve(&file(CHAIN)).expect("a plan");
    insta::assert_snapshot!(format!("{}\n{}", dot(&plan), mermaid(&plan)));
}
