//! What the README shows and leads to is there.

use std::path::Path;

use regex::Regex;

#[test]
fn every_picture_and_link_of_the_readme_leads_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("README.md")).expect("the README is there");
    let link = Regex::new(r##"(?:\]\(|src(?:set)?=")([^)"#:\s]+)"##).expect("a pattern");
    let targets: Vec<&str> =
        link.captures_iter(&text).map(|found| found.get(1).expect("a target").as_str()).collect();
    assert!(targets.len() > 5, "the pattern finds links: {targets:?}");
    for target in targets {
        assert!(root.join(target).exists(), "{target} is not there");
    }
}
