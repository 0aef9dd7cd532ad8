//! What a value comes to, as far as that is known before anything is made.

use super::checker::Checker;
use crate::document::{Node, NodeValue};
use crate::template::function_call::{Argument, function};

/// What a value comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Yield {
    /// Text, a number or a truth.
    Text,
    List,
    Mapping,
    Unknown,
}

impl Yield {
    /// Returns it as a person says it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::List => "a list",
            Self::Mapping => "a mapping",
            Self::Unknown => "something else",
        }
    }
}

impl<'n> Checker<'n> {
    /// Returns what the value at `node` comes to.
    pub fn yields(&self, node: &'n Node) -> Yield {
        self.argument_yields(Argument::Alone(node))
    }

    /// Returns what the argument of a function comes to.
    pub fn argument_yields(&self, argument: Argument<'n>) -> Yield {
        let Some((name, argument)) = argument.function() else { return literal(argument.node()) };
        match name {
            "Base64" | "ImportValue" | "Join" | "Length" | "Sub" | "ToJsonString" => Yield::Text,
            "Cidr" | "GetAZs" | "Split" => Yield::List,
            "FindInMap" => self.found_in_map(argument.node()).map_or(Yield::Unknown, literal),
            "Ref" => argument.node().as_text().map_or(Yield::Unknown, |name| self.ref_yields(name)),
            _ => Yield::Unknown,
        }
    }

    fn ref_yields(&self, name: &str) -> Yield {
        match name {
            "AWS::NoValue" => return Yield::Unknown,
            "AWS::NotificationARNs" => return Yield::List,
            _ if name.starts_with("AWS::") => return Yield::Text,
            _ => {}
        }
        if self.is_list_parameter(name) {
            return Yield::List;
        }
        let is_declared = self.declared.parameters.contains_key(name)
            || self.declared.resources.contains_key(name);
        if is_declared { Yield::Text } else { Yield::Unknown }
    }

    /// Whether the value of the parameter of this name is a list.
    pub fn is_list_parameter(&self, name: &str) -> bool {
        let declared = self.declared.parameters.get(name).and_then(|node| node.value_of("Type"));
        let Some(parameter_type) = declared.and_then(Node::as_text) else { return false };
        let of_ssm = parameter_type.strip_prefix("AWS::SSM::Parameter::Value<");
        let inner = of_ssm.unwrap_or(parameter_type);
        inner.starts_with("List<") || inner.starts_with("CommaDelimitedList")
    }
}

/// Whether a function, not its own letters, decides what a value comes to.
pub fn is_function(argument: Argument<'_>) -> bool {
    argument.function().is_some()
}

/// Whether what a function comes to is read from a parameter or a resource.
pub fn is_ref(node: &Node) -> bool {
    matches!(function(node), Some(("Ref", _)))
}

fn literal(node: &Node) -> Yield {
    match &node.value {
        _ if node.is_null() => Yield::Unknown,
        NodeValue::Scalar { .. } => Yield::Text,
        NodeValue::Sequence(_) => Yield::List,
        // What stands beside a macro, or what a loop makes, is not known.
        NodeValue::Mapping(entries)
            if entries.iter().any(|(key, _)| key.text.starts_with("Fn::")) =>
        {
            Yield::Unknown
        }
        NodeValue::Mapping(_) => Yield::Mapping,
    }
}
