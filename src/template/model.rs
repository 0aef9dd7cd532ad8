//! A template, as far as xdeploy looks into it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::Arc;

use super::assertion::Assertion;
use super::capability::Capability;
use super::exports::{Export, Import};
use super::local_path::LocalPath;
use super::nested_stack::NestedStack;
use super::output_size::OutputSize;
use super::parameter::TemplateParameter;
use super::picked_item::PickedItem;
use super::secret_uses::SecretUses;
use crate::document::{Place, SourceFile};

/// The largest template that CloudFormation accepts, in bytes, from a bucket.
///
/// Source: the CloudFormation user guide, "Quotas", template body size in an S3 object.
pub const MOST_BYTES: usize = 1_048_576;

/// The largest template that can be sent with a request, in bytes.
///
/// Source: the CloudFormation user guide, "Quotas", template body size in a request.
pub const MOST_BYTES_IN_REQUEST: usize = 51_200;

/// A template, as far as xdeploy looks into it.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The file; its text is what is sent.
    pub file: Arc<SourceFile>,
    /// The SHA-256 of its text, in hexadecimal.
    pub digest: String,
    /// What its sections say: one for all templates that differ in the places of objects alone.
    pub sections: Arc<TemplateSections>,
    /// The files and folders that it names, in its order.
    pub local_paths: Vec<LocalPath>,
    /// The template as its file holds it, where objects in S3 took the place of local paths.
    pub written: Option<Arc<Template>>,
}

/// What the sections of a template say.
#[derive(Clone, Debug, PartialEq)]
pub struct TemplateSections {
    /// Its parameters by name.
    pub parameters: BTreeMap<String, TemplateParameter>,
    /// The names of its outputs and where they stand.
    pub outputs: BTreeMap<String, Place>,
    /// Where the value of each `NoEcho` parameter goes, by its name.
    pub secret_uses: BTreeMap<String, SecretUses>,
    /// How long the value of each output is at least.
    pub output_sizes: BTreeMap<String, OutputSize>,
    /// The outputs that it exports.
    pub exports: Vec<Export>,
    /// The exports of other stacks that it imports.
    pub imports: Vec<Import>,
    /// What its rules assert.
    pub assertions: Vec<Assertion>,
    /// The items that it picks of its parameters.
    pub picked_items: Vec<PickedItem>,
    /// The nested stacks whose templates it names by path.
    pub nested_stacks: Vec<NestedStack>,
    /// Whether a macro may add outputs that only CloudFormation sees.
    pub may_add_outputs: bool,
    /// Its resources' types by name.
    pub resources: BTreeMap<String, String>,
    /// The names of those that are made only where a condition holds.
    pub conditional: BTreeSet<String>,
    /// The capabilities that AWS asks for before it accepts the template, each with the place of
    /// the first resource or transform that needs it. `CAPABILITY_IAM` is not among them where
    /// `CAPABILITY_NAMED_IAM` is, which covers it.
    pub needed_capabilities: Vec<(Capability, Place)>,
}

/// A template is asked for what its sections say.
impl Deref for Template {
    type Target = TemplateSections;

    fn deref(&self) -> &TemplateSections {
        &self.sections
    }
}

impl Template {
    /// Whether nothing is known of it, as it cannot be read: an empty text is no template.
    pub fn is_unknown(&self) -> bool {
        self.file.text.is_empty()
    }

    /// Whether a stack of it may make or change roles, users or policies, be it through a nested stack
    /// or a macro.
    pub fn may_change_iam(&self) -> bool {
        let mut types = self.resources.values();
        !self.needed_capabilities.is_empty()
            || types.any(|name| name == "AWS::CloudFormation::Stack")
    }

    /// Whether a stack of it may have nested stacks, be they a macro's.
    pub fn may_nest_stacks(&self) -> bool {
        let types = ["AWS::CloudFormation::Stack", "AWS::Serverless::Application"];
        self.is_unknown()
            || self.may_add_outputs
            || types.iter().any(|name| self.file.text.contains(name))
    }

    /// Whether it is too large to be sent with a request.
    pub fn needs_bucket(&self) -> bool {
        self.file.text.len() > MOST_BYTES_IN_REQUEST
    }
}
