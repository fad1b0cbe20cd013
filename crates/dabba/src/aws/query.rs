//! Requests of the query protocol to Elastic Beanstalk: signed as any client's.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_api::elasticbeanstalk::extension;
use aws_api::sign::made::{self, Signer};
use quick_xml::Reader;
use quick_xml::events::Event;
use words::{Secret, Timestamp};

use crate::daemon::aws::{Endpoint, Key};

/// How long an answer may take: the server gives up before.
const PATIENCE: Duration = Duration::from_secs(70);
/// Bytes of an answer that are read: a thousand environments are less.
const ANSWER: u64 = 64 << 20;

/// Who asks, and where.
pub(crate) struct Query {
    host: String,
    region: String,
    signer: Signer,
}

/// An answer: XML.
pub(crate) struct Answer(String);

impl Query {
    pub(crate) fn new(endpoint: &Endpoint, key: Key) -> Result<Self> {
        let (id, secret) = (key.access_key_id, Secret::new(key.secret_access_key));
        Self::of(&endpoint.endpoint, endpoint.region.clone(), Signer { id, secret, token: None })
    }

    fn of(url: &str, region: String, signer: Signer) -> Result<Self> {
        let Some(host) = url.strip_prefix("http://") else {
            bail!("{url}: the address of Amazon's services must be http://ADDRESS:PORT here");
        };
        let host = host.trim_end_matches('/');
        let host = if host.contains(':') { host.to_owned() } else { format!("{host}:80") };
        Ok(Self { host, region, signer })
    }

    /// By the variables of `aws`, and where these say nothing, by what the daemon with this exec root has written down.
    pub(crate) fn from_variables(exec_root: &Path) -> Result<Self> {
        let variable =
            |names: &[&str]| names.iter().find_map(|name| std::env::var(name).ok().filter(|text| !text.is_empty()));
        let url = variable(&["AWS_ENDPOINT_URL_ELASTIC_BEANSTALK", "AWS_ENDPOINT_URL"]);
        let (url, own) = match (url, super::endpoint(exec_root)) {
            (Some(url), Ok(own)) if own.endpoint == url => (url, Some(own)),
            (Some(url), _) => (url, None),
            (None, own) => {
                let own = own?;
                (own.endpoint.clone(), Some(own))
            }
        };
        let region = variable(&["AWS_REGION", "AWS_DEFAULT_REGION"]);
        let region = region.or_else(|| own.as_ref().map(|own| own.region.clone()));
        let signer = match (variable(&["AWS_ACCESS_KEY_ID"]), variable(&["AWS_SECRET_ACCESS_KEY"]), &own) {
            (Some(id), Some(secret), _) => {
                Signer { id, secret: Secret::new(secret), token: variable(&["AWS_SESSION_TOKEN"]).map(Secret::new) }
            }
            (None, None, Some(own)) => {
                let key = super::key(own).context("neither AWS_ACCESS_KEY_ID nor the administrator's key")?;
                Signer { id: key.access_key_id, secret: Secret::new(key.secret_access_key), token: None }
            }
            _ => bail!("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set: eval \"$(dabba aws env)\""),
        };
        Self::of(&url, region.unwrap_or_else(|| "us-east-1".into()), signer)
    }

    /// Asks for an operation.
    ///
    /// # Errors
    /// When it cannot be reached, or refuses: the message is the service's.
    pub(crate) fn ask(&self, action: &str, parameters: &[(&str, &str)]) -> Result<Answer> {
        self.ask_version("2010-12-01", action, parameters)
    }

    /// Asks for an operation that Amazon does not have.
    ///
    /// # Errors
    /// As of [`Self::ask`].
    pub(crate) fn extended(&self, action: &str, parameters: &[(&str, &str)]) -> Result<Answer> {
        self.ask_version(extension::shapes::MODEL.version, action, parameters)
    }

    fn ask_version(&self, version: &str, action: &str, parameters: &[(&str, &str)]) -> Result<Answer> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", action).append_pair("Version", version);
        let form = form.extend_pairs(parameters).finish();
        let signed = made::post(&self.host, "elasticbeanstalk", &self.region, &form, &self.signer, Timestamp::now());
        let signed = signed.map_err(|error| anyhow::anyhow!("signing {action}: {error}"))?;
        let mut head = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\nConnection: close\r\n", form.len());
        for (name, value) in &signed {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let asked = || -> std::io::Result<String> {
            let mut stream = TcpStream::connect(&self.host)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.write_all(head.as_bytes())?;
            stream.write_all(form.as_bytes())?;
            let mut answer = String::new();
            stream.take(ANSWER).read_to_string(&mut answer)?;
            Ok(answer)
        };
        let answer = asked().with_context(|| format!("asking {} for {action}", self.host))?;
        let (head, body) = answer.split_once("\r\n\r\n").context("an answer without an end of its head")?;
        let answer = Answer(body.to_owned());
        if !head.starts_with("HTTP/1.1 200") {
            bail!(
                "{action}: {}",
                answer.text("Message").unwrap_or_else(|| head.lines().next().unwrap_or_default().into())
            );
        }
        Ok(answer)
    }
}

impl Answer {
    /// The text of the first element of this name.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.texts(name).into_iter().next()
    }

    /// The texts of all elements of this name.
    pub(crate) fn texts(&self, name: &str) -> Vec<String> {
        let mut found = Vec::new();
        self.walk(|path, text| {
            if path.last().is_some_and(|last| last == name) {
                found.push(text);
            }
        });
        found
    }

    /// The members of the lists of this name: the texts of each by their elements' names.
    pub(crate) fn members(&self, list: &str) -> Vec<BTreeMap<String, String>> {
        let (mut found, mut open) = (Vec::new(), BTreeMap::new());
        self.walk(|path, text| match path {
            [.., parent, member, name] if parent == list && member == "member" => {
                open.insert(name.clone(), text);
            }
            [.., parent, member] if parent == list && member == "member" => found.push(std::mem::take(&mut open)),
            _ => {}
        });
        found
    }

    /// Each element at its end: the names that lead to it, and its text.
    fn walk(&self, mut visit: impl FnMut(&[String], String)) {
        let mut reader = Reader::from_str(&self.0);
        let (mut path, mut inside) = (Vec::new(), String::new());
        loop {
            match reader.read_event() {
                Ok(Event::Start(start)) => {
                    path.push(start.name().as_ref().to_owned());
                    inside.clear();
                }
                Ok(Event::Empty(empty)) => {
                    path.push(empty.name().as_ref().to_owned());
                    visit(&path, String::new());
                    path.pop();
                }
                Ok(Event::Text(text)) => inside.push_str(&text.xml10_content()),
                Ok(Event::GeneralRef(reference)) => inside.push_str(&resolved(&reference)),
                Ok(Event::End(_)) => {
                    visit(&path, std::mem::take(&mut inside));
                    path.pop();
                }
                Ok(Event::Eof) | Err(_) => return,
                Ok(_) => {}
            }
        }
    }
}

/// What `&amp;` and the like stand for.
fn resolved(reference: &quick_xml::events::BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.into();
    }
    let name: &str = reference;
    quick_xml::escape::resolve_predefined_entity(name).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_elements_are_found() {
        let answer = Answer(
            "<A><member><Status>Ready</Status></member><member><Status>Gone</Status><Note>a &lt;b&gt; \
             &#38;</Note><None/></member></A>"
                .into(),
        );
        assert_eq!(answer.texts("Status"), ["Ready", "Gone"]);
        assert_eq!(answer.text("Health"), None);
        let members = answer.members("A");
        assert_eq!(members.len(), 2);
        assert_eq!((members[1]["Note"].as_str(), members[1]["None"].as_str()), ("a <b> &", ""));
    }

    #[test]
    fn addresses_are_plain_http() {
        let signer = || Signer { id: "A".into(), secret: Secret::new("s".to_owned()), token: None };
        assert_eq!(Query::of("http://127.0.0.1:4566/", "x".into(), signer()).ok().unwrap().host, "127.0.0.1:4566");
        assert_eq!(Query::of("http://aws.test", "x".into(), signer()).ok().unwrap().host, "aws.test:80");
        assert!(Query::of("https://aws.test", "x".into(), signer()).is_err());
    }
}
