//! `${output:stack.Key@where#part}`: an output of another stack, and in which account and Region.

use super::list_part::ListPart;
use super::refused_reference::RefusedReference;
use super::text::{OutputScope, Piece, Reference, Text};
use crate::document::quoted;
use crate::name::{AccountName, OutputKey, Region, StackKey};

/// How an output is written.
const FORMS: &str = "it reads `${output:stack.Key}`, with `@account`, `@account/region`, `@/region`, \
                     `@*` or `@*/region` after it; a group may stand for the account";

/// Reads what follows `output:` in a reference; `text` reads one with references in it.
///
/// # Errors
/// When that is no output.
pub(super) fn read(
    rest: &str,
    text: impl Fn(&str) -> Result<Text, RefusedReference>,
) -> Result<Reference, RefusedReference> {
    let (output, scope, part) = match rest.split_once('@') {
        Some((output, written)) => {
            let (scope, part) = without_part(written)?;
            (output, scope_of(scope, text)?, part)
        }
        None => (rest, OutputScope::Same, None),
    };
    let Some((stack, key)) = output.split_once('.') else {
        let message = "an output needs its stack and its name";
        return Err(RefusedReference::new(message, "in this reference", FORMS));
    };
    if part.is_some() && !scope.may_be_list() {
        let help = "take the part away, or write `@*` for all accounts, or a group's name";
        let message = "only a list from several places has parts";
        return Err(RefusedReference::new(message, "in this reference", help));
    }
    let stack = stack.parse().map_err(|_| RefusedReference::name::<StackKey>(stack))?;
    let key: OutputKey = key.parse().map_err(|_| RefusedReference::name::<OutputKey>(key))?;
    Ok(Reference::Output { stack, key: key.into(), scope, part })
}

/// Returns what stands before `#part`, and the part.
fn without_part(written: &str) -> Result<(&str, Option<ListPart>), RefusedReference> {
    let Some((scope, part)) = written.rsplit_once('#') else { return Ok((written, None)) };
    if part.contains(['{', '}']) {
        return Ok((written, None));
    }
    let read = part.parse().map_err(|()| {
        let message = format!("{} is not a part of a list", quoted(&format!("#{part}")));
        RefusedReference::new(message, "in this reference", ListPart::RULE)
    });
    Ok((scope, Some(read?)))
}

fn scope_of(
    written: &str,
    text: impl Fn(&str) -> Result<Text, RefusedReference>,
) -> Result<OutputScope, RefusedReference> {
    if !written.contains("${") {
        return OutputScope::parse(written);
    }
    let text = text(written)?;
    let is_late = |piece: &Piece| {
        matches!(piece, Piece::Reference(Reference::Output { .. } | Reference::Lookup { .. }))
    };
    if text.pieces.iter().any(is_late) {
        let message = "an output does not say in which account another one is";
        return Err(RefusedReference::new(message, "in this reference", FORMS));
    }
    Ok(OutputScope::Written(Box::new(text)))
}

impl OutputScope {
    /// Reads what follows `@`, in which no reference is left.
    ///
    /// # Errors
    /// When that names no account and no Region.
    pub(super) fn parse(text: &str) -> Result<Self, RefusedReference> {
        if text.is_empty() {
            return Err(RefusedReference::new(
                "after `@` nothing follows",
                "in this reference",
                FORMS,
            ));
        }
        let (account, region) = match text.split_once('/') {
            Some((account, region)) => (account, Some(region)),
            None => (text, None),
        };
        let region = region
            .map(|region| region.parse().map_err(|_| RefusedReference::name::<Region>(region)))
            .transpose()?;
        let named = || {
            account.parse::<AccountName>().map_err(|_| {
                let message = format!("{} is not an account name", quoted(account));
                let help = "the name of an account or a group, or `*` for all, stands after `@`";
                RefusedReference::new(message, "in this reference", help)
            })
        };
        Ok(match (account, region) {
            ("*", None) => Self::Everywhere,
            ("*", Some(region)) => Self::EverywhereIn(region),
            ("", Some(region)) => Self::Region(region),
            (_, None) => Self::Account(named()?),
            (_, Some(region)) => Self::AccountRegion(named()?, region),
        })
    }

    /// Reads what follows `@` once its references are known.
    ///
    /// # Errors
    /// With what is wrong with it, and what to do.
    pub fn of_known(text: &str) -> Result<Self, (String, Option<String>)> {
        Self::parse(text).map_err(|RefusedReference { message, help, .. }| (message, help))
    }

    /// Whether several stack instances may be meant.
    fn may_be_list(&self) -> bool {
        match self {
            Self::Everywhere | Self::EverywhereIn(_) | Self::Written(_) => true,
            // The name may be a group's: who knows the file says so.
            Self::Account(_) | Self::AccountRegion(..) => true,
            Self::Same | Self::Region(_) => false,
        }
    }
}
