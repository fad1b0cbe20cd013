//! From the wire to the types of `generated`, and back.
//!
//! A request becomes a [`Value`] by its operation's [`shape::Shape`] (`query`, `json`, `cbor`), is checked
//! (`validate`), and becomes the operation's own type ([`Shaped`]); an answer goes the other way (`xml`, `json`,
//! `cbor`). Protocols know shapes and values and no service; services know their types and no protocol.

pub mod cbor;
pub mod json;
pub mod query;
pub mod shape;
pub mod validate;
pub mod xml;

use std::collections::BTreeMap;

use bytes::Bytes;
use words::{Secret, Timestamp};

use shape::Shape;

/// A value of some shape. What a codec reads has the form that its shape tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number.
    Double(f64),
    /// True or false.
    Boolean(bool),
    /// A moment.
    Timestamp(Timestamp),
    /// Bytes.
    Blob(Bytes),
    /// A list.
    List(Vec<Value>),
    /// A map.
    Map(BTreeMap<String, Value>),
    /// A structure's members, in its shape's order.
    Structure(Vec<Option<Value>>),
}

/// A type that has a shape.
pub trait Shaped: Sized {
    /// The value as this type; `None` when it has another form, or is absent and must not be.
    fn read(value: Option<Value>) -> Option<Self>;

    /// This as a value; `None` when it is absent.
    fn write(self) -> Option<Value>;
}

macro_rules! scalar {
    ($type:ty, $variant:ident) => {
        impl Shaped for $type {
            fn read(value: Option<Value>) -> Option<Self> {
                match value? {
                    Value::$variant(inner) => Some(inner),
                    _ => None,
                }
            }
            fn write(self) -> Option<Value> {
                Some(Value::$variant(self))
            }
        }
    };
}

scalar!(String, Text);
scalar!(i64, Integer);
scalar!(f64, Double);
scalar!(bool, Boolean);
scalar!(Timestamp, Timestamp);
scalar!(Bytes, Blob);

impl Shaped for Secret {
    fn read(value: Option<Value>) -> Option<Self> {
        String::read(value).map(Secret::new)
    }
    fn write(self) -> Option<Value> {
        Some(Value::Text(self.reveal().to_owned()))
    }
}

/// What takes or gives nothing.
impl Shaped for () {
    fn read(value: Option<Value>) -> Option<Self> {
        matches!(value?, Value::Structure(members) if members.is_empty()).then_some(())
    }
    fn write(self) -> Option<Value> {
        Some(Value::Structure(Vec::new()))
    }
}

impl<T: Shaped> Shaped for Option<T> {
    fn read(value: Option<Value>) -> Option<Self> {
        match value {
            None => Some(None),
            some => T::read(some).map(Some),
        }
    }
    fn write(self) -> Option<Value> {
        self.and_then(T::write)
    }
}

impl<T: Shaped> Shaped for Vec<T> {
    fn read(value: Option<Value>) -> Option<Self> {
        match value? {
            Value::List(members) => members.into_iter().map(|one| T::read(Some(one))).collect(),
            _ => None,
        }
    }
    fn write(self) -> Option<Value> {
        Some(Value::List(self.into_iter().filter_map(T::write).collect()))
    }
}

impl<T: Shaped> Shaped for BTreeMap<String, T> {
    fn read(value: Option<Value>) -> Option<Self> {
        match value? {
            Value::Map(entries) => entries.into_iter().map(|(key, one)| Some((key, T::read(Some(one))?))).collect(),
            _ => None,
        }
    }
    fn write(self) -> Option<Value> {
        Some(Value::Map(self.into_iter().filter_map(|(key, one)| Some((key, one.write()?))).collect()))
    }
}

/// What an operation was sent, as members by name: for rules that hold for many operations at once.
#[derive(Debug, Clone, Copy)]
pub struct Members<'a> {
    shape: &'static Shape,
    value: &'a Value,
}

impl<'a> Members<'a> {
    /// A value with its shape.
    pub fn new(shape: &'static Shape, value: &'a Value) -> Self {
        Self { shape, value }
    }

    /// The member of this name, when there is one and it was sent.
    pub fn get(&self, name: &str) -> Option<Members<'a>> {
        let (Shape::Structure { members }, Value::Structure(values)) = (self.shape, self.value) else { return None };
        let position = members.iter().position(|member| member.name == name)?;
        Some(Members { shape: members.get(position)?.shape, value: values.get(position)?.as_ref()? })
    }

    /// The members that were sent, by name.
    pub fn sent(&self) -> impl Iterator<Item = (&'static str, &'a Value)> {
        let (members, values): (&'static [shape::Member], &'a [Option<Value>]) = match (self.shape, self.value) {
            (Shape::Structure { members }, Value::Structure(values)) => (members, values),
            _ => (&[], &[]),
        };
        members.iter().zip(values).filter_map(|(member, value)| Some((member.name, value.as_ref()?)))
    }

    /// The text of the member of this name.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.get(name)?.as_text()
    }

    /// This value's text.
    pub fn as_text(&self) -> Option<&'a str> {
        match self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The members of the list of this name; none when it was not sent.
    pub fn list(&self, name: &str) -> Vec<Members<'a>> {
        let Some(Members { shape: Shape::List { member, .. }, value: Value::List(values) }) = self.get(name) else {
            return Vec::new();
        };
        values.iter().map(|value| Members { shape: member, value }).collect()
    }
}

/// A structure of a model: the type, and its shape as a static.
macro_rules! structure {
    ($(#[$derive:meta])? $type:ident, $shape:ident; $($field:ident: $kind:ty = $member:expr;)*) => {
        #[derive(Debug, Clone)]
        $(#[$derive])?
        pub struct $type {
            $(pub $field: $kind,)*
        }

        pub static $shape: $crate::codec::shape::Shape =
            $crate::codec::shape::Shape::Structure { members: &[$($member,)*] };

        impl $crate::codec::Shaped for $type {
            #[allow(unused_mut, unused_variables)] // where a structure has no members
            fn read(value: Option<$crate::codec::Value>) -> Option<Self> {
                let $crate::codec::Value::Structure(members) = value? else { return None };
                let mut members = members.into_iter();
                Some(Self { $($field: $crate::codec::Shaped::read(members.next()?)?,)* })
            }
            fn write(self) -> Option<$crate::codec::Value> {
                Some($crate::codec::Value::Structure(vec![$($crate::codec::Shaped::write(self.$field),)*]))
            }
        }
    };
}

/// The operations of a model: a type each, and the table of them.
macro_rules! operations {
    ($($name:ident($input:ty, $input_shape:expr) -> ($output:ty, $output_shape:expr, $wrapper:expr);)*) => {
        /// The operations, as types.
        pub mod operation {
            $(
                #[derive(Debug)]
                pub enum $name {}
                impl $crate::service::Operation for $name {
                    const NAME: &'static str = stringify!($name);
                    type Input = $input;
                    type Output = $output;
                }
            )*
            #[cfg(test)]
            pub(crate) static FORMS: &[$crate::codec::Form] = &[$($crate::codec::Form::of::<$name>(),)*];
        }

        static OPERATIONS: &[$crate::codec::shape::OperationModel] = &[$(
            $crate::codec::shape::OperationModel {
                name: stringify!($name),
                input: $input_shape,
                output: $output_shape,
                wrapper: $wrapper,
            },
        )*];
    };
}

pub(crate) use {operations, structure};

/// Both directions of an operation's types, for the test that they fit their shapes.
#[cfg(test)]
pub(crate) struct Form {
    pub(crate) name: &'static str,
    pub(crate) input: fn(Value) -> Option<Value>,
    pub(crate) output: fn(Value) -> Option<Value>,
}

#[cfg(test)]
impl Form {
    pub(crate) const fn of<O: crate::service::Operation>() -> Self {
        Self {
            name: O::NAME,
            input: |value| O::Input::read(Some(value))?.write(),
            output: |value| O::Output::read(Some(value))?.write(),
        }
    }
}
