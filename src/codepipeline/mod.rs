//! xdeploy as an action of AWS CodePipeline: a run whose first line is a job and whose last line is
//! the job's result.
//!
//! The `configuration` of its action says what a job is asked for, `work` carries it out, and `result` is
//! what the pipeline hears of it. A run that takes longer than a job may is left, and the job that follows
//! resumes it: the continuation token is the run's id. A [`worker()`] polls for jobs of a custom action,
//! [`lambda()`] is handed them as a function.

mod artifact;
mod assignment;
mod configuration;
mod context;
mod failure;
mod job_notes;
mod job_origin;
mod job_plan;
mod job_runner;
mod lambda;
mod lambda_event;
mod poll_interval;
mod put_result;
mod reservations;
mod result;
mod run_store;
mod text_limit;
mod untrusted_plan;
mod work;
mod worker;

pub use context::JobContext;
pub use lambda::{LambdaError, lambda};
pub use run_store::RunStore;
pub use worker::{WorkerSettings, worker};
