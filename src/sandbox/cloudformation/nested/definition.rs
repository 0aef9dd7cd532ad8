//! What a nested stack is to be, as its resource says.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value as Json;

use super::unknown_template;
use crate::sandbox::cloudformation::definition::Definition;
use crate::sandbox::cloudformation::engine::Engine;
use crate::sandbox::cloudformation::parameters::GivenValue;
use crate::sandbox::cloudformation::stack::{Resource, StoredStack};
use crate::sandbox::cloudformation::template_url::{TemplatePlace, bucket_and_key};
use crate::sandbox::cloudformation::{capabilities, request};
use crate::sandbox::iam::Authorizer;
use crate::sandbox::wire::Refusal;

/// What AWS says below every error of S3's.
const SEE: &str = "\nFor more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html";

impl Engine<'_> {
    /// Returns what a nested stack is to be, which is made up if its template stands in a bucket that the sandbox
    /// does not have.
    ///
    /// # Errors
    /// If its template cannot be read, or is not as CloudFormation wants it.
    pub(super) fn definition_of(
        &self,
        parent: &StoredStack,
        id: &str,
        resource: &Resource,
        at: Timestamp,
    ) -> Result<Definition, Refusal> {
        let properties = &resource.properties;
        let of_parent = &parent.definition;
        let given = given(&properties["Parameters"]);
        let capabilities = of_parent.capabilities.clone();
        let definition = match self.unknown_bucket(resource)? {
            Some(bucket) => {
                self.settings.made_up_stacks.note(&bucket, id);
                let made_up = unknown_template::definition(&bucket, id, given?, &parent.secrets);
                Definition { capabilities, ..made_up }
            }
            None => {
                let body = self.template_of(parent, properties, at)?;
                let stored = self.stored_values(&parent.region, parent.principal(), at);
                let definition = request::definition(body, given, capabilities, None, &stored)?;
                capabilities::check_expansion(&definition)?;
                definition
            }
        };
        Ok(Definition {
            tags: tags(&of_parent.tags, &properties["Tags"]),
            role_arn: of_parent.role_arn.clone(),
            notification_arns: texts(&properties["NotificationARNs"]),
            ..definition
        })
    }

    /// Returns the bucket of a nested stack's template, if the sandbox does not have it.
    ///
    /// # Errors
    /// If the address is none of S3's, or the stack has resources, which what is made up would do away with.
    fn unknown_bucket(&self, resource: &Resource) -> Result<Option<String>, Refusal> {
        let url = resource.properties["TemplateURL"].as_str().unwrap_or_default();
        let (bucket, _) = bucket_and_key(url)?;
        if self.owners.contains_key(&bucket) {
            return Ok(None);
        }
        let standing = self.nested(resource).filter(|nested| !nested.is_gone());
        if standing.is_some_and(|nested| !nested.definition.is_made_up) {
            return Err(Refusal::validation(format!(
                "S3 error: The specified bucket does not exist{SEE} (the sandbox has no bucket {bucket}; on AWS \
                 there may well be one)"
            )));
        }
        Ok(Some(bucket))
    }

    fn template_of(
        &self,
        parent: &StoredStack,
        properties: &Json,
        at: Timestamp,
    ) -> Result<String, Refusal> {
        let url = properties["TemplateURL"].as_str().unwrap_or_default();
        let reader = parent.principal().filter(|_| self.settings.resource_permissions);
        let partition = parent.region.partition();
        let place = TemplatePlace { account: self.account, store: self.others, partition };
        let text = place.read(url, |needed| {
            reader.is_none_or(|reader| {
                let authorizer = Authorizer::new(reader, self.account, at, self.settings);
                authorizer.check(needed, |_| {}).is_ok()
            })
        });
        text.map_err(|refusal| match refusal.message.starts_with("S3 error") {
            true => Refusal { message: refusal.message + SEE, ..refusal },
            false => refusal,
        })
    }
}

/// Returns the values that a resource gives to the parameters of its stack; lists are joined with commas.
fn given(parameters: &Json) -> Result<BTreeMap<String, GivenValue>, Refusal> {
    let text = |value: &Json| match value {
        Json::String(text) => Some(text.clone()),
        Json::Array(items) => {
            let items: Option<Vec<&str>> = items.iter().map(Json::as_str).collect();
            items.map(|items| items.join(","))
        }
        _ => None,
    };
    let given = parameters.as_object().into_iter().flatten();
    let given = given.map(|(name, value)| Some((name.clone(), GivenValue::Value(text(value)?))));
    given.collect::<Option<_>>().ok_or_else(|| {
        Refusal::validation(
            "Value of property Parameters must be an object with String (or simple type) properties",
        )
    })
}

/// Returns the tags of the stack above, with those that the resource gives.
fn tags(above: &BTreeMap<String, String>, own: &Json) -> BTreeMap<String, String> {
    let own = own.as_array().into_iter().flatten();
    let own = own.filter_map(|tag| Some((tag["Key"].as_str()?, tag["Value"].as_str()?)));
    let mut tags = above.clone();
    tags.extend(own.map(|(key, value)| (key.to_owned(), value.to_owned())));
    tags
}

fn texts(value: &Json) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
}
