//! A small AWS inside the program: IAM, STS, CloudFormation, a little S3, Systems Manager,
//! Secrets Manager, Organizations, CodePipeline, Lambda, SNS and EventBridge, reached through HTTP only.
//!
//! It is there for the demo, for tests and for rehearsals. `BEHAVIOUR.md` beside this file says in
//! prose what it does, what it refuses and where it knowingly differs from AWS. It never pretends:
//! what it does not offer, it refuses in so many words.
//!
//! A request comes in through `serve` (from the SDK in this program, or on a loopback port), is
//! answered late or not at all where the `fault` schedule wants it (`inject`), and is routed by its
//! service (`router`). The services are `cloudformation`, `codepipeline`, `iam`, `lambda`,
//! `notices` (SNS and EventBridge), `organizations`, `s3`, `secrets_manager`, `ssm` and `sts`, and `container_credentials`. Beneath them: `wire`, AWS's
//! protocols; `caller`, who sent a
//! request; `world`, the accounts and how the sandbox behaves.
//!
//! The sandbox knows nothing of environments, plans or runs: it sees requests.

mod call;
mod caller;
mod cloudformation;
mod codepipeline;
mod container_credentials;
mod fault;
mod iam;
mod inject;
mod lambda;
mod notices;
mod organizations;
mod organize;
mod refuse;
mod router;
mod s3;
mod secrets_manager;
mod serve;
mod ssm;
mod sts;
mod wire;
mod world;

pub use cloudformation::{becomes, is_modelled};
pub use fault::{FaultError, FaultKind, FaultRule, FaultSchedule, ReplyFault};
pub use organizations::{MemberAccount, MemberState, Organization};
pub use router::Sandbox;
pub use serve::{HostName, Hosts, serve};
pub use world::{
    MadeUpStacks, MadeUpValues, Rate, SeededRole, Settings, SoughtValue, StoreError, Throttling,
    ThrottlingError, ValuePlace, accounts_in, reset, time_reached,
};
