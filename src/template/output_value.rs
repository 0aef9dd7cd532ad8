//! The value of an output, as its template writes it.

use super::expression::Expression;
use super::load;
use super::model::Template;
use crate::document::Node;

impl Template {
    /// Returns what the value of an output is made of; nothing if the template itself declares none of that
    /// name.
    ///
    /// The template is read once more for it: few outputs are asked for.
    pub fn output_value(&self, name: &str) -> Option<Expression> {
        let root = load::tree(&self.file).ok()?;
        let output = root.value_of("Outputs").and_then(|outputs| outputs.value_of(name));
        output.and_then(|output: &Node| output.value_of("Value")).map(Expression::of)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::document::SourceFile;

    #[test]
    fn an_output_is_read_from_every_template_that_is_taken_also_with_a_key_given_twice() {
        let text =
            "Outputs: { It: { Value: first } }\nResources: { A: { Type: AWS::SNS::Topic } }\n\
                    Outputs: { It: { Value: last } }\n"
                .to_owned();
        let file = Arc::new(SourceFile { path: "app.yaml".into(), text });
        let template = Template::parse(file).expect("a key given twice is a warning");
        let value = template.output_value("It").expect("it is declared");
        assert_eq!(value.fragments(|_| None), [Some("last".to_owned())]);
    }
}
