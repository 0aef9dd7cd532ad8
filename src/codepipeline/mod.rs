//! xdeploy as an action of AWS CodePipeline: a run whose first line is a job and whose last line is
//! the job's result.
//!
//! `wanted` is what a job asks for, `work` carries it out, and `told` is what the pipeline hears of it.
//! A run that takes longer than a job may is left, and the job that follows goes on with it: the
//! continuation token is the run's id. A [`worker()`] asks for jobs of a custom action, [`lambda()`] is
//! handed them as a function.

mod artifact;
mod blame;
mod cadence;
mod desk;
mod lambda;
mod leftover;
mod reserved;
mod shelf;
mod tell;
mod told;
mod wanted;
mod work;
mod worker;
mod workshop;

pub use lambda::{LambdaError, lambda};
pub use shelf::Shelf;
pub use worker::{WorkerSettings, worker};
pub use workshop::Workshop;
