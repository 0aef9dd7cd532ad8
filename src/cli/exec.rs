//! `xdeploy exec`.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use futures::stream::{self, StreamExt};
use tokio::sync::{mpsc, watch};

use super::arguments::{CloudArgs, Global, ProgressMode, TextOrJson};
use super::candidates;
use super::connect::{Reach, clock_of_programs, reach};
use super::error::CommandError;
use super::exec_output::{ExecEnd, ExecOutput, conclude};
use super::exit::Exit;
use super::listings::listed;
use super::load::{accounts, variable};
use super::print::{self, Written};
use super::progress::{Interrupt, ProgressLine};
use super::signals;
use super::status::origin;
use crate::engine::Stop;
use crate::event::{Failure, FailureKind};
use crate::name::Region;
use crate::plan::{Plan, read_region};
use crate::report::place_line;
use crate::sessions::Sessions;
use crate::trust::credentials::AccountCredentials;
use crate::trust::{ExecCommand, ExecTarget, OutputLine, run};

/// The arguments of `exec`.
#[derive(Clone, Debug, Args)]
pub struct ExecArgs {
    /// The environment file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Only accounts whose name, id or group matches, `!` takes away; may be repeated
    #[arg(long = "account", value_name = "GLOB", add = candidates::accounts())]
    pub accounts: Vec<String>,
    /// The Region that the command sees, instead of the account's first
    #[arg(long, value_name = "REGION")]
    pub region: Option<String>,
    /// Where the cloud is.
    #[command(flatten)]
    pub cloud: CloudArgs,
    /// The most commands that run at the same time
    #[arg(long, value_name = "N", default_value = "16")]
    pub max_concurrent: NonZeroUsize,
    /// What stdout is: lines with the account in front, or one JSON object at the end
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub output: TextOrJson,
    /// How progress is shown on stderr
    #[arg(long, value_name = "STYLE", default_value = "auto")]
    pub progress: ProgressMode,
    /// The command and its arguments, after `--`
    #[arg(last = true, required = true, value_name = "CMD")]
    pub command: Vec<OsString>,
}

/// How many lines may wait to be printed before commands wait as well.
const MOST_LINES: usize = 256;

/// Runs a command in each account, with the account's credentials.
///
/// # Errors
/// When the files are wrong, or the cloud cannot be used.
pub async fn exec(arguments: &ExecArgs, global: &Global) -> Result<Exit, CommandError> {
    let files = std::slice::from_ref(&arguments.file);
    let listings = listed(files, &arguments.cloud, (arguments.progress, global)).await?;
    let plan = accounts(files, &arguments.accounts, &listings)?;
    let region = arguments.region.as_deref().map(|name| read_region(name, &variable));
    let (plan, region) = (Arc::new(plan), region.transpose()?);
    let Reach { cloud, endpoint } =
        reach(&arguments.cloud, &plan, clock_of_programs(&arguments.cloud)?).await?;
    let (reader, is_read) = watch::channel(true);
    let stop = signals::listen();
    let work = Work {
        plan: plan.clone(),
        sessions: Sessions::new(cloud.clone(), plan.clone()),
        command: ExecCommand {
            program: arguments.command[0].clone(),
            arguments: arguments.command[1..].to_vec(),
        },
        region: region.clone(),
        endpoint,
        is_read,
        stop: stop.clone(),
    };
    let running = ("running", plan.accounts.len(), "account");
    let progress = ProgressLine::start(running, Interrupt::IsHeard, arguments.progress, global);
    let (lines, heard) = mpsc::channel(MOST_LINES);
    let at_most = arguments.max_concurrent.get();
    let all = async {
        let lines = lines;
        let numbers = 0..plan.accounts.len();
        let run = async |number| {
            let end = work.run_in(number, lines.clone()).await;
            progress.step();
            end
        };
        stream::iter(numbers).map(run).buffer_unordered(at_most).collect::<Vec<_>>().await
    };
    let listening = ExecOutput::listen(heard, arguments.output, &plan, &reader);
    let (mut ended, said) = tokio::join!(all, listening);
    drop(progress);
    ended.sort_by_key(|(number, _)| *number);
    let written = match arguments.output {
        TextOrJson::Json => said.print(&plan, region.as_ref(), &ended, &cloud.api_calls()),
        TextOrJson::Text => said.written,
    };
    let is_unread = written != Written::Whole;
    if !is_unread {
        place_line(&origin(&arguments.cloud, &plan, &work.sessions))
            .iter()
            .for_each(|line| print::note(line));
    }
    let is_stopped = *stop.borrow() != Stop::No;
    let exit = conclude(&plan, &ended, is_unread);
    Ok(written.then(if is_stopped { Exit::Interrupted } else { exit }))
}

/// What every account's command shares.
struct Work {
    plan: Arc<Plan>,
    sessions: Sessions,
    command: ExecCommand,
    region: Option<Region>,
    /// Where the embedded sandbox answers the commands, if it is used.
    endpoint: Option<String>,
    /// Whether anybody reads what the commands write to stdout.
    is_read: watch::Receiver<bool>,
    stop: watch::Receiver<Stop>,
}

impl Work {
    async fn run_in(&self, number: usize, lines: mpsc::Sender<OutputLine>) -> (usize, ExecEnd) {
        let mut stop = self.stop.clone();
        let keys = tokio::select! {
            biased;
            // Nobody is waited for who may never answer.
            Ok(_) = stop.wait_for(|stop| *stop != Stop::No) => Err(not_started()),
            keys = self.keys(number) => keys,
        };
        let keys = match keys {
            Ok(keys) => keys,
            Err(failure) => return (number, Err(failure)),
        };
        let target = ExecTarget { number, variables: self.variables(number, keys.variables()) };
        let (is_read, stop) = (self.is_read.clone(), self.stop.clone());
        (number, Ok(run(&self.command, target, lines, is_read, stop).await))
    }

    async fn keys(&self, number: usize) -> Result<AccountCredentials, Failure> {
        let session = self.sessions.enter(number).await.session.map_err(Clone::clone)?;
        session.credentials().await.map(AccountCredentials::from)
    }

    fn variables(&self, number: usize, keys: Vec<(&'static str, String)>) -> Vec<(String, String)> {
        let target = &self.plan.accounts[number];
        let region = self.region.as_ref().unwrap_or(&target.region).to_string();
        let environment = &self.plan.environments[target.environment].name;
        let own = [
            ("AWS_REGION", region.clone()),
            ("AWS_DEFAULT_REGION", region),
            ("XDEPLOY_ENVIRONMENT", environment.to_string()),
            ("XDEPLOY_ACCOUNT", target.name.to_string()),
            ("XDEPLOY_ACCOUNT_ID", target.id.to_string()),
        ];
        let endpoint = self.endpoint.clone().map(|endpoint| ("AWS_ENDPOINT_URL", endpoint));
        let all = keys.into_iter().chain(own).chain(endpoint);
        all.map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

fn not_started() -> Failure {
    Failure::new(FailureKind::Cancelled, "cancelled before it was started")
}
