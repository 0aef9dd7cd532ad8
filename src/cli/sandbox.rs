//! `xdeploy sandbox`.

use std::net::Ipv4Addr;
use std::path::Path;

use tokio::net::TcpListener;

use super::arguments::{Global, Selected, Serve};
use super::connect::{SANDBOX_FOLDER, open_sandbox, refuse, roles};
use super::exit::Exit;
use super::load::load;
use super::pace;
use super::print::{self, Written};
use super::rehearsal;
use super::signals;
use crate::clock::Clock;
use crate::engine::Stop;
use crate::foreign;
use crate::plan::Plan;
use crate::sandbox::{self, Hosts, Sandbox, Settings};

/// Serves the sandbox on loopback until interrupted.
pub async fn serve(arguments: &Serve, global: &Global) -> Exit {
    let plan = match planned(arguments, global) {
        Ok(plan) => plan,
        Err(exit) => return exit,
    };
    let settings = match settings(arguments, plan.as_ref()) {
        Ok(settings) => settings,
        Err(exit) => return exit,
    };
    let sandbox = if arguments.in_memory {
        Sandbox::new(Clock::System, settings)
    } else {
        match open_sandbox(Path::new(SANDBOX_FOLDER), Clock::System, settings) {
            Ok(sandbox) => sandbox,
            Err(exit) => return exit,
        }
    };
    if let Some(Err(error)) = plan.map(|plan| sandbox.seed(&roles(&plan))) {
        return refuse(&error);
    }
    let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, arguments.port)).await {
        Ok(listener) => listener,
        Err(error) => {
            print::note(&format!(
                "port {} of 127.0.0.1 cannot be used: {error}\n  help: name another with --port, \
                 or 0 for a free one",
                arguments.port
            ));
            return Exit::Usage;
        }
    };
    let address = listener.local_addr().expect("a bound listener has an address");
    let written = print::result(&format!(
        "serving the sandbox on http://{address}\n\
         export AWS_ENDPOINT_URL=http://{address} AWS_ACCESS_KEY_ID=999999999999 \
         AWS_SECRET_ACCESS_KEY=sandbox"
    ));
    if written == Written::Lost {
        return Exit::Unwritten;
    }
    let mut stop = signals::listen();
    let stopped = async move {
        // An error means that nobody can send a signal any more, which is a reason to end as well.
        let _ = stop.wait_for(|stop| *stop != Stop::No).await;
    };
    sandbox::serve(sandbox, listener, Hosts::and(arguments.allow_host.clone()), stopped).await;
    Exit::Done
}

/// Returns the plan of the files whose accounts stand beforehand, if any are given.
fn planned(arguments: &Serve, global: &Global) -> Result<Option<Plan>, Exit> {
    if arguments.files.is_empty() {
        return Ok(None);
    }
    let everything = Selected {
        files: arguments.files.clone(),
        accounts: Vec::new(),
        stacks: Vec::new(),
        regions: Vec::new(),
    };
    load(&everything, global).map(Some)
}

fn settings(arguments: &Serve, plan: Option<&Plan>) -> Result<Settings, Exit> {
    let settings = pace::settings(
        arguments.seconds_per_resource,
        arguments.latency,
        arguments.throttling,
        &arguments.throttle,
    );
    let faults = rehearsal::served(&arguments.fault, plan)?;
    let &Serve { iam_propagation, lambda_timeout, .. } = arguments;
    Ok(Settings { faults, iam_propagation, lambda_timeout, ..settings })
}

/// Forgets everything that stands in the sandbox's folder.
pub fn reset() -> Exit {
    match sandbox::reset(Path::new(SANDBOX_FOLDER)) {
        Ok(()) => {
            print::note("the sandbox is empty");
            Exit::Done
        }
        Err(error) => refuse(&error),
    }
}

/// Shows what stands in the sandbox's folder.
pub async fn status() -> Exit {
    let folder = Path::new(SANDBOX_FOLDER);
    match sandbox::accounts_in(folder) {
        Ok(accounts) if accounts.is_empty() => {
            print::note(&format!("nothing stands in {}", foreign::path(folder)));
            Exit::Done
        }
        Ok(accounts) => {
            let lines: Vec<String> = accounts.iter().map(ToString::to_string).collect();
            print::result(&lines.join("\n")).then(Exit::Done)
        }
        Err(error) => refuse(&error),
    }
}
