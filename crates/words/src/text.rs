//! Texts that are parsed once and then are what they claim to be.

/// What every text type has beside its parser: `as_str`, `Display`, `AsRef` and `Borrow` of its text, and the way into
/// and out of a `String`, which `#[serde(try_from = "String", into = "String")]` goes.
///
/// The type is a structure of one field that dereferences to `str`, its comparisons and its hash are derived, and it is
/// `FromStr`, by which a `String` becomes one.
#[macro_export]
macro_rules! text {
    ($name:ident) => {
        impl $name {
            /// As it is written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl ::std::convert::TryFrom<::std::string::String> for $name {
            type Error = <$name as ::std::str::FromStr>::Err;
            fn try_from(text: ::std::string::String) -> ::std::result::Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl ::std::convert::From<$name> for ::std::string::String {
            fn from(text: $name) -> Self {
                text.as_str().to_owned()
            }
        }

        impl ::std::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl ::std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
