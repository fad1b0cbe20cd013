"""What an engine holds of the host: taken before and after every test, so that nothing leaks unseen."""

import contextlib
import glob
import json
import os
import pathlib
import subprocess

import lib

# Namespaces that dabba keeps ready: each is a descriptor, with a netlink socket in it.
POOL = 8


@contextlib.contextmanager
def spotless(engine):
    """Runs an engine with a busybox; at its end nothing of it may be left on the host."""
    try:
        engine.start()
        engine.load(lib.busybox_archive())
        yield engine
        engine.clean()
        engine.terminate()
        left = engine.own_processes()
        assert not left, f"processes outlived the daemon: {left}"
        if not lib.REFERENCE:
            assert not lib.mounts_below(engine.root)
            assert not bridge_ports(engine)
            assert not rules(engine)
    finally:
        engine.destroy()


class Census:
    def __init__(self, engine):
        root = engine.root
        self.processes = len(engine.own_processes())
        self.mounts = sorted(lib.mounts_below(root))
        self.cgroups = sorted(glob.glob(f"/sys/fs/cgroup/*{engine.cgroup}/*/") + glob.glob(
            f"/sys/fs/cgroup{engine.cgroup}/*/"))
        self.links = sorted(bridge_ports(engine))
        self.rules = len(rules(engine))
        self.files = sorted(
            str(path.relative_to(root)) for folder in ("data/containers", "data/volumes", "data/image/snapshots",
                                                       "data/image/tmp", "data/image/trash", "exec/containers")
            for path in (root / folder).glob("*") if path.name not in ("metadata.db", "backingFsBlockDev"))
        self.descriptors = descriptors(engine)

    def __eq__(self, other):
        return self.differences(other) == []

    def differences(self, before):
        """What is there now and was not there before, in words."""
        found = []
        for name in ("mounts", "cgroups", "links", "files"):
            more = set(getattr(self, name)) - set(getattr(before, name))
            if more:
                found.append(f"{name}: {sorted(more)}")
        if self.processes > before.processes:
            found.append(f"processes: {before.processes} became {self.processes}")
        if self.rules > before.rules:
            found.append(f"firewall: {before.rules} lines became {self.rules}")
        if self.descriptors > before.descriptors + 2 * POOL + 4:
            found.append(f"descriptors of the daemon: {before.descriptors} became {self.descriptors}")
        return found


def bridge_ports(engine):
    """Links that hang on the engine's bridges."""
    bridges = set()
    for line in json.loads(subprocess.run(["ip", "-j", "address"], capture_output=True, text=True).stdout or "[]"):
        for address in line.get("addr_info", []):
            prefix, third = engine.first
            parts = address.get("local", "").split(".")
            if len(parts) == 4 and ".".join(parts[:2]) == prefix and third <= int(parts[2]) < third + 16:
                bridges.add(line["ifname"])
    ports = []
    for bridge in bridges:
        with contextlib.suppress(OSError):
            ports += os.listdir(f"/sys/class/net/{bridge}/brif")
    return ports


def rules(engine):
    """The lines of the firewall's tables that name the engine's subnet."""
    if lib.REFERENCE:
        return []
    listed = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True).stdout
    # With the dot: 10.160.16 is not 10.160.160.
    subnet = engine.gateway.rsplit(".", 1)[0] + "."
    lines = []
    for line in listed.splitlines():
        if "dabba" in line:
            table = subprocess.run(["nft", "list", *line.split()], capture_output=True, text=True).stdout
            if subnet in table:
                lines += table.splitlines()
    return lines


def descriptors(engine):
    with contextlib.suppress(OSError):
        return len(os.listdir(f"/proc/{engine.process.pid}/fd"))
    return 0
