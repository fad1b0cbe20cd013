"""Known ways out of a container, tried: nothing of the host moves, and a container may what Docker's may.

The row numbers are those of the project's table of flaws. What is harmless to the host also runs against dockerd.
"""

import hashlib
import http.client
import io
import json
import os
import pathlib
import random
import shutil
import socket
import struct
import subprocess
import sys
import tarfile
import tempfile
import time

import pytest

import lib
from test_runtime import bundle  # noqa: F401

only_dabba = pytest.mark.skipif(lib.REFERENCE, reason="Debian's dockerd is older than the mending, or the test would harm it")
NAMESPACES = "mnt", "pid", "net", "ipc", "uts"
CORE_PATTERN = pathlib.Path("/proc/sys/kernel/core_pattern")


def compiled(source):
    """A static program, made once."""
    path = lib.CACHE / ("probe-" + hashlib.sha256(source.encode()).hexdigest()[:16])
    with lib.locked("probe"):
        if not path.exists():
            made = subprocess.run(["gcc", "-O1", "-static", "-D_GNU_SOURCE", "-w", "-x", "c", "-o", f"{path}.new", "-"],
                                  input=source, text=True, capture_output=True)
            assert made.returncode == 0, made.stderr
            os.rename(f"{path}.new", path)
    return path


@pytest.fixture
def outside():
    """A directory of the host that attacks aim at; nothing in it may change."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="outside-", dir="/var/tmp"))
    (folder / "secret").write_text("the host's")
    (folder / "empty").mkdir()
    before = lib.tree(folder)
    core = CORE_PATTERN.read_text()
    yield folder
    try:
        assert lib.tree(folder) == before
        assert CORE_PATTERN.read_text() == core
    finally:
        shutil.rmtree(folder)


def image(engine, name, entries, **config):
    """Loads an image of busybox and a further layer."""
    with tarfile.open(lib.busybox_archive()) as archive:
        base = archive.extractfile("0/layer.tar").read()
    archive = lib.save_archive([base, lib.layer(entries)], {"Cmd": ["sh"], "Env": ["PATH=/bin"]} | config, f"{name}:latest")
    status, answer = engine.api("POST", "/images/load", archive, {"Content-Type": "application/x-tar"})
    assert status == 200 and "errorDetail" not in str(answer), answer


@pytest.fixture
def images(engine):
    """Loads images, which go with the test."""
    names = []

    def load(name, entries, **config):
        names.append(name)
        image(engine, name, entries, **config)
        return name
    yield load
    engine.clean()
    for name in names:
        engine.api("DELETE", f"/images/{name}?force=1")


# 1, 10: what a process on its way into a container shows of the engine

WATCHER = r"""
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
/* Looks at every process in sight: a program that is none of the container's files, open for writing? Descriptors? */
int main(int count, char **arguments) {
    long seen = 0, writable = 0, descriptors = 0, traced = 0;
    time_t end = time(0) + atoi(arguments[1]);
    struct stat own, root;
    stat("/bin/busybox", &root);
    stat("/proc/self/exe", &own);
    printf("READY\n"); fflush(stdout);
    while (time(0) < end) {
        DIR *all = opendir("/proc");
        struct dirent *entry;
        while ((entry = readdir(all))) {
            int pid = atoi(entry->d_name);
            if (pid <= 0 || pid == getpid()) continue;
            char path[300], link[300];
            struct stat status;
            snprintf(path, sizeof path, "/proc/%d/exe", pid);
            int held = open(path, O_PATH);
            int foreign = 0;
            if (held >= 0 && fstat(held, &status) == 0 && status.st_ino != root.st_ino && status.st_ino != own.st_ino) {
                foreign = 1; seen++;
                snprintf(link, sizeof link, "/proc/self/fd/%d", held);
                for (int i = 0; i < 1000000; i++) {
                    int writing = open(link, O_WRONLY);
                    if (writing >= 0) { writable++; close(writing); break; }
                    if (errno != ETXTBSY) break;
                }
            }
            if (held >= 0) close(held);
            for (int fd = 3; fd < 64; fd++) {
                char target[200] = "";
                snprintf(path, sizeof path, "/proc/%d/fd/%d", pid, fd);
                if (readlink(path, target, sizeof target - 1) > 0 && !foreign && !strstr(target, "/dev/") && target[0] == '/')
                    descriptors++, fprintf(stderr, "%s -> %s\n", path, target);
            }
            if (pid != 1 && ptrace(PTRACE_SEIZE, pid, 0, 0) == 0) {
                /* A process of the container may be traced; one that still is the engine's may not. */
                snprintf(path, sizeof path, "/proc/%d/exe", pid);
                if (stat(path, &status) == 0 && status.st_ino != root.st_ino && status.st_ino != own.st_ino && foreign) traced++;
                ptrace(PTRACE_DETACH, pid, 0, 0);
            }
        }
        closedir(all);
    }
    printf("seen %ld writable %ld descriptors %ld\n", seen, writable, descriptors);
    return 0;
}
"""


def test_the_engines_program_cannot_be_overwritten(engine, client, images):
    """1 (CVE-2019-5736), 10 (CVE-2016-9962)."""
    images("evil", [("shell", "link", "/proc/self/exe")])
    program = pathlib.Path(shutil.which("runc") if lib.REFERENCE else lib.PROGRAM)
    before = hashlib.sha256(program.read_bytes()).digest()
    assert watch(client, ["true", "/shell"])["writable"] == 0
    assert hashlib.sha256(program.read_bytes()).digest() == before
    # The watcher would have seen it: a copy of a program of the container's own can be overwritten.
    assert watch(client, ["/bin/busybox2 sleep 0.1"])["writable"] > 0


def watch(client, programs):
    """What a watcher in a container sees while programs are executed there."""
    client("run", "-d", "--name", "watcher", "-v", f"{compiled(WATCHER)}:/watcher:ro", "evil", "sh", "-c",
           "cp /bin/busybox /bin/busybox2; exec /watcher 5")
    lib.wait_for(lambda: "READY" in client("logs", "watcher"), "the watcher watches")
    for _ in range(8):
        for program in programs:
            client.run("exec", "watcher", *program.split(), check=False)
    assert client("wait", "watcher") == "0"
    words = client.run("logs", "watcher")
    seen = {name: int(number) for name, number in zip(*[iter(words.stdout.splitlines()[-1].split())] * 2)}
    assert seen["descriptors"] == 0, words.stdout + words.stderr
    client("rm", "-f", "watcher")
    return seen


# 2: descriptors

DESCRIPTORS = r"""
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
    for (int fd = 0; fd < 4096; fd++) if (fcntl(fd, F_GETFD) >= 0) printf("%d ", fd);
    return 0;
}
"""


@pytest.mark.parametrize("flags", [[], ["-t"], ["-i"], ["--privileged"], ["--network", "host"], ["-u", "1000"]], ids=str)
def test_no_descriptor_of_the_host_is_inherited(client, flags):
    if lib.REFERENCE and "--privileged" in flags:
        pytest.skip("runc does not start one where the host lacks a capability")
    probe = ["-v", f"{compiled(DESCRIPTORS)}:/probe:ro"]
    assert client("run", "--rm", *flags, *probe, "busybox", "/probe").split() == ["0", "1", "2"]
    client("run", "-d", "--name", "base", *probe, "busybox", "sleep", "1000")
    own = [flag for flag in flags if flag not in ("--network", "host")]
    assert client("exec", *own, "base", "/probe").split() == ["0", "1", "2"]
    assert client("exec", "base", "sh", "-c", "ls /proc/1/fd").split() == ["0", "1", "2"]


@only_dabba
@pytest.mark.parametrize("number", [3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20])
def test_a_working_directory_through_a_descriptor(client, number):
    """2 (CVE-2024-21626)."""
    for path in (f"/proc/self/fd/{number}", f"/proc/self/fd/{number}/../../..", f"/proc/1/fd/{number}"):
        done = client.run("run", "--rm", "-w", path, "busybox", "ls", check=False)
        assert done.returncode != 0 and done.stdout == "", done.stdout
    client("run", "-d", "--name", "base", "busybox", "sleep", "1000")
    done = client.run("exec", "-w", f"/proc/self/fd/{number}", "base", "ls", check=False)
    assert done.returncode != 0 and "etc" not in done.stdout.split()
    client("exec", "base", "ln", "-s", f"/proc/self/fd/{number}", "/link")
    done = client.run("exec", "-w", "/link", "base", "ls", check=False)
    assert done.returncode != 0 and "etc" not in done.stdout.split()


def test_a_working_directory_of_the_image_through_a_descriptor(engine, client, images):
    for number in (3, 7, 9):
        name = images(f"fd{number}", [("dir", "link", f"/proc/self/fd/{number}")], WorkingDir="/dir")
        done = client.run("run", "--rm", name, "ls", check=False)
        assert done.returncode != 0 and done.stdout == ""


# 3 to 9: links where the engine mounts, makes and writes


@pytest.mark.parametrize("entries", [
    [("dev", "link", "{outside}")], [("proc", "link", "{outside}")], [("sys", "link", "{outside}")],
    [("proc", "link", "/tmp")], [("sys", "link", "/tmp")], [("dev", "link", "../../../../../..{outside}")],
    [("dev", "link", "/proc/1/root{outside}")], [("dev", "dir", ""), ("dev/null", "link", "{outside}/secret")],
    [("dev", "dir", ""), ("dev/pts", "link", "{outside}/empty"), ("dev/shm", "link", "{outside}/empty")],
    [("etc/hosts", "link", "{outside}/secret"), ("etc/resolv.conf", "link", "{outside}/made"), ("etc/hostname", "link", "../../../..{outside}/made")],
    [("etc", "link", "{outside}")], [("work", "link", "{outside}")],
], ids=lambda entries: " ".join(f"{name}->{target}" for name, _, target in entries))
def test_an_image_with_links_where_the_engine_works(client, images, outside, entries):
    """6 (CVE-2026-41579), 7 (CVE-2019-19921), 9 (CVE-2024-45310)."""
    name = images("links", [(place, kind, target.format(outside=outside)) for place, kind, target in entries])
    for flags in ([], ["-t"], ["-w", "/work/made"], ["--tmpfs", "/dev/made"], ["-v", "/work/made"]):
        done = client.run("run", "--rm", *flags, name, "sh", "-c",
                          "mount | grep -c ' /proc ' ; : >> /proc/sysrq-trigger", check=False)
        # Where it starts at all, /proc is a proc and what must not be written cannot.
        assert done.returncode != 0, done.stdout
        assert "the host's" not in done.stdout


@pytest.mark.parametrize("target", ["/proc", "/proc/self", "/proc/self/attr", "/proc/sys", "/proc/sys/kernel", "/proc/1"])
def test_nothing_is_mounted_over_the_kernels_files(client, images, outside, target):
    """7 (CVE-2019-16884, CVE-2023-28642)."""
    for flags in (["-v", f"vol:{target}"], ["-v", f"{outside}/empty:{target}"]):
        done = client.run("run", "--rm", *flags, "busybox", "true", check=False)
        assert done.returncode != 0 and "/proc" in done.stderr, "it was mounted"
    name = images("volume", [("x", "file", "")], Volumes={target: {}})
    assert client.run("run", "--rm", name, "true", check=False).returncode != 0


SWAPPER = r"""
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
/* Exchanges two names for ever. */
int main(int count, char **names) {
    for (;;) syscall(SYS_renameat2, AT_FDCWD, names[1], AT_FDCWD, names[2], 2);
}
"""


def test_mounts_through_a_racing_link(client, outside):
    """8 (CVE-2021-30465), 9 (CVE-2024-45310), 27 (CVE-2026-41568)."""
    client("run", "-d", "--name", "racer", "-v", "shared:/v", "-v", f"{compiled(SWAPPER)}:/swap:ro", "busybox", "sh", "-c",
           f"mkdir -p /v/a/b; ln -s /../../../../../../..{outside} /v/l; exec /swap /v/a /v/l")
    entered = 0
    for number in range(25):
        done = client.run("run", "--rm", "-v", "shared:/v", "-v", "other:/v/a/made", "--tmpfs", "/v/a/tmp", "-v",
                          f"{outside}/secret:/v/a/file:ro", "busybox", "sh", "-c", "mount | grep -c /made", check=False)
        entered += done.returncode == 0
    assert client.inspect("racer")["State"]["Running"] is True
    client("rm", "-f", "racer")
    for place in (outside / "made", outside / "tmp"):
        if lib.REFERENCE and place.exists():
            place.rmdir()  # CVE-2024-45310 itself: runc 1.1 makes an empty directory on the host in some of the runs.


def test_masks_with_a_hostile_dev(client, outside):
    """3 (CVE-2025-31133): /dev belongs to a volume in which null is a link to what a mask is to protect from."""
    client("run", "--rm", "-v", "devices:/d", "busybox", "sh", "-c",
           "ln -s /proc/sys/kernel/core_pattern /d/null; ln -s /proc/sysrq-trigger /d/console; mkdir /d/pts /d/shm /d/mqueue")
    done = client.run("run", "--rm", "-v", "devices:/dev", "busybox", "sh", "-c",
                      "for path in /dev/null /dev/console; do (: >> $path) 2>/dev/null && echo open $path; done;"
                      " cat /proc/timer_list /proc/keys", check=False)
    assert "Timer List" not in done.stdout and "keyring" not in done.stdout
    assert "open /dev/null" not in done.stdout and "open /dev/console" not in done.stdout


def test_a_terminal_with_a_hostile_devpts(client, outside):
    """4 (CVE-2025-52565)."""
    client("run", "--rm", "-v", "terminals:/p", "busybox", "sh", "-c",
           "ln -s /proc/sys/kernel/core_pattern /p/0; ln -s /proc/sysrq-trigger /p/1; ln -s /p/0 /p/ptmx")
    done = client.run("run", "--rm", "-t", "-v", "terminals:/dev/pts", "busybox", "sh", "-c",
                      "stat -L -c %t /dev/console; (: >> /dev/pts/0) && echo open", check=False)
    assert "open" not in done.stdout
    assert done.returncode != 0 or done.stdout.split()[0] == "88"
    client("run", "-d", "--name", "base", "busybox", "sleep", "1000")
    client("exec", "base", "sh", "-c", "mount | grep -q devpts")
    assert "not permitted" in client.fails("exec", "base", "umount", "/dev/pts") + client.fails("exec", "base", "mount", "-t", "tmpfs", "x", "/dev/pts")


# 5: what the engine writes to procfs

TOLD = ("for p in /proc /proc/self/attr /proc/sys/net /proc/sys/kernel; do stat -f -c %t $p; done;"
        " cat /proc/sys/kernel/shmmni /proc/self/oom_score_adj; grep ' /proc/' /proc/self/mounts | cut -d' ' -f2")
# Where the engine itself lays something over procfs.
LAID = ("/proc/acpi", "/proc/asound", "/proc/bus", "/proc/fs", "/proc/interrupts", "/proc/irq", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/sched_debug", "/proc/scsi", "/proc/sys", "/proc/sysrq-trigger", "/proc/timer_list", "/proc/timer_stats")
WRITES = ["--sysctl", "kernel.shmmni=1234", "--oom-score-adj", "321"]


def in_order(done):
    """Whether it started; if so, procfs is the kernel's all over and took what was written."""
    if done.returncode:
        return False
    lines = done.stdout.splitlines()
    assert lines[:6] == ["9fa0"] * 4 + ["1234", "321"] and set(lines[6:]) <= set(LAID), done.stdout
    return True


def test_writes_to_procfs(client):
    assert in_order(client.run("run", "--rm", *WRITES, "busybox", "sh", "-c", TOLD))
    client("run", "-d", "--name", "base", *WRITES, "busybox", "sleep", "1000")
    assert in_order(client.run("exec", "base", "sh", "-c", TOLD))


LAYS_TMPFS = lib.fails_on_dockerd("runc 1.1 lays a tmpfs over procfs: CVE-2025-52881")


# runc 1.1 stumbles over some: its own settings are not there any more.
@pytest.mark.parametrize("target", ["/proc", "/proc/self", "/proc/1", "/v/proc", "/v/proc/sys", "/v/self", *[
    pytest.param(target, marks=LAYS_TMPFS) for target in (
        "/proc/self/attr", "/proc/sys/kernel", "/v/proc/self/attr", "/v/sys/kernel", "/v/up/sys/kernel", "/v/self/attr", "/v/thread/attr")]])
def test_no_link_leads_a_mount_over_procfs(client, outside, target):
    """5 (CVE-2025-52881): what lies over procfs would take what the engine writes there."""
    client("run", "--rm", "-v", "shared:/v", "busybox", "sh", "-c",
           "ln -s /proc /v/proc; ln -s /proc/sys /v/sys; ln -s ../../../../proc /v/up; ln -s /proc/self /v/self; ln -s /proc/thread-self /v/thread")
    for network in ("bridge", "host"):
        for flags in (["--tmpfs", target], ["-v", f"other:{target}"], ["-v", f"{outside}/empty:{target}"], ["--mount", f"type=tmpfs,dst={target}"]):
            done = client.run("run", "--rm", "--network", network, *WRITES[:2], "-v", "shared:/v", *flags, "busybox", "sh", "-c", TOLD, check=False)
            assert done.returncode not in (0, 1) and "/proc" in done.stderr, f"{flags}: it was mounted: {done.stdout}"


@lib.fails_on_dockerd("runc 1.1 lays a volume over the attributes of processes in some of the runs: CVE-2025-52881", always=False)
def test_writes_to_procfs_with_racing_links(client, outside):
    """5 (CVE-2025-52881): a neighbour exchanges a directory for a link to /proc while mounts are made and values written."""
    client("run", "-d", "--name", "racer", "-v", "shared:/v", "-v", f"{compiled(SWAPPER)}:/swap:ro", "busybox", "sh", "-c",
           "mkdir -p /v/a/sys/kernel /v/a/sys/net /v/a/self/attr /v/a/1; ln -s /../../../proc /v/l; exec /swap /v/a /v/l")
    kernel = {path: pathlib.Path(path).read_text() for path in ("/proc/sys/kernel/shmmni", "/proc/sys/kernel/hostname", "/proc/self/oom_score_adj")}
    started = 0
    for number in range(30):
        target = ("/v/a/self", "/v/a/self/attr", "/v/a/sys/kernel", "/v/a/sys", "/v/a")[number % 5]
        flags = ["-v", f"other:{target}"] if number % 2 or lib.REFERENCE else ["--tmpfs", target]
        started += in_order(client.run("run", "--rm", *WRITES, "-v", "shared:/v", *flags, "busybox", "sh", "-c", TOLD, check=False))
    assert 0 < started, "nothing was raced"
    assert {path: pathlib.Path(path).read_text() for path in kernel} == kernel
    client("rm", "-f", "racer")


@only_dabba
def test_a_device_is_not_laid_over_procfs(registry):
    """5: with a user namespace devices are mounted, too."""
    engine = lib.Engine(registry_port=registry.port, extra=["--userns-remap", "default"])
    try:
        engine.start()
        engine.load(lib.busybox_archive())
        client = lib.Client(engine, next(iter(lib.clients().values())))
        client("run", "--rm", "-v", "shared:/v", "busybox", "ln", "-s", "/proc", "/v/proc")
        run = ["run", "--rm", "-v", "shared:/v", "--device"]
        assert client(*run, "/dev/null:/v/made", "busybox", "sh", "-c", "echo x > /v/made; stat -c %t,%T /v/made") == "1,3"
        for place in ("/v/proc/self/attr/exec", "/v/proc/sys/kernel/shmmni"):
            assert "not permitted" in client.fails(*run, f"/dev/null:{place}", "busybox", "true", code=125)
    finally:
        engine.destroy()


def test_an_exec_where_procfs_is_not_the_kernels(engine, client, outside):
    """5 (CVE-2025-52881): a container that may mount has laid links where an engine would write."""
    files = ("self/oom_score_adj self/attr/exec self/attr/current self/attr/keycreate self/attr/apparmor/exec self/uid_map self/gid_map self/setgroups"
             " self/timerslack_ns self/status self/cgroup self/mountinfo thread-self/attr/exec thread-self/attr/apparmor/exec 1/oom_score_adj"
             " sys/kernel/cap_last_cap sys/kernel/ns_last_pid")
    client("run", "-d", "--name", "base", "--cap-add", "SYS_ADMIN", "--security-opt", "apparmor=unconfined", "--oom-score-adj", "321", "busybox",
           "sh", "-c", "mkdir /real; mount -t proc p /real; mount -t tmpfs x /proc; cd /proc; mkdir -p self/attr/apparmor self/fd thread-self/attr/apparmor"
           f" 1 sys/kernel; for f in {files}; do ln -s /real/sys/kernel/domainname $f; done; ln -s /bin/busybox self/exe; mount --bind /tmp /dev/pts;"
           " ln -s /real/sys/kernel/domainname /dev/pts/ptmx; echo untouched > /real/sys/kernel/domainname; touch /ready; exec sleep 1000")
    pid = client.inspect("base")["State"]["Pid"]
    lib.wait_for(lambda: os.path.exists(f"/proc/{pid}/root/ready"), "the stage is set")
    host = pathlib.Path("/proc/sys/kernel/domainname").read_text()
    for user, tty, privileged in (("", False, False), ("1000", False, False), ("", True, False), ("", False, True)):
        _, answer = engine.api("POST", "/containers/base/exec", {"Cmd": ["sleep", "777"], "User": user, "Tty": tty, "Privileged": privileged})
        path = f"/exec/{answer['Id']}"
        status, said = engine.api("POST", f"{path}/start", {"Detach": True, "Tty": tty})
        if status >= 300:
            assert tty or lib.REFERENCE, f"dabba needs no procfs there: {said}"
            continue
        assert not tty, "a terminal that is none"
        further = engine.api("GET", f"{path}/json")[1]["Pid"]
        text = pathlib.Path(f"/proc/{further}/status").read_text()
        assert ("Seccomp:\t2" in text) is not privileged and sets(text)[2] == (0 if user else sets(text)[3]), text
        assert [os.readlink(f"/proc/{further}/ns/{kind}") for kind in NAMESPACES] == [os.readlink(f"/proc/{pid}/ns/{kind}") for kind in NAMESPACES]
        assert pathlib.Path(f"/proc/{further}/oom_score_adj").read_text() == "321\n"
    inside = subprocess.run(["nsenter", "-t", str(pid), "-u", "cat", "/proc/sys/kernel/domainname"], capture_output=True, text=True, check=True)
    assert inside.stdout == "untouched\n" and pathlib.Path("/proc/sys/kernel/domainname").read_text() == host
    assert os.listdir(f"/proc/{pid}/root/proc/self/fd") == []


# 11: capabilities

DEFAULT = 0x00000000A80425FB


def sets(text):
    found = dict(line.split(":\t") for line in text.splitlines() if line.startswith("Cap"))
    return [int(found[f"Cap{name}"], 16) for name in ("Inh", "Prm", "Eff", "Bnd", "Amb")]


@pytest.mark.parametrize("flags, wanted", [
    ([], [0, DEFAULT, DEFAULT, DEFAULT, 0]), (["-u", "1000"], [0, 0, 0, DEFAULT, 0]),
    (["-u", "0:1000"], [0, DEFAULT, DEFAULT, DEFAULT, 0]), (["--cap-drop", "ALL"], [0, 0, 0, 0, 0]),
    (["--cap-drop", "ALL", "--cap-add", "CHOWN"], [0, 1, 1, 1, 0]), (["--cap-add", "NET_ADMIN"], [0, *[DEFAULT | 1 << 12] * 3, 0]),
    (["--cap-drop", "MKNOD", "-t"], [0, *[DEFAULT & ~(1 << 27)] * 3, 0]),
], ids=str)
def test_capability_sets(client, flags, wanted):
    """11 (CVE-2022-24769, CVE-2022-29162)."""
    client("run", "-d", "--name", "base", *flags, "busybox", "sleep", "1000")
    assert sets(client("run", "--rm", *flags, "busybox", "cat", "/proc/self/status").replace("\r", "")) == wanted
    assert sets(client("exec", "base", "cat", "/proc/1/status")) == wanted
    assert sets(client("exec", "base", "cat", "/proc/self/status")) == wanted
    for user in ("1000", "4242:4242"):
        assert sets(client("exec", "-u", user, "base", "cat", "/proc/self/status")) == [0, 0, 0, wanted[3], 0]
    status = client("exec", "base", "cat", "/proc/self/status")
    assert "Seccomp:\t2" in status and "NoNewPrivs:\t0" in status


def test_no_new_privileges(client):
    client("run", "-d", "--name", "base", "--security-opt", "no-new-privileges", "busybox", "sleep", "1000")
    for pid in ("1", "self"):
        assert "NoNewPrivs:\t1" in client("exec", "base", "cat", f"/proc/{pid}/status")


# 12, 13: users

USERS = [("", "0 0", "0"), ("1000", "1000 1000", "1000 2000"), ("worker", "1000 1000", "1000 2000"), ("worker:extra", "1000 2000", "2000"),
         ("1000:1000", "1000 1000", "1000"), ("4242", "4242 0", "0"), ("4242:77", "4242 77", "77"), ("0:0", "0 0", "0"),
         ("7777", "33 44", "44")]
NOBODY = ["4294967296", "4294967295", "2147483648", "-1", "1000abc", "0x0", "nosuch", "0:nosuch", "0:-1", "0:4294967296", "１", "1 ", "+0", "18446744073709551616"]


@pytest.fixture
def crowd(images):
    return images("crowd", [("etc/passwd", "file", "root:x:0:0::/:/bin/sh\nworker:x:1000:1000::/:/bin/sh\n7777:x:33:44::/:/bin/sh\nsame:x:7777:1::/:/bin/sh\n"),
                            ("etc/group", "file", "root:x:0:\nworker:x:1000:\nextra:x:2000:worker\n")])


def test_users_and_their_groups(engine, client, crowd):
    """12 (CVE-2022-36109), and a number that is a name."""
    client("run", "-d", "--name", "base", crowd, "sleep", "1000")
    for user, ids, groups in USERS:
        for command in (["run", "--rm", "-u", user, crowd], ["exec", "-u", user, "base"]):
            said = client(*command, "sh", "-c", "echo $(id -u) $(id -g); id -G").splitlines()
            if user == "7777" and lib.REFERENCE:
                assert said[0] != "0 0"
                continue
            assert said[0] == ids and set(said[1].split()) == set(groups.split()), (user, command[0], said)


@only_dabba
def test_users_that_do_not_exist_are_never_root(engine, client, crowd):
    """13 (CVE-2024-40635, CVE-2016-3697, CVE-2026-30892)."""
    client("run", "-d", "--name", "base", crowd, "sleep", "1000")
    for user in NOBODY:
        for command in (["run", "--rm", "-u", user, crowd], ["exec", "-u", user, "base"]):
            done = client.run(*command, "id", "-u", check=False)
            assert done.returncode != 0 and "0" not in done.stdout.split(), (user, command[0], done.stdout)


def test_a_user_of_the_image_that_does_not_exist(client, images):
    for number, user in enumerate(("4294967296", "-1", "1000abc", "0x0")):
        name = images(f"user{number}", [("x", "file", "")], User=user)
        assert client.run("run", "--rm", name, "id", "-u", check=False).returncode != 0


def passwd(name, kind, content=b""):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.type, entry.size = kind, len(content)
        if kind == tarfile.SYMTYPE:
            entry.linkname, entry.size, content = content.decode(), 0, b""
        archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


@only_dabba
@pytest.mark.parametrize("entry", [
    passwd("etc/passwd", tarfile.FIFOTYPE), passwd("etc/passwd", tarfile.DIRTYPE), passwd("etc/passwd", tarfile.SYMTYPE, b"/dev/zero"),
    passwd("etc/passwd", tarfile.SYMTYPE, b"/proc/self/mem"), passwd("etc/passwd", tarfile.SYMTYPE, b"passwd"),
    passwd("etc/passwd", tarfile.REGTYPE, b"worker:x:1:1:" + b"x" * (64 << 20)), passwd("etc/group", tarfile.FIFOTYPE),
], ids=["fifo", "directory", "zero", "mem", "loop", "64 MB", "group"])
def test_accounts_that_do_not_end(engine, client, entry):
    """36 (CVE-2023-25153, CVE-2024-9676)."""
    with tarfile.open(lib.busybox_archive()) as archive:
        base = archive.extractfile("0/layer.tar").read()
    engine.api("POST", "/images/load", lib.save_archive([base, entry], {"Env": ["PATH=/bin"]}, "endless:latest"), {"Content-Type": "application/x-tar"})
    try:
        client.run("run", "--rm", "-u", "worker", "endless", "true", check=False, timeout=10)
        done = client.run("run", "--rm", "-u", "worker:worker", "endless", "id", "-u", check=False, timeout=10)
        assert done.returncode != 0 or done.stdout.strip() == "1000"
    finally:
        engine.clean()
        engine.api("DELETE", "/images/endless?force=1")


# 14: what goes from the daemon to the process that becomes the program

STATE = ("grep -E '^(Cap|Seccomp:|NoNewPrivs)' /proc/self/status; echo SPACES; for k in mnt pid net ipc uts; do readlink /proc/self/ns/$k; done;"
         " echo $(cat /proc/self/environ | tr -cd Q | wc -c) $# $(id -G | wc -w)")


def long_requests():
    """Fields beyond 16 bits and other numbers at which a length may turn over."""
    for size in (65_534, 65_535, 65_536, 65_537, 131_000, 200_000):
        yield f"variable {size}", {"Env": ["X=" + "Q" * size]}
        yield f"argument {size}", {"Cmd": ["b" * size]}
    for size in (65, 255, 256, 65_536 + 5):
        yield f"host name {size}", {"Hostname": "h" * size}
        yield f"domain name {size}", {"Domainname": "d" * size}
    yield "many variables", {"Env": [f"X{number}=QQQQ" for number in range(20_000)]}
    yield "many arguments", {"Cmd": ["b"] * 70_000}
    yield "too many arguments", {"Cmd": ["b" * 100] * 70_000}
    yield "deep directory", {"WorkingDir": "/" + "d/" * 2_000}
    yield "too deep directory", {"WorkingDir": "/" + "d/" * 40_000}
    yield "long directory", {"WorkingDir": "/" + "d" * 65_536}
    for user in ("1" * 65_536, "0" * 65_536 + "1", "0:" + "2" * 65_536, "u" * 65_536):
        yield f"user {user[:3]}", {"User": user}
    for count in (255, 256, 60_000, 65_535, 65_536, 65_537, 70_000):
        yield f"{count} groups", {"HostConfig": {"GroupAdd": [str(number + 5000) for number in range(count)]}}
    for count in (255, 300):
        yield f"{count} mounts", {"HostConfig": {"Tmpfs": {f"/t/{number}": "size=64k" for number in range(count)}}}
        yield f"{count} devices", {"HostConfig": {"Devices": [
            {"PathOnHost": "/dev/null", "PathInContainer": f"/dev/n{number}", "CgroupPermissions": "rwm"} for number in range(count)]}}
    for field in ("MaskedPaths", "ReadonlyPaths"):
        yield f"many {field}", {"HostConfig": {field: [f"/nosuch/{number}" for number in range(66_000)]}}
        yield f"long {field}", {"HostConfig": {field: ["/" + "x" * 66_000]}}
    yield "sysctl", {"HostConfig": {"Sysctls": {"kernel.domainname": "a" * 65_536}}}
    yield "name of a sysctl", {"HostConfig": {"Sysctls": {"net." + "a" * 65_536: "1"}}}
    yield "filter", {"HostConfig": {"SecurityOpt": ["seccomp=" + json.dumps({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
        {"names": [f"nosuch{number}" for number in range(66_000)], "action": "SCMP_ACT_ERRNO"}]})]}}
    yield "cgroup", {"HostConfig": {"CgroupParent": "/" + "c" * 65_536}}
    yield "hosts", {"HostConfig": {"ExtraHosts": [f"host{number}:10.0.0.1" for number in range(10_000)]}}
    yield "capabilities", {"HostConfig": {"CapAdd": ["CHOWN"] * 66_000}}
    for field in ("PidsLimit", "CpuShares", "Memory", "ShmSize", "OomScoreAdj", "BlkioWeight", "NanoCpus"):
        for number in (-(1 << 63), -(1 << 31), 1 << 16, (1 << 31) - 1, 1 << 32, (1 << 63) - 1):
            yield f"{field} {number}", {"HostConfig": {field: number}}


REQUESTS = dict(long_requests())


@pytest.mark.parametrize("name", REQUESTS)
def test_long_messages_to_a_starting_container(engine, client, name):
    """14 (CVE-2021-43784): all of it arrives or it is refused in words; the confinement is never another."""
    asked = REQUESTS[name]
    more = asked.get("Cmd", [])
    if lib.REFERENCE and name in ("long MaskedPaths", "long ReadonlyPaths", "name of a sysctl", "cgroup"):
        pytest.skip("runc 1.1 waits for ever")
    status, answer = engine.api("POST", "/containers/create?name=long", {"Image": "busybox"} | asked | {"Cmd": ["sh", "-c", STATE, "sh", *more]})
    if status == 201:
        status, answer = engine.api("POST", "/containers/long/start")
    assert engine.process.poll() is None
    if status >= 300:
        assert 0 < len(answer["message"]) < 1 << 20 and "fault of dabba" not in answer["message"] and "child's message" not in answer["message"]
        return
    code, said = client("wait", "long"), client.run("logs", "long")
    if lib.REFERENCE and code == "1":
        # runc 1.1 learns of it when the container counts as started.
        assert "argument list too long" in said.stderr
        return
    assert code == "0", said.stderr
    lines = said.stdout.splitlines()
    assert sets("\n".join(lines)) == [0, *[0 if "User" in asked else DEFAULT] * 2, DEFAULT, 0]
    assert "NoNewPrivs:\t0" in lines and "Seccomp:\t2" in lines
    spaces = lines[lines.index("SPACES") + 1:-1]
    assert all(os.readlink(f"/proc/self/ns/{kind}") != own for kind, own in zip(NAMESPACES, spaces, strict=True)), spaces
    letters, arguments, groups = map(int, lines[-1].split())
    assert (letters, arguments) == (sum(entry.count("Q") for entry in asked.get("Env", [])), len(more))
    assert groups >= len(asked.get("HostConfig", {}).get("GroupAdd", []))


def test_long_messages_to_an_exec(engine, client):
    """14: the same of a further process."""
    client("run", "-d", "--name", "base", "--tmpfs", "/said", "busybox", "sleep", "1000")
    for name, asked in REQUESTS.items():
        if not asked.keys() <= {"Env", "Cmd", "User", "WorkingDir"}:
            continue
        if lib.REFERENCE and "directory" in name:
            continue  # runc 1.1 waits for ever.
        more = asked.get("Cmd", [])
        status, answer = engine.api("POST", "/containers/base/exec", asked | {"Cmd": ["sh", "-c", f"({STATE}) > /said/it", "sh", *more]})
        if status == 201:
            status, _ = engine.api("POST", f"/exec/{answer['Id']}/start", {"Detach": True})
        if status >= 300:
            continue
        lib.wait_for(lambda: not engine.api("GET", f"/exec/{answer['Id']}/json")[1]["Running"], f"it ends: {name}")
        lines = client("exec", "base", "cat", "/said/it", check=not lib.REFERENCE).splitlines()
        if lib.REFERENCE and not lines:
            continue  # runc 1.1 learns of it when the process counts as started.
        assert sets("\n".join(lines)) == [0, *[0 if "User" in asked else DEFAULT] * 2, DEFAULT, 0], name
        assert lines[-1].split()[:2] == [str(sum(entry.count("Q") for entry in asked.get("Env", []))), str(len(more))], name
        client("exec", "base", "rm", "/said/it")
    assert client.inspect("base")["State"]["Running"] is True


@lib.fails_on_dockerd("20.10 takes more than a minute")
def test_an_image_with_very_many_variables(client, images):
    """32, 36: what a stranger can ask for takes no time that grows with its square."""
    name = images("many", [("x", "file", "")], Env=["PATH=/bin", *[f"v{number}=" for number in range(200_000)]])
    begin = time.monotonic()
    done = client.run("run", "--rm", name, "true", check=False)
    assert done.returncode == 0 or "argument list too long" in done.stderr.lower(), done.stderr
    assert time.monotonic() - begin < 15


@only_dabba
def test_garbage_sent_to_a_shim(fresh_engine):
    """14: only the daemon's user gets there, and what makes no sense neither harms the container nor fills memory."""
    engine = fresh_engine
    client = lib.Client(engine, next(iter(lib.clients().values())))
    client("run", "-d", "--name", "base", "busybox", "sh", "-c", "while :; do echo x; sleep 0.1; done")
    shown = client.inspect("base")
    folder = engine.root / "exec/containers" / shown["Id"]
    shim = int(pathlib.Path(f"/proc/{shown['State']['Pid']}/stat").read_text().rsplit(")", 1)[1].split()[1])
    engine.kill()
    before = resident(shim)
    chance = random.Random(14)

    def frame(body, length=None, descriptors=0):
        return struct.pack("<II", len(body) if length is None else length, descriptors) + body
    pieces = [b"", b"\0", b"\xff" * 8, frame(b""), frame(b"", 0xffffffff), frame(b"x", 16 << 20), frame(b"x", (16 << 20) + 1), frame(b"x" * 100, 4),
              frame(b"\0\2", descriptors=0xffffffff), frame(b"\0\2", descriptors=200), frame(b"\0\2", descriptors=1), frame(b"x" * (16 << 20)),
              frame(b"\xff" * 1000), frame(b"\0" + b"\xff" * 1000), b"GET / HTTP/1.1\r\n\r\n"]
    # A number, then the kind of request (0 a launch, 2 an attachment, 3 a further process, 7 and more nothing), then anything.
    pieces += [frame(bytes([chance.randrange(128), chance.choice([0, 2, 3, 7, 100])]) + chance.randbytes(chance.randrange(300))) for _ in range(1000)]
    place = os.open(folder, os.O_PATH)
    try:
        for number, piece in enumerate(pieces):
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(5)
                lib.wait_for(lambda: connection.connect_ex(f"/proc/self/fd/{place}/shim.sock") == 0, "the shim accepts")
                try:
                    socket.send_fds(connection, [piece[:65536] or b"\0"], [0] * (number % 4))
                    connection.sendall(piece[65536:])
                    if number % 50 == 0:
                        connection.shutdown(socket.SHUT_WR)
                        while connection.recv(4096):
                            pass
                except OSError:
                    pass
        script = f"import socket; socket.socket(socket.AF_UNIX).connect('/proc/self/fd/{place}/shim.sock')"
        stranger = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", sys.executable, "-c", script],
                                  pass_fds=[place], capture_output=True, text=True)
        assert "PermissionError" in stranger.stderr
    finally:
        os.close(place)
    assert os.readlink(f"/proc/{shim}/exe") and len(os.listdir(f"/proc/{shim}/fd")) < 30
    assert resident(shim) - before < 4 << 10
    engine.start()
    assert client.inspect("base")["State"]["Pid"] == shown["State"]["Pid"]
    lines = len(client("logs", "base").split())
    lib.wait_for(lambda: len(client("logs", "base").split()) > lines, "the log goes on")
    assert client("exec", "base", "echo", "there") == "there"


def resident(pid):
    """KiB of memory."""
    return int(pathlib.Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()[0])


# 15, 16, 19: what the kernel shows

MASKED = ["/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
          "/proc/timer_list", "/proc/timer_stats", "/sys/firmware"]
NEWER = ["/proc/interrupts", "/sys/devices/virtual/powercap"]


def test_masked_paths(client):
    """19."""
    client("run", "-d", "--name", "base", "busybox", "sleep", "1000")
    there = 0
    for path in MASKED + ([] if lib.REFERENCE else NEWER):
        there += os.path.exists(path)
        done = client.run("exec", "base", "sh", "-c", f"[ -d {path} ] && ls -A {path} || head -c 100 {path}", check=False)
        assert done.stdout == "", path
    assert there >= 4, "this host has nothing to mask"
    said = client("exec", "base", "sh", "-c", "for d in /sys/devices/system/cpu/cpu*/thermal_throttle; do [ -d $d ] && ls -A $d; done; true")
    assert said == "" or lib.REFERENCE
    if lib.REFERENCE:
        return
    client("run", "-d", "--name", "open", "--privileged", "busybox", "sleep", "1000")
    assert client("exec", "open", "head", "-c", "10", "/proc/timer_list") != ""


@pytest.mark.parametrize("path", ["/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/irq/default_smp_affinity", "/proc/sys/kernel/hostname",
                                  "/proc/sys/net/ipv4/ip_forward", "/sys/kernel/uevent_helper", "/sys/power/state", "/proc/sys/vm/drop_caches"])
def test_read_only_paths(client, path):
    """Opened and not written: that would be too much if it were possible."""
    done = client.run("run", "--rm", "busybox", "sh", "-c", f": >> {path}", check=False)
    assert done.returncode != 0 and ("Read-only file system" in done.stderr or not os.path.exists(path)), done.stderr
    client("run", "-d", "--name", "base", "busybox", "sleep", "1000")
    assert client.run("exec", "base", "sh", "-c", f": >> {path}", check=False).returncode != 0


def test_mounts_of_a_container(client):
    """15 (CVE-2023-25809): what is mounted, and that it is read-only where it must be."""
    mounts = {line.split()[1]: line.split() for line in client("run", "--rm", "busybox", "cat", "/proc/mounts").splitlines()}
    for path in ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger", "/sys"]:
        if not os.path.exists(path):
            continue
        assert "ro" in mounts[path][3].split(","), mounts[path]
    groups = [line for path, line in mounts.items() if line[2] in ("cgroup", "cgroup2")]
    assert groups and all("ro" in line[3].split(",") for line in groups)
    for path in ("/proc", "/dev/shm", "/dev/mqueue", "/sys"):
        assert {"nosuid", "nodev", "noexec"} <= set(mounts[path][3].split(","))


def test_no_mount_and_no_namespace(client):
    """16 (CVE-2022-0492), 17."""
    for command in ("mkdir -p /m && mount -t cgroup -o memory x /m", "mount -t tmpfs x /tmp", "mount -o remount,rw /sys", "umount /proc/kcore",
                    "unshare -m true", "unshare -U true", "unshare -n true", "chroot / unshare -U true"):
        assert client.run("run", "--rm", "busybox", "sh", "-c", command, check=False).returncode != 0, command
    assert client("run", "--rm", "--cap-add", "SYS_ADMIN", "busybox", "sh", "-c", "mount -t tmpfs x /tmp && echo mounted") == "mounted"


# S2: system calls

REFUSED = {
    "acct": 163, "add_key": 248, "bpf": 321, "clock_settime": 227, "create_module": 174, "delete_module": 176,
    "fanotify_init": 300, "finit_module": 313, "fsconfig": 431, "fsmount": 432, "fsopen": 430, "fspick": 433, "get_kernel_syms": 177,
    "get_mempolicy": 239, "init_module": 175, "io_uring_enter": 426, "io_uring_register": 427, "io_uring_setup": 425, "ioperm": 173,
    "iopl": 172, "kcmp": 312, "kexec_file_load": 320, "kexec_load": 246, "keyctl": 250, "lookup_dcookie": 212, "mbind": 237,
    "migrate_pages": 256, "mount": 165, "mount_setattr": 442, "move_mount": 429, "move_pages": 279, "nfsservctl": 180,
    "open_by_handle_at": 304, "open_tree": 428, "perf_event_open": 298, "pidfd_getfd": 438, "pivot_root": 155, "process_madvise": 440,
    "query_module": 178, "quotactl": 179, "quotactl_fd": 443, "reboot": 169, "request_key": 249, "set_mempolicy": 238,
    "setdomainname": 171, "sethostname": 170, "setns": 308, "settimeofday": 164, "swapoff": 168, "swapon": 167, "_sysctl": 156,
    "sysfs": 139, "syslog": 103, "umount2": 166, "unshare": 272, "uselib": 134, "userfaultfd": 323, "ustat": 136,
}
# Docker 20.10 allowed these; io_uring is refused since 25.
LATER = {"io_uring_enter", "io_uring_register", "io_uring_setup", "process_madvise", "pidfd_getfd", "quotactl_fd", "mount_setattr"}
DANGEROUS = {"reboot", "kexec_load", "kexec_file_load", "init_module", "finit_module", "delete_module", "swapon", "swapoff", "acct",
             "pivot_root", "settimeofday", "clock_settime", "sethostname", "setdomainname", "umount2", "syslog", "iopl", "ioperm"}
ALLOWED = {"getpid": 39, "ptrace": 101, "process_vm_readv": 310, "name_to_handle_at": 303, "chroot": 161, "mknod": 133, "openat2": 437,
           "memfd_create": 319, "statx": 332, "adjtimex": 159, "seccomp": 317, "faccessat2": 439, "rseq": 334, "pidfd_open": 434}

CALLS = r"""
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <sched.h>
static void say(const char *name, long answer) { printf("%s %d\n", name, answer < 0 ? errno : 0); fflush(stdout); }
/* Every argument -1: no pointer, no descriptor, no flag that anything accepts. */
int main(int count, char **numbers) {
    for (int i = 1; i < count; i++) { errno = 0; say(numbers[i], syscall(atoi(numbers[i]), -1L, -1L, -1L, -1L, -1L, -1L)); }
    for (int family = 0; family < 46; family++) {
        char name[20]; snprintf(name, sizeof name, "socket%d", family); say(name, socket(family, SOCK_SEQPACKET, 0));
    }
    /* A namespace flag together with one that makes the kernel refuse the call when the filter lets it through. */
    unsigned long flags[] = {CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWCGROUP};
    for (int i = 0; i < 7; i++) {
        char name[20]; snprintf(name, sizeof name, "clone%x", (unsigned)flags[i]);
        say(name, syscall(SYS_clone, flags[i] | CLONE_SIGHAND, 0, 0, 0, 0));
    }
    say("clone3", syscall(435, -1L, 8L));
    say("personality-linux32", syscall(SYS_personality, 8L));
    say("personality-strange", syscall(SYS_personality, 0x1234L));
    return 0;
}
"""


def errors(client, numbers, *flags):
    said = client("run", "--rm", *flags, "-v", f"{compiled(CALLS)}:/calls:ro", "busybox", "/calls", *map(str, numbers.values()))
    found = {key: int(value) for key, value in (line.split() for line in said.splitlines())}
    return {name: found[str(number)] for name, number in numbers.items()}, found


def test_system_calls(client):
    """17, 18 (CVE-2026-31431) and the default profile's figures."""
    asked = {name: number for name, number in REFUSED.items() if not lib.REFERENCE or name not in LATER | DANGEROUS}
    refused, others = errors(client, asked)
    assert {name for name, error in refused.items() if error != 1} == set()
    allowed, _ = errors(client, ALLOWED)
    assert {name for name, error in allowed.items() if error == 1 and name not in ("chroot", "adjtimex")} == (
        {"process_vm_readv", "name_to_handle_at"} if lib.REFERENCE else set())
    assert others["clone3"] == 38, "libc falls back to clone only after ENOSYS"
    assert [others[f"clone{flag:x}"] for flag in (0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000, 0x2000000)] == [1] * 7
    assert others["personality-linux32"] == 0 and others["personality-strange"] == 1
    if not lib.REFERENCE:
        assert others["socket38"] == 1 and others["socket40"] == 1
    assert others["socket1"] == 0 and others["socket39"] != 1
    # It is the filter that refuses, not the kernel.
    open_, others = errors(client, {name: REFUSED[name] for name in ("keyctl", "add_key", "unshare", "setns", "get_mempolicy", "kcmp", "ustat")},
                           "--security-opt", "seccomp=unconfined")
    assert {name for name, error in open_.items() if error == 1} == set()
    assert others["clone3"] != 38 and others["clone10000000"] == 22 and others["personality-strange"] == 0


def test_system_calls_of_an_exec(client):
    client("run", "-d", "--name", "base", "-v", f"{compiled(CALLS)}:/calls:ro", "busybox", "sleep", "1000")
    for user in ("0", "1000"):
        said = client("exec", "-u", user, "base", "/calls", *(str(REFUSED[name]) for name in ("keyctl", "unshare", "setns", "mount", "bpf")))
        assert [line.split()[1] for line in said.splitlines()[:5]] == ["1"] * 5


@only_dabba
@pytest.mark.parametrize("capability, names", [
    ("SYS_ADMIN", ["setns", "mount", "unshare", "fsopen", "move_mount"]), ("SYS_PTRACE", ["kcmp", "pidfd_getfd"]),
    ("SYS_NICE", ["get_mempolicy", "mbind"]), ("DAC_READ_SEARCH", ["open_by_handle_at"]), ("SYS_TIME", ["clock_settime"]),
])
def test_a_capability_opens_its_calls(client, capability, names):
    found, _ = errors(client, {name: REFUSED[name] for name in names}, "--cap-add", capability)
    assert {name for name, error in found.items() if error == 1} == set()


# 20: a container's variables

LIBRARY = r"""
#include <fcntl.h>
#include <unistd.h>
__attribute__((constructor)) static void loaded(void) { close(open(MARK, O_CREAT | O_WRONLY, 0666)); }
"""


@pytest.fixture
def trap(tmp_path):
    """A library that tells when it is loaded, and variables that ask every dynamic program and shell to do so."""
    mark, library = tmp_path / "loaded", tmp_path / "trap.so"
    subprocess.run(["gcc", "-shared", "-fPIC", f'-DMARK="{mark}"', "-x", "c", "-o", str(library), "-"], input=LIBRARY, text=True, check=True)
    script = tmp_path / "trap.sh"
    script.write_text(f": > {mark}\n")
    environment = [f"LD_PRELOAD={library} /proc/self/cwd/trap.so", f"LD_AUDIT={library}", f"LD_LIBRARY_PATH={tmp_path}", f"BASH_ENV={script}", f"ENV={script}",
                   f"PATH={tmp_path}:/bin", f"GCONV_PATH={tmp_path}", "GODEBUG=inittrace=1", "CANARY=sings", "NVIDIA_VISIBLE_DEVICES=all",
                   "_LIBCONTAINER_INITPIPE=3", "_LIBCONTAINER_STATEDIR=/", "_LIBCONTAINER_LOGPIPE=4", "LISTEN_FDS=5", "NOTIFY_SOCKET=/x"]
    # It works.
    subprocess.run(["/bin/true"], env=dict(entry.split("=", 1) for entry in environment), check=True)
    mark.unlink()
    yield environment, library
    assert not mark.exists(), "a program of the host has loaded it"


def test_variables_of_a_container_are_data(engine, client, images, trap):
    """20 (CVE-2025-23266): no program of the host runs with the variables or libraries of a container."""
    environment, library = trap
    name = images("trapped", [("trap.so", "file", library.read_bytes()), ("etc/ld.so.preload", "file", f"{library}\n"), ("etc/ld.so.cache", "file", "x")],
                  Env=environment)
    given = [flag for entry in environment for flag in ("-e", entry)]
    said = client("run", "--rm", "-p", "127.0.0.1::80", *given, name, "env")
    assert set(environment) <= set(said.splitlines())
    client("run", "-d", "--name", "base", "-w", "/", name, "sleep", "1000")
    assert set(environment) <= set(client("exec", *given, "base", "env").splitlines())
    client("exec", "-t", "base", "true")
    subprocess.run([client.program, "export", "base"], env=engine.env, stdout=subprocess.DEVNULL, check=True)
    client("commit", "base", "trapped:again")
    engine.api("DELETE", "/images/trapped:again")
    client("stop", "-t", "0", "base")


def test_a_container_with_devices_that_a_hook_would_bring(client):
    """20 (CVE-2024-0132): there is no such hook, and it is said."""
    done = client.run("run", "--rm", "--gpus", "all", "busybox", "true", check=False)
    assert done.returncode != 0 and ("could not select device driver" in done.stderr or "DeviceRequests is not implemented" in done.stderr)


def test_another_runtime_gets_no_variable_of_a_container(registry, tmp_path, trap):
    """20: a runtime is run by the daemon, and with the daemon's variables at most."""
    environment, _ = trap
    seen, spy = tmp_path / "seen", tmp_path / "spy"
    spy.write_text(f'#!/bin/sh\nenv >> {seen}\nexec runc "$@"\n')
    spy.chmod(0o755)
    engine = lib.Engine(registry_port=registry.port, extra=["--add-runtime", f"spy={spy}"])
    try:
        engine.start()
        engine.load(lib.busybox_archive())
        client = lib.Client(engine, next(iter(lib.clients().values())))
        given = [flag for entry in environment for flag in ("-e", entry)]
        client("run", "-d", "--name", "base", "--runtime", "spy", *given, "busybox", "sleep", "1000")
        assert set(environment) <= set(client("exec", *given, "base", "env").splitlines())
        client("rm", "-f", "base")
    finally:
        engine.destroy()
    lines = set(seen.read_text().splitlines())
    assert lines and lines & set(environment) == set() and not any(str(tmp_path) in line for line in lines)


@pytest.mark.parametrize("kind", ["prestart", "createRuntime", "createContainer", "poststop"])
def test_a_hook_gets_no_variable_of_a_container(request, bundle, trap, kind):  # noqa: F811
    """20 (CVE-2025-23266): of `dabba runtime` and of runc."""
    environment, library = trap
    if bundle.runtime == "runc" and kind == "createContainer":
        request.applymarker(pytest.mark.xfail(reason="runc 1.1 runs this kind with the container's variables: the flaw itself", strict=True))
    shutil.copy(library, bundle.folder / "rootfs/trap.so")
    bundle.config["process"]["env"] = environment
    for own in ([], ["OWN=1"]):
        seen = bundle.folder / "seen"
        bundle.config["hooks"] = {kind: [{"path": "/bin/sh", "args": ["sh", "-c", f"env > {seen}"]} | ({"env": own} if own else {})]}
        bundle.script("true").run()
        # The runtime's own variables may have the same names.
        lines = seen.read_text().splitlines()
        assert not set(lines) & set(environment) and "trap" not in seen.read_text()
        assert ("OWN=1" in lines) is bool(own)


# 21: keys

KEYS = r"""
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(int count, char **arguments) {
    if (!strcmp(arguments[1], "add")) { printf("%ld\n", syscall(SYS_add_key, "user", arguments[2], "secret", 6L, -3L)); fflush(stdout); pause(); }
    char text[100] = "";
    long key = syscall(SYS_keyctl, 10L, -3L, "user", arguments[2], 0L);
    if (key > 0) syscall(SYS_keyctl, 11L, key, text, 99L);
    printf("%s\n", key > 0 ? text : "none");
}
"""


def test_keys_are_not_shared(client):
    """21."""
    flags = ["--security-opt", "seccomp=unconfined", "-v", f"{compiled(KEYS)}:/keys:ro"]
    name = f"e2e-{os.getpid()}"
    client("run", "-d", "--name", "keeper", *flags, "busybox", "/keys", "add", name)
    lib.wait_for(lambda: client("logs", "keeper"), "the key is made")
    assert int(client("logs", "keeper")) > 0
    assert client("run", "--rm", *flags, "busybox", "/keys", "get", name) == "none"


# 22: devices


def test_devices(client):
    """22: any node may be made, only some may be opened."""
    table = [("c", 1, 3, True), ("c", 1, 5, True), ("c", 1, 7, True), ("c", 1, 8, True), ("c", 1, 9, True),
             ("c", 1, 1, False), ("c", 1, 2, False), ("c", 1, 4, False), ("c", 1, 11, False), ("c", 10, 1, False), ("c", 10, 229, False),
             ("b", 7, 0, False), ("b", 254, 0, False), ("b", 8, 0, False), ("c", 4, 1, False), ("c", 7, 0, False)]
    script = "cd /tmp; " + "".join(f"mknod n {kind} {major} {minor} && (: < n) 2>/dev/null && echo yes || echo no; rm n;"
                                   for kind, major, minor, _ in table)
    for command in (["run", "--rm", "busybox"], ["exec", "base"]):
        if command[0] == "exec":
            client("run", "-d", "--name", "base", "busybox", "sleep", "1000")
        said = client(*command, "sh", "-c", script).split()
        assert said == ["yes" if fine else "no" for *_, fine in table], list(zip(table, said))


def test_devices_that_were_given(client):
    script = "(: < /dev/mine) && echo read; (: >> /dev/mine) 2>/dev/null && echo write"
    said = client.run("run", "--rm", "--device", "/dev/loop-control:/dev/mine:r", "busybox", "sh", "-c", script, check=False).stdout.split()
    assert said == ["read"]
    script = "mknod /k c 10 237; (: < /k) 2>/dev/null && echo read; (: >> /k) && echo write"
    said = client.run("run", "--rm", "--device-cgroup-rule", "c 10:237 w", "busybox", "sh", "-c", script, check=False).stdout.split()
    assert said == ["write"]
    assert client("run", "--rm", "--device", "/dev/null:/dev/mine", "busybox", "sh", "-c", "echo x > /dev/mine; echo fine") == "fine"


# 23: kernel parameters


@pytest.mark.parametrize("flags", [
    ["--sysctl", "kernel.core_pattern=core"], ["--sysctl", "vm.swappiness=60"], ["--sysctl", "kernel.hostname=x"],
    ["--network", "host", "--sysctl", "net.ipv4.ip_forward=1"], ["--ipc", "host", "--sysctl", "kernel.shmmni=4096"],
    ["--sysctl", "net.../kernel.core_pattern=core"], ["--sysctl", "net/../kernel/core_pattern=core"], ["--sysctl", "net.ipv4.nosuch=1"],
    ["--sysctl", "fs.mqueue.../../kernel/core_pattern=core"], ["--sysctl", "=1"], ["--sysctl", "net.=1"],
], ids=str)
def test_parameters_that_are_the_hosts(client, outside, flags):
    """23."""
    done = client.run("run", "--rm", *flags, "busybox", "true", check=False)
    assert done.returncode != 0 and ("sysctl" in done.stderr or lib.REFERENCE)


def test_parameters_of_a_container(client):
    said = client("run", "--rm", "--sysctl", "net.ipv4.ip_forward=0", "--sysctl", "kernel.shmmni=1234", "--sysctl", "fs.mqueue.msg_max=7",
                  "busybox", "cat", "/proc/sys/net/ipv4/ip_forward", "/proc/sys/kernel/shmmni", "/proc/sys/fs/mqueue/msg_max")
    assert said.split() == ["0", "1234", "7"]
    assert pathlib.Path("/proc/sys/kernel/shmmni").read_text().strip() != "1234"


# 37: volumes and exports


def test_a_volume_of_the_image_through_a_link(engine, client, images, outside):
    """37 (CVE-2022-23648)."""
    for number, target in enumerate((str(outside), f"../../../../../../../..{outside}", f"/proc/1/root{outside}", "/proc/self/cwd")):
        name = images(f"leak{number}", [("leak", "link", target)], Volumes={"/leak": {}, "/leak/empty": {}})
        done = client.run("run", "--name", f"leak{number}", name, "find", "/leak", "-type", "f", check=False)
        assert "secret" not in done.stdout
        for place in (engine.root / "data/volumes").glob("*/_data/*"):
            assert place.name != "secret", place


def test_an_export_of_what_changes(engine, client, outside):
    """37 (CVE-2023-0778)."""
    client("run", "-d", "--name", "racer", "-v", f"{compiled(SWAPPER)}:/swap:ro", "busybox", "sh", "-c",
           f"mkdir /d /d/empty; echo own > /d/secret; echo own > /f; ln -s {outside} /l; ln -s {outside}/secret /g; /swap /d /l & exec /swap /f /g")
    for _ in range(10):
        done = subprocess.run([client.program, "export", "racer"], env=engine.env, capture_output=True, timeout=60)
        assert b"the host's" not in done.stdout
    status, answer = engine.api("POST", "/commit?container=racer&repo=raced&pause=0", {})
    assert status in (201, 500), answer
    client("rm", "-f", "racer")
    if status == 201:
        assert "the host's" not in client("run", "--rm", "raced", "cat", "/d/secret", "/f", check=False)
        engine.api("DELETE", "/images/raced")


# Trees that are too deep to walk by calling oneself

DIGGER = r"""
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
int main(int count, char **arguments) {
    chdir(arguments[1]);
    for (int i = 0; i < atoi(arguments[2]); i++) if (mkdir("d", 0755) || chdir("d")) { perror("d"); return 1; }
    printf("dug\n");
}
"""


@lib.fails_on_dockerd("20.10 cannot remove such a container")
def test_a_tree_20000_deep(engine, client):
    """A container may dig; whoever fills in must not fall."""
    flags = ["-v", f"{compiled(DIGGER)}:/dig:ro", "-v", "deep:/v"]
    depth = 5000 if lib.REFERENCE else 20000
    assert client("run", "--name", "digger", *flags, "busybox", "sh", "-c", f"mkdir /own; /dig /own {depth} && /dig /v {depth}").split() == ["dug", "dug"]
    for path in ("/containers/digger/json?size=1", "/containers/digger/changes", "/containers/json?all=1&size=1", "/system/df", "/containers/digger/export"):
        try:
            engine.api("GET", path)
        except (OSError, http.client.HTTPException):
            pass  # An export that breaks off says so in no other way.
        assert engine.process.poll() is None, f"the daemon fell at {path}: {engine.log()[-500:]}"
    client.run("commit", "digger", "dug", check=False)
    engine.api("DELETE", "/images/dug?force=1")
    assert engine.process.poll() is None
    client("rm", "-v", "digger")
    client("volume", "rm", "deep")


# 38, 53, 54


def test_nobody_else_reads_the_data(engine, client):
    """54 (CVE-2021-41091)."""
    client("run", "-d", "--name", "base", "-v", "vol:/v", "-e", "TOKEN=canary", "busybox", "sleep", "1000")
    engine.root.chmod(0o755)
    script = f"find {engine.root}/data {engine.root}/exec -type f -readable 2>/dev/null | head; find {engine.root}/data -mindepth 2 2>/dev/null | head"
    done = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "sh", "-c", script],
                          capture_output=True, text=True)
    assert done.stdout == "", done.stdout
    with socket.socket(socket.AF_UNIX) as probe:
        assert oct(engine.socket.stat().st_mode & 0o777) == "0o660" and probe


@only_dabba
def test_no_abstract_sockets(engine, client):
    """53 (CVE-2020-15257)."""
    client("run", "-d", "--name", "base", "--network", "host", "busybox", "sleep", "1000")
    mine = set()
    for pid in engine.own_processes():
        for descriptor in pathlib.Path(f"/proc/{pid}/fd").iterdir():
            target = os.readlink(descriptor)
            if target.startswith("socket:["):
                mine.add(target[8:-1])
    named = [line.split() for line in pathlib.Path("/proc/net/unix").read_text().splitlines()[1:]]
    assert [line[7] for line in named if len(line) > 7 and line[6] in mine and line[7].startswith("@")] == []


@only_dabba
def test_the_cgroup_parent_stays_below(engine, client, outside):
    for parent in (f"../../../../../../../..{outside}", f"/../../../../..{outside}", "..", "a/../../../../../../b"):
        done = client.run("run", "--name", "out", "--cgroup-parent", parent, "busybox", "true", check=False)
        client.run("rm", "-f", "out", check=False)
        assert done.returncode in (0, 125)
    for place in ("a", "b", str(outside).strip("/").split("/")[0]):
        for root in ("/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/systemd"):
            if os.path.isdir(f"{root}/{place}"):
                subprocess.run(["find", f"{root}/{place}", "-depth", "-type", "d", "-exec", "rmdir", "{}", "+"], check=False)
