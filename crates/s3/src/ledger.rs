//! All that is known of buckets and objects: [`store::ledger`] keeps it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use store::Store;
use store::ledger::Noun;

use crate::bucket::Bucket;
use crate::error::{Error, Result};
use crate::multipart::{Part, Upload};
use crate::name::{BucketName, Key, Serial, UploadId, VersionId};
use crate::object::Object;

/// A change in the making.
pub(crate) type Draft<'a> = store::ledger::Draft<'a, State, Error>;

/// The one place that changes the state.
pub(crate) type Ledger = store::ledger::Ledger<State, Error>;

/// Everything at one moment.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(crate) buckets: BTreeMap<BucketName, Arc<Bucket>>,
    pub(crate) objects: BTreeMap<ObjectId, Arc<Object>>,
    pub(crate) uploads: BTreeMap<UploadKey, Arc<Upload>>,
    pub(crate) parts: BTreeMap<PartId, Arc<Part>>,
}

/// A version of an object: in the order of lists, by key and the newest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ObjectId {
    pub(crate) bucket: BucketName,
    pub(crate) key: Key,
    pub(crate) serial: Reverse<Serial>,
}

/// An upload: in the order of lists, by key and the oldest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UploadKey {
    pub(crate) bucket: BucketName,
    pub(crate) key: Key,
    pub(crate) upload: Option<UploadId>,
}

/// A part of an upload, by number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PartId {
    upload: UploadId,
    number: u32,
    record: Arc<str>,
}

impl PartId {
    pub(crate) fn new(upload: &UploadId, number: u32) -> Self {
        Self { upload: upload.clone(), number, record: format!("{upload}-{number:05}").into() }
    }
}

store::noun!(State.buckets: Bucket, "s3-buckets", name: BucketName, as_str);

impl Noun<State> for Object {
    type Id = ObjectId;
    fn id(&self) -> ObjectId {
        ObjectId { bucket: self.bucket.clone(), key: self.key.clone(), serial: Reverse(self.serial.clone()) }
    }
    fn key_of(id: &ObjectId) -> &str {
        id.serial.0.as_str()
    }
    fn all(state: &mut State) -> &mut BTreeMap<ObjectId, Arc<Self>> {
        &mut state.objects
    }
}

impl Noun<State> for Upload {
    type Id = UploadKey;
    fn id(&self) -> UploadKey {
        UploadKey { bucket: self.bucket.clone(), key: self.key.clone(), upload: Some(self.id.clone()) }
    }
    fn key_of(id: &UploadKey) -> &str {
        id.upload.as_ref().map_or("", UploadId::as_str)
    }
    fn all(state: &mut State) -> &mut BTreeMap<UploadKey, Arc<Self>> {
        &mut state.uploads
    }
}

impl Noun<State> for Part {
    type Id = PartId;
    fn id(&self) -> PartId {
        PartId::new(&self.upload, self.number)
    }
    fn key_of(id: &PartId) -> &str {
        &id.record
    }
    fn all(state: &mut State) -> &mut BTreeMap<PartId, Arc<Self>> {
        &mut state.parts
    }
}

impl State {
    /// The bucket of this name.
    pub(crate) fn bucket(&self, name: &BucketName) -> Result<&Arc<Bucket>> {
        self.buckets.get(name).ok_or_else(|| Error::NoSuchBucket(name.clone()))
    }

    /// Versions of objects of this bucket from this key on.
    pub(crate) fn versions_from(&self, bucket: &BucketName, key: Key) -> impl Iterator<Item = &Arc<Object>> {
        let first = ObjectId { bucket: bucket.clone(), key, serial: Reverse(Serial::last()) };
        self.objects.range(first..).map(|(_, object)| object).take_while(|object| object.bucket == *bucket)
    }

    /// All versions of an object, the newest first.
    pub(crate) fn versions(&self, bucket: &BucketName, key: &Key) -> impl Iterator<Item = &Arc<Object>> {
        self.versions_from(bucket, key.clone()).take_while(|object| object.key == *key)
    }

    /// The newest version of an object, which may be a delete marker.
    pub(crate) fn newest(&self, bucket: &BucketName, key: &Key) -> Option<&Arc<Object>> {
        self.versions(bucket, key).next()
    }

    /// This version of an object, which may be a delete marker.
    pub(crate) fn version(&self, bucket: &BucketName, key: &Key, version: &VersionId) -> Option<&Arc<Object>> {
        match version {
            VersionId::Null => self.versions(bucket, key).find(|object| object.null),
            VersionId::Serial(serial) => {
                let serial = Reverse(serial.clone());
                let found = self.objects.get(&ObjectId { bucket: bucket.clone(), key: key.clone(), serial });
                found.filter(|object| !object.null)
            }
        }
    }

    /// Uploads to this bucket from this key on.
    pub(crate) fn uploads_from(&self, bucket: &BucketName, key: Key) -> impl Iterator<Item = &Arc<Upload>> {
        let first = UploadKey { bucket: bucket.clone(), key, upload: None };
        self.uploads.range(first..).map(|(_, upload)| upload).take_while(|upload| upload.bucket == *bucket)
    }

    /// The upload of this id to this key.
    pub(crate) fn upload(&self, bucket: &BucketName, key: &Key, id: &UploadId) -> Result<&Arc<Upload>> {
        self.bucket(bucket)?;
        let upload = UploadKey { bucket: bucket.clone(), key: key.clone(), upload: Some(id.clone()) };
        self.uploads.get(&upload).ok_or_else(|| Error::NoSuchUpload(id.clone()))
    }

    /// The parts of an upload from this number on.
    pub(crate) fn parts_from(&self, upload: &UploadId, number: u32) -> impl Iterator<Item = &Arc<Part>> {
        let first = PartId { upload: upload.clone(), number, record: "".into() };
        let of = upload.clone();
        self.parts.range(first..).map(|(_, part)| part).take_while(move |part| part.upload == of)
    }
}

/// Reads the whole record, and which files it names. Blocks.
pub(crate) fn open(store: Store) -> Result<(Ledger, HashSet<Serial>)> {
    let state = State {
        buckets: Bucket::load(&store)?,
        objects: Object::load(&store)?,
        uploads: Upload::load(&store)?,
        parts: Part::load(&store)?,
    };
    let of_objects = state.objects.values().flat_map(|object| object.segments());
    let of_parts = state.parts.values().flat_map(|part| &part.segments);
    let files = of_objects.chain(of_parts).map(|segment| segment.file.clone()).collect();
    Ok((Ledger::new(state, store), files))
}
