//! The example templates, judged by AWS's own linter.

use std::path::Path;
use std::process::Command;

use crate::support::peers;

#[test]
fn cfn_lint_finds_nothing_in_any_template() {
    let stacks = Path::new(env!("CARGO_MANIFEST_DIR")).join("stacks");
    let mut templates: Vec<_> = std::fs::read_dir(&stacks)
        .expect("stacks/ is part of the repository")
        .map(|entry| entry.expect("a readable folder").path())
        .collect();
    templates.sort();
    assert!(!templates.is_empty());
    let output = Command::new(peers::program("cfn-lint"))
        .args(["--regions", "eu-central-1", "--"])
        .args(&templates)
        .output()
        .expect("cfn-lint is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
