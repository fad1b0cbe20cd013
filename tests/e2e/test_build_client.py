"""`dabba build`: what the command line sends to a builder and how it shows what comes back, whoever serves it.

The same tests run against dockerd's BuildKit: E2E_ENGINE=dockerd, with DABBA_BIN as the client. Steps have no network,
so that an engine needs no bridge.
"""

import base64
import http.server
import io
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tarfile
import threading
import time

import pexpect
import pytest

import lib

pytestmark = pytest.mark.skipif(not lib.PROGRAM, reason="DABBA_BIN names no program")


@pytest.fixture
def build(engine):
    client = lib.Client(engine, lib.PROGRAM)

    def run(*arguments, **options):
        return client.run("build", "--network", "none", *arguments, **options)
    run.client = client
    yield run
    for image in engine.api("GET", "/images/json")[1]:
        if image["RepoTags"] != ["busybox:latest"]:
            engine.api("DELETE", f"/images/{image['Id']}?force=1")
    client("builder", "prune", "-a", "-f")


@pytest.fixture
def modern(engine):
    """For what BuildKit could not do or said otherwise when dockerd was at 20.10."""
    version = engine.api("GET", "/version")[1]["Version"]
    if lib.REFERENCE and int(version.split(".")[0]) < 28:
        pytest.skip(f"dockerd {version} has an older BuildKit")


@pytest.fixture
def context(tmp_path):
    """Writes a directory to build from; gives its path."""
    def write(dockerfile, **files):
        (tmp_path / "Dockerfile").write_text(dockerfile)
        for name, content in files.items():
            path = tmp_path / name.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return str(tmp_path)
    return write


def plain(done):
    """Progress without times and numbers that differ from run to run."""
    text = re.sub(r"\b\d+\.\d+s\b", "T", done.stderr)
    return re.sub(r"^#(\d+) \d+\.\d+ ", r"#\1 T ", text, flags=re.M)


def result(engine, build, name="x"):
    """The files of an image that a test built, as (kind, mode, content) by name."""
    data = subprocess.run([lib.PROGRAM, "save", name], env=engine.env, capture_output=True, check=True).stdout
    found = {}
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        manifest = json.load(archive.extractfile("manifest.json"))[0]
        for layer in manifest["Layers"][1:]:
            with tarfile.open(fileobj=archive.extractfile(layer)) as files:
                for entry in files:
                    content = files.extractfile(entry).read() if entry.isreg() else entry.linkname
                    found[entry.name.strip("./")] = (entry.type, entry.mode, content)
    return found


def test_a_build_is_told_step_by_step(engine, build, context):
    path = context("FROM busybox AS one\nRUN echo hello\nFROM one\nCOPY a /b\n", a="text")
    done = build("--progress", "plain", "-t", "x", path)
    lines = plain(done).splitlines()
    for line in ["#1 [internal] load build definition from Dockerfile", "#1 DONE T"]:
        assert line in lines, done.stderr
    number = next(line.split()[0] for line in lines if line.endswith("RUN echo hello"))
    assert f"{number} T hello" in lines and f"{number} DONE T" in lines
    assert any(re.fullmatch(r"#\d+ naming to docker.io/library/x(:latest)?( T)? done", line) for line in lines), done.stderr
    assert done.stdout == ""
    assert result(engine, build)["b"][2] == b"text"
    again = plain(build("--progress", "plain", "-t", "x", path)).splitlines()
    number = next(line.split()[0] for line in again if line.endswith("RUN echo hello"))
    assert f"{number} CACHED" in again


def test_a_failure_shows_the_lines_around_it(modern, build, context):
    path = context("FROM busybox\nRUN echo one; echo two >&2; exit 7\nRUN true\n")
    done = build("--progress", "plain", path, check=False)
    assert done.returncode == 1
    command = 'process "/bin/sh -c echo one; echo two >&2; exit 7" did not complete successfully: exit code: 7'
    text = plain(done)
    assert re.search(r"^#\d+ ERROR: " + re.escape(command) + "$", text, re.M), text
    assert "------\n > [2/3] RUN echo one; echo two >&2; exit 7:\n" in text
    assert text.endswith("Dockerfile:2\n--------------------\n   1 |     FROM busybox\n"
                         "   2 | >>> RUN echo one; echo two >&2; exit 7\n   3 |     RUN true\n   4 |     \n"
                         f"--------------------\nERROR: failed to build: failed to solve: {command}\n"), text


@pytest.mark.parametrize("arguments, words", [
    (["{path}/gone"], 'failed to build: unable to prepare context: path "{path}/gone" not found'),
    (["-f", "{path}/gone", "{path}"], "no such file or directory"),
    (["-t", "BAD", "{path}"], 'invalid tag "BAD"'),
    (["--build-arg", "=x", "{path}"], 'invalid key-value pair "=x": empty key'),
    (["--no-cache", "--no-cache-filter", "a", "{path}"], "cannot currently be used together"),
    (["--output", "type=local", "{path}"], "dest is required for local exporter"),
    (["--secret", "id=a,src=/gone", "{path}"], "failed to stat /gone"),
    (["--ssh", "x=/gone", "{path}"], "stat /gone: no such file or directory"),
    (["--network", "mine", "{path}"], 'network mode "mine" not supported'),
    (["--progress", "pretty", "{path}"], "invalid progress mode pretty"),
    (["-q", "--progress", "plain", "{path}"], "progress=plain and quiet cannot be used together"),
    (["--build-context", "x=oci-layout:///gone", "{path}"], "/gone: no such file or directory"),
    (["--builder", "other", "{path}"], 'no builder "other" found'),
    (["--target", "gone", "{path}"], "target stage"),
    (["--allow", "everything", "{path}"], "failed to build: unknown entitlement everything"),
    (["--rm=false", "{path}"], "leaves no intermediate containers"),
])
def test_what_cannot_be_done_is_said(build, context, arguments, words):
    path = context("FROM busybox\n")
    done = build(*[argument.format(path=path) for argument in arguments], check=False)
    assert done.returncode == 1
    assert words.format(path=path) in done.stderr and "ERROR: " in done.stderr, done.stderr


def test_a_daemon_that_is_not_there(build):
    done = build.client.run("-H", "unix:///nowhere/x", "build", "/", check=False)
    assert done.returncode == 1 and "ERROR: failed to build: Cannot connect to the dabba daemon" in done.stderr


def test_dockerignore(modern, engine, build, context, tmp_path):
    path = context("FROM busybox\nCOPY . /x\n", **{"_dot_dockerignore": "*.log\n!keep.log\nmodules\nDockerfile\n"},
                   a_dot_log="1", keep_dot_log="2", modules__deep__file="3", other="4")
    os.symlink("other", tmp_path / "link")
    os.link(tmp_path / "other", tmp_path / "zhard")
    (tmp_path / "other").chmod(0o750)
    build("-q", "-t", "x", path)
    found = result(engine, build)
    assert sorted(name for name in found if name) == ["x", "x/.dockerignore", "x/keep.log", "x/link", "x/other", "x/zhard"]
    assert found["x/link"] == (tarfile.SYMTYPE, 0o777, "other")
    assert found["x/other"][1:] == (0o750, b"4")


def test_links_on_the_way_are_sent(engine, build, context, tmp_path):
    path = context("FROM busybox\nCOPY link/file /one\nCOPY d*/f* /two/\n", deep__real__file="text", d1__f1="1", d2__f2="2")
    os.symlink("deep/real", tmp_path / "link")
    build("-q", "-t", "x", path)
    found = result(engine, build)
    assert found["one"][2] == b"text" and found["two/f1"][2] == b"1" and found["two/f2"][2] == b"2"


def test_only_what_has_changed_is_sent(build, tmp_path):
    for number in range(2000):
        folder = tmp_path / f"d{number % 40}"
        folder.mkdir(exist_ok=True)
        (folder / f"f{number}").write_text("x" * 500)
    (tmp_path / "Dockerfile").write_text("FROM busybox\nCOPY . /x\n")

    def sent():
        text = build("--progress", "plain", str(tmp_path)).stderr
        size, unit = re.findall(r"transferring context: ([\d.]+)(k?M?B)", text)[-1]
        return float(size) * {"B": 1, "kB": 1e3, "MB": 1e6}[unit]
    first = sent()
    (tmp_path / "d3" / "f3").write_text("y" * 400)
    second = sent()
    assert first > 1_000_000 and second < first / 4, (first, second)


class Between:
    """A proxy before the daemon's socket: how many bytes came by from the client, and descriptors if it lets them."""

    def __init__(self, path, daemon, descriptors):
        self.daemon, self.descriptors, self.bytes, self.handed = daemon, descriptors, 0, 0
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        try:
            while True:
                client, _ = self.listener.accept()
                daemon = socket.socket(socket.AF_UNIX)
                daemon.connect(str(self.daemon))
                for pair in [(client, daemon, True), (daemon, client, False)]:
                    threading.Thread(target=self.carry, args=pair, daemon=True).start()
        except OSError:
            pass

    def carry(self, one, other, up):
        # A message with a descriptor is no longer than eight bytes, and never read together with the next.
        try:
            while True:
                data, files, _, _ = socket.recv_fds(one, 1 << 16, 4)
                if not data:
                    break
                self.bytes += len(data) * up
                self.handed += len(files)
                if files and self.descriptors:
                    socket.send_fds(other, [data], files)
                else:
                    other.sendall(data)
                for file in files:
                    os.close(file)
        except OSError:
            pass
        for end in (one, other):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


@pytest.mark.skipif(lib.REFERENCE, reason="dockerd takes bytes alone")
@pytest.mark.parametrize("descriptors", [True, False], ids=["directly", "by bytes alone"])
def test_large_files_are_handed_over_where_they_can_be(engine, build, context, tmp_path, descriptors):
    """The kernel copies what a client of the same machine has open; through a proxy of bytes it is sent."""
    path = pathlib.Path(context("FROM busybox\nCOPY . /x/\n", small="text", _dot_dockerignore="between\n"))
    contents = {f"large{number}": os.urandom((1 << 20) * number + number) for number in range(1, 6)}
    for name, content in contents.items():
        (path / name).write_bytes(content)
    between = Between(str(tmp_path / "between"), engine.socket, descriptors)
    try:
        through = ["-H", f"unix://{tmp_path}/between", "build", "-t", "x", str(path), "--progress"]
        done = build.client.run(*through, "plain")
        found = result(engine, build)
        (path / "large5").write_bytes(contents["large4"])
        build.client.run(*through, "plain")
        again = result(engine, build)
    finally:
        between.listener.close()
    for name, content in contents.items():
        assert found[f"x/{name}"][2] == content and again[f"x/{name}"][2] == contents[name.replace("5", "4")], name
    size = sum(map(len, contents.values()))
    told = re.findall(r"transferring context: ([\d.]+)MB", done.stderr)
    assert abs(float(told[-1]) * 1e6 - size) < 0.1e6, done.stderr
    # A trial in each session, and six files.
    assert between.handed == (8 if descriptors else 2), between.handed
    assert (between.bytes < 1e6) == descriptors, between.bytes


def test_stdin(engine, build, context):
    done = build("--progress", "plain", "-t", "x", "-", input="FROM busybox\nRUN echo typed > /typed\n")
    assert "RUN echo typed" in done.stderr
    assert result(engine, build)["typed"][2] == b"typed\n"
    path = context("FROM scratch\n", a="text")
    build("-q", "-t", "y", "-f", "-", path, input="FROM busybox\nCOPY a /b\n")
    assert result(engine, build, "y")["b"][2] == b"text"
    for mode in ("w", "w:gz"):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode=mode) as archive:
            for name, data in [("Dockerfile", b"FROM busybox\nCOPY big /big\n"), ("big", b"x" * 3_000_000)]:
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
        done = subprocess.run([lib.PROGRAM, "build", "-q", "-t", "z", "-"], env=engine.env, input=out.getvalue(),
                              capture_output=True)
        assert done.returncode == 0, done.stderr
        assert len(result(engine, build, "z")["big"][2]) == 3_000_000


def test_secrets(modern, build, context, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hidden")
    path = context("FROM busybox\nRUN --mount=type=secret,id=a --mount=type=secret,id=b,env=B "
                   "test $(cat /run/secrets/a) = hidden && test $B = told\n"
                   "RUN --mount=type=secret,id=gone test ! -e /run/secrets/gone\n")
    build.client.engine.env["TOLD"] = "told"
    try:
        build("-q", "--secret", f"id=a,src={secret}", "--secret", "id=b,env=TOLD", path)
    finally:
        del build.client.engine.env["TOLD"]
    path = context("FROM busybox\nRUN --mount=type=secret,id=gone,required cat /run/secrets/gone\n")
    assert "gone" in build(path, check=False).stderr


@pytest.mark.skipif(not shutil.which("ssh-agent"), reason="ssh-agent is not on this host")
def test_ssh_agent(build, context, tmp_path):
    """A step may use the keys of an agent, and may not take them away."""
    program = shutil.which("ssh-add")
    libraries = re.findall(r"(/\S+)", subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout)
    for file in [program, *libraries]:
        place = tmp_path / "root" / file.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, place)
    key, agent = tmp_path / "key", str(tmp_path / "agent")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "the-key", "-f", key], check=True)
    server = subprocess.Popen(["ssh-agent", "-D", "-a", agent], stdout=subprocess.DEVNULL)
    try:
        lib.wait_for(lambda: os.path.exists(agent), "the agent listens")
        environment = {**os.environ, "SSH_AUTH_SOCK": agent}
        subprocess.run([program, "-q", key], env=environment, check=True)
        path = context(f"FROM busybox\nCOPY root /\nRUN --mount=type=ssh {program} -l; {program} -D || echo refused\n")
        done = build("--progress", "plain", "--ssh", f"default={agent}", path)
        assert "the-key (ED25519)" in done.stderr and re.search(r"^#\d+ [\d.]+ refused$", done.stderr, re.M), done.stderr
        listed = subprocess.run([program, "-l"], env=environment, capture_output=True, text=True).stdout
        assert "the-key" in listed
    finally:
        server.terminate()
        server.wait()


class Guarded(http.server.BaseHTTPRequestHandler):
    """A registry that knows nothing, and tells that only to who has a password."""

    def do_GET(self):
        given = self.headers.get("Authorization")
        self.server.seen.append(given)
        self.send_response(404 if given else 401)
        if not given:
            self.send_header("WWW-Authenticate", 'Basic realm="guarded"')
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET

    def log_message(self, *arguments):
        pass


@pytest.mark.skipif(lib.REFERENCE, reason="dockerd's builder asks a registry by TLS unless that one is named as insecure")
@pytest.mark.parametrize("how", ["stored", "helper"])
def test_credentials_are_shared(build, context, tmp_path, how):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Guarded)
    server.seen = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{server.server_port}"
    if how == "stored":
        configuration = {"auths": {host: {"auth": base64.b64encode(b"me:secret").decode()}}}
    else:
        configuration = {"credHelpers": {host: "test"}}
        helper = tmp_path / "docker-credential-test"
        helper.write_text('#!/bin/sh\nread host\necho "{\\"ServerURL\\":\\"$host\\",\\"Username\\":\\"me\\",\\"Secret\\":\\"secret\\"}"\n')
        helper.chmod(0o755)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.json").write_text(json.dumps(configuration))
    environment = build.client.engine.env
    before = dict(environment)
    environment |= {"DOCKER_CONFIG": str(tmp_path / "config"), "PATH": f"{tmp_path}:{environment['PATH']}"}
    try:
        done = build("--progress", "plain", context(f"FROM {host}/x\n"), check=False)
    finally:
        environment.clear()
        environment.update(before)
        server.shutdown()
    assert done.returncode == 1 and "secret" not in done.stderr
    assert "Basic " + base64.b64encode(b"me:secret").decode() in server.seen, (server.seen, done.stderr)
    assert f"[auth] sharing credentials for {host}" in done.stderr


def test_what_is_built_is_pushed(registry, build, context):
    # What is said of an image stands in an index with it.
    kinds = ("application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json, "
             "application/vnd.oci.image.index.v1+json")

    def has(tag):
        return registry.request("GET", f"/v2/built/x/manifests/{tag}", headers={"Accept": kinds})[0] == 200
    path = context("FROM busybox\nENV A=1\n")
    name = f"127.0.0.1:{registry.port}/built/x"
    tags = [f"one{registry.port}", f"two{registry.port}", f"three{registry.port}"]
    assert "tag is needed when pushing to registry" in build("--push", path, check=False).stderr
    done = build("--progress", "plain", "--push", "-t", f"{name}:{tags[0]}", "-t", f"{name}:{tags[1]}", path)
    told = (f" pushing {name}:{tags[0]}\n", f"The push refers to repository [{name}]", f" pushing manifest for {name}:{tags[0]}@")
    assert any(text in done.stderr for text in told), done.stderr
    assert has(tags[0]) and has(tags[1])
    done = build("-q", "-o", f"type=registry,name={name}:{tags[2]}", path)
    assert has(tags[2]) and done.stdout.startswith("sha256:") and done.stderr == ""
    done = build("-q", "-o", "type=registry,name=127.0.0.1:1/x", path, check=False)
    assert done.returncode == 1 and "ERROR: failed to build: failed to " in done.stderr, done.stderr


def test_named_contexts(modern, engine, build, context, tmp_path):
    more = tmp_path / "more"
    more.mkdir()
    (more / "file").write_text("more")
    path = context("FROM base\nCOPY --from=extra file /file\n")
    build("-q", "-t", "x", "--build-context", "base=docker-image://busybox", "--build-context", f"extra={more}", path)
    assert result(engine, build)["file"][2] == b"more"


def test_arguments_labels_and_targets(build, context):
    path = context("FROM busybox AS one\nARG A=unset\nARG B\nENV A=$A B=$B\nFROM one\nENV C=c\n")
    build.client.engine.env["B"] = "inherited"
    try:
        build("-q", "-t", "x", "--build-arg", "A=1", "--build-arg", "B", "--label", "k=v", "--target", "one", path)
    finally:
        del build.client.engine.env["B"]
    config = build.client.inspect("x")["Config"]
    assert {"A=1", "B=inherited"} <= set(config["Env"]) and "C=c" not in config["Env"]
    assert config["Labels"] == {"k": "v"}


def test_ids_and_metadata(modern, build, context, tmp_path):
    path = context("FROM busybox\nENV A=1\n")
    ids, metadata = tmp_path / "ids", tmp_path / "metadata"
    ids.write_text("old")
    done = build("-q", "--iidfile", str(ids), "--metadata-file", str(metadata), "-t", "x", path)
    image = build.client.inspect("x")["Id"]
    assert done.stdout.strip() == image == ids.read_text()
    told = json.loads(metadata.read_text())
    assert told["containerimage.config.digest"] == image
    (tmp_path / "Dockerfile").write_text("FROM busybox\nRUN false\n")
    build("-q", "--iidfile", str(ids), path, check=False)
    assert not ids.exists()


OUTPUT = """FROM busybox AS made
RUN mkdir -p /out/d && echo text > /out/d/file && ln -s file /out/d/link && ln /out/d/file /out/hard && chmod 640 /out/hard
FROM scratch
COPY --from=made /out /
"""


def test_output_as_files(build, context, tmp_path):
    path, out = context(OUTPUT), tmp_path / "out"
    (out / "d").mkdir(parents=True)
    (out / "d" / "kept").write_text("kept")
    (out / "d" / "file").write_text("old")
    build("-q", "-o", str(out), path)
    assert sorted(str(file.relative_to(out)) for file in out.rglob("*")) == ["d", "d/file", "d/kept", "d/link", "hard"]
    assert (out / "d" / "file").read_text() == "text\n" and os.readlink(out / "d" / "link") == "file"
    assert (out / "hard").stat().st_mode & 0o777 == 0o640 and (out / "hard").stat().st_uid == os.getuid()
    shutil.rmtree(out)


def test_output_as_archive(engine, build, context, tmp_path):
    path = context(OUTPUT)
    build("-q", "-o", f"type=tar,dest={tmp_path}/x.tar", path)
    with tarfile.open(tmp_path / "x.tar") as archive:
        assert archive.extractfile("d/file").read() == b"text\n"
    piped = subprocess.run([lib.PROGRAM, "build", "--network", "none", "-o", "-", path], env=engine.env, capture_output=True)
    assert piped.returncode == 0 and piped.stdout == (tmp_path / "x.tar").read_bytes()


def test_checks(modern, build, context):
    path = context("FROM busybox AS Upper\nMAINTAINER me\n")
    done = build("--check", path, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith("Check complete, 2 warnings have been found!\n\nWARNING: StageNameCasing - https://")
    assert f"\nStage name 'Upper' should be lowercase\n{path}/Dockerfile:1\n--------------------\n" \
           "   1 | >>> FROM busybox AS Upper\n   2 |     MAINTAINER me\n" in done.stdout, done.stdout
    assert build("--call", "check,ignorestatus=true", path).returncode == 0
    assert json.loads(build("--call", "check,format=json", path, check=False).stdout)["warnings"]
    done = build("--progress", "plain", path)
    assert "2 warnings found (use --check to expand):\n" in done.stderr
    assert " - MaintainerDeprecated: Maintainer instruction is deprecated in favor of using label (line 2)\n" in done.stderr
    path = context("FROM busybox\n")
    assert build("--check", path).stdout == "Check complete, no warnings found.\n"


STAGES = "# the base\nFROM busybox AS base\nARG A=1\nFROM base AS last\nRUN --mount=type=secret,id=s true\n"


def test_targets(modern, build, context):
    done = build("--call", "targets", context(STAGES))
    assert done.stdout.splitlines()[0].split() == ["TARGET", "DESCRIPTION"]
    assert "last (default)" in done.stdout and "base" in done.stdout


def test_outline(modern, build, context):
    done = build("--call", "outline", context(STAGES))
    assert re.fullmatch(r"TARGET: last\n\nBUILD ARG +VALUE +DESCRIPTION\nA +1 *\n\nSECRET +REQUIRED\ns *\n\n?", done.stdout), done.stdout
    # Nothing is built, and what the target does not need is not told.
    done = build("--call", "outline,format=json", "--target", "base", context(STAGES))
    told = json.loads(done.stdout)
    assert [(arg["name"], arg["value"]) for arg in told["args"]] == [("A", "1")] and "secrets" not in told
    done = build("--call", "outline", "--target", "nowhere", context(STAGES), check=False)
    assert done.returncode == 1 and 'target stage "nowhere" could not be found' in done.stderr


class Builderless(http.server.BaseHTTPRequestHandler):
    """A daemon that knows no route but one."""

    def do_HEAD(self):
        self.send_response(200 if self.path.endswith("/_ping") else 404)
        self.send_header("Api-Version", "1.40")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = do_HEAD

    def log_message(self, *arguments):
        pass


def test_a_daemon_without_a_builder(build):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Builderless)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    done = build.client.run("-H", f"tcp://127.0.0.1:{server.server_port}", "build", "/", check=False)
    server.shutdown()
    assert done.returncode == 1 and "ERROR: failed to build: this daemon has no builder" in done.stderr, done.stderr


def test_every_update_as_json(build, context):
    done = build("--progress", "rawjson", context("FROM busybox\nRUN echo '<&>'\n"))
    updates = [json.loads(line) for line in done.stderr.splitlines()]
    names = [vertex["name"] for update in updates for vertex in update.get("vertexes", [])]
    assert "[internal] load build definition from Dockerfile" in names
    assert "\\u003c\\u0026\\u003e" in done.stderr and "<&>" not in done.stderr


def test_quiet(build, context):
    done = build("-q", context("FROM busybox\nRUN echo loud\n"))
    assert re.fullmatch(r"sha256:[0-9a-f]{64}\n", done.stdout) and done.stderr == ""
    done = build("--progress", "none", context("FROM busybox\nRUN echo loud\n"))
    assert done.stdout == done.stderr == ""


def test_on_a_terminal(engine, build, context):
    """A picture that is drawn over; colours of a step's output and what else it may send move nothing."""
    step = r"printf '\033[31mred\033[0m\033[?1049h\n'; sleep 0.5; echo last"
    path = context(f"FROM busybox\nRUN {step}\n")
    child = pexpect.spawn(lib.PROGRAM, ["build", "--network", "none", "-t", "x", path], env=engine.env,
                          dimensions=(30, 100), timeout=60)
    child.expect(pexpect.EOF)
    child.close()
    text = child.before.decode()
    assert child.exitstatus == 0
    assert re.search(r"\[\+\] Building \d+\.\ds \(\d+/\d+\) FINISHED +docker:default\r\n", text), text
    assert re.search(r"\x1b\[34m => \[2/2\] RUN .* \d\.\ds\r\n", text)
    assert " => => # red" in text and "1049h" not in text.replace(r"\033[?1049h", ""), text
    assert text.rindex("\x1b[?25h") > text.rindex("\x1b[?25l")


def processes(marker):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                if marker.encode() in pathlib.Path(f"/proc/{entry}/cmdline").read_bytes().split(b"\0"):
                    found.append(entry)
            except OSError:
                pass
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_giving_up_ends_the_build(engine, build, context, number):
    marker = f"{time.monotonic_ns() % 10**8 + 10**8}"
    path = context(f"FROM busybox\nRUN echo begun; sleep {marker}\n")
    child = subprocess.Popen([lib.PROGRAM, "build", "--network", "none", "--progress", "plain", path], env=engine.env,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lib.wait_for(lambda: processes(marker), "the step runs")
    child.send_signal(number)
    _, told = child.communicate(timeout=20)
    assert child.returncode == 130
    assert re.search(r"^#\d+ CANCELED$", told, re.M), told
    assert told.endswith("ERROR: failed to build: failed to solve: Canceled: context canceled\n")
    lib.wait_for(lambda: not processes(marker), "the step has ended")


def test_a_daemon_that_goes_away(registry, context):
    engine = lib.Engine(registry_port=registry.port)
    try:
        engine.start()
        engine.load(lib.busybox_archive())
        marker = f"{time.monotonic_ns() % 10**8 + 10**8}"
        path = context(f"FROM busybox\nRUN sleep {marker}\n")
        child = subprocess.Popen([lib.PROGRAM, "build", "--network", "none", "--progress", "plain", path], env=engine.env,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        lib.wait_for(lambda: processes(marker), "the step runs")
        engine.kill()
        _, told = child.communicate(timeout=20)
        assert child.returncode == 1
        assert told.splitlines()[-1].startswith("ERROR: failed to build: the connection to the daemon broke"), told
    finally:
        engine.destroy()


def test_the_cache_is_listed_and_pruned(build, context):
    build("-q", context("FROM busybox\nRUN echo cached > /cached\n"))
    text = build.client("builder", "du")
    assert text.splitlines()[0].split() == ["ID", "RECLAIMABLE", "SIZE", "LAST", "ACCESSED"]
    assert len(text.splitlines()) > 4 and text.splitlines()[-1].startswith("Total:")
    assert json.loads(build.client("builder", "du", "--format", "json").splitlines()[0])["ID"]
    text = build.client("builder", "prune", "-a", "-f")
    assert text.startswith("Deleted build cache objects:\n") and "\n\nTotal reclaimed space: " in text
    assert build.client("builder", "du").splitlines()[-1].split() == ["Total:", "0B"]


@pytest.mark.skipif(lib.REFERENCE, reason="dockerd keeps no failed steps")
def test_a_shell_in_what_a_failed_step_left(engine, build, context):
    """With the files, the directory and the variables that the step had, without its secrets; and nothing stays."""
    secret = pathlib.Path(context("FROM busybox\nENV A=b\nWORKDIR /w\nCOPY token /else\n"
                                  "RUN --mount=type=secret,id=t,env=T echo left > here; test -n \"$T\" && false\n",
                                  token="hidden")) / "token"
    done = build("--debug-shell", "--secret", f"id=t,src={secret}", str(secret.parent), check=False,
                 input="pwd; cat here; echo A=$A T=$T.\n")
    assert done.returncode == 1
    assert done.stdout == "/w\nleft\nA=b T=.\n"
    assert "did not complete successfully: exit code: 1" in done.stderr
    images = engine.api("GET", "/images/json")[1]
    assert not any("dabba-debug" in name for image in images for name in image["RepoTags"])
    # What fails before a step has begun has nothing to show.
    done = build("--debug-shell", context("FROM busybox\nCOPY nothing /\n"), check=False, input="")
    assert done.returncode == 1 and "no step was kept to be looked at" in done.stderr
