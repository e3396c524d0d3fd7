//! Which API a request is for: several clouds share one port.
//!
//! Decided from headers, path and form alone, before any signature is looked at, so that
//! a refusal can be worded in the caller's own protocol.

use std::borrow::Cow;

use http::request::Parts;
use http::{HeaderMap, Method};

use super::fsx::TARGET_PREFIX;
use super::percent::find_form;
use super::route::is_backup_path;

/// The API that a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Api<'a> {
    /// AWS Backup.
    Backup,
    /// Amazon FSx.
    Fsx {
        /// The operation, from `X-Amz-Target`.
        operation: &'a str,
    },
    /// AWS IAM.
    Iam,
    /// AWS STS.
    Sts,
    /// ApsaraDB RDS.
    Rds {
        /// The action, where it is given.
        action: Option<Cow<'a, str>>,
    },
    /// None of these: the server's own paths, or nothing at all.
    Other,
}

/// The API version by which IAM is called.
const IAM_VERSION: &str = "2010-05-08";

/// The API version by which STS is called.
const STS_VERSION: &str = "2011-06-15";

/// The API version by which RDS is called.
const RDS_VERSION: &str = "2014-08-15";

/// Tells which API a request is for.
pub fn dispatch<'a>(parts: &'a Parts, body: &'a [u8]) -> Api<'a> {
    let path = parts.uri.path();
    if path != "/" && is_backup_path(path) {
        return Api::Backup;
    }
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(operation) = text("x-amz-target").and_then(|it| it.strip_prefix(TARGET_PREFIX)) {
        return Api::Fsx { operation };
    }
    let query = parts.uri.query().unwrap_or("");
    let form = form(&parts.method, &parts.headers, body);
    let parameter = |name| find_form(query, name).or_else(|| find_form(form, name));
    let apsara = text("authorization").is_some_and(|value| value.starts_with("ACS3-"));
    if let Some(action) = text("x-acs-action") {
        return Api::Rds { action: Some(Cow::Borrowed(action)) };
    }
    let version = parameter("Version");
    let action = parameter("Action");
    let v1 = action.is_some() && parameter("SignatureVersion").as_deref() == Some("1.0");
    if apsara || v1 || version.as_deref() == Some(RDS_VERSION) {
        return Api::Rds { action };
    }
    if version.as_deref() == Some(IAM_VERSION) {
        return Api::Iam;
    }
    if version.as_deref() == Some(STS_VERSION) {
        return Api::Sts;
    }
    Api::Other
}

/// Whether a request is a POST of a form: then what it asks for may stand in its body.
pub fn is_form(method: &Method, headers: &HeaderMap) -> bool {
    let content_type = headers.get(http::header::CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let media = content_type.and_then(|it| it.split(';').next()).unwrap_or("").trim();
    method == Method::POST && media.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// The form of a POST, or nothing.
pub(crate) fn form<'a>(method: &Method, headers: &HeaderMap, body: &'a [u8]) -> &'a str {
    if is_form(method, headers) { std::str::from_utf8(body).unwrap_or("") } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;
    use proptest::prelude::*;

    fn parts(method: &str, target: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");

    #[test]
    fn paths_of_backup_are_backups() {
        for path in [
            "/backup-vaults",
            "/backup-vaults/a?x=1",
            "/tags/arn%3Aa/",
            "/untag/a",
            "/backup-jobs",
            "/restore-jobs/",
            "/resources/a",
            "/legal-holds/",
            "//backup-vaults",
        ] {
            assert_eq!(dispatch(&parts("GET", path, &[]), b""), Api::Backup, "{path}");
        }
    }

    #[test]
    fn fsx_is_told_by_its_target() {
        let target = ("X-Amz-Target", "AWSSimbaAPIService_v20180301.DeleteBackup");
        let parts = parts("POST", "/", &[target]);
        assert_eq!(dispatch(&parts, b"{}"), Api::Fsx { operation: "DeleteBackup" });
    }

    #[test]
    fn the_version_tells_sts_from_rds() {
        let sts = b"Action=GetCallerIdentity&Version=2011-06-15";
        let rds = b"Action=DeleteBackup&Version=2014-08-15";
        let post = parts("POST", "/", &[FORM]);
        assert_eq!(dispatch(&post, sts), Api::Sts);
        assert_eq!(dispatch(&post, b"Action=GetRole&Version=2010-05-08"), Api::Iam);
        let action = Some(Cow::Borrowed("DeleteBackup"));
        assert_eq!(dispatch(&post, rds), Api::Rds { action });
        let get = parts("GET", "/?Action=GetCallerIdentity&Version=2011-06-15", &[]);
        assert_eq!(dispatch(&get, b""), Api::Sts);
    }

    #[test]
    fn rds_v3_is_told_by_its_headers() {
        let named = parts("POST", "/?BackupId=1", &[("x-acs-action", "DeleteBackup")]);
        let action = Some(Cow::Borrowed("DeleteBackup"));
        assert_eq!(dispatch(&named, b""), Api::Rds { action });
        let signed = parts("POST", "/", &[("authorization", "ACS3-HMAC-SHA256 Credential=a")]);
        assert_eq!(dispatch(&signed, b""), Api::Rds { action: None });
    }

    #[test]
    fn the_rest_is_the_servers() {
        for path in ["/", "/healthz", "/metrics", "/_sexton/dev/clock"] {
            assert_eq!(dispatch(&parts("POST", path, &[]), b"{}"), Api::Other, "{path}");
        }
    }

    proptest! {
        #[test]
        fn no_request_makes_it_panic(
            form: bool,
            target in "/{1,2}[a-z%/-]{0,9}(\\?((Action|SignatureVersion)=[%0-9a-f.]{0,9}&?){0,3})?",
            header in "[ -~]{0,20}",
            body in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..60),
                "((Action|Version|SignatureVersion)=(2011-06-15|[%+0-9a-f.]{0,9})&?){0,3}"
                    .prop_map(String::into_bytes),
            ],
        ) {
            let headers = [FORM, ("x-amz-target", header.as_str()), ("x-acs-action", &header)];
            let method = if form { "POST" } else { "GET" };
            for count in 0..=headers.len() {
                dispatch(&parts(method, &target, &headers[..count]), &body);
            }
        }
    }
}
