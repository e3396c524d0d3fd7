//! What is read from a root file, whatever is in it.

use super::*;
use proptest::prelude::*;

fn witness(number: u64, time: i64) -> Witness {
    let store = StoreId::from_bytes([number.to_be_bytes()[7]; 16]);
    let time = Timestamp::from_millisecond(time).unwrap();
    Witness { store, generation: number, keys: number / 2, time, log_size: 3, log_root: [4; 32] }
}

proptest! {
    #[test]
    fn a_root_comes_back_and_a_torn_one_is_no_root(
        epoch: u64, key: [u8; 32], number: u64, time in 0..253_402_207_200_000_i64,
        place in 0..RECORD_LEN, torn: u8,
    ) {
        let witness = witness(number, time);
        let record = encode(&Root { epoch: Epoch(epoch), key: RingKey::from_bytes(&key), witness });
        let read = decode(&record).unwrap();
        prop_assert_eq!(read.key.as_bytes(), &key);
        prop_assert_eq!((read.epoch, read.witness), (Epoch(epoch), witness));
        let mut other = record.clone();
        other[place] = torn;
        prop_assert_eq!(decode(&other).is_some(), other == record);
    }

    #[test]
    fn whatever_a_slot_holds_reading_never_panics(
        mut record in proptest::collection::vec(any::<u8>(), RECORD_LEN), honest: bool,
    ) {
        if honest {
            record[..8].copy_from_slice(MAGIC);
            let body = RECORD_LEN - DIGEST_LEN;
            let digest = Sha256::digest(&record[..body]);
            record[body..].copy_from_slice(&digest);
        }
        let read = decode(&record);
        // A time that is none is the one thing that an honest record can get wrong.
        prop_assert!(honest || read.is_none());
        prop_assert!(decode_witness(&record[..NOTE_LEN]).is_none());
    }
}

#[test]
fn a_torn_witness_leaves_the_one_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("root-key");
    let roots = FileRoots::open(&path).unwrap();
    assert_eq!(roots.read_witness().unwrap(), None);
    for number in 1..9 {
        let before = std::fs::read(&path).unwrap();
        roots.write_witness(&witness(number, 5)).unwrap();
        assert_eq!(roots.read_witness().unwrap(), Some(witness(number, 5)));
        let after = std::fs::read(&path).unwrap();
        let changed: Vec<_> = (0..FILE_LEN).filter(|at| before[*at] != after[*at]).collect();
        assert!(changed[0] >= 8192, "no root is touched");
        roots.file.write_all_at(&[0xff], u64::try_from(changed[0]).unwrap()).unwrap();
        let left = (number > 1).then(|| witness(number - 1, 5));
        assert_eq!(roots.read_witness().unwrap(), left);
        roots.file.write_all_at(&after, 0).unwrap();
    }
}

#[test]
fn a_root_file_that_a_server_has_is_not_opened_by_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("root-key");
    let first = FileRoots::open(&path).unwrap();
    let refused = FileRoots::open(&path).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::WouldBlock);
    drop(first);
    FileRoots::open(&path).unwrap();
}

#[test]
fn a_file_that_is_no_root_file_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("root-key");
    let foreign = vec![0x5a; FILE_LEN];
    std::fs::write(&path, &foreign).unwrap();
    let error = FileRoots::open(&path).unwrap().read().unwrap_err().to_string();
    assert!(error.contains("is not a root file of this version"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), foreign);
}
