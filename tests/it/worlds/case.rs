//! A random world, and what it is made from.

use std::collections::BTreeSet;
use std::fmt::Write;

use proptest::prelude::*;

/// The ids of the accounts that a world may have.
pub const IDS: [&str; 3] = ["100000000001", "100000000002", "100000000003"];

/// What may go wrong with a call for a while.
const KINDS: [&str; 10] = [
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
];

/// The calls that it may go wrong with.
const ACTIONS: [&str; 9] = [
    "CreateStack",
    "UpdateStack",
    "DeleteStack",
    "DescribeStacks",
    "DescribeStackEvents",
    "AssumeRole",
    "GetCallerIdentity",
    "GetTemplate",
    "ListStacks",
];

/// A random world.
#[derive(Clone, Debug)]
pub struct Case {
    pub doing: Doing,
    pub accounts: usize,
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
}

/// What the run does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    Apply,
    Destroy,
}

/// One stack of every account.
#[derive(Clone, Debug)]
pub struct Stack {
    /// Whether one of its resources cannot be made or changed.
    pub fails: bool,
    /// The earlier stacks that it needs.
    pub needs: Vec<usize>,
    /// Whether it reads an output of the first that it needs.
    pub reads: bool,
    pub before: Before,
    /// How long its resource takes, in seconds.
    pub seconds: u64,
}

/// How a stack stands when the run begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    Absent,
    Older,
    AsWanted,
    NeverWorked,
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
    /// The event after which it happens, counted from where the run was begun or gone on with.
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
        kind in 0..KINDS.len(), action in 0..ACTIONS.len(), skip in 0usize..4, times in 1usize..4,
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
        reads in any::<bool>(),
        before in prop_oneof![
            4 => Just(Before::Absent), 3 => Just(Before::Older), 1 => Just(Before::AsWanted),
            1 => Just(Before::NeverWorked),
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
        closed in prop::collection::btree_set(0usize..8, 0..3),
        stacks in prop::collection::vec(stacks(), 1..5),
        rollout in rollouts(),
        max_concurrent in prop::option::weighted(0.3, 1usize..4),
        rate in prop::option::weighted(0.2, 1u32..6),
        weather in prop::collection::vec(mishaps(), 0..4),
        incidents in prop::collection::vec(incidents(), 0..4),
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
            doing, accounts, closed, stacks, rollout, max_concurrent, rate, weather, incidents,
        }
    }
}

impl Mishap {
    /// Returns it in the words of a rehearsal.
    pub fn words(&self) -> String {
        let (kind, action) = (KINDS[self.kind], ACTIONS[self.action]);
        format!("{kind},action={action},skip={},times={}", self.skip, self.times)
    }
}

impl OnFailure {
    fn words(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Continue => "continue",
            Self::RollbackWave => "rollback-wave",
            Self::RollbackRun => "rollback-run",
        }
    }
}

impl Rollout {
    fn words(&self, accounts: usize) -> String {
        let wave = |number: usize| {
            let of_it = (0..accounts).filter(|&account| self.waves[account] == number);
            let names: Vec<String> = of_it.map(|account| format!("a{account}")).collect();
            (!names.is_empty()).then(|| format!("[{}]", names.join(", ")))
        };
        let waves = (0..3).filter_map(wave).collect::<Vec<_>>().join(", ");
        let mode = if self.is_strict { "strict" } else { "soft" };
        format!(
            "rollout: {{ waves: [{waves}], failure-tolerance: {}, concurrency-mode: {mode}, \
             on-failure: {} }}\n",
            self.tolerance,
            self.on_failure.words()
        )
    }
}

impl Case {
    /// Returns the environment file of the run.
    pub fn file(&self) -> String {
        let mut file = self.head();
        for (index, stack) in self.stacks.iter().enumerate() {
            let needs: Vec<String> = stack.needs.iter().map(|need| format!("s{need}")).collect();
            let value = match (stack.reads, stack.needs.first()) {
                (true, Some(need)) => format!("'${{output:s{need}.Value}}'"),
                _ => "new".to_owned(),
            };
            file.push_str(&line(index, "wanted", &needs.join(", "), &value, "new"));
        }
        file.push_str(&self.rollout.words(self.accounts));
        file
    }

    /// Returns the environment file of what stands before, if anything does.
    pub fn file_before(&self) -> Option<String> {
        let mut file = self.head();
        let standing = self.stacks.iter().enumerate();
        let standing: Vec<_> = standing.filter(|(_, s)| s.before != Before::Absent).collect();
        for (index, stack) in &standing {
            let (template, value) = match stack.before {
                Before::AsWanted => ("wanted", "new"),
                Before::Absent | Before::Older => ("older", "old"),
                Before::NeverWorked => ("failing", "old"),
            };
            file.push_str(&line(*index, template, "", value, value));
        }
        file.push_str("rollout: { on-failure: continue, failure-tolerance: 100% }\n");
        (!standing.is_empty()).then_some(file)
    }

    fn head(&self) -> String {
        let mut head = String::from(
            "environment: random\nsource: { account: '999999999999' }\n\
             assume-role: { name: deployer }\nregions: [eu-central-1]\naccounts:\n",
        );
        for (index, id) in IDS.iter().take(self.accounts).enumerate() {
            let _ = writeln!(head, "  a{index}: '{id}'");
        }
        head.push_str("stacks:\n");
        head
    }
}

/// What must stand in no event.
pub const SECRET: &str = "correct-horse-battery";

fn line(index: usize, template: &str, needs: &str, value: &str, release: &str) -> String {
    format!(
        "  s{index}: {{ template: {template}{index}.yaml, depends-on: [{needs}], parameters: {{ \
         Value: {value}, Secret: {SECRET} }}, tags: {{ release: {release} }} }}\n"
    )
}
