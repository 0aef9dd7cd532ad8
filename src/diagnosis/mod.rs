//! Why a role is refused: whose side it is, and what mends it.
//!
//! AWS answers most of what can be wrong with the same `AccessDenied`. Here both sides are read, as
//! far as the credentials at hand may: what the caller's own policies come to, and what the role's
//! trust policy says. What is read is plain data ([`case`]); what it comes to is decided apart from
//! reading ([`verdict`]). Nothing is changed, nothing is tried with other rights than those given,
//! and nothing is waited for long.

mod applicable;
mod caller;
mod case;
mod checkup;
mod held;
mod iam_reply;
mod limits;
mod narrowing;
mod needs;
mod own_guards;
mod own_side;
mod own_verdict;
mod refused_role;
mod role_side;
mod said;
mod simulation;
mod statement;
mod trust;
mod trust_guards;
mod trust_verdict;
mod verdict;

pub use checkup::Checkup;
pub use refused_role::Diagnosis;
