//! How stacks stand, as a client that is not xdeploy sees them.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::support::client::{cloudformation_in, operations_in};
use crate::support::world::World;

use super::case::{Case, ELSEWHERE, IDS, REGIONS};

/// A stack as it shows itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub id: String,
    pub status: String,
    pub template: String,
    /// Its parameter `Value`.
    pub value: String,
    /// Its tag `release`.
    pub release: String,
}

impl Shown {
    /// Whether it stands with the same template, parameter and tag, and works.
    pub fn is_like(&self, other: &Self) -> bool {
        let content =
            |shown: &Self| (shown.template.clone(), shown.value.clone(), shown.release.clone());
        content(self) == content(other) && self.works() && other.works()
    }

    /// Whether an update left it as something that works.
    pub fn works(&self) -> bool {
        ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"].contains(&&*self.status)
    }
}

/// A stack's account, Region and number.
pub type Place = (usize, usize, usize);

/// How all stacks stand.
pub type Standing = BTreeMap<Place, Shown>;

/// The operations that stacks saw, such as `CREATE_IN_PROGRESS`.
pub type Operations = BTreeMap<Place, Vec<String>>;

/// Looks at every stack; what the cloud bears is not exceeded.
pub async fn look(world: &World, case: &Case) -> (Standing, Operations) {
    let (mut standing, mut all) = (Standing::new(), Operations::new());
    for (account, id) in IDS.iter().take(case.accounts).enumerate() {
        for (region, name) in REGIONS.iter().take(case.regions).enumerate() {
            let client = cloudformation_in(world, id, name);
            let place = |stack: &str| (account, region, number(stack));
            look_in(&client, place, &mut standing).await;
            for operation in operations_in(&client).await {
                let (name, status) = operation.split_once(' ').expect("a stack and what began");
                all.entry(place(name)).or_default().push(status.to_owned());
            }
        }
    }
    (standing, all)
}

/// Returns what began in the account that nobody is to write into.
pub async fn elsewhere(world: &World, case: &Case) -> Vec<String> {
    let mut began = Vec::new();
    for name in REGIONS.iter().take(case.regions) {
        began.extend(operations_in(&cloudformation_in(world, ELSEWHERE, name)).await);
    }
    began
}

async fn look_in(
    client: &aws_sdk_cloudformation::Client,
    place: impl Fn(&str) -> Place,
    standing: &mut Standing,
) {
    tokio::time::sleep(Duration::from_secs(5)).await;
    let described = client.describe_stacks().send().await.expect("stacks are described");
    for stack in described.stacks() {
        let name = stack.stack_name().unwrap_or_default();
        tokio::time::sleep(Duration::from_secs(5)).await;
        let template = client.get_template().stack_name(name).send().await;
        let is_value =
            |p: &&aws_sdk_cloudformation::types::Parameter| p.parameter_key() == Some("Value");
        let parameter = stack.parameters().iter().find(is_value);
        let tag = stack.tags().iter().find(|tag| tag.key() == Some("release"));
        let template = template.expect("a template");
        let shown = Shown {
            id: stack.stack_id().unwrap_or_default().to_owned(),
            status: stack.stack_status().map_or("", |status| status.as_str()).to_owned(),
            template: template.template_body().unwrap_or_default().to_owned(),
            value: parameter.and_then(|p| p.parameter_value()).unwrap_or_default().to_owned(),
            release: tag.and_then(|tag| tag.value()).unwrap_or_default().to_owned(),
        };
        standing.insert(place(name), shown);
    }
}

fn number(name: &str) -> usize {
    name.trim_start_matches('s').parse().expect("a stack of ours")
}
