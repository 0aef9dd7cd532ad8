//! The order of a plan, printed: as text for people, as dot and mermaid for programs that draw.

mod drawing;
mod text;

pub use drawing::{dot, mermaid};
pub use text::text;

use super::model::Plan;
use crate::name::EnvironmentName;

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

/// A plan in numbers; prints as "4 accounts, 12 stack instances, longest chain 3".
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// The environments by name, in the order given.
    pub environments: Vec<EnvironmentName>,
    /// How many accounts are entered.
    pub accounts: usize,
    /// How many stack instances are deployed.
    pub stack_instances: usize,
    /// How many stack instances are only read, because they are not selected.
    pub read: usize,
    /// How many stack instances the longest chain of needs has.
    pub longest_chain: usize,
}

impl Summary {
    /// Returns the summary of a plan.
    pub fn of(plan: &Plan) -> Self {
        let read = plan.instances.iter().filter(|i| i.is_only_read()).count();
        Self {
            environments: plan.environments.iter().map(|e| e.name.clone()).collect(),
            accounts: plan.accounts.len(),
            stack_instances: plan.instances.len() - read,
            read,
            longest_chain: levels(plan).into_iter().max().unwrap_or(0),
        }
    }
}

impl std::fmt::Display for Summary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let accounts = counted(self.accounts, "account");
        let instances = counted(self.stack_instances, "stack instance");
        write!(f, "{accounts}, {instances}, longest chain {}", self.longest_chain)?;
        match self.read {
            0 => Ok(()),
            read => write!(f, ", {read} only read"),
        }
    }
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
    fn waves_stand_apart() {
        let waves = "rollout: { waves: [[prod], [dev, source]] }\n";
        let plan = Folder::new().resolve(&(file(CHAIN) + waves)).expect("a plan");
        insta::assert_snapshot!(format!("{}\n{}", text(&plan), mermaid(&plan)));
    }

    #[test]
    fn accounts_and_regions_are_boxes() {
        let plan = Folder::new().resolve(&file(CHAIN)).expect("a plan");
        insta::assert_snapshot!(format!("{}\n{}", dot(&plan), mermaid(&plan)));
    }
}
