//! The capabilities that templates nested by path need: CloudFormation asks for them when it makes the nested
//! stack, and they come with the stack above.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::document::{Fault, Place};
use crate::foreign;
use crate::template::{Capability, Template};

/// A capability that a template nested by path needs, however far below.
#[derive(Clone, Debug)]
pub(super) struct NestedNeed {
    capability: Capability,
    /// The file of the template that needs it.
    nested: PathBuf,
    /// Where it is nested.
    place: Place,
    /// What needs it.
    reason: Place,
    /// Whether a condition may keep the nested stack from being made.
    is_conditional: bool,
}

/// A file, a spot in it where a template is nested, and what that needs.
type Key = (PathBuf, usize, Capability);

/// A template that another nests.
pub(super) struct NestedTemplate<'a> {
    /// Where it is nested.
    pub place: &'a Place,
    pub template: &'a Template,
    /// What those below it need.
    pub needs: &'a [NestedNeed],
}

impl NestedNeed {
    /// Returns what the templates below a template need, each once: one that many nest is looked at as often as it
    /// is named, and not on each way that leads to it.
    pub fn below<'a>(
        template: &Template,
        parts: impl IntoIterator<Item = NestedTemplate<'a>>,
    ) -> Vec<Self> {
        let is_conditional = may_be_left_out(template);
        let mut needs: BTreeMap<Key, Self> = BTreeMap::new();
        for nested in parts {
            let of_itself =
                nested.template.needed_capabilities.iter().map(|(needed, reason)| Self {
                    capability: *needed,
                    nested: nested.template.file.path.clone(),
                    place: nested.place.clone(),
                    reason: reason.clone(),
                    is_conditional,
                });
            let further = nested.needs.iter().map(|need| Self {
                is_conditional: is_conditional || need.is_conditional,
                ..need.clone()
            });
            for need in of_itself.chain(further) {
                let key = (need.place.file.path.clone(), need.place.span.start, need.capability);
                // It is made if any way leads to it without a condition.
                let is_conditional = need.is_conditional;
                needs.entry(key).or_insert(need).is_conditional &= is_conditional;
            }
        }
        needs.into_values().collect()
    }

    fn fault(&self, stack: &str) -> Fault {
        let Self { capability, nested, place, reason, is_conditional } = self;
        let path = foreign::path(nested);
        let message =
            format!("`{path}` needs {capability}, which the stack `{stack}` does not name");
        let fault = Fault::at(place, message).with_label("nested here").with_help(format!(
            "if you trust it, add {capability} to the stack's `capabilities`: see {reason}"
        ));
        if *is_conditional { fault.into_warning() } else { fault }
    }
}

/// Returns what is wrong with the capabilities that a stack names: those of `needs` that are not among them. It
/// is a warning where a condition may keep the nested stack from being made.
pub(super) fn lacking(needs: &[NestedNeed], stack: &str, named: &[String]) -> Vec<Fault> {
    let named = named.iter().filter_map(|text| text.parse().ok());
    let named: Vec<Capability> = named.collect();
    let is_lacking =
        |need: &&NestedNeed| !named.iter().any(|capability| capability.covers(need.capability));
    needs.iter().filter(is_lacking).map(|need| need.fault(stack)).collect()
}

/// Whether a condition may keep a template's nested stacks from being made.
fn may_be_left_out(template: &Template) -> bool {
    let mut conditional = template.conditional.iter();
    conditional.any(|name| {
        let kind = template.resources.get(name).map(String::as_str);
        matches!(kind, Some("AWS::CloudFormation::Stack" | "AWS::Serverless::Application"))
    })
}
