//! What a job wants, as its action is configured.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde_json::Value as Json;

use crate::document::{Fault, Faults, did_you_mean, quoted};
use crate::environment::{Environment, OnFailure, Text};
use crate::plan::{self, Plan, Selection};

/// The keys of an action's configuration.
const KEYS: [&str; 5] = ["Environment", "Accounts", "Stacks", "OnFailure", "PlanOnly"];

/// The key of `UserParameters` for the pipeline's execution: a function is not told of it otherwise.
const EXECUTION: &str = "PipelineExecution";

/// What a job wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The environment files, as paths within the artifact.
    pub files: Vec<PathBuf>,
    /// Only accounts whose name or id matches one of these.
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
        /// The key.
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
        /// The key.
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

impl Wanted {
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

    /// Resolves the plan from the files in the folder that the artifact was unpacked to. Whoever may
    /// write the artifact is not trusted with what else this machine holds: no file outside of the folder
    /// is read, of the environment neither AWS's variables, which may be keys, nor a proxy's password, and no profile is used: that may
    /// be another one's, and run a program here.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn plan(&self, folder: &Path) -> Result<Plan, Faults> {
        let mut environments = Vec::new();
        let mut faults = Vec::new();
        for file in &self.files {
            match Environment::load(&folder.join(file)) {
                Ok(environment) => environments.push(environment),
                Err(found) => faults.extend(found.0),
            }
        }
        faults.extend(environments.iter().flat_map(profiles));
        if !faults.is_empty() {
            return Err(Faults(faults));
        }
        let selection = Selection::parse(&self.accounts, &self.stacks, &[])?;
        plan::resolve_within(Some(folder), &environments, &selection, &variable)
    }
}

/// Returns the faults of a file that names profiles of the machine that works on it.
fn profiles(environment: &Environment) -> Vec<Fault> {
    let of_accounts = environment.accounts.iter().map(|account| ("profile", &account.profile));
    let all = of_accounts.chain([("source.profile", &environment.source.profile)]);
    let named = all.filter_map(|(key, profile)| Some((key, profile.as_ref()?)));
    let fault = |(key, profile): (&str, &Text)| {
        Fault::at(&profile.place, format!("`{key}` is not taken from a pipeline's artifact"))
            .with_label("a profile of the machine that works on the job")
            .with_help(
                "leave it out: accounts are entered from the worker's own credentials, through \
                 `assume-role`",
            )
    };
    named.map(fault).collect()
}

/// Returns a variable of this process's environment that an artifact may read.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| may_be_read(name, value))
}

/// Whether an artifact may read a variable: none of AWS's, which may be keys, and no proxy's password.
fn may_be_read(name: &str, value: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let has_password = name.ends_with("_PROXY") && value.contains('@');
    !name.starts_with("AWS_") && !has_password
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

    fn of(pairs: &[(&str, &str)]) -> Result<Wanted, ConfigurationError> {
        Wanted::of(&pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn every_key_is_read_and_lists_are_parted_at_commas() {
        let wanted = of(&[
            ("Environment", "environments/test.yaml, environments/prod.yaml"),
            ("Accounts", "dev,pay*"),
            ("Stacks", " app "),
            ("OnFailure", "rollback-run"),
            ("PlanOnly", "True"),
        ]);
        let wanted = wanted.expect("it is right");
        assert_eq!(wanted.files.len(), 2);
        assert_eq!(wanted.accounts, ["dev", "pay*"]);
        assert_eq!(wanted.stacks, ["app"]);
        assert_eq!(wanted.on_failure, Some(OnFailure::RollbackRun));
        assert!(wanted.plan_only);
        let least = of(&[("Environment", "e.yaml"), ("OnFailure", ""), ("PlanOnly", "")]);
        let expected = Wanted { files: vec!["e.yaml".into()], ..Wanted::default() };
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
            Wanted::of_user_parameters("Environment=e.yaml").expect_err("no JSON").to_string(),
            Wanted::of_user_parameters(r#"{"Environment": 1}"#).expect_err("a number").to_string(),
        ];
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn an_artifact_reads_nothing_outside_of_its_folder_and_none_of_the_machines_keys() {
        let machine = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(machine.path().join("secret"), "s3cr3t").expect("it takes files");
        let folder = machine.path().join("files");
        std::fs::create_dir(&folder).expect("it takes folders");
        std::fs::write(folder.join("app.yaml"), "Resources: { T: { Type: 'AWS::SNS::Topic' } }\n")
            .expect("it takes files");
        let head = "environment: e\nassume-role: { name: r }\nregions: [eu-central-1]\n\
                    accounts: { dev: '100000000001' }\nstacks:\n  app: { template: app.yaml, ";
        let secret = machine.path().join("secret");
        for (rest, expected) in [
            ("tags: { t: '${file:../secret}' } }".to_owned(), "leads outside"),
            (format!("tags: {{ t: '${{file:{}}}' }} }}", secret.display()), "leads outside"),
            ("stack-policy: ../secret }".to_owned(), "leads outside"),
            ("tags: { t: '${env:AWS_SECRET_ACCESS_KEY}' } }".to_owned(), "is not set"),
            ("tags: { t: '${env:PATH}' } }".to_owned(), ""),
        ] {
            std::fs::write(folder.join("e.yaml"), format!("{head}{rest}\n")).expect("a file");
            let wanted = of(&[("Environment", "e.yaml")]).expect("it is right");
            match wanted.plan(&folder) {
                Ok(_) => assert_eq!(expected, "", "{rest}"),
                Err(faults) => {
                    let shown = faults.render(false, 80);
                    assert!(!expected.is_empty() && shown.contains(expected), "{rest}: {shown}");
                    assert!(!shown.contains("s3cr3t"), "{shown}");
                }
            }
        }
    }

    #[test]
    fn an_artifact_reads_neither_keys_nor_the_password_of_a_proxy() {
        for (name, value, expected) in [
            ("PATH", "/bin", true),
            ("AWS_SESSION_TOKEN", "t", false),
            ("aws_secret_access_key", "k", false),
            ("HTTPS_PROXY", "http://proxy.example:3128", true),
            ("HTTPS_PROXY", "http://me:secret@proxy.example:3128", false),
            ("https_proxy", "me:secret@proxy.example", false),
            ("MAIL", "me@example.com", true),
        ] {
            assert_eq!(may_be_read(name, value), expected, "{name}={value}");
        }
    }

    #[test]
    fn user_parameters_are_the_same_keys_as_json() {
        let text = r#"{"Environment": ["a.yaml", "b.yaml"], "PlanOnly": true, "Accounts": "dev"}"#;
        let wanted = Wanted::of_user_parameters(text).expect("it is right");
        let same = [("Environment", "a.yaml,b.yaml"), ("PlanOnly", "true"), ("Accounts", "dev")];
        assert_eq!(Ok(wanted), of(&same));
    }
}
