//! A little of Organizations: which accounts there are, in which units, with which tags; read-only.
//!
//! Source: the Organizations API reference and its service model, `2016-11-28`.

mod actions;
mod call;
mod model;
mod page;
mod show;
mod tree;

pub use actions::answer;
pub use call::OrganizationsCall;
pub use model::{MemberAccount, MemberState, Organization};
