//! What a cloud answered to a sequence of calls, in a form in which two clouds can be compared.

use std::collections::BTreeMap;
use std::fmt::Write;

use aws_sdk_cloudformation::operation::create_stack::builders::CreateStackFluentBuilder;
use aws_sdk_cloudformation::operation::update_stack::builders::UpdateStackFluentBuilder;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use regex::Regex;

use crate::support::caller::Caller;

/// The answers of one cloud, each under the name of its step.
pub struct Transcript {
    pub endpoint: String,
    pub caller: Caller,
    steps: Vec<(String, String)>,
}

impl Transcript {
    /// Returns an empty transcript of what an account's root is answered at an endpoint.
    pub fn of(endpoint: String, account: &str) -> Self {
        let caller = Caller::root(&endpoint, account);
        Self { endpoint, caller, steps: Vec::new() }
    }

    /// Whether no answer holds a character outside ASCII.
    pub fn is_ascii(&self) -> bool {
        self.steps.iter().all(|(_, answer)| answer.is_ascii())
    }

    /// Returns the transcript with `?` for every character outside ASCII.
    pub fn in_ascii(mut self) -> Self {
        for (_, answer) in &mut self.steps {
            *answer = answer.chars().map(|c| if c.is_ascii() { c } else { '?' }).collect();
        }
        self
    }

    /// Notes whether a call was accepted, or with which code and text it was refused.
    pub fn call<T, E, R>(&mut self, step: &str, reply: Result<T, SdkError<E, R>>) -> Option<T>
    where
        E: ProvideErrorMetadata + std::fmt::Debug,
        R: std::fmt::Debug,
    {
        match reply {
            Ok(reply) => {
                self.note(step, "accepted");
                Some(reply)
            }
            Err(SdkError::ServiceError(error)) => {
                let error = error.err();
                let code = error.code().unwrap_or("no code");
                self.note(step, &format!("{code}: {}", error.message().unwrap_or("no text")));
                None
            }
            Err(other) => panic!("{step}: {other:?}"),
        }
    }

    /// Creates a stack, with changes to the call, and notes the answer and what came of it.
    pub async fn create(
        &mut self,
        step: &str,
        stack: &str,
        template: &str,
        change: impl FnOnce(CreateStackFluentBuilder) -> CreateStackFluentBuilder,
    ) {
        let call = self.caller.cloudformation().create_stack();
        let reply = change(call.stack_name(stack).template_body(template)).send().await;
        if let Some(reply) = self.call(step, reply) {
            let stack_id = reply.stack_id.expect("an accepted stack has an ARN");
            self.settle(step, stack, &stack_id, 0).await;
        }
    }

    /// Asks for a stack that should be refused and notes the answer only.
    pub async fn try_create(
        &mut self,
        step: &str,
        stack: &str,
        template: &str,
        change: impl FnOnce(CreateStackFluentBuilder) -> CreateStackFluentBuilder,
    ) {
        let call = self.caller.cloudformation().create_stack();
        let reply = change(call.stack_name(stack).template_body(template)).send().await;
        self.call(step, reply);
    }

    /// Updates a stack, with changes to the call, and notes the answer and what came of it.
    pub async fn update(
        &mut self,
        step: &str,
        stack: &str,
        template: &str,
        change: impl FnOnce(UpdateStackFluentBuilder) -> UpdateStackFluentBuilder,
    ) {
        let events_before = self.event_count(stack).await;
        let call = self.caller.cloudformation().update_stack();
        let reply = change(call.stack_name(stack).template_body(template)).send().await;
        if let Some(reply) = self.call(step, reply) {
            let stack_id = reply.stack_id.expect("an accepted stack has an ARN");
            self.settle(step, stack, &stack_id, events_before).await;
        }
    }

    /// Deletes a stack and notes the answer and what came of it.
    pub async fn delete(&mut self, step: &str, stack: &str) {
        let found = self.caller.settled(stack).await;
        let events_before = self.event_count(stack).await;
        let call = self.caller.cloudformation().delete_stack().stack_name(stack);
        let accepted = self.call(step, call.send().await).is_some();
        if let Some(stack_id) = found.and_then(|found| found.stack_id).filter(|_| accepted) {
            self.settle(step, stack, &stack_id, events_before).await;
        }
    }

    /// Notes how a stack settles, its outputs, and the events since the first `events_before`.
    async fn settle(&mut self, step: &str, stack: &str, stack_id: &str, events_before: usize) {
        let settled = self.caller.settled(stack_id).await.expect("a stack is found by its ARN");
        let status = settled.stack_status().map_or("no status", |status| status.as_str());
        self.note(&format!("{step}: status"), status);
        let outputs: BTreeMap<_, _> = settled
            .outputs()
            .iter()
            .map(|output| (output.output_key(), output.output_value()))
            .filter_map(|(key, value)| Some((key?.to_owned(), value?.to_owned())))
            .collect();
        if !outputs.is_empty() && !status.starts_with("DELETE") {
            self.note(&format!("{step}: outputs"), &format!("{outputs:?}"));
        }
        let mut by_resource: BTreeMap<String, String> = BTreeMap::new();
        let mut order: Vec<String> = Vec::new();
        for (resource, status) in self.events(stack_id).await.into_iter().skip(events_before) {
            let resource = if resource == stack { "the stack".to_owned() } else { resource };
            if !order.contains(&resource) {
                order.push(resource.clone());
            }
            let steps = by_resource.entry(resource).or_default();
            // AWS tells twice that a resource is in progress, before and after it has an id.
            if !steps.ends_with(&status) {
                let separator = if steps.is_empty() { "" } else { ", " };
                write!(steps, "{separator}{status}").expect("a string takes text");
            }
        }
        self.note(&format!("{step}: order"), &order.join(", "));
        for (resource, steps) in by_resource {
            self.note(&format!("{step}: {resource}"), &steps);
        }
    }

    /// Notes the reasons that the stack's own events give of its last operation, oldest first.
    pub async fn own_reasons(&mut self, step: &str, stack: &str) {
        let call = self.caller.cloudformation().describe_stack_events().stack_name(stack);
        let events = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let mut reasons = Vec::new();
        for event in events.expect("a stack that stands has events") {
            if event.logical_resource_id() != Some(stack) {
                continue;
            }
            let status = event.resource_status().map_or("", |status| status.as_str());
            let reason = event.resource_status_reason().filter(|reason| !reason.is_empty());
            let reason = reason.unwrap_or("nothing");
            reasons.push(format!("{status} {reason}"));
            let starts = ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"];
            if starts.contains(&status) {
                break;
            }
        }
        reasons.reverse();
        self.note(&format!("{step}: reasons"), &reasons.join(", then "));
    }

    /// Notes how a stack shows itself: template, parameters, tags, outputs.
    pub async fn shown(&mut self, step: &str, stack: &str) {
        let client = self.caller.cloudformation();
        let template = client.get_template().stack_name(stack).send().await.expect("a template");
        self.note(&format!("{step}: template"), template.template_body().unwrap_or_default());
        let found = self.caller.settled(stack).await.expect("it stands");
        let parameters =
            found.parameters().iter().map(|it| (it.parameter_key(), it.parameter_value()));
        let tags = found.tags().iter().map(|it| (it.key(), it.value()));
        let outputs = found
            .outputs()
            .iter()
            .map(|it| (it.output_value(), it.description().filter(|text| !text.is_empty())));
        let described = found.description().unwrap_or_default();
        let (parameters, tags) = (parameters.collect::<Vec<_>>(), tags.collect::<Vec<_>>());
        let mut outputs = outputs.collect::<Vec<_>>();
        outputs.sort_unstable();
        self.note(&format!("{step}: description"), described);
        self.note(&format!("{step}: parameters"), &format!("{parameters:?}"));
        self.note(&format!("{step}: tags"), &format!("{tags:?}"));
        self.note(&format!("{step}: described outputs"), &format!("{outputs:?}"));
    }

    /// Returns the stack's events, oldest first, as resource and status.
    async fn events(&self, stack: &str) -> Vec<(String, String)> {
        let call = self.caller.cloudformation().describe_stack_events().stack_name(stack);
        let pages = call.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
        let mut events: Vec<_> = pages
            .expect("a stack that stands has events")
            .into_iter()
            .map(|event| {
                let status = event.resource_status().map_or("", |status| status.as_str());
                (event.logical_resource_id().unwrap_or_default().to_owned(), status.to_owned())
            })
            .collect();
        events.reverse();
        events
    }

    async fn event_count(&self, stack: &str) -> usize {
        match self.caller.settled(stack).await {
            Some(found) => self.events(found.stack_id().expect("a stack has an ARN")).await.len(),
            None => 0,
        }
    }

    /// Notes an answer without what is random: the end of a stack's ARN and of a made-up name.
    pub fn note(&mut self, step: &str, answer: &str) {
        let uuid = Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").expect("a pattern");
        let suffix = Regex::new(r"-[0-9A-Za-z]{12,13}\b").expect("a pattern");
        let answer = uuid.replace_all(answer, "ID");
        let answer = suffix.replace_all(&answer, "-RANDOM");
        self.steps.push((step.to_owned(), answer.into_owned()));
    }
}

/// Returns each step that the two clouds answered in different ways, and both answers.
pub fn differences(sandbox: &Transcript, ministack: &Transcript) -> String {
    let mut steps: Vec<&String> = Vec::new();
    for (step, _) in sandbox.steps.iter().chain(&ministack.steps) {
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    let answer = |of: &Transcript, step: &str| {
        let mut found = of.steps.iter().filter(|(name, _)| name == step);
        let answer = found.next().map_or("nothing".to_owned(), |(_, answer)| answer.clone());
        assert!(found.next().is_none(), "two steps are named `{step}`");
        answer
    };
    let mut text = String::new();
    for step in steps {
        let (ours, theirs) = (answer(sandbox, step), answer(ministack, step));
        if ours != theirs {
            writeln!(text, "{step}\n  sandbox:   {ours}\n  ministack: {theirs}")
                .expect("a string takes text");
        }
    }
    text
}
