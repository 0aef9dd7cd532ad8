//! Event buses of EventBridge take events. One that nobody made is one that somebody made by hand; no rule matches.
//!
//! Source: the EventBridge API reference, `PutEvents`.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::kept_message::keep;
use crate::name::EventBusArn;
use crate::sandbox::caller::SignedCaller;
use crate::sandbox::iam::{Authorizer, NeededPermission};
use crate::sandbox::wire::Refusal;
use crate::sandbox::world::{Settings, Store, StoredMessage};

/// The most events of one request, and bytes of one of them.
const MOST_ENTRIES: usize = 10;
const MOST_BYTES: usize = 262_144;

/// Carries out an action.
///
/// # Errors
/// If the caller may not, or the request is not as EventBridge wants it.
pub fn answer(
    action: &str,
    input: &Json,
    caller: &SignedCaller,
    store: &mut Store,
    now: Timestamp,
    settings: &Settings,
) -> Result<Json, Refusal> {
    if action != "PutEvents" {
        return Err(Refusal::unknown_operation(format!("events:{action}")));
    }
    let entries = input["Entries"].as_array().map(Vec::as_slice).unwrap_or_default();
    if entries.is_empty() || entries.len() > MOST_ENTRIES {
        return Err(Refusal::constraint(
            "entries",
            "entries",
            "Member must have length between 1 and 10",
        ));
    }
    let buses: Vec<String> = entries.iter().map(|entry| bus(entry, caller)).collect();
    let account = store.account(&caller.account);
    let access = Authorizer::new(caller, account, now, settings);
    for bus in &buses {
        access.check(&NeededPermission::new("events:PutEvents", bus), |_| {})?;
    }
    let (account, _) = store.change(&caller.account);
    let taken: Vec<Json> = entries
        .iter()
        .zip(buses)
        .map(|(entry, to)| match event(entry, to, now) {
            Ok(event) => json!({ "EventId": keep(event, account) }),
            Err((code, message)) => json!({ "ErrorCode": code, "ErrorMessage": message }),
        })
        .collect();
    let failed = taken.iter().filter(|entry| entry["ErrorCode"].is_string()).count();
    Ok(json!({ "FailedEntryCount": failed, "Entries": taken }))
}

/// Returns the ARN of the event bus that an entry is for.
fn bus(entry: &Json, caller: &SignedCaller) -> String {
    let name = entry["EventBusName"].as_str().unwrap_or("default");
    match name.parse::<EventBusArn>() {
        Ok(arn) => arn.to_string(),
        Err(_) => {
            let (region, account) = (&caller.region, &caller.account);
            format!("arn:{}:events:{region}:{account}:event-bus/{name}", region.partition())
        }
    }
}

/// Returns an event as it is kept.
///
/// # Errors
/// With the code and the message of an entry that is not taken.
fn event(
    entry: &Json,
    to: String,
    at: Timestamp,
) -> Result<StoredMessage, (&'static str, &'static str)> {
    let text = |member: &str| entry[member].as_str().unwrap_or_default();
    let (detail, kind) = (text("Detail"), text("DetailType"));
    if text("Source").is_empty() {
        return Err((
            "InvalidArgument",
            "Parameter Source is not valid. Reason: Source is a required argument.",
        ));
    }
    if kind.is_empty() {
        let message =
            "Parameter DetailType is not valid. Reason: DetailType is a required argument.";
        return Err(("InvalidArgument", message));
    }
    if !serde_json::from_str::<Json>(detail).is_ok_and(|detail| detail.is_object()) {
        return Err(("MalformedDetail", "Detail is malformed."));
    }
    if detail.len() + kind.len() > MOST_BYTES {
        return Err(("InvalidArgument", "Total size of the entry is too large."));
    }
    Ok(StoredMessage { to, at, subject: kind.to_owned(), text: detail.to_owned() })
}
