//! The permissions that a stack's resources need: the calls that CloudFormation makes for them, each judged by
//! the policies of the operation's principal.
//!
//! `handler_call` is one call; `handled_type` tells the calls for a resource by its type, from `modelled.txt`,
//! written by hand, and `handlers.txt`, made from the schemas that AWS publishes; `iam_resource` those for IAM's
//! resources, which depend on what is in their properties; `calls` brings these together, and `judge` asks the
//! policies; `reads` does so for what dynamic references name. Calls that only read are left out unless a creation is known to fail without them.

mod calls;
mod handled_type;
mod handler_call;
mod iam_resource;
mod judge;
mod reads;
mod resource_step;

pub use calls::calls;
pub use resource_step::ResourceStep;
