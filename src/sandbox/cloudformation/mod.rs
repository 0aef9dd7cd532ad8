//! CloudFormation: stacks, what is asked of them, and what becomes of them over time.
//!
//! `template`, `references`, `validate`, `parameters` and `capabilities` judge a request; `operation`,
//! `advance`, `phases`, `provision` and `undo` carry it out, `nested` and `obey` from stack to stack; `resource_types`, `resource_type` and
//! `service` are the services behind the resources; `change_set` tells beforehand what would change, `drift` where
//! resources are not as wanted any more;
//! `actions` lists the actions, which have one file each.

mod actions;
mod advance;
mod assertions;
mod cancel_update;
mod capabilities;
mod change_set;
mod continue_rollback;
mod create;
mod definition;
mod delete;
mod describe;
mod difference;
mod directives;
mod drift;
mod dynamic_references;
mod early_checks;
mod early_validation;
mod early_values;
mod embedded;
mod engine;
mod evaluate;
mod exports;
mod failure_policy;
mod finding;
mod hook_results;
mod identity;
mod imports;
mod macro_call;
mod made_up;
mod nested;
mod nesting;
mod obey;
mod operation;
mod operation_events;
mod operation_id;
mod page;
mod parameters;
mod permissions;
mod phases;
mod principal;
mod protect;
mod provision;
mod references;
mod request;
mod resource_change;
mod resource_facts;
mod resource_type;
mod resource_types;
mod rollback_stack;
mod rules;
mod secrets;
mod service;
mod service_refusal;
mod show;
mod signals;
mod sought_change;
mod stack;
mod stack_event;
mod stack_policy;
mod step_seconds;
mod stored_values;
mod summary;
mod taken_names;
mod tasks;
mod template;
mod template_url;
mod transform;
mod undo;
mod unheeded;
mod update;
mod validate;

pub use actions::{NAMESPACE, answer};
pub use advance::bring_up_to_date;
pub use operation_id::uuid_of;
pub use resource_types::is_modelled;
pub use secrets::{HeldSecret, secret};
pub use stack::{Resource, StoredStack};
pub use stored_values::{arn as parameter_arn, published};
pub use transform::becomes;
