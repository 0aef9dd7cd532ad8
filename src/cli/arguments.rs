//! The command line as types.

mod entering;
mod pipeline;

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::conduct::Conduct;
use super::exit;
use super::kept::{Kept, Report, Resume, Rollback, Runs};
use super::pace::{self, Limit, Limits};
use crate::sandbox::{Fault, HostName};

pub use pipeline::{BucketOwners, CodePipelineCommand, Lambda, Worker};

pub use entering::{Assume, Console, CredentialSource, Doctor, Exec, KeysFormat, Profiles};

/// Deploys AWS CloudFormation stacks into many accounts at once.
#[derive(Debug, Parser)]
#[command(name = "xdeploy", version, after_help = exit::TABLE, max_term_width = 100)]
pub struct Arguments {
    /// Flags of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// When to colour what is printed
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Say more of what goes on behind the scenes; twice for more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Write what goes on behind the scenes to a file
    #[arg(long, global = true, value_name = "FILE")]
    pub log: Option<PathBuf>,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create or update every stack instance, follow it, and collect outputs
    Apply(Change),
    /// Show what apply would do; changes nothing
    Plan(Plan),
    /// Delete every stack instance, in reverse order
    Destroy(Change),
    /// Show how every stack instance stands
    Status(Status),
    /// Show the outputs of every stack instance
    Outputs(Outputs),
    /// Check everything that can be checked without a network
    Validate(Validate),
    /// Show the order of the stack instances
    Graph(Graph),
    /// Say why accounts can or cannot be entered, which side refuses, and what mends it
    Doctor(Doctor),
    /// Hand out short-lived credentials of one account
    Assume(Assume),
    /// Run a command in each account, with its credentials in the environment
    Exec(Exec),
    /// Show or write a profile of the AWS config file for each account
    Profiles(Profiles),
    /// Print the address at which the console switches into an account's role
    Console(Console),
    /// Go on with a run that broke off or was stopped
    Resume(Resume),
    /// Put back what a run changed
    Rollback(Rollback),
    /// List the runs that were kept
    Runs(Runs),
    /// Show how a run went, from its journal
    Report(Report),
    /// Be an action of AWS CodePipeline
    #[command(name = "codepipeline")]
    CodePipeline {
        /// In which way.
        #[command(subcommand)]
        command: CodePipelineCommand,
    },
    /// Print the JSON Schema of the environment file
    Schema,
    /// The embedded cloud: a small AWS for demos, tests and rehearsals
    Sandbox {
        /// What to do with it.
        #[command(subcommand)]
        command: SandboxCommand,
    },
}

/// Which stack instances of which files.
#[derive(Clone, Debug, Args)]
pub struct Selected {
    /// Environment files; several run side by side
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Only accounts whose name or id matches; may be repeated
    #[arg(long = "account", value_name = "GLOB")]
    pub accounts: Vec<String>,
    /// Only stacks whose key matches; may be repeated
    #[arg(long = "stack", value_name = "GLOB")]
    pub stacks: Vec<String>,
    /// Only these Regions; may be repeated
    #[arg(long = "region", value_name = "REGION")]
    pub regions: Vec<String>,
}

/// Where the cloud is.
#[derive(Clone, Debug, Args)]
pub struct Place {
    /// Use the embedded sandbox instead of AWS; its state stays in .xdeploy
    #[arg(long)]
    pub sandbox: bool,
    /// The code of the MFA device that `source.mfa-serial` names; asked for without it
    #[arg(long, value_name = "CODE")]
    pub mfa_code: Option<String>,
    /// How long the sandbox takes for one resource
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, hide = true, value_parser = seconds)]
    pub sandbox_seconds_per_resource: f64,
    /// How long each request to the sandbox takes on its way
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0, hide = true)]
    pub sandbox_latency: u64,
    /// Which requests the sandbox refuses for coming too fast
    #[arg(long, value_name = "LIMITS", default_value = "none", hide = true)]
    pub sandbox_throttling: Limits,
    /// The limit of one of the sandbox's actions
    #[arg(long, value_name = "ACTION=RATE", hide = true, value_parser = pace::limit)]
    pub sandbox_throttle: Vec<Limit>,
    /// Let something go wrong in the sandbox, such as fail,wave=2,account=payments or
    /// error=503,action=CreateStack,times=2; may be repeated. docs/rehearsal.md tells all
    #[arg(long, value_name = "FAULT", requires = "sandbox")]
    pub sandbox_fault: Vec<Fault>,
    /// How long the sandbox takes until a change of IAM counts
    #[arg(long, value_name = "DURATION", default_value = "0s", hide = true, value_parser = pace::delay)]
    pub sandbox_iam_propagation: Duration,
    /// Where runs are kept: those of the last minutes tell where IAM was just changed.
    #[command(flatten)]
    pub kept: Kept,
}

/// `apply` and `destroy`.
#[derive(Clone, Debug, Args)]
pub struct Change {
    /// Which stack instances.
    #[command(flatten)]
    pub selected: Selected,
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// Ask no question
    #[arg(short, long)]
    pub yes: bool,
    /// How it is told.
    #[command(flatten)]
    pub conduct: Conduct,
    /// The most stack instances in flight, instead of what the files say
    #[arg(long, value_name = "N")]
    pub max_concurrent: Option<NonZeroUsize>,
    /// What a failure stops besides what needs it, instead of what the files say
    #[arg(long, value_name = "ACTION")]
    pub on_failure: Option<OnFailure>,
    /// When the run is asked to stop, cancel the updates that are under way: their stacks go back to
    /// how they were
    #[arg(long)]
    pub cancel_updates: bool,
    /// Begin with each file only once the one before it succeeded
    #[arg(long)]
    pub in_order: bool,
}

/// `plan`.
#[derive(Clone, Debug, Args)]
pub struct Plan {
    /// Which stack instances.
    #[command(flatten)]
    pub selected: Selected,
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// What stdout is: the changes for people or the report as JSON
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: TextOrJson,
    /// How progress is shown on stderr
    #[arg(long, value_name = "STYLE", default_value = "auto")]
    pub progress: Progress,
    /// End with exit code 4 if anything would change
    #[arg(long)]
    pub exit_code: bool,
    /// The most stack instances that are looked at together
    #[arg(long, value_name = "N")]
    pub max_concurrent: Option<NonZeroUsize>,
}

/// What a failure stops besides what needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnFailure {
    /// Everything that has not started, once more accounts failed than may.
    Stop,
    /// Nothing.
    Continue,
    /// As stop; then what the run changed in the wave is put back.
    RollbackWave,
    /// As stop; then all that the run changed is put back.
    RollbackRun,
}

impl From<OnFailure> for crate::environment::OnFailure {
    fn from(on_failure: OnFailure) -> Self {
        match on_failure {
            OnFailure::Stop => Self::Stop,
            OnFailure::Continue => Self::Continue,
            OnFailure::RollbackWave => Self::RollbackWave,
            OnFailure::RollbackRun => Self::RollbackRun,
        }
    }
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Progress {
    /// `dashboard` on a terminal, else `plain`.
    Auto,
    /// Lines above a region that is drawn in place.
    Dashboard,
    /// A line for each event worth reading.
    Plain,
    /// Each event as one line of JSON.
    Json,
    /// Nothing.
    None,
}

/// A form of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TextOrJson {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// `status`.
#[derive(Clone, Debug, Args)]
pub struct Status {
    /// Which stack instances.
    #[command(flatten)]
    pub selected: Selected,
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// What stdout is
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: TextOrJson,
}

/// `outputs`.
#[derive(Clone, Debug, Args)]
pub struct Outputs {
    /// Which stack instances.
    #[command(flatten)]
    pub selected: Selected,
    /// Where.
    #[command(flatten)]
    pub place: Place,
    /// What stdout is
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub output: OutputsFormat,
    /// A JMESPath over environment, account, Region, stack and output
    #[arg(long, value_name = "JMESPATH")]
    pub query: Option<String>,
}

/// A form of outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputsFormat {
    /// One JSON object.
    Json,
    /// The same as YAML.
    Yaml,
    /// Lines with tabs.
    Text,
    /// Shell variables.
    Env,
    /// Aligned columns.
    Table,
}

/// `validate`.
#[derive(Clone, Debug, Args)]
pub struct Validate {
    /// Which stack instances.
    #[command(flatten)]
    pub selected: Selected,
    /// What stdout is
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: TextOrJson,
}

/// `graph`.
#[derive(Clone, Debug, Args)]
pub struct Graph {
    /// Which stack instances.
    #[command(flatten)]
    pub selected: Selected,
    /// What stdout is
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: GraphFormat,
}

/// A form of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GraphFormat {
    /// For people.
    Text,
    /// For Graphviz.
    Dot,
    /// For Markdown pages.
    Mermaid,
}

/// What to do with the sandbox.
#[derive(Debug, Subcommand)]
pub enum SandboxCommand {
    /// Serve it on loopback for the AWS CLI and SDKs, until interrupted
    Serve(Serve),
    /// Forget everything in .xdeploy/sandbox
    Reset,
    /// Show which accounts stand in .xdeploy/sandbox
    Status,
}

/// `sandbox serve`.
#[derive(Clone, Debug, Args)]
pub struct Serve {
    /// Environment files whose accounts and roles exist beforehand
    #[arg(value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "PORT", default_value_t = 4599)]
    pub port: u16,
    /// Answer requests to this host as well, such as host.docker.internal, and to names under it;
    /// may be repeated
    #[arg(long, value_name = "NAME")]
    pub allow_host: Vec<HostName>,
    /// How long one resource takes
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = seconds)]
    pub seconds_per_resource: f64,
    /// Keep nothing on disk
    #[arg(long)]
    pub in_memory: bool,
    /// How long each request takes on its way
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    pub latency: u64,
    /// Which requests are refused for coming too fast
    #[arg(long, value_name = "LIMITS", default_value = "none")]
    pub throttling: Limits,
    /// The limit of one action, or of all `reads` or `writes`: requests a second, and at once after
    /// a colon, such as DescribeStacks=1 or writes=5:10; may be repeated
    #[arg(long, value_name = "ACTION=RATE", value_parser = pace::limit)]
    pub throttle: Vec<Limit>,
    /// Let something go wrong, such as reset,action=CreateStack,times=2; may be repeated.
    /// docs/rehearsal.md tells all
    #[arg(long, value_name = "FAULT")]
    pub fault: Vec<Fault>,
    /// How long it takes until a change of roles, users or policies counts, such as 10s
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = pace::delay)]
    pub iam_propagation: Duration,
    /// How long a Lambda function may take, at most 15m
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = pace::function_timeout)]
    pub lambda_timeout: Duration,
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok(seconds),
        _ => Err("a number of seconds is needed, at most a day".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
