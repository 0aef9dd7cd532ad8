//! Words on the command line to calls, failures to exit codes.
//!
//! One file per command, with its arguments; each reads alike: load, resolve, connect, run, report.
//! What a command returns says how the program ends: an `exit::Exit`, or an `error::CommandError`
//! that one place prints. Only this module reads the process's environment and arguments, writes to
//! stdout and listens to signals.

mod accounts;
mod apply;
mod arguments;
mod assume;
mod aws_variables;
mod candidates;
mod caught_signals;
mod change_args;
mod codebuild;
mod codepipeline;
mod command;
mod completions;
mod confirm;
mod connect;
mod console;
mod credentials_file;
mod dependents;
mod destroy;
mod doctor;
mod environment_lock;
mod error;
mod exec;
mod exec_output;
mod exit;
mod going_back;
mod graph;
mod init;
mod init_answers;
mod init_args;
mod left_behind;
mod left_behind_dependents;
mod load;
mod log;
mod log_style;
mod login;
mod made_up;
mod man;
mod mfa;
mod on_dependents;
mod one_role;
mod other_files;
mod outputs;
mod packaged;
mod plan;
mod print;
mod profiles;
mod progress;
mod prune;
mod pruned_dependents;
mod pruned_files;
mod pruned_stacks;
mod question;
mod rehearsal;
mod renames;
mod report;
mod report_files;
mod resumable_run;
mod resume;
mod resumed_plan;
mod resumed_prune;
mod revision;
mod rollback;
mod run_output;
mod run_request;
mod runs;
mod sandbox;
mod sandbox_settings;
mod signals;
mod state_folder;
mod status;
mod suspend;
mod terminal;
mod uncommitted;
mod unfinished_runs;
mod unmatched;
mod unresumable;
mod validate;
mod warnings;
mod wrong_words;

pub use command::main;
