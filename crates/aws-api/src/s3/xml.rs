//! Documents that clients send, as trees of elements: small ones, of which bounds are checked while they are read.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::error::malformed;
use crate::error::Error;

/// Longest document: 10,000 parts with a checksum each take 3 MiB.
pub(crate) const DOCUMENT: usize = 4 << 20;
/// Most elements of one: 10,000 parts of eight.
const ELEMENTS: usize = 100_000;
/// Deepest nesting: none goes beyond six.
const DEPTH: usize = 12;

/// An element. Its name is without the prefix of a namespace; attributes are passed over.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Element {
    /// Its name.
    pub name: String,
    /// Its own text.
    pub text: String,
    /// The elements inside.
    pub children: Vec<Element>,
}

impl Element {
    /// The document's only element, if it has this name.
    ///
    /// # Errors
    /// When it is another one, or no document.
    pub fn parse(document: &[u8], name: &str) -> Result<Self, Error> {
        let text = std::str::from_utf8(document).map_err(|_| malformed())?;
        let mut reader = Reader::from_str(text);
        let mut open: Vec<Self> = Vec::new();
        let mut root = None;
        let mut count = 0;
        loop {
            match reader.read_event().map_err(|_| malformed())? {
                Event::Start(start) => {
                    count += 1;
                    if count > ELEMENTS || open.len() >= DEPTH || root.is_some() {
                        return Err(malformed());
                    }
                    let name = start.local_name().into_inner().to_owned();
                    open.push(Self { name, ..Self::default() });
                }
                Event::Empty(start) => {
                    count += 1;
                    if count > ELEMENTS || root.is_some() {
                        return Err(malformed());
                    }
                    let name = start.local_name().into_inner().to_owned();
                    close(Self { name, ..Self::default() }, &mut open, &mut root);
                }
                Event::End(_) => {
                    let element = open.pop().ok_or_else(malformed)?;
                    close(element, &mut open, &mut root);
                }
                Event::Text(text) => {
                    let text = text.xml10_content();
                    match open.last_mut() {
                        Some(element) => element.text.push_str(&text),
                        None if text.trim().is_empty() => {}
                        None => return Err(malformed()),
                    }
                }
                Event::CData(text) => {
                    let text = text.xml10_content();
                    open.last_mut().ok_or_else(malformed)?.text.push_str(&text);
                }
                Event::GeneralRef(reference) => {
                    let letter = match reference.resolve_char_ref().map_err(|_| malformed())? {
                        Some(letter) => letter,
                        None => match &*reference {
                            "amp" => '&',
                            "lt" => '<',
                            "gt" => '>',
                            "quot" => '"',
                            "apos" => '\'',
                            _ => return Err(malformed()),
                        },
                    };
                    open.last_mut().ok_or_else(malformed)?.text.push(letter);
                }
                Event::Decl(_) | Event::Comment(_) | Event::PI(_) => {}
                // A document that defines its own words may define any number of them.
                Event::DocType(_) => return Err(malformed()),
                Event::Eof => break,
            }
        }
        match root {
            Some(root) if open.is_empty() && root.name == name => Ok(root),
            _ => Err(malformed()),
        }
    }

    /// The children of this name.
    pub fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first child of this name.
    pub fn child<'e>(&'e self, name: &'e str) -> Option<&'e Self> {
        self.all(name).next()
    }

    /// The text of the first child of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.children.iter().find(|child| child.name == name).map(|child| child.text.as_str())
    }

    /// The same, if there must be one.
    pub(crate) fn need(&self, name: &str) -> Result<&str, Error> {
        self.get(name).ok_or_else(malformed)
    }
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None => *root = Some(element),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn documents_are_read_as_trees() {
        let document = br#"<?xml version="1.0"?><Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>
            <Object><Key>a&amp;b&#x20;<![CDATA[<c>]]></Key></Object><Object><Key> d </Key><x:VersionId xmlns:x="y"/></Object></Delete>"#;
        let root = Element::parse(document, "Delete").unwrap();
        assert_eq!(root.get("Quiet"), Some("true"));
        let keys: Vec<_> = root.all("Object").map(|object| object.need("Key").unwrap()).collect();
        assert_eq!(keys, ["a&b <c>", " d "]);
        assert_eq!(root.all("Object").nth(1).unwrap().get("VersionId"), Some(""));
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let deep = "<a>".repeat(20) + &"</a>".repeat(20);
        let wide = format!("<a>{}</a>", "<b/>".repeat(100_001));
        for document in [
            "",
            "a",
            "<a>",
            "<a></b>",
            "</a>",
            "<b/>",
            "<a/><a/>",
            "<a>&x;</a>",
            "<a/>x",
            "<!DOCTYPE a [<!ENTITY x \"y\">]><a/>",
            "<a>&#x110000;</a>",
            &deep,
            &wide,
        ] {
            assert!(
                Element::parse(document.as_bytes(), "a").is_err(),
                "{}",
                document.chars().take(40).collect::<String>()
            );
        }
        assert!(Element::parse(b"<a>\xff</a>", "a").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[<>/&;!?a \\[\\]-]{0,60}") {
            let _ = Element::parse(text.as_bytes(), "a");
        }
    }
}
