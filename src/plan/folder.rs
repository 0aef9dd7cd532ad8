//! A folder of environment files and templates, for tests.

use std::path::Path;
use std::sync::Arc;

use super::{Plan, Selection, resolve};
use crate::document::{Fault, Faults, Place, SourceFile};
use crate::environment::Environment;

/// Files in a folder of their own, which paths in faults leave out.
pub(super) struct TestFolder(tempfile::TempDir);

impl TestFolder {
    /// Returns a folder that holds `role.yaml` and `app.yaml`, two templates.
    pub fn new() -> Self {
        let folder = Self(tempfile::tempdir().expect("a folder"));
        folder.write("role.yaml", ROLE);
        folder.write("app.yaml", APP);
        folder
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).expect("written");
    }

    /// Returns where the folder is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Reads an environment file that is free of faults in itself.
    pub fn load(&self, name: &str) -> Environment {
        Environment::load(&self.path().join(name)).unwrap_or_else(|f| panic!("{}", self.shown(&f)))
    }

    /// Returns the faults as a person reads them, wherever the folder is.
    pub fn shown(&self, faults: &Faults) -> String {
        let root = format!("{}/", self.path().display());
        let relative = |text: &str| text.replace(&root, "");
        let faults = faults.0.iter().map(|fault| Fault {
            severity: fault.severity,
            message: relative(&fault.message),
            place: fault.place.as_ref().map(|Place { file, span }| {
                let path = relative(&file.path.display().to_string()).into();
                let file = SourceFile { path, text: file.text.clone() };
                Place { file: Arc::new(file), span: span.clone() }
            }),
            file: fault.file.clone(),
            label: fault.label.clone(),
            help: fault.help.as_deref().map(relative),
        });
        Faults(faults.collect()).render(false, 80)
    }

    /// Resolves one environment where `SET` is the only environment variable, or shows the faults.
    pub fn resolve_with(&self, text: &str, selection: &Selection) -> Result<Plan, String> {
        self.write("x.yaml", text);
        let variables = |name: &str| (name == "SET").then(|| "set".to_owned());
        resolve(&[self.load("x.yaml")], selection, &variables).map_err(|f| self.shown(&f))
    }

    /// Resolves all of one environment.
    pub fn resolve(&self, text: &str) -> Result<Plan, String> {
        self.resolve_with(text, &Selection::default())
    }
}

const ROLE: &str = "Parameters:
  Account: { Type: String, AllowedPattern: '[0-9]{12}' }
Resources: { Role: { Type: AWS::IAM::Role } }
Outputs: { RoleArn: { Value: !GetAtt Role.Arn } }
";

const APP: &str = "Parameters:
  RoleArn: { Type: String, Default: none }
  Tier: { Type: String, Default: silver, AllowedValues: [silver, gold] }
  Password: { Type: String, Default: '', NoEcho: true, MaxLength: 8 }
Resources: { Queue: { Type: AWS::SQS::Queue } }
Outputs: { QueueArn: { Value: !GetAtt Queue.Arn } }
";

/// Returns an environment file with two accounts and these stacks.
pub(super) fn file(stacks: &str) -> String {
    format!(
        "environment: test
source: {{ account: '999999999999' }}
assume-role: {{ name: deployer }}
regions: [eu-central-1]
accounts: {{ dev: '100000000001', prod: '100000000002' }}
stacks:
{stacks}"
    )
}
