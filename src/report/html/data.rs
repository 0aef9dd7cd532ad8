//! The run as the page reads it: one JSON object, columns instead of rows, positions instead of
//! texts that repeat. `model.js` is the other side of it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::texts::{Texts, abridged, abridged_arn};
use crate::event::{Failure, Outcome};
use crate::report::clusters::{Cluster, Member};
use crate::report::fold::account_region::AccountRegion;
use crate::report::fold::critical::critical_path;
use crate::report::fold::instance_report::InstanceReport;
use crate::report::fold::lifecycle::{FinishedInstance, InstanceState, InstanceStatus, elapsed};
use crate::report::fold::report::{RefusedAccount, Report};
use crate::report::fold::state::RunState;
use crate::report::messages::left_behind::{each, heading, prune_command, remedy};

/// Returns the run as JSON.
pub fn json(state: &RunState, report: &Report) -> String {
    let mut columns = Columns { texts: Texts::default(), failures: Texts::default() };
    let places: Vec<_> = state.places.iter().map(|place| columns.place(place)).collect();
    let instances = columns.instances(state, report);
    let several = state.has_several_environments();
    let refused: Vec<_> = report.refused.iter().map(|refused| columns.refused(refused)).collect();
    let data = json!({
        "schema": report.schema,
        "version": env!("CARGO_PKG_VERSION"),
        "run": report.run,
        "operation": report.operation,
        "environments": report.environments,
        "result": report.result,
        "refusal": report.refusal,
        "complete": report.complete,
        "goes_on": report.goes_on,
        "exit_code": report.complete.then(|| report.exit_code()),
        "started": report.started,
        "duration_ms": milliseconds(report.duration),
        "api_calls": report.api_calls,
        "throttled": report.throttled,
        "origin": report.origin,
        "outcomes": Outcome::ALL,
        "places": places,
        "instances": instances,
        "refused": refused,
        "left_behind": left_behind(report),
        "critical_path": critical_path(state),
        "clusters": report.failures.iter().map(|cluster| cause(cluster, state, several)).collect::<Vec<_>>(),
        "texts": columns.texts.into_value(),
        "failures": columns.failures.into_value(),
    });
    data.to_string()
}

/// What is left behind: how much, each stack in words, and how it is deleted; nothing for nothing.
fn left_behind(report: &Report) -> Value {
    let left = &report.left_behind;
    let named_state = report.named_state.as_ref();
    let command = prune_command(&report.files, report.origin.sandbox, named_state);
    let told = || {
        json!({
            "heading": heading(left),
            "stacks": each(left).collect::<Vec<_>>(),
            "remedy": remedy(left, &command),
        })
    };
    (!left.is_empty()).then(told).unwrap_or_default()
}

/// Failures with one cause: title, accounts, their names, an example, a remedy, and the positions of
/// the stack instances.
fn cause(cluster: &Cluster, state: &RunState, several: bool) -> Value {
    let name = |member: &Member| match several {
        true => format!("{}/{}", member.environment, member.account),
        false => member.account.to_string(),
    };
    let instances = cluster.members.iter().flat_map(|member| &member.instances);
    json!({
        "title": cluster.cause(),
        "accounts": cluster.accounts,
        "names": cluster.members.iter().map(name).collect::<Vec<_>>(),
        "message": (!cluster.is_whole).then_some(&cluster.message),
        "help": cluster.help,
        "members": instances.filter_map(|id| state.position(id)).collect::<Vec<_>>(),
    })
}

/// The texts that columns point into.
struct Columns {
    texts: Texts,
    failures: Texts,
}

impl Columns {
    /// An account and Region: environment, account, its id, Region, wave or 0.
    fn place(&mut self, place: &AccountRegion) -> Value {
        json!([
            self.texts.position(place.environment.as_str()),
            place.account,
            place.account_id,
            self.texts.position(place.region.as_str()),
            place.wave.unwrap_or(0),
        ])
    }

    /// An account that could not be entered: environment, account, its id, failure.
    fn refused(&mut self, refused: &RefusedAccount) -> Value {
        json!([
            refused.environment,
            refused.account,
            refused.account_id,
            self.failure(&refused.failure, refused.account_id.as_str()),
        ])
    }

    fn instances(&mut self, state: &RunState, report: &Report) -> Value {
        let mut place_of = vec![0; state.instances.len()];
        for (at, place) in state.places.iter().enumerate() {
            place.instances.iter().for_each(|&instance| place_of[instance] = at);
        }
        let start = report.started.unwrap_or(Timestamp::UNIX_EPOCH);
        let each = || report.stack_instances.iter();
        json!({
            "place": place_of,
            "stack": each().map(|i| self.texts.position(i.stack.as_str())).collect::<Vec<_>>(),
            "name": each().map(|i| self.texts.position(i.stack_name.as_str())).collect::<Vec<_>>(),
            "outcome": each().map(|i| outcome(i.outcome)).collect::<Vec<_>>(),
            "status": each().map(|i| self.status(i)).collect::<Vec<_>>(),
            "since_ms": state.instances.iter().map(|i| since_ms(i, start)).collect::<Vec<_>>(),
            "duration_ms": each().map(|i| milliseconds(i.duration)).collect::<Vec<_>>(),
            "stack_id": each().map(stack_id).collect::<Vec<_>>(),
            "failure": each().map(|i| {
                i.failure.as_ref().map(|failure| self.failure(failure, i.account_id.as_str()))
            }).collect::<Vec<_>>(),
            "outputs": each().map(|i| self.outputs(i)).collect::<Vec<_>>(),
            "notes": self.notes(report),
        })
    }

    fn status(&mut self, instance: &InstanceReport) -> Option<usize> {
        instance.status.as_ref().map(|status| self.texts.position(status.as_str()))
    }

    /// A failure: kind, message, resource, help. The same failure in many accounts is one.
    fn failure(&mut self, failure: &Failure, account_id: &str) -> usize {
        let help = failure.help.as_ref().map(|help| abridged(help, account_id));
        let message = abridged(&failure.message, account_id);
        self.failures.position_of(json!([failure.kind, message, failure.resource, help]))
    }

    /// What there is to say of stack instances besides, as positions of texts, by the position of each that has some.
    fn notes(&mut self, report: &Report) -> Value {
        let noted = report.stack_instances.iter().enumerate().filter(|(_, i)| !i.notes.is_empty());
        let positions = noted.map(|(at, instance)| {
            let notes = instance.notes.iter().map(|note| self.texts.position(note));
            (at.to_string(), notes.collect::<Value>())
        });
        Value::Object(positions.collect())
    }

    /// Names and values in turn; 0 for none.
    fn outputs(&mut self, instance: &InstanceReport) -> Value {
        if instance.outputs.is_empty() {
            return json!(0);
        }
        let account_id = instance.account_id.as_str();
        let pairs = instance.outputs.iter().flat_map(|(name, value)| {
            [json!(self.texts.position(name)), json!(abridged(value, account_id))]
        });
        Value::Array(pairs.collect())
    }
}

fn outcome(outcome: Outcome) -> usize {
    Outcome::ALL.iter().position(|known| *known == outcome).expect("every outcome is in the list")
}

fn stack_id(instance: &InstanceReport) -> Option<String> {
    let InstanceReport { region, account_id, stack_name, .. } = instance;
    let arn = instance.stack_id.as_deref()?;
    Some(abridged_arn(arn, region.as_str(), account_id.as_str(), stack_name.as_str()))
}

/// Returns when a stack instance started, counted from the run's start; nothing if it never did.
fn since_ms(instance: &InstanceState, start: Timestamp) -> Option<u64> {
    let since = match &instance.status {
        InstanceStatus::Waiting => None,
        InstanceStatus::Running(running) => Some(running.since),
        InstanceStatus::Finished(FinishedInstance { since, .. }) => *since,
    };
    since.map(|since| milliseconds(elapsed(start, since)))
}

fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
