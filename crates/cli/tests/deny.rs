//! What `deny.toml` forbids, checked with nothing but cargo, so that it is checked on every
//! machine: licences, sources, banned crates, and features. Advisories need the network and are
//! left to `cargo deny check`.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use toml::{Table, Value};

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn root() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).canonicalize().unwrap()
}

fn read(name: &str) -> Table {
    std::fs::read_to_string(root().join(name)).unwrap().parse().unwrap()
}

/// The texts of a list.
fn texts(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

/// Every crate that is built for `target`, tests included, with the licence that it names.
fn built(target: &str) -> BTreeSet<(String, String)> {
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["tree", "--offline", "--locked", "--workspace", "--no-dedupe", "--prefix=none"])
        .args(["--edges=normal,build,dev", "--format={p}|{l}", "--target", target])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    // "name v1.2.3 (proc-macro)|MIT"
    let built = lines.lines().filter_map(|line| {
        let (package, licence) = line.split_once('|')?;
        Some((package.split(' ').next()?.to_owned(), licence.to_owned()))
    });
    built.collect()
}

/// The words of a licence expression; older ones write `/` for `OR`.
fn words(expression: &str) -> Vec<String> {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    spaced.split_whitespace().map(str::to_owned).collect()
}

/// Whether somebody who accepts `allowed` and nothing else may use what is licensed so.
/// `AND` binds closer than `OR`.
fn acceptable(
    words: &mut std::iter::Peekable<std::vec::IntoIter<String>>,
    allowed: &[&str],
) -> bool {
    let mut any = false;
    loop {
        let mut all = true;
        loop {
            let word = words.next().unwrap_or_default();
            all &= if word == "(" {
                let inner = acceptable(words, allowed);
                assert_eq!(words.next().as_deref(), Some(")"));
                inner
            } else if words.next_if(|next| next == "WITH").is_some() {
                let exception = words.next().unwrap_or_default();
                allowed.contains(&&*format!("{word} WITH {exception}"))
            } else {
                allowed.contains(&&*word)
            };
            if words.next_if(|next| next == "AND").is_none() {
                break;
            }
        }
        any |= all;
        if words.next_if(|next| next == "OR").is_none() {
            return any;
        }
    }
}

fn may_use(expression: &str, allowed: &[&str]) -> bool {
    acceptable(&mut words(expression).into_iter().peekable(), allowed)
}

#[test]
fn every_licence_is_one_that_is_allowed_and_no_banned_crate_is_built() {
    let deny = read("deny.toml");
    let allowed = texts(&deny["licenses"]["allow"]);
    let banned = deny["bans"]["deny"].as_array().unwrap();
    let banned: Vec<&str> = banned.iter().map(|ban| ban["crate"].as_str().unwrap()).collect();
    let mut named = BTreeSet::new();
    for target in texts(&deny["graph"]["targets"]) {
        let built = built(target);
        assert!(built.len() > 100, "only {} crates are built for {target}", built.len());
        let wrong: Vec<_> = built.iter().filter(|it| !may_use(&it.1, &allowed)).collect();
        assert!(wrong.is_empty(), "deny.toml does not allow the licence of {wrong:?}");
        for name in &banned {
            let hint = format!("see `cargo tree -i {name} --target {target}`");
            assert!(!built.iter().any(|it| it.0 == *name), "{name} is banned by deny.toml: {hint}");
        }
        named.extend(built.into_iter().map(|(_, licence)| licence));
    }
    for licence in allowed {
        let licence = words(licence);
        let needed = |it: &String| words(it).windows(licence.len()).any(|part| part == licence);
        assert!(named.iter().any(needed), "{licence:?} is allowed, and no crate needs it");
    }
}

/// Every crate with its features, of what cargo builds for these arguments.
fn features(arguments: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["tree", "--offline", "--locked", "--prefix=none", "--format={p}|{f}"])
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(|line| line.trim_end_matches(" (*)").to_owned()).collect()
}

/// One feature more, and it and all that stands on it is built twice by whoever runs the
/// program and then its tests; and what is tested is not what is shipped.
#[test]
fn tests_build_no_crate_otherwise_than_the_program_does() {
    let tested = features(&["--workspace", "--edges=normal,build,dev"]);
    for (package, folder) in [("sexton", "cli"), ("sexton-python", "python")] {
        let package = format!("--package={package}");
        let shipped = features(&[&package, "--edges=normal,build"]);
        assert!(shipped.len() > 100, "only {} crates are built", shipped.len());
        let otherwise: Vec<_> = shipped.difference(&tested).collect();
        assert!(
            otherwise.is_empty(),
            "the tests want other features of {otherwise:#?}: ask for the same in \
             crates/{folder}/Cargo.toml; compare with `cargo tree --workspace`"
        );
    }
}

#[test]
fn every_crate_comes_from_crates_io() {
    for rule in ["unknown-registry", "unknown-git"] {
        assert_eq!(read("deny.toml")["sources"][rule].as_str(), Some("deny"));
    }
    let lock = read("Cargo.lock");
    let packages = lock["package"].as_array().unwrap();
    let foreign = packages
        .iter()
        .filter(|it| it.get("source").is_some_and(|source| source.as_str() != Some(CRATES_IO)));
    let foreign: Vec<_> = foreign.map(|package| package["name"].as_str().unwrap()).collect();
    assert!(foreign.is_empty(), "{foreign:?} come from somewhere else");
    assert!(packages.len() > 100, "only {} packages are locked", packages.len());
}

#[test]
fn the_rules_bite() {
    let allowed = ["MIT", "Apache-2.0", "ISC", "Apache-2.0 WITH LLVM-exception"];
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0-only", false),
        ("", false),
        ("GPL-3.0-only OR MIT", true),
        ("GPL-3.0-only/MIT", true),
        ("GPL-3.0-only AND MIT", false),
        ("MIT AND ISC OR GPL-3.0-only", true),
        ("GPL-3.0-only OR MIT AND BSL-1.0", false),
        ("MIT AND (GPL-3.0-only OR ISC)", true),
        ("(MIT OR ISC) AND GPL-3.0-only", false),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("MIT WITH LLVM-exception", false),
    ] {
        assert_eq!(may_use(expression, &allowed), expected, "{expression}");
    }
}
