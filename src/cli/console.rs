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
            print::result(&switch.address);
            switch.cautions.iter().for_each(|caution| print::note(&format!("note: {caution}")));
            Exit::Done
        }
        Err(error) => {
            print::note(&error.to_string());
            Exit::Usage
        }
    }
}
