//! The systems of `docs/`, each from nothing to the AWS CLI in the target account, and back.

mod bootstrap;
mod cross_account_role;
mod delegation;
mod hub;
mod pipeline;
mod repository_access;
