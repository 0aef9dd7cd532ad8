//! Arguments that several commands share: what is selected, which cloud, where runs are kept, and how a
//! run is followed and reported.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::candidates;
use super::sandbox_settings::{
    self, ActionLimit, ResourcePermissions, SandboxClock, ThrottlingProfile, seconds,
};
use super::state_args::StateArgs;
use crate::cloud::Cloud;
use crate::organization::{Freshness, Listings};
use crate::run::WhenLocked;
use crate::sandbox::{FaultRule, MadeUpStacks, MadeUpValues};

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

/// Which stack instances of which files.
#[derive(Clone, Debug, Args)]
pub struct SelectionArgs {
    /// Environment files; several run side by side
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Only accounts whose name, id or group matches, `!` takes away; may be repeated
    #[arg(long = "account", value_name = "GLOB", add = candidates::accounts())]
    pub accounts: Vec<String>,
    /// Only stacks whose key matches; may be repeated
    #[arg(long = "stack", value_name = "GLOB", add = candidates::stacks())]
    pub stacks: Vec<String>,
    /// Only these Regions; may be repeated
    #[arg(long = "region", value_name = "REGION", add = candidates::regions())]
    pub regions: Vec<String>,
    /// Select as well what needs the selected stack instances, itself or through others
    #[arg(long)]
    pub with_dependents: bool,
    /// Only what the files resolve to otherwise than at this git revision, and what depends on it
    #[arg(long, value_name = "REV")]
    pub changed_since: Option<String>,
    /// The accounts that the files have in AWS Organizations.
    #[arg(skip)]
    pub listings: Arc<Listings>,
}

impl SelectionArgs {
    /// Returns the selection of all stack instances of files.
    pub fn everything(files: Vec<PathBuf>) -> Self {
        let (accounts, stacks, regions) = (Vec::new(), Vec::new(), Vec::new());
        let listings = Arc::default();
        let (with_dependents, changed_since) = (false, None);
        Self { files, accounts, stacks, regions, with_dependents, changed_since, listings }
    }

    /// Whether no stack instance of the files is left out.
    pub fn is_everything(&self) -> bool {
        self.accounts.is_empty()
            && self.stacks.is_empty()
            && self.regions.is_empty()
            && self.changed_since.is_none()
    }

    /// Returns the same selection with the accounts that its files have in AWS Organizations.
    pub fn with_listings(&self, listings: Arc<Listings>) -> Self {
        Self { listings, ..self.clone() }
    }

    /// Returns the same selection with what needs it.
    pub fn and_dependents(self) -> Self {
        Self { with_dependents: true, ..self }
    }
}

/// Where the cloud is.
#[derive(Clone, Debug, Args)]
pub struct CloudArgs {
    /// Use the embedded sandbox instead of AWS; its state stays in the nearest .xdeploy
    #[arg(long)]
    pub sandbox: bool,
    /// The code of the MFA device that `source.mfa-serial` names; asked for without it
    #[arg(long, value_name = "CODE")]
    pub mfa_code: Option<String>,
    /// How long the sandbox takes for one resource
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0, value_parser = seconds)]
    pub sandbox_seconds_per_resource: f64,
    /// How long each request to the sandbox takes on its way
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0, hide = true)]
    pub sandbox_latency: u64,
    /// Which requests the sandbox refuses for coming too fast
    #[arg(long, value_name = "LIMITS", default_value = "none")]
    pub sandbox_throttling: ThrottlingProfile,
    /// The limit of one of the sandbox's actions
    #[arg(long, value_name = "ACTION=RATE", hide = true, value_parser = sandbox_settings::limit)]
    pub sandbox_throttle: Vec<ActionLimit>,
    /// Let something go wrong in the sandbox, such as fail,wave=2,account=payments or
    /// error=503,action=CreateStack,times=2; may be repeated. docs/rehearsal.md tells all
    #[arg(long, value_name = "FAULT", requires = "sandbox")]
    pub sandbox_fault: Vec<FaultRule>,
    /// How time passes in the sandbox: virtual passes at once wherever the command would only wait
    #[arg(long, value_name = "CLOCK", default_value = "real", requires = "sandbox")]
    pub sandbox_clock: SandboxClock,
    /// How long the sandbox takes until a change of IAM counts
    #[arg(long, value_name = "DURATION", default_value = "0s", hide = true, value_parser = sandbox_settings::delay)]
    pub sandbox_iam_propagation: Duration,
    /// Whether a stack's resources need the permissions of who deploys it, or of its service role
    #[arg(long, value_name = "PERMISSIONS", default_value = "asked")]
    pub sandbox_resource_permissions: ResourcePermissions,
    /// What the sandbox makes up while the command runs.
    #[arg(skip)]
    pub made_up_stacks: MadeUpStacks,
    /// What the sandbox takes for values that nobody gave it.
    #[arg(skip)]
    pub made_up_values: MadeUpValues,
    /// The cloud in which accounts were listed, once they were.
    #[arg(skip)]
    pub listed_in: Arc<OnceLock<Cloud>>,
    /// Ask AWS Organizations now which accounts there are, although the answer kept is not 15 minutes old
    #[arg(long)]
    pub refresh: bool,
    /// Do not ask AWS Organizations which accounts there are: go by the answer that is kept
    #[arg(long, conflicts_with = "refresh")]
    pub offline: bool,
    /// Where runs are kept: those of the last minutes tell where IAM was just changed.
    #[command(flatten)]
    pub state: StateArgs,
}

impl CloudArgs {
    /// Returns how fresh the answer of AWS Organizations must be. The sandbox is asked each time: it costs nothing.
    pub fn freshness(&self) -> Freshness {
        match (self.offline, self.refresh || self.sandbox) {
            (true, _) => Freshness::Kept,
            (false, true) => Freshness::Anew,
            (false, false) => Freshness::Recent,
        }
    }
}

/// Files that a report is written to.
#[derive(Clone, Debug, Default, Args)]
pub struct ReportFileArgs {
    /// Write a page about the run that needs no network
    #[arg(long, value_name = "FILE", value_parser = file)]
    pub html: Option<PathBuf>,
    /// Write the run as a JUnit report, a test case for each stack instance
    #[arg(long, value_name = "FILE", value_parser = file)]
    pub junit: Option<PathBuf>,
}

/// How a run is followed and reported, and whether it waits for another one.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// What stdout is: a summary for people or the report as JSON
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: TextOrJson,
    /// How progress is shown on stderr
    #[arg(long, value_name = "STYLE", default_value = "auto")]
    pub progress: ProgressMode,
    /// What is written at the end, however the run went.
    #[command(flatten)]
    pub report_files: ReportFileArgs,
    /// Wait while another run works on the same environment, instead of being refused
    #[arg(long)]
    pub wait: bool,
}

impl RunArgs {
    /// Returns what is done while another run works on the same environment.
    pub fn when_locked(&self) -> WhenLocked {
        if self.wait { WhenLocked::Wait } else { WhenLocked::Refuse }
    }
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProgressMode {
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

impl ProgressMode {
    /// Whether every line on stderr is an event: no note stands between them.
    pub fn is_events(self) -> bool {
        self == Self::Json
    }

    /// Whether people read stderr as the run goes on.
    pub fn is_for_people(self) -> bool {
        match self {
            Self::Auto | Self::Dashboard | Self::Plain => true,
            Self::Json | Self::None => false,
        }
    }
}

/// A form of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TextOrJson {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// A dash is no file here: stdout has the summary already.
pub fn file(text: &str) -> Result<PathBuf, String> {
    match text {
        "" | "-" => Err("the name of a file is needed".to_owned()),
        _ => Ok(PathBuf::from(text)),
    }
}
