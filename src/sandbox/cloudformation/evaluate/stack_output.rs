//! `Fn::GetStackOutput`: the output of another stack of the account, in any Region.
//!
//! Source: the CloudFormation template reference, "Fn::GetStackOutput". Whether the operation's principal may describe
//! the other stack is not asked.

use serde_json::{Value as Json, json};

use super::scope::TemplateScope;
use crate::name::Region;

impl TemplateScope<'_> {
    pub(super) fn stack_output(&self, argument: &Json) -> Result<Json, String> {
        let given = |key: &str| match &argument[key] {
            Json::Null => Ok(None),
            value => self.text(value).map(Some),
        };
        let required = |key: &str| {
            let missing =
                || format!("Template error: Fn::GetStackOutput requires the attribute {key}");
            given(key)?.ok_or_else(missing)
        };
        let (stack, output) = (required("StackName")?, required("OutputName")?);
        let account = given("RoleArn")?.and_then(|role| Some(role.split(':').nth(4)?.to_owned()));
        if account.is_some_and(|account| account != self.stack.account.as_str()) {
            return Err("the sandbox does not offer Fn::GetStackOutput from another account; on AWS it may \
                        well work"
                .to_owned());
        }
        let region = match given("Region")? {
            None => self.stack.region.clone(),
            Some(region) => region
                .parse::<Region>()
                .map_err(|_| format!("Template error: {region} is not a Region"))?,
        };
        let outputs = self.others.outputs.get(&(region, stack.clone()));
        let outputs = outputs.ok_or_else(|| format!("Stack with id {stack} does not exist"))?;
        let value = outputs.get(&output).map(|value| json!(value));
        value.ok_or_else(|| format!("Output '{output}' not found in stack '{stack}'"))
    }
}
