//! What is uploaded before a stack's template is sent.

use std::io;
use std::sync::Arc;

use crate::document::SourceFile;
use crate::package::Packed;
use crate::template::Template;

/// An object that a template names by the digest of its content.
#[derive(Clone, Debug, PartialEq)]
pub struct Upload {
    content: UploadContent,
    digest: String,
    /// Whether CloudFormation reads it to draw up a change set: the template of a nested stack, or a snippet.
    pub is_of_template: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum UploadContent {
    /// The text of a file, shared with the template.
    Text(Arc<SourceFile>),
    Packed(Packed),
}

impl Upload {
    /// Returns what the template of a nested stack is uploaded as.
    pub fn template(template: &Template) -> Self {
        let (file, digest) = (template.file.clone(), template.digest.clone());
        Self { content: UploadContent::Text(file), digest, is_of_template: true }
    }

    /// Returns what a packed content is uploaded as.
    pub fn packed(packed: Packed, is_of_template: bool) -> Self {
        let digest = packed.digest().to_owned();
        Self { content: UploadContent::Packed(packed), digest, is_of_template }
    }

    /// Returns its key, which is its digest: the same content is the same object in every run.
    pub fn key(&self) -> String {
        match &self.content {
            UploadContent::Text(_) => format!("xdeploy/{}.template", self.digest),
            UploadContent::Packed(_) => format!("xdeploy/{}", self.digest),
        }
    }

    /// Returns the SHA-256 of its content, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Returns how long its content is.
    pub fn bytes(&self) -> u64 {
        match &self.content {
            UploadContent::Text(file) => file.text.len() as u64,
            UploadContent::Packed(packed) => packed.bytes(),
        }
    }

    /// Returns its content from a byte on, as much as is read at once; nothing at its end.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn chunk(&self, from: u64) -> io::Result<Vec<u8>> {
        match &self.content {
            UploadContent::Text(file) => {
                let text = &file.text;
                let from = usize::try_from(from).unwrap_or(usize::MAX).min(text.len());
                Ok(text.as_bytes()[from..].to_vec())
            }
            UploadContent::Packed(packed) => packed.chunk(from),
        }
    }
}
