//! What a run of deletions writes for programs: the JSON that `docs/output.md` describes. Pure but
//! for the time at which it was written.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;
use sexton_core::{Outcome, Realm, Service, Totals, Verdict};

use crate::elsewhere::Searched;
use crate::report::{Item, Report};

/// The version of the JSON that `docs/output.md` describes.
pub const SCHEMA: u32 = 1;

/// What is about to be done, and where.
#[derive(Debug, Clone, Serialize)]
pub struct Intent {
    /// Whether nothing is to be deleted.
    pub dry_run: bool,
    /// The service.
    pub service: Service,
    /// The vault, with AWS Backup.
    pub vault: Option<String>,
    /// The instance, with RDS.
    pub instance: Option<String>,
    /// The account, if it is known.
    pub account: Option<String>,
    /// The region that requests are signed for.
    pub region: Option<String>,
    /// The service's address, unless it is the cloud's own.
    pub endpoint: Option<String>,
    /// About how many points the place holds.
    pub points_in_vault: Option<u64>,
    /// Names that were given again, and dropped.
    pub duplicates: usize,
    /// When the run began.
    pub begun: Timestamp,
}

impl Intent {
    /// To delete from `service`, beginning at `begun`: nothing else is known yet.
    pub fn new(service: Service, begun: Timestamp) -> Self {
        Self {
            dry_run: false,
            service,
            vault: None,
            instance: None,
            account: None,
            region: None,
            endpoint: None,
            points_in_vault: None,
            duplicates: 0,
            begun,
        }
    }

    /// Where the backups are.
    pub fn place(&self) -> String {
        let region = || self.region.as_deref().unwrap_or("an unknown region");
        match (&self.vault, &self.instance, self.service) {
            (Some(vault), _, _) => format!("vault {vault}"),
            (None, Some(instance), _) => format!("instance {instance}"),
            (None, None, Service::AwsBackup) => "no vault".to_owned(),
            (None, None, Service::Fsx) => format!("FSx in {}", region()),
            (None, None, Service::ApsaraRds) => "no instance".to_owned(),
        }
    }

    /// How its backups are named in documents.
    pub fn naming(&self) -> Naming {
        let (region, account) = (self.region.as_ref(), self.account.as_ref());
        let realm = region.zip(account).map(|(region, account)| Realm::new(region, account));
        Naming { service: self.service, realm }
    }
}

/// How backups are named in documents, and which words are used of them.
#[derive(Debug, Clone)]
pub struct Naming {
    /// The service.
    pub service: Service,
    /// Its account and region, if both are known.
    pub realm: Option<Realm>,
}

impl Naming {
    /// The id and the ARN of what the sweep calls `name`: of FSx the ARN only where the account
    /// is known.
    pub fn names<'a>(&self, name: &'a str) -> (Option<&'a str>, Option<Cow<'a, str>>) {
        match self.service {
            Service::AwsBackup => (None, Some(name.into())),
            Service::Fsx => {
                let arn = |realm: &Realm| realm.arn("fsx", &format!("backup/{name}"));
                (Some(name), self.realm.as_ref().map(arn).map(Cow::from))
            }
            Service::ApsaraRds => (Some(name), None),
        }
    }
}

/// What every JSON document of a run begins with.
#[derive(Debug, Serialize)]
pub struct Heading<'a> {
    schema: u32,
    tool: &'static str,
    version: &'static str,
    #[serde(flatten)]
    intent: &'a Intent,
    ended: Timestamp,
}

impl<'a> Heading<'a> {
    /// For a document that is made now.
    pub fn new(intent: &'a Intent) -> Self {
        let (tool, version) = ("sexton", env!("CARGO_PKG_VERSION"));
        Self { schema: SCHEMA, tool, version, intent, ended: Timestamp::now() }
    }
}

/// One point, as JSON.
#[derive(Debug, Serialize)]
pub struct ItemDocument<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arn: Option<Cow<'a, str>>,
    #[serde(flatten)]
    outcome: &'a Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    way_out: Option<&'static str>,
}

impl<'a> ItemDocument<'a> {
    pub fn new(naming: &Naming, name: &'a str, outcome: &'a Outcome) -> Self {
        let (id, arn) = naming.names(name);
        Self { id, arn, outcome, way_out: outcome.way_out(naming.service) }
    }
}

/// A whole run, as JSON.
#[derive(Debug, Serialize)]
pub struct Run<'a> {
    #[serde(flatten)]
    heading: Heading<'a>,
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<String>,
    totals: Totals,
    #[serde(skip_serializing_if = "Option::is_none")]
    searched: Option<&'a Searched>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<ItemDocument<'a>>>,
}

impl<'a> Run<'a> {
    /// A run with all its points.
    pub fn whole(intent: &'a Intent, report: &'a Report) -> Self {
        let (items, naming) = (report.items.iter(), intent.naming());
        let document =
            |item: &'a Item| ItemDocument::new(&naming, item.target.name(), &item.outcome);
        let items = items.map(document).collect();
        Self { items: Some(items), ..Self::summary(intent, report) }
    }

    /// The same without its points.
    pub fn summary(intent: &'a Intent, report: &'a Report) -> Self {
        Self {
            heading: Heading::new(intent),
            verdict: report.verdict,
            stopped: report.stopped.as_ref().map(ToString::to_string),
            totals: report.totals,
            searched: report.searched.as_ref(),
            items: None,
        }
    }
}

/// What is known of an outcome beyond its name.
pub fn detail(service: Service, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Gone { already: false, .. } => "proven gone".to_owned(),
        Outcome::Gone { already: true, .. } => match service {
            Service::AwsBackup => "already gone: it was seen in the vault before".to_owned(),
            Service::Fsx | Service::ApsaraRds => "already gone: it was seen before".to_owned(),
        },
        Outcome::Elsewhere { vault, status } => {
            let noun = place_noun(service);
            format!("in {noun} {vault}, where it is {status} and was not touched")
        }
        Outcome::Absent { .. } => match service {
            Service::AwsBackup => "in no vault that can be read; nobody saw it go".to_owned(),
            Service::Fsx => "not in this region and account; nobody saw it go".to_owned(),
            Service::ApsaraRds => "in no instance that can be read; nobody saw it go".to_owned(),
        },
        Outcome::Accepted => "accepted, not read back".to_owned(),
        Outcome::Expired { reason, .. } => {
            reason.clone().unwrap_or_else(|| "no reason given".to_owned())
        }
        Outcome::Refused { code, message, .. } => format!("{code}: {message}"),
        Outcome::AskedFor { until, reason } => {
            let until = until.map_or_else(String::new, |until| format!(" until {until}"));
            format!("asked for{until}: {reason}")
        }
        Outcome::Unknown { cause, .. } => cause.clone(),
        Outcome::Unattempted => "never asked for".to_owned(),
    }
}

/// What holds the backups of a service.
pub fn place_noun(service: Service) -> &'static str {
    match service {
        Service::AwsBackup | Service::Fsx => "vault",
        Service::ApsaraRds => "instance",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_one_flat_object_with_its_way_out() {
        let arn = "arn:aws:ec2:r::snapshot/s";
        let outcome = Outcome::Unattempted;
        let naming = Naming { service: Service::AwsBackup, realm: None };
        let text = serde_json::to_string(&ItemDocument::new(&naming, arn, &outcome)).unwrap();
        let expected = r#"{"arn":"arn:aws:ec2:r::snapshot/s","outcome":"unattempted","way_out":"#;
        assert!(text.starts_with(expected), "{text}");
        let id = "backup-0123456789abcdef0";
        let realm = Realm::new("us-east-1", "123456789012");
        for (realm, arn) in [
            (None, String::new()),
            (Some(realm), format!("\"arn\":\"arn:aws:fsx:us-east-1:123456789012:backup/{id}\",")),
        ] {
            let naming = Naming { service: Service::Fsx, realm };
            let text = serde_json::to_string(&ItemDocument::new(&naming, id, &outcome)).unwrap();
            let expected = format!("{{\"id\":\"{id}\",{arn}\"outcome\":\"unattempted\",");
            assert!(text.starts_with(&expected), "{text}");
        }
    }
}
