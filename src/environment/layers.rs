//! The layers of an environment: the files that its file extends, merged under it.
//!
//! Each file counts once, where it is named first, and what a file extends lies beneath it. Every value keeps the
//! place that it was written at, so that its faults and its paths are those of the file that holds it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::merge::merged;
use super::reader::{KeyRemedy, wrong_kind};
use crate::document::{self, Fault, Faults, Key, Node, NodeValue, Place, SourceFile, quoted};
use crate::file::{shortened, stands_in};
use crate::foreign;

/// The key under which a file names the files beneath it.
pub(super) const EXTENDS: &str = "extends";
/// What stands under it.
pub(super) const EXTENDED: &str = "a list of environment files";

/// The largest environment file that is read; one of 10,000 accounts is smaller.
pub(super) const MOST_BYTES: usize = 4 * 1024 * 1024;

/// How many files may lie beneath one; nobody keeps track of more.
const MOST_LAYERS: usize = 100;

/// An environment file and the files beneath it, read.
pub(super) struct Layers {
    /// The files beneath, the lowest first.
    pub beneath: Vec<Arc<SourceFile>>,
    /// What all of them mean together; absent if one cannot be read.
    pub merged: Option<Node>,
    /// What is wrong with the files as texts, and with how they extend each other.
    pub faults: Vec<Fault>,
}

impl Layers {
    /// Reads what lies beneath `file`; nothing outside of the folder `root`, if there is one.
    pub fn of(file: &Arc<SourceFile>, root: Option<&Path>) -> Self {
        let mut reader = LayerReader { root, ..LayerReader::default() };
        reader.layer(file, identity(&file.path));
        let LayerReader { mut files, roots, faults, is_torn, .. } = reader;
        files.pop();
        let merged = roots.into_iter().reduce(merged).filter(|_| !is_torn);
        Self { beneath: files, merged, faults }
    }
}

#[derive(Default)]
struct LayerReader<'r> {
    /// The folder that no file may stand outside of.
    root: Option<&'r Path>,
    /// The files that are being read, each of which extends the next one.
    open: Vec<(PathBuf, Arc<SourceFile>)>,
    /// What tells the files apart that were read or could not be.
    known: BTreeSet<PathBuf>,
    /// The files that were read, the lowest first.
    files: Vec<Arc<SourceFile>>,
    /// What they hold, but for what they extend.
    roots: Vec<Node>,
    faults: Vec<Fault>,
    /// Whether a file is missing, so that nobody knows what all of them mean.
    is_torn: bool,
}

impl LayerReader<'_> {
    /// Reads what a file holds, after what lies beneath it.
    fn layer(&mut self, file: &Arc<SourceFile>, identity: PathBuf) {
        self.known.insert(identity.clone());
        let (root, faults) = document::parse_despite_faults(file);
        self.faults.extend(faults);
        self.is_torn |= root.is_none();
        self.open.push((identity, file.clone()));
        let root = root.map(|root| self.read_beneath(root));
        self.open.pop();
        self.files.push(file.clone());
        self.roots.extend(root);
    }

    /// Reads what a file extends, and returns what else it holds.
    fn read_beneath(&mut self, root: Node) -> Node {
        let NodeValue::Mapping(mut entries) = root.value else {
            // Of the file itself, whoever reads it says so.
            if self.open.len() > 1 {
                let message = format!("an environment file is a mapping, not {}", root.kind());
                self.refuse(Fault::at(&root.place, message).with_label("a mapping is needed here"));
            }
            return root;
        };
        if let Some(at) = entries.iter().position(|(key, _)| key.text == EXTENDS) {
            let (key, named) = entries.remove(at);
            self.extended(&key, &named);
        }
        Node { value: NodeValue::Mapping(entries), ..root }
    }

    fn extended(&mut self, key: &Key, named: &Node) {
        let Some(items) = named.items() else {
            let fault = wrong_kind(key, named, EXTENDED, KeyRemedy::FillOrDrop);
            let text = named.as_text().filter(|_| !named.is_null());
            return self.refuse(match text {
                Some(text) => fault.with_help(format!("write {}", quoted(&format!("[{text}]")))),
                None => fault,
            });
        };
        if let Some(extra) = items.get(MOST_LAYERS) {
            return self.refuse(too_many(&extra.place));
        }
        for item in items {
            match item.as_text().filter(|text| !item.is_null() && !text.is_empty()) {
                Some(text) if is_address(text) => self.refuse(
                    Fault::at(&item.place, "only files on this machine can be extended")
                        .with_label("an address, and no path")
                        .with_help("fetch it first, and write the path of the file"),
                ),
                Some(text) => self.file_beneath(Path::new(text), &item.place),
                None => self.refuse(
                    Fault::at(&item.place, format!("a file's path is needed, not {}", item.kind()))
                        .with_label("one of the files beneath this one"),
                ),
            }
        }
    }

    /// Reads the file that is named at `place`, unless it was read before.
    fn file_beneath(&mut self, named: &Path, place: &Place) {
        let path = shortened(&place.file.folder().join(named));
        let identity = identity(&path);
        if let Some(at) = self.open.iter().position(|(open, _)| *open == identity) {
            return self.refuse(circle(&self.open[at..], place));
        }
        if self.known.contains(&identity) {
            return;
        }
        if self.known.len() > MOST_LAYERS {
            return self.refuse(too_many(place));
        }
        if self.root.is_some_and(|root| !stands_in(root, &path)) {
            let message = format!("{} leads outside", quoted(&foreign::path(named)));
            let help = "name a file that is part of the artifact";
            return self.refuse(Fault::at(place, message).with_help(help));
        }
        match document::read(&path, MOST_BYTES) {
            Ok(file) => self.layer(&file, identity),
            Err(Faults(faults)) => {
                self.known.insert(identity);
                for fault in faults {
                    self.refuse(Fault { place: Some(place.clone()), ..fault });
                }
            }
        }
    }

    fn refuse(&mut self, fault: Fault) {
        self.is_torn = true;
        self.faults.push(fault);
    }
}

/// Whether a text is an address such as `https://…` or `s3://…`, and no path.
fn is_address(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once("://") else { return false };
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

fn too_many(place: &Place) -> Fault {
    Fault::at(place, format!("more than {MOST_LAYERS} files lie beneath one"))
        .with_label("one too many")
}

/// Returns what tells a file from others, however it is named.
fn identity(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| shortened(path))
}

/// Returns the fault of files each of which extends the next one, and the last, at `place`, the first.
fn circle(files: &[(PathBuf, Arc<SourceFile>)], place: &Place) -> Fault {
    let names = files.iter().chain(files.first());
    let names: Vec<String> =
        names.map(|(_, file)| format!("`{}`", foreign::path(&file.path))).collect();
    let message = match &names[..] {
        [one, _] => format!("{one} extends itself"),
        _ => format!("files extend each other in a circle: {}", names.join(" extends ")),
    };
    Fault::at(place, message).with_label("this leads back").with_help("take one of them out")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Files(tempfile::TempDir);

    impl Files {
        fn with(files: &[(&str, &str)]) -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            for (name, text) in files {
                let path = folder.path().join(name);
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
                std::fs::write(path, text).expect("written");
            }
            Self(folder)
        }

        fn layers(&self) -> Layers {
            let file = document::read(&self.0.path().join("top.yaml"), MOST_BYTES).expect("read");
            Layers::of(&file, None)
        }

        /// Returns what is wrong, each with its file and line.
        fn faults(&self) -> Vec<String> {
            let root = format!("{}/", self.0.path().display());
            let faults = self.layers().faults.into_iter();
            faults.map(|fault| fault.to_string().replace(&root, "")).collect()
        }

        fn value(&self, key: &str) -> Option<String> {
            self.layers().merged?.value_of(key)?.as_text().map(str::to_owned)
        }
    }

    #[test]
    fn what_a_file_says_wins_over_what_lies_beneath_and_later_files_over_earlier_ones() {
        let files = Files::with(&[
            ("top.yaml", "extends: [a.yaml, b.yaml]\nx-top: top"),
            ("a.yaml", "x-top: a\nx-b: a\nx-a: a\nx-base: a\nextends: [base/base.yaml]"),
            ("b.yaml", "x-top: b\nx-b: b\nextends: [base/base.yaml]"),
            ("base/base.yaml", "x-base: base\nx-only: base"),
        ]);
        let values = ["x-top", "x-a", "x-b", "x-only"].map(|key| files.value(key));
        assert_eq!(values, ["top", "a", "b", "base"].map(|value| Some(value.to_owned())));
        // The base lies beneath both, and once.
        assert_eq!(files.value("x-base").as_deref(), Some("a"));
        let beneath = files.layers().beneath;
        let names: Vec<_> = beneath.iter().filter_map(|file| file.path.file_name()).collect();
        assert_eq!(names, ["base.yaml", "a.yaml", "b.yaml"]);
        assert_eq!(files.value(EXTENDS), None);
    }

    #[test]
    fn an_address_is_told_as_what_cannot_be_extended() {
        for address in ["https://example.com/a.yaml", "s3://bucket/a.yaml", "file:///a.yaml"] {
            let files = Files::with(&[("top.yaml", &format!("extends: [\"{address}\"]"))]);
            let faults = files.faults();
            let [fault] = &faults[..] else { panic!("{faults:?}") };
            assert!(fault.contains("only files on this machine can be extended"), "{fault}");
        }
    }

    #[test]
    fn files_that_extend_each_other_in_a_circle_are_told_as_one() {
        let circle = Files::with(&[
            ("top.yaml", "extends: [a.yaml]"),
            ("a.yaml", "\nextends: [b.yaml]"),
            ("b.yaml", "extends: [./a.yaml]"),
        ]);
        let told = "b.yaml:1:11: files extend each other in a circle: `a.yaml` extends `b.yaml` extends `a.yaml`";
        assert_eq!(circle.faults(), [told]);
        assert_eq!(circle.layers().merged, None);
        let itself = Files::with(&[("top.yaml", "extends: [top.yaml]")]);
        assert_eq!(itself.faults(), ["top.yaml:1:11: `top.yaml` extends itself"]);
    }

    #[test]
    fn what_cannot_be_a_layer_is_told_where_it_is_named() {
        for (text, says) in [
            ("extends: [none.yaml]", "top.yaml:1:11: `none.yaml` does not exist"),
            (
                "extends: base.yaml",
                "top.yaml:1:10: `extends` needs a list of environment files, not text",
            ),
            ("extends:", "top.yaml:1:1: `extends` has no value"),
            ("extends: [{}]", "top.yaml:1:11: a file's path is needed, not a mapping"),
            ("extends: ['']", "top.yaml:1:11: a file's path is needed, not text"),
        ] {
            let files = Files::with(&[("top.yaml", text), ("base.yaml", "x-a: 1")]);
            assert_eq!(files.faults(), [says]);
            assert_eq!(files.layers().merged, None, "{text}");
        }
    }

    #[test]
    fn a_layer_that_is_no_mapping_is_told() {
        for (text, kind) in [("- a", "a list"), ("text", "text")] {
            let files = Files::with(&[("top.yaml", "extends: [base.yaml]"), ("base.yaml", text)]);
            let told = format!("base.yaml:1:1: an environment file is a mapping, not {kind}");
            assert_eq!(files.faults(), [told]);
        }
    }

    #[test]
    fn what_names_more_files_than_anyone_keeps_is_refused_at_once() {
        let many = format!("extends: [{}]", "none.yaml, ".repeat(100_000));
        let files = Files::with(&[("top.yaml", &many)]);
        let told = "top.yaml:1:1111: more than 100 files lie beneath one";
        assert_eq!(files.faults(), [told]);
        let chain: Vec<(String, String)> = (0..200)
            .map(|at| (format!("{at}.yaml"), format!("extends: [{}.yaml]", at + 1)))
            .chain([("top.yaml".to_owned(), "extends: [0.yaml]".to_owned())])
            .collect();
        let chain: Vec<(&str, &str)> =
            chain.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let told = "99.yaml:1:11: more than 100 files lie beneath one";
        assert_eq!(Files::with(&chain).faults(), [told]);
    }

    #[test]
    fn nothing_outside_of_the_root_is_read() {
        let files =
            Files::with(&[("in/top.yaml", "extends: [../out.yaml]"), ("out.yaml", "x-a: 1")]);
        let root = files.0.path().join("in");
        let file = document::read(&root.join("top.yaml"), MOST_BYTES).expect("read");
        let layers = Layers::of(&file, Some(&root));
        assert_eq!(layers.faults[0].message, "`../out.yaml` leads outside");
        assert!(layers.beneath.is_empty());
    }
}
