//! xdeploy deploys AWS CloudFormation stacks into many accounts at once.
//!
//! # The one way data flows
//!
//! ```text
//! environments/prod.yaml ── Environment::load ─▶ Environment   what was asked for
//!    + stacks/*.yaml, selection ── resolve ────▶ Plan          every decision that needs no cloud
//!    + Cloud ───────────────────── engine::run ▶ RunEvent …    one bounded channel, numbered and
//!                                      fold ───▶ RunState        timed in one place
//!                                              ├▶ dashboard · plain lines · JSON lines · journal
//!                                              └▶ Report ────▶ summary, JSON, HTML, JUnit, exit code
//! ```
//!
//! A command is that sentence: read the files, resolve the plan, connect to the cloud, run, report.
//!
//! # Layers
//!
//! A module imports only what stands above it here; `tests/it/architecture` refuses the rest.
//!
//! | module | purpose |
//! |---|---|
//! | [`foreign`] | text that came from elsewhere, made fit for a screen, a log, JSON or XML |
//! | [`error_chain`] | an error with every cause below it |
//! | [`name`] | names and ids that cannot be wrong |
//! | [`status`] | CloudFormation's statuses: settled, good, bad, and what may be done next |
//! | [`clock`] | the only reader of the clock |
//! | [`file`](mod@file) | files of ours and files that a person named, opened so that no link leads elsewhere |
//! | [`policy`] | IAM policy documents: patterns, condition operators, statements, three-valued |
//! | [`package`] | files and folders made into what is uploaded: the same bytes on every machine |
//! | [`organization`] | which accounts of AWS Organizations are meant: units, tags, exceptions, names |
//! | [`document`] | text a user wrote, as a tree with places, and its faults |
//! | [`environment`] | the environment file as written: model, references, faults, JSON Schema |
//! | [`template`] | what a template needs and yields |
//! | [`plan`] | which stack goes where, in what order |
//! | [`event`] | what happens in a run: the only language between the engine and everyone else |
//! | [`cloud`] | the one door to AWS, in wings: `wire`, `enter`, `watch`, `stacks`, `storage`; failures in our words |
//! | [`diagnosis`] | why a role is refused and what a session may not do: both sides read, and what mends it |
//! | [`sessions`] | the sessions of a run: one per account, a refused role diagnosed once |
//! | [`engine`] | carries out a plan: a plain machine that decides, one state machine per stack instance, a loop that obeys |
//! | [`journal`] | a run on disk: appended as it happens, read back, listed |
//! | [`report`] | events into what a person or a program reads, in wings: `fold`, `text`, `live`, `written` |
//! | [`state`] | state that a team shares: runs, locks and lists in a bucket, with a folder as working copy |
//! | [`run`] | a run that is kept, from its plan to its end: its locks, its journal, its reporters |
//! | [`trust`] | entering accounts by hand: credentials, profiles, the console, commands, the doctor |
//! | [`scaffold`] | the files of a first environment |
//! | [`sandbox`] | a small cloud inside the program, reached through HTTP only |
//! | [`codepipeline`] | xdeploy as an action of CodePipeline: jobs in, their results out |
//! | [`cli`] | words on the command line to calls, failures to exit codes |
//!
//! # Two seams
//!
//! [`report`] sees only events, so a display shows only what was said. [`sandbox`] stands behind the
//! SDK's HTTP client, so that the demo and the tests use real serialization, signing, retries and
//! error mapping: there is no cloud trait and no mock anywhere.
//!
//! # Decide apart from doing
//!
//! What may start, what a status means, when to look next, what a frame looks like: plain functions
//! without `async`, clock or I/O. The async shell around them only obeys. A run is decided by one plain
//! machine, which is told what happened and answers with what is to be done; the engine's loop is one
//! `select!` over what instances tell and what the person wants, obeys that machine, and is the only
//! place that numbers and stamps events.

pub mod cli;
pub mod clock;
pub mod cloud;
pub mod codepipeline;
pub mod diagnosis;
pub mod document;
pub mod engine;
pub mod environment;
pub mod error_chain;
pub mod event;
pub mod file;
pub mod foreign;
pub mod journal;
pub mod name;
pub mod organization;
pub mod package;
pub mod plan;
pub mod policy;
pub mod report;
pub mod run;
pub mod sandbox;
pub mod scaffold;
pub mod sessions;
pub mod state;
pub mod status;
pub mod template;
pub mod trust;
