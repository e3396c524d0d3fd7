//! `--role-arn`: the credentials of the role are asked for, and then used.

use std::sync::{Arc, Mutex};

use crate::vault::{Service, arn, run, sexton};
use crate::web::{self, Request};

const ROLE: &str = "arn:aws:iam::123456789012:role/Sweeper";

/// What AWS's security token service answers.
const ASSUMED: &str = "\
<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>
<AssumedRoleUser><AssumedRoleId>AROA:sexton</AssumedRoleId>
<Arn>arn:aws:sts::123456789012:assumed-role/Sweeper/sexton</Arn></AssumedRoleUser>
<Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>of-the-role</SecretAccessKey>
<SessionToken>the-token</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>
</AssumeRoleResult></AssumeRoleResponse>";

const REFUSED: &str = "\
<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>
<Code>AccessDenied</Code><Message>not authorized to perform: sts:AssumeRole</Message></Error>
<RequestId>r-1</RequestId></ErrorResponse>";

/// A token service that answers so, and what it was asked.
fn token_service(status: u16, answer: &'static str) -> (String, Arc<Mutex<Vec<Request>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let endpoint = web::serve(move |request| {
        log.lock().unwrap().push(request.clone());
        (status, None, answer.to_owned())
    });
    (endpoint, asked)
}

#[test]
fn a_role_is_assumed_and_every_request_is_signed_as_the_role() {
    let service = Service::start(3, &[]);
    let (endpoint, asked) = token_service(200, ASSUMED);
    let (one, other) = (arn(0), arn(1));
    let arguments = ["--role-arn", ROLE, "--external-id", "ticket/7", "--vault", "v", "-y"];
    let mut command = service.sexton(&arguments);
    let (code, _, stderr) = run(command.args([one, other]).env("AWS_ENDPOINT_URL_STS", endpoint));
    assert_eq!(code, 0, "{stderr}");

    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 1, "the role is assumed once");
    for part in [
        "Action=AssumeRole&",
        "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2FSweeper&",
        "&RoleSessionName=sexton",
        "&ExternalId=ticket%2F7",
    ] {
        assert!(asked[0].body.contains(part), "{part}: {}", asked[0].body);
    }
    let own = "AWS4-HMAC-SHA256 Credential=test/";
    assert!(asked[0].header("authorization").starts_with(own));

    let requests = service.requests();
    assert_eq!(requests.iter().filter(|it| it.method == "DELETE").count(), 2);
    for request in requests {
        let authorization = request.header("authorization");
        let role = "AWS4-HMAC-SHA256 Credential=ASIAROLE/";
        assert!(authorization.starts_with(role), "{authorization}");
        assert!(authorization.contains("x-amz-security-token"), "{authorization}");
        assert_eq!(request.header("x-amz-security-token"), "the-token");
    }
}

#[test]
fn a_role_that_may_not_be_assumed_is_named_and_nothing_is_sent() {
    let service = Service::start(3, &[]);
    let (endpoint, _asked) = token_service(403, REFUSED);
    let mut command = service.sexton(&["--role-arn", ROLE, "--vault", "v", "-y", &arn(0)]);
    let (code, _, stderr) = run(command.env("AWS_ENDPOINT_URL_STS", endpoint));
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("not authorized to perform: sts:AssumeRole"), "{stderr}");
    assert!(stderr.contains(ROLE), "{stderr}");
    assert_eq!(service.count(""), 0);
}

#[test]
fn a_role_is_assumed_with_the_profile_that_is_named() {
    let service = Service::start(1, &[]);
    let (endpoint, asked) = token_service(200, ASSUMED);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    let keys = "aws_access_key_id = OFPROFILE\naws_secret_access_key = x\n";
    std::fs::write(&file, format!("[profile p]\n{keys}")).unwrap();
    let arguments = ["--profile", "p", "--role-arn", ROLE, "--vault", "v", "-y", &arn(0)];
    let mut command = service.sexton(&arguments);
    command.env("AWS_ENDPOINT_URL_STS", endpoint).env("AWS_CONFIG_FILE", &file);
    let (code, _, stderr) = run(&mut command);
    assert_eq!(code, 0, "{stderr}");
    let asked = asked.lock().unwrap();
    let own = "AWS4-HMAC-SHA256 Credential=OFPROFILE/";
    assert!(asked[0].header("authorization").starts_with(own), "{:?}", asked[0].headers);
}

/// AWS was asked for it: it was shown whose key that is, and knows neither the key nor the role.
#[test]
fn a_role_is_assumed_where_the_service_is() {
    for in_environment in [false, true] {
        let asked: Arc<Mutex<Vec<Request>>> = Arc::default();
        let log = Arc::clone(&asked);
        let endpoint = web::serve(move |request| {
            log.lock().unwrap().push(request.clone());
            if request.body.contains("Action=AssumeRole&") {
                (200, None, ASSUMED.to_owned())
            } else {
                (403, Some("AccessDeniedException"), "{}".to_owned())
            }
        });
        let mut command = sexton(&["delete", "--role-arn", ROLE, "--vault", "v", "-y", &arn(0)]);
        if in_environment {
            command.env("AWS_ENDPOINT_URL_BACKUP", &endpoint);
        } else {
            command.args(["--endpoint-url", &endpoint]);
        }
        let (_, _, stderr) = run(&mut command);
        let asked = asked.lock().unwrap();
        let keys: Vec<_> = asked.iter().map(|it| it.header("authorization").to_owned()).collect();
        let [own, of_role @ ..] = &keys[..] else { panic!("nothing was asked: {stderr}") };
        assert!(own.contains("Credential=test/"), "{own}");
        assert!(
            !of_role.is_empty() && of_role.iter().all(|it| it.contains("Credential=ASIAROLE/"))
        );
    }
}
