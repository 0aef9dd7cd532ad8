//! Short words for what the SDK builds in many.

use aws_sdk_cloudformation::types::Parameter;

/// Returns a parameter with a value.
pub fn value(name: &str, value: &str) -> Parameter {
    Parameter::builder().parameter_key(name).parameter_value(value).build()
}

/// Returns a parameter that keeps its value.
pub fn keep(name: &str) -> Parameter {
    Parameter::builder().parameter_key(name).use_previous_value(true).build()
}
