//! A call of Organizations: its caller, its input, and the organization that it may read.

use jiff::Timestamp;
use serde_json::Value as Json;

use super::model::Organization;
use crate::sandbox::caller::SignedCaller;
use crate::sandbox::iam::{Authorizer, NeededPermission};
use crate::sandbox::wire::Refusal;
use crate::sandbox::world::{Settings, Store};

/// A request to Organizations, and what it takes to carry it out.
pub struct OrganizationsCall<'a> {
    /// Who sent it.
    pub caller: &'a SignedCaller,
    /// What it says.
    pub input: &'a Json,
    pub store: &'a Store,
    /// When it arrived.
    pub now: Timestamp,
    /// How the sandbox behaves.
    pub settings: &'a Settings,
}

impl<'a> OrganizationsCall<'a> {
    /// Returns the caller's organization, if the caller may do this there.
    ///
    /// # Errors
    /// If there is none, the caller's account is no member, no administrator, or is not allowed to.
    pub fn organization(&self, action: &str) -> Result<&'a Organization, Refusal> {
        let account = &self.caller.account;
        let access =
            Authorizer::new(self.caller, self.store.account(account), self.now, self.settings);
        access.check(&NeededPermission::new(format!("organizations:{action}"), "*"), |_| {})?;
        let organization =
            self.store.organization().filter(|organization| organization.has(account));
        let Some(organization) = organization else {
            return Err(Refusal::bad_request(
                "AWSOrganizationsNotInUseException",
                "Your account is not a member of an organization.",
            ));
        };
        // Any member may ask which organization it is in.
        if action == "DescribeOrganization" || organization.is_read_by(account) {
            return Ok(organization);
        }
        Err(Refusal::bad_request(
            "AccessDeniedException",
            "You don't have permissions to access this resource.",
        ))
    }

    /// Returns a text of the input that must be there.
    ///
    /// # Errors
    /// If it is missing.
    pub fn text(&self, member: &'static str) -> Result<&'a str, Refusal> {
        let text = self.input[member].as_str().filter(|text| !text.is_empty());
        text.ok_or_else(|| invalid(format!("You must provide a value for {member}.")))
    }
}

/// Returns the refusal of input that the service does not take.
pub fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::bad_request("InvalidInputException", message)
}
