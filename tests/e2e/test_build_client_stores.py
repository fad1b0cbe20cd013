"""`dabba build` with directories that hold content by digest: caches of `type=local`, OCI layouts as contexts and as
outputs. Two daemons with data roots of their own.

The same tests run against a dockerd with an image store of containerd's: E2E_ENGINE=dockerd, with DABBA_BIN as the client.
"""

import hashlib
import json
import os
import re
import subprocess
import tarfile

import pytest

import building
import census
import lib

pytestmark = pytest.mark.skipif(not lib.PROGRAM, reason="DABBA_BIN names no program")

BUILDX = os.environ.get("BUILDX", "")
EXTRA = ["--feature", "containerd-snapshotter=true"] if lib.REFERENCE else []

# A step that gives something else each time: what is the same was not done again.
TEXT = """FROM busybox AS made
COPY a /a
RUN head -c 32 /dev/urandom | sha256sum > /stamp
FROM busybox
COPY --from=made /stamp /stamp
RUN head -c 32 /dev/urandom | sha256sum > /own
"""


class Daemon:
    """A daemon and a client of it."""

    def __init__(self, engine, program=lib.PROGRAM):
        self.engine, self.client = engine, lib.Client(engine, program)

    def build(self, *arguments, **options):
        return self.client.run("build", "--progress", "plain", "--network", "none", *map(str, arguments), **options)

    def by(self, program):
        return Daemon(self.engine, program)

    def read(self, image, path):
        """A file of an image, from its archive."""
        files = building.Image(building.export(self.engine, image)).files
        return files[path.lstrip("/")][-1].decode()


@pytest.fixture(scope="module")
def engines():
    with census.spotless(lib.Engine(extra=EXTRA)) as first, census.spotless(lib.Engine(extra=EXTRA)) as second:
        version = first.api("GET", "/version")[1]["Version"]
        if lib.REFERENCE and int(version.split(".")[0]) < 28:
            pytest.skip(f"dockerd {version} has no image store that can do this")
        yield first, second


@pytest.fixture
def daemons(engines):
    for engine in engines:
        if not any("busybox:latest" in (image["RepoTags"] or []) for image in engine.api("GET", "/images/json")[1]):
            engine.load(lib.busybox_archive())
    yield [Daemon(engine) for engine in engines]
    for engine in engines:
        engine.clean()
        if not lib.REFERENCE:
            lib.wait_for(lambda: not building.leftovers(engine), "the builder holds nothing", 10)
            assert "panicked" not in engine.log()
        building.clean(engine)


@pytest.fixture
def context(tmp_path):
    folder = tmp_path / "context"
    folder.mkdir()
    (folder / "Dockerfile").write_text(TEXT)
    (folder / "a").write_text(os.urandom(8).hex())
    return folder


def blob(folder, digest):
    return folder / "blobs/sha256" / digest.removeprefix("sha256:")


def index(folder):
    return json.loads((folder / "index.json").read_text())["manifests"]


def whole(folder):
    """That a directory holds what its names say, and nothing half done."""
    assert json.loads((folder / "oci-layout").read_text()) == {"imageLayoutVersion": "1.0.0"}
    assert os.listdir(folder / "ingest") == []
    for path in (folder / "blobs/sha256").iterdir():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name
    for named in index(folder):
        assert blob(folder, named["digest"]).stat().st_size == named["size"]
    return sorted(os.listdir(folder / "blobs/sha256"))


def cached(done):
    """How many steps the cache had, without images."""
    steps = re.findall(r"^#(\d+) \[(?:[\w-]+ +)?\d+/\d+\] (?!FROM )", done.stderr, re.M)
    return sum(f"\n#{number} CACHED" in done.stderr for number in set(steps))


def test_a_cache_in_a_directory(daemons, context, tmp_path):
    one, two = daemons
    cache = tmp_path / "new/cache"
    # The first time there is none to be read.
    arguments = ["--cache-from", f"type=local,src={cache}", "--cache-to", f"type=local,dest={cache},mode=max"]
    done = one.build("-t", "thing", *arguments, context)
    assert f"WARNING: local cache import at {cache} not found" in done.stderr
    blobs = whole(cache)
    assert [named["annotations"]["org.opencontainers.image.ref.name"] for named in index(cache)] == ["latest"]
    done = two.build("-t", "thing", *arguments, context)
    assert cached(done) == 4 and "WARNING" not in done.stderr, done.stderr
    assert two.read("thing", "/own") == one.read("thing", "/own")
    assert two.read("thing", "/stamp") == one.read("thing", "/stamp")
    # What is there already is not sent, and the name goes to what came last.
    assert len(index(cache)) == 1
    assert lib.REFERENCE or whole(cache) == blobs
    # Under a tag, beside the other.
    tagged = f"{cache},tag=mine"
    (context / "a").write_text("other")
    one.build("--cache-to", f"type=local,dest={tagged},mode=max", "-t", "other", context)
    assert {named["annotations"]["org.opencontainers.image.ref.name"] for named in index(cache)} == {"latest", "mine"}
    two.build("-t", "other", "--cache-from", f"type=local,src={tagged}", context)
    assert two.read("other", "/own") == one.read("other", "/own")
    whole(cache)


@pytest.mark.skipif(not BUILDX, reason="BUILDX names no program: docker-buildx is not on this host")
def test_what_buildx_has_written_is_read_and_the_other_way_round(daemons, context, tmp_path):
    one, two = daemons
    for writer, reader, cache in [(BUILDX, lib.PROGRAM, tmp_path / "one"), (lib.PROGRAM, BUILDX, tmp_path / "two")]:
        for daemon in daemons:
            daemon.client("builder", "prune", "-a", "-f")
        one.by(writer).build("-t", "thing", "--cache-to", f"type=local,dest={cache},mode=max", context)
        done = two.by(reader).build("-t", "thing", "--cache-from", f"type=local,src={cache}", context)
        assert cached(done) == 4, done.stderr
        assert two.read("thing", "/own") == one.read("thing", "/own")


def test_a_cache_that_is_read_is_not_written(daemons, context, tmp_path):
    one, two = daemons
    cache = tmp_path / "cache"
    one.build("--cache-to", f"type=local,dest={cache},mode=max", context)
    blobs, named = whole(cache), index(cache)
    (context / "a").write_text("other")
    two.build("--cache-from", f"type=local,src={cache}", "--cache-to", f"type=local,dest={tmp_path}/second", context)
    assert (whole(cache), index(cache)) == (blobs, named)
    assert whole(tmp_path / "second")


def test_a_cache_without_a_name_is_told_of(daemons, context, tmp_path):
    one, _ = daemons
    cache = tmp_path / "cache"
    one.build("--cache-to", f"type=local,dest={cache},tag=t", context)
    done = one.build("--cache-from", f"type=local,src={cache}", context, check=False)
    assert done.returncode == 1 and 'requires either explicit digest, "latest" tag' in done.stderr, done.stderr
    one.build("--cache-from", f"type=local,src={cache},digest={index(cache)[0]['digest']}", context)
    # One that is not what it should be is a cache that failed, and no build that did.
    path = blob(cache, index(cache)[0]["digest"])
    path.chmod(0o644)
    path.write_text(path.read_text() + " ")
    done = one.build("--cache-from", f"type=local,src={cache},tag=t", context)
    # BuildKit believes it.
    assert lib.REFERENCE or re.search(r"^#\d+ ERROR: ", done.stderr, re.M), done.stderr


def test_an_image_leaves_and_comes_back(daemons, context, tmp_path):
    one, two = daemons
    layout = tmp_path / "layout"
    (context / "Dockerfile").write_text("FROM busybox\nRUN echo made > /file\nENV WORD=said\n")
    one.build("-t", "some/base:1", "-t", "some/base:2", "-o", f"type=oci,tar=false,dest={layout}", context)
    whole(layout)
    names = {named["annotations"]["io.containerd.image.name"] for named in index(layout)}
    assert names == {"docker.io/some/base:1", "docker.io/some/base:2"}
    digest = index(layout)[0]["digest"]
    (context / "Dockerfile").write_text("FROM base\nRUN test $WORD = said && cp /file /copy\n"
                                        "FROM scratch\nCOPY --from=base /file /one\nCOPY --from=0 /copy /two\n")
    for place in [f"{layout}:1", f"{layout}@{digest}"]:
        two.build("-t", "thing", "--build-context", f"base=oci-layout://{place}", context)
        assert two.read("thing", "/one") == two.read("thing", "/two") == "made\n"
    # By a path from where the client stands.
    command = [lib.PROGRAM, "build", "--network", "none", "--build-context", "base=oci-layout://layout:2", "context"]
    done = subprocess.run(command, cwd=tmp_path, env=two.engine.env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # It is an archive's content, without the archive.
    two.build("-o", f"type=oci,dest={tmp_path}/archive", "-o", f"type=oci,tar=false,dest={tmp_path}/again",
              "--provenance=false", "--build-context", f"base=oci-layout://{layout}:1", context)
    with tarfile.open(tmp_path / "archive") as archive:
        blobs = {name.removeprefix("blobs/sha256/") for name in archive.getnames() if name.startswith("blobs/sha256/")}
    assert set(whole(tmp_path / "again")) == blobs - {""}
    # Without a name it is the latest.
    assert [named["annotations"]["org.opencontainers.image.ref.name"] for named in index(tmp_path / "again")] == ["latest"]


def test_layouts_that_cannot_be_used(daemons, context, tmp_path):
    one, _ = daemons
    layout = tmp_path / "layout"
    (context / "Dockerfile").write_text("FROM busybox\n")
    one.build("-t", "base:1", "-o", f"type=oci,tar=false,dest={layout}", "--provenance=false", context)
    (context / "Dockerfile").write_text("FROM base\n")

    def refused(place, why):
        done = one.build("--build-context", f"base=oci-layout://{place}", context, check=False)
        assert done.returncode == 1 and why in done.stderr, done.stderr
    refused(tmp_path / "gone", "gone: no such file or directory")
    refused(context, "index.json")
    refused(f"{layout}@sha256:1", "invalid digest")
    missing = "sha256:" + "0" * 64
    refused(f"{layout}@{missing}", missing.removeprefix("sha256:"))
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": []}))
    refused(f"{layout}:1", 'nothing in it is called "1"')


@pytest.mark.parametrize("arguments, words", [
    (["--cache-to", "type=local"], "local cache exporter requires dest"),
    (["--cache-from", "type=local"], "local cache importer requires src"),
    (["--cache-to", "type=local,dest={path}/Dockerfile/x"], "failed to create {path}/Dockerfile/x"),
    (["-o", "type=oci,tar=false"], "dest is required for oci exporter"),
    (["-o", "type=oci,tar=false,dest=-"], "dest cannot be stdout for oci exporter"),
    (["-o", "type=oci,tar=false,dest={path}/Dockerfile"], "destination directory {path}/Dockerfile is a file"),
    (["-o", "type=docker,tar=false,dest={path}/x"], "the output type=docker,tar=false is not supported"),
    (["-o", "type=oci,tar=false,dest={path}/x", "-o", "type=oci,tar=0,dest={path}/y"], "only one output with tar=false"),
])
def test_what_cannot_be_done_is_said(daemons, context, arguments, words):
    done = daemons[0].build(*[argument.format(path=context) for argument in arguments], context, check=False)
    assert done.returncode == 1 and words.format(path=context) in done.stderr, done.stderr


def test_a_directory_that_cannot_be_written(daemons, context, tmp_path):
    """What does not fit is told by the client to the daemon, whose build fails; nothing half is left."""
    one, _ = daemons
    cache = tmp_path / "small"
    cache.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(cache)], check=True)
    try:
        (context / "Dockerfile").write_text("FROM busybox\nRUN head -c 2000000 /dev/urandom > /much\n")
        done = one.build("--cache-to", f"type=local,dest={cache},mode=max", context, check=False)
        assert done.returncode == 1 and re.search("no space left on device", done.stderr, re.I), done.stderr
        assert os.listdir(cache / "ingest") == [] and not (cache / "index.json").exists()
        done = one.build("--cache-to", f"type=local,dest={cache},mode=max,ignore-error=true", context)
        assert not (cache / "index.json").exists()
    finally:
        subprocess.run(["umount", str(cache)], check=True)
