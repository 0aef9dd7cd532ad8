//! What is shown in place of a secret.

/// What stands in a secret's place, as in CloudFormation's own replies.
pub(super) const MASK: &str = "****";
