//! Lookups: values that AWS keeps are read when a stack instance starts that needs them, once per run and place.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::answered::{doubt, is_uncertain};
use super::instance_work::InstanceWork;
use super::known_lookups::{Found, FoundValue};
use super::lookup_places::{LookupPlaces, Read, Unread, whole};
use super::stack_of_others;
use crate::cloud::{CallError, Session, Stack, StoredText, StoredValue};
use crate::document::quoted;
use crate::environment::LookedUp;
use crate::event::{Failure, FailureKind};
use crate::plan::{Plan, PlannedLookup, StackInstance};
use crate::sessions::Sessions;
use crate::template::Template;

/// Reads what a stack instance needs.
///
/// # Errors
/// With the first that cannot be read, and what to do.
pub(super) async fn look_up(
    work: &InstanceWork,
    lookups: Vec<PlannedLookup>,
) -> Result<Found, Failure> {
    let (sessions, plan, run) = (&work.sessions, &work.plan, work.run.as_str());
    let reader = LookupReader { sessions, plan, run, waits: true };
    let mut found = Found::new();
    for lookup in lookups {
        let place = work.lookups.place(&lookup);
        let reading = place.get_or_init(|| {
            Box::pin(async {
                let session = work.session(lookup.account).await.map_err(Unread::NotEntered)?;
                reader.read(session, &lookup).await.map_err(Unread::NotHad)
            })
        });
        // Whoever waits for it reads it, if the one that reads is stopped.
        let Some(read) = work.unless_stopped(reading).await else {
            return Err(Failure::new(FailureKind::Cancelled, "the run was cancelled"));
        };
        work.lookups.forget_outage(&lookup, &place);
        let read = read.as_ref().map_err(|unread| unread_by(work, &lookup, unread))?;
        let value = reader.part_of(&lookup, read)?;
        if let Some(told) = work.lookups.told(work.id(), &lookup, &value) {
            work.tell(told).await;
        }
        found.insert(lookup, value);
    }
    Ok(found)
}

/// Reads the secrets of a stack instance that AWS keeps, for a command that only looks; nothing if one cannot be read.
pub(super) async fn secrets_of(
    instance: &StackInstance,
    (sessions, plan): (&Sessions, &Plan),
    places: &LookupPlaces,
) -> Option<Vec<String>> {
    let reader = LookupReader { sessions, plan, run: "", waits: false };
    let mut secrets = Vec::new();
    for lookup in instance.secret_lookups() {
        let place = places.place(lookup);
        let reading = place.get_or_init(async || {
            let entered = sessions.enter(lookup.account).await.session.map_err(Clone::clone);
            let session = entered.map_err(Unread::NotEntered)?;
            reader.read(session, lookup).await.map_err(Unread::NotHad)
        });
        secrets.push(reader.part_of(lookup, reading.await.as_ref().ok()?).ok()?.text);
    }
    Some(secrets)
}

/// Reads values for the stack instances of a plan.
struct LookupReader<'a> {
    sessions: &'a Sessions,
    plan: &'a Plan,
    /// The run's id, which salts the digests of outputs.
    run: &'a str,
    /// Whether a stack that is being changed is waited for.
    waits: bool,
}

impl LookupReader<'_> {
    async fn read(&self, session: &Session, lookup: &PlannedLookup) -> Result<Read, Failure> {
        let refused = |error: CallError| failed(self.plan, lookup, error);
        let values = || session.values(&lookup.region);
        let value = match &lookup.what {
            LookedUp::StackOutput { stack, .. } => {
                let stacks = self.sessions.stacks(session, lookup.account, &lookup.region);
                let unknown = Template::unknown(Path::new(""));
                let found = match self.waits {
                    true => stack_of_others::find(&stacks, stack.as_str(), &unknown).await,
                    false => stacks.find(stack.as_str()).await,
                };
                return outputs(lookup, found.map_err(refused)?);
            }
            LookedUp::Parameter(name) => values().parameter(name).await.map_err(refused)?,
            LookedUp::Secret { id, .. } => values().secret(id).await.map_err(refused)?,
        };
        match value {
            StoredValue::Text(StoredText { text, is_secret, version }) => {
                Ok(Read::Value(FoundValue { text, is_secret, version }))
            }
            StoredValue::Binary => Err(Failure::new(
                FailureKind::Refused,
                format!("{} holds bytes, which are no text", whole(lookup)),
            )
            .with_help("store it as SecretString")),
            StoredValue::Absent => Err(absent(lookup)),
        }
    }

    /// Returns the part of what was read that is meant.
    fn part_of(&self, lookup: &PlannedLookup, read: &Read) -> Result<FoundValue, Failure> {
        match (read, &lookup.what) {
            (Read::Outputs(outputs), LookedUp::StackOutput { key, .. }) => {
                let text = outputs.get(key).cloned().ok_or_else(|| {
                    let message =
                        format!("{lookup} is not there: the stack has no output {}", quoted(key));
                    Failure::new(FailureKind::OutputMissing, message)
                        .with_help("look at the stack's outputs for how it is called")
                })?;
                if is_uncertain(&text) {
                    return Err(uncertain(lookup));
                }
                let version = salted_digest(self.run, &text);
                Ok(FoundValue { text, is_secret: false, version })
            }
            (Read::Value(value), LookedUp::Secret { key: Some(key), .. }) => {
                let text = member(&value.text, key).map_err(|why| {
                    Failure::new(FailureKind::Refused, format!("{lookup} cannot be read: {why}"))
                        .with_help("store it as a JSON object whose members are text, or leave `#` and the key out")
                })?;
                Ok(FoundValue { text, ..value.clone() })
            }
            (Read::Value(value), _) => Ok(value.clone()),
            (Read::Outputs(_), _) => unreachable!("only stacks have outputs"),
        }
    }
}

/// Returns the outputs of a stack of others.
///
/// # Errors
/// When it is not there, or does not stand well enough to build on.
fn outputs(lookup: &PlannedLookup, found: Option<Stack>) -> Result<Read, Failure> {
    let stack = found.ok_or_else(|| absent(lookup))?;
    if stack_of_others::may_be_built_on(&stack) {
        return Ok(Read::Outputs(stack.outputs));
    }
    let message = format!("{} stands in {}", whole_shown(lookup), stack.status);
    Err(Failure::new(FailureKind::NeedFailed, message)
        .with_help("let whoever deploys it mend it first"))
}

/// Returns that an output of a stack of others may be another one than AWS answers. Nothing tells what was sent for that
/// stack: its template and parameters are answered alike.
fn uncertain(lookup: &PlannedLookup) -> Failure {
    let message = doubt(&lookup.to_string());
    Failure::new(FailureKind::OutputMissing, message).with_help(
        "take it by an Export and `Fn::ImportValue`, or from Parameter Store by `${ssm:…}`, which hand over the value \
         itself, or write the value in the file",
    )
}

/// Returns what tells an output from the next: it has no version, and it may be short enough to be guessed.
fn salted_digest(run: &str, text: &str) -> String {
    let digest = Sha256::new().chain_update(run).chain_update(" ").chain_update(text);
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Returns a member of a JSON object; what is wrong is said without what it holds.
fn member(json: &str, key: &str) -> Result<String, String> {
    let parsed: Result<serde_json::Map<String, serde_json::Value>, _> = serde_json::from_str(json);
    let object = parsed.map_err(|_| "the secret is no JSON object".to_owned())?;
    match object.get(key) {
        Some(serde_json::Value::String(text)) => Ok(text.clone()),
        Some(serde_json::Value::Number(number)) => Ok(number.to_string()),
        Some(serde_json::Value::Bool(flag)) => Ok(flag.to_string()),
        Some(_) => Err(format!("its member {} is no text", quoted(key))),
        None => Err(format!("it has no member {}", quoted(key))),
    }
}

fn absent(lookup: &PlannedLookup) -> Failure {
    let message = format!("{} is not there", whole_shown(lookup));
    let help = "make it, or mend the reference in the environment file; `@account/region` reads it elsewhere";
    Failure::new(FailureKind::OutputMissing, message).with_help(help)
}

/// Returns how what is read at once is shown, whichever part of it was asked for first.
fn whole_shown(lookup: &PlannedLookup) -> String {
    match &lookup.what {
        LookedUp::StackOutput { stack, .. } => {
            format!("the stack `{stack}` of {}/{}", lookup.account_id, lookup.region)
        }
        LookedUp::Parameter(_) | LookedUp::Secret { .. } => whole(lookup).to_string(),
    }
}

/// Returns the failure of a stack instance for which a value was not read.
fn unread_by(work: &InstanceWork, lookup: &PlannedLookup, unread: &Unread) -> Failure {
    match unread {
        // That its own account is refused says all, and the same of each stack instance there.
        Unread::NotEntered(failure) if lookup.account != work.instance().account => {
            let message = format!("{lookup} cannot be read: {}", failure.message);
            Failure { message, ..failure.clone() }
        }
        Unread::NotEntered(failure) | Unread::NotHad(failure) => failure.clone(),
    }
}

/// Returns the failure of a call, with the permission that is missing if it is one.
fn failed(plan: &Plan, lookup: &PlannedLookup, error: CallError) -> Failure {
    let is_denied = error.is_access_denied();
    let account = &plan.accounts[lookup.account].name;
    let failure = error.into_failure(account);
    let message = format!("{} cannot be read: {}", whole_shown(lookup), failure.message);
    let failure = Failure { message, ..failure };
    let (permission, key) = match lookup.what {
        LookedUp::Parameter(_) => ("ssm:GetParameter", true),
        LookedUp::Secret { .. } => ("secretsmanager:GetSecretValue", true),
        LookedUp::StackOutput { .. } => ("cloudformation:DescribeStacks", false),
    };
    if !is_denied {
        return failure;
    }
    let key = match key {
        true => ", and kms:Decrypt on its key if that is one of your own",
        false => "",
    };
    failure.with_help(format!(
        "allow {permission} on it{key}, in a policy of the role that enters {account}; a service control policy \
         or permissions boundary may refuse it as well"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_of_a_secret_is_text_and_a_fault_never_tells_what_it_holds() {
        let json = r#"{"user":"ann","port":5432,"on":true,"deep":{"hidden-value":1},"none":null}"#;
        assert_eq!(member(json, "user"), Ok("ann".to_owned()));
        assert_eq!(member(json, "port"), Ok("5432".to_owned()));
        assert_eq!(member(json, "on"), Ok("true".to_owned()));
        for (json, key) in
            [(json, "deep"), (json, "none"), (json, "other"), ("hidden-value", "a"), ("[1]", "a")]
        {
            let why = member(json, key).expect_err(key);
            assert!(!why.contains("hidden-value"), "{why}");
        }
    }
}
