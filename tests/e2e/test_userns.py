"""A daemon with --userns-remap: root in a container is nobody on the host."""

import os
import pathlib
import shlex

import pexpect
import pytest

import census
import lib
from test_network import fetch

pytestmark = pytest.mark.skipif(lib.REFERENCE, reason="dockerd keeps remapped data below a root of its own")


@pytest.fixture(scope="module")
def module_engine(registry):
    with census.spotless(lib.Engine(registry_port=registry.port, extra=["--userns-remap", "default"])) as engine:
        yield engine


def first_number(file):
    """Where the numbers of the user that the daemon made begin."""
    lines = [line.split(":") for line in pathlib.Path(file).read_text().splitlines()]
    return next(int(start) for name, start, _ in lines if name == "dockremap")


@pytest.fixture
def running(client):
    """A container that sleeps, and its process on the host."""
    client("run", "-d", "--name", "sleeper", "busybox", "sleep", "1000")
    return client.inspect("sleeper")["State"]["Pid"]


def uids(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return next(set(line.split()[1:]) for line in text.splitlines() if line.startswith("Uid:"))


def test_root_inside_is_nobody_outside(client, running):
    start = first_number("/etc/subuid")
    assert uids(running) == {str(start)}
    assert client("exec", "sleeper", "id", "-u").strip() == "0"
    assert client("exec", "sleeper", "cat", "/proc/self/uid_map").split() == ["0", str(start), "65536"]
    assert client("exec", "-u", "7:8", "sleeper", "sh", "-c", "id -u; id -g; echo x >/dev/stderr; echo y >/dev/stdout"
                  ).split() == ["7", "8", "y"]
    assert "name=userns" in client.engine.api("GET", "/info")[1]["SecurityOptions"]


def test_each_container_has_a_user_namespace_of_its_own(client, running):
    client("run", "-d", "--name", "other", "busybox", "sleep", "1000")
    other = client.inspect("other")["State"]["Pid"]
    spaces = {os.readlink(f"/proc/{pid}/ns/user") for pid in (running, other, "self")}
    assert len(spaces) == 3


def test_what_is_the_containers_belongs_to_its_root(client):
    script = ("touch /made /v/x /dev/shm/x && chown 5:6 /v/x && stat -c '%u:%g' /made /bin/busybox /etc/hosts "
              "/etc/resolv.conf /etc/hostname /v /v/x /dev/null /dev/shm/x /proc/1/status && echo x > /dev/null")
    owners = client("run", "--rm", "-v", "data:/v", "busybox", "sh", "-c", script).split()
    assert owners == ["0:0"] * 6 + ["5:6"] + ["0:0"] * 3
    on_disk = (client.engine.root / "data/volumes/data/_data/x").stat()
    assert (on_disk.st_uid, on_disk.st_gid) == (5, 6), "volumes keep the numbers that they have inside"
    assert client("run", "--rm", "--userns", "host", "-v", "data:/v", "busybox", "stat", "-c", "%u:%g", "/v/x"
                  ).strip() == "5:6"
    client("volume", "rm", "data")


def test_the_hosts_files_stay_the_hosts(client):
    folder = client.engine.root / "host"
    folder.mkdir()
    (folder / "secret").write_text("no")
    (folder / "secret").chmod(0o600)
    said = client("run", "--rm", "-v", f"{folder}:/host", "busybox", "sh", "-c",
                  "stat -c %u /host/secret; cat /host/secret; touch /host/new; chown 0 /host/secret; true")
    assert said.split() == ["65534"]
    assert not (folder / "new").exists()


def test_nothing_of_the_host_can_be_changed(client):
    said = client("run", "--rm", "--cap-add", "ALL", "--security-opt", "seccomp=unconfined", "--security-opt",
                  "systempaths=unconfined", "busybox", "sh", "-c",
                  "mknod /n b 8 0 2>/dev/null && echo mknod; echo 1 2>/dev/null >/proc/sys/kernel/sysrq && echo sysctl; "
                  "mount -t ext4 /dev/vda /home 2>/dev/null && echo mount; dmesg -n 1 2>/dev/null && echo klog; "
                  "mount -t tmpfs none /home && hostname other && echo its-own")
    assert said.split() == ["its-own"], "with every capability, but in its own user namespace"


def test_a_commit_holds_the_numbers_inside(client):
    client("run", "--name", "author", "busybox", "sh", "-c", "touch /work && chown 9:9 /work")
    client("commit", "author", "work")
    for flags in ([], ["--userns", "host"]):
        assert client("run", "--rm", *flags, "work", "stat", "-c", "%u:%g", "/work").strip() == "9:9"
    client("rm", "author")
    client("rmi", "work")


def test_networks_and_names(client):
    client("network", "create", "net")
    client("run", "-d", "--name", "web", "--network", "net", "-p", "127.0.0.1::80", "busybox", "sh", "-c",
           "echo hello >/index.html; httpd -f -p 80")
    port = client("port", "web", "80").strip().rsplit(":", 1)[1]
    assert fetch("127.0.0.1", port) == "hello\n"
    assert client("run", "--rm", "--network", "net", "busybox", "timeout", "5", "wget", "-qO-", "http://web/"
                  ) == "hello"
    client("network", "connect", "bridge", "web")
    assert "eth1" in client("exec", "web", "ip", "addr")
    said = client("run", "--rm", "--cap-add", "NET_ADMIN", "busybox", "sh", "-c", "ip link set eth0 down && echo own")
    assert said == "own"
    client("rm", "-f", "web")
    client("network", "rm", "net")


def test_joining_another_container(client, running):
    space = os.readlink(f"/proc/{running}/ns/user")
    for flag in ("--network", "--pid"):
        client("run", "-d", "--name", "guest", flag, "container:sleeper", "busybox", "sleep", "1000")
        assert os.readlink(f"/proc/{client.inspect('guest')['State']['Pid']}/ns/user") == space
        client("rm", "-f", "guest")
    client("run", "-d", "--name", "host", "--userns", "host", "busybox", "sleep", "1000")
    assert os.readlink(f"/proc/{client.inspect('host')['State']['Pid']}/ns/user") == os.readlink("/proc/self/ns/user")
    assert "use --userns=host" in client.fails("run", "--rm", "--network", "container:host", "busybox", "true")
    client("run", "--rm", "--userns", "host", "--network", "container:sleeper", "busybox", "true")


@pytest.mark.parametrize("flags, said", [
    (["--privileged"], "privileged mode is incompatible with user namespaces"),
    (["--network", "host"], "cannot share the host's network namespace when user namespaces are enabled"),
    (["--pid", "host"], "cannot share the host PID namespace when user namespaces are enabled"),
])
def test_what_does_not_go_together(client, flags, said):
    assert said in client.fails("run", "--rm", *flags, "busybox", "true")
    client("run", "--rm", "--userns", "host", *flags, "busybox", "true")


def test_a_terminal(client):
    command = [client.program, "run", "--rm", "-it", "busybox", "sh", "-c", "tty; stat -c %u $(tty); id -u"]
    said = pexpect.run(shlex.join(command), env=client.engine.env, encoding="utf-8")
    assert said.split() == ["/dev/pts/0", "0", "0"]


def test_it_survives_the_daemon(client, running):
    engine = client.engine
    engine.kill()
    engine.start()
    assert client.inspect("sleeper")["State"]["Pid"] == running
    assert client("exec", "sleeper", "id", "-u").strip() == "0"
    client("restart", "-t", "0", "sleeper")
    assert uids(client.inspect("sleeper")["State"]["Pid"]) == {str(first_number("/etc/subuid"))}


@pytest.mark.parametrize("user, said", [("nosuch", "there is no user"), ("daemon", "/etc/subuid has no range")])
def test_a_user_without_numbers(user, said):
    assert said in lib.Engine(extra=["--userns-remap", user]).refusal()
