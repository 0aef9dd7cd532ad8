//! Why a reference is refused, before its place is known.

use crate::document::{Fault, Place, quoted};
use crate::name::Name;

/// Why a reference is refused.
pub(super) struct RefusedReference {
    pub message: String,
    pub label: &'static str,
    pub help: Option<String>,
}

impl RefusedReference {
    pub fn new(message: impl Into<String>, label: &'static str, help: impl Into<String>) -> Self {
        Self { message: message.into(), label, help: Some(help.into()) }
    }

    pub fn unterminated() -> Self {
        let help = "close it with `}`, or write `$${` for the characters `${`";
        Self::new("a reference is not closed", "opened here", help)
    }

    pub fn name<N: Name>(text: &str) -> Self {
        let message = format!("{} is not {}", quoted(text), N::KIND);
        Self::new(message, "in this reference", N::RULE)
    }

    pub fn at(self, place: &Place) -> Fault {
        Fault { help: self.help, ..Fault::at(place, self.message).with_label(self.label) }
    }
}
