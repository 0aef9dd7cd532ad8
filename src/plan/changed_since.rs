//! In which stack instances a plan is another than one of before, whatever their order.

use std::collections::{BTreeMap, BTreeSet};

use super::desired_stack::DesiredStack;
use super::model::{Plan, StackInstance};
use super::value::{PlannedValue, ValuePiece};
use crate::name::InstanceId;

impl Plan {
    /// Returns the stack instances that a plan of before has not, or has otherwise, and those that need one of them.
    ///
    /// How accounts are entered, and in which waves, is no part of a stack.
    pub fn changed_since(&self, before: &Self) -> BTreeSet<InstanceId> {
        let former: BTreeMap<&InstanceId, &StackInstance> =
            before.instances.iter().map(|one| (&one.id, one)).collect();
        let is_same = |one: &StackInstance| {
            former.get(&one.id).is_some_and(|former| {
                self.place_of(one) == before.place_of(former)
                    && is_alike((self, one), (before, former))
            })
        };
        let changed: BTreeSet<&InstanceId> =
            self.instances.iter().filter(|one| !is_same(one)).map(|one| &one.id).collect();
        let needing = self.dependents_of(&changed).into_iter().map(|at| &self.instances[at].id);
        changed.iter().copied().chain(needing).cloned().collect()
    }
}

fn is_alike(now: (&Plan, &StackInstance), before: (&Plan, &StackInstance)) -> bool {
    match (resolved(now), resolved(before)) {
        (Some(now), Some(mut before)) => {
            if now.template.digest != before.template.digest {
                return false;
            }
            // Where the same text stood, and the way it takes, is no part of the stack.
            before.template = now.template.clone();
            (before.artifacts, before.uploads) = (now.artifacts.clone(), now.uploads.clone());
            now == before
        }
        (now, before) => now.is_none() == before.is_none(),
    }
}

/// Returns what a stack instance is to be, with the names of what is known later.
fn resolved((plan, instance): (&Plan, &StackInstance)) -> Option<DesiredStack<String>> {
    let desired = instance.desired()?;
    let mapped = desired.try_map(|_, value| Ok::<_, std::convert::Infallible>(text(plan, value)));
    mapped.ok()
}

fn text(plan: &Plan, value: &PlannedValue) -> String {
    let piece = |piece: &ValuePiece| match piece {
        ValuePiece::Literal(literal) => literal.clone(),
        ValuePiece::Secret(secret) => secret.text.clone(),
        ValuePiece::Lookup(lookup) => format!("${{{lookup}}}"),
        ValuePiece::Output { instances, key, part } => {
            let names = instances.iter().map(|&at| plan.instances[at].id.to_string());
            format!("${{{} {key} {part:?}}}", names.collect::<Vec<_>>().join(","))
        }
    };
    value.pieces.iter().map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::folder::{TestFolder, file};

    const STACKS: &str =
        "  role: { template: role.yaml, parameters: { Account: '${source.account}' } }
  app: { template: app.yaml, parameters: { RoleArn: '${output:role.RoleArn}' } }
  alone: { template: app.yaml, stack-name: alone, parameters: { RoleArn: x } }
";

    fn changed(edit: impl Fn(&str) -> String) -> Vec<String> {
        let before = TestFolder::new().resolve(&file(STACKS)).expect("a plan");
        let after = TestFolder::new().resolve(&edit(&file(STACKS))).expect("a plan");
        let found: BTreeSet<String> =
            after.changed_since(&before).iter().map(|id| id.stack.to_string()).collect();
        found.into_iter().collect()
    }

    #[test]
    fn only_what_is_resolved_otherwise_and_what_needs_it_changed() {
        assert_eq!(changed(str::to_owned), [""; 0]);
        assert_eq!(changed(|text| format!("# a remark\n{text}")), [""; 0]);
        assert_eq!(changed(|text| text.replace("RoleArn: x", "RoleArn: y")), ["alone"]);
        let account = |text: &str| text.replace("'${source.account}'", "'100000000009'");
        assert_eq!(changed(account), ["app", "role"]);
        let new = |text: &str| {
            format!(
                "{text}  a: {{ template: app.yaml, stack-name: a, parameters: {{ RoleArn: x }} }}\n"
            )
        };
        assert_eq!(changed(new), ["a"]);
        assert_eq!(
            changed(|text| text.replace("stack-name: alone", "stack-name: other")),
            ["alone"]
        );
    }
}
