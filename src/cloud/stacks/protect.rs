//! Calls that change what UpdateStack does not: protection from deletion and the stack policy.

use super::client::Stacks;
use super::guard::Proof;
use crate::cloud::wire::call_error::CallError;

impl Stacks {
    /// Protects a stack from deletion, or no longer does.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn protect(
        &self,
        stack: &str,
        protected: bool,
        proof: &Proof,
    ) -> Result<(), CallError> {
        let call = self.client.update_termination_protection();
        let call = call.stack_name(stack).enable_termination_protection(protected);
        let protect = || async {
            let reply = call.clone().send().await;
            reply.map_err(|e| CallError::of("cloudformation:UpdateTerminationProtection", &e))
        };
        self.write(proof, &|| true, protect).await.map(drop)
    }

    /// Sets a stack's policy and returns whether it was another before.
    ///
    /// # Errors
    /// When AWS refuses or does not answer.
    pub async fn set_policy(
        &self,
        stack: &str,
        policy: &str,
        proof: &Proof,
    ) -> Result<bool, CallError> {
        if self.policy_of(stack).await?.as_deref() == Some(policy) {
            return Ok(false);
        }
        let call = self.client.set_stack_policy().stack_name(stack).stack_policy_body(policy);
        let set = || async {
            let reply = call.clone().send().await;
            reply.map_err(|error| CallError::of("cloudformation:SetStackPolicy", &error))
        };
        self.write(proof, &|| true, set).await.map(|_| true)
    }
}
