//! What the local paths of templates lead to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::capabilities::{NestedNeed, NestedTemplate, lacking};
use crate::document::{Fault, Faults};
use crate::package::{self, Boundary, PackError, Packed, Packing, PackingStore};
use crate::plan::fault_book::FaultBook;
use crate::plan::model::Plan;
use crate::template::{LocalContent, LocalPath, Template};

/// How deep templates may nest by path.
const MOST_LEVELS: usize = 32;

/// A template and what its local paths lead to.
#[derive(Debug)]
pub(super) struct TemplateContents {
    pub template: Arc<Template>,
    /// In the template's order; those that are left as they are written are not among them.
    pub parts: Vec<(LocalPath, PathContent)>,
    /// The capabilities that the templates below need, each once.
    pub needs: Vec<NestedNeed>,
}

/// What a local path leads to.
#[derive(Clone, Debug)]
pub(super) enum PathContent {
    /// What is uploaded as it was packed.
    Packed(Packed),
    /// The template of a nested stack.
    Nested(Arc<TemplateContents>),
}

/// A template that was read, as far as it could be.
#[derive(Clone)]
struct NestedFile {
    template: Arc<Template>,
    is_good: bool,
}

/// What all local paths lead to that were looked at so far, each once.
pub(super) struct Contents<'a> {
    boundary: &'a Boundary,
    /// Where packed content goes; absent if it is only looked at.
    packing: Option<(PackingStore, &'a dyn Fn())>,
    packed: BTreeMap<(PathBuf, Packing), Option<Packed>>,
    templates: BTreeMap<PathBuf, Option<NestedFile>>,
    known: BTreeMap<PathBuf, Option<Arc<TemplateContents>>>,
    faults: FaultBook,
}

impl<'a> Contents<'a> {
    /// Returns contents that are looked at and not packed.
    pub fn checked(boundary: &'a Boundary) -> Self {
        Self {
            boundary,
            packing: None,
            packed: BTreeMap::new(),
            templates: BTreeMap::new(),
            known: BTreeMap::new(),
            faults: FaultBook::default(),
        }
    }

    /// Returns contents that are packed.
    pub fn packed(boundary: &'a Boundary, on_packed: &'a dyn Fn()) -> Self {
        let packing = Some((PackingStore::default(), on_packed));
        Self { packing, ..Self::checked(boundary) }
    }

    /// Returns what may be wrong, and what is.
    pub fn into_faults(self) -> Vec<Fault> {
        self.faults.into_faults().0
    }

    /// Returns a plan with what may be wrong, or all that is wrong.
    pub fn into_doubts(self, mut plan: Plan) -> Result<Plan, Faults> {
        let is_good = self.faults.has_no_errors();
        let faults = self.faults.into_faults();
        if !is_good {
            return Err(faults);
        }
        plan.doubts.extend(faults.0);
        Ok(plan)
    }

    /// Returns what the local paths of a stack's template lead to; nothing if it has none, or something is wrong with
    /// them.
    pub fn of(
        &mut self,
        stack: &str,
        template: &Arc<Template>,
        capabilities: &[String],
    ) -> Option<Arc<TemplateContents>> {
        if template.local_paths.is_empty() {
            return None;
        }
        let contents = self.of_template(template, &mut vec![template.file.path.clone()])?;
        let faults = lacking(&contents.needs, stack, capabilities);
        faults.into_iter().for_each(|fault| self.faults.enter(fault));
        Some(contents)
    }

    /// Returns the same of a template that stands under those of `above`, itself the last.
    fn of_template(
        &mut self,
        template: &Arc<Template>,
        above: &mut Vec<PathBuf>,
    ) -> Option<Arc<TemplateContents>> {
        let path = template.file.path.clone();
        if let Some(known) = self.known.get(&path) {
            return known.clone();
        }
        let mut is_whole = true;
        if let Err(fault) = template.check_locations() {
            self.faults.enter(fault);
            is_whole = false;
        }
        let mut parts = Vec::new();
        for local in &template.local_paths {
            match self.part(template, local, above) {
                Ok(Some(part)) => parts.push((local.clone(), part)),
                Ok(None) => {}
                Err(()) => is_whole = false,
            }
        }
        let template = template.clone();
        let contents = is_whole.then(|| {
            let needs = NestedNeed::below(&template, nested_templates(&parts));
            Arc::new(TemplateContents { template, parts, needs })
        });
        self.known.insert(path, contents.clone());
        contents
    }

    /// Returns what a local path leads to; nothing if it is only looked at, or stays as it is written.
    ///
    /// # Errors
    /// If something is wrong with it, which is entered.
    fn part(
        &mut self,
        template: &Template,
        local: &LocalPath,
        above: &mut Vec<PathBuf>,
    ) -> Result<Option<PathContent>, ()> {
        let path = joined(template, local);
        let packing = match local.content {
            LocalContent::Template => return self.nested(&path, local, above),
            LocalContent::Notice | LocalContent::File | LocalContent::Snippet => Packing::File,
            LocalContent::Bundle => Packing::ZipFolder,
            LocalContent::Code => Packing::Zip,
        };
        let Some((store, on_packed)) = &mut self.packing else {
            return match package::check(&path, packing, self.boundary) {
                Err(error) if !stays_as_written(local, &error) => {
                    self.refuse(local, &error);
                    Err(())
                }
                Ok(()) | Err(_) => Ok(None),
            };
        };
        let key = (path, packing);
        if let Some(known) = self.packed.get(&key) {
            return known.clone().map(|packed| Some(PathContent::Packed(packed))).ok_or(());
        }
        let packed = store.pack(&key.0, packing, self.boundary);
        on_packed();
        let packed = match packed {
            Err(error) if stays_as_written(local, &error) => return Ok(None),
            packed => packed.map_err(|error| self.refuse(local, &error)),
        };
        self.packed.insert(key, packed.clone().ok());
        packed.map(|packed| Some(PathContent::Packed(packed)))
    }

    fn nested(
        &mut self,
        path: &Path,
        local: &LocalPath,
        above: &mut Vec<PathBuf>,
    ) -> Result<Option<PathContent>, ()> {
        let real = path.canonicalize();
        let is_above = |one: &PathBuf| one.canonicalize().ok() == real.as_ref().ok().cloned();
        if real.is_ok() && above.iter().any(is_above) {
            let message = format!("`{}` nests the template that it stands in", local.path);
            self.faults.enter(Fault::at(&local.place, message).with_help("break the circle"));
            return Err(());
        }
        if above.len() == MOST_LEVELS {
            let message = format!("templates nest more than {MOST_LEVELS} levels deep");
            self.faults.enter(Fault::at(&local.place, message));
            return Err(());
        }
        let NestedFile { template, is_good } = self.template(path, local).ok_or(())?;
        above.push(path.to_owned());
        // What a faulty one nests is told in the same go.
        let contents = self.of_template(&template, above).filter(|_| is_good);
        above.pop();
        contents.map(|contents| Some(PathContent::Nested(contents))).ok_or(())
    }

    fn template(&mut self, path: &Path, local: &LocalPath) -> Option<NestedFile> {
        if let Some(known) = self.templates.get(path) {
            return known.clone();
        }
        let template = match package::check(path, Packing::File, self.boundary) {
            Err(error) => {
                self.refuse(local, &error);
                None
            }
            Ok(()) => {
                let (template, faults) = Template::load_despite_faults(path);
                let is_good = faults.iter().all(Fault::is_warning);
                for fault in faults {
                    let place = fault.place.clone().or_else(|| Some(local.place.clone()));
                    self.faults.enter(Fault { place, ..fault });
                }
                template.map(Arc::new).map(|template| NestedFile { template, is_good })
            }
        };
        self.templates.insert(path.to_owned(), template.clone());
        template
    }

    fn refuse(&mut self, local: &LocalPath, error: &PackError) {
        let fault = Fault::at(&local.place, error.to_string()).with_help(error.help());
        self.faults.enter(fault);
    }
}

fn nested_templates(
    parts: &[(LocalPath, PathContent)],
) -> impl Iterator<Item = NestedTemplate<'_>> {
    parts.iter().filter_map(|(local, content)| match content {
        PathContent::Nested(nested) => Some(NestedTemplate {
            place: &local.place,
            template: &nested.template,
            needs: &nested.needs,
        }),
        PathContent::Packed(_) => None,
    })
}

/// Whether a local path that cannot be packed stays as it is written: nothing needs it to deploy the stack.
fn stays_as_written(local: &LocalPath, error: &PackError) -> bool {
    // No room for it is no fault of its own.
    local.content == LocalContent::Notice && !matches!(error, PackError::Unkept { .. })
}

/// Returns where a local path of a template leads.
fn joined(template: &Template, local: &LocalPath) -> PathBuf {
    crate::file::shortened(&template.file.folder().join(&local.path))
}
