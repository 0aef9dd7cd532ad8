//! `--query`: a JMESPath expression applied to a JSON form, as in the AWS CLI.

use jmespath::{JmespathError, Variable};
use serde_json::Value;

use crate::foreign::cell;

/// Says why a JMESPath expression has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the query fails at column {column}: {reason}\n  {expression}\n  {:>column$}", "^")]
pub struct QueryError {
    /// The line of the expression that is at fault.
    pub expression: String,
    /// The column in it, counted from 1.
    pub column: usize,
    /// What is wrong, as a fragment.
    pub reason: String,
}

/// Returns the answer of `expression` over `value`.
///
/// # Errors
/// The expression cannot be read, or calls a function that does not exist or refuses its
/// arguments. A name that is not there is not an error but null.
pub fn query(expression: &str, value: &Value) -> Result<Value, QueryError> {
    let compiled = jmespath::compile(expression).map_err(|error| QueryError::new(&error))?;
    let variable = Variable::from_serializable(value).map_err(|error| QueryError::new(&error))?;
    let answer = compiled.search(variable).map_err(|error| QueryError::new(&error))?;
    Ok(serde_json::to_value(&*answer).unwrap_or(Value::Null))
}

impl QueryError {
    fn new(error: &JmespathError) -> Self {
        Self {
            expression: error.expression.lines().nth(error.line).unwrap_or_default().to_owned(),
            column: error.column + 1,
            reason: error.reason.to_string(),
        }
    }
}

/// Returns a value as the AWS CLI prints it with `--output text`: scalars of a list or of an object
/// on one line, apart by tabs; what is nested on lines of its own, under its key in capitals.
///
/// A lone scalar stands as it is; in rows, what would end a cell or a row stands as an escape.
pub fn tab_separated(value: &Value) -> String {
    if !value.is_array() && !value.is_object() {
        return scalar(value) + "\n";
    }
    let mut text = String::new();
    write_text(&mut text, value, None);
    text
}

fn write_text(text: &mut String, value: &Value, key: Option<&str>) {
    let nested: Vec<(Option<&str>, &Value)> = match value {
        Value::Array(items) => items.iter().map(|item| (key, item)).collect(),
        Value::Object(members) => members.iter().map(|(key, item)| (Some(&**key), item)).collect(),
        scalar => return write_line(text, None, &[scalar]),
    };
    let (nested, scalars): (Vec<_>, Vec<_>) =
        nested.into_iter().partition(|(_, item)| item.is_array() || item.is_object());
    let scalars: Vec<&Value> = scalars.into_iter().map(|(_, item)| item).collect();
    match (key, value) {
        // A named list has a line for each item, so that `grep` finds all under the name.
        (Some(_), Value::Array(_)) => {
            scalars.iter().for_each(|scalar| write_line(text, key, &[scalar]));
        }
        _ if scalars.is_empty() => {}
        _ => write_line(text, key, &scalars),
    }
    nested.into_iter().for_each(|(key, item)| write_text(text, item, key));
}

fn write_line(text: &mut String, key: Option<&str>, scalars: &[&Value]) {
    let key = key.map(str::to_uppercase);
    let cells = key.into_iter().chain(scalars.iter().map(|value| scalar(value)));
    let cells: Vec<String> = cells.map(|text| cell(&text)).collect();
    text.push_str(&cells.join("\t"));
    text.push('\n');
}

/// Returns a scalar as the AWS CLI prints it: text without quotes, `None`, `True`, `False`.
pub fn scalar(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_expression_that_cannot_be_read_shows_its_column() {
        let error = query("prod.dev..app", &json!({})).expect_err("two dots");
        assert_eq!(error.column, 10);
        let text = error.to_string();
        assert!(text.starts_with("the query fails at column 10: Parse error: "), "{text}");
        assert!(text.ends_with("\n  prod.dev..app\n           ^"), "{text}");
    }

    #[test]
    fn an_unknown_function_is_an_error() {
        let error = query("lenght(@)", &json!({})).expect_err("a typo");
        assert!(error.reason.contains("lenght"), "{error}");
    }

    #[test]
    fn a_name_that_is_not_there_is_null() {
        assert_eq!(query("nowhere.at.all", &json!({"a": 1})), Ok(Value::Null));
    }

    #[test]
    fn answers_are_printed_as_the_aws_cli_does() {
        for (value, text) in [
            (json!("a b"), "a b\n"),
            (json!(null), "None\n"),
            (json!(3), "3\n"),
            (json!(["a", true, null]), "a\tTrue\tNone\n"),
            (json!([["a", "b"], ["c"]]), "a\tb\nc\n"),
            (json!({"Key": "a", "Value": "b"}), "a\tb\n"),
            (json!([{"Key": "a", "Value": "b"}]), "a\tb\n"),
            (json!({"Name": "x", "Tags": ["a", "b"]}), "x\nTAGS\ta\nTAGS\tb\n"),
            (json!([]), ""),
            (json!("a\tb\nc"), "a\tb\nc\n"),
            (json!(["a\tb\nc", "d\\e"]), "a\\tb\\nc\td\\e\n"),
        ] {
            assert_eq!(tab_separated(&value), text, "{value}");
        }
    }
}
