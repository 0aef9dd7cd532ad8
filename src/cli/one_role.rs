//! A plan of one role that the command line names: no file says how it is entered.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::error::CommandError;
use super::load::variable;
use crate::cloud::always_enabled;
use crate::environment::WaveLimits;
use crate::name::{
    AccountName, EXTERNAL_ID_RULE, EnvironmentName, Region, RoleArn, SessionName, is_external_id,
};
use crate::plan::{AccountEntry, ExternalId, Plan, PlannedEnvironment, RoleEntry, TargetAccount};

/// How long a session lasts unless another time is asked for: STS's own default.
const DEFAULT_DURATION: Duration = Duration::from_secs(3600);

/// The variables that name a Region, as the SDK and the AWS CLI read them.
const REGION_VARIABLES: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// A role to assume, and the session that is asked for.
#[derive(Clone, Debug, Args)]
pub struct RoleArgs {
    /// Assume this role with the credentials that are found; no file is needed
    #[arg(long, value_name = "ARN", conflicts_with_all = ["file", "account"])]
    pub role_arn: Option<RoleArn>,
    /// The external id that the role's trust policy asks for
    #[arg(long, value_name = "ID", requires = "role_arn")]
    pub external_id: Option<String>,
    /// What the session is called in CloudTrail
    #[arg(long, value_name = "NAME", requires = "role_arn", default_value = "xdeploy")]
    pub session_name: SessionName,
    /// The profile of the AWS config file that assumes the role, instead of the default credentials
    #[arg(long, value_name = "PROFILE", requires = "role_arn")]
    pub source_profile: Option<String>,
    /// The Region of STS and of the session; else what AWS_REGION says, else the partition's first
    #[arg(long, value_name = "REGION", requires = "role_arn")]
    pub region: Option<Region>,
}

impl RoleArgs {
    /// Returns the plan of a role: one account that is entered by it, and no stack.
    ///
    /// # Errors
    /// When the external id is none, or the Region is not known or of another partition.
    pub fn plan(&self, role: &RoleArn) -> Result<Plan, CommandError> {
        if self.external_id.as_deref().is_some_and(|id| !is_external_id(id)) {
            return Err(CommandError::usage(format!("--external-id: {EXTERNAL_ID_RULE}")));
        }
        let region = self.region_of(role)?;
        let id = role.account();
        let name: AccountName =
            id.as_str().parse().expect("digits keep the rule for account names");
        let environment: EnvironmentName = "role".parse().expect("it keeps the rule for names");
        let entry = RoleEntry {
            via: Vec::new(),
            role: role.clone(),
            external_id: self.external_id.clone().map(ExternalId::given),
            session_name: self.session_name.clone(),
            duration: DEFAULT_DURATION,
            session_policy: None,
            session_tags: BTreeMap::new(),
            source_identity: None,
        };
        let environment = PlannedEnvironment {
            name: environment,
            path: PathBuf::new(),
            digest: String::new(),
            beneath: Vec::new(),
            source_account: None,
            source_profile: self.source_profile.clone(),
            mfa_serial: None,
            home_region: region.clone(),
            waves: 1,
            approvals: BTreeMap::new(),
            wave_limits: WaveLimits::default(),
            keep: Vec::new(),
            notify: Vec::new(),
        };
        let entry = AccountEntry::AssumeRole(Box::new(entry));
        let account = TargetAccount { environment: 0, name, id, region, entry, wave: 0 };
        Ok(Plan { environments: vec![environment], accounts: vec![account], ..Plan::default() })
    }

    fn region_of(&self, role: &RoleArn) -> Result<Region, CommandError> {
        let help = "say one with --region";
        let named = REGION_VARIABLES.iter().find_map(|name| Some((*name, variable(name)?)));
        let region: Region = match (&self.region, named.filter(|(_, region)| !region.is_empty())) {
            (Some(region), _) => region.clone(),
            (None, Some((name, region))) => region
                .parse()
                .map_err(|error| CommandError::usage(format!("{name}: {error}")).with_help(help))?,
            (None, None) => always_enabled(role.partition()).ok_or_else(|| {
                let text = format!("no Region is known to enter {role} from");
                CommandError::usage(text).with_help(help)
            })?,
        };
        if region.partition().as_str() != role.partition() {
            let text = format!("{role} stands in another partition than {region}");
            return Err(CommandError::usage(text).with_help(help));
        }
        Ok(region)
    }
}
