//! Requests of the query protocol to the daemon's own services: signed as any client's.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use aws_api::sign::made;
use quick_xml::Reader;
use quick_xml::events::Event;
use words::{Secret, Timestamp};

use crate::daemon::aws::{Endpoint, Key};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Who asks, and where.
pub(crate) struct Query {
    host: String,
    region: String,
    id: String,
    secret: Secret,
}

/// An answer: XML.
pub(crate) struct Answer(String);

impl Query {
    pub(crate) fn new(endpoint: &Endpoint, key: Key) -> Self {
        let host = endpoint.endpoint.trim_start_matches("http://").to_owned();
        let secret = Secret::new(key.secret_access_key);
        Self { host, region: endpoint.region.clone(), id: key.access_key_id, secret }
    }

    /// Asks Elastic Beanstalk for an operation.
    ///
    /// # Errors
    /// When it cannot be reached, or refuses: the message is the service's.
    pub(crate) fn ask(&self, action: &str, parameters: &[(&str, &str)]) -> Result<Answer> {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("Action", action).append_pair("Version", "2010-12-01");
        let form = form.extend_pairs(parameters).finish();
        let signer = (self.id.as_str(), &self.secret);
        let signed = made::post(&self.host, "elasticbeanstalk", &self.region, &form, signer, Timestamp::now());
        let (date, authorization) = signed.map_err(|error| anyhow::anyhow!("signing {action}: {error}"))?;
        let head = format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: {}\r\nX-Amz-Date: {date}\r\nAuthorization: \
             {authorization}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.host,
            made::FORM,
            form.len()
        );
        let asked = || -> std::io::Result<String> {
            let mut stream = TcpStream::connect(&self.host)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            stream.write_all(head.as_bytes())?;
            stream.write_all(form.as_bytes())?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
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
        let mut reader = Reader::from_str(&self.0);
        let (mut found, mut inside) = (Vec::new(), None::<String>);
        loop {
            match reader.read_event() {
                Ok(Event::Start(start)) if start.name().as_ref() == name => inside = Some(String::new()),
                Ok(Event::Text(text)) => {
                    if let Some(inside) = &mut inside {
                        inside.push_str(&text.xml10_content());
                    }
                }
                Ok(Event::End(end)) if end.name().as_ref() == name => found.extend(inside.take()),
                Ok(Event::Eof) | Err(_) => return found,
                Ok(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_elements_are_found() {
        let answer =
            Answer("<A><member><Status>Ready</Status></member><member><Status>Gone</Status></member></A>".into());
        assert_eq!(answer.texts("Status"), ["Ready", "Gone"]);
        assert_eq!(answer.text("Health"), None);
    }
}
