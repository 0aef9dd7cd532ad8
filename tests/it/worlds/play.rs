//! Plays a world: what stands before, the run, what happens to it, and those who resume it.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use xdeploy::engine::{Limits, PastRun, Run, Stop};
use xdeploy::event::{EventKind, Operation, RunEvent, RunResult};
use xdeploy::name::RunId;
use xdeploy::plan::Plan;
use xdeploy::sandbox::{Settings, SoughtValue, Throttling, ValuePlace};

use crate::support::client::cloudformation_in;
use crate::support::unfinished::{Meets, Unfinished};
use crate::support::world::{Ran, World};

use super::case::{Case, Doing, ELSEWHERE, Happens, IDS, Incident, PriorStack, REGIONS};
use super::standing::{Operations, Standing, elsewhere, look};
use super::written::STORED;

/// A run that takes longer hangs.
const ENDS_WITHIN: Duration = Duration::from_secs(7 * 24 * 3600);

/// A world that was played.
pub struct Played {
    pub case: Case,
    pub plan: Arc<Plan>,
    /// The run, to its end, whoever went on with it.
    pub ran: Ran,
    pub before: Standing,
    pub after: Standing,
    /// What the run itself began.
    pub operations: Operations,
    /// What began in an account that the run has no business in.
    pub elsewhere: Vec<String>,
    /// The templates that the run wants, by stack.
    pub templates: Vec<String>,
}

/// Plays a world to its end.
pub async fn play(case: &Case) -> Played {
    let world = world(case);
    if let Some(file) = case.file_before() {
        world.apply(&file).await;
    }
    leave_failed(&world, case).await;
    let (before, known) = look(&world, case).await;
    for mishap in &case.weather {
        world.inject(&mishap.words());
    }
    let plan = world.plan(&case.file());
    let whole = go_through(&world, case, &plan);
    let kept = tokio::time::timeout(ENDS_WITHIN, whole).await.expect("every run ends");
    world.faults().clear();
    // What was left to itself settles.
    tokio::time::sleep(Duration::from_secs(3600)).await;
    let (after, all) = look(&world, case).await;
    let elsewhere = elsewhere(&world, case).await;
    let templates = (0..case.stacks.len()).map(|stack| wanted(case, stack)).collect();
    let operations = without(all, &known);
    let (case, ran) = (case.clone(), Ran::new(kept));
    Played { case, plan, ran, before, after, operations, elsewhere, templates }
}

fn world(case: &Case) -> World {
    let throttling = case.rate.map_or_else(Throttling::none, |rate| {
        let rate: xdeploy::sandbox::Rate = format!("{rate}:{}", rate * 2).parse().expect("a rate");
        let both = Throttling::none().with("reads", rate).and_then(|t| t.with("writes", rate));
        both.expect("the sandbox knows both kinds")
    });
    let latency = Duration::from_millis(20);
    let settings = Settings { latency, throttling, ..Settings::default() };
    for (account, region) in IDS.iter().flat_map(|id| REGIONS.map(|region| (id, region))) {
        let (account, region) =
            (account.parse().expect("an id"), region.parse().expect("a Region"));
        let value = SoughtValue::Parameter(STORED.to_owned());
        settings.made_up_values.offer(ValuePlace { account, region, value }, "new".to_owned());
    }
    let is_open = |&(index, _): &(usize, &&str)| !case.closed.contains(&index);
    let accounts = IDS.iter().take(case.accounts).enumerate().filter(is_open);
    let open: Vec<&str> = accounts.map(|(_, id)| *id).chain([ELSEWHERE]).collect();
    let world = World::with(&open, settings);
    for (index, stack) in case.stacks.iter().enumerate() {
        world.write(&format!("wanted{index}.yaml"), &wanted(case, index));
        match stack.before {
            PriorStack::Older | PriorStack::LeftFailed => {
                world.write(&format!("older{index}.yaml"), &template("old", 1, false));
            }
            PriorStack::NeverWorked => {
                world.write(&format!("failing{index}.yaml"), &template("old", 1, true));
            }
            PriorStack::Absent | PriorStack::AsWanted => {}
        }
    }
    world
}

/// Lets updates of somebody else fail, and leaves the stacks so.
async fn leave_failed(world: &World, case: &Case) {
    let left = case.stacks.iter().enumerate();
    let left: Vec<usize> = left
        .filter(|(_, it)| it.before == PriorStack::LeftFailed)
        .map(|(index, _)| index)
        .collect();
    for (account, id) in IDS.iter().take(case.accounts).enumerate() {
        for region in REGIONS.iter().take(case.regions) {
            let client = cloudformation_in(world, id, region);
            for stack in left.iter().filter(|_| !case.closed.contains(&account)) {
                let parameter = |name: &str| {
                    let parameter = aws_sdk_cloudformation::types::Parameter::builder();
                    parameter.parameter_key(name).use_previous_value(true).build()
                };
                let update = client.update_stack().stack_name(format!("s{stack}"));
                let update = update.template_body(template("left", 1, true)).disable_rollback(true);
                let update = update.parameters(parameter("Value")).parameters(parameter("Secret"));
                update.send().await.expect("the stack stands");
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
        }
    }
    if !left.is_empty() {
        tokio::time::sleep(Duration::from_secs(60)).await;
    }
}

fn wanted(case: &Case, stack: usize) -> String {
    // What stands as wanted was made once, so it cannot be something that fails.
    let stack = &case.stacks[stack];
    template("new", stack.seconds, stack.fails && stack.before != PriorStack::AsWanted)
}

fn template(version: &str, seconds: u64, fails: bool) -> String {
    let fails = if fails { ", FailOn: [create, update]" } else { "" };
    format!(
        "Parameters:\n  Value: {{ Type: String }}\n  Secret: {{ Type: String, NoEcho: true }}\n\
         Resources:\n  Setting:\n    Type: AWS::SSM::Parameter\n    \
         Metadata: {{ Sandbox: {{ Seconds: {seconds}{fails} }} }}\n    \
         Properties: {{ Type: String, Value: !Ref Value, Description: {version} }}\n\
         Outputs:\n  Value: {{ Value: !GetAtt Setting.Value }}\n"
    )
}

/// Runs the plan; whenever something ends it early, somebody goes on with it. Returns its journal.
async fn go_through(world: &World, case: &Case, plan: &Arc<Plan>) -> Vec<RunEvent> {
    let operation = match case.doing {
        Doing::Apply => Operation::Apply,
        Doing::Destroy => Operation::Destroy,
    };
    let id = RunId::new(world.clock.now(), fastrand::u32(..));
    let limits = Limits {
        max_concurrent: case.max_concurrent.and_then(NonZeroUsize::new),
        ..Limits::default()
    };
    let mut kept: Vec<RunEvent> = Vec::new();
    let mut incidents = case.incidents.iter();
    let (mut is_calm, mut times_taken_back) = (false, 0);
    loop {
        let mut past = PastRun::default();
        kept.iter().for_each(|event| past.on(event));
        let run = Run::new(id.clone(), operation, limits.clone(), world.clock);
        // Of a run that was killed before it kept anything, nobody knows.
        let goes_back = case.is_taken_back && times_taken_back < 5 && may_go_back(&past, plan);
        times_taken_back += u32::from(goes_back);
        let run = Run { past: past.start.is_some().then_some(past), goes_back, ..run };
        let reached = kept.last().map_or(0, |event| event.sequence);
        let meets = incidents.next().map(|incident| meets(incident, reached));
        let said = world.until_met(run, plan.clone(), meets).await;
        kept.extend(said.iter().map(written_and_read));
        match kept.last().map(|event| &event.kind) {
            Some(EventKind::RunFinished { result: RunResult::Cancelled, .. }) => {}
            // Whoever goes on with it in calm weather learns what could not be seen.
            Some(EventKind::RunFinished { .. }) if !is_calm && is_open(&kept) => {
                world.faults().clear();
                is_calm = true;
                incidents = [].iter();
            }
            Some(EventKind::RunFinished { .. }) => {
                let mut past = PastRun::default();
                kept.iter().for_each(|event| past.on(event));
                if !case.is_taken_back || times_taken_back == 5 || !may_go_back(&past, plan) {
                    return kept;
                }
            }
            _ => {}
        }
    }
}

/// Whether a run is over and can be put back by whoever wants that.
fn may_go_back(past: &PastRun, plan: &Plan) -> bool {
    let is_over = past.result.is_some_and(|result| result != RunResult::Cancelled);
    let has_operation = past.start.as_ref().is_some_and(|it| it.operation == Operation::Apply);
    let has_changed = plan.instances.iter().any(|i| past.change(&i.id).is_some());
    let is_left = !past.goes_back() || !past.not_back().is_empty();
    is_over && has_operation && has_changed && !past.is_open() && is_left
}

/// Whether some of what ended may still become as wanted.
fn is_open(kept: &[RunEvent]) -> bool {
    let mut past = PastRun::default();
    kept.iter().for_each(|event| past.on(event));
    !past.open_again().is_empty()
}

fn meets(incident: &Incident, reached: u64) -> Meets {
    let after = reached + incident.after;
    match incident.happens {
        Happens::Killed => Meets::End(Unfinished { after, then: None }),
        Happens::KilledAfter(milliseconds) => {
            Meets::End(Unfinished { after, then: Some(Duration::from_millis(milliseconds)) })
        }
        Happens::Asked => Meets::Wish { after, stop: Stop::Settle },
        Happens::AskedTwice => Meets::Wish { after, stop: Stop::AtOnce },
    }
}

/// Returns an event as a journal gives it back.
fn written_and_read(event: &RunEvent) -> RunEvent {
    let line = serde_json::to_string(event).expect("an event becomes JSON");
    assert!(!line.contains(super::written::SECRET), "no secret stands in an event: {line}");
    serde_json::from_str(&line).expect("an event reads back")
}

/// Returns what began besides what is known.
fn without(mut all: Operations, known: &Operations) -> Operations {
    for (place, known) in known {
        let operations = all.entry(*place).or_default();
        for operation in known {
            let position = operations.iter().position(|began| began == operation);
            operations.remove(position.expect("what began once stays told"));
        }
    }
    all
}
