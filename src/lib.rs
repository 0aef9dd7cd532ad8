//! xdeploy deploys AWS CloudFormation stacks into many accounts at once.

pub mod clock;
pub mod event;
pub mod name;
pub mod status;
