//! What a CloudFormation template needs and yields, and what is wrong with it.
//!
//! A template is read as far as its parameters, outputs, resource types and the capabilities it needs.
//! The rules that it may break are one set, for whoever is to be told before anything is sent, and for
//! the sandbox; what a resource's properties hold, CloudFormation judges. YAML with short-form tags and
//! JSON are both read.

mod ambiguous;
mod assertion;
mod capability;
mod check;
mod exports;
mod expression;
mod function_call;
mod json;
mod load;
mod local_path;
#[cfg(test)]
mod local_path_tests;
mod located;
mod model;
mod nested_stack;
mod output_size;
mod output_value;
mod parameter;
mod pattern;
mod picked_item;
mod published_type;
mod secret_uses;
mod sections;
mod substitution;

pub(crate) use ambiguous::may_be_octal;
pub use assertion::Assertion;
pub use capability::Capability;
pub(crate) use check::{
    Block, FunctionRule, Item, ItemRule, Needs, ReferenceRule, Rule, Sought, Violation,
    is_no_resource_type, is_pseudo_parameter, stuck,
};
pub use exports::{Export, Import, may_be_exported_as};
pub use expression::Expression;
pub(crate) use load::{judged, tree};
pub use local_path::{LocalContent, LocalPath, LocationForm};
pub use located::ObjectLocation;
pub use model::{MOST_BYTES, MOST_BYTES_IN_REQUEST, Template, TemplateSections};
pub use nested_stack::NestedStack;
pub use output_size::OutputSize;
pub use parameter::{MOST_VALUE_BYTES, TemplateParameter};
pub use pattern::Pattern;
pub use picked_item::PickedItem;
pub use published_type::{AttributeKind, PublishedType};
pub use secret_uses::SecretUses;
pub(crate) use substitution::{Part, parts};
