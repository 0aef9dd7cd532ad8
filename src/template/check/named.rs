//! What has a name in a template, and what a name may lead to.

/// What stands in a section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item {
    Parameter,
    Mapping,
    Condition,
    Resource,
    Output,
}

impl Item {
    /// Returns what CloudFormation and people call it, in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Parameter => "parameter",
            Self::Mapping => "mapping",
            Self::Condition => "condition",
            Self::Resource => "resource",
            Self::Output => "output",
        }
    }
}

/// What a reference may lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sought {
    Parameter,
    Resource,
    ParameterOrResource,
}

/// The section that a reference stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    Rules,
    Conditions,
    Resources,
    Outputs,
}

impl Sought {
    /// Returns what it is called in a sentence.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Parameter => "a parameter",
            Self::Resource => "a resource",
            Self::ParameterOrResource => "a parameter or a resource",
        }
    }
}

impl Block {
    /// Returns the section's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rules => "Rules",
            Self::Conditions => "Conditions",
            Self::Resources => "Resources",
            Self::Outputs => "Outputs",
        }
    }
}
