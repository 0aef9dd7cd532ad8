//! The `Rules` of a template: assertions about its parameters, judged before anything is made.
//!
//! Source: the CloudFormation user guide, "Rules section structure"; the template reference, "Rule functions".

use serde_json::Value as Json;

use super::evaluate::TemplateScope;
use super::template::entries;
use crate::sandbox::wire::Refusal;

/// Checks that every rule whose condition holds asserts what is so.
///
/// # Errors
/// If one does not, with what its assertion says of it.
pub fn check(scope: &TemplateScope<'_>) -> Result<(), Refusal> {
    let template = &scope.stack.definition.template;
    for (name, rule) in entries(template, "Rules") {
        let condition = &rule["RuleCondition"];
        let is_judged = !asks_aws(condition)
            && (condition.is_null() || scope.truth(condition, 0).map_err(Refusal::validation)?);
        let assertions = rule["Assertions"].as_array().into_iter().flatten().filter(|_| is_judged);
        for assertion in assertions {
            let assert = &assertion["Assert"];
            if !asks_aws(assert) && !scope.truth(assert, 0).map_err(Refusal::validation)? {
                let described = assertion["AssertDescription"].as_str();
                let message =
                    described.map_or_else(|| format!("Rule {name} is not met"), str::to_owned);
                return Err(Refusal::validation(message));
            }
        }
    }
    Ok(())
}

/// Whether an assertion asks for what only AWS could tell: attributes of the resources that parameters name.
fn asks_aws(value: &Json) -> bool {
    match value {
        Json::Array(items) => items.iter().any(asks_aws),
        Json::Object(members) => members.iter().any(|(key, value)| {
            matches!(key.as_str(), "Fn::RefAll" | "Fn::ValueOf" | "Fn::ValueOfAll")
                || asks_aws(value)
        }),
        _ => false,
    }
}
