//! Why a read was refused that is tried again until nobody waits for it any more.

use std::sync::{Mutex, PoisonError};

use crate::cloud::wire::call_error::CallError;

/// Why something could not be read when it was asked for last, for whoever stops asking.
#[derive(Debug, Default)]
pub(super) struct LastRefusal(Mutex<Option<CallError>>);

impl LastRefusal {
    /// Takes in why it could not be read.
    pub fn set(&self, error: &CallError) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.clone());
    }

    /// Returns why it could not be read, if anything was answered.
    pub fn into_error(self) -> Option<CallError> {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}
