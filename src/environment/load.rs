//! From a path to an environment, or to everything that is wrong with its file.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::file::environment;
use super::mention::Known;
use super::model::Environment;
use super::reader::Reader;
use super::shape::{Record, Shape};
use crate::document::{self, Faults, Key, Place, SourceFile};

/// The largest environment file that is read; one of 10,000 accounts is smaller.
const MOST_BYTES: usize = 4 * 1024 * 1024;

const FILE: Record<Environment> =
    Record { needed: "a mapping with `environment`", keys: environment };

impl Environment {
    /// Reads the environment file at `path`.
    ///
    /// # Errors
    /// Everything that is wrong with the file, each with its place.
    pub fn load(path: &Path) -> Result<Self, Faults> {
        Self::from_source(&document::read(path, MOST_BYTES)?)
    }

    /// Reads an environment file whose text is at hand.
    ///
    /// # Errors
    /// Everything that is wrong with the file, each with its place.
    pub fn from_source(file: &Arc<SourceFile>) -> Result<Self, Faults> {
        let root = document::parse(file)?;
        // What the file as a whole lacks is shown at its beginning.
        let start = Place { file: file.clone(), span: 0..0 };
        let whole = Key { text: String::new(), place: start };
        let mut reader = Reader::default();
        let environment = FILE.read(&mut reader, &whole, &root);
        Known::of(&root).check(&reader.mentions, &mut reader.faults);
        match (environment, reader.faults.into_faults()) {
            (_, Some(faults)) => Err(faults),
            (Some(environment), None) => Ok(environment),
            (None, None) => unreachable!("a file without a value has a fault"),
        }
    }
}

/// Returns the JSON Schema (draft 2020-12) of the environment file, for editors.
pub fn schema() -> Json {
    let mut schema = Map::from_iter([
        ("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema")),
        ("title".to_owned(), json!("xdeploy environment file")),
    ]);
    schema.extend(FILE.schema());
    Json::Object(schema)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::environment::{OutputScope, Piece, Reference, RoleChoice, Text};

    /// Every key that is supported.
    const WHOLE: &str = include_str!("whole.yaml");

    fn read(text: &str) -> Result<Environment, Faults> {
        let file = SourceFile { path: "prod.yaml".into(), text: text.to_owned() };
        Environment::from_source(&Arc::new(file))
    }

    /// Returns the faults of `text` as a person reads them.
    fn shown(text: &str) -> String {
        read(text).expect_err("a fault").render(false, 80)
    }

    /// Returns a file that is free of faults but for what `lines` hold.
    fn with(lines: &str) -> String {
        let accounts =
            if lines.contains("accounts:\n") { "" } else { "accounts: { dev: 100000000001 }\n" };
        let stacks = if lines.contains("stacks:\n") {
            ""
        } else {
            "stacks: { app: { template: app.yaml } }\n"
        };
        format!("environment: prod\n{lines}{accounts}{stacks}")
    }

    fn literal(text: &Text) -> &str {
        match &text.pieces[..] {
            [Piece::Literal(literal)] => literal,
            other => panic!("{other:?} is not one literal"),
        }
    }

    #[test]
    fn a_file_with_every_key_is_read_as_it_is_written() {
        let environment = read(WHOLE).expect("no faults");
        assert_eq!(environment.name.value.as_str(), "prod");
        let ids: Vec<&str> = environment.accounts.iter().map(|a| a.id.value.as_str()).collect();
        assert_eq!(ids, ["000000000012", "100000000004"]);
        let payments = &environment.accounts[1];
        assert_eq!(payments.regions.as_ref().expect("its own").len(), 2);
        assert!(matches!(payments.assume_role.role, Some(RoleChoice::Arn(_))));
        assert_eq!(payments.assume_role.duration, Some(Duration::from_secs(900)));
        let [role, app] = &environment.stacks[..] else { panic!("two stacks") };
        assert_eq!(role.key.value.as_str(), "cross-account-role");
        assert_eq!(app.timeout, Some(Duration::from_secs(1800)));
        assert_eq!(app.depends_on[0].value, role.key.value);
        assert_eq!(literal(&app.parameters[1].1), "a,b");
        assert_eq!(literal(&app.parameters[2].1), "00.10");
        assert_eq!(
            app.parameters[0].1.pieces,
            [Piece::Reference(Reference::Output {
                stack: role.key.value.clone(),
                key: "RoleArn".to_owned(),
                scope: OutputScope::Everywhere,
            })]
        );
    }

    #[test]
    fn a_file_that_leaves_out_all_it_may_is_read() {
        let environment = read(&with("")).expect("no faults");
        assert_eq!(environment.stacks[0].accounts, None);
        assert!(environment.regions.is_empty());
    }

    #[test]
    fn what_is_missing_is_shown() {
        insta::assert_snapshot!(shown("regions: [eu-central-1]\nstacks: { app: {} }\n"));
    }
}
