//! A little CodePipeline: custom actions, the jobs their workers ask for, Lambda functions that are
//! invoked with theirs, and pipelines small enough to hand those jobs out.
//!
//! Source: the CodePipeline API reference and its service model, `2015-07-09`.

mod action_types;
mod checks;
mod declaration;
mod handling;
mod handover;
mod invoke;
mod job;
mod next;
mod overdue;
mod pipelines;
mod role;
mod run;
mod show;
mod stacked;
mod start;
mod state;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::caller::Caller;
use super::iam::{Access, Wanted};
use super::lambda::Lambda;
use super::refusal::Refusal;
use super::settings::Settings;
use super::store::Store;
pub use stacked::{ACTION_TYPE, has_action_type, put_action_type, remove_action_type};
pub use state::CodePipeline;

/// A request to CodePipeline, and what it takes to carry it out.
pub struct Call<'a> {
    /// What it says.
    pub input: &'a Json,
    /// Who sent it.
    pub caller: &'a Caller,
    /// The accounts.
    pub store: &'a mut Store,
    /// When it arrived.
    pub now: Timestamp,
    /// How the sandbox behaves.
    pub settings: &'a Settings,
    /// Where functions are invoked.
    pub lambda: &'a Lambda,
}

impl Call<'_> {
    /// Returns what stands in the caller's account.
    fn state(&self) -> &CodePipeline {
        &self.store.account(&self.caller.account).code_pipeline
    }

    /// Returns what stands in the caller's account, to be changed.
    fn change(&mut self) -> &mut CodePipeline {
        &mut self.store.change(&self.caller.account).0.code_pipeline
    }

    /// Returns the key of something in the caller's Region.
    fn key(&self, name: &str) -> String {
        format!("{}/{name}", self.caller.region)
    }

    /// Returns the ARN of something in the caller's account and Region.
    fn arn(&self, name: &str) -> String {
        let Caller { account, region, .. } = self.caller;
        format!("arn:{}:codepipeline:{region}:{account}:{name}", region.partition())
    }

    /// Checks that the caller may do this.
    fn authorize(&self, action: &str, resource: &str) -> Result<(), Refusal> {
        let account = self.store.account(&self.caller.account);
        let access = Access::new(self.caller, account, self.now, self.settings);
        access.check(&Wanted::new(format!("codepipeline:{action}"), resource), |_| {})
    }
}

/// Carries out an action, such as `PollForJobs`.
///
/// # Errors
/// If the caller may not, or the request is not as the service wants it.
pub fn answer(action: &str, mut call: Call<'_>) -> Result<Json, Refusal> {
    overdue::end(&mut call)?;
    match action {
        "CreateCustomActionType" => action_types::create(&mut call),
        "DeleteCustomActionType" => action_types::delete(&mut call),
        "ListActionTypes" => action_types::list(&call),
        "PollForJobs" => handling::poll(&mut call),
        "AcknowledgeJob" => handling::acknowledge(&mut call),
        "GetJobDetails" => handling::details(&call),
        "PutJobSuccessResult" => handling::succeed(&mut call),
        "PutJobFailureResult" => handling::fail(&mut call),
        "CreatePipeline" => pipelines::create(&mut call),
        "DeletePipeline" => pipelines::delete(&mut call),
        "StartPipelineExecution" => pipelines::start(&mut call),
        "GetPipelineState" => pipelines::state(&call),
        "GetPipelineExecution" => pipelines::execution(&call),
        "ListActionExecutions" => pipelines::action_executions(&call),
        other => Err(checks::not_offered(format!("codepipeline:{other}"))),
    }
}
