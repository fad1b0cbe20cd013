"""The flags of `docker run`, and what happens to a container in its life."""

import json
import os
import pathlib
import re
import subprocess
import tarfile
import time

import pytest

import lib


def test_output_and_exit_code(docker):
    done = docker.run("run", "--rm", "busybox", "sh", "-c", "echo out; echo err >&2; exit 5", check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("out\n", "err\n", 5)


def test_input_is_piped(docker):
    assert docker("run", "--rm", "-i", "busybox", "tr", "a-z", "A-Z", input="hello\n" * 20000) == ("HELLO\n" * 20000).strip()


def test_environment_directory_user(docker, tmp_path):
    file = tmp_path / "env"
    file.write_text("# comment\nFROM_FILE=two words\n")
    said = docker("run", "--rm", "-e", "A=b", "--env-file", str(file), "-w", "/made/by/run", "-u", "worker", "busybox",
                  "sh", "-c", 'echo "$A $FROM_FILE $PATH $HOSTNAME"; pwd; id')
    lines = said.splitlines()
    assert re.fullmatch(r"b two words /bin [0-9a-f]{12}", lines[0])
    assert lines[1] == "/made/by/run"
    assert lines[2] == "uid=1000(worker) gid=1000(worker) groups=1000(worker),2000(extra)"


@pytest.mark.parametrize("user, wanted", [
    ("1000", "uid=1000(worker) gid=1000(worker) groups=1000(worker),2000(extra)"),
    ("4242", "uid=4242 gid=0(root) groups=0(root)"),
    ("4242:2000", "uid=4242 gid=2000(extra) groups=2000(extra)"),
    ("worker:extra", "uid=1000(worker) gid=2000(extra) groups=2000(extra)"),
])
def test_users(client, user, wanted):
    assert client("run", "--rm", "-u", user, "busybox", "id") == wanted


def test_supplementary_groups(client):
    said = client("run", "--rm", "-u", "1000", "--group-add", "extra", "--group-add", "777", "busybox", "id", "-G")
    assert set(said.split()) == {"1000", "2000", "777"}


def test_limits(docker, engine):
    docker("run", "-d", "--name", "limited", "-m", "64m", "--cpus", "0.5", "--pids-limit", "50", "--cpu-shares", "512",
           "busybox", "sleep", "1000")
    identity = docker.inspect("limited")["Id"]

    def read(controller, name):
        for root in (f"/sys/fs/cgroup/{controller}{engine.cgroup}/{identity}", f"/sys/fs/cgroup{engine.cgroup}/{identity}"):
            try:
                return open(f"{root}/{name}").read().strip()
            except OSError:
                continue
        return None
    assert (read("memory", "memory.limit_in_bytes") or read("memory", "memory.max")) == str(64 << 20)
    assert read("pids", "pids.max") == "50"
    assert read("cpu", "cpu.cfs_quota_us") in ("50000", None)
    assert read("cpu", "cpu.shares") in ("512", None)
    host = docker.inspect("limited")["HostConfig"]
    assert (host["Memory"], host["NanoCpus"], host["PidsLimit"]) == (64 << 20, 500_000_000, 50)


def test_out_of_memory_is_told(docker):
    done = docker.run("run", "--name", "greedy", "-m", "16m", "--memory-swap", "16m", "busybox", "sh", "-c",
                      "x=$(head -c 100000000 /dev/zero | tr '\\0' x)", check=False)
    assert done.returncode != 0
    assert docker.inspect("greedy")["State"]["OOMKilled"] is True


def test_processes_are_counted(client):
    said = client.run("run", "--rm", "--pids-limit", "10", "busybox", "sh", "-c",
                      "for i in $(seq 1 30); do sleep 2 & done; wait", check=False)
    assert "can't fork" in said.stderr


def test_hostname_entrypoint_labels(docker):
    assert docker("run", "--rm", "--hostname", "kitchen", "--entrypoint", "hostname", "busybox") == "kitchen"
    docker("run", "-d", "--name", "labelled", "--label", "tier=web", "busybox", "sleep", "1000")
    assert docker("ps", "-q", "--filter", "label=tier=web", "--no-trunc") == docker.inspect("labelled")["Id"]
    assert docker("ps", "-q", "--filter", "label=tier=db") == ""


def test_names_and_ids(docker, engine):
    identity = docker("create", "busybox", "true")
    assert re.fullmatch("[0-9a-f]{64}", identity)
    name = docker.inspect(identity)["Name"]
    assert re.fullmatch(r"/[a-z]+_[a-z]+\d?", name)
    assert docker.inspect(identity[:10])["Id"] == identity
    docker("rename", name[1:], "renamed")
    assert docker.inspect("renamed")["Id"] == identity
    taken = docker.fails("create", "--name", "renamed", "busybox", "true")
    assert f'The container name "/renamed" is already in use by container "{identity}"' in taken
    status, answer = engine.api("POST", "/containers/create?name=renamed", {"Image": "busybox"})
    assert status == 409 and "is already in use" in answer["message"]


def test_life(docker):
    identity = docker("run", "-d", "--name", "life", "busybox", "sh", "-c", "trap 'exit 0' TERM; trap 'exit 4' USR1; while :; do sleep 0.1; done")
    assert docker.inspect("life")["State"]["Status"] == "running"
    docker("pause", "life")
    assert "(Paused)" in docker("ps", "--filter", "name=life")
    docker("unpause", "life")
    docker("restart", "-t", "5", "life")
    state = docker.inspect("life")["State"]
    assert state["Running"] and state["Pid"] > 0
    docker("kill", "-s", "USR1", "life")
    lib.wait_for(lambda: docker.inspect("life")["State"]["Status"] == "exited", "a signal ends it")
    assert docker.inspect("life")["State"]["ExitCode"] == 4
    docker("start", "life")
    assert docker("kill", "life") == "life"
    assert docker("wait", "life") == "137"
    assert docker("rm", identity[:12]) == identity[:12]


def test_wait_and_rm(docker):
    docker("run", "-d", "--name", "short", "busybox", "sh", "-c", "sleep 0.3; exit 3")
    assert docker("wait", "short") == "3"
    assert "You cannot remove a running container" not in docker("rm", "short")
    docker("run", "-d", "--name", "long", "busybox", "sleep", "1000")
    refused = docker.fails("rm", "long")
    assert "cannot remove" in refused and "running" in refused
    docker("rm", "-f", "long")
    assert docker("ps", "-aq") == ""


def test_rm_when_done(docker):
    docker("run", "-d", "--rm", "--name", "gone", "busybox", "sh", "-c", "sleep 0.2")
    lib.wait_for(lambda: docker("ps", "-aq") == "", "a container of --rm is removed")


def test_restart_policies(docker):
    docker("run", "-d", "--name", "again", "--restart", "on-failure:2", "busybox", "false")
    lib.wait_for(lambda: docker.inspect("again")["State"]["Status"] == "exited", "it is given up", 30)
    assert docker.inspect("again")["RestartCount"] == 2
    docker("run", "-d", "--name", "always", "--restart", "always", "busybox", "sh", "-c", "sleep 0.2")
    lib.wait_for(lambda: docker.inspect("always")["RestartCount"] >= 2, "it is started again", 30)
    docker("stop", "-t", "0", "always")
    assert docker.inspect("always")["State"]["Running"] is False


def test_logs(docker):
    docker("run", "--name", "talk", "busybox", "sh", "-c", "for i in 1 2 3; do echo line $i; done; echo bad >&2; printf open")
    done = docker.run("logs", "talk")
    assert done.stdout == "line 1\nline 2\nline 3\nopen" and done.stderr == "bad\n"
    assert docker.run("logs", "--tail", "1", "talk").stdout == "open"
    stamped = docker.run("logs", "-t", "talk").stdout.splitlines()
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z ", line) for line in stamped)
    assert docker.run("logs", "--since", "1h", "talk").stdout.startswith("line 1")
    assert docker.run("logs", "--until", "1h", "talk").stdout == ""


def test_logs_are_followed(docker):
    docker("run", "-d", "--name", "slow", "busybox", "sh", "-c", "for i in 1 2 3 4 5; do echo $i; sleep 0.2; done")
    assert docker.run("logs", "-f", "slow", timeout=20).stdout.split() == ["1", "2", "3", "4", "5"]


def test_a_long_line_is_kept_whole(client):
    client("run", "--name", "wide", "busybox", "sh", "-c", "head -c 100000 /dev/zero | tr '\\0' x; echo")
    assert client.run("logs", "wide").stdout == "x" * 100000 + "\n"


def test_logs_rotate(client, engine):
    client("run", "--name", "chatty", "--log-opt", "max-size=10k", "--log-opt", "max-file=2", "busybox", "sh", "-c",
           "for i in $(seq 1 2000); do echo number $i; done")
    lines = client.run("logs", "chatty").stdout.splitlines()
    assert lines[-1] == "number 2000" and 10 < len(lines) < 2000
    identity = client.inspect("chatty")["Id"]
    files = sorted(path.name for path in (engine.root / "data/containers" / identity).glob("*-json.log*"))
    assert files == [f"{identity}-json.log", f"{identity}-json.log.1"]


def test_exec(docker):
    docker("run", "-d", "--name", "base", "-e", "OUTER=1", "busybox", "sleep", "1000")
    done = docker.run("exec", "-u", "worker", "-w", "/tmp", "-e", "INNER=2", "base", "sh", "-c",
                      "id -u; pwd; echo $OUTER$INNER; echo oops >&2; exit 6", check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("1000\n/tmp\n12\n", "oops\n", 6)
    assert docker("exec", "-i", "base", "cat", input="through") == "through"
    docker("exec", "-d", "base", "sh", "-c", "echo later > /tmp/later")
    lib.wait_for(lambda: docker.run("exec", "base", "cat", "/tmp/later", check=False).stdout == "later\n", "it ran")
    assert "executable file not found" in docker.fails("exec", "base", "nosuch", code=127)
    docker.fails("exec", "base", "/etc/passwd", code=126)
    docker("stop", "-t", "0", "base")
    assert "is not running" in docker.fails("exec", "base", "true")


def test_start_attached(docker):
    docker("create", "-i", "--name", "echo", "busybox", "cat")
    done = docker.run("start", "-a", "-i", "echo", input="first\nsecond\n", timeout=20)
    assert done.stdout == "first\nsecond\n"


def test_events(docker, engine):
    since = str(time.time() - 1)
    docker("run", "--rm", "--name", "noted", "busybox", "true")
    said = docker("events", "--since", since, "--until", str(time.time() + 1), "--filter", "container=noted",
                  "--format", "{{json .}}")
    actions = [json.loads(line)["Action"] for line in said.splitlines()]
    assert [word for word in actions if word in ("create", "start", "die", "destroy")] == ["create", "start", "die", "destroy"]
    died = next(json.loads(line) for line in said.splitlines() if json.loads(line)["Action"] == "die")
    assert died["Actor"]["Attributes"]["exitCode"] == "0"


def test_inspect(docker):
    docker("run", "-d", "--name", "seen", "-e", "A=1", "-p", "127.0.0.1::80", "busybox", "sleep", "1000")
    seen = docker.inspect("seen")
    assert seen["Path"] == "sleep" and seen["Args"] == ["1000"] and "A=1" in seen["Config"]["Env"]
    assert seen["NetworkSettings"]["Ports"]["80/tcp"][0]["HostIp"] == "127.0.0.1"
    assert docker("inspect", "-f", "{{.State.Running}} {{.Config.Image}}", "seen") == "true busybox"
    assert docker("port", "seen", "80") == "127.0.0.1:" + seen["NetworkSettings"]["Ports"]["80/tcp"][0]["HostPort"]


def test_version_and_info(docker):
    version = json.loads(docker("version", "--format", "{{json .Server}}"))
    assert version["ApiVersion"] and version["Version"] and version["Os"] == "linux"
    info = json.loads(docker("info", "--format", "{{json .}}"))
    assert info["Driver"] == "overlay2" and info["NCPU"] > 0 and info["DockerRootDir"].endswith("/data")


def test_old_and_new_versions_of_the_api(engine):
    for version in ("1.24", "1.30", "1.41", "1.44", "1.50"):
        status, answer = engine.api("GET", f"/v{version}/containers/json")
        assert status == 200 and answer == []
    assert engine.api("GET", "/v1.99/info")[0] == 400
    status, answer = engine.api("GET", "/v1.12/info")
    assert status == 400 and "too old" in answer["message"]


def test_export_while_it_runs(docker, tmp_path, engine):
    docker("run", "-d", "--name", "busy", "-v", "data:/data", "busybox", "sh", "-c",
           "echo written > /root/file; echo apart > /data/file; sleep 1000")
    lib.wait_for(lambda: docker.run("exec", "busy", "cat", "/data/file", check=False).returncode == 0, "it is written")
    for state in ("running", "stopped"):
        archive = tmp_path / f"{state}.tar"
        docker("export", "-o", str(archive), "busy")
        with tarfile.open(archive) as tar:
            names = {name.rstrip("/") for name in tar.getnames()}
            assert tar.extractfile("root/file").read() == b"written\n"
        # What is mounted over the container's files is not among them.
        assert {"bin/busybox", "proc", "data"} <= names and not names & {"proc/1", "proc/self", "data/file"}
        docker("stop", "-t", "0", "busy")


def test_what_the_engine_mounts_is_no_change(docker):
    docker("run", "--name", "still", "busybox", "true")
    assert docker("diff", "still") == ""
    docker("run", "--name", "moved", "busybox", "touch", "/root/new")
    assert docker("diff", "moved").split("\n") == ["C /root", "A /root/new"]


def test_prune_spares_what_a_filter_names(docker):
    docker("run", "--name", "kept", "--label", "keep", "busybox", "true")
    docker("run", "--name", "young", "busybox", "true")
    docker("container", "prune", "-f", "--filter", "until=24h")
    assert docker("ps", "-aq").count("\n") == 1
    docker("container", "prune", "-f", "--filter", "label!=keep")
    assert docker("ps", "-a", "--format", "{{.Names}}") == "kept"


def test_many_followers_hold_nobody_up(client, engine):
    client("run", "-d", "--name", "quiet", "busybox", "sh", "-c", "echo one; sleep 1000")
    followers = []
    for _ in range(60):
        follower = lib.UnixConnection(engine.socket)
        follower.request("GET", "/containers/quiet/logs?follow=1&stdout=1")
        answer = follower.getresponse()
        assert answer.read(12).endswith(b"one\n")
        followers.append(follower)
    assert client("run", "--rm", "busybox", "echo", "on", timeout=20) == "on"
    for follower in followers:
        follower.close()


def test_a_log_is_read_to_its_end_though_the_container_goes(engine):
    made = engine.api("POST", "/containers/create?name=brief", {"Image": "busybox", "Cmd": ["sh", "-c", "sleep 0.2; echo last words"]})
    assert made[0] == 201
    engine.api("POST", "/containers/brief/start")
    reader = lib.UnixConnection(engine.socket)
    reader.request("GET", "/containers/brief/logs?follow=1&stdout=1")
    answer = reader.getresponse()
    engine.api("POST", "/containers/brief/wait")
    assert engine.api("DELETE", "/containers/brief")[0] == 204
    assert answer.read() == b"\x01\0\0\0\0\0\0\x0blast words\n"
    reader.close()


def test_further_processes_have_the_containers_limits(docker):
    docker("run", "-d", "--name", "limited", "--ulimit", "nofile=100:200", "busybox", "sleep", "1000")
    for flag, wanted in (("-S", "100"), ("-H", "200")):
        assert docker("exec", "limited", "sh", "-c", f"ulimit {flag} -n") == wanted


def test_ipc_of_the_host(engine, client, tmp_path):
    """`--ipc=host`: memory and queues are the host's; without it, neither is seen."""
    subprocess.run(["mount", "-t", "mqueue", "mqueue", str(tmp_path)], check=True)
    name = f"dabba-e2e-{os.getpid()}"
    shared, queue = pathlib.Path("/dev/shm", name), tmp_path / name
    try:
        shared.write_text("from the host")
        queue.touch()
        look = f"cat /dev/shm/{name}; ls /dev/mqueue; echo back > /dev/shm/{name}"
        said = client("run", "--rm", "--ipc", "host", "busybox", "sh", "-c", look)
        assert "from the host" in said and name in said
        assert shared.read_text() == "back\n"
        said = client("run", "--rm", "--ipc", "private", "busybox", "sh", "-c", "ls /dev/shm /dev/mqueue")
        assert name not in said
        said = client("run", "--rm", "--ipc", "host", "--tmpfs", "/dev/shm", "busybox", "ls", "/dev/shm")
        assert name not in said
    finally:
        shared.unlink(missing_ok=True)
        queue.unlink(missing_ok=True)
        subprocess.run(["umount", "-l", str(tmp_path)], check=True)


def test_the_cgroup_namespace_is_settled_at_the_create(docker):
    """What was not asked for is told as what it is: private on a host of cgroup v2, the host's on v1."""
    usual = "private" if pathlib.Path("/sys/fs/cgroup/cgroup.controllers").exists() else "host"
    for name, flags, wanted in [("plain", [], usual), ("strong", ["--privileged"], usual),
                                ("host", ["--cgroupns", "host"], "host"), ("private", ["--cgroupns", "private"], "private")]:
        docker("create", "--name", name, *flags, "busybox", "true")
        assert docker.inspect(name)["HostConfig"]["CgroupnsMode"] == wanted, name
