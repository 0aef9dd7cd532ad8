//! Exit codes, and what is said when the program itself is at fault.

use std::panic::PanicHookInfo;

use crate::foreign;
use crate::report::Screen;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do.
    Done,
    /// Usage, environment file or template is wrong: nothing was touched.
    Usage,
    /// An account could not be entered, and nothing else failed.
    NotEntered,
    /// Changes exist, and that was to be told.
    ChangesExist,
    /// Refused by a guard or by the person asked.
    Refused,
    /// A bug in xdeploy.
    Bug,
    /// The result could not be written.
    Unwritten,
    /// Interrupted.
    Interrupted,
    /// What the report of a run says.
    Reported(u8),
}

impl Exit {
    /// Returns the exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Usage => 2,
            Self::NotEntered => 3,
            Self::ChangesExist => 4,
            Self::Refused => 5,
            Self::Bug => 70,
            Self::Unwritten => 74,
            Self::Interrupted => 130,
            Self::Reported(code) => code,
        }
    }
}

/// The exit codes, as `--help` shows them.
pub const TABLE: &str = "\
Exit codes:
  0    done, or nothing to do; rollback: all is back
  1    at least one stack instance failed, was skipped or rolled back
  2    usage, environment file or template is wrong: nothing was touched
  3    an account could not be entered, and nothing else failed
  4    changes exist: plan --exit-code, drift --exit-code
  5    refused by a guard or by the person asked
  70   a bug in xdeploy
  74   the result could not be written
  130  interrupted";

/// Says that the program broke its own promise, where, and what to do.
pub fn report_bug(panic: &PanicHookInfo<'_>) {
    use std::io::Write;
    if crate::cloud::is_answered() {
        return;
    }
    // `eprintln!` panics on a closed stderr, and a panic within a panic tells nothing.
    let _ = writeln!(
        std::io::stderr(),
        "\nxdeploy broke a promise of its own: {}\n\
         This is a bug in xdeploy {}. What CloudFormation was asked to do goes on by itself;\n\
         `xdeploy resume` resumes the run. Report this text to mend it.",
        foreign::screen(&panic.to_string()),
        env!("CARGO_PKG_VERSION")
    );
}

/// Says so below a dashboard, which is not painted any more from then on.
pub fn report_bugs_below(screen: Screen) {
    std::panic::set_hook(Box::new(move |panic| {
        if !crate::cloud::is_answered() {
            screen.let_go();
            report_bug(panic);
        }
    }));
}
