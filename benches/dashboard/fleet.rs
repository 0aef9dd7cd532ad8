//! The events of a large run, all of whose accounts go through the same steps at the same time.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use xdeploy::event::{
    AnnouncedInstance, EventKind, Failure, FailureKind, InstanceEnd, Operation, Outcome, RunEvent,
    SCHEMA, StackAction,
};
use xdeploy::name::{AccountName, InstanceId};

/// How many accounts there are.
pub const ACCOUNTS: usize = 2_000;
/// How many stacks each of them has, one after another.
pub const STACKS: usize = 5;
/// How many resources each stack has.
const RESOURCES: usize = 6;
/// One in so many accounts fails in its fourth stack.
const FAILING: usize = 40;

/// What goes wrong in the fourth stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// One in [`FAILING`] accounts fails, all for one cause.
    OneCause,
    /// Every account fails for a cause of its own, and works on its last stack all the same.
    ACauseEach,
}

impl Trouble {
    fn strikes(self, account: usize) -> bool {
        self == Self::ACauseEach || account % FAILING == 7
    }
}

/// Returns the events up to the last stack's last resources: nearly everything has been told, and
/// every account but those that failed is at work.
pub fn events(trouble: Trouble) -> Vec<RunEvent> {
    let mut events = Vec::new();
    let start: Timestamp = "2026-11-23T15:56:02Z".parse().expect("a timestamp");
    let mut say = |seconds: usize, kind: EventKind| {
        let at = start + SignedDuration::from_secs(seconds as i64);
        events.push(RunEvent { sequence: events.len() as u64 + 1, at, kind });
    };
    say(0, started());
    (0..ACCOUNTS).for_each(|account| say(1, entered(account)));
    for stack in 0..STACKS {
        for step in 0..RESOURCES + 3 {
            let seconds = 2 + 6 * (stack * (RESOURCES + 3) + step);
            let is_last = stack + 1 == STACKS && step > RESOURCES;
            let goes_on = trouble == Trouble::ACauseEach;
            let at_work =
                (0..ACCOUNTS).filter(|account| stack <= 3 || goes_on || !trouble.strikes(*account));
            for account in at_work.filter(|_| !is_last) {
                taken(account, stack, step, trouble)
                    .into_iter()
                    .for_each(|kind| say(seconds, kind));
            }
        }
    }
    events
}

fn started() -> EventKind {
    let instances = (0..ACCOUNTS * STACKS).map(|at| announced(at / STACKS, at % STACKS));
    EventKind::RunStarted {
        schema: SCHEMA,
        run: "20261123-155602-k3f9".parse().expect("a run id"),
        operation: Operation::Apply,
        environments: vec!["prod".parse().expect("an environment")],
        in_order: false,
        run_request: None,
        left_behind: Vec::new(),
        left_behind_unknown: Vec::new(),
        instances: instances.collect(),
    }
}

fn announced(account: usize, stack: usize) -> AnnouncedInstance {
    let id = instance(account, stack);
    AnnouncedInstance {
        account_id: format!("{:012}", 100_000_000_000 + account).parse().expect("an id"),
        stack_name: id.stack.as_str().parse().expect("a stack name"),
        needs: if stack == 0 { Vec::new() } else { vec![account * STACKS + stack - 1] },
        outside_needs: Vec::new(),
        stack_id: None,
        resources: RESOURCES,
        template: format!("{stack:012x}"),
        changes_iam: false,
        wave: None,
        id,
    }
}

fn name(account: usize) -> AccountName {
    format!("workload-{account:04}-production").parse().expect("an account's name")
}

fn instance(account: usize, stack: usize) -> InstanceId {
    const NAMES: [&str; STACKS] =
        ["cross-account-role", "network", "observability", "app", "alarms"];
    InstanceId {
        environment: "prod".parse().expect("an environment"),
        account: name(account),
        region: "eu-central-1".parse().expect("a Region"),
        stack: NAMES[stack].parse().expect("a stack"),
    }
}

fn entered(account: usize) -> EventKind {
    EventKind::AccountEntered {
        environment: "prod".parse().expect("an environment"),
        account: name(account),
        account_id: format!("{:012}", 100_000_000_000 + account).parse().expect("an id"),
        caller: "arn:aws:sts::100000000000:assumed-role/deployer/xdeploy".to_owned(),
    }
}

/// Returns what is told when a stack takes a step: it begins, each of its resources, it ends.
fn taken(account: usize, stack: usize, step: usize, trouble: Trouble) -> Vec<EventKind> {
    let instance = instance(account, stack);
    match step {
        0 => vec![
            EventKind::InstanceStarted { instance: instance.clone() },
            EventKind::ActionStarted {
                instance,
                action: StackAction::Create,
                found: None,
                stack_id: None,
            },
        ],
        step if step <= RESOURCES => vec![EventKind::ResourceChanged {
            instance,
            resource: format!("Resource{step}"),
            resource_type: "AWS::SNS::Topic".to_owned(),
            status: "CREATE_COMPLETE".into(),
            reason: None,
        }],
        step if step == RESOURCES + 1 => Vec::new(),
        _ => vec![EventKind::InstanceFinished { end: ended(instance, account, stack, trouble) }],
    }
}

fn ended(instance: InstanceId, account: usize, stack: usize, trouble: Trouble) -> InstanceEnd {
    let fails = stack == 3 && trouble.strikes(account);
    let own = format!("the {} of this resource is not what its service takes", word(account));
    let denied = format!(
        "User: arn:aws:sts::{:012}:assumed-role/deployer/xdeploy is not authorized to perform: \
         sns:CreateTopic with an explicit deny in a service control policy",
        100_000_000_000 + account
    );
    InstanceEnd {
        changed: None,
        preview: None,
        notes: Vec::new(),
        instance,
        outcome: if fails { Outcome::Failed } else { Outcome::Created },
        status: None,
        stack_id: None,
        outputs: BTreeMap::new(),
        failure: fails.then(|| {
            let message = if trouble == Trouble::OneCause { denied } else { own };
            Failure::new(FailureKind::ResourceFailed, message)
        }),
    }
}

/// Returns a word of four letters that no other account has.
fn word(account: usize) -> String {
    let letter = |place: u32| char::from(b'a' + (account / 13usize.pow(place) % 13) as u8);
    (0..4).map(letter).collect()
}
