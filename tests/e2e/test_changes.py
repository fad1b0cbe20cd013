"""`commit --change` and `import --change`: what a new image says of itself."""

import time

import pytest

import lib

CHANGES = ['CMD ["echo", "changed"]', "ENV A=1 B=\"two words\"", "ENV C=$A/x", "EXPOSE 80 53/udp", "LABEL kind=tea", "USER 7:8",
           "VOLUME /data", "WORKDIR /srv", "HEALTHCHECK --interval=5s CMD true", "ONBUILD RUN make"]


def flags(changes):
    return [word for change in changes for word in ("--change", change)]


def config(docker, image):
    return docker.inspect(image)["Config"]


def check_all(found):
    assert found["Cmd"] == ["echo", "changed"]
    assert found["Env"][-3:] == ["A=1", "B=two words", "C=1/x"]
    assert set(found["ExposedPorts"]) == {"80/tcp", "53/udp"} and set(found["Volumes"]) == {"/data"}
    assert found["Labels"] == {"kind": "tea"} and found["User"] == "7:8" and found["WorkingDir"] == "/srv"
    assert found["OnBuild"] == ["RUN make"]
    assert found["Healthcheck"] == {"Test": ["CMD-SHELL", "true"], "Interval": 5_000_000_000}


def test_commit(docker):
    docker("run", "--name", "author", "-e", "OWN=kept", "busybox", "true")
    docker("commit", *flags(CHANGES), "author", "changed")
    found = config(docker, "changed")
    check_all(found)
    assert "OWN=kept" in found["Env"]
    assert docker("run", "--rm", "changed") == "changed"
    assert docker("run", "--rm", "changed", "sh", "-c", "id -u; pwd; echo $B $C") == "7\n/srv\ntwo words 1/x"
    docker("rm", "author")
    docker("rmi", "changed")


def test_an_entry_point_alone_takes_the_arguments_away(docker):
    docker("run", "--name", "author", "busybox", "echo", "old")
    docker("commit", "--change", 'ENTRYPOINT ["echo", "new"]', "author", "changed")
    assert docker("run", "--rm", "changed") == "new"
    docker("commit", "--change", "CMD echo $HOME", "author", "shelled")
    assert config(docker, "shelled")["Cmd"] == ["/bin/sh", "-c", "echo $HOME"]
    docker("rm", "author")
    docker("rmi", "changed", "shelled")


def test_import(docker):
    (docker.engine.root / "root.tar").write_bytes(lib.layer([("hello", "file", "hello\n")]))
    docker("import", *flags(CHANGES), str(docker.engine.root / "root.tar"), "imported")
    check_all(config(docker, "imported"))
    docker("rmi", "imported")


@pytest.mark.skipif(lib.REFERENCE, reason="dockerd 20.10 does not take it yet")
def test_a_stop_signal(client):
    client("create", "--name", "author", "busybox", "true")
    client("commit", "--change", "STOPSIGNAL SIGQUIT", "author", "changed")
    assert config(client, "changed")["StopSignal"] == "SIGQUIT"
    client("rmi", "changed")
    assert "NOSUCH" in client.fails("commit", "--change", "STOPSIGNAL NOSUCH", "author", "changed")


@pytest.mark.parametrize("change, said", [
    ("RUN true", "run is not a valid change command"),
    ("FLY away", "fly is not a valid change command"),
    ("ENV A", "ENV must have two arguments"),
    ("EXPOSE none", "containerPort"),
])
def test_what_is_no_change(client, change, said):
    client("create", "--name", "author", "busybox", "true")
    assert said.lower() in client.fails("commit", "--change", change, "author", "changed").lower()
    assert client.engine.api("POST", f"/commit?container=author&changes={change.replace(' ', '%20')}")[0] == 400
    assert client("images", "-q", "changed") == ""


def test_a_body_says_the_rest(engine):
    engine.api("POST", "/containers/create?name=author", {"Image": "busybox", "Cmd": ["old"], "Env": ["OWN=1", "A=0"],
                                                           "Labels": {"a": "b"}})
    status, made = engine.api("POST", "/commit?container=author&repo=told&changes=ENV%20Z%3D2",
                              {"Cmd": ["new"], "Env": ["A=9"]})
    assert status == 201
    found = engine.api("GET", "/images/told/json")[1]["Config"]
    assert found["Cmd"] == ["new"] and found["Labels"] == {"a": "b"}
    assert found["Env"][:2] == ["A=9", "Z=2"] and "OWN=1" in found["Env"] and "A=0" not in found["Env"]
    engine.api("DELETE", "/images/told")


def test_a_commit_is_saved_and_loaded(docker):
    """What was removed and made, at another time than that of the commit."""
    made = "rm /bin/vi; mkdir -p /d/e; echo hi > /d/e/one; ln /d/e/one /d/two; rm -r /home; mkdir /home; chmod 2750 /d"
    docker("run", "--name", "author", "busybox", "sh", "-c", made)
    time.sleep(1.1)
    docker("commit", "author", "changed")
    before = docker.inspect("changed")["RootFS"], docker.inspect("changed")["Id"]
    archive = str(docker.engine.root / "changed.tar")
    docker("save", "-o", archive, "changed")
    docker("rm", "author")
    docker("rmi", "changed")
    docker("load", "-i", archive)
    assert (docker.inspect("changed")["RootFS"], docker.inspect("changed")["Id"]) == before
    look = "ls /bin/vi 2>/dev/null; cat /d/two; stat -c %h,%a /d/e/one /d; ls -A /home"
    assert docker("run", "--rm", "changed", "sh", "-c", look) == "hi\n2,644\n3,2750"
    docker("rmi", "changed")
