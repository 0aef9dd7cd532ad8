//! Plans and runs drawn at random.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, LazyLock};

use proptest::prelude::*;

use crate::document::SourceFile;
use crate::environment::{Approve, ConcurrencyMode, OnCreateFailure, OnFailure, Share, WaveLimits};
use crate::event::Operation;
use crate::name::InstanceId;
use crate::plan::{
    AccountEntry, DesiredStack, ParameterValue, Plan, PlannedEnvironment, PlannedValue, Purpose,
    StackInstance, TargetAccount, ValuePiece,
};
use crate::template::Template;

/// The output that every stack has and that its dependents take.
pub const OUTPUT: &str = "Out";

static TEMPLATE: LazyLock<Arc<Template>> = LazyLock::new(|| {
    let text = "Resources: { Queue: { Type: AWS::SQS::Queue } }\n".to_owned();
    let file = SourceFile { path: "app.yaml".into(), text };
    Arc::new(Template::parse(Arc::new(file)).expect("a template"))
});

/// A run, and what becomes of it.
#[derive(Clone, Debug)]
pub struct World {
    pub plan: Arc<Plan>,
    pub operation: Operation,
    pub max_concurrent: Option<NonZeroUsize>,
    /// Whose outputs a journal may not hold.
    pub secret: Vec<bool>,
    /// Who carries the run out, one after the other.
    pub sessions: Vec<Sitting>,
}

/// How somebody carries a run out until its end, or until it is killed.
#[derive(Clone, Debug)]
pub struct Sitting {
    /// After how many inputs it is killed, if it is.
    pub killed_after: Option<usize>,
    /// Whether everything is to go back.
    pub goes_back: bool,
    /// Whether anybody wishes to stop, or the disk is full.
    pub is_disturbed: bool,
    /// Whether the waves that wait for it are approved.
    pub approves: bool,
    /// What happens, one number for each input, over and over.
    pub draws: Vec<u64>,
}

/// A stack instance as it is drawn.
pub struct Drawn {
    /// The stack instances before it that it needs.
    pub needs: Vec<usize>,
    pub account: usize,
    pub is_only_read: bool,
}

/// Returns a plan of one environment whose accounts stand in waves, each in the next one.
pub fn plan(drawn: &[Drawn], waves: usize, pace: WaveLimits) -> Plan {
    let accounts = drawn.iter().map(|drawn| drawn.account + 1).max().unwrap_or(0);
    let environment = PlannedEnvironment {
        name: "prod".parse().expect("a name"),
        path: "prod.yaml".into(),
        digest: String::new(),
        beneath: Vec::new(),
        source_account: None,
        source_profile: None,
        mfa_serial: None,
        home_region: "eu-central-1".parse().expect("a Region"),
        waves,
        approvals: BTreeMap::new(),
        wave_limits: pace,
        keep: Vec::new(),
        notify: Vec::new(),
    };
    let account = |at: usize| TargetAccount {
        environment: 0,
        name: format!("a{at}").parse().expect("a name"),
        id: format!("{:012}", at + 1).parse().expect("an id"),
        region: "eu-central-1".parse().expect("a Region"),
        entry: AccountEntry::Source,
        wave: at % waves,
    };
    let wave = |at: usize| (!drawn[at].is_only_read).then_some(drawn[at].account % waves);
    let instances = drawn.iter().enumerate().map(|(at, drawn)| {
        let needs = drawn.needs.iter().copied().filter(|&need| wave(need) <= wave(at));
        instance(at, drawn, needs.collect())
    });
    Plan {
        environments: vec![environment],
        accounts: (0..accounts).map(account).collect(),
        instances: instances.collect(),
        doubts: Vec::new(),
    }
}

fn instance(at: usize, drawn: &Drawn, needs: Vec<usize>) -> StackInstance {
    let parameter = |&need: &usize| ParameterValue {
        name: format!("P{need}"),
        value: PlannedValue {
            pieces: vec![ValuePiece::Output {
                instances: vec![need],
                key: OUTPUT.to_owned(),
                part: None,
            }],
        },
        is_secret: false,
    };
    StackInstance {
        id: InstanceId {
            environment: "prod".parse().expect("a name"),
            account: format!("a{}", drawn.account).parse().expect("a name"),
            region: "eu-central-1".parse().expect("a Region"),
            stack: format!("s{at}").parse().expect("a key"),
        },
        account: drawn.account,
        stack_name: format!("s{at}").parse().expect("a name"),
        purpose: match drawn.is_only_read {
            true => Purpose::Read(TEMPLATE.clone()),
            false => Purpose::Deploy(Box::new(DesiredStack {
                template: TEMPLATE.clone(),
                parameters: needs.iter().map(parameter).collect(),
                tags: None,
                capabilities: Vec::new(),
                termination_protection: None,
                service_role: None,
                stack_policy: None,
                notification_arns: None,
                timeout_minutes: None,
                on_create_failure: OnCreateFailure::Rollback,
                rollback_alarms: None,
                deployment_mode: None,
                artifacts: None,
                uploads: Arc::default(),
            })),
        },
        needs,
    }
}

prop_compose! {
    fn pace()(
        max_concurrent in prop::option::of(1usize..4),
        tolerance in 0usize..2,
        on_failure in prop_oneof![
            Just(OnFailure::Stop),
            Just(OnFailure::Continue),
            Just(OnFailure::RollbackWave),
            Just(OnFailure::RollbackRun),
        ],
    ) -> WaveLimits {
        WaveLimits {
            max_concurrent: max_concurrent.map(Share::Count),
            failure_tolerance: Share::Count(tolerance),
            concurrency_mode: ConcurrencyMode::Soft,
            on_failure,
        }
    }
}

prop_compose! {
    fn plans()(count in 1usize..14)(
        needs in prop::collection::vec(
            prop::collection::vec(any::<prop::sample::Index>(), 0..4), count,
        ),
        accounts in prop::collection::vec(0usize..4, count),
        only_read in prop::collection::vec(prop::bool::weighted(0.15), count),
        waves in 1usize..4,
        pace in pace(),
        approvals in prop::collection::btree_map(
            0usize..3, prop_oneof![Just(Approve::Always), Just(Approve::IfLost)], 0..3,
        ),
    ) -> Plan {
        let drawn: Vec<Drawn> = (0..accounts.len()).map(|at| {
            let is_only_read = only_read[at];
            let mut earlier: Vec<usize> = match (at, is_only_read) {
                (0, _) | (_, true) => Vec::new(),
                _ => needs[at].iter().map(|need| need.index(at)).collect(),
            };
            earlier.sort_unstable();
            earlier.dedup();
            Drawn { needs: earlier, account: accounts[at], is_only_read }
        }).collect();
        let mut plan = plan(&drawn, waves, pace);
        plan.environments[0].approvals = approvals;
        plan
    }
}

prop_compose! {
    fn sittings()(
        killed_after in prop::option::of(0usize..40),
        goes_back in prop::bool::weighted(0.2),
        is_disturbed in any::<bool>(),
        approves in any::<bool>(),
        draws in prop::collection::vec(any::<u64>(), 1..40),
    ) -> Sitting {
        Sitting { killed_after, goes_back, is_disturbed, approves, draws }
    }
}

prop_compose! {
    pub fn worlds()(
        plan in plans(),
        operation in prop_oneof![
            4 => Just(Operation::Apply), 1 => Just(Operation::Destroy), 1 => Just(Operation::Prune), 1 => Just(Operation::Plan),
        ],
        max_concurrent in prop::option::of(1usize..5),
        sessions in prop::collection::vec(sittings(), 1..5),
        secret in prop::collection::vec(prop::bool::weighted(0.1), 14),
    ) -> World {
        let max_concurrent = max_concurrent.and_then(NonZeroUsize::new);
        World { plan: Arc::new(plan), operation, max_concurrent, secret, sessions }
    }
}
