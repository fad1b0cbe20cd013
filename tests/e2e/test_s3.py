"""S3, with boto3 and the aws command line: buckets, objects, parts, versions, addresses that are signed."""

import base64
import hashlib
import io
import os
import subprocess
import time
import urllib.request
import zlib

import botocore.exceptions
import pytest

import beanstalk
from beanstalk import refused


@pytest.fixture
def s3(cloud):
    return cloud.s3


@pytest.fixture
def bucket(cloud):
    cloud.s3.create_bucket(Bucket="things")
    return "things"


def fetch(url, method="GET", body=None, headers=None):
    """One request without a signature of its own: status and body."""
    request = urllib.request.Request(url, body, headers or {}, method=method)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def text(s3, bucket, key, **more):
    return s3.get_object(Bucket=bucket, Key=key, **more)["Body"].read().decode()


def test_buckets(cloud, s3):
    assert s3.list_buckets()["Buckets"] == []
    s3.create_bucket(Bucket="one")
    west = cloud.client("s3", region="eu-west-1")
    west.create_bucket(Bucket="two.three", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["one", "two.three"]
    assert s3.get_bucket_location(Bucket="one")["LocationConstraint"] is None
    assert west.get_bucket_location(Bucket="two.three")["LocationConstraint"] == "eu-west-1"
    s3.head_bucket(Bucket="one")
    s3.put_bucket_tagging(Bucket="one", Tagging={"TagSet": [{"Key": "k", "Value": "v"}]})
    assert s3.get_bucket_tagging(Bucket="one")["TagSet"] == [{"Key": "k", "Value": "v"}]
    s3.delete_bucket_tagging(Bucket="one")
    refused(s3.get_bucket_tagging, "NoSuchTagSet", status=404, Bucket="one")
    # In us-east-1 one's own bucket is made twice without a word, elsewhere it is refused.
    s3.create_bucket(Bucket="one")
    refused(west.create_bucket, "BucketAlreadyOwnedByYou", status=409, Bucket="two.three",
            CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    refused(s3.head_bucket, "404", status=404, Bucket="nope")
    refused(s3.list_objects_v2, "NoSuchBucket", status=404, Bucket="nope")
    refused(s3.create_bucket, "InvalidBucketName", Bucket="Not-A-Name")
    s3.put_object(Bucket="one", Key="a", Body=b"1")
    refused(s3.delete_bucket, "BucketNotEmpty", status=409, Bucket="one")
    s3.delete_object(Bucket="one", Key="a")
    s3.delete_bucket(Bucket="one")
    refused(s3.delete_bucket, "NoSuchBucket", status=404, Bucket="one")


def test_objects(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="a/b c+ü.txt", Body=b"hello", ContentType="text/plain", Metadata={"colour": "red"},
                        CacheControl="no-cache", ContentDisposition="inline")
    assert put["ETag"] == f'"{hashlib.md5(b"hello").hexdigest()}"'
    assert put["ChecksumCRC32"] == base64.b64encode(zlib.crc32(b"hello").to_bytes(4, "big")).decode()
    got = s3.get_object(Bucket=bucket, Key="a/b c+ü.txt")
    assert got["Body"].read() == b"hello" and got["ETag"] == put["ETag"]
    assert (got["ContentType"], got["CacheControl"], got["ContentDisposition"]) == ("text/plain", "no-cache", "inline")
    assert got["Metadata"] == {"colour": "red"} and got["ContentLength"] == 5
    head = s3.head_object(Bucket=bucket, Key="a/b c+ü.txt")
    assert head["ContentLength"] == 5 and head["LastModified"] == got["LastModified"]
    s3.put_object(Bucket=bucket, Key="a/b c+ü.txt", Body=b"replaced")
    assert text(s3, bucket, "a/b c+ü.txt") == "replaced"
    s3.delete_object(Bucket=bucket, Key="a/b c+ü.txt")
    s3.delete_object(Bucket=bucket, Key="a/b c+ü.txt")
    refused(s3.get_object, "NoSuchKey", status=404, Bucket=bucket, Key="a/b c+ü.txt")
    refused(s3.head_object, "404", status=404, Bucket=bucket, Key="a/b c+ü.txt")
    refused(s3.put_object, "KeyTooLongError", Bucket=bucket, Key="k" * 1025, Body=b"")
    refused(s3.put_object, "NoSuchBucket", status=404, Bucket="nope", Key="k", Body=b"")


def test_parts_of_objects(s3, bucket):
    data = bytes(range(256)) * 40
    s3.put_object(Bucket=bucket, Key="k", Body=data)
    for asked, first, end in (("bytes=0-9", 0, 10), ("bytes=10000-", 10000, 10240), ("bytes=-5", 10235, 10240),
                              ("bytes=5-999999", 5, 10240)):
        got = s3.get_object(Bucket=bucket, Key="k", Range=asked)
        assert got["ResponseMetadata"]["HTTPStatusCode"] == 206 and got["ContentRange"] == f"bytes {first}-{end - 1}/10240"
        assert got["Body"].read() == data[first:end]
    refused(s3.get_object, "InvalidRange", status=416, Bucket=bucket, Key="k", Range="bytes=20000-")
    tag = s3.head_object(Bucket=bucket, Key="k")["ETag"]
    refused(s3.get_object, "304", status=304, Bucket=bucket, Key="k", IfNoneMatch=tag)
    refused(s3.get_object, "PreconditionFailed", status=412, Bucket=bucket, Key="k", IfMatch='"other"')
    # A put that must be the first one.
    refused(s3.put_object, "PreconditionFailed", status=412, Bucket=bucket, Key="k", Body=b"", IfNoneMatch="*")
    s3.put_object(Bucket=bucket, Key="new", Body=b"", IfNoneMatch="*")
    got = s3.get_object(Bucket=bucket, Key="k", ResponseContentType="text/html", ResponseContentDisposition="attachment")
    assert (got["ContentType"], got["ContentDisposition"]) == ("text/html", "attachment")


def test_lists(s3, bucket):
    keys = sorted([f"a/{number:02}" for number in range(12)] + ["b", "c/d/e", "c/f", "ü +&<"], key=lambda key: key.encode())
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    for operation in ("list_objects", "list_objects_v2"):
        pages = list(s3.get_paginator(operation).paginate(Bucket=bucket, PaginationConfig={"PageSize": 5}))
        assert [len(page["Contents"]) for page in pages] == [5, 5, 5, 1]
        assert [each["Key"] for page in pages for each in page["Contents"]] == keys
        folded = list(s3.get_paginator(operation).paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 1}))
        assert [each["Prefix"] for page in folded for each in page.get("CommonPrefixes", [])] == ["a/", "c/"]
        assert [each["Key"] for page in folded for each in page.get("Contents", [])] == ["b", "ü +&<"]
        inside = getattr(s3, operation)(Bucket=bucket, Prefix="c/", Delimiter="/")
        assert [each["Key"] for each in inside["Contents"]] == ["c/f"] and inside["CommonPrefixes"] == [{"Prefix": "c/d/"}]
    after = s3.list_objects_v2(Bucket=bucket, StartAfter="a/11")
    assert [each["Key"] for each in after["Contents"]] == keys[12:] and after["KeyCount"] == 4
    [first, *_] = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert first["Size"] == 4 and first["ETag"] == f'"{hashlib.md5(b"a/00").hexdigest()}"'
    refused(s3.list_objects_v2, "InvalidArgument", Bucket=bucket, ContinuationToken="no token of ours")


def test_many_are_deleted(s3, bucket):
    for number in range(5):
        s3.put_object(Bucket=bucket, Key=str(number), Body=b"x")
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "0"}, {"Key": "1"}, {"Key": "never"}]})
    assert sorted(each["Key"] for each in answer["Deleted"]) == ["0", "1", "never"] and "Errors" not in answer
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "2"}], "Quiet": True})
    assert "Deleted" not in quiet
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["3", "4"]
    with pytest.raises(botocore.exceptions.ClientError, match="MalformedXML"):
        s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": str(number)} for number in range(1001)]})


def test_copies(s3, bucket):
    s3.put_object(Bucket=bucket, Key="from", Body=b"content", ContentType="text/x", Metadata={"m": "1"})
    s3.create_bucket(Bucket="other")
    answer = s3.copy_object(Bucket="other", Key="to", CopySource={"Bucket": bucket, "Key": "from"})
    assert answer["CopyObjectResult"]["ETag"] == s3.head_object(Bucket=bucket, Key="from")["ETag"]
    got = s3.get_object(Bucket="other", Key="to")
    assert got["Body"].read() == b"content" and got["Metadata"] == {"m": "1"} and got["ContentType"] == "text/x"
    s3.copy_object(Bucket=bucket, Key="from", CopySource=f"{bucket}/from", MetadataDirective="REPLACE", Metadata={"m": "2"})
    assert s3.head_object(Bucket=bucket, Key="from")["Metadata"] == {"m": "2"}
    refused(s3.copy_object, "InvalidRequest", Bucket=bucket, Key="from", CopySource=f"{bucket}/from")
    refused(s3.copy_object, "NoSuchKey", status=404, Bucket=bucket, Key="x", CopySource=f"{bucket}/nope")


def test_uploads_of_parts(s3, bucket):
    parts = [os.urandom(5 << 20), os.urandom(5 << 20), b"the end"]
    upload = s3.create_multipart_upload(Bucket=bucket, Key="big", ContentType="x/y", Metadata={"m": "1"})["UploadId"]
    done = []
    for number in (3, 1, 2):
        tag = s3.upload_part(Bucket=bucket, Key="big", UploadId=upload, PartNumber=number, Body=parts[number - 1])["ETag"]
        done.append({"PartNumber": number, "ETag": tag})
    listed = s3.list_parts(Bucket=bucket, Key="big", UploadId=upload)["Parts"]
    assert [(each["PartNumber"], each["Size"]) for each in listed] == [(1, 5 << 20), (2, 5 << 20), (3, 7)]
    assert [each["Key"] for each in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == ["big"]
    refused(s3.head_object, "404", status=404, Bucket=bucket, Key="big")
    complete = {"Bucket": bucket, "Key": "big", "UploadId": upload}
    refused(s3.complete_multipart_upload, "InvalidPartOrder", **complete, MultipartUpload={"Parts": done})
    done.sort(key=lambda part: part["PartNumber"])
    wrong = [done[0] | {"ETag": '"0123"'}, *done[1:]]
    refused(s3.complete_multipart_upload, "InvalidPart", **complete, MultipartUpload={"Parts": wrong})
    answer = s3.complete_multipart_upload(**complete, MultipartUpload={"Parts": done})
    digests = b"".join(hashlib.md5(part).digest() for part in parts)
    assert answer["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-3"'
    got = s3.get_object(Bucket=bucket, Key="big")
    assert got["Body"].read() == b"".join(parts) and got["ContentType"] == "x/y" and got["Metadata"] == {"m": "1"}
    refused(s3.complete_multipart_upload, "NoSuchUpload", status=404, **complete | {"UploadId": "never"}, MultipartUpload={"Parts": done})
    # Parts but the last that are too small, and an upload that is given up.
    upload = s3.create_multipart_upload(Bucket=bucket, Key="small")["UploadId"]
    done = [{"PartNumber": number, "ETag": s3.upload_part(Bucket=bucket, Key="small", UploadId=upload, PartNumber=number, Body=b"x")["ETag"]}
            for number in (1, 2)]
    refused(s3.complete_multipart_upload, "EntityTooSmall", Bucket=bucket, Key="small", UploadId=upload, MultipartUpload={"Parts": done})
    s3.abort_multipart_upload(Bucket=bucket, Key="small", UploadId=upload)
    refused(s3.upload_part, "NoSuchUpload", status=404, Bucket=bucket, Key="small", UploadId=upload, PartNumber=1, Body=b"x")
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)
    # A part that is a copy of a piece.
    upload = s3.create_multipart_upload(Bucket=bucket, Key="piece")["UploadId"]
    tag = s3.upload_part_copy(Bucket=bucket, Key="piece", UploadId=upload, PartNumber=1, CopySource=f"{bucket}/big",
                              CopySourceRange="bytes=0-99")["CopyPartResult"]["ETag"]
    s3.complete_multipart_upload(Bucket=bucket, Key="piece", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag}]})
    assert s3.get_object(Bucket=bucket, Key="piece")["Body"].read() == parts[0][:100]


def test_versions(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"before")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    first = s3.put_object(Bucket=bucket, Key="k", Body=b"one")["VersionId"]
    second = s3.put_object(Bucket=bucket, Key="k", Body=b"two")["VersionId"]
    assert text(s3, bucket, "k") == "two" and text(s3, bucket, "k", VersionId=first) == "one"
    assert text(s3, bucket, "k", VersionId="null") == "before"
    marker = s3.delete_object(Bucket=bucket, Key="k")
    assert marker["DeleteMarker"] is True
    refused(s3.get_object, "NoSuchKey", status=404, Bucket=bucket, Key="k")
    listed = s3.list_object_versions(Bucket=bucket)
    assert [(each["VersionId"], each["IsLatest"]) for each in listed["Versions"]] == [(second, False), (first, False), ("null", False)]
    assert [each["IsLatest"] for each in listed["DeleteMarkers"]] == [True]
    s3.delete_object(Bucket=bucket, Key="k", VersionId=marker["VersionId"])
    assert text(s3, bucket, "k") == "two"
    s3.delete_object(Bucket=bucket, Key="k", VersionId=second)
    assert text(s3, bucket, "k") == "one"
    refused(s3.delete_bucket, "BucketNotEmpty", status=409, Bucket=bucket)
    refused(s3.get_object, "NoSuchVersion", status=404, Bucket=bucket, Key="k", VersionId=second)


def test_tags_of_objects(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"", Tagging="a=1&b=2")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    s3.put_object_tagging(Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "c", "Value": "3"}]})
    assert s3.get_object(Bucket=bucket, Key="k")["TagCount"] == 1
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []
    refused(s3.put_object_tagging, "InvalidTag|BadRequest".split("|")[0], Bucket=bucket, Key="k",
            Tagging={"TagSet": [{"Key": str(number), "Value": ""} for number in range(11)]})


def test_addresses_that_are_signed(cloud, s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"hello")
    for version in ("s3v4", "s3"):
        signer = cloud.client("s3", signature_version=version)
        url = signer.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"}, ExpiresIn=60)
        assert fetch(url) == (200, b"hello"), version
        changed = url.replace("/k?", "/other?")
        status, told = fetch(changed)
        assert status == 403 and b"<Code>SignatureDoesNotMatch</Code>" in told, told
    url = cloud.client("s3", signature_version="s3v4").generate_presigned_url("put_object", {"Bucket": bucket, "Key": "up"}, ExpiresIn=60)
    assert fetch(url, "PUT", b"by anybody")[0] == 200
    assert text(s3, bucket, "up") == "by anybody"
    short = cloud.client("s3", signature_version="s3v4").generate_presigned_url("get_object", {"Bucket": bucket, "Key": "k"}, ExpiresIn=1)
    time.sleep(2.1)
    status, told = fetch(short)
    assert status == 403 and b"<Code>AccessDenied</Code>" in told and b"expired" in told, told
    status, told = fetch(f"{cloud.endpoint}/{bucket}/k")
    assert status == 403 and b"<Code>AccessDenied</Code>" in told


def test_a_bucket_for_everybody(cloud, s3, bucket):
    s3.put_object(Bucket=bucket, Key="open/k", Body=b"hello")
    s3.put_object(Bucket=bucket, Key="shut/k", Body=b"secret")
    import json
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
                                                      "Resource": f"arn:aws:s3:::{bucket}/open/*"}]}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(policy))
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == policy
    assert fetch(f"{cloud.endpoint}/{bucket}/open/k") == (200, b"hello")
    assert fetch(f"{cloud.endpoint}/{bucket}/shut/k")[0] == 403
    assert fetch(f"{cloud.endpoint}/{bucket}/open/k", "PUT", b"mine")[0] == 403
    s3.delete_bucket_policy(Bucket=bucket)
    assert fetch(f"{cloud.endpoint}/{bucket}/open/k")[0] == 403
    refused(s3.get_bucket_policy, "NoSuchBucketPolicy", status=404, Bucket=bucket)
    refused(s3.put_bucket_policy, "MalformedPolicy", Bucket=bucket, Policy='{"Version": "2012-10-17"}')


def test_wrong_signatures_and_digests(cloud, bucket):
    wrong = cloud.client("s3", (cloud.keys[0], "x" * 40))
    refused(wrong.list_objects_v2, "SignatureDoesNotMatch", status=403, Bucket=bucket)
    nobody = cloud.client("s3", ("AKIAAAAAAAAAAAAAAAAA", "x" * 40))
    refused(nobody.list_buckets, "InvalidAccessKeyId", status=403)
    refused(cloud.s3.put_object, "BadDigest", Bucket=bucket, Key="k", Body=b"hello",
            ContentMD5=base64.b64encode(hashlib.md5(b"other").digest()).decode())
    refused(cloud.s3.put_object, "BadDigest", Bucket=bucket, Key="k", Body=b"hello", ChecksumCRC32="AAAAAA==")
    refused(cloud.s3.head_object, "404", status=404, Bucket=bucket, Key="k")


def test_what_is_not_there_is_refused_by_name(s3, bucket):
    told = refused(s3.put_bucket_website, "NotImplemented", status=501, Bucket=bucket,
                   WebsiteConfiguration={"IndexDocument": {"Suffix": "i"}})
    assert "website" in told


def test_the_command_line(cloud, s3):
    cloud.aws("s3", "mb", "s3://shelf")
    folder = cloud.home / "tree"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("a")
    (folder / "deep/b.txt").write_text("b")
    big = os.urandom(20_000_000)
    (folder / "big").write_bytes(big)
    cloud.aws("s3", "sync", str(folder), "s3://shelf/tree", "--no-progress")
    listed = cloud.aws("s3", "ls", "s3://shelf/tree/", "--recursive")
    assert [line.split()[2:] for line in listed.splitlines()] == [
        ["1", "tree/a.txt"], ["20000000", "tree/big"], ["1", "tree/deep/b.txt"]]
    assert "-" in s3.head_object(Bucket="shelf", Key="tree/big")["ETag"]
    # What is the same is not sent again.
    assert "upload" not in cloud.aws("s3", "sync", str(folder), "s3://shelf/tree", "--no-progress")
    back = cloud.home / "back"
    cloud.aws("s3", "cp", "s3://shelf/tree", str(back), "--recursive", "--no-progress")
    assert (back / "big").read_bytes() == big and (back / "deep/b.txt").read_text() == "b"
    cloud.aws("s3", "mv", "s3://shelf/tree/a.txt", "s3://shelf/moved.txt")
    assert cloud.aws("s3", "cp", "s3://shelf/moved.txt", "-") == "a"
    url = cloud.aws("s3", "presign", "s3://shelf/moved.txt").strip()
    assert fetch(url) == (200, b"a")
    cloud.aws("s3", "cp", "-", "s3://shelf/piped", input="from a pipe")
    assert text(s3, "shelf", "piped") == "from a pipe"
    cloud.aws("s3", "rb", "s3://shelf", fails="BucketNotEmpty")
    cloud.aws("s3", "rb", "s3://shelf", "--force")
    cloud.aws("s3", "ls", "s3://shelf", fails="NoSuchBucket")


def test_bodies_in_chunks(s3, bucket):
    """A stream whose checksum comes after it."""
    class Stream(io.RawIOBase):
        def __init__(self):
            self.left = 300

        def readable(self):
            return True

        def readinto(self, buffer):
            if not self.left:
                return 0
            self.left -= 1
            size = min(len(buffer), 1000)
            buffer[:size] = b"z" * size
            return size

    s3.upload_fileobj(Stream(), bucket, "streamed")
    assert set(text(s3, bucket, "streamed")) == {"z"}


def test_objects_survive_the_daemon(cloud, s3, bucket):
    data = os.urandom(3_000_000)
    s3.put_object(Bucket=bucket, Key="k", Body=data)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="parts")["UploadId"]
    tag = s3.upload_part(Bucket=bucket, Key="parts", UploadId=upload, PartNumber=1, Body=b"kept")["ETag"]
    cloud.kill()
    cloud.start()
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == data
    s3.complete_multipart_upload(Bucket=bucket, Key="parts", UploadId=upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": tag}]})
    assert text(s3, bucket, "parts") == "kept"
