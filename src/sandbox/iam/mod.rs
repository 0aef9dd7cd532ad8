//! IAM: the roles, users and groups of an account, what each may do, and what is asked about that.
//!
//! Policies are parsed in `crate::policy`; `context` tells a request's condition keys, `statements` what
//! applies to a request, `rules` and `trust` bring that together; `authorizer` decides about a call;
//! `entity` is what an account's IAM holds, `grants` what a stack's resources make of it, `read_back` what is left of that,
//! and `api` what
//! can be asked and changed through HTTP.

mod api;
mod authorizer;
mod context;
mod entity;
mod faults;
mod grants;
mod managed;
mod policy_syntax;
mod principals;
mod propagation;
mod read_back;
mod rules;
mod statements;
mod trust;

pub use api::{NAMESPACE, answer};
pub use authorizer::{Authorizer, NeededPermission, denied};
pub use context::put_second_factor;
pub use entity::{Group, ManagedPolicy, Permissions, Role, User};
pub use faults::{IamFault, fault};
pub use grants::{end, policy_of, settle};
pub use policy_syntax::policy_fault;
pub use principals::{invalid_principal, pin};
pub use propagation::Propagating;
pub use read_back::read_back;
pub use rules::{Decision, Rules};
pub use statements::{AccessRequest, Doubt};
pub use trust::{Admission, admission, admits_service};
