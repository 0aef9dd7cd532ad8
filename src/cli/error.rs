//! Why a command failed: an exit code, and what is said on stderr, by [`print::error`] alone.
//!
//! [`print::error`]: super::print::error

use super::exit::Exit;
use crate::document::Faults;
use crate::error_chain;
use crate::event::{Failure, RunRefusal};
use crate::foreign::one_line;

/// A command that failed.
#[derive(Debug)]
pub struct CommandError {
    /// How the program ends.
    pub exit: Exit,
    /// What is said.
    pub cause: ErrorCause,
}

/// What is said of a command that failed.
#[derive(Debug)]
pub enum ErrorCause {
    /// Faults of files, each with its spot.
    Faults(Faults),
    /// An account that could not be entered.
    Account(Box<Failure>),
    /// A run that does not begin, for a reason that its report has as well.
    Refused {
        /// The command that was refused.
        command: &'static str,
        /// Why.
        refusal: Box<RunRefusal>,
    },
    /// A sentence, and what to do.
    Message {
        /// What happened, as a sentence without its end.
        text: String,
        /// What to do about it.
        help: Option<String>,
    },
    /// Nothing more: the report of a run says it.
    Reported,
}

impl CommandError {
    /// Returns an error that says `text`.
    pub fn new(exit: Exit, text: impl Into<String>) -> Self {
        Self { exit, cause: ErrorCause::Message { text: text.into(), help: None } }
    }

    /// Returns an error of what the user wrote, or of this machine; nothing was touched.
    pub fn usage(text: impl Into<String>) -> Self {
        Self::new(Exit::Usage, text)
    }

    /// Returns an error that says what failed with every cause below it, and what to do.
    pub fn caused_by(error: &dyn std::error::Error, help: &str) -> Self {
        Self::usage(with_causes(error)).with_help(one_line(help))
    }

    /// Returns that a command was refused: nothing was touched.
    pub fn refused(command: &'static str, refusal: RunRefusal) -> Self {
        let refusal = Box::new(refusal);
        Self { exit: Exit::Refused, cause: ErrorCause::Refused { command, refusal } }
    }

    /// Returns why a run is refused, for its report; nothing where faults or an account say it.
    pub fn refusal(&self) -> Option<RunRefusal> {
        match &self.cause {
            ErrorCause::Refused { refusal, .. } => Some(RunRefusal::clone(refusal)),
            ErrorCause::Message { text, help } => {
                let (message, help) = (one_line(text), help.as_deref().map(one_line));
                Some(RunRefusal { message, help, ..RunRefusal::default() })
            }
            ErrorCause::Faults(_) | ErrorCause::Account(_) | ErrorCause::Reported => None,
        }
    }

    /// Returns why a command was refused, with more of what to do about it.
    pub fn with_more_help(mut self, more: Option<String>) -> Self {
        if let (ErrorCause::Refused { refusal, .. }, Some(more)) = (&mut self.cause, more) {
            refusal.help.get_or_insert_default().push_str(&more);
        }
        self
    }

    /// Returns an error of which the report of a run says all.
    pub fn reported(exit: Exit) -> Self {
        Self { exit, cause: ErrorCause::Reported }
    }

    /// Returns the error with what to do about it.
    pub fn with_help(mut self, text: impl Into<String>) -> Self {
        if let ErrorCause::Message { help, .. } = &mut self.cause {
            *help = Some(text.into());
        }
        self
    }
}

impl From<Faults> for CommandError {
    fn from(faults: Faults) -> Self {
        Self { exit: Exit::Usage, cause: ErrorCause::Faults(faults) }
    }
}

impl From<Failure> for CommandError {
    fn from(failure: Failure) -> Self {
        Self { exit: Exit::NotEntered, cause: ErrorCause::Account(Box::new(failure)) }
    }
}

/// Returns on one line what failed, with every cause below it.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    one_line(&error_chain::with_causes(error))
}
