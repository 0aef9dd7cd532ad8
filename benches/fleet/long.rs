//! One stack that takes ten minutes, in virtual time: how soon its end is seen, and after how many
//! reads.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use xdeploy::clock::Clock;
use xdeploy::cloud::{Cloud, Origin};
use xdeploy::engine::{self, Limits, Run, Stop};
use xdeploy::environment::Environment;
use xdeploy::event::{self, Operation};
use xdeploy::name::{AccountId, RunId};
use xdeploy::plan::{self, Plan, Selection};
use xdeploy::report::{Report, RunState};
use xdeploy::sandbox::{Sandbox, SeededRole, Settings, Throttling};

use super::case::ROUND_TRIP;

const TEN_MINUTES: Duration = Duration::from_secs(600);
const ACCOUNT: &str = "100000000001";
const SOURCE: &str = "999999999999";

/// Creates the stack, updates it, and prints how each was seen.
pub fn show() {
    println!("long: one stack with one resource of 10 minutes, in virtual time");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .expect("the system lends a thread");
    runtime.block_on(async {
        let world = World::new();
        for (what, value) in [("create", "one"), ("update", "two")] {
            let (took, report) = world.apply(plan(value)).await;
            let reads = report.api_calls.iter().filter(|(kind, _)| kind.contains("Describe"));
            println!(
                "  {what:16} {:?}, seen {:.2} s after it settled, {} reads",
                report.result,
                took.as_secs_f64() - TEN_MINUTES.as_secs_f64(),
                reads.map(|(_, count)| count).sum::<u64>()
            );
        }
    });
    println!();
}

fn plan(value: &str) -> Arc<Plan> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("environment.yaml");
    let template = format!(
        "Resources: {{ Topic: {{ Type: AWS::SNS::Topic, Properties: {{ DisplayName: {value} }} }} }}"
    );
    std::fs::write(folder.path().join("stack.yaml"), template).expect("the folder takes files");
    let environment = format!(
        "environment: bench\nsource: {{ account: \"{SOURCE}\" }}\nassume-role: {{ name: deployer \
         }}\nregions: [eu-central-1]\naccounts: {{ dev: \"{ACCOUNT}\" }}\nstacks: {{ stack: {{ \
         template: stack.yaml }} }}\n"
    );
    std::fs::write(&file, environment).expect("the folder takes files");
    let planned = Environment::load(&file)
        .and_then(|environment| plan::resolve(&[environment], &Selection::default(), &|_| None));
    Arc::new(planned.unwrap_or_else(|faults| panic!("{}", faults.render(false, 100))))
}

/// A sandbox in this process, and the clock it shares with the runs.
struct World {
    sandbox: Sandbox,
    clock: Clock,
}

impl World {
    fn new() -> Self {
        let clock = Clock::starting_at("2026-11-23T12:00:00Z".parse().expect("a time"));
        let settings = Settings {
            resource_duration: TEN_MINUTES,
            latency: ROUND_TRIP,
            throttling: Throttling::realistic(),
            ..Settings::default()
        };
        let sandbox = Sandbox::new(clock, settings);
        let account: AccountId = ACCOUNT.parse().expect("an id");
        let role = SeededRole::new(&account, "deployer", &source());
        sandbox.seed(&[role]).expect("an empty sandbox takes roles");
        Self { sandbox, clock }
    }

    /// Carries out a plan, and returns how long that took and the run's report.
    async fn apply(&self, plan: Arc<Plan>) -> (Duration, Report) {
        let (http, clock) = (self.sandbox.http_client(), self.clock);
        let cloud = Cloud::through(http, clock, Origin::Embedded { source: source() });
        let (_wish, stop) = watch::channel(Stop::No);
        let id = RunId::new(clock.now(), 0);
        let run = Run::new(id, Operation::Apply, Limits::default(), clock);
        let (events, mut incoming) = event::channel();
        let follow = async {
            let mut state = RunState::default();
            while let Some(event) = incoming.recv().await {
                state.on(&event);
            }
            Report::new(&state)
        };
        let start = tokio::time::Instant::now();
        let ((), report) = tokio::join!(engine::run(plan, &cloud, run, stop, events), follow);
        (start.elapsed(), report)
    }
}

fn source() -> AccountId {
    SOURCE.parse().expect("an id")
}
