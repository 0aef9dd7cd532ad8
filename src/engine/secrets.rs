//! Values that never appear: those of `NoEcho` parameters, wherever AWS or a template repeats them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::event::{Failure, What};
use crate::plan::Plan;

/// A shorter value hides nothing and would black out half of every sentence.
const LEAST_LENGTH: usize = 4;
/// What stands in a secret's place, as in CloudFormation's own replies.
const MASK: &str = "****";

/// The secret values that a run has sent or is about to.
#[derive(Default)]
pub(super) struct Secrets {
    /// The longest first, so that one that holds another is hidden whole.
    values: BTreeSet<(Reverse<usize>, String)>,
}

impl Secrets {
    /// Returns the secret values that stand in a plan.
    pub fn of(plan: &Plan) -> Self {
        let mut secrets = Self::default();
        for instance in &plan.instances {
            for parameter in instance.parameters.iter().filter(|parameter| parameter.is_secret) {
                if let Some(value) = parameter.value.as_text() {
                    secrets.keep(&value);
                }
            }
        }
        secrets
    }

    /// Takes in one more, in every form in which a reply may repeat it.
    pub fn keep(&mut self, value: &str) {
        if value.chars().count() >= LEAST_LENGTH {
            let forms = forms_of(value).into_iter();
            self.values.extend(forms.map(|form| (Reverse(form.len()), form)));
        }
    }

    /// Returns outputs with their secrets hidden.
    pub fn hidden(&self, outputs: BTreeMap<String, String>) -> BTreeMap<String, String> {
        outputs.into_iter().map(|(name, value)| (name, self.hide(value))).collect()
    }

    /// Hides the secrets in everything that AWS or a template had a say in.
    pub fn hide_in(&self, what: &mut What) {
        if self.values.is_empty() {
            return;
        }
        match what {
            What::AccountRefused { failure, .. } => self.hide_in_failure(failure),
            What::StackChanged { reason, .. } | What::ResourceChanged { reason, .. } => {
                *reason = reason.take().map(|reason| self.hide(reason));
            }
            // A program that gives credentials may say anything.
            What::LoginEnded { reason, .. } | What::StackUnseen { reason, .. } => {
                *reason = self.hide(std::mem::take(reason));
            }
            What::InstanceFinished { end } => {
                end.outputs = self.hidden(std::mem::take(&mut end.outputs));
                end.failure.iter_mut().for_each(|failure| self.hide_in_failure(failure));
                for note in end.preview.iter_mut().flat_map(|preview| &mut preview.notes) {
                    *note = self.hide(std::mem::take(note));
                }
            }
            What::RunStarted { .. }
            | What::AccountEntered { .. }
            | What::PermissionAwaited { .. }
            | What::LoginRenewed { .. }
            | What::InstanceStarted { .. }
            | What::RunResumed { .. }
            | What::RollbackStarted { .. }
            | What::RollbackPostponed { .. }
            | What::ActionIntended { .. }
            | What::ActionStarted { .. }
            | What::PrecedentTimed { .. }
            | What::CancelRequested { .. }
            | What::RunFinished { .. } => {}
        }
    }

    /// Whether a text holds what stands in the place of a secret.
    pub fn is_masked(text: &str) -> bool {
        text.contains(MASK)
    }

    fn hide_in_failure(&self, failure: &mut Failure) {
        failure.message = self.hide(std::mem::take(&mut failure.message));
        failure.help = failure.help.take().map(|help| self.hide(help));
        for finding in &mut failure.findings {
            finding.message = self.hide(std::mem::take(&mut finding.message));
        }
    }

    fn hide(&self, text: String) -> String {
        self.values.iter().fold(text, |text, (_, value)| {
            if text.contains(value.as_str()) { text.replace(value, MASK) } else { text }
        })
    }
}

/// Returns a value as it is, and as it stands in JSON, in JSON within JSON, in XML and in an address.
fn forms_of(value: &str) -> Vec<String> {
    let json = in_json(value);
    let xml = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let attribute = xml.replace('"', "&quot;").replace('\'', "&#39;");
    let address = value.bytes().map(|byte| match byte {
        b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    });
    vec![value.to_owned(), in_json(&json), json, xml, attribute, address.collect()]
}

/// Returns a text as it stands between the quotes of a JSON string.
fn in_json(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_hidden_whole_and_a_trivial_value_stays() {
        let mut secrets = Secrets::default();
        ["hunter2", "hunter2-and-more", "no"].into_iter().for_each(|value| secrets.keep(value));
        let text = "hunter2-and-more is no hunter2".to_owned();
        assert_eq!(secrets.hide(text), "**** is no ****");
    }

    #[test]
    fn a_secret_is_hidden_in_every_form_in_which_a_reply_repeats_it() {
        let mut secrets = Secrets::default();
        secrets.keep("a \"b\" & <ü>\n'c'");
        for form in [
            "a \"b\" & <ü>\n'c'",
            r#"a \"b\" & <ü>\n'c'"#,
            r#"a \\\"b\\\" & <ü>\\n'c'"#,
            "a \"b\" &amp; &lt;ü&gt;\n'c'",
            "a &quot;b&quot; &amp; &lt;ü&gt;\n&#39;c&#39;",
            "a%20%22b%22%20%26%20%3C%C3%BC%3E%0A%27c%27",
        ] {
            assert_eq!(secrets.hide(format!("got {form}.")), "got ****.", "{form}");
        }
    }
}
