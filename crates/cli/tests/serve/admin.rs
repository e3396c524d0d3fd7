//! How the commands about a server find it, and as whom: as every AWS tool does, or through
//! its data folder.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::http::{Answer, send};
use crate::out;
use crate::support::{Served, sexton};

const ROLE: &str = "arn:aws:iam::123456789012:role/r";

/// Every command about a server, with what tells that it was answered.
fn all_work(folder: &Path, more: &[&str], variables: &[(&str, &str)]) {
    fs::create_dir_all(folder.join("projects")).unwrap();
    let source = fs::canonicalize(folder.join("projects")).unwrap();
    let source = source.to_str().unwrap();
    let told = |words: &[&str]| {
        let mut command = sexton(folder, words);
        command.args(more).envs(variables.iter().copied());
        out(&command.output().unwrap()).to_owned()
    };
    let arn = told(&["source", "add", "--type", "fsx", "--path", source]);
    // A server for tests has one from the beginning.
    let listed = told(&["source", "list"]);
    assert!(listed.lines().any(|line| line == format!("{arn}\tfsx\t{source}")), "{listed}");
    told(&["role", "set", ROLE, "--status", "denied"]);
    assert!(told(&["role", "list"]).ends_with(&format!("{ROLE}\tdenied")));
    assert_eq!(told(&["erasure", "list", "--output", "text"]), "");
    assert_eq!(told(&["certificate", "log"]), "");
    told(&["source", "remove", &arn]);
}

/// The data folder of `--dev` is printed nowhere; its environment is.
#[test]
fn the_environment_of_a_server_is_enough_for_every_command_about_it() {
    let server = Served::start(&["--dev"]);
    let elsewhere = tempfile::tempdir().unwrap();
    for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_BACKUP"] {
        let variables = [
            (name, server.endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", "us-east-1"),
        ];
        all_work(elsewhere.path(), &[], &variables);
    }
}

#[test]
fn a_profile_that_is_named_is_enough_and_so_is_a_flag_for_the_address() {
    let server = Served::start(&[]);
    let elsewhere = tempfile::tempdir().unwrap();
    let profile = fs::read_to_string(server.data().join("aws-profile")).unwrap();
    let file = elsewhere.path().join("config");
    fs::write(&file, profile.replace("[default]", "[profile vault]")).unwrap();
    let file = file.to_str().unwrap();
    let variables = [("AWS_CONFIG_FILE", file), ("AWS_EC2_METADATA_DISABLED", "true")];
    all_work(elsewhere.path(), &["--profile", "vault"], &variables);

    fs::write(file, profile.replace("endpoint_url", "other")).unwrap();
    all_work(elsewhere.path(), &["--endpoint-url", &server.endpoint], &variables);
    let command = &mut sexton(elsewhere.path(), &["role", "list", "--profile", "default"]);
    let ended = command.envs(variables).output().unwrap();
    let text = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(2), "{text}");
    assert!(text.contains("no address of a server is set"), "{text}");
}

/// Its ARN is shown nowhere, and its number alone was sent to a server that knows no such thing.
#[test]
fn the_certificate_of_a_backup_set_is_had_with_its_instance_and_its_number() {
    let server = Served::start(&["--dev"]);
    let told = |words: &str| {
        let words: Vec<&str> = words.split(' ').collect();
        let mut command = sexton(server.folder.path(), &words);
        command.args(["--endpoint-url", &server.endpoint, "--region", "cn-hangzhou"]).envs([
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", "test"),
            ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "test"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
        ]);
        command.output().unwrap()
    };
    let (instance, set) = ("--instance rm-uf6wjk5xxxxxxx", "324909958");
    let waiting = told(&format!("certificate {instance} {set}"));
    assert_eq!(waiting.status.code(), Some(5), "{waiting:?}");
    out(&told(&format!("delete --service apsara-rds {instance} {set} --yes")));
    // It is listed no more before its bytes are gone.
    let certificate = loop {
        let asked = told(&format!("certificate {instance} {set}"));
        if asked.status.code() != Some(5) {
            break asked;
        }
    };
    assert!(out(&certificate).contains("dbinstance/rm-uf6wjk5xxxxxxx/backup/324909958"));
    for (words, why) in [
        (format!("certificate {set}"), "hint: name the instance with --instance"),
        (format!("certificate redact --yes {set}"), "hint: name the instance with --instance"),
        (
            format!("certificate {instance} backup-0123456789abcdef0"),
            "--instance is of backup sets",
        ),
    ] {
        let ended = told(&words);
        let text = String::from_utf8(ended.stderr).unwrap();
        assert!(ended.status.code() == Some(2) && text.contains(why), "{words}: {text}");
    }
    let other = told(&format!("certificate --instance rm-other {set}"));
    assert_eq!(other.status.code(), Some(5), "{other:?}");
    assert_eq!(
        out(&told(&format!("certificate redact --yes {instance} {set}"))),
        "redacted\t1 certificate"
    );
}

/// Whoever has a server in this folder has an account in AWS as well.
#[test]
fn a_data_folder_that_is_named_goes_before_the_environment() {
    let server = Served::start(&[]);
    let variables = [
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:1"),
        ("AWS_ACCESS_KEY_ID", "of"),
        ("AWS_SECRET_ACCESS_KEY", "somebody-else"),
        ("AWS_REGION", "eu-west-1"),
    ];
    all_work(server.folder.path(), &["--data", "data"], &variables);
    fs::rename(server.data(), server.folder.path().join("sexton-data")).unwrap();
    // No address in the environment: the folder that is here is the server that is meant.
    let mut command = sexton(server.folder.path(), &["role", "list"]);
    let listed = command.envs(variables[1..].iter().copied()).output().unwrap();
    assert_eq!(out(&listed), format!("{ROLE}\tdenied"));
}

/// Whoever gave the right key was told to give it.
#[test]
fn a_region_that_is_not_served_is_what_the_hint_is_about() {
    let server = Served::start(&[]);
    let words = ["role", "list", "--data", "data", "--region", "mars-1"];
    let ended = sexton(server.folder.path(), &words).output().unwrap();
    let text = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(5), "{text}");
    assert!(text.contains("hint: give --region, with a region that this server serves"), "{text}");
}

/// Prints the addresses of a listing and of a change, signed in the query.
const PRESIGN: &str = "
import datetime, hashlib, hmac, sys, urllib.parse
host, method, path = sys.argv[1:]
stamp = datetime.datetime.now(datetime.timezone.utc).strftime('%Y%m%dT%H%M%SZ')
scope = f'{stamp[:8]}/us-east-1/sexton/aws4_request'
query = urllib.parse.urlencode(sorted({
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256', 'X-Amz-Credential': f'test/{scope}',
    'X-Amz-Date': stamp, 'X-Amz-Expires': '900', 'X-Amz-SignedHeaders': 'host'}.items()))
body = hashlib.sha256(b'').hexdigest()
request = f'{method}\\n{path}\\n{query}\\nhost:{host}\\n\\nhost\\n{body}'
text = f'AWS4-HMAC-SHA256\\n{stamp}\\n{scope}\\n' + hashlib.sha256(request.encode()).hexdigest()
key = b'AWS4test'
for part in [*scope.split('/'), text]:
    key = hmac.new(key, part.encode(), 'sha256').digest()
print(f'{path}?{query}&X-Amz-Signature={key.hex()}')";

fn presigned(endpoint: &str, path: &str) -> Answer {
    let host = endpoint.split_once("://").unwrap().1;
    let signed = Command::new("python3").args(["-c", PRESIGN, host, "GET", path]).output();
    let signed = signed.unwrap();
    let target = out(&signed);
    let head = format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    send(endpoint, head.as_bytes()).unwrap()
}

/// A page on the web could have a browser send it to `--dev`, whose key everybody knows.
#[test]
fn an_address_that_is_signed_does_not_administer() {
    let server = Served::start(&["--dev"]);
    for path in ["/_sexton/v1/sources", "/_sexton/v1/roles"] {
        let answer = presigned(&server.endpoint, path);
        assert_eq!(answer.status, 403, "{answer:?}");
        assert!(answer.text.contains("this API takes no presigned requests"), "{answer:?}");
    }
}
