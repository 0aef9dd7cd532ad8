//! Dependents: what needs a stack that is to be taken away, itself or through others.

use std::collections::BTreeSet;

use super::desired_stack::DesiredStack;
use super::model::{Plan, StackInstance};
use super::value::PlannedValue;
use crate::name::InstanceId;

/// Returns what needs one of `taken`, itself or through others, but for `taken` themselves.
///
/// `needs` holds, for each of the things that may be taken away, what it needs; both are positions in it.
pub fn dependents(needs: &[Vec<usize>], taken: &BTreeSet<usize>) -> BTreeSet<usize> {
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (at, needed) in needs.iter().enumerate() {
        needed.iter().for_each(|&need| needed_by[need].push(at));
    }
    let mut met = taken.clone();
    let mut open: Vec<usize> = taken.iter().copied().collect();
    while let Some(at) = open.pop() {
        open.extend(needed_by[at].iter().copied().filter(|&dependent| met.insert(dependent)));
    }
    met.difference(taken).copied().collect()
}

impl Plan {
    /// Returns the stack instances that need one of `taken`, itself or through others, as positions;
    /// those of `taken` that the plan does not hold, or only reads, are needed by none.
    pub fn dependents_of(&self, taken: &BTreeSet<&InstanceId>) -> BTreeSet<usize> {
        let needs: Vec<Vec<usize>> = self.instances.iter().map(|one| one.needs.clone()).collect();
        dependents(&needs, &self.positions(taken))
    }

    /// Returns the stack instances that need one of `taken`, itself or through others, as positions: those of `taken`
    /// as well that need another one of it.
    pub fn needing(&self, taken: &BTreeSet<&InstanceId>) -> BTreeSet<usize> {
        let taken = self.positions(taken);
        let needs: Vec<Vec<usize>> = self.instances.iter().map(|one| one.needs.clone()).collect();
        let is_direct = |at: &usize| needs[*at].iter().any(|need| taken.contains(need));
        let direct: BTreeSet<usize> = (0..needs.len()).filter(is_direct).collect();
        let further = dependents(&needs, &direct);
        direct.into_iter().chain(further).collect()
    }

    /// Returns the stack instances that take an output of one of `given`, by reference or by import, and
    /// are none of them, as positions.
    pub fn takers_of(&self, given: &BTreeSet<&InstanceId>) -> BTreeSet<usize> {
        let given = self.positions(given);
        let takes = |one: &StackInstance, desired: &DesiredStack<PlannedValue>| {
            let is_given = |need: usize| given.contains(&need);
            // Of an import it is only known that it is a need.
            let imports = !desired.template.imports.is_empty();
            (imports && one.needs.iter().copied().any(is_given))
                || desired.values().flat_map(PlannedValue::needs).any(is_given)
        };
        let all = self.instances.iter().enumerate().filter(|(at, _)| !given.contains(at));
        let takers =
            all.filter(|(_, one)| one.desired().is_some_and(|desired| takes(one, desired)));
        takers.map(|(at, _)| at).collect()
    }

    fn positions(&self, ids: &BTreeSet<&InstanceId>) -> BTreeSet<usize> {
        let all = self.instances.iter().enumerate();
        all.filter(|(_, one)| ids.contains(&one.id)).map(|(at, _)| at).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::plan::Selection;
    use crate::plan::folder::{TestFolder, file};

    /// Whether `at` needs one of `taken`, told step by step.
    fn needs_one(needs: &[Vec<usize>], at: usize, taken: &BTreeSet<usize>) -> bool {
        needs[at].iter().any(|need| taken.contains(need) || needs_one(needs, *need, taken))
    }

    proptest! {
        #[test]
        fn dependents_are_what_needs_one_that_is_taken_through_however_many_others(
            edges in prop::collection::vec((0..12usize, 0..12usize), 0..24),
            taken in prop::collection::btree_set(0..12usize, 0..4),
        ) {
            let mut needs = vec![Vec::new(); 12];
            // A later one needs an earlier one only, so that there is no cycle.
            edges.into_iter().filter(|(a, b)| a > b).for_each(|(a, b)| needs[a].push(b));
            let expected: BTreeSet<usize> = (0..12)
                .filter(|at| !taken.contains(at) && needs_one(&needs, *at, &taken))
                .collect();
            prop_assert_eq!(dependents(&needs, &taken), expected);
        }
    }

    const STACKS: &str =
        "  role: { template: role.yaml, parameters: { Account: '${source.account}' } }
  app: { template: app.yaml, parameters: { RoleArn: '${output:role.RoleArn}' } }
  after: { template: app.yaml, stack-name: after, depends-on: [app], parameters: { RoleArn: x } }
  hub:
    template: app.yaml
    accounts: [source]
    parameters: { RoleArn: '${output:app.QueueArn@*}' }
";

    fn names<'p>(plan: &'p Plan, at: impl IntoIterator<Item = usize> + 'p) -> Vec<String> {
        at.into_iter().map(|at| plan.instances[at].id.to_string()).collect()
    }

    #[test]
    fn a_selection_with_dependents_holds_what_needs_it_in_every_account() {
        let role = ["role".to_owned()];
        let only_dev = Selection::parse(&["dev".to_owned()], &role, &[]).expect("a selection");
        let plan = TestFolder::new()
            .resolve_with(&file(STACKS), &only_dev.and_dependents())
            .expect("a plan");
        let deployed = (0..plan.instances.len()).filter(|&at| !plan.instances[at].is_only_read());
        let expected = ["role", "app", "after"].map(|stack| format!("dev/eu-central-1/{stack}"));
        let hub = "source/eu-central-1/hub".to_owned();
        assert_eq!(names(&plan, deployed), [&expected[..], &[hub]].concat());
    }

    #[test]
    fn only_what_takes_an_output_is_a_taker() {
        let plan = TestFolder::new().resolve(&file(STACKS)).expect("a plan");
        let of = |id: &str| -> Vec<String> {
            let given = plan.instances.iter().find(|one| one.id.to_string() == id);
            let given = BTreeSet::from([&given.expect("it is there").id]);
            names(&plan, plan.takers_of(&given))
        };
        assert_eq!(of("dev/eu-central-1/role"), ["dev/eu-central-1/app"]);
        assert_eq!(of("dev/eu-central-1/app"), ["source/eu-central-1/hub"]);
        assert_eq!(of("dev/eu-central-1/after"), [""; 0]);
    }
}
