//! Topics of SNS take messages. A topic that no stack made is one that somebody made by hand.
//!
//! Source: the SNS API reference, `Publish`.

use super::kept_message::keep;
use crate::name::TopicArn;
use crate::sandbox::call::QueryCall;
use crate::sandbox::iam::{Authorizer, NeededPermission};
use crate::sandbox::wire::{Refusal, xml};
use crate::sandbox::world::StoredMessage;

/// The namespace of SNS's answers.
pub const NAMESPACE: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

/// The most characters of a subject, and bytes of a message.
const MOST_IN_SUBJECT: usize = 100;
const MOST_BYTES: usize = 262_144;

/// Carries out an action.
///
/// # Errors
/// If the caller may not, or the request is not as SNS wants it.
pub fn answer(action: &str, call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    if action != "Publish" {
        return Err(Refusal::not_offered(format!("sns:{action}")));
    }
    let topic = call.form.optional("TopicArn").or_else(|| call.form.optional("TargetArn"));
    let topic: TopicArn =
        topic.and_then(|topic| topic.parse().ok()).ok_or_else(|| invalid("TopicArn"))?;
    if topic.region() != call.caller.region {
        return Err(invalid("TopicArn"));
    }
    let needed = NeededPermission::new("sns:Publish", topic.as_str());
    let account = call.store.account(&call.caller.account);
    let allowed = Authorizer::new(call.caller, account, call.now, call.settings);
    allowed
        .check(&needed, |_| {})
        .map_err(|refusal| Refusal { code: "AuthorizationError", ..refusal })?;
    let subject = call.form.optional("Subject").unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_graphic() || c == ' ';
    if subject.chars().count() > MOST_IN_SUBJECT || !subject.chars().all(is_plain) {
        return Err(invalid("Subject"));
    }
    let text = call.form.optional("Message").unwrap_or_default();
    if text.is_empty() || text.len() > MOST_BYTES {
        return Err(invalid("Message"));
    }
    if topic.is_in_order() && call.form.optional("MessageGroupId").is_none() {
        return Err(invalid("MessageGroupId"));
    }
    let message = StoredMessage {
        to: topic.to_string(),
        at: call.now,
        subject: subject.to_owned(),
        text: text.to_owned(),
    };
    let (account, _) = call.store.change(&call.caller.account);
    Ok(xml::text("MessageId", keep(message, account)))
}

fn invalid(parameter: &str) -> Refusal {
    Refusal::bad_request("InvalidParameter", format!("Invalid parameter: {parameter}"))
}
