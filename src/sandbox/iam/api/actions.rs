//! The actions of IAM.

use super::{holders, inline, keys, managed_policies, simulate};
use crate::sandbox::call::QueryCall;
use crate::sandbox::caller::{SecondFactor, unknown_key};
use crate::sandbox::wire::Refusal;

/// The namespace of IAM's answers.
pub const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

/// Carries out an action.
pub fn answer(action: &str, call: &mut QueryCall<'_>) -> Result<String, Refusal> {
    // What GetSessionToken gives opens IAM with a second factor only.
    let is_in_role = call.caller.session().is_some();
    if !is_in_role && call.caller.second_factor == SecondFactor::Missing {
        return Err(unknown_key());
    }
    match action {
        "GetRole" | "GetUser" | "GetGroup" => holders::get(action, call),
        "ListRoles" | "ListUsers" => holders::list(action, call),
        "CreateRole" => holders::create_role(call),
        "CreateUser" | "CreateGroup" => holders::create_plain(action, call),
        "DeleteRole" | "DeleteUser" | "DeleteGroup" => holders::delete(action, call),
        "UpdateAssumeRolePolicy" => holders::update_trust(call),
        "UpdateRole" => holders::update_role(call),
        "ListGroupsForUser" => holders::list_groups_for_user(call),
        "AddUserToGroup" | "RemoveUserFromGroup" => holders::change_membership(action, call),
        "ListRolePolicies" | "ListUserPolicies" | "ListGroupPolicies" => inline::list(action, call),
        "GetRolePolicy" | "GetUserPolicy" | "GetGroupPolicy" => inline::get(action, call),
        "PutRolePolicy" | "PutUserPolicy" | "PutGroupPolicy" => inline::put(action, call),
        "DeleteRolePolicy" | "DeleteUserPolicy" | "DeleteGroupPolicy" => {
            inline::delete(action, call)
        }
        "ListAttachedRolePolicies" | "ListAttachedUserPolicies" | "ListAttachedGroupPolicies" => {
            managed_policies::list_attached(action, call)
        }
        "AttachRolePolicy" | "AttachUserPolicy" | "AttachGroupPolicy" => {
            managed_policies::attach(action, call)
        }
        "DetachRolePolicy" | "DetachUserPolicy" | "DetachGroupPolicy" => {
            managed_policies::detach(action, call)
        }
        "PutRolePermissionsBoundary" | "PutUserPermissionsBoundary" => {
            managed_policies::put_boundary(action, call)
        }
        "DeleteRolePermissionsBoundary" | "DeleteUserPermissionsBoundary" => {
            managed_policies::delete_boundary(action, call)
        }
        "GetPolicy" => managed_policies::get(call),
        "GetPolicyVersion" => managed_policies::get_version(call),
        "CreateAccessKey" => keys::create(call),
        "UpdateAccessKey" => keys::update(call),
        "DeleteAccessKey" => keys::delete(call),
        "ListAccessKeys" => keys::list(call),
        "SimulatePrincipalPolicy" => simulate::simulate_principal_policy(call),
        other => Err(Refusal::not_offered(format!("iam:{other}"))),
    }
}
