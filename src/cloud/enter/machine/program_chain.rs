//! Programs that get their credentials from each other: each knows the profiles of those before it.
//!
//! A profile whose `credential_process` leads back to that profile, by whichever command of this program
//! and whatever stands between, would start programs for ever. So each program that a profile starts finds
//! the chain of profiles that led to it in a variable, as with `aws configure export-credentials`, and what
//! reads a profile refuses one that stands there already.

use aws_config::profile::Profile;

/// Where a program that a profile starts finds the chain: the names of profiles, with commas between.
const VARIABLE: &str = "_XDEPLOY_PROFILE_CHAIN";

/// The most profiles in a chain.
///
/// Source: aws-cli, `customizations/configure/exportcreds.py`, `max_recursion`.
const MOST: usize = 4;

/// Why a profile's program is not started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ChainError {
    #[error(
        "the profile `{0}` gets its credentials from a program that begins with the profile `{0}` again: \
         name a profile with credentials of its own in `source.profile` of the environment file, or start \
         that program with another AWS_PROFILE"
    )]
    Circle(String),
    #[error("more than {MOST} profiles get their credentials from each other's programs: {0}")]
    TooLong(String),
}

/// The profiles whose programs led to this one, first to last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ProgramChain(Vec<String>);

impl ProgramChain {
    /// Returns the chain that led to this program.
    pub fn of_this_program() -> Self {
        Self::read(&std::env::var(VARIABLE).unwrap_or_default())
    }

    fn read(text: &str) -> Self {
        Self(text.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect())
    }

    /// Returns the command of a profile's program so that the program finds the chain with this profile at
    /// its end; absent if the profile starts none.
    ///
    /// # Errors
    /// When the profile stands in the chain already, or the chain is too long.
    pub fn command(&self, profile: &Profile) -> Result<Option<String>, ChainError> {
        let Some(command) = profile.get("credential_process") else { return Ok(None) };
        let name = profile.name();
        if self.0.iter().any(|before| before == name) {
            return Err(ChainError::Circle(name.to_owned()));
        }
        let names: Vec<&str> = self.0.iter().map(String::as_str).chain([name]).collect();
        if names.len() > MOST {
            return Err(ChainError::TooLong(names.join(", ")));
        }
        // The SDK gives it to a shell: what follows, a list of commands as well, is as it was written.
        Ok(Some(format!("export {VARIABLE}={}; {command}", quoted(&names.join(",")))))
    }
}

/// Returns a text as one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Returns a section of a credentials file in which a profile has this program. What is on further lines
/// is indented, as it was.
pub(super) fn section(profile: &str, command: &str) -> String {
    format!("[{profile}]\ncredential_process = {}\n", command.replace('\n', "\n  "))
}

#[cfg(test)]
mod tests {
    use aws_config::profile;
    use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
    use aws_types::os_shim_internal::{Env, Fs};

    use super::*;

    async fn read(texts: &[&str], name: &str) -> Profile {
        let files = texts.iter().fold(EnvConfigFiles::builder(), |files, text| {
            files.with_contents(EnvConfigFileKind::Credentials, *text)
        });
        let (fs, env) = (Fs::from_slice(&[]), Env::from_slice(&[]));
        let read = profile::load(&fs, &env, &files.build(), None).await.expect("it can be read");
        read.get_profile(name).expect("it is there").clone()
    }

    async fn next(chain: &str, name: &str) -> Result<Option<String>, ChainError> {
        let file = format!("[{name}]\ncredential_process = a --b\n");
        ProgramChain::read(chain).command(&read(&[&file], name).await)
    }

    #[tokio::test]
    async fn a_chain_grows_by_other_profiles_and_ends_at_one_that_comes_again() {
        let grown = |chain: &str| Ok(Some(format!("export {VARIABLE}='{chain}'; a --b")));
        assert_eq!(next("", "a").await, grown("a"));
        assert_eq!(next("a", "b").await, grown("a,b"));
        assert_eq!(next("a,b,c", "d").await, grown("a,b,c,d"));
        assert_eq!(next("a,b", "a").await, Err(ChainError::Circle("a".to_owned())));
        let long = ChainError::TooLong("a, b, c, d, e".to_owned());
        assert_eq!(next("a,b,c,d", "e").await, Err(long));
        let none = read(&["[a]\nregion = x\n"], "a").await;
        assert_eq!(ProgramChain::read("a").command(&none), Ok(None), "it starts no program");
    }

    #[tokio::test]
    async fn a_command_stays_as_it_was_written_behind_the_chain() {
        for command in ["sh -c 'a; b' # why", "a \"x\" &&\n  b=1 #c\n  d", "\n  a --b=c", "a;b", ""]
        {
            let file = format!("[p]\nregion = x\ncredential_process = {command}\n");
            let profile = read(&[&file], "p").await;
            let before = profile.get("credential_process").expect("it is there").to_owned();
            let chain = ProgramChain::read("it's");
            let longer = chain.command(&profile).expect("it is new").expect("it has a program");
            let after = read(&[&file, &section("p", &longer)], "p").await;
            let said = after.get("credential_process").expect("it is there");
            let begin = format!("export {VARIABLE}='it'\\''s,p';");
            let rest = said.strip_prefix(&begin).expect("the chain stands in front");
            assert_eq!(rest.trim_start_matches(' '), before, "{command}");
            assert_eq!(after.get("region"), Some("x"), "the rest of the profile stays");
        }
    }
}
