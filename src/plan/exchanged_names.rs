//! What a stack imports and exports, by its own template and by those that it nests by path, however far below.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::composer::Composer;
use super::files::Files;
use super::placements::Placement;
use super::template_values::{ParameterValues, TemplateValues};
use crate::document::Place;
use crate::name::StackName;
use crate::package::{self, Boundary, Packing};
use crate::template::Template;

/// How deep templates are looked into; what nests deeper is refused elsewhere.
const MOST_LEVELS: usize = 32;

/// How many nested templates of a stack are looked into, each once with the same values.
const MOST_NESTED: usize = 1_000;

/// The names of the exports that a stack makes and takes.
#[derive(Default)]
pub(super) struct ExchangedNames {
    /// Those that it imports.
    pub imports: Vec<ExchangedName>,
    /// Those that it exports.
    pub exports: Vec<ExchangedName>,
}

/// The name of an export.
pub(super) struct ExchangedName {
    /// The name, if it is known beforehand.
    pub name: Option<String>,
    /// Where it stands.
    pub place: Place,
    /// Whether it counts only where a condition holds.
    pub is_conditional: bool,
    /// Whether it stands in a nested template.
    pub is_nested: bool,
}

impl<'e> Composer<'e, '_> {
    /// Returns what the stack at a placement imports and exports; a nested template that cannot be read has nothing.
    pub fn exchanged_names(
        &mut self,
        placement: Placement<'e>,
        template: &Arc<Template>,
        stack_name: &StackName,
    ) -> ExchangedNames {
        let values = self.template_values(placement, template, stack_name);
        let names = ExchangedNames::default();
        let files = &mut self.evaluator.files;
        let mut collector = Collector { files, names, seen: BTreeSet::new(), level: 0 };
        collector.collect(template, &values, false);
        collector.names
    }
}

/// A nested template, what it is given, and whether it counts only where a condition holds.
type Seen = (PathBuf, ParameterValues, bool);

struct Collector<'f> {
    files: &'f mut Files,
    names: ExchangedNames,
    seen: BTreeSet<Seen>,
    /// How many templates nest the one that is looked into.
    level: usize,
}

impl Collector<'_> {
    fn collect(&mut self, template: &Template, values: &TemplateValues, is_conditional: bool) {
        let is_nested = self.level > 0;
        self.names.imports.extend(template.imports.iter().map(|import| ExchangedName {
            name: values.text(&import.name),
            place: import.name.place.clone(),
            is_conditional: is_conditional || import.is_conditional,
            is_nested,
        }));
        self.names.exports.extend(template.exports.iter().map(|export| ExchangedName {
            name: values.text(&export.name),
            place: export.name.place.clone(),
            is_conditional: is_conditional || export.is_conditional,
            is_nested,
        }));
        if self.level == MOST_LEVELS {
            return;
        }
        for stack in &template.nested_stacks {
            // Whoever reads what is no file may wait for ever; that is told with the local paths.
            let path = stack.place.file.folder().join(&stack.path);
            if package::check(&path, Packing::File, &Boundary::default()).is_err() {
                continue;
            }
            let (Some(nested), _) = self.files.template(Path::new(&stack.path), &stack.place)
            else {
                continue;
            };
            let values = values.within(stack, &nested);
            let is_conditional = is_conditional || stack.is_conditional;
            let seen = (nested.file.path.clone(), values.parameters().clone(), is_conditional);
            if self.seen.len() < MOST_NESTED && self.seen.insert(seen) {
                self.level += 1;
                self.collect(&nested, &values, is_conditional);
                self.level -= 1;
            }
        }
    }
}
