//! The outputs of stacks, without what they repeat of secrets.

use std::collections::{BTreeMap, BTreeSet};

use super::mask::MASK;
use super::{Of, SecretValues};
use crate::template::Template;

impl SecretValues {
    /// Returns outputs with their secrets hidden.
    pub fn hidden(&self, outputs: BTreeMap<String, String>) -> BTreeMap<String, String> {
        let hidden =
            outputs.into_iter().map(|(name, value)| (name, self.hide_in_text(value, Of::Users)));
        hidden.collect()
    }

    /// Returns the outputs of a stack as they may be shown: see [`Self::keep_outputs`].
    pub fn shown_outputs(
        &self,
        template: &Template,
        outputs: BTreeMap<String, String>,
        unknown: &BTreeSet<String>,
    ) -> BTreeMap<String, String> {
        let shown = outputs.into_iter().map(|(name, value)| {
            let is_telling = self.is_telling(template, (&name, &value), unknown);
            let value =
                if is_telling { MASK.to_owned() } else { self.hide_in_text(value, Of::Users) };
            (name, value)
        });
        shown.collect()
    }

    /// Returns outputs of which nobody knows whether a secret stands in them.
    pub fn withheld(outputs: BTreeMap<String, String>) -> BTreeMap<String, String> {
        outputs.into_keys().map(|name| (name, MASK.to_owned())).collect()
    }

    /// Takes in what the outputs of a stack repeat of its secrets: whole where these are not known, by the names of their
    /// parameters, or where one that is should stand and does not, as the stack has another then.
    pub fn keep_outputs(
        &mut self,
        template: &Template,
        outputs: &BTreeMap<String, String>,
        unknown: &BTreeSet<String>,
    ) {
        let is_telling = |(name, value): &(&String, &String)| {
            self.is_telling(template, (*name, *value), unknown)
        };
        let telling: Vec<&String> = outputs.iter().filter(is_telling).map(|(_, it)| it).collect();
        telling.into_iter().for_each(|value| self.keep(value));
    }

    /// Whether an output of a stack is to be hidden whole.
    fn is_telling(
        &self,
        template: &Template,
        (name, value): (&str, &str),
        unknown: &BTreeSet<String>,
    ) -> bool {
        let is_other = || self.hide_in_text(value.to_owned(), Of::Users) == value;
        template.secret_uses.iter().any(|(parameter, uses)| match unknown.contains(parameter) {
            true => uses.may_stand_in(name),
            false => uses.written.contains(name) && is_other(),
        })
    }
}
