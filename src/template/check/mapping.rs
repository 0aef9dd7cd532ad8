//! Mappings: their two levels of keys, and what `Fn::FindInMap` looks up in them.

use super::checker::{Checker, Spot};
use super::reference_rule::{MappingLevel, ReferenceRule};
use super::rule::Rule;
use super::violation::Violation;
use crate::document::{Key, Node, did_you_mean, quoted};
use crate::template::ambiguous::is_ambiguous;
use crate::template::function_call::function;

/// What stands where `Fn::FindInMap` takes a key.
enum SoughtKey<'n> {
    /// One that stands there in letters.
    Known(&'n str),
    /// Any of these, which a parameter allows.
    AnyOf(Vec<&'n str>),
    Unknown,
}

impl SoughtKey<'_> {
    /// Whether it may be this one.
    fn may_be(&self, key: &str) -> bool {
        match self {
            Self::Known(known) => *known == key,
            Self::AnyOf(known) => known.contains(&key),
            Self::Unknown => true,
        }
    }

    /// Returns how it is written in a message.
    fn shown(&self) -> String {
        match self {
            Self::Known(key) => (*key).to_owned(),
            Self::AnyOf(keys) => keys.join("|"),
            Self::Unknown => "?".to_owned(),
        }
    }
}

impl<'n> Checker<'n> {
    /// Checks that a mapping has two levels of keys above its values, and no function among them.
    pub fn check_levels(&mut self, key: &Key, node: &Node) {
        for (first, values) in node.entries().unwrap_or_default() {
            let of = format!("`{}` of the mapping {}", first.text, quoted(&key.text));
            let is_function = first.text.starts_with("Fn::");
            match values.entries() {
                _ if is_function || values.is_null() => {}
                None => {
                    let kind = values.kind();
                    let message = format!("{of} is a mapping of names to values, not {kind}");
                    self.push(Violation::at(&values.place, Rule::Shape { message }));
                }
                Some(entries) => {
                    for (second, value) in entries {
                        let is_made = value.tag.as_deref().is_some_and(|tag| tag != "Transform");
                        let is_deep = value.entries().is_some() && value.tag.is_none();
                        if (is_deep || is_made) && !second.text.starts_with("Fn::") {
                            let message = format!("`{}` below {of} is text or a list", second.text);
                            let uncertain = self.macros.has_language_extensions;
                            let violation = Violation::at(&value.place, Rule::Shape { message });
                            self.push(violation.warning_if(uncertain));
                        }
                    }
                }
            }
        }
    }

    /// Checks that a mapping is there, and the keys in it, as far as they are known.
    pub fn check_find_in_map(&mut self, argument: &'n Node, spot: Spot<'n>) {
        let Some([map, first, second, rest @ ..]) = argument.items() else { return };
        let Some(name) = literal(map) else { return };
        // With the language extensions, a default stands in for what is not there.
        let has_default = !rest.is_empty();
        let Some(mapping) = self.declared.mappings.get(name) else {
            return self.missing_mapping(name, map, has_default);
        };
        if has_default || !is_plain(mapping) {
            return;
        }
        let keys = (self.sought_key(first), self.sought_key(second));
        let levels = mapping.entries().unwrap_or_default();
        let path = format!("{name}::{}::{}", keys.0.shown(), keys.1.shown());
        let below: Vec<&(Key, Node)> =
            levels.iter().filter(|(key, _)| keys.0.may_be(&key.text)).collect();
        let seconds = || below.iter().flat_map(|(_, values)| values.entries().unwrap_or_default());
        let mapping = name.to_owned();
        let missing = if below.is_empty() {
            let known: Vec<&str> = levels.iter().map(|(key, _)| key.text.as_str()).collect();
            missing_key(&keys.0, first, MappingLevel::Own { mapping }, &known, path)
        } else if !seconds().any(|(key, _)| keys.1.may_be(&key.text)) {
            let known: Vec<&str> = seconds().map(|(key, _)| key.text.as_str()).collect();
            let level = match keys.0 {
                SoughtKey::Known(key) => MappingLevel::Below { mapping, key: key.to_owned() },
                SoughtKey::AnyOf(_) | SoughtKey::Unknown => MappingLevel::BelowAny { mapping },
            };
            missing_key(&keys.1, second, level, &known, path)
        } else {
            None
        };
        self.found.extend(missing.map(|missing| missing.warning_if(!spot.is_evaluated)));
    }

    fn missing_mapping(&mut self, name: &str, map: &Node, is_uncertain: bool) {
        if self.macros.has_open_names {
            return;
        }
        let help = did_you_mean(name, self.declared.mappings.keys().copied());
        let rule = ReferenceRule::UnresolvedMapping { name: name.to_owned() };
        self.push(Violation::at(&map.place, rule).with_help(help).warning_if(is_uncertain));
    }

    /// Returns what `Fn::FindInMap` finds, where all that it looks up stands there in letters.
    pub fn found_in_map(&self, argument: &'n Node) -> Option<&'n Node> {
        let [map, first, second] = argument.items()? else { return None };
        let mapping = self.declared.mappings.get(literal(map)?)?;
        mapping.value_of(literal(first)?)?.value_of(literal(second)?)
    }

    fn sought_key(&self, node: &'n Node) -> SoughtKey<'n> {
        if let Some(key) = literal(node) {
            return SoughtKey::Known(key);
        }
        let allowed = || {
            let ("Ref", argument) = function(node)? else { return None };
            let parameter = self.declared.parameters.get(argument.node().as_text()?)?;
            let is_text = parameter.value_of("Type")?.as_text() == Some("String");
            let values = parameter.value_of("AllowedValues").filter(|_| is_text)?.items()?;
            values.iter().map(literal).collect()
        };
        allowed().map_or(SoughtKey::Unknown, SoughtKey::AnyOf)
    }
}

/// Returns that a key is not among those that are known; nothing if it may be any.
fn missing_key(
    key: &SoughtKey<'_>,
    node: &Node,
    within: MappingLevel,
    known: &[&str],
    path: String,
) -> Option<Violation> {
    let (key, is_certain) = match key {
        SoughtKey::Known(key) => (*key, true),
        SoughtKey::AnyOf(keys) => (*keys.first()?, false),
        SoughtKey::Unknown => return None,
    };
    // What YAML 1.1 and 1.2 read differently may be there under another name.
    let is_ambiguous = known.iter().chain([&key]).any(|key| is_ambiguous(key) || is_rewritten(key));
    let rule = ReferenceRule::MissingKey { key: key.to_owned(), within, path };
    let violation =
        Violation::at(&node.place, rule).with_help(did_you_mean(key, known.iter().copied()));
    Some(violation.warning_if(!is_certain || is_ambiguous))
}

/// Whether all of a mapping stands in it: nothing is made by a function or a macro.
fn is_plain(mapping: &Node) -> bool {
    let has_names = |node: &Node| {
        let entries = node.entries().filter(|_| node.tag.is_none());
        entries.is_some_and(|entries| entries.iter().all(|(key, _)| !key.text.starts_with("Fn::")))
    };
    let levels = mapping.entries().unwrap_or_default();
    has_names(mapping) && levels.iter().all(|(_, values)| has_names(values))
}

/// Whether a number of these letters is written otherwise once it was read: `1.10`, `1_000`, `12:30`.
fn is_rewritten(key: &str) -> bool {
    let is_number = key.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
    let is_whole = key.chars().all(|c| c.is_ascii_digit());
    is_number && !is_whole && key.chars().all(|c| c.is_ascii_hexdigit() || "+-.:_xo".contains(c))
}

fn literal(node: &Node) -> Option<&str> {
    node.as_text().filter(|_| node.tag.is_none() && !node.is_null())
}
