//! What a rehearsal takes for values that a plan looks up and nobody gave the sandbox.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use crate::environment::LookedUp;
use crate::foreign;
use crate::plan::{Plan, PlannedLookup, StackField, StackInstance, ValuePiece};
use crate::sandbox::{MadeUpValues, SoughtValue, ValuePlace};
use crate::template::TemplateParameter;

/// How many values are named.
const MOST_VALUES: usize = 5;

/// What no parameter objects to that asks for an id, a number, an address or plain text.
const CANDIDATES: [&str; 17] = [
    "made-up-by-the-sandbox",
    "made-up",
    "madeup",
    "MadeUp1madeup",
    "1",
    "10",
    "100",
    "443",
    "10.0.0.0/16",
    "vpc-0123456789abcdef0",
    "subnet-0123456789abcdef0",
    "sg-0123456789abcdef0",
    "ami-0123456789abcdef0",
    "made-up.example.com",
    "https://made-up.example.com",
    "made-up@example.com",
    "arn:aws:iam::999999999999:role/made-up",
];

/// What a value must suit that is a lookup and nothing besides.
type Wishes<'p> = BTreeMap<PlannedLookup, Vec<Wish<'p>>>;

/// A field that takes the value of a lookup.
struct Wish<'p> {
    field: StackField<'static>,
    declared: Option<&'p TemplateParameter>,
}

impl Wish<'_> {
    fn suits(&self, text: &str) -> bool {
        let objection = self.declared.and_then(|declared| declared.objection(text));
        objection.or_else(|| self.field.objection(text)).is_none()
    }

    /// Returns what the template itself names.
    fn named(&self) -> impl Iterator<Item = &str> {
        let allowed = self.declared.and_then(|declared| declared.allowed_values.as_ref());
        let default = self.declared.and_then(|declared| declared.default.as_deref());
        allowed.into_iter().flatten().map(String::as_str).chain(default)
    }
}

/// Offers a value for everything that a plan looks up outside of its own stacks; what its templates refer to is
/// made up where they do.
pub fn offer(plan: &Plan, values: &MadeUpValues) {
    values.open();
    let mut secrets: BTreeMap<ValuePlace, BTreeMap<String, String>> = BTreeMap::new();
    for (lookup, wishes) in wishes(plan) {
        if is_of_plan(plan, &lookup) {
            continue;
        }
        let text = suiting(&wishes);
        let place = place(&lookup);
        match &lookup.what {
            LookedUp::Secret { key: Some(key), .. } => {
                secrets.entry(place).or_default().insert(key.clone(), text);
            }
            LookedUp::Secret { key: None, .. }
            | LookedUp::Parameter(_)
            | LookedUp::StackOutput { .. } => values.offer(place, text),
        }
    }
    for (place, members) in secrets {
        values.offer(place, serde_json::json!(members).to_string());
    }
}

/// Says which values were made up, a sentence for all.
pub fn told(values: &MadeUpValues) -> Option<String> {
    let used: BTreeSet<String> = values.used().iter().map(shown).collect();
    let named: Vec<&str> = used.iter().take(MOST_VALUES).map(String::as_str).collect();
    let more = match used.len().saturating_sub(MOST_VALUES) {
        0 if used.is_empty() => return None,
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let named = foreign::one_line(&named.join(", "));
    Some(format!("the sandbox made up what it does not keep: {named}{more}"))
}

/// Returns all that a plan looks up, each with what takes it.
fn wishes(plan: &Plan) -> Wishes<'_> {
    let mut wishes = Wishes::new();
    for desired in plan.instances.iter().filter_map(StackInstance::desired) {
        let Ok(_) = desired.try_map(|field, value| {
            for lookup in value.lookups() {
                wishes.entry(lookup.clone()).or_default();
            }
            if let [ValuePiece::Lookup(lookup)] = &value.pieces[..] {
                // Names do not matter to what suits them.
                let (field, declared) = match field {
                    StackField::Parameter(name) => {
                        (StackField::Parameter(""), desired.template.parameters.get(name))
                    }
                    StackField::Tag(_) => (StackField::Tag(""), None),
                    StackField::ServiceRole => (StackField::ServiceRole, None),
                    StackField::NotificationArn => (StackField::NotificationArn, None),
                    StackField::RollbackAlarm => (StackField::RollbackAlarm, None),
                };
                wishes.entry(lookup.clone()).or_default().push(Wish { field, declared });
            }
            Ok::<(), Infallible>(())
        });
    }
    wishes
}

/// Returns a value that all of them take, if there is one among those that come to mind.
fn suiting(wishes: &[Wish<'_>]) -> String {
    let mut candidates = wishes.iter().flat_map(Wish::named).chain(CANDIDATES);
    let suiting = candidates.find(|text| wishes.iter().all(|wish| wish.suits(text)));
    suiting.unwrap_or(CANDIDATES[0]).to_owned()
}

/// Whether a lookup leads to a stack of the plan, which another of its files makes, or which fails on its own.
fn is_of_plan(plan: &Plan, lookup: &PlannedLookup) -> bool {
    let LookedUp::StackOutput { stack, .. } = &lookup.what else { return false };
    let is_it = |instance: &StackInstance| {
        instance.stack_name == *stack
            && instance.id.region == lookup.region
            && plan.accounts[instance.account].id == lookup.account_id
    };
    plan.instances.iter().any(is_it)
}

fn place(lookup: &PlannedLookup) -> ValuePlace {
    let value = match &lookup.what {
        LookedUp::Parameter(name) => SoughtValue::Parameter(name.clone()),
        LookedUp::Secret { id, .. } => SoughtValue::Secret(id.clone()),
        LookedUp::StackOutput { stack, key } => {
            SoughtValue::Output { stack: stack.to_string(), key: key.clone() }
        }
    };
    ValuePlace { account: lookup.account_id.clone(), region: lookup.region.clone(), value }
}

fn shown(place: &ValuePlace) -> String {
    let what = match &place.value {
        SoughtValue::Parameter(name) => format!("${{ssm:{name}}}"),
        SoughtValue::Secret(id) => format!("${{secret:{id}}}"),
        SoughtValue::Output { stack, key } => format!("${{external:{stack}.{key}}}"),
    };
    format!("{what} of {}/{}", place.account, place.region)
}
