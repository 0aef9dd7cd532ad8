//! What CloudFormation means by errors that share a code: of some, only the text tells.

use crate::cloud::wire::call_error::CallError;

impl CallError {
    /// Whether there is no such stack.
    pub fn is_no_such_stack(&self) -> bool {
        self.is_validation_with("does not exist") || self.has_code("StackNotFoundException")
    }

    /// Whether a stack of that name is there already.
    pub fn is_stack_there(&self) -> bool {
        self.has_code("AlreadyExistsException")
    }

    /// Whether somebody else began an operation on the stack, or deleted it, since it was looked at.
    pub fn has_stack_moved(&self) -> bool {
        self.text.contains("can not be updated") || self.is_no_such_stack()
    }

    /// Whether there is no such change set, perhaps as its stack is gone.
    pub fn is_change_set_gone(&self) -> bool {
        self.has_code("ChangeSetNotFound") || self.is_no_such_stack()
    }

    /// Whether a change set cannot be executed, now or any more; to a call that is sent again, one that was executed by it
    /// may be so as well.
    pub fn is_change_set_spent(&self) -> bool {
        let codes = ["InvalidChangeSetStatus", "TokenAlreadyExistsException"];
        self.is_change_set_gone() || codes.iter().any(|code| self.has_code(code))
    }

    /// Whether CloudFormation does not take the request as it is.
    pub fn is_invalid_request(&self) -> bool {
        self.has_code("ValidationError")
    }

    /// Whether an update would change nothing.
    pub(super) fn is_nothing_to_do(&self) -> bool {
        self.is_validation_with("No updates")
    }

    /// Whether an update is past the point where it could be cancelled, or over.
    pub(super) fn is_too_late_to_cancel(&self) -> bool {
        self.is_validation_with("current stack status")
    }

    /// Whether drift of the stack is being detected already.
    ///
    /// Source: scripts on GitHub that meet this text, and wait.
    pub(super) fn is_detecting_drift(&self) -> bool {
        self.is_validation_with("Drift detection is already in progress")
    }

    /// Whether drift of the stack cannot be detected, as it stands.
    ///
    /// Source: as above: `Drift detection cannot be performed on stack … while it is in [ROLLBACK_COMPLETE] state`.
    pub(super) fn cannot_detect_drift(&self) -> bool {
        self.is_validation_with("Drift detection cannot be performed")
    }

    fn is_validation_with(&self, text: &str) -> bool {
        self.has_code("ValidationError") && self.text.contains(text)
    }
}

/// Whether a change set failed because nothing would change, which only its reason tells.
///
/// Source: the AWS CLI, `cloudformation deploy`, which looks for the same two texts.
pub(super) fn says_nothing_changes(reason: &str) -> bool {
    ["didn't contain changes", "No updates are to be performed"]
        .iter()
        .any(|text| reason.contains(text))
}

/// Returns the ARN of the nested change set for which the one above failed.
pub(super) fn failed_nested_change_set(reason: &str) -> Option<&str> {
    let (_, rest) = reason.split_once("Nested change set ")?;
    rest.split_whitespace().next().filter(|word| word.starts_with("arn:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nested_change_set_that_failed_is_named_by_its_arn() {
        let reason =
            "Nested change set arn:aws:x was not successfully created: Currently in FAILED.";
        assert_eq!(failed_nested_change_set(reason), Some("arn:aws:x"));
        assert_eq!(failed_nested_change_set("Nested change set is wrong"), None);
    }

    #[test]
    fn both_of_awss_texts_mean_that_nothing_changes() {
        assert!(says_nothing_changes("No updates are to be performed."));
        let other = "The submitted information didn't contain changes. Submit different";
        assert!(says_nothing_changes(other));
        assert!(!says_nothing_changes("Parameter validation failed"));
    }
}
