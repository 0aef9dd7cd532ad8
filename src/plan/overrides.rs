//! Where the overrides of stacks apply, and those that do nothing anywhere.

use std::collections::BTreeSet;

use super::fault_book::FaultBook;
use super::placements::{Placement, Placements};
use super::stack_values::StackValues;
use crate::document::{Fault, Place, quoted};
use crate::environment::{AccountItem, OverrideSpec, Placed, StackSpec};
use crate::name::Region;

/// How many places of a stack a help names.
const MOST_NAMED: usize = 4;

/// Refuses overrides that apply nowhere, and parts of them that take away what is nowhere.
pub(super) fn refuse_unused(placements: &Placements<'_>, faults: &mut FaultBook) {
    let environments = placements.environments.iter().enumerate();
    // Which accounts there are is not known where they are made up.
    for (position, environment) in environments.filter(|(_, it)| !it.has_made_up_accounts()) {
        for stack in environment.stacks.iter().filter(|stack| !stack.overrides.is_empty()) {
            let standing = placements.of_stack(position, &stack.key.value);
            // A stack that stands nowhere is sent to groups without accounts.
            if !standing.is_empty() {
                OverriddenStack { placements, position, stack, standing }.check(faults);
            }
        }
    }
}

/// A stack with overrides, and all its placements.
struct OverriddenStack<'p, 'e> {
    placements: &'p Placements<'e>,
    /// Which environment it belongs to, as a position.
    position: usize,
    stack: &'e StackSpec,
    standing: &'p [usize],
}

impl<'p, 'e> OverriddenStack<'p, 'e> {
    fn check(&self, faults: &mut FaultBook) {
        for (at, over) in self.stack.overrides.iter().enumerate() {
            if self.applied(at).next().is_some() {
                self.check_taken_away(at, &over.value, faults);
            } else if !self.may_be_empty(&over.value) {
                faults.enter(self.told_unused(over));
            }
        }
    }

    /// Returns the placements where an override applies, each with all that apply there.
    fn applied(&self, at: usize) -> impl Iterator<Item = (&'p Placement<'e>, &'p StackValues<'e>)> {
        let all = self.standing.iter().map(|&standing| &self.placements.all[standing]);
        let with_values = all.map(|placement| (placement, self.placements.values_of(placement)));
        with_values.filter(move |(_, values)| values.overrides.contains(&at))
    }

    /// Whether an override is for a group that has no accounts, which is no fault of a group.
    fn may_be_empty(&self, over: &OverrideSpec) -> bool {
        let groups = &self.placements.environments[self.position].groups;
        let is_in = |name: &str| {
            let mut targets = self.placements.targets.iter();
            targets.any(|it| {
                it.environment == self.position && it.group_names().any(|its| its == name)
            })
        };
        let mut items = over.accounts.iter().flatten().map(|item| AccountItem::of(&item.value));
        items.any(|AccountItem { takes_away, text }| {
            !takes_away
                && groups.iter().any(|group| group.name.value.as_str() == text)
                && !is_in(text)
        })
    }

    fn told_unused(&self, over: &Placed<OverrideSpec>) -> Fault {
        let accounts = over.value.accounts.as_deref().and_then(<[_]>::first);
        let regions = over.value.regions.as_deref().and_then(<[_]>::first);
        let named =
            |region: &Region| over.value.regions.iter().flatten().any(|one| one.value == *region);
        let stands_there = |&at: &usize| named(self.placements.all[at].region);
        let (place, label) = match (accounts, regions) {
            (_, Some(region)) if !self.standing.iter().any(stands_there) => {
                (&region.place, "the stack stands in none of these Regions")
            }
            (Some(account), None) => (&account.place, "the stack stands in none of these accounts"),
            _ => (&over.place, "the stack stands in none of these Regions of these accounts"),
        };
        let key = &self.stack.key.value;
        let places: BTreeSet<String> = self
            .standing
            .iter()
            .map(|&at| self.placements.place_of(&self.placements.all[at]))
            .collect();
        let named: Vec<String> =
            places.iter().take(MOST_NAMED).map(|place| quoted(place)).collect();
        let more = match places.len().saturating_sub(MOST_NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Fault::at(place, format!("an override of `{key}` applies nowhere"))
            .with_label(label)
            .with_help(format!("`{key}` stands in {}{more}", named.join(", ")))
    }

    /// Refuses what an override takes away that is in none of the places where it applies.
    fn check_taken_away(&self, at: usize, over: &OverrideSpec, faults: &mut FaultBook) {
        let parameters = without_text(over.parameters.as_deref());
        let tags = without_text(over.tags.as_deref());
        let is_there = |name: &str| {
            self.applied(at).any(|(_, values)| self.before(values, at).has_parameter(name))
        };
        for Placed { value: name, place } in parameters.filter(|name| !is_there(&name.value)) {
            faults.enter(self.takes_nothing_away("parameter", name, place));
        }
        let has_tag = |key: &str| {
            self.applied(at).any(|(placement, values)| {
                self.placements
                    .tags(placement, &self.before(values, at))
                    .is_some_and(|tags| tags.contains_key(key))
            })
        };
        for Placed { value: key, place } in tags.filter(|key| !has_tag(&key.value)) {
            faults.enter(self.takes_nothing_away("tag", key, place));
        }
    }

    /// Returns what the stack has beneath an override that applies with these.
    fn before(&self, values: &StackValues<'e>, at: usize) -> StackValues<'e> {
        let earlier: Vec<usize> = values.overrides.iter().copied().filter(|&it| it < at).collect();
        StackValues::of(self.stack, &earlier)
    }

    fn takes_nothing_away(&self, kind: &str, name: &str, place: &Place) -> Fault {
        let key = &self.stack.key.value;
        Fault::at(
            place,
            format!(
                "the override takes away a {kind} that `{key}` does not have: {}",
                quoted(name)
            ),
        )
        .with_label("takes nothing away")
        .with_help(format!("give the {kind} a value, or take the key out"))
    }
}

/// Returns the names without a text.
fn without_text<T>(
    named: Option<&[(Placed<String>, Option<T>)]>,
) -> impl Iterator<Item = &Placed<String>> {
    named.into_iter().flatten().filter(|(_, text)| text.is_none()).map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use crate::plan::folder::{TestFolder, file};
    use crate::plan::{Plan, Selection};

    /// Resolves a file with four accounts of which two are a group, and these overrides of `app`.
    fn resolve(overrides: &str) -> Result<Plan, String> {
        let accounts = "accounts:\n  dev: '100000000001'\n  prod: { id: '100000000002', tags: { cost: '4' } }\n  pay-1: \
                        '100000000003'\n  pay-2: { id: '100000000004', regions: [eu-west-1, eu-central-1] }\ngroups:\n  \
                        pay: { accounts: ['pay-*'] }\n  nobody: { accounts: [] }\ntags: { owner: file }\n";
        let stacks = format!(
            "  role: {{ template: role.yaml, accounts: [dev], parameters: {{ Account: '${{source.account}}' }} }}
  app:
    template: app.yaml
    parameters: {{ Tier: silver }}
    tags: {{ stack: app }}
    overrides:
{overrides}  hub: {{ template: app.yaml, accounts: [source], stack-name: hub }}
"
        );
        let file = file(&stacks);
        let two = file.lines().find(|line| line.starts_with("accounts")).expect("a line");
        TestFolder::new().resolve(&file.replace(&format!("{two}\n"), accounts))
    }

    /// Returns what each instance of `app` is sent with, and what it needs.
    fn sent(overrides: &str) -> Vec<String> {
        let plan = resolve(overrides).unwrap_or_else(|faults| panic!("{faults}"));
        let of_app = plan.instances.iter().filter(|instance| instance.id.stack.as_str() == "app");
        let mut all: Vec<String> = of_app
            .map(|instance| {
                let desired = instance.desired().expect("it is deployed");
                let shown =
                    |value: &crate::plan::PlannedValue| value.as_text().unwrap_or("…".to_owned());
                let parameters =
                    desired.parameters.iter().map(|it| format!("{}={}", it.name, shown(&it.value)));
                let tags = desired.tags.iter().flatten();
                let tags = tags.map(|(key, value)| format!("#{key}={}", shown(value)));
                let needs =
                    instance.needs.iter().map(|&at| format!("<- {}", plan.instances[at].id));
                let id = [instance.id.to_string()].into_iter();
                id.chain(parameters).chain(tags).chain(needs).collect::<Vec<_>>().join(" ")
            })
            .collect();
        all.sort();
        all
    }

    #[test]
    fn what_overrides_say_holds_where_they_apply_and_the_later_one_wins() {
        let overrides = "      - { accounts: [pay], parameters: { Tier: gold, RoleArn: of-pay }, tags: { pci: yes } }
      - { accounts: ['*', '!dev'], regions: [eu-central-1], tags: { stack: central, owner: null } }
      - { regions: [eu-west-1], parameters: { RoleArn: west, Tier: }, tags: { pci: west } }
      - { accounts: [prod], parameters: {}, tags: {} }
      - { accounts: [dev], parameters: { RoleArn: '${output:role.RoleArn}' } }
";
        insta::assert_snapshot!(sent(overrides).join("\n"), @"
        dev/eu-central-1/app Tier=silver RoleArn=… #owner=file #stack=app <- dev/eu-central-1/role
        pay-1/eu-central-1/app Tier=gold RoleArn=of-pay #pci=yes #stack=central
        pay-2/eu-central-1/app Tier=gold RoleArn=of-pay #pci=yes #stack=central
        pay-2/eu-west-1/app RoleArn=west #owner=file #pci=west #stack=app
        prod/eu-central-1/app #cost=4
        ");
    }

    #[test]
    fn an_output_that_only_an_override_names_is_needed_only_where_that_applies() {
        let overrides = "      - { accounts: [pay-1], parameters: { RoleArn: '${output:role.RoleArn@dev}' } }\n";
        let needing: Vec<String> =
            sent(overrides).into_iter().filter(|sent| sent.contains("<-")).collect();
        assert_eq!(
            needing,
            [
                "pay-1/eu-central-1/app Tier=silver RoleArn=… #owner=file #stack=app <- dev/eu-central-1/role"
            ]
        );
    }

    #[test]
    fn overrides_that_do_nothing_are_shown() {
        let overrides =
            "      - { accounts: [dev], regions: [eu-west-1], parameters: { Tier: gold } }
      - { regions: [eu-west-3], parameters: { Tier: gold } }
      - { accounts: [source], tags: { a: b } }
      - { accounts: [nobody], tags: { a: b } }
      - { parameters: { RoleArn: null }, tags: { pci: null } }
      - { accounts: [prod], parameters: { Teir: gold, Tier: golden } }
";
        insta::assert_snapshot!(resolve(overrides).expect_err("faults"));
    }

    #[test]
    fn an_override_counts_whatever_is_selected() {
        let folder = TestFolder::new();
        let file = file(
            "  app: { template: app.yaml, overrides: [{ accounts: [prod], parameters: { Tier: gold } }] }\n",
        );
        let only_dev = Selection::parse(&["dev".to_owned()], &[], &[]).expect("a selection");
        let plan = folder.resolve_with(&file, &only_dev).expect("no fault");
        assert_eq!(plan.instances.len(), 1);
    }
}
