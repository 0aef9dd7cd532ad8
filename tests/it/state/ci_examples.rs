//! The jobs of CI services that the page on shared state shows: what they run does what the page says.

use serde_json::Value as Json;

use super::team::Team;
use crate::docs::pages::Page;
use crate::support::binary::Printed;

/// Returns what the jobs of a page run of ours, those of each job together.
fn jobs() -> Vec<Vec<String>> {
    let fences = Page::read("docs/shared-state.md").fences().into_iter();
    let files = fences
        .filter(|fence| fence.info.starts_with("yaml") && fence.text.contains("xdeploy apply"));
    files
        .map(|fence| {
            let job: Json = yaml_serde::from_str(&fence.text).expect("a job is YAML");
            let mut lines = Vec::new();
            collect(&job, &mut lines);
            lines
        })
        .collect()
}

fn collect(value: &Json, lines: &mut Vec<String>) {
    match value {
        Json::String(line) if line.starts_with("xdeploy ") => lines.push(line.clone()),
        Json::Array(items) => items.iter().for_each(|item| collect(item, lines)),
        Json::Object(members) => members.values().for_each(|member| collect(member, lines)),
        _ => {}
    }
}

#[test]
fn the_jobs_that_the_page_shows_deploy_each_from_a_fresh_disk() {
    let team = Team::new("0.1");
    let jobs = jobs();
    assert_eq!(jobs.len(), 3, "GitHub Actions, GitLab and CodeBuild: {jobs:?}");
    for job in &jobs {
        let disk = team.machine();
        let folder = disk.home.join("environments");
        std::fs::create_dir(&folder).expect("the folder takes folders");
        for name in ["prod.yaml", "app.yaml"] {
            std::fs::copy(disk.home.join(name), folder.join(name)).expect("it takes files");
        }
        for line in job {
            let ended = Printed::from(disk.shell(line).output().expect("there is a shell"));
            ended.expect_code(0);
        }
    }
    let desk = team.machine();
    let runs = desk.run(&["runs", "--of", "prod.yaml", "--output", "json"]).expect_code(0).json();
    let results: Vec<_> =
        runs["runs"].as_array().expect("a list").iter().map(|run| &run["result"]).collect();
    assert_eq!(results, ["succeeded"; 3], "{runs}");
}
