//! The promises of every run, over random plans, failures and moments of Ctrl-C.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use proptest::prelude::*;
use tokio::sync::watch;
use xdeploy::engine::{Limits, Stop};
use xdeploy::event::{EventKind, Operation, Outcome, RunEvent, RunResult};
use xdeploy::name::InstanceId;
use xdeploy::plan::Plan;
use xdeploy::report::{Report, RunState};

use xdeploy::sandbox::{Settings, Throttling};

use crate::support::client::cloudformation;
use crate::support::files::{SETTING, failing};
use crate::support::world::{Ran, World};

const IDS: [&str; 3] = ["100000000001", "100000000002", "100000000003"];

/// The actions that may go wrong for a while.
const ACTIONS: [&str; 4] = ["CreateStack", "DescribeStacks", "DescribeStackEvents", "AssumeRole"];

/// A random run.
#[derive(Clone, Debug)]
struct Case {
    accounts: usize,
    /// For each stack, whether it fails and which earlier ones it needs.
    stacks: Vec<(bool, Vec<usize>)>,
    /// Accounts whose role does not exist.
    closed: Vec<bool>,
    max_concurrent: Option<usize>,
    rollout: Rollout,
    /// How long the resource of each stack takes, in seconds.
    seconds: Vec<u64>,
    /// What the cloud bears, as requests a second of each kind and twice as many at once.
    rate: Option<u32>,
    /// Calls that are throttled besides, or whose reply is lost: how many of which action.
    faults: Vec<(usize, usize, bool)>,
    /// The event after which somebody wants to stop, and whether at once.
    stop: Option<(u64, bool)>,
}

/// How failures bound a random run.
#[derive(Clone, Debug)]
struct Rollout {
    /// The wave of each account; some may be of no account.
    waves: Vec<usize>,
    tolerance: usize,
    is_strict: bool,
    continues: bool,
}

prop_compose! {
    fn rollouts()(
        waves in prop::collection::vec(0usize..3, 3),
        tolerance in 0usize..3,
        is_strict in any::<bool>(),
        continues in any::<bool>(),
    ) -> Rollout {
        Rollout { waves, tolerance, is_strict, continues }
    }
}

prop_compose! {
    fn cases()(count in 1usize..6)(
        accounts in 1usize..=3,
        stacks in prop::collection::vec(
            (prop::bool::weighted(0.2), prop::collection::vec(any::<prop::sample::Index>(), 0..3)),
            count,
        ),
        closed in prop::collection::vec(prop::bool::weighted(0.15), 3),
        max_concurrent in prop::option::of(1usize..4),
        rollout in rollouts(),
        seconds in prop::collection::vec(prop_oneof![3 => 1u64..5, 1 => 5u64..400], count),
        rate in prop::option::of(1u32..6),
        faults in prop::collection::vec((0usize..ACTIONS.len(), 1usize..4, any::<bool>()), 0..4),
        stop in prop::option::weighted(0.4, (1u64..60, any::<bool>())),
    ) -> Case {
        let stacks = stacks.into_iter().enumerate().map(|(index, (fails, needs))| {
            let needs: BTreeSet<usize> = match index {
                0 => BTreeSet::new(),
                _ => needs.iter().map(|need| need.index(index)).collect(),
            };
            (fails, needs.into_iter().collect())
        }).collect();
        Case { accounts, stacks, closed, max_concurrent, rollout, seconds, rate, faults, stop }
    }
}

impl Rollout {
    fn text(&self, accounts: usize) -> String {
        let wave = |number: usize| {
            let of_it = (0..accounts).filter(|&account| self.waves[account] == number);
            let names: Vec<String> = of_it.map(|account| format!("a{account}")).collect();
            (!names.is_empty()).then(|| format!("[{}]", names.join(", ")))
        };
        let waves = (0..3).filter_map(wave).collect::<Vec<_>>().join(", ");
        let mode = if self.is_strict { "strict" } else { "soft" };
        let on_failure = if self.continues { "continue" } else { "stop" };
        format!(
            "rollout: {{ waves: [{waves}], failure-tolerance: {}, concurrency-mode: {mode}, \
             on-failure: {on_failure} }}\n",
            self.tolerance
        )
    }
}

impl Case {
    fn file(&self) -> String {
        let mut file = String::from(
            "environment: random\nsource: { account: '999999999999' }\n\
             assume-role: { name: deployer }\nregions: [eu-central-1]\naccounts:\n",
        );
        for (index, id) in IDS.iter().take(self.accounts).enumerate() {
            let _ = writeln!(file, "  a{index}: '{id}'");
        }
        file.push_str("stacks:\n");
        for (index, (fails, needs)) in self.stacks.iter().enumerate() {
            let template = if *fails { "bad.yaml".to_owned() } else { format!("good{index}.yaml") };
            let needs: Vec<String> = needs.iter().map(|need| format!("s{need}")).collect();
            let needs = needs.join(", ");
            let _ = writeln!(file, "  s{index}: {{ template: {template}, depends-on: [{needs}] }}");
        }
        file.push_str(&self.rollout.text(self.accounts));
        file
    }

    fn settings(&self) -> Settings {
        let throttling = self.rate.map_or_else(Throttling::none, |rate| {
            let rate: xdeploy::sandbox::Rate =
                format!("{rate}:{}", rate * 2).parse().expect("a rate");
            let both = Throttling::none().with("reads", rate).and_then(|t| t.with("writes", rate));
            both.expect("the sandbox knows both kinds")
        });
        let latency = std::time::Duration::from_millis(20);
        Settings { latency, throttling, ..Settings::default() }
    }

    async fn play(&self) -> (World, std::sync::Arc<Plan>, Ran) {
        let open: Vec<&str> = (0..self.accounts)
            .filter(|&index| !self.closed[index])
            .map(|index| IDS[index])
            .collect();
        let world = World::with(&open, self.settings());
        for (index, seconds) in self.seconds.iter().enumerate() {
            let metadata = format!("Metadata: {{ Sandbox: {{ Seconds: {seconds} }} }}");
            let kind = "Type: AWS::SSM::Parameter";
            let template = SETTING.replace(kind, &format!("{kind}\n    {metadata}"));
            world.write(&format!("good{index}.yaml"), &template);
        }
        for &(action, count, is_throttled) in &self.faults {
            let fault = if is_throttled { "throttle" } else { "lose-reply" };
            world.inject(&format!("{fault},action={},times={count}", ACTIONS[action]));
        }
        world.write("bad.yaml", &failing("create", "1"));
        let plan = world.plan(&self.file());
        let max_concurrent = self.max_concurrent.and_then(std::num::NonZeroUsize::new);
        let limits = Limits { max_concurrent, ..Limits::default() };
        let (wish, stop) = watch::channel(Stop::No);
        let heed = |event: &RunEvent| match self.stop {
            Some((after, at_once)) if event.sequence == after => {
                wish.send_replace(if at_once { Stop::AtOnce } else { Stop::Settle });
            }
            _ => {}
        };
        let ran = world.run_until(Operation::Apply, plan.clone(), limits, stop, heed).await;
        (world, plan, ran)
    }
}

fn check_the_stream(plan: &Plan, ran: &Ran) {
    let numbers: Vec<u64> = ran.events.iter().map(|event| event.sequence).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "no gaps");
    let is_first = |event: &RunEvent| matches!(event.kind, EventKind::RunStarted { .. });
    let is_last = |event: &RunEvent| matches!(event.kind, EventKind::RunFinished { .. });
    assert!(is_first(&ran.events[0]) && ran.events.iter().filter(|e| is_first(e)).count() == 1);
    assert!(ran.events.last().is_some_and(is_last));
    assert!(ran.events.iter().filter(|e| is_last(e)).count() == 1);

    let needs: BTreeMap<&InstanceId, Vec<&InstanceId>> = plan
        .instances
        .iter()
        .map(|i| (&i.id, i.needs.iter().map(|&need| &plan.instances[need].id).collect()))
        .collect();
    let mut ended: BTreeMap<&InstanceId, bool> = BTreeMap::new();
    let mut is_cancelled = false;
    for event in &ran.events {
        match &event.kind {
            EventKind::InstanceStarted { instance } => {
                assert!(!is_cancelled, "nothing starts after a cancel");
                for need in &needs[instance] {
                    assert_eq!(ended.get(need), Some(&true), "{instance} needs {need}");
                }
            }
            EventKind::InstanceFinished { end } => {
                let before = ended.insert(&end.instance, end.outcome.is_good());
                assert_eq!(before, None, "{} ended twice", end.instance);
            }
            EventKind::CancelRequested { .. } => is_cancelled = true,
            _ => {}
        }
    }
    assert_eq!(ended.len(), plan.instances.len(), "every one ends");
}

/// Where the accounts of a run stand while its events are looked through.
#[derive(Default)]
struct Accounts {
    running: BTreeMap<usize, usize>,
    failed: BTreeSet<usize>,
    ended: BTreeMap<usize, usize>,
}

fn check_the_rollout(rollout: &Rollout, plan: &Plan, ran: &Ran) {
    let account_of: BTreeMap<&InstanceId, usize> =
        plan.instances.iter().map(|i| (&i.id, i.account)).collect();
    let wave_of = |account: usize| plan.accounts[account].wave;
    let mut accounts = Accounts::default();
    for event in &ran.events {
        match &event.kind {
            EventKind::InstanceStarted { instance } => {
                let account = account_of[instance];
                let wave = wave_of(account);
                for earlier in plan.instances.iter().filter(|i| wave_of(i.account) < wave) {
                    let all = plan.instances.iter().filter(|i| i.account == earlier.account);
                    assert_eq!(accounts.ended.get(&earlier.account), Some(&all.count()), "waves");
                }
                let of_wave = |wave: usize| {
                    accounts.failed.iter().filter(move |&&account| wave_of(account) == wave).count()
                };
                let is_within = (0..3).all(|wave| of_wave(wave) <= rollout.tolerance);
                assert!(rollout.continues || is_within, "nothing starts beyond the tolerance");
                let may_fail = rollout.tolerance.saturating_sub(of_wave(wave));
                let is_new = !accounts.running.contains_key(&account);
                let in_flight = accounts.running.len() + usize::from(is_new);
                assert!(!rollout.is_strict || !is_new || in_flight <= may_fail + 1, "strict");
                *accounts.running.entry(account).or_default() += 1;
            }
            EventKind::InstanceFinished { end } => {
                let account = account_of[&end.instance];
                *accounts.ended.entry(account).or_default() += 1;
                if end.outcome == Outcome::Skipped {
                    continue;
                }
                let running = accounts.running.get_mut(&account).expect("it was in flight");
                *running -= 1;
                if *running == 0 {
                    accounts.running.remove(&account);
                }
                if !end.outcome.is_good() {
                    accounts.failed.insert(account);
                }
            }
            _ => {}
        }
    }
}

fn check_the_fold(ran: &Ran) {
    let mut state = RunState::default();
    for event in &ran.events {
        let line = serde_json::to_string(event).expect("an event becomes JSON");
        state.on(&serde_json::from_str(&line).expect("an event reads back"));
    }
    assert_eq!(Report::new(&state), ran.report, "the stored stream folds like the live one");
}

async fn check_the_cloud(world: &World, plan: &Plan, ran: &Ran) {
    let mut is_as_wanted = true;
    for instance in &plan.instances {
        let account = plan.accounts[instance.account].id.as_str();
        // The run may have used up what the cloud bears.
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        let described = cloudformation(world, account)
            .describe_stacks()
            .stack_name(instance.stack_name.as_str())
            .send()
            .await;
        let status = described
            .ok()
            .and_then(|reply| reply.stacks().first().and_then(|stack| stack.stack_status.clone()));
        is_as_wanted &= status.is_some_and(|status| status.as_str() == "CREATE_COMPLETE");
    }
    let has_succeeded = ran.report.result == RunResult::Succeeded;
    assert_eq!(has_succeeded, ran.report.exit_code() == 0);
    let is_left = ran
        .events
        .iter()
        .any(|e| matches!(e.kind, EventKind::CancelRequested { at_once: true, .. }));
    // What is left at once may become as wanted a moment after nobody looks any more.
    assert!(has_succeeded == is_as_wanted || (is_left && !has_succeeded));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn every_run_keeps_its_promises(case in cases()) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let (world, plan, ran) = case.play().await;
            check_the_stream(&plan, &ran);
            check_the_rollout(&case.rollout, &plan, &ran);
            check_the_fold(&ran);
            check_the_cloud(&world, &plan, &ran).await;
        });
    }
}
