//! The parameters and tags that a stack has where it stands: its own, under those of the overrides that apply there.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::environment::{Placed, StackSpec, Text};

/// What a stack has in the places where the same overrides apply.
pub(super) struct StackValues<'e> {
    /// The overrides that apply, as positions among those of the stack.
    pub overrides: Vec<usize>,
    /// The parameters, each with its name as it stands in the file.
    pub parameters: Vec<(&'e Placed<String>, &'e Text)>,
    /// The tags over the account's and the file's; nothing if neither the stack nor an override says anything of tags.
    pub tags: Option<BTreeMap<&'e str, &'e Text>>,
    /// The tags that are taken away, whoever sets them.
    pub tags_taken_away: BTreeSet<&'e str>,
}

impl<'e> StackValues<'e> {
    /// Returns what a stack has where these of its overrides apply.
    pub fn of(stack: &'e StackSpec, overrides: &[usize]) -> Self {
        let own_tags = stack.tags.as_ref();
        let mut values = Self {
            overrides: Vec::with_capacity(overrides.len()),
            parameters: stack.parameters.iter().map(|(name, text)| (name, text)).collect(),
            tags: own_tags
                .map(|tags| tags.iter().map(|(key, text)| (key.as_str(), text)).collect()),
            tags_taken_away: BTreeSet::new(),
        };
        for &at in overrides {
            values.lay_over(stack, at);
        }
        values
    }

    fn lay_over(&mut self, stack: &'e StackSpec, at: usize) {
        let over = &stack.overrides[at].value;
        self.overrides.push(at);
        if let Some(parameters) = &over.parameters {
            if parameters.is_empty() {
                self.parameters.clear();
            }
            for (name, text) in parameters {
                self.set_parameter(name, text.as_ref());
            }
        }
        if let Some(tags) = &over.tags {
            if tags.is_empty() {
                self.tags = Some(BTreeMap::new());
            }
            for (key, text) in tags {
                self.set_tag(&key.value, text.as_ref());
            }
        }
    }

    fn set_parameter(&mut self, name: &'e Placed<String>, text: Option<&'e Text>) {
        let position = self.parameters.iter().position(|(known, _)| known.value == name.value);
        match (position, text) {
            (Some(at), Some(text)) => self.parameters[at] = (name, text),
            (None, Some(text)) => self.parameters.push((name, text)),
            (Some(at), None) => {
                self.parameters.remove(at);
            }
            (None, None) => {}
        }
    }

    fn set_tag(&mut self, key: &'e str, text: Option<&'e Text>) {
        match text {
            Some(text) => {
                self.tags_taken_away.remove(key);
                self.tags.get_or_insert_default().insert(key, text);
            }
            None => {
                self.tags_taken_away.insert(key);
                if let Some(tags) = &mut self.tags {
                    tags.remove(key);
                }
            }
        }
    }

    /// Returns the tags by key over those of the file and of the account; nothing if nobody says anything of tags.
    pub fn tags_over(
        &self,
        beneath: [Option<&'e Vec<(String, Text)>>; 2],
    ) -> Option<BTreeMap<&'e str, &'e Text>> {
        if beneath.iter().all(Option::is_none) && self.tags.is_none() {
            return None;
        }
        let beneath = beneath.into_iter().flatten().flatten();
        let beneath = beneath.map(|(key, text)| (key.as_str(), text));
        let beneath = beneath.filter(|(key, _)| !self.tags_taken_away.contains(key));
        let own = self.tags.iter().flatten().map(|(&key, &text)| (key, text));
        Some(beneath.chain(own).collect())
    }

    /// Whether a parameter has a value.
    pub fn has_parameter(&self, name: &str) -> bool {
        self.parameters.iter().any(|(known, _)| known.value == name)
    }
}

/// What stacks have, once for all places where the same overrides apply.
#[derive(Default)]
pub(super) struct ValuesOfStacks<'e> {
    all: Vec<StackValues<'e>>,
    /// Where each is, by environment, key of the stack and overrides that apply.
    known: HashMap<(usize, &'e str, Vec<usize>), usize>,
}

impl<'e> ValuesOfStacks<'e> {
    /// Returns the number of what a stack of an environment has where these of its overrides apply.
    pub fn number(
        &mut self,
        environment: usize,
        stack: &'e StackSpec,
        overrides: Vec<usize>,
    ) -> usize {
        let key = (environment, stack.key.value.as_str(), overrides);
        if let Some(&number) = self.known.get(&key) {
            return number;
        }
        self.all.push(StackValues::of(stack, &key.2));
        self.known.insert(key, self.all.len() - 1);
        self.all.len() - 1
    }

    /// Returns what has this number.
    pub fn of_number(&self, number: usize) -> &StackValues<'e> {
        &self.all[number]
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::document::SourceFile;
    use crate::environment::{Environment, Piece};

    /// Reads a stack with these overrides, of which each is the text of a mapping.
    fn stack(overrides: &[String]) -> StackSpec {
        let text = format!(
            "environment: e\naccounts: {{ dev: '100000000001' }}\nstacks:\n  app:\n    template: t\n    \
             parameters: {{ A: '0', B: '0' }}\n    overrides: [{}]\n",
            overrides.join(", ")
        );
        let file = SourceFile { path: "x.yaml".into(), text };
        let environment = Environment::from_source(&Arc::new(file));
        environment.unwrap_or_else(|faults| panic!("{}", faults.render(false, 80))).stacks.remove(0)
    }

    fn literal(text: &Text) -> String {
        match &text.pieces[..] {
            [Piece::Literal(literal)] => literal.clone(),
            other => panic!("{other:?} is not one literal"),
        }
    }

    proptest! {
        #[test]
        fn overrides_mean_what_they_say_one_after_the_other(
            written in prop::collection::vec(prop::collection::btree_map("[ABC]", prop::option::of("[1-9]"), 0..3), 1..5),
            applies in prop::collection::vec(any::<bool>(), 5),
        ) {
            let value = |value: &Option<String>| value.clone().map_or("null".to_owned(), |it| format!("'{it}'"));
            let texts: Vec<String> = written.iter().map(|over| {
                let items: Vec<String> = over.iter().map(|(name, it)| format!("{name}: {}", value(it))).collect();
                format!("{{ parameters: {{ {} }} }}", items.join(", "))
            }).collect();
            let stack = stack(&texts);
            let applied: Vec<usize> = (0..written.len()).filter(|&at| applies[at]).collect();
            let mut expected: BTreeMap<String, String> =
                ["A", "B"].map(|name| (name.to_owned(), "0".to_owned())).into();
            for &at in &applied {
                if written[at].is_empty() {
                    expected.clear();
                }
                for (name, value) in &written[at] {
                    match value {
                        Some(value) => expected.insert(name.clone(), value.clone()),
                        None => expected.remove(name),
                    };
                }
            }
            let values = StackValues::of(&stack, &applied);
            let found: BTreeMap<String, String> =
                values.parameters.iter().map(|(name, text)| (name.value.clone(), literal(text))).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
