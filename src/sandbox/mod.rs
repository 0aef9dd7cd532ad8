//! A small AWS inside the program: IAM, STS, CloudFormation, a little S3, Systems Manager,
//! CodePipeline and Lambda, reached through HTTP only.
//!
//! It is there for the demo, for tests and for rehearsals. `BEHAVIOUR.md` beside this file says in
//! prose what it does, what it refuses and where it knowingly differs from AWS. It never pretends:
//! what it does not offer, it refuses in so many words.
//!
//! The sandbox knows nothing of environments, plans or runs: it sees requests.

mod account;
mod caller;
mod cloudformation;
mod codepipeline;
mod connector;
mod container;
mod fault;
mod folder;
mod form;
mod iam;
mod json;
mod lambda;
mod meet;
mod refusal;
mod respond;
mod s3;
mod serve;
mod session;
mod settings;
mod ssm;
mod store;
mod sts;
mod tear;
mod throttle;
mod xml;

pub use fault::{Fault, FaultError, Faults, Kind};
pub use folder::{StoreError, accounts_in, reset};
pub use meet::Broken;
pub use respond::Sandbox;
pub use serve::{HostName, Hosts, serve};
pub use settings::{SeededRole, Settings};
pub use throttle::{Rate, Throttling, ThrottlingError};
