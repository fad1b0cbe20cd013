"""How layers are compressed on their way out of a build: to a registry, into an OCI layout, as a cache."""

import gzip
import hashlib
import json
import urllib.request

import pytest

import lib

pytestmark = pytest.mark.skipif(not lib.PROGRAM, reason="DABBA_BIN names no program")

LAYER = "application/vnd.oci.image.layer.v1.tar"
ZSTD = b"\x28\xb5\x2f\xfd"
TEXT = "FROM busybox\nRUN head -c 32 /dev/urandom | sha256sum > /own\n"


@pytest.fixture
def client(built):
    """A client that builds."""
    client = lib.Client(built, lib.PROGRAM)
    client.build = lambda *arguments, **options: client.run(
        "build", "--progress", "plain", "--network", "none", "--provenance=false", *map(str, arguments), **options)
    return client


@pytest.fixture
def context(tmp_path):
    folder = tmp_path / "context"
    folder.mkdir()
    (folder / "Dockerfile").write_text(TEXT)
    return folder


def layers(folder):
    """The layers of the only image of an OCI layout: what they are called, and their bytes."""
    def blob(digest):
        return (folder / "blobs/sha256" / digest.removeprefix("sha256:")).read_bytes()
    index = json.loads((folder / "index.json").read_text())
    manifest = json.loads(blob(index["manifests"][0]["digest"]))
    return [(layer["mediaType"], blob(layer["digest"])) for layer in manifest["layers"]]


def manifest_of(registry, name, tag):
    request = urllib.request.Request(f"http://127.0.0.1:{registry.port}/v2/{name}/manifests/{tag}", headers={
        "Accept": "application/vnd.oci.image.manifest.v1+json"})
    return json.load(urllib.request.urlopen(request))


def kinds(manifest):
    return [layer["mediaType"].removeprefix(LAYER) for layer in manifest["layers"]]


@pytest.mark.parametrize("option, kind, head", [
    ("gzip", "+gzip", b"\x1f\x8b"), ("gzip,compression-level=9", "+gzip", b"\x1f\x8b"), ("zstd", "+zstd", ZSTD),
    ("zstd,compression-level=19", "+zstd", ZSTD), ("uncompressed", "", b""),
])
def test_an_oci_layout(client, built, context, tmp_path, option, kind, head):
    client.build("-t", "thing", context)
    client.build("-o", f"type=oci,tar=false,dest={tmp_path}/layout,compression={option}", context)
    found = layers(tmp_path / "layout")
    assert [name for name, _ in found] == [LAYER + kind] * 2 and all(data.startswith(head) for _, data in found)
    diff_ids = built.api("GET", "/images/thing/json")[1]["RootFS"]["Layers"]
    plain = {"+gzip": gzip.decompress, "": lambda data: data}.get(kind)
    if plain:
        assert ["sha256:" + hashlib.sha256(plain(data)).hexdigest() for _, data in found] == diff_ids
    # It is the same image for who takes it.
    (context / "Dockerfile").write_text("FROM base\n")
    client("builder", "prune", "-a", "-f")
    client.build("-t", "again", "--build-context", f"base=oci-layout://{tmp_path}/layout", context)
    assert built.api("GET", "/images/again/json")[1]["RootFS"]["Layers"] == diff_ids


def test_a_push(client, built, registry, context):
    name = f"127.0.0.1:{registry.port}/compressed/thing"

    def pushed(tag, options):
        client.build("-t", f"{name}:{tag}", "-o", f"type=image,push=true{options}", context)
        return manifest_of(registry, "compressed/thing", tag)
    usual = pushed("usual", "")
    zstd = pushed("zstd", ",compression=zstd")
    assert kinds(usual) == ["+gzip"] * 2 and kinds(zstd) == ["+zstd"] * 2
    assert kinds(pushed("plain", ",compression=uncompressed")) == [""] * 2
    # One way is not taken for another: neither the next build nor a push of the same image.
    assert pushed("usual", "")["layers"] == usual["layers"]
    client("push", f"{name}:zstd")
    assert manifest_of(registry, "compressed/thing", "zstd")["layers"] == usual["layers"]
    # It comes back as it went.
    client.build("-t", f"{name}:zstd", "-o", "type=image,push=true,compression=zstd", context)
    image = built.api("GET", f"/images/{name}:zstd/json")[1]
    for tag in ["zstd", "plain", "usual"]:
        built.api("DELETE", f"/images/{name}:{tag}?force=1")
    client("builder", "prune", "-a", "-f")
    client("pull", f"{name}:zstd")
    assert built.api("GET", f"/images/{name}:zstd/json")[1]["RootFS"] == image["RootFS"]
    # What came compressed leaves so, unless it is forced.
    (context / "Dockerfile").write_text(f"FROM {name}:zstd\nRUN echo more > /more\n")
    assert kinds(pushed("upon", "")) == ["+zstd", "+zstd", "+gzip"]
    assert kinds(pushed("forced", ",force-compression=true")) == ["+gzip"] * 3
    assert manifest_of(registry, "compressed/thing", "forced")["layers"][:2] == usual["layers"]


@pytest.mark.parametrize("option, kind", [("zstd", "+zstd"), ("uncompressed", ""), ("gzip,compression-level=9", "+gzip")])
def test_a_cache(client, built, context, tmp_path, option, kind):
    cache = tmp_path / "cache"
    client.build("-t", "thing", "--cache-to", f"type=local,dest={cache},compression={option}", context)
    found = layers(cache)
    assert [name for name, _ in found] == [LAYER + kind] * len(found) and found
    first = built.api("GET", "/images/thing/json")[1]["RootFS"]
    client("builder", "prune", "-a", "-f")
    built.api("DELETE", "/images/thing?force=1")
    done = client.build("-t", "thing", "--cache-from", f"type=local,src={cache}", context)
    assert "CACHED" in done.stderr and "importing layer" in done.stderr, done.stderr
    assert built.api("GET", "/images/thing/json")[1]["RootFS"] == first


@pytest.mark.parametrize("arguments, words", [
    (["-o", "type=image,compression=zstd"], "compressing the layers of an image"),
    (["-o", "type=docker,dest=/dev/null,compression=zstd"], "compressing the layers of an image"),
    (["-o", "type=oci,dest=/dev/null,compression=estargz"], "compression=estargz"),
    (["-o", "type=oci,dest=/dev/null,compression=zstd,compression-level=23"], "has no level 23"),
    (["--cache-to", "type=local,dest={path}/x,oci-mediatypes=false,compression=zstd"], "know no compression but gzip"),
])
def test_what_cannot_be_done_is_said(client, context, arguments, words):
    done = client.build(*[argument.format(path=context) for argument in arguments], context, check=False)
    assert done.returncode == 1 and words in done.stderr, done.stderr
