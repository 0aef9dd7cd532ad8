//! Random worlds: several machines want the same environment, some are killed between any two writes, some are cut off
//! for a while and come back, and the bucket has its own troubles. Nothing is done twice, nothing is lost, and every
//! lock is free in the end.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use xdeploy::event::RunResult;
use xdeploy::plan::Plan;
use xdeploy::report::Report;
use xdeploy::run::EndedRun;
use xdeploy::state::NEWEST;

use super::machine::{Machine, Moment, Network};
use crate::support::client::{cloudformation, s3, shown};
use crate::support::world::{SOURCE, World};

pub const ACCOUNTS: [&str; 2] = ["100000000001", "100000000002"];

/// Returns the environment, as one of the machines wants it.
fn file(value: usize) -> String {
    format!(
        "environment: prod
source: {{ account: '999999999999' }}
assume-role: {{ name: deployer }}
regions: [eu-central-1]
accounts: {{ one: '100000000001', two: '100000000002' }}
stacks:
  first: {{ template: app.yaml, parameters: {{ Delay: '{value}' }} }}
  second: {{ template: app.yaml, parameters: {{ Delay: '{value}' }}, depends-on: [first] }}
"
    )
}

const TEMPLATE: &str = "Parameters: { Delay: { Type: Number } }
Resources: { Queue: { Type: 'AWS::SQS::Queue', Properties: { DelaySeconds: !Ref Delay } } }
Outputs: { Delay: { Value: !Ref Delay } }
";

/// How many machines there are at most; each wants other values.
const MACHINES: usize = 3;

/// What happens to a machine.
#[derive(Clone, Copy, Debug)]
enum Fate {
    /// Nothing.
    Lives,
    /// It is gone from then on.
    Gone(Moment),
    /// It is cut off then, for so long.
    CutOff(Moment, Duration),
}

fn fate(random: &mut fastrand::Rng) -> Fate {
    let moment = match random.bool() {
        // A run makes some hundred requests, four of which change a stack.
        true => Moment::Request(random.usize(1..110)),
        false => Moment::Change(random.usize(1..5)),
    };
    match random.u8(0..5) {
        0 => Fate::Lives,
        1 => Fate::Gone(moment),
        // For an hour once in a while; else for longer than a lease, or not.
        2 if random.u8(0..4) == 0 => Fate::CutOff(moment, Duration::from_secs(3_600)),
        _ => Fate::CutOff(moment, Duration::from_secs(random.u64(1..150))),
    }
}

/// Returns a trouble of the bucket.
fn trouble(random: &mut fastrand::Rng) -> String {
    let action = *random.choice(&["PutObject", "GetObject", "ListBucket"]).expect("one");
    let times = random.u8(1..6);
    let kind = *random
        .choice(&["error=503", "lose-reply", "error=409", "error=500", "reset"])
        .expect("one");
    let action = if kind == "error=409" { "PutObject" } else { action };
    format!("{kind},action={action},after={}s,times={times}", random.u8(0..30))
}

/// Returns a world without stacks, and what each of the machines wants.
pub async fn world() -> (World, Vec<Arc<Plan>>) {
    let world = World::new(&ACCOUNTS);
    world.write("app.yaml", TEMPLATE);
    let bucket = s3(&world, SOURCE, "eu-central-1");
    let made = bucket.create_bucket().bucket("state-999999999999");
    let place = aws_sdk_s3::types::BucketLocationConstraint::EuCentral1;
    let place = aws_sdk_s3::types::CreateBucketConfiguration::builder().location_constraint(place);
    made.create_bucket_configuration(place.build()).send().await.expect("it is made");
    let plans = (0..=MACHINES).map(|value| world.plan(&file(value))).collect();
    (world, plans)
}

/// Lets a machine apply its plan, or resume what was begun, whatever its fate is; nothing comes of one that is gone.
async fn live(
    world: &World,
    (plans, own): (&[Arc<Plan>], usize),
    resumes: bool,
    fate: Fate,
) -> (Machine, Option<Result<EndedRun, String>>) {
    let becomes = match fate {
        Fate::Lives => None,
        Fate::Gone(moment) => Some((moment, Network::Gone)),
        Fate::CutOff(moment, _) => Some((moment, Network::Down)),
    };
    let machine = Machine::new(world, becomes).await;
    let ended = {
        let happens = async {
            machine.is_cut_off().await;
            if let Fate::CutOff(_, length) = fate {
                sleep(length).await;
                machine.reconnect();
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            biased;
            () = happens => None,
            ended = machine.apply(&plans[own], resumes, plans) => Some(ended),
        }
    };
    (machine, ended)
}

/// Plays a world, and returns what is wrong with it.
async fn play(seed: u64) -> Vec<String> {
    let mut random = fastrand::Rng::with_seed(seed);
    let (world, plans) = world().await;
    if random.bool() {
        // What stands is updated: a call that comes late does harm there, where a second create is refused.
        Box::pin(live(&world, (&plans, MACHINES), false, Fate::Lives)).await;
    }
    for _ in 0..random.usize(0..4) {
        world.inject(&trouble(&mut random));
    }
    let fates: Vec<(Fate, Duration, bool)> = (0..random.usize(1..=MACHINES))
        .map(|_| (fate(&mut random), Duration::from_secs(random.u64(0..90)), random.bool()))
        .collect();
    let lives = fates.iter().enumerate().map(|(own, (fate, begins, resumes))| {
        let (world, plans) = (&world, &plans);
        async move {
            sleep(*begins).await;
            Box::pin(live(world, (plans, own), *resumes, *fate)).await
        }
    });
    let lived = futures::future::join_all(lives).await;
    world.faults().clear();
    // Somebody comes later and looks after it.
    let mut wrong = Vec::new();
    let mut last = None;
    for resumes in [true, false] {
        let (machine, ended) =
            Box::pin(live(&world, (&plans, MACHINES), resumes, Fate::Lives)).await;
        match &ended {
            Some(Ok(ended)) if Report::new(&ended.state).result == RunResult::Succeeded => {}
            other => wrong.push(format!("the last one does not end well: {other:?}")),
        }
        last = Some(machine);
    }
    let last = last.expect("one came");
    wrong.extend(writers(&world).await);
    for account in ACCOUNTS {
        let stands = shown(&world, account).await;
        let is_last =
            |stack: &String| stack.contains(&format!("output_value: Some(\"{MACHINES}\")"));
        if stands.len() != 2 || !stands.iter().all(is_last) {
            wrong.push(format!("{account}: {stands:?}"));
        }
    }
    let held = last.state().locks().await.expect("locks are read");
    if !held.is_empty() {
        wrong.push(format!("locks are held: {held:?}"));
    }
    wrong.extend(journals(&last).await);
    if !wrong.is_empty() {
        let ends: Vec<_> =
            lived.iter().map(|(_, ended)| ended.as_ref().map(Result::is_ok)).collect();
        wrong.push(format!("seed {seed}: {fates:?}, ended {ends:?}"));
    }
    wrong
}

/// Returns what is wrong with who wrote: each call is carried out once, and no run writes once another has begun to.
async fn writers(world: &World) -> Vec<String> {
    let mut sent: Vec<(i64, u32, String)> = Vec::new();
    for account in ACCOUNTS {
        let client = cloudformation(world, account);
        let listed = client.list_stacks().send().await.expect("stacks are listed");
        for stack in listed.stack_summaries() {
            let told =
                client.describe_stack_events().stack_name(stack.stack_name().expect("a name"));
            for event in told.send().await.expect("events are told").stack_events() {
                let is_begin = event.resource_status_reason() == Some("User Initiated")
                    && event.physical_resource_id() == stack.stack_id();
                if is_begin {
                    let at = event.timestamp().expect("a time");
                    let token = event.client_request_token().expect("every call has one");
                    sent.push((at.secs(), at.subsec_nanos(), format!("{account} {token}")));
                }
            }
        }
    }
    sent.sort();
    let mut wrong = Vec::new();
    let mut once = BTreeSet::new();
    let mut runs: Vec<&str> = Vec::new();
    for (.., token) in &sent {
        if !once.insert(token) {
            wrong.push(format!("{token} is carried out twice"));
        }
        // xdeploy-20261123-155602-k3f9-0-create
        let run = &token[ACCOUNTS[0].len() + " xdeploy-".len()..][..20];
        match runs.iter().position(|known| *known == run) {
            None => runs.push(run),
            Some(at) if at + 1 == runs.len() => {}
            Some(_) => {
                wrong.push(format!("{token} is of a run after which another began: {sent:?}"));
            }
        }
    }
    wrong
}

/// Returns what is wrong with the journals in the bucket.
async fn journals(machine: &Machine) -> Vec<String> {
    machine.state().refresh(NEWEST).await.expect("the state is read");
    let folder = machine.state().folder();
    let mut wrong = Vec::new();
    for run in folder.runs().expect("they are listed") {
        let mut numbers = Vec::new();
        match xdeploy::journal::read(&folder.journal(&run), |event| numbers.push(event.sequence)) {
            Ok(reading) if !reading.damaged.is_empty() || reading.is_torn => {
                wrong.push(format!("{run} is damaged"));
            }
            Ok(_) | Err(xdeploy::journal::ReadError::Empty { .. }) => {}
            Err(error) => wrong.push(format!("{run}: {error}")),
        }
        if numbers.iter().zip(1..).any(|(number, expected)| *number != expected) {
            wrong.push(format!("{run} has gaps: {numbers:?}"));
        }
    }
    wrong
}

fn worlds() -> u64 {
    std::env::var("XDEPLOY_WORLDS").ok().and_then(|count| count.parse().ok()).unwrap_or(80)
}

#[test]
fn whatever_becomes_of_machines_nothing_is_done_twice_and_every_lock_is_free_in_the_end() {
    let mut wrong = Vec::new();
    for seed in 0..worlds() {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
        wrong.extend(runtime.expect("a runtime").block_on(Box::pin(play(seed))));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
