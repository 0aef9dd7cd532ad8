//! The plan of an artifact that nobody trusts with what else this machine holds.

use std::path::Path;

use super::configuration::ActionConfiguration;
use crate::document::{Fault, Faults};
use crate::environment::{Environment, Text};
use crate::plan::{self, Coverage, NoticeTarget, Plan, PlannedEnvironment, Selection};

/// What the files of an artifact resolve to.
pub struct UntrustedPlan {
    /// What is to be done.
    pub plan: Plan,
    /// What is selected of the files.
    pub selection: Selection,
    /// Every stack that the files name; nothing if the name of one cannot be told.
    pub coverage: Option<Coverage>,
}

/// Resolves the plan from the files in the folder that the artifact was unpacked to. Whoever may
/// write the artifact is not trusted with what else this machine holds: no file outside of the folder
/// is read, of the environment neither AWS's variables, which may be keys, nor a proxy's password, and no profile is used: that may
/// be another one's, and run a program here.
///
/// # Errors
/// Everything that is wrong with them.
pub fn resolve(
    configuration: &ActionConfiguration,
    folder: &Path,
) -> Result<UntrustedPlan, Faults> {
    let mut environments = Vec::new();
    let mut faults = Vec::new();
    for file in &configuration.files {
        match Environment::load_within(folder, &folder.join(file)) {
            Ok(environment) => environments.push(environment),
            Err(found) => faults.extend(found.0),
        }
    }
    faults.extend(environments.iter().flat_map(profiles));
    faults.extend(environments.iter().filter_map(organization));
    if !faults.is_empty() {
        return Err(Faults(faults));
    }
    let selection = Selection::parse(&configuration.accounts, &configuration.stacks, &[])?;
    let plan = plan::resolve_within(Some(folder), &environments, &selection, &variable)?;
    let local: Vec<Fault> = plan.environments.iter().flat_map(local_webhooks).collect();
    if !local.is_empty() {
        return Err(Faults(local));
    }
    let coverage = plan::coverage_within(Some(folder), &environments, &variable).ok();
    Ok(UntrustedPlan { plan, selection, coverage })
}

/// Returns the faults of a file that names profiles of the machine that works on it.
fn profiles(environment: &Environment) -> Vec<Fault> {
    let of_accounts = environment.accounts.iter().map(|account| ("profile", &account.profile));
    let all = of_accounts.chain([("source.profile", &environment.source.profile)]);
    let named = all.filter_map(|(key, profile)| Some((key, profile.as_ref()?)));
    let fault = |(key, profile): (&str, &Text)| {
        Fault::at(&profile.place, format!("`{key}` is not taken from a pipeline's artifact"))
            .with_label("a profile of the machine that works on the job")
            .with_help(
                "leave it out: accounts are entered from the worker's own credentials, through \
                 `assume-role`",
            )
    };
    named.map(fault).collect()
}

/// Returns the fault of a file whose accounts are found in AWS Organizations: nobody asks for them here.
fn organization(environment: &Environment) -> Option<Fault> {
    let organization = environment.organization.as_ref()?;
    let fault =
        Fault::at(&organization.place, "`organization` is not read from a pipeline's artifact")
            .with_label("no job asks which accounts there are");
    Some(fault.with_help("name the accounts, or run `xdeploy apply` in a build of the pipeline"))
}

/// Returns the faults of an environment that has programs of the machine called which works on the job.
fn local_webhooks(environment: &PlannedEnvironment) -> Vec<Fault> {
    let is_local = |target: &&NoticeTarget| match target {
        NoticeTarget::Webhook(address) => !address.leads_outside(),
        NoticeTarget::Sns(_) | NoticeTarget::EventBus(_) | NoticeTarget::Unknown(_) => false,
    };
    let fault = |_: &NoticeTarget| {
        let text = "a `webhook` of a pipeline's artifact leads outside of the machine that works on the job";
        Fault::of_file(&environment.path, text).with_help("it begins with `https://`")
    };
    environment.notify.iter().filter(is_local).map(fault).collect()
}

/// Returns a variable of this process's environment that an artifact may read.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| may_be_read(name, value))
}

/// Whether an artifact may read a variable: none of AWS's, which may be keys, and no proxy's password.
fn may_be_read(name: &str, value: &str) -> bool {
    let name = name.to_ascii_uppercase();
    let has_password = name.ends_with("_PROXY") && value.contains('@');
    !name.starts_with("AWS_") && !has_password
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_artifact_reads_nothing_outside_of_its_folder_and_none_of_the_machines_keys() {
        let machine = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(machine.path().join("secret"), "s3cr3t").expect("it takes files");
        let folder = machine.path().join("files");
        std::fs::create_dir(&folder).expect("it takes folders");
        std::fs::write(folder.join("app.yaml"), "Resources: { T: { Type: 'AWS::SNS::Topic' } }\n")
            .expect("it takes files");
        let head = "environment: e\nassume-role: { name: r }\nregions: [eu-central-1]\n\
                    accounts: { dev: '100000000001' }\nstacks:\n  app: { template: app.yaml, ";
        let secret = machine.path().join("secret");
        for (rest, expected) in [
            ("tags: { t: '${file:../secret}' } }".to_owned(), "leads outside"),
            (format!("tags: {{ t: '${{file:{}}}' }} }}", secret.display()), "leads outside"),
            ("stack-policy: ../secret }".to_owned(), "leads outside"),
            ("tags: { t: '${env:AWS_SECRET_ACCESS_KEY}' } }".to_owned(), "is not set"),
            ("tags: { t: '${env:PATH}' } }".to_owned(), ""),
            (
                "}\norganization: { units: ['**'] }".to_owned(),
                "`organization` is not read from a pipeline's artifact",
            ),
            ("}\nnotify: [{ webhook: 'https://hooks.example.com/' }]".to_owned(), ""),
            (
                "}\nnotify: [{ webhook: 'http://127.0.0.1:9001/' }]".to_owned(),
                "leads outside of the machine",
            ),
        ] {
            std::fs::write(folder.join("e.yaml"), format!("{head}{rest}\n")).expect("a file");
            let files = vec!["e.yaml".into()];
            let configuration = ActionConfiguration { files, ..ActionConfiguration::default() };
            match resolve(&configuration, &folder) {
                Ok(_) => assert_eq!(expected, "", "{rest}"),
                Err(faults) => {
                    let shown = faults.render(false, 80);
                    assert!(!expected.is_empty() && shown.contains(expected), "{rest}: {shown}");
                    assert!(!shown.contains("s3cr3t"), "{shown}");
                }
            }
        }
    }

    #[test]
    fn an_artifact_reads_neither_keys_nor_the_password_of_a_proxy() {
        for (name, value, expected) in [
            ("PATH", "/bin", true),
            ("AWS_SESSION_TOKEN", "t", false),
            ("aws_secret_access_key", "k", false),
            ("HTTPS_PROXY", "http://proxy.example:3128", true),
            ("HTTPS_PROXY", "http://me:secret@proxy.example:3128", false),
            ("https_proxy", "me:secret@proxy.example", false),
            ("MAIL", "me@example.com", true),
        ] {
            assert_eq!(may_be_read(name, value), expected, "{name}={value}");
        }
    }
}
