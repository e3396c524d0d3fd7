//! A local folder as the place of backups.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use sexton_core::ObjectPrefix;
use sexton_data::blobs::{Blobs, Owner};
use sexton_data::source::Readable;
use tempfile::TempDir;

use super::{Bench, OWNER, assert_same, plant};

#[tokio::test]
async fn a_local_folder_keeps_a_backup_and_is_empty_after_its_deletion() {
    let mut bench = Bench::new();
    plant(&bench.source());
    let root = bench.folder.path().join("blobs");
    bench.blobs = Blobs::local(&root, OWNER).unwrap();
    bench.capture().await.unwrap();
    bench.restore().await.unwrap();
    assert_same(&bench.source(), &bench.target());

    // What a crash in the middle of a write leaves.
    let folder = root.join("ab").join(bench.prefix.as_str());
    fs::write(folder.join("000099#1"), "half a segment").unwrap();
    let listing = bench.blobs.list(&bench.prefix).await.unwrap();
    let names: BTreeSet<_> = listing.objects.into_iter().collect();
    assert!(names.contains("000099#1") && names.contains("manifest"));
    let deletion = bench.blobs.delete(&bench.prefix, &names).await;
    assert!(deletion.failure.is_none());
    assert_eq!(deletion.deleted.gone, names);
    assert!(!folder.exists());
    let again = bench.blobs.delete(&bench.prefix, &names).await;
    assert_eq!(again.deleted.gone, names, "what is missing is gone");
    let outside = BTreeSet::from(["../../x".to_owned()]);
    let refused = bench.blobs.delete(&bench.prefix, &outside).await;
    assert!(refused.deleted.gone.is_empty() && refused.failure.is_some());
}

#[tokio::test]
async fn a_small_backup_is_one_file_of_a_local_folder() {
    let mut bench = Bench::new();
    let root = bench.folder.path().join("blobs");
    bench.blobs = Blobs::local(&root, OWNER).unwrap();
    bench.capture_kind(&Readable::Generated).await.unwrap();
    let (blob, names) =
        (root.join("ab").join(bench.prefix.as_str()), ["manifest".to_owned()].into());
    assert!(blob.is_file());
    assert_eq!(bench.blobs.list(&bench.prefix).await.unwrap().objects, names);
    bench.restore().await.unwrap();

    let others = ["000001".to_owned(), "..".to_owned()].into();
    let deletion = bench.blobs.delete(&bench.prefix, &others).await;
    assert_eq!(deletion.deleted.gone, ["000001".to_owned()].into(), "it was never there");
    assert!(deletion.failure.is_some() && blob.is_file(), "and nothing else was touched");
    let deletion = bench.blobs.delete(&bench.prefix, &names).await;
    assert!(deletion.failure.is_none() && deletion.deleted.gone == names && !blob.exists());
    assert_eq!(bench.blobs.list(&bench.prefix).await.unwrap().objects, [].into());
    let again = bench.blobs.delete(&bench.prefix, &names).await;
    assert!(again.failure.is_none() && again.deleted.gone == names, "what is missing is gone");
}

#[tokio::test]
async fn a_manifest_that_comes_after_a_segment_joins_it() {
    let folder = TempDir::new().unwrap();
    let blobs = Blobs::local(folder.path(), OWNER).unwrap();
    let prefix = ObjectPrefix::new([0xab; 16]);
    for name in ["000001", "manifest"] {
        blobs.put(&prefix, name, bytes::Bytes::from(name)).await.unwrap();
    }
    for name in ["000001", "manifest"] {
        assert_eq!(blobs.read(&prefix, name, 0).await.unwrap().bytes, name);
    }
    let names = blobs.list(&prefix).await.unwrap().objects;
    assert_eq!(names, ["000001".to_owned(), "manifest".to_owned()].into());
    assert_eq!(blobs.delete(&prefix, &names).await.deleted.gone, names);
    let shards: Vec<_> = fs::read_dir(folder.path().join("ab")).unwrap().collect();
    assert!(shards.is_empty(), "the folder went with the last of them");
}

/// A blob folder, and a folder with an object in it that is none of its business.
struct Links {
    folder: TempDir,
    blobs: Blobs,
    prefix: ObjectPrefix,
    names: BTreeSet<String>,
}

impl Links {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let blobs = Blobs::local(&folder.path().join("blobs"), OWNER).unwrap();
        let prefix = ObjectPrefix::new([0xab; 16]);
        let elsewhere = folder.path().join("elsewhere");
        fs::create_dir_all(elsewhere.join(prefix.as_str())).unwrap();
        for precious in ["manifest".into(), format!("{}/manifest", prefix.as_str())] {
            fs::write(elsewhere.join(precious), "precious").unwrap();
        }
        Self { folder, blobs, prefix, names: ["manifest".to_owned()].into() }
    }

    fn shard(&self) -> PathBuf {
        self.folder.path().join("blobs/ab")
    }

    fn elsewhere(&self) -> PathBuf {
        self.folder.path().join("elsewhere")
    }

    /// Nothing is removed, nothing written, and nothing called absent.
    async fn is_left_alone(&self, link: PathBuf) {
        let Self { blobs, prefix, names, .. } = self;
        let deletion = blobs.delete(prefix, names).await;
        assert!(deletion.deleted.gone.is_empty());
        assert!(deletion.failure.unwrap().words().contains("is a symbolic link"));
        assert!(fs::symlink_metadata(link).unwrap().is_symlink());
        assert!(blobs.put(prefix, "000001", bytes::Bytes::from("sealed")).await.is_err());
        assert!(blobs.put(prefix, "manifest", bytes::Bytes::from("sealed")).await.is_err());
        let (elsewhere, prefix) = (self.elsewhere(), prefix.as_str());
        let precious = [elsewhere.join("manifest"), elsewhere.join(prefix).join("manifest")];
        assert!(precious.iter().all(|path| fs::read(path).unwrap() == b"precious"));
        assert_eq!(fs::read_dir(elsewhere.join(prefix)).unwrap().count(), 1);
        assert_eq!(fs::read_dir(elsewhere).unwrap().count(), 2);
    }
}

/// The eraser went through the link and emptied whatever folder it led to.
#[tokio::test]
async fn a_link_in_place_of_a_backups_folder_is_neither_followed_nor_removed() {
    let links = Links::new();
    fs::create_dir(links.shard()).unwrap();
    let link = links.shard().join(links.prefix.as_str());
    symlink(links.elsewhere(), &link).unwrap();
    assert!(links.blobs.list(&links.prefix).await.is_err(), "this is no look at a backup");
    assert!(links.blobs.read(&links.prefix, "manifest", 0).await.is_err());
    links.is_left_alone(link).await;
}

#[tokio::test]
async fn a_link_in_place_of_a_folder_of_backups_is_neither_followed_nor_removed() {
    let links = Links::new();
    symlink(links.elsewhere(), links.shard()).unwrap();
    assert!(links.blobs.list(&links.prefix).await.is_err(), "this is no look at a backup");
    assert!(links.blobs.read(&links.prefix, "manifest", 0).await.is_err());
    links.is_left_alone(links.shard()).await;
}

#[tokio::test]
async fn a_link_in_place_of_an_object_is_neither_followed_nor_removed() {
    let Links { blobs, prefix, names, folder } = Links::new();
    blobs.put(&prefix, "000001", bytes::Bytes::from("sealed")).await.unwrap();
    let link = folder.path().join("blobs/ab").join(prefix.as_str()).join("manifest");
    symlink(folder.path().join("elsewhere/manifest"), &link).unwrap();
    let all: BTreeSet<String> = ["000001".to_owned(), "manifest".to_owned()].into();
    assert_eq!(blobs.list(&prefix).await.unwrap().objects, all, "it is there, so not absent");
    assert!(blobs.read(&prefix, "manifest", 0).await.is_err());
    let deletion = blobs.delete(&prefix, &all).await;
    assert_eq!(deletion.deleted.gone, ["000001".to_owned()].into());
    assert!(deletion.failure.unwrap().words().contains("is a symbolic link"));
    assert_eq!(blobs.list(&prefix).await.unwrap().objects, names);
    assert_eq!(fs::read(folder.path().join("elsewhere/manifest")).unwrap(), b"precious");
}

/// Its name was listed with the odd bytes replaced, and nothing has that name: it counted
/// as gone, was listed again, and so on for ever.
#[tokio::test]
async fn a_name_that_is_no_text_is_listed_and_removed_as_what_it_is() {
    let folder = TempDir::new().unwrap();
    let blobs = Blobs::local(folder.path(), OWNER).unwrap();
    let prefix = ObjectPrefix::new([0xab; 16]);
    blobs.put(&prefix, "000001", bytes::Bytes::from("sealed")).await.unwrap();
    let odd = OsStr::from_bytes(b"\xff\xfe\x1b[2J%");
    let inside = folder.path().join("ab").join(prefix.as_str());
    fs::write(inside.join(odd), "a stranger's").unwrap();
    let listed = blobs.list(&prefix).await.unwrap().objects;
    assert_eq!(listed, ["%ff%fe%1b[2J%25".to_owned(), "000001".to_owned()].into());
    let deletion = blobs.delete(&prefix, &listed).await;
    assert!(deletion.failure.is_none() && deletion.deleted.gone == listed);
    assert!(!inside.exists());
    assert!(blobs.list(&prefix).await.unwrap().objects.is_empty());
}

/// An empty folder, where the disk with all backups should have been, was proof that every
/// one of them is gone.
#[tokio::test]
async fn a_folder_that_is_not_the_stores_is_an_error_and_never_an_absence() {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join("blobs");
    let prefix = ObjectPrefix::new([0xab; 16]);
    let known = Owner { has_backups: true, ..OWNER };
    let refused = |owner: Owner| Blobs::local(&root, owner).unwrap_err().words();
    assert!(refused(known).contains("is its disk mounted?"), "an empty folder is not ours");

    fs::create_dir(root.join("lost+found")).unwrap();
    let blobs = Blobs::local(&root, OWNER).unwrap();
    blobs.put(&prefix, "manifest", bytes::Bytes::from("sealed")).await.unwrap();
    Blobs::local(&root, known).unwrap();
    let other = Owner { store: [6; 16], ..OWNER };
    assert!(refused(other).contains("the blob store of another server"));

    // The disk goes while the server runs.
    let (mark, aside) = (root.join("sexton-store"), folder.path().join("aside"));
    fs::rename(&mark, &aside).unwrap();
    fs::rename(root.join("ab"), folder.path().join("ab")).unwrap();
    let gone = blobs.list(&prefix).await.unwrap_err().words();
    assert!(gone.contains("is its disk mounted?"), "{gone}");
    assert!(blobs.holdings(0xab).await.is_err());
    fs::rename(&aside, &mark).unwrap();
    assert!(blobs.list(&prefix).await.unwrap().objects.is_empty(), "now it is a look");

    // A folder with something in it is taken over by nobody.
    fs::remove_file(&mark).unwrap();
    fs::create_dir(root.join("cd")).unwrap();
    assert!(refused(OWNER).contains("sexton-store is missing"));
}
