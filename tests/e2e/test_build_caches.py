"""Caches that leave one daemon and serve another: in a registry, in a directory of the client's, in an image; and images
that come out of a directory. Two daemons with data roots of their own, and buildx as it is."""

import base64
import gzip
import hashlib
import http.client
import http.server
import json
import os
import re
import signal
import socket
import subprocess
import threading

import pytest

import building
import census
import lib

BUILDX = os.environ.get("BUILDX", "")
pytestmark = pytest.mark.skipif(not BUILDX, reason="BUILDX names no program: docker-buildx is not on this host")

# A step that gives something else each time: what is the same was not done again.
STAGES = """FROM busybox AS made
WORKDIR /w
COPY a .
RUN cat a > b; head -c 32 /dev/urandom | sha256sum > stamp
FROM busybox
COPY --from=made /w/stamp /stamp
COPY --link --chmod=600 a /linked
RUN head -c 32 /dev/urandom | sha256sum > /own
"""


@pytest.fixture(scope="module")
def second_engine(registry):
    with census.spotless(lib.Engine(registry_port=registry.port)) as engine:
        yield engine


@pytest.fixture
def one(built):
    """The first daemon, with nothing but busybox."""
    return prepared(built)


@pytest.fixture
def two(second_engine):
    """The second one."""
    yield prepared(second_engine)
    second_engine.clean()
    lib.wait_for(lambda: not building.leftovers(second_engine), "the builder holds nothing", 10)
    assert "panicked" not in second_engine.log()
    building.clean(second_engine)


class Daemon:
    def __init__(self, engine):
        self.engine, self.client = engine, lib.Client(engine, BUILDX)

    def command(self, *arguments):
        return ["build", "--progress", "plain", "--network", "none", *map(str, arguments)]

    def build(self, *arguments, **options):
        return Done(self.client.run(*self.command(*arguments), **options))

    def begin(self, *arguments):
        return subprocess.Popen([BUILDX, *self.command(*arguments)], env=self.engine.env, text=True,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def image(self, name):
        return self.engine.api("GET", f"/images/{name}/json")[1]

    def read(self, image, path):
        """A file of an image."""
        files = building.Image(building.export(self.engine, image)).files
        return files[path.lstrip("/")][-1].decode()

    def held(self):
        """Layers and blobs."""
        root = self.engine.root / "data/image"
        return [sorted(os.listdir(root / folder)) for folder in ("layers", "content/sha256")]

    def clean(self, before):
        """Forgets the cache and all images but busybox; nothing else may be left then."""
        building.clean(self.engine)
        lib.wait_for(lambda: self.held() == before, "nothing is left", 10)


class Done:
    """What a build has told."""

    def __init__(self, done):
        self.code, self.told = done.returncode, done.stderr
        found = re.findall(r"^#(\d+) \[(?:[\w-]+ +)?\d+/\d+\] (.*)$", self.told, re.M)
        steps = {number: text for number, text in found if not text.startswith("FROM ")}
        self.cached = {text for number, text in steps.items() if f"\n#{number} CACHED" in self.told}
        self.ran = {text for number, text in steps.items() if f"\n#{number} DONE" in self.told} - self.cached


def prepared(engine):
    if not any("busybox:latest" in (image["RepoTags"] or []) for image in engine.api("GET", "/images/json")[1]):
        engine.load(lib.busybox_archive())
    return Daemon(engine)


@pytest.fixture
def context(tmp_path):
    folder = tmp_path / "context"
    folder.mkdir()
    (folder / "Dockerfile").write_text(STAGES)
    (folder / "a").write_text("content\n")
    return folder


def blob(folder, digest):
    return folder / "blobs/sha256" / digest.removeprefix("sha256:")


def manifest_of(folder):
    index = json.loads((folder / "index.json").read_text())
    return json.loads(blob(folder, index["manifests"][0]["digest"]).read_text())


def rewritten(folder, change):
    """Changes the manifest of a directory with content, and everything that names it."""
    manifest = manifest_of(folder)
    change(manifest)
    data = json.dumps(manifest).encode()
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    blob(folder, digest).write_bytes(data)
    index = json.loads((folder / "index.json").read_text())
    index["manifests"][0] |= {"digest": digest, "size": len(data)}
    (folder / "index.json").write_text(json.dumps(index))


@pytest.mark.parametrize("options", [
    "", "image-manifest=false", "oci-mediatypes=false", "compression=gzip,force-compression=false",
], ids=["manifest", "index", "docker", "gzip"])
def test_a_cache_in_a_registry(one, two, registry, context, options):
    name = f"127.0.0.1:{registry.port}/caches/{options.replace('=', '-').replace(',', '-') or 'plain'}:all"
    told = one.build("-t", "thing", "--cache-to", f"type=registry,ref={name},mode=max,{options}".rstrip(","), context)
    assert len(told.ran) == 6 and "exporting cache to registry" in told.told, told.told
    told = two.build("-t", "thing", "--cache-from", f"type=registry,ref={name}", context)
    assert len(told.cached) == 6 and not told.ran, told.told
    assert f"importing cache manifest from {name.removesuffix(':latest')}" in told.told
    assert two.image("thing")["Id"] == one.image("thing")["Id"]
    assert two.read("thing", "/linked") == "content\n"
    assert two.read("thing", "/own") == one.read("thing", "/own") != two.read("thing", "/stamp")
    # What it gave counts for those who name it.
    told = two.build("-t", "other", context)
    assert "RUN head -c 32 /dev/urandom | sha256sum > /own" in told.ran, told.told
    assert two.image("other")["Id"] != two.image("thing")["Id"]


def test_a_registry_that_wants_a_login(one, two, context, tmp_path):
    # Of `me` with the password `secret`, as htpasswd -B writes it.
    (tmp_path / "logins").write_text("me:$2b$12$06c/zVDzEeQuZxeEhusBGuSGMMqvkXcAeRfW1fqc/9kiIjp3D1Mu6\n")
    registry = lib.Registry(root=tmp_path / "registry", logins=tmp_path / "logins")
    name = f"127.0.0.1:{registry.port}/own/cache:1"
    try:
        done = one.build("--cache-to", f"type=registry,ref={name}", context, check=False)
        assert done.code == 1 and "no basic auth credentials" in done.told, done.told
        login = {"auths": {f"127.0.0.1:{registry.port}": {"auth": base64.b64encode(b"me:secret").decode()}}}
        (tmp_path / "config.json").write_text(json.dumps(login))
        environments = [daemon.engine.env | {"DOCKER_CONFIG": str(tmp_path)} for daemon in (one, two)]
        for daemon, environment in zip((one, two), environments):
            command = [BUILDX, *daemon.command("--cache-from", name, "--cache-to", f"type=registry,ref={name},mode=max", context)]
            done = Done(subprocess.run(command, env=environment, capture_output=True, text=True, timeout=90))
            assert done.code == 0, done.told
        assert len(done.cached) == 6, done.told
    finally:
        registry.stop()


def test_a_cache_in_a_directory(one, two, context, tmp_path):
    cache = tmp_path / "cache"
    one.build("-t", "thing", "--cache-to", f"type=local,dest={cache},mode=max", context)
    assert manifest_of(cache)["config"]["mediaType"] == "application/vnd.buildkit.cacheconfig.v0"
    told = two.build("-t", "thing", "--cache-from", f"type=local,src={cache}", context)
    assert len(told.cached) == 6 and not told.ran, told.told
    assert two.image("thing")["Id"] == one.image("thing")["Id"]
    # Written again it is the same, and what was imported leaves, too.
    names = sorted(os.listdir(cache / "blobs/sha256"))
    one.build("--cache-to", f"type=local,dest={cache},mode=max", context)
    assert sorted(os.listdir(cache / "blobs/sha256")) == names and not os.listdir(cache / "ingest")
    second = tmp_path / "second"
    two.build("--cache-from", f"type=local,src={cache}", "--cache-to", f"type=local,dest={second},mode=max", context)
    assert manifest_of(second) == manifest_of(cache)
    tagged = tmp_path / "tagged"
    one.build("--cache-to", f"type=local,dest={tagged},tag=mine,image-manifest=false,mode=max", context)
    told = two.build("--cache-from", f"type=local,src={tagged},tag=mine", context)
    assert "RUN head -c 32 /dev/urandom | sha256sum > /own" in told.cached, told.told


def test_bake_names_caches(one, two, context, tmp_path):
    cache = tmp_path / "cache"
    file = tmp_path / "bake.json"
    target = {"context": str(context), "tags": ["thing"], "network": "none", "cache-to": [f"type=local,dest={cache},mode=max"]}
    file.write_text(json.dumps({"target": {"default": target}}))
    bake = ["bake", "--progress", "plain", "--allow", "fs=*", "-f", str(file)]
    assert len(Done(one.client.run(*bake)).ran) == 6
    target |= {"cache-from": [f"type=local,src={cache}"], "cache-to": []}
    file.write_text(json.dumps({"target": {"default": target}}))
    told = Done(two.client.run(*bake))
    assert len(told.cached) == 6 and not told.ran, told.told
    assert two.image("thing")["Id"] == one.image("thing")["Id"]


def test_the_least_is_what_the_image_is_made_of(one, two, context, tmp_path):
    cache = tmp_path / "cache"
    one.build("-t", "thing", "--cache-to", f"type=local,dest={cache},mode=min", context)
    count = len(json.loads(blob(cache, manifest_of(cache)["config"]["digest"]).read_text())["records"])
    assert count == 3
    (context / "Dockerfile").write_text(STAGES.replace("head -c 32 /dev/urandom | sha256sum > stamp", "echo one > stamp"))
    least, all_ = tmp_path / "least", tmp_path / "all"
    one.build("-t", "thing", "--cache-to", f"type=local,dest={least},mode=min",
              "--cache-to", f"type=registry,ref=127.0.0.1:9/x,ignore-error=true", context)
    told = two.build("-t", "thing", "--cache-from", f"type=local,src={least}", context)
    assert "RUN cat a > b; echo one > stamp" in told.ran, told.told
    assert {"COPY --from=made /w/stamp /stamp", "RUN head -c 32 /dev/urandom | sha256sum > /own"} <= told.cached
    assert two.image("thing")["Id"] == one.image("thing")["Id"]
    one.build("--cache-to", f"type=local,dest={all_},mode=max", context)
    assert len(json.loads(blob(all_, manifest_of(all_)["config"]["digest"]).read_text())["records"]) == 6


def test_an_image_carries_its_cache(one, two, registry, context):
    name = f"127.0.0.1:{registry.port}/caches/inline:1"
    (context / "Dockerfile").write_text("FROM busybox\nWORKDIR /w\nCOPY --link a /linked\nRUN head -c 9 /dev/urandom > own\n")
    one.build("-t", name, "--push", "--cache-to", "type=inline", context)
    told = two.build("-t", "thing", "--cache-from", name, "--cache-to", "type=inline", context)
    assert len(told.cached) == 3 and not told.ran, told.told
    assert two.image("thing")["Id"] == one.image(name)["Id"]
    # The image that is here is asked before any registry.
    two.engine.api("POST", "/build/prune?all=1")
    told = two.build("-t", "again", "--cache-from", "thing", context)
    assert len(told.cached) == 3 and not told.ran, told.told
    two.engine.api("POST", "/build/prune?all=1")
    # The classic builder looks there, too.
    files = {"a": ((context / "a").read_text(), 0o644)}
    text = (context / "Dockerfile").read_text()
    done = building.build(two.engine, text, files, cachefrom=["thing", "nothing"])
    assert not done.ran(), done.output
    done = building.build(two.engine, text, files)
    assert len(done.ran()) == 3, done.output
    # Without being told to, an image carries nothing.
    one.build("-t", f"{name}2", "--push", context)
    two.engine.api("POST", "/build/prune?all=1")
    told = two.build("--cache-from", f"{name}2", context)
    assert len(told.ran) == 3, told.told


@pytest.mark.skipif("docker-20" not in lib.clients(), reason="Debian's docker 20.10 is not on this host")
def test_docker_20_says_it_with_an_argument(one, two, registry, context):
    """BUILDKIT_INLINE_CACHE, and the names of images."""
    name = f"127.0.0.1:{registry.port}/caches/old:1"
    (context / "Dockerfile").write_text("FROM busybox\nCOPY a /\nRUN head -c 9 /dev/urandom > own\n")
    # The registry may have what another run has left.
    (context / "a").write_text(os.urandom(8).hex())
    told = []
    for daemon in (one, two):
        old = lib.Client(daemon.engine, lib.clients()["docker-20"])
        daemon.engine.env["DOCKER_BUILDKIT"] = "1"
        told.append(Done(old.run("build", "--progress", "plain", "--network", "none", "-t", name, "--cache-from", name,
                                 "--build-arg", "BUILDKIT_INLINE_CACHE=1", str(context))))
        old.run("push", name)
    assert len(told[0].ran) == 2 and len(told[1].cached) == 2, told[1].told
    assert two.image(name)["Id"] == one.image(name)["Id"]


def test_an_image_with_a_cache_is_the_same_twice(one, context):
    arguments = ["--build-arg", "SOURCE_DATE_EPOCH=1000000000", "--build-arg", "BUILDKIT_INLINE_CACHE=1", context]
    (context / "Dockerfile").write_text("FROM busybox\nCOPY a /\nRUN echo x > /y\n")
    one.build("-t", "first", *arguments)
    one.build("-t", "second", "--no-cache", *arguments)
    assert one.image("first")["Id"] == one.image("second")["Id"]
    one.build("-t", "plain", *arguments[:2], context)
    assert one.image("plain")["Id"] != one.image("first")["Id"]


def test_a_cache_that_is_not_there_is_told_of(one, registry, context, tmp_path):
    missing = f"127.0.0.1:{registry.port}/caches/missing:1"
    told = one.build("--cache-from", missing, "--cache-from", "type=registry,ref=127.0.0.1:9/x", context)
    assert f"importing cache manifest from {missing}\n" in told.told and len(told.ran) == 6, told.told
    assert re.search(r"ERROR: manifest for .*caches/missing:1 not found", told.told), told.told
    assert re.search(r"ERROR: .*127.0.0.1:9", told.told)
    # What is no cache.
    cache = tmp_path / "cache"
    one.build("--cache-to", f"type=local,dest={cache}", context)
    config = blob(cache, manifest_of(cache)["config"]["digest"])
    config.write_text(config.read_text().replace("layers", "LAYERS"))
    told = one.build("--no-cache-filter", "made", "--cache-from", f"type=local,src={cache}", context)
    assert "ERROR: manifest verification failed" in told.told, told.told


def test_layers_that_are_not_what_they_should_be(one, two, context, tmp_path):
    (context / "Dockerfile").write_text("FROM busybox\nRUN echo good > /made\nRUN echo more > /more\n")
    cache = tmp_path / "cache"
    one.build("-t", "thing", "--cache-to", f"type=local,dest={cache},mode=max", context)
    top = {layer["annotations"]["containerd.io/uncompressed"]: layer for layer in manifest_of(cache)["layers"]}
    made = one.image("thing")["RootFS"]["Layers"][1]
    path = blob(cache, top[made]["digest"])
    good = path.read_bytes()
    evil = gzip.compress(lib.layer([("made", "file", "evil\n")]), mtime=0)

    before = two.held()

    def refused(why):
        told = two.build("-t", "thing", "--cache-from", f"type=local,src={cache}", context)
        assert re.search(rf"ERROR: .*{why}", told.told), told.told
        # It is asked for nothing more, and everything is done.
        assert told.told.count("importing layer") >= 1 and len(told.ran) == 2, told.told
        assert two.read("thing", "/made") == "good\n"
        two.clean(before)

    # Other bytes, of the same and of another length.
    path.chmod(0o644)
    path.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    refused("expected digest")
    path.write_bytes(good + b"more")
    refused("is longer than")
    path.write_bytes(good[:-1])
    refused("is shorter than")
    path.unlink()
    refused("not found")
    # Another layer by its own digest, that says it is this one.
    digest = "sha256:" + hashlib.sha256(evil).hexdigest()
    blob(cache, digest).write_bytes(evil)

    def swap(manifest):
        config = json.loads(blob(cache, manifest["config"]["digest"]).read_text())
        for layer in config["layers"]:
            if layer["blob"] == top[made]["digest"]:
                layer["blob"] = digest
        data = json.dumps(config).encode()
        manifest["config"] |= {"digest": "sha256:" + hashlib.sha256(data).hexdigest(), "size": len(data)}
        blob(cache, manifest["config"]["digest"]).write_bytes(data)
        for layer in manifest["layers"]:
            if layer["digest"] == top[made]["digest"]:
                layer |= {"digest": digest, "size": len(evil)}
    rewritten(cache, swap)
    refused("expected digest")


def test_a_word_of_a_stranger_counts_only_where_it_is_asked_for(one, two, context, tmp_path):
    """A cache that says that a step gives something else: whoever names it believes it, and nobody else is told."""
    cache = tmp_path / "cache"
    (context / "Dockerfile").write_text("FROM busybox\nRUN echo good > /made\nRUN cat /made > /more\n")
    one.build("-t", "thing", "--cache-to", f"type=local,dest={cache},mode=max", context)
    made = one.image("thing")["RootFS"]["Layers"][1]
    plain = lib.layer([("made", "file", "evil\n")])
    evil = gzip.compress(plain, mtime=0)
    digest, diff_id = ("sha256:" + hashlib.sha256(data).hexdigest() for data in (evil, plain))
    blob(cache, digest).write_bytes(evil)

    def swap(manifest):
        old = next(layer for layer in manifest["layers"] if layer["annotations"]["containerd.io/uncompressed"] == made)
        text = blob(cache, manifest["config"]["digest"]).read_text().replace(old["digest"], digest)
        manifest["config"] |= {"digest": "sha256:" + hashlib.sha256(text.encode()).hexdigest(), "size": len(text)}
        blob(cache, manifest["config"]["digest"]).write_text(text)
        old |= {"digest": digest, "size": len(evil), "annotations": {"containerd.io/uncompressed": diff_id}}
    rewritten(cache, swap)
    two.build("-t", "thing", "--cache-from", f"type=local,src={cache}", context)
    assert two.read("thing", "/made") == "evil\n"
    two.build("-t", "other", context)
    assert two.read("other", "/made") == two.read("other", "/more") == "good\n"
    # What has been built here is found here first.
    two.build("-t", "third", "--cache-from", f"type=local,src={cache}", context)
    assert two.read("third", "/made") == "good\n"


def test_secrets_do_not_leave(one, context, tmp_path):
    word, cache = "a-word-nobody-guesses", tmp_path / "cache"
    (tmp_path / "secret").write_text(word)
    (context / "Dockerfile").write_text(
        "FROM busybox AS made\nRUN --mount=type=secret,id=s --mount=type=secret,id=s,env=E wc -c /run/secrets/s > /n\n"
        "RUN --mount=type=cache,target=/c echo kept-in-a-mount > /c/x\nFROM busybox\nCOPY --from=made /n /n\n")
    one.build("--secret", f"id=s,src={tmp_path}/secret", "--cache-to", f"type=local,dest={cache},mode=max", context)
    found = list((cache / "blobs/sha256").iterdir())
    assert len(found) > 4
    for path in found:
        data = path.read_bytes()
        data += gzip.decompress(data) if data.startswith(b"\x1f\x8b") else b""
        assert word.encode() not in data and b"kept-in-a-mount" not in data.replace(b"echo kept-in-a-mount", b"")


def test_a_cache_that_does_not_get_there(one, context):
    ref = "type=registry,ref=127.0.0.1:9/x,mode=max"
    done = one.build("-t", "thing", "--cache-to", ref, context, check=False)
    assert done.code == 1 and "127.0.0.1:9" in done.told.split("ERROR: failed to")[-1], done.told
    done = one.build("-t", "thing", "--cache-to", f"{ref},ignore-error=true", context)
    assert re.search(r"exporting cache to registry\n(.*\n)*#\d+ ERROR: .*127.0.0.1:9", done.told), done.told
    assert one.image("thing")["Id"]


@pytest.mark.parametrize("option, why", [
    ("type=azblob,name=x", "exporting the cache as \"azblob\" is not implemented"),
    ("type=registry,ref=a,compression=estargz", "compression=estargz"),
    ("type=local,dest=x,mode=most", "mode=most"),
    ("type=inline,mode=max", "mode=max"),
])
def test_what_is_not_carried_out_is_refused(one, context, option, why):
    done = one.build("--cache-to", option.replace("dest=x", f"dest={context}/x"), context, check=False)
    assert done.code == 1 and why in done.told and "RUN" not in done.told.split("ERROR")[0], done.told


class Counting(http.server.ThreadingHTTPServer):
    """A registry in front of a registry, which counts what is read."""

    def __init__(self, port):
        self.read = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                inner = http.client.HTTPConnection("127.0.0.1", port)
                inner.request("GET", self.path, headers={"Accept": ", ".join(self.headers.get_all("Accept", []))})
                answer = inner.getresponse()
                data = answer.read()
                if "/blobs/" in self.path:
                    outer.read.append(self.path.rsplit("/", 1)[1])
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.getheader("Content-Type", ""))
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


def test_builds_at_the_same_time_fetch_a_layer_once(one, two, registry, context, tmp_path):
    name = "caches/shared:1"
    one.build("--cache-to", f"type=registry,ref=127.0.0.1:{registry.port}/{name},mode=max", context)
    server = Counting(registry.port)
    try:
        source = f"type=registry,ref=127.0.0.1:{server.server_address[1]}/{name}"
        builds = [two.begin("-t", f"thing{number}", "--cache-from", source, context) for number in range(4)]
        for build in builds:
            _, told = build.communicate(timeout=90)
            assert build.returncode == 0 and "CACHED" in told, told
        ids = {two.image(f"thing{number}")["Id"] for number in range(4)}
        assert len(ids) == 1
        layers = [digest for digest in server.read if server.read.count(digest) < 4]
        assert len(layers) == len(set(layers)) == 6, server.read
    finally:
        server.shutdown()


def test_what_was_imported_is_given_back(two, one, context, tmp_path):
    cache = tmp_path / "cache"
    one.build("--cache-to", f"type=local,dest={cache},mode=max", context)
    before = two.held()
    two.build("--cache-from", f"type=local,src={cache}", context)
    assert len(two.held()[0]) > len(before[0])
    # The cache holds it: it does not come again.
    told = two.build("--cache-from", f"type=local,src={cache}", context)
    assert len(told.cached) == 6 and "importing layer" not in told.told
    usage = two.client.run("du", "--verbose").stdout
    assert "(imported from" in usage, usage
    two.clean(before)


def test_an_export_that_is_given_up_leaves_nothing(one, context):
    silent = socket.create_server(("127.0.0.1", 0))
    port = silent.getsockname()[1]
    build = one.begin("--cache-to", f"type=registry,ref=127.0.0.1:{port}/x,mode=max", context)
    told = ""
    while "exporting cache to registry" not in told:
        line = build.stderr.readline()
        assert line, told
        told += line
    build.send_signal(signal.SIGINT)
    build.communicate(timeout=30)
    assert build.returncode != 0
    silent.close()
    lib.wait_for(lambda: not building.leftovers(one.engine), "nothing is left", 10)


def test_an_image_out_of_a_directory(one, two, context, tmp_path):
    layout = tmp_path / "layout"
    (context / "Dockerfile").write_text("FROM busybox\nRUN echo made > /file\nENV WORD=said\nCMD [\"x\"]\n")
    one.build("-t", "some/base:1", "-o", f"type=oci,tar=false,dest={layout}", "--provenance=false", context)
    index = json.loads((layout / "index.json").read_text())
    assert json.loads((layout / "oci-layout").read_text())["imageLayoutVersion"]
    assert not os.listdir(layout / "ingest")
    (context / "Dockerfile").write_text(
        "FROM base\nRUN test $WORD = said && cat /file > /copy\nFROM scratch\nCOPY --from=base /file /one\nCOPY --from=0 /copy /two\n")
    before = two.held()
    for _ in range(2):
        told = two.build("-t", "thing", "--build-context", f"base=oci-layout://{layout}:1", context)
        assert "[context base] OCI load from client" in told.told
        assert two.read("thing", "/one") == two.read("thing", "/two") == "made\n"
        two.engine.api("DELETE", "/images/thing?force=1")
    two.clean(before)
    # What nobody has asked to be kept goes by itself.
    (context / "Dockerfile").write_text("FROM base\n")
    two.build("-o", "type=cacheonly", "--build-context", f"base=oci-layout://{layout}:1", context)
    lib.wait_for(lambda: two.held() == before, "nothing is left", 10)
    # Upon it, an image that leaves with its base's layers.
    (context / "Dockerfile").write_text("FROM base\nRUN echo upon > /upon\n")
    told = two.build("-t", "thing", "--build-context", f"base=oci-layout://{layout}@{index['manifests'][0]['digest']}", context)
    assert two.read("thing", "/file") == "made\n"
    assert two.image("thing")["Config"]["Cmd"] == ["x"]
    two.clean(before)
    # What is not what it should be.
    layer = blob(layout, manifest_of(layout)["layers"][-1]["digest"])
    layer.chmod(0o644)
    layer.write_bytes(layer.read_bytes()[:-1] + b"\x07")
    done = two.build("--build-context", f"base=oci-layout://{layout}:1", context, check=False)
    assert done.code == 1 and "expected digest" in done.told, done.told
    rewritten(layout, lambda manifest: manifest["layers"].pop())
    done = two.build("--build-context", f"base=oci-layout://{layout}", context, check=False)
    assert done.code == 1 and "differ in their layers" in done.told, done.told
