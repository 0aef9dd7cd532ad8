//! Refuses an import that runs against the layers.
//!
//! In one crate the compiler lets every module import every other. Here each may import only what
//! stands above it in the list, so that the whole can be read from the top.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use syn::visit::Visit;

/// The layers, top first. A module imports only modules that stand before it.
const LAYERS: &[&str] = &[
    "foreign",
    "name",
    "status",
    "clock",
    "file",
    "policy",
    "document",
    "environment",
    "template",
    "plan",
    "event",
    "cloud",
    "diagnosis",
    "sessions",
    "engine",
    "journal",
    "report",
    "run",
    "trust",
    "sandbox",
    "codepipeline",
    "cli",
];

/// Imports that stand above and are refused all the same: (module, what it may not see, why).
const REFUSED: &[(&str, &[&str], &str)] = &[
    (
        "report",
        &["environment", "template", "plan", "cloud", "diagnosis", "sessions", "engine"],
        "a display shows only what events say",
    ),
    (
        "journal",
        &[
            "document",
            "environment",
            "template",
            "plan",
            "cloud",
            "diagnosis",
            "sessions",
            "engine",
        ],
        "a journal holds events and knows no more",
    ),
    (
        "sandbox",
        &[
            "environment",
            "template",
            "plan",
            "event",
            "cloud",
            "diagnosis",
            "sessions",
            "engine",
            "journal",
            "report",
        ],
        "the sandbox is reached through HTTP only",
    ),
    ("event", &["environment", "template", "plan", "document"], "events own their content"),
];

/// Collects the first segment after `crate` in every path.
#[derive(Default)]
struct Imports {
    modules: BTreeSet<String>,
}

impl Imports {
    fn collect(&mut self, tree: &syn::UseTree) {
        match tree {
            syn::UseTree::Path(path) => drop(self.modules.insert(path.ident.to_string())),
            syn::UseTree::Name(name) => drop(self.modules.insert(name.ident.to_string())),
            syn::UseTree::Rename(rename) => drop(self.modules.insert(rename.ident.to_string())),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.collect(item)),
            syn::UseTree::Glob(_) => {}
        }
    }
}

impl<'ast> Visit<'ast> for Imports {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if let syn::UseTree::Path(path) = &item.tree
            && path.ident == "crate"
        {
            self.collect(&path.tree);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let mut segments = path.segments.iter();
        if segments.next().is_some_and(|first| first.ident == "crate")
            && let Some(module) = segments.next()
        {
            self.modules.insert(module.ident.to_string());
        }
        syn::visit::visit_path(self, path);
    }
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the entry can be read").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Returns the module a file belongs to: the first folder or file below `src`.
fn module_of(source: &Path, file: &Path) -> String {
    let inside = file.strip_prefix(source).expect("the file is below src");
    let first = inside.components().next().expect("a path has a part");
    first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

#[test]
fn every_import_runs_up_the_layers() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    assert!(files.len() > 20, "the source is where this test looks for it");
    let rank = |module: &str| LAYERS.iter().position(|layer| *layer == module);
    let mut faults = Vec::new();
    for file in files {
        let module = module_of(&source, &file);
        if module == "lib" || module == "main" {
            continue;
        }
        let Some(own) = rank(&module) else {
            faults.push(format!("{}: `{module}` is not in the list of layers", file.display()));
            continue;
        };
        let text = std::fs::read_to_string(&file).expect("the file can be read");
        let mut imports = Imports::default();
        imports.visit_file(&syn::parse_file(&text).expect("the file is Rust"));
        for import in imports.modules.iter().filter(|import| **import != module) {
            let is_above = rank(import).is_none_or(|other| other < own);
            let refusal = REFUSED
                .iter()
                .find(|(from, what, _)| *from == module && what.contains(&import.as_str()));
            if !is_above {
                faults.push(format!("{}: imports `{import}` from below", file.display()));
            } else if let Some((_, _, why)) = refusal {
                faults.push(format!("{}: imports `{import}`, but {why}", file.display()));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_library_lists_its_layers_in_their_order() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let text = std::fs::read_to_string(path).expect("the library is there");
    let rows = text.lines().filter_map(|line| line.strip_prefix("//! | [`"));
    let listed: Vec<&str> = rows.filter_map(|row| row.split('`').next()).collect();
    assert_eq!(listed, LAYERS, "the table in src/lib.rs is what a reader sees first");
}

/// Whoever makes an intent promises that it is on record: one file does.
#[test]
fn intents_are_made_in_one_place() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&source, &mut files);
    let makes = |file: &&PathBuf| {
        std::fs::read_to_string(file).expect("the file can be read").contains("Intent::on_record(")
    };
    let makers: Vec<&PathBuf> = files.iter().filter(makes).collect();
    assert_eq!(makers, [&source.join("engine/intent.rs")]);
}
