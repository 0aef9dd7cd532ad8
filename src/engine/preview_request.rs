//! The request of a preview: what would be sent for a planned stack instance. Outputs of stacks that would change as well
//! are taken as they stand, and those of stacks that do not stand yet have a stand-in.

use std::collections::{BTreeMap, BTreeSet};

use super::known_lookups::Found;
use super::known_outputs::{KnownOutputs, desired, missing};
use super::position::PlanIndex;
use super::value_limit;
use crate::event::{Failure, Outcome, Preview};
use crate::plan::{DesiredStack, Plan, StackField, request_digest};
use crate::status::StackStatus;

/// What is sent for a value that is only known after apply.
const STAND_IN: &str = "known-after-apply";

/// What is foreseen of the outputs of a plan's stack instances.
#[derive(Debug, Default)]
pub(super) struct PredictedOutputs {
    known: KnownOutputs,
    outcomes: BTreeMap<PlanIndex, Outcome>,
}

/// What would be sent for a stack instance.
pub(super) struct PreviewRequest {
    /// What would be sent, with stand-ins.
    pub desired: DesiredStack<String>,
    /// The parameters whose value is only known after apply.
    pub unknown: BTreeSet<String>,
    /// Of what would be sent; absent where a part of that may be another in its turn, and does not count in it.
    pub digest: Option<String>,
    /// What is to be said of its values.
    pub notes: Vec<String>,
    /// Which of them are others in its turn, or may be, in words.
    pub unsure: Option<String>,
}

/// What is foreseen of an output.
enum Output<'a> {
    /// It stays as it stands.
    Stands(&'a str),
    /// It stands so, and its stack would change.
    MayDiffer(&'a str),
    /// Its stack, or it, does not stand yet.
    Unknown,
    /// It is not there and will not be.
    Missing,
}

impl PredictedOutputs {
    /// Keeps the outputs of a stack instance as they stand, and how it would end.
    pub fn keep(&mut self, index: PlanIndex, outcome: Outcome, outputs: BTreeMap<String, String>) {
        self.known.keep(index, outputs);
        self.outcomes.insert(index, outcome);
    }

    /// Keeps which outputs of a stack instance that is only read may be others than AWS answers.
    pub fn keep_uncertain(&mut self, index: PlanIndex, names: BTreeSet<String>) {
        self.known.keep_uncertain(index, names);
    }

    /// Keeps what is known of the parameters that a file does not set of a stack which stands.
    pub fn keep_unset(&mut self, index: PlanIndex, values: BTreeMap<String, String>) {
        self.known.keep_unset(index, values);
    }

    /// Keeps what was looked up for a stack instance.
    pub fn keep_lookups(&mut self, found: Found) {
        self.known.keep_lookups(found);
    }

    fn output(&self, index: PlanIndex, key: &str) -> Output<'_> {
        let stands = self.known.found(index, key);
        match (self.outcomes.get(&index), stands) {
            (Some(Outcome::Created), _) | (Some(Outcome::Updated), None) => Output::Unknown,
            (Some(Outcome::Updated), Some(value)) => Output::MayDiffer(value),
            (_, Some(value)) => Output::Stands(value),
            (_, None) => Output::Missing,
        }
    }

    /// Returns what a create or an update of a stack instance would send.
    ///
    /// # Errors
    /// When an output that it takes is not there and will not be, or a value comes to what CloudFormation
    /// does not take.
    pub fn request(&self, plan: &Plan, index: PlanIndex) -> Result<PreviewRequest, Failure> {
        let (mut unknown, mut may_differ) = (BTreeSet::new(), BTreeSet::new());
        let mut unknown_parameters = BTreeSet::new();
        let mut is_uncertain = false;
        let desired = desired(plan, index);
        let mut request = desired.try_map(|field, value| {
            let mut is_known = true;
            let output = |source, key: &str| {
                let source = PlanIndex(source);
                self.known.certain(plan, source, key)?;
                match self.output(source, key) {
                    Output::Missing => Err(missing(plan, source, key)),
                    Output::Stands(found) => Ok(found),
                    Output::MayDiffer(found) => {
                        is_uncertain |= !desired.counts(field, value);
                        may_differ.insert(field.to_string());
                        Ok(found)
                    }
                    Output::Unknown => {
                        is_known = false;
                        unknown.insert(field.to_string());
                        if let StackField::Parameter(name) = field {
                            unknown_parameters.insert(name.to_owned());
                        }
                        Ok(STAND_IN)
                    }
                }
            };
            let lookups = self.known.lookups();
            let text = value.filled(output, |lookup| lookups.value(desired, field, lookup))?;
            if is_known {
                value_limit::check(plan, desired, field, value, &text)?;
            }
            Ok(text)
        })?;
        // Of these, CloudFormation takes only what stands.
        request.service_role = request.service_role.filter(|role| !role.contains(STAND_IN));
        if let Some(arns) = &mut request.notification_arns {
            arns.retain(|arn| !arn.contains(STAND_IN));
        }
        may_differ.retain(|name| !unknown.contains(name));
        let notes = notes(&unknown, &may_differ);
        let is_known = unknown.is_empty() && !is_uncertain;
        let digest = is_known.then(|| request_digest(desired, &request));
        let (unknown, unsure) = (unknown_parameters, notes.first().cloned());
        Ok(PreviewRequest { desired: request, unknown, digest, notes, unsure })
    }
}

impl PreviewRequest {
    /// Returns the request without what it does not know: CloudFormation keeps what stands there.
    pub fn without_unknown(&self) -> DesiredStack<String> {
        let mut request = self.desired.clone();
        request.parameters.retain(|parameter| !self.unknown.contains(&parameter.name));
        request
    }

    /// Returns the request with more to say.
    pub fn with_notes(mut self, notes: impl IntoIterator<Item = String>) -> Self {
        self.notes.extend(notes);
        self
    }

    /// Returns what there is to say before anything is known of resources.
    pub fn preview(&self) -> Preview {
        let Self { notes, unsure, .. } = self;
        Preview { notes: notes.clone(), unsure: unsure.clone(), ..Preview::default() }
    }

    /// Returns what there is to say of a stack that stands so and is brought back before anything else.
    pub fn preview_after_repair(&self, status: &StackStatus) -> Preview {
        let first = match status {
            StackStatus::UpdateFailed => {
                format!(
                    "its last update failed and was left so ({status}): it is rolled back first"
                )
            }
            _ => format!("its rollback got stuck ({status}) and is continued first"),
        };
        self.preview().with_doubt(format!("{first}; what the update changes is known after that"))
    }
}

/// Says which values are only known after apply, and which may differ then.
fn notes(unknown: &BTreeSet<String>, may_differ: &BTreeSet<String>) -> Vec<String> {
    let named =
        |names: &BTreeSet<String>| names.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    let mut notes = Vec::new();
    match unknown.len() {
        0 => {}
        1 => notes.push(format!("{} is known after apply", named(unknown))),
        _ => notes.push(format!("{} are known after apply", named(unknown))),
    }
    let from = match may_differ.len() {
        0 => return notes,
        1 => "it comes from a stack that would change as well",
        _ => "they come from stacks that would change as well",
    };
    notes.push(format!("{} may differ: {from}", named(may_differ)));
    notes
}
