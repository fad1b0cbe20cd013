//! What a browser sends: the fields of a form, in a body or in a query.

use crate::error::Error;
use crate::limits;

/// The fields of a form, in order.
#[derive(Debug, Default, Clone)]
pub(crate) struct Form(Vec<(String, String)>);

/// The field that carries the session's token.
pub(crate) const TOKEN: &str = "token";

impl Form {
    /// Reads `a=b&c=d`.
    ///
    /// # Errors
    /// When there are too many fields.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let fields: Vec<_> = form_urlencoded::parse(bytes)
            .take(limits::FORM_FIELDS + 1)
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        if fields.len() > limits::FORM_FIELDS {
            return Err(Error::TooLong(format!("A form has at most {} fields.", limits::FORM_FIELDS)));
        }
        Ok(Self(fields))
    }

    /// Of fields that were read already.
    pub(crate) fn of(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }

    /// The first field of this name; empty when there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
    }

    /// Whether there is a field of this name, filled in or not.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }

    /// The same, which must be filled in.
    ///
    /// # Errors
    /// When it is not.
    pub(crate) fn need(&self, name: &str, what: &str) -> Result<&str, Error> {
        match self.get(name) {
            "" => Err(Error::Form(format!("{what} is missing."))),
            value => Ok(value),
        }
    }

    /// The field as it was sent, spaces included.
    pub(crate) fn exactly(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read() {
        let form = Form::parse(b"a=b+c&d=%26%3D&a=x&e=+y+").unwrap();
        assert_eq!((form.get("a"), form.get("d"), form.get("none"), form.get("e")), ("b c", "&=", "", "y"));
        assert_eq!(form.exactly("e"), " y ");
        assert!(form.need("none", "The name").unwrap_err().to_string().contains("The name"));
        assert!(Form::parse("a=b&".repeat(limits::FORM_FIELDS + 1).as_bytes()).is_err());
    }
}
