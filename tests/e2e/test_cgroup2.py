"""Limits, devices and lives of containers on a host that has cgroup v2 alone, and the kernel of an older Debian: the small
machine of guest.py."""

import json
import shutil

import pytest

import lib
from guest import Guest

TOP = "/sys/fs/cgroup/dabba"
START = """
(echo 0 > /sys/fs/cgroup/system.slice/dabba.service/cgroup.procs; exec dabba daemon >> /run/log 2>&1) &
for i in $(seq 100); do dabba version > /dev/null 2>&1 && exit; sleep 0.1; done
cat /run/log; exit 1
"""


@pytest.fixture(scope="module")
def machine():
    if lib.REFERENCE:
        pytest.skip("the machine has dabba alone")
    if not shutil.which("qemu-system-x86_64"):
        pytest.skip("there is no qemu-system-x86_64 on this host")
    machine = Guest(seconds=300)
    try:
        machine.boot()
        machine(START)
        machine("dabba load -i /opt/busybox.tar")
        before = machine("grep cgroup /proc/mounts")
        yield machine
        assert machine("grep cgroup /proc/mounts") == before
        assert machine.power_off()
    finally:
        machine.destroy()


@pytest.fixture
def guest(machine):
    """The machine; whatever a test leaves is removed, and then no cgroup may be left."""
    yield machine
    machine("dabba ps -aq | xargs -r dabba rm -f")
    assert machine(f"ls -d {TOP}/*/ 2> /dev/null || true") == ""


def state(guest, name):
    return json.loads(guest(f"dabba inspect {name}"))[0]["State"]


def figures(guest, flags, files):
    """What the container's cgroup says in these files."""
    said = guest(f"cd {TOP}/$(dabba run -d {flags} busybox sleep 1000) && head -n 1 {' '.join(files)}")
    parts = [part.split(" <==\n") for part in said.removeprefix("==> ").split("\n\n==> ")]
    return {name: text.strip() for name, text in parts}


def test_the_host_has_v2_alone(guest):
    assert guest("grep -c cgroup /proc/mounts") == "1"
    assert "Cgroup Version: 2" in guest("dabba info")


def test_limits(guest):
    wanted = {"memory.max": f"{64 << 20}", "memory.swap.max": f"{32 << 20}", "memory.low": f"{48 << 20}",
              "cpu.max": "50000 100000", "cpu.weight": "20", "cpuset.cpus": "1", "cpuset.mems": "0", "pids.max": "50",
              "io.bfq.weight": "default 300"}
    flags = ("-m 64m --memory-swap 96m --memory-reservation 48m --cpus 0.5 --cpu-shares 512 --cpuset-cpus 1"
             " --cpuset-mems 0 --pids-limit 50 --blkio-weight 300")
    assert figures(guest, flags, wanted) == wanted


def test_defaults(guest):
    wanted = {"memory.max": "max", "memory.swap.max": "max", "cpu.max": "max 100000", "cpu.weight": "100",
              "cpuset.cpus.effective": "0-1", "pids.max": "max"}
    assert figures(guest, "", wanted) == wanted


def test_swap_is_as_much_again_unless_told(guest):
    assert figures(guest, "-m 64m", ["memory.swap.max", "memory.max"])["memory.swap.max"] == f"{64 << 20}"
    assert figures(guest, "-m 64m --memory-swap -1", ["memory.swap.max", "memory.max"])["memory.swap.max"] == "max"


def test_out_of_memory_is_told(guest):
    code, _ = guest.run("dabba run --name greedy -m 16m --memory-swap 16m busybox tail /dev/zero")
    assert code == 137
    told = state(guest, "greedy")
    assert (told["OOMKilled"], told["ExitCode"]) == (True, 137)
    guest("dabba run --name modest -m 16m busybox true")
    assert state(guest, "modest")["OOMKilled"] is False


def test_processors_are_withheld(guest):
    said = guest("dabba run --rm --cpus 0.1 busybox sh -c 'timeout 1 sh -c \"while :; do :; done\"; cat /sys/fs/cgroup/cpu.stat'")
    assert int(dict(line.split() for line in said.splitlines() if " " in line)["nr_throttled"]) > 3
    assert guest("dabba run --rm --cpuset-cpus 1 busybox grep Cpus_allowed_list /proc/self/status").split()[1] == "1"


def test_processes_are_counted(guest):
    _, said = guest.run("dabba run --rm --pids-limit 10 busybox sh -c 'for i in $(seq 1 30); do sleep 1 & done; wait'")
    assert "can't fork" in said


# /dev/kmsg, which is not among the devices of a container.
@pytest.mark.parametrize("flags, wanted", [
    ("", "neither"),
    ("--device /dev/kmsg", "reads writes"),
    ("--device /dev/kmsg:/dev/kmsg:r", "reads"),
    ("--device-cgroup-rule 'c 1:11 w'", "writes"),
    ("--device-cgroup-rule 'c 1:* rw'", "reads writes"),
    ("--device-cgroup-rule 'b 1:11 rwm'", "neither"),
    ("--device-cgroup-rule 'a *:* rwm'", "reads writes"),
    ("--privileged", "reads writes"),
])
def test_devices(guest, flags, wanted):
    script = ("mknod /tmp/log c 1 11 || echo none; said=; (: < /tmp/log) && said=reads; (: > /tmp/log) && said=\"$said writes\";"
              " echo ${said:-neither}; echo > /dev/null && head -c 1 /dev/zero > /dev/full; ls /dev/urandom")
    lines = guest(f"dabba run --rm {flags} busybox sh -c '{script}'").splitlines()
    assert wanted in lines, lines
    refused = [line for line in lines if "/tmp/log" in line]
    assert len(refused) == {"neither": 2, "reads writes": 0}.get(wanted, 1)
    assert all("Operation not permitted" in line for line in refused)
    # Two streams: which comes first is nobody's business.
    assert any("No space left" in line for line in lines) and "/dev/urandom" in lines


def test_what_is_executed_has_the_same_devices_and_limits(guest):
    guest("dabba run -d --name host busybox sleep 1000")
    assert guest("dabba exec host cat /proc/self/cgroup") == "0::/"
    assert guest("dabba exec host cat /sys/fs/cgroup/cgroup.procs").split()[0] == "1"
    code, said = guest.run("dabba exec host sh -c 'mknod /tmp/log c 1 11 && : < /tmp/log'")
    assert code != 0 and "Operation not permitted" in said


def test_cgroup_namespace(guest):
    assert guest("dabba run --rm busybox cat /proc/self/cgroup") == "0::/"
    assert guest("dabba run --rm -m 32m busybox cat /sys/fs/cgroup/memory.max") == f"{32 << 20}"
    code, said = guest.run("dabba run --rm busybox mkdir /sys/fs/cgroup/mine")
    assert code == 1 and "Read-only file system" in said
    assert guest("dabba run --rm --cgroupns host busybox cat /proc/self/cgroup").startswith("0::/dabba/")
    assert guest("dabba run --rm --privileged busybox cat /proc/self/cgroup") == "0::/"
    guest("dabba create --name plain busybox && dabba create --name strong --privileged busybox")
    assert guest("dabba inspect -f '{{.HostConfig.CgroupnsMode}}' plain strong").split() == ["private", "private"]


def test_pause(guest):
    identity = guest("dabba run -d --name counter busybox sh -c 'while :; do echo >> /count; sleep 0.02; done'")
    guest("dabba pause counter")
    frozen, first, later = guest(f"cd {TOP}/{identity}; cat cgroup.freeze; f=/proc/$(head -n 1 cgroup.procs)/root/count;"
                                 " wc -l < $f; sleep 0.3; wc -l < $f").split()
    assert (frozen, first) == ("1", later)
    assert state(guest, "counter")["Paused"] is True
    guest("dabba unpause counter")
    assert int(guest("sleep 0.3; dabba exec counter wc -l /count").split()[0]) > int(later)
    guest("dabba pause counter")
    guest("dabba rm -f counter")


def test_killing_leaves_nothing(guest):
    identity = guest("dabba run -d --name many busybox sh -c 'sleep 1001 & sleep 1001 & sleep 1001'")
    guest("dabba kill many")
    assert guest("dabba wait many") == "137"
    assert guest.run(f"ls {TOP}/{identity}")[0] != 0
    assert guest("ps | grep -c '[s]leep 1001' || true") == "0"


def test_cgroups_that_a_container_made_go_with_it(guest):
    identity = guest("dabba run -d --name nest --privileged --cgroupns private busybox sh -c"
                     " 'mkdir -p /sys/fs/cgroup/a/b; sleep 1002 & echo $! > /sys/fs/cgroup/a/b/cgroup.procs; wait'")
    guest(f"for i in $(seq 50); do grep -q . {TOP}/{identity}/a/b/cgroup.procs && exit; sleep 0.1; done; exit 1")
    guest("dabba rm -f nest")
    assert guest.run(f"ls {TOP}/{identity}")[0] != 0


def test_the_daemon_is_killed_and_comes_back(guest):
    identity = guest("dabba run -d --name survivor -m 64m busybox sh -c 'trap \"exit 3\" TERM; while :; do sleep 0.1; done'")
    before = state(guest, "survivor")
    guest("kill -9 $(cat /run/dabba/dabba.pid)")
    guest(START)
    after = state(guest, "survivor")
    assert (after["Status"], after["Pid"], after["StartedAt"]) == ("running", before["Pid"], before["StartedAt"])
    assert guest("dabba exec survivor cat /sys/fs/cgroup/memory.max") == f"{64 << 20}"
    guest("dabba pause survivor && dabba unpause survivor && dabba stop survivor")
    assert state(guest, "survivor")["ExitCode"] == 3
    assert guest.run(f"ls {TOP}/{identity}")[0] != 0


def test_the_daemon_comes_back_to_a_container_that_ended(guest):
    guest("dabba run -d --name brief -m 16m --memory-swap 16m busybox sh -c 'sleep 1.5; tail /dev/zero'")
    guest("kill -9 $(cat /run/dabba/dabba.pid); sleep 2")
    guest(START)
    assert guest("dabba wait brief") == "137"
    assert state(guest, "brief")["OOMKilled"] is True


def test_an_older_kernel_has_images_of_many_layers(guest):
    guest("dabba tag busybox busybox:1; for i in 1 2 3 4 5; do dabba run --name layer busybox:$i touch /tmp/$i &&"
          " dabba commit layer busybox:$((i + 1)) && dabba rm layer || exit; done")
    assert guest("dabba run --rm busybox:6 sh -c 'ls /tmp; rm /tmp/2; ls /tmp'").split() == list("123451345")


def test_an_older_kernel_masks_and_has_terminals(guest):
    said = guest("dabba run --rm -t busybox sh -c 'tty; ls /proc/acpi /sys/firmware; cat /proc/keys; : > /proc/sysrq-trigger'; true")
    assert said.splitlines()[0].strip() == "/dev/pts/0"
    assert [line.strip() for line in said.splitlines()[1:]] == [
        "/proc/acpi:", "", "/sys/firmware:", "sh: can't create /proc/sysrq-trigger: Read-only file system"]
