//! Buckets and objects on a real directory: what is kept, what is left, what is read meanwhile.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test")]

use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use aws::Region;
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use s3::*;
use tempfile::TempDir;

struct World {
    dir: TempDir,
    s3: S3,
    bucket: BucketName,
}

fn open(dir: &Path) -> S3 {
    let store = store::Store::open(&dir.join("state")).unwrap();
    S3::open(store, dir.join("objects"), "123456789012".parse().unwrap()).unwrap()
}

fn region() -> Region {
    "us-east-1".parse().unwrap()
}

async fn world() -> World {
    let dir = tempfile::tempdir().unwrap();
    let s3 = open(dir.path());
    let bucket: BucketName = "a-bucket".parse().unwrap();
    s3.create_bucket(bucket.clone(), region(), Tags::default()).await.unwrap();
    World { dir, s3, bucket }
}

fn key(text: &str) -> Key {
    text.parse().unwrap()
}

fn body(bytes: impl Into<Bytes>) -> impl futures_util::Stream<Item = std::result::Result<Bytes, std::io::Error>> {
    let bytes = bytes.into();
    let chunks: Vec<_> =
        (0..bytes.len()).step_by(70_000).map(|at| bytes.slice(at..bytes.len().min(at + 70_000))).collect();
    stream::iter(chunks.into_iter().map(Ok))
}

impl World {
    async fn put(&self, at: &str, bytes: impl Into<Bytes>) -> std::sync::Arc<Object> {
        self.s3.put(&self.bucket, &key(at), PutRequest::default(), body(bytes)).await.unwrap()
    }

    async fn read(&self, at: &str, request: GetRequest) -> Result<Vec<u8>> {
        let opened = self.s3.get(&self.bucket, &key(at), &request).await?;
        read_all(opened).await
    }

    async fn delete(&self, at: &str, version: Option<VersionId>) -> Deleted {
        let deletion = Deletion { key: key(at), version, conditions: WriteConditions::default() };
        self.s3.delete(&self.bucket, deletion).await.unwrap()
    }

    /// How many files there are, once what is to be removed has been.
    async fn files(&self, expected: usize) -> usize {
        let count = || {
            let shards = std::fs::read_dir(self.dir.path().join("objects")).unwrap();
            shards.map(|shard| std::fs::read_dir(shard.unwrap().path()).unwrap().count()).sum()
        };
        for _ in 0..200 {
            if count() == expected {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        count()
    }
}

async fn read_all(opened: Opened) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    let mut chunks = std::pin::pin!(opened.reader.stream());
    while let Some(chunk) = chunks.next().await {
        all.extend_from_slice(&chunk?);
    }
    Ok(all)
}

fn version(id: VersionId) -> GetRequest {
    GetRequest { version: Some(id), ..GetRequest::default() }
}

fn range(text: &str) -> GetRequest {
    GetRequest { wanted: Wanted::Range(Range::parse(text).unwrap()), ..GetRequest::default() }
}

#[tokio::test]
async fn what_was_put_is_read_and_survives() {
    let World { dir, s3, bucket } = world().await;
    let world = World { dir, s3, bucket };
    let big: Vec<u8> = (0..1_000_000u32).flat_map(u32::to_le_bytes).collect();
    let object = world.put("../../x\u{1}ä", big.clone()).await;
    world.put("empty", "").await;
    assert_eq!(object.stored().unwrap().etag.as_str(), ETag::from(Md5Sum::of(&big)).as_str());
    assert_eq!(world.files(2).await, 2);
    let World { dir, s3, bucket } = world;
    drop(s3);
    let world = World { s3: open(dir.path()), dir, bucket };
    assert_eq!(world.read("../../x\u{1}ä", GetRequest::default()).await.unwrap(), big);
    assert_eq!(world.read("../../x\u{1}ä", range("bytes=300000-2999999")).await.unwrap(), &big[300_000..3_000_000]);
    assert_eq!(world.read("empty", GetRequest::default()).await.unwrap(), b"");
    assert!(matches!(world.read("empty", range("bytes=0-")).await, Err(Error::InvalidRange { size: 0 })));
    assert!(matches!(world.read("none", GetRequest::default()).await, Err(Error::NoSuchKey(_))));
}

#[tokio::test]
async fn a_body_that_breaks_off_or_is_another_leaves_nothing() {
    let world = world().await;
    let put = |request, body: Vec<std::result::Result<Bytes, std::io::Error>>| {
        let (s3, bucket) = (world.s3.clone(), world.bucket.clone());
        async move { s3.put(&bucket, &key("k"), request, stream::iter(body)).await }
    };
    let block = || Ok(Bytes::from(vec![1; 300_000]));
    let broken = put(PutRequest::default(), vec![block(), block(), Err(std::io::Error::other("gone"))]).await;
    assert!(matches!(broken, Err(Error::Body(_))), "{broken:?}");
    let said = |integrity| PutRequest { integrity, ..PutRequest::default() };
    let short = put(said(Integrity { length: Some(600_001), ..Integrity::default() }), vec![block(), block()]).await;
    assert!(matches!(short, Err(Error::IncompleteBody)));
    let long = put(said(Integrity { length: Some(599_999), ..Integrity::default() }), vec![block(), block()]).await;
    assert!(matches!(long, Err(Error::IncompleteBody)));
    let md5 = Some(Md5Sum::of(b"another"));
    let other = put(said(Integrity { md5, ..Integrity::default() }), vec![block()]).await;
    assert!(matches!(other, Err(Error::BadDigest("Content-MD5"))));
    let huge = put(said(Integrity { length: Some(limits::PUT + 1), ..Integrity::default() }), vec![]).await;
    assert!(matches!(huge, Err(Error::EntityTooLarge { .. })));
    assert_eq!(world.files(0).await, 0);

    // Whoever sends it goes away in the middle.
    let endless = stream::iter([block(), block(), block()]).chain(stream::pending());
    let k = key("k");
    let put = world.s3.put(&world.bucket, &k, PutRequest::default(), endless);
    assert!(tokio::time::timeout(std::time::Duration::from_millis(200), put).await.is_err());
    assert_eq!(world.files(0).await, 0);
    assert!(matches!(world.read("k", GetRequest::default()).await, Err(Error::NoSuchKey(_))));

    // The record refuses it: another one came first.
    let absent = WriteConditions { if_absent: true, ..WriteConditions::default() };
    let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
    let late = stream::once(async move {
        let _ = receiver.await;
        Ok::<_, std::io::Error>(Bytes::from_static(b"late"))
    });
    let (s3, bucket) = (world.s3.clone(), world.bucket.clone());
    let request = PutRequest { conditions: absent, ..PutRequest::default() };
    let late = tokio::spawn(async move { s3.put(&bucket, &key("k"), request, late).await });
    tokio::task::yield_now().await;
    world.put("k", "first").await;
    sender.send(()).unwrap();
    assert!(matches!(late.await.unwrap(), Err(Error::PreconditionFailed("If-None-Match"))));
    assert_eq!(world.files(1).await, 1);
}

#[tokio::test]
async fn what_no_record_names_is_swept() {
    let world = world().await;
    world.put("k", "bytes").await;
    let stray = world.dir.path().join("objects/ab");
    std::fs::write(stray.join("c".repeat(30)), b"stray").unwrap();
    std::fs::write(stray.join("other"), b"stray").unwrap();
    assert_eq!(world.files(3).await, 3);
    let World { dir, s3, bucket } = world;
    drop(s3);
    let world = World { s3: open(dir.path()), dir, bucket };
    assert_eq!(world.files(1).await, 1);
    assert_eq!(world.read("k", GetRequest::default()).await.unwrap(), b"bytes");
}

#[tokio::test]
async fn who_reads_an_object_reads_it_to_its_end() {
    let world = world().await;
    let old = vec![7u8; 3 << 20];
    world.put("k", old.clone()).await;
    let replaced = world.s3.get(&world.bucket, &key("k"), &GetRequest::default()).await.unwrap();
    world.put("k", "new").await;
    assert_eq!(world.files(2).await, 2);
    let deleted = world.s3.get(&world.bucket, &key("k"), &GetRequest::default()).await.unwrap();
    world.delete("k", None).await;
    assert_eq!(read_all(replaced).await.unwrap(), old);
    assert_eq!(read_all(deleted).await.unwrap(), b"new");
    assert_eq!(world.files(0).await, 0);
}

#[tokio::test]
async fn versions_are_kept_and_deleted_as_the_bucket_says() {
    let world = world().await;
    let plain = world.put("k", "plain").await;
    assert_eq!(world.s3.told_version(&plain), None);
    world.s3.set_versioning(&world.bucket, true).await.unwrap();
    let one = world.put("k", "one").await.version();
    let two = world.put("k", "two").await.version();
    assert_eq!(world.read("k", GetRequest::default()).await.unwrap(), b"two");
    assert_eq!(world.read("k", version(one.clone())).await.unwrap(), b"one");
    assert_eq!(world.read("k", version(VersionId::Null)).await.unwrap(), b"plain");

    let marker = world.delete("k", None).await;
    assert!(marker.marker);
    let marker = marker.version.unwrap();
    assert!(matches!(world.read("k", GetRequest::default()).await, Err(Error::Deleted { .. })));
    assert!(matches!(world.read("k", version(marker.clone())).await, Err(Error::IsDeleteMarker { .. })));
    assert!(matches!(world.s3.delete_bucket(&world.bucket).await, Err(Error::BucketNotEmpty(_))));
    let undone = world.delete("k", Some(marker)).await;
    assert!(undone.marker);
    assert_eq!(world.read("k", GetRequest::default()).await.unwrap(), b"two");

    world.s3.set_versioning(&world.bucket, false).await.unwrap();
    let suspended = world.put("k", "suspended").await;
    assert_eq!(world.s3.told_version(&suspended), Some(VersionId::Null));
    assert_eq!(world.files(3).await, 3);
    assert_eq!(world.delete("k", None).await, Deleted { version: Some(VersionId::Null), marker: true });
    assert_eq!(world.files(2).await, 2);
    for id in [one, two, VersionId::Null] {
        world.delete("k", Some(id)).await;
    }
    assert_eq!(world.files(0).await, 0);
    world.s3.delete_bucket(&world.bucket).await.unwrap();
}

#[tokio::test]
async fn versions_are_listed_page_by_page_even_while_they_go() {
    let world = world().await;
    world.put("a", "0").await;
    world.s3.set_versioning(&world.bucket, true).await.unwrap();
    for n in 0..3 {
        world.put("a", n.to_string()).await;
        world.put("b", n.to_string()).await;
    }
    world.delete("b", None).await;
    let (mut list, mut marker, mut told) = (List { max: 2, ..List::default() }, None, Vec::new());
    loop {
        let page = world.s3.list_versions(&world.bucket, &list, marker).await.unwrap();
        for entry in page.entries {
            let Entry::Item((object, newest)) = entry else { panic!() };
            told.push((object.key.to_string(), object.version(), newest));
            // What has been told is deleted at once, as programs do that empty a bucket.
            world.delete(object.key.as_str(), Some(object.version())).await;
        }
        let Some((after, version, _)) = told.last().cloned() else { panic!() };
        (list.after, marker) = (after, Some(version));
        if !page.truncated {
            break;
        }
    }
    assert_eq!(told.iter().map(|(key, ..)| key.as_str()).collect::<String>(), "aaaabbbb");
    assert_eq!(world.files(0).await, 0);
    world.s3.delete_bucket(&world.bucket).await.unwrap();
}

#[tokio::test]
async fn parts_in_any_order_become_one_object() {
    let world = world().await;
    let (s3, bucket, at) = (&world.s3, &world.bucket, key("big"));
    let request = UploadRequest { algorithm: Some(Algorithm::Crc32), ..UploadRequest::default() };
    let upload = s3.create_upload(bucket, &at, request).await.unwrap();
    let bytes: Vec<u8> = (0..3_000_000u32).flat_map(u32::to_le_bytes).collect();
    let pieces: Vec<_> = bytes.chunks(5 << 20).map(Bytes::copy_from_slice).collect();
    let put = |n: u32, bytes: Bytes| s3.upload_part(bucket, &at, &upload.id, n, Integrity::default(), body(bytes));
    let (third, first, wrong) =
        tokio::join!(put(30, pieces[2].clone()), put(1, pieces[0].clone()), put(7, pieces[0].clone()));
    let second = put(7, pieces[1].clone()).await.unwrap();
    put(9, Bytes::from_static(b"not used")).await.unwrap();
    let (third, first) = (third.unwrap(), first.unwrap());
    assert_ne!(wrong.unwrap().etag, second.etag);
    let named = |part: &Part| CompletedPart {
        number: part.number,
        etag: part.etag.to_string(),
        checksum: Some(part.checksum.clone()),
    };
    let complete = |parts: Vec<CompletedPart>| {
        s3.complete_upload(bucket, &at, &upload.id, Completion { parts, ..Completion::default() })
    };
    let unordered = complete(vec![named(&second), named(&first)]).await;
    assert!(matches!(unordered, Err(Error::InvalidPartOrder)));
    let unknown = complete(vec![named(&first), CompletedPart { number: 8, ..named(&second) }]).await;
    assert!(matches!(unknown, Err(Error::InvalidPart(8))));
    assert!(matches!(complete(vec![]).await, Err(Error::InvalidRequest(_))));
    let small = CompletedPart { number: 9, etag: ETag::from(Md5Sum::of(b"not used")).to_string(), checksum: None };
    let small = complete(vec![named(&first), small, named(&third)]).await;
    assert!(matches!(small, Err(Error::EntityTooSmall { size: 8, part: 9 })));
    assert_eq!(s3.list_parts(bucket, &at, &upload.id, 1, 2).unwrap().parts.len(), 2);
    assert!(s3.list_parts(bucket, &at, &upload.id, 1, 2).unwrap().truncated);

    let object = complete(vec![named(&first), named(&second), named(&third)]).await.unwrap();
    let stored = object.stored().unwrap();
    assert!(stored.etag.as_str().ends_with("-3"));
    assert!(stored.checksum.to_string().ends_with("-3"));
    assert_eq!(world.files(3).await, 3);
    assert_eq!(world.read("big", GetRequest::default()).await.unwrap(), bytes);
    let across = range("bytes=5242000-10486000");
    assert_eq!(world.read("big", across).await.unwrap(), &bytes[5_242_000..=10_486_000]);
    let part = GetRequest { wanted: Wanted::Part(2), ..GetRequest::default() };
    assert_eq!(world.read("big", part).await.unwrap(), &pieces[1][..]);
    assert!(matches!(complete(vec![named(&first)]).await, Err(Error::NoSuchUpload(_))));

    let mut reader = s3.get(bucket, &at, &GetRequest::default()).await.unwrap().reader;
    let mut four = [0; 4];
    reader.seek(SeekFrom::End(-4)).unwrap();
    reader.read_exact(&mut four).unwrap();
    assert_eq!(u32::from_le_bytes(four), 2_999_999);
    drop(reader);

    let source = Source { bucket: bucket.clone(), key: at.clone(), version: None, conditions: Conditions::default() };
    let (_, copy) = s3.copy(&source, bucket, &key("copy"), CopyRequest::default()).await.unwrap();
    assert_eq!(copy.stored().unwrap().etag, ETag::from(Md5Sum::of(&bytes)));
    let other = s3.create_upload(bucket, &at, UploadRequest::default()).await.unwrap();
    let (_, part) = s3.copy_part(&source, Range::parse("bytes=0-9"), bucket, &at, &other.id, 1).await.unwrap();
    assert_eq!(part.size, 10);
    assert_eq!(world.files(5).await, 5);
    s3.abort_upload(bucket, &at, &other.id).await.unwrap();
    assert_eq!(world.files(4).await, 4);
    world.delete("big", None).await;
    world.delete("copy", None).await;
    let forgotten = s3.create_upload(bucket, &at, UploadRequest::default()).await.unwrap();
    s3.upload_part(bucket, &at, &forgotten.id, 1, Integrity::default(), body("x")).await.unwrap();
    s3.delete_bucket(bucket).await.unwrap();
    assert_eq!(world.files(0).await, 0);
}
