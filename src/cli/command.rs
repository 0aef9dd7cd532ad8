//! The command line: which command, and who carries it out.

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use tokio::runtime::Builder;

use super::accounts::AccountsArgs;
use super::apply::ApplyArgs;
use super::arguments::{CloudArgs, Global};
use super::assume::AssumeArgs;
use super::codepipeline::CodePipelineCommand;
use super::completions::CompletionsArgs;
use super::console::ConsoleArgs;
use super::destroy::DestroyArgs;
use super::doctor::DoctorArgs;
use super::drift::DriftArgs;
use super::error::CommandError;
use super::exec::ExecArgs;
use super::exit::{self, Exit};
use super::graph::GraphArgs;
use super::init_args::InitArgs;
use super::man::ManArgs;
use super::outputs::OutputsArgs;
use super::plan::PlanArgs;
use super::profiles::ProfilesArgs;
use super::prune::PruneArgs;
use super::report::ReportArgs;
use super::resume::ResumeArgs;
use super::rollback::RollbackArgs;
use super::runs::RunsArgs;
use super::sandbox::SandboxCommand;
use super::sandbox_settings::SandboxClock;
use super::state::StateCommand;
use super::status::StatusArgs;
use super::validate::ValidateArgs;
use super::watch::WatchArgs;
use super::{
    accounts, apply, assume, aws_variables, codepipeline, completions, console, destroy, doctor,
    drift, exec, gates, graph, init, log, man, outputs, plan, print, profiles, progress, prune,
    rehearsal, report, resume, rollback, runs, sandbox, state, status, validate, watch,
};

/// Deploys AWS CloudFormation stacks into many accounts at once.
#[derive(Debug, Parser)]
#[command(name = "xdeploy", version, after_help = exit::TABLE, max_term_width = 100)]
pub struct CommandLine {
    /// Flags of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write the files of a first environment; asks for what the flags leave out
    Init(InitArgs),
    /// Create or update every stack instance, follow it, and collect outputs
    Apply(ApplyArgs),
    /// Show what apply would do; changes nothing
    Plan(PlanArgs),
    /// Delete every stack instance, in reverse order
    Destroy(DestroyArgs),
    /// Delete what earlier runs made and no file names any more, after showing it
    Prune(PruneArgs),
    /// Show where resources differ from their templates, identical drift folded; changes none
    Drift(DriftArgs),
    /// Show how every stack instance stands
    Status(StatusArgs),
    /// Show the outputs of every stack instance
    Outputs(OutputsArgs),
    /// Check everything that can be checked without a network
    Validate(ValidateArgs),
    /// Show the order of the stack instances
    Graph(GraphArgs),
    /// Show the accounts that the files cover, their waves and how they are entered
    Accounts(AccountsArgs),
    /// Say why accounts can or cannot be entered, which side refuses, and what mends it
    Doctor(DoctorArgs),
    /// Hand out short-lived credentials of one account
    Assume(AssumeArgs),
    /// Run a command in each account, with its credentials in the environment and an empty stdin
    Exec(ExecArgs),
    /// Show or write a profile of the AWS config file for each account
    Profiles(ProfilesArgs),
    /// Print the address at which the console switches into an account's role
    Console(ConsoleArgs),
    /// Resume a run that is unfinished or was cancelled
    Resume(ResumeArgs),
    /// Put back what a run changed
    Rollback(RollbackArgs),
    /// List the runs that were kept
    Runs(RunsArgs),
    /// Show how a run went, from its journal
    Report(ReportArgs),
    /// Follow a run that another process carries out; pause it, have it go on, cancel it
    Watch(WatchArgs),
    /// Check the place where runs are kept, or copy them to another one
    State {
        /// What to do with it.
        #[command(subcommand)]
        command: StateCommand,
    },
    /// Be an action of AWS CodePipeline
    #[command(name = "codepipeline")]
    CodePipeline {
        /// In which way.
        #[command(subcommand)]
        command: CodePipelineCommand,
    },
    /// Print the JSON Schema of the environment file
    Schema,
    /// Print the script that completes command lines in a shell
    Completions(CompletionsArgs),
    /// Print a page of the manual, or write all of them
    Man(ManArgs),
    /// The embedded cloud: a small AWS for demos, tests and rehearsals
    Sandbox {
        /// What to do with it.
        #[command(subcommand)]
        command: SandboxCommand,
    },
}

/// Runs what the command line asks for and returns the exit code; `docs/results.md` lists them.
pub fn main() -> ExitCode {
    completions::answer_shell(CommandLine::command);
    let CommandLine { global, command } = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) => return ExitCode::from(print::usage(error).code()),
    };
    if let Err(error) = aws_variables::settle() {
        return ExitCode::from(print::error(&error, &global).code());
    }
    std::panic::set_hook(Box::new(|panic| {
        progress::give_way();
        exit::report_bug(panic);
    }));
    // Nothing that the command had is looked at once it has panicked.
    match std::panic::catch_unwind(AssertUnwindSafe(|| logged(command, &global))) {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(_) => ExitCode::from(Exit::Bug.code()),
    }
}

/// Carries out a command beside the log that is asked for; says why it failed if it did.
fn logged(command: Command, global: &Global) -> Exit {
    let log = match log::start(global) {
        Ok(log) => log,
        Err(error) => return print::error(&error, global),
    };
    let done = carry_out(command, global);
    if done.is_ok() {
        rehearsal::tell_what_never_happened();
    }
    log.written(done.unwrap_or_else(|error| print::error(&error, global)))
}

fn carry_out(command: Command, global: &Global) -> Result<Exit, CommandError> {
    match command {
        Command::Init(first) => init::init(&first),
        Command::Apply(run) => wait_in(&run.change.cloud, async {
            gates::asked(apply::apply(&run, global).await, global).await
        }),
        Command::Plan(look) => wait_in(&look.cloud, plan::plan(&look, global)),
        Command::Destroy(run) => wait_in(&run.change.cloud, async {
            gates::asked(destroy::destroy(&run, global).await, global).await
        }),
        Command::Prune(run) => wait_in(&run.change.cloud, async {
            gates::asked(prune::prune(&run, global).await, global).await
        }),
        Command::Drift(look) => wait_in(&look.cloud, drift::drift(&look, global)),
        Command::Status(read) => wait_in(&read.cloud, status::status(&read, global)),
        Command::Outputs(read) => wait_in(&read.cloud, outputs::outputs(&read, global)),
        Command::Validate(check) => validate::validate(&check, global),
        Command::Graph(graph) => graph::graph(&graph),
        Command::Accounts(look) => wait_in(&look.cloud, accounts::accounts(&look, global)),
        Command::Assume(one) => wait(assume::assume(&one, global)),
        Command::Exec(command) => wait(exec::exec(&command, global)),
        Command::Profiles(files) => profiles::profiles(&files),
        Command::Doctor(look) => wait_in(&look.cloud, doctor::doctor(&look, global)),
        Command::Console(one) => console::console(&one),
        Command::Resume(one) => wait_in(&one.cloud, async {
            gates::asked(resume::resume(&one, global).await, global).await
        }),
        Command::Rollback(one) => wait_in(&one.cloud, rollback::rollback(&one, global)),
        Command::Runs(list) => wait(runs::runs(&list)),
        Command::Report(read) => wait(report::report(&read, global)),
        Command::Watch(look) => wait(watch::watch(&look, global)),
        Command::State { command } => wait(state::state(&command)),
        Command::CodePipeline { command } => wait(codepipeline::codepipeline(&command)),
        Command::Schema => Ok(print::schema()),
        Command::Completions(shell) => completions::completions(&shell),
        Command::Man(pages) => man::man(&pages, CommandLine::command()),
        Command::Sandbox { command } => match command {
            SandboxCommand::Serve(serve) => wait(sandbox::serve(&serve)),
            SandboxCommand::Reset => sandbox::reset(),
            SandboxCommand::Status => sandbox::status(),
        },
    }
}

/// Waits for a command in the time of the cloud that it is meant for.
fn wait_in<T>(cloud: &CloudArgs, command: impl Future<Output = T>) -> T {
    let command = async {
        let done = command.await;
        cloud.state.settle().await;
        done
    };
    match cloud.sandbox_clock {
        SandboxClock::Real => wait(command),
        // Time stands still while anything is done, by threads that block as well, and leaps to the next moment
        // for which something waits.
        SandboxClock::Virtual => {
            wait_on(Builder::new_current_thread().enable_all().start_paused(true), command)
        }
    }
}

fn wait<T>(command: impl Future<Output = T>) -> T {
    wait_on(Builder::new_multi_thread().enable_all(), command)
}

fn wait_on<T>(runtime: &mut Builder, command: impl Future<Output = T>) -> T {
    let runtime = runtime.build().expect("the system lends threads and timers");
    let done = runtime.block_on(command);
    // What was left behind, such as a read of stdin, must not keep the program from ending.
    runtime.shutdown_background();
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        CommandLine::command().debug_assert();
    }
}
