//! What this server is made of, noted when it differs from what was noted last: a
//! certificate names what sealed a backup and what destroyed its key, as of then.

use std::io;
use std::path::Path;

use jiff::Timestamp;
use sexton_core::{Destruction, Means, Sealing};

use sexton_store::{Change, Commit, MetaStore, StoreError, Write};

/// File systems by the number that the kernel gives them (`statfs`), as far as they matter
/// to whoever reads a certificate.
const FILE_SYSTEMS: [(u64, &str); 10] = [
    (0xef53, "ext2, ext3 or ext4"),
    (0x5846_5342, "xfs"),
    (0x9123_683e, "btrfs"),
    (0x2fc1_2fc1, "zfs"),
    (0x0102_1994, "tmpfs"),
    (0x794c_7630, "overlayfs"),
    (0x6969, "nfs"),
    (0xf2f5_2010, "f2fs"),
    (0x6573_5546, "fuse"),
    (0xff53_4d42, "cifs"),
];

/// Notes what the server whose data is in `folder` is made of since `started`, unless that is
/// what was noted last.
pub(super) async fn note(
    store: &dyn MetaStore,
    folder: &Path,
    started: Timestamp,
) -> io::Result<Result<(), StoreError>> {
    let means = current(folder, started)?;
    Ok(save(store, means).await)
}

async fn save(store: &dyn MetaStore, means: Means) -> Result<(), StoreError> {
    let noted = store.means().await?;
    let same =
        |last: &Means| (&last.sealing, &last.destruction) == (&means.sealing, &means.destruction);
    if noted.last().is_some_and(same) {
        return Ok(());
    }
    let change = Change { writes: vec![Write::AddMeans(means)], ..Change::default() };
    match store.commit(change).await? {
        Commit::Done | Commit::Stale => Ok(()),
    }
}

/// What this process is made of.
fn current(folder: &Path, since: Timestamp) -> io::Result<Means> {
    let tool = concat!("sexton ", env!("CARGO_PKG_VERSION")).to_owned();
    Ok(Means {
        since,
        sealing: Sealing {
            tool: tool.clone(),
            algorithm: "AES-256-GCM".to_owned(),
            key_bits: 256,
            module: format!("AWS-LC {}", aws_lc_rs::awslc_version()),
            fips_validated: aws_lc_rs::try_fips_mode().is_ok(),
        },
        destruction: Destruction {
            tool,
            root_provider: "a file, overwritten in place".to_owned(),
            root_file_system: file_system(folder)?,
        },
    })
}

fn file_system(folder: &Path) -> io::Result<String> {
    let magic = u64::try_from(rustix::fs::statfs(folder)?.f_type).map_err(io::Error::other)?;
    let known = FILE_SYSTEMS.iter().find(|(number, _)| *number == magic);
    Ok(known.map_or_else(|| format!("number {magic:#x}"), |(_, name)| (*name).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sexton_store::memory::Memory;

    #[tokio::test]
    async fn what_a_server_is_made_of_is_noted_once_for_all_starts_that_are_alike() {
        let (folder, store) = (tempfile::tempdir().unwrap(), Memory::default());
        for second in [10, 20] {
            let started = Timestamp::from_second(second).unwrap();
            note(&store, folder.path(), started).await.unwrap().unwrap();
        }
        let noted = store.means().await.unwrap();
        assert_eq!(noted.len(), 1);
        assert_eq!(noted[0].since.as_second(), 10);
        assert!(!noted[0].sealing.fips_validated, "this build is none of a validated module");
        let mut newer = current(folder.path(), Timestamp::from_second(30).unwrap()).unwrap();
        newer.sealing.tool = "sexton 9".to_owned();
        save(&store, newer.clone()).await.unwrap();
        assert_eq!(store.means().await.unwrap(), [noted[0].clone(), newer]);
    }
}
