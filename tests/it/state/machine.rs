//! A machine on which runs are carried out with their state in a bucket: it can be cut off, and it can be gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector,
    http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use tokio::sync::watch;
use xdeploy::cloud::{Cloud, Origin, Owners};
use xdeploy::engine::{Limits, Run, Stop};
use xdeploy::event::{Operation, RunRequest};
use xdeploy::journal::RunFolder;
use xdeploy::name::{EnvironmentName, RunId};
use xdeploy::plan::Plan;
use xdeploy::report::Reporters;
use xdeploy::run::{self, EndedRun, EnvironmentLocks, KeptRun, ReadyRun, WhenLocked};
use xdeploy::state::{NEWEST, RunPlace, SharedState, StateBucket};

use crate::support::world::{SOURCE, World};

/// Where the state stands.
pub const PLACE: &str = "s3://state-999999999999/team/xdeploy";

/// How the network of a machine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    Up,
    /// Nothing gets through; connections are found broken once it is up again.
    Down,
    /// Nothing gets through any more.
    Gone,
}

/// Right before which request something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The so-manieth.
    Request(usize),
    /// The so-manieth that changes a stack.
    Change(usize),
}

/// A machine: a folder of its own and a way to the cloud.
pub struct Machine {
    _home: tempfile::TempDir,
    cloud: Cloud,
    state: SharedState,
    network: watch::Sender<Network>,
}

impl Machine {
    /// Returns a machine on which nothing was done yet, whose network becomes so at a moment.
    pub async fn new(world: &World, becomes: Option<(Moment, Network)>) -> Self {
        let (network, _) = watch::channel(Network::Up);
        let (inner, sent): (SharedHttpClient, Arc<Sent>) =
            (world.sandbox.http_client(), Arc::default());
        let line = network.clone();
        let client = http_client_fn(move |settings, components| {
            let inner = inner.http_connector(settings, components);
            let (network, sent) = (line.clone(), sent.clone());
            SharedHttpConnector::new(Line { inner, network, sent, becomes })
        });
        let source = SOURCE.parse().expect("an id");
        let cloud = Cloud::through(client, world.clock, Origin::Embedded { source });
        let home = tempfile::tempdir().expect("a temporary folder");
        let region = "eu-central-1".parse().expect("a Region");
        let owner = Owners::of(SOURCE.parse().expect("an id"));
        let objects = cloud.objects(&region, None, owner).await;
        let bucket = StateBucket::new(objects, PLACE.parse().expect("a place"), None);
        let state = SharedState::new(bucket, RunFolder::of(home.path()));
        Self { _home: home, cloud, state, network }
    }

    /// Returns what it knows of the state.
    pub fn state(&self) -> &SharedState {
        &self.state
    }

    /// Waits until its network is no longer as it should be.
    pub async fn is_cut_off(&self) {
        let _ = self.network.subscribe().wait_for(|network| *network != Network::Up).await;
    }

    /// Gives the network back.
    pub fn reconnect(&self) {
        self.network.send_replace(Network::Up);
    }

    /// Applies a plan. If it resumes, it goes on with the last run if that is unfinished, whichever of the plans that
    /// has. Waits for others.
    ///
    /// # Errors
    /// When the state cannot be used, or another run got the environment.
    pub async fn apply(
        &self,
        plan: &Arc<Plan>,
        resumes: bool,
        plans: &[Arc<Plan>],
    ) -> Result<EndedRun, String> {
        let ready = Box::pin(self.ready(plan, resumes, plans)).await?;
        let (_wish, stop) = watch::channel(Stop::No);
        let ended = Box::pin(ready.carry_out(Reporters::none(), stop)).await;
        self.state.settle().await;
        Ok(ended)
    }

    async fn ready(
        &self,
        plan: &Arc<Plan>,
        resumes: bool,
        plans: &[Arc<Plan>],
    ) -> Result<ReadyRun, String> {
        let said = |error: &dyn std::error::Error| error.to_string();
        self.state.refresh(NEWEST).await.map_err(|error| said(&error))?;
        let place = RunPlace::Shared(Box::new(self.state.clone()));
        let names: Vec<EnvironmentName> =
            plan.environments.iter().map(|environment| environment.name.clone()).collect();
        let locks = EnvironmentLocks::acquire(&place, &names, |_, _| WhenLocked::Wait).await;
        let mut locks = locks.map_err(|error| said(&error))?;
        self.state.refresh(NEWEST).await.map_err(|error| said(&error))?;
        let clock = self.cloud.clock();
        if let Some(kept) = self.unfinished().filter(|_| resumes) {
            let is_its = |plan: &&Arc<Plan>| kept.check(plan).is_ok();
            let plan = plans.iter().find(is_its).expect("it has one of them");
            let run = kept.began().expect("it says how it began").0.run.clone();
            locks.sign(&run, Operation::Apply, clock).await.map_err(|error| said(&error))?;
            let ready = kept.go_on(plan.clone(), self.cloud.clone(), place, locks).await;
            return ready.map_err(|error| said(&error));
        }
        let id = RunId::new(clock.now(), fastrand::u32(..));
        locks.sign(&id, Operation::Apply, clock).await.map_err(|error| said(&error))?;
        let run = Run::new(id, Operation::Apply, Limits::default(), clock);
        let asked = Some(RunRequest { plan: plan.digest(), ..RunRequest::default() });
        let run = Run { asked, ..run };
        let ready = run::begin(plan.clone(), self.cloud.clone(), run, place, locks).await;
        ready.map_err(|error| said(&error))
    }

    /// Returns the newest run, if it is unfinished.
    fn unfinished(&self) -> Option<KeptRun> {
        let folder = self.state.folder();
        let run = folder.runs().expect("the folder can be read").into_iter().find_map(|run| {
            // One of which nothing was kept has done nothing.
            KeptRun::read(&folder.journal(&run)).ok()
        })?;
        (!run.is_over()).then_some(run)
    }
}

/// The way from one machine to the cloud.
#[derive(Debug)]
struct Line {
    inner: SharedHttpConnector,
    network: watch::Sender<Network>,
    sent: Arc<Sent>,
    becomes: Option<(Moment, Network)>,
}

/// How much was sent.
#[derive(Debug, Default)]
struct Sent {
    requests: AtomicUsize,
    changes: AtomicUsize,
}

impl Sent {
    /// Counts a request, and returns whether it is the one that is meant.
    fn is_at(&self, request: &HttpRequest, moment: Moment) -> bool {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
        let is_change = ["Action=CreateStack&", "Action=UpdateStack&"];
        let is_change = is_change.iter().any(|action| body.contains(action));
        let requests = self.requests.fetch_add(1, Ordering::SeqCst) + 1;
        let changes = self.changes.fetch_add(usize::from(is_change), Ordering::SeqCst) + 1;
        match moment {
            Moment::Request(number) => number == requests,
            Moment::Change(number) => is_change && number == changes,
        }
    }
}

impl HttpConnector for Line {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if let Some((moment, network)) = self.becomes
            && self.sent.is_at(&request, moment)
        {
            self.network.send_replace(network);
        }
        let mut up = self.network.subscribe();
        let is_up = *up.borrow_and_update() == Network::Up;
        let (inner, mut broken) = (self.inner.clone(), up.clone());
        HttpConnectorFuture::new(async move {
            let answer = async {
                if is_up { inner.call(request).await } else { std::future::pending().await }
            };
            tokio::select! {
                biased;
                _ = broken.wait_for(|network| *network != Network::Up) => {}
                answer = answer => return answer,
            }
            // Found out once something gets through again; never, if nothing does.
            let _ = up.wait_for(|network| *network == Network::Up).await;
            let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
            Err(ConnectorError::io(Box::new(reset)))
        })
    }
}
