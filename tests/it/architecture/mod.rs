//! The walls of the house: what may import what, how large a file may be, which names stand for two things.
//!
//! In one crate the compiler lets every module import every other. Here each may import only what stands
//! above it, so that the whole can be read from the top, and each folder by itself.

mod circles;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use circles::circles;
use tree::{Module, Tree};

/// The layers, top first. A module imports only modules that stand before it.
const LAYERS: &[&str] = &[
    "foreign",
    "error_chain",
    "name",
    "status",
    "clock",
    "file",
    "policy",
    "package",
    "organization",
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
    "state",
    "run",
    "trust",
    "scaffold",
    "sandbox",
    "codepipeline",
    "cli",
];

/// Imports that stand above and are refused all the same: of the layers from one to another, but for those
/// that it may see.
struct Refused {
    room: &'static str,
    from: &'static str,
    to: &'static str,
    but: &'static [&'static str],
    why: &'static str,
}

impl Refused {
    fn holds(&self, room: &str) -> bool {
        let at = |room: &str| LAYERS.iter().position(|layer| *layer == room);
        (at(self.from)..=at(self.to)).contains(&at(room)) && !self.but.contains(&room)
    }
}

const REFUSED: &[Refused] = &[
    Refused {
        room: "report",
        from: "environment",
        to: "engine",
        but: &["event"],
        why: "a display shows only what events say",
    },
    Refused {
        room: "journal",
        from: "document",
        to: "engine",
        but: &["event"],
        why: "a journal holds events and knows no more",
    },
    Refused {
        room: "sandbox",
        from: "environment",
        to: "run",
        but: &["template"],
        why: "the sandbox is reached through HTTP only",
    },
    Refused {
        room: "event",
        from: "document",
        to: "plan",
        but: &[],
        why: "events own their content",
    },
];

/// The parts of a room in their order, ground first: a part imports only those before it. A part is a folder
/// or a file of the room; all that are not listed stand last, together.
const PARTS: &[(&str, &[&str])] = &[
    (
        "cloud",
        &[
            "wire",
            "stack",
            "watch",
            "connection",
            "enter",
            "storage",
            "stacks",
            "iam",
            "organization",
            "values",
            "session",
            "jobs",
            "notices",
        ],
    ),
    (
        "report",
        &[
            "text",
            "clusters",
            "fold",
            "forecast",
            "messages",
            "dashboard",
            "written",
            "html",
            "notices",
            "live",
        ],
    ),
];

/// Files that import one another all the same: (their paths, the first in the order of the alphabet, why).
const CIRCLES: &[(&[&str], &str)] = &[];

/// How many lines a file may have before its tests.
const LINES: usize = 300;

/// Files that are longer all the same: (path, why).
const LONG_FILES: &[(&str, &str)] = &[];

/// Names that several public types share all the same: (name, how many, why).
const SHARED_NAMES: &[(&str, usize, &str)] = &[];

/// Fails with all faults, one a line.
fn refuse(faults: &[String]) {
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_import_runs_up_the_layers() {
    let tree = Tree::read();
    let rank = |room: &str| LAYERS.iter().position(|layer| *layer == room);
    let mut faults = BTreeSet::new();
    for import in tree.imports() {
        let (from, to) = (&tree.modules[import.from], &tree.modules[import.to]);
        if from.room() == to.room() {
            continue;
        }
        let (file, what) = (from.file.display(), format!("`{}` of `{}`", import.name, to.room()));
        let refusal =
            REFUSED.iter().find(|refused| refused.room == from.room() && refused.holds(to.room()));
        match (rank(from.room()), rank(to.room())) {
            (None, _) => {
                faults.insert(format!("{file}: no layer is `{}`", from.room()));
            }
            (_, None) => {
                faults.insert(format!("{file}: no layer is `{}`", to.room()));
            }
            (Some(own), Some(other)) if other > own => {
                faults.insert(format!("{file}: imports {what} from below"));
            }
            _ => {}
        }
        if let Some(Refused { why, .. }) = refusal {
            faults.insert(format!("{file}: imports {what}, but {why}"));
        }
    }
    refuse(&faults.into_iter().collect::<Vec<_>>());
}

#[test]
fn the_library_lists_its_layers_in_their_order() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs");
    let text = std::fs::read_to_string(path).expect("the library is there");
    let rows = text.lines().filter_map(|line| line.strip_prefix("//! | [`"));
    let listed: Vec<&str> = rows.filter_map(|row| row.split('`').next()).collect();
    assert_eq!(listed, LAYERS, "the table in src/lib.rs is what a reader sees first");
}

#[test]
fn every_import_inside_a_room_runs_up_its_parts() {
    let tree = Tree::read();
    let mut faults = Vec::new();
    for (room, parts) in PARTS {
        for part in *parts {
            let is_there = tree.modules.iter().any(|module| module.path == [*room, *part]);
            assert!(is_there, "`{room}` has no part `{part}`");
        }
        let rank = |module: &Module| {
            let part = module.path.get(1).map_or("", String::as_str);
            parts.iter().position(|listed| *listed == part).unwrap_or(parts.len())
        };
        for import in tree.imports() {
            let (from, to) = (&tree.modules[import.from], &tree.modules[import.to]);
            if from.room() == *room && to.room() == *room && rank(to) > rank(from) {
                let (from, to) = (from.file.display(), to.file.display());
                faults.push(format!("{from}: imports `{}` of {to} from below", import.name));
            }
        }
    }
    refuse(&faults);
}

#[test]
fn no_files_of_a_room_import_one_another_but_those_listed() {
    let tree = Tree::read();
    let imports = tree.imports();
    let arrows = imports.iter().filter_map(|import| {
        let is_inside = tree.modules[import.from].room() == tree.modules[import.to].room();
        is_inside.then_some((import.from, import.to))
    });
    let mut faults = Vec::new();
    let mut met = BTreeSet::new();
    for circle in circles(&arrows.collect()) {
        let mut files: Vec<String> =
            circle.iter().map(|module| tree.modules[*module].file.display().to_string()).collect();
        files.sort();
        if let Some(listed) = CIRCLES.iter().position(|(listed, _)| *listed == files) {
            met.insert(listed);
            continue;
        }
        faults.push(format!("{} files import one another in a ring:", files.len()));
        let inside = imports
            .iter()
            .filter(|import| circle.contains(&import.from) && circle.contains(&import.to));
        for import in inside {
            let (from, to) = (&tree.modules[import.from].file, &tree.modules[import.to].file);
            faults.push(format!(
                "  {} takes `{}` of {}",
                from.display(),
                import.name,
                to.display()
            ));
        }
    }
    for (index, (files, _)) in CIRCLES.iter().enumerate() {
        if !met.contains(&index) {
            faults.push(format!("the circle of {files:?} is gone: take it from the list"));
        }
    }
    refuse(&faults);
}

#[test]
fn a_folders_own_file_only_lists_what_is_in_the_folder() {
    let tree = Tree::read();
    let mut faults = Vec::new();
    for module in tree.modules.iter().filter(|module| module.is_folder()) {
        let is_list = |item: &&syn::Item| matches!(item, syn::Item::Mod(_) | syn::Item::Use(_));
        if module.items.iter().any(|item| !is_list(&item)) {
            faults.push(format!("{}: holds more than `mod` and `use`", module.file.display()));
        }
    }
    refuse(&faults);
}

#[test]
fn no_file_is_too_long_to_be_read_at_once_but_those_listed() {
    let tree = Tree::read();
    let mut faults = Vec::new();
    let mut listed: BTreeMap<&str, &str> = LONG_FILES.iter().copied().collect();
    for module in &tree.modules {
        let file = module.file.display().to_string();
        let is_listed = listed.remove(file.as_str()).is_some();
        match module.lines() > LINES {
            true if !is_listed => faults.push(format!("{file}: {} lines", module.lines())),
            false if is_listed => faults.push(format!("{file} is short: take it from the list")),
            _ => {}
        }
    }
    faults.extend(listed.keys().map(|file| format!("{file} is not there")));
    refuse(&faults);
}

#[test]
fn one_name_stands_for_one_public_type_but_those_listed() {
    let tree = Tree::read();
    let mut files: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for module in &tree.modules {
        for item in &module.items {
            let (visibility, name) = match item {
                syn::Item::Struct(item) => (&item.vis, &item.ident),
                syn::Item::Enum(item) => (&item.vis, &item.ident),
                syn::Item::Trait(item) => (&item.vis, &item.ident),
                syn::Item::Type(item) => (&item.vis, &item.ident),
                _ => continue,
            };
            if !matches!(visibility, syn::Visibility::Inherited) {
                files.entry(name.to_string()).or_default().push(module.file.display().to_string());
            }
        }
    }
    let mut faults = Vec::new();
    let mut listed: BTreeMap<&str, usize> =
        SHARED_NAMES.iter().map(|(name, count, _)| (*name, *count)).collect();
    for (name, files) in &files {
        let expected = listed.remove(name.as_str()).unwrap_or(1);
        if files.len() != expected {
            faults.push(format!("{} types `{name}`: {}", files.len(), files.join(", ")));
        }
    }
    faults.extend(listed.keys().map(|name| format!("no type `{name}` is there")));
    refuse(&faults);
}

#[test]
fn a_line_of_documentation_says_more_than_two_words() {
    let tree = Tree::read();
    let mut faults = Vec::new();
    // Those of `cli` are what `--help` prints.
    for module in tree.modules.iter().filter(|module| module.room() != "cli") {
        let mut before = "";
        for (index, line) in module.text.lines().enumerate() {
            let line = line.trim();
            let is_first = !before.starts_with("///");
            before = line;
            let Some(text) = line.strip_prefix("/// ") else { continue };
            let is_whole = is_first && text.ends_with('.');
            // The name that AWS or the file has for it is what a reader searches.
            let is_name = text.starts_with('`') || text.starts_with("[`");
            if is_whole && !is_name && text.split_whitespace().count() <= 2 {
                faults.push(format!("{}:{}: {text}", module.file.display(), index + 1));
            }
        }
    }
    refuse(&faults);
}

/// Whoever makes an intent promises that it is on record: one file does.
#[test]
fn intents_are_made_in_one_place() {
    let tree = Tree::read();
    let makes = |module: &&Module| module.text.contains("Intent::on_record(");
    let makers: Vec<String> =
        tree.modules.iter().filter(makes).map(|module| module.file.display().to_string()).collect();
    assert_eq!(makers, ["src/engine/intent.rs"]);
}
