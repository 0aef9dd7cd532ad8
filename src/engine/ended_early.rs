//! Work on a stack instance that goes no further: what `?` carries out of it.

use super::instance_end;
use crate::cloud::CallError;
use crate::event::InstanceEnd;
use crate::name::{AccountName, InstanceId};

/// Why work on a stack instance goes no further.
#[derive(Debug)]
pub(super) enum EndedEarly {
    /// The stack instance has ended.
    Ended(Box<InstanceEnd>),
    /// A call failed.
    CallFailed(CallError),
}

impl EndedEarly {
    /// Returns how the stack instance ended; of a stack whose call failed nothing more is known.
    pub fn into_end(self, instance: &InstanceId, account: &AccountName) -> InstanceEnd {
        match self {
            Self::Ended(end) => *end,
            Self::CallFailed(error) => instance_end::refused(instance, account, error, None),
        }
    }
}

impl From<InstanceEnd> for EndedEarly {
    fn from(end: InstanceEnd) -> Self {
        Self::Ended(Box::new(end))
    }
}

impl From<CallError> for EndedEarly {
    fn from(error: CallError) -> Self {
        Self::CallFailed(error)
    }
}
