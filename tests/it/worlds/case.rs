//! A random world, and what it is made from.

use std::collections::BTreeSet;

use proptest::prelude::*;

/// The ids of the accounts that a world may have.
pub const IDS: [&str; 3] = ["100000000001", "100000000002", "100000000003"];

/// An account that no world names and whose role lets everybody in all the same.
pub const ELSEWHERE: &str = "100000000099";

/// The Regions that a world may have.
pub const REGIONS: [&str; 2] = ["eu-central-1", "eu-west-1"];

/// What may go wrong with a call for a while.
pub const KINDS: [&str; 27] = [
    "throttle",
    "lose-reply",
    "reset",
    "error=500",
    "error=503",
    "truncate",
    "html=502",
    "slow=5s",
    "hang",
    "stale=5s",
    "deny",
    "no-entry",
    "expire=1m",
    "skew=10m",
    "skew=-10m",
    "dns",
    "fail",
    "fail=create+update+rollback",
    "fail=delete",
    "stall=10m",
    "stall-body",
    "drip",
    "huge",
    "garble",
    "repeat-token",
    "foreign",
    "elsewhere=100000000099",
];

/// The calls that it may go wrong with.
pub const ACTIONS: [&str; 12] = [
    "CreateStack",
    "UpdateStack",
    "DeleteStack",
    "DescribeStacks",
    "DescribeStackEvents",
    "AssumeRole",
    "GetCallerIdentity",
    "GetTemplate",
    "ListStacks",
    "CancelUpdateStack",
    "GetParameter",
    "*",
];

/// A random world.
#[derive(Clone, Debug)]
pub struct Case {
    pub doing: Doing,
    pub accounts: usize,
    pub regions: usize,
    /// The accounts whose role does not exist.
    pub closed: Vec<usize>,
    pub stacks: Vec<Stack>,
    pub rollout: Rollout,
    pub max_concurrent: Option<usize>,
    /// What the cloud bears, as requests a second of each kind and twice as many at once.
    pub rate: Option<u32>,
    pub weather: Vec<Mishap>,
    /// What happens to the run, to the run that goes on with it, and so forth.
    pub incidents: Vec<Incident>,
    /// Whether somebody wants all of it put back once it is over.
    pub is_taken_back: bool,
}

/// What the run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    Apply,
    Destroy,
}

/// One stack of every account and Region.
#[derive(Clone, Debug)]
pub struct Stack {
    /// Whether one of its resources cannot be made or changed.
    pub fails: bool,
    /// The earlier stacks that it needs.
    pub needs: Vec<usize>,
    pub reads: Reads,
    pub before: PriorStack,
    /// How long its resource takes, in seconds.
    pub seconds: u64,
}

/// Where a stack reads a value: an output of the first that it needs, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    Nowhere,
    InItsAccount,
    InTheFirstAccount,
    /// No output, but what Parameter Store keeps.
    InTheParameterStore,
}

/// How a stack stands when the run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriorStack {
    Absent,
    Older,
    AsWanted,
    NeverWorked,
    /// An update of somebody else failed, and was not rolled back.
    LeftFailed,
}

/// How failures bound a run.
#[derive(Clone, Debug)]
pub struct Rollout {
    /// The wave of each account; some may be of no account.
    pub waves: Vec<usize>,
    pub tolerance: usize,
    pub is_strict: bool,
    pub on_failure: OnFailure,
}

/// What a failure leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    Stop,
    Continue,
    RollbackWave,
    RollbackRun,
}

/// What goes wrong with some calls: positions in the lists above, and how often.
#[derive(Clone, Debug)]
pub struct Mishap {
    pub kind: usize,
    pub action: usize,
    pub skip: usize,
    pub times: usize,
}

/// What happens to a run.
#[derive(Clone, Debug)]
pub struct Incident {
    /// The event after which it happens, counted from where the run was begun or resumed.
    pub after: u64,
    pub happens: Happens,
}

/// What may happen to a run.
#[derive(Clone, Copy, Debug)]
pub enum Happens {
    /// It is killed between keeping the event and hearing that it is kept.
    Killed,
    /// It is killed so many milliseconds after it heard that the event is kept.
    KilledAfter(u64),
    /// Somebody asks it to stop.
    Asked,
    /// Somebody asks it to stop at once.
    AskedTwice,
}

prop_compose! {
    fn rollouts()(
        waves in prop::collection::vec(0usize..3, 3),
        tolerance in 0usize..3,
        is_strict in any::<bool>(),
        on_failure in prop_oneof![
            Just(OnFailure::Stop), Just(OnFailure::Continue),
            Just(OnFailure::RollbackWave), Just(OnFailure::RollbackRun),
        ],
    ) -> Rollout {
        Rollout { waves, tolerance, is_strict, on_failure }
    }
}

prop_compose! {
    fn mishaps()(
        kind in 0..KINDS.len(), action in 0..ACTIONS.len(), skip in 0usize..4,
        times in prop_oneof![4 => 1usize..4, 1 => 4usize..12],
    ) -> Mishap {
        Mishap { kind, action, skip, times }
    }
}

prop_compose! {
    fn incidents()(
        after in 1u64..30,
        happens in prop_oneof![
            2 => Just(Happens::Killed),
            3 => prop_oneof![0u64..200, 200u64..6_000].prop_map(Happens::KilledAfter),
            1 => Just(Happens::Asked),
            1 => Just(Happens::AskedTwice),
        ],
    ) -> Incident {
        Incident { after, happens }
    }
}

prop_compose! {
    fn stacks()(
        fails in prop::bool::weighted(0.12),
        needs in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
        reads in prop_oneof![
            Just(Reads::Nowhere), Just(Reads::InItsAccount), Just(Reads::InTheFirstAccount),
            Just(Reads::InTheParameterStore),
        ],
        before in prop_oneof![
            4 => Just(PriorStack::Absent), 3 => Just(PriorStack::Older), 1 => Just(PriorStack::AsWanted),
            1 => Just(PriorStack::NeverWorked), 1 => Just(PriorStack::LeftFailed),
        ],
        seconds in prop_oneof![4 => 1u64..5, 1 => 5u64..400],
    ) -> (Stack, Vec<prop::sample::Index>) {
        (Stack { fails, needs: Vec::new(), reads, before, seconds }, needs)
    }
}

prop_compose! {
    /// Returns random worlds.
    pub fn cases()(
        doing in prop_oneof![3 => Just(Doing::Apply), 1 => Just(Doing::Destroy)],
        accounts in 1usize..=3,
        regions in prop_oneof![4 => Just(1usize), 1 => Just(2usize)],
        closed in prop::collection::btree_set(0usize..8, 0..3),
        stacks in prop::collection::vec(stacks(), 1..5),
        rollout in rollouts(),
        max_concurrent in prop::option::weighted(0.3, 1usize..4),
        rate in prop::option::weighted(0.2, 1u32..6),
        weather in prop::collection::vec(mishaps(), 0..4),
        incidents in prop::collection::vec(incidents(), 0..4),
        is_taken_back in prop::bool::weighted(0.2),
    ) -> Case {
        let stacks = stacks.into_iter().enumerate().map(|(index, (stack, needs))| {
            let needs: BTreeSet<usize> = match index {
                0 => BTreeSet::new(),
                _ => needs.iter().map(|need| need.index(index)).collect(),
            };
            Stack { needs: needs.into_iter().collect(), ..stack }
        }).collect();
        let closed = closed.into_iter().filter(|&account| account < accounts).collect();
        Case {
            doing, accounts, regions, closed, stacks, rollout, max_concurrent, rate, weather,
            incidents, is_taken_back,
        }
    }
}
