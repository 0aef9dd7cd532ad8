//! From YAML text to a tree, by the parser's events.

use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::collection::{RepeatedKey, RepeatedKeys};
use super::fault::{Fault, Faults, Place, SourceFile};
use super::node::{Node, NodeValue};
use super::offsets::Offsets;
use super::rewritten::Rewritten;
use super::tree::Tree;
use crate::foreign;

/// Reads the one YAML or JSON document that `file` holds.
///
/// # Errors
/// Text that is not YAML, keys given twice, several documents or none, more than 64 levels or a
/// million values, aliases expanded.
pub fn parse(file: &Arc<SourceFile>) -> Result<Node, Faults> {
    match parse_despite_faults(file) {
        (Some(root), faults) if faults.is_empty() => Ok(root),
        (_, faults) => Err(Faults(faults)),
    }
}

/// Reads the document as [`parse`] does, and returns it as well if its faults leave it readable:
/// without the second of keys given twice. Who looks further in it finds all faults at once.
pub fn parse_despite_faults(file: &Arc<SourceFile>) -> (Option<Node>, Vec<Fault>) {
    match read(file, RepeatedKeys::AreFaults) {
        Ok(Tree { root, faults, .. }) => (root, faults),
        Err(faults) => (None, faults),
    }
}

/// How many values of further types are told.
const MOST_TYPES: usize = 100;

/// A document in which of keys given twice the last counts.
#[derive(Debug)]
pub struct LastKeyDocument {
    /// What it holds.
    pub root: Node,
    /// The keys that took the place of an earlier one; no more than anyone mends at once.
    pub repeated_keys: Vec<RepeatedKey>,
    /// Where the first alias stands.
    pub alias: Option<Place>,
    /// Where a merge key, `<<`, stands.
    pub merge_key: Option<Place>,
    /// The further types of YAML that values ask for, such as `!!binary`, and where.
    pub types: Vec<(String, Place)>,
}

/// Reads the document as [`parse`] does; of keys given twice the last counts.
///
/// # Errors
/// As [`parse`], but for such keys.
pub fn parse_last_key(file: &Arc<SourceFile>) -> Result<LastKeyDocument, Faults> {
    match read(file, RepeatedKeys::Replace).map_err(Faults)? {
        Tree { root: Some(root), faults, repeated_keys, alias, merge_key, types, .. }
            if faults.is_empty() =>
        {
            Ok(LastKeyDocument { root, repeated_keys, alias, merge_key, types })
        }
        Tree { faults, .. } => Err(Faults(faults)),
    }
}

fn read(file: &Arc<SourceFile>, repeated_keys: RepeatedKeys) -> Result<Tree, Vec<Fault>> {
    let mut text = Rewritten::of(&file.text);
    loop {
        let mut tree = Tree::new(repeated_keys);
        let places = Places { file, text: &text, offsets: Offsets::of(text.text()) };
        let (why, place) = match read_into(&mut tree, &places) {
            Ok(()) => return Ok(finish(tree, file)),
            Err(Stop::Fault(fault)) => {
                tree.faults.push(fault);
                return Err(tree.faults);
            }
            Err(Stop::NotYaml { why, place }) => (why, place),
        };
        if !text.rewrite(&why, place.span.start) {
            tree.faults.push(not_yaml(&place, &why));
            return Err(tree.faults);
        }
    }
}

/// Why reading stops.
enum Stop {
    Fault(Fault),
    NotYaml { why: String, place: Place },
}

fn read_into(tree: &mut Tree, places: &Places<'_, '_>) -> Result<(), Stop> {
    let mut documents = 0;
    for event in Parser::new_from_str(places.text.text()) {
        match event {
            Err(error) => {
                let place = places.at(Span::empty(*error.marker()));
                return Err(Stop::NotYaml { why: error.info().to_owned(), place });
            }
            Ok((Event::DocumentStart(_), span)) if documents == 1 => {
                let message = "a second document starts here, and a file holds one";
                let fault = Fault::at(&places.at(span), message).with_label("second document");
                return Err(Stop::Fault(fault));
            }
            Ok((Event::DocumentStart(_), _)) => documents += 1,
            Ok((mut event, span)) => {
                places.mend_last_line(&mut event, span);
                take(tree, event, &places.at(span)).map_err(Stop::Fault)?;
            }
        }
    }
    Ok(())
}

/// The file and how to find places in it.
struct Places<'f, 't> {
    file: &'f Arc<SourceFile>,
    text: &'f Rewritten<'t>,
    offsets: Offsets<'f>,
}

impl Places<'_, '_> {
    fn at(&self, span: Span) -> Place {
        let byte = |index: usize| self.text.written_at(self.offsets.byte(index));
        let start = byte(span.start.index());
        let end = byte(span.end.index()).max(start);
        Place { file: self.file.clone(), span: start..end }
    }

    /// Takes the line end from a block of text if the file ends within its last line: the parser adds one,
    /// which no other reader does.
    fn mend_last_line(&self, event: &mut Event<'_>, span: Span) {
        let Event::Scalar(block, ScalarStyle::Literal | ScalarStyle::Folded, ..) = event else {
            return;
        };
        let text = self.text.text();
        if text.ends_with('\n') || self.offsets.byte(span.end.index()) != text.len() {
            return;
        }
        let last_line = text.rsplit('\n').next().unwrap_or_default().trim_start_matches(' ');
        let end = if last_line.is_empty() { "\n" } else { last_line };
        if let Some(without) = block.strip_suffix('\n').filter(|without| without.ends_with(end)) {
            *block = without.to_owned().into();
        }
    }
}

fn take(tree: &mut Tree, event: Event<'_>, place: &Place) -> Result<(), Fault> {
    note_type(tree, &event, place);
    match event {
        Event::Scalar(text, style, anchor, tag) => {
            let is_str = tag.as_ref().is_some_and(|t| t.is_yaml_core_schema() && t.suffix == "str");
            let plain = style == ScalarStyle::Plain && !is_str;
            let value = NodeValue::Scalar { text: text.into_owned(), plain };
            tree.scalar(Node { place: place.clone(), tag: tag_text(tag.as_deref()), value }, anchor)
        }
        Event::SequenceStart(anchor, tag) => {
            let value = NodeValue::Sequence(Vec::new());
            tree.open(Node { place: place.clone(), tag: tag_text(tag.as_deref()), value }, anchor)
        }
        Event::MappingStart(anchor, tag) => {
            let value = NodeValue::Mapping(Vec::new());
            tree.open(Node { place: place.clone(), tag: tag_text(tag.as_deref()), value }, anchor)
        }
        Event::SequenceEnd | Event::MappingEnd => tree.close(place),
        Event::Alias(anchor) => tree.alias(anchor, place),
        Event::DocumentStart(_)
        | Event::DocumentEnd
        | Event::StreamStart
        | Event::StreamEnd
        | Event::Nothing => Ok(()),
    }
}

/// Takes note of a type that YAML 1.1 has and few readers know.
fn note_type(tree: &mut Tree, event: &Event<'_>, place: &Place) {
    const TYPES: [&str; 5] = ["binary", "omap", "pairs", "set", "timestamp"];
    let (Event::Scalar(_, _, _, tag) | Event::SequenceStart(_, tag) | Event::MappingStart(_, tag)) =
        event
    else {
        return;
    };
    let named = tag.as_ref().filter(|tag| tag.is_yaml_core_schema());
    let named = named.filter(|tag| TYPES.contains(&tag.suffix.as_ref()));
    if let Some(tag) = named.filter(|_| tree.types.len() < MOST_TYPES) {
        tree.types.push((tag.suffix.to_string(), place.clone()));
    }
}

/// Returns the tag without its `!`; none for `!!str` and its like, which the tree does not need.
fn tag_text(tag: Option<&Tag>) -> Option<String> {
    let tag = tag.filter(|tag| !tag.is_yaml_core_schema())?;
    let handle = tag.handle.trim_matches('!');
    Some(format!("{handle}{}", tag.suffix)).filter(|text| !text.trim_matches('!').is_empty())
}

fn not_yaml(place: &Place, why: &str) -> Fault {
    let fault = Fault::at(place, format!("this is not YAML: {why}"));
    let line = place.line();
    if line.trim_start_matches(' ').starts_with('\t') {
        fault.with_help("indent with spaces, not with tabs")
    } else if why.ends_with("invalid Unicode character escape code") {
        fault.with_help(
            "a `\\u` escape of `d800` to `dfff` is half a character: both halves stand together",
        )
    } else {
        fault.with_label("reading stops here")
    }
}

fn finish(mut tree: Tree, file: &Arc<SourceFile>) -> Tree {
    tree.root = tree.root.filter(|root| !root.is_null());
    if tree.root.is_none() && tree.faults.is_empty() {
        let message = format!("`{}` is empty", foreign::path(&file.path));
        tree.faults.push(Fault::of_file(&file.path, message));
    }
    tree
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(text: &str) -> Arc<SourceFile> {
        Arc::new(SourceFile { path: "x.yaml".into(), text: text.to_owned() })
    }

    /// Returns the tree as one line, to compare with.
    fn outline(node: &Node) -> String {
        let tag = node.tag.as_ref().map(|tag| format!("!{tag} ")).unwrap_or_default();
        match &node.value {
            NodeValue::Scalar { text, plain: true } => format!("{tag}{text}"),
            NodeValue::Scalar { text, plain: false } => format!("{tag}{text:?}"),
            NodeValue::Sequence(items) => {
                let items: Vec<String> = items.iter().map(outline).collect();
                format!("{tag}[{}]", items.join(", "))
            }
            NodeValue::Mapping(entries) => {
                let entries: Vec<String> =
                    entries.iter().map(|(k, v)| format!("{}: {}", k.text, outline(v))).collect();
                format!("{tag}{{{}}}", entries.join(", "))
            }
        }
    }

    fn outline_of(text: &str) -> String {
        match parse(&file(text)) {
            Ok(node) => outline(&node),
            Err(faults) => faults.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | "),
        }
    }

    #[test]
    fn scalars_keep_their_characters_and_tags() {
        for (text, says) in [
            ("id: 012345678901", "{id: 012345678901}"),
            ("id: '012'", r#"{id: "012"}"#),
            ("a: !!str 12", r#"{a: "12"}"#),
            ("a: !Sub '${x}'", r#"{a: !Sub "${x}"}"#),
            ("a: !GetAtt b.Arn", "{a: !GetAtt b.Arn}"),
            ("a: !Join [',', [b]]", r#"{a: !Join [",", [b]]}"#),
            ("a: !If\n  - b\n  - c: d\n", "{a: !If [b, {c: d}]}"),
            ("a: ! b", "{a: b}"),
            ("a: |\n  one\n  two\n", r#"{a: "one\ntwo\n"}"#),
            ("a: |\n  one\n  two", r#"{a: "one\ntwo"}"#),
            ("a: |\n  one\n  ", r#"{a: "one\n"}"#),
            ("a:\n  b: >\n    one\n    two", r#"{a: {b: "one two"}}"#),
            ("a: |\n  one\n# two", r#"{a: "one\n"}"#),
            ("a: 'b'# c\nd: [e,# f\ng]# h\n", r#"{a: "b", d: [e, g]}"#),
            (
                "[a, , ]",
                "x.yaml:1:5: this is not YAML: while parsing a node, did not find expected node content",
            ),
        ] {
            assert_eq!(outline_of(text), says, "{text}");
        }
    }

    #[test]
    fn json_is_read_as_it_is() {
        assert_eq!(
            outline_of("{\n\t\"a\": [1, true, null, \"\\u00e9\\/\\n\"],\n\t\"b\" : {}\n}\n"),
            "{a: [1, true, null, \"é/\\n\"], b: {}}"
        );
        let escaped = r#"{"é\ud83d\ude00": "x\\ud83d \uD83D\uDE00\ud83d\ude01", "b": 1}"#;
        assert_eq!(outline_of(escaped), r#"{é😀: "x\\ud83d 😀😁", b: 1}"#);
        let file = file(escaped);
        let root = parse(&file).expect("JSON");
        let b = root.value_of("b").expect("b");
        assert_eq!(&file.text[b.place.span.clone()], "1");
    }

    #[test]
    fn half_a_character_is_no_json() {
        for half in [r#"{"a": "\ud83d"}"#, r#"{"a": "\ud83dx"}"#, r#"{"a": "\ude00\ud83d"}"#] {
            let faults = parse(&file(half)).expect_err(half);
            let help = faults.0[0].help.as_deref().expect("a help");
            assert!(help.contains("half a character"), "{help}");
        }
    }

    #[test]
    fn lines_inside_quotes_and_brackets_may_begin_anywhere() {
        for (text, says) in [
            ("a:\n    b: 'one\ntwo\n\n  three'\n    c: d\n", r#"{a: {b: "one two\nthree", c: d}}"#),
            ("a:\n    b: \"it's\n\\\"x\"\n    c: d\n", r#"{a: {b: "it's \"x", c: d}}"#),
            ("a:\n    b: 'it''s\n\"x'\n    c: d\n", r#"{a: {b: "it's \"x", c: d}}"#),
            ("a:\n    b: [\n1,\n'2\n3',\n]\n    c: d\n", r#"{a: {b: [1, "2 3"], c: d}}"#),
            (
                "a:\n  - b: !Sub {\n x: y z\n  w,\n}\n    c: d\n",
                "{a: [{b: !Sub {x: y z w}, c: d}]}",
            ),
            ("a: [\n\"x\"\n]\nb: {\n'c': 'd'\n}\n", r#"{a: ["x"], b: {c: "d"}}"#),
            (
                "a:\n  b: {\n\t\"c\": [\n\t\t\"1\"\n\t]\n}\n  d: 'e\n\tf'\n",
                r#"{a: {b: {c: ["1"]}, d: "e f"}}"#,
            ),
            (
                "a:\n\tb: c\n",
                "x.yaml:2:2: this is not YAML: tabs disallowed within this context (block indentation)",
            ),
            (
                "a:\n    b: [\n1\n    c: d\n",
                "x.yaml:4:6: this is not YAML: illegal placement of ':' indicator",
            ),
        ] {
            assert_eq!(outline_of(text), says, "{text}");
        }
        let file = file("é:\n    b: 'ü\nu'\n    c: [\nd]\n");
        let root = parse(&file).expect("YAML");
        let c = root.value_of("é").and_then(|a| a.value_of("c")).expect("c");
        assert_eq!(&file.text[c.place.span.clone()], "[\nd]");
        assert_eq!(c.items().expect("a list")[0].place.to_string(), "x.yaml:5:1");
    }

    #[test]
    fn a_file_of_lines_that_all_begin_too_far_left_is_read_or_refused_soon() {
        let quoted = format!("a:\n    b: '{}'\n", "x\n".repeat(100_000));
        assert!(parse(&file(&quoted)).is_ok());
        let listed = format!("a:\n    b: [\n{}]\n", "x,\n".repeat(100_000));
        let says = outline_of(&listed);
        assert!(says.contains("this is not YAML: invalid indentation"), "{says}");
        let tabs = format!(
            "a:\n    b: [\n{}]\n    c: '{}'\n",
            "\tx,\n".repeat(100),
            "\tx\n".repeat(9_000)
        );
        assert!(parse(&file(&tabs)).is_ok());
    }

    #[test]
    fn of_keys_given_twice_the_last_may_count() {
        let text = "a: 1\nb: {c: 1, d: [2], c: {e: 3}}\na: 3\na: 4\n";
        let document = parse_last_key(&file(text)).expect("YAML");
        assert_eq!(outline(&document.root), "{a: 4, b: {c: {e: 3}, d: [2]}}");
        let repeated = document.repeated_keys.iter();
        let told: Vec<String> = repeated
            .map(|RepeatedKey { key, first }| format!("{} of {first}", key.place))
            .collect();
        assert_eq!(told, ["x.yaml:2:19 of 9", "x.yaml:3:1 of 0", "x.yaml:4:1 of 0"]);
        assert_eq!(document.alias, None);
        let document = parse_last_key(&file("a: &x 1\nb: *x\nc: *x\n")).expect("YAML");
        assert_eq!(document.alias.expect("an alias").to_string(), "x.yaml:2:4");
        let document = parse_last_key(&file("a: {<<: {b: 1}}\nc: !!binary QQ==\nd: !!set {e}\n"));
        let document = document.expect("YAML");
        assert_eq!(document.merge_key.expect("a merge key").to_string(), "x.yaml:1:5");
        let types: Vec<String> =
            document.types.iter().map(|(name, place)| format!("{name} {place}")).collect();
        assert_eq!(types.len(), 2, "{types:?}");
        assert!(types[0].starts_with("binary x.yaml:2:") && types[1].starts_with("set x.yaml:3:"));
        assert!(parse_last_key(&file(&"a: 1\n".repeat(100_000))).is_ok());
        assert!(parse_last_key(&file("? [a]\n: b\n")).is_err());
        assert!(parse_last_key(&file("a: [\n")).is_err());
    }

    #[test]
    fn a_place_is_where_the_value_stands_even_after_wide_characters() {
        let file = file("é: '😀'\r\nb:\r\n  - ünd\r\n  - c\r\n\r\n");
        let root = parse(&file).expect("YAML");
        let text = |node: &Node| &file.text[node.place.span.clone()];
        assert_eq!(text(root.value_of("é").expect("é")), "'😀'");
        let items = root.value_of("b").expect("b").items().expect("a list");
        assert_eq!(items.iter().map(text).collect::<Vec<_>>(), ["ünd", "c"]);
        assert_eq!(text(root.value_of("b").expect("b")), "- ünd\r\n  - c");
        assert_eq!(items[0].place.to_string(), "x.yaml:3:5");
    }

    #[test]
    fn aliases_and_merge_keys_are_expanded() {
        for (text, says) in [
            ("a: &x [1]\nb: *x", "{a: [1], b: [1]}"),
            ("a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}", "{a: {k: 1, l: 2}, b: {k: 3, l: 2}}"),
            ("b: {<<: [{k: 1}, {k: 2, l: 2}]}", "{b: {k: 1, l: 2}}"),
            ("b: {'<<': 1}", "{b: {<<: 1}}"),
            ("b: {<<: 1}", "x.yaml:1:9: `<<` takes a mapping or a list of mappings"),
            ("a: &x [*x]", "x.yaml:1:8: an alias repeats a value that holds the alias itself"),
        ] {
            assert_eq!(outline_of(text), says, "{text}");
        }
    }

    #[test]
    fn every_key_given_twice_is_a_fault() {
        assert_eq!(
            outline_of("a: 1\nb: {c: 1, c: 2}\na: 3\n"),
            "x.yaml:2:11: `c` is given twice | x.yaml:3:1: `a` is given twice"
        );
        assert_eq!(
            outline_of("? [a]\n: b\nc: d"),
            "x.yaml:1:3: a key is text, not a list or a mapping"
        );
    }

    #[test]
    fn reading_stops_after_more_faults_than_anyone_mends() {
        let says = outline_of(&"a: 1\n".repeat(100_000));
        assert_eq!(says.matches("`a` is given twice").count(), 51);
    }

    #[test]
    fn a_file_holds_one_document() {
        assert_eq!(
            outline_of("a: 1\n---\nb: 1\n"),
            "x.yaml:2:1: a second document starts here, and a file holds one"
        );
        for text in ["", "# nothing\n", "---\n", "~"] {
            assert_eq!(outline_of(text), "`x.yaml` is empty");
        }
        assert_eq!(outline_of("---\na: 1\n...\n"), "{a: 1}");
    }

    #[test]
    fn a_bomb_is_refused_at_once() {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let alias = format!("*a{}", level - 1);
            let aliases = vec![alias; 10].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
        }
        assert!(outline_of(&text).contains("aliases expand to more than 100000 values"));

        let chain: String = (1..200).map(|i| format!("b{i}: &b{i} [*b{}]\n", i - 1)).collect();
        let says = outline_of(&format!("b0: &b0 [x]\n{chain}"));
        assert!(says.contains("more than 64 levels"), "{says}");
        for deep in ["[".repeat(100_000), "{a: ".repeat(100_000), "- ".repeat(100_000)] {
            assert!(parse(&file(&deep)).is_err());
        }
    }

    proptest! {
        #[test]
        fn how_far_lines_inside_quotes_and_brackets_are_indented_means_nothing(
            indents in prop::collection::vec(0..12usize, 6)
        ) {
            let text = |indents: &[usize]| {
                let at = |line: usize| " ".repeat(indents[line]);
                format!(
                    "é:\n    b: 'one\n{}two\n{}three'\n    c: [\n{}1,\n{}{{x: \"y\n{}z\"}},\n{}]\n    d: e\n",
                    at(0), at(1), at(2), at(3), at(4), at(5),
                )
            };
            prop_assert_eq!(outline_of(&text(&indents)), outline_of(&text(&[8; 6])));
            let file = file(&text(&indents));
            let root = parse(&file).expect("YAML");
            let d = root.value_of("é").and_then(|inner| inner.value_of("d")).expect("d");
            prop_assert_eq!(&file.text[d.place.span.clone()], "e");
        }

        #[test]
        fn whatever_the_text_every_place_lies_in_it(
            text in prop_oneof![
                "(?s).{0,80}",
                "[-a:{}\\[\\],&*!?|>'\"%#@ \\n\\t\\r\u{e9}\u{feff}<~0]{0,60}",
            ]
        ) {
            let file = file(&text);
            match parse(&file) {
                Ok(root) => check_places(&root, &text)?,
                Err(faults) => {
                    prop_assert!(!faults.0.is_empty());
                    for fault in &faults.0 {
                        if let Some(place) = &fault.place {
                            prop_assert!(text.get(place.span.clone()).is_some());
                        }
                    }
                    faults.render(false, 80);
                }
            }
        }
    }

    fn check_places(node: &Node, text: &str) -> Result<(), TestCaseError> {
        prop_assert!(text.get(node.place.span.clone()).is_some(), "{:?}", node);
        for (key, value) in node.entries().unwrap_or_default() {
            prop_assert!(text.get(key.place.span.clone()).is_some());
            check_places(value, text)?;
        }
        node.items().unwrap_or_default().iter().try_for_each(|item| check_places(item, text))
    }
}
