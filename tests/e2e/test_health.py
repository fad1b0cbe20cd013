"""Health probes: those of the client and those of the image."""

import json
import pathlib
import time

import pytest

import lib

FAST = ("--health-interval", "100ms", "--health-retries", "2")


def health(client, name="patient"):
    return client.inspect(name)["State"].get("Health")


def becomes(client, status, name="patient"):
    lib.wait_for(lambda: health(client, name)["Status"] == status, f"{name} is {status}", 15)


def test_from_starting_to_healthy_and_back(docker):
    docker("run", "-d", "--name", "patient", *FAST, "--health-cmd", "echo seen; test -e /well", "busybox", "sleep", "1000")
    assert health(docker)["Status"] in ("starting", "unhealthy")
    docker("exec", "patient", "touch", "/well")
    becomes(docker, "healthy")
    assert "(healthy)" in docker("ps", "--format", "{{.Status}}")
    assert docker("ps", "-q", "--filter", "health=healthy") and not docker("ps", "-q", "--filter", "health=unhealthy")
    docker("exec", "patient", "rm", "/well")
    becomes(docker, "unhealthy")
    found = health(docker)
    assert found["FailingStreak"] >= 2
    lib.wait_for(lambda: len(health(docker)["Log"]) == 5, "five probes are kept")
    last = health(docker)["Log"][-1]
    assert last["ExitCode"] == 1 and last["Output"] == "seen\n" and last["Start"] < last["End"]
    assert "(unhealthy)" in docker("ps", "--format", "{{.Status}}")


def test_events(client):
    since = str(time.time())
    client("run", "-d", "--name", "patient", *FAST, "--health-cmd", "true", "busybox", "sleep", "1000")
    becomes(client, "healthy")
    said = client("events", "--since", since, "--until", str(time.time() + 0.1), "--filter", "event=health_status",
                  "--format", "{{json .}}").splitlines()
    assert [json.loads(line)["Action"] for line in said] == ["health_status: healthy"]


def test_the_images_probe_and_no_probe(client):
    (client.engine.root / "probed.tar").write_bytes(lib.save_archive(
        [lib.layer([("bin", "dir", ""), ("bin/busybox", "file", pathlib.Path("/bin/busybox").read_bytes()),
                    ("bin/sleep", "link", "busybox"), ("bin/test", "link", "busybox")])],
        {"Healthcheck": {"Test": ["CMD", "test", "-e", "/etc/hosts"], "Interval": 100_000_000},
         "Env": ["PATH=/bin"]}, "probed:latest"))
    client.engine.load(client.engine.root / "probed.tar")
    client("run", "-d", "--name", "patient", "probed", "sleep", "1000")
    becomes(client, "healthy")
    client("run", "-d", "--name", "other", "--no-healthcheck", "probed", "sleep", "1000")
    assert health(client, "other") is None
    client("rm", "-f", "patient", "other")
    client("rmi", "probed")


def test_a_probe_that_takes_too_long_is_ended(client):
    client("run", "-d", "--name", "patient", *FAST, "--health-timeout", "200ms", "--health-cmd", "echo slow; exec sleep 77",
           "busybox", "sleep", "1000")
    becomes(client, "unhealthy")
    probe = health(client)["Log"][-1]
    assert probe["ExitCode"] == -1 and probe["Output"].startswith("Health check exceeded timeout (200ms)")
    lib.wait_for(lambda: client("exec", "patient", "sh", "-c", "ps | grep -c '[s]leep 77'; true") == "0",
                 "no probe that has timed out is left")
    assert len(health(client)["Log"]) >= 2


def test_a_probe_that_cannot_be_run(client):
    client("run", "-d", "--name", "patient", *FAST, "busybox", "sleep", "1000")
    assert health(client) is None, "times alone are no probe"
    body = {"Image": "busybox", "Cmd": ["sleep", "1000"],
            "Healthcheck": {"Test": ["CMD", "nosuch"], "Interval": 100_000_000, "Retries": 1}}
    assert client.engine.api("POST", "/containers/create?name=odd", body)[0] == 201
    client("start", "odd")
    becomes(client, "unhealthy", "odd")
    probe = health(client, "odd")["Log"][-1]
    assert probe["ExitCode"] == -1 and "nosuch" in probe["Output"]


@pytest.mark.skipif(lib.REFERENCE, reason="dockerd 20.10 has no start interval")
def test_failures_of_the_start_do_not_count(client):
    client("run", "-d", "--name", "patient", "--health-cmd", "false", "--health-interval", "100ms", "--health-retries", "1",
           "--health-start-period", "2s", "--health-start-interval", "100ms", "busybox", "sleep", "1000")
    lib.wait_for(lambda: len(health(client)["Log"]) >= 3, "there are probes")
    assert health(client)["Status"] == "starting" and health(client)["FailingStreak"] == 0
    becomes(client, "unhealthy")


def test_pause_stop_and_restart(client):
    client("run", "-d", "--name", "patient", *FAST, "--health-cmd", "true", "busybox", "sleep", "1000")
    becomes(client, "healthy")
    client("pause", "patient")
    assert health(client)["Status"] == "unhealthy", "nobody looks any more"
    client("unpause", "patient")
    becomes(client, "healthy")
    client("stop", "-t", "0", "patient")
    assert health(client)["Status"] == "unhealthy"
    client("start", "patient")
    becomes(client, "healthy")


@pytest.mark.skipif(lib.REFERENCE, reason="dockerd's containers end with it unless told otherwise")
def test_the_next_daemon_probes_on(fresh_engine):
    client = lib.Client(fresh_engine, next(iter(lib.clients().values())))
    client("run", "-d", "--name", "patient", *FAST, "--health-cmd", "true", "busybox", "sleep", "1000")
    becomes(client, "healthy")
    fresh_engine.kill()
    fresh_engine.start()
    becomes(client, "healthy")
