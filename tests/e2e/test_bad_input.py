"""Requests that make no sense: each gets Docker's status and words, nothing half-made stays, the daemon goes on."""

import contextlib
import json
import os
import pathlib
import resource
import socket
import subprocess
import threading
import time

import pytest

import lib

JSON = {"Content-Type": "application/json"}


@pytest.fixture(autouse=True)
def goes_on(module_engine):
    """Whatever a test sends: afterwards the daemon is the same process and answers."""
    process = module_engine.process.pid
    yield
    assert module_engine.process.poll() is None, module_engine.log()[-2000:]
    assert module_engine.process.pid == process and module_engine.api("GET", "/_ping")[0] == 200
    assert "panicked" not in module_engine.log()


@pytest.fixture
def nothing_new(engine):
    """No container, volume, network or image that was not there before."""
    def objects():
        return (sorted(item["Id"] for item in engine.api("GET", "/containers/json?all=1")[1]),
                sorted(item["Name"] for item in engine.api("GET", "/volumes")[1]["Volumes"] or []),
                sorted(item["Id"] for item in engine.api("GET", "/networks")[1]),
                sorted(tag for item in engine.api("GET", "/images/json")[1] for tag in item["RepoTags"]))
    before = objects()
    yield
    assert objects() == before


def refused(engine, method, path, body=None, headers=None, status=400, word=""):
    code, answer = engine.api(method, path, body, headers)
    # Docker 20.10 calls some mistakes of a client its own; it has been mended since.
    wanted = (status, 500) if lib.REFERENCE else (status,)
    assert code in wanted, f"{code}: {answer}"
    assert word.lower() in answer["message"].lower(), answer
    return answer["message"]


# JSON


@pytest.mark.parametrize("body", [
    b"", b"{", b"[]", b'"x"', b"5", b"null", b"\xff\xfe{}", b'{"Image":"busybox"', b'{"Image":5}', b'{"Image":["busybox"]}',
    b'{"Image":"busybox","Cmd":5}', b'{"Image":"busybox","Cmd":[5]}', b'{"Image":"busybox","Env":"A=1"}',
    b'{"Image":"busybox","HostConfig":"x"}', b'{"Image":"busybox","HostConfig":{"Binds":{}}}',
    b'{"Image":"busybox","HostConfig":{"Memory":1.5}}', b'{"Image":"busybox","HostConfig":{"Memory":99999999999999999999}}',
    b'{"Image":"busybox","Labels":{"a":' + b"[" * 50_000, b"[" * 100_000, b'{"Labels":' * 12_000,
], ids=lambda body: body[:60].decode(errors="replace"))
def test_malformed_json_and_wrong_types(engine, nothing_new, body):
    refused(engine, "POST", "/containers/create", body, JSON)


@pytest.mark.skipif(lib.REFERENCE, reason="20.10 did not look behind the first value")
@pytest.mark.parametrize("body", [b'{"Image":"busybox"}{}', b'{"Image":"busybox"} x'])
def test_more_than_one_value(engine, nothing_new, body):
    refused(engine, "POST", "/containers/create", body, JSON)


@pytest.mark.parametrize("path", ["/containers/create", "/volumes/create", "/networks/create"])
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_content_type(engine, nothing_new, path, kind):
    message = refused(engine, "POST", path, b'{"Image":"busybox","Name":"thing"}', {"Content-Type": kind} if kind else {})
    assert f"({kind})" in message and "must be 'application/json'" in message


@pytest.mark.parametrize("path", ["/containers/create", "/networks/create", "/volumes/create"])
def test_a_list_is_no_object(engine, nothing_new, path):
    refused(engine, "POST", path, b"[]", JSON, word="json: cannot unmarshal array into Go value of type")


def test_keys_in_any_case(engine, client):
    """Go reads the names of fields without their case; what is data keeps its own."""
    body = (b'{"image":"nosuch","Image":"busybox","CMD":["true"],"labels":{"Image":"A","image":"b"},"hostconfig":'
            b'{"MEMORY":8388608,"sysctls":{"net.ipv4.ip_forward":"1"},"logconfig":{"type":"json-file","config":{"max-size":"1m"}},'
            b'"portbindings":{"80/tcp":[{"hostport":"0"}]}},"networkingConfig":{"endpointsconfig":{"bridge":{}}}}')
    status, answer = engine.api("POST", "/containers/create?name=small", body, JSON)
    assert status == 201, answer
    found = client.inspect("small")
    assert found["Config"]["Image"] == "busybox" and found["Config"]["Cmd"] == ["true"]
    assert found["Config"]["Labels"] == {"Image": "A", "image": "b"}
    host = found["HostConfig"]
    assert host["Memory"] == 8388608 and host["Sysctls"] == {"net.ipv4.ip_forward": "1"}
    assert host["LogConfig"] == {"Type": "json-file", "Config": {"max-size": "1m"}}
    assert list(host["PortBindings"]) == ["80/tcp"] and list(found["NetworkSettings"]["Networks"]) == ["bridge"]


def test_unknown_fields_are_ignored(engine):
    body = {"Image": "busybox", "Nonsense": [1, {"a": None}], "HostConfig": {"Nonsense": 1, "Binds": None}, "Env": None}
    status, answer = engine.api("POST", "/containers/create", body)
    assert status == 201, answer


def test_a_body_of_100_megabytes(engine, nothing_new):
    """Refused before it is all there; dabba takes 16 MiB, which is more than any container can be started with."""
    if lib.REFERENCE:
        pytest.skip("Docker keeps it in memory")
    before = peak(engine)
    status, text = talk(engine, b"POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
                                b"Content-Length: 104857600\r\n\r\n", b'{"Image":"busybox","Env":["' + b"x" * (100 << 20))
    assert status == 413 and "too large" in text, text
    assert peak(engine) - before < 100 << 10, "it was held in memory"


def peak(engine):
    """Most memory that the daemon has had, in KiB."""
    status = pathlib.Path(f"/proc/{engine.process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


# HTTP


def connect(engine, timeout=20):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(timeout)
    connection.connect(str(engine.socket))
    return connection


def talk(engine, *parts):
    """Sends bytes; gives the status, 0 for none, and all that was said."""
    with connect(engine) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for part in parts:
                connection.sendall(part)
        said = b""
        with contextlib.suppress(ConnectionResetError, TimeoutError):
            while b"}" not in said.partition(b"\r\n\r\n")[2]:
                more = connection.recv(65536)
                if not more:
                    break
                said += more
    words = said.split(b" ", 2)
    return (int(words[1]) if said.startswith(b"HTTP/1.") else 0), said.decode(errors="replace")


@pytest.mark.parametrize("head, wanted", [
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(32)) + b"\r\n\r\n", (400, 0)),
    (b"nonsense\r\n\r\n", (400,)),
    (b"GET /_ping HTTP/9.9\r\nHost: d\r\n\r\n", (400, 505)),
    (b"GET /_ping HTTP/1.1\r\nHost: d\r\nno colon\r\n\r\n", (400,)),
    (b"GET /_ping\x00 HTTP/1.1\r\nHost: d\r\n\r\n", (400,)),
    (b"POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}{}{}", (400,)),
    (b"POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Length: -5\r\n\r\n{}", (400,)),
    (b"POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\n"
     b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n", (400,)),
    (b"GET /_ping HTTP/1.1\r\nHost: d\r\nX: " + b"x" * (2 << 20) + b"\r\n\r\n", (431, 0)),
    (b"GET /" + b"x" * (2 << 20) + b" HTTP/1.1\r\nHost: d\r\n\r\n", (414, 431, 0)),
], ids=["tls", "nonsense", "version", "header", "nul", "two lengths", "negative", "chunks", "long header", "long path"])
def test_heads_that_are_no_http(engine, nothing_new, head, wanted):
    status, text = talk(engine, head)
    if not lib.REFERENCE:
        assert status in wanted, text
    assert status != 200


def test_half_requests(engine, nothing_new):
    whole = (b"POST /containers/create HTTP/1.1\r\nHost: d\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n"
             b'{"Image":"busybox"} ')
    for end in range(1, len(whole) - 1, 5):
        with connect(engine) as connection:
            connection.sendall(whole[:end])
    time.sleep(0.3)


def test_slow_clients_hold_nobody_up(engine):
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(connect(engine)) for _ in range(100)]
        for letter in b"POST /volumes/":
            for connection in slow:
                connection.sendall(bytes([letter]))
        begin = time.monotonic()
        assert engine.api("GET", "/containers/json?all=1")[0] == 200
        assert time.monotonic() - begin < 2
    with connect(engine) as connection:
        for letter in b"GET /_ping HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n":
            connection.sendall(bytes([letter]))
            time.sleep(0.01)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")


def test_clients_that_read_nothing_and_go(engine, client):
    """A stream that nobody reads must not stop the container, nor stay when the client is gone."""
    client("run", "-d", "--name", "talker", "busybox", "sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x; echo; sleep 1000")
    for _ in range(20):
        with connect(engine) as connection:
            connection.sendall(b"GET /containers/talker/logs?follow=1&stdout=1 HTTP/1.1\r\nHost: d\r\n\r\n")
        with connect(engine) as connection:
            connection.sendall(b"GET /events HTTP/1.1\r\nHost: d\r\n\r\n")
    assert client("exec", "talker", "echo", "fine") == "fine"


def test_a_thousand_connections_at_once(engine):
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    request = b"GET /containers/json HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n"
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(1000)]

        def ask(part):
            for connection in part:
                connection.settimeout(30)
                connection.connect(str(engine.socket))
                connection.sendall(request)
        threads = [threading.Thread(target=ask, args=(connections[start::20],)) for start in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        answers = [connection.recv(100) for connection in connections]
    assert all(answer.startswith(b"HTTP/1.1 200") for answer in answers)


def test_a_thousand_idle_connections(engine):
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with contextlib.ExitStack() as stack:
        for _ in range(1000):
            stack.enter_context(connect(engine))
        assert engine.api("GET", "/_ping", timeout=5)[0] == 200


# Names


@pytest.mark.parametrize("name", ["..%2Fx", "..%2F..%2Fetc%2Fpasswd", "a%2Fb", ".x", "-x", "x", "a%00b", "a%0Ab", "a%1B%5B2Jb", "%C3%A9t%C3%A9"])
def test_container_names(engine, nothing_new, name):
    refused(engine, "POST", f"/containers/create?name={name}", {"Image": "busybox"}, word="Invalid container name")


@pytest.mark.parametrize("name", ["../x", "../../x", "a/b", "a\nb", "a\x1b[2Jb", ".x", "a\0b", "é"])
def test_volume_names(engine, nothing_new, name):
    before = sorted(os.listdir(engine.root / "data"))
    refused(engine, "POST", "/volumes/create", {"Name": name}, word="volume name")
    refused(engine, "POST", "/containers/create", {"Image": "busybox", "HostConfig": {
        "Mounts": [{"Type": "volume", "Source": name, "Target": "/x"}]}}, word="volume name")
    assert sorted(os.listdir(engine.root / "data")) == before


@pytest.mark.skipif(lib.REFERENCE, reason="20.10 takes any name")
@pytest.mark.parametrize("name", ["../x", "a/b", "a b", "a\nb", "", ".x", "a\x1b[2Jb"])
def test_network_names(engine, nothing_new, name):
    refused(engine, "POST", "/networks/create", {"Name": name}, word="network name")


@pytest.mark.parametrize("name", ["../x", "UPPER", "a b", "a//b", "a:b/c", "busybox:" + "a" * 200, "busybox@sha256:00", "a" * 300, "x\ny"])
def test_image_names(engine, nothing_new, name):
    refused(engine, "POST", "/containers/create", {"Image": name}, word="255" if len(name) > 255 else "reference")
    quoted = "".join(f"%{byte:02X}" for byte in name.encode())
    if len(name) > 255:
        return
    refused(engine, "POST", f"/images/create?fromImage={quoted}", word="reference")
    refused(engine, "POST", f"/images/busybox/tag?repo={quoted}", word="reference")


@pytest.mark.parametrize("path", [
    "/containers/..%2F..%2Fetc%2Fpasswd/json", "/containers/%2e%2e/json", "/containers/a%00b/json", "/volumes/..%2F..%2Fx",
    "/images/..%2F..%2Fetc%2Fpasswd/json", "/networks/..%2Fx", "/exec/..%2Fx/json", "/containers/nosuch/json",
    "/networks/nosuch", "/volumes/nosuch", "/images/nosuch/json", "/exec/nosuch/json", "/nosuch"])
def test_paths_that_name_nothing(engine, path):
    status, answer = engine.api("GET", path)
    assert status in ((404, 301, 500, 400) if lib.REFERENCE else (404,)), answer
    assert "root:" not in str(answer)


@pytest.mark.parametrize("method, path, word", [
    ("POST", "/containers/held/kill?signal=NOSUCH", "signal"), ("POST", "/containers/held/kill?signal=999", "signal"),
    ("POST", "/containers/held/stop?t=x", "invalid syntax"), ("POST", "/containers/held/resize?h=x&w=1", "invalid syntax"),
    ("POST", "/containers/held/rename?name=..%2Fx", "Invalid container name"), ("GET", "/containers/held/logs", "must choose at least one stream"),
    ("GET", "/containers/json?limit=x", "invalid syntax"), ("GET", "/containers/json?filters={", ""),
    ("GET", "/containers/json?filters=[]", ""), ("GET", '/containers/json?filters={"nosuch":["a"]}', "invalid filter 'nosuch'"),
    ("GET", '/containers/json?filters={"status":["nosuch"]}', "invalid filter 'status=nosuch'"), ("GET", "/images/json?filters={", ""),
    ("GET", "/events?since=x&until=1", ""), ("POST", "/containers/held/exec", ""),
])
def test_parameters_that_make_no_sense(engine, client, method, path, word):
    client("run", "-d", "--name", "held", "busybox", "sleep", "1000")
    quoted = path.replace("{", "%7B").replace("}", "%7D").replace('"', "%22")
    refused(engine, method, quoted, {} if path.endswith("exec") else None, word=word)
    assert client.inspect("held")["State"]["Running"] is True


# What a container is asked to be


@pytest.mark.parametrize("asked, word", [
    ({"Memory": 1}, "Minimum memory limit allowed is 6MB"), ({"MemorySwap": 5}, "You should always set the Memory limit"),
    ({"NanoCpus": 10**15}, "range of CPUs is from 0.01"), ({"CpuPeriod": 1}, "CPU cfs period"), ({"CpuQuota": 1}, "CPU cfs quota"),
    ({"CpusetCpus": "99"}, "Requested CPUs are not available - requested 99"), ({"CpusetCpus": "x"}, "Invalid value x for cpuset cpus"),
    ({"CpusetMems": "9"}, "Requested memory nodes are not available - requested 9"),
    ({"ShmSize": -1}, "SHM size"), ({"OomScoreAdj": 5000}, "range for oom score adj is [-1000, 1000]"),
    ({"Binds": ["x"]}, "mount path must be absolute"), ({"Binds": ["/a:b"]}, "mount path must be absolute"),
    ({"Binds": ["/a:/b:zz"]}, "invalid mode: zz"), ({"Binds": ["/a:/"]}, "destination can't be '/'"),
    ({"Binds": ["/a:/b", "/c:/b"]}, "Duplicate mount point: /b"), ({"Binds": ["../x:/y"]}, "volume name"),
    ({"Mounts": [{"Type": "bind", "Source": "/nosuch", "Target": "/x"}]}, "bind source path does not exist: /nosuch"),
    ({"Mounts": [{"Type": "nosuch", "Target": "/x"}]}, "mount type unknown"),
    ({"RestartPolicy": {"Name": "nosuch"}}, "restart policy"), ({"CapAdd": ["NOSUCH"]}, 'invalid CapAdd: unknown capability: "CAP_NOSUCH"'),
    ({"CapDrop": ["../x"]}, 'invalid CapDrop: unknown capability: "CAP_../X"'),
    ({"AutoRemove": True, "RestartPolicy": {"Name": "always"}}, "can't create 'AutoRemove' container with restart policy"),
    ({"SecurityOpt": ["nosuch=1"]}, "invalid --security-opt"), ({"Runtime": "nosuch"}, "nosuch"),
    ({"LogConfig": {"Type": "nosuch"}}, "nosuch"), ({"ExtraHosts": ["x"]}, 'bad format for add-host: "x"'),
    ({"ExtraHosts": ["x:y"]}, 'invalid IP address in add-host: "y"'), ({"PortBindings": {"80/tcp": [{"HostPort": "x"}]}}, "port"),
    ({"PortBindings": {"80/tcp": [{"HostPort": "99999"}]}}, "port"),
], ids=str)
def test_host_configurations(engine, nothing_new, asked, word):
    refused(engine, "POST", "/containers/create", {"Image": "busybox", "HostConfig": asked}, word=word)


@pytest.mark.parametrize("asked, status, word", [
    ({"HostConfig": {"VolumesFrom": ["nosuch"]}}, 404, "No such container: nosuch"),
    ({"HostConfig": {"PidMode": "container:nosuch"}}, 404, "No such container: nosuch"),
    ({"HostConfig": {"NetworkMode": "container:nosuch"}}, 404, "No such container: nosuch"),
    ({"Image": "nosuch"}, 404, "No such image: nosuch:latest"), ({"WorkingDir": "x"}, 400, "it needs to be an absolute path"),
    ({"Env": ["=x"]}, 400, "invalid environment variable: =x"), ({"StopSignal": "NOSUCH"}, 400, "Invalid signal: NOSUCH"),
    ({"MacAddress": "x"}, 400, "x"),
], ids=str)
def test_containers_that_cannot_be(engine, nothing_new, asked, status, word):
    code, answer = engine.api("POST", "/containers/create", {"Image": "busybox"} | asked)
    if code == 201:
        # Docker looks at some of it only when the container is started.
        path = f"/containers/{answer['Id']}"
        code, answer = engine.api("POST", path + "/start")
        engine.api("DELETE", path)
    assert code == status or lib.REFERENCE and code >= 400, answer
    assert word in answer["message"]


@pytest.mark.parametrize("asked", [{"Env": ["A\0=1"]}, {"Cmd": ["a\0b"]}, {"WorkingDir": "/a\0b"}, {"User": "a\0b"}],
                         ids=str)
def test_control_characters_where_they_cannot_be(engine, nothing_new, asked):
    status, answer = engine.api("POST", "/containers/create", {"Image": "busybox", "Cmd": ["true"]} | asked)
    if status == 201:
        path = f"/containers/{answer['Id']}"
        status, answer = engine.api("POST", path + "/start")
        engine.api("DELETE", path)
    assert status in (400, 500), answer


@pytest.mark.parametrize("line", ["a\n6.6.6.6\tevil:1.2.3.4"])
def test_extra_hosts_are_one_line_each(engine, nothing_new, line):
    if lib.REFERENCE:
        pytest.skip("Docker takes it")
    refused(engine, "POST", "/containers/create", {"Image": "busybox", "HostConfig": {"ExtraHosts": [line]}}, word="add-host")


# The client's exit codes


def test_a_missing_image(docker, registry):
    said = docker.fails("run", f"127.0.0.1:{registry.port}/nosuch:none", code=125)
    assert f"Unable to find image '127.0.0.1:{registry.port}/nosuch:none' locally" in said
    assert f"manifest for 127.0.0.1:{registry.port}/nosuch:none not found: manifest unknown" in said
    assert docker("ps", "-aq") == ""


def test_a_registry_that_is_not_there(docker):
    said = docker.fails("pull", f"127.0.0.1:{lib.free_port()}/x")
    assert "connection refused" in said.lower()


# The client makes its exit code of the message: 126 and 127 are the ones it knows.
@pytest.mark.parametrize("program, code, word", [
    ("nosuch", 127, 'exec: "nosuch": executable file not found in $PATH'), ("/nosuch", 127, 'exec: "/nosuch": stat /nosuch: no such file or directory'),
    ("/plain", 126, 'exec: "/plain": permission denied'), ("/tmp", 126, 'exec: "/tmp": is a directory'),
])
def test_programs_that_cannot_be_run(docker, tmp_path, program, code, word):
    plain = tmp_path / "plain"
    plain.write_text("no program")
    mount = ["-v", f"{plain}:/plain"]
    old = docker.program == "/usr/bin/docker" or lib.REFERENCE
    wanted = 125 if old and program == "/tmp" and not lib.REFERENCE else code
    word = "permission denied" if lib.REFERENCE and program == "/tmp" else word
    said = docker.fails("run", "--name", "cannot", *mount, "busybox", program, code=wanted)
    assert word in said and "failed to create" in said and "OCI runtime create failed" in said
    assert lib.REFERENCE or "Error waiting" not in said
    state = docker.inspect("cannot")["State"]
    assert (state["Status"], state["Running"], state["ExitCode"]) == ("created", False, code)
    assert word in state["Error"]
    docker.fails("start", "cannot", code=1)
    docker("rm", "cannot")
    docker.fails("run", "--rm", *mount, "busybox", program, code=wanted)
    assert docker("ps", "-aq") == ""
    docker("run", "-d", "--name", "runs", *mount, "busybox", "sleep", "1000")
    done = docker.run("exec", "runs", program, check=False)
    assert done.returncode == (126 if lib.REFERENCE else code) and word in done.stdout + done.stderr


def test_a_working_directory_that_is_a_file(docker):
    said = docker.fails("run", "--rm", "-w", "/etc/passwd", "busybox", "true")
    assert "not a directory" in said and "/etc/passwd" in said
    docker("run", "-d", "--name", "runs", "busybox", "sleep", "1000")
    done = docker.run("exec", "-w", "/etc/passwd", "runs", "true", check=False)
    assert done.returncode in (126, 127) and "not a directory" in done.stdout + done.stderr
    done = docker.run("exec", "-w", "/nosuch", "runs", "true", check=False)
    assert done.returncode in (126, 127) and "no such file or directory" in done.stdout + done.stderr


def test_a_user_that_does_not_exist(docker):
    said = docker.fails("run", "--rm", "-u", "nosuch", "busybox", "true", code=125)
    assert "unable to find user nosuch: no matching entries in passwd file" in said
    said = docker.fails("run", "--rm", "-u", "0:nosuch", "busybox", "true", code=125)
    assert "unable to find group nosuch: no matching entries in group file" in said
    docker("run", "-d", "--name", "runs", "busybox", "sleep", "1000")
    done = docker.run("exec", "-u", "nosuch", "runs", "true", check=False)
    assert done.returncode == 126 and "unable to find user nosuch" in done.stdout + done.stderr
    assert docker.inspect("runs")["State"]["Running"] is True


def test_a_port_in_use(docker):
    with socket.create_server(("0.0.0.0", 0)) as listener:
        port = listener.getsockname()[1]
        said = docker.fails("run", "-d", "--name", "late", "-p", f"{port}:80", "busybox", "sleep", "1000", code=125)
        assert "address already in use" in said
        assert docker.inspect("late")["State"]["Status"] == "created"
    docker("start", "late")
    said = docker.fails("run", "-d", "--name", "later", "-p", f"{port}:80", "busybox", "sleep", "1000", code=125)
    assert "port is already allocated" in said and f":{port}" in said
    docker("rm", "-f", "late")
    docker("start", "later")


# A full disk


@pytest.fixture
def small_disk(registry, tmp_path):
    """An engine whose root is a file system of 48 MB."""
    image = tmp_path / "disk"
    image.write_bytes(b"")
    os.truncate(image, 48 << 20)
    folder = pathlib.Path("/var/tmp") / f"dabba-e2e-{tmp_path.name}-{os.getpid()}"
    folder.mkdir()
    subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
    subprocess.run(["mount", "-o", "loop", str(image), str(folder)], check=True)
    engine = lib.Engine(registry_port=registry.port, root=folder)
    try:
        engine.start()
        engine.load(lib.busybox_archive())
        yield engine
        assert "panicked" not in engine.log()
    finally:
        engine.destroy()
        subprocess.run(["umount", "-l", str(folder)], check=False)
        with contextlib.suppress(OSError):
            folder.rmdir()


def free(engine):
    stat = os.statvfs(engine.root)
    return stat.f_bavail * stat.f_frsize


def test_a_full_disk(small_disk):
    engine = small_disk
    client = lib.Client(engine, next(iter(lib.clients().values())))
    room = free(engine)
    # An image that does not fit: told, and nothing of it stays.
    big = lib.save_archive([lib.layer([("big", "file", os.urandom(40 << 20))])], {"Cmd": ["x"]}, "big:latest")
    _, answer = talk(engine, b"POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Type: application/x-tar\r\n"
                             b"Content-Length: %d\r\n\r\n" % len(big), big)
    assert "no space left on device" in answer.lower(), answer
    assert [item["RepoTags"] for item in engine.api("GET", "/images/json")[1]] == [["busybox:latest"]]
    assert room - free(engine) < 1 << 20, "it left something behind"
    # A container that fills the disk is told so by the kernel, and its engine lives on.
    client("run", "-d", "--name", "filler", "busybox", "sleep", "1000")
    done = client.run("exec", "filler", "dd", "if=/dev/zero", "of=/fill", "bs=64k", check=False)
    assert "No space left on device" in done.stdout + done.stderr
    assert free(engine) < 1 << 20
    fill(engine)
    assert engine.api("GET", "/containers/json")[0] == 200
    failures = [client.run("run", "--name", f"n{number}", "busybox", "true", check=False) for number in range(3)]
    for done in failures:
        assert done.returncode in (0, 125), done.stderr
        assert done.returncode == 0 or "no space left on device" in done.stderr.lower(), done.stderr
    assert any(done.returncode for done in failures)
    assert client.inspect("filler")["State"]["Running"] is True
    assert engine.process.poll() is None
    # Room again: everything works, and what failed has left nothing.
    (engine.root / "data/pad").unlink()
    client("rm", "-f", "filler")
    assert client("run", "--rm", "busybox", "echo", "room") == "room"
    for line in client("ps", "-a", "--format", "{{.Names}}").split():
        client("rm", line)
    lib.wait_for(lambda: room - free(engine) < 1 << 20, "all room is given back")
    engine.terminate()
    engine.start()
    assert client("run", "--rm", "busybox", "echo", "again") == "again"


def fill(engine):
    """Takes every block that is left, and the rest of the log's last one: the daemon cannot even say what is wrong."""
    for path in ("data/pad", "log"):
        with open(engine.root / path, "ab", buffering=0) as pad:
            for size in (1 << 20, 4096, 1):
                with contextlib.suppress(OSError):
                    while True:
                        pad.write(b"\n" * size)
    os.sync()
    with pytest.raises(OSError, match="No space left"):
        (engine.root / "data/one").write_bytes(b"x")
    (engine.root / "data/one").unlink()


def fill_store(engine):
    """Gives names to an image, which takes room in the record alone, until that is refused; gives what was said."""
    for number in range(5000):
        status, answer = engine.api("POST", f"/images/busybox/tag?repo={'r' * 200}&tag={number}")
        if status != 201:
            return answer["message"]
    raise AssertionError("5000 names were taken")


def test_removing_on_a_disk_without_a_free_block(small_disk):
    """What gives room back can be recorded always: the store holds blocks for it."""
    engine = small_disk
    client = lib.Client(engine, next(iter(lib.clients().values())))
    room = free(engine)
    client("network", "create", "net")
    client("volume", "create", "vol")
    for number in range(6):
        client("run", "-d", "--name", f"n{number}", "busybox", "sleep", "1000")
    client("run", "-d", "--name", "cycle", "--restart", "always", "busybox", "sleep", "1000")
    client("create", "--name", "later", "busybox", "sleep", "1000")
    client("exec", "n0", "dd", "if=/dev/zero", "of=/fill", "bs=64k", "count=16")
    fill(engine)
    # Nothing new is made, however often it is asked for: until the store's own file has no room left.
    for number in range(20):
        assert engine.api("POST", "/volumes/create", {"Name": f"v{number}"})[0] == 500
    refusal = fill_store(engine)
    assert "no space left on device" in refusal.lower() and ("the state could not be saved" in refusal or lib.REFERENCE)
    said = client.fails("create", "busybox", "true")
    assert "no space left on device" in said.lower()
    # What could not be started does not run, and is not about to.
    client.fails("start", "later")
    state = client.inspect("later")["State"]
    assert (state["Status"], state["Pid"]) == ("created", 0)
    # An exit, and a removal that gives no room back yet.
    client("stop", "-t", "0", "n1")
    assert client.inspect("n1")["State"]["Status"] == "exited"
    client("kill", "cycle")
    client("network", "rm", "net")
    client("volume", "rm", "vol")
    client("rm", "later")
    fill(engine)
    client("rm", "-f", "n0")
    if lib.REFERENCE:
        return  # Its containers would end with it.
    engine.kill()
    (engine.root / "data/pad").rename(engine.root / "pad")
    fill(engine)
    engine.start()
    names = client("ps", "-a", "--format", "{{.Names}}").split()
    assert sorted(names) == ["cycle", "n1", "n2", "n3", "n4", "n5"]
    assert client.inspect("n1")["State"]["Status"] == "exited"
    assert client.inspect("n2")["State"]["Running"] is True
    client("rm", "-f", *names)
    assert "panicked" not in engine.log()
    for pad in ("pad", "data/pad"):
        (engine.root / pad).unlink()
    lib.wait_for(lambda: room - free(engine) < 1 << 20, "all room is given back")
    assert client("run", "--rm", "busybox", "echo", "room") == "room"
