//! What a condition is made of.
//!
//! Source: the CloudFormation template reference, "Condition functions".

use super::checker::Checker;
use super::function;
use super::item_rule::ItemRule;
use super::violation::Violation;
use crate::document::{Node, Place};
use crate::template::function_call::{Argument, function as called};

/// The functions that a condition is made of.
const CONDITION_FUNCTIONS: [&str; 5] = ["And", "Condition", "Equals", "Not", "Or"];

/// The functions that make text or a list, which is no condition.
const OTHER_FUNCTIONS: [&str; 8] =
    ["Base64", "Cidr", "GetAZs", "GetAtt", "ImportValue", "Join", "Split", "Sub"];

/// What stands where a condition has to be.
enum Operand<'n> {
    /// A condition function, with its argument.
    Condition(&'n str, Argument<'n>),
    /// What is none for certain, as a person says it.
    None(String),
    /// What only CloudFormation can judge: a macro, a parameter, a function that may be new.
    Doubtful(String),
    /// What is told elsewhere.
    Nothing,
}

impl<'n> Checker<'n> {
    /// Checks that the condition of this name is one.
    pub fn check_condition_function(&mut self, name: &str, node: &'n Node) {
        let (found, is_doubtful) = match operand(node) {
            Operand::Condition(function, argument) => {
                return self.check_operands(function, argument);
            }
            Operand::Nothing => return,
            Operand::None(found) => (found, false),
            Operand::Doubtful(found) => (found, true),
        };
        let rule = ItemRule::NoCondition { name: name.to_owned(), found };
        let help = "a condition compares, such as `!Equals [!Ref Stage, prod]`".to_owned();
        self.push(Violation::at(&node.place, rule).with_help(help).warning_if(is_doubtful));
    }

    /// Checks the conditions that `Fn::And`, `Fn::Or` or `Fn::Not` puts together.
    fn check_operands(&mut self, function: &str, argument: Argument<'n>) {
        let takes = match function {
            "And" | "Or" => "conditions, and nothing else",
            "Not" => "a condition, and nothing else",
            _ => return,
        };
        for node in argument.node().items().unwrap_or_default() {
            let is_doubtful = match operand(node) {
                Operand::Condition(function, argument) => {
                    self.check_operands(function, argument);
                    continue;
                }
                Operand::Nothing => continue,
                Operand::None(_) => false,
                Operand::Doubtful(_) => true,
            };
            self.push_operand(&format!("Fn::{function}"), takes, node, is_doubtful);
        }
    }

    fn push_operand(&mut self, name: &str, takes: &'static str, node: &Node, is_doubtful: bool) {
        let place: &Place = &node.place;
        let named = node.as_text().filter(|name| self.declared.conditions.contains_key(name));
        let help = named.map(|name| format!("write `!Condition {name}` for that condition"));
        let wrong = function::wrong(name, place, takes).with_help(help);
        self.push(wrong.warning_if(is_doubtful));
    }
}

fn operand(node: &Node) -> Operand<'_> {
    if node.is_null() || node.value_of("Fn::Transform").is_some() {
        return Operand::Nothing;
    }
    if let (None, Some([(key, argument)])) = (&node.tag, node.entries())
        && key.text == "Condition"
    {
        return Operand::Condition("Condition", Argument::Alone(argument));
    }
    match called(node) {
        Some((name, argument)) if CONDITION_FUNCTIONS.contains(&name) => {
            Operand::Condition(name, argument)
        }
        Some((name, _)) if OTHER_FUNCTIONS.contains(&name) => {
            Operand::None(format!("`Fn::{name}`"))
        }
        Some(("Ref", _)) => Operand::Doubtful("`Ref`".to_owned()),
        Some(("Transform", _)) => Operand::Nothing,
        Some((name, _)) => Operand::Doubtful(format!("`Fn::{name}`")),
        None => Operand::None(node.kind().to_owned()),
    }
}
