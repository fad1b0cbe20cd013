//! The options of one namespace, read as what they are.

use std::time::Duration;

use super::resolve::Resolved;
use super::validate::Message;
use super::{OptionKey, syntax, table};

/// One namespace, or one scheduled action.
pub(crate) struct Section<'a> {
    resolved: &'a Resolved,
    namespace: String,
    resource: Option<String>,
}

impl Resolved {
    pub(crate) fn section(&self, namespace: impl Into<String>) -> Section<'_> {
        Section { resolved: self, namespace: namespace.into(), resource: None }
    }

    pub(crate) fn scheduled_action(&self, name: &str) -> Section<'_> {
        let namespace = super::SCHEDULED_ACTION.to_owned();
        Section { resolved: self, namespace, resource: Some(name.to_owned()) }
    }
}

impl Section<'_> {
    pub(crate) fn key(&self, name: &str) -> OptionKey {
        OptionKey::new(self.namespace.clone(), name, self.resource.clone())
    }

    /// A fault of that option.
    pub(crate) fn fault(&self, name: &str, why: impl AsRef<str>) -> Message {
        let key = self.key(name);
        let value = self.resolved.text(&key).map(str::to_owned);
        Message::value(&key, value.as_deref(), why.as_ref())
    }

    /// Its value; nothing when it has none or an empty one.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.resolved.text(&self.key(name)).map(str::to_owned)
    }

    /// Its value, or its default where the environment does not list the option.
    fn or_default(&self, name: &str) -> Option<String> {
        self.text(name).or_else(|| {
            let (_, entry) = table::find(&self.key(name))?;
            entry.default_for(self.resolved.kind()).filter(|text| !text.is_empty()).map(str::to_owned)
        })
    }

    /// What `read` makes of its value, if it has one.
    pub(crate) fn read<T>(
        &self,
        name: &str,
        what: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Message> {
        match self.or_default(name) {
            None => Ok(None),
            Some(text) => read(&text).map(Some).ok_or_else(|| self.fault(name, format!("Value is not {what}"))),
        }
    }

    pub(crate) fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Message> {
        self.read(name, "a number that is in range", |text| text.trim().parse().ok())
    }

    /// A number of an option that always has a value.
    pub(crate) fn count<T: std::str::FromStr>(&self, name: &str) -> Result<T, Message> {
        self.number(name)?.ok_or_else(|| self.fault(name, "A number is needed"))
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<bool, Message> {
        Ok(self.read(name, "one of the allowed values: [true, false]", syntax::boolean)?.unwrap_or(false))
    }

    pub(crate) fn seconds(&self, name: &str) -> Result<Duration, Message> {
        Ok(Duration::from_secs(self.count::<u32>(name)?.into()))
    }

    /// One of the values that are allowed, as a type.
    pub(crate) fn choice<T>(&self, name: &str, read: impl FnOnce(&str) -> Option<T>) -> Result<T, Message> {
        self.read(name, "one of the allowed values", read)?.ok_or_else(|| self.fault(name, "A value is needed"))
    }

    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        self.or_default(name).map(|text| syntax::list(&text).map(str::to_owned).collect()).unwrap_or_default()
    }
}

/// An enumeration whose variants are written as AWS writes them.
macro_rules! named {
    ($(#[$meta:meta])* $name:ident { $($(#[$inner:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$inner])* $variant,)+
        }

        impl $name {
            /// As AWS writes it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }

            pub(crate) fn read(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

pub(crate) use named;
