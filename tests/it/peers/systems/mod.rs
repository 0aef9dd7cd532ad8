//! The systems of `docs/`, each from nothing to the AWS CLI in the target account, and back.

mod delegation;
mod hub;
mod repository_access;
