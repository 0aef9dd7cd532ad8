//! Outputs, exports and imports: what stacks of one account and Region tell each other.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::evaluate::{OtherStacks, TemplateScope};
use super::stack::{StackOutput, StoredStack};
use super::template::entries;
use crate::name::Region;
use crate::sandbox::world::SandboxAccount;

/// Returns what the stacks of an account tell one of a Region, without the stack `but`.
pub fn of_others(account: &SandboxAccount, region: &Region, but: &str) -> OtherStacks {
    let exports = standing(account, region)
        .filter(|stack| stack.id != but)
        .flat_map(|stack| stack.outputs.values())
        .filter_map(|output| Some((output.export.clone()?, output.value.clone())))
        .collect();
    let others = account.stacks.values().filter(|stack| stack.id != but && !stack.is_gone());
    let outputs = others.map(|stack| {
        let outputs = stack.outputs.iter().map(|(key, it)| (key.clone(), it.value.clone()));
        ((stack.region.clone(), stack.name.clone()), outputs.collect())
    });
    OtherStacks { exports, outputs: outputs.collect() }
}

/// Returns the stacks of an account and Region that are not deleted.
pub fn standing<'a>(
    account: &'a SandboxAccount,
    region: &'a Region,
) -> impl Iterator<Item = &'a StoredStack> {
    account.stacks.values().filter(move |stack| &stack.region == region && !stack.is_gone())
}

/// Returns the names of the stacks that import an export.
pub fn users(account: &SandboxAccount, region: &Region, export: &str) -> Vec<String> {
    standing(account, region)
        .filter(|stack| stack.imports.iter().any(|import| import == export))
        .map(|stack| stack.name.clone())
        .collect()
}

/// Returns why a stack cannot be deleted: an export of its that others use.
pub fn obstacle_to_deletion(account: &SandboxAccount, stack: &StoredStack) -> Option<String> {
    stack.outputs.values().filter_map(|output| output.export.as_deref()).find_map(|export| {
        let users = users(account, &stack.region, export);
        (!users.is_empty()).then(|| {
            let users = users.join(" and ");
            format!("Delete canceled. Cannot delete export {export} as it is in use by {users}.")
        })
    })
}

/// Returns the first import of a stack that nobody exports; one that begins as the stack above orders is looked at
/// then, as that may export it.
pub fn missing_import(account: &SandboxAccount, stack: &StoredStack) -> Option<String> {
    if stack.nesting.as_ref().is_some_and(|nesting| nesting.order.is_some()) {
        return None;
    }
    let others = of_others(account, &stack.region, &stack.id);
    let missing = stack.imports.iter().find(|name| !others.exports.contains_key(*name))?;
    Some(format!("No export named {missing} found."))
}

/// Returns what a stack imports, as its definition says.
pub fn imports_of(account: &SandboxAccount, stack: &StoredStack) -> Vec<String> {
    let others = of_others(account, &stack.region, &stack.id);
    TemplateScope { stack, others: &others }.imports()
}

/// Returns a stack's outputs, now that its resources stand.
///
/// # Errors
/// If one cannot be evaluated, or an export is taken or still used with another value.
pub fn outputs(
    account: &SandboxAccount,
    stack: &StoredStack,
) -> Result<BTreeMap<String, StackOutput>, String> {
    let others = of_others(account, &stack.region, &stack.id);
    let scope = TemplateScope { stack, others: &others };
    let mut outputs = BTreeMap::new();
    for (key, definition) in entries(&stack.definition.template, "Outputs") {
        if scope.is_wanted(definition)? {
            outputs.insert(key.to_owned(), output(&scope, key, definition)?);
        }
    }
    check_exports(account, stack, &others.exports, &outputs)?;
    Ok(outputs)
}

/// Returns what an output comes to. A function that comes to nothing says so itself.
fn output(scope: &TemplateScope<'_>, key: &str, definition: &Json) -> Result<StackOutput, String> {
    let export = match &definition["Export"]["Name"] {
        Json::Null => None,
        // What is no name was refused with the request.
        name => Some(scope.text(name)?),
    };
    let Json::String(value) = scope.made_text(&definition["Value"])? else {
        return Err(format!(
            "Template format error: Output {key} is malformed. The Value field of every Outputs member must \
             evaluate to a String."
        ));
    };
    if export.is_some() && value.trim().is_empty() {
        return Err(format!(
            "Cannot export output {key}. Exported values must not be empty or whitespace-only."
        ));
    }
    let description = definition["Description"].as_str().map(str::to_owned);
    Ok(StackOutput { value, description, export })
}

fn check_exports(
    account: &SandboxAccount,
    stack: &StoredStack,
    others: &BTreeMap<String, String>,
    outputs: &BTreeMap<String, StackOutput>,
) -> Result<(), String> {
    let new: BTreeMap<&str, &str> = outputs
        .values()
        .filter_map(|output| Some((output.export.as_deref()?, output.value.as_str())))
        .collect();
    if let Some(taken) = new.keys().find(|name| others.contains_key(**name)) {
        let holder = standing(account, &stack.region)
            .find(|other| {
                other.outputs.values().any(|output| output.export.as_deref() == Some(taken))
            })
            .map(|other| other.name.clone())
            .unwrap_or_default();
        return Err(format!("Export with name {taken} is already exported by stack {holder}."));
    }
    for old in stack.outputs.values() {
        let Some(export) = old.export.as_deref() else { continue };
        if new.get(export) == Some(&old.value.as_str()) {
            continue;
        }
        let users = users(account, &stack.region, export);
        if !users.is_empty() {
            let verb = if new.contains_key(export) { "update" } else { "delete" };
            let users = users.join(" and ");
            return Err(format!(
                "Update canceled. Cannot {verb} export {export} as it is in use by {users}."
            ));
        }
    }
    Ok(())
}
