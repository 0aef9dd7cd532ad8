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
    /// Takes in what a run did to a stack.
    pub fn add(&mut self, stack: InventoryStack) {
        let key = (stack.environment.clone(), stack.scope.clone(), stack.place.clone());
        let merged = match self.stacks.remove(&key) {
            Some(known) => known.merged(stack),
            None => stack,
        };
        self.stacks.insert(key, merged);
    }

    /// Returns every stack, by environment, cloud and place.
    pub fn stacks(&self) -> impl Iterator<Item = &InventoryStack> {
        self.stacks.values()
    }

    /// Returns the stacks that stand or may stand, whoever made them.
    pub fn standing(&self) -> impl Iterator<Item = &InventoryStack> {
        self.stacks().filter(|stack| stack.existence != Existence::Absent)
    }

    /// Returns the stacks that stand or may stand and were made by runs of their environment.
    pub fn made(&self) -> impl Iterator<Item = &InventoryStack> {
        self.stacks().filter(|stack| stack.making().is_some())
    }
}
