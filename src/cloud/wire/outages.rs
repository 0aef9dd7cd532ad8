//! Outages of AWS, or of the way to it, that somebody wants to be borne: together for one time, and told once.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::call_error::CallError;

/// How long an outage is borne, besides what any first call is asked again.
pub(in crate::cloud) const BORNE_FOR: Duration = Duration::from_secs(90);

/// Who hears of outages that are borne, and until when the one that lasts is; clones share both.
#[derive(Clone, Default)]
pub(in crate::cloud) struct Outages(Arc<Shared>);

#[derive(Default)]
struct Shared {
    teller: OnceLock<Box<Teller>>,
    /// One deadline for all calls that fail, set by the first of them; none where no outage lasts.
    borne_until: Mutex<Option<Instant>>,
}

/// Hears of an outage.
type Teller = dyn Fn(&CallError) + Send + Sync;

impl Outages {
    /// Bears them from now on, and sets who hears of them; the first who is said counts.
    pub fn tell(&self, teller: impl Fn(&CallError) + Send + Sync + 'static) {
        let _ = self.0.teller.set(Box::new(teller));
    }

    /// Whether a call that failed by an outage is to be made again after a while. The first one of an outage sets until
    /// when any is, and is told.
    pub fn bear(&self, error: &CallError) -> bool {
        let Some(teller) = self.0.teller.get() else { return false };
        let until = *self.borne_until().get_or_insert_with(|| {
            teller(error);
            Instant::now() + BORNE_FOR
        });
        Instant::now() < until
    }

    /// Notes that a call was answered: the next outage is another one.
    pub fn end(&self) {
        *self.borne_until() = None;
    }

    /// Whether the outage lasts longer than it is borne: who calls after that need not try for long.
    pub fn is_given_up(&self) -> bool {
        self.borne_until().is_some_and(|until| until <= Instant::now())
    }

    fn borne_until(&self) -> MutexGuard<'_, Option<Instant>> {
        // A teller that panicked set no deadline.
        self.0.borne_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Says whether they are borne.
impl fmt::Debug for Outages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outages({})", self.0.teller.get().is_some())
    }
}
