//! Own stacks: what a file refers to as an output of a stack of others must not be one that the file itself deploys,
//! as nothing says that it comes first then.

use super::composer::Composer;
use super::lookup::PlannedLookup;
use super::placements::{PlacedAccount, Placement};
use super::value::PlannedValue;
use crate::document::{Fault, Place};
use crate::environment::{Environment, LookedUp};
use crate::name::StackName;

impl<'e> Composer<'e, '_> {
    /// Refuses a value of a placement that looks up an output of a stack which the same file sends there.
    pub(super) fn check_not_own(
        &mut self,
        placement: Placement<'e>,
        value: &PlannedValue,
        place: &Place,
    ) {
        for lookup in value.lookups() {
            let LookedUp::StackOutput { stack, key } = &lookup.what else { continue };
            let Some(own) = self.own_stack(lookup, stack) else { continue };
            let (label, help) = match self.output_elsewhere(placement, own, key) {
                Some(output) => (
                    "read before it is deployed as well as after",
                    format!("write `{output}`: `{}` comes first then", own.stack.key.value),
                ),
                None => (
                    "not there before the stack is",
                    "its template refers to what is in it by `Ref` and `Fn::GetAtt`".to_owned(),
                ),
            };
            let message = format!("`{}` leads to a stack of this file", lookup.what);
            let fault = Fault::at(place, message).with_label(label).with_help(help);
            self.fault(placement, fault);
        }
    }

    /// Returns how a placement refers to an output of a stack of its file; nothing if that is itself.
    fn output_elsewhere(
        &self,
        placement: Placement<'e>,
        own: Placement<'e>,
        key: &str,
    ) -> Option<String> {
        let (stack, region) = (&own.stack.key.value, own.region);
        let account = &self.evaluator.placements.targets[own.target].name;
        match (own.target == placement.target, own.region == placement.region) {
            (true, true) if *stack == placement.stack.key.value => None,
            (true, true) => Some(format!("${{output:{stack}.{key}}}")),
            (true, false) => Some(format!("${{output:{stack}.{key}@/{region}}}")),
            (false, _) => Some(format!("${{output:{stack}.{key}@{account}/{region}}}")),
        }
    }

    /// Returns the stack of the same file that a lookup leads to, if there is one.
    fn own_stack(&mut self, lookup: &PlannedLookup, name: &StackName) -> Option<Placement<'e>> {
        let placements = self.evaluator.placements;
        // One that is outside of the file is no target.
        let environment = placements.targets.get(lookup.account)?.environment;
        let Environment { stacks, source, .. } = &placements.environments[environment];
        // Only the source account may be listed under another name as well.
        let is_source = source.account.as_ref().is_some_and(|id| id.value == lookup.account_id);
        let targets = match is_source {
            true => 0..placements.targets.len(),
            false => lookup.account..lookup.account + 1,
        };
        let same = targets.filter(|&target| {
            let PlacedAccount { environment: of, id, .. } = &placements.targets[target];
            *of == environment && **id == lookup.account_id
        });
        let all = same.flat_map(|target| {
            let find = move |key| placements.find(target, &lookup.region, key);
            stacks.iter().filter_map(move |stack| find(&stack.key.value))
        });
        let mut standing = all.map(|at| placements.all[at]);
        standing.find(|of| self.quiet_stack_name(*of).as_ref() == Some(name))
    }
}

#[cfg(test)]
mod tests {
    use crate::environment::Environment;
    use crate::plan::folder::{TestFolder, file};
    use crate::plan::{Selection, resolve};

    const TEMPLATE: &str = "Parameters: { Open: { Type: String, Default: a } }\nResources: { Inbox: { Type: \
                            AWS::SQS::Queue } }\nOutputs: { Vpc: { Value: a } }\n";

    /// Returns what is wrong where the stack `app` of some accounts looks `value` up.
    fn faults(accounts: &str, value: &str) -> String {
        let folder = TestFolder::new();
        folder.write("app.yaml", TEMPLATE);
        let stacks = format!(
            "  net: {{ template: app.yaml, stack-name: 'foundation-${{account.name}}', accounts: [dev] }}\n  app: {{ \
             template: app.yaml, accounts: [{accounts}], parameters: {{ Open: '{value}' }} }}\n"
        );
        folder.write("x.yaml", &file(&stacks));
        let resolved = Environment::load(&folder.path().join("x.yaml"))
            .and_then(|environment| resolve(&[environment], &Selection::default(), &|_| None));
        resolved.err().map(|faults| faults.render(false, 200)).unwrap_or_default()
    }

    #[test]
    fn an_output_of_a_stack_of_the_file_is_referred_to_as_one() {
        for (accounts, value, help) in [
            ("dev, prod", "${external:foundation-dev.Vpc}", "write `${output:net.Vpc}`"),
            ("dev", "${external:foundation-dev.Vpc@100000000001}", "write `${output:net.Vpc}`"),
            (
                "prod",
                "${external:foundation-dev.Vpc@dev}",
                "write `${output:net.Vpc@dev/eu-central-1}`",
            ),
            ("dev, prod", "${external:app.Vpc}", "by `Ref` and `Fn::GetAtt`"),
        ] {
            let told = faults(accounts, value);
            assert!(told.contains(help) && told.contains("x.yaml:"), "{value}: {told}");
        }
    }

    #[test]
    fn a_stack_of_that_name_elsewhere_is_one_of_others() {
        for value in [
            "${external:foundation-prod.Vpc}",
            "${external:net.Vpc}",
            "${external:foundation-dev.Vpc@prod}",
            "${external:foundation-dev.Vpc@/us-east-1}",
            "${external:foundation-dev.Vpc@100000000099}",
        ] {
            assert_eq!(faults("dev, prod", value), "", "{value}");
        }
    }
}
