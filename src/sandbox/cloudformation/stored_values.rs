//! Parameters whose values stand in the parameter store: `AWS::SSM::Parameter::Value<…>`.
//!
//! Source: the CloudFormation user guide, "Specify existing resources at runtime with CloudFormation-supplied
//! parameter types".

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::definition::StackParameter;
use super::engine::Engine;
use super::made_up;
use crate::name::{AccountId, Region};
use crate::sandbox::call::QueryCall;
use crate::sandbox::caller::SignedCaller;
use crate::sandbox::iam::{Authorizer, NeededPermission};
use crate::sandbox::wire::Refusal;
use crate::sandbox::world::{MadeUpValues, SandboxAccount, SoughtValue, ValuePlace, name_key};

/// Names that AWS itself puts into every account's parameter store.
const PUBLIC: [&str; 2] = ["/aws/service/", "/aws/reference/"];
/// The version that the bootstrap stack of the AWS CDK leaves behind, as in an account that has one.
const BOOTSTRAPPED: (&str, &str) = ("/cdk-bootstrap/", "30");

/// The action by which CloudFormation reads parameters.
pub const READING: &str = "ssm:GetParameters";

/// The parameter store of an account and Region.
pub struct StoredValues<'a> {
    pub account: &'a SandboxAccount,
    pub region: &'a Region,
    /// Decides whether who asks may read; without it, nobody is asked.
    pub reader: Option<Authorizer<'a>>,
    /// What stands in for values that nobody stored.
    pub made_up: &'a MadeUpValues,
}

/// Returns the ARN of a parameter, of which a version may be named; what AWS publishes is no account's.
pub fn arn(account: &AccountId, region: &Region, name: &str) -> String {
    if name.starts_with("arn:") {
        return name.to_owned();
    }
    let (name, _) = name.split_once(':').unwrap_or((name, ""));
    let is_public = PUBLIC.iter().any(|begins| name.starts_with(begins));
    let (partition, path) = (region.partition(), name.trim_start_matches('/'));
    let account = if is_public { "" } else { account.as_str() };
    format!("arn:{partition}:ssm:{region}:{account}:parameter/{path}")
}

/// Returns the type that a stored value must have, of a parameter type that names a stored one.
pub fn stored_type(parameter_type: &str) -> Option<&str> {
    parameter_type.strip_prefix("AWS::SSM::Parameter::Value<")?.strip_suffix('>')
}

impl Engine<'_> {
    /// Returns the parameter store of a Region, as far as somebody may read it.
    pub fn stored_values<'a>(
        &'a self,
        region: &'a Region,
        reader: Option<&'a SignedCaller>,
        at: Timestamp,
    ) -> StoredValues<'a> {
        let reader = reader.filter(|_| self.settings.resource_permissions);
        let reader = reader.map(|it| Authorizer::new(it, self.account, at, self.settings));
        let made_up = &self.settings.made_up_values;
        StoredValues { account: self.account, region, reader, made_up }
    }
}

impl<'a> StoredValues<'a> {
    /// Returns the parameter store of a call, as far as somebody may read it.
    pub fn of(call: &'a QueryCall<'_>, reader: &'a SignedCaller) -> Self {
        let account = call.store.account(&call.caller.account);
        let reader = call
            .settings
            .resource_permissions
            .then(|| Authorizer::new(reader, account, call.now, call.settings));
        let made_up = &call.settings.made_up_values;
        Self { account, region: &call.caller.region, reader, made_up }
    }
}

impl StoredValues<'_> {
    /// Gives every parameter that names a stored one that one's value.
    ///
    /// # Errors
    /// If one is not there, or may not be read.
    pub fn resolve(
        &self,
        template: &Json,
        parameters: &mut BTreeMap<String, StackParameter>,
    ) -> Result<(), Refusal> {
        let mut missing = Vec::new();
        for (name, parameter) in parameters {
            let declared = template["Parameters"][name]["Type"].as_str().unwrap_or_default();
            let Some(stored_type) = stored_type(declared) else { continue };
            self.permit(&parameter.value)?;
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

    /// Checks that a parameter may be read.
    ///
    /// # Errors
    /// If it may not, in the words that users report of parameter types.
    pub fn permit(&self, name: &str) -> Result<(), Refusal> {
        let arn = arn(&self.account.id, self.region, name);
        let needed = NeededPermission::new(READING, arn);
        match self.reader.map(|reader| reader.check_forwarded(&needed, &[])) {
            None | Some(Ok(())) => Ok(()),
            Some(Err(_)) => Err(Refusal::validation(format!(
                "AccessDenied. User doesn't have permission to call {READING}"
            ))),
        }
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
        let published = || match (published(name, self.region), stored_type) {
            (Some(_), "AWS::EC2::Image::Id") => Some(IMAGE.to_owned()),
            (published, _) => published,
        };
        own.or_else(published).or_else(|| {
            let (account, region) = (self.account.id.clone(), self.region.clone());
            let value = SoughtValue::Parameter(plain.to_owned());
            let made_up = || made_up_value(stored_type, plain, self.region);
            self.made_up.stand_in(ValuePlace { account, region, value }, made_up)
        })
    }
}

/// Returns a value that a stored parameter of a type may have.
fn made_up_value(stored_type: &str, name: &str, region: &Region) -> String {
    let of_list = stored_type.strip_prefix("List<").and_then(|rest| rest.strip_suffix('>'));
    if let Some(item) = of_list {
        let one = made_up_value(item, name, region);
        return format!("{one},{}", one.replace("def0", "def1"));
    }
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let text = made_up::text(name.trim_matches('-'));
    match stored_type {
        "CommaDelimitedList" => format!("{text},{text}"),
        "AWS::EC2::AvailabilityZone::Name" => format!("{region}a"),
        "AWS::EC2::Image::Id" => IMAGE.to_owned(),
        "AWS::EC2::Instance::Id" => "i-0123456789abcdef0".to_owned(),
        "AWS::EC2::SecurityGroup::Id" => "sg-0123456789abcdef0".to_owned(),
        "AWS::EC2::Subnet::Id" => "subnet-0123456789abcdef0".to_owned(),
        "AWS::EC2::VPC::Id" => "vpc-0123456789abcdef0".to_owned(),
        "AWS::EC2::Volume::Id" => "vol-0123456789abcdef0".to_owned(),
        "AWS::Route53::HostedZone::Id" => "Z0123456789ABCDEFGHIJ".to_owned(),
        _ => text,
    }
}

/// Returns a value that AWS might publish under a name, if it is one of those that AWS gives.
pub fn published(name: &str, region: &Region) -> Option<String> {
    if name.starts_with(BOOTSTRAPPED.0) && name.ends_with("/version") {
        return Some(BOOTSTRAPPED.1.to_owned());
    }
    let is_public = PUBLIC.iter().any(|begins| name.starts_with(begins));
    is_public.then(|| match name.contains("ami") {
        true => IMAGE.to_owned(),
        false => format!("made-up-by-the-sandbox-in-{region}"),
    })
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
        let made_up = &MadeUpValues::default();
        let values = StoredValues { account: &account, region: &region, reader: None, made_up };
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
