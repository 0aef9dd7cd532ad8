//! Of each stack what happened to it last, in whichever order that is told.

use std::collections::BTreeMap;

use super::cloud_scope::CloudScope;
use super::stack::{Existence, InventoryStack};
use crate::name::{EnvironmentName, StackPlace};

/// The stacks that runs of a state folder made or deleted, each as it was left last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    stacks: BTreeMap<InventoryKey, InventoryStack>,
}

/// What makes two facts be about one stack of one environment.
type InventoryKey = (EnvironmentName, CloudScope, StackPlace);

impl Inventory {
    /// Takes in what a run did to a stack, unless something later is known of it.
    pub fn add(&mut self, stack: InventoryStack) {
        let key = (stack.environment.clone(), stack.scope.clone(), stack.place.clone());
        let known = self.stacks.get(&key);
        if known.is_none_or(|known| known.moment() < stack.moment()) {
            self.stacks.insert(key, stack);
        }
    }

    /// Returns every stack, by environment, cloud and place.
    pub fn stacks(&self) -> impl Iterator<Item = &InventoryStack> {
        self.stacks.values()
    }

    /// Returns the stacks that stand or may stand.
    pub fn standing(&self) -> impl Iterator<Item = &InventoryStack> {
        self.stacks().filter(|stack| stack.existence != Existence::Absent)
    }
}
