//! What `xdeploy outputs` prints.
//!
//! The JSON form is a tree: environment, account, Region, stack, output. `--query` and `jq` walk
//! it: `prod.dev."eu-central-1".app.RoleArn` is one output, `prod.*.*.app.RoleArn | [][]` the same
//! one from every account. A stack that is not there is not in the tree; one without outputs is
//! `{}`. A list under `_uncertain`, where there is one, names the outputs in which `?` may stand for another
//! character; `_sandbox` is there, and true, where the stacks stand in the sandbox.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::query::QueryError;
use super::{portable_yaml, query, variable_files};
use crate::foreign::{self, cell, visible};
use crate::name::InstanceId;
use crate::report::text::table::columns;

/// The outputs of a stack that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceOutputs {
    /// Which stack instance.
    pub instance: InstanceId,
    /// Its outputs by name.
    pub outputs: BTreeMap<String, String>,
}

/// The outputs of every stack that stands, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutputsView {
    /// The outputs of each stack instance, in the plan's order.
    pub stacks: Vec<InstanceOutputs>,
    /// The paths of outputs in which `?` may stand for a character that CloudFormation does not show, as
    /// `prod/dev/eu-central-1/app/Name`.
    pub uncertain: Vec<String>,
    /// Whether they stand in the embedded sandbox.
    pub is_sandbox: bool,
}

/// The shape that outputs are printed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputsSyntax {
    /// The tree as JSON, indented.
    Json,
    /// The tree as YAML.
    Yaml,
    /// A line per output: environment, account, Region, stack, name and value, apart by tabs; one lone
    /// value of a query as it is.
    Text,
    /// `ACCOUNT_REGION_STACK_NAME='value'`, for a shell to read.
    Env,
    /// The same variables as a file of GitHub's, `$GITHUB_OUTPUT` or `$GITHUB_ENV`.
    Github,
    /// The same variables as a dotenv file.
    Dotenv,
    /// Aligned columns, for people.
    Table,
}

/// Says why outputs cannot be printed as asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutputsError {
    /// The query has no answer.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// Two outputs would be one variable.
    #[error(
        "`{first}` and `{second}` would both be the variable `{variable}`: name them with `--query \
         '{{NAME: …}}'`"
    )]
    SameVariable {
        /// The name that two outputs would share.
        variable: String,
        /// The path of one output.
        first: String,
        /// The path of the other.
        second: String,
    },
    /// A lone value has no name to make a variable of.
    #[error(
        "a single value has no name to make a variable of: give it one with --query '{{NAME: …}}'"
    )]
    Nameless,
    /// No line of a dotenv file is read alike by all who read such files.
    #[error(
        "`{path}` cannot be written so that all readers of dotenv files read the same: it holds {what}; \
         leave it out with --query, or take --output json, env or github"
    )]
    NotDotenv {
        /// The path of the output.
        path: String,
        /// What it holds.
        what: &'static str,
    },
}

/// Writes the line of a variable, or says what its value holds that cannot be written.
type VariableLine = fn(&str, &str) -> Result<String, &'static str>;

impl OutputsView {
    /// Returns the tree: environment, account, Region, stack, output.
    pub fn tree(&self) -> Value {
        let mut tree = Map::new();
        for stack in &self.stacks {
            let id = &stack.instance;
            let path = [id.environment.as_str(), id.account.as_str(), id.region.as_str()];
            let branch = path.iter().fold(&mut tree, |branch, name| {
                let below = branch.entry(*name).or_insert_with(|| json!({}));
                below.as_object_mut().expect("the first three levels are objects")
            });
            branch.insert(id.stack.to_string(), json!(stack.outputs));
        }
        Value::Object(tree)
    }

    /// Returns the tree, and where there are outputs that may be others than CloudFormation answers, a list of
    /// them under `_uncertain`; of the sandbox `_sandbox` as well. Neither is an environment's name.
    fn marked(&self) -> Value {
        let mut tree = self.tree();
        if let (Value::Object(tree), false) = (&mut tree, self.uncertain.is_empty()) {
            tree.insert("_uncertain".to_owned(), json!(self.uncertain));
        }
        if let (Value::Object(tree), true) = (&mut tree, self.is_sandbox) {
            tree.insert("_sandbox".to_owned(), json!(true));
        }
        tree
    }

    /// Returns the outputs in a shape, or what `expression` makes of their tree; it ends with a
    /// line break unless there is nothing.
    ///
    /// Where they are variables, the environment is part of a variable's name only if there are several.
    ///
    /// # Errors
    /// The query has no answer, or the answer cannot be made into variables.
    pub fn text(
        &self,
        shape: OutputsSyntax,
        expression: Option<&str>,
    ) -> Result<String, OutputsError> {
        let answer = expression.map(|text| query::query(text, &self.tree())).transpose()?;
        match (shape, answer) {
            (OutputsSyntax::Json, answer) => {
                Ok(json_text(&answer.unwrap_or_else(|| self.marked())))
            }
            (OutputsSyntax::Yaml, answer) => {
                Ok(yaml_text(&answer.unwrap_or_else(|| self.marked())))
            }
            (OutputsSyntax::Text, Some(answer)) => Ok(query::tab_separated(&answer)),
            (OutputsSyntax::Text, None) => {
                Ok(self.rows().map(|row| row.map(|text| cell(&text)).join("\t") + "\n").collect())
            }
            (OutputsSyntax::Env, answer) => {
                self.variable_lines(answer, |name, value| Ok(shell(name, value)))
            }
            (OutputsSyntax::Github, answer) => {
                self.variable_lines(answer, |name, value| Ok(variable_files::github(name, value)))
            }
            (OutputsSyntax::Dotenv, answer) => self.variable_lines(answer, variable_files::dotenv),
            (OutputsSyntax::Table, Some(answer)) => {
                let row = |(path, value): (Vec<String>, String)| vec![path.join("."), value];
                let rows: Vec<_> = leaves(&answer).into_iter().map(row).collect();
                Ok(columns(&["NAME", "VALUE"], &rows))
            }
            (OutputsSyntax::Table, None) => {
                let rows: Vec<_> = self.rows().map(|row| row.to_vec()).collect();
                let heading = ["ENVIRONMENT", "ACCOUNT", "REGION", "STACK", "OUTPUT", "VALUE"];
                Ok(if rows.is_empty() { String::new() } else { columns(&heading, &rows) })
            }
        }
    }

    /// Returns the outputs as variables: `ACCOUNT_REGION_STACK_NAME` to its value, in order.
    pub fn variables(&self) -> Vec<(String, String)> {
        let leaves = leaves(&self.named_tree()).into_iter();
        leaves.map(|(path, value)| (variable_name(&path), value)).collect()
    }

    fn variable_lines(
        &self,
        answer: Option<Value>,
        line: VariableLine,
    ) -> Result<String, OutputsError> {
        variables(&answer.unwrap_or_else(|| self.named_tree()), line)
    }

    fn rows(&self) -> impl Iterator<Item = [String; 6]> {
        self.stacks.iter().flat_map(|stack| {
            let InstanceId { environment, account, region, stack: key } = &stack.instance;
            let place = [environment.to_string(), account.to_string(), region.to_string()];
            stack.outputs.iter().map(move |(name, value)| {
                let [environment, account, region] = place.clone();
                [environment, account, region, key.to_string(), name.clone(), value.clone()]
            })
        })
    }

    /// Returns the tree without its environment, if it has only one.
    fn named_tree(&self) -> Value {
        match self.tree() {
            Value::Object(tree) if tree.len() == 1 => tree.into_values().next().unwrap_or_default(),
            tree => tree,
        }
    }
}

fn json_text(value: &Value) -> String {
    format!("{value:#}\n")
}

fn yaml_text(value: &Value) -> String {
    let text = portable_yaml::text(value);
    // JSON is YAML in which every value stays on its line.
    if foreign::screen(&text) == text { text } else { foreign::yaml(&json_text(value)) }
}

/// Returns every scalar under `value` with its path of names and positions.
fn leaves(value: &Value) -> Vec<(Vec<String>, String)> {
    let below = |name: &str, value: &Value| -> Vec<(Vec<String>, String)> {
        let longer = |(path, text): (Vec<String>, String)| {
            (std::iter::once(name.to_owned()).chain(path).collect(), text)
        };
        leaves(value).into_iter().map(longer).collect()
    };
    match value {
        Value::Object(members) => members.iter().flat_map(|(key, item)| below(key, item)).collect(),
        Value::Array(items) => {
            let items = items.iter().enumerate();
            items.flat_map(|(position, item)| below(&position.to_string(), item)).collect()
        }
        scalar => vec![(Vec::new(), query::scalar(scalar))],
    }
}

fn variables(value: &Value, line: VariableLine) -> Result<String, OutputsError> {
    let mut paths: BTreeMap<String, String> = BTreeMap::new();
    let mut text = String::new();
    for (path, value) in leaves(value) {
        if path.is_empty() {
            return Err(OutputsError::Nameless);
        }
        let variable = variable_name(&path);
        let path = visible(&path.join("/"));
        if let Some(first) = paths.get(&variable) {
            return Err(OutputsError::SameVariable {
                variable,
                first: first.clone(),
                second: path,
            });
        }
        let line = line(&variable, &value);
        text.push_str(&line.map_err(|what| OutputsError::NotDotenv { path: path.clone(), what })?);
        paths.insert(variable, path);
    }
    Ok(text)
}

/// Returns a name that every shell accepts: capitals, digits and `_`, not starting with a digit.
fn variable_name(path: &[String]) -> String {
    let joined = path.join("_");
    let name = joined.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' });
    let name: String = name.map(|c| c.to_ascii_uppercase()).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}

/// Returns a line for a shell: in single quotes it leaves everything as it is.
fn shell(variable: &str, value: &str) -> String {
    format!("{variable}='{}'\n", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::recorded::id;

    fn stack(path: &str, outputs: &[(&str, &str)]) -> InstanceOutputs {
        let outputs = outputs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        InstanceOutputs { instance: id(path), outputs }
    }

    fn view() -> OutputsView {
        let stacks = vec![
            stack("test/network", &[("VpcId", "vpc-2")]),
            stack("test/app", &[]),
            stack("dev/network", &[("Account", "012345678901"), ("VpcId", "vpc-1")]),
        ];
        OutputsView { stacks, ..OutputsView::default() }
    }

    #[test]
    fn every_shape_holds_every_output() {
        let shapes = [
            OutputsSyntax::Json,
            OutputsSyntax::Yaml,
            OutputsSyntax::Text,
            OutputsSyntax::Env,
            OutputsSyntax::Github,
            OutputsSyntax::Dotenv,
            OutputsSyntax::Table,
        ];
        let all = shapes.map(|shape| {
            format!("{shape:?}\n{}", view().text(shape, None).expect("no query, no clash"))
        });
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn the_yaml_reads_back_as_the_tree() {
        let yaml = view().text(OutputsSyntax::Yaml, None).expect("no query");
        let read: Value = yaml_serde::from_str(&yaml).expect("YAML");
        assert_eq!(read, view().tree());
    }

    #[test]
    fn a_query_walks_the_tree() {
        for (expression, text) in [
            (r#"prod.dev."eu-central-1".network.VpcId"#, "vpc-1\n"),
            ("prod.*.*.network.VpcId | [][]", "vpc-1\tvpc-2\n"),
            ("prod.nowhere", "None\n"),
        ] {
            assert_eq!(view().text(OutputsSyntax::Text, Some(expression)).as_deref(), Ok(text));
        }
    }

    #[test]
    fn a_query_names_variables() {
        let expression = r#"{vpc: prod.dev."eu-central-1".network.VpcId}"#;
        assert_eq!(
            view().text(OutputsSyntax::Env, Some(expression)).as_deref(),
            Ok("VPC='vpc-1'\n")
        );
        let nameless = view().text(OutputsSyntax::Env, Some(r#"'x'"#));
        assert_eq!(nameless, Err(OutputsError::Nameless));
    }

    #[test]
    fn two_outputs_never_become_one_variable() {
        let stacks = vec![stack("dev/a-b", &[("C", "1")]), stack("dev/a_b", &[("C", "2")])];
        let error = OutputsView { stacks, ..OutputsView::default() }
            .text(OutputsSyntax::Env, None)
            .expect_err("both are A_B_C");
        assert_eq!(
            error.to_string(),
            "`dev/eu-central-1/a-b/C` and `dev/eu-central-1/a_b/C` would both be the variable \
             `DEV_EU_CENTRAL_1_A_B_C`: name them with `--query '{NAME: …}'`"
        );
    }

    #[test]
    fn a_shell_reads_back_what_was_put_out() {
        let value = "it's $HOME `x` \"y\"\nnext";
        let text = OutputsView {
            stacks: vec![stack("1st/app", &[("Key", value)])],
            ..OutputsView::default()
        }
        .text(OutputsSyntax::Env, None)
        .expect("no clash");
        let script = format!("{text}printf %s \"$_1ST_EU_CENTRAL_1_APP_KEY\"");
        let shell = std::process::Command::new("sh").args(["-c", &script]).output().expect("sh");
        assert_eq!(String::from_utf8(shell.stdout).as_deref(), Ok(value));
    }

    #[test]
    fn several_environments_stand_in_the_names() {
        let stacks = vec![stack("prod/dev/a", &[("C", "1")]), stack("stage/dev/a", &[("C", "2")])];
        let text = OutputsView { stacks, ..OutputsView::default() }
            .text(OutputsSyntax::Env, None)
            .expect("no clash");
        assert_eq!(text, "PROD_DEV_EU_CENTRAL_1_A_C='1'\nSTAGE_DEV_EU_CENTRAL_1_A_C='2'\n");
    }

    #[test]
    fn nothing_put_out_is_still_json() {
        assert_eq!(OutputsView::default().text(OutputsSyntax::Json, None).as_deref(), Ok("{}\n"));
        assert_eq!(OutputsView::default().text(OutputsSyntax::Table, None).as_deref(), Ok(""));
    }
}
