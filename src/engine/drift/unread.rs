//! Resources that a detection could not read, as CloudFormation's reason tells them.
//!
//! Source: users' reports on GitHub quote the reason as JSON, `{"Summary": …, "Failures": [{"Resource", "FailureReason"}]}`; older
//! ones as `Failed to detect drift on resource [Topic]`.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What there is to say of a resource of which no reason is told.
const NO_REASON: &str = "CloudFormation gives no reason";

/// Resources that were not read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct UnreadResources {
    /// Why not, by the names of the resources.
    pub by_name: BTreeMap<String, String>,
    /// A reason that names none.
    pub unnamed: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reason {
    failures: Vec<UnreadResource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UnreadResource {
    resource: String,
    failure_reason: Option<String>,
}

impl UnreadResources {
    /// Reads the reason of a detection that failed.
    pub fn parse(reason: &str) -> Self {
        if let Ok(Reason { failures }) = serde_json::from_str(reason)
            && !failures.is_empty()
        {
            let told = |it: UnreadResource| (it.resource, worded(it.failure_reason.as_deref()));
            return Self { by_name: failures.into_iter().map(told).collect(), unnamed: None };
        }
        match listed(reason) {
            Some((names, why)) => {
                let told = |name: &str| (name.trim().to_owned(), worded(Some(why)));
                Self { by_name: names.split(',').map(told).collect(), unnamed: None }
            }
            None => Self { by_name: BTreeMap::new(), unnamed: Some(worded(Some(reason))) },
        }
    }
}

/// Returns the names in `Failed to detect drift on resources [A, B]: reason`, and the reason.
fn listed(reason: &str) -> Option<(&str, &str)> {
    let (_, rest) = reason.strip_prefix("Failed to detect drift on resource")?.split_once('[')?;
    let (names, why) = rest.split_once(']')?;
    (!names.trim().is_empty()).then_some((names, why.trim_start_matches([':', ' '])))
}

fn worded(reason: Option<&str>) -> String {
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    reason.unwrap_or(NO_REASON).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(reason: &str) -> Vec<String> {
        let UnreadResources { by_name, unnamed } = UnreadResources::parse(reason);
        let named = by_name.into_iter().map(|(name, why)| format!("{name}: {why}"));
        named.chain(unnamed).collect()
    }

    #[test]
    fn every_form_of_the_reason_is_read() {
        let json = r#"{"Summary":"Failed to detect drift on resources [A,B]","Failures":[{"Resource":"A",
            "FailureReason":"Rate exceeded"},{"Resource":"B"}]}"#;
        assert_eq!(told(json), ["A: Rate exceeded", "B: CloudFormation gives no reason"]);
        let older = "Failed to detect drift on resource [SNSTopic]";
        assert_eq!(told(older), ["SNSTopic: CloudFormation gives no reason"]);
        let reasoned = "Failed to detect drift on resources [A, B]: User: x is not authorized";
        let why = "User: x is not authorized";
        assert_eq!(told(reasoned), [format!("A: {why}"), format!("B: {why}")]);
        for other in ["", "{}", "[]", r#"{"Failures":[]}"#, "Failed to detect drift on resource ["]
        {
            assert_eq!(told(other).len(), 1, "{other}");
        }
    }
}
