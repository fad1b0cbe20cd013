"""Builds that are given up, daemons that die in the middle of one, disks that are full: nothing is left of it, and the
next build works."""

import contextlib
import gzip
import os
import pathlib
import signal
import subprocess
import threading
import time
import urllib.parse

import pytest

import building
import lib
import test_bad_input
from test_bad_input import small_disk  # noqa: F401

STEP = ("FROM busybox\nCOPY a /a\nRUN --mount=type=cache,target=/c --mount=type=bind,target=/b,rw --mount=type=tmpfs,target=/t "
        "echo begun; touch /b/x /t/x; sleep {0} & sleep {0}\n")
FILES = {"a": "x" * 100_000}


def sleepers(duration):
    """Processes of a step."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (folder / "cmdline").read_bytes().split(b"\0")[:2] == [b"sleep", str(duration).encode()]:
                found.append(int(folder.name))
    return found


class Begun:
    """A build whose step is in the middle of its sleep."""

    def __init__(self, engine, duration, dockerfile=None):
        self.connection = lib.UnixConnection(engine.socket)
        body = building.archive({"Dockerfile": dockerfile or STEP.format(duration)} | FILES)
        self.connection.request("POST", "/build?" + urllib.parse.urlencode({"networkmode": "none"}), body)
        self.answer = self.connection.getresponse()
        while b'"begun' not in (line := self.answer.readline()):
            assert line, "the build ended"
        lib.wait_for(lambda: len(sleepers(duration)) >= 1, "the step sleeps")

    def leave(self):
        self.answer.close()
        self.connection.close()


@pytest.fixture
def built(engine):
    yield engine
    building.clean(engine)


def nothing_left(engine, duration):
    lib.wait_for(lambda: not sleepers(duration), "the step's processes have ended", 15)
    lib.wait_for(lambda: not building.leftovers(engine), "the builder holds nothing", 15)
    assert not [mount for mount in lib.mounts_below(engine.root) if "overlay" in mount or "snapshots" in mount]


def test_a_client_that_goes_away(built):
    begun = Begun(built, 4321.1)
    begun.leave()
    nothing_left(built, 4321.1)
    # The same cache mount is free, and the step is not taken for done.
    result = building.build(built, STEP.format(0.1), FILES)
    assert "COPY a /a" not in result.ran() and len(result.ran()) == 1


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("name", ["docker-28", "docker-20"])
def test_a_client_that_is_killed(built, tmp_path, name, end):
    program = lib.clients().get(name)
    if program is None:
        pytest.skip(f"{name} is not on this host")
    (tmp_path / "Dockerfile").write_text(STEP.format(4321.2))
    (tmp_path / "a").write_text("a")
    client = subprocess.Popen([program, "build", "--network", "none", str(tmp_path)], env=built.env | {"DOCKER_BUILDKIT": "0"},
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for line in client.stdout:
        if line.strip() == "begun":
            break
    client.send_signal(end)
    client.wait(30)
    client.stdout.close()
    nothing_left(built, 4321.2)


def test_a_client_that_goes_while_it_sends(built):
    connection = lib.UnixConnection(built.socket)
    connection.putrequest("POST", "/build")
    connection.putheader("Content-Length", str(1 << 30))
    connection.endheaders()
    connection.send(building.archive({"Dockerfile": "FROM scratch\n", "big": "x" * 5_000_000})[:4_000_000])
    lib.wait_for(lambda: building.leftovers(built), "it is received")
    connection.close()
    lib.wait_for(lambda: not building.leftovers(built), "nothing of it is left", 10)


def test_a_client_that_does_not_read(built):
    """A step that prints without end to a client that takes nothing: the client's going ends it."""
    connection = lib.UnixConnection(built.socket)
    body = building.archive({"Dockerfile": "FROM busybox\nRUN sleep 4321.3 & yes\n"})
    connection.request("POST", "/build?networkmode=none", body)
    lib.wait_for(lambda: sleepers(4321.3), "the step runs")
    time.sleep(2)
    assert built.api("GET", "/_ping", timeout=5)[0] == 200
    assert building.build(built, "FROM busybox\nRUN echo beside\n").id
    connection.close()
    nothing_left(built, 4321.3)


def test_one_branch_that_fails_ends_the_others(built):
    dockerfile = ("FROM busybox AS slow\nRUN sleep 4321.4\nFROM busybox AS bad\nRUN sleep 1; exit 9\n"
                  "FROM busybox\nCOPY --from=slow /etc /a\nCOPY --from=bad /etc /b\n")
    began = time.monotonic()
    assert "non-zero code: 9" in building.fails(built, dockerfile)
    assert time.monotonic() - began < 15
    nothing_left(built, 4321.4)


def test_processes_that_a_step_leaves_end_with_it(built):
    result = building.build(built, "FROM busybox\nRUN (setsid sleep 4321.5 >/dev/null 2>&1 &) ; echo done > /x\n")
    assert result.id
    nothing_left(built, 4321.5)


def test_the_daemon_is_killed_in_the_middle_of_a_build(fresh_engine):
    for _ in range(25):
        begun = Begun(fresh_engine, 4321.6)
        fresh_engine.kill()
        with contextlib.suppress(Exception):
            begun.leave()
        fresh_engine.start()
        nothing_left(fresh_engine, 4321.6)
        containers = fresh_engine.api("GET", "/containers/json?all=1")[1]
        assert containers == []
    result = building.build(fresh_engine, STEP.format(0.1), FILES)
    assert result.id and "COPY a /a" not in result.ran()


def test_the_daemon_is_stopped_in_the_middle_of_a_build(fresh_engine):
    begun = Begun(fresh_engine, 4321.7)
    fresh_engine.terminate()
    begun.leave()
    lib.wait_for(lambda: not sleepers(4321.7), "the step has ended", 15)
    assert not lib.mounts_below(fresh_engine.root)
    fresh_engine.start()
    nothing_left(fresh_engine, 4321.7)
    assert building.build(fresh_engine, STEP.format(0.1), FILES).id


def test_the_daemon_is_killed_at_any_moment(fresh_engine):
    """Builds go on while the daemon is killed again and again: what is in the cache afterwards is whole."""
    dockerfile = "FROM busybox\n" + "".join(f"RUN echo {n} > /f{n}; cat /f{n} /f{n} > /g{n}\n" for n in range(8))
    for delay in (0.05, 0.15, 0.3, 0.5, 0.8, 1.1):
        thread = threading.Thread(target=quiet, args=(fresh_engine, dockerfile))
        thread.start()
        time.sleep(delay)
        fresh_engine.kill()
        thread.join()
        fresh_engine.start()
        lib.wait_for(lambda: not building.leftovers(fresh_engine), "nothing is left", 10)
    building.build(fresh_engine, dockerfile, t="whole")
    made = building.look(fresh_engine, "whole")
    for number in range(8):
        assert (made.text(f"f{number}"), made.text(f"g{number}")) == (f"{number}\n", f"{number}\n" * 2)


def quiet(engine, dockerfile):
    with contextlib.suppress(Exception):
        building.build(engine, dockerfile, check=False)


def test_a_full_disk(small_disk):  # noqa: F811
    engine = small_disk
    room = test_bad_input.free(engine)
    full = "no space left on device"
    # By a step, by a copy, by the context itself, by a cache mount.
    said = building.build(engine, "FROM busybox\nRUN dd if=/dev/zero of=/big bs=1M count=100\n", check=False)
    assert said.error and full in said.output.lower() + said.error.lower()
    assert building.fails(engine, "FROM busybox\nCOPY big /1\nRUN cp /1 /2 && cp /1 /3 && cp /1 /4\n", {"big": os.urandom(14 << 20)})
    packed = gzip.compress(building.archive({"Dockerfile": "FROM busybox\nCOPY big /1\n", "big": bytes(60 << 20)}))
    assert full in building.fails(engine, None, body=packed).lower()
    assert building.fails(engine, "FROM busybox\nRUN --mount=type=cache,target=/c dd if=/dev/zero of=/c/big bs=1M count=100\n")
    lib.wait_for(lambda: not building.leftovers(engine), "nothing is left", 10)
    engine.api("POST", "/build/prune?all=1")
    lib.wait_for(lambda: room - test_bad_input.free(engine) < 2 << 20, "all room is given back", 10)
    assert building.build(engine, "FROM busybox\nRUN echo room > /x\n", t="works").id
    # Not a block is free: what is new is refused in words, and the daemon lives on.
    pad = engine.root / "data/pad"
    test_bad_input.fill(engine)
    assert full in building.fails(engine, "FROM busybox\nRUN cat /bin/busybox /bin/busybox > /x\n").lower()
    pad.unlink()
    assert building.build(engine, "FROM busybox\nRUN echo new > /x\n").id
    engine.terminate()
    engine.start()
    assert building.build(engine, "FROM busybox\nRUN echo new > /x\n").ran() == []
