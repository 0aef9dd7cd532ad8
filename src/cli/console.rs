//! `xdeploy console`.

use super::arguments::{Console, Global};
use super::exit::Exit;
use super::load::one_account;
use super::print;
use crate::trust::console::switch_role;

/// Prints the address at which the console switches into an account's role.
pub fn console(arguments: &Console, global: &Global) -> Exit {
    let plan = match one_account(&arguments.file, &arguments.account, global) {
        Ok(plan) => plan,
        Err(exit) => return exit,
    };
    let target = &plan.accounts[0];
    match switch_role(target, &plan.environments[target.environment]) {
        Ok(switch) => {
            let written = print::result(&switch.address);
            let cautions = switch.cautions.iter();
            cautions.for_each(|caution| print::note_line(&format!("note: {caution}")));
            written.then(Exit::Done)
        }
        Err(error) => {
            print::note_line(&error.to_string());
            Exit::Usage
        }
    }
}
