//! The capabilities that templates nested by path need: CloudFormation asks for them when it makes the nested
//! stack, and they come with the stack above.

use super::contents::{PathContent, TemplateContents};
use crate::document::{Fault, Place};
use crate::foreign;
use crate::plan::desired_stack::DesiredStack;
use crate::template::{Capability, Template};

impl TemplateContents {
    /// Returns what is wrong with the capabilities that a stack is sent with: those that nested templates need and
    /// it does not name. It is a warning where a condition may keep the nested stack from being made.
    pub fn lacking<V>(&self, stack: &str, desired: &DesiredStack<V>) -> Vec<Fault> {
        let named = desired.capabilities.iter().filter_map(|text| text.parse().ok());
        let named: Vec<Capability> = named.collect();
        let mut faults = Vec::new();
        self.collect_lacking(stack, &named, false, &mut faults);
        faults
    }

    fn collect_lacking(
        &self,
        stack: &str,
        named: &[Capability],
        is_conditional: bool,
        faults: &mut Vec<Fault>,
    ) {
        let is_conditional = is_conditional || may_be_left_out(&self.template);
        for (local, content) in &self.parts {
            let PathContent::Nested(nested) = content else { continue };
            for (needed, reason) in &nested.template.needed_capabilities {
                if named.iter().any(|capability| capability.covers(*needed)) {
                    continue;
                }
                let fault = lacking(stack, &nested.template, *needed, &local.place, reason);
                faults.push(if is_conditional { fault.into_warning() } else { fault });
            }
            nested.collect_lacking(stack, named, is_conditional, faults);
        }
    }
}

fn lacking(
    stack: &str,
    nested: &Template,
    needed: Capability,
    place: &Place,
    reason: &Place,
) -> Fault {
    let path = foreign::path(&nested.file.path);
    let message = format!("`{path}` needs {needed}, which the stack `{stack}` does not name");
    Fault::at(place, message).with_label("nested here").with_help(format!(
        "if you trust it, add {needed} to the stack's `capabilities`: see {reason}"
    ))
}

/// Whether a condition may keep a template's nested stacks from being made.
fn may_be_left_out(template: &Template) -> bool {
    let mut conditional = template.conditional.iter();
    conditional.any(|name| {
        let kind = template.resources.get(name).map(String::as_str);
        matches!(kind, Some("AWS::CloudFormation::Stack" | "AWS::Serverless::Application"))
    })
}
