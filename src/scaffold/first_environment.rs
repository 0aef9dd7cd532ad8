//! What the files of a first environment hold.

use std::path::PathBuf;

use super::new_files::NewFile;
use crate::name::{AccountId, AccountName, EnvironmentName, Region};
use crate::organization::UnitPattern;

/// The stack that a first environment makes: a role that the source account may assume.
const ROLE_TEMPLATE: &str = include_str!("../../stacks/cross-account-role.yaml");

/// What git is to leave out: state of runs and of the sandbox.
const IGNORED: &str = "/.xdeploy\n";

/// What is known of an environment before it has a file.
#[derive(Clone, Debug)]
pub struct FirstEnvironment {
    /// Its name, which its file has as well.
    pub name: EnvironmentName,
    /// The account whose credentials start a run.
    pub source_account: AccountId,
    /// Accounts by name, in the order of the file.
    pub accounts: Vec<(AccountName, AccountId)>,
    /// Units of the organization whose accounts belong to it as well.
    pub units: Vec<UnitPattern>,
    /// The Regions that stacks go to.
    pub regions: Vec<Region>,
    /// The name of the role that is entered in each account, with its path.
    pub role: String,
}

impl FirstEnvironment {
    /// Returns the path of its environment file, in the folder that all files stand in.
    pub fn path(&self) -> PathBuf {
        format!("environments/{}.yaml", self.name).into()
    }

    /// Returns its files; `schema` is the JSON Schema of environment files.
    pub fn files(&self, schema: String) -> Vec<NewFile> {
        let file = |path: &str, text, may_stand| NewFile { path: path.into(), text, may_stand };
        vec![
            NewFile { path: self.path(), text: self.text(), may_stand: false },
            file("environments/schema.json", schema, true),
            file("stacks/cross-account-role.yaml", ROLE_TEMPLATE.to_owned(), false),
            file(".gitignore", IGNORED.to_owned(), true),
        ]
    }

    fn text(&self) -> String {
        let Self { source_account, .. } = self;
        let (name, role) = (scalar(self.name.as_str()), scalar(&self.role));
        let regions: Vec<&str> = self.regions.iter().map(Region::as_str).collect();
        let regions = regions.join(", ");
        let listed = self.listed();
        format!(
            r##"# yaml-language-server: $schema=schema.json
# Which accounts there are, how they are entered, and which stacks they get. Editors complete the keys by the schema.
environment: {name}

# The account whose credentials start a run: those that are found must belong to it.
source:
  account: "{source_account}"

# The role that is entered in each account, with those credentials. It must be there, and trust the source account.
assume-role:
  name: {role}

# The Regions that stacks go to, unless an account or a stack has `regions` of its own.
regions: [{regions}]

{listed}
# Tags of every stack.
tags: {{ environment: "${{environment}}" }}

stacks:
  # A further role in each account, that the source account may assume. Replace it by what you want to deploy.
  cross-account-role:
    template: ../stacks/cross-account-role.yaml # relative to this file
    parameters:
      SourceAccountNumber: "${{source.account}}"

# Which accounts come first: those of the second wave begin once those of the first ended well.
# rollout:
#   waves: [[{first}], ["*"]]
"##,
            first = scalar(self.accounts.first().map_or("dev", |(name, _)| name.as_str())),
        )
    }

    /// Returns the keys that say which accounts there are.
    fn listed(&self) -> String {
        let mut text = String::new();
        if !self.accounts.is_empty() {
            text.push_str("# The accounts by name.\naccounts:\n");
            for (name, id) in &self.accounts {
                text.push_str(&format!("  {}: \"{id}\"\n", scalar(name.as_str())));
            }
        }
        if !self.units.is_empty() {
            let units = self.units.iter().map(|unit| json(&unit.to_string()));
            text.push_str(&format!(
                "{}# The accounts of these units of AWS Organizations: `/*` takes their child units, `/**` all beneath.\n\
                 organization:\n  units: [{}]\n",
                if text.is_empty() { "" } else { "\n" },
                units.collect::<Vec<_>>().join(", ")
            ));
        }
        text
    }
}

/// Returns a text as a scalar of YAML that is read as this text, wherever it stands: as it is, or in quotes.
fn scalar(text: &str) -> String {
    let is_word = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    let means_more = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    match is_word && !means_more.contains(&text.to_ascii_lowercase().as_str()) {
        true => text.to_owned(),
        false => json(text),
    }
}

fn json(text: &str) -> String {
    serde_json::to_string(text).expect("a text is JSON")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::document::SourceFile;
    use crate::environment::{Environment, RoleChoice};

    fn read(first: &FirstEnvironment) -> (NewFile, Environment) {
        let file = first.files(String::new()).into_iter().next().expect("there are files");
        let source = SourceFile { path: file.path.clone(), text: file.text.clone() };
        let read = Environment::from_source(&Arc::new(source));
        let read = read.unwrap_or_else(|faults| panic!("{}", faults.render(false, 80)));
        (file, read)
    }

    #[test]
    fn names_that_mean_more_in_yaml_are_quoted() {
        for (name, role) in
            [("null", "@dev"), ("123", "null"), ("on", "a+b=c,d"), ("n", "1e3"), ("1_0", "-x")]
        {
            let first = FirstEnvironment {
                name: name.parse().expect("a name"),
                source_account: "999999999999".parse().expect("an id"),
                accounts: vec![(
                    "no".parse().expect("a name"),
                    "000000000012".parse().expect("an id"),
                )],
                units: Vec::new(),
                regions: vec!["eu-central-1".parse().expect("a Region")],
                role: role.to_owned(),
            };
            let (file, read) = read(&first);
            assert_eq!(read.name.value.as_str(), name);
            let RoleChoice::Name(read) = read.assume_role.role.expect("it names one") else {
                panic!("{}", file.text)
            };
            assert_eq!(read.place.written().trim_matches('"'), role, "{}", file.text);
        }
    }

    #[test]
    fn what_is_written_is_read_as_it_is_meant() {
        let accounts = [("dev", "000000000012"), ("123", "100000000002"), ("no", "100000000003")];
        let first = FirstEnvironment {
            name: "prod".parse().expect("a name"),
            source_account: "999999999999".parse().expect("an id"),
            accounts: accounts
                .map(|(name, id)| (name.parse().expect("a name"), id.parse().expect("an id")))
                .to_vec(),
            units: Vec::new(),
            regions: ["eu-central-1", "eu-west-1"].map(|it| it.parse().expect("a Region")).to_vec(),
            role: "team/deployer".to_owned(),
        };
        let (file, read) = read(&first);
        assert_eq!(file.path.to_str(), Some("environments/prod.yaml"));
        let listed: Vec<(&str, &str)> =
            read.accounts.iter().map(|it| (it.name.value.as_str(), it.id.value.as_str())).collect();
        assert_eq!(listed, accounts);
        assert_eq!(read.regions.len(), 2);
        insta::assert_snapshot!(file.text);
    }
}
