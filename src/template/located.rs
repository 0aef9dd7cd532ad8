//! Templates with objects in S3 in the place of local paths.

use std::sync::Arc;

use super::load;
use super::local_path::{LocalPath, LocationForm};
use super::model::Template;
use crate::document::{Fault, Key, Node, NodeValue, SourceFile};
use crate::file::digest;

/// Where the content of a local path is in S3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectLocation {
    /// The bucket's name.
    pub bucket: String,
    /// The object's key.
    pub key: String,
    /// Its address on the network.
    pub url: String,
}

impl LocationForm {
    /// Returns how the object is written: as JSON, which is YAML as well, in a block and in brackets.
    fn written(self, at: &ObjectLocation) -> String {
        let text = |text: &str| serde_json::Value::from(text).to_string();
        match self {
            Self::Mapping { bucket, key } => format!(
                "{{{}: {}, {}: {}}}",
                text(bucket),
                text(&at.bucket),
                text(key),
                text(&at.key)
            ),
            Self::S3Uri => text(&format!("s3://{}/{}", at.bucket, at.key)),
            Self::Url => text(&at.url),
        }
    }

    /// Whether a node is the object as it is written.
    fn is_written(self, at: &ObjectLocation, node: &Node) -> bool {
        let texts: Vec<Option<&str>> = match node.entries() {
            Some(entries) => entries.iter().map(|(_, value)| value.as_text()).collect(),
            None => vec![node.as_text()],
        };
        let s3 = format!("s3://{}/{}", at.bucket, at.key);
        let expected = match self {
            Self::Mapping { .. } => vec![Some(at.bucket.as_str()), Some(&at.key)],
            Self::S3Uri => vec![Some(s3.as_str())],
            Self::Url => vec![Some(at.url.as_str())],
        };
        node.tag.is_none() && texts == expected
    }
}

impl Template {
    /// Returns the same template with objects in S3 in the place of local paths, which come in its order: all
    /// else of its text stays as it is written.
    pub fn with_locations<'p>(
        self: &Arc<Self>,
        locations: impl IntoIterator<Item = (&'p LocalPath, ObjectLocation)>,
    ) -> Self {
        let file = Arc::new(self.file_with_locations(locations));
        let written = Some(self.written.clone().unwrap_or_else(|| self.clone()));
        let (digest, sections) = (digest(&file.text), self.sections.clone());
        Self { file, digest, sections, local_paths: Vec::new(), written }
    }

    fn file_with_locations<'p>(
        &self,
        locations: impl IntoIterator<Item = (&'p LocalPath, ObjectLocation)>,
    ) -> SourceFile {
        let (mut text, mut kept) = (String::new(), 0);
        for (local, location) in locations {
            let span = &local.place.span;
            let written = &self.file.text[span.clone()];
            text.push_str(&self.file.text[kept..value_start(&self.file.text, span.start)]);
            text.push_str(&local.form.written(&location));
            // A block of text goes on to the next line.
            text.push_str(&written[written.trim_end().len()..]);
            kept = span.end;
        }
        text.push_str(&self.file.text[kept..]);
        SourceFile { path: self.file.path.clone(), text }
    }

    /// Checks that its local paths can be replaced and nothing else changes with them.
    ///
    /// # Errors
    /// With one that is written so that nothing else can stand there.
    pub fn check_locations(&self) -> Result<(), Fault> {
        let Some(first) = self.local_paths.first() else { return Ok(()) };
        let [bucket, key, url] = ["b", "k", "https://b/k"].map(str::to_owned);
        let any = ObjectLocation { bucket, key, url };
        let locations = self.local_paths.iter().map(|it| (it, any.clone()));
        let replaced = Arc::new(self.file_with_locations(locations));
        let trees = load::tree(&self.file).ok().zip(load::tree(&replaced).ok());
        let is_replaced = |before: &Node, after: &Node| {
            let local = self.local_paths.iter().find(|local| local.place == before.place)?;
            Some(local.form.is_written(&any, after))
        };
        if trees.is_some_and(|(before, after)| is_same_but(&before, &after, &is_replaced)) {
            return Ok(());
        }
        let message = format!("`{}` cannot be replaced by its place in S3", first.path);
        Err(Fault::at(&first.place, message).with_help("write it in quotes, behind its key"))
    }

    /// Returns the template as its file holds it.
    pub fn as_written(&self) -> &Self {
        self.written.as_deref().unwrap_or(self)
    }
}

/// Returns where a value begins whose text begins at a byte: a block of text has its sign before that.
fn value_start(text: &str, at: usize) -> usize {
    let before = text[..at].trim_end();
    let line = before.rfind('\n').map_or(0, |end| end + 1);
    let code = before[line..].find(" #").map_or(before, |comment| &before[..line + comment]);
    let sign = code.trim_end().trim_end_matches(|c: char| c.is_ascii_digit() || "+-".contains(c));
    let is_on_the_next_line = text[before.len()..at].contains('\n');
    match sign.ends_with(['|', '>']) && is_on_the_next_line {
        true => sign.len() - 1,
        false => at,
    }
}

/// Whether two trees hold the same, but for nodes of which `replaced` knows whether the second is right.
fn is_same_but(
    before: &Node,
    after: &Node,
    replaced: &impl Fn(&Node, &Node) -> Option<bool>,
) -> bool {
    if let Some(is_right) = replaced(before, after) {
        return is_right;
    }
    let is_same = match (&before.value, &after.value) {
        (NodeValue::Scalar { .. }, _) => before.value == after.value,
        (NodeValue::Sequence(before), NodeValue::Sequence(after)) => {
            let mut pairs = before.iter().zip(after);
            before.len() == after.len() && pairs.all(|(b, a)| is_same_but(b, a, replaced))
        }
        (NodeValue::Mapping(before), NodeValue::Mapping(after)) => {
            let mut pairs = before.iter().zip(after);
            let mut is_same = |((of, b), (with, a)): (&(Key, Node), &(Key, Node))| {
                of.text == with.text && is_same_but(b, a, replaced)
            };
            before.len() == after.len() && pairs.all(&mut is_same)
        }
        (NodeValue::Sequence(_) | NodeValue::Mapping(_), _) => false,
    };
    before.tag == after.tag && is_same
}
