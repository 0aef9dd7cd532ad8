//! The embedded cloud, asked by the real SDK. `src/sandbox/BEHAVIOUR.md` names each test.

mod access;
mod any_type;
mod change_details;
mod change_sets;
mod deletion;
mod drift;
mod dynamic_references;
mod early_findings;
mod exports;
mod failure;
mod faults;
mod folder;
mod functions;
mod identity;
mod left_failed;
mod life;
mod local_clients;
mod loopback;
mod nested_stacks;
mod objects;
mod organizations;
mod parameters;
mod pipelines;
mod promises;
mod quotas;
mod requests;
mod settings_store;
mod templates;
mod throttling;
mod transforms;
mod update;

use std::collections::BTreeSet;
use std::path::Path;

/// Returns the names of the test functions in a folder's Rust files.
fn tests_in(folder: &Path, names: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).expect("the folder stands").flatten() {
        let path = entry.path();
        if path.is_dir() {
            tests_in(&path, names);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("Rust files are text");
            let mut is_test = false;
            for line in text.lines().map(str::trim) {
                let name = line.trim_start_matches("async ").strip_prefix("fn ");
                if let Some(name) = name.filter(|_| is_test) {
                    names.extend(name.split('(').next().map(str::to_owned));
                }
                is_test = line.starts_with("#[") && (is_test || line.contains("test"));
            }
        }
    }
}

#[test]
fn the_behaviour_names_every_test_and_no_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("src/sandbox/BEHAVIOUR.md")).unwrap();
    let is_test_name =
        |word: &&str| word.matches('_').count() >= 2 && word.to_lowercase() == **word;
    let named: BTreeSet<String> =
        text.split('`').skip(1).step_by(2).filter(is_test_name).map(str::to_owned).collect();
    let mut here = BTreeSet::new();
    tests_in(&root.join("tests/it/sandbox"), &mut here);
    let mut every = here.clone();
    for others in ["src/sandbox", "src/policy", "tests/it/cli", "tests/it/peers"] {
        tests_in(&root.join(others), &mut every);
    }
    let unknown: Vec<&String> = named.difference(&every).collect();
    assert!(unknown.is_empty(), "named but not there: {unknown:?}");
    here.remove("the_behaviour_names_every_test_and_no_other");
    let unnamed: Vec<&String> = here.difference(&named).collect();
    assert!(unnamed.is_empty(), "there but not named: {unnamed:?}");
}
