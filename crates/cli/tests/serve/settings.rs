//! The settings of a server: where they come from, and what is said of wrong ones.

use std::fs;

use crate::support::{Served, sexton};
use crate::{fails, out};

fn region(server: &Served) -> String {
    let profile = fs::read_to_string(server.data().join("aws-profile")).unwrap();
    profile.lines().find_map(|it| it.strip_prefix("region = ")).unwrap().to_owned()
}

#[test]
fn a_flag_outranks_a_variable_outranks_the_file_outranks_the_default() {
    let file = "region = \"eu-file-1\"\n";
    let variable = [("SEXTON_REGION", "eu-variable-1")];
    let flag = ["--region", "eu-flag-1"];
    for (with_file, with_variable, with_flag, wanted) in [
        (false, false, false, "us-east-1"),
        (true, false, false, "eu-file-1"),
        (true, true, false, "eu-variable-1"),
        (true, true, true, "eu-flag-1"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        if with_file {
            fs::write(folder.path().join("sexton.toml"), file).unwrap();
        }
        let variables = if with_variable { &variable[..] } else { &[] };
        let arguments = if with_flag { &flag[..] } else { &[] };
        let server = Served::start_in(folder, arguments, variables);
        assert_eq!(region(&server), wanted);
    }
}

#[test]
fn another_settings_file_can_be_named_and_must_then_exist() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("other.toml"), "region = \"eu-other-1\"").unwrap();
    fs::write(folder.path().join("sexton.toml"), "this is not read").unwrap();
    let server = Served::start_in(folder, &["--config", "other.toml"], &[]);
    assert_eq!(region(&server), "eu-other-1");
    let (code, text) = fails(server.folder.path(), &["serve", "--config", "missing.toml"], &[]);
    assert_eq!(code, 1, "a file that cannot be read is no wrong argument");
    assert!(text.contains("missing.toml"), "{text}");
}

/// Name in the file, a wrong value for it as TOML, and words that the complaint has
/// beside the name.
const WRONG: [(&str, &str, &str); 20] = [
    ("region", "\"Frankfurt\"", "eu-central-1"),
    ("account", "\"12345\"", "twelve digits"),
    ("missing_vault", "\"maybe\"", "not-found or access-denied"),
    ("erasure_epoch", "\"never\"", "every-commit"),
    ("erasure_epoch", "\"48h\"", "every-commit"),
    ("compression_level", "0", "1 to 9"),
    ("compression_level", "10", "1 to 9"),
    ("body_bytes_max", "10", "1024 to"),
    ("header_bytes_max", "100", "8192 to"),
    ("connections_max", "0", "1 to"),
    ("request_seconds_max", "0", "1 to"),
    ("log", "\"=,=\"", "directives"),
    ("log", "\"verbose\"", "no level"),
    ("log", "\"\"", "no level"),
    ("allow_remote", "true", "without dev"),
    ("seed", "\"seed.json\"", "without dev"),
    ("tls_key", "\"key.pem\"", "together"),
    ("tls_certificate", "\"cert.pem\"", "together"),
    ("certificate_operator", "\" \"", "one line"),
    ("certificate_place", "\"a	b\"", "one line"),
];

#[test]
fn a_wrong_setting_is_named_with_what_is_accepted_wherever_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    for (name, value, words) in WRONG {
        let plain = value.trim_matches('"');
        let flag = format!("--{}={plain}", name.replace('_', "-"));
        let variable = format!("SEXTON_{}", name.to_uppercase());
        fs::write(folder.path().join("wrong.toml"), format!("{name} = {value}\n")).unwrap();
        for (code, text) in [
            fails(folder.path(), &["serve", &flag], &[]),
            fails(folder.path(), &["serve"], &[(&variable, plain)]),
            fails(folder.path(), &["serve", "--config", "wrong.toml"], &[]),
        ] {
            assert_eq!(code, 2, "{text}");
            assert!(text.contains(name) && text.contains(words), "{name} = {value}: {text}");
        }
    }
    assert!(!folder.path().join("sexton-data").exists(), "a refused server makes no folder");
}

/// It was told of `region`, which nobody had given.
#[test]
fn a_wrong_region_among_others_is_told_of_the_setting_that_has_it() {
    let folder = tempfile::tempdir().unwrap();
    let (code, text) = fails(folder.path(), &["serve", "--regions", "eu-west-1,Mars"], &[]);
    assert!(code == 2 && text.contains("regions is \"Mars\""), "{text}");
}

#[test]
fn what_cannot_be_read_as_a_setting_is_named_too() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, name) in [
        (["--listen", "localhost"], "--listen"),
        (["--connections-max", "many"], "--connections-max"),
        (["--log-format", "xml"], "--log-format"),
        (["--metrics", "maybe"], "--metrics"),
    ] {
        let (code, text) = fails(folder.path(), &["serve", arguments[0], arguments[1]], &[]);
        assert_eq!(code, 2, "{text}");
        assert!(text.contains(name), "{text}");
    }
    for (file, words) in [
        ("colour = \"red\"\n", ["colour", "line 1"]),
        ("\n'conections_max' = 1\n", ["nearest is connections_max", "line 2"]),
        ("region = \"a\"\n\nlisten = \"here\"\n", ["socket address", "line 3"]),
        ("connections_max = \"many\"\n", ["expected usize", "line 1"]),
        ("region = \n", ["sexton.toml", "line 1"]),
    ] {
        fs::write(folder.path().join("sexton.toml"), file).unwrap();
        let (code, text) = fails(folder.path(), &["serve"], &[]);
        assert_eq!(code, 2, "{text}");
        assert!(words.iter().all(|word| text.contains(word)), "{file}: {text}");
    }
}

#[test]
fn the_help_shows_every_setting_with_its_variable_and_default() {
    let folder = tempfile::tempdir().unwrap();
    let secret = ("SEXTON_DEV_KEY", "id:hush");
    let shown = sexton(folder.path(), &["serve", "--help"]).env(secret.0, secret.1).output();
    let shown = shown.unwrap();
    let text = out(&shown);
    assert!(!text.contains("hush"), "{text}");
    for (name, value) in [
        ("data", "sexton-data"),
        ("listen", "127.0.0.1:7878"),
        ("region", "us-east-1"),
        ("account", "123456789012"),
        ("tls_certificate", "PEM"),
        ("tls_key", "PEM"),
        ("missing_vault", "not-found"),
        ("erasure_epoch", "every-commit"),
        ("compression_level", "[default: 1]"),
        ("metrics", "[default: true]"),
        ("body_bytes_max", "1048576"),
        ("header_bytes_max", "65536"),
        ("connections_max", "1024"),
        ("request_seconds_max", "60"),
        ("log", "[default: info]"),
        ("log_format", "[default: text]"),
        ("dev", "[default: false]"),
        ("allow_remote", "[default: false]"),
        ("dev_key", "ID:SECRET"),
        ("seed", "JSON"),
        ("certificate_operator", "TEXT"),
        ("certificate_place", "TEXT"),
        ("certificate_categorization", "TEXT"),
    ] {
        let flag = format!("--{}", name.replace('_', "-"));
        let variable = format!("SEXTON_{}", name.to_uppercase());
        for word in [flag.as_str(), variable.as_str(), value, &format!("    {name} = ")] {
            assert!(text.contains(word), "{word} is not in the help");
        }
    }
}

/// `SEXTON_LISTEM` was ignored, and the server listened elsewhere.
#[test]
fn a_variable_that_nobody_knows_is_refused_with_the_nearest_one() {
    let folder = tempfile::tempdir().unwrap();
    for command in [&["serve"][..], &["role", "list"]] {
        let (code, text) = fails(folder.path(), command, &[("SEXTON_DTAA", "elsewhere")]);
        assert_eq!(code, 2, "{text}");
        assert!(text.contains("SEXTON_DTAA") && text.contains("SEXTON_DATA"), "{text}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
