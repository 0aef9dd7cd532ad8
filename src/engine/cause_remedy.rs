//! What mends a failure, by what CloudFormation says of it: of a stack's own reasons, only the text tells.

use crate::policy::Denial;

/// Returns what mends a failure with this reason, if the reason says so: a fragment that another can follow.
pub(super) fn of_reason(reason: &str) -> Option<String> {
    if let Some(remedy) = Denial::read(reason).and_then(|denial| denial.remedy()) {
        return Some(remedy);
    }
    let between = |start: &str, end: &str| {
        let (_, rest) = reason.split_once(start)?;
        let (found, _) = rest.split_once(end)?;
        Some(found.trim_matches(['\'', '"', '[', ']', ' ']))
    };
    if let Some(name) = between("No export named ", " found") {
        return Some(format!(
            "deploy the stack that exports {name} first, in this account and Region"
        ));
    }
    if let Some((_, holder)) = reason.split_once(" is already exported by stack ") {
        let name = between("xport with name ", " is already exported").unwrap_or("it");
        let holder = holder.trim_end_matches(['.', ' ']);
        return Some(format!(
            "export {name} under another name, or take it out of stack {holder} first; if that is this stack under \
             another name, keep it with `stack-name: {holder}`"
        ));
    }
    if let Some((_, users)) = reason.split_once(" in use by ") {
        let name = between("annot update export ", " as it")
            .or_else(|| between("annot delete export ", " as it"))
            .or_else(|| between("xport ", " cannot be"))
            .unwrap_or("the export");
        let users = users.trim_end_matches(['.', ' ']);
        let stacks = if users.contains([',', ' ']) { "stacks" } else { "stack" };
        return Some(format!("{name} is imported by {stacks} {users}: change that first"));
    }
    if reason.starts_with("hook ") || reason.contains("; hook ") || reason.contains(": hook ") {
        return Some("do what the hook asks for".to_owned());
    }
    let fixed = [
        ("(at /", "mend the template where it is named"),
        (
            "DescribeEvents",
            "see in the console what is wrong: cloudformation:DescribeEvents, which names it, was not \
             allowed or did not answer",
        ),
        ("time exceeded", "give it a longer `timeout`, or see among its events what took so long"),
        ("somebody else", "make sure that nobody else works on the stack"),
        ("Fn::Select", "mend the template or the list that it selects from"),
        ("Template error", "mend the template or the parameters that it is given"),
        ("Template format error", "mend the template or the parameters that it is given"),
        ("ALARM", "see why the alarm went off"),
    ];
    let found = fixed.iter().find(|(text, _)| reason.contains(text));
    found.map(|(_, remedy)| (*remedy).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_was_refused_for_a_resource_names_the_action_and_the_role_to_allow_it() {
        let user = "Resource handler returned message: \"User: \
                    arn:aws:sts::100000000001:assumed-role/deployer/run is not authorized to perform: \
                    iam:CreateRole on resource: arn:aws:iam::100000000001:role/made";
        for (reason, remedy) in [
            (
                "because no identity-based policy allows the iam:CreateRole action (Service: Iam)\"",
                "allow iam:CreateRole in a policy of the role deployer",
            ),
            (
                "because no permissions boundary allows the iam:CreateRole action",
                "allow iam:CreateRole in the permissions boundary of the role deployer",
            ),
            (
                "with an explicit deny in a service control policy",
                "let the organization's service control policy allow iam:CreateRole, or except the \
                 role deployer",
            ),
        ] {
            assert_eq!(of_reason(&format!("{user} {reason}")).as_deref(), Some(remedy));
        }
    }

    #[test]
    fn an_export_that_is_missing_taken_or_used_names_the_stack_to_see_to() {
        for (reason, remedy) in [
            (
                "No export named 'net-vpc' found",
                "deploy the stack that exports net-vpc first, in this account and Region",
            ),
            (
                "Export with name net-vpc is already exported by stack net.",
                "export net-vpc under another name, or take it out of stack net first; if that is this stack \
                 under another name, keep it with `stack-name: net`",
            ),
            (
                "Update canceled. Cannot update export net-vpc as it is in use by b.",
                "net-vpc is imported by stack b: change that first",
            ),
            (
                "Export net-vpc cannot be deleted as it is in use by b, c and d",
                "net-vpc is imported by stacks b, c and d: change that first",
            ),
        ] {
            assert_eq!(of_reason(reason).as_deref(), Some(remedy), "{reason}");
        }
        assert_eq!(of_reason("my-bucket already exists"), None);
    }
}
