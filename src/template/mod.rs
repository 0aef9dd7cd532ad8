//! What a CloudFormation template needs and yields.
//!
//! A template is read only as far as its parameters, outputs, resource types and the capabilities
//! it needs; CloudFormation judges the rest. YAML with short-form tags and JSON are both read.

mod capability;
mod exports;
mod expression;
mod load;
mod model;
mod output_size;
mod parameter;
mod sections;

pub use capability::Capability;
pub use exports::Import;
pub use expression::Expression;
pub use model::{MOST_BYTES, MOST_BYTES_IN_REQUEST, Template};
pub use output_size::OutputSize;
pub use parameter::{MOST_VALUE_BYTES, Pattern, TemplateParameter};
