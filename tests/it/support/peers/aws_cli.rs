//! The AWS CLI, as somebody.

use std::process::{Command, Output};

use super::super::workplace::Workplace;
use super::super::world::SOURCE;
use super::program;

/// The AWS CLI in a workplace, with the credentials of somebody.
pub struct AwsCli<'a> {
    workplace: &'a Workplace,
    settings: Vec<(&'static str, String)>,
}

impl<'a> AwsCli<'a> {
    /// Returns the CLI with an access key; the root of an account has its id for a key.
    pub fn with_key(workplace: &'a Workplace, id: &str, secret: &str) -> Self {
        let keys = [("AWS_ACCESS_KEY_ID", id), ("AWS_SECRET_ACCESS_KEY", secret)];
        Self { workplace, settings: keys.map(|(name, value)| (name, value.to_owned())).to_vec() }
    }

    /// Returns the CLI in a container that gets its keys at an address, as CodeBuild runs builds.
    pub fn in_container(workplace: &'a Workplace, address: &str) -> Self {
        let settings = vec![("AWS_CONTAINER_CREDENTIALS_FULL_URI", address.to_owned())];
        Self { workplace, settings }
    }

    /// Returns the same CLI with a profile of the workplace's files.
    pub fn with_profile(&self, profile: &str) -> Self {
        let mut settings = self.settings.clone();
        settings.push(("AWS_PROFILE", profile.to_owned()));
        Self { settings, ..*self }
    }

    /// Returns a program in the same place with the same credentials.
    pub fn command(&self, program: impl AsRef<std::path::Path>) -> Command {
        let mut command = self.workplace.command(program, SOURCE);
        let is_profile = |(name, _): &&(&str, String)| *name == "AWS_PROFILE";
        command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY");
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        if let Some((_, profile)) = self.settings.iter().find(is_profile) {
            command.env_remove("AWS_PROFILE");
            // Said by name, a profile comes before keys in the environment.
            command.args(["--profile", profile]);
        }
        command
    }

    /// Runs a command that is carried out and returns what it prints.
    #[track_caller]
    pub fn says(&self, arguments: &[&str]) -> String {
        let (is_done, said) = self.run(arguments);
        assert!(is_done, "{arguments:?}: {said}");
        said
    }

    /// Runs a command that is refused and returns why.
    #[track_caller]
    pub fn is_refused(&self, arguments: &[&str]) -> String {
        let (is_done, said) = self.run(arguments);
        assert!(!is_done, "{arguments:?}: {said}");
        said
    }

    /// Returns whose session it is, as an ARN.
    #[track_caller]
    pub fn whoami(&self) -> String {
        self.says(&["sts", "get-caller-identity", "--query", "Arn", "--output", "text"])
    }

    /// Ends the test unless AWS refuses each of these for want of permission.
    #[track_caller]
    pub fn may_not(&self, commands: &[&[&str]]) {
        for command in commands {
            let said = self.is_refused(command);
            assert!(said.contains("AccessDenied"), "{command:?}: {said}");
        }
    }

    /// Runs a command and returns whether it was carried out, and what it prints or why not.
    pub fn run(&self, arguments: &[&str]) -> (bool, String) {
        let Output { status, stdout, stderr } =
            self.command(program("aws")).args(arguments).output().expect("the CLI runs");
        let said = if status.success() { stdout } else { stderr };
        (status.success(), String::from_utf8_lossy(&said).trim().to_owned())
    }
}
