"""A daemon of its own for each test file, the clients that drive it, and the images they use."""

import contextlib
import fcntl
import hashlib
import http.client
import io
import ipaddress
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tarfile
import tempfile
import time

CACHE = pathlib.Path(os.environ.get("E2E_CACHE", tempfile.gettempdir() + "/dabba-e2e"))
PROGRAM = os.environ.get("DABBA_BIN", "")
# The same tests run against the reference engine: E2E_ENGINE=dockerd shows that they are right.
REFERENCE = os.environ.get("E2E_ENGINE") == "dockerd"


def fails_on_dockerd(reason, always=True):
    """A mark of tests that show a flaw of the reference engine's, always or often: Debian's 20.10, with runc 1.1."""
    # The benchmark uses this file without it.
    import pytest
    return pytest.mark.xfail(REFERENCE, reason=reason, strict=always)


def wait_for(condition, what, seconds=20):
    """Asks until the answer is true; gives it."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.02)


@contextlib.contextmanager
def locked(name):
    """One process at a time."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def next_block():
    """The number of a block of 4,096 addresses that no other engine of this run uses."""
    with locked("block"):
        path = CACHE / "block"
        number = (int(path.read_text()) + 1) % 640 if path.exists() else 0
        path.write_text(str(number))
        return number


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=60):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class Engine:
    """A daemon with its own root, socket and subnets."""

    def __init__(self, registry_port=None, root=None, extra=()):
        self.root = pathlib.Path(root or tempfile.mkdtemp(prefix="dabba-e2e-", dir="/var/tmp"))
        self.block = next_block()
        base = f"10.{160 + self.block // 16}.{self.block % 16 * 16}"
        self.first = base.rsplit(".", 1)[0], self.block % 16 * 16
        self.addresses = ipaddress.ip_network(f"{base}.0/20")
        self.bip = f"{base}.1/24"
        self.gateway = f"{base}.1"
        prefix, third = self.first
        self.pool = f"base={prefix}.{third + 8}.0/21,size=26"
        self.cgroup = f"/e2e-{self.root.name}"
        self.socket = self.root / "docker.sock"
        self.registry_port = registry_port
        self.extra = list(extra)
        self.process = None
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("DOCKER_")}
        self.env |= {"DOCKER_HOST": f"unix://{self.socket}", "DOCKER_CONFIG": str(self.root / "client")}

    def command(self):
        program = ["dockerd"] if REFERENCE else [PROGRAM, "daemon"]
        flags = ["--host", f"unix://{self.socket}", "--data-root", f"{self.root}/data", "--exec-root",
                 f"{self.root}/exec", "--pidfile", f"{self.root}/pid", "--bip", self.bip,
                 "--default-address-pool", self.pool, "--cgroup-parent", self.cgroup]
        if self.registry_port:
            flags += ["--registry-mirror", f"http://127.0.0.1:{self.registry_port}"]
        return program + flags + self.extra

    def start(self, wait=True):
        log = open(self.root / "log", "ab")
        self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                        env=self.env, start_new_session=True)
        log.close()
        if wait:
            self.wait_until_ready()
        return self

    def refusal(self):
        """Starts a daemon that must refuse to; gives what it said."""
        try:
            self.start(wait=False)
            assert self.process.wait(20) != 0
            return self.log()
        finally:
            self.destroy()

    def wait_until_ready(self):
        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"the daemon ended: {self.log()[-2000:]}")
            try:
                return self.api("GET", "/_ping", timeout=5)[0] == 200
            except OSError:
                return False
        wait_for(ready, "the daemon answers", 60)

    def log(self):
        return (self.root / "log").read_text(errors="replace")

    def kill(self):
        """SIGKILL, as a crash would."""
        self.process.kill()
        self.process.wait()

    def terminate(self):
        """SIGTERM, which it has to follow."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"the daemon does not end: {self.log()[-2000:]}") from None

    def clean(self):
        """Removes everything but images."""
        for container in self.api("GET", "/containers/json?all=1")[1]:
            self.api("DELETE", f"/containers/{container['Id']}?force=1&v=1")
        for network in self.api("GET", "/networks")[1]:
            if network["Name"] not in ("bridge", "host", "none"):
                self.api("DELETE", f"/networks/{network['Id']}")
        for volume in self.api("GET", "/volumes")[1]["Volumes"] or []:
            self.api("DELETE", f"/volumes/{volume['Name']}?force=1")

    def destroy(self):
        """Ends everything, whatever state it is in, and says what the daemon left behind."""
        try:
            if self.process and self.process.poll() is None:
                with contextlib.suppress(Exception):
                    self.clean()
                self.terminate()
        finally:
            for pid in self.own_processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            for line in reversed(mounts_below(self.root)):
                subprocess.run(["umount", "-l", line], check=False)
            if not REFERENCE:
                self.sweep_network()
            # By a program, since a test may have made a deep tree.
            subprocess.run(["rm", "-rf", self.root], check=False)

    def sweep_network(self):
        """Takes what a daemon that was killed left in the host's network: the table and the links with its addresses."""
        prefix = self.gateway.rsplit(".", 1)[0] + "."
        tables = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True).stdout
        for table in (line.split()[1:] for line in tables.splitlines() if "dabba" in line):
            if prefix in subprocess.run(["nft", "list", "table", *table], capture_output=True, text=True).stdout:
                subprocess.run(["nft", "delete", "table", *table], check=False)
        for link in json.loads(subprocess.run(["ip", "-json", "-4", "addr"], capture_output=True, text=True).stdout):
            if any(ipaddress.ip_address(each["local"]) in self.addresses for each in link["addr_info"]):
                subprocess.run(["ip", "link", "del", link["ifname"]], check=False)

    def own_processes(self):
        """Processes that were started with this root in their arguments: the daemon, its zygote, its shims."""
        needle = str(self.root).encode()
        found = []
        for entry in os.listdir("/proc"):
            if entry.isdigit() and int(entry) != os.getpid():
                with contextlib.suppress(OSError):
                    arguments = pathlib.Path(f"/proc/{entry}/cmdline").read_bytes()
                    state = pathlib.Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()[0]
                    if needle in arguments and state != "Z" and b"pytest" not in arguments:
                        found.append(int(entry))
        return found

    def api(self, method, path, body=None, headers=None, timeout=60):
        """One request; the status, and the answer as JSON where it is."""
        connection = UnixConnection(self.socket, timeout)
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, io.IOBase)):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, text.decode(errors="replace")

    def load(self, path):
        with open(path, "rb") as archive:
            status, answer = self.api("POST", "/images/load", archive.read(), {"Content-Type": "application/x-tar"})
        assert status == 200, answer


class Client:
    """A stock docker client."""

    def __init__(self, engine, program):
        self.engine, self.program = engine, program

    def run(self, *arguments, check=True, input=None, timeout=90):
        done = subprocess.run([self.program, *arguments], env=self.engine.env, input=input, capture_output=True,
                              text=True, errors="replace", timeout=timeout)
        if check and done.returncode != 0:
            raise AssertionError(f"docker {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def __call__(self, *arguments, **options):
        return self.run(*arguments, **options).stdout.strip()

    def fails(self, *arguments, code=None, **options):
        """Runs what must fail; gives what it said."""
        done = self.run(*arguments, check=False, **options)
        assert done.returncode != 0, f"docker {' '.join(arguments)} succeeded: {done.stdout}"
        assert code is None or done.returncode == code, f"{done.returncode}: {done.stderr}"
        return done.stderr.strip()

    def inspect(self, name):
        return json.loads(self("inspect", name))[0]


def clients():
    """The clients of this host: the newest stock one, Debian's own, and ours, which says the same."""
    found = {}
    newest = os.environ.get("DOCKER_28") or shutil.which("docker", path="/usr/local/bin")
    if newest:
        found["docker-28"] = newest
    if os.path.exists("/usr/bin/docker"):
        found["docker-20"] = "/usr/bin/docker"
    if PROGRAM and not REFERENCE:
        found["dabba"] = PROGRAM
    return found


def mounts_below(path):
    """Mount points and sources that name this path."""
    found = []
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        if str(path) in line:
            found.append(line.split()[4])
    return found


def tree(folder):
    """Everything below a directory, so that two looks at it can be compared."""
    found = []
    for path, folders, files in os.walk(folder):
        for name in sorted(folders + files):
            place = pathlib.Path(path, name)
            status = place.lstat()
            content = place.read_bytes() if place.is_file() and not place.is_symlink() else b""
            found.append((str(place), status.st_mode, status.st_uid, status.st_gid, status.st_nlink,
                          status.st_mtime_ns, content))
    return sorted(found)


def save_archive(layers, config, name):
    """An archive as `docker save` writes it, of layers given as bytes of tar."""
    diff_ids = ["sha256:" + hashlib.sha256(layer).hexdigest() for layer in layers]
    body = {"architecture": "amd64", "os": "linux", "config": config,
            "rootfs": {"type": "layers", "diff_ids": diff_ids}, "history": [{"created_by": "test"} for _ in layers]}
    text = json.dumps(body).encode()
    config_name = hashlib.sha256(text).hexdigest() + ".json"
    names = [f"{position}/layer.tar" for position in range(len(layers))]
    manifest = [{"Config": config_name, "RepoTags": [name], "Layers": names}]
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for path, data in [(config_name, text), *zip(names, layers), ("manifest.json", json.dumps(manifest).encode())]:
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def layer(entries):
    """A layer of (name, kind, content) with kinds dir, file, link, hard."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, kind, content in entries:
            entry = tarfile.TarInfo(name)
            entry.mode = 0o755
            data = b""
            if kind == "dir":
                entry.type = tarfile.DIRTYPE
            elif kind == "link":
                entry.type, entry.linkname = tarfile.SYMTYPE, content
            elif kind == "hard":
                entry.type, entry.linkname = tarfile.LNKTYPE, content
            else:
                data = content if isinstance(content, bytes) else content.encode()
                entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def busybox_archive():
    """The busybox image, made of Debian's static busybox."""
    path = CACHE / "busybox.tar"
    with locked("busybox"):
        if not path.exists():
            program = pathlib.Path("/bin/busybox").read_bytes()
            applets = subprocess.run(["/bin/busybox", "--list"], capture_output=True, text=True, check=True).stdout.split()
            entries = [(name, "dir", "") for name in ("bin", "etc", "tmp", "root", "var", "usr", "home")]
            entries.append(("bin/busybox", "file", program))
            entries += [(f"bin/{name}", "link", "busybox") for name in applets if name != "busybox"]
            entries.append(("etc/passwd", "file", "root:x:0:0:root:/root:/bin/sh\nworker:x:1000:1000::/home:/bin/sh\n"))
            entries.append(("etc/group", "file", "root:x:0:\nworker:x:1000:\nextra:x:2000:worker\n"))
            path.write_bytes(save_archive([layer(entries)], {"Cmd": ["sh"], "Env": ["PATH=/bin"]}, "busybox:latest"))
    return path


def mirror():
    """The Debian mirror that this host uses."""
    for path in ("/etc/apt/sources.list", "/etc/apt/sources.list.d/debian.sources"):
        with contextlib.suppress(OSError):
            for line in pathlib.Path(path).read_text().splitlines():
                for word in line.split("#")[0].split():
                    if word.startswith("http") and "security" not in word:
                        return word
    return "http://deb.debian.org/debian"


def debian_layer():
    """A real Debian root file system as one layer, made by debootstrap once."""
    path = CACHE / "debian.tar"
    with locked("debian"):
        if not path.exists():
            folder = tempfile.mkdtemp(prefix="debootstrap-", dir="/var/tmp")
            try:
                made = subprocess.run(["debootstrap", "--variant=minbase", "bookworm", folder, mirror()],
                                      capture_output=True, text=True)
                assert made.returncode == 0, made.stdout[-3000:] + made.stderr
                shutil.rmtree(f"{folder}/var/cache/apt/archives", ignore_errors=True)
                part = path.with_suffix(".part")
                subprocess.run(["tar", "-C", folder, "--numeric-owner", "-cf", part, "."], check=True)
                part.rename(path)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    return path


class Registry:
    """Debian's docker-registry, on loopback unless told otherwise, without TLS unless given a certificate and its key,
    for everybody unless given a file of logins."""

    def __init__(self, address="127.0.0.1", certificate=None, root=None, logins=None):
        self.address, self.tls = address, bool(certificate)
        self.port = free_port()
        self.root = root or CACHE / "registry"
        self.config = pathlib.Path(tempfile.mkdtemp(prefix="dabba-registry-"))
        tls = ", tls: {{certificate: {}, key: {}}}".format(*certificate) if certificate else ""
        (self.config / "config.yml").write_text(
            f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {self.root}}}}}\n"
            f"http: {{addr: {address}:{self.port}{tls}}}\n"
            + (f"auth: {{htpasswd: {{realm: test, path: {logins}}}}}\n" if logins else ""))
        self.process = subprocess.Popen(["docker-registry", "serve", str(self.config / "config.yml")],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(self.answers, "the registry answers", 30)

    def answers(self):
        try:
            return self.request("GET", "/v2/")[0] in (200, 401)
        except OSError:
            return False

    def request(self, method, path, body=None, headers=None):
        if self.tls:
            connection = http.client.HTTPSConnection(self.address, self.port, timeout=120,
                                                     context=ssl._create_unverified_context())
        else:
            connection = http.client.HTTPConnection(self.address, self.port, timeout=120)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), text

    def blob(self, repository, data):
        digest = "sha256:" + hashlib.sha256(data).hexdigest()
        if self.request("HEAD", f"/v2/{repository}/blobs/{digest}")[0] != 200:
            _, headers, _ = self.request("POST", f"/v2/{repository}/blobs/uploads/")
            place = headers["Location"]
            place = place[place.index("/v2/"):]
            separator = "&" if "?" in place else "?"
            status, _, text = self.request("PUT", f"{place}{separator}digest={digest}", data,
                                           {"Content-Type": "application/octet-stream"})
            assert status == 201, text
        return digest

    def push(self, repository, tag, layer_bytes, config):
        """Pushes an image of one layer, compressed as registries hold it."""
        import gzip
        packed = gzip.compress(layer_bytes, 1, mtime=0)
        diff_id = "sha256:" + hashlib.sha256(layer_bytes).hexdigest()
        text = json.dumps({"architecture": "amd64", "os": "linux", "config": config,
                           "rootfs": {"type": "layers", "diff_ids": [diff_id]}}).encode()
        kind = "application/vnd.docker.distribution.manifest.v2+json"
        manifest = {"schemaVersion": 2, "mediaType": kind,
                    "config": {"mediaType": "application/vnd.docker.container.image.v1+json", "size": len(text),
                               "digest": self.blob(repository, text)},
                    "layers": [{"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "size": len(packed),
                                "digest": self.blob(repository, packed)}]}
        status, _, text = self.request("PUT", f"/v2/{repository}/manifests/{tag}", json.dumps(manifest),
                                       {"Content-Type": kind})
        assert status == 201, text

    def has(self, repository, tag):
        return self.request("GET", f"/v2/{repository}/manifests/{tag}", headers={
            "Accept": "application/vnd.docker.distribution.manifest.v2+json"})[0] == 200

    def stop(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.config, ignore_errors=True)
