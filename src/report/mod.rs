//! Events into what a person or a program reads.
//!
//! [`drive()`] folds the events of a run into a [`RunState`], writes them down and shows them as they
//! come. A [`Report`] is made of the state at the end: its JSON, its [`summary`](summary::text) and
//! its exit code. The views of read-only commands ([`StatusView`], [`OutputsView`], [`DriftView`]) stand beside it.
//! A display shows only what was said in an event: nothing here knows the engine, the cloud or the
//! plan.
//!
//! Its wings, each of which imports only those before it:
//!
//! | wing | purpose |
//! |---|---|
//! | `text` | prose, words for what events say, tables, colours |
//! | `clusters` | failures grouped by their cause |
//! | `fold` | events folded into the state of a run, its report and verdict |
//! | `forecast` | how long a run will still take |
//! | `messages` | the sentences in which a run is told |
//! | `dashboard` | the state of a run as lines of a terminal's size |
//! | `written` | summaries, JUnit, and the views of commands that only read |
//! | `html` | one page per run |
//! | `notices` | what those are told who follow a run from elsewhere |
//! | `live` | a run as it goes: lines, the dashboard on a screen, the loop that feeds them |

mod clusters;
pub mod dashboard;
mod fold;
mod forecast;
mod html;
mod live;
mod messages;
mod notices;
#[cfg(test)]
pub(crate) mod recorded;
mod text;
mod written;

pub use clusters::{Cluster, Clusters, Member, by_cause};
pub use fold::account_region::AccountRegion;
pub use fold::counts::Counts;
pub use fold::critical::critical_path;
pub use fold::instance_report::InstanceReport;
pub use fold::lifecycle::{
    AccountState, Cancel, FinishedInstance, InstanceState, InstanceStatus, RunFinish, RunStart,
    elapsed,
};
pub use fold::report::{RefusedAccount, Report};
pub use fold::running::Running;
pub use fold::state::RunState;
pub use fold::verdict::Verdict;
pub use forecast::Forecast;
pub use html::{drift_html, html, plan_html};
pub use live::drive::{drive, drive_from};
pub use live::keyboard::Keyboard;
pub use live::lines::{Lines, LogStyle};
pub use live::reporter::{Reporter, Reporters};
pub use live::screen::Screen;
pub use messages::control::{paused_line, who};
pub use messages::gates::asked as asked_at_gate;
pub use messages::guards::lines as forbidden_lines;
pub use messages::left_behind::prune_command;
pub use messages::origin::place_line;
pub use notices::notice::{Notice, NoticeKind};
pub use text::command::{approve_command, resume_command, run_command, shell_word};
pub use text::palette::Palette;
pub use text::prose::{counted, wrapped};
pub use written::accounts::{AccountOrigin, AccountRow, AccountsView, LeftOutRow, accounts_text};
pub use written::drift::folded::{SharedDrift, ToldDrift};
pub use written::drift::view::{DriftCounts, DriftLook, DriftOutcome, DriftRow, DriftView};
pub use written::junit::junit;
pub use written::left_behind;
pub use written::outputs::{InstanceOutputs, OutputsError, OutputsSyntax, OutputsView};
pub use written::plan::plan_markdown;
pub use written::query::QueryError;
pub use written::runs::{RunRow, RunsView};
pub use written::status::{FoundStatus, StatusRow, StatusView};
pub use written::summary;
