use proptest::prelude::*;

use super::*;
use crate::event::{
    AnnouncedInstance, EventKind, InstanceEnd, Operation, Outcome, RunEvent, RunOrigin, RunRequest,
    SCHEMA, StackAction,
};
use crate::journal::JournalFold;
use crate::name::RunId;
use crate::report::recorded::{announced, end};

/// What one run did: to stacks of which environment and cloud, and how it ended.
#[derive(Clone, Debug)]
struct DrawnRun {
    environment: &'static str,
    sandbox: bool,
    operation: Operation,
    /// For each stack touched: which, under which key, and how it ended.
    touched: Vec<(usize, usize, Ending)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// It became as wanted.
    Good,
    /// It stood as wanted, or was deleted before.
    Found,
    /// The run was killed after it said what it was about to send.
    Intended,
    /// The call was accepted, and the run was killed.
    Accepted,
    /// Nothing was begun.
    Skipped,
}

const ENVIRONMENTS: [&str; 2] = ["prod", "test"];
const NAMES: [&str; 4] = ["net", "role", "app", "hub"];
const KEYS: [&str; 2] = ["one", "two"];

fn drawn_run() -> impl Strategy<Value = DrawnRun> {
    let ending = prop_oneof![
        4 => Just(Ending::Good),
        2 => Just(Ending::Found),
        1 => Just(Ending::Intended),
        1 => Just(Ending::Accepted),
        1 => Just(Ending::Skipped)
    ];
    let touched = prop::collection::vec((0..NAMES.len(), 0..KEYS.len(), ending), 1..5);
    let operation = prop_oneof![
        3 => Just(Operation::Apply),
        1 => Just(Operation::Destroy),
        1 => Just(Operation::Prune)
    ];
    let environment = prop::sample::select(&ENVIRONMENTS[..]);
    (environment, any::<bool>(), operation, touched).prop_map(
        |(environment, sandbox, operation, mut touched)| {
            touched.sort_by_key(|(name, ..)| *name);
            touched.dedup_by_key(|(name, ..)| *name);
            DrawnRun { environment, sandbox, operation, touched }
        },
    )
}

/// The stack instance of a drawn stack.
fn instance(run: &DrawnRun, name: usize, key: usize) -> AnnouncedInstance {
    let path = format!("{}/dev/{}-{}", run.environment, KEYS[key], NAMES[name]);
    AnnouncedInstance {
        stack_name: NAMES[name].parse().expect("a stack name"),
        ..announced(&path, 1)
    }
}

/// Returns the events of the run that is the one at a position in time.
fn events(run: &DrawnRun, number: usize) -> Vec<RunEvent> {
    let id: RunId = format!("20261123-{number:06}-aaaa").parse().expect("a run id");
    let origin = RunOrigin { sandbox: run.sandbox, ..RunOrigin::default() };
    let request = RunRequest { sandbox: run.sandbox, origin, ..RunRequest::default() };
    let instances: Vec<_> =
        run.touched.iter().map(|(name, key, _)| instance(run, *name, *key)).collect();
    let mut kinds = vec![EventKind::RunStarted {
        schema: SCHEMA,
        run: id,
        operation: run.operation,
        environments: vec![run.environment.parse().expect("a name")],
        in_order: false,
        run_request: Some(Box::new(request)),
        left_behind: Vec::new(),
        left_behind_unknown: Vec::new(),
        instances: instances.clone(),
    }];
    let deletes = run.operation.deletes();
    let action = if deletes { StackAction::Delete } else { StackAction::Create };
    for (announced, (_, _, ending)) in instances.iter().zip(&run.touched) {
        let instance = announced.id.clone();
        let stack_id = (*ending == Ending::Accepted || deletes).then(|| "arn:stack".to_owned());
        if *ending == Ending::Skipped {
            kinds.push(finished(announced, Outcome::Skipped));
            continue;
        }
        if *ending == Ending::Found {
            kinds.push(finished(announced, Outcome::Unchanged));
            continue;
        }
        kinds.push(EventKind::ActionIntended {
            instance: instance.clone(),
            action,
            stack_id: stack_id.clone(),
        });
        if *ending != Ending::Intended {
            kinds.push(EventKind::ActionStarted { instance, action, found: None, stack_id });
        }
        if *ending == Ending::Good {
            let outcome = if deletes { Outcome::Deleted } else { Outcome::Created };
            kinds.push(finished(announced, outcome));
        }
    }
    let at = |step: usize| {
        let seconds = i64::try_from(number * 100 + step).expect("a small number");
        jiff::Timestamp::new(1_800_000_000 + seconds, 0).expect("a time")
    };
    let event = |(step, kind)| RunEvent { sequence: step as u64 + 1, at: at(step), kind };
    kinds.into_iter().enumerate().map(event).collect()
}

fn finished(announced: &AnnouncedInstance, outcome: Outcome) -> EventKind {
    let path = format!("{}/{}", announced.id.account, announced.id.stack);
    let end = InstanceEnd { instance: announced.id.clone(), ..end(&path, outcome) };
    EventKind::InstanceFinished { end }
}

fn stacks(run: &DrawnRun, number: usize) -> Vec<InventoryStack> {
    let mut fold = JournalFold::default();
    events(run, number).iter().for_each(|event| fold.on(event));
    fold.stacks()
}

fn inventory(runs: &[DrawnRun]) -> Inventory {
    let mut inventory = Inventory::default();
    let all = runs.iter().enumerate().flat_map(|(number, run)| stacks(run, number));
    all.for_each(|stack| inventory.add(stack));
    inventory
}

/// What a file of the environment `prod` names: each stack by its name, under a key.
fn coverage(named: &[(usize, usize)], covers_account: bool) -> Coverage {
    let run = DrawnRun {
        environment: "prod",
        sandbox: false,
        operation: Operation::Apply,
        touched: Vec::new(),
    };
    let mut coverage = Coverage::default();
    let prod: EnvironmentName = "prod".parse().expect("a name");
    coverage.environments.insert(prod.clone());
    for (name, key) in named {
        let announced = instance(&run, *name, *key);
        coverage.stacks.insert(announced.place(), announced.id);
    }
    if covers_account {
        coverage.accounts.insert((prod, instance(&run, 0, 0).account_id));
    }
    coverage
}

fn prod(sandbox: bool) -> EnvironmentCloud {
    EnvironmentCloud {
        environment: "prod".parse().expect("a name"),
        scope: CloudScope::new(sandbox, None),
        source: None,
    }
}

/// Returns whether a stack that they made stands after runs of `prod` in one cloud, told by the simplest of models;
/// `None` where that cannot be known.
fn model(runs: &[DrawnRun], sandbox: bool, name: usize) -> Option<bool> {
    let mut stands = Some(false);
    let mut is_made = false;
    for run in runs.iter().filter(|run| run.environment == "prod" && run.sandbox == sandbox) {
        let Some((.., ending)) = run.touched.iter().find(|(touched, ..)| *touched == name) else {
            continue;
        };
        stands = match (ending, run.operation.deletes()) {
            (Ending::Good, deletes) => Some(!deletes),
            (Ending::Accepted, false) => Some(true),
            (Ending::Accepted, true) | (Ending::Intended, _) => None,
            (Ending::Found, deletes) => Some(!deletes),
            (Ending::Skipped, _) => stands,
        };
        let makes = !run.operation.deletes() && !matches!(ending, Ending::Found | Ending::Skipped);
        is_made = (is_made || makes) && stands != Some(false);
    }
    if is_made { stands } else { Some(false) }
}

proptest! {
    #[test]
    fn what_is_left_behind_is_what_stands_in_this_cloud_and_no_file_names(
        runs in prop::collection::vec(drawn_run(), 0..8),
        named in prop::collection::vec((0..NAMES.len(), 0..KEYS.len()), 0..4),
        sandbox in any::<bool>(),
        covers_account in any::<bool>(),
    ) {
        let coverage = coverage(&named, covers_account);
        let found = left_behind(&inventory(&runs), &[prod(sandbox)], &coverage);
        for (name, stack) in NAMES.iter().enumerate() {
            let left: Vec<_> =
                found.left.iter().filter(|left| left.told.stack_name.as_str() == *stack).collect();
            let is_named = named.iter().any(|(other, _)| *other == name);
            match model(&runs, sandbox, name) {
                _ if is_named => prop_assert!(left.is_empty(), "{stack} is named"),
                Some(false) => prop_assert!(left.is_empty(), "{stack} does not stand"),
                stands => {
                    prop_assert_eq!(left.len(), 1, "{} stands", stack);
                    let told = &left[0].told;
                    prop_assert_eq!(told.may_stand, stands.is_none());
                    prop_assert_eq!(told.account_gone, !covers_account);
                    prop_assert_eq!(told.id.environment.as_str(), "prod");
                }
            }
        }
    }

    #[test]
    fn in_whichever_order_and_however_often_journals_are_read_the_inventory_is_the_same(
        runs in prop::collection::vec(drawn_run(), 1..6),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let mut shuffled = Inventory::default();
        let again = order.iter().map(|index| index.index(runs.len()));
        for number in again.chain((0..runs.len()).rev()) {
            stacks(&runs[number], number).into_iter().for_each(|stack| shuffled.add(stack));
        }
        prop_assert_eq!(shuffled, inventory(&runs));
    }

    #[test]
    fn what_another_environment_made_as_well_is_said(
        runs in prop::collection::vec(drawn_run(), 0..8),
    ) {
        let inventory = inventory(&runs);
        let found = left_behind(&inventory, &[prod(false)], &coverage(&[], true));
        for left in &found.left {
            let has_other = inventory.standing().any(|other| {
                other.environment.as_str() == "test"
                    && other.scope == left.known.scope
                    && other.place == left.known.place
            });
            prop_assert_eq!(left.told.shared_with.is_some(), has_other);
        }
    }
}

/// A run of `prod` on AWS that made a stack.
fn made(name: usize, key: usize) -> DrawnRun {
    let touched = vec![(name, key, Ending::Good)];
    DrawnRun { environment: "prod", sandbox: false, operation: Operation::Apply, touched }
}

#[test]
fn a_stack_under_another_key_is_the_same_stack() {
    let found = left_behind(&inventory(&[made(2, 0)]), &[prod(false)], &coverage(&[(2, 1)], true));
    assert!(found.left.is_empty());
    let [renamed] = &found.renamed[..] else { panic!("one: {found:?}") };
    assert_eq!((renamed.before.as_str(), renamed.id.stack.as_str()), ("one-app", "two-app"));
}

#[test]
fn what_runs_of_another_source_account_made_is_not_told() {
    let mut inventory = Inventory::default();
    let source = |id: &str| Some(id.parse().expect("an id"));
    for stack in stacks(&made(0, 0), 1) {
        inventory.add(InventoryStack { source: source("999999999999"), ..stack });
    }
    let left = |id: Option<&str>| {
        let cloud = EnvironmentCloud { source: id.and_then(source), ..prod(false) };
        left_behind(&inventory, &[cloud], &coverage(&[], true)).left.len()
    };
    assert_eq!((left(Some("999999999999")), left(Some("888888888888"))), (1, 0));
    assert_eq!(left(None), 1, "where it is not known, the account tells enough");
}

#[test]
fn a_stack_that_stands_and_needs_another_is_named() {
    let (net, app) = (stacks(&made(0, 0), 1).remove(0), stacks(&made(2, 0), 2).remove(0));
    let app = InventoryStack { needs: vec![net.place.clone()], ..app };
    let mut inventory = Inventory::default();
    [net.clone(), app.clone()].into_iter().for_each(|stack| inventory.add(stack));
    let dependents = standing_dependents(&inventory, &[&net], &[]);
    let named: Vec<_> = dependents.iter().map(|one| one.stack.as_str()).collect();
    assert_eq!(named, ["one-app"]);
    assert!(standing_dependents(&inventory, &[&net, &app], &[]).is_empty());
    let gone = standing_dependents(&inventory, &[&net], &[&app]);
    assert!(gone.is_empty(), "what is gone needs nothing");
}
