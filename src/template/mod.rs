//! What a CloudFormation template needs and yields.
//!
//! A template is read only as far as its parameters, outputs, resource types and the capabilities
//! it needs; CloudFormation judges the rest. YAML with short-form tags and JSON are both read.

mod capability;
mod load;
mod model;
mod parameter;
mod sections;

pub use capability::Capability;
pub use model::{MOST_BYTES, MOST_BYTES_IN_REQUEST, Template};
pub use parameter::{Pattern, TemplateParameter};
