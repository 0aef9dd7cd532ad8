//! `xdeploy exec`.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::stream::{self, StreamExt};
use serde_json::{Value as Json, json};
use tokio::sync::{mpsc, watch};

use super::arguments::{Exec, Global, TextOrJson};
use super::connect::{Reach, reach};
use super::exit::Exit;
use super::load::accounts;
use super::print::{self, Written};
use super::signals;
use crate::clock::Clock;
use crate::cloud::Cloud;
use crate::engine::Stop;
use crate::event::Failure;
use crate::foreign::visible;
use crate::name::Region;
use crate::plan::{Plan, read_region};
use crate::report::{by_cause, counted, wrapped};
use crate::sessions::Sessions;
use crate::trust::keys::Keys;
use crate::trust::{Command, Finished, Line, Place, Stream, UNREAD, run};

/// How wide a list of accounts is, within its margin.
const WIDTH: usize = 78;

/// How many lines may wait to be printed before commands wait as well.
const MOST_LINES: usize = 256;

/// How the command ended in an account, or why it did not begin.
type Ended = Result<Finished, Failure>;

/// What the commands wrote, by the number of the account and whether it was to stdout.
type Kept = BTreeMap<(usize, bool), Vec<u8>>;

/// What the commands wrote, and whether what was printed of it stands there.
struct Said {
    kept: Kept,
    written: Written,
}

/// Runs a command in each account, with the account's credentials.
pub async fn exec(arguments: &Exec, global: &Global) -> Exit {
    let plan = accounts(std::slice::from_ref(&arguments.file), &arguments.accounts, global);
    let variable = |name: &str| std::env::var(name).ok();
    let region = arguments.region.as_deref().map(|name| read_region(name, &variable)).transpose();
    let (plan, region) = match (plan, region) {
        (Ok(plan), Ok(region)) => (Arc::new(plan), region),
        (Err(exit), _) => return exit,
        (_, Err(faults)) => {
            print::faults(&faults, global);
            return Exit::Usage;
        }
    };
    let Reach { cloud, endpoint } = match reach(&arguments.place, &plan, Clock::System).await {
        Ok(reach) => reach,
        Err(exit) => return exit,
    };
    let (reader, is_read) = watch::channel(true);
    let work = Work {
        is_read,
        sessions: Sessions::new(cloud.clone(), plan.clone()),
        cloud,
        command: Command {
            program: arguments.command[0].clone(),
            arguments: arguments.command[1..].to_vec(),
        },
        region,
        endpoint,
        stop: signals::listen(),
        plan,
    };
    let (lines, heard) = mpsc::channel(MOST_LINES);
    let at_most = arguments.max_concurrent.get();
    let all = async {
        let lines = lines;
        let numbers = 0..work.plan.accounts.len();
        let run = |number| work.run_in(number, lines.clone());
        stream::iter(numbers).map(run).buffer_unordered(at_most).collect::<Vec<_>>().await
    };
    let (mut ended, said) = tokio::join!(all, listen(heard, arguments.output, &work.plan, &reader));
    ended.sort_by_key(|(number, _)| *number);
    let written = match arguments.output {
        TextOrJson::Json => print::json(&json(&work, &ended, &said.kept)),
        TextOrJson::Text => said.written,
    };
    written.then(conclude(&work, &ended, written != Written::Whole))
}

/// What every account's command shares.
struct Work {
    plan: Arc<Plan>,
    cloud: Cloud,
    sessions: Sessions,
    command: Command,
    region: Option<Region>,
    /// Where the embedded sandbox answers the commands, if it is used.
    endpoint: Option<String>,
    /// Whether anybody reads what the commands write to stdout.
    is_read: watch::Receiver<bool>,
    stop: watch::Receiver<Stop>,
}

impl Work {
    async fn run_in(&self, number: usize, lines: mpsc::Sender<Line>) -> (usize, Ended) {
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
        let place = Place { number, variables: self.variables(number, keys.variables()) };
        let (is_read, stop) = (self.is_read.clone(), self.stop.clone());
        (number, Ok(run(&self.command, place, lines, is_read, stop).await))
    }

    async fn keys(&self, number: usize) -> Result<Keys, Failure> {
        let session = self.sessions.enter(number).await.session.map_err(Clone::clone)?;
        session.credentials().await.map(Keys::from)
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
    Failure::new(crate::event::FailureKind::Cancelled, "stopped before it was started")
}

/// Prints lines as they come, with the account in front, or keeps them; tells once nobody can read what
/// is written to stdout any more.
async fn listen(
    mut lines: mpsc::Receiver<Line>,
    output: TextOrJson,
    plan: &Plan,
    reader: &watch::Sender<bool>,
) -> Said {
    let width = plan.accounts.iter().map(|account| account.name.as_str().len()).max().unwrap_or(0);
    let mut said = Said { kept: Kept::new(), written: Written::Whole };
    while let Some(line) = lines.recv().await {
        let (place, stream) = (line.place, line.stream);
        if output == TextOrJson::Json {
            said.kept.entry((place, stream == Stream::Stdout)).or_default().extend(line.bytes);
            continue;
        }
        let text = on_one_line(&line.text());
        let line = format!("{:width$} | {text}", plan.accounts[place].name.as_str());
        match stream {
            // Once it is told that nothing can be written, that is enough.
            Stream::Stdout if said.written != Written::Whole => {}
            Stream::Stdout => {
                said.written = print::as_it_is(&line);
                reader.send_replace(said.written == Written::Whole);
            }
            Stream::Stderr => print::note_as_it_is(&line),
        }
    }
    said
}

/// Returns a command's line with its tabs and with escapes for what would move the cursor, as over
/// the account's name.
fn on_one_line(text: &str) -> String {
    text.split('\t').map(visible).collect::<Vec<_>>().join("\t")
}

fn json(work: &Work, ended: &[(usize, Ended)], said: &Kept) -> String {
    let entry = |(number, ended): &(usize, Ended)| {
        let target = &work.plan.accounts[*number];
        let text = |is_stdout| {
            let bytes = said.get(&(*number, is_stdout)).map_or(&[][..], Vec::as_slice);
            String::from_utf8_lossy(bytes).into_owned()
        };
        let (code, failure): (Json, Json) = match ended {
            Ok(finished) => (json!(finished.code), json!(finished.error)),
            Err(failure) => (Json::Null, json!(failure)),
        };
        json!({
            "environment": work.plan.environments[target.environment].name.as_str(),
            "account": target.name.as_str(),
            "account_id": target.id.as_str(),
            "region": work.region.as_ref().unwrap_or(&target.region).as_str(),
            "exit_code": code,
            "stdout": text(true),
            "stderr": text(false),
            "failure": failure,
        })
    };
    let accounts: Vec<Json> = ended.iter().map(entry).collect();
    let whole = json!({
        "schema": crate::event::SCHEMA,
        "accounts": accounts,
        "api_calls": work.cloud.api_calls(),
    });
    serde_json::to_string_pretty(&whole).expect("texts and numbers become JSON")
}

/// Says what went wrong, and returns the worst exit code; commands that ended because nobody could read them
/// did nothing wrong.
fn conclude(work: &Work, ended: &[(usize, Ended)], is_unread: bool) -> Exit {
    let mut worst = 0;
    let mut unstarted = 0;
    let mut refused = Vec::new();
    for (number, ended) in ended {
        let target = &work.plan.accounts[*number];
        let account = &target.name;
        match ended {
            Ok(Finished { code: UNREAD, .. }) if is_unread => {}
            Ok(Finished { code, error }) => {
                worst = worst.max(*code);
                if let Some(error) = error {
                    print::note_line(&format!("{account}: {error}"));
                } else if *code != 0 {
                    print::note(&format!("{account}: exit code {code}"));
                }
            }
            Err(failure) if failure.kind == crate::event::FailureKind::Cancelled => {
                unstarted += 1;
            }
            Err(failure) => refused.push((account.as_str(), target.id.as_str(), failure)),
        }
    }
    for (failure, accounts) in by_cause(refused.iter().copied()) {
        print::refusal(failure);
        print_others(&accounts[1..]);
    }
    if unstarted > 0 {
        print::note(&format!("stopped before it was started in {}", counted(unstarted, "account")));
    }
    match worst {
        _ if *work.stop.borrow() != Stop::No => Exit::Interrupted,
        0 if !refused.is_empty() => Exit::NotEntered,
        code => Exit::Reported(u8::try_from(code).unwrap_or(u8::MAX)),
    }
}

/// Names the accounts that are refused for the cause that was told last.
fn print_others(accounts: &[&str]) {
    if accounts.is_empty() {
        return;
    }
    let others = counted(accounts.len(), "more account");
    let text = format!("the same in {others}: {}", accounts.join(", "));
    wrapped(&text, WIDTH).iter().for_each(|line| print::note(&format!("  {line}")));
}
