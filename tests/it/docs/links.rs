//! Every link and picture leads to a file and a heading that are there, and every page is led to; files that
//! pages name are there.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use regex::Regex;

use super::pages::{Page, root};

/// The most lines of the README: who opens the repository reads it to its end.
const README_LINES: usize = 150;

/// Returns each place in the repository that a page leads to: the path and the anchor.
fn targets(page: &Page) -> Vec<(String, Option<String>)> {
    let link = Regex::new(r##"(?:\]\(|src(?:set)?=")([^)"\s]+)"##).expect("a pattern");
    let folder = Path::new(&page.path).parent().expect("a file stands in a folder");
    let prose = page.prose();
    let links = link.captures_iter(&prose).map(|found| found.get(1).expect("a target").as_str());
    links
        .filter(|target| !target.contains("://"))
        .map(|target| {
            let (path, anchor) =
                target.split_once('#').map_or((target, None), |(p, a)| (p, Some(a)));
            let own = path.is_empty().then(|| page.path.clone());
            (own.unwrap_or_else(|| plain(&folder.join(path))), anchor.map(str::to_owned))
        })
        .collect()
}

/// Returns a path without `..`, with `/` between its parts.
fn plain(path: &Path) -> String {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                assert!(parts.pop(), "{} leaves the repository", path.display());
            }
            part => parts.push(part),
        }
    }
    parts.to_string_lossy().replace('\\', "/")
}

#[test]
fn every_link_and_picture_leads_to_a_file_and_a_heading() {
    let mut faults = Vec::new();
    let mut found = 0;
    for page in Page::all() {
        for (target, anchor) in targets(&page) {
            found += 1;
            let has_heading = |anchor: &String| Page::read(&target).anchors().contains(anchor);
            if !root().join(&target).exists() {
                faults.push(format!("{}: {target} is not there", page.path));
            } else if let Some(anchor) = anchor.filter(|anchor| !has_heading(anchor)) {
                faults.push(format!("{}: {target} has no heading #{anchor}", page.path));
            }
        }
    }
    assert!(found > 80, "the pattern finds links: {found}");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_index_leads_to_every_page() {
    let index = Page::read("docs/README.md");
    let listed: BTreeSet<String> = targets(&index).into_iter().map(|(path, _)| path).collect();
    let is_page = |path: &String| *path != index.path && !listed.contains(path);
    let missing: Vec<String> =
        Page::all().into_iter().map(|page| page.path).filter(is_page).collect();
    assert!(missing.is_empty(), "docs/README.md leads to none of {missing:?}");
}

#[test]
fn the_readme_is_read_to_its_end() {
    let lines = Page::read("README.md").text.lines().count();
    assert!(lines <= README_LINES, "{lines} lines: move something to docs/");
}

#[test]
fn every_file_and_folder_that_a_page_names_is_there() {
    let named = Regex::new(
        r"`((?:\.ci|benches|docs|environments|fuzz|src|stacks|tests)/[a-zA-Z0-9_./-]*)(?:::[a-z0-9_]+)?`",
    );
    let named = named.expect("a pattern");
    let (mut found, mut faults) = (0, Vec::new());
    for page in Page::all() {
        for path in named.captures_iter(&page.prose()).map(|hit| hit[1].to_owned()) {
            found += 1;
            if !root().join(&path).exists() {
                faults.push(format!("{}: `{path}` is not there", page.path));
            }
        }
    }
    assert!(found > 150, "the pattern finds paths: {found}");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
