//! What is deployed, and how fast that can be at all.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::cloud::Cloud;

/// The latency of the cloud: what one round trip takes.
pub const ROUND_TRIP: Duration = Duration::from_millis(20);

/// A piece of work.
pub struct Case {
    /// What it is called on the command line.
    pub name: &'static str,
    accounts: u32,
    stacks: u32,
    /// Whether each stack needs the one before.
    is_chain: bool,
    /// Seconds that the cloud takes for one resource.
    seconds: u32,
    /// Resources of each stack; none needs another.
    resources: u32,
    /// Whether everything stands already, so that nothing is to be done.
    pub is_again: bool,
    /// A limit besides the realistic ones.
    limit: Option<&'static str>,
}

const PLAIN: Case = Case {
    name: "",
    accounts: 1,
    stacks: 1,
    is_chain: false,
    seconds: 1,
    resources: 2,
    is_again: false,
    limit: None,
};

/// The cases, the one that takes longest last.
pub const CASES: &[Case] = &[
    Case { name: "chain", accounts: 20, stacks: 5, is_chain: true, ..PLAIN },
    Case { name: "again", accounts: 20, stacks: 5, is_chain: true, is_again: true, ..PLAIN },
    Case { name: "wide", accounts: 4, stacks: 40, ..PLAIN },
    Case { name: "throttled", stacks: 100, limit: Some("DescribeStacks=1"), ..PLAIN },
    Case { name: "small", accounts: 2, stacks: 2, is_chain: true, ..PLAIN },
    Case { name: "fleet", accounts: 2000, stacks: 5, ..PLAIN },
];

impl Case {
    /// Returns how many stack instances it has.
    pub fn instances(&self) -> u32 {
        self.accounts * self.stacks
    }

    /// Returns the ids of its accounts.
    pub fn account_ids(&self) -> Vec<String> {
        (1..=self.accounts).map(|number| format!("1{number:011}")).collect()
    }

    /// Returns the names of its stacks, in the order of the chain.
    pub fn stack_names(&self) -> Vec<String> {
        (1..=self.stacks).map(|number| format!("stack-{number:03}")).collect()
    }

    /// Writes its environment file and template, and returns the file's path.
    pub fn write(&self, folder: &Path) -> PathBuf {
        let resource = |number| {
            format!(
                "  Setting{number}:\n    Type: AWS::SSM::Parameter\n    Properties: {{ Type: String, \
                 Value: !Ref Before }}\n"
            )
        };
        let template = format!(
            "Parameters:\n  Before: {{ Type: String, Default: none }}\nResources:\n{}Outputs:\n  \
             Name: {{ Value: !Ref Setting1 }}\n",
            (1..=self.resources).map(resource).collect::<String>()
        );
        std::fs::write(folder.join("stack.yaml"), template).expect("the folder takes files");
        let path = folder.join("environment.yaml");
        std::fs::write(&path, self.environment()).expect("the folder takes files");
        path
    }

    fn environment(&self) -> String {
        let account = |id: String| format!("  a{id}: \"{id}\"\n");
        let accounts: String = self.account_ids().into_iter().map(account).collect();
        let names = self.stack_names();
        let mut stacks = String::new();
        for (position, name) in names.iter().enumerate() {
            stacks.push_str(&format!("  {name}:\n    template: stack.yaml\n"));
            if self.is_chain && position > 0 {
                let before = &names[position - 1];
                stacks.push_str(&format!(
                    "    parameters: {{ Before: \"${{output:{before}.Name}}\" }}\n"
                ));
            }
        }
        format!(
            "environment: bench\nsource: {{ account: \"999999999999\" }}\nassume-role: {{ name: \
             deployer }}\nregions: [eu-central-1]\naccounts:\n{accounts}stacks:\n{stacks}"
        )
    }

    /// Returns how the cloud is served.
    pub fn serve_arguments(&self) -> Vec<String> {
        let latency = ROUND_TRIP.as_millis();
        let mut arguments = format!(
            "--in-memory --throttling realistic --latency {latency} --seconds-per-resource {}",
            self.seconds
        );
        if let Some(limit) = self.limit {
            arguments.push_str(&format!(" --throttle {limit}"));
        }
        arguments.split(' ').map(str::to_owned).collect()
    }

    /// Returns the longest chain of creations in any account, as the cloud timed them.
    pub fn path(&self, cloud: &Cloud) -> Duration {
        let names = self.stack_names();
        let of_account = |times: &Vec<Duration>| match self.is_chain {
            true => times.iter().sum(),
            false => times.iter().max().copied().unwrap_or_default(),
        };
        let times = cloud.creation_times(&self.account_ids(), &names);
        times.iter().map(of_account).max().unwrap_or_default()
    }

    /// Returns how long the work takes at least: the critical path; one `AssumeRole`, one write and
    /// one read for each link of it; and the time that the limits of `AssumeRole` (100 a second, 200
    /// at once) and of writes in an account (5 a second, 10 at once) keep the last one waiting.
    pub fn floor(&self, path: Duration) -> Duration {
        let waiting = |requests: u32, per_second: f64, burst: u32| {
            Duration::from_secs_f64(f64::from(requests.saturating_sub(burst)) / per_second)
        };
        let links = if self.is_chain { self.stacks } else { 1 };
        let writes = if self.is_chain { 0 } else { self.stacks };
        waiting(self.accounts, 100.0, 200)
            + waiting(writes, 5.0, 10)
            + path
            + ROUND_TRIP * (1 + 2 * links)
    }
}

impl fmt::Display for Case {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { accounts, stacks, resources, seconds, .. } = self;
        let chain = if self.is_chain { " in a chain" } else { "" };
        write!(
            out,
            "create {accounts} accounts × {stacks} stacks{chain}, {resources} resources of {seconds} s"
        )?;
        if self.is_again {
            write!(out, ", when all of them stand already")?;
        }
        if let Some(limit) = self.limit {
            write!(out, ", {limit}")?;
        }
        Ok(())
    }
}
