"""`dabba service`, on hosts that are containers: one whose first process is systemd, and one without it."""

import contextlib
import io
import os
import pathlib
import shutil
import tarfile

import pytest

import lib

pytestmark = pytest.mark.skipif(lib.REFERENCE, reason="asks for dabba's own commands")

# Version 1 has a hierarchy for systemd, in which the container gets a place of its own, as for the controllers.
SYSTEMD = """#!/bin/sh
set -e
if [ -d /sys/fs/cgroup/memory ]; then
    mount -t cgroup -o none,name=systemd cgroup /mnt
    mkdir /mnt/$1
    echo 1 > /mnt/$1/cgroup.procs
    umount /mnt
    exec unshare -C /bin/sh -ec '
        controllers=$(ls /sys/fs/cgroup)
        mount -t tmpfs none /sys/fs/cgroup
        for name in systemd $controllers; do
            mkdir -p /sys/fs/cgroup/$name
            options=$name; [ $name != systemd ] || options=none,name=systemd
            mount -t cgroup -o $options cgroup /sys/fs/cgroup/$name
        done
        exec /lib/systemd/systemd'
fi
exec /lib/systemd/systemd
"""


def root_of_host():
    """A host's root, but for /usr, which is this host's own."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name in ("etc", "etc/systemd/system", "mnt", "proc", "run", "sys", "tmp", "usr", "dev", "root", "var/lib", "var/log"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(entry)
        for name in ("bin", "sbin", "lib", "lib64"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, f"usr/{name}"
            archive.addfile(entry)
        for name in ("passwd", "group", "shadow", "gshadow", "nsswitch.conf", "ld.so.cache", "login.defs", "dbus-1", "alternatives"):
            if os.path.exists(f"/etc/{name}"):
                archive.add(f"/etc/{name}", f"etc/{name}")
        # A host that has been started before: the first time, systemd would enable what the host has.
        for name, text, mode in (("etc/machine-id", "0123456789abcdef" * 2 + "\n", 0o644), ("start", SYSTEMD, 0o755)):
            entry = tarfile.TarInfo(name)
            entry.mode, entry.size = mode, len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return out.getvalue()


@pytest.fixture
def host(client):
    """Starts a container as a host, with the program in /opt; gives what runs a command there."""
    (client.engine.root / "host.tar").write_bytes(root_of_host())
    client("import", str(client.engine.root / "host.tar"), "host")
    client.engine.program_here = shutil.copy(lib.PROGRAM, client.engine.root / "dabba")
    name = f"e2e-{client.engine.root.name}"

    def start(*command):
        client("run", "-d", "--name", "host", "--privileged", "--cgroupns", "private", "-e", "container=docker",
               "-e", "PATH=/opt:/usr/sbin:/usr/bin", "--tmpfs", "/run:exec", "--tmpfs", "/tmp", "-v", "/usr:/usr:ro",
               "-v", f"{client.engine.program_here}:/opt/dabba:ro", "-v", "/var/lib/dabba", "host", *command)

        def run(*arguments, code=0):
            done = client.run("exec", "host", *arguments, check=False)
            assert code in (None, done.returncode), f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
            return done.stdout + done.stderr

        return run

    start.name = name
    yield start
    client("rm", "-fv", "host")
    client("rmi", "host")
    for folder, _, _ in os.walk(f"/sys/fs/cgroup/systemd/{name}", topdown=False):
        with contextlib.suppress(OSError):
            os.rmdir(folder)
    assert not pathlib.Path(f"/sys/fs/cgroup/systemd/{name}").exists()


def test_with_systemd(host):
    if not os.path.exists("/lib/systemd/systemd"):
        pytest.skip("systemd is not on this host")
    run = host("/start", host.name)
    lib.wait_for(lambda: "multi-user.target" in run("systemctl", "list-units", "--type=target", "--state=active", code=None),
                 "systemd is up", 60)
    assert "could not be found" in run("dabba", "service", "status", code=1)
    assert "dabba service start" in run("dabba", "service", "install")
    run("systemctl", "is-enabled", "dabba.socket", "dabba.service")
    run("dabba", "service", "status", code=3)
    # The socket alone: the first request starts the daemon.
    run("systemctl", "start", "dabba.socket")
    assert "srw-rw---- 1 root docker" in run("ls", "-l", "/run/dabba/dabba.sock")
    run("systemctl", "is-active", "dabba.service", code=3)
    assert "Server: dabba" in run("dabba", "version")
    assert "Active: active (running)" in run("dabba", "service", "status")
    assert "is running at unix:///run/dabba/dabba.sock" in run("dabba", "status")
    assert "It works" in run("dabba", "quickstart")
    before = run("dabba", "inspect", "-f", "{{.State.Pid}}", "sample-web")
    # Containers go on without the daemon, and with the next one.
    run("systemctl", "restart", "dabba.service")
    assert run("dabba", "inspect", "-f", "{{.State.Pid}} {{.State.Running}}", "sample-web") == before.strip() + " true\n"
    run("systemctl", "kill", "--kill-whom=main", "-s", "KILL", "dabba.service")
    assert run("dabba", "inspect", "-f", "{{.State.Pid}} {{.State.Running}}", "sample-web") == before.strip() + " true\n"
    run("systemctl", "stop", "dabba.socket", "dabba.service")
    run("test", "-d", f"/proc/{before.strip()}")
    run("dabba", "service", "start")
    run("dabba", "rm", "-f", "sample-web")
    run("dabba", "service", "stop")
    run("dabba", "service", "status", code=3)


def test_with_an_init_script(host):
    run = host("/bin/sleep", "1000")
    assert "dabba service install" in run("dabba", "service", "start", code=1)
    assert "dabba service start" in run("dabba", "service", "install")
    run("dabba", "service", "status", code=3)
    run("dabba", "service", "start")
    lib.wait_for(lambda: "is running at" in run("dabba", "status", code=None), "the daemon answers")
    run("dabba", "service", "status")
    assert "It works" in run("dabba", "quickstart")
    before = run("dabba", "inspect", "-f", "{{.State.Pid}}", "sample-web")
    run("dabba", "service", "stop")
    run("dabba", "service", "status", code=3)
    run("test", "-d", f"/proc/{before.strip()}")
    run("dabba", "service", "start")
    lib.wait_for(lambda: "is running at" in run("dabba", "status", code=None), "the daemon answers")
    assert run("dabba", "inspect", "-f", "{{.State.Pid}} {{.State.Running}}", "sample-web") == before.strip() + " true\n"
    run("dabba", "rm", "-f", "sample-web")
    run("dabba", "service", "stop")
