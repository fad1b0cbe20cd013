"""Pushing: to a real registry, with and without a login and TLS, and to ones that misbehave."""

import base64
import hashlib
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.parse

import docker as docker_py
import pexpect
import pytest

import lib

# The registry's logins: of `me` with the password `secret`, as htpasswd -B writes it.
LOGINS = "me:$2b$12$06c/zVDzEeQuZxeEhusBGuSGMMqvkXcAeRfW1fqc/9kiIjp3D1Mu6\n"


@pytest.fixture
def serve(tmp_path):
    registries = []

    def start(**options):
        registry = lib.Registry(root=tmp_path / f"registry-{len(registries)}", **options)
        registries.append(registry)
        return registry

    yield start
    for registry in registries:
        registry.stop()


@pytest.fixture
def mine(serve):
    """A registry that holds nothing yet."""
    return serve()


@pytest.fixture
def other(fresh_engine):
    """A second engine that has nothing of the first."""
    return lib.Client(fresh_engine, next(iter(lib.clients().values())))


@pytest.fixture(autouse=True)
def no_images(engine):
    yield
    for image in engine.api("GET", "/images/json")[1]:
        if "busybox:latest" in (image["RepoTags"] or []):
            for tag in image["RepoTags"]:
                if tag != "busybox:latest":
                    engine.api("DELETE", f"/images/{tag}")
            for digest in image["RepoDigests"] or []:
                engine.api("DELETE", f"/images/{digest}")
        else:
            engine.api("DELETE", f"/images/{image['Id']}?force=1")


def name(registry, path):
    return f"{registry.address}:{registry.port}/{path}"


def digest_of(text):
    return re.search(r"digest: (sha256:[0-9a-f]{64}) size: \d+", text).group(1)


def test_what_is_pushed_is_what_comes_back(docker, mine, other):
    """Built here: by a commit, upon an image that was loaded."""
    target = name(mine, "own/image:1")
    docker("run", "--name", "made", "busybox", "sh", "-c",
           "mkdir /d; echo hi >/d/f; ln /d/f /d/g; ln -s f /d/l; chmod 4711 /d/f; chown 5:6 /d; rm /bin/busybox.none; true")
    docker("commit", "-c", "CMD [\"cat\", \"/d/f\"]", "made", target)
    told = docker("push", target)
    digest = digest_of(told)
    assert f"The push refers to repository [{name(mine, 'own/image')}]" in told
    assert told.count(": Preparing") >= 2 and told.count(": Pushed") == 2
    assert told.splitlines()[-1].startswith("1: digest: sha256:")
    again = docker("push", target)
    assert again.count("Layer already exists") == 2 and digest_of(again) == digest
    here = docker.inspect(target)
    assert here["RepoDigests"] == [f"{name(mine, 'own/image')}@{digest}"]
    other("pull", "-q", target)
    assert other("run", "--rm", target) == "hi"
    look = ["run", "--rm", target, "sh", "-c", "cd /d; ls -ln | tail -n +2; ls -lnd ."]
    assert other(*look) == docker(*look)
    assert other.inspect(target)["Id"] == here["Id"]
    other("pull", "-q", f"{name(mine, 'own/image')}@{digest}")


def test_the_same_layer_is_the_same_blob_each_time(docker, serve):
    """Compressed for two registries, anew each time."""
    first, second = serve(), serve()
    docker("tag", "busybox", name(first, "a/b"))
    docker("tag", "busybox", name(second, "c/d"))
    assert digest_of(docker("push", name(first, "a/b"))) == digest_of(docker("push", name(second, "c/d")))


def test_a_layer_of_another_repository_is_mounted(docker, mine):
    docker("tag", "busybox", name(mine, "one/a"))
    docker("tag", "busybox", name(mine, "two/b"))
    docker("push", name(mine, "one/a"))
    assert "Mounted from one/a" in docker("push", name(mine, "two/b"))


def test_what_was_pulled_leaves_as_it_came(docker, mine, serve):
    mine.push("own/image", "1", lib.layer([("hello", "file", "hello\n")]), {"Cmd": ["true"]})
    accept = {"Accept": "application/vnd.docker.distribution.manifest.v2+json"}
    came = mine.request("GET", "/v2/own/image/manifests/1", headers=accept)[2]
    docker("pull", "-q", name(mine, "own/image:1"))
    second = serve()
    docker("tag", name(mine, "own/image:1"), name(second, "else/where:2"))
    docker("push", name(second, "else/where:2"))
    assert second.request("GET", "/v2/else/where/manifests/2", headers=accept)[2] == came


def test_all_tags(docker, mine):
    for tag in ("1", "2"):
        docker("tag", "busybox", name(mine, f"all/tags:{tag}"))
    docker("push", "-a", name(mine, "all/tags"))
    assert sorted(json.loads(mine.request("GET", "/v2/all/tags/tags/list")[2])["tags"]) == ["1", "2"]


def test_names_that_are_not_here(docker, mine):
    none = name(mine, "no/such")
    assert docker.fails("push", f"{none}:1").endswith(f"An image does not exist locally with the tag: {none}")
    docker("tag", "busybox", f"{none}:2")
    assert docker.fails("push", f"{none}:1").endswith(f"tag does not exist: {none}:1")


def test_quiet(docker, mine):
    docker("tag", "busybox", name(mine, "quiet/a"))
    assert docker("push", "-q", name(mine, "quiet/a")) == name(mine, "quiet/a:latest")


def test_a_login(docker, engine, serve, tmp_path):
    (tmp_path / "logins").write_text(LOGINS)
    registry = serve(logins=tmp_path / "logins")
    target = name(registry, "own/image:1")
    docker("tag", "busybox", target)
    assert "no basic auth credentials" in docker.fails("push", target)
    config = engine.root / "client" / "config.json"
    config.parent.mkdir(exist_ok=True)
    try:
        for login, said in [("me:wrong", "unauthorized: authentication required"), ("me:secret", None)]:
            auth = base64.b64encode(login.encode()).decode()
            config.write_text(json.dumps({"auths": {f"{registry.address}:{registry.port}": {"auth": auth}}}))
            if said:
                assert said in docker.fails("push", target)
            else:
                docker("push", target)
                docker("pull", target)
    finally:
        config.unlink()
    # The login is the client's, and nobody else gets in by it.
    assert "no basic auth credentials" in docker.fails("push", target)


def test_log_in_and_out(docker, engine, serve, tmp_path):
    (tmp_path / "logins").write_text(LOGINS)
    registry = serve(logins=tmp_path / "logins")
    server = f"{registry.address}:{registry.port}"
    target = name(registry, "own/image")
    docker("tag", "busybox", target)
    config = engine.root / "client" / "config.json"
    config.parent.mkdir(exist_ok=True)
    config.write_text('{"auths": {"else.test": {"auth": "YTpi"}}, "detachKeys": "ctrl-e"}')
    try:
        assert "401 Unauthorized" in docker.fails("login", "-u", "me", "--password-stdin", server, input="wrong")
        assert "Login Succeeded" in docker("login", "-u", "me", "--password-stdin", server, input="secret")
        kept = json.loads(config.read_text())
        assert kept["auths"][server] == {"auth": base64.b64encode(b"me:secret").decode()}
        assert kept["auths"]["else.test"] == {"auth": "YTpi"} and kept["detachKeys"] == "ctrl-e"
        assert config.stat().st_mode & 0o777 == 0o600 or docker.program != lib.PROGRAM
        docker("push", target)
        assert docker("logout", server) == f"Removing login credentials for {server}"
        assert "no basic auth credentials" in docker.fails("push", target)
        assert list(json.loads(config.read_text())["auths"]) == ["else.test"]
        docker("logout", server)
    finally:
        config.unlink()


def test_a_password_that_is_typed(engine, serve, tmp_path):
    (tmp_path / "logins").write_text(LOGINS)
    server = name(serve(logins=tmp_path / "logins"), "").rstrip("/")
    config = engine.root / "client" / "config.json"
    child = pexpect.spawn(lib.PROGRAM, ["login", server], env=engine.env, encoding="utf-8", timeout=20)
    try:
        child.expect("Username: ")
        child.sendline("me")
        child.expect("Password: ")
        child.sendline("secret")
        child.expect("Login Succeeded")
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0 and server in config.read_text()
    finally:
        child.close(force=True)
        config.unlink(missing_ok=True)


def test_a_credential_helper(engine, serve, tmp_path):
    """A login is kept where the configuration says, and the file has none."""
    (tmp_path / "logins").write_text(LOGINS)
    registry = serve(logins=tmp_path / "logins")
    server = f"{registry.address}:{registry.port}"
    helper, kept = tmp_path / "docker-credential-mine", tmp_path / "kept"
    helper.write_text(f"""#!/bin/sh
case $1 in
store) cat >{kept} ;;
get) cat >/dev/null; [ -e {kept} ] && cat {kept} || {{ echo credentials not found in native keychain; exit 1; }} ;;
erase) cat >/dev/null; rm {kept} ;;
esac
""")
    helper.chmod(0o755)
    config = engine.root / "client" / "config.json"
    config.parent.mkdir(exist_ok=True)
    config.write_text('{"credsStore": "mine"}')
    path = f"{tmp_path}:{os.environ['PATH']}"

    def run(*arguments, **options):
        return subprocess.run([lib.PROGRAM, *arguments], env=engine.env | {"PATH": path}, capture_output=True, text=True,
                              timeout=60, **options)
    try:
        assert run("login", "-u", "me", "--password-stdin", server, input="secret").returncode == 0
        assert json.loads(kept.read_text()) == {"ServerURL": server, "Username": "me", "Secret": "secret"}
        assert run("tag", "busybox", name(registry, "a/b")).returncode == 0
        assert run("push", name(registry, "a/b")).returncode == 0
        assert run("logout", server).stdout == f"Removing login credentials for {server}\n" and not kept.exists()
        assert "no basic auth" in run("push", name(registry, "a/b")).stderr
        assert config.read_text() == '{"credsStore": "mine"}'
    finally:
        config.unlink()


def test_a_registry_with_tls(client, engine, serve, tmp_path):
    """Loopback is insecure: any certificate will do."""
    made = str(tmp_path / "certificate"), str(tmp_path / "key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-subj", "/CN=nobody.test", "-days", "2", "-out", made[0], "-keyout", made[1]],
                   check=True, capture_output=True)
    registry = serve(certificate=made)
    client("tag", "busybox", name(registry, "own/image"))
    digest = digest_of(client("push", name(registry, "own/image")))
    status, found = engine.api("GET", f"/distribution/{name(registry, 'own/image')}/json")
    assert status == 200 and found["Descriptor"]["digest"] == digest
    assert found["Platforms"] == [{"architecture": "amd64", "os": "linux"}]


def test_the_python_client(engine, mine):
    client = docker_py.DockerClient(f"unix://{engine.socket}")
    client.images.get("busybox").tag(name(mine, "py/image"), "3")
    lines = list(client.api.push(name(mine, "py/image"), "3", stream=True, decode=True))
    assert lines[0]["status"] == f"The push refers to repository [{name(mine, 'py/image')}]"
    assert lines[-1]["aux"]["Tag"] == "3" and lines[-1]["aux"]["Digest"].startswith("sha256:")
    assert client.images.get_registry_data(name(mine, "py/image:3")).id == lines[-1]["aux"]["Digest"]
    client.close()


def test_an_event(client, engine, mine):
    since = str(time.time())
    client("tag", "busybox", name(mine, "own/event:1"))
    client("push", "-q", name(mine, "own/event:1"))
    events = client("events", "--since", since, "--until", str(time.time() + 0.1), "--filter", "event=push",
                    "--format", "{{.Actor.ID}} {{.Actor.Attributes.name}}")
    assert events == f"{name(mine, 'own/event:1')} {name(mine, 'own/event')}"


@pytest.mark.skipif(not shutil.which("skopeo"), reason="skopeo is not on this host")
def test_skopeo_reads_it(client, mine, tmp_path):
    client("tag", "busybox", name(mine, "own/image"))
    client("push", "-q", name(mine, "own/image"))
    subprocess.run(["skopeo", "copy", "--src-tls-verify=false", f"docker://{name(mine, 'own/image')}",
                    f"oci:{tmp_path}/out:x"], check=True, capture_output=True)
    assert (tmp_path / "out" / "index.json").exists()


class Strange(http.server.BaseHTTPRequestHandler):
    """A registry in memory that misbehaves as it is told; `server.seen` has (method, path, Authorization)."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, headers=(), body=b""):
        self.send_response(status)
        for key, value in dict(headers).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status, code, message):
        self.answer(status, {"Content-Type": "application/json"},
                    json.dumps({"errors": [{"code": code, "message": message}]}).encode())

    def take(self):
        size = int(self.headers.get("Content-Length", 0))
        return self.rfile.read(size)

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except (ConnectionError, TimeoutError):
            self.close_connection = True

    def do(self):
        server, address = self.server, urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(address.query))
        server.seen.append((self.command, self.path, self.headers.get("Authorization")))
        if server.behave(self, address.path, query):
            return
        if address.path == "/v2/":
            self.answer(200)
        elif "/blobs/uploads/" in address.path and self.command == "POST":
            server.uploads += 1
            server.parts[str(server.uploads)] = b""
            self.answer(202, {"Location": f"{server.elsewhere}/v2/x/blobs/uploads/{server.uploads}?state=1"})
        elif self.command in ("PATCH", "PUT") and "/uploads/" in address.path:
            upload = address.path.rsplit("/", 1)[1]
            server.parts[upload] += self.take()
            if self.command == "PATCH":
                return self.answer(202, {"Location": self.path})
            data = server.parts.pop(upload)
            if "sha256:" + hashlib.sha256(data).hexdigest() != query["digest"]:
                return self.refuse(400, "DIGEST_INVALID", "provided digest did not match uploaded content")
            server.blobs[query["digest"]] = data
            self.answer(201)
        elif "/blobs/" in address.path:
            self.answer(200 if address.path.rsplit("/", 1)[1] in server.blobs else 404)
        elif "/manifests/" in address.path and self.command == "PUT":
            server.manifests[address.path] = self.take()
            self.answer(201)
        else:
            self.answer(404)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do


@pytest.fixture
def strange():
    servers = []

    def start(behave=lambda *_: False, address="127.0.0.1", elsewhere=""):
        server = http.server.ThreadingHTTPServer((address, 0), Strange)
        server.daemon_threads = True
        server.behave, server.elsewhere, server.uploads = behave, elsewhere, 0
        server.parts, server.blobs, server.manifests, server.seen = {}, {}, {}, []
        server.address, server.port = server.server_address
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def complete(server):
    manifest = json.loads(next(iter(server.manifests.values())))
    wanted = [manifest["config"]["digest"], *(layer["digest"] for layer in manifest["layers"])]
    assert all(digest in server.blobs for digest in wanted)


def test_a_registry_that_takes_pieces_only(client, strange):
    def behave(request, path, query):
        if request.command == "PUT" and "/uploads/" in path and int(request.headers["Content-Length"]) > 0:
            request.take()
            request.answer(413)
            return True
    server = strange(behave)
    client("tag", "busybox", name(server, "x/y"))
    client("push", name(server, "x/y"))
    complete(server)
    assert any(method == "PATCH" for method, *_ in server.seen)


def test_a_registry_that_breaks_off(client, strange):
    """In the middle of each blob, once; and once it is busy."""
    state = {"put": 0, "head": 0}

    def behave(request, path, query):
        if request.command == "HEAD":
            state["head"] += 1
            if state["head"] == 1:
                request.answer(429, {"Retry-After": "1"})
                return True
        if request.command == "PUT" and "/uploads/" in path:
            state["put"] += 1
            if state["put"] <= 2:
                request.rfile.read(1000)
                request.connection.close()
                request.close_connection = True
                return True
    server = strange(behave)
    client("tag", "busybox", name(server, "x/y"))
    assert "Retrying in 1 second" in client("push", name(server, "x/y"))
    complete(server)


def test_a_registry_that_never_takes_it(client, strange):
    server = strange(lambda request, path, query: request.command == "POST" and (request.answer(500) or True))
    client("tag", "busybox", name(server, "x/y"))
    assert "500" in client.fails("push", name(server, "x/y"))


def test_a_registry_that_refuses(client, strange):
    def behave(request, path, query):
        if request.command == "POST":
            request.refuse(403, "DENIED", "requested access to the resource is \x1b[2Jdenied")
            return True
    server = strange(behave)
    client("tag", "busybox", name(server, "x/y"))
    said = client.fails("push", name(server, "x/y"))
    assert "denied: requested access to the resource is" in said and "\x1b" not in said
    assert server.uploads == 0


@pytest.mark.parametrize("garbage", [
    {"Location": "::::"}, {"Location": "file:///etc/passwd"}, {}, {"Location": "/v2/" + "x" * 9000}])
def test_a_registry_that_answers_garbage(client, strange, garbage):
    def behave(request, path, query):
        if request.command == "POST":
            request.answer(202, garbage)
            return True
    server = strange(behave)
    client("tag", "busybox", name(server, "x/y"))
    client.fails("push", name(server, "x/y"))
    client("version")


def test_the_login_does_not_follow_an_upload(docker, engine, strange):
    """To another host: neither the one a blob is uploaded to, nor the one that a redirect leads to, learns of it."""
    far = strange()
    third = strange()

    def behave(request, path, query):
        if request.headers.get("Authorization") is None:
            request.answer(401, {"WWW-Authenticate": 'Basic realm="x"'})
            return True
        if request.command == "PUT" and "/manifests/" in path and "moved" not in query:
            request.take()
            request.answer(307, {"Location": f"http://127.0.0.1:{third.port}{path}?moved=1"})
            return True
    server = strange(behave, elsewhere=f"http://127.0.0.1:{far.port}")
    for number in range(1, 9):
        far.parts[str(number)] = b""
    docker("tag", "busybox", name(server, "x/y"))
    config = engine.root / "client" / "config.json"
    config.parent.mkdir(exist_ok=True)
    config.write_text(json.dumps({"auths": {f"127.0.0.1:{server.port}": {"auth": base64.b64encode(b"a:b").decode()}}}))
    try:
        docker("push", name(server, "x/y"))
    finally:
        config.unlink()
    assert len(far.blobs) == 2 and len(third.manifests) == 1
    assert not any(login for _, _, login in far.seen + third.seen)


def test_tokens_are_for_pushing(client, strange):
    """The scope is that of a push, and of the repository that a layer is taken over from."""
    asked = []

    def tokens(request, path, query):
        asked.append(urllib.parse.parse_qsl(urllib.parse.urlsplit(request.path).query))
        request.answer(200, {}, json.dumps({"token": "t" * 20, "access_token": "t" * 20}).encode())
        return True
    authority = strange(tokens)

    def behave(request, path, query):
        if request.headers.get("Authorization") != "Bearer " + "t" * 20:
            request.take()
            request.answer(401, {"WWW-Authenticate": f'Bearer realm="http://127.0.0.1:{authority.port}/token",'
                                                     'service="s",scope="repository:x/y:pull"'})
            return True
    server = strange(behave)
    client("tag", "busybox", name(server, "x/y"))
    client("push", name(server, "x/y"))
    complete(server)
    assert ("scope", "repository:x/y:pull,push") in asked[0] and ("service", "s") in asked[0]
    assert len([entry for entry in asked[0] if entry[0] == "scope"]) == 1


def big(docker, target):
    docker("run", "--name", "big", "busybox", "sh", "-c", "dd if=/dev/urandom of=/big bs=1M count=24 2>/dev/null")
    docker("commit", "big", target)


def test_a_client_that_goes_away(docker, engine, strange):
    """The push ends with it, and nothing is left."""
    began, killed, ended = threading.Event(), threading.Event(), threading.Event()

    def behave(request, path, query):
        if request.command == "PUT" and "/uploads/" in path and int(request.headers["Content-Length"]) > 10 << 20:
            request.rfile.read(1 << 20)
            began.set()
            killed.wait(30)
            time.sleep(0.5)
            try:
                while request.connection.recv(1 << 16):
                    pass
            except ConnectionError:
                pass
            ended.set()
            request.close_connection = True
            return True
    server = strange(behave)
    big(docker, name(server, "x/y"))
    push = subprocess.Popen([docker.program, "push", name(server, "x/y")], env=engine.env,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert began.wait(30)
    push.send_signal(signal.SIGKILL)
    push.wait()
    killed.set()
    assert ended.wait(10), "the daemon goes on"
    lib.wait_for(lambda: not os.listdir(engine.root / "data" / "image" / "tmp"), "nothing is left in tmp", 10)
    assert not server.manifests


def test_an_image_that_is_removed_while_it_leaves(client, strange):
    began, go = threading.Event(), threading.Event()

    def behave(request, path, query):
        if request.command == "PUT" and "/uploads/" in path:
            began.set()
            go.wait(30)
    server = strange(behave)
    client("run", "--name", "gone", "busybox", "touch", "/x")
    client("commit", "gone", name(server, "x/y"))
    client("rm", "gone")
    push = subprocess.Popen([client.program, "push", name(server, "x/y")], env=client.engine.env,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert began.wait(30)
    client("rmi", name(server, "x/y"))
    go.set()
    assert push.wait(30) == 0
    complete(server)
