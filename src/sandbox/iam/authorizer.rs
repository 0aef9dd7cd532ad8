//! Authorization: whether a call may be made, and what its refusal says.
//!
//! Source: the IAM user guide, "Troubleshoot access denied error messages".

use std::time::Duration;

use jiff::Timestamp;

use super::context;
use super::rules::{Decision, Rules};
use super::statements::{AccessRequest, Doubt};
use crate::policy::RequestContext;
use crate::sandbox::caller::SignedCaller;
use crate::sandbox::wire::Refusal;
use crate::sandbox::world::{SandboxAccount, Settings};

/// Decides about a caller's calls.
#[derive(Clone, Copy, Debug)]
pub struct Authorizer<'a> {
    pub caller: &'a SignedCaller,
    /// The account the caller is in.
    pub account: &'a SandboxAccount,
    pub now: Timestamp,
    /// How long changes take until they count.
    pub propagation: Duration,
}

/// The permission that a call needs: an action on a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeededPermission {
    /// The action, such as `cloudformation:CreateStack`.
    pub action: String,
    /// The ARN of what it is done to, or `*`.
    pub resource: String,
    /// What a refusal calls that.
    pub shown: String,
}

impl NeededPermission {
    /// Returns an action on something.
    pub fn new(action: impl Into<String>, resource: impl Into<String>) -> Self {
        let resource = resource.into();
        Self { action: action.into(), shown: resource.clone(), resource }
    }

    /// Returns the same on something that a refusal calls by other words.
    pub fn shown_as(self, shown: impl Into<String>) -> Self {
        Self { shown: shown.into(), ..self }
    }
}

impl<'a> Authorizer<'a> {
    /// Returns what decides about calls at `now`.
    pub fn new(
        caller: &'a SignedCaller,
        account: &'a SandboxAccount,
        now: Timestamp,
        settings: &Settings,
    ) -> Self {
        Self { caller, account, now, propagation: settings.iam_propagation }
    }

    /// Returns the time until which a change must have been made to count now.
    pub fn until(&self) -> Timestamp {
        self.now.checked_sub(self.propagation).unwrap_or(Timestamp::MIN)
    }

    /// Returns the policies that count for the caller.
    pub fn rules(&self) -> Rules<'a> {
        Rules::of(self.caller, self.account, self.until())
    }

    /// Returns what conditions can ask about a call under these rules.
    pub fn context(&self, rules: &Rules<'_>) -> RequestContext {
        context::of(self.caller, &rules.tags, self.now)
    }

    /// Checks that the caller may do something; `complete` adds what the request says to the
    /// context.
    ///
    /// # Errors
    /// If a policy forbids it or none allows it, in AWS's words.
    pub fn check(
        &self,
        wanted: &NeededPermission,
        complete: impl FnOnce(&mut RequestContext),
    ) -> Result<(), Refusal> {
        let rules = self.rules();
        if rules.allow_everything() {
            return Ok(());
        }
        let mut context = self.context(&rules);
        complete(&mut context);
        self.decide(&rules, wanted, &context, Doubt::Refuses)
    }

    /// Checks that a service may make a call on the caller's behalf, with these values of condition keys
    /// besides those that every call has. The resource may be a pattern, and what cannot be told is allowed.
    ///
    /// # Errors
    /// If a policy surely forbids it or surely none allows it, in AWS's words.
    pub fn check_forwarded(
        &self,
        wanted: &NeededPermission,
        keys: &[(&'static str, Vec<String>)],
    ) -> Result<(), Refusal> {
        let rules = self.rules();
        if rules.allow_everything() {
            return Ok(());
        }
        let mut context = context::of_forwarded(self.caller, &rules.tags, self.now);
        context::put_region_of_service(&mut context, &wanted.action, self.caller);
        for (key, values) in keys {
            context.put_all(key, values.clone());
        }
        self.decide(&rules, wanted, &context, Doubt::Allows)
    }

    fn decide(
        &self,
        rules: &Rules<'_>,
        wanted: &NeededPermission,
        context: &RequestContext,
        doubt: Doubt,
    ) -> Result<(), Refusal> {
        let NeededPermission { action, resource, .. } = wanted;
        match rules.decide(&AccessRequest { action, resource, context, doubt }) {
            Decision::Allowed => Ok(()),
            refused => Err(denied(self.caller, wanted, Some(refused))),
        }
    }
}

/// Returns the refusal of a call, with the reason if the caller may know it.
pub fn denied(
    caller: &SignedCaller,
    wanted: &NeededPermission,
    reason: Option<Decision>,
) -> Refusal {
    let NeededPermission { action, shown, .. } = wanted;
    let reason = reason.map(|decision| format!(" {}", decision.reason(action)));
    Refusal::forbidden(
        "AccessDenied",
        format!(
            "User: {} is not authorized to perform: {action} on resource: {shown}{}",
            caller.arn(),
            reason.unwrap_or_default()
        ),
    )
}
