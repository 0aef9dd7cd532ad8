//! What the transforms that a template names make of it.

use serde_json::{Value as Json, json};

use super::known_values::KnownValues;
use super::loops::{self, LANGUAGE_EXTENSIONS};
use super::macros::{lift, names};
use super::serverless::{self, SERVERLESS};

/// What a template became.
#[derive(Clone, Debug)]
pub struct Transformed {
    pub template: Json,
    /// Why one of its transforms failed; the template wants nothing then.
    pub failure: Option<String>,
}

/// Returns what a template becomes.
pub fn transformed(mut template: Json, values: &KnownValues<'_>) -> Transformed {
    lift(&mut template);
    if names(&template).any(|name| name == LANGUAGE_EXTENSIONS)
        && let Err(fault) = loops::expand(&mut template, values)
    {
        for section in ["Conditions", "Resources", "Outputs"] {
            template[section] = json!({});
        }
        let failure = format!("Transform {LANGUAGE_EXTENSIONS} failed with: {fault}");
        return Transformed { template, failure: Some(failure) };
    }
    if names(&template).any(|name| name == SERVERLESS) {
        serverless::expand(&mut template);
    }
    Transformed { template, failure: None }
}
