//! Certificates of what is gone, and the log that they are leaves of.

use serde::Deserialize;
use serde_json::{Value, json};
use sexton_core::{
    BackupName, BackupSetNumber, FsxBackupId, InRealm, InstanceId, Leftover, Realm, State,
};
use sexton_store::certificate::LogError;
use sexton_wire::aws::Reply;
use sexton_wire::aws::percent::decode;

use super::{Refused, not_an_arn};
use crate::service::Service;

/// Leaf hashes of one answer.
const LOG_LEAVES_MAX: usize = 10_000;

/// Certificates that one answer looks at.
pub(super) const CERTIFICATES_MAX: usize = 500;

impl From<LogError> for Refused {
    fn from(error: LogError) -> Self {
        Self::failed("the certificate could not be handed out", &error)
    }
}

/// The certificate of one backup.
pub(super) async fn one(service: &Service, realm: &Realm, arn: &str) -> Result<Reply, Refused> {
    let keys = keys(realm, arn)?;
    for key in &keys {
        if let Some(document) = service.log.document(key, &*service.store).await? {
            return Ok(Reply::json(200, &document));
        }
    }
    Err(none(service, &keys).await?)
}

/// Where a backup of this account can have been: in the region of the request, or in the one that
/// its ARN tells. That one may not be served any more; its certificates stay. The id of an `FSx`
/// backup names one of the region of the request, and `INSTANCE/SET` a backup set there.
pub(super) fn keys(realm: &Realm, arn: &str) -> Result<Vec<InRealm<BackupName>>, Refused> {
    let name = match (arn.parse::<FsxBackupId>(), set_of(arn)) {
        (Ok(id), _) => id.name(realm),
        (Err(_), Some((instance, set))) => set.name(&instance, realm),
        (Err(_), None) => arn.parse().map_err(|_| not_an_arn(arn))?,
    };
    let BackupName::Arn(arn) = &name;
    let told = Realm::new(arn.region(), &realm.account);
    let realms = [Some(realm), Some(&told).filter(|told| *told != realm)];
    Ok(realms.into_iter().flatten().map(|realm| realm.with(name.clone())).collect())
}

/// The instance and the backup set that `INSTANCE/SET` names.
fn set_of(text: &str) -> Option<(InstanceId, BackupSetNumber)> {
    let (instance, set) = text.split_once('/')?;
    Some((instance.parse().ok()?, set.parse().ok()?))
}

/// Why a backup has no certificate.
pub(super) async fn none(
    service: &Service,
    keys: &[InRealm<BackupName>],
) -> Result<Refused, Refused> {
    let mut places = Vec::new();
    for key in keys {
        let arn = &key.name;
        places.push(key.to_string());
        let Some(snapshot) = service.store.backup(key).await? else { continue };
        let (hint, state) = match snapshot.backup.state {
            State::Deleting { .. } => ("its bytes are being removed; ask again", "deleting"),
            State::Failed { bytes: Leftover::Erasing { .. }, .. } => {
                ("its bytes are being removed; ask again", "failed")
            }
            state @ (State::Creating
            | State::Completed { .. }
            | State::Expired { .. }
            | State::Failed { bytes: Leftover::Erased, .. }) => ("delete it first", state.name()),
        };
        return Ok(Refused::new(409, format!("{arn} is not erased: it is {state}"), hint));
    }
    let hint = "it was never there, or the ARN is misspelt; --region names another region";
    Ok(Refused::new(404, format!("no certificate for {}", places.join(", nor for ")), hint))
}

/// A page of certificates in the order of the log: those of the account, or of one vault in the
/// region of the request if that is asked for.
pub(super) async fn page(service: &Service, realm: &Realm, query: &str) -> Result<Reply, Refused> {
    let from = from(query)?;
    let vault = query.split('&').find_map(|pair| pair.strip_prefix("vault="));
    let vault = vault.map(decode).transpose();
    let vault = vault.map_err(|_| Refused::new(400, "`vault` is not percent-encoded UTF-8", ""))?;
    let wanted = |statement: &str| is_of(statement, realm, vault.as_deref());
    let (documents, next) =
        service.log.documents(from, CERTIFICATES_MAX, wanted, &*service.store).await?;
    Ok(Reply::json(200, &json!({ "certificates": documents, "next": next })))
}

/// Whether a statement speaks of what this account, or this vault of the realm, kept. One that
/// cannot be read may.
pub(super) fn is_of(statement: &str, realm: &Realm, vault: Option<&str>) -> bool {
    #[derive(Deserialize)]
    struct Statement {
        realm: Realm,
        kept: Kept,
    }
    #[derive(Deserialize)]
    struct Kept {
        by: String,
    }
    serde_json::from_str::<Statement>(statement).map_or(true, |it| match vault {
        None => it.realm.account == realm.account,
        Some(vault) => it.realm == *realm && it.kept.by == vault,
    })
}

/// Leaf hashes of the log.
pub(super) async fn log(service: &Service, query: &str) -> Result<Reply, Refused> {
    let from = from(query)?;
    let leaves = service.store.log_leaves(from, LOG_LEAVES_MAX).await?;
    let leaves: Vec<Value> = leaves.iter().map(|leaf| json!(hex::encode(leaf))).collect();
    Ok(Reply::json(200, &json!({ "from": from, "leaves": leaves })))
}

pub(super) fn from(query: &str) -> Result<u64, Refused> {
    let from = query.split('&').find_map(|pair| pair.strip_prefix("from=")).unwrap_or("0");
    from.parse()
        .map_err(|_| Refused::new(400, "`from` is not a number", "leaves are counted from 0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_a_backup_of_fsx_names_it_in_the_region_of_the_request() {
        let (realm, id) = (Realm::new("us-east-1", "123456789012"), "backup-0123456789abcdef0");
        let arn = realm.arn("fsx", &format!("backup/{id}"));
        assert_eq!(keys(&realm, id).unwrap(), keys(&realm, &arn).unwrap());
        assert!(keys(&realm, "backup-1").is_err());
    }

    #[test]
    fn a_backup_set_is_named_with_its_instance_in_the_region_of_the_request() {
        let realm = Realm::new("cn-hangzhou", "123456789012");
        let arn = "arn:acs:rds:cn-hangzhou:123456789012:dbinstance/rm-1/backup/324909958";
        assert_eq!(keys(&realm, "rm-1/324909958").unwrap(), keys(&realm, arn).unwrap());
        for text in ["324909958", "/324909958", "rm-1/", "rm-1/a", "rm-1/1/2"] {
            assert!(keys(&realm, text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_statement_is_of_the_vault_that_kept_the_backup() {
        let statement = r#"{"realm":"1/r","kept":{"service":"backup","by":"gold"},"by":"silver"}"#;
        let (realm, other) = (Realm::new("r", "1"), Realm::new("s", "1"));
        assert!(is_of(statement, &realm, Some("gold")));
        assert!(!is_of(statement, &realm, Some("silver")));
        assert!(!is_of(statement, &other, Some("gold")));
        assert!(is_of(statement, &other, None), "all regions of the account");
        assert!(!is_of(statement, &Realm::new("r", "2"), None));
        assert!(
            is_of("{}", &realm, Some("gold")),
            "rather one too many than one that is not shown"
        );
    }
}
