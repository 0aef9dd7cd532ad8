//! What a CloudFormation template needs and yields.
//!
//! A template is read only as far as its parameters, outputs, resource types and the capabilities
//! it needs; CloudFormation judges the rest. YAML with short-form tags and JSON are both read.

mod capability;
mod parameter;
mod sections;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use crate::document::{self, Faults, Place, SourceFile};

pub use capability::Capability;
pub use parameter::{Pattern, TemplateParameter};

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
    /// Its parameters by name.
    pub parameters: BTreeMap<String, TemplateParameter>,
    /// The names of its outputs and where they stand.
    pub outputs: BTreeMap<String, Place>,
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

impl Template {
    /// Reads the template at `path`.
    ///
    /// # Errors
    /// A file that cannot be read, is over [`MOST_BYTES`] or is not a template: all faults at once.
    pub fn load(path: &Path) -> Result<Self, Faults> {
        Self::parse(document::read(path, MOST_BYTES)?)
    }

    /// Reads the template that `file` holds.
    ///
    /// # Errors
    /// As [`Template::load`].
    pub fn parse(file: Arc<SourceFile>) -> Result<Self, Faults> {
        let root = document::parse(&file)?;
        sections::read(&root, file)
    }

    /// Whether a stack of it may make or change roles, users or policies, be it through a nested stack
    /// or a macro.
    pub fn may_change_iam(&self) -> bool {
        let mut types = self.resources.values();
        !self.needed_capabilities.is_empty()
            || types.any(|name| name == "AWS::CloudFormation::Stack")
    }

    /// Whether it is too large to be sent with a request.
    pub fn needs_bucket(&self) -> bool {
        self.file.text.len() > MOST_BYTES_IN_REQUEST
    }
}
