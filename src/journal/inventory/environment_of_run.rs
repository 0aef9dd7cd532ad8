//! Where a run worked for each of its environments, and from which file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::cloud_scope::CloudScope;
use crate::event::RunRequest;
use crate::name::{AccountId, EnvironmentName};

/// Where a run worked for an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EnvironmentOfRun {
    /// The cloud that the run reached for it.
    pub scope: CloudScope,
    /// The account of the source credentials, if it is known.
    pub source: Option<AccountId>,
    /// The environment's file, if it is known.
    pub file: Option<PathBuf>,
}

/// Returns where a run worked for each of its environments; nothing of one of which that is not known.
pub(super) fn environments_of_run(
    environments: &[EnvironmentName],
    request: Option<&RunRequest>,
) -> BTreeMap<EnvironmentName, EnvironmentOfRun> {
    let all = environments.iter().enumerate();
    let told = all.filter_map(|(at, name)| {
        let (scope, source) = cloud_of_run(environments, name, request)?;
        // Files stand in the order of their environments.
        let given = request.filter(|request| request.files.len() == environments.len());
        let file = given.and_then(|request| Some(request.folder.join(request.files.get(at)?)));
        let file = file.filter(|file| file.is_absolute());
        Some((name.clone(), EnvironmentOfRun { scope, source, file }))
    });
    told.collect()
}

/// Returns the cloud in which a run worked for one of its environments, and the account of its source credentials if
/// that is known; nothing if the cloud is not.
pub fn cloud_of_run(
    environments: &[EnvironmentName],
    name: &EnvironmentName,
    request: Option<&RunRequest>,
) -> Option<(CloudScope, Option<AccountId>)> {
    let scope = CloudScope::of(request);
    let Some(origin) = request.map(|request| &request.origin) else { return Some((scope, None)) };
    if let Some(own) = origin.by_environment.get(name) {
        return Some((CloudScope::new(scope.sandbox, own.endpoint.clone()), own.source.clone()));
    }
    if environments.len() == 1 {
        return Some((scope, AccountId::of_arn(origin.caller.as_deref().unwrap_or_default())));
    }
    // Runs of before kept the first endpoint of any of them, and the caller of the first.
    scope.endpoint.is_none().then_some((scope, None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{EnvironmentOrigin, RunOrigin};

    fn told(origin: RunOrigin) -> Vec<(String, Option<String>, Option<String>)> {
        let names = ["dev", "prod"].map(|name| name.parse().expect("a name"));
        let files = vec!["dev.yaml".into(), "/else/prod.yaml".into()];
        let request = RunRequest { folder: "/work".into(), files, origin, ..RunRequest::default() };
        let of = environments_of_run(&names, Some(&request)).into_values();
        of.map(|of| {
            let file = of.file.expect("it is known").display().to_string();
            (file, of.scope.endpoint, of.source.map(|source| source.to_string()))
        })
        .collect()
    }

    #[test]
    fn each_environment_has_its_own_cloud_source_and_file() {
        let own = |endpoint: Option<&str>, source: &str| EnvironmentOrigin {
            endpoint: endpoint.map(str::to_owned),
            source: source.parse().ok(),
        };
        let environments =
            [("dev", own(None, "111111111111")), ("prod", own(Some("e"), "222222222222"))]
                .map(|(name, own)| (name.parse().expect("a name"), own));
        let by_environment = environments.into();
        let endpoint = Some("e".to_owned());
        let origin = RunOrigin { endpoint, by_environment, ..RunOrigin::default() };
        let text = |text: &str| Some(text.to_owned());
        let expected = [
            ("/work/dev.yaml".to_owned(), None, text("111111111111")),
            ("/else/prod.yaml".to_owned(), text("e"), text("222222222222")),
        ];
        assert_eq!(told(origin), expected);
    }

    #[test]
    fn what_an_endpoint_of_one_of_several_environments_holds_is_not_known() {
        let endpoint = Some("e".to_owned());
        assert_eq!(told(RunOrigin { endpoint, ..RunOrigin::default() }), []);
        assert_eq!(told(RunOrigin::default()).len(), 2, "AWS holds all of them");
    }
}
