//! What is uploaded before a stack's template is sent.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::document::SourceFile;
use crate::package::{Packed, Packing};
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
    /// Nobody has it at hand: its bucket must hold it.
    Away(UploadOrigin),
}

/// What is known of an object without its content, and what it is made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadOrigin {
    /// The SHA-256 of its content, in hexadecimal.
    pub digest: String,
    /// How long its content is.
    pub bytes: u64,
    /// The file or folder that it is made of.
    pub path: PathBuf,
    /// How that is packed; absent for the text of a template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packing: Option<Packing>,
    /// Whether CloudFormation reads it to draw up a change set.
    pub is_of_template: bool,
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

    /// Returns an object whose content is text at hand: the template that it is made of.
    pub fn text(origin: &UploadOrigin, text: String) -> Self {
        let file = Arc::new(SourceFile { path: origin.path.clone(), text });
        let (digest, is_of_template) = (origin.digest.clone(), origin.is_of_template);
        Self { content: UploadContent::Text(file), digest, is_of_template }
    }

    /// Returns an object whose content is not at hand.
    pub fn away(origin: UploadOrigin) -> Self {
        let (digest, is_of_template) = (origin.digest.clone(), origin.is_of_template);
        Self { content: UploadContent::Away(origin), digest, is_of_template }
    }

    /// Returns what it is made of.
    pub fn origin(&self) -> UploadOrigin {
        let (path, packing) = match &self.content {
            UploadContent::Text(file) => (file.path.clone(), None),
            UploadContent::Packed(packed) => {
                let (path, packing) = packed.origin();
                (path.to_owned(), Some(packing))
            }
            UploadContent::Away(origin) => return origin.clone(),
        };
        let (digest, bytes, is_of_template) =
            (self.digest.clone(), self.bytes(), self.is_of_template);
        UploadOrigin { digest, bytes, path, packing, is_of_template }
    }

    /// Returns the file that is not at hand, without which it cannot be uploaded.
    pub fn missing_file(&self) -> Option<&Path> {
        match &self.content {
            UploadContent::Away(origin) => Some(&origin.path),
            UploadContent::Text(_) | UploadContent::Packed(_) => None,
        }
    }

    /// Returns its text, if it is the template of a nested stack.
    pub fn template_text(&self) -> Option<&str> {
        match &self.content {
            UploadContent::Text(file) => Some(&file.text),
            UploadContent::Packed(_) | UploadContent::Away(_) => None,
        }
    }

    /// Returns its key, which is its digest: the same content is the same object in every run.
    pub fn key(&self) -> String {
        let is_template = match &self.content {
            UploadContent::Text(_) => true,
            UploadContent::Packed(_) => false,
            UploadContent::Away(origin) => origin.packing.is_none(),
        };
        let end = if is_template { ".template" } else { "" };
        format!("xdeploy/{}{end}", self.digest)
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
            UploadContent::Away(origin) => origin.bytes,
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
            UploadContent::Away(_) => Err(io::ErrorKind::NotFound.into()),
        }
    }
}
