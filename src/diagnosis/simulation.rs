//! Simulation by IAM of many actions at once, with what the conditions of policies can see of them.

use std::collections::BTreeSet;

use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType as Decision,
};

use super::caller::Caller;
use super::iam_reply::why;
use super::needs::{ActionTarget, NeededActions};
use crate::cloud::Iam;

/// Who is handed a service role.
const CLOUDFORMATION: &str = "cloudformation.amazonaws.com";

/// What the policies of a caller come to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Simulated {
    /// What none allows.
    pub missing: NeededActions,
    /// What one forbids.
    pub forbidden: NeededActions,
    /// Actions refused for want of something that only the call itself has.
    pub unclear: BTreeSet<&'static str>,
    /// The condition keys that were wanting.
    pub keys: BTreeSet<String>,
}

/// Simulates what is needed.
///
/// # Errors
/// Why it cannot be simulated, in a few words.
pub async fn simulate(
    iam: &Iam,
    caller: &Caller,
    needs: &NeededActions,
) -> Result<Simulated, String> {
    let mut simulated = Simulated::default();
    for (place, actions) in needs {
        let simulate = || {
            iam.client
                .simulate_principal_policy()
                .policy_source_arn(&caller.principal)
                .set_action_names(Some(actions.iter().map(|&one| one.to_owned()).collect()))
                .resource_arns(&place.resource)
                .set_context_entries(Some(context(place)))
                .send()
        };
        let reply = iam.ask("iam:SimulatePrincipalPolicy", simulate).await;
        let results = reply.map_err(|error| why(&error))?.evaluation_results.unwrap_or_default();
        for &action in actions {
            for result in results.iter().filter(|one| one.eval_action_name == action) {
                simulated.take_in(place, action, result);
            }
        }
    }
    Ok(simulated)
}

impl Simulated {
    fn take_in(&mut self, place: &ActionTarget, action: &'static str, result: &EvaluationResult) {
        let wanting = result.missing_context_values();
        let to = match result.eval_decision {
            Decision::Allowed => return,
            // A condition that had nothing to look at may be met by the call itself.
            _ if !wanting.is_empty() => {
                self.unclear.insert(action);
                self.keys.extend(wanting.iter().cloned());
                return;
            }
            Decision::ExplicitDeny => &mut self.forbidden,
            _ => &mut self.missing,
        };
        to.entry(place.clone()).or_default().insert(action);
    }
}

/// Returns what the conditions of policies can see of a call, as far as it is known before.
fn context(place: &ActionTarget) -> Vec<ContextEntry> {
    let text = ContextKeyTypeEnum::String;
    let mut entries = vec![
        entry("aws:RequestedRegion", text.clone(), [place.region.as_str()]),
        entry("iam:PassedToService", text.clone(), [CLOUDFORMATION]),
    ];
    if let Some(role) = &place.service_role {
        entries.push(entry("cloudformation:RoleArn", text, [role.as_str()]));
    }
    entries
}

/// Returns a condition key with its values.
pub fn entry<'v>(
    key: &str,
    kind: ContextKeyTypeEnum,
    values: impl IntoIterator<Item = &'v str>,
) -> ContextEntry {
    let entry = ContextEntry::builder().context_key_name(key).context_key_type(kind);
    values.into_iter().fold(entry, |entry, value| entry.context_key_values(value)).build()
}
