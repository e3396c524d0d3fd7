//! What a request to the server's own API asks for.

use sexton_core::ResourceArn;

use super::Want;
use crate::behalf;

/// What each request is called in policies: its method, its collection, and whether it names one
/// of that.
const ACTIONS: [(&str, &str, bool, &str); 23] = [
    ("GET", "sources", false, "sexton:ListSources"),
    ("POST", "sources", false, "sexton:AddSource"),
    ("PUT", "sources", true, "sexton:SetSource"),
    ("DELETE", "sources", true, "sexton:RemoveSource"),
    ("POST", "restores", false, "sexton:StartRestore"),
    ("GET", "restores", true, "sexton:GetRestore"),
    ("GET", "roles", false, "sexton:ListRoles"),
    ("PUT", "roles", true, "sexton:SetRole"),
    ("GET", "erasures", false, "sexton:ListErasures"),
    ("POST", "erasures", true, "sexton:RetryErasure"),
    ("GET", "erasure-requests", false, "sexton:ListErasures"),
    ("DELETE", "erasure-requests", true, "sexton:WithdrawErasure"),
    ("GET", "certificates", false, "sexton:ListCertificates"),
    ("GET", "certificates", true, "sexton:GetCertificate"),
    ("GET", "openings", true, "sexton:ListOpenings"),
    ("GET", "openings", false, "sexton:ListOpenings"),
    ("DELETE", "openings", true, "sexton:RedactCertificates"),
    ("DELETE", "openings", false, "sexton:RedactCertificates"),
    ("GET", "clock", false, "sexton:GetClock"),
    ("POST", "clock", false, "sexton:ConfirmClock"),
    ("GET", "log", false, "sexton:GetLog"),
    ("GET", "users", false, "sexton:ListUsers"),
    ("GET", "trail", false, "sexton:GetTrail"),
];

/// What is asked where the user or the vault is known that it is about.
const ASKED_LATER: [(&str, &str, &str); 6] = [
    ("PUT", "erasure-requests", "backup:DeleteRecoveryPoint"),
    ("POST", "users", "sexton:AddUser"),
    ("PATCH", "users", "sexton:ChangeUser"),
    ("DELETE", "users", "sexton:RemoveUser"),
    ("POST", "keys", "sexton:AddKey"),
    ("PATCH", "keys", "sexton:ChangeKey"),
];

/// What it is called if nobody gave it a name.
const ANY: &str = "sexton:Administer";

/// What a request asks for; `name` is that of the one thing in the collection, or empty.
pub(crate) fn of_sexton(method: &str, collection: &str, name: &str) -> Vec<Want> {
    if let Some((_, _, action)) = ASKED_LATER.iter().find(|it| (it.0, it.1) == (method, collection))
    {
        behalf::note_call(action, "*");
        return Vec::new();
    }
    let named = !name.is_empty();
    let is = |it: &&(&str, &str, bool, &str)| (it.0, it.1, it.2) == (method, collection, named);
    let action = ACTIONS.iter().find(is).map_or(ANY, |it| it.3);
    let resource = if name.parse::<ResourceArn>().is_ok() { name } else { "*" };
    vec![Want::new(action, resource)]
}
