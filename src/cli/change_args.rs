//! The arguments that `apply`, `destroy` and `prune` share: what they change, and within which limits.

use std::num::NonZeroUsize;

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::account_sets::AccountSets;
use super::arguments::{CloudArgs, Global, RunArgs, SelectionArgs};
use super::confirm::Consent;
use super::error::CommandError;
use super::guards::ALLOWED;
use super::listings::listed;
use super::on_dependents::OnDependents;
use super::run_request::run_request;
use crate::engine::Limits;
use crate::environment::OnFailure;
use crate::event::{Allowance, RunRequest};
use crate::plan::Plan;

/// The arguments of commands that change what files or earlier runs say.
#[derive(Clone, Debug, Args)]
pub struct ChangeArgs {
    /// Which stack instances.
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Where the cloud is.
    #[command(flatten)]
    pub cloud: CloudArgs,
    /// Ask no question
    #[arg(short, long)]
    pub yes: bool,
    /// How it is followed and reported.
    #[command(flatten)]
    pub run_args: RunArgs,
    /// The most stack instances in flight, instead of what the files say
    #[arg(long, value_name = "N")]
    pub max_concurrent: Option<NonZeroUsize>,
    /// What a failure stops besides what needs it, instead of what the files say
    #[arg(long, value_name = "ACTION", value_parser = on_failure())]
    pub on_failure: Option<OnFailure>,
    /// Begin with each file only once the one before it succeeded
    #[arg(long)]
    pub in_order: bool,
    /// Go on although more than a tenth of an environment's accounts is gone since its last run, or has
    /// left a group; for prune, also delete what may be left behind as AWS Organizations changed
    #[arg(long)]
    pub accept_accounts: bool,
    /// Let resources of a type be replaced or removed although `guards.keep` names it, such as
    /// replace:AWS::RDS::DBInstance; `*` stands for any characters; may be repeated
    #[arg(long, value_name = ALLOWED)]
    pub allow: Vec<Allowance>,
}

impl ChangeArgs {
    /// Returns the same with the accounts that the files have in AWS Organizations.
    ///
    /// # Errors
    /// When these cannot be known.
    pub async fn listed(&self, global: &Global) -> Result<Self, CommandError> {
        let shown = (self.run_args.progress, global);
        let listings = listed(&self.selection.files, &self.cloud, shown).await?;
        Ok(Self { selection: self.selection.with_listings(listings), ..self.clone() })
    }

    /// Returns how it is settled whether the run is to begin.
    pub fn consent(&self) -> Consent {
        Consent::of(self.yes, self.cloud.sandbox, self.run_args.progress)
    }

    /// Returns the accounts of the files, once they were told and not too many of them are gone.
    ///
    /// # Errors
    /// As [`AccountSets::check`] says.
    pub fn account_sets(&self, command: &'static str) -> Result<AccountSets, CommandError> {
        let Self { selection, cloud, run_args, .. } = self;
        let sets = AccountSets::of(selection, &cloud.state.folder(), cloud.sandbox)?;
        sets.tell(run_args.progress);
        sets.check(command, self.accept_accounts)?;
        Ok(sets)
    }

    /// Returns what limits the run.
    pub fn limits(&self) -> Limits {
        let &Self { max_concurrent, on_failure, in_order, .. } = self;
        Limits { max_concurrent, on_failure, in_order }
    }

    /// Returns what the run of a plan was asked for, so that it can be resumed.
    pub fn run_request(&self, on_dependents: OnDependents, plan: &Plan) -> RunRequest {
        RunRequest {
            max_concurrent: self.max_concurrent.map(NonZeroUsize::get),
            on_failure: self.on_failure.map(|on_failure| on_failure.word().to_owned()),
            leave_dependents: on_dependents == OnDependents::Leave,
            allow: self.allow.clone(),
            ..run_request(&self.selection, &self.cloud, plan)
        }
    }
}

/// The words of `--on-failure`, as `--help` explains them.
fn on_failure() -> impl TypedValueParser<Value = OnFailure> {
    let help = |on_failure: OnFailure| match on_failure {
        OnFailure::Stop => "Everything that has not started, once more accounts failed than may",
        OnFailure::Continue => "Nothing",
        OnFailure::RollbackWave => "As stop; then what the run changed in the wave is put back",
        OnFailure::RollbackRun => "As stop; then all that the run changed is put back",
    };
    let known = OnFailure::WORDS.iter();
    let values = known.map(|(word, meaning)| PossibleValue::new(*word).help(help(*meaning)));
    PossibleValuesParser::new(values)
        .map(|word| OnFailure::of_word(&word).expect("only words that are known get here"))
}
