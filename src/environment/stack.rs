//! `stacks`: each by its key.

use std::marker::PhantomData;
use std::time::Duration;

use super::inherited::{REGIONS, TAGS, texts};
use super::keys::MappingKeys;
use super::model::{DeploymentMode, OnCreateFailure, StackSettings, StackSpec};
use super::overrides::{OVERRIDES, refuse_too_many};
use super::placed::Placed;
use super::shape::{
    Accounts, ByName, Choice, FilePath, Joined, List, OtherStack, Phrase, Record, Span, WithPlace,
    YesOrNo,
};
use super::text::Text;
use crate::name::{ParameterName, StackKey};

/// `stacks`.
pub(super) const STACKS: ByName<StackKey, Record<StackSpec>> = ByName {
    needed: "a mapping of stacks",
    least: 1,
    names: PhantomData,
    of: Record { needed: "a mapping with `template`", keys: stack },
};

fn stack(keys: &mut MappingKeys<'_>) -> Option<StackSpec> {
    let template =
        keys.required("template", "The template's file, relative to this file.", &FilePath);
    let stack_name = keys.optional(
        "stack-name",
        "Its name in CloudFormation; its key without this.",
        &Phrase::of("a stack's name"),
    );
    let accounts = keys.optional(
        "accounts",
        "The accounts it goes to, by name, pattern or group, or `source`, `!` takes away what stands before; all of `accounts` without this.",
        &Accounts::SOME,
    );
    let regions = keys.optional("regions", "Its Regions, instead of the account's.", &REGIONS);
    let depends_on = keys.optional(
        "depends-on",
        "Stacks that come first in the same account and Region.",
        &List { needed: "a list of stacks", least: 0, most: None, of: OtherStack },
    );
    let parameters = keys.optional(
        "parameters",
        "The template's parameters. One that is not named keeps its value or takes its default.",
        &PARAMETERS,
    );
    let tags = keys.optional("tags", "Tags, over the account's and the file's.", &TAGS);
    let overrides = keys.optional(
        "overrides",
        "What differs in some of its accounts and Regions; of two that say something of the same, the later one wins.",
        &OVERRIDES,
    );
    let mut overrides = overrides.unwrap_or_default();
    refuse_too_many(keys, &mut overrides);
    let settings = settings(keys);
    Some(StackSpec {
        key: keys.own_name()?,
        template: template?,
        stack_name,
        accounts,
        regions,
        depends_on: depends_on.unwrap_or_default(),
        parameters: parameters.unwrap_or_default().into_iter().map(plainly_named).collect(),
        tags: tags.map(texts),
        overrides,
        settings,
    })
}

fn plainly_named((name, text): (Placed<ParameterName>, Text)) -> (Placed<String>, Text) {
    (Placed { value: name.value.into(), place: name.place }, text)
}

fn settings(keys: &mut MappingKeys<'_>) -> StackSettings {
    StackSettings {
        capabilities: keys
            .optional(
                "capabilities",
                "What CloudFormation may do on its behalf; `[CAPABILITY_IAM]` without this.",
                &CAPABILITIES,
            )
            .map(|Placed { value, place }| Placed {
                value: value.into_iter().map(str::to_owned).collect(),
                place,
            }),
        termination_protection: keys.optional(
            "termination-protection",
            "Whether a delete is refused; left as it is without this.",
            &YesOrNo,
        ),
        service_role: keys.optional(
            "service-role",
            "The ARN of a role that CloudFormation assumes for it.",
            &Phrase::of("a role's ARN"),
        ),
        stack_policy: keys.optional(
            "stack-policy",
            "The stack policy's JSON file, relative to this file.",
            &FilePath,
        ),
        notification_arns: keys
            .optional(
            "notification-arns",
            "ARNs of SNS topics that hear of its events.",
            &NOTIFICATION_ARNS,
            ),
        timeout: keys.optional(
            "timeout",
            "How long its creation may take, in whole minutes such as `30m`.",
            &TIMEOUT,
        ),
        on_create_failure: keys
            .optional(
            "on-create-failure",
            "What becomes of it when its creation fails; `rollback` without this.",
            &ON_CREATE_FAILURE,
            )
            .unwrap_or_default(),
        rollback_alarms: keys
            .optional(
            "rollback-alarms",
            "ARNs of CloudWatch alarms that roll an operation back.",
            &ROLLBACK_ALARMS,
            ),
        deployment_mode: keys.optional(
            "deployment-mode",
            "How thoroughly CloudFormation waits for resources; the account's default without this.",
            &DEPLOYMENT_MODE,
        ),
    }
}

const PARAMETERS: ByName<ParameterName, Joined> =
    ByName { needed: "a mapping of parameters", least: 0, names: PhantomData, of: Joined };

/// Source: the CloudFormation API reference, `CreateStack`, parameter `Capabilities`.
const CAPABILITIES: WithPlace<List<Choice<&'static str>>> = WithPlace(List {
    needed: "a list of capabilities",
    least: 0,
    most: None,
    of: Choice {
        needed: "a capability",
        words: &[
            ("CAPABILITY_IAM", "CAPABILITY_IAM"),
            ("CAPABILITY_NAMED_IAM", "CAPABILITY_NAMED_IAM"),
            ("CAPABILITY_AUTO_EXPAND", "CAPABILITY_AUTO_EXPAND"),
        ],
        later: &[],
    },
});

/// Source: the CloudFormation API reference, `CreateStack`, parameter `NotificationARNs`.
const NOTIFICATION_ARNS: List<Phrase> = List {
    needed: "a list of topic ARNs",
    least: 0,
    most: Some(5),
    of: Phrase::of("a topic's ARN"),
};

/// Source: the CloudFormation API reference, `RollbackConfiguration`, member `RollbackTriggers`.
const ROLLBACK_ALARMS: List<Phrase> = List {
    needed: "a list of alarm ARNs",
    least: 0,
    most: Some(5),
    of: Phrase::of("an alarm's ARN"),
};

/// `CreateStack` counts whole minutes; AWS documents no most, a year is ours.
const TIMEOUT: Span = Span {
    least: Duration::from_secs(60),
    most: Duration::from_secs(365 * 24 * 3600),
    step: Duration::from_secs(60),
};

const ON_CREATE_FAILURE: Choice<OnCreateFailure> = Choice {
    needed: "an action on failure",
    words: &[
        ("rollback", OnCreateFailure::Rollback),
        ("delete", OnCreateFailure::Delete),
        ("do-nothing", OnCreateFailure::DoNothing),
    ],
    later: &[],
};

const DEPLOYMENT_MODE: Choice<DeploymentMode> = Choice {
    needed: "a deployment mode",
    words: &[("standard", DeploymentMode::Standard), ("express", DeploymentMode::Express)],
    later: &[],
};
