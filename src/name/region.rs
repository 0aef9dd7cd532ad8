//! Regions and the partitions they belong to.

use super::text::checked_text;

checked_text!(
    /// An AWS Region code, such as `eu-central-1` or `us-gov-west-1`.
    Region,
    "a Region",
    "a Region reads like `eu-central-1`",
    "^[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}$",
    is_region
);

fn is_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let Some((number, words)) = parts.split_last() else { return false };
    words.len() >= 2
        && (2..=4).contains(&words[0].len())
        && words.iter().all(|w| !w.is_empty() && w.chars().all(|c| c.is_ascii_lowercase()))
        && (1..=2).contains(&number.len())
        && number.chars().all(|c| c.is_ascii_digit())
}

impl Region {
    /// Returns the partition the Region belongs to, read off its prefix.
    ///
    /// Source: the AWS SDK's `partitions.json`, which lists one Region pattern per partition.
    pub fn partition(&self) -> Partition {
        match self.as_str() {
            region if region.starts_with("cn-") => Partition::China,
            region if region.starts_with("us-gov-") => Partition::UsGov,
            region if region.starts_with("us-iso-") => Partition::Iso,
            region if region.starts_with("us-isob-") => Partition::IsoB,
            region if region.starts_with("eu-isoe-") => Partition::IsoE,
            region if region.starts_with("us-isof-") => Partition::IsoF,
            region if region.starts_with("eusc-") => Partition::EuropeanSovereign,
            _ => Partition::Commercial,
        }
    }

    /// Whether AWS is known to have opened the Region; it may have opened more since.
    pub fn is_known(&self) -> bool {
        REGIONS.contains(&self.as_str())
    }

    /// Returns the Regions that AWS is known to have opened, in every partition.
    pub fn all_known() -> impl Iterator<Item = &'static str> {
        REGIONS.into_iter()
    }
}

/// The Regions of every partition.
///
/// Source: `partitions.json` of botocore 1.43.106 (November 2026), without its `…-global` entries,
/// which are no Regions that stacks stand in.
const REGIONS: [&str; 46] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "cn-north-1",
    "cn-northwest-1",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-iso-east-1",
    "us-iso-west-1",
    "us-isob-east-1",
    "us-isob-west-1",
    "eu-isoe-west-1",
    "us-isof-east-1",
    "us-isof-south-1",
    "eusc-de-east-1",
];

/// A partition: a part of AWS with its own accounts, credentials and ARN prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Partition {
    /// `aws`, all Regions that are not in another partition.
    Commercial,
    /// `aws-cn`.
    China,
    /// `aws-us-gov`.
    UsGov,
    /// `aws-iso`.
    Iso,
    /// `aws-iso-b`.
    IsoB,
    /// `aws-iso-e`.
    IsoE,
    /// `aws-iso-f`.
    IsoF,
    /// `aws-eusc`.
    EuropeanSovereign,
}

impl Partition {
    /// Returns the partition as it stands in an ARN.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Commercial => "aws",
            Self::China => "aws-cn",
            Self::UsGov => "aws-us-gov",
            Self::Iso => "aws-iso",
            Self::IsoB => "aws-iso-b",
            Self::IsoE => "aws-iso-e",
            Self::IsoF => "aws-iso-f",
            Self::EuropeanSovereign => "aws-eusc",
        }
    }

    /// Returns the domain of the partition's service endpoints.
    ///
    /// Source: the AWS SDK's `partitions.json`, `dnsSuffix`.
    pub fn dns_suffix(self) -> &'static str {
        match self {
            Self::Commercial | Self::UsGov => "amazonaws.com",
            Self::China => "amazonaws.com.cn",
            Self::Iso => "c2s.ic.gov",
            Self::IsoB => "sc2s.sgov.gov",
            Self::IsoE => "cloud.adc-e.uk",
            Self::IsoF => "csp.hci.ic.gov",
            Self::EuropeanSovereign => "amazonaws.eu",
        }
    }
}

impl std::fmt::Display for Partition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_tells_its_partition() {
        for (region, partition) in
            [("eu-central-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")]
        {
            let region: Region = region.parse().expect("a Region");
            assert_eq!(region.partition().as_str(), partition);
        }
    }

    #[test]
    fn every_known_region_is_one_and_each_partition_has_some() {
        let regions: Vec<Region> =
            Region::all_known().map(|known| known.parse().expect("a Region")).collect();
        assert!(regions.iter().all(Region::is_known));
        let partitions: std::collections::BTreeSet<_> =
            regions.iter().map(Region::partition).collect();
        assert_eq!(partitions.len(), 8);
        let misspelt: Region = "eu-wset-1".parse().expect("it reads like one");
        assert!(!misspelt.is_known());
    }

    #[test]
    fn what_is_not_a_region_is_refused() {
        for text in ["", "eu", "eu-central", "EU-central-1", "eu-central-", "eu--1", "eu central 1"]
        {
            text.parse::<Region>().expect_err(text);
        }
    }
}
