//! Parameters whose values stand in the parameter store: `AWS::SSM::Parameter::Value<…>`.
//!
//! Source: the CloudFormation user guide, "Specify existing resources at runtime with CloudFormation-supplied
//! parameter types".

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::definition::StackParameter;
use crate::name::Region;
use crate::sandbox::wire::Refusal;
use crate::sandbox::world::{SandboxAccount, name_key};

/// Names that AWS itself puts into every account's parameter store.
const PUBLIC: [&str; 2] = ["/aws/service/", "/aws/reference/"];
/// The version that the bootstrap stack of the AWS CDK leaves behind, as in an account that has one.
const BOOTSTRAPPED: (&str, &str) = ("/cdk-bootstrap/", "30");

/// The parameter store of an account and Region.
pub struct StoredValues<'a> {
    pub account: &'a SandboxAccount,
    pub region: &'a Region,
}

/// Returns the type that a stored value must have, of a parameter type that names a stored one.
pub fn stored_type(parameter_type: &str) -> Option<&str> {
    parameter_type.strip_prefix("AWS::SSM::Parameter::Value<")?.strip_suffix('>')
}

impl StoredValues<'_> {
    /// Gives every parameter that names a stored one that one's value.
    ///
    /// # Errors
    /// If one is not there.
    pub fn resolve(
        &self,
        template: &Json,
        parameters: &mut BTreeMap<String, StackParameter>,
    ) -> Result<(), Refusal> {
        let mut missing = Vec::new();
        for (name, parameter) in parameters {
            let declared = template["Parameters"][name]["Type"].as_str().unwrap_or_default();
            let Some(stored_type) = stored_type(declared) else { continue };
            parameter.stored = self.value(&parameter.value, stored_type);
            if parameter.stored.is_none() {
                missing.push(parameter.value.clone());
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        Err(Refusal::validation(format!(
            "Unable to fetch parameters [{}] from parameter store for this account.",
            missing.join(",")
        )))
    }

    /// Returns what the store holds under a name, or under `name:version`; the latest version alone is kept.
    pub fn value(&self, name: &str, stored_type: &str) -> Option<String> {
        let (plain, version) = name.split_once(':').unwrap_or((name, ""));
        let key = name_key("AWS::SSM::Parameter", Some(self.region), plain);
        let is_kept = |latest: u64| match version {
            "" => true,
            version => version.parse().is_ok_and(|version: u64| (1..=latest).contains(&version)),
        };
        let stored = self.account.parameters.get(&key).filter(|stored| is_kept(stored.version));
        let own = stored.map(|stored| stored.value.clone());
        let is_public = PUBLIC.iter().any(|begins| name.starts_with(begins));
        let is_of_bootstrap = name.starts_with(BOOTSTRAPPED.0) && name.ends_with("/version");
        own.or_else(|| is_of_bootstrap.then(|| BOOTSTRAPPED.1.to_owned()))
            .or_else(|| is_public.then(|| self.public(name, stored_type)))
    }

    /// Returns a value that AWS might publish under this name.
    fn public(&self, name: &str, stored_type: &str) -> String {
        match stored_type {
            "AWS::EC2::Image::Id" => IMAGE.to_owned(),
            _ if name.contains("ami") => IMAGE.to_owned(),
            _ => format!("made-up-by-the-sandbox-in-{}", self.region),
        }
    }
}

/// The id of the one machine image that there is.
const IMAGE: &str = "ami-0123456789abcdef0";

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn resolved(declared: &str, value: &str) -> Result<Option<String>, String> {
        let account = SandboxAccount::empty("100000000001".parse().expect("an id"));
        let region: Region = "eu-central-1".parse().expect("a Region");
        let template = json!({ "Parameters": { "P": { "Type": declared } } });
        let given = StackParameter {
            value: value.to_owned(),
            stored: None,
            is_list: false,
            is_secret: false,
        };
        let mut parameters = BTreeMap::from([("P".to_owned(), given)]);
        let values = StoredValues { account: &account, region: &region };
        let done = values.resolve(&template, &mut parameters);
        done.map(|()| parameters["P"].stored.clone()).map_err(|refusal| refusal.message)
    }

    #[test]
    fn what_aws_publishes_has_a_value_and_what_nobody_stored_is_refused() {
        let image = "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>";
        let named = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64";
        assert_eq!(resolved(image, named), Ok(Some(IMAGE.to_owned())));
        let text = "AWS::SSM::Parameter::Value<String>";
        assert!(resolved(text, "/aws/service/global").is_ok_and(|value| value.is_some()));
        assert_eq!(
            resolved(text, "/own/name").unwrap_err(),
            "Unable to fetch parameters [/own/name] from parameter store for this account."
        );
        assert_eq!(resolved("String", "/own/name"), Ok(None));
    }
}
