"""Clients of BuildKit's protocol build with the daemon, unmodified: buildx and bake, and docker 20.10's own client.

Steps have no network, so that an engine needs no bridge. BUILDX names the program; without it the tests are skipped.
"""

import base64
import http.client
import http.server
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tarfile
import threading
import time

import pytest

import lib

BUILDX = os.environ.get("BUILDX", "")
needs_buildx = pytest.mark.skipif(not BUILDX, reason="BUILDX names no program: docker-buildx is not on this host")


@pytest.fixture
def built(engine):
    """An engine with busybox, from which everything that is built goes afterwards."""
    if not any("busybox:latest" in (image["RepoTags"] or []) for image in engine.api("GET", "/images/json")[1]):
        engine.load(lib.busybox_archive())
    yield engine
    for image in engine.api("GET", "/images/json")[1]:
        if "busybox:latest" not in (image["RepoTags"] or []):
            engine.api("DELETE", f"/images/{image['Id']}?force=1")
    engine.api("POST", "/build/prune?all=1")


@pytest.fixture
def buildx(built):
    """buildx without a docker client around it."""
    client = lib.Client(built, BUILDX)

    def run(*arguments, **options):
        return client.run(*arguments, **options)
    run.client = client
    return run


@pytest.fixture
def build(buildx):
    """`buildx build` with plain progress and steps without a network."""
    def run(*arguments, **options):
        return buildx("build", "--progress", "plain", "--network", "none", *map(str, arguments), **options)
    run.client = buildx.client
    return run


def write(folder, dockerfile, **files):
    (folder / "Dockerfile").write_text(dockerfile)
    for name, content in files.items():
        (folder / name.replace("__", "/")).parent.mkdir(parents=True, exist_ok=True)
        (folder / name.replace("__", "/")).write_text(content)
    return folder


@needs_buildx
def test_an_image_is_built_and_then_found_in_the_cache(build, buildx, client, tmp_path):
    write(tmp_path, "FROM busybox AS base\nARG WORD\nWORKDIR /w\nCOPY a .\nRUN cat a > b; echo $WORD >> b\n"
                    "FROM base\nCMD [\"cat\", \"/w/b\"]\n", a="one\n")
    done = build("-t", "some/thing:1", "--build-arg", "WORD=two", "--label", "who=me", tmp_path)
    assert "naming to docker.io/some/thing:1 done" in done.stderr
    assert client("run", "--rm", "--network", "none", "some/thing:1") == "one\ntwo"
    assert client.inspect("some/thing:1")["Config"]["Labels"] == {"who": "me"}
    again = build("-t", "some/thing:1", "--build-arg", "WORD=two", "--label", "who=me", tmp_path)
    assert re.search(r"RUN cat a > b.*\n#\d+ CACHED", again.stderr), again.stderr
    # The id is all that is said.
    quiet = buildx("build", "-q", "--network", "none", "--build-arg", "WORD=two", "--label", "who=me", str(tmp_path))
    assert quiet.stdout.strip() == client.inspect("some/thing:1")["Id"]


@needs_buildx
def test_a_failing_step_shows_its_lines_and_its_output(build, tmp_path):
    write(tmp_path, "FROM busybox\nRUN true\nRUN echo before; exit 7\nRUN echo never\n")
    done = build(tmp_path, check=False)
    assert done.returncode == 1
    assert "ERROR: process \"/bin/sh -c echo before; exit 7\" did not complete successfully: exit code: 7" in done.stderr
    assert "   2 |     RUN true\n   3 | >>> RUN echo before; exit 7\n   4 |     RUN echo never\n" in done.stderr
    assert re.search(r"------\n > \[3/4\] RUN echo before; exit 7:\n[\d.]+ before\n------", done.stderr), done.stderr
    assert "failed to solve: process" in done.stderr


@needs_buildx
@pytest.mark.parametrize("dockerfile, text, line", [
    ("FROM busybox\nRUM x\n", "dockerfile parse error on line 2: unknown instruction: RUM (did you mean RUN?)", 2),
    ("", "the Dockerfile cannot be empty", None),
    ("FROM busybox\nCOPY none /\n", "\"/none\": not found", 2),
    ("FROM busybox\nRUN --mount=type=none true\n", "unsupported mount type \"none\"", 2),
], ids=["parse", "empty", "copy", "mount"])
def test_mistakes_are_named(build, tmp_path, dockerfile, text, line):
    done = build(write(tmp_path, dockerfile), check=False, timeout=60)
    assert done.returncode == 1 and text in done.stderr, done.stderr
    if line:
        assert f" {line:3} | >>> {dockerfile.splitlines()[line - 1]}" in done.stderr, done.stderr


@needs_buildx
def test_a_long_dockerfile_fails_with_its_lines(build, tmp_path):
    padding = "".join(f"# {number} " + "x" * 100 + "\n" for number in range(1000))
    write(tmp_path, padding + "FROM busybox\nRUN exit 3\n" + padding)
    done = build(tmp_path, check=False)
    assert "exit code: 3" in done.stderr and "1002 | >>> RUN exit 3" in done.stderr, done.stderr[-2000:]


@needs_buildx
def test_no_dockerfile_and_no_target(build, tmp_path):
    done = build(tmp_path, check=False)
    assert "failed to read dockerfile: open Dockerfile: no such file or directory" in done.stderr
    done = build("--target", "on", write(tmp_path, "FROM scratch AS one\nLABEL a=b\n"), check=False)
    assert "target stage \"on\" could not be found (did you mean one?)" in done.stderr


@needs_buildx
def test_secrets_come_from_the_client_and_go_nowhere_else(build, client, tmp_path):
    secret = "a-word-nobody-guesses"
    (tmp_path / "secret").write_text(secret)
    write(tmp_path, "FROM busybox\nRUN --mount=type=secret,id=s --mount=type=secret,id=e,env=E "
                    "wc -c < /run/secrets/s > /n; echo ${#E} >> /n\n"
                    "RUN test ! -e /run/secrets/s && test -z \"$E\"\n", **{".dockerignore": "secret"})
    build.client.engine.env["E2E_SECRET"] = "inline"
    build("-t", "hidden", "--secret", f"id=s,src={tmp_path}/secret", "--secret", "id=e,env=E2E_SECRET", tmp_path)
    assert client("run", "--rm", "--network", "none", "hidden", "cat", "/n").split() == [str(len(secret)), "6"]
    history = client("history", "--no-trunc", "hidden")
    assert secret not in history and "inline" not in history
    archive = subprocess.run([client.program, "save", "hidden"], env=client.engine.env, capture_output=True, check=True)
    assert secret.encode() not in archive.stdout
    # A step that must have it fails without.
    write(tmp_path, "FROM busybox\nRUN --mount=type=secret,id=none,required=true true\n")
    assert "none" in build(tmp_path, check=False).stderr


@needs_buildx
@pytest.mark.skipif(not shutil.which("ssh-agent"), reason="ssh-agent is not on this host")
def test_an_ssh_agent_is_forwarded(build, tmp_path):
    program, agent, key = shutil.which("ssh-add"), str(tmp_path / "agent"), tmp_path / "key"
    for file in [program, *re.findall(r"(/\S+)", subprocess.check_output(["ldd", program], text=True))]:
        place = tmp_path / "root" / file.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, place)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "the-key", "-f", key], check=True)
    server = subprocess.Popen(["ssh-agent", "-D", "-a", agent], stdout=subprocess.DEVNULL)
    try:
        lib.wait_for(lambda: os.path.exists(agent), "the agent listens")
        subprocess.run([program, "-q", key], env={**os.environ, "SSH_AUTH_SOCK": agent}, check=True)
        write(tmp_path, f"FROM busybox\nCOPY root /\nRUN --mount=type=ssh {program} -l; {program} -l\n"
                        "RUN test -z \"$SSH_AUTH_SOCK\"\n")
        # Twice in one step: each is a connection of its own.
        assert build("--ssh", f"default={agent}", tmp_path).stderr.count("the-key (ED25519)") == 2
    finally:
        server.terminate()
        server.wait()
    write(tmp_path, "FROM busybox\nRUN --mount=type=ssh,required true\n")
    assert "ssh" in build(tmp_path, check=False).stderr


class Guarded(http.server.BaseHTTPRequestHandler):
    """A registry that asks for a login (RFC 7617), before one that does not."""
    behind = None
    refused = 0

    def do_GET(self):
        if self.headers.get("Authorization") != "Basic " + base64.b64encode(b"me:word").decode():
            Guarded.refused += 1
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="guarded"')
            self.send_header("Content-Length", "0")
            return self.end_headers()
        upstream = http.client.HTTPConnection("127.0.0.1", self.behind)
        upstream.request(self.command, self.path, headers={"Accept": ", ".join(self.headers.get_all("Accept") or ["*/*"])})
        answer = upstream.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "date", "server"):
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


@needs_buildx
def test_logins_are_the_clients(build, registry, tmp_path):
    Guarded.behind, Guarded.refused = registry.port, 0
    registry.push("guarded/image", "1", lib.layer([("hello", "file", "hello\n")]), {"Cmd": ["true"]})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Guarded)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{server.server_port}"
    write(tmp_path, f"FROM {host}/guarded/image:1\nLABEL a=b\n")
    done = build(tmp_path, check=False)
    assert done.returncode == 1 and Guarded.refused and "guarded/image" in done.stderr, done.stderr
    folder = tmp_path / "client"
    folder.mkdir()
    auth = base64.b64encode(b"me:word").decode()
    (folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": auth}}}))
    before = build.client.engine.env["DOCKER_CONFIG"]
    build.client.engine.env["DOCKER_CONFIG"] = str(folder)
    try:
        build("-t", "guarded", tmp_path)
    finally:
        build.client.engine.env["DOCKER_CONFIG"] = before
        server.shutdown()


@needs_buildx
def test_a_result_is_pushed(build, registry, client, tmp_path):
    names = [f"127.0.0.1:{registry.port}/pushed/image:{tag}" for tag in ("one", "two")]
    write(tmp_path, "FROM busybox\nCOPY a /\n", a="content\n")
    metadata = tmp_path / "metadata"
    build("--push", "-t", names[0], "-t", names[1], "--metadata-file", metadata, tmp_path)
    digest = json.loads(metadata.read_text())["containerimage.digest"]
    for tag in ("one", "two"):
        status, headers = registry.request("HEAD", f"/v2/pushed/image/manifests/{tag}", headers={
            "Accept": "application/vnd.oci.image.index.v1+json"})[:2]
        assert status == 200, headers
    client("rmi", *names)
    client("pull", f"127.0.0.1:{registry.port}/pushed/image@{digest}")
    # Nobody listens there.
    done = build("--push", "-t", "127.0.0.1:9/x", tmp_path, check=False)
    assert done.returncode == 1 and "127.0.0.1:9" in done.stderr.split("ERROR: failed to")[-1], done.stderr


@needs_buildx
def test_contexts_by_name(build, client, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    (other / "file").write_text("from elsewhere\n")
    write(tmp_path, "FROM given\nCOPY --from=files file /file\nCOPY --from=none . /\n")
    build("-t", "named", "--build-context", f"files={other}", "--build-context", "given=docker-image://busybox",
          "--build-context", "none=docker-image://scratch", tmp_path)
    assert client("run", "--rm", "--network", "none", "named", "cat", "/file") == "from elsewhere"


@needs_buildx
def test_results_leave_as_files_and_archives(build, client, tmp_path):
    context = tmp_path / "context"
    context.mkdir()
    write(context, "FROM scratch\nCOPY a /\nCOPY a /folder/b\n", a="content\n")
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine").write_text("stays")
    build("-o", f"type=local,dest={out}", context)
    files = {str(path.relative_to(out)): path.read_text() for path in out.rglob("*") if path.is_file()}
    assert files == {"mine": "stays", "a": "content\n", "folder/b": "content\n"}
    build("-o", f"type=tar,dest={tmp_path}/tar", context)
    with tarfile.open(tmp_path / "tar") as archive:
        assert sorted(archive.getnames()) == ["a", "folder", "folder/b"]
    for kind in ("oci", "docker"):
        build("-o", f"type={kind},dest={tmp_path}/{kind}", "-t", f"as/{kind}", context)
        with tarfile.open(tmp_path / kind) as archive:
            names = archive.getnames()
        assert "index.json" in names and "oci-layout" in names
        client("load", "-i", tmp_path / kind)
        assert client.inspect(f"as/{kind}")["RootFS"]["Layers"]


@needs_buildx
def test_several_results_of_one_build(build, client, tmp_path):
    context = write(tmp_path, "FROM scratch\nCOPY a /\n", a="content\n")
    build("-t", "twice", "-o", "type=image", "-o", f"type=tar,dest={tmp_path}/tar", context)
    assert client.inspect("twice") and (tmp_path / "tar").stat().st_size > 0


@needs_buildx
def test_a_context_as_an_archive(built, build, client, tmp_path):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, text in {"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "content"}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    done = subprocess.run([BUILDX, "build", "-t", "piped", "-"], env=built.env, input=out.getvalue(),
                          capture_output=True, timeout=90)
    assert done.returncode == 0, done.stderr.decode()
    assert client.inspect("piped")
    # A Dockerfile alone.
    done = build("-t", "alone", "-", input="FROM busybox\nLABEL a=b\n")
    assert client.inspect("alone")["Config"]["Labels"] == {"a": "b"}


@needs_buildx
def test_only_what_has_changed_is_sent_again(build, tmp_path):
    context = write(tmp_path, "FROM scratch\nCOPY . /\n", big="x" * 3_000_000, small="1")

    def sent():
        text = build(context).stderr
        amounts = re.findall(r"transferring context: ([\d.]+)(k?M?)B", text)
        number, unit = amounts[-1]
        return float(number) * {"": 1, "k": 1e3, "M": 1e6}[unit]
    assert sent() >= 3_000_000
    (context / "small").write_text("22")
    assert sent() < 1000


@needs_buildx
def test_what_is_ignored_is_not_sent(build, client, tmp_path):
    context = write(tmp_path, "FROM busybox\nCOPY . /c/\nRUN find /c -type f | sort > /list\n", a="1", b="2", d__c="3",
                    keep__b="4")
    (context / ".dockerignore").write_text("**/b\n!keep/b\nd\n.dockerignore\nDockerfile\n")
    build("-t", "ignored", context)
    assert client("run", "--rm", "--network", "none", "ignored", "cat", "/list").split() == ["/c/a", "/c/keep/b"]


@needs_buildx
def test_checks_and_targets(build, buildx, tmp_path):
    context = write(tmp_path, "# the first\nFROM busybox AS First\nMAINTAINER me\nFROM busybox AS second\n")
    done = buildx("build", "--check", str(context), check=False)
    assert done.returncode == 1
    for rule in ("StageNameCasing", "MaintainerDeprecated"):
        assert f"WARNING: {rule} - https://docs.docker.com/go/dockerfile/rule/" in done.stdout, done.stdout
    assert "   3 | >>> MAINTAINER me" in done.stdout
    listed = buildx("build", "--call", "targets", str(context)).stdout
    assert re.search(r"TARGET +DESCRIPTION\n", listed) and "second (default)" in listed
    # What is found is told when it is built, too.
    assert "StageNameCasing" in build(context).stderr


BAKE = """
group "default" {
  targets = ["app", "other"]
}
target "base" {
  dockerfile-inline = "FROM busybox\\nCOPY word /base\\nENV BASE=1"
}
target "app" {
  contexts = { mine = "target:base" }
  dockerfile-inline = "FROM mine\\nRUN cat /base > /app; echo $BASE >> /app"
  network = "none"
  tags = ["baked/app"]
}
target "other" {
  contexts = { src = "target:app" }
  dockerfile-inline = "FROM busybox\\nCOPY --from=src /app /\\nCOPY word /"
  tags = ["baked/other"]
}
"""


@needs_buildx
def test_targets_of_a_bake_build_upon_each_other(buildx, client, tmp_path):
    (tmp_path / "docker-bake.hcl").write_text(BAKE)
    (tmp_path / "word").write_text("word\n")
    subprocess.run([BUILDX, "bake", "--progress", "plain"], cwd=tmp_path, env=client.engine.env, check=True, timeout=90,
                   capture_output=True)
    for name in ("baked/app", "baked/other"):
        assert client("run", "--rm", "--network", "none", name, "cat", "/app") == "word\n1"


@needs_buildx
def test_a_record_tells_what_a_build_was_made_of(built, buildx, tmp_path):
    write(tmp_path, "FROM busybox\nARG word=none\nRUN echo $word > /word\n")
    buildx("build", "--network", "none", "--build-arg", "word=parrot", "--provenance", "mode=max", "-t", "recorded", tmp_path)
    seen = buildx("history", "inspect").stdout
    assert re.search(r"^word\s+parrot$", seen, re.M), seen
    assert re.search(r"^pkg:docker/busybox@latest\?platform=\S+\s+sha256:[0-9a-f]{64}$", seen.partition("Materials:")[2], re.M), seen
    [digest] = re.findall(r"^(sha256:[0-9a-f]{64})\s+https://slsa.dev/provenance/v0.2$", seen.partition("Attachments:")[2], re.M)
    predicate = json.loads(buildx("history", "inspect", "attachment", "--type", "provenance").stdout)
    assert predicate["invocation"]["parameters"]["args"]["build-arg:word"] == "parrot" and predicate["materials"]
    assert json.loads(buildx("history", "inspect", "attachment", "", digest).stdout) == predicate
    buildx("history", "export", "-o", tmp_path / "one.dockerbuild")
    with tarfile.open(tmp_path / "one.dockerbuild") as archive:
        held = {member.name for member in archive}
    assert f"blobs/sha256/{digest.removeprefix('sha256:')}" in held, held
    buildx("history", "rm", "--all")
    assert buildx("history", "inspect", check=False).returncode != 0


@needs_buildx
def test_a_record_tells_where_a_build_failed(built, buildx, tmp_path):
    write(tmp_path, "FROM busybox\nRUN echo before\nRUN echo its last words; exit 7\n")
    assert buildx("build", "--network", "none", tmp_path, check=False).returncode != 0
    seen = buildx("history", "inspect").stdout
    assert "exit code: 7" in seen and re.search(r"^ +3 \| >>> RUN echo its last words; exit 7$", seen, re.M), seen
    assert "> its last words" in seen.partition("Logs:")[2], seen


@needs_buildx
def test_the_limit_of_the_cache_is_told(built, buildx):
    assert re.search(r"GC Policy rule#0:\s+All:\s+true\s+Max Used Space:\s+20GiB", buildx("inspect").stdout)


@needs_buildx
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_a_build_goes_with_its_client(built, buildx, tmp_path, end):
    write(tmp_path, "FROM busybox\nRUN echo begun; sleep 1234.5\n")
    client = subprocess.Popen([BUILDX, "build", "--progress", "plain", "--network", "none", tmp_path], env=built.env,
                              stderr=subprocess.PIPE, text=True)
    for line in client.stderr:
        if line.rstrip().endswith(" begun"):
            break

    def sleeping():
        return [line for line in subprocess.run(["ps", "ax"], capture_output=True, text=True).stdout.splitlines()
                if "sleep 1234.5" in line and "echo" not in line]
    assert sleeping()
    client.send_signal(end)
    client.wait(30)
    lib.wait_for(lambda: not sleeping(), "the step has ended", 10)
    records = lib.wait_for(lambda: buildx("history", "ls", "--format", "{{.Status}}").stdout.split(), "a record")
    assert records[0] in ("Canceled", "Error")


@needs_buildx
def test_builds_are_remembered(build, buildx, tmp_path):
    build("-t", "kept", write(tmp_path, "FROM busybox\nRUN echo what a step said\n"))
    name = buildx("history", "ls", "--format", "{{.Ref}}").stdout.split()[0].rsplit("/", 1)[-1]
    assert "what a step said" in buildx("history", "logs", name).stderr + buildx("history", "logs", name).stdout
    buildx("history", "rm", name)
    assert name not in buildx("history", "ls", "--no-trunc").stdout


@needs_buildx
def test_the_cache_is_counted_and_given_back(build, buildx, tmp_path):
    build(write(tmp_path, "FROM busybox\nRUN head -c 100000 /dev/zero > /zero\n"))
    used = buildx("du", "--verbose").stdout
    assert "RUN head" in used and re.search(r"Type:\s+regular", used), used
    buildx("prune", "--force", "--all", "--filter", "type=regular")
    left = buildx("du", "--verbose").stdout
    assert "RUN head" not in left and "regular" not in left, left
    buildx("prune", "--force", "--all")
    assert re.search(r"Total:\s+0B", buildx("du").stdout)


@needs_buildx
def test_the_daemon_as_a_builder(buildx):
    said = buildx("inspect").stdout
    assert re.search(r"Driver:\s+docker\n", said) and re.search(r"Status:\s+running\n", said)
    assert "linux/amd64" in said or "linux/arm64" in said


@needs_buildx
@pytest.mark.parametrize("option, text", [
    (("--cache-to", "type=azblob,name=x"), "exporting the cache"),
    (("-o", "type=oci,dest=out,compression=estargz"), "compression=estargz"),
])
def test_what_is_not_done_is_refused_by_name(build, tmp_path, option, text):
    done = build(*option, write(tmp_path, "FROM scratch\nLABEL a=b\n"), check=False)
    assert done.returncode == 1 and text in done.stderr and "not implemented" in done.stderr, done.stderr


def docker_20():
    return lib.clients().get("docker-20")


@pytest.mark.skipif(not docker_20(), reason="Debian's docker 20.10 is not on this host")
def test_docker_20_builds_with_a_session(built, client, tmp_path):
    old = lib.Client(built, docker_20())
    context = tmp_path / "context"
    context.mkdir()
    write(context, "FROM busybox\nCOPY a /\nRUN --mount=type=secret,id=s test \"$(cat /run/secrets/s)\" = word\n", a="one\n")
    (tmp_path / "secret").write_text("word")
    flags = "build", "--progress", "plain", "--network", "none"
    done = old.run(*flags, "-t", "old/one", "--secret", f"id=s,src={tmp_path}/secret", str(context))
    assert "naming to docker.io/old/one" in done.stderr
    assert client("run", "--rm", "--network", "none", "old/one", "cat", "/a") == "one"
    write(context, "FROM busybox\nRUN echo said; false\n")
    done = old.run(*flags, str(context), check=False)
    assert done.returncode == 1 and "did not complete successfully: exit code: 1" in done.stderr
    write(context, "FROM scratch\nCOPY a /\n")
    old.run(*flags, "-o", f"type=local,dest={tmp_path}/out", str(context))
    assert (tmp_path / "out" / "a").read_text() == "one\n"
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive:
        archive.add(context, ".")
    done = subprocess.run([docker_20(), *flags, "-t", "old/two", "-"], env=built.env, input=packed.getvalue(),
                          capture_output=True, timeout=90)
    assert done.returncode == 0, done.stderr.decode()
    assert client.inspect("old/two")


def upgraded(engine, path, headers=""):
    """Asks for an upgrade; the head of the answer, and the connection."""
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(10)
    connection.connect(str(engine.socket))
    connection.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n".encode())
    return connection.recv(4096).decode(), connection


def test_connections_are_upgraded_as_dockerd_does(built):
    h2c = "Connection: Upgrade\r\nUpgrade: h2c\r\n"
    head, connection = upgraded(built, "/grpc", h2c)
    assert head.startswith("HTTP/1.1 101 ") and "upgrade: h2c" in head.lower()
    connection.close()
    for path in ("/grpc", "/session"):
        head, _ = upgraded(built, path, "X-Docker-Expose-Session-Uuid: a\r\n")
        assert head.startswith("HTTP/1.1 400 ") and "no upgrade proto in request" in head
        head, _ = upgraded(built, path, "X-Docker-Expose-Session-Uuid: a\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n")
        assert head.startswith("HTTP/1.1 400 ") and "protocol tcp not supported" in head
    # One session of a name at a time.
    name = h2c + "X-Docker-Expose-Session-Uuid: twice\r\n"
    head, first = upgraded(built, "/session", name)
    assert head.startswith("HTTP/1.1 101 ")
    time.sleep(0.2)
    head, _ = upgraded(built, "/session", name)
    assert head.startswith("HTTP/1.1 400 ") and "already exists" in head
    first.close()

    def free():
        head, again = upgraded(built, "/session", name)
        again.close()
        return head.startswith("HTTP/1.1 101 ")
    lib.wait_for(free, "the name is free when its connection has ended")


def test_nonsense_on_an_upgraded_connection_ends_it(built):
    for path in ("/grpc", "/session"):
        headers = "Connection: Upgrade\r\nUpgrade: h2c\r\nX-Docker-Expose-Session-Uuid: nonsense\r\n"
        _, connection = upgraded(built, path, headers)
        connection.sendall(os.urandom(4096))
        connection.settimeout(20)
        with connection, pytest.raises((ConnectionError, StopIteration)):
            while connection.recv(65536):
                pass
            raise StopIteration
    assert built.api("GET", "/_ping")[0] == 200


def test_ping_says_which_builder(built):
    connection = lib.UnixConnection(built.socket)
    connection.request("GET", "/_ping")
    assert connection.getresponse().getheader("Builder-Version") == "2"
