"""Archives and registries of strangers: nothing leaves the layer, nothing half-made stays, the daemon goes on."""

import base64
import gzip
import hashlib
import http.server
import io
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile
import threading

import pytest

import lib
from test_bad_input import peak, small_disk, talk  # noqa: F401

only_dabba = pytest.mark.skipif(lib.REFERENCE, reason="Debian's dockerd is older than the mending, or the test would harm it")
TAR = {"Content-Type": "application/x-tar"}


@pytest.fixture
def outside():
    """A directory of the host that names and links of the archives lead to; nothing in it may change."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="outside-", dir="/var/tmp"))
    (folder / "victim").write_text("the host's")
    (folder / "folder").mkdir()
    before = lib.tree(folder)
    yield folder
    try:
        assert lib.tree(folder) == before
    finally:
        shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def nothing_left(module_engine, outside):
    """The store holds what its images need and nothing else, and the daemon is the same process."""
    process, log = module_engine.process.pid, len(module_engine.log())
    before = store(module_engine)
    yield
    assert module_engine.process.poll() is None and module_engine.process.pid == process
    assert "panicked" not in module_engine.log()[log:]
    for item in module_engine.api("GET", "/images/json")[1]:
        if item["RepoTags"] != ["busybox:latest"]:
            module_engine.api("DELETE", f"/images/{item['Id']}?force=1")
    if not lib.REFERENCE:
        lib.wait_for(lambda: store(module_engine) == before, "what was refused is gone", 10)


def store(engine):
    return sorted(str(path.relative_to(engine.root)) for folder in ("content/sha256", "layers", "tmp", "trash")
                  for path in (engine.root / "data/image" / folder).glob("*"))


# The corpus

GOOD = "file", tarfile.REGTYPE, {"content": b"fine"}


def member(name, kind=tarfile.REGTYPE, content=b"", link="", pax=None, **fields):
    """One member as its bytes, whatever it says of itself."""
    info = tarfile.TarInfo("placeholder")
    info.type, info.linkname, info.mode = kind, link, fields.get("mode", 0o755)
    info.size = len(content)
    info.devmajor, info.devminor = fields.get("device", (0, 0))
    info.uid = fields.get("uid", 0)
    info.name = name
    info.pax_headers = pax or {}
    form = tarfile.PAX_FORMAT if pax else tarfile.GNU_FORMAT
    head = bytearray(info.tobuf(form, "utf-8", "surrogateescape"))
    if "size" in fields:
        # Base 256, as GNU writes large and negative numbers.
        head[-512 + 124:-512 + 136] = fields["size"].to_bytes(12, "big", signed=True) if fields["size"] < 0 else (
            b"\x80" + fields["size"].to_bytes(11, "big"))
        head[-512 + 148:-512 + 156] = b" " * 8
        head[-512 + 148:-512 + 156] = b"%06o\0 " % sum(head[-512:])
    return bytes(head) + content + b"\0" * (-len(content) % 512)


def raw(name_bytes, kind=b"0", body=b""):
    """A header with a name of bytes."""
    head = bytearray(tarfile.TarInfo("x").tobuf(tarfile.GNU_FORMAT))
    head[0:100] = name_bytes.ljust(100, b"\0")[:100]
    head[124:136] = b"%011o\0" % len(body)
    head[156:157] = kind
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + body + b"\0" * (-len(body) % 512)


def corpus(outside):
    """Name and bytes of each member, where needed of several."""
    up = "../" * 12
    away = str(outside).lstrip("/")
    link, hard, folder = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE
    return {
        "plain": member("file", content=b"fine"), "folder": member("a", folder), "nested": member("a/b/c", content=b"x"),
        "absolute": member(f"/{away}/victim", content=b"evil"), "up": member(f"{up}{away}/victim", content=b"evil"),
        "dot up": member(f"./{up}{away}/made", content=b"evil"), "in and up": member(f"a/{up}{away}/made", content=b"evil"),
        "up itself": member("..", folder), "root": member("/", folder, mode=0o777), "dot": member(".", folder, mode=0o700),
        "empty name": member("", content=b"x"), "up folder": member(f"{up}{away}/folder", folder, mode=0o777),
        "link out": member("l", link, link=f"/{away}"), "link up": member("l", link, link=f"{up}{away}"), "link root": member("l", link, link="/"),
        "link dot": member("l", link, link=".."), "link self": member("l", link, link="l"), "link proc": member("l", link, link=f"/proc/self/root/{away}"),
        "link empty": member("l", link, link=""), "link named a": member("a", link, link=f"/{away}"),
        "through": member("l/victim", content=b"evil"), "through made": member("l/made", content=b"evil"), "through folder": member("l/folder/made", folder),
        "through a": member("a/victim", content=b"evil"), "chmod through": member("l/folder", folder, mode=0o777), "file l": member("l", content=b"x"),
        "folder l": member("l", folder, mode=0o777), "through link": member("l/x", link, link="/"), "through fifo": member("l/f", tarfile.FIFOTYPE),
        "hard out": member("h", hard, link=f"/{away}/victim"), "hard up": member("h", hard, link=f"{up}{away}/victim"),
        "hard link": member("h", hard, link="l"), "hard through": member("h", hard, link="l/victim"), "hard self": member("h", hard, link="h"),
        "hard folder": member("h", hard, link="a"), "hard root": member("h", hard, link="/"), "hard missing": member("h", hard, link="nosuch"),
        "write h": member("h", content=b"evil"), "hard onto": member("l/h", hard, link="file"),
        "device": member("d", tarfile.CHRTYPE, device=(1, 1)), "block": member("b", tarfile.BLKTYPE, device=(7, 0)), "fifo": member("f", tarfile.FIFOTYPE),
        "zero device": member("z", tarfile.CHRTYPE), "setuid": member("s", content=b"x", mode=0o6755), "big device": member("d", tarfile.CHRTYPE, device=(0o7777777, 0o7777777)),
        "capability": member("c", content=b"x", pax={"SCHILY.xattr.security.capability": "x"}), "selinux": member("c", content=b"x", pax={"SCHILY.xattr.security.selinux": "x"}),
        "opaque xattr": member("a", folder, pax={"SCHILY.xattr.trusted.overlay.opaque": "y"}), "redirect": member("a", folder, pax={"SCHILY.xattr.trusted.overlay.redirect": f"/{away}"}),
        "metacopy": member("m", content=b"x", pax={"SCHILY.xattr.trusted.overlay.metacopy": ""}), "user xattr": member("u", content=b"x", pax={"SCHILY.xattr.user.x": "y" * 3000}),
        "pax path": member("p", content=b"evil", pax={"path": f"{up}{away}/victim"}), "pax link": member("l", link, link="x", pax={"linkpath": f"/{away}"}),
        "pax size": member("p", content=b"x" * 512, pax={"size": "1"}), "pax big": member("p", pax={"size": str(1 << 62)}), "pax negative": member("p", pax={"size": "-1"}),
        "pax uid": member("p", pax={"uid": "99999999999"}), "pax nul": member("p", pax={"path": "a\0b"}), "pax time": member("p", pax={"mtime": "1e300"}),
        "long name": member("n" * 4000, content=b"x"), "too long": member("n/" * 3000 + "x", content=b"x"), "deep": member("d/" * 1900 + "x", content=b"x"),
        "long part": member("n" * 300, content=b"x"), "long link": member("l", link, link="x" * 5000),
        "huge": member("g", size=1 << 62), "negative": member("g", size=-5), "2^63": member("g", size=(1 << 63)), "short": member("g", content=b"x" * 100, size=10_000_000),
        "uid": member("o", uid=2**31 - 1), "nul": raw(b"a\0b/../../x"), "no utf-8": raw(b"\xff\xfe\x80"), "newline": raw(b"a\nb\x1b[2J"), "unknown kind": raw(b"k", b"Z", b"x"),
        "long name of nothing": raw(b"././@LongLink", b"L", b""), "long link of nothing": raw(b"././@LongLink", b"K", b""), "lone pax": raw(b"x", b"x", b"garbage"),
        "global pax": raw(b"g", b"g", b"17 path=../../x\n"), "pax loop": raw(b"x", b"x", b"99999999999 path=x\n"), "sparse": raw(b"s", b"S", b"\xff" * 512),
        "wh": member(".wh.file"), "wh dot": member(".wh."), "wh dots": member(".wh..."), "wh up": member(".wh..."), "wh opaque": member(".wh..wh..opq"), "wh aufs": member(".wh..wh.aufs"),
        "wh l": member(".wh.l"), "wh through": member("l/.wh.victim"), "wh opaque through": member("l/.wh..wh..opq"), "wh a": member(".wh.a"), "wh up path": member(f"{up}{away}/.wh.victim"),
        "wh folder": member(".wh.a", folder), "wh link": member(".wh.x", link, link="/"), "wh slash": member(".wh.a/b", content=b"x"), "wh wh": member(".wh..wh.x", content=b"x"),
    }


NAMES = sorted(corpus(pathlib.Path("/x")))
END = b"\0" * 1024


def load(engine, layers, name="corpus:latest"):
    return engine.api("POST", "/images/load", lib.save_archive(layers, {"Env": ["PATH=/bin"]}, name), TAR)


def check(engine, status, answer):
    """Taken or refused, but in order."""
    assert status in (200, 201, 400, 500) or lib.REFERENCE, (status, answer)
    assert "fault of dabba" not in str(answer), answer


@pytest.mark.parametrize("name", NAMES)
def test_each_member(engine, outside, name):
    """29, 31: as a layer of a loaded image, in one with others below, imported."""
    parts = corpus(outside)
    with tarfile.open(lib.busybox_archive()) as archive:
        base = archive.extractfile("0/layer.tar").read()
    check(engine, *load(engine, [parts[name] + END]))
    check(engine, *load(engine, [base, parts["link out"] + END, parts[name] + END]))
    status, answer = engine.api("POST", "/images/create?fromSrc=-&repo=corpus&tag=imported", parts[name] + END, TAR)
    check(engine, status, answer)
    if "refused" not in str(answer) and load(engine, [base, parts[name] + END, parts["plain"] + END])[0] == 200:
        client = lib.Client(engine, next(iter(lib.clients().values())))
        done = client.run("run", "--rm", "corpus", "sh", "-c", "cat /l/victim /h /a/victim /p 2>/dev/null; true", check=False)
        assert "the host's" not in done.stdout, done.stdout
        client.run("create", "--name", "shown", "corpus", check=False)
        exported = subprocess.run([client.program, "export", "shown"], env=engine.env, capture_output=True)
        assert b"the host's" not in exported.stdout


@only_dabba
def test_pairs_of_members(engine, outside):
    """What one member prepares, each other uses, in one layer."""
    parts = corpus(outside)
    firsts = ["link out", "link up", "link dot", "hard link", "hard folder", "pax link", "folder l", "wh opaque", "redirect", "fifo"]
    for first, second in itertools.product(firsts, parts):
        status, answer = engine.api("POST", "/images/create?fromSrc=-", parts[first] + parts[second] + END, TAR)
        check(engine, status, answer)
        assert engine.process.poll() is None, (first, second)
    assert (outside / "victim").read_text() == "the host's"


@only_dabba
def test_pairs_of_layers(engine, outside):
    """What one layer prepares, the next uses."""
    parts = corpus(outside)
    firsts = [name for name in parts if name in ("link out", "link up", "link root", "pax link", "redirect", "opaque xattr")]
    seconds = [name for name in parts if name.startswith(("through", "chmod", "hard", "wh l", "wh through", "wh opaque", "folder l"))]
    for first, second in itertools.product(firsts, seconds):
        check(engine, *load(engine, [parts[first] + END, parts[second] + END]))
    assert (outside / "victim").read_text() == "the host's"


def test_control_characters_are_not_passed_on(engine):
    """65: an error's text names the member, but cannot paint the screen."""
    status, answer = engine.api("POST", "/images/create?fromSrc=-", raw(b"a\x1b[2Jb", b"Z", b"x") + END, TAR)
    assert status >= 400 or lib.REFERENCE
    assert "\x1b" not in str(answer.get("message") if isinstance(answer, dict) else "")


# 41, 32: archives of images


@pytest.mark.parametrize("config, layer", [("../../../../{away}/victim", "layer"), ("/{away}/victim", "layer"), ("config", "../../../../../../{away}/victim"),
                                           ("config", "/{away}/victim"), ("config", "../0"), ("manifest.json", "manifest.json")])
def test_names_in_an_archive_of_images(engine, outside, config, layer):
    """41 (CVE-2014-9358)."""
    away = str(outside).lstrip("/")
    names = config.format(away=away), layer.format(away=away)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, text in [("config", json.dumps({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "0" * 64]}})),
                           ("manifest.json", json.dumps([{"Config": names[0], "RepoTags": ["x:y"], "Layers": [names[1]]}]))]:
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
        entry = tarfile.TarInfo("layer")
        entry.type, entry.linkname = tarfile.SYMTYPE, f"/{away}/victim"
        archive.addfile(entry)
    status, answer = engine.api("POST", "/images/load", out.getvalue(), TAR)
    assert "the host's" not in str(answer) and (status >= 400 or "error" in answer), answer
    assert engine.api("GET", "/images/x:y/json")[0] == 404


def mutations(value):
    """A JSON value with one thing wrong, in every place."""
    strange = [None, 0, -1, 1 << 70, "", "x", "../../x", "sha256:", "sha256:" + "g" * 64, "sha512:" + "0" * 128, "a" * 5000, [], [[]], {}, {"": {}}, True, 1.5]
    yield from strange
    if isinstance(value, dict):
        for key, inner in value.items():
            yield {other: kept for other, kept in value.items() if other != key}
            for changed in mutations(inner):
                yield value | {key: changed}
    elif isinstance(value, list):
        yield value * 200
        for position, inner in enumerate(value):
            for changed in mutations(inner):
                yield value[:position] + [changed] + value[position + 1:]


def test_every_field_of_a_saved_image(engine):
    """32 (CVE-2021-20291)."""
    layer = lib.layer([("file", "file", "x")])
    config = {"architecture": "amd64", "os": "linux", "created": "2024-01-01T00:00:00Z", "config": {"Env": ["A=b"], "Cmd": ["x"], "Volumes": {"/v": {}}, "User": "1",
              "ExposedPorts": {"80/tcp": {}}, "Labels": {"a": "b"}, "WorkingDir": "/w", "Entrypoint": ["y"], "StopSignal": "TERM", "Healthcheck": {"Test": ["CMD", "x"], "Interval": 5}},
              "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]}, "history": [{"created_by": "x", "empty_layer": False}]}
    manifest = [{"Config": "config.json", "RepoTags": ["fuzz:latest"], "Layers": ["layer.tar"]}]
    step = 29 if lib.REFERENCE else 5
    cases = [(changed, manifest) for changed in mutations(config)] + [(config, changed) for changed in mutations(manifest)]
    for changed, list_ in cases[::step]:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as archive:
            for name, data in [("config.json", json.dumps(changed).encode()), ("layer.tar", layer), ("manifest.json", json.dumps(list_).encode())]:
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
        status, answer = engine.api("POST", "/images/load", out.getvalue(), TAR)
        check(engine, status, answer)
        if status == 200 and "error" not in str(answer):
            status, answer = engine.api("POST", "/containers/create?name=fuzz", {"Image": "fuzz"})
            assert status in (201, 400, 404), answer
            engine.api("GET", "/images/fuzz/json")
            engine.api("DELETE", "/containers/fuzz?force=1&v=1")
            engine.api("DELETE", "/images/fuzz?force=1")
    assert engine.api("GET", "/images/json")[0] == 200


# 33, 34, 35: registries

DOCKER = "application/vnd.docker.distribution.manifest.v2+json"
INDEX = "application/vnd.oci.image.index.v1+json"


class Hostile:
    """A registry that says whatever a test wants."""

    def __init__(self):
        self.answers, self.requests = {}, []
        hostile = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                hostile.requests.append((self.path, {name.lower() for name in self.headers}))
                code, headers, body = hostile.answers.get(self.path.split("?")[0], (404, {}, b"{}"))
                try:
                    if callable(code):
                        code, headers, body = code(self)
                except ConnectionAbortedError:
                    self.close_connection = True
                    return
                self.send_response(code)
                for name, value in headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in headers:
                    self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    pass
                self.close_connection = not getattr(self, "keep", False)

            do_HEAD = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.host = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.answers["/v2/"] = 200, {}, b"{}"

    def blob(self, data, digest=None):
        digest = digest or "sha256:" + hashlib.sha256(data).hexdigest()
        self.answers[f"/v2/x/blobs/{digest}"] = 200, {}, data
        return digest

    def manifest(self, value, kind=DOCKER, tag="latest"):
        text = value if isinstance(value, bytes) else json.dumps(value).encode()
        digest = "sha256:" + hashlib.sha256(text).hexdigest()
        for name in (tag, digest):
            self.answers[f"/v2/x/manifests/{name}"] = 200, {"Content-Type": kind, "Docker-Content-Digest": digest}, text
        return digest

    def good(self, layer=None, **changes):
        """A manifest of one layer that is in order, with these fields changed."""
        layer = layer if layer is not None else lib.layer([("file", "file", "x")])
        packed = gzip.compress(layer, mtime=0)
        config = json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {
            "type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]}}).encode()
        return {"schemaVersion": 2, "mediaType": DOCKER,
                "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": len(config), "digest": self.blob(config)},
                "layers": [{"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": len(packed), "digest": self.blob(packed)}]} | changes


@pytest.fixture
def hostile():
    registry = Hostile()
    yield registry
    registry.server.shutdown()
    registry.server.server_close()


def pull(engine, hostile, headers=None, name="x:latest"):
    """What the daemon says in the end; an error or nothing."""
    status, answer = engine.api("POST", f"/images/create?fromImage={hostile.host}/{name}", headers=headers, timeout=60)
    if status != 200:
        return str(answer)
    lines = answer.splitlines() if isinstance(answer, str) else [json.dumps(answer)]
    return "".join(json.loads(line).get("error", "") for line in lines)


def absent(engine, hostile):
    return engine.api("GET", f"/images/{hostile.host}/x/json")[0] == 404


def test_a_good_image_is_pulled(engine, hostile):
    hostile.manifest(hostile.good())
    assert pull(engine, hostile) == "" and not absent(engine, hostile)


def test_nobody_waits_for_a_pull(engine, hostile):
    """While a layer comes in, images are removed and containers made; what was removed goes when the pull is over."""
    engine.load(lib.busybox_archive())
    gone = lib.layer([("gone", "file", os.urandom(3 << 20))])
    hostile.manifest(hostile.good(gone), tag="old")
    assert pull(engine, hostile, name="x:old") == ""
    slow = hostile.good(lib.layer([("slow", "file", "x")]))
    path = f"/v2/x/blobs/{slow['layers'][0]['digest']}"
    answer, asked, go_on = hostile.answers[path], threading.Event(), threading.Event()

    def late(_):
        asked.set()
        assert go_on.wait(60)
        return answer

    hostile.answers[path] = late, None, None
    hostile.manifest(slow)
    said = []
    pulling = threading.Thread(target=lambda: said.append(pull(engine, hostile)))
    pulling.start()
    try:
        assert asked.wait(30)
        assert engine.api("DELETE", f"/images/{hostile.host}/x:old", timeout=10)[0] == 200
        status, made = engine.api("POST", "/containers/create", {"Image": "busybox"}, timeout=10)
        assert status == 201, made
        assert engine.api("POST", f"/images/busybox/tag?repo=busybox&tag=other", timeout=10)[0] == 201
        assert engine.api("DELETE", "/images/busybox:other", timeout=10)[0] == 200
        assert pulling.is_alive() and not said
    finally:
        go_on.set()
        pulling.join()
    assert said == [""] and not absent(engine, hostile)
    lib.wait_for(lambda: not list((engine.root / "data/image/layers").glob("*/diff/gone")), "the content goes after the pull")
    assert engine.api("DELETE", f"/containers/{made['Id']}")[0] == 204


def test_each_member_pulled(engine, outside, hostile):
    """29, 31."""
    for name in NAMES:
        hostile.manifest(hostile.good(corpus(outside)["link out"] + corpus(outside)[name] + END))
        pull(engine, hostile)
        assert (outside / "victim").read_text() == "the host's", name


DIGEST_ONLY = lib.fails_on_dockerd("20.10 compares a layer with its digest, but not with its size")


@pytest.mark.parametrize("case", ["layer", "config", "manifest", "shorter", "longer", "truncated", "algorithm", "traversal", "diff id",
                                  pytest.param("size 0", marks=DIGEST_ONLY), pytest.param("negative", marks=DIGEST_ONLY), "no blob"])
def test_content_that_is_not_what_it_should_be(engine, hostile, case):
    """34: told, and nothing reachable is stored."""
    good = hostile.good()
    layer = good["layers"][0]
    path = f"/v2/x/blobs/{layer['digest']}"
    data = hostile.answers[path][2]
    if case == "layer":
        hostile.blob(data[:-1] + b"!", layer["digest"])
    elif case == "config":
        config = f"/v2/x/blobs/{good['config']['digest']}"
        hostile.answers[config] = 200, {}, hostile.answers[config][2].replace(b"amd64", b"arm64")
    elif case == "shorter":
        hostile.answers[path] = 200, {}, data[:-5]
    elif case == "longer":
        hostile.answers[path] = 200, {}, data + b"more"
    elif case == "truncated":
        hostile.answers[path] = 200, {"Content-Length": str(len(data))}, data[:-5]
    elif case == "algorithm":
        layer["digest"] = "md5:" + "0" * 32
    elif case == "traversal":
        layer["digest"] = "sha256:../../../../../../etc/passwd"
    elif case == "diff id":
        other = hostile.good(lib.layer([("file", "file", "another")]))
        good["config"] = other["config"]
    elif case == "size 0":
        layer["size"] = 0
    elif case == "negative":
        layer["size"] = -1
    elif case == "no blob":
        hostile.answers[path] = 404, {}, b"{}"
    digest = hostile.manifest(good)
    if case == "manifest":
        name = "x@sha256:" + "1" * 64
        hostile.answers["/v2/x/manifests/sha256:" + "1" * 64] = hostile.answers[f"/v2/x/manifests/{digest}"]
        said = pull(engine, hostile, name=name)
    else:
        said = pull(engine, hostile)
    assert said != "" and absent(engine, hostile), said
    assert [item["RepoTags"] for item in engine.api("GET", "/images/json")[1]] == [["busybox:latest"]]


@pytest.mark.parametrize("case", [
    pytest.param("both", marks=lib.fails_on_dockerd("20.10 takes what is a manifest and an index: the flaw itself")),
    pytest.param("index as manifest", marks=lib.fails_on_dockerd("20.10 panics and breaks the answer off")),
    "manifest as index", "header", "schema 1", "no type", "html", "deep",
    pytest.param("huge", marks=lib.fails_on_dockerd("20.10 keeps a manifest of any length in memory")), "index of itself", "many layers"])
def test_manifests_that_contradict_themselves(engine, hostile, case):
    """33 (CVE-2021-41190), 32."""
    good = hostile.good()
    kind, value = DOCKER, dict(good)
    digest = hostile.manifest(good, tag="inner")
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": [{"mediaType": DOCKER, "size": 1, "digest": digest, "platform": {"os": "linux", "architecture": "amd64"}}]}
    if case == "both":
        value["manifests"] = index["manifests"]
    elif case == "index as manifest":
        value = index | {"mediaType": DOCKER}
    elif case == "manifest as index":
        kind, value["mediaType"] = INDEX, INDEX
    elif case == "header":
        kind = INDEX
    elif case == "schema 1":
        kind, value = "application/vnd.docker.distribution.manifest.v1+prettyjws", {"schemaVersion": 1, "fsLayers": []}
    elif case == "no type":
        kind, value = "", {"schemaVersion": 2}
    elif case == "html":
        kind, value = "text/html", b"<html>" * 100
    elif case == "deep":
        value = b"[" * 1_000_000
    elif case == "huge":
        value["annotations"] = {"x": "y" * (20 << 20)}
    elif case == "index of itself":
        kind, value = INDEX, index | {"manifests": [index["manifests"][0] | {"digest": "sha256:" + "2" * 64}]}
        hostile.answers["/v2/x/manifests/sha256:" + "2" * 64] = 200, {"Content-Type": INDEX}, json.dumps(index).encode()
    elif case == "many layers":
        value["layers"] = good["layers"] * 5000
    hostile.manifest(value, kind)
    assert pull(engine, hostile) != "" and absent(engine, hostile)


@only_dabba  # 20.10 asks such a registry for its login at /v2/ only.
def test_a_registry_that_closes_what_it_said_it_keeps(engine, hostile):
    """Each connection takes one request, and ends at the second without an answer."""
    served = set()

    def once(answer):
        def ask(handler):
            if handler.client_address in served:
                raise ConnectionAbortedError
            served.add(handler.client_address)
            handler.keep = True
            return answer
        return ask, {}, b""
    hostile.manifest(hostile.good())
    place = "/v2/x/manifests/latest"
    manifest, login = hostile.answers[place], (401, {"WWW-Authenticate": 'Basic realm="x"'}, b"{}")
    for other in list(hostile.answers):
        hostile.answers[other] = once(hostile.answers[other])
    ask, ask_login = once(manifest)[0], once(login)[0]
    hostile.answers[place] = lambda handler: ask(handler) if "Authorization" in handler.headers else ask_login(handler), {}, b""
    text = base64.urlsafe_b64encode(json.dumps({"username": "me", "password": "x", "serveraddress": hostile.host}).encode()).decode()
    assert pull(engine, hostile, {"X-Registry-Auth": text}) == "" and not absent(engine, hostile)


def test_credentials_stay_with_their_registry(engine, hostile):
    """35 (CVE-2020-15157, CVE-2024-3727): redirects, foreign layer addresses and token servers of another host."""
    thief = Hostile()
    try:
        good = hostile.good()
        layer = good["layers"][0]
        path = f"/v2/x/blobs/{layer['digest']}"
        thief.answers["/stolen"] = hostile.answers[path]

        def protected(answer):
            def ask(handler):
                if "Authorization" not in handler.headers:
                    return 401, {"WWW-Authenticate": 'Basic realm="x"'}, b"{}"
                return answer
            return ask, {}, b""
        layer["urls"] = [f"http://{thief.host}/stolen"]
        hostile.manifest(good)
        for place in [place for place in hostile.answers if place != "/v2/"]:
            hostile.answers[place] = protected(hostile.answers[place])
        hostile.answers["/v2/"] = protected((200, {}, b"{}"))
        hostile.answers[path] = protected((307, {"Location": f"http://{thief.host}/stolen"}, b""))
        login = base64.urlsafe_b64encode(json.dumps({"username": "me", "password": "canary", "serveraddress": hostile.host}).encode()).decode()
        said = pull(engine, hostile, {"X-Registry-Auth": login})
        assert any("authorization" in headers for _, headers in hostile.requests), said
        assert thief.requests, said
        assert all("authorization" not in headers and "cookie" not in headers for _, headers in thief.requests)
        assert "canary" not in engine.log()
    finally:
        thief.server.shutdown()
        thief.server.server_close()


def test_a_registry_that_redirects_for_ever(engine, hostile):
    hostile.answers["/v2/x/manifests/latest"] = 302, {"Location": "/v2/x/manifests/latest"}, b""
    assert pull(engine, hostile) != ""
    for place in ("file:///etc/passwd", "ftp://x/", "//", "\\\\x", "http://[", "http://127.0.0.1:1/"):
        hostile.answers["/v2/x/manifests/latest"] = 302, {"Location": place}, b""
        said = pull(engine, hostile)
        assert said != "" and "root:" not in said


# 30: more than there is room for


def packed_zeros(count, before=b"", after=b""):
    """A gzip of many zeros, made without having them all at once."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=1, mtime=0) as archive:
        archive.write(before)
        block = b"\0" * (1 << 20)
        for _ in range(count >> 20):
            archive.write(block)
        archive.write(after)
    return out.getvalue()


def test_a_bomb_on_a_small_disk(small_disk):  # noqa: F811
    """30 (CVE-2017-14992)."""
    engine = small_disk
    free = lambda: os.statvfs(engine.root).f_bavail  # noqa: E731
    before, memory = free(), peak(engine)
    size = 1 << 30
    bomb = packed_zeros(size, member("zeros", size=size), END)
    _, answer = talk(engine, b"POST /images/create?fromSrc=-&repo=bomb HTTP/1.1\r\nHost: d\r\nContent-Type: application/x-tar\r\n"
                             b"Content-Length: %d\r\n\r\n" % len(bomb), bomb)
    assert "no space left on device" in answer.lower(), answer
    lib.wait_for(lambda: abs(before - free()) < 256, "the room is given back")
    many = gzip.compress(b"".join(raw(b"%d" % number) for number in range(60_000)) + END, 1)
    _, answer = talk(engine, b"POST /images/create?fromSrc=-&repo=bomb HTTP/1.1\r\nHost: d\r\nContent-Type: application/x-tar\r\n"
                             b"Content-Length: %d\r\n\r\n" % len(many), many)
    assert "no space left on device" in answer.lower(), answer
    lib.wait_for(lambda: abs(before - free()) < 256, "the room is given back")
    assert peak(engine) - memory < 100 << 10 or lib.REFERENCE
    client = lib.Client(engine, next(iter(lib.clients().values())))
    assert client("run", "--rm", "busybox", "echo", "fine") == "fine"


@only_dabba
@pytest.mark.parametrize("kind", [b"L", b"K", b"x", b"g"])
def test_headers_that_do_not_end(engine, kind):
    """30: a name, link or attribute of a gigabyte is not kept in memory."""
    memory, size = peak(engine), 1 << 30
    head = bytearray(raw(b"x", kind))
    head[124:136] = b"\x80" + size.to_bytes(11, "big")
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    bomb = packed_zeros(size, bytes(head), member("x") + END)
    for path in ("/images/create?fromSrc=-", "/images/load"):
        _, answer = talk(engine, b"POST %s HTTP/1.1\r\nHost: d\r\nContent-Type: application/x-tar\r\nContent-Length: %d\r\n\r\n" % (path.encode(), len(bomb)), bomb)
        # One for all members is passed over as it comes.
        assert answer.startswith("HTTP/1.1 4") or "error" in answer or kind == b"g", answer[:300]
    assert peak(engine) - memory < 100 << 10, "it was held in memory"


@only_dabba
def test_a_sparse_file_that_says_it_is_huge(engine):
    """30: a map of holes costs its author nothing."""
    head = bytearray(raw(b"holes", b"S"))
    head[386:398] = b"%011o\0" % 0
    head[398:410] = b"%011o\0" % 0
    head[483:495] = b"\x80" + (1 << 60).to_bytes(11, "big")
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    status, answer = engine.api("POST", "/images/create?fromSrc=-", bytes(head) + END, TAR, timeout=20)
    assert status == 400, answer


def test_programs_of_an_image_do_not_unpack(engine, outside):
    """25 (CVE-2019-14271), 26 (CVE-2026-41567): decompressors and libraries of an image are never run."""
    evil = f"#!/bin/sh\ntouch {outside}/made\n"
    layer = lib.layer([(f"{folder}/{name}", "file", evil) for folder in ("bin", "usr/bin", "usr/local/bin", "sbin") for name in ("unpigz", "xz", "zstd", "gzip", "tar", "bzip2")]
                      + [("lib/x86_64-linux-gnu/libnss_files.so.2", "file", "evil"), ("etc/ld.so.preload", "file", "/evil.so\n"), ("etc/nsswitch.conf", "file", "passwd: evil\n")])
    assert load(engine, [layer])[0] == 200
    client = lib.Client(engine, next(iter(lib.clients().values())))
    client("create", "--name", "evil", "corpus", "x")
    subprocess.run([client.program, "export", "evil"], env=engine.env, capture_output=True, check=True)
    client.run("commit", "evil", "evil:again", check=False)
    for packed in (gzip.compress(layer), subprocess.run(["xz", "-c"], input=layer, capture_output=True).stdout, subprocess.run(["bzip2", "-c"], input=layer, capture_output=True).stdout):
        check(engine, *engine.api("POST", "/images/create?fromSrc=-", packed, TAR))


@pytest.mark.parametrize("path", ["/images/load", "/images/create?fromSrc=-", "/build"])
def test_whoever_still_sends_what_is_refused_reads_why(engine, path):
    for _ in range(5):
        status, answer = engine.api("POST", path, b"\xff" * (12 << 20), TAR)
        assert status >= 400 and answer["message"], answer
