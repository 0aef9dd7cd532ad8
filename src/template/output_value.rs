//! The value of an output, as its template writes it.

use super::expression::Expression;
use super::model::Template;
use crate::document::{self, Node};

impl Template {
    /// Returns what the value of an output is made of; nothing if the template itself declares none of that
    /// name.
    ///
    /// The template is read once more for it: few outputs are asked for.
    pub fn output_value(&self, name: &str) -> Option<Expression> {
        let root = document::parse(&self.file).ok()?;
        let output = root.value_of("Outputs").and_then(|outputs| outputs.value_of(name));
        output.and_then(|output: &Node| output.value_of("Value")).map(Expression::of)
    }
}
