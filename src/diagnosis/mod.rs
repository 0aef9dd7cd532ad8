//! Diagnosis of refused roles and missing permissions: whose side refuses, and what mends it.
//!
//! AWS answers most of what can be wrong with the same `AccessDenied`. Here both sides are read, as
//! far as the credentials at hand may: what the caller's own policies come to, and what the role's
//! trust policy says. What is read is plain data (`evidence`); what it comes to is decided apart from
//! reading (`verdict`). Nothing is changed, nothing is tried with other rights than those given,
//! and nothing is waited for long.

mod applicable;
mod attached_policies;
mod caller;
mod caller_conditions;
mod caller_side;
mod caller_verdict;
mod checkup;
mod diagnose;
mod evidence;
mod iam_reply;
mod limits;
mod needs;
mod reads;
mod role_side;
mod session_policy;
mod simulation;
mod statement;
mod trust;
mod trust_conditions;
mod trust_verdict;
mod verdict;

pub use checkup::Checkup;
pub use diagnose::Diagnosis;
