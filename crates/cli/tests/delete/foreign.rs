//! What a service, a server or a certificate says is shown as text, and does nothing else.

use serde_json::{Value, json};

use crate::vault::{arn, run, sexton};
use crate::web;

/// Clears a screen, in two ways; ends fields and lines; reverses the order of letters.
const EVIL: &str = "a\tb\r\nthe certificate holds\u{1b}[2J\u{9b}2J\u{7}\u{202e}z\u{2028}\u{e0041}";

/// How it is shown.
const SHOWN: &str = "a\\tb\\r\\nthe certificate holds\\u{1b}[2J\\u{9b}2J\\u{7}\\u{202e}z\
                     \\u{2028}\\u{e0041}";

/// Fails if `text` holds anything that does more than be seen, or a line that is a lie.
fn assert_harmless(text: &str) {
    let harmful = |letter: &char| {
        (letter.is_control() && !matches!(letter, '\n' | '\t'))
            || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{e0000}'..='\u{e0fff}')
    };
    assert_eq!(text.chars().find(harmful), None, "{text:?}");
    assert!(!text.lines().any(|line| line.starts_with("the certificate")), "{text}");
}

/// In no account that is known, since the vault's ARN names none that can be.
const POINT: &str = "arn:aws:backup:us-east-1::recovery-point:000000";

/// A vault with one point, whose service says the worst in every place.
fn hostile_service() -> String {
    let point = json!({
        "RecoveryPointArn": POINT, "Status": EVIL, "StatusMessage": EVIL,
        "CreationDate": 1_700_000_000, "BackupVaultName": "v", "ResourceType": EVIL,
    });
    web::serve(move |request| {
        let path = request.target.split('?').next().unwrap();
        let reply = match (&*request.method, path.trim_matches('/').split('/').count()) {
            ("GET", 2) => json!({
                "BackupVaultName": "v", "NumberOfRecoveryPoints": 1,
                "BackupVaultArn": format!("arn:aws:backup:us-east-1:{EVIL}:backup-vault:v"),
            }),
            ("GET", 3) => json!({ "RecoveryPoints": [point] }),
            ("GET", _) => point.clone(),
            _ => {
                let refusal = json!({ "__type": format!("x#{EVIL}Exception"), "Message": EVIL });
                return (400, None, refusal.to_string());
            }
        };
        (200, None, reply.to_string())
    })
}

#[test]
fn what_a_service_says_is_text_in_every_format() {
    let endpoint = hostile_service();
    for consent in ["--dry-run", "--yes"] {
        for format in ["table", "text", "json", "ndjson"] {
            let arguments = ["delete", "--endpoint-url", &endpoint, "--vault", "v", "-o", format];
            let (_, stdout, stderr) = run(sexton(&arguments).args([consent, POINT]));
            assert_harmless(&stdout);
            assert_harmless(&stderr);
            assert!(stderr.contains(&format!("  account   {SHOWN}\n")), "{stderr}");
            match format {
                "text" => {
                    assert_eq!(stdout.lines().count(), 1, "{stdout}");
                    assert!(stdout.contains(SHOWN), "{stdout}");
                }
                // Whoever needs the exact text reads it here.
                "json" => {
                    let document: Value = serde_json::from_str(&stdout).unwrap();
                    assert_eq!(document["account"], EVIL);
                    let item = &document["items"][0];
                    let said = if consent == "--yes" { &item["code"] } else { &item["status"] };
                    assert!(said.as_str().unwrap().starts_with(EVIL), "{stdout}");
                }
                _ => {}
            }
        }
    }
}

/// What `sexton` prints of a server whose every answer has `status` and is this.
fn told(words: &[&str], status: u16, answer: &Value) -> (i32, String, String) {
    let body = answer.to_string();
    let endpoint = web::serve(move |_| (status, None, body.clone()));
    let folder = tempfile::tempdir().unwrap();
    let profile = "[default]\naws_access_key_id = A\naws_secret_access_key = b\n";
    std::fs::write(folder.path().join("aws-profile"), profile).unwrap();
    let data = folder.path().to_str().unwrap();
    let told = run(sexton(words).args(["--data", data, "--endpoint-url", &endpoint]));
    assert_harmless(&told.1);
    assert_harmless(&told.2);
    told
}

#[test]
fn names_on_a_server_are_fields_and_cells_and_no_more() {
    let sources = json!({ "sources": [{
        "arn": EVIL, "kind": { "type": EVIL, "path": EVIL }, "added": EVIL,
    }] });
    let (code, stdout, _) = told(&["source", "list"], 200, &sources);
    assert_eq!((code, stdout), (0, format!("{SHOWN}\t{SHOWN}\t{SHOWN}\n")));
    let roles = json!({ "roles": [{ "arn": EVIL, "status": EVIL }] });
    let (code, stdout, _) = told(&["role", "list"], 200, &roles);
    assert_eq!((code, stdout), (0, format!("{SHOWN}\t{SHOWN}\n")));
    let erasure = json!({
        "arn": EVIL, "state": EVIL, "attempts": 3, "since": EVIL, "reason": EVIL,
    });
    let erasures = json!({ "erasures": [erasure], "requests": [], "next": null });
    let list = |format| told(&["erasure", "list", "--output", format], 200, &erasures).1;
    assert_eq!(list("text"), format!("{SHOWN}\t{SHOWN}\t3\t{SHOWN}\t{SHOWN}\n"));
    assert!(list("table").contains("attempts"));
    let document: Value = serde_json::from_str(&list("json")).unwrap();
    assert_eq!(document["erasures"][0], erasure);
    let (_, stdout, _) = told(&["erasure", "retry", &arn(0)], 200, &erasure);
    assert_eq!(stdout, format!("{SHOWN}\t{}\n", arn(0)));
    let (_, stdout, _) = told(&["source", "add", "--type", "fsx", "--path", "/"], 200, &erasure);
    assert_eq!(stdout, format!("{SHOWN}\n"));
    // A certificate is printed only if it is that of the point that was asked for.
    let certificate = |backup: &str| {
        let statement = json!({ "backup": backup, "decided": EVIL }).to_string();
        json!({ "statement": statement, "proof": EVIL, "public_key": EVIL, "openings": {} })
    };
    let own = certificate(&arn(0));
    let (_, stdout, _) = told(&["certificate", &arn(0)], 200, &own);
    assert_eq!(serde_json::from_str::<Value>(&stdout).unwrap(), own);
    for other in [&erasure, &certificate(&arn(1))] {
        let (code, stdout, stderr) = told(&["certificate", &arn(0)], 200, other);
        assert_eq!((code, &*stdout), (1, ""), "{stderr}");
    }
}

#[test]
fn the_words_of_a_server_that_refuses_are_one_error_and_one_hint() {
    let long = "x".repeat(1 << 20);
    for words in [EVIL, &long] {
        let (code, stdout, stderr) =
            told(&["source", "list"], 403, &json!({ "error": words, "hint": words }));
        assert_eq!((code, &*stdout), (5, ""));
        let lines: Vec<&str> = stderr.lines().collect();
        let [error, hint] = lines[..] else { panic!("{} lines", lines.len()) };
        assert!(error.starts_with("error: ") && hint.starts_with("hint: "));
        assert!(stderr.len() < 4096, "{} bytes", stderr.len());
    }
}

/// `certificate verify` said "the certificate holds", in the words of the certificate.
#[test]
fn a_certificate_cannot_say_that_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("evil.json");
    // The example of Go's notes: a good key, and nobody's here.
    let key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    std::fs::write(folder.path().join("key.pub"), key).unwrap();
    let proof = format!("c2sp.org/tlog-proof@v1\nindex 0\n\n{EVIL}\n\n— {EVIL} AAAA\n");
    for document in [
        json!({ "statement": EVIL, "proof": proof, "public_key": key }),
        json!({ "statement": EVIL, "proof": EVIL, "public_key": EVIL }),
        json!({ EVIL: 1 }),
        json!({
            "statement": format!("{{{:?}:1}}", EVIL.escape_debug().to_string()), "signature": EVIL,
            "log": { EVIL: EVIL }, "public_key": EVIL,
        }),
    ] {
        std::fs::write(&file, document.to_string()).unwrap();
        let mut command = sexton(&["certificate", "verify", "evil.json", "--public-key"]);
        let (code, stdout, stderr) = run(command.arg("key.pub").current_dir(folder.path()));
        assert_eq!((code, &*stdout), (5, ""), "{stderr}");
        assert_harmless(&stderr);
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert!(stderr.contains("evil.json does not hold"), "{stderr}");
    }
}
