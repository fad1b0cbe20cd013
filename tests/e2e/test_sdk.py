"""docker-py, as it comes from PyPI."""

import io
import socket
import threading

import docker
import pytest

import lib


@pytest.fixture
def sdk(engine):
    client = docker.DockerClient(base_url=f"unix://{engine.socket}", timeout=60)
    yield client
    client.close()


def test_create_start_logs_wait_remove(sdk):
    container = sdk.containers.create("busybox", ["sh", "-c", "echo out; echo err >&2; exit 3"], name="sdk",
                                      environment={"A": "1"}, labels={"tier": "web"})
    assert container.status == "created" and container.name == "sdk"
    container.start()
    assert container.wait()["StatusCode"] == 3
    assert container.logs() in (b"out\nerr\n", b"err\nout\n")
    assert container.logs(stdout=True, stderr=False) == b"out\n"
    assert container.logs(tail=1, stdout=False) == b"err\n"
    container.reload()
    assert container.status == "exited" and container.labels == {"tier": "web"}
    container.remove()
    with pytest.raises(docker.errors.NotFound):
        sdk.containers.get("sdk")


def test_run_and_errors(sdk):
    assert sdk.containers.run("busybox", ["echo", "hello"], remove=True) == b"hello\n"
    with pytest.raises(docker.errors.ContainerError) as failed:
        sdk.containers.run("busybox", ["sh", "-c", "echo no >&2; exit 4"], remove=True)
    assert failed.value.exit_status == 4 and b"no" in failed.value.stderr
    with pytest.raises(docker.errors.APIError) as refused:
        sdk.containers.run("busybox", ["nosuch"])
    assert refused.value.status_code == 400 and "executable file not found" in refused.value.explanation
    with pytest.raises(docker.errors.ImageNotFound):
        sdk.containers.create("missing:tag")


def test_streams_of_logs(sdk):
    container = sdk.containers.run("busybox", ["sh", "-c", "for i in 1 2 3; do echo $i; sleep 0.1; done"], detach=True)
    assert b"".join(container.logs(stream=True, follow=True)) == b"1\n2\n3\n"


def test_exec(sdk):
    container = sdk.containers.run("busybox", ["sleep", "1000"], detach=True)
    # docker-py reads the answer's head through a buffer, and loses output that comes along with it: hence the pauses.
    code, (out, err) = container.exec_run(["sh", "-c", "sleep 0.3; echo out; echo err >&2; exit 5"], demux=True)
    assert (code, out, err) == (5, b"out\n", b"err\n")
    code, pieces = container.exec_run(["sh", "-c", "sleep 0.3; echo a; echo b"], stream=True)
    assert b"".join(pieces) == b"a\nb\n"
    code, link = container.exec_run(["cat"], stdin=True, socket=True)
    raw = link._sock
    raw.sendall(b"through\n")
    raw.shutdown(socket.SHUT_WR)
    raw.settimeout(20)
    got = b""
    while piece := raw.recv(100):
        got += piece
    assert got == b"\x01\0\0\0\0\0\0\x08through\n"
    link.close()
    code, out = container.exec_run(["sh", "-c", "sleep 0.3; tty"], tty=True)
    assert (code, out) == (0, b"/dev/pts/0\r\n")
    code, out = container.exec_run(["sh", "-c", "sleep 0.3; id -u"], user="worker")
    assert out == b"1000\n"


def test_events(sdk):
    seen, ready = [], threading.Event()

    def listen():
        stream = sdk.events(decode=True, filters={"type": "container", "container": "noted"})
        ready.set()
        for event in stream:
            seen.append(event)
            if event["Action"] == "destroy":
                stream.close()
                return
    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    ready.wait(10)
    container = sdk.containers.run("busybox", ["true"], name="noted", detach=True)
    container.wait()
    container.remove()
    listener.join(20)
    actions = [event["Action"] for event in seen]
    assert actions == ["create", "start", "die", "destroy"]
    assert seen[2]["Actor"]["Attributes"]["exitCode"] == "0" and seen[0]["status"] == "create"


def test_attach(sdk):
    container = sdk.containers.create("busybox", ["sh", "-c", "read line; echo got $line; exit 6"], stdin_open=True)
    link = container.attach_socket(params={"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1})
    container.start()
    raw = link._sock
    raw.settimeout(20)
    raw.sendall(b"tea\n")
    got = b""
    while piece := raw.recv(100):
        got += piece
    assert got == b"\x01\0\0\0\0\0\0\x08got tea\n"
    link.close()
    assert container.wait()["StatusCode"] == 6
    assert container.logs() == b"got tea\n"


def test_images(sdk, tmp_path):
    image = sdk.images.get("busybox")
    assert image.tags == ["busybox:latest"] and image.id.startswith("sha256:")
    assert image.tag("again", "v1") is True
    assert sorted(sdk.images.get("busybox").tags) == ["again:v1", "busybox:latest"]
    archive = b"".join(sdk.images.get("again:v1").save(named=True))
    sdk.images.remove("again:v1")
    loaded = sdk.images.load(archive)
    assert "again:v1" in loaded[0].tags
    sdk.images.remove("again:v1")
    container = sdk.containers.run("busybox", ["touch", "/made"], detach=True)
    container.wait()
    made = container.commit("made", "v2", author="tester")
    assert sdk.containers.run("made:v2", ["ls", "/made"], remove=True) == b"/made\n"
    container.remove()
    sdk.images.remove(made.id)


def test_pull(sdk, registry):
    image = sdk.images.pull("centos", tag="latest")
    assert "centos:latest" in image.tags
    assert b"Debian" in sdk.containers.run("centos", ["cat", "/etc/os-release"], remove=True)
    with pytest.raises(docker.errors.NotFound):
        sdk.images.pull(f"127.0.0.1:{registry.port}/no-such-image", tag="latest")


def test_networks_and_volumes(sdk):
    network = sdk.networks.create("kitchen", driver="bridge", labels={"a": "b"})
    volume = sdk.volumes.create("pantry")
    container = sdk.containers.run("busybox", ["sleep", "1000"], name="oven", network="kitchen", detach=True,
                                   volumes={"pantry": {"bind": "/data", "mode": "rw"}}, ports={"80/tcp": ("127.0.0.1", None)})
    network.reload()
    assert [one.name for one in network.containers] == ["oven"]
    code, out = container.exec_run(["sh", "-c", "sleep 0.3; nslookup -type=a oven"])
    assert code == 0, out
    container.exec_run(["sh", "-c", "echo salt > /data/jar"])
    assert sdk.containers.run("busybox", ["cat", "/data/jar"], volumes=["pantry:/data:ro"], remove=True) == b"salt\n"
    with pytest.raises(docker.errors.APIError):
        volume.remove()
    container.remove(force=True)
    network.remove()
    volume.remove()


def test_copy(sdk):
    container = sdk.containers.run("busybox", ["sleep", "1000"], detach=True)
    try:
        archive = lib.layer([("note", "file", "written\n")])
        assert container.put_archive("/tmp", archive)
    except docker.errors.APIError as error:
        # Copying comes with the full breadth of endpoints: until then it is refused in words.
        assert error.status_code == 501 and "not implemented" in error.explanation
        return
    code, out = container.exec_run(["cat", "/tmp/note"])
    assert out == b"written\n"
    pieces, stat = container.get_archive("/tmp/note")
    assert stat["name"] == "note" and stat["size"] == 8
    assert b"written" in io.BytesIO(b"".join(pieces)).getvalue()
