//! The source as a tree of modules, and which file takes what from which.
//!
//! A name is followed through re-exports to the file that defines it. Code that only tests see does not
//! count: it may look at everything.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use syn::visit::Visit;

/// A file of the source, as a module.
pub struct Module {
    /// Its place in the tree: `["cloud", "wire", "reply"]`.
    pub path: Vec<String>,
    /// Its file, from the package's root: `src/cloud/wire/reply.rs`.
    pub file: PathBuf,
    /// Its text.
    pub text: String,
    /// Its items, without those that only tests see.
    pub items: Vec<syn::Item>,
}

impl Module {
    /// Returns the room: the first part of its path.
    pub fn room(&self) -> &str {
        &self.path[0]
    }

    /// Returns whether its file is a folder's `mod.rs`.
    pub fn is_folder(&self) -> bool {
        self.file.ends_with("mod.rs")
    }

    /// Returns the number of lines before its tests.
    pub fn lines(&self) -> usize {
        self.text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count()
    }
}

/// One file takes a name that another one defines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// The position of the module that takes it.
    pub from: usize,
    /// The position of the module that defines it.
    pub to: usize,
    /// The name.
    pub name: String,
}

/// All modules of the library that are there without tests.
pub struct Tree {
    pub modules: Vec<Module>,
    by_path: BTreeMap<Vec<String>, usize>,
}

impl Tree {
    /// Reads the source of this package.
    pub fn read() -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut tree = Self { modules: Vec::new(), by_path: BTreeMap::new() };
        let library = std::fs::read_to_string(source.join("lib.rs")).expect("the library is there");
        let items = syn::parse_file(&library).expect("the library is Rust").items;
        for child in children(&items) {
            tree.add(&source, &source, &[child]);
        }
        assert!(tree.modules.len() > 100, "the source is where this test looks for it");
        tree
    }

    fn add(&mut self, source: &Path, folder: &Path, path: &[String]) {
        let name = path.last().expect("a module has a name");
        let inside = folder.join(name);
        let (file, text) = [folder.join(format!("{name}.rs")), inside.join("mod.rs")]
            .into_iter()
            .find_map(|file| std::fs::read_to_string(&file).ok().map(|text| (file, text)))
            .unwrap_or_else(|| panic!("no file of module {}", path.join("::")));
        let parsed = syn::parse_file(&text).unwrap_or_else(|fault| panic!("{file:?}: {fault}"));
        let items: Vec<_> = parsed.items.into_iter().filter(|item| !is_for_tests(item)).collect();
        let children = children(&items);
        let package = source.parent().expect("the source is in a folder");
        let file = file.strip_prefix(package).expect("the file is in the package").to_owned();
        self.by_path.insert(path.to_vec(), self.modules.len());
        self.modules.push(Module { path: path.to_vec(), file, text, items });
        for child in children {
            self.add(source, &inside, &[path, &[child]].concat());
        }
    }

    /// Returns what each file takes from another, each once.
    pub fn imports(&self) -> BTreeSet<Import> {
        let mut imports = BTreeSet::new();
        for (from, module) in self.modules.iter().enumerate() {
            let mut paths = Paths::default();
            module.items.iter().for_each(|item| paths.visit_item(item));
            for path in paths.found {
                // What a folder's `mod.rs` passes on is followed by whoever takes it.
                let Some((to, name)) = self.definition(from, &path, 0) else { continue };
                if to != from {
                    imports.insert(Import { from, to, name });
                }
            }
            if module.is_folder() {
                imports.retain(|import| import.from != from || !is_below(self, import.to, from));
            }
        }
        imports
    }

    /// Returns which module defines what a path leads to from a module, and the name it has there.
    fn definition(&self, from: usize, path: &[String], depth: usize) -> Option<(usize, String)> {
        assert!(depth < 20, "re-exports of {path:?} lead in a ring");
        let mut base = self.modules[from].path.clone();
        let mut rest = path;
        match path.first()?.as_str() {
            "crate" => {
                base.clear();
                rest = &rest[1..];
            }
            "self" => rest = &rest[1..],
            "super" => {
                while rest.first().is_some_and(|part| part == "super") {
                    base.pop();
                    rest = &rest[1..];
                }
            }
            first => {
                let child = [base.clone(), vec![first.to_owned()]].concat();
                if !self.by_path.contains_key(&child) {
                    return None;
                }
            }
        }
        while let Some(part) = rest.first() {
            let child = [base.clone(), vec![part.clone()]].concat();
            if !self.by_path.contains_key(&child) {
                break;
            }
            base = child;
            rest = &rest[1..];
        }
        let module = *self.by_path.get(&base)?;
        let Some(name) = rest.first() else {
            return Some((module, base.last().cloned().unwrap_or_default()));
        };
        match passed_on(&self.modules[module], name) {
            Some(target) if target != path => self.definition(module, &target, depth + 1),
            _ => Some((module, name.clone())),
        }
    }
}

/// Returns whether a module stands in the folder of another.
fn is_below(tree: &Tree, inner: usize, folder: usize) -> bool {
    tree.modules[inner].path.starts_with(&tree.modules[folder].path)
}

/// Returns the names of the modules that stand in files of their own.
fn children(items: &[syn::Item]) -> Vec<String> {
    let modules = items.iter().filter_map(|item| match item {
        syn::Item::Mod(module) if module.content.is_none() && !is_for_tests(item) => Some(module),
        _ => None,
    });
    modules.map(|module| module.ident.to_string()).collect()
}

/// Returns whether only tests see an item.
fn is_for_tests(item: &syn::Item) -> bool {
    let attributes = match item {
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::Const(item) => &item.attrs,
        _ => return false,
    };
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) => {
            attribute.path().is_ident("cfg") && is_test(&list.tokens.to_string())
        }
        _ => false,
    })
}

/// Returns the path behind a name that a module takes from elsewhere, to use it or to pass it on.
fn passed_on(module: &Module, name: &str) -> Option<Vec<String>> {
    let uses = module.items.iter().filter_map(|item| match item {
        syn::Item::Use(item) => Some(&item.tree),
        _ => None,
    });
    let mut found = Vec::new();
    for tree in uses {
        walk(tree, &mut Vec::new(), &mut |path, alias| {
            if alias == name {
                found.push(path);
            }
        });
    }
    found.into_iter().next()
}

/// Tells each path of a `use`, with the name by which it is known behind it.
fn walk(tree: &syn::UseTree, before: &mut Vec<String>, tell: &mut dyn FnMut(Vec<String>, &str)) {
    match tree {
        syn::UseTree::Path(path) => {
            before.push(path.ident.to_string());
            walk(&path.tree, before, tell);
            before.pop();
        }
        syn::UseTree::Name(name) if name.ident == "self" => {
            let alias = before.last().cloned().unwrap_or_default();
            tell(before.clone(), &alias);
        }
        syn::UseTree::Name(name) => {
            let name = name.ident.to_string();
            tell([before.clone(), vec![name.clone()]].concat(), &name);
        }
        syn::UseTree::Rename(rename) => {
            let path = [before.clone(), vec![rename.ident.to_string()]].concat();
            tell(path, &rename.rename.to_string());
        }
        syn::UseTree::Group(group) => {
            group.items.iter().for_each(|item| walk(item, before, tell));
        }
        syn::UseTree::Glob(_) => tell(before.clone(), "*"),
    }
}

/// Every path in a file, in `use`, in code and in macros.
#[derive(Default)]
struct Paths {
    found: BTreeSet<Vec<String>>,
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        walk(&item.tree, &mut Vec::new(), &mut |path, _| {
            self.found.insert(path);
        });
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        // A module within a file would have another `super`; the library has none but tests.
        assert!(module.content.is_none(), "`mod {}` stands within a file", module.ident);
    }

    // `pub(in crate::room)` names a room and takes nothing of it.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            self.found.insert(path.segments.iter().map(|part| part.ident.to_string()).collect());
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, invocation: &'ast syn::Macro) {
        let text = invocation.tokens.to_string().replace(" :: ", "::");
        let words = text.split(|letter: char| !(letter.is_alphanumeric() || "_:".contains(letter)));
        for word in words.filter(|word| word.contains("::")) {
            self.found.insert(word.split("::").map(str::to_owned).collect());
        }
    }
}

/// Returns whether the condition of a `cfg` holds in tests only: `test`, or `all(test, …)`.
fn is_test(condition: &str) -> bool {
    condition == "test" || condition.starts_with("all (test") || condition.starts_with("all(test")
}
