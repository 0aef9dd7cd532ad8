//! The order of a plan, printed: as text for people, as dot and mermaid for programs that draw.

mod drawing;
mod text;

pub use drawing::{dot, mermaid};
pub use text::text;

use super::model::{Plan, Purpose};

/// Returns for each stack instance the length of the longest chain of needs that ends with it.
fn levels(plan: &Plan) -> Vec<usize> {
    let mut levels: Vec<usize> = Vec::with_capacity(plan.instances.len());
    for instance in &plan.instances {
        // Needs stand before dependents, so theirs are known.
        let below = instance.needs.iter().map(|&need| levels[need]).max();
        levels.push(below.unwrap_or(0) + 1);
    }
    levels
}

/// Returns the plan in a line: "4 accounts, 12 stack instances, longest chain 3".
pub fn summary(plan: &Plan) -> String {
    let read = plan.instances.iter().filter(|i| i.purpose == Purpose::Read).count();
    let mut summary = format!(
        "{}, {}, longest chain {}",
        counted(plan.accounts.len(), "account"),
        counted(plan.instances.len() - read, "stack instance"),
        levels(plan).into_iter().max().unwrap_or(0)
    );
    if read > 0 {
        summary.push_str(&format!(", {read} only read"));
    }
    summary
}

/// Returns `1 account`, `2 accounts`.
fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Selection;
    use crate::plan::folder::{Folder, file};

    /// Three stacks in a chain, and one in the source account that needs the first everywhere.
    const CHAIN: &str = "  role: { template: role.yaml, parameters: { Account: '${account.id}' } }
  app: { template: app.yaml, parameters: { RoleArn: '${output:role.RoleArn}' } }
  last: { template: app.yaml, parameters: { RoleArn: '${output:app.QueueArn}' } }
  hub: { template: app.yaml, accounts: [source], parameters: { RoleArn: '${output:role.RoleArn@*}' } }
";

    #[test]
    fn the_order_of_a_few_accounts_is_shown() {
        let plan = Folder::new().resolve(&file(CHAIN)).expect("a plan");
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
        let plan = Folder::new().resolve(&text_of_file).expect("a plan");
        insta::assert_snapshot!(text(&plan));
    }

    #[test]
    fn what_is_only_read_is_drawn_apart() {
        let selection = Selection::parse(&["dev".to_owned()], &["app".to_owned()], &[]);
        let plan = Folder::new().resolve_with(&file(CHAIN), &selection.expect("a selection"));
        let plan = plan.expect("a plan");
        insta::assert_snapshot!(format!("{}\n{}\n{}", text(&plan), dot(&plan), mermaid(&plan)));
    }

    #[test]
    fn accounts_and_regions_are_boxes() {
        let plan = Folder::new().resolve(&file(CHAIN)).expect("a plan");
        insta::assert_snapshot!(format!("{}\n{}", dot(&plan), mermaid(&plan)));
    }
}
