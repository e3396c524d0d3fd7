//! A request, before anybody believes it.
//!
//! The first signature has everything in parameters, the third has its own part in headers. A
//! client of the first sends some of these headers too; they are not signed and not looked at.

use http::request::Parts;
use http::{HeaderMap, Method};

use super::error::Error;
use super::parameters::Parameters;
use super::reply::Format;
use super::{VERSION, signature, sts};
use crate::aws::dispatch::is_form;
use crate::aws::percent::find_form;

/// How a request is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// HMAC-SHA1 over the parameters.
    V1,
    /// `ACS3-HMAC-SHA256` over headers, query and body.
    V3,
}

/// A request whose form is right. Its `Debug` shows no values of parameters.
#[derive(Debug)]
pub struct Request<'a> {
    method: &'a Method,
    query: &'a str,
    authority: Option<&'a str>,
    headers: &'a HeaderMap,
    body: Body<'a>,
    parameters: Parameters,
    scheme: Scheme,
    api: Api,
    action: String,
    format: Format,
}

/// Which API a request is for: its version says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// RDS.
    Rds,
    /// The service that says whose an access key is.
    Sts,
}

impl Api {
    fn of(version: &str) -> Result<Self, Error> {
        match version {
            VERSION => Ok(Self::Rds),
            sts::VERSION => Ok(Self::Sts),
            _ => Err(Error::wrong_version()),
        }
    }
}

/// Bytes that `Debug` does not show.
struct Body<'a>(&'a [u8]);

impl std::fmt::Debug for Body<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl<'a> Request<'a> {
    /// Reads a request: method, path, parameters, and what says for which action of which
    /// version it is.
    pub fn parse(parts: &'a Parts, body: &'a [u8]) -> Result<Self, Error> {
        let Parts { method, uri, headers, .. } = parts;
        if method != Method::GET && method != Method::POST {
            return Err(Error::unsupported_method());
        }
        if !matches!(uri.path(), "/" | "") {
            return Err(Error::unknown_action());
        }
        let has_form = is_form(method, headers);
        if !has_form && !body.is_empty() {
            let detail = "a body is a form, application/x-www-form-urlencoded, sent by POST";
            return Err(Error::malformed(detail));
        }
        let query = uri.query().unwrap_or("");
        let parameters = Parameters::parse(query, body)?;
        let scheme = scheme(headers)?;
        let named = match scheme {
            Scheme::V1 => [parameters.get("Action"), parameters.get("Version")],
            Scheme::V3 => ["x-acs-action", "x-acs-version"].map(|name| header(headers, name)),
        };
        let [action, version] = named.map(|text| text.filter(|it| !it.is_empty()));
        let action = action.ok_or_else(|| Error::missing("Action"))?.to_owned();
        let version = version.ok_or_else(|| Error::missing("Version"))?;
        let api = Api::of(version)?;
        if scheme == Scheme::V3 && parameters.get("Action").is_some_and(|it| it != action) {
            let detail = "the header x-acs-action names another one";
            return Err(Error::invalid("Action", detail));
        }
        let format = match (parameters.given("Format"), scheme) {
            (Some(text), _) => {
                Format::read(text).ok_or_else(|| Error::invalid("Format", "it is JSON or XML"))?
            }
            (None, Scheme::V1) => Format::Xml,
            (None, Scheme::V3) => Format::Json,
        };
        let authority = uri.authority().map(http::uri::Authority::as_str);
        let body = Body(body);
        Ok(Self {
            method,
            query,
            authority,
            headers,
            body,
            parameters,
            scheme,
            api,
            action,
            format,
        })
    }

    /// Which API it is for.
    pub fn api(&self) -> Api {
        self.api
    }

    /// The action, in the client's words.
    pub fn action(&self) -> &str {
        &self.action
    }

    /// How the answer is to be written.
    pub fn format(&self) -> Format {
        self.format
    }

    /// How it is signed.
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Its parameters, from query and form.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// The region that it is for, where the client says so.
    pub fn region(&self) -> Option<&str> {
        self.parameters.given("RegionId")
    }

    pub(super) fn method(&self) -> &str {
        self.method.as_str()
    }

    /// The parameters of the query alone.
    pub(super) fn query(&self) -> Result<Parameters, Error> {
        Parameters::parse(self.query, b"")
    }

    pub(super) fn body(&self) -> &[u8] {
        self.body.0
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        self.headers
    }

    /// The host in the request's target, which stands in for the header in HTTP/2.
    pub(super) fn authority(&self) -> Option<&str> {
        self.authority
    }
}

/// How the answer to a request is to be written, also to one that [`Request::parse`] refuses.
pub fn format(parts: &Parts, body: &[u8]) -> Format {
    let form = if is_form(&parts.method, &parts.headers) { body } else { b"" };
    let form = std::str::from_utf8(form).unwrap_or("");
    let query = parts.uri.query().unwrap_or("");
    let said = find_form(query, "Format").or_else(|| find_form(form, "Format"));
    let default = || match scheme(&parts.headers) {
        Ok(Scheme::V1) => Format::Xml,
        // Whoever sends a header that is no signature of this cloud reads JSON rather.
        Ok(Scheme::V3) | Err(_) => Format::Json,
    };
    said.and_then(|text| Format::read(&text)).unwrap_or_else(default)
}

fn scheme(headers: &HeaderMap) -> Result<Scheme, Error> {
    match headers.get(http::header::AUTHORIZATION) {
        None => Ok(Scheme::V1),
        Some(value) if value.as_bytes().starts_with(signature::V3_ALGORITHM.as_bytes()) => {
            Ok(Scheme::V3)
        }
        Some(_) => {
            let detail = "Authorization begins with ACS3-HMAC-SHA256, or is not there";
            Err(Error::incomplete_signature(detail))
        }
    }
}

/// The value of a header that is there once and is plain text.
pub(super) fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        (Some(_), Some(_)) | (None, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
    const V3: [(&str, &str); 3] = [
        ("authorization", "ACS3-HMAC-SHA256 Credential=a,SignedHeaders=host,Signature=00"),
        ("x-acs-action", "DeleteBackup"),
        ("x-acs-version", VERSION),
    ];

    fn parts(method: &str, target: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = http::Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn refusal(parts: &Parts, body: &[u8]) -> (u16, String) {
        let error = Request::parse(parts, body).unwrap_err();
        (error.status, error.code.into_owned())
    }

    #[test]
    fn the_first_signature_has_everything_in_parameters() {
        let target = "/?Action=DeleteBackup&Version=2014-08-15&Format=json&RegionId=cn-hangzhou";
        let by_query = parts("GET", target, &[("x-acs-action", "Other")]);
        let request = Request::parse(&by_query, b"").unwrap();
        assert_eq!((request.action(), request.format()), ("DeleteBackup", Format::Json));
        assert_eq!((request.scheme(), request.region()), (Scheme::V1, Some("cn-hangzhou")));
        let by_form = parts("POST", "/", &[FORM]);
        let form = b"Action=DeleteBackup&Version=2014-08-15&BackupId=1";
        let request = Request::parse(&by_form, form).unwrap();
        assert_eq!(request.parameters().get("BackupId"), Some("1"));
        assert_eq!(request.format(), Format::Xml);
    }

    #[test]
    fn the_third_signature_has_the_action_in_a_header() {
        let by_header = parts("POST", "/?BackupId=1%2C2", &V3);
        let request = Request::parse(&by_header, b"").unwrap();
        assert_eq!((request.action(), request.scheme()), ("DeleteBackup", Scheme::V3));
        assert_eq!(request.format(), Format::Json);
        let other = parts("POST", "/?Action=DescribeBackups", &V3);
        assert_eq!(refusal(&other, b""), (400, "InvalidParameter".to_owned()));
    }

    #[test]
    fn every_fault_has_its_error() {
        const WHOLE: &str = "Action=DeleteBackup&Version=2014-08-15";
        let target = |more: &str| format!("/?{WHOLE}{more}");
        for (method, target, headers, body, status, code) in [
            ("PUT", target(""), vec![], "", 400, "UnsupportedHTTPMethod"),
            ("GET", format!("/pre/?{WHOLE}"), vec![], "", 404, "InvalidApi.NotFound"),
            ("GET", "/?Version=2014-08-15".to_owned(), vec![], "", 400, "MissingAction"),
            ("GET", "/?Action=&Version=2014-08-15".to_owned(), vec![], "", 400, "MissingAction"),
            ("GET", "/?Action=DeleteBackup".to_owned(), vec![], "", 400, "MissingVersion"),
            ("GET", "/?Action=a&Version=2011-06-15".to_owned(), vec![], "", 400, "InvalidVersion"),
            ("GET", target("&Format=yaml"), vec![], "", 400, "InvalidParameter"),
            ("GET", target("&a=%"), vec![], "", 400, "InvalidParameter"),
            ("POST", target(""), vec![], "a=1", 400, "InvalidParameter"),
            ("GET", target(""), vec![FORM], "a=1", 400, "InvalidParameter"),
            ("POST", target(""), vec![FORM], "Action=DeleteBackup", 400, "InvalidParameter"),
            (
                "POST",
                target(""),
                vec![("authorization", "AWS4-HMAC-SHA256 x")],
                "",
                400,
                "IncompleteSignature",
            ),
            ("POST", "/".to_owned(), V3[..1].to_vec(), "", 400, "MissingAction"),
            ("POST", "/".to_owned(), V3[..2].to_vec(), "", 400, "MissingVersion"),
        ] {
            let found = refusal(&parts(method, &target, &headers), body.as_bytes());
            assert_eq!(found, (status, code.to_owned()), "{method} {target} {body}");
        }
    }

    #[test]
    fn the_format_is_known_also_where_the_request_is_refused() {
        let format = |target: &str, headers: &[(&str, &str)], body: &[u8]| {
            format(&parts("POST", target, headers), body)
        };
        assert_eq!(format("/?Format=JSON&%", &[], b""), Format::Json);
        assert_eq!(format("/", &[FORM], b"Format=json&a=\x25"), Format::Json);
        assert_eq!(format("/", &[FORM], b"\xff"), Format::Xml);
        assert_eq!(format("/?Format=yaml", &V3, b""), Format::Json);
        assert_eq!(format("/?Format=xml", &V3, b""), Format::Xml);
        assert_eq!(format("/", &[("authorization", "Basic x")], b""), Format::Json);
    }

    #[test]
    fn no_value_of_a_request_is_shown() {
        let whole = b"Action=a&Version=2014-08-15&SecurityToken=hunter2";
        let parts = parts("POST", "/", &[FORM]);
        let shown = format!("{:?}", Request::parse(&parts, whole).unwrap());
        assert!(!shown.contains("hunter2"), "{shown}");
    }

    proptest! {
        #[test]
        fn no_request_makes_it_panic(
            target in "/{1,2}[a-z%]{0,3}(\\?((Action|Version|Format)=[%0-9a-f.-]{0,12}&?){0,4})?",
            header in "[ -~]{0,20}",
            v3: bool,
            body in prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..60),
                "((Action|Version|Format)=(2014-08-15|[%+0-9a-f.]{0,9})&?){0,3}"
                    .prop_map(String::into_bytes),
            ],
        ) {
            let prefix = if v3 { "ACS3-HMAC-SHA256" } else { "" };
            let authorization = format!("{prefix}{header}");
            let headers = [FORM, ("x-acs-action", &header), ("authorization", &authorization)];
            for count in 0..=headers.len() {
                for method in ["GET", "POST"] {
                    let parts = parts(method, &target, &headers[..count]);
                    format(&parts, &body);
                    Request::parse(&parts, &body).ok();
                }
            }
        }
    }
}
