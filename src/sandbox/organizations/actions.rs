//! The actions of Organizations.

use serde_json::{Value as Json, json};

use super::call::{OrganizationsCall, invalid};
use super::model::Organization;
use super::page::page;
use super::tree::{OrganizationTree, above};
use crate::sandbox::wire::Refusal;

/// The actions that there are.
const ACTIONS: &[&str] = &[
    "DescribeOrganization",
    "DescribeAccount",
    "DescribeOrganizationalUnit",
    "ListRoots",
    "ListAccounts",
    "ListAccountsForParent",
    "ListOrganizationalUnitsForParent",
    "ListChildren",
    "ListParents",
    "ListTagsForResource",
    "ListDelegatedAdministrators",
];

/// Carries out an action, such as `ListRoots`.
///
/// # Errors
/// If the caller may not, or the request is not as the service wants it.
pub fn answer(action: &str, call: &OrganizationsCall<'_>) -> Result<Json, Refusal> {
    if !ACTIONS.contains(&action) {
        return Err(Refusal::unknown_operation(format!("organizations:{action}")));
    }
    let organization = call.organization(action)?;
    if action == "ListTagsForResource"
        && let Some(tags) = tags_of_account(organization, call)?
    {
        return page(&tags, "Tags", call.input);
    }
    let tree = OrganizationTree::of(organization);
    match action {
        "DescribeOrganization" => Ok(json!({ "Organization": tree.show() })),
        "DescribeAccount" => {
            let id = call.text("AccountId")?;
            let account = tree.account(id).ok_or_else(|| missing("Account", "an account"))?;
            Ok(json!({ "Account": tree.show_account(account) }))
        }
        "DescribeOrganizationalUnit" => {
            let id = call.text("OrganizationalUnitId")?;
            let unit = tree.path_of(id).filter(|path| !path.is_empty());
            let path =
                unit.ok_or_else(|| missing("OrganizationalUnit", "an organizational unit"))?;
            Ok(json!({ "OrganizationalUnit": tree.show_unit(path, id) }))
        }
        "ListTagsForResource" => {
            // Units, the root and a management account that is not listed have none here.
            let id = call.text("ResourceId")?;
            let is_there = tree.path_of(id).is_some() || tree.account(id).is_some();
            match is_there {
                true => page(&[], "Tags", call.input),
                false => Err(missing("Target", "a target")),
            }
        }
        _ => list(action, &tree, call),
    }
}

/// Answers with a page of a list of accounts, units or ids.
fn list(
    action: &str,
    tree: &OrganizationTree<'_>,
    call: &OrganizationsCall<'_>,
) -> Result<Json, Refusal> {
    let (member, items): (_, Vec<Json>) = match action {
        "ListRoots" => ("Roots", vec![tree.show_root()]),
        "ListAccounts" => {
            ("Accounts", tree.accounts().map(|account| tree.show_account(account)).collect())
        }
        "ListAccountsForParent" => {
            let path = parent(tree, call)?;
            let accounts = tree.accounts().filter(|account| account.unit == path);
            ("Accounts", accounts.map(|account| tree.show_account(account)).collect())
        }
        "ListOrganizationalUnitsForParent" => {
            let units = tree.units_in(parent(tree, call)?).into_iter();
            ("OrganizationalUnits", units.map(|(path, id)| tree.show_unit(path, id)).collect())
        }
        "ListChildren" => ("Children", children(tree, call)?),
        "ListParents" => ("Parents", vec![parent_of(tree, call.text("ChildId")?)?]),
        _ => {
            let is_one = |id: &_| tree.organization.delegated_administrators.contains(id);
            let accounts = tree.accounts().filter(|account| is_one(&account.id));
            ("DelegatedAdministrators", accounts.map(|it| tree.show_administrator(it)).collect())
        }
    };
    page(&items, member, call.input)
}

fn parent<'t>(
    tree: &'t OrganizationTree<'_>,
    call: &OrganizationsCall<'_>,
) -> Result<&'t str, Refusal> {
    let id = call.text("ParentId")?;
    tree.path_of(id).ok_or_else(|| missing("Parent", "a parent"))
}

fn children(
    tree: &OrganizationTree<'_>,
    call: &OrganizationsCall<'_>,
) -> Result<Vec<Json>, Refusal> {
    let path = parent(tree, call)?;
    match call.text("ChildType")? {
        kind @ "ACCOUNT" => {
            let accounts = tree.accounts().filter(|account| account.unit == path);
            Ok(accounts.map(|account| json!({ "Id": account.id, "Type": kind })).collect())
        }
        kind @ "ORGANIZATIONAL_UNIT" => {
            let units = tree.units_in(path).into_iter();
            Ok(units.map(|(_, id)| json!({ "Id": id, "Type": kind })).collect())
        }
        other => Err(invalid(format!("You provided a ChildType that is not valid: {other}."))),
    }
}

fn parent_of(tree: &OrganizationTree<'_>, child: &str) -> Result<Json, Refusal> {
    let of_unit = tree.path_of(child).filter(|path| !path.is_empty()).map(above);
    let of_account = tree.account(child).map(|account| account.unit.as_str());
    let path = of_unit.or(of_account).ok_or_else(|| missing("Child", "a child"))?;
    let kind = if path.is_empty() { "ROOT" } else { "ORGANIZATIONAL_UNIT" };
    Ok(json!({ "Id": tree.id_of(path), "Type": kind }))
}

/// Returns the tags of an account that is listed: most calls of a walk are for these, and need no tree.
fn tags_of_account(
    organization: &Organization,
    call: &OrganizationsCall<'_>,
) -> Result<Option<Vec<Json>>, Refusal> {
    let id = call.text("ResourceId")?;
    let account = organization.accounts.iter().find(|account| account.id.as_str() == id);
    let shown = |(key, value)| json!({ "Key": key, "Value": value });
    Ok(account.map(|account| account.tags.iter().map(shown).collect()))
}

/// Returns the refusal of an id that nothing has.
fn missing(kind: &str, what: &str) -> Refusal {
    let code = match kind {
        "Account" => "AccountNotFoundException",
        "OrganizationalUnit" => "OrganizationalUnitNotFoundException",
        "Parent" => "ParentNotFoundException",
        "Child" => "ChildNotFoundException",
        _ => "TargetNotFoundException",
    };
    Refusal::bad_request(code, format!("You specified {what} that doesn't exist."))
}
