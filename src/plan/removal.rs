//! A plan that deletes stacks which no file names any more: their accounts are entered as the files say.

use std::collections::BTreeSet;

use super::composer::Composer;
use super::evaluate::EnvVariables;
use super::fault_book::FaultBook;
use super::model::{Plan, Purpose, RemovedStack, StackInstance, no_template};
use super::order;
use super::placements::Placements;
use super::resolve::decided;
use super::wave;
use crate::document::Faults;
use crate::environment::{AccountSpec, Environment, Placed};
use crate::name::{AccountId, AccountName, InstanceId, RunId, StackKey, StackPlace};

/// A stack that no file names any more.
#[derive(Clone, Debug, PartialEq)]
pub struct StackToRemove {
    /// The stack instance, as it was called when a file named it.
    pub id: InstanceId,
    /// Where the stack is.
    pub place: StackPlace,
    /// Its ARN, if it is known.
    pub stack_id: Option<String>,
    /// The stacks that it needed.
    pub needs: Vec<StackPlace>,
    /// The run that made it.
    pub made_by: RunId,
}

/// Returns the plan that deletes `stacks`, each of one of `environments`, in the reverse order of their
/// needs. An account that a file does not name any more is entered as if it stood there with nothing of
/// its own. Later ones of `stacks` give way where stacks need each other.
///
/// # Errors
/// What is wrong with how the accounts are entered.
///
/// # Panics
/// If a stack is of another environment.
pub fn removal(
    environments: &[Environment],
    stacks: &[StackToRemove],
    variables: &EnvVariables<'_>,
) -> Result<Plan, Faults> {
    let of = |stack: &StackToRemove| {
        let is_its = |environment: &Environment| environment.name.value == stack.id.environment;
        environments.iter().position(is_its).expect("stacks are of environments that are named")
    };
    let positions: Vec<usize> = stacks.iter().map(of).collect();
    let mut extended = environments.to_vec();
    for (stack, &at) in stacks.iter().zip(&positions) {
        name_account(&mut extended[at], stack);
    }
    let mut faults = FaultBook::default();
    let mut placements = Placements::of(&extended, &mut faults);
    let at = positions.iter().zip(stacks).map(|(&environment, StackToRemove { place, .. })| {
        placements.account_with_id(environment, &place.account_id, &place.region)
    });
    let at: Vec<usize> = at.collect();
    // An account that no wave takes any more belongs to the first.
    let waves = wave::assign(&placements, &mut FaultBook::default());
    let targets: BTreeSet<usize> = at.iter().copied().collect();
    let composer = Composer::new(&placements, variables, faults);
    let plan = decided(composer, Vec::new(), &targets, &waves)?;
    let account_of = |target: usize| targets.iter().position(|&other| other == target);
    let accounts: Vec<usize> =
        at.iter().map(|&target| account_of(target).expect("each is a target")).collect();
    Ok(with_instances(plan, stacks, &accounts))
}

/// Has an environment name the account of a stack, if it does not.
fn name_account(environment: &mut Environment, stack: &StackToRemove) {
    let StackPlace { account_id, region, .. } = &stack.place;
    let place = environment.name.place.clone();
    let regions = vec![Placed { value: region.clone(), place: place.clone() }];
    if environment.source.account.as_ref().is_some_and(|source| source.value == *account_id)
        && environment.accounts.iter().all(|account| account.id.value != *account_id)
    {
        return;
    }
    let is_it = |account: &&mut AccountSpec| account.id.value == *account_id;
    if let Some(account) = environment.accounts.iter_mut().find(is_it) {
        if environment.regions.is_empty() {
            account.regions.get_or_insert(regions);
        }
        return;
    }
    let named = &stack.id.account;
    let is_taken = environment.accounts.iter().any(|account| account.name.value == *named);
    let name = match is_taken || named.is_source() {
        true => by_digits(account_id),
        false => named.clone(),
    };
    let account = AccountSpec::named(name, account_id, &place);
    environment.accounts.push(AccountSpec { regions: Some(regions), ..account });
}

/// Returns an account's id as its name.
fn by_digits(id: &AccountId) -> AccountName {
    id.as_str().parse().expect("digits keep the rule for account names")
}

/// Returns the plan with the stacks in it, needs before dependents.
fn with_instances(mut plan: Plan, stacks: &[StackToRemove], accounts: &[usize]) -> Plan {
    let needs = without_cycles(stacks);
    let order = order::sort(&needs).expect("every cycle was broken");
    let mut position = vec![0; stacks.len()];
    order.iter().enumerate().for_each(|(at, &stack)| position[stack] = at);
    raise_waves(&mut plan, &needs, accounts);
    let template = no_template();
    let mut taken = BTreeSet::new();
    for &at in &order {
        let StackToRemove { id, place, stack_id, made_by, .. } = &stacks[at];
        let account = plan.accounts[accounts[at]].name.clone();
        let id = free(&InstanceId { account, ..id.clone() }, place, &mut taken);
        let mut needs: Vec<usize> = needs[at].iter().map(|&need| position[need]).collect();
        needs.sort_unstable();
        let (stack_id, made_by) = (stack_id.clone(), made_by.clone());
        let removed =
            RemovedStack { stack_id, is_gone: false, made_by, template: template.clone() };
        plan.instances.push(StackInstance {
            id,
            account: accounts[at],
            stack_name: place.stack_name.clone(),
            purpose: Purpose::Remove(removed),
            needs,
        });
    }
    plan
}

/// Returns what each stack needs of the others, without needs that lead in a circle: they are of
/// different times.
fn without_cycles(stacks: &[StackToRemove]) -> Vec<Vec<usize>> {
    let position = |place: &StackPlace| stacks.iter().position(|stack| stack.place == *place);
    let mut needs: Vec<Vec<usize>> = Vec::with_capacity(stacks.len());
    for (at, stack) in stacks.iter().enumerate() {
        let places: BTreeSet<&StackPlace> = stack.needs.iter().collect();
        let needed = places.into_iter().filter_map(position).filter(|&need| need != at);
        needs.push(needed.collect());
    }
    while let Err(cycle) = order::sort(&needs) {
        let last = *cycle.iter().max().expect("a cycle is not empty");
        needs[last].retain(|need| !cycle.contains(need));
    }
    needs
}

/// Has no stack stand in an earlier wave than what it needs: who deletes waits for it forever then.
fn raise_waves(plan: &mut Plan, needs: &[Vec<usize>], accounts: &[usize]) {
    let mut is_raised = true;
    while is_raised {
        is_raised = false;
        for (stack, needed) in needs.iter().enumerate() {
            for &need in needed {
                let (own, later) = (accounts[stack], plan.accounts[accounts[need]].wave);
                let is_same =
                    plan.accounts[own].environment == plan.accounts[accounts[need]].environment;
                if is_same && plan.accounts[own].wave < later {
                    plan.accounts[own].wave = later;
                    is_raised = true;
                }
            }
        }
    }
}

/// Returns an id that no other stack instance of the plan has: a key may have named several stacks in the
/// course of time.
fn free(id: &InstanceId, place: &StackPlace, taken: &mut BTreeSet<InstanceId>) -> InstanceId {
    let with_key = |key: &str| key.parse().ok().map(|stack| InstanceId { stack, ..id.clone() });
    let name = place.stack_name.as_str();
    let more = (2..).map(|number| format!("{}-{number}", shortened(&id.stack)));
    let keys = [id.stack.to_string(), name.to_owned()].into_iter().chain(more);
    let mut ids = keys.filter_map(|key| with_key(&key));
    let id = ids.find(|id| !taken.contains(id)).expect("there is always one more");
    taken.insert(id.clone());
    id
}

/// Returns a key with room for a number behind it.
fn shortened(key: &StackKey) -> &str {
    const MOST_CHARACTERS: usize = 110;
    &key.as_str()[..key.as_str().len().min(MOST_CHARACTERS)]
}
