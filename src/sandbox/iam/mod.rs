//! IAM: who stands in an account, what each may do, and what is asked about that.
//!
//! `policy`, `condition`, `context` and `pattern` read policies; `rules` and `trust` bring them
//! together; `access` decides about a call; `entity` is what stands in an account, `grants` what a
//! stack's resources make of it, and `api` what can be asked and changed through HTTP.

mod access;
mod api;
mod condition;
mod context;
mod document;
mod entity;
mod eventual;
mod faults;
mod grants;
mod key;
mod managed;
mod pattern;
mod policy;
mod principals;
mod rules;
mod trust;

pub use access::{Access, Wanted, denied};
pub use api::{NAMESPACE, answer};
pub use condition::texts;
pub use context::Context;
pub use document::permissions_fault;
pub use entity::{Group, ManagedPolicy, Permissions, Role, User};
pub use eventual::Eventual;
pub use faults::{Fault, fault};
pub use grants::{end, policy_of, settle};
pub use key::{account_of, key_id};
pub use pattern::matches;
pub use policy::{Policy, Wish};
pub use principals::{invalid_principal, pin};
pub use rules::{Decision, Rules};
pub use trust::{Admission, admission, admits_service};
