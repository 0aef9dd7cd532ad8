//! The events of a large run, as the engine would tell them: accounts in waves, stacks in a chain.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use xdeploy::event::{RunEvent, SCHEMA};
use xdeploy::report::RunState;

/// The stacks of every account, each of which needs the one before.
const STACKS: [&str; 5] = ["cross-account-role", "network", "baseline", "app-settings", "app"];

/// How many accounts a wave has.
const WAVE: usize = 500;

/// Returns the state after an apply of five stacks in each of `accounts` accounts; every 97th
/// account refuses to create a role.
pub fn fleet(accounts: usize) -> RunState {
    let mut told = Told::default();
    told.say(0, started(accounts));
    let mut busy = vec![0; accounts];
    let mut wave_start = 400;
    for wave in 0..accounts.div_ceil(WAVE) {
        let members = wave * WAVE..accounts.min((wave + 1) * WAVE);
        for account in members.clone() {
            busy[account] = wave_start + (account % WAVE) as i64 * 12;
            deploy(&mut told, account, &mut busy[account]);
        }
        wave_start = members.map(|account| busy[account]).max().unwrap_or(wave_start);
    }
    let calls = json!({
        "sts:AssumeRole": accounts, "cloudformation:CreateStack": accounts * 5,
        "cloudformation:DescribeStacks": accounts * 9, "cloudformation:DescribeStackEvents": accounts / 97,
    });
    let finish = json!({
        "type": "run-finished", "result": "failed", "api_calls": calls, "throttled": accounts / 60
    });
    told.say(wave_start, finish);
    told.state()
}

fn id(account: usize, stack: usize) -> Value {
    json!({
        "environment": "prod", "account": format!("team-{account:04}"), "region": "eu-central-1",
        "stack": STACKS[stack],
    })
}

fn account_id(account: usize) -> String {
    format!("1{account:011}")
}

fn started(accounts: usize) -> Value {
    let several_waves = accounts > WAVE;
    let all =
        (0..accounts).flat_map(|account| (0..STACKS.len()).map(move |stack| (account, stack)));
    let instances: Vec<Value> = all
        .map(|(account, stack)| {
            let mut announced = id(account, stack);
            let own = account * STACKS.len() + stack;
            announced["account_id"] = account_id(account).into();
            announced["stack_name"] = STACKS[stack].into();
            announced["needs"] = json!(if stack > 0 { vec![own - 1] } else { vec![] });
            announced["resources"] = json!(stack + 1);
            announced["wave"] = json!(several_waves.then_some(account / WAVE + 1));
            announced
        })
        .collect();
    json!({
        "type": "run-started", "schema": SCHEMA, "run": "20261123-155602-k3f9",
        "operation": "apply", "environments": ["prod"], "instances": instances,
    })
}

/// Tells of one account, which is busy until `at`.
fn deploy(told: &mut Told, account: usize, at: &mut i64) {
    let number = account_id(account);
    for (stack, name) in STACKS.iter().enumerate() {
        let instance = id(account, stack);
        told.say(*at, json!({ "type": "instance-started", "instance": instance }));
        let arn = format!(
            "arn:aws:cloudformation:eu-central-1:{number}:stack/{name}/{:08x}-7d1c-11f0-a9c2-0a{account:05x}{stack:05x}",
            account * 7919 + stack * 104_729
        );
        *at += 900 * (stack as i64 + 1) + (account * 37 % 900) as i64;
        let mut end = json!({
            "type": "instance-finished", "instance": instance, "outcome": "created",
            "status": "CREATE_COMPLETE", "stack_id": arn,
        });
        if stack == 0 {
            let role = format!(
                "arn:aws:iam::{number}:role/cross-account-role-Role-{:012X}",
                account * 7_349_981
            );
            end["outputs"] = json!({ "RoleArn": role });
        }
        let fails = account % 97 == 41 && stack == 2;
        if fails {
            end["outcome"] = "failed".into();
            end["status"] = "ROLLBACK_COMPLETE".into();
            end["failure"] = json!({
                "kind": "resource-failed", "resource": "AuditRole",
                "message": format!("User: arn:aws:sts::{number}:assumed-role/xdeploy-deployer/xdeploy-prod is not \
                    authorized to perform: iam:CreateRole on resource: arn:aws:iam::{number}:role/audit with an \
                    explicit deny in a service control policy"),
                "help": "a service control policy of the organization denies it: have it allow iam:CreateRole for this role",
            });
        }
        told.say(*at, end);
        if fails {
            return skip(told, account, stack + 1, *at);
        }
    }
}

fn skip(told: &mut Told, account: usize, from: usize, at: i64) {
    for stack in from..STACKS.len() {
        let need = format!("team-{account:04}/eu-central-1/{}", STACKS[stack - 1]);
        let failure =
            json!({ "kind": "need-failed", "message": format!("{need} did not succeed") });
        told.say(at, json!({
            "type": "instance-finished", "instance": id(account, stack), "outcome": "skipped", "failure": failure,
        }));
    }
}

/// What was said, and when; told in the order of time.
#[derive(Default)]
struct Told(Vec<(i64, Value)>);

impl Told {
    fn say(&mut self, at: i64, what: Value) {
        self.0.push((at, what));
    }

    fn state(mut self) -> RunState {
        self.0.sort_by_key(|(at, _)| *at);
        let begin: Timestamp = "2026-11-23T15:56:02Z".parse().expect("a timestamp");
        let mut state = RunState::default();
        for (sequence, (at, mut what)) in self.0.into_iter().enumerate() {
            what["sequence"] = json!(sequence + 1);
            what["at"] = json!(begin + SignedDuration::from_millis(at));
            let event: RunEvent = serde_json::from_value(what).expect("an event");
            state.on(&event);
        }
        state
    }
}
