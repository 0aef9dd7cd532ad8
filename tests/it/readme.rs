//! What the README shows and leads to is there, and the tests that pages name.

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

#[test]
fn every_test_that_the_page_on_security_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("docs/security.md")).expect("the page is there");
    let named = Regex::new(r"`([a-z0-9_/]+\.rs)::([a-z0-9_]+)`").expect("a pattern");
    let named: Vec<(&str, &str)> =
        named.captures_iter(&text).map(|found| found.extract::<2>().1.into()).collect();
    assert!(named.len() > 30, "the pattern finds tests: {named:?}");
    for (file, test) in named {
        let code = std::fs::read_to_string(root.join(file));
        let code = code.unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(code.contains(&format!("fn {test}(")), "{file} has no test `{test}`");
    }
}
