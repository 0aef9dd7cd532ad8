//! `GetParameter`, `GetParameters` and `GetParametersByPath`: parameters are read.

use serde_json::{Value as Json, json};

use super::put::TYPE;
use super::refusals::{missing, not_found, validation};
use crate::name::{AccountId, Region};
use crate::sandbox::cloudformation::{parameter_arn, published};
use crate::sandbox::wire::Refusal;
use crate::sandbox::world::{SandboxAccount, Settings, StoredParameter, name_key};

/// What stands for the value of a secure parameter that is not asked for in plain.
const ENCRYPTED: &str = "AQICAHgmade-up-by-the-sandbox==";

/// The most names of one request, and the most parameters of a page of a path.
const MOST_NAMES: usize = 10;

/// What is read, and where.
pub struct ParameterReader<'r> {
    /// The account that is asked.
    pub account: &'r SandboxAccount,
    /// The Region that is asked.
    pub region: &'r Region,
    /// What the request says.
    pub input: &'r Json,
    /// How the sandbox behaves.
    pub settings: &'r Settings,
}

impl ParameterReader<'_> {
    /// `GetParameter`.
    ///
    /// # Errors
    /// If there is no such parameter, or not in this version.
    pub fn one(&self, asked: &str) -> Result<Json, Refusal> {
        let (name, version) = split(name_of(asked, &self.account.id, self.region));
        let Some(parameter) = self.shown(name) else { return Err(not_found()) };
        let is_kept =
            version.is_none_or(|version| parameter["Version"].as_u64() == version.parse().ok());
        if is_kept {
            return Ok(json!({ "Parameter": parameter }));
        }
        let message = format!(
            "Systems Manager could not find version {} of {name}. Verify the version and try again.",
            version.unwrap_or_default()
        );
        Err(Refusal::bad_request("ParameterVersionNotFound", message))
    }

    /// `GetParameters`: those that are there, and the names of those that are not.
    ///
    /// # Errors
    /// If there are no names, or more than a request may have.
    pub fn several(&self) -> Result<Json, Refusal> {
        let names = names(self.input)?;
        let (mut found, mut invalid) = (Vec::new(), Vec::new());
        for name in names {
            match self.one(name) {
                Ok(mut one) => found.push(one["Parameter"].take()),
                Err(_) => invalid.push(name),
            }
        }
        Ok(json!({ "Parameters": found, "InvalidParameters": invalid }))
    }

    /// `GetParametersByPath`: a page of the parameters beneath a path.
    ///
    /// # Errors
    /// If the path is none, or the page asked for does not exist.
    pub fn by_path(&self) -> Result<Json, Refusal> {
        let path = self.input["Path"].as_str().ok_or_else(|| missing("path"))?;
        if !path.starts_with('/') {
            return Err(validation(
                "The parameter path must begin with a forward slash, and names are made of letters, numbers and \
                 .-_/",
            ));
        }
        let begins = format!("{}/", path.trim_end_matches('/'));
        let is_recursive = self.input["Recursive"] == json!(true);
        let prefix = name_key(TYPE, Some(self.region), "");
        let names = self.account.parameters.keys().filter_map(|key| key.strip_prefix(&prefix));
        let beneath = names.filter(|name| {
            let rest = name.strip_prefix(&begins);
            rest.is_some_and(|rest| is_recursive || !rest.contains('/'))
        });
        let all: Vec<&str> = beneath.collect();
        let most = self.input["MaxResults"].as_u64().map_or(MOST_NAMES, |most| most as usize);
        let most = most.clamp(1, MOST_NAMES);
        let from = match self.input["NextToken"].as_str() {
            None => 0,
            Some(token) => {
                token.parse().ok().filter(|from| *from < all.len()).ok_or_else(|| {
                    Refusal::bad_request("InvalidNextToken", "The specified token isn't valid.")
                })?
            }
        };
        let page: Vec<Json> =
            all.iter().skip(from).take(most).filter_map(|name| self.shown(name)).collect();
        let mut answer = json!({ "Parameters": page });
        if from + most < all.len() {
            answer["NextToken"] = json!((from + most).to_string());
        }
        Ok(answer)
    }

    /// Returns a parameter as it is answered: one of the account, one that AWS publishes, or one that is made up.
    fn shown(&self, name: &str) -> Option<Json> {
        if let Some(own) = self.account.parameters.get(&name_key(TYPE, Some(self.region), name)) {
            return Some(self.with_value(name, own));
        }
        let published = published(name, self.region).or_else(|| {
            self.settings.made_up_values.parameter(&self.account.id, self.region, name)
        })?;
        let (kind, changed) = ("String".to_owned(), jiff::Timestamp::UNIX_EPOCH);
        let parameter = StoredParameter { kind, value: published, version: 1, changed };
        Some(self.with_value(name, &parameter))
    }

    fn with_value(&self, name: &str, parameter: &StoredParameter) -> Json {
        let is_decrypted = self.input["WithDecryption"] == json!(true);
        let is_hidden = parameter.kind == "SecureString" && !is_decrypted;
        let value = if is_hidden { ENCRYPTED } else { parameter.value.as_str() };
        json!({
            "Name": name,
            "Type": parameter.kind,
            "Value": value,
            "Version": parameter.version,
            "LastModifiedDate": parameter.changed.as_millisecond() as f64 / 1000.0,
            "ARN": parameter_arn(&self.account.id, self.region, name),
            "DataType": "text",
        })
    }
}

/// Returns the names that a request asks for.
///
/// # Errors
/// If there are none, or too many.
pub fn names(input: &Json) -> Result<Vec<&str>, Refusal> {
    let given = input["Names"].as_array().ok_or_else(|| missing("names"))?;
    if given.is_empty() || given.len() > MOST_NAMES {
        return Err(validation(format!(
            "1 validation error detected: Value at 'names' failed to satisfy constraint: Member must have \
             length less than or equal to {MOST_NAMES}"
        )));
    }
    Ok(given.iter().filter_map(Json::as_str).collect())
}

/// Returns a name, and the version behind it.
fn split(asked: &str) -> (&str, Option<&str>) {
    match asked.split_once(':') {
        Some((name, version)) => (name, Some(version)),
        None => (asked, None),
    }
}

/// Returns the name in what a request asks for: a name, or the ARN of one in this account and Region.
pub fn name_of<'n>(asked: &'n str, account: &AccountId, region: &Region) -> &'n str {
    let begins = parameter_arn(account, region, "/");
    match asked.strip_prefix(&begins) {
        // An ARN does not tell whether the name began with a slash; names within a folder do.
        Some(name) if name.contains('/') => &asked[begins.len() - 1..],
        Some(name) => name,
        None => asked,
    }
}
