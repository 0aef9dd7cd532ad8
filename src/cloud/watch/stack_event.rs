//! An event of a stack, in our types.

use jiff::Timestamp;

/// An event of a stack.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StackEvent {
    /// Its id, unique within the stack.
    pub id: String,
    /// When it happened, by AWS's clock.
    pub at: Option<Timestamp>,
    /// The resource's name in the template, or the stack's name.
    pub resource: String,
    /// The resource's type.
    pub resource_type: String,
    /// The resource's id in its service.
    pub physical_id: Option<String>,
    /// Whether it is about the stack itself.
    pub is_stack: bool,
    /// The resource status, such as `CREATE_FAILED`.
    pub status: String,
    /// Why, in CloudFormation's words.
    pub reason: Option<String>,
    /// The token of the call that began the operation, if AWS says it.
    pub token: Option<String>,
    /// The id of the operation, if AWS says it.
    pub operation: Option<String>,
    /// Whether a hook looks at the resource.
    pub is_of_hook: bool,
    /// What a hook found wrong with the resource.
    pub hook_failure: Option<HookFailure>,
}

/// What a hook found wrong with a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookFailure {
    /// The hook's type name.
    pub hook: String,
    /// What it says, in one sentence.
    pub reason: Option<String>,
    /// The id of its result, which says more.
    pub invocation: Option<String>,
    /// Whether the resource goes on all the same.
    pub is_warning: bool,
}
