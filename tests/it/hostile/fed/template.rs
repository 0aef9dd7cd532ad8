//! A template of any bytes: read as xdeploy does, and made a stack in the sandbox.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use tokio::sync::watch;
use xdeploy::document::Faults;
use xdeploy::engine::{Limits, Stop};
use xdeploy::environment::Environment;
use xdeploy::event::Operation;
use xdeploy::plan::{self, Plan, Selection};
use xdeploy::template::Template;

use super::{ENDS_WITHIN, in_paused_time, show};
use crate::support::world::World;

/// A larger one only takes longer.
const MOST_BYTES: usize = 4_096;

/// Reads a template, tries values for its parameters, and makes a stack of it.
pub fn read(bytes: &[u8]) {
    static FILE: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, file) = FILE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("template.yaml");
        (folder, file)
    });
    std::fs::write(file, bytes).expect("the folder takes files");
    let (template, faults) = Template::load_despite_faults(file);
    let is_refused = faults.iter().any(|fault| !fault.is_warning());
    if !faults.is_empty() {
        show(&Faults(faults));
    }
    let Some(template) = template else { return };
    try_values(&template);
    let _ = template.check_locations();
    if bytes.len() <= MOST_BYTES && !is_refused {
        deploy(&template.file.text);
    }
}

fn try_values(template: &Template) {
    let _ = (template.may_change_iam(), template.needs_bucket());
    for parameter in template.parameters.values() {
        for value in ["", "one", "-1", "1e400", "a,b, c", "\u{e9}\u{1f600}", "subnet-0"] {
            let objection = parameter.objection(value);
            assert!(objection.is_none_or(|text| !text.is_empty()), "an objection says something");
        }
    }
}

/// Applies and destroys a stack of the template in a cloud of its own.
fn deploy(template: &str) {
    in_paused_time(async {
        let world = World::new(&["100000000001"]);
        world.write("app.yaml", template);
        let Some(plan) = planned(&world) else { return };
        for operation in [Operation::Apply, Operation::Destroy] {
            let (_wish, stop) = watch::channel(Stop::No);
            let run = world.run_until(operation, plan.clone(), Limits::default(), stop, |_| {});
            // A template may wish for resources that take longer than anybody lives.
            let Ok(ran) = tokio::time::timeout(ENDS_WITHIN, run).await else { return };
            assert_eq!(ran.report.stack_instances.len(), 1);
        }
    });
}

fn planned(world: &World) -> Option<Arc<Plan>> {
    let path = world.write(
        "environment.yaml",
        "environment: prod\nsource: { account: '999999999999' }\n\
         assume-role: { name: deployer }\nregions: [eu-central-1]\n\
         accounts: { dev: '100000000001' }\nstacks:\n  app:\n    template: app.yaml\n    \
         capabilities: [CAPABILITY_NAMED_IAM, CAPABILITY_AUTO_EXPAND]\n",
    );
    let environment = Environment::load(&path).expect("the environment is sound");
    match plan::resolve(&[environment], &Selection::default(), &|_| None) {
        Ok(plan) => Some(Arc::new(plan)),
        Err(faults) => {
            show(&faults);
            None
        }
    }
}
