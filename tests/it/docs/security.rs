//! The tests that the page on security names are there.

use regex::Regex;

use super::pages::{Page, root};

#[test]
fn every_test_that_the_page_on_security_names_is_there() {
    let text = Page::read("docs/security.md").text;
    let named = Regex::new(r"`([a-z0-9_/]+\.rs)::([a-z0-9_]+)`").expect("a pattern");
    let named: Vec<(&str, &str)> =
        named.captures_iter(&text).map(|found| found.extract::<2>().1.into()).collect();
    assert!(named.len() > 30, "the pattern finds tests: {named:?}");
    for (file, test) in named {
        let code = std::fs::read_to_string(root().join(file));
        let code = code.unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(code.contains(&format!("fn {test}(")), "{file} has no test `{test}`");
    }
}
