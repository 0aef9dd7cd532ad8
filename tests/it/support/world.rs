//! A world for the engine: an environment file and its templates in a folder, an embedded cloud,
//! and time that stands still until everybody waits.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::watch;
use xdeploy::clock::Clock;
use xdeploy::cloud::{Cloud, Origin};
use xdeploy::engine::{self, Limits, PriorStacks, Run, Stop};
use xdeploy::environment::Environment;
use xdeploy::event::{self, Operation, PriorStack, RunEvent};
use xdeploy::name::{AccountId, InstanceId, RunId};
use xdeploy::package::Boundary;
use xdeploy::plan::{self, Plan, Selection};
use xdeploy::report::{Report, RunState};
use xdeploy::sandbox::{FaultSchedule, Sandbox, SeededRole, Settings};

use super::bound::Bound;

/// The source account of every test environment.
pub const SOURCE: &str = "999999999999";

/// A folder with an environment, a sandbox, and the clock they share.
pub struct World {
    folder: tempfile::TempDir,
    pub sandbox: Sandbox,
    pub clock: Clock,
    /// What stood before runs changed it, and the texts of its templates.
    kept: Arc<Mutex<Kept>>,
    faults: FaultSchedule,
    _bound: Bound,
}

impl World {
    /// Returns a world in which the accounts' `deployer` roles trust the source account.
    pub fn new(accounts: &[&str]) -> Self {
        let two_seconds = Duration::from_secs(2);
        Self::with(accounts, Settings { resource_duration: two_seconds, ..Settings::default() })
    }

    /// Returns the same world with a cloud of other settings.
    pub fn with(accounts: &[&str], settings: Settings) -> Self {
        let clock = Clock::starting_at("2026-11-23T12:00:00Z".parse().expect("a timestamp"));
        let faults = settings.faults.clone();
        let sandbox = Sandbox::new(clock, settings);
        let source: AccountId = SOURCE.parse().expect("an id");
        let roles: Vec<SeededRole> = accounts
            .iter()
            .map(|id| SeededRole::new(&id.parse().expect("an id"), "deployer", &source))
            .collect();
        sandbox.seed(&roles).expect("an empty sandbox takes roles");
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { folder, sandbox, clock, kept: Arc::default(), faults, _bound: Bound::begin() }
    }

    /// Lets something go wrong from now on, such as `throttle,action=CreateStack,times=3`.
    pub fn inject(&self, fault: &str) {
        self.faults.add(fault.parse().unwrap_or_else(|error| panic!("{error}")));
    }

    /// Returns what lets something go wrong from another place, such as a watch over events.
    pub fn faults(&self) -> FaultSchedule {
        self.faults.clone()
    }

    /// Writes a file and returns its path.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("the folder takes files");
        path
    }

    /// Returns the plan of the environment file `text`, whose templates were written before.
    pub fn plan(&self, text: &str) -> Arc<Plan> {
        self.selected(text, &Selection::default())
    }

    /// Returns the plan of what is selected of the environment file `text`.
    pub fn selected(&self, text: &str, selection: &Selection) -> Arc<Plan> {
        let path = self.write("environment.yaml", text);
        let planned = Environment::load(&path)
            .and_then(|environment| plan::resolve(&[environment], selection, &|_| None));
        Arc::new(planned.unwrap_or_else(|faults| panic!("{}", faults.render(false, 100))))
    }

    /// Returns the same with the files that its templates name packed, as it is applied.
    pub fn packed(&self, text: &str) -> Arc<Plan> {
        let packed = plan::package((*self.plan(text)).clone(), &Boundary::default(), &|| ());
        Arc::new(packed.unwrap_or_else(|faults| panic!("{}", faults.render(false, 100))))
    }

    /// Returns the plan of several environment files, in this order.
    pub fn together(&self, texts: &[String]) -> Arc<Plan> {
        let load = |(number, text): (usize, &String)| {
            Environment::load(&self.write(&format!("environment-{number}.yaml"), text))
        };
        let environments: Result<Vec<_>, _> = texts.iter().enumerate().map(load).collect();
        let planned = environments.and_then(|environments| {
            plan::resolve(&environments, &Selection::default(), &|_| None)
        });
        Arc::new(planned.unwrap_or_else(|faults| panic!("{}", faults.render(false, 100))))
    }

    /// Returns the cloud as one run reaches it.
    pub fn cloud(&self) -> Cloud {
        let source = SOURCE.parse().expect("an id");
        Cloud::through(self.sandbox.http_client(), self.clock, Origin::Embedded { source })
    }

    /// Applies the environment file `text` and returns what happened.
    pub async fn apply(&self, text: &str) -> Ran {
        self.run(Operation::Apply, self.plan(text)).await
    }

    /// Destroys the environment file `text` and returns what happened.
    pub async fn destroy(&self, text: &str) -> Ran {
        self.run(Operation::Destroy, self.plan(text)).await
    }

    /// Carries out a plan and returns what happened.
    pub async fn run(&self, operation: Operation, plan: Arc<Plan>) -> Ran {
        let (_wish, stop) = watch::channel(Stop::No);
        self.run_until(operation, plan, Limits::default(), stop, |_| {}).await
    }

    /// Carries out a plan under limits; `watch` sees every event as it comes.
    pub async fn run_until(
        &self,
        operation: Operation,
        plan: Arc<Plan>,
        limits: Limits,
        stop: watch::Receiver<Stop>,
        watch: impl FnMut(&RunEvent),
    ) -> Ran {
        self.carry_out(self.new_run(operation, limits), plan, stop, watch).await
    }

    /// Returns a run that was not begun.
    pub fn new_run(&self, operation: Operation, limits: Limits) -> Run {
        let id = RunId::new(self.clock.now(), fastrand::u32(..));
        Run::new(id, operation, limits, self.clock)
    }

    /// Carries out a run; `watch` sees every event as it comes.
    pub async fn carry_out(
        &self,
        run: Run,
        plan: Arc<Plan>,
        stop: watch::Receiver<Stop>,
        watch: impl FnMut(&RunEvent),
    ) -> Ran {
        self.carry_out_through(&self.cloud(), run, plan, stop, watch).await
    }

    /// Carries out a run through a cloud of another kind; `watch` sees every event as it comes.
    pub async fn carry_out_through(
        &self,
        cloud: &Cloud,
        run: Run,
        plan: Arc<Plan>,
        stop: watch::Receiver<Stop>,
        mut watch: impl FnMut(&RunEvent),
    ) -> Ran {
        let (sender, mut incoming) = event::channel();
        let follow = async {
            let mut events = Vec::new();
            while let Some(event) = incoming.recv().await {
                watch(&event);
                events.push(event);
            }
            events
        };
        let ((), events) = tokio::join!(engine::run(plan, cloud, run, stop, sender), follow);
        Ran::new(events)
    }
}

#[derive(Default)]
struct Kept {
    prior_stacks: BTreeMap<InstanceId, PriorStack>,
    templates: BTreeMap<String, String>,
}

impl World {
    /// Keeps what stood before a stack was changed.
    pub fn keep_before(&self, before: Option<PriorStack>, template: Option<&str>) {
        let mut kept = self.kept.lock().expect("no holder panics");
        let Some(before) = before else { return };
        if let (Some(digest), Some(text)) = (&before.template, template) {
            kept.templates.insert(digest.clone(), text.to_owned());
        }
        kept.prior_stacks.entry(before.instance.clone()).or_insert(before);
    }

    /// Returns what was kept so far.
    pub fn prior_stacks(&self) -> PriorStacks {
        let known = self.kept.lock().expect("no holder panics").prior_stacks.clone();
        let kept = self.kept.clone();
        PriorStacks::new(known, move |digest| {
            let kept = kept.lock().expect("no holder panics");
            kept.templates.get(digest).cloned().ok_or_else(|| std::io::ErrorKind::NotFound.into())
        })
    }
}

/// A run that ended: its events and what they fold into.
pub struct Ran {
    pub events: Vec<RunEvent>,
    pub report: Report,
}

impl Ran {
    /// Returns what the events of a run fold into.
    pub fn new(events: Vec<RunEvent>) -> Self {
        let mut state = RunState::default();
        events.iter().for_each(|event| state.on(event));
        let report = Report::new(&state);
        Self { events, report }
    }

    /// Returns each stack instance and its outcome, as `dev/eu-central-1/app created`.
    pub fn outcomes(&self) -> Vec<String> {
        let line = |i: &xdeploy::report::InstanceReport| {
            format!("{}/{}/{} {}", i.account, i.region, i.stack, i.outcome.as_str())
        };
        self.report.stack_instances.iter().map(line).collect()
    }

    /// Returns one stack instance's part of the report.
    pub fn instance(&self, account: &str, stack: &str) -> &xdeploy::report::InstanceReport {
        let is_it = |i: &&xdeploy::report::InstanceReport| {
            i.account.as_str() == account && i.stack.as_str() == stack
        };
        self.report.stack_instances.iter().find(is_it).expect("the report holds every instance")
    }

    /// Returns the failure of one stack instance.
    pub fn failure(&self, account: &str, stack: &str) -> &xdeploy::event::Failure {
        self.instance(account, stack).failure.as_ref().expect("it failed")
    }
}
