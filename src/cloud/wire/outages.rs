//! Outages of AWS, or of the way to it, that somebody wants to be borne.

use std::fmt;
use std::sync::{Arc, OnceLock};

use super::call_error::CallError;

/// Who hears of outages that are borne; clones share them.
#[derive(Clone, Default)]
pub(in crate::cloud) struct Outages(Arc<OnceLock<Box<Teller>>>);

/// Hears of an outage.
type Teller = dyn Fn(&CallError) + Send + Sync;

impl Outages {
    /// Sets who hears of them; the first who is said counts.
    pub fn tell(&self, teller: impl Fn(&CallError) + Send + Sync + 'static) {
        let _ = self.0.set(Box::new(teller));
    }

    /// Returns who hears of them; nobody where they are not borne.
    pub fn teller(&self) -> Option<&Teller> {
        self.0.get().map(AsRef::as_ref)
    }
}

/// Says whether they are borne.
impl fmt::Debug for Outages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outages({})", self.0.get().is_some())
    }
}
