//! Several regions of one server, and what a stopped one holds of each.

use std::fs;

use crate::support::Served;
use crate::{fails, out, run, stopped, terminate};

const DATA: [&str; 2] = ["--data", "data"];

fn realm(server: &Served, arguments: &[&str]) -> String {
    let all = [&["realm"], arguments, &DATA].concat();
    out(&run(server.folder.path(), &all)).to_owned()
}

#[test]
fn a_region_that_is_served_no_more_is_named_and_can_be_dropped_when_it_is_empty() {
    let mut server = Served::start(&["--regions", "eu-west-1,us-west-2"]);
    fs::create_dir(server.folder.path().join("source")).unwrap();
    for region in ["eu-west-1", "us-west-2"] {
        let add = ["source", "add", "--type", "fsx", "--path", "source", "--region", region];
        out(&run(server.folder.path(), &[&add[..], &DATA].concat()));
    }
    let (code, text) = fails(server.folder.path(), &["realm", "list", "--data", "data"], &[]);
    assert_eq!(code, 1);
    assert!(text.contains("stop its server first"), "{text}");
    terminate(&server);
    assert_eq!(stopped(&mut server), Some(0));
    let listed = realm(&server, &["list"]);
    for (region, sources) in
        [("us-east-1", "0 sources"), ("eu-west-1", "1 source"), ("us-west-2", "1 source")]
    {
        let line = format!("123456789012/{region}\t1 vault, 0 backups, {sources}, 0 backup plans");
        assert!(listed.lines().any(|it| it == line), "{line}: {listed}");
    }
    // What the hint says serves all of it, however many are missing.
    for (regions, hint) in
        [("ap-south-1", "ap-south-1,eu-west-1,us-west-2"), ("us-west-2", "us-west-2,eu-west-1")]
    {
        let regions = format!("--regions={regions}");
        let arguments = ["serve", "--data", "data", "--listen", "127.0.0.1:0", &regions];
        let (code, text) = fails(server.folder.path(), &arguments, &[]);
        assert_eq!(code, 2, "{text}");
        let hint = format!("--regions {hint};");
        for words in ["in region eu-west-1", &hint, "realm drop"] {
            assert!(text.contains(words), "{words}: {text}");
        }
    }
    let gone = realm(&server, &["drop", "123456789012/eu-west-1"]);
    assert_eq!(
        gone,
        "dropped 123456789012/eu-west-1: 1 vault, 0 backups, 1 source, 0 backup plans"
    );
    assert!(!realm(&server, &["list"]).contains("eu-west-1"));
    for (given, words) in [
        ("123456789012/eu-west-1", "nothing is stored of"),
        ("eu-west-1", "an account and a region"),
    ] {
        let arguments = ["realm", "drop", given, "--data", "data"];
        let (code, text) = fails(server.folder.path(), &arguments, &[]);
        assert_eq!(code, 2, "{text}");
        assert!(text.contains(words) && text.contains(given), "{text}");
    }
    let folder = std::mem::replace(&mut server.folder, tempfile::tempdir().unwrap());
    drop(Served::start_in(folder, &["--regions=us-west-2"], &[]));
}

#[test]
fn regions_and_accounts_that_are_none_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, words) in [
        (["--regions", "eu-west-1,Frankfurt"], "Frankfurt"),
        (["--regions", "us-east-1"], "us-east-1 is the first one already"),
        (["--dev", "--dev-key=id:hush@12"], "ID:SECRET@ACCOUNT"),
        (["--dev", "--dev-key=id@123456789012"], "ID:SECRET@ACCOUNT"),
        (["--dev", "--dev-key=test:hush@210987654321"], "access key test already"),
        (["--dev", "--dev-key=id:hush,id:hush@210987654321"], "access key id already"),
    ] {
        let (code, text) = fails(folder.path(), &["serve", arguments[0], arguments[1]], &[]);
        assert_eq!(code, 2, "{text}");
        assert!(text.contains(words) && !text.contains("hush"), "{text}");
    }
    fs::write(folder.path().join("sexton.toml"), "regions = [\"a\", \"a\"]").unwrap();
    let (code, text) = fails(folder.path(), &["serve"], &[]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("region a is named twice"), "{text}");
}
