//! The macros of a template: what they leave open, nobody but CloudFormation can judge.

use crate::document::Node;

/// The macro whose functions this room knows.
const LANGUAGE_EXTENSIONS: &str = "AWS::LanguageExtensions";

/// Whether a macro makes what stands here, or some of it.
pub fn is_made(node: &Node) -> bool {
    node.tag.as_deref() == Some("Transform") || node.value_of("Fn::Transform").is_some()
}

/// What the macros of a template leave open.
#[derive(Clone, Copy, Debug)]
pub struct Macros {
    /// Whether one may make of the template whatever it likes.
    pub is_open: bool,
    /// Whether there may be names that do not stand in the template.
    pub has_open_names: bool,
    /// Whether the functions of the language extensions may be used.
    pub has_language_extensions: bool,
}

impl Macros {
    /// Returns what the macros of the template whose tree is `root` leave open.
    pub fn of(root: &Node) -> Self {
        let transform = root.value_of("Transform");
        let named: Vec<Option<&str>> = match transform {
            None => Vec::new(),
            Some(node) => match node.items() {
                Some(items) => items.iter().map(Node::as_text).collect(),
                None => vec![node.as_text()],
            },
        };
        let is_open = named.iter().any(|name| *name != Some(LANGUAGE_EXTENSIONS))
            || root.value_of("Fn::Transform").is_some();
        let has_loops = |section: &Node| {
            section
                .entries()
                .unwrap_or_default()
                .iter()
                .any(|(key, _)| key.text.starts_with("Fn::"))
                || section.tag.is_some()
        };
        let mut sections = root.entries().unwrap_or_default().iter().map(|(_, section)| section);
        let resources = root.value_of("Resources").and_then(Node::entries).unwrap_or_default();
        // A module is replaced by the resources that it holds.
        let has_modules = resources.iter().any(|(_, resource)| {
            let resource_type = resource.value_of("Type").and_then(Node::as_text);
            resource_type.is_some_and(|name| name.ends_with("::MODULE"))
        });
        Self {
            is_open,
            has_open_names: is_open || has_modules || has_loops(root) || sections.any(has_loops),
            has_language_extensions: named.contains(&Some(LANGUAGE_EXTENSIONS)),
        }
    }
}
