//! `guards.keep` of an environment, where a type that it names keeps nothing.

use super::composer::Composer;
use crate::document::{Fault, did_you_mean, quoted};
use crate::environment::Placed;
use crate::name::TypePattern;
use crate::template::PublishedType;

/// How the types of AWS begin.
const OF_AWS: &str = "AWS::";

/// Enters a warning for each type of AWS that an environment, given as a position, keeps and that nobody knows.
pub(super) fn doubt_kept_types(composer: &mut Composer<'_, '_>, position: usize) {
    let kept = &composer.evaluator.placements.environments[position].guards.keep;
    for warning in kept.iter().filter_map(unknown) {
        composer.faults.enter(warning.into_warning());
    }
}

fn unknown(Placed { value, place }: &Placed<TypePattern>) -> Option<Fault> {
    let pattern = value.as_str();
    let is_of_aws = pattern.get(..OF_AWS.len()).is_some_and(|it| it.eq_ignore_ascii_case(OF_AWS));
    if !is_of_aws || PublishedType::all().any(|known| value.matches(known.type_name)) {
        return None;
    }
    let message = format!("{} is no type that AWS is known to publish", quoted(pattern));
    let known = PublishedType::all().map(|known| known.type_name);
    let help = did_you_mean(pattern, known).unwrap_or_else(|| {
        "a type is `AWS::Service::Resource`, and `AWS::Service::*` is all of a service".to_owned()
    });
    Some(Fault::at(place, message).with_label("it keeps nothing").with_help(help))
}

#[cfg(test)]
mod tests {
    use crate::plan::folder::TestFolder;
    use crate::plan::warnings;

    #[test]
    fn a_type_that_keeps_nothing_is_told_and_others_are_not() {
        let file = "environment: e
source: { account: '999999999999' }
assume-role: { name: deployer }
regions: [eu-central-1]
accounts: { dev: '100000000001' }
guards: { keep: [AWS::SQS::Queu, 'aws::sqs::queue', 'AWS::RDS::*', AWS::SQS::Queue, 'Custom::It', 'My::Own::Type', '*'] }
stacks:
  role: { template: role.yaml, parameters: { Account: '${source.account}' } }
";
        let plan = TestFolder::new().resolve(file).expect("a warning is no fault");
        let told: Vec<String> = warnings(&plan).into_iter().map(|it| it.message).collect();
        assert_eq!(
            told,
            ["AWS::SQS::Queu", "aws::sqs::queue"]
                .map(|it| format!("`{it}` is no type that AWS is known to publish"))
        );
    }
}
