//! Temporary keys from a service and a machine that a test plays.

use std::sync::{Arc, Mutex as StdMutex};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::http::StatusCode;
use serde_json::json;

use super::*;

/// What was asked: method, URI, body; and a header.
type Asked = Arc<StdMutex<Vec<(String, String, String)>>>;

/// Answers every request with the next of its answers, or with the last.
#[derive(Debug, Clone)]
struct Played {
    asked: Asked,
    answers: Arc<StdMutex<Vec<(u16, String)>>>,
}

impl HttpConnector for Played {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let header = |name| request.headers().get(name).unwrap_or_default().to_owned();
        let signed =
            format!("{}{}", header("authorization"), header("x-aliyun-ecs-metadata-token"));
        let line = format!("{} {}", request.method(), request.uri());
        self.asked.lock().unwrap().push((line, body, signed));
        let mut answers = self.answers.lock().unwrap();
        let (status, body) = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
        let status = StatusCode::try_from(status).unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(body))))
    }
}

fn wallet(origin: Origin, answers: &[(u16, &str)]) -> (Wallet, Asked) {
    let answers = answers.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
    let played = Played { asked: Asked::default(), answers: Arc::new(StdMutex::new(answers)) };
    let asked = Arc::clone(&played.asked);
    let address = |url| Address::read(url).unwrap();
    let wallet = Wallet {
        origin,
        connector: SharedHttpConnector::new(played),
        sts: address("http://sts.test"),
        metadata: address("http://machine.test"),
        present: Mutex::new(None),
    };
    (wallet, asked)
}

fn now() -> Timestamp {
    "2026-11-28T12:00:00Z".parse().unwrap()
}

fn role() -> Role {
    Role { arn: "acs:ram::1:role/r".to_owned(), session: "sexton".to_owned(), seconds: 900 }
}

fn by() -> Keys {
    Keys { id: "AK".to_owned(), secret: "hunter2".to_owned(), token: None, ends: None }
}

fn told(ends: &str) -> String {
    json!({"RequestId": "R", "Credentials": {
        "AccessKeyId": "STS.1", "AccessKeySecret": "s", "SecurityToken": "t", "Expiration": ends,
    }})
    .to_string()
}

#[tokio::test]
async fn a_role_is_taken_on_once_and_again_before_its_keys_end() {
    let origin = Origin::Role { by: by(), role: role(), external_id: Some("x y".to_owned()) };
    let (wallet, asked) = wallet(origin, &[(200, &told("2026-11-28T13:00:00Z"))]);
    for minute in [0, 30, 54] {
        let at = now().checked_add(Duration::from_mins(minute)).unwrap();
        assert_eq!(wallet.keys(at).await.unwrap().id, "STS.1");
    }
    assert_eq!(asked.lock().unwrap().len(), 1);
    wallet.keys(now().checked_add(Duration::from_mins(56)).unwrap()).await.unwrap();
    let asked = asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 2);
    let (line, body, signed) = &asked[0];
    assert!(line.starts_with("POST http://sts.test/?"), "{line}");
    for part in ["RoleArn=acs%3Aram%3A%3A1%3Arole%2Fr", "ExternalId=x%20y", "DurationSeconds=900"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(signed.starts_with("ACS3-HMAC-SHA256 Credential=AK,"), "{signed}");
    assert!(!format!("{line}{body}{signed}").contains("hunter2"));
}

#[tokio::test]
async fn a_token_of_another_provider_is_read_anew_and_sent_in_the_body() {
    let folder = std::env::temp_dir().join(format!("sexton-oidc-{}", std::process::id()));
    std::fs::write(&folder, " token-1\n").unwrap();
    let origin = Origin::Oidc {
        role: role(),
        provider_arn: "acs:ram::1:oidc-provider/p".to_owned(),
        token_file: folder.clone(),
    };
    let (wallet, asked) = wallet(origin, &[(200, &told("2026-11-28T13:00:00Z"))]);
    let keys = wallet.keys(now()).await.unwrap();
    assert_eq!(keys.token.as_deref(), Some("t"));
    let (line, body, signed) = asked.lock().unwrap()[0].clone();
    assert_eq!((line.as_str(), signed.as_str()), ("POST http://sts.test/", ""));
    assert!(body.contains("Action=AssumeRoleWithOIDC") && body.contains("OIDCToken=token-1"));
    std::fs::remove_file(&folder).unwrap();
    let (wallet, _) = self::wallet(wallet.origin, &[(200, "")]);
    let failure = wallet.keys(now()).await.unwrap_err();
    assert_eq!(failure.class, Class::Credentials);
    assert!(failure.message.contains("cannot read"), "{failure}");
}

#[tokio::test]
async fn a_machine_is_asked_for_a_token_first() {
    let keys = json!({"Code": "Success", "AccessKeyId": "STS.2", "AccessKeySecret": "s",
        "SecurityToken": "t", "Expiration": "2026-11-28T18:00:00Z"});
    let answers = [(200, "meta-1"), (200, &*keys.to_string())];
    let (wallet, asked) = wallet(Origin::Machine { role: "r/../x".to_owned() }, &answers);
    assert_eq!(wallet.keys(now()).await.unwrap().id, "STS.2");
    let asked = asked.lock().unwrap().clone();
    assert_eq!(asked[0].0, "PUT http://machine.test/latest/api/token");
    let path = "http://machine.test/latest/meta-data/ram/security-credentials/r%2F..%2Fx";
    assert_eq!((asked[1].0.clone(), &*asked[1].2), (format!("GET {path}"), "meta-1"));
}

#[tokio::test]
async fn no_keys_are_an_error_of_their_own_with_the_words_of_the_service() {
    let refused = json!({"RequestId": "R", "Code": "EntityNotExist.Role",
        "Message": "The role not exists: r."})
    .to_string();
    let leak = json!({"Code": "SignatureDoesNotMatch",
        "Message": "no. server string to sign is:secret"})
    .to_string();
    let leak_v3 = leak.replace("string to sign is:", "StringToSign is [");
    let long = json!({"Code": "x".repeat(1 << 20)}).to_string();
    for (status, body, class, said) in [
        (404, &*refused, Class::Credentials, "the role acs:ram::1:role/r cannot be taken on: The"),
        (400, &*leak, Class::Credentials, "no. server"),
        (400, &*leak_v3, Class::Credentials, "no. server"),
        (400, &*long, Class::Credentials, "cannot be taken on"),
        (400, r#"{"Code": "Throttling.User"}"#, Class::Throttled, "cannot be taken on"),
        (500, "", Class::Server, "cannot be taken on"),
        (200, "{}", Class::Credentials, "no temporary credentials"),
        (200, r#"{"Credentials": {"AccessKeyId": "a"}}"#, Class::Credentials, "no temporary"),
    ] {
        let origin = Origin::Role { by: by(), role: role(), external_id: None };
        let (wallet, _) = wallet(origin, &[(status, body)]);
        let failure = wallet.keys(now()).await.unwrap_err();
        assert_eq!(failure.class, class, "{failure}");
        assert!(failure.message.contains(said) && !failure.message.contains("secret"), "{failure}");
        assert!(failure.code.len() <= MESSAGE_CHARS_MAX, "{}", failure.code.len());
    }
}
