//! An operation on a stack that is followed until it settles.

use crate::cloud::stack::Stack;
use crate::event::StackAction;
use crate::template::Template;

/// An operation that is followed.
#[derive(Clone, Copy, Debug)]
pub struct FollowedOperation<'a> {
    /// What is being done to the stack.
    pub action: StackAction,
    /// The call's own token; an operation that somebody else began has none.
    pub token: Option<&'a str>,
    /// The stack as it stood when the call was sent; `None` for one that was not there, and for an
    /// operation that somebody else began.
    pub before: Option<&'a Stack>,
    /// Its template: operations with the same one take about the same time.
    pub template: &'a Template,
}
