//! A little CodePipeline: custom actions, the jobs their workers ask for, Lambda functions that are
//! invoked with theirs, and pipelines small enough to hand those jobs out.
//!
//! Source: the CodePipeline API reference and its service model, `2015-07-09`.

mod action_types;
mod actions;
mod call;
mod checks;
mod declaration;
mod invoke;
mod job;
mod job_details;
mod job_timeout;
mod job_worker;
mod next_actions;
mod pipelines;
mod role;
mod run;
mod show;
mod stack_action_type;
mod start;
mod state;

pub use actions::answer;
pub use call::PipelineCall;
pub use stack_action_type::{ACTION_TYPE, has_action_type, put_action_type, remove_action_type};
pub use state::CodePipeline;
