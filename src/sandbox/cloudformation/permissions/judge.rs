//! The judgement: whether CloudFormation may make its calls on behalf of an operation's principal.

use jiff::Timestamp;

use super::handler_call::HandlerCall;
use crate::sandbox::caller::SignedCaller;
use crate::sandbox::cloudformation::engine::Engine;
use crate::sandbox::cloudformation::principal;
use crate::sandbox::cloudformation::stack::StoredStack;
use crate::sandbox::fault::TargetHandlerCall;
use crate::sandbox::iam::{Authorizer, denied};

impl Engine<'_> {
    /// Checks that calls may be made for a resource, on behalf of who asked for the stack's operation.
    ///
    /// # Errors
    /// If one is refused, in the words of a status reason.
    pub fn permit(
        &mut self,
        stack: &StoredStack,
        id: &str,
        calls: &[HandlerCall],
        at: Timestamp,
    ) -> Result<(), String> {
        let Some(principal) = stack.principal() else { return Ok(()) };
        for call in calls {
            if let Some(message) = self.refusal(stack, id, principal, call, at) {
                return Err(call.refused(message, self.account));
            }
        }
        if !self.settings.resource_permissions {
            return Ok(());
        }
        match principal.session().filter(|_| principal.is_cloudformation()) {
            Some(session)
                if !calls.is_empty() && !principal::is_usable(self.account, &session.role_arn) =>
            {
                Err(principal::unusable(&session.role_arn))
            }
            _ => Ok(()),
        }
    }

    /// Returns what a service says that refuses a call on behalf of who asked for the stack's operation, if it does.
    pub(super) fn refused_call(
        &self,
        stack: &StoredStack,
        id: &str,
        call: &HandlerCall,
        at: Timestamp,
    ) -> Option<String> {
        self.refusal(stack, id, stack.principal()?, call, at)
    }

    /// Returns what a service says that refuses a call, if it does.
    fn refusal(
        &self,
        stack: &StoredStack,
        id: &str,
        principal: &SignedCaller,
        call: &HandlerCall,
        at: Timestamp,
    ) -> Option<String> {
        let (account, region) = (&stack.account, stack.region.as_str());
        let is_denied = |action: &String| {
            let stack = &stack.name;
            let target = TargetHandlerCall { account, region, stack, resource: id, action };
            self.settings.faults.denies_handler(&target, at)
        };
        let needed = || call.needed();
        // Of several, the first is the usual one.
        if call.actions.first().is_some_and(is_denied) {
            let needed = needed().next()?;
            let refused = denied(principal, &needed, None).message;
            return Some(format!("{refused} with an explicit deny in a service control policy"));
        }
        if !self.settings.resource_permissions {
            return None;
        }
        let authorizer = Authorizer::new(principal, self.account, at, self.settings);
        let mut refused = None;
        for needed in needed() {
            match authorizer.check_forwarded(&needed, &call.keys) {
                Ok(()) => return None,
                Err(refusal) => refused = refused.or(Some(refusal.message)),
            }
        }
        refused
    }
}
