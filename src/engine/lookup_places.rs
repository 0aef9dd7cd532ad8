//! Lookup places: what a run reads of each account, Region and name is kept, so that it is read once, also where several
//! files name the account.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

use super::known_lookups::{FoundValue, ValueVersions};
use super::past_run::PastRun;
use crate::environment::LookedUp;
use crate::event::{EventKind, Failure, FailureKind};
use crate::name::InstanceId;
use crate::plan::{Plan, PlannedLookup};

/// What is read of a place, once.
#[derive(Clone, Debug)]
pub(super) enum Read {
    /// A parameter or a secret.
    Value(FoundValue),
    /// All outputs of a stack.
    Outputs(BTreeMap<String, String>),
}

/// Why nothing was read.
#[derive(Clone, Debug)]
pub(super) enum Unread {
    /// The account cannot be entered.
    NotEntered(Failure),
    /// What is there cannot be had.
    NotHad(Failure),
}

impl Unread {
    /// Whether AWS has said that nothing is there, or that it may not be had. All else may pass while the run goes on.
    fn is_answer(&self) -> bool {
        match self {
            Self::NotEntered(_) => false,
            Self::NotHad(Failure { kind, .. }) => {
                use FailureKind::{AccessDenied, OutputMissing, Refused};
                matches!(kind, AccessDenied | OutputMissing | Refused)
            }
        }
    }
}

/// Where what is read of a place is kept, or why it could not be.
pub(super) type ReadOnce = Arc<OnceCell<Result<Read, Unread>>>;

/// The places that a run reads, each read by whoever comes first.
#[derive(Debug, Default)]
pub(super) struct LookupPlaces {
    places: Mutex<BTreeMap<PlannedLookup, ReadOnce>>,
    /// Which account stands for each of the plan's: several files may name one, and enter it alike.
    alike: Vec<usize>,
    /// What was told of.
    told: Mutex<BTreeSet<PlannedLookup>>,
    /// The versions that the run had read before it was resumed.
    before: ValueVersions,
}

impl LookupPlaces {
    /// Returns the places that a plan may read.
    pub fn of(plan: &Plan) -> Self {
        Self { alike: plan.entered_alike(), ..Self::default() }
    }

    /// Returns the same for a run that is resumed, if there is a past.
    pub fn after(self, past: Option<&PastRun>) -> Self {
        let before = past.map(PastRun::value_versions).cloned().unwrap_or_default();
        Self { before, ..self }
    }

    /// Returns where what a lookup reads is kept.
    pub fn place(&self, lookup: &PlannedLookup) -> ReadOnce {
        let mut places = self.places.lock().expect("no holder panics");
        places.entry(whole(&self.shared(lookup))).or_default().clone()
    }

    /// Returns the same lookup in the account that stands for all that are entered alike.
    fn shared(&self, lookup: &PlannedLookup) -> PlannedLookup {
        PlannedLookup { account: self.alike[lookup.account], ..lookup.clone() }
    }

    /// Forgets what went wrong at a place and may pass: who waited for it shares it, who comes later asks anew.
    pub fn forget_outage(&self, lookup: &PlannedLookup, place: &ReadOnce) {
        if !matches!(place.get(), Some(Err(unread)) if !unread.is_answer()) {
            return;
        }
        let mut places = self.places.lock().expect("no holder panics");
        let key = whole(&self.shared(lookup));
        if places.get(&key).is_some_and(|kept| Arc::ptr_eq(kept, place)) {
            places.remove(&key);
        }
    }

    /// Returns what is told of a value once it was read for a stack instance; nothing if that was told before.
    pub fn told(
        &self,
        instance: &InstanceId,
        lookup: &PlannedLookup,
        value: &FoundValue,
    ) -> Option<EventKind> {
        let mut told = self.told.lock().expect("no holder panics");
        if !told.insert(self.shared(lookup)) {
            return None;
        }
        let PlannedLookup { what, account_id, region, .. } = lookup;
        let place = (what.to_string(), account_id.clone(), region.clone());
        let is_another = self.before.get(&place).is_some_and(|before| *before != value.version);
        let (reference, account_id, region) = place;
        let (instance, version) = (instance.clone(), value.version.clone());
        let read =
            EventKind::ValueRead { instance, reference, account_id, region, version, is_another };
        Some(read)
    }
}

/// Returns what is read of AWS at once: a whole secret, all outputs of a stack.
pub(super) fn whole(lookup: &PlannedLookup) -> PlannedLookup {
    let what = match &lookup.what {
        LookedUp::Parameter(name) => LookedUp::Parameter(name.clone()),
        LookedUp::Secret { id, .. } => LookedUp::Secret { id: id.clone(), key: None },
        LookedUp::StackOutput { stack, .. } => {
            LookedUp::StackOutput { stack: stack.clone(), key: String::new() }
        }
    };
    PlannedLookup { what, ..lookup.clone() }
}
