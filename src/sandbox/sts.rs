//! STS: entering a role, and asking who one is.

use std::time::Duration;

use super::caller::{Identity, Session};
use super::refusal::Refusal;
use super::respond::Call;
use super::{trust, xml};
use crate::name::{AccountId, RoleArn, SessionName};

/// The namespace of STS's answers.
pub const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// The longest session of a role that a session assumes.
const LONGEST_CHAINED_SECONDS: u32 = 3600;

/// Carries out an action.
pub fn answer(action: &str, call: &mut Call<'_>) -> Result<String, Refusal> {
    match action {
        "AssumeRole" => assume_role(call),
        "GetCallerIdentity" => Ok([
            xml::text("Arn", call.caller.arn()),
            xml::text("UserId", call.caller.user_id()),
            xml::text("Account", call.caller.account.as_str()),
        ]
        .concat()),
        other => Err(Refusal::not_offered(format!("sts:{other}"))),
    }
}

fn assume_role(call: &mut Call<'_>) -> Result<String, Refusal> {
    let form = call.form;
    for member in ["Policy", "PolicyArns", "Tags", "TransitiveTagKeys", "SourceIdentity"] {
        if form.mentions(member) {
            return Err(Refusal::not_offered(format!("{member} of sts:AssumeRole")));
        }
    }
    let arn = form.required("RoleArn")?;
    check_length(arn, "roleArn", 20, 2048)?;
    if let Some(external_id) = form.optional("ExternalId") {
        check_length(external_id, "externalId", 2, 1224)?;
    }
    let name = session_name(form.required("RoleSessionName")?)?;
    let seconds = form.number("DurationSeconds")?.unwrap_or(3600);
    check_duration(seconds)?;
    let role: RoleArn =
        arn.parse().map_err(|_| Refusal::validation(format!("{arn} is invalid")))?;

    let account = role.account();
    super::cloudformation::bring_up_to_date(call.store, &account, call.now, call.settings)?;
    let denied = || {
        Refusal::forbidden(
            "AccessDenied",
            format!(
                "User: {} is not authorized to perform: sts:AssumeRole on resource: {arn}",
                call.caller.arn()
            ),
        )
    };
    let request = trust::Request {
        caller: call.caller,
        external_id: form.optional("ExternalId"),
        session_name: &name,
    };
    let role = call
        .store
        .account(&account)
        .roles
        .get(role.role_name())
        .filter(|role| role.arn == arn && trust::admits(&role.trust, &request))
        .ok_or_else(denied)?;
    if matches!(call.caller.identity, Identity::Session(_)) && seconds > LONGEST_CHAINED_SECONDS {
        return Err(Refusal::validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by \
             role chaining.",
        ));
    }
    if seconds > role.longest_session_seconds {
        return Err(Refusal::validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    let session = Session {
        key: format!("ASIA{}", random_letters(16)),
        account: AccountId::clone(&account),
        role_arn: arn.to_owned(),
        role_id: role.id.clone(),
        name,
        expires: call.now + Duration::from_secs(seconds.into()),
    };
    Ok(entered(&session))
}

fn session_name(name: &str) -> Result<String, Refusal> {
    if name.parse::<SessionName>().is_ok() {
        return Ok(name.to_owned());
    }
    check_length(name, "roleSessionName", 2, 64)?;
    let rule = "satisfy regular expression pattern: [\\w+=,.@-]*";
    Err(Refusal::constraint(name, "roleSessionName", rule))
}

fn check_length(value: &str, member: &str, least: usize, most: usize) -> Result<(), Refusal> {
    let rule = match value.chars().count() {
        length if length < least => format!("have length greater than or equal to {least}"),
        length if length > most => format!("have length less than or equal to {most}"),
        _ => return Ok(()),
    };
    Err(Refusal::constraint(value, member, &rule))
}

fn check_duration(seconds: u32) -> Result<(), Refusal> {
    let rule = match seconds {
        0..900 => "have value greater than or equal to 900",
        43_201.. => "have value less than or equal to 43200",
        _ => return Ok(()),
    };
    Err(Refusal::constraint(&seconds.to_string(), "durationSeconds", rule))
}

fn entered(session: &Session) -> String {
    let user = [
        xml::text("AssumedRoleId", format!("{}:{}", session.role_id, session.name)),
        xml::text("Arn", session.arn()),
    ];
    let credentials = [
        xml::text("AccessKeyId", &session.key),
        xml::text("SecretAccessKey", random_letters(40)),
        xml::text("SessionToken", session.token()),
        xml::text("Expiration", format!("{:.0}", session.expires)),
    ];
    xml::element("AssumedRoleUser", &user.concat())
        + &xml::element("Credentials", &credentials.concat())
}

fn random_letters(count: usize) -> String {
    std::iter::repeat_with(fastrand::alphanumeric)
        .take(count)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}
