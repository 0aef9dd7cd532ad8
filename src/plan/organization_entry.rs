//! With which credentials Organizations is asked for an environment's accounts.

use std::time::Duration;

use super::evaluate::EnvVariables;
use super::model::{PlannedEnvironment, RoleEntry};
use super::organization_role::organization_role;
use super::planned_environment::planned_alone;
use crate::document::Faults;
use crate::environment::Environment;
use crate::name::RoleArn;
use crate::organization::Asker;

/// How long a session lasts in which accounts are listed.
const DURATION: Duration = Duration::from_secs(3600);

/// Who asks Organizations.
#[derive(Clone, Debug, PartialEq)]
pub struct OrganizationEntry {
    /// Whose source credentials.
    pub environment: PlannedEnvironment,
    /// The role that is assumed with them, if one is.
    pub role: Option<RoleEntry>,
}

impl OrganizationEntry {
    /// Returns who asks, as far as it makes a difference to the answer.
    pub fn asker(&self) -> Asker {
        let PlannedEnvironment { source_account, source_profile, .. } = &self.environment;
        Asker {
            role: self.role.as_ref().map(|entry| entry.role.clone()),
            source: source_account.clone(),
            profile: source_profile.clone().filter(|_| source_account.is_none()),
        }
    }
}

/// Returns who asks Organizations for an environment's accounts.
///
/// # Errors
/// What is wrong with the keys of `source` and with the role.
pub fn organization_entry(
    environment: &Environment,
    variables: &EnvVariables<'_>,
) -> Result<OrganizationEntry, Faults> {
    let (planned, role) = planned_alone(environment, variables, |composer, home| {
        organization_role(composer, 0, home)
    })?;
    Ok(OrganizationEntry { environment: planned, role: role.map(|role| entry(environment, role)) })
}

fn entry(environment: &Environment, role: RoleArn) -> RoleEntry {
    let name: String = format!("xdeploy-{}", environment.name.value).chars().take(64).collect();
    let session_name = name.parse().expect("names of environments keep the rule for sessions");
    RoleEntry {
        via: Vec::new(),
        role,
        external_id: None,
        session_name,
        duration: DURATION,
        session_policy: None,
        session_tags: std::collections::BTreeMap::new(),
        source_identity: None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::document::SourceFile;

    fn asker(keys: &str, reader: &str) -> Asker {
        let text = format!(
            "environment: prod\nregions: [eu-central-1]\n{keys}\n\
             stacks: {{ app: {{ template: app.yaml }} }}\n"
        );
        let file = SourceFile { path: "prod.yaml".into(), text };
        let environment = Environment::from_source(&Arc::new(file)).expect("no faults");
        let variable = |name: &str| (name == "READER").then(|| reader.to_owned());
        organization_entry(&environment, &variable).expect("no faults").asker()
    }

    #[test]
    fn who_asks_is_the_role_that_is_meant_and_the_profile_where_no_account_is_named() {
        let role =
            "organization: { units: [Work], role: 'arn:aws:iam::111111111111:role/${env:READER}' }";
        assert_ne!(asker(role, "one"), asker(role, "other"));
        assert_eq!(asker(role, "one"), asker(role, "one"));
        let units = "organization: { units: [Work] }";
        let of = |source: &str| asker(&format!("source: {source}\n{units}"), "");
        assert_ne!(of("{ profile: hub }"), of("{ profile: other }"));
        assert_eq!(
            of("{ account: '999999999999', profile: hub }"),
            of("{ account: '999999999999', profile: other }")
        );
        assert_ne!(of("{ account: '999999999999' }"), of("{ account: '111111111111' }"));
    }
}
