//! Markdown pages of the project, as text, headings and fenced blocks.

use std::path::Path;

/// Pages outside of `docs/` that readers are led to.
const OTHERS: [&str; 4] =
    ["README.md", "benches/README.md", "src/sandbox/BEHAVIOUR.md", "tests/peers/README.md"];

/// A page of Markdown.
pub struct Page {
    /// Its path in the repository, with `/` between the parts.
    pub path: String,
    /// The whole of it.
    pub text: String,
}

/// A fenced block of a page.
#[derive(Debug, PartialEq)]
pub struct Fence {
    /// The words after the opening fence, such as `sh` or `yaml file=typo.yaml`.
    pub info: String,
    /// The lines between the fences, each with its line break.
    pub text: String,
    /// The number of the opening fence's line, from 1.
    pub line: usize,
}

impl Page {
    /// Returns the README, every page of `docs/`, and the pages that they lead to.
    pub fn all() -> Vec<Self> {
        let listed = std::fs::read_dir(root().join("docs")).expect("the pages are there");
        let names = listed.map(|entry| entry.expect("the folder can be listed").file_name());
        let mut paths: Vec<String> = names
            .map(|name| format!("docs/{}", name.to_string_lossy()))
            .filter(|path| path.ends_with(".md"))
            .chain(OTHERS.map(str::to_owned))
            .collect();
        paths.sort();
        paths.iter().map(|path| Self::read(path)).collect()
    }

    /// Returns one page.
    pub fn read(path: &str) -> Self {
        let text = std::fs::read_to_string(root().join(path));
        let text = text.unwrap_or_else(|error| panic!("{path}: {error}"));
        Self { path: path.to_owned(), text }
    }

    /// Returns the page's fenced blocks, in order.
    pub fn fences(&self) -> Vec<Fence> {
        self.split().1
    }

    /// Returns the page without its fenced blocks.
    pub fn prose(&self) -> String {
        self.split().0
    }

    /// Returns the anchors of its headings, as GitHub makes them.
    pub fn anchors(&self) -> Vec<String> {
        let prose = self.prose();
        let headings = prose.lines().filter(|line| line.starts_with('#'));
        headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
    }

    fn split(&self) -> (String, Vec<Fence>) {
        let (mut prose, mut fences) = (String::new(), Vec::new());
        let mut open: Option<Fence> = None;
        for (index, line) in self.text.lines().enumerate() {
            open = match (open.take(), line.strip_prefix("```")) {
                (None, Some(info)) => {
                    let info = info.trim().to_owned();
                    Some(Fence { info, text: String::new(), line: index + 1 })
                }
                (Some(fence), Some("")) => {
                    fences.push(fence);
                    None
                }
                (Some(mut fence), _) => {
                    fence.text.push_str(line);
                    fence.text.push('\n');
                    Some(fence)
                }
                (None, None) => {
                    prose.push_str(line);
                    prose.push('\n');
                    None
                }
            };
        }
        assert!(open.is_none(), "{}: a fence has no end: {open:?}", self.path);
        (prose, fences)
    }
}

/// Returns the folder that the repository stands in.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the anchor of a heading: lower case, without punctuation, `-` for each space.
fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    heading.to_lowercase().chars().filter(kept).map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn an_anchor_is_made_as_github_makes_it() {
    assert_eq!(
        anchor("Rehearsal: what would my rollout do if …"),
        "rehearsal-what-would-my-rollout-do-if-"
    );
    assert_eq!(anchor("In `apply`"), "in-apply");
    assert_eq!(anchor("State, and going back"), "state-and-going-back");
}

#[test]
fn a_page_is_split_into_prose_and_fences() {
    let text = "# A\n```sh exit=1\n# no heading\nls\n```\n## B\n".to_owned();
    let page = Page { path: "a.md".to_owned(), text };
    let text = "# no heading\nls\n".to_owned();
    assert_eq!(page.fences(), [Fence { info: "sh exit=1".to_owned(), text, line: 2 }]);
    assert_eq!(page.anchors(), ["a", "b"]);
}
