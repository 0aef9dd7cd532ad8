//! The configuration of an action: what its jobs are asked for, by the pipeline that contains it.

use std::collections::BTreeMap;
use std::path::{Component, PathBuf};

use serde_json::Value as Json;

use crate::document::{did_you_mean, quoted};
use crate::environment::OnFailure;

/// The keys of an action's configuration.
const KEYS: [&str; 5] = ["Environment", "Accounts", "Stacks", "OnFailure", "PlanOnly"];

/// The key of `UserParameters` for the pipeline's execution: a function is not told of it otherwise.
const EXECUTION: &str = "PipelineExecution";

/// What an action is configured with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ActionConfiguration {
    /// The environment files, as paths within the artifact.
    pub files: Vec<PathBuf>,
    /// Only accounts whose name, id or group matches one of these; `!` takes away.
    pub accounts: Vec<String>,
    /// Only stacks whose key matches one of these.
    pub stacks: Vec<String>,
    /// What a failure stops, instead of what the files say.
    pub on_failure: Option<OnFailure>,
    /// Whether nothing is changed, only shown what would be.
    pub plan_only: bool,
    /// The id of the pipeline's execution, where the job itself does not say.
    pub execution: Option<String>,
}

/// Says what is wrong with an action's configuration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigurationError {
    /// A key that must be there.
    #[error(
        "the action's configuration has no `Environment`: name the environment file in the artifact"
    )]
    NoEnvironment,
    /// A key that is not known.
    #[error("the action's configuration has an unknown key {}{}", quoted(key), help.as_deref().map_or_else(String::new, |help| format!(": {help}")))]
    UnknownKey {
        /// The key, as the action has it.
        key: String,
        /// What may have been meant.
        help: Option<String>,
    },
    /// A file outside the artifact.
    #[error(
        "{} in `Environment` is not a path within the artifact: it is relative and has no `..`",
        quoted(path)
    )]
    Outside {
        /// As it was given.
        path: String,
    },
    /// A word that is none of those that are known.
    #[error("{} is no value of `{key}`, which is one of {}", quoted(value), known.join(", "))]
    UnknownWord {
        /// The key, as the action has it.
        key: &'static str,
        /// As it was given.
        value: String,
        /// What can be given.
        known: Vec<&'static str>,
    },
    /// The parameters of a function's action.
    #[error(
        "`UserParameters` must be a JSON object, such as {{\"Environment\": \"environments/prod.yaml\"}}: {reason}"
    )]
    UserParameters {
        /// Why they are none.
        reason: String,
    },
}

impl ActionConfiguration {
    /// Returns what the configuration of a custom action wants.
    ///
    /// # Errors
    /// If a key is missing or unknown, or a value cannot be.
    pub fn of(configuration: &BTreeMap<String, String>) -> Result<Self, ConfigurationError> {
        if let Some(key) = configuration.keys().find(|key| !KEYS.contains(&key.as_str())) {
            let help = did_you_mean(key, KEYS);
            return Err(ConfigurationError::UnknownKey { key: key.clone(), help });
        }
        let given = |key| configuration.get(key).map_or("", |value| value.trim());
        let files: Vec<&str> = listed(given("Environment")).collect();
        if files.is_empty() {
            return Err(ConfigurationError::NoEnvironment);
        }
        let texts = |key| listed(given(key)).map(str::to_owned).collect();
        Ok(Self {
            files: files.into_iter().map(within).collect::<Result<_, _>>()?,
            accounts: texts("Accounts"),
            stacks: texts("Stacks"),
            on_failure: one_of("OnFailure", given("OnFailure"), OnFailure::WORDS)?,
            plan_only: one_of("PlanOnly", given("PlanOnly"), &[("true", true), ("false", false)])?
                .unwrap_or_default(),
            execution: None,
        })
    }

    /// Returns what the `UserParameters` of a function's action want: the same keys, as JSON.
    ///
    /// # Errors
    /// As [`of`](Self::of), and if it is no JSON object of texts.
    pub fn of_user_parameters(text: &str) -> Result<Self, ConfigurationError> {
        let wrong = |reason: String| ConfigurationError::UserParameters { reason };
        let read: BTreeMap<String, Json> =
            serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let texts = read.into_iter().map(|(key, value)| match said(&value) {
            Some(text) => Ok((key, text)),
            None => Err(wrong(format!("`{key}` is neither a text nor a list of texts"))),
        });
        let mut configuration = texts.collect::<Result<BTreeMap<_, _>, _>>()?;
        let execution = configuration.remove(EXECUTION).filter(|id| !id.is_empty());
        Ok(Self { execution, ..Self::of(&configuration)? })
    }
}

/// Returns the parts of a list that is separated by commas.
fn listed(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|part| !part.is_empty())
}

/// Returns the value of a JSON member as the configuration of a custom action has it.
fn said(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.clone()),
        Json::Bool(whether) => Some(whether.to_string()),
        Json::Array(items) => {
            let texts: Option<Vec<&str>> = items.iter().map(Json::as_str).collect();
            texts.map(|texts| texts.join(","))
        }
        Json::Null | Json::Number(_) | Json::Object(_) => None,
    }
}

/// Returns a path that stays within the folder it is relative to.
fn within(text: &str) -> Result<PathBuf, ConfigurationError> {
    let path = PathBuf::from(text);
    let stays = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    match path.components().all(stays) {
        true => Ok(path),
        false => Err(ConfigurationError::Outside { path: text.to_owned() }),
    }
}

/// Returns what a word means; an empty one means nothing.
fn one_of<T: Copy>(
    key: &'static str,
    word: &str,
    words: &[(&'static str, T)],
) -> Result<Option<T>, ConfigurationError> {
    if word.is_empty() {
        return Ok(None);
    }
    let meant = words.iter().find(|(known, _)| known.eq_ignore_ascii_case(word));
    meant.map(|(_, meaning)| Some(*meaning)).ok_or_else(|| ConfigurationError::UnknownWord {
        key,
        value: word.to_owned(),
        known: words.iter().map(|(known, _)| *known).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Result<ActionConfiguration, ConfigurationError> {
        ActionConfiguration::of(
            &pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect(),
        )
    }

    #[test]
    fn every_key_is_read_and_lists_are_parted_at_commas() {
        let read = of(&[
            ("Environment", "environments/test.yaml, environments/prod.yaml"),
            ("Accounts", "dev,pay*"),
            ("Stacks", " app "),
            ("OnFailure", "rollback-run"),
            ("PlanOnly", "True"),
        ]);
        let read = read.expect("it is right");
        assert_eq!(read.files.len(), 2);
        assert_eq!(read.accounts, ["dev", "pay*"]);
        assert_eq!(read.stacks, ["app"]);
        assert_eq!(read.on_failure, Some(OnFailure::RollbackRun));
        assert!(read.plan_only);
        let least = of(&[("Environment", "e.yaml"), ("OnFailure", ""), ("PlanOnly", "")]);
        let expected =
            ActionConfiguration { files: vec!["e.yaml".into()], ..ActionConfiguration::default() };
        assert_eq!(least, Ok(expected));
    }

    #[test]
    fn what_is_wrong_is_named_with_what_to_do() {
        let said = |pairs: &[(&str, &str)]| of(pairs).expect_err("it is wrong").to_string();
        let all = [
            said(&[]),
            said(&[("Environment", " , ")]),
            said(&[("Enviroment", "e.yaml")]),
            said(&[("Environment", "../e.yaml")]),
            said(&[("Environment", "/etc/e.yaml")]),
            said(&[("Environment", "e.yaml"), ("OnFailure", "explode")]),
            said(&[("Environment", "e.yaml"), ("PlanOnly", "1")]),
            ActionConfiguration::of_user_parameters("Environment=e.yaml")
                .expect_err("no JSON")
                .to_string(),
            ActionConfiguration::of_user_parameters(r#"{"Environment": 1}"#)
                .expect_err("a number")
                .to_string(),
        ];
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn user_parameters_are_the_same_keys_as_json() {
        let text = r#"{"Environment": ["a.yaml", "b.yaml"], "PlanOnly": true, "Accounts": "dev"}"#;
        let read = ActionConfiguration::of_user_parameters(text).expect("it is right");
        let same = [("Environment", "a.yaml,b.yaml"), ("PlanOnly", "true"), ("Accounts", "dev")];
        assert_eq!(Ok(read), of(&same));
    }
}
