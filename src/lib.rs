//! xdeploy deploys AWS CloudFormation stacks into many accounts at once.

pub mod clock;
pub mod cloud;
pub mod document;
pub mod engine;
pub mod environment;
pub mod event;
pub mod name;
pub mod plan;
pub mod report;
pub mod status;
pub mod template;
