//! Which wave each account belongs to, and that no stack instance needs one of a later wave.

use std::collections::BTreeMap;

use super::compose::Candidate;
use super::fault_book::FaultBook;
use super::placements::{PlacedAccount, Placements};
use crate::document::{Fault, Place};
use crate::environment::{AccountItem, AccountList, Approve, Environment, Placed, Wave};

/// What stands for all accounts that no other pattern takes.
const THE_REST: &str = "*";

/// Returns the wave of each of the accounts, from 0; an account in no wave is a fault.
///
/// An account that several waves take belongs to the first of them, but `"*"` takes only what nothing
/// else takes, wherever it stands. What `!` takes away is taken from its own wave. The source account belongs to the last wave unless it
/// is named: its stacks are those that need all the others'.
pub(super) fn assign(placements: &Placements<'_>, faults: &mut FaultBook) -> Vec<usize> {
    let waves: Vec<Option<Waves>> = placements.environments.iter().map(Waves::of).collect();
    let assigned: Vec<usize> = placements
        .targets
        .iter()
        .enumerate()
        .map(|(at, target)| {
            let Some(waves) = &waves[target.environment] else { return 0 };
            if target.account.is_none() {
                return waves.of_source;
            }
            waves.of_account(target).unwrap_or_else(|| {
                let environment = &placements.environments[target.environment];
                if let Some(written) = &environment.rollout.waves {
                    let fault = Fault::at(&written.place, "an account is in no wave")
                        .with_help("add `[\"*\"]` as the last wave: all accounts that are left");
                    faults.enter_for(target.name.as_str(), at, fault);
                }
                0
            })
        })
        .collect();
    for (position, environment) in placements.environments.iter().enumerate() {
        let targets = placements.targets.iter().zip(&assigned);
        let own = targets.filter(|(target, _)| target.environment == position);
        let wave_of = own.map(|(target, &wave)| (target.name.as_str(), wave)).collect();
        warn_of_repeated(environment, &wave_of, faults);
    }
    assigned
}

/// Warns of names and patterns in a wave that do nothing, as an earlier wave takes what they name.
fn warn_of_repeated(
    environment: &Environment,
    wave_of: &BTreeMap<&str, usize>,
    faults: &mut FaultBook,
) {
    let mut seen: BTreeMap<&str, (usize, &Place)> = BTreeMap::new();
    let takes_away = |item: &Placed<String>| AccountItem::of(&item.value).takes_away;
    let waves = environment.rollout.waves.iter().flat_map(|waves| waves.value.iter().enumerate());
    for (number, wave, Placed { value, place }) in
        waves.flat_map(|(number, wave)| wave.accounts.iter().map(move |item| (number, wave, item)))
    {
        if AccountItem::of(value).takes_away {
            continue;
        }
        // What such a wave takes away is left for a later one of the same name.
        let is_whole = !wave.accounts.iter().any(takes_away);
        let first = seen.get(value.as_str()).copied().unwrap_or((number, place));
        let (first, before) = first;
        if is_whole {
            seen.entry(value).or_insert((number, place));
        }
        let earlier = match wave_of.get(value.as_str()) {
            _ if first < number => Some(first),
            wave => wave.copied().filter(|&wave| wave < number),
        };
        let Some(earlier) = earlier else { continue };
        let at = match first < number {
            true => format!(", on line {}", before.file.line_and_column(before.span.start).0),
            false => String::new(),
        };
        let message = format!("`{value}` is in wave {} already{at}", earlier + 1);
        let help =
            "an account belongs to the first wave that names or matches it: take it out of one";
        let fault = Fault::at(place, message).with_label("means nothing here").with_help(help);
        faults.enter(fault.into_warning());
    }
}

/// Returns how many waves an environment has.
pub(super) fn count(environment: &Environment) -> usize {
    environment.rollout.waves.as_ref().map_or(1, |waves| waves.value.len())
}

/// Refuses needs that stand in a later wave than what needs them: they would be waited for forever.
pub(super) fn refuse_later_needs(
    placements: &Placements<'_>,
    waves: &[usize],
    candidates: &[(usize, Candidate<'_>)],
    faults: &mut FaultBook,
) {
    for (at, candidate) in candidates {
        let target = placements.all[*at].target;
        for (need, place) in &candidate.needs {
            let needed = placements.all[*need].target;
            let (own, later) = (waves[target], waves[needed]);
            if later <= own {
                continue;
            }
            let (own, later) = (own + 1, later + 1);
            let (shown, need) = (placements.shown(*at), placements.shown(*need));
            let message = format!("`{shown}` in wave {own} needs `{need}` in wave {later}");
            let (name, other) =
                (&placements.targets[target].name, &placements.targets[needed].name);
            let help = format!(
                "put `{other}` into wave {own} or an earlier one, or `{name}` into wave {later}"
            );
            let fault = Fault::at(place, message).with_label("a later wave").with_help(help);
            faults.enter_for(name.as_str(), target, fault);
        }
    }
}

/// Returns when the waves of an environment are to be approved: those that are, by their position.
pub(super) fn approvals(environment: &Environment) -> BTreeMap<usize, Approve> {
    let waves = environment.rollout.waves.iter().flat_map(|waves| waves.value.iter().enumerate());
    let asked = waves.map(|(number, wave)| (number, wave.approve));
    asked.filter(|(_, approve)| *approve != Approve::Never).collect()
}

fn items(wave: &Wave) -> impl Iterator<Item = &str> {
    wave.accounts.iter().map(|item| item.value.as_str())
}

/// The waves of an environment, ready to be asked.
struct Waves {
    /// What each names, but for all that are left.
    named: Vec<AccountList>,
    /// What each of those takes that take all that are left, with its number.
    of_the_rest: Vec<(usize, AccountList)>,
    of_source: usize,
}

impl Waves {
    fn of(environment: &Environment) -> Option<Self> {
        let waves = &environment.rollout.waves.as_ref()?.value;
        let named = |wave: &Wave| AccountList::of(items(wave).filter(|item| *item != THE_REST));
        let named: Vec<AccountList> = waves.iter().map(named).collect();
        let takes_the_rest = |wave: &Wave| items(wave).any(|item| item == THE_REST);
        let of_the_rest = waves.iter().enumerate().filter(|(_, wave)| takes_the_rest(wave));
        let of_the_rest =
            of_the_rest.map(|(number, wave)| (number, AccountList::of(items(wave)))).collect();
        let of_source = named.iter().position(AccountList::takes_source);
        let of_source = of_source.unwrap_or(waves.len().saturating_sub(1));
        Some(Self { named, of_the_rest, of_source })
    }

    fn of_account(&self, account: &PlacedAccount<'_>) -> Option<usize> {
        let takes = |list: &AccountList| list.takes(account.names(), account.group_names());
        let of_the_rest = || self.of_the_rest.iter().find(|(_, list)| takes(list));
        self.named.iter().position(takes).or_else(|| of_the_rest().map(|(number, _)| *number))
    }
}

#[cfg(test)]
mod tests {
    use crate::plan::folder::{TestFolder, file};
    use crate::plan::{Plan, Selection};

    const ACCOUNTS: &str = "accounts: { dev: '100000000001', prod: '100000000002', \
                            pay-1: '100000000003', pay-2: '100000000004' }";

    /// Resolves a file with four accounts, these waves and these stacks.
    fn resolve(waves: &str, stacks: &str) -> Result<Plan, String> {
        let file = file(stacks);
        let accounts = file.lines().find(|line| line.starts_with("accounts")).expect("a line");
        let file = file.replace(accounts, ACCOUNTS);
        TestFolder::new().resolve(&format!("{file}rollout: {{ waves: {waves} }}\n"))
    }

    /// Returns the wave of each account of a file with these waves.
    fn waves(waves: &str) -> Vec<String> {
        let hub = "  app: { template: app.yaml }
  hub: { template: app.yaml, accounts: [source], stack-name: hub }
";
        let plan = resolve(waves, hub).unwrap_or_else(|faults| panic!("{faults}"));
        plan.accounts.iter().map(|account| format!("{} {}", account.name, account.wave)).collect()
    }

    #[test]
    fn an_account_belongs_to_the_first_wave_that_names_it() {
        let all = waves("[[dev], ['pay-*'], [pay-2, prod]]");
        assert_eq!(all, ["dev 0", "prod 2", "pay-1 1", "pay-2 1", "source 2"]);
    }

    #[test]
    fn a_star_takes_what_is_left_wherever_it_stands() {
        let all = waves("[[source], ['*'], ['p*']]");
        assert_eq!(all, ["dev 1", "prod 2", "pay-1 2", "pay-2 2", "source 0"]);
    }

    #[test]
    fn what_a_wave_takes_away_is_left_for_another_one() {
        let all = waves("[['*', '!pay-*'], [pay-2], ['pay-*']]");
        assert_eq!(all, ["dev 0", "prod 0", "pay-1 2", "pay-2 1", "source 2"]);
        let all = waves("[['p*', '!pay-2'], ['*', '!dev'], ['*']]");
        assert_eq!(all, ["dev 2", "prod 0", "pay-1 0", "pay-2 1", "source 2"]);
    }

    #[test]
    fn an_account_in_no_wave_is_a_fault() {
        let says = resolve("[[dev], [prod]]", "  app: { template: app.yaml }\n");
        insta::assert_snapshot!(says.expect_err("two are left out"));
    }

    #[test]
    fn a_need_in_a_later_wave_is_a_fault_of_the_file() {
        let stacks = "  hub: { template: app.yaml, accounts: [source], stack-name: hub }
  app:
    template: app.yaml
    parameters: { RoleArn: '${output:hub.QueueArn@source}' }
";
        let says = resolve("[[dev], ['*']]", stacks).expect_err("the hub comes last");
        insta::assert_snapshot!(says);
        resolve("[[source, dev], ['*']]", stacks).expect("the hub comes first");
    }

    #[test]
    fn a_selection_keeps_the_waves() {
        let folder = TestFolder::new();
        let file = file("  app: { template: app.yaml }\n") + "rollout: { waves: [[dev], ['*']] }\n";
        let only_prod = Selection::parse(&["prod".to_owned()], &[], &[]).expect("a selection");
        let plan = folder.resolve_with(&file, &only_prod).expect("a plan");
        assert_eq!((plan.accounts[0].wave, plan.environments[0].waves), (1, 2));
    }
}
