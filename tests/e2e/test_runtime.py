"""`dabba runtime`: bundles on its command line, and the same with runc, which shows that the tests are right."""

import array
import contextlib
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pytest

import lib

APPLETS = ("sh", "cat", "echo", "env", "false", "grep", "hostname", "id", "ip", "kill", "ls", "mount", "pwd", "readlink",
           "sleep", "stat", "stty", "touch", "true", "umask", "ulimit", "tr")


class Bundle:
    """A bundle with a root of its own, and the runtime that runs it."""

    def __init__(self, runtime, folder):
        self.runtime, self.folder = runtime, folder
        self.name = f"e2e-{folder.name}"
        binaries = folder / "rootfs" / "bin"
        binaries.mkdir(parents=True)
        shutil.copy("/bin/busybox", binaries)
        for applet in APPLETS:
            (binaries / applet).symlink_to("busybox")
        subprocess.run(["runc", "spec"], cwd=folder, check=True)
        self.config = json.loads((folder / "config.json").read_text())
        self.config["process"] |= {"terminal": False, "env": ["PATH=/bin", "A=b"]}
        self.config["root"]["readonly"] = False
        self.config["linux"]["cgroupsPath"] = f"/e2e-runtime/{self.name}"
        self.output = folder / "output"

    def script(self, text):
        self.config["process"]["args"] = ["sh", "-c", text]
        return self

    def command(self, *arguments, flags=()):
        program = [lib.PROGRAM, "runtime"] if self.runtime == "dabba" else ["runc"]
        return [*program, "--root", f"{self.folder}/root", *flags, *arguments]

    def call(self, *arguments, check=True, flags=(), **options):
        (self.folder / "config.json").write_text(json.dumps(self.config))
        # Files, not pipes: the container holds its streams open.
        with open(self.output, "ab") as output, open(self.folder / "errors", "wb") as errors:
            done = subprocess.run(self.command(*arguments, flags=flags), stdin=subprocess.DEVNULL, stdout=output,
                                  stderr=errors, timeout=30, **options)
        done.stderr = (self.folder / "errors").read_text(errors="replace")
        assert not check or done.returncode == 0, done.stderr
        return done

    def create(self, *flags, **options):
        return self.call("create", "--bundle", str(self.folder), *flags, self.name, **options)

    def fails(self, *arguments, **options):
        done = self.call(*arguments, check=False, **options)
        assert done.returncode != 0
        assert done.stderr.strip()
        return done.stderr

    def state(self):
        said = subprocess.run(self.command("state", self.name), capture_output=True, text=True, timeout=30)
        return json.loads(said.stdout) if said.returncode == 0 else None

    def wait(self):
        lib.wait_for(lambda: self.state()["status"] == "stopped", "the program ends")

    def run(self):
        """From nothing to nothing; what the program wrote."""
        self.create()
        self.call("start", self.name)
        self.wait()
        self.call("delete", self.name)
        return self.output.read_text()

    def cgroups(self):
        root = pathlib.Path("/sys/fs/cgroup")
        return [*root.glob(f"*/e2e-runtime/{self.name}"), *root.glob(f"e2e-runtime/{self.name}")]


@pytest.fixture(params=["dabba", "runc"])
def bundle(request):
    if request.param == "runc" and not shutil.which("runc"):
        pytest.skip("runc is not on this host")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bundle-", dir="/var/tmp"))
    made = Bundle(request.param, folder)
    yield made
    made.call("delete", "--force", made.name, check=False)
    assert not made.cgroups()
    assert not lib.mounts_below(folder)
    assert not list((folder / "root").glob("*"))
    shutil.rmtree(folder)
    for parent in pathlib.Path("/sys/fs/cgroup").glob("*/e2e-runtime"):
        with contextlib.suppress(OSError):
            parent.rmdir()


@pytest.fixture
def own(bundle):
    """What is asked of dabba alone."""
    if bundle.runtime != "dabba":
        pytest.skip("runc does it otherwise")
    return bundle


def test_a_life(bundle):
    bundle.config["annotations"] = {"com.example.key": "value"}
    bundle.script("echo begun; exec sleep 1000").create("--pid-file", f"{bundle.folder}/pid")
    state = bundle.state()
    pid = int((bundle.folder / "pid").read_text())
    assert state["status"] == "created" and state["pid"] == pid and state["id"] == bundle.name
    assert state["bundle"] == str(bundle.folder) and state["annotations"] == {"com.example.key": "value"}
    assert state["ociVersion"].startswith("1.")
    time.sleep(0.2)
    assert bundle.output.read_text() == ""
    bundle.call("start", bundle.name)
    lib.wait_for(lambda: bundle.output.read_text() == "begun\n", "the program begins")
    assert bundle.state()["status"] == "running"
    assert os.readlink(f"/proc/{pid}/ns/pid") != os.readlink("/proc/self/ns/pid")
    bundle.fails("start", bundle.name)
    bundle.fails("delete", bundle.name)
    bundle.fails("create", "--bundle", str(bundle.folder), bundle.name)
    assert bundle.state()["status"] == "running"
    bundle.call("kill", bundle.name, "KILL")
    bundle.wait()
    bundle.fails("kill", bundle.name, "TERM")
    bundle.fails("start", bundle.name)
    bundle.call("delete", bundle.name)
    assert bundle.state() is None
    for verb in ("state", "start", "kill", "delete"):
        assert "exist" in bundle.fails(verb, bundle.name)


def test_names_stay_inside_the_root(bundle):
    bundle.script("true")
    for name in ("../x", "a/b", "..", "a b"):
        bundle.fails("create", "--bundle", str(bundle.folder), name)
        bundle.fails("state", name)
    assert not (bundle.folder / "x").exists()


def test_delete_with_force(bundle):
    bundle.script("sleep 1000").create()
    bundle.call("delete", "--force", bundle.name)
    assert bundle.state() is None
    bundle.call("delete", "--force", bundle.name)


def test_a_created_container_is_not_deleted(own):
    own.script("sleep 1000").create()
    assert "created" in own.fails("delete", own.name)
    own.call("kill", own.name, "9")
    own.wait()
    own.call("delete", own.name)


def test_a_signal_reaches_the_program(bundle):
    bundle.script("trap 'echo got; exit 0' USR1; echo ready; while :; do sleep 0.05; done").create()
    bundle.call("start", bundle.name)
    lib.wait_for(lambda: "ready" in bundle.output.read_text(), "the trap is set")
    bundle.call("kill", bundle.name, "SIGUSR1")
    bundle.wait()
    assert bundle.output.read_text() == "ready\ngot\n"


def test_the_program_is_what_was_configured(bundle):
    process = bundle.config["process"]
    process |= {"cwd": "/tmp", "user": {"uid": 7, "gid": 8, "umask": 0o027, "additionalGids": [50]},
                "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200}], "noNewPrivileges": True}
    process["capabilities"] = {name: ["CAP_KILL"] for name in ("bounding", "permitted", "effective", "inheritable",
                                                               "ambient")}
    bundle.config["hostname"] = "lunch"
    (bundle.folder / "rootfs/tmp").mkdir()
    said = bundle.script("id -u; id -g; umask; ulimit -n; pwd; hostname; echo $A; grep -E 'Cap|NoNew' /proc/self/status"
                         ).run().split()
    assert said[:7] == ["7", "8", "0027", "100", "/tmp", "lunch", "b"]
    assert said[7:] == ["CapInh:", "0000000000000020", "CapPrm:", "0000000000000020", "CapEff:", "0000000000000020",
                        "CapBnd:", "0000000000000020", "CapAmb:", "0000000000000020", "NoNewPrivs:", "1"]


def test_the_file_system(bundle):
    (bundle.folder / "data").mkdir()
    (bundle.folder / "data/file").write_text("bound")
    bundle.config["mounts"].append({"destination": "/data", "type": "bind", "source": f"{bundle.folder}/data",
                                    "options": ["rbind", "ro"]})
    bundle.config["linux"] |= {
        "maskedPaths": ["/proc/interrupts", "/proc/acpi"], "readonlyPaths": ["/proc/sys"],
        "devices": [{"path": "/dev/extra", "type": "c", "major": 1, "minor": 5, "fileMode": 0o600, "uid": 3, "gid": 4}],
        "sysctl": {"kernel.shmmax": "4097"}}
    bundle.config["root"]["readonly"] = True
    said = bundle.script(
        "cat /data/file; echo; touch /data/x 2>/dev/null || echo ro; touch /x 2>/dev/null || echo ro;"
        "cat /proc/interrupts; ls /proc/acpi 2>/dev/null; cat /proc/sys/kernel/shmmax;"
        "echo 1 2>/dev/null > /proc/sys/kernel/shmmax || echo ro; stat -c '%F %a %u %g' /dev/extra;"
        "echo x > /dev/null && echo null; ls /dev/zero /dev/full /dev/random /dev/urandom /dev/tty | grep -c .;"
        "for name in fd stdin ptmx; do readlink /dev/$name; done").run().splitlines()
    assert said == ["bound", "ro", "ro", "4097", "ro", "character special file 600 3 4", "null", "5", "/proc/self/fd",
                    "/proc/self/fd/0", "pts/ptmx"]


def test_limits_and_filters(bundle):
    bundle.config["linux"]["resources"] |= {"memory": {"limit": 64 << 20}, "pids": {"limit": 33}}
    bundle.config["linux"]["seccomp"] = {
        "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"],
        "syscalls": [{"names": ["getcwd"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38}]}
    bundle.script("grep Seccomp: /proc/self/status; exec sleep 1000").create()
    bundle.call("start", bundle.name)
    found = {path.parts[4]: path for path in bundle.cgroups()}
    if "memory" in found:
        assert (found["memory"] / "memory.limit_in_bytes").read_text().strip() == str(64 << 20)
        assert (found["pids"] / "pids.max").read_text().strip() == "33"
    lib.wait_for(lambda: bundle.output.read_text().split() == ["Seccomp:", "2"], "the filter is told")


def test_namespaces_by_path(bundle):
    holder = subprocess.Popen(["unshare", "--net", "--uts", "sleep", "1000"])
    try:
        lib.wait_for(lambda: os.readlink(f"/proc/{holder.pid}/ns/net") != os.readlink("/proc/self/ns/net"), "unshared")
        wanted = [os.readlink(f"/proc/{holder.pid}/ns/{kind}") for kind in ("net", "uts")]
        bundle.config["linux"]["namespaces"] = [
            {"type": "mount"}, {"type": "pid"}, {"type": "ipc"},
            {"type": "network", "path": f"/proc/{holder.pid}/ns/net"},
            {"type": "uts", "path": f"/proc/{holder.pid}/ns/uts"}]
        bundle.config.pop("hostname")
        assert bundle.script("for kind in net uts; do readlink /proc/self/ns/$kind; done").run().split() == wanted
    finally:
        holder.kill()
        holder.wait()


def test_a_new_network_has_its_loopback(bundle):
    said = bundle.script("ip -o link; ip -o -4 addr").run()
    assert "LOOPBACK,UP" in said and "127.0.0.1/8" in said and said.count("\n") == 2


def test_a_user_namespace(bundle):
    linux = bundle.config["linux"]
    linux["namespaces"].append({"type": "user"})
    linux["uidMappings"] = [{"containerID": 0, "hostID": 300000, "size": 1000}]
    linux["gidMappings"] = [{"containerID": 0, "hostID": 400000, "size": 1000}]
    bundle.folder.chmod(0o755)
    # The files of a bundle are the caller's, who gives them the numbers that they are to have.
    for path in (bundle.folder / "rootfs").rglob("*"):
        os.chown(path, 300000, 400000, follow_symlinks=False)
    os.chown(bundle.folder / "rootfs", 300000, 400000)
    bundle.script("id -u; cat /proc/self/uid_map /proc/self/gid_map; touch /new && stat -c %u:%g /new /dev/null; "
                  "exec sleep 1000").create("--pid-file", f"{bundle.folder}/pid")
    bundle.call("start", bundle.name)
    wanted = ["0", "0", "300000", "1000", "0", "400000", "1000", "0:0"]
    lib.wait_for(lambda: bundle.output.read_text().split()[:8] == wanted and len(bundle.output.read_text().split()) == 9,
                 "the program has looked around")
    pid = int((bundle.folder / "pid").read_text())
    assert "Uid:\t300000\t300000\t300000\t300000" in pathlib.Path(f"/proc/{pid}/status").read_text()
    made = (bundle.folder / "rootfs" / "new").stat()
    assert (made.st_uid, made.st_gid) == (300000, 400000)
    bundle.call("exec", bundle.name, "sh", "-c", "id -u; cat /proc/self/gid_map")
    assert bundle.output.read_text().split()[9:] == ["0", "0", "400000", "1000"]


def test_a_terminal_by_console_socket(bundle):
    bundle.config["process"]["terminal"] = True
    bundle.config["process"]["consoleSize"] = {"height": 33, "width": 77}
    bundle.script("stty size; readlink /proc/self/fd/0; echo x > /dev/console; exec cat")
    bundle.fails("create", "--bundle", str(bundle.folder), bundle.name)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{bundle.folder}/console")
        listener.listen()
        listener.settimeout(10)
        bundle.create("--console-socket", f"{bundle.folder}/console")
        connection, _ = listener.accept()
        with connection:
            _, [(_, _, data)], _, _ = connection.recvmsg(4096, socket.CMSG_SPACE(4))
    master = array.array("i", data)[0]
    bundle.call("start", bundle.name)
    said = b""
    while b"x\r\n" not in said:
        said += os.read(master, 4096)
    assert said == b"33 77\r\n/dev/pts/0\r\nx\r\n"
    os.write(master, b"typed\n")
    while b"typed\r\ntyped" not in said:
        said += os.read(master, 4096)
    os.close(master)


def hook(bundle, name, extra="", place=None):
    note = place or f"{bundle.folder}/notes"
    return {"path": "/bin/sh", "args": ["sh", "-c", f"echo {name} $OWN $HOME $(cat | tr -d ' \\n') >> {note}; {extra}"],
            "env": ["OWN=1", "PATH=/bin:/usr/bin"]}


def test_hooks(bundle):
    notes = bundle.folder / "notes"
    inside = bundle.folder / "rootfs/notes"
    outside = ["prestart", "createRuntime", "createContainer", "poststop"]
    # runc 1.1 runs poststart when the container is created.
    if bundle.runtime != "runc":
        outside.append("poststart")
    bundle.config["hooks"] = {name: [hook(bundle, name)] for name in outside}
    bundle.config["hooks"]["startContainer"] = [hook(bundle, "startContainer", place="/notes")]

    def told(path):
        lines = [line.split(" ", 2) for line in path.read_text().splitlines()]
        assert all(own == "1" for _, own, _ in lines)
        return [(name, json.loads(state)) for name, _, state in lines]
    bundle.script("sleep 1000").create()
    pid = bundle.state()["pid"]
    assert [name for name, _ in told(notes)] == ["prestart", "createRuntime", "createContainer"]
    assert all((state["id"], state["pid"], state["bundle"]) == (bundle.name, pid, str(bundle.folder))
               for _, state in told(notes)[:2])
    assert told(notes)[1][1]["status"] == "creating"
    assert not inside.exists()
    bundle.call("start", bundle.name)
    assert [name for name, _ in told(inside)] == ["startContainer"]
    if "poststart" in outside:
        assert told(notes)[-1][0] == "poststart" and told(notes)[-1][1]["status"] == "running"
    bundle.call("kill", bundle.name, "9")
    bundle.wait()
    assert len(told(notes)) == len(outside) - 1
    bundle.call("delete", bundle.name)
    assert told(notes)[-1][0] == "poststop" and told(notes)[-1][1]["status"] == "stopped"


@pytest.mark.parametrize("kind", ["prestart", "createRuntime", "createContainer"])
def test_a_hook_that_fails_ends_the_creation(bundle, kind):
    bundle.config["hooks"] = {kind: [hook(bundle, kind, "echo sorry >&2; exit 1"), hook(bundle, "never")]}
    assert "sorry" in bundle.script("true").fails("create", "--bundle", str(bundle.folder), bundle.name)
    assert "never" not in (bundle.folder / "notes").read_text()
    assert bundle.state() is None and not bundle.cgroups()


def test_a_slow_hook_is_ended(bundle):
    slow = hook(bundle, "slow", "exec sleep 1000") | {"timeout": 1}
    bundle.config["hooks"] = {"createRuntime": [slow]}
    bundle.script("true").fails("create", "--bundle", str(bundle.folder), bundle.name)


def test_descriptors_are_handed_on(bundle):
    read, write = os.pipe()
    try:
        os.write(write, b"through\n")
        os.close(write)
        bundle.script("cat <&3; ls /proc/self/fd | grep -c .")
        (bundle.folder / "config.json").write_text(json.dumps(bundle.config))
        with open(bundle.output, "wb") as output:
            arguments = bundle.command("create", "--bundle", str(bundle.folder), "--preserve-fds", "1", bundle.name)
            subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=True, pass_fds=[3],
                           preexec_fn=lambda: os.dup2(read, 3), timeout=30)
        bundle.call("start", bundle.name)
        bundle.wait()
        # 0, 1, 2, 3, and the one that ls reads the directory through.
        assert bundle.output.read_text().split() == ["through", "5"]
    finally:
        os.close(read)


def test_a_program_that_is_not_there(bundle):
    bundle.config["process"]["args"] = ["nosuch"]
    bundle.create("--pid-file", f"{bundle.folder}/pid", check=False)
    assert "nosuch" in (bundle.folder / "errors").read_text()
    assert not bundle.cgroups()


def test_errors_are_logged_as_json(bundle):
    log = bundle.folder / "log"
    bundle.fails("state", "nobody", flags=["--log", str(log), "--log-format", "json"])
    last = json.loads(log.read_text().splitlines()[-1])
    assert last["level"] == "error" and "exist" in last["msg"] and last["time"]


def test_exec(bundle):
    bundle.script("sleep 1000").create()
    bundle.call("start", bundle.name)
    process = {**bundle.config["process"], "args": ["sh", "-c", "echo $A; hostname; exit 7"], "cwd": "/"}
    (bundle.folder / "process.json").write_text(json.dumps(process))
    done = bundle.call("exec", "--process", f"{bundle.folder}/process.json", bundle.name, check=False)
    assert done.returncode == 7
    assert bundle.output.read_text().split() == ["b", bundle.config["hostname"]]


def test_what_is_refused(own):
    own.script("true")
    own.fails("create", "--bundle", "/nowhere", own.name)
    assert "pivot" in own.fails("create", "--no-pivot", "--bundle", str(own.folder), own.name)
    assert "systemd" in own.fails("list", flags=["--systemd-cgroup"])
    for where, key, value in [("process", "apparmorProfile", "x"), ("linux", "personality", {"domain": "LINUX32"}),
                              ("linux", "intelRdt", {"closID": "x"}), ("linux", "mountLabel", "x"),
                              ("linux", "rootfsPropagation", "shared")]:
        own.config[where][key] = value
        own.fails("create", "--bundle", str(own.folder), own.name)
        del own.config[where][key]
    for key, value in [("ociVersion", "2.0.0"), ("root", {"path": "nowhere"})]:
        before = own.config[key]
        own.config[key] = value
        own.fails("create", "--bundle", str(own.folder), own.name)
        own.config[key] = before
    own.run()


def test_features_and_list(own):
    own.script("sleep 1000").create()
    said = subprocess.run(own.command("features"), capture_output=True, text=True, check=True).stdout
    assert json.loads(said)["ociVersionMax"].startswith("1.")
    said = subprocess.run(own.command("list", "--format", "json"), capture_output=True, text=True, check=True).stdout
    [entry] = json.loads(said)
    assert (entry["id"], entry["status"]) == (own.name, "created")
    os.kill(entry["pid"], signal.SIGKILL)
    own.wait()
