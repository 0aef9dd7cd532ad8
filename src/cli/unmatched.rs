//! What `prune` was asked for and is not left behind.

use super::arguments::SelectionArgs;
use super::change_args::ChangeArgs;
use super::error::CommandError;
use super::print;
use super::pruned_files::PrunedFiles;
use crate::event::LeftBehind;
use crate::journal::Inventory;
use crate::name::AccountId;
use crate::report::{Palette, left_behind};

/// Says that nothing that is left behind is selected, and what is left behind; and which accounts after
/// `--gone` hold nothing.
///
/// # Errors
/// With what is wrong with the files.
pub(super) fn tell_unmatched(
    files: &PrunedFiles,
    (change, gone): (&ChangeArgs, &[AccountId]),
    inventory: &Inventory,
) -> Result<(), CommandError> {
    let ChangeArgs { selection, cloud, run_args, .. } = change;
    if !run_args.progress.is_for_people() || (selection.is_everything() && gone.is_empty()) {
        return Ok(());
    }
    let everything = SelectionArgs::everything(selection.files.clone());
    let everything = everything.with_listings(selection.listings.clone());
    let all = PrunedFiles::load(&everything, &[], cloud.sandbox)?.candidates(inventory);
    let all: Vec<LeftBehind> = all.into_iter().map(|one| one.told).collect();
    for id in gone.iter().filter(|id| all.iter().all(|one| one.account_id != **id)) {
        print::note(&format!("--gone {id}: nothing that is left behind is in that account"));
    }
    if !selection.is_everything() && files.candidates(inventory).is_empty() && !all.is_empty() {
        let list = left_behind::list(&all, Palette::Plain);
        print::note(&format!(
            "nothing that is left behind is selected by --account, --stack and --region\n{}",
            list.trim_end()
        ));
    }
    Ok(())
}
