//! Runs as their events tell them, built for tests.

mod fleet;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::RunState;
use crate::event::{
    AnnouncedInstance, EventKind, Failure, FailureKind, InstanceEnd, Operation, Outcome, RunEvent,
    RunResult, SCHEMA, StackAction,
};
use crate::name::InstanceId;

pub use fleet::Fleet;

/// A run being recorded: its events so far, and the time of the next one.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    pub events: Vec<RunEvent>,
    elapsed_ms: i64,
}

/// Reads `account/stack` or `environment/account/stack`, in eu-central-1; `dev` if not said.
pub fn id(path: &str) -> InstanceId {
    let parts: Vec<&str> = path.split('/').collect();
    let (environment, account, stack) = match parts[..] {
        [account, stack] => ("prod", account, stack),
        [environment, account, stack] => (environment, account, stack),
        _ => panic!("`{path}` has two or three parts"),
    };
    InstanceId {
        environment: environment.parse().expect("an environment"),
        account: account.parse().expect("an account"),
        region: "eu-central-1".parse().expect("a Region"),
        stack: stack.parse().expect("a stack"),
    }
}

/// An account's id that follows from the letters of its name.
fn account_id(account: &str) -> String {
    let number = account.bytes().fold(7u64, |sum, byte| (sum * 31 + u64::from(byte)) % 1_000_000);
    format!("100000{number:06}")
}

pub fn announced(path: &str, resources: usize) -> AnnouncedInstance {
    let id = id(path);
    AnnouncedInstance {
        account_id: account_id(id.account.as_str()).parse().expect("an id"),
        stack_name: id.stack.as_str().parse().expect("a stack name"),
        needs: Vec::new(),
        resources,
        template: id.stack.to_string(),
        changes_iam: false,
        wave: None,
        id,
    }
}

pub fn end(path: &str, outcome: Outcome) -> InstanceEnd {
    let status = match outcome {
        Outcome::Created | Outcome::Unchanged => Some("CREATE_COMPLETE".into()),
        Outcome::Updated => Some("UPDATE_COMPLETE".into()),
        Outcome::Deleted => Some("DELETE_COMPLETE".into()),
        Outcome::Failed => Some("ROLLBACK_COMPLETE".into()),
        Outcome::RolledBack => Some("UPDATE_ROLLBACK_COMPLETE".into()),
        Outcome::Skipped => None,
    };
    InstanceEnd {
        instance: id(path),
        outcome,
        status,
        stack_id: None,
        changed: None,
        outputs: BTreeMap::new(),
        preview: None,
        failure: None,
    }
}

impl Recording {
    /// Starts an apply of these stack instances; their environments are read off them.
    pub fn apply(paths: &[&str]) -> Self {
        Self::started(Operation::Apply, paths.iter().map(|path| announced(path, 3)).collect())
    }

    pub fn started(operation: Operation, instances: Vec<AnnouncedInstance>) -> Self {
        let mut environments: Vec<_> =
            instances.iter().map(|announced| announced.id.environment.clone()).collect();
        environments.dedup();
        let run = "20261123-155602-k3f9".parse().expect("a run id");
        let schema = SCHEMA;
        let (in_order, invocation) = (false, None);
        let kind = EventKind::RunStarted {
            schema,
            run,
            operation,
            environments,
            in_order,
            invocation,
            instances,
        };
        Self::default().say(kind)
    }

    /// Has each environment begin only once the one before it succeeded.
    pub fn in_order(mut self) -> Self {
        if let Some(RunEvent { kind: EventKind::RunStarted { in_order, .. }, .. }) =
            self.events.first_mut()
        {
            *in_order = true;
        }
        self
    }

    /// Lets time pass.
    pub fn after_ms(mut self, ms: i64) -> Self {
        self.elapsed_ms += ms;
        self
    }

    /// Lets time pass until so long after the start.
    pub fn at_ms(self, ms: i64) -> Self {
        Self { elapsed_ms: ms.max(self.elapsed_ms), ..self }
    }

    pub fn say(mut self, kind: EventKind) -> Self {
        let start: Timestamp = "2026-11-23T15:56:02Z".parse().expect("a timestamp");
        let at = start + SignedDuration::from_millis(self.elapsed_ms);
        self.events.push(RunEvent { sequence: self.events.len() as u64 + 1, at, kind });
        self
    }

    pub fn entered(self, account: &str) -> Self {
        let account_id: String = account_id(account);
        let caller = format!("arn:aws:sts::{account_id}:assumed-role/crossaccount/xdeploy-prod");
        self.say(EventKind::AccountEntered {
            environment: "prod".parse().expect("an environment"),
            account: account.parse().expect("an account"),
            account_id: account_id.parse().expect("an id"),
            caller,
        })
    }

    pub fn refused(self, account: &str, failure: Failure) -> Self {
        self.say(EventKind::AccountRefused {
            environment: "prod".parse().expect("an environment"),
            account: account.parse().expect("an account"),
            account_id: account_id(account).parse().expect("an id"),
            failure,
        })
    }

    /// An instance starts and its action with it.
    pub fn begins(self, path: &str, action: StackAction) -> Self {
        let (found, stack_id) = (None, None);
        self.say(EventKind::InstanceStarted { instance: id(path) }).say(EventKind::ActionStarted {
            instance: id(path),
            action,
            found,
            stack_id,
        })
    }

    pub fn stack(self, path: &str, status: &str) -> Self {
        let (instance, status, reason) = (id(path), status.into(), None);
        self.say(EventKind::StackChanged { instance, status, reason })
    }

    pub fn resource(self, path: &str, resource: &str, status: &str, reason: Option<&str>) -> Self {
        self.say(EventKind::ResourceChanged {
            instance: id(path),
            resource: resource.to_owned(),
            resource_type: "AWS::SNS::Topic".to_owned(),
            status: status.into(),
            reason: reason.map(str::to_owned),
        })
    }

    pub fn ends(self, path: &str, outcome: Outcome) -> Self {
        self.say(EventKind::InstanceFinished { end: end(path, outcome) })
    }

    pub fn ends_with(self, path: &str, outcome: Outcome, outputs: &[(&str, &str)]) -> Self {
        let outputs = outputs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        self.say(EventKind::InstanceFinished { end: InstanceEnd { outputs, ..end(path, outcome) } })
    }

    pub fn fails(self, path: &str, outcome: Outcome, failure: Failure) -> Self {
        let failure = Some(failure);
        self.say(EventKind::InstanceFinished { end: InstanceEnd { failure, ..end(path, outcome) } })
    }

    pub fn finished(self, result: RunResult) -> Self {
        let api_calls = [("sts:AssumeRole".to_owned(), 2)].into();
        self.say(EventKind::RunFinished { result, api_calls, throttled: 0 })
    }

    /// Returns the state after the last event.
    pub fn state(&self) -> RunState {
        let mut state = RunState::default();
        self.events.iter().for_each(|event| state.on(event));
        state
    }
}

/// Two stacks in a chain in each of two accounts, all created.
pub fn chain() -> Recording {
    let paths = ["dev/network", "test/network", "dev/app", "test/app"];
    Recording::apply(&paths)
        .after_ms(210)
        .entered("dev")
        .entered("test")
        .after_ms(90)
        .begins("dev/network", StackAction::Create)
        .begins("test/network", StackAction::Create)
        .after_ms(4_000)
        .resource("dev/network", "Vpc", "CREATE_COMPLETE", None)
        .after_ms(8_100)
        .ends_with(
            "dev/network",
            Outcome::Created,
            &[("VpcId", "vpc-1"), ("RoleArn", "arn:aws:iam::100000000001:role/network-role")],
        )
        .begins("dev/app", StackAction::Create)
        .after_ms(1_000)
        .ends_with("test/network", Outcome::Unchanged, &[("VpcId", "vpc-2")])
        .begins("test/app", StackAction::Update)
        .after_ms(60_000)
        .ends("dev/app", Outcome::Created)
        .ends("test/app", Outcome::Updated)
        .finished(RunResult::Succeeded)
}

/// A resource that fails, its stack that rolls back, and a dependent that is skipped.
pub fn failure() -> Recording {
    let refused = "User: arn:aws:sts::100000000001:assumed-role/x/y is not authorized to perform: \
                   sns:CreateTopic on resource: arn:aws:sns:eu-central-1:100000000001:t";
    let cause = Failure {
        resource: Some("Topic".to_owned()),
        help: Some("allow sns:CreateTopic in the role that xdeploy assumes".to_owned()),
        ..Failure::new(FailureKind::ResourceFailed, refused)
    };
    let skipped = Failure::new(FailureKind::NeedFailed, "dev/eu-central-1/network did not succeed");
    Recording::apply(&["dev/network", "dev/app", "dev/alarms"])
        .after_ms(300)
        .entered("dev")
        .begins("dev/network", StackAction::Create)
        .begins("dev/alarms", StackAction::Update)
        .after_ms(2_000)
        .ends("dev/alarms", Outcome::Unchanged)
        .after_ms(10_000)
        .resource("dev/network", "Topic", "CREATE_FAILED", Some(refused))
        .resource("dev/network", "Queue", "CREATE_FAILED", Some("Resource creation cancelled"))
        .stack("dev/network", "ROLLBACK_IN_PROGRESS")
        .after_ms(9_000)
        .fails("dev/network", Outcome::Failed, cause)
        .fails("dev/app", Outcome::Skipped, skipped)
        .finished(RunResult::Failed)
}

/// An account that does not let us in, beside one that does.
pub fn refusal() -> Recording {
    let cause = Failure::new(
        FailureKind::RoleRefused,
        "role crossaccount-prod-role in test could not be assumed: AccessDenied",
    )
    .with_help("name the source account in the role's trust policy");
    let skipped =
        Failure::new(FailureKind::NeedFailed, "test/eu-central-1/network did not succeed");
    Recording::apply(&["dev/network", "test/network", "test/app"])
        .after_ms(300)
        .entered("dev")
        .refused("test", cause.clone())
        .fails("test/network", Outcome::Failed, cause)
        .fails("test/app", Outcome::Skipped, skipped)
        .begins("dev/network", StackAction::Create)
        .after_ms(5_000)
        .ends("dev/network", Outcome::Created)
        .finished(RunResult::Failed)
}

/// A denial as CloudFormation tells it of a role in the stack `app` of an account.
pub fn denied(account: &str, number: usize) -> Failure {
    let id = account_id(account);
    let message = format!(
        "Role (AWS::IAM::Role): Resource handler returned message: \"User: \
         arn:aws:sts::{id}:assumed-role/deployer/xdeploy-prod is not authorized to perform: \
         iam:CreateRole on resource: arn:aws:iam::{id}:role/app-Role-1A2B3C4D5E{number:02} with an \
         explicit deny in a service control policy: \
         arn:aws:organizations::052343574110:policy/o-y3vn941x7j/service_control_policy/p-kfhxcsd9 \
         (Service: Iam, Status Code: 403, Request ID: b1bb91a6-005f-4b5e-a3bf-d8bed38b{number:04})\" \
         (RequestToken: 97cd1be4-fb19-c351-1288-81b9dc83{number:04}, HandlerErrorCode: AccessDenied)"
    );
    let failure = Failure::new(FailureKind::ResourceFailed, message)
        .with_help("mend the cause and apply again: the stack is deleted and created anew");
    Failure { resource: Some("Role".to_owned()), ..failure }
}

/// Accounts in which a service control policy denies a role, so that what needs it is skipped; and
/// one more where all is well.
pub fn denials(accounts: usize) -> Recording {
    let accounts: Vec<String> = (0..accounts).map(|number| format!("team-{number:03}")).collect();
    let with_two = accounts.iter().flat_map(|account| {
        ["app", "alarms"].map(|stack| announced(&format!("{account}/{stack}"), 4))
    });
    let instances = with_two.chain([announced("dev/app", 4)]).collect();
    let mut recording = Recording::started(Operation::Apply, instances)
        .begins("dev/app", StackAction::Create)
        .after_ms(500);
    for (number, account) in accounts.iter().enumerate() {
        let (app, alarms) = (format!("{account}/app"), format!("{account}/alarms"));
        let why = format!("it needs {account}/eu-central-1/app, which did not succeed");
        recording = recording
            .begins(&app, StackAction::Create)
            .after_ms(50)
            .fails(&app, Outcome::Failed, denied(account, number))
            .fails(&alarms, Outcome::Skipped, Failure::new(FailureKind::NeedFailed, why));
    }
    recording.after_ms(9_000).ends("dev/app", Outcome::Created).finished(RunResult::Failed)
}

/// Accounts that all refuse to let us in, as AWS and xdeploy word it.
pub fn refusals(accounts: usize) -> Recording {
    let accounts: Vec<String> = (0..accounts).map(|number| format!("team-{number:03}")).collect();
    let paths: Vec<String> = accounts.iter().map(|account| format!("{account}/app")).collect();
    let mut recording =
        Recording::apply(&paths.iter().map(String::as_str).collect::<Vec<_>>()).after_ms(200);
    for (account, path) in accounts.iter().zip(&paths) {
        let id = account_id(account);
        let (caller, role) = (
            "arn:aws:sts::999999999999:assumed-role/hub/ci",
            format!("arn:aws:iam::{id}:role/deployer"),
        );
        let failure = Failure::new(
            FailureKind::RoleRefused,
            format!(
                "account `{account}` ({id}) cannot be entered: {caller} may not assume {role}: \
                 AccessDenied: User: {caller} is not authorized to perform: sts:AssumeRole on \
                 resource: {role}"
            ),
        )
        .with_help(format!(
            "AWS does not say which side refuses. In account {id}: the role `deployer` exists, its \
             trust policy names account 999999999999"
        ));
        recording = recording.after_ms(3).refused(account, failure.clone()).fails(
            path,
            Outcome::Failed,
            failure,
        );
    }
    recording.finished(RunResult::Failed)
}

/// Four accounts in two waves, the second of which has begun.
pub fn in_waves() -> Recording {
    let paths = ["dev/app", "test/app", "a/app", "b/app"];
    let wave = |(at, path): (usize, &&str)| AnnouncedInstance {
        wave: Some(1 + at / 2),
        ..announced(path, 3)
    };
    Recording::started(Operation::Apply, paths.iter().enumerate().map(wave).collect())
        .after_ms(1_000)
        .begins("dev/app", StackAction::Create)
        .begins("test/app", StackAction::Create)
        .after_ms(58_000)
        .ends("dev/app", Outcome::Created)
        .ends("test/app", Outcome::Created)
        .after_ms(1_000)
        .begins("a/app", StackAction::Create)
        .begins("b/app", StackAction::Create)
}

/// Three accounts in two waves, the first of which stops the second.
pub fn stopped_wave() -> Recording {
    let cause = Failure::new(FailureKind::Refused, "the template has no resources");
    let stopped = Failure::new(FailureKind::WaveStopped, "wave 1 stopped when dev failed")
        .with_help("`--on-failure continue` goes on with what does not need it");
    let wave =
        |(path, wave): (&str, usize)| AnnouncedInstance { wave: Some(wave), ..announced(path, 3) };
    let instances = [("dev/app", 1), ("dev/alarms", 1), ("a/app", 2), ("b/app", 2)].map(wave);
    Recording::started(Operation::Apply, instances.to_vec())
        .begins("dev/app", StackAction::Create)
        .begins("dev/alarms", StackAction::Create)
        .after_ms(2_000)
        .fails("dev/app", Outcome::Failed, cause)
        .fails("a/app", Outcome::Skipped, stopped.clone())
        .fails("b/app", Outcome::Skipped, stopped)
        .after_ms(4_000)
        .ends("dev/alarms", Outcome::Created)
        .finished(RunResult::Failed)
}

/// A run that is asked to stop once and lets what runs settle.
pub fn cancelled() -> Recording {
    let cancelled = Failure::new(FailureKind::Cancelled, "the run was cancelled before its start");
    Recording::apply(&["dev/network", "dev/app"])
        .begins("dev/network", StackAction::Create)
        .after_ms(3_000)
        .say(EventKind::CancelRequested { at_once: false })
        .after_ms(4_000)
        .ends("dev/network", Outcome::Created)
        .fails("dev/app", Outcome::Skipped, cancelled)
        .finished(RunResult::Cancelled)
}

/// A run that is left while a stack is being created.
pub fn left_at_once() -> Recording {
    let moving = Failure::new(FailureKind::StillMoving, "left while it was being created");
    let mut end = end("dev/network", Outcome::Failed);
    end.status = None;
    end.failure = Some(moving);
    Recording::apply(&["dev/network"])
        .begins("dev/network", StackAction::Create)
        .stack("dev/network", "CREATE_IN_PROGRESS")
        .after_ms(3_000)
        .say(EventKind::CancelRequested { at_once: false })
        .after_ms(500)
        .say(EventKind::CancelRequested { at_once: true })
        .say(EventKind::InstanceFinished { end })
        .finished(RunResult::Cancelled)
}

/// An apply that finds everything as asked for.
pub fn unchanged() -> Recording {
    Recording::apply(&["dev/network", "test/network"])
        .entered("dev")
        .entered("test")
        .begins("dev/network", StackAction::Update)
        .begins("test/network", StackAction::Update)
        .after_ms(700)
        .ends("dev/network", Outcome::Unchanged)
        .ends("test/network", Outcome::Unchanged)
        .finished(RunResult::Succeeded)
}

/// 300 accounts with two stacks each: one yields an output, one fails.
pub fn many() -> Recording {
    let accounts: Vec<String> = (0..300).map(|number| format!("team-{number:03}")).collect();
    let instances = accounts.iter().flat_map(|account| {
        ["network", "app"].map(|stack| announced(&format!("{account}/{stack}"), 4))
    });
    let mut recording = Recording::started(Operation::Apply, instances.collect());
    for account in &accounts {
        let (network, app) = (format!("{account}/network"), format!("{account}/app"));
        recording = recording
            .begins(&network, StackAction::Create)
            .begins(&app, StackAction::Update)
            .after_ms(100)
            .ends(&network, Outcome::Created);
        let stuck = Failure::new(FailureKind::StackStuck, "the stack stands in DELETE_FAILED");
        recording = match account.as_str() {
            "team-007" => recording.fails(&app, Outcome::Failed, stuck),
            "team-011" => recording.ends_with(&app, Outcome::Updated, &[("Url", "https://x.test")]),
            _ => recording.ends(&app, Outcome::Unchanged),
        };
    }
    recording.finished(RunResult::Failed)
}
