//! Command lines completed by real shells, at a press of Tab.

use crate::support::binary::Desk;
use crate::support::tmux::{Manner, Pane};

/// Opens a shell at a desk with the example environments, with completions on.
fn shell(begin: &[&str]) -> Option<Pane> {
    let pane = Pane::open(Desk::with_examples(), Manner::sized(160, 24))?;
    for line in begin {
        pane.type_line(line);
    }
    pane.type_line("clear; echo ready");
    pane.until("the shell", |screen| screen.starts_with("ready"));
    Some(pane)
}

/// Types the beginning of a line, presses Tab and waits for the whole of it.
#[track_caller]
fn completes(pane: &Pane, begin: &str, whole: &str) {
    pane.type_text(begin);
    pane.key("Tab");
    pane.until(whole, |screen| screen.lines().any(|line| line.trim_end().ends_with(whole)));
    pane.key("C-u");
}

fn completes_names(pane: &Pane) {
    completes(pane, "./xdeploy appl", "./xdeploy apply");
    completes(pane, "./xdeploy apply environments/all.yaml --acco", "--account");
    completes(pane, "./xdeploy apply environments/all.yaml --account acce", "acceptance");
    completes(pane, "./xdeploy plan environments/all.yaml --stack app-s", "app-settings");
    completes(pane, "./xdeploy console environments/all.yaml acce", "acceptance");
    completes(pane, "./xdeploy report lat", "latest");
}

#[test]
fn bash_completes_commands_flags_accounts_and_stacks() {
    let begin = ["source <(./xdeploy completions bash)", "complete -p ./xdeploy xdeploy"];
    let Some(pane) = shell(&begin) else { return };
    completes_names(&pane);
}

#[test]
fn zsh_completes_commands_flags_accounts_and_stacks() {
    if !has_zsh() {
        return;
    }
    let begin = [
        "exec zsh -f",
        "PS1='$ '; autoload -Uz compinit; compinit -u -d ./dump",
        "source <(./xdeploy completions zsh)",
    ];
    let Some(pane) = shell(&begin) else { return };
    completes_names(&pane);
}

fn has_zsh() -> bool {
    let found = std::process::Command::new("zsh").arg("--version").output().is_ok();
    assert!(found || std::env::var_os("CI").is_none(), "CI needs zsh");
    found
}
