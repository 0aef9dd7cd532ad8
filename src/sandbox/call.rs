//! A call in AWS's query protocol: its caller, its parameters, and the accounts it reads and changes.

use jiff::Timestamp;

use super::caller::SignedCaller;
use super::iam::{Authorizer, NeededPermission};
use super::wire::Refusal;
use super::wire::form::Form;
use super::wire::query::request_tags;
use super::world::{Settings, Store};

/// A request in AWS's query protocol, and what it takes to carry it out.
pub struct QueryCall<'a> {
    /// Who sent it.
    pub caller: &'a SignedCaller,
    pub form: &'a Form,
    /// When it arrived.
    pub now: Timestamp,
    /// How the sandbox behaves.
    pub settings: &'a Settings,
    pub store: &'a mut Store,
}

impl QueryCall<'_> {
    /// Returns what decides about the caller.
    pub fn access(&self) -> Authorizer<'_> {
        let account = self.store.account(&self.caller.account);
        Authorizer::new(self.caller, account, self.now, self.settings)
    }

    /// Checks that the caller may do something.
    ///
    /// # Errors
    /// If it may not, in AWS's words.
    pub fn authorize(&self, wanted: &NeededPermission) -> Result<(), Refusal> {
        self.access().check(wanted, |context| context.put_request_tags(&request_tags(self.form)))
    }
}
