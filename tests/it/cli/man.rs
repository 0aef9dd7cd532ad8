//! `xdeploy man` and `xdeploy completions`, as scripts call them.

use crate::support::binary::Desk;

#[test]
fn each_command_has_a_page() {
    let desk = Desk::empty();
    let page = desk.run(&["man"]).expect_code(0).stdout;
    assert!(page.contains(".TH xdeploy 1") && page.contains("xdeploy\\-apply(1)"), "{page}");
    let page = desk.run(&["man", "sandbox", "serve"]).expect_code(0).stdout;
    assert!(page.contains("\\-\\-port"), "{page}");
    let refused = desk.run(&["man", "aply"]).expect_code(2);
    assert!(
        refused.stderr_on_one_line().contains("there is no command `aply`"),
        "{}",
        refused.stderr
    );
}

#[test]
fn all_pages_are_written_into_a_folder() {
    let desk = Desk::empty();
    desk.run(&["man", "--dir", "share/man1"]).expect_code(0);
    let pages = std::fs::read_dir(desk.path().join("share/man1")).expect("the folder is made");
    let pages: Vec<String> = pages
        .map(|page| page.expect("it is read").file_name().to_string_lossy().into_owned())
        .collect();
    for name in ["xdeploy.1", "xdeploy-apply.1", "xdeploy-sandbox-serve.1"] {
        assert!(pages.iter().any(|page| page == name), "{name}: {pages:?}");
    }
    desk.write("file", "");
    let refused = desk.run(&["man", "--dir", "file/pages"]).expect_code(2);
    assert!(refused.stderr.contains("cannot be written to file/pages"), "{}", refused.stderr);
}

#[test]
fn each_shell_has_a_script_that_asks_this_program() {
    let desk = Desk::empty();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let script = desk.run(&["completions", shell]).expect_code(0).stdout;
        assert!(script.contains("XDEPLOY_COMPLETE"), "{shell}: {script}");
    }
    let refused = desk.run(&["completions", "tcsh"]).expect_code(2);
    assert!(
        refused.stderr.contains("[possible values: bash, zsh, fish, powershell]"),
        "{refused:?}"
    );
}

#[test]
fn a_file_that_cannot_be_read_completes_nothing_and_says_nothing() {
    let desk = Desk::empty();
    desk.write("broken.yaml", "environment: [");
    let words = ["--", "xdeploy", "apply", "broken.yaml", "--account", ""];
    let mut command = desk.command(&words);
    command.envs([("XDEPLOY_COMPLETE", "bash"), ("_CLAP_COMPLETE_INDEX", "4")]);
    command.envs([("_CLAP_IFS", "\n"), ("_CLAP_COMPLETE_COMP_TYPE", "9")]);
    let answered = command.output().expect("the binary can be started");
    assert!(answered.status.success() && answered.stderr.is_empty(), "{answered:?}");
    assert_eq!(String::from_utf8_lossy(&answered.stdout).trim(), "");
}
