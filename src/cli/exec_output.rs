//! What `xdeploy exec` prints: the lines of its commands as they come, or one JSON object at the end, and
//! how each command ended.

use std::collections::BTreeMap;

use aws_smithy_types::base64;
use serde_json::{Value as Json, json};
use tokio::sync::{mpsc, watch};

use super::arguments::TextOrJson;
use super::exit::Exit;
use super::print::{self, Written};
use crate::event::{Failure, FailureKind};
use crate::foreign::visible;
use crate::name::Region;
use crate::plan::Plan;
use crate::report::{by_cause, counted, wrapped};
use crate::trust::{CommandEnd, OutputLine, OutputStream, UNREAD};

/// How wide a list of accounts is, within its margin.
const WIDTH: usize = 78;

/// How the command ended in an account, or why it did not begin.
pub type ExecEnd = Result<CommandEnd, Failure>;

/// What the commands wrote.
pub struct ExecOutput {
    /// For JSON, by the number of the account and whether it was to stdout.
    kept: BTreeMap<(usize, bool), Vec<u8>>,
    /// Whether what was printed stands there.
    pub written: Written,
}

impl ExecOutput {
    /// Prints lines as they come, with the account in front, or keeps them; tells once nobody can read what
    /// is written to stdout any more.
    pub async fn listen(
        mut lines: mpsc::Receiver<OutputLine>,
        output: TextOrJson,
        plan: &Plan,
        reader: &watch::Sender<bool>,
    ) -> Self {
        let width =
            plan.accounts.iter().map(|account| account.name.as_str().len()).max().unwrap_or(0);
        let mut said = Self { kept: BTreeMap::new(), written: Written::Whole };
        while let Some(line) = lines.recv().await {
            let (place, stream) = (line.target, line.stream);
            if output == TextOrJson::Json {
                said.kept
                    .entry((place, stream == OutputStream::Stdout))
                    .or_default()
                    .extend(line.bytes);
                continue;
            }
            let text = on_one_line(&line.text());
            let line = format!("{:width$} | {text}", plan.accounts[place].name.as_str());
            match stream {
                // Once it is told that nothing can be written, that is enough.
                OutputStream::Stdout if said.written != Written::Whole => {}
                OutputStream::Stdout => {
                    said.written = print::as_it_is(&line);
                    reader.send_replace(said.written == Written::Whole);
                }
                OutputStream::Stderr => print::note_as_it_is(&line),
            }
        }
        said
    }

    /// Prints what the commands wrote and how they ended as one JSON object.
    pub fn print(
        &self,
        plan: &Plan,
        region: Option<&Region>,
        ended: &[(usize, ExecEnd)],
        api_calls: &BTreeMap<String, u64>,
    ) -> Written {
        let entry = |(number, ended): &(usize, ExecEnd)| {
            let target = &plan.accounts[*number];
            let (code, signal, failure): (Json, Json, Json) = match ended {
                Ok(CommandEnd { code, signal, error }) => {
                    (json!(code), json!(signal), json!(error))
                }
                Err(failure) => (Json::Null, Json::Null, json!(failure)),
            };
            let (stdout, stdout_base64) = self.text(*number, true);
            let (stderr, stderr_base64) = self.text(*number, false);
            json!({
                "environment": plan.environments[target.environment].name.as_str(),
                "account": target.name.as_str(),
                "account_id": target.id.as_str(),
                "region": region.unwrap_or(&target.region).as_str(),
                "exit_code": code,
                "signal": signal,
                "stdin": "empty",
                "stdout": stdout,
                "stdout_base64": stdout_base64,
                "stderr": stderr,
                "stderr_base64": stderr_base64,
                "failure": failure,
            })
        };
        let accounts: Vec<Json> = ended.iter().map(entry).collect();
        let whole = json!({
            "schema": crate::event::SCHEMA,
            "accounts": accounts,
            "api_calls": api_calls,
        });
        print::json(&serde_json::to_string_pretty(&whole).expect("texts and numbers become JSON"))
    }
}

impl ExecOutput {
    /// Returns what an account's command wrote, with what is no UTF-8 replaced; then also as it was, in
    /// base64.
    fn text(&self, number: usize, is_stdout: bool) -> (String, Option<String>) {
        let bytes = self.kept.get(&(number, is_stdout)).map_or(&[][..], Vec::as_slice);
        let encoded = std::str::from_utf8(bytes).is_err().then(|| base64::encode(bytes));
        (String::from_utf8_lossy(bytes).into_owned(), encoded)
    }
}

/// Returns a command's line with its tabs and with escapes for what would move the cursor, as over
/// the account's name.
fn on_one_line(text: &str) -> String {
    text.split('\t').map(visible).collect::<Vec<_>>().join("\t")
}

/// Says what went wrong, and returns the worst exit code; commands that ended because nobody could read them
/// did nothing wrong.
pub fn conclude(plan: &Plan, ended: &[(usize, ExecEnd)], is_unread: bool) -> Exit {
    let mut worst = 0;
    let mut unstarted = 0;
    let mut refused = Vec::new();
    for (number, ended) in ended {
        let target = &plan.accounts[*number];
        let account = &target.name;
        match ended {
            Ok(CommandEnd { code: UNREAD, .. }) if is_unread => {}
            Ok(CommandEnd { code, signal, error }) => {
                worst = worst.max(*code);
                if let Some(error) = error {
                    print::note_line(&format!("{account}: {error}"));
                } else if let Some(signal) = signal {
                    print::note(&format!("{account}: ended by {signal}, exit code {code}"));
                } else if *code != 0 {
                    print::note(&format!("{account}: exit code {code}"));
                }
            }
            Err(failure) if failure.kind == FailureKind::Cancelled => {
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
        print::note(&format!(
            "cancelled before it was started in {}",
            counted(unstarted, "account")
        ));
    }
    match worst {
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
