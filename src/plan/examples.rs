//! The plans of the example environments, which stay what they are.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value as Json, json};

use super::{Plan, Selection, resolve};
use crate::environment::Environment;

/// Returns what a plan comes to but for its templates, which are files of their own.
fn told(plan: &Plan) -> String {
    let mut text = String::new();
    for account in &plan.accounts {
        let _ = writeln!(
            text,
            "{} {} {} wave {}: {:?}",
            account.name, account.id, account.region, account.wave, account.entry
        );
    }
    for instance in &plan.instances {
        let mut written = json!(instance);
        if let Some(desired) = written.pointer_mut("/purpose/deploy").and_then(Json::as_object_mut)
        {
            desired.remove("template");
        }
        let _ = writeln!(text, "{written}");
    }
    text
}

#[test]
fn the_example_environments_mean_what_they_meant() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("environments");
    let files = [folder.clone(), folder.join("enter")].into_iter().flat_map(|folder| {
        let entries = std::fs::read_dir(folder).expect("the examples");
        entries.map(|entry| entry.expect("an example").path())
    });
    let mut files: Vec<_> =
        files.filter(|path| path.extension().is_some_and(|kind| kind == "yaml")).collect();
    files.sort();
    let variables = |name: &str| (name != "XDEPLOY_REGIONS").then(|| format!("of-{name}"));
    let mut text = String::new();
    for file in files {
        let name = file.strip_prefix(&folder).expect("it is in the folder").display();
        let environment = Environment::load(&file).expect("an example has no faults");
        let plan = resolve(&[environment], &Selection::default(), &variables);
        let plan = plan.unwrap_or_else(|faults| panic!("{}", faults.render(false, 80)));
        let _ = writeln!(text, "# {name}\n{}", told(&plan));
    }
    insta::assert_snapshot!(text);
}
