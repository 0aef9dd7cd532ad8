//! `xdeploy rollback`.

use clap::Args;

use super::arguments::{CloudArgs, Global, RunArgs};
use super::confirm::confirm;
use super::error::CommandError;
use super::exit::Exit;
use super::print;
use super::resume::{read, unusable};
use super::run_output::RunOutput;
use crate::engine::Run;
use crate::event::Operation;
use crate::report::resume_command;
use crate::run::ReadyRun;

/// The arguments of `rollback`.
#[derive(Clone, Debug, Args)]
pub struct RollbackArgs {
    /// The run whose changes are put back: its id, the start of one, or `latest`
    #[arg(value_name = "RUN")]
    pub run: String,
    /// Where the cloud is.
    #[command(flatten)]
    pub cloud: CloudArgs,
    /// Ask no question
    #[arg(short, long)]
    pub yes: bool,
    /// How it is followed and reported.
    #[command(flatten)]
    pub run_args: RunArgs,
}

/// Puts back what a run changed.
///
/// # Errors
/// When it was refused before it began.
pub async fn rollback(arguments: &RollbackArgs, global: &Global) -> Result<Exit, CommandError> {
    arguments.run_args.report_files.check()?;
    let output = RunOutput::new(&arguments.run_args, global);
    let when_locked = arguments.run_args.when_locked();
    let found = read(&arguments.run, &arguments.cloud, when_locked).await?;
    let (start, past) = (&found.start, &found.kept.past);
    if start.operation == Operation::Destroy {
        return Err(unusable(
            &format!("run {} deleted stacks: what they held is gone", start.run),
            "`xdeploy apply` makes them anew",
        ));
    }
    if past.is_open() {
        return Err(unusable(
            &format!("run {} left stacks that may still move", start.run),
            &format!(
                "`{}` follows them to their end; then roll back",
                resume_command(&start.run, arguments.cloud.state.named().as_deref())
            ),
        ));
    }
    let plan = found.plan()?;
    let changed = plan.instances.iter().filter(|i| past.change(&i.id).is_some()).count();
    if changed == 0 {
        print::note(&format!("run {} changed nothing that could be put back", start.run));
        return Ok(Exit::Done);
    }
    found.check_templates()?;
    let entered =
        found.enter(&plan, &arguments.cloud, arguments.run_args.progress, &output).await?;
    if !arguments.yes && !arguments.cloud.sandbox && !found.asked.sandbox {
        let what = format!("rollback puts back {changed} stack instances of run {}", start.run);
        confirm("rollback", &what)?;
    }
    let (ready, not_begun) = found.ready(plan, entered)?;
    let ready = ReadyRun { run: Run { goes_back: true, ..ready.run }, ..ready };
    Ok(output.carry_out(ready, not_begun).await)
}
