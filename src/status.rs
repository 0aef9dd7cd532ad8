//! CloudFormation's statuses: settled or moving, good or bad, and what may be done next.
//!
//! The rules come from the CloudFormation user guide, "Stack status codes", and from what the API
//! refuses. A status AWS adds later is carried as it is, never a panic. This module knows statuses
//! and nothing of stacks.

use crate::foreign::visible;

/// Defines a status enum with its API text, and carries texts it does not know.
macro_rules! status_enum {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum $name {
            $(#[doc = concat!("`", $text, "`.")] $variant,)+
            /// A status this version does not know, as AWS wrote it, with escapes for what no screen
            /// may be given.
            Unknown(String),
        }

        impl $name {
            /// Every status this version knows.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the status as AWS writes it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Unknown(text) => text,
                }
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    other => Self::Unknown(visible(other)),
                }
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self::from(text.as_str())
            }
        }

        impl From<$name> for String {
            fn from(status: $name) -> Self {
                status.as_str().to_owned()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

status_enum!(
    /// Where a stack stands.
    StackStatus {
        CreateInProgress = "CREATE_IN_PROGRESS",
        CreateFailed = "CREATE_FAILED",
        CreateComplete = "CREATE_COMPLETE",
        RollbackInProgress = "ROLLBACK_IN_PROGRESS",
        RollbackFailed = "ROLLBACK_FAILED",
        RollbackComplete = "ROLLBACK_COMPLETE",
        DeleteInProgress = "DELETE_IN_PROGRESS",
        DeleteFailed = "DELETE_FAILED",
        DeleteComplete = "DELETE_COMPLETE",
        UpdateInProgress = "UPDATE_IN_PROGRESS",
        UpdateCompleteCleanupInProgress = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        UpdateComplete = "UPDATE_COMPLETE",
        UpdateFailed = "UPDATE_FAILED",
        UpdateRollbackInProgress = "UPDATE_ROLLBACK_IN_PROGRESS",
        UpdateRollbackFailed = "UPDATE_ROLLBACK_FAILED",
        UpdateRollbackCompleteCleanupInProgress = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        UpdateRollbackComplete = "UPDATE_ROLLBACK_COMPLETE",
        ReviewInProgress = "REVIEW_IN_PROGRESS",
        ImportInProgress = "IMPORT_IN_PROGRESS",
        ImportComplete = "IMPORT_COMPLETE",
        ImportRollbackInProgress = "IMPORT_ROLLBACK_IN_PROGRESS",
        ImportRollbackFailed = "IMPORT_ROLLBACK_FAILED",
        ImportRollbackComplete = "IMPORT_ROLLBACK_COMPLETE",
    }
);

/// What `apply` does with a stack it finds in a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approach {
    /// There is no stack: create it.
    Create,
    /// It stands and can be updated.
    Update,
    /// It never worked: delete it, then create it.
    Recreate,
    /// Its update's rollback got stuck: continue that once, then update.
    ContinueRollback,
    /// Its update failed and left everything as it was then: roll that back once, then update.
    RollBack,
    /// Something runs: wait until it settles, then look again.
    Wait,
    /// Nothing may be done; the resources that stay are for a person to see to.
    Refuse,
}

impl StackStatus {
    /// Whether nothing moves any more.
    ///
    /// `REVIEW_IN_PROGRESS` is settled: it is a stack without resources that waits for a change set
    /// to be executed, and does not move by itself. A status that is not known counts as moving
    /// while its name says so.
    pub fn is_settled(&self) -> bool {
        *self == Self::ReviewInProgress || !self.as_str().ends_with("_IN_PROGRESS")
    }

    /// Whether the stack is as somebody last asked for it, without a rollback.
    pub fn is_good(&self) -> bool {
        matches!(self, Self::CreateComplete | Self::UpdateComplete | Self::ImportComplete)
    }

    /// Whether something failed or was rolled back, settled or not.
    pub fn is_bad(&self) -> bool {
        self.as_str().contains("FAILED") || self.as_str().contains("ROLLBACK")
    }

    /// Whether something failed and was not rolled back to its end.
    pub fn is_failed(&self) -> bool {
        self.as_str().ends_with("_FAILED")
    }

    /// Whether a create or an update failed and left everything as it was then: AWS takes an update only
    /// without rollback (`DisableRollback`), or a rollback.
    pub fn is_left_as_it_failed(&self) -> bool {
        matches!(self, Self::CreateFailed | Self::UpdateFailed)
    }

    /// Whether no stack stands under this status any more.
    pub fn is_gone(&self) -> bool {
        *self == Self::DeleteComplete
    }

    /// Returns what `apply` does with a stack in this status.
    pub fn approach(&self) -> Approach {
        match self {
            Self::DeleteComplete | Self::ReviewInProgress => Approach::Create,
            Self::CreateComplete
            | Self::UpdateComplete
            | Self::UpdateRollbackComplete
            | Self::ImportComplete
            | Self::ImportRollbackComplete => Approach::Update,
            Self::UpdateFailed => Approach::RollBack,
            Self::RollbackComplete | Self::CreateFailed | Self::RollbackFailed => {
                Approach::Recreate
            }
            Self::UpdateRollbackFailed => Approach::ContinueRollback,
            Self::DeleteFailed | Self::ImportRollbackFailed => Approach::Refuse,
            Self::CreateInProgress
            | Self::RollbackInProgress
            | Self::DeleteInProgress
            | Self::UpdateInProgress
            | Self::UpdateCompleteCleanupInProgress
            | Self::UpdateRollbackInProgress
            | Self::UpdateRollbackCompleteCleanupInProgress
            | Self::ImportInProgress
            | Self::ImportRollbackInProgress => Approach::Wait,
            Self::Unknown(_) if !self.is_settled() => Approach::Wait,
            Self::Unknown(_) => Approach::Refuse,
        }
    }
}

impl Default for StackStatus {
    /// A status of which nothing is known.
    fn default() -> Self {
        Self::Unknown(String::new())
    }
}

status_enum!(
    /// Where a resource of a stack stands.
    ResourceStatus {
        CreateInProgress = "CREATE_IN_PROGRESS",
        CreateFailed = "CREATE_FAILED",
        CreateComplete = "CREATE_COMPLETE",
        DeleteInProgress = "DELETE_IN_PROGRESS",
        DeleteFailed = "DELETE_FAILED",
        DeleteComplete = "DELETE_COMPLETE",
        DeleteSkipped = "DELETE_SKIPPED",
        UpdateInProgress = "UPDATE_IN_PROGRESS",
        UpdateFailed = "UPDATE_FAILED",
        UpdateComplete = "UPDATE_COMPLETE",
        ImportInProgress = "IMPORT_IN_PROGRESS",
        ImportFailed = "IMPORT_FAILED",
        ImportComplete = "IMPORT_COMPLETE",
        RollbackInProgress = "ROLLBACK_IN_PROGRESS",
        RollbackComplete = "ROLLBACK_COMPLETE",
        RollbackFailed = "ROLLBACK_FAILED",
        UpdateRollbackInProgress = "UPDATE_ROLLBACK_IN_PROGRESS",
        UpdateRollbackComplete = "UPDATE_ROLLBACK_COMPLETE",
        UpdateRollbackFailed = "UPDATE_ROLLBACK_FAILED",
    }
);

impl ResourceStatus {
    /// Whether the resource's step failed.
    pub fn is_failed(&self) -> bool {
        self.as_str().ends_with("_FAILED")
    }

    /// Whether the resource's step ended.
    pub fn is_settled(&self) -> bool {
        !self.as_str().ends_with("_IN_PROGRESS")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_status_reads_back_as_itself() {
        for status in StackStatus::KNOWN {
            assert_eq!(&StackStatus::from(status.as_str()), status);
        }
        for status in ResourceStatus::KNOWN {
            assert_eq!(&ResourceStatus::from(status.as_str()), status);
        }
    }

    #[test]
    fn what_moves_is_waited_for_and_what_is_settled_is_not() {
        for status in StackStatus::KNOWN {
            assert_eq!(status.approach() == Approach::Wait, !status.is_settled(), "{status}");
        }
    }

    #[test]
    fn an_unknown_status_is_carried_as_it_is() {
        let moving = StackStatus::from("TELEPORT_IN_PROGRESS");
        assert_eq!(moving.to_string(), "TELEPORT_IN_PROGRESS");
        assert_eq!(moving.approach(), Approach::Wait);
        assert_eq!(StackStatus::from("TELEPORT_COMPLETE").approach(), Approach::Refuse);
    }

    #[test]
    fn good_and_bad_exclude_each_other() {
        for status in StackStatus::KNOWN {
            assert!(!(status.is_good() && status.is_bad()), "{status}");
        }
    }
}
