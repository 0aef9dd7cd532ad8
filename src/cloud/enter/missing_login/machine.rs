//! What this machine keeps of AWS: variables and profiles, as the SDK reads them.

use std::error::Error;
use std::path::{Path, PathBuf};

use aws_config::profile::{self, Profile, ProfileSet};
use aws_types::os_shim_internal::{Env, Fs};

use super::words::on_one_line;
use crate::error_chain::chain;

/// What this machine keeps of AWS.
pub(super) struct Machine {
    env: Env,
    /// The profiles, or why the files cannot be read, with file and line.
    pub profiles: Result<ProfileSet, String>,
}

impl Machine {
    /// Reads it anew.
    pub async fn read() -> Self {
        let env = Env::real();
        let read = profile::load(&Fs::real(), &env, &Default::default(), None).await;
        let profiles = read.map_err(|error| told(&error));
        Self { env, profiles }
    }

    /// Returns a variable; an empty one says nothing.
    pub fn variable(&self, name: &str) -> Option<String> {
        self.env.get(name).ok().filter(|value| !value.is_empty())
    }

    /// Returns a profile.
    pub fn profile(&self, name: &str) -> Option<&Profile> {
        self.profiles.as_ref().ok()?.get_profile(name)
    }

    /// Returns the names of the profiles, in order.
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> =
            self.profiles.iter().flat_map(|profiles| profiles.profiles()).collect();
        names.sort_unstable();
        names
    }

    /// Returns the files that hold profiles, in words.
    pub fn files(&self) -> String {
        let named = |variable: &str, usual: &str| match self.variable(variable) {
            Some(path) => path,
            None => usual.to_owned(),
        };
        let config = named("AWS_CONFIG_FILE", "~/.aws/config");
        let credentials = named("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
        let absent = |path: &str| if self.is_there(path) { "" } else { " (which is not there)" };
        format!("{config}{} or {credentials}{}", absent(&config), absent(&credentials))
    }

    fn is_there(&self, path: &str) -> bool {
        match (path.strip_prefix("~/"), self.variable("HOME")) {
            (Some(inside), Some(home)) => PathBuf::from(home).join(inside).exists(),
            _ => Path::new(path).exists(),
        }
    }

    /// Returns how somebody logs in with a profile, in words.
    pub fn login_command(&self, name: &str) -> String {
        let has = |key: &str| self.profile(name).is_some_and(|profile| profile.get(key).is_some());
        let flag = if name == "default" { String::new() } else { format!(" --profile {name}") };
        if has("sso_session") || has("sso_start_url") {
            format!("log in with `aws sso login{flag}`")
        } else if has("login_session") {
            format!("log in with `aws login{flag}`")
        } else if has("credential_process") {
            "log in to whatever the profile's `credential_process` asks".to_owned()
        } else {
            format!("log in again, or `aws configure{flag}`")
        }
    }
}

fn told(error: &(dyn Error + 'static)) -> String {
    let texts: Vec<String> = chain(error).map(|error| on_one_line(&error.to_string())).collect();
    // The outer one says no more than that a file cannot be read.
    match &texts[..] {
        [_, inner @ ..] if !inner.is_empty() => inner.join(": "),
        _ => texts.join(": "),
    }
}
