//! A profile of the AWS config files, looked at for what the SDK leaves out.
//!
//! Source of the keys: the AWS SDKs and tools reference guide, "Settings reference", and botocore's
//! `configprovider.py` and `credentials.py`.

use std::path::PathBuf;

use aws_config::profile::{self, Profile, ProfileSet};
use aws_credential_types::Credentials;
use aws_runtime::env_config::file::{Builder, EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};

use super::program_chain::{ChainError, ProgramChain, section};
use crate::cloud::enter::credential_check;
use crate::cloud::enter::credential_check::UnsignableCredentials;
use crate::cloud::wire::network::NetworkError;

/// What a profile says that can be neither heeded nor ignored.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProfileError {
    #[error(
        "profile `{profile}` says `mfa_serial`, which is not asked for here: let `source.profile` of the \
         environment file name the profile of the user (`source_profile` of `{profile}`), \
         `source.mfa-serial` the device, and `via` the role"
    )]
    SecondFactor { profile: String },
    #[error(
        "profile `{profile}` says `services = {name}`, but there is no section `[services {name}]`"
    )]
    NoServices { profile: String, name: String },
    #[error("`{key}` of profile `{profile}` is no address, such as http://HOST:PORT")]
    Endpoint { profile: String, key: String },
    #[error(
        "profile `{profile}` says `aws_security_token`, an older name: write it as `aws_session_token`"
    )]
    OldToken { profile: String },
    #[error("profile `{profile}`: {error}")]
    Keys { profile: String, error: UnsignableCredentials },
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error("AWS_PROFILE names the profile `{profile}`, which is not there")]
    Missing { profile: String },
    #[error(transparent)]
    Network(#[from] NetworkError),
}

/// What was read of a profile.
#[derive(Debug, Default)]
pub(super) struct ProfileSettings {
    /// The files to give to the SDK: in them, the programs of profiles learn which profiles led to them.
    pub files: EnvConfigFiles,
    /// The profile that was meant, and what it trusts.
    pub authorities: Option<(String, String)>,
}

/// Reads the profile, or the one that the environment means; files that cannot be read are left to
/// whoever needs a profile of them.
///
/// # Errors
/// When it says what can be neither heeded nor ignored.
pub(super) async fn read(named: Option<&str>) -> Result<ProfileSettings, ProfileError> {
    let files = files();
    let whole = files.clone().build();
    let (fs, env) = (Fs::default(), Env::default());
    let name = named.map(|name| name.to_owned().into());
    let Ok(found) = profile::load(&fs, &env, &whole, name).await else {
        return Ok(ProfileSettings { files: whole, authorities: None });
    };
    let selected = found.selected_profile();
    // Source: botocore, `session.py`, `get_scoped_config`: whatever else would yield credentials.
    if named.is_none() && is_set("AWS_PROFILE") && found.get_profile(selected).is_none() {
        return Err(ProfileError::Missing { profile: selected.to_owned() });
    }
    let is_used = named.is_some() || !has_keys();
    let files = match look_over(&found, is_used)? {
        programs if programs.is_empty() => whole,
        // What comes last counts.
        programs => files.with_contents(EnvConfigFileKind::Credentials, programs).build(),
    };
    let authorities = found.get("ca_bundle").filter(|path| !path.is_empty());
    let authorities =
        authorities.map(|path| (found.selected_profile().to_owned(), path.to_owned()));
    Ok(ProfileSettings { files, authorities })
}

fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// Whether there are keys in the environment: they come before any profile, unless one is named.
///
/// Source: aws-config, `environment/credentials.rs`.
fn has_keys() -> bool {
    let holds = |name| std::env::var(name).is_ok_and(|value| !value.trim().is_empty());
    holds("AWS_ACCESS_KEY_ID") && (holds("AWS_SECRET_ACCESS_KEY") || holds("SECRET_ACCESS_KEY"))
}

/// Looks over a profile and those that its credentials come from, and returns the sections in which their
/// programs learn of the chain.
fn look_over(found: &ProfileSet, is_used: bool) -> Result<String, ProfileError> {
    let chain = ProgramChain::of_this_program();
    let mut programs = String::new();
    let mut next = found.get_profile(found.selected_profile());
    let mut seen: Vec<&str> = Vec::new();
    while let Some(profile) = next.filter(|profile| !seen.contains(&profile.name())) {
        seen.push(profile.name());
        look_at(profile, is_used)?;
        if is_used && let Some(command) = chain.command(profile)? {
            programs.push_str(&section(profile.name(), &command));
        }
        next = profile.get("source_profile").and_then(|name| found.get_profile(name));
    }
    Ok(programs)
}

fn look_at(profile: &Profile, is_used: bool) -> Result<(), ProfileError> {
    let name = || profile.name().to_owned();
    let is_address = |address: &str| {
        let address: Option<http::Uri> = address.parse().ok();
        address.is_some_and(|address| {
            matches!(address.scheme_str(), Some("http" | "https")) && address.host().is_some()
        })
    };
    if profile.get("endpoint_url").is_some_and(|address| !is_address(address)) {
        return Err(ProfileError::Endpoint { profile: name(), key: "endpoint_url".to_owned() });
    }
    if let Some(services) = profile.get("services") {
        let endpoints = services_of(services);
        let Some(endpoints) = endpoints else {
            return Err(ProfileError::NoServices { profile: name(), name: services.to_owned() });
        };
        if let Some(key) = endpoints.into_iter().find(|address| !is_address(address)) {
            let key = format!("endpoint_url = {key}` in `[services {services}]");
            return Err(ProfileError::Endpoint { profile: name(), key });
        }
    }
    if !is_used {
        return Ok(());
    }
    let is_role =
        profile.get("role_arn").is_some() && profile.get("web_identity_token_file").is_none();
    if is_role && profile.get("mfa_serial").is_some() {
        return Err(ProfileError::SecondFactor { profile: name() });
    }
    if profile.get("aws_security_token").is_some() && profile.get("aws_session_token").is_none() {
        return Err(ProfileError::OldToken { profile: name() });
    }
    let (id, secret) = (profile.get("aws_access_key_id"), profile.get("aws_secret_access_key"));
    if let (Some(id), Some(secret)) = (id, secret) {
        let token = profile.get("aws_session_token").filter(|token| !token.is_empty());
        let keys = Credentials::new(id, secret, token.map(str::to_owned), None, "profile");
        credential_check::check(&keys)
            .map_err(|error| ProfileError::Keys { profile: name(), error })?;
    }
    Ok(())
}

/// Returns the addresses in a section `[services NAME]` of the config file; absent if there is none.
fn services_of(name: &str) -> Option<Vec<String>> {
    let text = std::fs::read_to_string(path(EnvConfigFileKind::Config)?).ok()?;
    let mut found: Option<Vec<String>> = None;
    let mut is_inside = false;
    for line in text.trim_start_matches('\u{feff}').lines() {
        if let Some(header) = line.trim().strip_prefix('[').and_then(|rest| rest.split(']').next())
        {
            let words: Vec<&str> = header.split_whitespace().collect();
            is_inside = words == ["services", name];
            if is_inside {
                found.get_or_insert_default();
            }
        } else if is_inside
            && let Some((key, value)) = line.split_once('=')
            && key.trim() == "endpoint_url"
            && !value.trim().is_empty()
        {
            found.get_or_insert_default().push(value.trim().to_owned());
        }
    }
    found
}

/// Returns the files as the SDK finds them; where an endpoint is set to nothing, which means none to the
/// AWS CLI and is an address to the SDK, their content without that.
fn files() -> Builder {
    let kinds = [EnvConfigFileKind::Config, EnvConfigFileKind::Credentials];
    let texts = kinds.map(|kind| path(kind).and_then(|path| std::fs::read_to_string(path).ok()));
    if !texts.iter().flatten().any(|text| text.lines().any(is_no_endpoint)) {
        return EnvConfigFiles::builder()
            .include_default_config_file(true)
            .include_default_credentials_file(true);
    }
    let mut builder = EnvConfigFiles::builder();
    for (kind, text) in kinds.into_iter().zip(texts) {
        let text = text.unwrap_or_default();
        let kept: String = text
            .lines()
            .filter(|line| !is_no_endpoint(line))
            .flat_map(|line| [line, "\n"])
            .collect();
        builder = builder.with_contents(kind, kept);
    }
    builder
}

fn is_no_endpoint(line: &str) -> bool {
    line.split_once('=')
        .is_some_and(|(key, value)| key.trim() == "endpoint_url" && value.trim().is_empty())
}

fn path(kind: EnvConfigFileKind) -> Option<PathBuf> {
    let (variable, name) = match kind {
        EnvConfigFileKind::Config => ("AWS_CONFIG_FILE", "config"),
        EnvConfigFileKind::Credentials => ("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
    };
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    set(variable)
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(set("HOME")?).join(".aws").join(name)))
}
