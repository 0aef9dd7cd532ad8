//! An environment file of any bytes: read, planned, and the plan printed.

use std::path::PathBuf;
use std::sync::OnceLock;

use xdeploy::environment::Environment;
use xdeploy::plan::{self, EnvVariables, Plan, Selection, graph};

use super::{project, show};

/// A folder from which `../stacks` leads to the project's own templates.
struct Desk {
    _folder: tempfile::TempDir,
    file: PathBuf,
}

/// Reads an environment file and plans what it asks for.
pub fn read(bytes: &[u8]) {
    static DESK: OnceLock<Desk> = OnceLock::new();
    let file = &DESK.get_or_init(Desk::new).file;
    std::fs::write(file, bytes).expect("the folder takes files");
    match Environment::load(file) {
        Ok(environment) => {
            plan(&environment, &|_| None);
            plan(&environment, &|name| Some(format!("value of {name}")));
        }
        Err(faults) => show(&faults),
    }
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let environments = folder.path().join("environments");
        std::fs::create_dir(&environments).expect("the folder takes folders");
        for name in ["stacks", "policies"] {
            let link = std::os::unix::fs::symlink(project().join(name), folder.path().join(name));
            link.expect("the folder takes links");
        }
        Self { file: environments.join("environment.yaml"), _folder: folder }
    }
}

fn plan(environment: &Environment, variables: &EnvVariables<'_>) {
    let environments = std::slice::from_ref(environment);
    let some = Selection::parse(&["d*".to_owned()], &["*a*".to_owned()], &[]).expect("patterns");
    for selection in [Selection::default(), some] {
        match plan::resolve(environments, &selection, variables) {
            Ok(plan) => print(&plan),
            Err(faults) => show(&faults),
        }
        for way in [plan::entrances, plan::survey] {
            if let Err(faults) = way(environments, &selection, variables) {
                show(&faults);
            }
        }
    }
}

/// Prints a plan in every form, and checks that its needs stand before their dependents.
fn print(plan: &Plan) {
    assert_eq!(plan.digest(), plan.digest());
    for text in [graph::text(plan), graph::dot(plan), graph::mermaid(plan)] {
        assert!(!text.is_empty());
    }
    assert!(!graph::Summary::of(plan).to_string().is_empty());
    for (position, instance) in plan.instances.iter().enumerate() {
        assert!(instance.needs.iter().all(|&need| need < position), "needs come first");
        assert!(instance.account < plan.accounts.len(), "every account is one of the plan's");
    }
}
