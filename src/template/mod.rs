//! What a CloudFormation template needs and yields.
//!
//! A template is read only as far as its parameters, outputs, resource types and the capabilities
//! it needs; CloudFormation judges the rest. YAML with short-form tags and JSON are both read.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::document::{Place, SourceFile};

/// A template, as far as xdeploy looks into it.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The file; its text is what is sent.
    pub file: Arc<SourceFile>,
    /// The SHA-256 of its text, in hexadecimal.
    pub digest: String,
    /// Its parameters by name.
    pub parameters: BTreeMap<String, TemplateParameter>,
    /// The names of its outputs and where they stand.
    pub outputs: BTreeMap<String, Place>,
    /// Its resources' types by name.
    pub resources: BTreeMap<String, String>,
    /// The capabilities that AWS asks for before it accepts the template, each with the place of
    /// the first resource or transform that needs it.
    pub needed_capabilities: Vec<(Capability, Place)>,
}

/// A parameter that a template declares.
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateParameter {
    /// Where it stands.
    pub place: Place,
    /// `Type`, such as `String` or `AWS::SSM::Parameter::Value<String>`.
    pub parameter_type: String,
    /// Whether it has a `Default`.
    pub has_default: bool,
    /// Whether `NoEcho` hides its value.
    pub is_secret: bool,
    /// `AllowedValues`, if there are any.
    pub allowed_values: Option<Vec<String>>,
    /// `AllowedPattern`, as written.
    pub allowed_pattern: Option<String>,
    /// `ConstraintDescription`, as written.
    pub constraint_description: Option<String>,
    /// `MinLength` and `MaxLength`, in characters.
    pub length: (Option<u64>, Option<u64>),
    /// `MinValue` and `MaxValue`, for `Number`.
    pub range: (Option<f64>, Option<f64>),
}

/// A capability that a template may need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Capability {
    /// `CAPABILITY_IAM`: it makes IAM resources.
    Iam,
    /// `CAPABILITY_NAMED_IAM`: it makes IAM resources with names of its own choice.
    NamedIam,
    /// `CAPABILITY_AUTO_EXPAND`: it uses macros.
    AutoExpand,
}
