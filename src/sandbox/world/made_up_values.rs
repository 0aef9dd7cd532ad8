//! The values that a rehearsal refers to and nobody gave the sandbox: parameters, secrets, outputs of stacks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::name::{AccountId, Region};

/// Values that stand in for those that are not there, and which of them were asked for.
///
/// Clones are the same: whoever opens the sandbox offers values, and tells people which were used.
#[derive(Clone, Debug, Default)]
pub struct MadeUpValues(Arc<Mutex<Values>>);

#[derive(Debug, Default)]
struct Values {
    offered: BTreeMap<ValuePlace, String>,
    /// Whether one stands in for whatever a template refers to.
    is_open: bool,
    used: BTreeSet<ValuePlace>,
}

/// Where a value is looked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ValuePlace {
    /// The account that is asked.
    pub account: AccountId,
    /// The Region that is asked.
    pub region: Region,
    /// What it is asked for.
    pub value: SoughtValue,
}

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SoughtValue {
    /// A parameter of Parameter Store, by its name.
    Parameter(String),
    /// The text of a secret, by its name or ARN.
    Secret(String),
    /// An output of a stack.
    Output {
        /// The stack's name.
        stack: String,
        /// The output's name.
        key: String,
    },
}

impl MadeUpValues {
    /// Offers a value for a place where there may be none.
    pub fn offer(&self, place: ValuePlace, value: String) {
        self.values().offered.insert(place, value);
    }

    /// Lets values stand in for whatever templates refer to from now on.
    pub fn open(&self) {
        self.values().is_open = true;
    }

    /// Returns what stands in for a value that a template refers to and that is not there, if anything may: what was
    /// offered, else `made_up`.
    pub fn stand_in(&self, place: ValuePlace, made_up: impl FnOnce() -> String) -> Option<String> {
        let mut values = self.values();
        if !values.is_open {
            return None;
        }
        let value = values.offered.entry(place.clone()).or_insert_with(made_up).clone();
        values.used.insert(place);
        Some(value)
    }

    /// Returns the places of values that were asked for and not there.
    pub fn used(&self) -> BTreeSet<ValuePlace> {
        self.values().used.clone()
    }

    /// Returns the value of a parameter that is not there.
    pub fn parameter(&self, account: &AccountId, region: &Region, name: &str) -> Option<String> {
        self.used_up(account, region, SoughtValue::Parameter(name.to_owned()))
    }

    /// Returns the text of a secret that is not there.
    pub fn secret(&self, account: &AccountId, region: &Region, id: &str) -> Option<String> {
        self.used_up(account, region, SoughtValue::Secret(id.to_owned()))
    }

    /// Returns the outputs of a stack that is not there; none if none of it are looked for.
    pub fn outputs(
        &self,
        account: &AccountId,
        region: &Region,
        name: &str,
    ) -> BTreeMap<String, String> {
        let mut values = self.values();
        let is_here = |place: &ValuePlace| place.account == *account && place.region == *region;
        let of_stack = |(place, text): (&ValuePlace, &String)| match &place.value {
            SoughtValue::Output { stack, key } if stack == name && is_here(place) => {
                Some((place.clone(), (key.clone(), text.clone())))
            }
            SoughtValue::Output { .. } | SoughtValue::Parameter(_) | SoughtValue::Secret(_) => None,
        };
        let (places, outputs): (Vec<_>, BTreeMap<_, _>) =
            values.offered.iter().filter_map(of_stack).unzip();
        values.used.extend(places);
        outputs
    }

    fn used_up(&self, account: &AccountId, region: &Region, value: SoughtValue) -> Option<String> {
        let place = ValuePlace { account: account.clone(), region: region.clone(), value };
        let mut values = self.values();
        let offered = values.offered.get(&place).cloned()?;
        values.used.insert(place);
        Some(offered)
    }

    fn values(&self) -> MutexGuard<'_, Values> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
