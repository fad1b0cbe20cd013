"""A small machine that has cgroup v2 alone: Debian's kernel, busybox and dabba, all in memory. It is emulated, so no KVM is
needed, which some hosts lack and others have for kernels of their own kind only."""

import base64
import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading

import lib

# The smallest of Debian's: no drivers of real devices are in it.
KERNEL = "linux-image-cloud-amd64"
MODULES = ("overlay", "veth", "bridge", "br_netfilter", "nf_tables", "nft_chain_nat", "nft_compat", "nft_ct", "nft_fib_inet",
           "nft_limit", "nft_log", "nft_masq", "nft_nat", "nft_redir", "nft_reject_inet", "bfq")
# Pivoting needs a root that is not the kernel's first.
INIT = """#!/bin/sh
/bin/busybox --install -s /bin
mkdir /new
mount -t tmpfs -o size=90% new /new
cp -a /bin /etc /lib* /opt /usr /new
cd /new && mkdir dev proc sys root tmp run var mnt
mount -t devtmpfs dev dev
exec switch_root /new /bin/init
"""
INITTAB = "::sysinit:/bin/sh /etc/setup\n::once:/bin/sh /etc/agent\n"
# As systemd sets it up: only some controllers are handed on, and a service has a cgroup of its own.
SETUP = """
mount -t proc proc /proc
mount -t sysfs sys /sys
mkdir -p /dev/pts /dev/shm
mount -t devpts pts /dev/pts
for module in $(cat /etc/modules); do insmod $module; done
ip link set lo up
echo 0 > /proc/sys/kernel/dmesg_restrict
mount -t cgroup2 -o nsdelegate,memory_recursiveprot cgroup2 /sys/fs/cgroup
echo '+memory +pids' > /sys/fs/cgroup/cgroup.subtree_control
mkdir -p /sys/fs/cgroup/system.slice/dabba.service
"""
# A line is a script in base64; the answer is its exit code and what it printed.
AGENT = """
exec < /dev/ttyS1 > /dev/ttyS1
stty raw -echo
export PATH=/bin
echo ready
while read -r line; do
  echo "$line" | base64 -d > /tmp/script
  sh /tmp/script > /tmp/out 2>&1 < /dev/null
  echo "$? $(base64 -w 0 /tmp/out)"
done
"""


def kernel():
    """Debian's newest kernel package, unpacked; nothing is installed."""
    root = lib.CACHE / "kernel"
    with lib.locked("kernel"):
        if not root.exists():
            depends = subprocess.run(["apt-cache", "depends", KERNEL], capture_output=True, text=True, check=True).stdout
            package = re.search(r"Depends: (linux-image-\S+)", depends)[1]
            with tempfile.TemporaryDirectory(dir=lib.CACHE) as folder:
                subprocess.run(["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", package], cwd=folder, check=True)
                deb, = pathlib.Path(folder).glob("*.deb")
                subprocess.run(["dpkg", "-x", deb, f"{folder}/root"], check=True)
                os.rename(f"{folder}/root", root)
    return root


def modules(root):
    """The files of the modules and of what they depend on, in the order to load them."""
    files = {path.stem.replace("-", "_"): path for path in (root / "lib/modules").rglob("*.ko")}
    ordered = []

    def add(name):
        path = files.get(name.replace("-", "_"))
        if path and path not in ordered:
            depends = re.search(rb"\0depends=([^\0]*)\0", path.read_bytes())[1].decode()
            for other in filter(None, depends.split(",")):
                add(other)
            ordered.append(path)
    for name in MODULES:
        add(name)
    return ordered


def libraries(program):
    """What the program is linked with, its loader included."""
    said = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
    return re.findall(r"(/\S+) \(0x", said)


def initramfs(path, kernel_root):
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        root = pathlib.Path(folder)

        def put(source, name, text=None):
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                shutil.copy(source, target)
            else:
                target.write_text(text)
            target.chmod(0o755)
        put("/bin/busybox", "bin/busybox")
        (root / "bin/sh").symlink_to("busybox")
        put(lib.PROGRAM, "bin/dabba")
        for library in libraries(lib.PROGRAM):
            put(library, library.lstrip("/"))
        put(lib.busybox_archive(), "opt/busybox.tar")
        loaded = modules(kernel_root)
        for module in loaded:
            put(module, f"opt/modules/{module.name}")
        put(None, "etc/modules", "".join(f"/opt/modules/{module.name}\n" for module in loaded))
        put(None, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
        put(None, "etc/group", "root:x:0:\ndocker:x:101:\n")
        put(None, "usr/.here", "")
        for name, text in (("init", INIT), ("etc/inittab", INITTAB), ("etc/setup", SETUP), ("etc/agent", AGENT)):
            put(None, name, text)
        names = "\n".join(str(entry.relative_to(root)) for entry in sorted(root.rglob("*")))
        with open(path, "wb") as archive:
            subprocess.run(["/bin/busybox", "cpio", "-o", "-H", "newc"], input=names.encode(), stdout=archive, cwd=root,
                           stderr=subprocess.DEVNULL, check=True)


class Guest:
    """The machine; it is called with shell scripts."""

    def __init__(self, seconds):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dabba-guest-", dir="/var/tmp"))
        root = kernel()
        image, = (root / "boot").glob("vmlinuz-*")
        initramfs(self.folder / "initramfs", root)
        self.process = subprocess.Popen(
            ["qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "1024", "-nodefaults", "-no-reboot",
             "-display", "none", "-kernel", image, "-initrd", self.folder / "initramfs",
             "-append", "console=ttyS0 quiet panic=-1 cgroup_no_v1=all",
             "-serial", f"file:{self.folder}/console", "-serial", "stdio"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(self.folder / "qemu", "wb"))
        # Whatever hangs, hangs no longer than this.
        self.end = threading.Timer(seconds, self.process.kill)
        self.end.start()

    def console(self):
        return "".join((self.folder / name).read_text(errors="replace")[-3000:] for name in ("qemu", "console"))

    def line(self):
        line = self.process.stdout.readline().decode()
        if not line:
            raise AssertionError(f"the guest is gone: {self.console()}")
        return line.strip()

    def boot(self):
        while self.line() != "ready":
            pass
        return self

    def run(self, script):
        """The script's exit code and what it printed."""
        self.process.stdin.write(base64.b64encode(script.encode()) + b"\n")
        self.process.stdin.flush()
        code, _, text = self.line().partition(" ")
        return int(code), base64.b64decode(text).decode(errors="replace").strip()

    def __call__(self, script):
        code, text = self.run(script)
        assert code == 0, f"{script}: {code}\n{text}"
        return text

    def power_off(self):
        """Whether it went off by itself."""
        with contextlib.suppress(OSError):
            self.process.stdin.write(base64.b64encode(b"poweroff -f") + b"\n")
            self.process.stdin.flush()
        try:
            return self.process.wait(20) == 0
        except subprocess.TimeoutExpired:
            return False

    def destroy(self):
        self.end.cancel()
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
