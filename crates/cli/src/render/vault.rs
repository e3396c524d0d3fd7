//! What the commands about a server print.

use std::path::Path;

use sexton_core::{Certificate, KeepingService, Sealing, Why, counted};
use sexton_server::INSTANCES_REGION;
use sexton_server::audit::Looked as Audited;
use sexton_server::scrub::Looked;
use sexton_store::certificate::Verified;

use super::{err, log, out};

/// A line of a result.
pub(crate) fn line(text: &str) {
    out(text);
}

/// What a scrub looked at, after its findings.
pub(crate) fn scrubbed(looked: &Looked, read_data: bool) {
    let Looked { backups, objects, bytes, opened, findings } = looked;
    let points = counted(*backups, "recovery point");
    err(&format!("{points}, {}, {}", counted(*objects, "object"), counted(*bytes, "byte")));
    if read_data {
        err(&format!("opened to the last byte: {}", counted(*opened, "recovery point")));
    }
    match findings {
        0 => err("the data folder is whole"),
        some => err(&format!("{}; nothing was changed", counted(*some, "finding"))),
    }
}

/// What a check of an audit trail looked at, after its findings.
pub(crate) fn audited(looked: &Audited) {
    let Audited { events, head, findings } = looked;
    out(&format!("{}, the last with hash {head}", counted(*events, "event")));
    match findings {
        0 => err("the audit trail is whole"),
        some => err(&format!("{}; nothing was changed", counted(*some, "finding"))),
    }
}

/// Where a server listens and how to use it.
pub(crate) fn serving(endpoint: &str, profile: &Path) {
    err(&format!("sexton serves at {endpoint}"));
    err("use it with");
    log::settle();
    let profile = profile.display();
    out(&format!("export AWS_SHARED_CREDENTIALS_FILE={profile} AWS_CONFIG_FILE={profile}"));
}

/// The environment of a server for tests, ready to be pasted.
pub(crate) fn dev_environment(endpoint: &str, region: &str, temporary: Option<&Path>) {
    err(&format!("sexton serves at {endpoint}, for tests only: anybody here can use it"));
    if let Some(folder) = temporary {
        err(&format!("its data is in {} and is removed when it stops", folder.display()));
    }
    log::settle();
    // What would outrank what follows, and send real credentials or none.
    out("unset AWS_SESSION_TOKEN AWS_PROFILE ALIBABA_CLOUD_SECURITY_TOKEN ALIBABA_CLOUD_PROFILE");
    // Not of all services: those that are not served here are not to be asked here.
    for (name, value) in [
        ("AWS_ENDPOINT_URL_BACKUP", endpoint),
        ("AWS_ENDPOINT_URL_FSX", endpoint),
        ("AWS_ENDPOINT_URL_STS", endpoint),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_DEFAULT_REGION", region),
        ("AWS_REGION", region),
        // RDS is found with --endpoint-url: no variable of Alibaba's tools names an address.
        ("ALIBABA_CLOUD_ACCESS_KEY_ID", "test"),
        ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "test"),
        ("ALIBABA_CLOUD_REGION_ID", INSTANCES_REGION),
    ] {
        out(&format!("export {name}={value}"));
    }
}

/// What a certificate says, once it has been checked.
pub(crate) fn verified(verified: &Verified, against_log: bool) {
    let Verified { certificate, leaf, log, details } = verified;
    let Certificate { backup, kept, asked, decided, epoch, why, .. } = certificate;
    let Certificate { key_destroyed, objects_removed, verified_absent, method, .. } = certificate;
    out(&format!("the certificate holds: {backup} is gone"));
    out(&format!("  {:<16} {}", keeper(kept.service), kept.by));
    if let Some(asked) = asked {
        out(&format!("  asked for        {asked}, when something kept it"));
    }
    out(&format!("  decided          {decided}, {}", reason(*why)));
    for (detail, text) in details {
        let text = text.as_deref().unwrap_or("(redacted)");
        out(&format!("  {:<16} {text}", detail.name().replace('_', " ")));
    }
    out(&format!("  key destroyed    {key_destroyed}, with the root of epoch {epoch}"));
    if let Some(sealed) = &method.sealed {
        let Sealing { algorithm, key_bits, module, fips_validated, tool } = sealed;
        let fips = if *fips_validated { "validated" } else { "not validated" };
        let module = format!("{module}, {fips} by FIPS 140");
        out(&format!("  sealed with      {algorithm}, {key_bits} bits; {module}; {tool}"));
    }
    out(&format!("  bytes absent     {verified_absent}, {}", counted(*objects_removed, "object")));
    let checked = if against_log { ", checked against the log given" } else { "" };
    out(&format!("  log              leaf {leaf} of {}{checked}", log.size));
}

/// What a service keeps backups in, or with.
fn keeper(service: KeepingService) -> &'static str {
    match service {
        KeepingService::Backup => "vault",
        KeepingService::Fsx => "file system",
        KeepingService::Rds => "instance",
    }
}

/// Why a backup was deleted, in words.
fn reason(why: Why) -> &'static str {
    match why {
        Why::Asked => "on request",
        Why::FailedBackup => "because its backup job failed",
        Why::Lifecycle => "at the end of its lifecycle",
        Why::Retention => "at the end of its retention",
        Why::FileSystemDeleted => "with its file system",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All were called vaults.
    #[test]
    fn what_kept_a_backup_is_called_by_its_own_name() {
        for (service, name) in [
            (KeepingService::Backup, "vault"),
            (KeepingService::Fsx, "file system"),
            (KeepingService::Rds, "instance"),
        ] {
            assert_eq!(keeper(service), name);
        }
    }
}
