//! Words on the command line to calls, failures to exit codes.
//!
//! One file per command; each reads alike: load, resolve, connect, run, report. Only this
//! module reads the process's environment and arguments, writes to stdout and listens to signals.

mod arguments;
mod asked;
mod assume;
mod change;
mod codebuild;
mod codepipeline;
mod conduct;
mod connect;
mod console;
mod doctor;
mod exec;
mod exit;
mod files;
mod graph;
mod kept;
mod load;
mod log;
mod log_style;
mod login;
mod outputs;
mod pace;
mod past;
mod plan;
mod print;
mod profiles;
mod question;
mod rehearsal;
mod report;
mod resume;
mod rollback;
mod runs;
mod sandbox;
mod second_factor;
mod signals;
mod status;
mod suspend;
mod terminal;
mod turn;
mod validate;
mod variables;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command, Global, SandboxCommand};
use exit::Exit;

use crate::event::Operation;

/// Runs what the command line asks for and returns the exit code; `docs/results.md` lists them.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return ExitCode::from(print::usage(error).code()),
    };
    if let Err(exit) = variables::settle() {
        return ExitCode::from(exit.code());
    }
    std::panic::set_hook(Box::new(exit::report_bug));
    match std::panic::catch_unwind(|| dispatch(arguments)) {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(_) => ExitCode::from(Exit::Bug.code()),
    }
}

fn dispatch(arguments: Arguments) -> Exit {
    let Arguments { global, command } = arguments;
    match log::start(&global) {
        Ok(log) => log.written(carry_out(command, &global)),
        Err(exit) => exit,
    }
}

fn carry_out(command: Command, global: &Global) -> Exit {
    match command {
        Command::Apply(run) => wait(change::change(Operation::Apply, &run, global)),
        Command::Plan(look) => wait(plan::plan(&look, global)),
        Command::Destroy(run) => wait(change::change(Operation::Destroy, &run, global)),
        Command::Status(read) => wait(status::status(&read, global)),
        Command::Outputs(read) => wait(outputs::outputs(&read, global)),
        Command::Validate(check) => validate::validate(&check, global),
        Command::Graph(graph) => graph::graph(&graph, global),
        Command::Assume(one) => wait(assume::assume(&one, global)),
        Command::Exec(command) => wait(exec::exec(&command, global)),
        Command::Profiles(files) => profiles::profiles(&files, global),
        Command::Doctor(look) => wait(doctor::doctor(&look, global)),
        Command::Console(one) => console::console(&one, global),
        Command::Resume(one) => wait(resume::resume(&one, global)),
        Command::Rollback(one) => wait(rollback::rollback(&one, global)),
        Command::Runs(list) => runs::runs(&list),
        Command::Report(read) => report::report(&read, global),
        Command::CodePipeline { command } => wait(codepipeline::codepipeline(&command, global)),
        Command::Schema => print::schema(),
        Command::Sandbox { command } => match command {
            SandboxCommand::Serve(serve) => wait(sandbox::serve(&serve, global)),
            SandboxCommand::Reset => sandbox::reset(),
            SandboxCommand::Status => wait(sandbox::status()),
        },
    }
}

fn wait(command: impl Future<Output = Exit>) -> Exit {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("the system lends threads and timers");
    let exit = runtime.block_on(command);
    // What was left behind, such as a read of stdin, must not keep the program from ending.
    runtime.shutdown_background();
    exit
}
