//! AWS's answers, changed on their way: any bytes are a script that says which answers, and how.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector,
    http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use tokio::sync::watch;
use xdeploy::cloud::{Cloud, Origin};
use xdeploy::engine::{Limits, Stop};
use xdeploy::event::{EventKind, Operation, Outcome};

use super::{ENDS_WITHIN, in_paused_time};
use crate::support::files::SETTING;
use crate::support::world::{Ran, SOURCE, World};

const ENVIRONMENT: &str = "environment: prod\nsource: { account: '999999999999' }\n\
    assume-role: { name: deployer }\nregions: [eu-central-1]\n\
    accounts: { dev: '100000000001', prod: '100000000002' }\n\
    stacks:\n  first: { template: app.yaml, parameters: { Value: VALUE } }\n  \
    second: { template: app.yaml, parameters: { Value: '${output:first.Value}' } }\n";

/// What answers are torn apart with.
const WORDS: [&str; 32] = [
    "",
    "<",
    ">",
    "</member>",
    "<member>",
    "&#0;",
    "&amp",
    "<![CDATA[",
    "<!DOCTYPE a [<!ENTITY b \"c\">]>",
    "<NextToken>again</NextToken>",
    "CREATE_COMPLETE",
    "DELETE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "UPDATE_ROLLBACK_FAILED",
    "ROLLBACK_COMPLETE",
    "DELETE_FAILED",
    "REVIEW_IN_PROGRESS",
    "CREATE_IN_PROGRESS",
    "STRANGE_IN_PROGRESS",
    "STRANGE",
    "2026-11-23T12:00:00Z",
    "9999-12-31T23:59:59Z",
    "-0001-01-01T00:00:00Z",
    "not a time",
    "arn:aws:cloudformation:eu-central-1:100000000001:stack/first/0",
    "arn:::::",
    "999999999999",
    "\u{0}\u{1b}[2J",
    "\u{e9}\u{1f600}\u{202e}",
    "No updates are to be performed.",
    "Throttling",
    "ExpiredToken",
];

/// The statuses that an answer may be given instead of its own.
const STATUSES: [u16; 12] = [200, 204, 301, 400, 403, 404, 408, 429, 500, 503, 599, 100];

/// How many bytes of a script are one change.
const CHANGE_BYTES: usize = 5;

/// Applies, previews, updates and destroys two stacks in each of two accounts through changed answers.
pub fn read(script: &[u8]) {
    in_paused_time(async {
        let world = World::new(&["100000000001", "100000000002"]);
        world.write("app.yaml", SETTING);
        let script = Arc::new(Mutex::new(Script { changes: script.to_vec(), answer: 0 }));
        for (operation, value) in [
            (Operation::Apply, "one"),
            (Operation::Plan, "two"),
            (Operation::Apply, "two"),
            (Operation::Destroy, "two"),
        ] {
            let plan = world.plan(&ENVIRONMENT.replace("VALUE", value));
            let run = world.new_run(operation, Limits::default());
            let (_wish, stop) = watch::channel(Stop::No);
            let cloud = cloud(&world, &script);
            let ends = world.carry_out_through(&cloud, run, plan, stop, |_| {});
            let ran = tokio::time::timeout(ENDS_WITHIN, ends).await.expect("the run ends");
            check(&ran);
        }
    });
}

/// Checks that a run told its beginning, the end of each stack instance, and its own.
fn check(ran: &Ran) {
    let kinds: Vec<&EventKind> = ran.events.iter().map(|event| &event.kind).collect();
    assert!(matches!(kinds.first(), Some(EventKind::RunStarted { .. })));
    assert!(matches!(kinds.last(), Some(EventKind::RunFinished { .. })));
    let ends = kinds.iter().filter(|kind| matches!(kind, EventKind::InstanceFinished { .. }));
    assert_eq!(ends.count(), 4, "each stack instance ends once");
    for instance in &ran.report.stack_instances {
        assert!(["dev", "prod"].contains(&instance.account.as_str()));
        if instance.outcome == Outcome::Failed {
            let failure = instance.failure.as_ref().expect("a failure has a cause");
            assert!(!failure.message.trim().is_empty(), "{failure:?}");
        }
    }
}

/// Returns the world's cloud behind changed answers.
fn cloud(world: &World, script: &Arc<Mutex<Script>>) -> Cloud {
    let (inner, script) = (world.sandbox.http_client(), script.clone());
    let client: SharedHttpClient = http_client_fn(move |settings, components| {
        let inner = inner.http_connector(settings, components);
        SharedHttpConnector::new(Changed { inner, script: script.clone() })
    });
    let source = SOURCE.parse().expect("an id");
    Cloud::through(client, world.clock, Origin::Embedded { source })
}

/// What is done to which answers.
#[derive(Debug)]
struct Script {
    changes: Vec<u8>,
    /// How many answers came so far.
    answer: usize,
}

#[derive(Debug)]
struct Changed {
    inner: SharedHttpConnector,
    script: Arc<Mutex<Script>>,
}

impl HttpConnector for Changed {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (answer, script) = (self.inner.call(request), self.script.clone());
        HttpConnectorFuture::new(async move {
            let mut answer = answer.await?;
            let changes = script.lock().expect("no holder panics").next();
            changes.iter().for_each(|change| change.apply(&mut answer));
            Ok(answer)
        })
    }
}

impl Script {
    /// Returns the changes to the next answer.
    fn next(&mut self) -> Vec<Change> {
        let number = self.answer;
        self.answer += 1;
        let changes = self.changes.chunks_exact(CHANGE_BYTES).map(Change::read);
        changes.filter(|change| change.is_of(number)).collect()
    }
}

/// One change: to which answer, what, where, and with what.
#[derive(Clone, Copy, Debug)]
struct Change {
    answer: u8,
    kind: u8,
    place: u16,
    with: u8,
}

impl Change {
    fn read(bytes: &[u8]) -> Self {
        let [answer, kind, high, low, with] = bytes else { unreachable!("they are cut so long") };
        let place = u16::from_be_bytes([*high, *low]);
        Self { answer: *answer, kind: *kind, place, with: *with }
    }

    /// Whether it concerns an answer; the last few numbers stand for eight answers each.
    fn is_of(self, answer: usize) -> bool {
        match usize::from(self.answer) {
            several @ 224.. => answer / 8 == several - 224,
            one => answer == one,
        }
    }

    fn apply(self, answer: &mut HttpResponse) {
        let body = answer.body().bytes().map(<[u8]>::to_vec).unwrap_or_default();
        // Where it is done: anywhere in the body, as it has any length.
        let at = (usize::from(self.place) * (body.len() + 1)) >> 16;
        let (before, after) = body.split_at(at);
        let word = WORDS[usize::from(self.with) % WORDS.len()].as_bytes();
        let rest = |count: usize| &after[count.min(after.len())..];
        let changed = match self.kind % 10 {
            0 => before.to_vec(),
            1 => [before, &[self.with], rest(1)].concat(),
            2 => [before, word, after].concat(),
            3 => [before, word, rest(word.len())].concat(),
            4 => [before, rest(usize::from(self.with))].concat(),
            5 => [before, after, after].concat(),
            6 => in_next_element(before, word, after),
            7 => return self.apply_to_status(answer),
            8 => return self.apply_to_headers(answer),
            _ => word.to_vec(),
        };
        *answer.body_mut() = SdkBody::from(changed);
    }

    fn apply_to_status(self, answer: &mut HttpResponse) {
        let status = STATUSES[usize::from(self.with) % STATUSES.len()];
        let status = status.try_into().expect("it is a status");
        let body = std::mem::replace(answer.body_mut(), SdkBody::taken());
        let headers = std::mem::take(answer.headers_mut());
        *answer = HttpResponse::new(status, body);
        *answer.headers_mut() = headers;
    }

    fn apply_to_headers(self, answer: &mut HttpResponse) {
        let names: Vec<String> = answer.headers().iter().map(|(name, _)| name.to_owned()).collect();
        match names.get(usize::from(self.place) % (names.len() + 1)) {
            Some(name) => drop(answer.headers_mut().remove(name.as_str())),
            None => drop(answer.headers_mut().insert("retry-after", self.with.to_string())),
        }
    }
}

/// Puts a word in the place of the text of the next XML element.
fn in_next_element(before: &[u8], word: &[u8], after: &[u8]) -> Vec<u8> {
    let Some(start) = after.iter().position(|byte| *byte == b'>') else { return before.to_vec() };
    let (head, text) = after.split_at(start + 1);
    let end = text.iter().position(|byte| *byte == b'<').unwrap_or(text.len());
    [before, head, word, &text[end..]].concat()
}
