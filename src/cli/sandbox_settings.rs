//! Settings of the sandbox as words on the command line: its speed, and its rate limits.

use std::time::Duration;

use clap::ValueEnum;

use crate::environment;
use crate::plan;
use crate::sandbox::{Rate, Settings, Throttling, ThrottlingError};

/// Which requests the sandbox refuses for coming too fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ThrottlingProfile {
    /// None.
    None,
    /// About those that AWS refuses.
    Realistic,
}

/// How time passes in the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SandboxClock {
    /// As it does for everybody.
    Real,
    /// At once wherever the run would only wait.
    Virtual,
}

/// Whether a stack's resources need the permissions of who deploys it, or of its service role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ResourcePermissions {
    /// They do, as on AWS.
    Asked,
    /// Nobody is asked.
    Ignored,
}

/// The limit of one action.
#[derive(Clone, Debug, PartialEq)]
pub struct ActionLimit {
    action: String,
    rate: Rate,
}

/// Reads `DescribeStacks=1`, or `writes=5:10` with the requests that pass at once.
///
/// # Errors
/// If there is no such action, or no such rate.
pub fn limit(text: &str) -> Result<ActionLimit, String> {
    let Some((action, rate)) = text.split_once('=') else {
        return Err("an action and its rate are needed, such as `DescribeStacks=1`".to_owned());
    };
    let said = |error: ThrottlingError| error.to_string();
    let rate = rate.parse().map_err(said)?;
    Throttling::none().with(action, rate).map_err(said)?;
    Ok(ActionLimit { action: action.to_owned(), rate })
}

/// Reads a duration such as `10s`.
///
/// # Errors
/// If it is none, or longer than an hour.
pub fn delay(text: &str) -> Result<Duration, String> {
    let delay = environment::duration(text).filter(|delay| *delay <= Duration::from_secs(3600));
    delay.ok_or_else(|| "a duration of at most an hour is needed, such as 10s".to_owned())
}

/// Reads how long a Lambda function may take, such as `15m`.
///
/// # Errors
/// If it is no duration, or none that Lambda takes.
pub fn function_timeout(text: &str) -> Result<Duration, String> {
    let (least, most) = (Duration::from_secs(1), Duration::from_secs(900));
    let timeout = environment::duration(text).filter(|timeout| (least..=most).contains(timeout));
    timeout
        .ok_or_else(|| "a duration from a second to 15 minutes is needed, such as 15m".to_owned())
}

/// Reads a number of seconds, such as 0.5.
///
/// # Errors
/// If it is none, or more than a day.
pub fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=86_400.0).contains(&seconds) => Ok(seconds),
        _ => Err("a number of seconds is needed, at most a day".to_owned()),
    }
}

/// Returns the settings of a sandbox; limits of single actions come on top of `limits`.
pub fn settings(
    seconds_per_resource: f64,
    latency_ms: u64,
    limits: ThrottlingProfile,
    single: &[ActionLimit],
) -> Settings {
    let limits = match limits {
        ThrottlingProfile::None => Throttling::none(),
        ThrottlingProfile::Realistic => Throttling::realistic(),
    };
    let throttling = single.iter().fold(limits, |limits, ActionLimit { action, rate }| {
        limits.with(action, *rate).expect("the action was checked when it was read")
    });
    Settings {
        resource_duration: Duration::from_secs_f64(seconds_per_resource),
        latency: Duration::from_millis(latency_ms),
        throttling,
        more_regions: plan::more_regions(&|name| std::env::var(name).ok()),
        ..Settings::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_an_action_and_a_rate() {
        let rate = Rate { per_second: 5.0, burst: 10.0 };
        assert_eq!(limit("writes=5:10"), Ok(ActionLimit { action: "writes".into(), rate }));
        for wrong in ["DescribeStacks", "DescribeStacks=", "Describe=1"] {
            assert!(limit(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_function_takes_a_second_to_fifteen_minutes() {
        assert_eq!(function_timeout("15m"), Ok(Duration::from_secs(900)));
        for wrong in ["", "0s", "16m", "1"] {
            assert!(function_timeout(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn single_limits_come_on_top() {
        let single = [limit("DescribeStacks=1").unwrap()];
        let settings = settings(1.0, 20, ThrottlingProfile::Realistic, &single);
        let rate = Rate { per_second: 1.0, burst: 1.0 };
        let expected = Throttling::realistic().with("DescribeStacks", rate).unwrap();
        assert_eq!(settings.throttling, expected);
    }
}
