//! The example templates, judged by AWS's own linter.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::peers;

#[test]
fn cfn_lint_finds_nothing_in_any_template() {
    let stacks = Path::new(env!("CARGO_MANIFEST_DIR")).join("stacks");
    let templates = files_in(&stacks).into_iter().filter(|path| !is_script(path));
    let templates: Vec<PathBuf> = templates.collect();
    assert!(!templates.is_empty());
    let output = Command::new(peers::program("cfn-lint"))
        .args(["--regions", "eu-central-1", "--"])
        .args(&templates)
        .output()
        .expect("cfn-lint is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// Whether a file is a script: by its name and by its first line, so that no template passes for one.
fn is_script(path: &Path) -> bool {
    let has_name = path.extension().is_some_and(|ending| ending == "sh");
    has_name && std::fs::read(path).expect("the file can be read").starts_with(b"#!")
}

/// Returns the files in a folder and in those below it, in order.
fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("stacks/ is part of the repository");
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    let below = |path: PathBuf| if path.is_dir() { files_in(&path) } else { vec![path] };
    paths.into_iter().flat_map(below).collect()
}
