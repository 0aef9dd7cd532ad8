//! A call of CodePipeline: its caller, its input, and the accounts it reads and changes.

use jiff::Timestamp;
use serde_json::Value as Json;

use super::state::CodePipeline;
use crate::sandbox::caller::SignedCaller;
use crate::sandbox::iam::{Authorizer, NeededPermission};
use crate::sandbox::lambda::Invocations;
use crate::sandbox::wire::Refusal;
use crate::sandbox::world::{Settings, Store};

/// A request to CodePipeline, and what it takes to carry it out.
pub struct PipelineCall<'a> {
    /// What it says.
    pub input: &'a Json,
    /// Who sent it.
    pub caller: &'a SignedCaller,
    pub store: &'a mut Store,
    /// When it arrived.
    pub now: Timestamp,
    /// How the sandbox behaves.
    pub settings: &'a Settings,
    /// Where functions are invoked.
    pub lambda: &'a Invocations,
}

impl PipelineCall<'_> {
    /// Returns what stands in the caller's account.
    pub fn state(&self) -> &CodePipeline {
        &self.store.account(&self.caller.account).code_pipeline
    }

    /// Returns what stands in the caller's account, to be changed.
    pub fn change(&mut self) -> &mut CodePipeline {
        &mut self.store.change(&self.caller.account).0.code_pipeline
    }

    /// Returns the key of something in the caller's Region.
    pub fn key(&self, name: &str) -> String {
        format!("{}/{name}", self.caller.region)
    }

    /// Returns the ARN of something in the caller's account and Region.
    pub fn arn(&self, name: &str) -> String {
        let SignedCaller { account, region, .. } = self.caller;
        format!("arn:{}:codepipeline:{region}:{account}:{name}", region.partition())
    }

    /// Checks that the caller may do this.
    pub fn authorize(&self, action: &str, resource: &str) -> Result<(), Refusal> {
        let account = self.store.account(&self.caller.account);
        let access = Authorizer::new(self.caller, account, self.now, self.settings);
        access.check(&NeededPermission::new(format!("codepipeline:{action}"), resource), |_| {})
    }
}
