//! The values of a template, and the functions in them.

use std::borrow::Cow;

use super::checker::{Checker, Spot};
use super::function;
use super::macros::is_made;
use super::named::{Block, Sought};
use super::rule::Rule;
use super::violation::Violation;
use crate::document::{Key, Node, Place};
use crate::template::function_call::Argument;

impl<'n> Checker<'n> {
    /// Checks every value that CloudFormation evaluates, and that nothing is null.
    pub fn check_values(&mut self, root: &'n Node) {
        self.check_nulls(root);
        for (key, section) in root.entries().unwrap_or_default() {
            if ["Conditions", "Resources", "Outputs"].contains(&key.text.as_str()) {
                self.check_loops(section);
            }
            match key.text.as_str() {
                _ if section.tag.is_some() => {}
                "Rules" => self.check_rules(section),
                "Conditions" => self.check_conditions(section),
                "Resources" => self.check_resources(section),
                "Outputs" => self.check_outputs(section),
                _ => {}
            }
        }
    }

    /// Checks that nothing in the template is null.
    pub fn check_nulls(&mut self, root: &'n Node) {
        for (key, section) in root.entries().unwrap_or_default() {
            let is_uncertain = self.macros.is_open || key.text == "Metadata";
            self.check_null(section, Some(key), &mut Vec::new(), is_uncertain);
        }
    }

    /// Checks that a value, which stands under `path` and has a key if it is not an item of a list, is not
    /// null, and nothing in it.
    fn check_null(
        &mut self,
        node: &'n Node,
        key: Option<&'n Key>,
        path: &mut Vec<Cow<'n, str>>,
        is_uncertain: bool,
    ) {
        path.extend(key.map(|key| Cow::Borrowed(key.text.as_str())));
        if node.is_null() {
            // Converted templates have it for the empty text, which means the stack's own Region.
            let is_uncertain = is_uncertain || key.is_some_and(|key| key.text == "Fn::GetAZs");
            let place = key.map_or(&node.place, |key| &key.place);
            let path = path.iter().map(|name| format!("/{name}")).collect();
            let rule = Rule::Null { key: key.map(|key| key.text.clone()), path };
            let help = "CloudFormation takes no null: give a value, or leave it out".to_owned();
            self.push(Violation::at(place, rule).with_help(help).warning_if(is_uncertain));
        }
        for (at, item) in node.items().unwrap_or_default().iter().enumerate() {
            path.push(Cow::Owned(at.to_string()));
            self.check_null(item, None, path, is_uncertain);
            path.pop();
        }
        for (key, value) in node.entries().unwrap_or_default() {
            self.check_null(value, Some(key), path, is_uncertain);
        }
        if key.is_some() {
            path.pop();
        }
    }

    /// Checks that loops that make what stands in a section are made by a macro.
    fn check_loops(&mut self, section: &'n Node) {
        let entries = section.entries().unwrap_or_default().iter();
        for (key, _) in entries.filter(|(key, _)| function::is_loop(&key.text)) {
            let is_lenient = self.macros.has_language_extensions;
            self.found.extend(function::unknown(&key.text, &key.place, is_lenient));
        }
    }

    /// Checks what rules refer to.
    fn check_rules(&mut self, section: &'n Node) {
        let block = Block::Rules;
        let spot = Spot { block, owner: None, is_certain: true, is_evaluated: false };
        for (_, rule) in section.entries().unwrap_or_default() {
            let parts = rule.entries().unwrap_or_default().iter();
            let judged = |key: &Key| matches!(key.text.as_str(), "RuleCondition" | "Assertions");
            parts.filter(|(key, _)| judged(key)).for_each(|(_, value)| self.value(value, spot));
        }
    }

    fn check_conditions(&mut self, section: &'n Node) {
        for (key, condition) in section.entries().unwrap_or_default() {
            let owner = Some(key.text.as_str());
            let block = Block::Conditions;
            // A loop or a macro makes conditions, and is none.
            if key.text.starts_with("Fn::") {
                continue;
            }
            self.check_condition_function(&key.text, condition);
            self.value(condition, Spot { block, owner, is_certain: true, is_evaluated: true });
        }
    }

    fn check_resources(&mut self, section: &'n Node) {
        for (key, resource) in section.entries().unwrap_or_default() {
            let name = key.text.as_str();
            if name.starts_with("Fn::") || is_made(resource) {
                continue;
            }
            let is_certain = !self.declared.is_conditional(name);
            let (block, owner) = (Block::Resources, Some(name));
            let spot = Spot { block, owner, is_certain, is_evaluated: is_certain };
            for (key, value) in resource.entries().unwrap_or_default() {
                match key.text.as_str() {
                    name if function::is_loop(name) => {}
                    "Type" => {}
                    "Condition" => self.check_own_condition(value, spot),
                    "DependsOn" => self.check_depends_on(value, spot),
                    "Metadata" => self.value(value, Spot { is_evaluated: false, ..spot }),
                    _ => self.value(value, spot),
                }
            }
        }
    }

    fn check_outputs(&mut self, section: &'n Node) {
        for (key, output) in section.entries().unwrap_or_default() {
            if key.text.starts_with("Fn::") || is_made(output) {
                continue;
            }
            let is_certain = output.value_of("Condition").is_none();
            let (block, owner) = (Block::Outputs, None);
            let spot = Spot { block, owner, is_certain, is_evaluated: is_certain };
            self.check_output(key, output, spot);
            for (key, value) in output.entries().unwrap_or_default() {
                match key.text.as_str() {
                    name if function::is_loop(name) => {}
                    "Condition" => self.check_own_condition(value, spot),
                    _ => self.value(value, spot),
                }
            }
        }
    }

    fn check_own_condition(&mut self, value: &'n Node, spot: Spot<'n>) {
        match value.as_text() {
            Some(name) => self.check_condition(name, &value.place, spot),
            None => {
                let message =
                    format!("`Condition` is the name of a condition, not {}", value.kind());
                self.push(Violation::at(&value.place, Rule::Shape { message }));
            }
        }
    }

    fn check_depends_on(&mut self, value: &'n Node, spot: Spot<'n>) {
        let names = match value.items() {
            Some(items) => items.iter().collect(),
            None => vec![value],
        };
        for name in names {
            match name.as_text().filter(|_| name.tag.is_none()) {
                // One that is not made is not waited for.
                Some(text) => {
                    let spot = Spot { is_evaluated: false, ..spot };
                    self.check_resource(text, &name.place, spot, Sought::Resource);
                }
                None if self.macros.has_language_extensions => self.value(name, spot),
                None => {
                    let message = "`DependsOn` names resources".to_owned();
                    self.push(Violation::at(&name.place, Rule::Shape { message }));
                }
            }
        }
    }

    /// Checks a value and everything in it.
    pub fn value(&mut self, node: &'n Node, spot: Spot<'n>) {
        match &node.tag {
            Some(tag) => self.call(&function::of_tag(tag), &node.place, node, true, spot),
            None => self.untagged(node, spot),
        }
    }

    fn untagged(&mut self, node: &'n Node, spot: Spot<'n>) {
        node.items().unwrap_or_default().iter().for_each(|item| self.value(item, spot));
        let entries = node.entries().unwrap_or_default();
        if let [(key, argument)] = entries
            && is_call(&key.text, spot)
        {
            return self.call(&key.text, &key.place, argument, false, spot);
        }
        // What stands beside a macro is the macro's.
        if entries.iter().any(|(key, _)| key.text == "Fn::Transform") {
            return;
        }
        for (key, value) in entries.iter().filter(|(key, _)| !function::is_loop(&key.text)) {
            if key.text.starts_with("Fn::") {
                let message = format!("`{}` stands beside other keys", key.text);
                self.push(Violation::at(&key.place, Rule::Shape { message }).into_warning());
            }
            self.value(value, spot);
        }
    }

    /// Checks the use of a function; `has_tag` says that its argument is the tagged node itself.
    fn call(
        &mut self,
        name: &str,
        place: &'n Place,
        argument: &'n Node,
        has_tag: bool,
        spot: Spot<'n>,
    ) {
        // What a macro makes is not known here.
        if name == "Fn::Transform" || argument.value_of("Fn::Transform").is_some() {
            return;
        }
        let is_lenient = self.macros.has_language_extensions;
        if let Some(unknown) = function::unknown(name, place, is_lenient) {
            self.push(unknown);
        } else if let Some(misused) = function::misused(name, place, argument, is_lenient) {
            self.push(misused);
        } else {
            let argument =
                if has_tag { Argument::Tagged(argument) } else { Argument::Alone(argument) };
            self.check_arguments(name, place, argument, spot);
        }
        // Its variable stands for other names and texts in each turn.
        if function::is_loop(name) {
            return;
        }
        let is_plain = has_tag || argument.tag.is_none();
        match name {
            "Ref" => match argument.as_text().filter(|_| is_plain) {
                Some(name) => return self.check_ref(name, &argument.place, spot),
                None if is_lenient => {}
                None => self.push(function::wrong("Ref", place, "a name")),
            },
            "Condition" => match argument.as_text() {
                Some(name) => return self.check_condition(name, &argument.place, spot),
                None => {
                    let wrong = function::wrong("Condition", place, "the name of a condition");
                    // AWS SAM makes conditions of conditions.
                    let is_uncertain = argument.value_of("Condition").is_some();
                    self.push(wrong.warning_if(is_uncertain));
                }
            },
            "Fn::ImportValue" if spot.block == Block::Conditions => {
                self.refuse_in_conditions("Fn::ImportValue", place);
            }
            "Fn::GetAtt" if is_plain => return self.check_attribute(argument, place, spot),
            "Fn::Sub" if is_plain => return self.check_substitution(argument, place, spot),
            "Fn::If" if argument.items().is_some() => return self.check_choice(argument, spot),
            _ => {}
        }
        // The first operand may settle what the condition comes to.
        let is_settled_early = matches!(name, "Fn::And" | "Fn::Or");
        let spot = Spot { is_evaluated: spot.is_evaluated && !is_settled_early, ..spot };
        if has_tag { self.untagged(argument, spot) } else { self.value(argument, spot) }
    }

    /// Checks what `Fn::If` chooses by and from.
    fn check_choice(&mut self, argument: &'n Node, spot: Spot<'n>) {
        let Some([condition, chosen @ ..]) = argument.items() else { return };
        match condition.as_text() {
            Some(name) => self.check_condition(name, &condition.place, spot),
            None if condition.is_null() => {}
            None => {
                let takes = "the name of a condition, not a condition itself";
                self.push(function::wrong("Fn::If", &condition.place, takes).into_warning());
            }
        }
        chosen.iter().for_each(|value| self.value(value, spot.under_a_condition()));
    }
}

fn is_call(key: &str, spot: Spot<'_>) -> bool {
    match key {
        "Ref" => true,
        // Elsewhere it is a key like any other: a statement of a policy has one.
        "Condition" => spot.block == Block::Conditions,
        other => other.starts_with("Fn::"),
    }
}
