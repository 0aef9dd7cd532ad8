//! What the sandbox knows of a resource type, and what follows from it for one resource.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::macro_call::calls_macro;
use super::made_up;
use super::resource_facts::Facts;
use crate::sandbox::caller::key_id;

/// The pattern of an id that follows from no pattern, but from what the resource is called.
pub const MADE_UP: &str = "";

/// A resource type: one entry of `resource_types`.
#[derive(Debug)]
pub struct ResourceType {
    /// The type's name.
    pub type_name: &'static str,
    /// Its properties: `*` marks a required one, `!` one whose change replaces the resource.
    pub properties: &'static str,
    /// The property that names the resource, if it has names; no two resources share one.
    pub name: Option<&'static str>,
    /// Whether the name is taken in one Region only.
    pub is_regional: bool,
    /// The longest name, in characters.
    pub longest: usize,
    /// What `Ref` returns, as a pattern.
    pub id: &'static str,
    /// What `Fn::GetAtt` returns, as patterns.
    pub attributes: &'static [(&'static str, &'static str)],
}

impl ResourceType {
    fn marks(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.properties.split_whitespace().map(|word| {
            let name = word.trim_end_matches(['*', '!']);
            (name, &word[name.len()..])
        })
    }

    /// Whether the type has a property.
    pub fn has(&self, property: &str) -> bool {
        self.marks().any(|(name, _)| name == property)
    }

    /// Whether a change of a property makes a new resource.
    pub fn recreates(&self, property: &str) -> bool {
        self.marks().any(|(name, marks)| name == property && marks.contains('!'))
    }

    /// Whether a change between two sets of properties makes a new resource.
    pub fn is_replaced_by(&self, old: &Json, new: &Json) -> bool {
        self.marks().any(|(name, marks)| marks.contains('!') && old[name] != new[name])
    }

    /// Whether the sandbox knows what the type's service does, and not only what it is called.
    pub fn is_modelled(&self) -> bool {
        self.id != MADE_UP
    }

    /// Returns what is wrong with a set of properties, as a status reason.
    pub fn fault(&self, logical_id: &str, properties: &Json) -> Option<String> {
        let missing = self.missing(properties);
        let missing = missing.map(|name| format!("#: required key [{name}] not found"));
        let surplus = self.surplus(properties);
        let surplus = surplus.map(|key| format!("#: extraneous key [{key}] is not permitted"));
        let faults: Vec<String> = missing.chain(surplus).collect();
        (!faults.is_empty()).then(|| {
            format!(
                "Properties validation failed for resource {logical_id} with message:\n[{}]",
                faults.join(", ")
            )
        })
    }

    /// Returns the required ones that a set of properties does not have, unless a macro may add them.
    pub fn missing(&self, properties: &Json) -> impl Iterator<Item = &'static str> {
        self.marks()
            .filter(|(name, marks)| marks.contains('*') && properties[*name].is_null())
            .filter(|_| properties["Fn::Transform"].is_null())
            .map(|(name, _)| name)
    }

    /// Returns the keys of a set of properties that are none of the type's, if all of those are known.
    pub fn surplus<'p>(&self, properties: &'p Json) -> impl Iterator<Item = &'p str> {
        let given = properties.as_object().into_iter().flat_map(|map| map.keys());
        given
            .filter(|key| self.is_modelled() && !self.has(key) && *key != "Fn::Transform")
            .map(String::as_str)
    }

    /// Returns the name a resource gets if its properties give none.
    pub fn generated_name(&self, stack: &str, logical_id: &str, suffix: &str) -> String {
        let room = self.longest.saturating_sub(suffix.len() + 2);
        let half = room / 2;
        let stack_part: String = stack.chars().take(room - logical_id.len().min(half)).collect();
        let own_part: String = logical_id.chars().take(room - stack_part.len()).collect();
        let name = format!("{stack_part}-{own_part}-{suffix}");
        let is_lower = matches!(self.type_name, "AWS::S3::Bucket" | "AWS::ECR::Repository")
            || self.type_name.starts_with("AWS::RDS::");
        if is_lower { name.to_lowercase() } else { name }
    }

    /// Returns a pattern with its words filled in.
    pub fn filled(&self, pattern: &str, facts: &Facts<'_>) -> String {
        fill(pattern, facts, &self.physical_id(facts))
    }

    /// Returns what `Ref` returns.
    pub fn physical_id(&self, facts: &Facts<'_>) -> String {
        fill(self.id, facts, "")
    }

    /// Returns what `Fn::GetAtt` returns, by attribute.
    pub fn attributes_of(&self, facts: &Facts<'_>) -> BTreeMap<String, String> {
        let id = self.physical_id(facts);
        let fill = |pattern| fill(pattern, facts, &id);
        self.attributes.iter().map(|(name, pattern)| ((*name).to_owned(), fill(pattern))).collect()
    }
}

/// Fills a pattern: `{account}`, `{Path:/}` (a property, with what stands in for it), …
fn fill(pattern: &str, facts: &Facts<'_>, id: &str) -> String {
    let mut filled = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        let (word, after) = after.split_once('}').expect("a pattern closes its braces");
        filled.push_str(before);
        filled.push_str(&fact(word, facts, id));
        rest = after;
    }
    filled + rest
}

fn fact(word: &str, facts: &Facts<'_>, id: &str) -> String {
    let letters = || facts.token.replace('-', "").to_uppercase();
    let partition = facts.region.partition();
    match word {
        "account" => facts.account.to_string(),
        "region" => facts.region.to_string(),
        "partition" => partition.to_string(),
        "suffix" => partition.dns_suffix().to_owned(),
        "name" => facts.name.to_owned(),
        "id" => id.to_owned(),
        "/name" => format!("/{}", facts.name.trim_start_matches('/')),
        "uuid" => facts.token.to_owned(),
        "letters" => letters().chars().take(17).collect(),
        "hex" => letters().to_lowercase().chars().take(17).collect(),
        "six" => letters()[..6].to_owned(),
        "signals" => json!({ facts.token: made_up::text(facts.name) }).to_string(),
        "key" => {
            let own = u128::from_str_radix(&letters(), 16).unwrap_or_default();
            key_id("AKIA", facts.account, own)
        }
        "secret" => letters() + "secret00",
        property => {
            let (property, default) = property.split_once(':').unwrap_or((property, ""));
            match &facts.properties[property] {
                Json::String(text) => text.clone(),
                part if calls_macro(part) => made_up::text(facts.name),
                _ => default.to_owned(),
            }
        }
    }
}
