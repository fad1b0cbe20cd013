//! The access log: what was asked and answered, a line a request, in the form of AWS's application load balancer
//! (Elastic Load Balancing user guide, "Access logs for your Application Load Balancer").

use std::fmt::{self, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

use words::Timestamp;

use crate::routing::{GroupId, RouteId};

/// A request; its text is the line of the log.
#[derive(Clone, Debug)]
pub struct AccessEntry {
    /// `http`, `https`, `h2`, `ws` or `wss`.
    pub kind: &'static str,
    /// When it began.
    pub began: Timestamp,
    /// When its answer was at its end.
    pub ended: Timestamp,
    /// Which route it took.
    pub route: RouteId,
    /// From where it came.
    pub client: SocketAddr,
    /// The rule that it matched, the default being 0.
    pub priority: u32,
    /// The group that it was forwarded to.
    pub group: Option<GroupId>,
    /// The target that it was sent to last.
    pub target: Option<SocketAddr>,
    /// From its arrival until it was sent on.
    pub request_time: Option<Duration>,
    /// From then until the head of the answer came.
    pub target_time: Option<Duration>,
    /// From then until the answer's end.
    pub response_time: Option<Duration>,
    /// What the client was told.
    pub status: u16,
    /// What the target told.
    pub target_status: Option<u16>,
    /// Bytes of its body.
    pub received: u64,
    /// Bytes of its answer's body.
    pub sent: u64,
    /// Method, URL and version.
    pub request: String,
    /// Who the client says it is.
    pub user_agent: String,
    /// What is spoken in TLS: cipher and version.
    pub tls: Option<(String, &'static str)>,
    /// What the certificate is called that was shown: the balancer knows no name for it, its owner may add one.
    pub certificate: Option<String>,
    /// Its number.
    pub trace: String,
    /// The host that it was for.
    pub host: String,
    /// Where the client was sent.
    pub redirect: Option<String>,
    /// Why the balancer answered itself.
    pub error: Option<&'static str>,
}

/// Text in quotes, in which no character can end the line or the quotes.
struct Quoted<'a>(&'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char('"')?;
        for byte in self.0.bytes() {
            match byte {
                b'"' | b'\\' => write!(f, "\\x{byte:02X}")?,
                b' '..=b'~' => f.write_char(char::from(byte))?,
                _ => write!(f, "\\x{byte:02X}")?,
            }
        }
        f.write_char('"')
    }
}

/// Seconds, or -1 where something did not happen.
struct Seconds(Option<Duration>);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(time) => write!(f, "{:.3}", time.as_secs_f64()),
            None => f.write_str("-1"),
        }
    }
}

struct Maybe<T>(Option<T>);

impl<T: fmt::Display> fmt::Display for Maybe<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_char('-'),
        }
    }
}

impl fmt::Display for AccessEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = Maybe(self.target);
        let target_status = Maybe(self.target_status);
        let (cipher, version) = self.tls.as_ref().map_or(("-", "-"), |(cipher, version)| (cipher.as_str(), *version));
        let domain = self.tls.as_ref().map_or("-", |_| self.host.as_str());
        let certificate = self.certificate.as_deref().unwrap_or("-");
        let (action, place) = self.redirect.as_deref().map_or(("forward", "-"), |place| ("redirect", place));
        write!(f, "{} {} {} {} {target} ", self.kind, self.ended, self.route, self.client)?;
        write!(f, "{} {} {} ", Seconds(self.request_time), Seconds(self.target_time), Seconds(self.response_time))?;
        write!(f, "{} {target_status} {} {} ", self.status, self.received, self.sent)?;
        write!(f, "{} {} {cipher} {version} ", Quoted(&self.request), Quoted(&self.user_agent))?;
        write!(f, "{} {} {} ", Maybe(self.group.as_ref()), Quoted(&self.trace), Quoted(domain))?;
        write!(f, "{} {} {} ", Quoted(certificate), self.priority, self.began)?;
        write!(f, "{} {} ", Quoted(action), Quoted(place))?;
        write!(
            f,
            "{} \"{target}\" \"{target_status}\" \"-\" \"-\"",
            Quoted(self.error.filter(|_| self.redirect.is_none()).unwrap_or("-"))
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_fields_of_aws_in_their_order() {
        let time = |seconds: i128| Timestamp::from_nanos(1_530_569_000_186_641_000 + seconds * 1_000_000_000).unwrap();
        let entry = AccessEntry {
            kind: "https",
            began: time(0),
            ended: time(1),
            route: RouteId::new("app/blue"),
            client: "192.0.2.1:2817".parse().unwrap(),
            priority: 7,
            group: Some(GroupId::new("green")),
            target: Some("10.0.0.1:80".parse().unwrap()),
            request_time: Some(Duration::from_micros(86)),
            target_time: Some(Duration::from_millis(48)),
            response_time: None,
            status: 200,
            target_status: Some(200),
            received: 0,
            sent: 57,
            request: "GET https://www.example.com:443/\" HTTP/1.1".into(),
            user_agent: "curl/7\n\\".into(),
            tls: Some(("ECDHE-RSA-AES128-GCM-SHA256".into(), "TLSv1.2")),
            trace: "Root=1-a-b".into(),
            host: "www.example.com".into(),
            certificate: Some("arn:aws:acm:us-east-2:123456789012:certificate/1".into()),
            redirect: None,
            error: None,
        };
        assert_eq!(
            entry.to_string(),
            "https 2018-07-02T22:03:21.186641Z app/blue 192.0.2.1:2817 10.0.0.1:80 0.000 0.048 -1 200 200 0 57 \
             \"GET https://www.example.com:443/\\x22 HTTP/1.1\" \"curl/7\\x0A\\x5C\" ECDHE-RSA-AES128-GCM-SHA256 \
             TLSv1.2 green \"Root=1-a-b\" \"www.example.com\" \
             \"arn:aws:acm:us-east-2:123456789012:certificate/1\" 7 2018-07-02T22:03:20.186641Z \
             \"forward\" \"-\" \"-\" \"10.0.0.1:80\" \"200\" \"-\" \"-\""
        );
        let moved = AccessEntry { tls: None, redirect: Some("https://a/".into()), certificate: None, ..entry };
        let line = moved.to_string();
        assert!(
            line.contains("\"Root=1-a-b\" \"-\" \"-\" 7 2018-07-02T22:03:20.186641Z \"redirect\" \"https://a/\" \"-\""),
            "{line}"
        );
    }
}
