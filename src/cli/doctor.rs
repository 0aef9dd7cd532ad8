//! `xdeploy doctor`.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::arguments::{CloudArgs, Global, ProgressMode, TextOrJson};
use super::candidates;
use super::connect::{clock, connect};
use super::error::CommandError;
use super::exit::Exit;
use super::listings::listed;
use super::load;
use super::print;
use super::progress::{Interrupt, ProgressLine};
use crate::event::RunOrigin;
use crate::name::RoleArn;
use crate::report::place_line;
use crate::trust::doctor::examine;

/// The arguments of `doctor`.
#[derive(Clone, Debug, Args)]
pub struct DoctorArgs {
    /// Environment files
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Only accounts whose name, id or group matches, `!` takes away; may be repeated
    #[arg(long = "account", value_name = "GLOB", add = candidates::accounts())]
    pub accounts: Vec<String>,
    /// Where the cloud is.
    #[command(flatten)]
    pub cloud: CloudArgs,
    /// The role through which refused roles are read in their accounts: its name, the same in each
    #[arg(long, value_name = "ROLE", value_parser = role)]
    pub read_with: Option<String>,
    /// What stdout is
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: TextOrJson,
    /// How progress is shown on stderr
    #[arg(long, value_name = "STYLE", default_value = "auto")]
    pub progress: ProgressMode,
}

/// Says of every account, whether stacks are sent to it or not, why it can or cannot be entered.
///
/// # Errors
/// When the files are wrong, or the cloud cannot be used.
pub async fn doctor(arguments: &DoctorArgs, global: &Global) -> Result<Exit, CommandError> {
    let shown = (arguments.progress, global);
    let listings = listed(&arguments.files, &arguments.cloud, shown).await?;
    let plan = Arc::new(load::survey(&arguments.files, &arguments.accounts, &listings)?);
    let cloud = connect(&arguments.cloud, &plan, clock(&arguments.cloud)?)?;
    let work = ("examining", plan.accounts.len(), "account");
    let progress = ProgressLine::start(work, Interrupt::EndsProgram, arguments.progress, global);
    let examined = || progress.step();
    let examination = examine(plan, cloud.clone(), arguments.read_with.clone(), examined).await;
    drop(progress);
    let written = match arguments.output {
        TextOrJson::Json => print::json(&examination.json(&cloud.api_calls())),
        TextOrJson::Text => {
            let palette = print::stdout_palette(global);
            print::painted(&examination.text(palette), palette)
        }
    };
    let origin = RunOrigin { sandbox: arguments.cloud.sandbox, ..RunOrigin::default() };
    place_line(&origin).iter().for_each(|line| print::note(line));
    Ok(written.then(Exit::Reported(examination.exit_code())))
}

/// Returns the name of a role, with its path if it has one, from that or from an ARN.
fn role(text: &str) -> Result<String, String> {
    let name = text.split_once(":role/").map_or(text, |(_, name)| name);
    let name = name.strip_prefix('/').unwrap_or(name);
    let arn = format!("arn:aws:iam::000000000000:role/{name}");
    match arn.parse::<RoleArn>() {
        Ok(_) if !name.contains(':') => Ok(name.to_owned()),
        _ => Err("the name of a role is needed, such as OrganizationAccountAccessRole".to_owned()),
    }
}
