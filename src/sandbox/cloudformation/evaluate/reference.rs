//! References: `Ref` and `Fn::GetAtt`.

use serde_json::{Value as Json, json};

use super::scope::TemplateScope;
use crate::sandbox::cloudformation::embedded;
use crate::sandbox::cloudformation::made_up::{self, MadeUp};
use crate::sandbox::cloudformation::resource_facts::Facts;
use crate::sandbox::cloudformation::resource_types;
use crate::sandbox::cloudformation::stack::Resource;
use crate::sandbox::cloudformation::template::attribute_path;
use crate::sandbox::cloudformation::transform::is_open;

impl TemplateScope<'_> {
    pub(super) fn reference(&self, name: &str) -> Result<Json, String> {
        let stack = self.stack;
        let partition = stack.region.partition();
        let text = match name {
            "AWS::AccountId" => stack.account.to_string(),
            "AWS::NotificationARNs" => return Ok(json!(stack.definition.notification_arns)),
            "AWS::NoValue" => return Ok(Json::Null),
            "AWS::Partition" => partition.to_string(),
            "AWS::Region" => stack.region.to_string(),
            "AWS::StackId" => stack.id.clone(),
            "AWS::StackName" => stack.name.clone(),
            "AWS::URLSuffix" => partition.dns_suffix().to_owned(),
            _ => {
                if let Some(parameter) = stack.definition.parameters.get(name) {
                    return Ok(match parameter.is_list {
                        true => {
                            parameter.resolved().split(',').map(|item| json!(item.trim())).collect()
                        }
                        false => Json::String(parameter.resolved().to_owned()),
                    });
                }
                let resource = stack.standing(name);
                let id = resource.map(|resource| resource.physical_id.clone());
                id.or_else(|| self.made_by_macro(name)).ok_or_else(|| {
                    format!("Unresolved resource dependencies [{name}] in the template")
                })?
            }
        };
        Ok(Json::String(text))
    }

    pub(super) fn attribute(&self, argument: &Json) -> Result<Json, String> {
        let path = attribute_path(argument.clone());
        let (name, attribute) = (path[0].as_str().unwrap_or_default(), self.text(&path[1])?);
        let Some(resource) = self.stack.standing(name) else {
            let made = self.made_by_macro(&format!("{name}-{attribute}"));
            return made.map(Json::String).ok_or_else(|| {
                format!(
                    "Template error: instance of Fn::GetAtt references undefined resource {name}"
                )
            });
        };
        if let Some(output) = attribute.strip_prefix("Outputs.")
            && embedded::is_carried_out(resource)
            && !resource.attributes.contains_key(&attribute)
            && !resource.has_made_up_outputs
        {
            return Err(format!("Output '{output}' not found in stack '{}'", resource.physical_id));
        }
        let known = resource.attributes.get(&attribute).map(|value| json!(value));
        let made_up = known.or_else(|| self.made_up(resource, &attribute));
        let made = || self.made_by_macro(&format!("{name}-{attribute}")).map(Json::String);
        made_up.or_else(made).ok_or_else(|| {
            format!(
                "Template error: resource {name} does not support attribute type {attribute} in \
                 Fn::GetAtt"
            )
        })
    }

    /// Returns a text for what only a macro of the template knows.
    fn made_by_macro(&self, name: &str) -> Option<String> {
        let is_made = is_open(&self.stack.definition.template);
        is_made.then(|| made_up::text(&format!("{}-{name}", self.stack.name)))
    }

    /// Returns an attribute of which no more than its name is known.
    fn made_up(&self, resource: &Resource, attribute: &str) -> Option<Json> {
        if !resource_types::may_have(&resource.resource_type, attribute, &resource.properties) {
            return None;
        }
        let own_name = resource.name.as_deref();
        let name = own_name.unwrap_or_else(|| embedded::name(&resource.physical_id));
        let output = attribute.starts_with("Outputs.").then(|| made_up::text(name));
        let facts = Facts {
            account: &self.stack.account,
            region: &self.stack.region,
            name: output.as_deref().unwrap_or(name),
            token: &resource.token,
            properties: &resource.properties,
        };
        let made_up = MadeUp { type_name: &resource.resource_type, facts };
        Some(made_up.attribute(attribute, &resource.physical_id))
    }
}
