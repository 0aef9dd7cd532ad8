//! The job of a CI service in which this runs, by the address at which a person finds it.
//!
//! Sources: the services' own pages on predefined variables (GitHub Actions, GitLab CI/CD, CodeBuild, Jenkins,
//! Buildkite, CircleCI, Azure Pipelines, Bitbucket Pipelines).

/// Variables that hold the whole address.
const ADDRESSES: [&str; 5] =
    ["CI_JOB_URL", "CODEBUILD_BUILD_URL", "BUILDKITE_BUILD_URL", "CIRCLE_BUILD_URL", "BUILD_URL"];

/// Variables of which an address is made, with what stands between them.
const PARTS: [&[(&str, &str)]; 3] = [
    &[("GITHUB_SERVER_URL", "/"), ("GITHUB_REPOSITORY", "/actions/runs/"), ("GITHUB_RUN_ID", "")],
    &[
        ("SYSTEM_COLLECTIONURI", ""),
        ("SYSTEM_TEAMPROJECT", "/_build/results?buildId="),
        ("BUILD_BUILDID", ""),
    ],
    &[("BITBUCKET_GIT_HTTP_ORIGIN", "/pipelines/results/"), ("BITBUCKET_BUILD_NUMBER", "")],
];

/// The most characters of an address that is kept.
const MOST_CHARACTERS: usize = 500;

/// Returns the address of the job, as `variable` tells it; nothing outside of a job.
pub(super) fn ci_job(variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let known = |name: &str| variable(name).filter(|value| !value.is_empty());
    let made = |parts: &[(&str, &str)]| {
        let parts: Option<Vec<String>> =
            parts.iter().map(|(name, then)| Some(known(name)? + then)).collect();
        parts.map(|parts| parts.concat())
    };
    let whole = || ADDRESSES.iter().find_map(|name| known(name));
    let address = PARTS.iter().find_map(|parts| made(parts)).or_else(whole)?;
    let is_address = address.starts_with("https://") || address.starts_with("http://");
    (is_address && address.chars().count() <= MOST_CHARACTERS).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(variables: &[(&str, &str)]) -> Option<String> {
        ci_job(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn a_job_is_told_by_its_address() {
        let github = [
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "acme/platform"),
            ("GITHUB_RUN_ID", "42"),
        ];
        let address = "https://github.com/acme/platform/actions/runs/42";
        assert_eq!(job(&github).as_deref(), Some(address));
        assert_eq!(job(&github[..2]), None);
        let gitlab = [("CI_JOB_URL", "https://gitlab.com/acme/platform/-/jobs/7")];
        assert_eq!(job(&gitlab).as_deref(), Some(gitlab[0].1));
        assert_eq!(job(&[("BUILD_URL", "")]), None);
        assert_eq!(job(&[("BUILD_URL", "\u{1b}]0;x")]), None);
    }
}
