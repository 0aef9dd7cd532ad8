//! What a create or an update asks for, read off the request and checked.

use std::collections::BTreeMap;

use super::definition::{Definition, StackParameter};
use super::parameters::GivenValue;
use super::stack::StoredStack;
use super::stored_values::StoredValues;
use super::template_url::TemplatePlace;
use super::transform::{KnownValues, Transformed, transformed};
use super::{capabilities, parameters, principal, template, validate};
use crate::sandbox::call::QueryCall;
use crate::sandbox::wire::Refusal;
use crate::sandbox::wire::form::Form;

/// The longest template that a request may carry, in bytes.
const LONGEST_BODY: usize = 51_200;
/// The most tags a stack may have.
const MOST_TAGS: usize = 50;
/// The most topics that may hear of a stack.
const MOST_TOPICS: usize = 5;
/// The longest token of a request, in characters.
const LONGEST_TOKEN: usize = 128;

/// Reads what a request asks for; `former` is what the stack is now, for an update.
///
/// # Errors
/// If anything in it is not as CloudFormation wants it.
pub fn read(call: &QueryCall<'_>, former: Option<&StoredStack>) -> Result<Definition, Refusal> {
    let form = call.form;
    refuse_what_is_not_offered(form)?;
    let former = former.map(|stack| &stack.definition);
    let uses_previous = form.flag("UsePreviousTemplate")? == Some(true);
    let body = match (former, uses_previous) {
        (Some(former), true) => former.body.clone(),
        _ => body(call)?,
    };
    let kept = former.and_then(|former| former.role_arn.as_ref());
    let role_arn = principal::service_role(call, kept)?;
    let principal = principal::of(call, role_arn.as_ref());
    let stored = StoredValues::of(call, &principal);
    let given = parameters::given(&form.list("Parameters"));
    let definition = definition(body, given, form.texts("Capabilities"), former, &stored)?;
    // An update that says nothing of tags or topics leaves them; an empty list removes them.
    let kept = |name: &str| former.filter(|_| form.as_sent(name).is_none() && !form.mentions(name));
    Ok(Definition {
        tags: match kept("Tags") {
            Some(former) => former.tags.clone(),
            None => tags(form)?,
        },
        role_arn,
        notification_arns: match kept("NotificationARNs") {
            Some(former) => former.notification_arns.clone(),
            None => topics(form)?,
        },
        ..definition
    })
}

/// Returns what a template and the values of its parameters ask for, without tags, topics and role.
///
/// # Errors
/// If anything in it is not as CloudFormation wants it.
pub fn definition(
    body: String,
    given: Result<BTreeMap<String, GivenValue>, Refusal>,
    capabilities: Vec<String>,
    former: Option<&Definition>,
    stored: &StoredValues<'_>,
) -> Result<Definition, Refusal> {
    let template = template::read(&body)?;
    let parameters = given.and_then(|given| parameters::resolve(&template, &given, former, stored));
    let known = KnownValues {
        parameters: parameters.as_ref().ok(),
        account: &stored.account.id,
        region: stored.region,
    };
    let Transformed { template, failure: transform_failure } = transformed(template, &known);
    validate::check(&template)?;
    capabilities::check(&template, &capabilities)?;
    let parameters = parameters?;
    Ok(Definition {
        body,
        template,
        transform_failure,
        parameters,
        capabilities,
        ..Definition::default()
    })
}

/// Checks the form of the token that a request came with, if it did.
///
/// # Errors
/// If it is none that CloudFormation takes, in the words of the API's own model.
pub fn check_token(form: &Form) -> Result<(), Refusal> {
    let Some(token) = form.optional("ClientRequestToken") else { return Ok(()) };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let rule = match token.chars().count() > LONGEST_TOKEN {
        true => "have length less than or equal to 128",
        false if token.starts_with('-') || !token.chars().all(is_plain) => {
            "satisfy regular expression pattern: [a-zA-Z0-9][-a-zA-Z0-9]*"
        }
        false => return Ok(()),
    };
    Err(Refusal::constraint(token, "clientRequestToken", rule))
}

fn topics(form: &Form) -> Result<Vec<String>, Refusal> {
    let topics = form.texts("NotificationARNs");
    if topics.len() > MOST_TOPICS {
        let shown = format!("[{}]", topics.join(", "));
        let rule = "have length less than or equal to 5";
        return Err(Refusal::constraint(&shown, "notificationARNs", rule));
    }
    Ok(topics)
}

/// Returns what is known of the values of the stack that a request is about.
pub fn known_values<'a>(
    call: &'a QueryCall<'_>,
    parameters: Option<&'a BTreeMap<String, StackParameter>>,
) -> KnownValues<'a> {
    KnownValues { parameters, account: &call.caller.account, region: &call.caller.region }
}

fn refuse_what_is_not_offered(form: &Form) -> Result<(), Refusal> {
    if form.mentions("RollbackConfiguration.RollbackTriggers") {
        return Err(Refusal::not_offered("rollback triggers: it has no alarms that could go off"));
    }
    Ok(())
}

/// Returns the template's text, sent along or read from a bucket.
///
/// # Errors
/// If there is none, it is too long, or it cannot be read.
pub fn body(call: &QueryCall<'_>) -> Result<String, Refusal> {
    match (call.form.optional("TemplateBody"), call.form.optional("TemplateURL")) {
        (Some(_), Some(_)) => Err(Refusal::validation(
            "Template body and template URL cannot be specified at the same time.",
        )),
        (Some(body), None) if body.len() > LONGEST_BODY => Err(Refusal::validation(format!(
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: \
             Member must have length less than or equal to {LONGEST_BODY}"
        ))),
        (Some(body), None) => Ok(body.to_owned()),
        (None, Some(url)) => object(call, url),
        (None, None) => {
            Err(Refusal::validation("Either Template URL or Template Body must be specified."))
        }
    }
}

fn object(call: &QueryCall<'_>, url: &str) -> Result<String, Refusal> {
    let account = call.store.account(&call.caller.account);
    let place = TemplatePlace { account, store: call.store, partition: call.caller.partition() };
    place.read(url, |needed| call.authorize(needed).is_ok())
}

fn tags(form: &Form) -> Result<BTreeMap<String, String>, Refusal> {
    let mut tags = BTreeMap::new();
    for tag in form.list("Tags") {
        let key = tag.required("Key")?.to_owned();
        let value = tag.as_sent("Value").unwrap_or_default().to_owned();
        if key.to_lowercase().starts_with("aws:") {
            return Err(Refusal::validation(
                "aws: prefixed tag key names are not allowed for external use.",
            ));
        }
        if key.chars().count() > 128 || value.chars().count() > 256 {
            return Err(Refusal::validation(
                "Tag keys have at most 128 characters and tag values at most 256.",
            ));
        }
        if tags.insert(key.clone(), value).is_some() {
            return Err(Refusal::validation(format!("Duplicate tag keys found: {key}")));
        }
    }
    if tags.len() > MOST_TAGS {
        return Err(Refusal::constraint("tags", "tags", "have length less than or equal to 50"));
    }
    Ok(tags)
}

/// Returns the stack policy a request carries under a name.
///
/// # Errors
/// If it is no JSON object with statements.
pub fn stack_policy(form: &Form, name: &str) -> Result<Option<String>, Refusal> {
    let Some(body) = form.optional(name) else { return Ok(None) };
    let policy: Option<serde_json::Value> = serde_json::from_str(body).ok();
    if policy.is_some_and(|policy| !policy["Statement"].is_null()) {
        return Ok(Some(body.to_owned()));
    }
    Err(Refusal::validation("Error validating stack policy: Invalid stack policy"))
}
