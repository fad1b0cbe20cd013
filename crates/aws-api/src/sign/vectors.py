"""Writes vectors.json: requests as botocore signs them. Run it with a Python that has botocore; tests do not."""
import datetime
import json
import pathlib
from unittest import mock
from urllib.parse import urlsplit

import botocore.auth as auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}


def signed(name, signer, method, url, headers=None, data=b"", token=None, service="iam", **options):
    request = AWSRequest(method=method, url=url, headers=headers or {}, data=data)
    credentials = Credentials(KEY, SECRET, token)
    if signer is auth.HmacV1QueryAuth:
        signer = signer(credentials, **options)
    else:
        signer = signer(credentials, service, "eu-west-1", **options)
    with mock.patch.object(auth, "get_current_datetime", lambda *_: NOW.replace(tzinfo=None)), mock.patch.object(
        auth.time, "time", lambda: NOW.timestamp()
    ):
        signer.add_auth(request)
    parts = urlsplit(request.prepare().url)
    # Whoever opens a URL sends no header of the signer's.
    sent = dict(headers or {}) if "Query" in type(signer).__name__ else dict(request.headers.items())
    sent.setdefault("Host", parts.netloc)
    return {
        "name": name,
        "method": method,
        "path": parts.path or "/",
        "query": parts.query,
        "headers": sorted([key.lower(), value.decode() if isinstance(value, bytes) else value] for key, value in sent.items()),
        "body": data.decode(),
        "token": token,
    }


VECTORS = [
    signed("query protocol", auth.SigV4Auth, "POST", "http://127.0.0.1:4566/", FORM, b"Action=ListUsers&Version=2010-05-08"),
    signed("session", auth.SigV4Auth, "POST", "http://127.0.0.1:4566/", FORM, b"Action=ListUsers", token="TOKEN/+=="),
    signed("parameters in the URL", auth.SigV4Auth, "GET", "http://localhost/?Action=GetUser&b=2&a=1&a=0&c=%2F%20&d"),
    signed("a path that is encoded twice", auth.SigV4Auth, "POST", "http://localhost/service/a%20b/../c//d/", service="monitoring"),
    signed("json", auth.SigV4Auth, "POST", "http://localhost/", {"X-Amz-Target": "Logs.Get", "Content-Type": "application/x-amz-json-1.1"}, b"{}", service="logs"),
    signed("spaces in headers", auth.SigV4Auth, "GET", "http://localhost/", {"X-Note": "  a   b  c "}),
    signed("URL", auth.SigV4QueryAuth, "GET", "http://localhost/?Action=GetCallerIdentity&Version=2011-06-15", service="sts", expires=60),
    signed("URL of a session", auth.SigV4QueryAuth, "GET", "http://localhost/?Action=GetCallerIdentity", service="sts", token="TOKEN/+==", expires=900),
    signed("object", auth.S3SigV4Auth, "PUT", "http://localhost:4566/bucket/a%20b/%E1%88%B4%2B%3D~", {"x-amz-meta-a": "b"}, b"hello", service="s3"),
    signed("object with dots and slashes", auth.S3SigV4Auth, "GET", "http://localhost/bucket//a/./../b?versionId=1&acl", service="s3"),
    signed("object of a session", auth.S3SigV4Auth, "GET", "http://bucket.s3.localhost/key", service="s3", token="TOKEN"),
    signed("URL of an object", auth.S3SigV4QueryAuth, "GET", "http://localhost/bucket/a%20b?response-content-type=text%2Fplain", service="s3", expires=3600),
    signed("URL to put an object", auth.S3SigV4QueryAuth, "PUT", "http://localhost/bucket/key", {"x-amz-meta-a": "b"}, service="s3", expires=604800),
    signed("old URL of an object", auth.HmacV1QueryAuth, "GET", "http://localhost/bucket/a%20b", expires=3600),
    signed("old URL of a version", auth.HmacV1QueryAuth, "GET", "http://localhost/bucket/key?versionId=a%2Fb&response-content-type=text%2Fplain&other=1", expires=60),
    signed("old URL of a session", auth.HmacV1QueryAuth, "GET", "http://localhost/bucket/key", token="TOKEN/+==", expires=60),
]
text = ",\n".join(json.dumps(vector, ensure_ascii=False) for vector in VECTORS)
pathlib.Path(__file__).with_name("vectors.json").write_text(f"[\n{text}\n]\n")
