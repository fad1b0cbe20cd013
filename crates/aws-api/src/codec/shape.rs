//! What a model says of a service: its operations, and the shapes of what they take and give.
//!
//! The statics of `generated` are made of these types; the codecs and the checks read them.

/// One shape. A scalar's bounds are checked on what clients send, and on nothing else.
#[derive(Debug)]
pub enum Shape {
    /// Text.
    Text {
        /// Fewest and most characters.
        length: Option<(u64, u64)>,
        /// A regular expression that the whole text must match.
        pattern: Option<&'static str>,
        /// The values that there are, when they are told one by one.
        values: &'static [&'static str],
    },
    /// A whole number, within these bounds.
    Integer(i64, i64),
    /// A number.
    Double,
    /// True or false.
    Boolean,
    /// A moment.
    Timestamp,
    /// Bytes.
    Blob,
    /// A list.
    List {
        /// What each member is.
        member: &'static Shape,
        /// The name of a member's element.
        name: &'static str,
        /// Whether the members stand where the list would.
        flattened: bool,
        /// Fewest and most members.
        length: Option<(u64, u64)>,
    },
    /// A map with texts as keys.
    Map {
        /// What each value is.
        value: &'static Shape,
        /// The name of a key's element.
        key_name: &'static str,
        /// The name of a value's element.
        value_name: &'static str,
        /// Whether the entries stand where the map would.
        flattened: bool,
    },
    /// Members with names.
    Structure {
        /// In the order in which a value keeps them.
        members: &'static [Member],
    },
}

/// A member of a structure.
#[derive(Debug)]
pub struct Member {
    /// As the model names it, and JSON and CBOR.
    pub name: &'static str,
    /// As the element of XML is called.
    pub element: &'static str,
    /// As the parameter of the query protocol is called.
    pub parameter: &'static str,
    /// Whether a request without it is refused.
    pub required: bool,
    /// What it is.
    pub shape: &'static Shape,
}

impl Member {
    /// A member that has one name and may be absent.
    pub const fn new(name: &'static str, shape: &'static Shape) -> Self {
        Self { name, element: name, parameter: name, required: false, shape }
    }

    /// It must be there.
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// It is called otherwise in XML and among parameters.
    pub const fn named(self, element: &'static str, parameter: &'static str) -> Self {
        Self { element, parameter, ..self }
    }
}

/// Text of any length.
pub static TEXT: Shape = Shape::Text { length: None, pattern: None, values: &[] };
/// 32 bits.
pub static INTEGER: Shape = Shape::Integer(i32::MIN as i64, i32::MAX as i64);
/// 64 bits.
pub static LONG: Shape = Shape::Integer(i64::MIN, i64::MAX);
/// Any number.
pub static DOUBLE: Shape = Shape::Double;
/// True or false.
pub static BOOLEAN: Shape = Shape::Boolean;
/// Any moment.
pub static TIMESTAMP: Shape = Shape::Timestamp;
/// Any bytes.
pub static BLOB: Shape = Shape::Blob;
/// What an operation takes that takes nothing, and gives that gives nothing.
pub static NOTHING: Shape = Shape::Structure { members: &[] };

/// How a service is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Parameters in, XML out.
    Query,
    /// EC2's dialect of it.
    Ec2,
    /// JSON both ways; the operation is a header.
    Json {
        /// `application/x-amz-json-1.0` or `-1.1`.
        version: &'static str,
    },
}

/// One service, as its model tells it.
#[derive(Debug)]
pub struct Model {
    /// What a signature's scope calls it.
    pub signing_name: &'static str,
    /// What a policy's actions begin with.
    pub action_prefix: &'static str,
    /// The version of its API: a date.
    pub version: &'static str,
    /// The protocol it is spoken to in, when the request does not say.
    pub protocol: Protocol,
    /// The namespace of its XML.
    pub namespace: &'static str,
    /// What `X-Amz-Target` begins with, and the service's name in the paths of RPC v2; empty when it speaks neither.
    pub target: &'static str,
    /// Whether errors carry the code of the query protocol in a header of its own.
    pub query_compatible: bool,
    /// What the type of an error begins with in JSON.
    pub error_prefix: &'static str,
    /// Its operations, sorted by name.
    pub operations: &'static [OperationModel],
}

/// One operation.
#[derive(Debug)]
pub struct OperationModel {
    /// Its name.
    pub name: &'static str,
    /// What it takes: a structure.
    pub input: &'static Shape,
    /// What it gives: a structure.
    pub output: &'static Shape,
    /// The element that its result stands in, in the query protocol.
    pub wrapper: Option<&'static str>,
}

impl Model {
    /// The operation of this name.
    pub fn operation(&self, name: &str) -> Option<&'static OperationModel> {
        let found = self.operations.binary_search_by(|one| one.name.cmp(name)).ok()?;
        self.operations.get(found)
    }
}

/// The code of an error: one of the model's, or one of those of every service (`crate::error`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code {
    /// As clients of the query protocol see it.
    pub code: &'static str,
    /// As clients of JSON and CBOR see it.
    pub shape: &'static str,
    /// The status of HTTP.
    pub status: u16,
}
