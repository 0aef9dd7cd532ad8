//! Names and ids that cannot be wrong.
//!
//! Everything that travels through xdeploy under a name travels as one of these types, built by
//! `FromStr`, so that a wrong one is refused where it is read and never later. This module knows
//! AWS's naming rules and nothing else.

mod account;
mod instance;
mod job;
mod key;
mod notified;
mod region;
mod role;
mod rule;
mod run;
mod s3_place;
mod stack;
mod text;
mod type_pattern;

pub use account::{AccountId, AccountName, GroupName};
pub use instance::{EnvironmentName, InstanceId, StackPlace};
pub use job::JobId;
pub use key::{OutputKey, ParameterName, TagKey, VariableName};
pub use notified::{EventBusArn, TopicArn};
pub use region::{Partition, Region};
pub use role::{EXTERNAL_ID_RULE, RoleArn, SessionName, is_external_id};
pub use rule::{Name, NameError};
pub use run::RunId;
pub use s3_place::S3Place;
pub use stack::{StackKey, StackName};
pub use type_pattern::TypePattern;
