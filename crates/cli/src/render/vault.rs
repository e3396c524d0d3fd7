//! What the commands about a server print.

use std::path::Path;

use sexton_core::Certificate;
use sexton_server::certificate::Verified;

use super::{err, out};

/// A line of a result.
pub(crate) fn line(text: &str) {
    out(text);
}

/// Where a server listens and how to use it.
pub(crate) fn serving(endpoint: &str, profile: &Path) {
    err(&format!("sexton serves at {endpoint}"));
    err("use it with");
    let profile = profile.display();
    out(&format!("export AWS_SHARED_CREDENTIALS_FILE={profile} AWS_CONFIG_FILE={profile}"));
}

/// The environment of a server for tests, ready to be pasted.
pub(crate) fn dev_environment(endpoint: &str, region: &str) {
    err(&format!("sexton serves at {endpoint}, for tests only: anybody here can use it"));
    for (name, value) in [
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", region),
        ("AWS_REGION", region),
    ] {
        out(&format!("export {name}={value}"));
    }
}

/// What a certificate says, once it has been checked.
pub(crate) fn verified(verified: &Verified, against_log: bool) {
    let Verified { certificate, leaf, log } = verified;
    let Certificate { recovery_point, vault, decided_by, decided, epoch, .. } = certificate;
    let Certificate { key_destroyed, objects_removed, verified_absent, .. } = certificate;
    out(&format!("the certificate holds: {recovery_point} is gone"));
    out(&format!("  vault            {vault}"));
    out(&format!("  decided          {decided} by {decided_by}"));
    out(&format!("  key destroyed    {key_destroyed}, with the root of epoch {epoch}"));
    out(&format!("  bytes absent     {verified_absent}, {objects_removed} objects"));
    let checked = if against_log { ", checked against the log given" } else { "" };
    out(&format!("  log              leaf {leaf} of {}{checked}", log.size));
}
