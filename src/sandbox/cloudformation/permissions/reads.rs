//! The permissions that dynamic references need: CloudFormation reads what they name on behalf of an operation's
//! principal.
//!
//! Source: the CloudFormation user guide, "Get values stored in other services using dynamic references". The words of
//! a refusal are those that users report.

use jiff::Timestamp;

use super::handler_call::HandlerCall;
use crate::sandbox::cloudformation::dynamic_references;
use crate::sandbox::cloudformation::engine::Engine;
use crate::sandbox::cloudformation::secrets;
use crate::sandbox::cloudformation::stack::{Resource, StoredStack};
use crate::sandbox::cloudformation::stored_values::{self, READING};

impl Engine<'_> {
    /// Checks that all may be read that a resource refers to, on behalf of who asked for the stack's operation.
    ///
    /// # Errors
    /// If something may not, in the words of a status reason.
    pub fn permit_reads(
        &mut self,
        stack: &StoredStack,
        id: &str,
        resource: &Resource,
        at: Timestamp,
    ) -> Result<(), String> {
        for reference in dynamic_references::named_in(&resource.properties) {
            let Some((service, call)) = self.read_of(stack, &reference) else { continue };
            if let Some(message) = self.refused_call(stack, id, &call, at) {
                let request = self.account.fresh_uuid();
                return Err(format!(
                    "{message} (Service: {service}; Status Code: 400; Error Code: AccessDeniedException; Request \
                     ID: {request}; Proxy: null)"
                ));
            }
        }
        Ok(())
    }

    /// Returns the service that a reference leads to, and the call that reads there.
    fn read_of(&self, stack: &StoredStack, reference: &str) -> Option<(&'static str, HandlerCall)> {
        match reference.split_once(':')? {
            ("ssm" | "ssm-secure", name) => {
                let arn = stored_values::arn(&stack.account, &stack.region, name);
                Some(("AWSSimpleSystemsManagement", HandlerCall::new(READING, arn)))
            }
            ("secretsmanager", secret) => {
                let id = secrets::id(secret);
                let arn = secrets::arn(self.account, stack, &id);
                let call = HandlerCall::new("secretsmanager:GetSecretValue", arn).shown_as(id);
                Some(("AWSSecretsManager", call))
            }
            _ => None,
        }
    }
}
