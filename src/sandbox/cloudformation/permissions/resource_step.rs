//! A step of a resource, for which CloudFormation makes calls.

use serde_json::Value as Json;

/// What is done to a resource.
#[derive(Clone, Copy, Debug)]
pub enum ResourceStep<'a> {
    /// It is made: the call that makes it.
    Making,
    /// It was made, and gets what the call that makes it does not give it.
    Completing,
    /// It is changed; these were its properties.
    Changing(&'a Json),
    /// It is deleted.
    Deleting,
}
