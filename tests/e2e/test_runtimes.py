"""`--runtime`: containers made by other OCI runtimes, runc and `dabba runtime`, behind the same daemon."""

import os
import pathlib
import pty
import shutil
import subprocess
import tempfile
import time

import pytest

import census
import lib


@pytest.fixture(scope="module")
def module_engine(registry):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="runtimes-", dir="/var/tmp"))
    other = folder / "other"
    other.write_text(f'#!/bin/sh\nexec {lib.PROGRAM} runtime "$@"\n')
    other.chmod(0o755)
    # Hangs at every order but those that make something.
    stuck = folder / "stuck"
    stuck.write_text(f'#!/bin/sh\ncase " $* " in\n  *" kill "*|*" delete "*) sleep 1000;;\nesac\nexec {lib.PROGRAM} runtime "$@"\n')
    stuck.chmod(0o755)
    named = ["--add-runtime", f"other={other}", "--add-runtime", f"stuck={stuck}"]
    try:
        with census.spotless(lib.Engine(registry_port=registry.port, extra=named)) as engine:
            yield engine
    finally:
        shutil.rmtree(folder)


@pytest.fixture(params=["runc", "other"])
def runtime(request, engine):
    known = engine.api("GET", "/info")[1]["Runtimes"]
    if request.param not in known:
        pytest.skip(f"{request.param} is not on this host")
    return request.param


@pytest.fixture
def run(client, runtime):
    """`docker run` with the runtime."""
    return lambda *arguments, **options: client.run("run", "--runtime", runtime, *arguments, **options)


def test_output_and_exit_code(run):
    done = run("--rm", "busybox", "sh", "-c", "echo out; echo err >&2; exit 5", check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("out\n", "err\n", 5)


def test_it_is_the_other_runtime(run, client, engine, runtime):
    run("-d", "--name", "one", "busybox", "sleep", "1000")
    shown = client.inspect("one")
    assert shown["HostConfig"]["Runtime"] == runtime
    assert list((engine.root / "exec/containers" / shown["Id"] / "runtime").glob("*"))
    assert not lib.mounts_below(engine.root)
    assert pathlib.Path(f"/proc/{shown['State']['Pid']}/comm").read_text() == "sleep\n"


def test_input_is_piped(run):
    said = run("--rm", "-i", "busybox", "tr", "a-z", "A-Z", input="hello\n" * 20000).stdout
    assert said == "HELLO\n" * 20000


def test_a_terminal(client, runtime):
    master, slave = pty.openpty()
    process = subprocess.Popen([client.program, "run", "--rm", "-it", "--runtime", runtime, "busybox", "sh", "-c",
                                "stty size; tty; read x; echo got $x; exit 3"], env=client.engine.env, stdin=slave,
                               stdout=slave, stderr=slave, start_new_session=True)
    os.close(slave)
    said = b""
    while b"/dev/" not in said:
        said += os.read(master, 4096)
    os.write(master, b"typed\n")
    assert process.wait(30) == 3
    while b"got typed" not in said:
        said += os.read(master, 4096)
    os.close(master)


def test_exec(run, client):
    run("-d", "--name", "one", "-e", "A=b", "busybox", "sleep", "1000")
    done = client.run("exec", "-u", "worker", "-w", "/tmp", "one", "sh", "-c", "echo $A; id -u; pwd; exit 7", check=False)
    assert (done.stdout.split(), done.returncode) == (["b", "1000", "/tmp"], 7)
    assert client("exec", "-i", "one", "cat", input="through\n") == "through"
    assert "tty" not in client.run("exec", "one", "tty", check=False).stdout.replace("not a tty", "")
    client("exec", "-t", "one", "tty")
    client("exec", "-d", "one", "touch", "/made")
    lib.wait_for(lambda: client.run("exec", "one", "ls", "/made", check=False).returncode == 0, "it is made")
    assert "nosuch" in client.fails("exec", "one", "nosuch")


def test_stop_kill_and_restart(run, client):
    run("-d", "--name", "one", "busybox", "sh", "-c", "trap 'echo bye; exit 4' TERM; echo up; while :; do sleep 0.05; done")
    lib.wait_for(lambda: client("logs", "one") == "up", "it is up")
    client("stop", "one")
    assert client.inspect("one")["State"]["ExitCode"] == 4
    assert client("logs", "one") == "up\nbye"
    client("start", "one")
    lib.wait_for(lambda: client("logs", "one").count("up") == 2, "it is up again")
    client("kill", "one")
    lib.wait_for(lambda: client.inspect("one")["State"]["Status"] == "exited", "it is killed")
    assert client.inspect("one")["State"]["ExitCode"] == 137
    client("start", "one")
    client("restart", "-t", "0", "one")
    assert client.inspect("one")["State"]["Running"]


def test_pause(run, client):
    run("-d", "--name", "one", "busybox", "sleep", "1000")
    client("pause", "one")
    assert client.inspect("one")["State"]["Paused"]
    client("unpause", "one")
    client("pause", "one")
    client("rm", "-f", "one")


def test_flags_reach_the_container(run, client):
    said = run("--rm", "-m", "64m", "--read-only", "--cap-drop", "ALL", "-h", "lunch", "--tmpfs", "/t", "-v", "/v", "-u", "worker",
               "--network", "none", "busybox", "sh", "-c",
               "hostname; touch /x 2>/dev/null || echo ro; grep CapBnd /proc/self/status; grep -c ' /t tmpfs' /proc/mounts; id -u;"
               "grep Seccomp: /proc/self/status").stdout.split()
    assert said == ["lunch", "ro", "CapBnd:", "0000000000000000", "1", "1000", "Seccomp:", "2"]


def test_privileged_and_the_hosts_namespaces(run):
    said = run("--rm", "--privileged", "busybox", "sh", "-c", "mount -t tmpfs x /tmp && echo mounted").stdout
    assert said == "mounted\n"
    said = run("--rm", "--pid", "host", "--ipc", "host", "--uts", "host", "--network", "host", "busybox", "sh", "-c",
               "for kind in pid ipc uts net; do readlink /proc/self/ns/$kind; done").stdout.split()
    assert said == [os.readlink(f"/proc/self/ns/{kind}") for kind in ("pid", "ipc", "uts", "net")]


def test_adopted_orphans_are_reaped(run, client):
    run("-d", "--name", "one", "--pid", "host", "busybox", "sh", "-c",
        "for i in 1 2 3; do (sleep 0.1 &); done; while :; do echo x; sleep 0.1; done")
    pid = client.inspect("one")["State"]["Pid"]
    shim = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1]
    time.sleep(0.3)
    lib.wait_for(lambda: pathlib.Path(f"/proc/{shim}/task/{shim}/children").read_text().split() == [str(pid)],
                 "only its program is the shim's child")


def test_limits_and_devices(run, client):
    said = run("--rm", "--ulimit", "nofile=100:200", "--sysctl", "net.ipv4.ip_forward=1", "--device", "/dev/fuse",
               "--shm-size", "1m", "busybox", "sh", "-c",
               "ulimit -n; cat /proc/sys/net/ipv4/ip_forward; ls /dev/fuse; df -k /dev/shm | tail -1 | tr -s ' ' | cut -d' ' -f2").stdout
    assert said.split() == ["100", "1", "/dev/fuse", "1024"]
    run("--name", "greedy", "-m", "16m", "--memory-swap", "16m", "busybox", "sh", "-c",
        "x=$(head -c 100000000 /dev/zero | tr '\\0' x)", check=False)
    assert client.inspect("greedy")["State"]["OOMKilled"] is True


def test_the_network_is_ours(run, client):
    run("-d", "--name", "server", "busybox", "sh", "-c", "while :; do echo hi | nc -l -p 80; done")
    address = client.inspect("server")["NetworkSettings"]["IPAddress"]
    assert address
    assert run("--rm", "busybox", "sh", "-c", f"for i in 1 2 3 4 5 6; do nc -w 2 {address} 80 && break; sleep 0.3; done").stdout == "hi\n"
    own = client("run", "--rm", "--network", "container:server", "busybox", "ip", "-4", "addr", "show", "eth0")
    assert address in own


@pytest.mark.parametrize("command, code", [("nosuch", 127), ("/etc", 126)])
def test_a_program_that_cannot_run(run, client, command, code):
    done = run("--name", "one", "busybox", command, check=False)
    assert done.returncode == code and command in done.stderr


def test_the_daemon_is_restarted(run, client, engine):
    run("-d", "--name", "one", "busybox", "sh", "-c", "i=0; while :; do echo $i; i=$((i+1)); sleep 0.1; done")
    run("-d", "--name", "short", "busybox", "sh", "-c", "sleep 1; exit 6")
    pid = client.inspect("one")["State"]["Pid"]
    engine.kill()
    time.sleep(1.5)
    engine.start()
    assert client.inspect("one")["State"]["Pid"] == pid
    assert client.inspect("short")["State"]["ExitCode"] == 6
    before = len(client("logs", "one").split())
    lib.wait_for(lambda: len(client("logs", "one").split()) > before, "the log goes on")
    assert client("exec", "one", "echo", "there") == "there"
    client("stop", "-t", "0", "one")
    assert client.inspect("one")["State"]["ExitCode"] == 137


def test_a_lost_shim_leaves_nothing(run, client, engine):
    run("-d", "--name", "one", "busybox", "sleep", "1000")
    pid = client.inspect("one")["State"]["Pid"]
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    os.kill(int(stat.rsplit(")", 1)[1].split()[1]), 9)
    lib.wait_for(lambda: client.inspect("one")["State"]["Status"] == "exited", "the loss is seen")
    lib.wait_for(lambda: not os.path.exists(f"/proc/{pid}"), "its program is gone")


def test_a_runtime_that_hangs(client, engine):
    """Its command is killed in time and told; the container can be removed all the same."""
    client("run", "-d", "--name", "one", "--runtime", "stuck", "busybox", "sleep", "1000")
    begin = time.monotonic()
    said = client.fails("kill", "-s", "USR1", "one")
    assert "/stuck kill did not end within 8 seconds and was killed" in said and time.monotonic() - begin < 20
    assert client("exec", "one", "echo", "fine") == "fine"
    client("rm", "-f", "one")
    assert client("ps", "-aq") == ""
    assert time.monotonic() - begin < 60


def test_unknown_names(client):
    assert "unknown or invalid runtime name: nosuch" in client.fails("run", "--runtime", "nosuch", "busybox", "true")
    assert client.inspect(client("create", "busybox"))["HostConfig"]["Runtime"] == "dabba"


def test_configuration(tmp_path):
    def start(text, *flags):
        (tmp_path / "daemon.json").write_text(text)
        return lib.Engine(extra=["--config-file", str(tmp_path / "daemon.json"), *flags])
    engine = start('{"runtimes": {"mine": {"path": "/usr/sbin/runc", "runtimeArgs": ["--debug"]}}, "default-runtime": "mine"}')
    try:
        engine.start()
        engine.load(lib.busybox_archive())
        client = lib.Client(engine, next(iter(lib.clients().values())))
        info = engine.api("GET", "/info")[1]
        assert info["DefaultRuntime"] == "mine"
        assert info["Runtimes"]["mine"] == {"path": "/usr/sbin/runc", "runtimeArgs": ["--debug"]}
        assert client("run", "--name", "one", "busybox", "echo", "hi") == "hi"
        assert client.inspect("one")["HostConfig"]["Runtime"] == "mine"
    finally:
        engine.destroy()
    for text, flags, why in [("{}", ["--add-runtime", "x=/nowhere/x"], "/nowhere/x"), ("{}", ["--add-runtime", "x"], "NAME=PATH"),
                             ("{}", ["--default-runtime", "x"], "does not exist"),
                             ('{"runtimes": {"dabba": {"path": "/usr/sbin/runc"}}}', [], "reserved")]:
        assert why in start(text, *flags).refusal()
