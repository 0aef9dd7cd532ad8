//! Outages of AWS, or of the way to it, that somebody wants to be borne: together for one time, and told once.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::time::Instant;

use super::call_error::CallError;

/// How long outages are borne, from the first on, besides what any first call is asked again.
const BORNE_FOR: Duration = Duration::from_secs(90);

/// Who hears of outages that are borne, and until when they are; clones share both.
#[derive(Clone, Default)]
pub(in crate::cloud) struct Outages(Arc<Shared>);

#[derive(Default)]
struct Shared {
    teller: OnceLock<Box<Teller>>,
    /// One deadline for all calls that fail, set by the first of them.
    borne_until: OnceLock<Instant>,
    is_given_up: AtomicBool,
}

/// Hears of an outage.
type Teller = dyn Fn(&CallError) + Send + Sync;

impl Outages {
    /// Bears them from now on, and sets who hears of them; the first who is said counts.
    pub fn tell(&self, teller: impl Fn(&CallError) + Send + Sync + 'static) {
        let _ = self.0.teller.set(Box::new(teller));
    }

    /// Whether a call that failed by an outage is to be made again after a while. The first one sets until when any
    /// is, and is told.
    pub fn bear(&self, error: &CallError) -> bool {
        let Some(teller) = self.0.teller.get() else { return false };
        let until = self.0.borne_until.get_or_init(|| {
            teller(error);
            Instant::now() + BORNE_FOR
        });
        let is_borne = Instant::now() < *until;
        if !is_borne {
            self.0.is_given_up.store(true, Ordering::Relaxed);
        }
        is_borne
    }

    /// Whether an outage lasted longer than it is borne: who calls after that need not try for long.
    pub fn is_given_up(&self) -> bool {
        self.0.is_given_up.load(Ordering::Relaxed)
    }
}

/// Says whether they are borne.
impl fmt::Debug for Outages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outages({})", self.0.teller.get().is_some())
    }
}
