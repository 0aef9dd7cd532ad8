//! What an output yields, and under which name it is exported.
//!
//! Source: the CloudFormation user guide, "Outputs".

use super::checker::{Checker, Spot};
use super::item_rule::ItemRule;
use super::rule::Rule;
use super::violation::Violation;
use super::yields::{Yield, is_function};
use crate::document::{Key, Node};
use crate::template::exports::may_be_exported_as;
use crate::template::expression::Expression;
use crate::template::function_call::{Argument, function};

impl<'n> Checker<'n> {
    /// Checks that the value of an output is text.
    pub fn check_output(&mut self, key: &Key, output: &'n Node, spot: Spot<'n>) {
        if let Some(value) = output.value_of("Value") {
            self.check_output_value(key, value, spot);
        }
    }

    fn check_output_value(&mut self, key: &Key, value: &'n Node, spot: Spot<'n>) {
        if let Some(("If", argument)) = function(value) {
            let chosen = argument.node().items().and_then(|items| items.get(1..));
            for value in chosen.unwrap_or_default() {
                self.check_output_value(key, value, spot.under_a_condition());
            }
            return;
        }
        let kind = match self.yields(value) {
            Yield::Text | Yield::Unknown => return,
            kind @ (Yield::List | Yield::Mapping) => kind,
        };
        let rule = ItemRule::OutputValue { output: key.text.clone(), kind: kind.as_str() };
        let help = "join its items: `!Join [\",\", …]`".to_owned();
        // Nobody documents what is sent to no topic.
        let is_of_topics = matches!(function(value), Some(("Ref", name))
            if name.node().as_text() == Some("AWS::NotificationARNs"));
        let violation = Violation::at(&value.place, rule)
            .with_help((kind == Yield::List).then_some(help))
            .warning_if(!spot.is_evaluated || is_of_topics);
        self.push(violation);
    }

    /// Checks the names under which outputs are exported: that they are there, and each once.
    pub fn check_exports(&mut self, outputs: &[(&'n Key, &'n Node)]) {
        let mut exported: Vec<(String, &Key, bool)> = Vec::new();
        for (key, output) in outputs {
            let Some(export) = output.value_of("Export") else { continue };
            let is_conditional = output.value_of("Condition").is_some();
            let Some(name) = self.export_name(key, (export, is_conditional)) else { continue };
            // A parameter is the same wherever it stands, whatever it is.
            let Some(text) = Expression::of(name).text(|name| Some(format!("${{{name}}}"))) else {
                continue;
            };
            match exported.iter().find(|(other, ..)| *other == text) {
                None => exported.push((text, key, is_conditional)),
                Some((_, other, is_other_conditional)) => {
                    let (output, other) = (key.text.clone(), other.text.clone());
                    let rule = ItemRule::ExportTwice { output, other };
                    let help = "an account and Region has an export of a name once".to_owned();
                    let is_uncertain = is_conditional || *is_other_conditional;
                    let violation = Violation::at(&name.place, rule).with_help(help);
                    self.push(violation.warning_if(is_uncertain));
                }
            }
        }
    }

    /// Returns the name of an export, and tells what is wrong with it.
    fn export_name(
        &mut self,
        of: &Key,
        (export, is_conditional): (&'n Node, bool),
    ) -> Option<&'n Node> {
        let is_open = export.tag.is_some() || export.value_of("Fn::Transform").is_some();
        if export.is_null() || is_open {
            return None;
        }
        let output = of.text.clone();
        let Some(entries) = export.entries() else {
            let message = format!("`Export` is a mapping with a `Name`, not {}", export.kind());
            self.push(Violation::at(&export.place, Rule::Shape { message }));
            return None;
        };
        let Some((_, name)) = entries.iter().find(|(key, _)| key.text == "Name") else {
            self.push(Violation::at(&export.place, ItemRule::ExportName { output, name: None }));
            return None;
        };
        let is_literal = !is_function(Argument::Alone(name));
        match Expression::of(name).text(|_| None).filter(|_| !name.is_null()) {
            Some(text) if may_be_exported_as(&text) || text.contains("{{resolve:") => {}
            Some(text) => {
                let rule = ItemRule::ExportName { output, name: Some(text) };
                self.push(Violation::at(&name.place, rule).warning_if(is_conditional));
            }
            None if matches!(self.yields(name), Yield::List | Yield::Mapping) => {
                let message =
                    format!("`Name` of an export is text, not {}", self.yields(name).as_str());
                let shape = Violation::at(&name.place, Rule::Shape { message });
                self.push(shape.warning_if(!is_literal));
            }
            None => {}
        }
        Some(name)
    }
}
