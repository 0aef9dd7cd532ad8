use proptest::prelude::*;

use super::*;
use crate::event::{
    AnnouncedInstance, EventKind, InstanceEnd, Operation, Outcome, RunEvent, RunOrigin, RunRequest,
    SCHEMA, StackAction,
};
use crate::journal::JournalFold;
use crate::name::RunId;
use crate::report::recorded::{announced, end};
use crate::status::StackStatus;

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

/// What happens next to the stack of one name.
#[derive(Clone, Debug)]
enum Step {
    /// A run makes it, where none stands.
    Make,
    /// A run deletes what stands under the name.
    Destroy,
    /// Somebody deletes it, and no run tells.
    DeleteByHand,
    /// One of the runs that made it is rolled back, unless it was before.
    RollBack(prop::sample::Index),
}

/// A world with one stack name: what stands, what was told, and the journals.
#[derive(Default)]
struct OneName {
    clock: i64,
    journals: Vec<Vec<RunEvent>>,
    /// The runs that made a stack and are not rolled back.
    makers: Vec<usize>,
    /// The run whose stack stands.
    standing: Option<usize>,
    /// The run whose stack was made last, unless that very stack was told to be gone.
    known: Option<usize>,
}

impl OneName {
    fn tell(&mut self, run: usize, kind: EventKind) {
        self.clock += 1;
        let at = jiff::Timestamp::new(1_800_000_000 + self.clock, 0).expect("a time");
        let sequence = self.journals[run].len() as u64 + 1;
        self.journals[run].push(RunEvent { sequence, at, kind });
    }

    fn begin(&mut self, operation: Operation) -> usize {
        let number = self.journals.len();
        let touched = vec![(0, 0, Ending::Good)];
        let run = DrawnRun { environment: "prod", sandbox: false, operation, touched };
        let start = events(&run, number).swap_remove(0).kind;
        self.journals.push(Vec::new());
        self.tell(number, start);
        number
    }

    fn send(&mut self, run: usize, action: StackAction, stack: usize) {
        let (instance, stack_id) = (Self::instance(), Some(arn(stack)));
        let known = stack_id.clone().filter(|_| action != StackAction::Create);
        let intended =
            EventKind::ActionIntended { instance: instance.clone(), action, stack_id: known };
        self.tell(run, intended);
        self.tell(run, EventKind::ActionStarted { instance, action, found: None, stack_id });
    }

    fn end(&mut self, run: usize, outcome: Outcome, stack: Option<usize>) {
        let is_gone = matches!(outcome, Outcome::Deleted | Outcome::RolledBack);
        let status = is_gone.then_some(StackStatus::DeleteComplete);
        let bare = end("dev/one", outcome);
        let stack_id = stack.map(arn);
        let end = InstanceEnd { instance: Self::instance(), status, stack_id, ..bare };
        self.tell(run, EventKind::InstanceFinished { end });
    }

    fn instance() -> InstanceId {
        instance(&made(0, 0), 0, 0).id
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Make if self.standing.is_some() => {}
            Step::Make => {
                let run = self.begin(Operation::Apply);
                self.send(run, StackAction::Create, run);
                self.end(run, Outcome::Created, Some(run));
                self.makers.push(run);
                (self.standing, self.known) = (Some(run), Some(run));
            }
            Step::Destroy => {
                let run = self.begin(Operation::Destroy);
                match self.standing.take() {
                    Some(stack) => {
                        self.send(run, StackAction::Delete, stack);
                        self.end(run, Outcome::Deleted, Some(stack));
                    }
                    None => self.end(run, Outcome::Unchanged, None),
                }
                self.known = None;
            }
            Step::DeleteByHand => self.standing = None,
            Step::RollBack(_) if self.makers.is_empty() => {}
            Step::RollBack(which) => {
                let run = self.makers.remove(which.index(self.makers.len()));
                if self.standing == Some(run) {
                    self.send(run, StackAction::TakeBack, run);
                    self.standing = None;
                }
                self.end(run, Outcome::RolledBack, Some(run));
                self.known = self.known.filter(|known| *known != run);
            }
        }
    }

    /// What the first events of a journal tell.
    fn folded(&self, run: usize, events: usize) -> Vec<InventoryStack> {
        let mut fold = JournalFold::default();
        self.journals[run].iter().take(events).for_each(|event| fold.on(event));
        fold.stacks()
    }
}

fn arn(stack: usize) -> String {
    format!("arn:stack/{stack}")
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Make),
        2 => Just(Step::Destroy),
        1 => Just(Step::DeleteByHand),
        3 => any::<prop::sample::Index>().prop_map(Step::RollBack),
    ]
}

proptest! {
    #[test]
    fn a_stack_that_is_gone_takes_no_other_of_its_name_with_it(
        steps in prop::collection::vec(step(), 1..12),
        early in prop::collection::vec((any::<prop::sample::Index>(), 0..7_usize), 0..8),
    ) {
        let mut world = OneName::default();
        steps.iter().for_each(|step| world.step(step));
        let runs = world.journals.len();
        prop_assume!(runs > 0);
        // Journals are read in any order, and some of them before they are whole.
        let early = early.iter().map(|(run, events)| (run.index(runs), *events));
        let whole = (0..runs).map(|run| (run, usize::MAX));
        for order in [
            early.clone().chain(whole.clone()).collect::<Vec<_>>(),
            early.clone().chain(whole.clone().rev()).collect(),
            whole.collect(),
        ] {
            let mut inventory = Inventory::default();
            let told = order.iter().flat_map(|(run, events)| world.folded(*run, *events));
            told.for_each(|stack| inventory.add(stack));
            let arns = |stacks: Vec<&InventoryStack>| -> Vec<Option<String>> {
                stacks.into_iter().map(|stack| stack.stack_id.clone()).collect()
            };
            let known: Vec<_> = world.known.map(|run| Some(arn(run))).into_iter().collect();
            prop_assert_eq!(arns(inventory.standing().collect()), known.clone());
            prop_assert_eq!(arns(inventory.made().collect()), known);
        }
    }
}
