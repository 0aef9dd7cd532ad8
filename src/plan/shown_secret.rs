//! Secrets that are looked up and would be shown: CloudFormation hides the values of `NoEcho` parameters alone.

use super::value::PlannedValue;
use crate::document::{Fault, Place};
use crate::environment::LookedUp;
use crate::template::TemplateParameter;

/// Refuses a secret in a parameter that CloudFormation shows to everybody who may describe the stack.
pub(super) fn in_parameter(
    name: &str,
    declared: &TemplateParameter,
    value: &PlannedValue,
    place: &Place,
) -> Option<Fault> {
    let secret = value.lookups().find(|lookup| matches!(lookup.what, LookedUp::Secret { .. }))?;
    if declared.is_secret {
        return None;
    }
    let message = format!("the secret `{}` would be shown as the value of `{name}`", secret.what);
    let help = format!("add `NoEcho: true` to the parameter, which stands at {}", declared.place);
    Some(Fault::at(place, message).with_label("CloudFormation shows it").with_help(help))
}

/// Refuses a secret where CloudFormation shows it.
pub(super) fn outside(what: &str, value: &PlannedValue, place: &Place) -> Option<Fault> {
    let secret = value.lookups().find(|lookup| matches!(lookup.what, LookedUp::Secret { .. }))?;
    let message = format!("the secret `{}` would be shown as {what}", secret.what);
    let help = "secrets may stand in `parameters`, where the template says `NoEcho: true`";
    Some(Fault::at(place, message).with_label("CloudFormation shows it").with_help(help))
}

#[cfg(test)]
mod tests {
    use crate::environment::Environment;
    use crate::plan::folder::{TestFolder, file};
    use crate::plan::{Selection, resolve};

    const TEMPLATE: &str = "Parameters: { Open: { Type: String, Default: a }, Shut: { Type: String, Default: a, \
                            NoEcho: true } }\nResources: { Inbox: { Type: AWS::SQS::Queue } }\n";

    fn faults(keys: &str) -> String {
        let folder = TestFolder::new();
        folder.write("app.yaml", TEMPLATE);
        let stacks = format!("  app: {{ template: app.yaml, {keys} }}\n");
        folder.write("x.yaml", &file(&stacks));
        let resolved = Environment::load(&folder.path().join("x.yaml"))
            .and_then(|environment| resolve(&[environment], &Selection::default(), &|_| None));
        resolved.err().map(|faults| faults.render(false, 200)).unwrap_or_default()
    }

    #[test]
    fn a_reference_that_leads_nowhere_or_shows_a_secret_is_refused_with_its_spot_and_a_help() {
        for (keys, says) in [
            ("parameters: { Open: '${secret:db}' }", "would be shown as the value of `Open`"),
            ("tags: { a: '${secret:db#x}' }", "would be shown as the tag a"),
            ("parameters: { Open: '${ssm:/a@nobody}' }", "nobody"),
            ("parameters: { Open: '${ssm:a b}' }", "is not the name of a parameter"),
            ("parameters: { Open: '${ssm:/a/${region} b}' }", "is not the name of a parameter"),
            ("parameters: { Open: '${external:net}' }", "an output needs its stack and its name"),
            ("parameters: { Open: '${ssm:/${output:app.X}}' }", "does not say where"),
            ("stack-name: 'a${ssm:/a}'", "cannot be used here: it is not known yet"),
        ] {
            let told = faults(keys);
            assert!(told.contains(says), "{keys}: {told}");
            assert!(told.contains("help:") && told.contains(".yaml:"), "{keys}: {told}");
        }
        let fine = "parameters: { Open: '${ssm:/a/${region}}', Shut: '${secret:db#x}' }, tags: { a: \
                    '${external:net.Vpc@/eu-west-1}' }";
        assert_eq!(faults(fine), "");
    }
}
