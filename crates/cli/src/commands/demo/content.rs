//! Directories worth a backup: made up, the same on every machine, and a little
//! different every night.
//!
//! Three of them, because backups are of three kinds: text that compresses, pictures
//! that do not, and a machine with a sparse disk image, links and many small files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

/// The directories, by name.
pub(super) const NAMES: [&str; 3] = ["ledger", "photos", "machine"];

const MONTHS: u32 = 36;
const LINES_PER_MONTH: u32 = 700;
const PHOTOS: u32 = 14;
const PHOTO_BYTES: usize = 96 << 10;
const NEW_PHOTO_BYTES: usize = 8 << 10;
const HOSTS: u32 = 16;
const SETTINGS_PER_HOST: u32 = 16;

/// What the disk image pretends to be, and how much of it is there.
const IMAGE_BYTES: u64 = 192 << 20;
const IMAGE_ISLANDS: u64 = 6;
const IMAGE_ISLAND_BYTES: usize = 64 << 10;

const WORDS: [&str; 16] = [
    "invoice", "refund", "freight", "harbour", "copper", "lantern", "orchard", "payroll",
    "northern", "quarter", "settled", "pending", "transfer", "granite", "meridian", "archive",
];

/// Numbers that look random and never change (splitmix64).
#[derive(Debug)]
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn word(&mut self) -> &'static str {
        let [.., low] = self.next().to_be_bytes();
        WORDS[usize::from(low) % WORDS.len()]
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        let words = count.div_ceil(8);
        let mut bytes: Vec<u8> = (0..words).flat_map(|_| self.next().to_le_bytes()).collect();
        bytes.truncate(count);
        bytes
    }
}

/// Makes the directories under `home`, and gives their paths in the order of [`NAMES`].
pub(super) fn make(home: &Path) -> io::Result<[PathBuf; 3]> {
    let paths = NAMES.map(|name| home.join(name));
    let [ledger, photos, machine] = &paths;
    make_ledger(ledger)?;
    make_photos(photos)?;
    make_machine(machine)?;
    Ok(paths)
}

fn make_ledger(folder: &Path) -> io::Result<()> {
    let mut dice = Dice(1);
    for month in 0..MONTHS {
        let (year, month) = (2023 + month / 12, month % 12 + 1);
        let year = folder.join(year.to_string());
        fs::create_dir_all(&year)?;
        let mut text = String::from("date,account,text,amount\n");
        for line in 0..LINES_PER_MONTH {
            text.push_str(&booking(&mut dice, month, line % 28 + 1));
        }
        fs::write(year.join(format!("{month:02}.csv")), text)?;
    }
    symlink("2025/12.csv", folder.join("latest.csv"))
}

fn booking(dice: &mut Dice, month: u32, day: u32) -> String {
    let (account, amount) = (dice.below(9000), dice.below(1_000_000));
    let (one, two) = (dice.word(), dice.word());
    let (whole, cents) = (amount / 100, amount % 100);
    format!("{month:02}-{day:02},{account:04},{one} {two},{whole}.{cents:02}\n")
}

fn make_photos(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder.join("album"))?;
    for number in 0..PHOTOS {
        let path = folder.join(format!("IMG_{number:04}.jpg"));
        photo(&path, number, PHOTO_BYTES)?;
        if number % 4 == 0 {
            fs::hard_link(&path, folder.join(format!("album/{number:04}.jpg")))?;
        }
    }
    Ok(())
}

fn photo(path: &Path, number: u32, bytes: usize) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(b"\xff\xd8\xff\xe0\x00\x10JFIF\x00")?;
    file.write_all(&Dice(u64::from(number) << 32).bytes(bytes))
}

fn make_machine(folder: &Path) -> io::Result<()> {
    let mut dice = Dice(3);
    for host in 0..HOSTS {
        let etc = folder.join(format!("hosts/node-{host:02}/etc"));
        fs::create_dir_all(&etc)?;
        for setting in 0..SETTINGS_PER_HOST {
            let (key, value) = (dice.word(), dice.below(65_536));
            let text = format!("# node-{host:02}\n{key}.{setting} = {value}\n");
            fs::write(etc.join(format!("{setting:02}-{key}.conf")), text)?;
        }
        symlink(format!("../../hosts/node-{host:02}/etc"), etc.join("self"))?;
        let key = etc.join("host.key");
        fs::write(&key, dice.bytes(48))?;
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600))?;
    }
    let image = File::create(folder.join("disk.img"))?;
    image.set_len(IMAGE_BYTES)?;
    for island in 0..IMAGE_ISLANDS {
        let place = island * (IMAGE_BYTES / IMAGE_ISLANDS) / 4096 * 4096;
        image.write_all_at(&dice.bytes(IMAGE_ISLAND_BYTES), place)?;
    }
    fs::create_dir_all(folder.join("log"))?;
    fs::write(folder.join("log/journal"), "boot\n")
}

/// What a day changes before the backup of its night.
pub(super) fn live_through([ledger, photos, machine]: &[PathBuf; 3], day: u32) -> io::Result<()> {
    let mut dice = Dice(0x0da1 << 32 | u64::from(day));
    let append = |path: PathBuf, text: &str| {
        OpenOptions::new().append(true).open(path)?.write_all(text.as_bytes())
    };
    append(ledger.join("2025/12.csv"), &booking(&mut dice, 12, day % 28 + 1))?;
    photo(&photos.join(format!("IMG_{:04}.jpg", 1000 + day)), 1000 + day, NEW_PHOTO_BYTES)?;
    append(machine.join("log/journal"), &format!("day {day}: {}\n", dice.word()))
}
