//! A resource whose service is not modelled.

use sha2::{Digest, Sha256};

use crate::sandbox::cloudformation::resource_facts::Facts;
use crate::template::PublishedType;

/// A resource whose service is not modelled.
#[derive(Clone, Copy, Debug)]
pub struct MadeUp<'a> {
    pub type_name: &'a str,
    pub facts: Facts<'a>,
}

impl MadeUp<'_> {
    /// Returns a property that is text.
    pub(super) fn given(&self, property: &str) -> Option<String> {
        self.facts.properties[property].as_str().map(str::to_owned)
    }

    /// Whether others than AWS say what its attributes are: functions, third parties, templates of others.
    pub(super) fn is_foreign(&self) -> bool {
        let is_published = PublishedType::find(self.type_name).is_some();
        let is_open = ["AWS::CloudFormation::CustomResource", "AWS::CloudFormation::Stack"];
        !is_published || is_open.contains(&self.type_name)
    }

    /// Returns digits that are this resource's alone, others for another `purpose`.
    pub(super) fn hex(&self, purpose: &str, length: usize) -> String {
        let digest = Sha256::digest(format!("{}/{purpose}", self.facts.token));
        let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        digits.chars().take(length).collect()
    }
}
