//! A value with references, of any text: read by itself, and as a parameter of an environment.

use std::sync::Arc;

use xdeploy::document::{Faults, Place, SourceFile};
use xdeploy::environment::{Piece, Text};

use super::{environment, show};

/// Reads a value's references.
pub fn read(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    alone(text);
    environment::read(in_a_file(text).as_bytes());
}

/// Reads the text where it stands letter by letter, and where it does not.
fn alone(text: &str) {
    for (before, after) in [("key: ", "\n"), ("key: \"", "\"\n"), ("", "")] {
        let whole = format!("{before}{text}{after}");
        let span = before.len()..before.len() + text.len();
        let file = Arc::new(SourceFile { path: "file.yaml".into(), text: whole });
        let place = Place { file, span };
        check(text, &place);
        check(text, &Place { span: 0..0, ..place });
    }
}

fn check(text: &str, place: &Place) {
    let (read, faults) = Text::parse(text, place);
    let is_literal = |piece: &Piece| matches!(piece, Piece::Literal(_));
    let pairs = read.pieces.windows(2);
    assert!(pairs.into_iter().all(|two| !two.iter().all(is_literal)), "literals are joined");
    if !faults.is_empty() {
        show(&Faults(faults));
    }
}

/// Returns an environment in which a variable and a parameter have this value.
fn in_a_file(text: &str) -> String {
    let value = serde_json::to_string(text).expect("a text becomes JSON");
    format!(
        "environment: prod\nsource: {{ account: '999999999999' }}\n\
         assume-role: {{ name: deployer }}\nregions: [eu-central-1, eu-west-1]\n\
         accounts: {{ dev: '100000000001', prod: '100000000002' }}\nvariables: {{ tier: {value} }}\n\
         stacks:\n  app-settings: {{ template: ../stacks/app-settings.yaml }}\n  \
         app:\n    template: ../stacks/app.yaml\n    tags: {{ is: '${{variables.tier}}' }}\n    \
         parameters: {{ TableName: {value} }}\n"
    )
}
