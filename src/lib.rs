//! xdeploy deploys AWS CloudFormation stacks into many accounts at once.

pub mod clock;
pub mod document;
pub mod environment;
pub mod event;
pub mod name;
pub mod plan;
pub mod sandbox;
pub mod status;
pub mod template;
