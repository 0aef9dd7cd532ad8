//! A run being recorded: its events one by one, as an engine would say them.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::event::{
    AnnouncedInstance, EventKind, Failure, InstanceEnd, LeftBehind, Operation, Outcome, RunEvent,
    RunResult, SCHEMA, StackAction,
};
use crate::name::InstanceId;
use crate::report::fold::state::RunState;

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
pub(super) fn account_id(account: &str) -> String {
    let number = account.bytes().fold(7u64, |sum, byte| (sum * 31 + u64::from(byte)) % 1_000_000);
    format!("100000{number:06}")
}

pub fn announced(path: &str, resources: usize) -> AnnouncedInstance {
    let id = id(path);
    AnnouncedInstance {
        account_id: account_id(id.account.as_str()).parse().expect("an id"),
        stack_name: id.stack.as_str().parse().expect("a stack name"),
        needs: Vec::new(),
        outside_needs: Vec::new(),
        stack_id: None,
        resources,
        template: id.stack.to_string(),
        changes_iam: false,
        wave: None,
        id,
    }
}

/// Returns a stack that an earlier run made.
pub fn left_behind(path: &str) -> LeftBehind {
    let AnnouncedInstance { id, account_id, stack_name, .. } = announced(path, 1);
    LeftBehind {
        id,
        account_id,
        stack_name,
        stack_id: None,
        status: None,
        run: "20261123-155602-k3f9".parse().expect("a run id"),
        may_stand: false,
        account_gone: false,
        shared_with: None,
        made_from: None,
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
        notes: Vec::new(),
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
        let (in_order, run_request) = (false, None);
        let kind = EventKind::RunStarted {
            schema,
            run,
            operation,
            environments,
            in_order,
            run_request,
            left_behind: Vec::new(),
            left_behind_unknown: Vec::new(),
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
        self.say(EventKind::RunFinished { result, api_calls, throttled: 0, refusal: None })
    }

    /// Returns the state after the last event.
    pub fn state(&self) -> RunState {
        let mut state = RunState::default();
        self.events.iter().for_each(|event| state.on(event));
        state
    }
}
