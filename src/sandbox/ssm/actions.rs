//! The actions of the parameter store.

use jiff::Timestamp;
use serde_json::{Map, Value as Json};

use super::get::{ParameterReader, name_of, names};
use super::put::{TYPE, put};
use super::refusals::{missing, not_found};
use crate::sandbox::caller::SignedCaller;
use crate::sandbox::cloudformation::parameter_arn;
use crate::sandbox::iam::{Authorizer, NeededPermission};
use crate::sandbox::wire::Refusal;
use crate::sandbox::world::{Settings, Store, name_key};

/// The actions that there are.
const ACTIONS: &[&str] =
    &["PutParameter", "GetParameter", "GetParameters", "GetParametersByPath", "DeleteParameter"];

/// Carries out an action, such as `PutParameter`.
///
/// # Errors
/// If the caller may not, or the request is not as the service wants it.
pub fn answer(
    action: &str,
    input: &Json,
    caller: &SignedCaller,
    store: &mut Store,
    now: Timestamp,
    settings: &Settings,
) -> Result<Json, Refusal> {
    if !ACTIONS.contains(&action) {
        return Err(Refusal::unknown_operation(format!("ssm:{action}")));
    }
    let (id, region) = (&caller.account, &caller.region);
    let account = store.account(id);
    let reading = ParameterReader { account, region, input, settings };
    let names = match action {
        "GetParameters" => names(input)?,
        "GetParametersByPath" => vec![text(input, "Path")?],
        _ => vec![text(input, "Name")?],
    };
    let access = Authorizer::new(caller, account, now, settings);
    for name in &names {
        let arn = parameter_arn(id, region, name_of(name, id, region));
        access.check(&NeededPermission::new(format!("ssm:{action}"), &arn), |_| {})?;
    }
    match action {
        "GetParameter" => reading.one(names[0]),
        "GetParameters" => reading.several(),
        "GetParametersByPath" => reading.by_path(),
        "PutParameter" => put(store.change(id).0, region, names[0], input, now),
        _ => {
            let key = name_key(TYPE, Some(region), names[0]);
            let (account, _) = store.change(id);
            account.parameters.remove(&key).ok_or_else(not_found)?;
            account.names.remove(&key);
            Ok(Json::Object(Map::new()))
        }
    }
}

fn text<'i>(input: &'i Json, member: &str) -> Result<&'i str, Refusal> {
    let given = input[member].as_str().filter(|text| !text.is_empty());
    given.ok_or_else(|| missing(&member.to_ascii_lowercase()))
}
