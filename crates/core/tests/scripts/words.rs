//! The words of a directive, and the values that they stand for.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use jiff::Timestamp;
use sexton_core::{
    Backup, BackupId, BackupName, Connection, Content, Erasure, ErasureState, InVault, JobId,
    Keeper, Lifecycle, ObjectPrefix, Origin, Principal, Realm, ResourceArn, ResourceType, RoleArn,
    RoleStatus, Snapshots, State, Stated, Tags, Vault, VaultName, Why,
};

/// `verb key=value …`. Asking for a word twice gives nothing the second time, so that
/// [`Words::none_left`] finds the words that nobody knows.
pub(crate) struct Words<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Words<'a> {
    pub(crate) fn parse(directive: &'a str) -> (&'a str, Self) {
        let mut words = directive.split_whitespace();
        let verb = words.next().unwrap();
        (verb, Self(words.map(|word| word.split_once('=').unwrap_or((word, ""))).collect()))
    }

    pub(crate) fn text(&mut self, key: &str) -> Option<&'a str> {
        self.0.remove(key)
    }

    pub(crate) fn number<T: FromStr>(&mut self, key: &str) -> Option<T> {
        let text = self.text(key)?;
        Some(text.parse().unwrap_or_else(|_| panic!("{key} is a number, not {text:?}")))
    }

    pub(crate) fn list(&mut self, key: &str) -> Vec<&'a str> {
        self.text(key).map_or_else(Vec::new, |text| text.split(',').collect())
    }

    pub(crate) fn names(&mut self, key: &str) -> BTreeSet<String> {
        self.list(key).into_iter().map(str::to_owned).collect()
    }

    pub(crate) fn tags(&mut self, key: &str) -> Tags {
        let pair = |tag: &str| {
            let (key, value) = tag.split_once('>').unwrap_or((tag, ""));
            (key.to_owned(), value.to_owned())
        };
        self.list(key).into_iter().map(pair).collect()
    }

    /// The tags, if any are given: `tags=` for none.
    pub(crate) fn given_tags(&mut self) -> Option<Tags> {
        self.some_tags("tags")
    }

    /// The tags of another word, if any are given.
    pub(crate) fn some_tags(&mut self, key: &str) -> Option<Tags> {
        let given = self.text(key)?;
        let pair = |tag: &str| {
            let (key, value) = tag.split_once('>').unwrap_or((tag, ""));
            (key.to_owned(), value.to_owned())
        };
        Some(given.split(',').filter(|it| !it.is_empty()).map(pair).collect())
    }

    /// How it came: `from=ADDRESS`, and `tls=` if the connection is encrypted.
    pub(crate) fn connection(&mut self) -> Option<Connection> {
        let encrypted = self.text("tls").is_some();
        let address = self.text("from")?.parse().unwrap();
        Some(Connection { address, encrypted })
    }

    /// What the request says: `says=tag:KEY>VALUE,off:KEY,changeable:7,min:1,max:30,into:VAULT`,
    /// or nothing of all that: `says=`.
    pub(crate) fn stated(&mut self) -> Option<Stated> {
        let given = self.text("says")?;
        let mut stated = Stated::default();
        for part in given.split(',').filter(|it| !it.is_empty()) {
            let (what, value) = part.split_once(':').unwrap();
            match what {
                "tag" => {
                    let (key, value) = value.split_once('>').unwrap();
                    stated.tags.insert(key.to_owned(), value.to_owned());
                }
                "off" => stated.untagged.push(value.to_owned()),
                "changeable" => stated.changeable_days = value.parse().ok(),
                "min" => stated.min_days = value.parse().ok(),
                "max" => stated.max_days = value.parse().ok(),
                "into" => stated.copied_into = Some(format!("arn:aws:backup:r:1:{value}")),
                other => panic!("unknown word {other}"),
            }
        }
        Some(stated)
    }

    pub(crate) fn now(&mut self) -> Timestamp {
        second(self.number("now").unwrap_or(10))
    }

    pub(crate) fn none_left(&self) {
        assert!(self.0.is_empty(), "unknown words: {:?}", self.0);
    }
}

pub(crate) fn second(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// A job by its number.
pub(crate) fn job(number: u8) -> JobId {
    JobId::from_bytes([number; 16])
}

/// What [`job`] was called with, as the scripts write it.
pub(crate) fn job_name(job: JobId) -> String {
    format!("j{}", job.as_bytes()[0])
}

/// `j7` everywhere instead of the identifier that a message names.
pub(crate) fn short(text: &str) -> String {
    (0..=9).fold(text.to_owned(), |text, number| {
        text.replace(&job(number).to_string(), &format!("j{number}"))
    })
}

pub(crate) fn realm() -> Realm {
    Realm::new("eu-central-1", "123456789012")
}

pub(crate) fn role() -> RoleArn {
    "arn:aws:iam::123456789012:role/backup".parse().unwrap()
}

pub(crate) fn role_status(text: Option<&str>) -> RoleStatus {
    match text {
        None | Some("permitted") => RoleStatus::Permitted,
        Some("denied") => RoleStatus::Denied,
        Some("missing") => RoleStatus::Missing,
        Some(other) => panic!("unknown role status {other}"),
    }
}

/// What keeps the snapshots of a recovery point, which then has some.
pub(crate) fn snapshots(words: &mut Words<'_>, backup: &mut Backup) -> Snapshots {
    let Some(text) = words.text("snapshots") else { return Snapshots::Deletable };
    let name = words.text("name").unwrap_or("ec2:eu-central-1::snapshot/snap-0123");
    backup.name = format!("arn:aws:{name}").parse().unwrap();
    match text {
        "deletable" => Snapshots::Deletable,
        "locked" => Snapshots::Locked,
        "in-use" => Snapshots::InUse,
        other => panic!("unknown snapshots {other}"),
    }
}

pub(crate) fn point_arn(name: &str) -> BackupName {
    format!("arn:aws:backup:eu-central-1:123456789012:recovery-point:{name}").parse().unwrap()
}

pub(crate) fn vault_name(name: &str) -> VaultName {
    name.parse().unwrap()
}

pub(crate) fn vault() -> Vault {
    Vault::new(realm(), vault_name("gold"), second(1))
}

pub(crate) fn content() -> Content {
    Content { size_bytes: 1000, stored_bytes: 100, objects: 2, completed: second(2) }
}

pub(crate) fn state(text: Option<&str>) -> State {
    let (content, since) = (content(), second(3));
    match text.unwrap_or("completed") {
        "creating" => State::Creating,
        "completed" => State::Completed { content },
        "deleting" => {
            let erasing = Erasure::begin(job(6), since, tester(), Why::Asked);
            State::Deleting { content: Some(content), erasing }
        }
        "expired" => State::Expired { reason: "before".to_owned(), since, content },
        other => panic!("unknown state {other}"),
    }
}

pub(crate) fn stored(state: State) -> Backup {
    lasting(state, Lifecycle::default())
}

/// The same, and it is meant to stay for that long.
pub(crate) fn lasting(state: State, lifecycle: Lifecycle) -> Backup {
    let source: ResourceArn =
        "arn:aws:fsx:eu-central-1:123456789012:file-system/fs-1".parse().unwrap();
    Backup {
        id: BackupId::of_job(job(1)),
        realm: realm(),
        name: point_arn("p1"),
        keeper: Keeper::Vault(InVault {
            vault: vault_name("gold"),
            role: role(),
            lifecycle,
            resource_type: source.resource_type().unwrap_or_else(|| ResourceType("FSx".to_owned())),
            restore_metadata: [("FileSystemId".to_owned(), "1".to_owned())].into(),
            created_by: None,
            request: None,
        }),
        source,
        created: second(1),
        objects: ObjectPrefix::new([7; 16]),
        origin: Origin::Captured,
        offered: None,
        tags: Tags::new(),
        problems: String::new(),
        state,
    }
}

pub(crate) fn tester() -> Principal {
    Principal("tester".to_owned())
}

pub(crate) fn erasure(state: ErasureState) -> Erasure {
    Erasure { state, ..Erasure::begin(job(8), second(9), tester(), Why::Asked) }
}
