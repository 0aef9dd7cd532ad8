//! What tells that this runs in a build of CodeBuild, and for which execution of a pipeline.
//!
//! Source: CodeBuild user guide, "Environment variables in build environments".

/// Whether this runs in a build: nobody is there to be asked, and its log shows lines.
pub fn is_codebuild() -> bool {
    variable("CODEBUILD_BUILD_ID").is_some()
}

/// Returns the id of the pipeline's execution, if the action hands it on: CodeBuild itself does not
/// know it.
pub fn execution() -> Option<String> {
    variable("XDEPLOY_PIPELINE_EXECUTION")
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
