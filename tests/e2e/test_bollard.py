"""The crate bollard builds with the daemon: a client of BuildKit's protocol that is neither docker's nor ours.

BOLLARD names the program (crates/buildkit-api/examples/bollard.rs); without it the tests are skipped.
"""

import gzip
import os

import pytest

import building
import lib

BOLLARD = os.environ.get("BOLLARD", "")
pytestmark = pytest.mark.skipif(not BOLLARD, reason="BOLLARD names no program: cargo xtask test builds it")

DOCKERFILE = ("FROM busybox AS base\nARG WORD\nWORKDIR /w\nCOPY a .\nRUN --network=none cat a > b; echo $WORD >> b\n"
              "FROM base AS more\nCMD [\"cat\", \"/w/b\"]\n")
WAYS = ["grpc", "session"]


@pytest.fixture
def bollard(built, tmp_path):
    """Builds one way or the other from files by their name."""
    client = lib.Client(built, BOLLARD)

    def run(way, tag, dockerfile, files, *flags, **options):
        context = tmp_path / "context.tar"
        context.write_bytes(gzip.compress(building.archive({"Dockerfile": dockerfile} | files)))
        return client.run(built.socket, way, tag, str(context), *flags, **options)
    return run


@pytest.mark.parametrize("way", WAYS)
def test_an_image_is_built_and_then_found_in_the_cache(built, bollard, client, way):
    first = bollard(way, "some/thing:1", DOCKERFILE, {"a": "one\n"}, "--build-arg", "WORD=two")
    assert client("run", "--rm", "--network", "none", "some/thing:1") == "one\ntwo"
    made = client.inspect("some/thing:1")["Id"]
    again = bollard(way, "some/thing:2", DOCKERFILE, {"a": "one\n"}, "--build-arg", "WORD=two")
    assert client.inspect("some/thing:2")["Id"] == made
    if way == "session":
        # This way alone tells what is done.
        assert any("RUN --network=none" in line for line in first.stdout.splitlines())
        assert any(line.startswith("CACHED ") and "RUN --network=none" in line for line in again.stdout.splitlines())
    bollard(way, "some/base", DOCKERFILE, {"a": "one\n"}, "--target", "base", "--build-arg", "WORD=two")
    assert client.inspect("some/base")["Config"]["Cmd"] == ["sh"]


@pytest.mark.parametrize("way", WAYS)
def test_what_cannot_be_built_is_said(built, bollard, way):
    told = bollard(way, "x", "FROM busybox\nRUN --network=none false\n", {}, check=False)
    assert told.returncode == 1 and "exit code: 1" in told.stderr
    told = bollard(way, "x", "FROM busybox\nCOPI a b\n", {}, check=False)
    assert told.returncode == 1 and "COPI" in told.stderr
    assert built.api("GET", "/images/x/json")[0] == 404


def test_secrets_are_asked_of_the_client(built, bollard, tmp_path):
    (tmp_path / "token").write_text("hush")
    dockerfile = "FROM busybox\nRUN --network=none --mount=type=secret,id=t wc -c < /run/secrets/t > /length\n"
    bollard("grpc", "hidden", dockerfile, {}, "--secret", f"t={tmp_path / 'token'}")
    assert building.look(built, "hidden").text("length") == "4\n"
    told = bollard("grpc", "none", "FROM busybox\nRUN --network=none --mount=type=secret,id=u,required true\n", {}, check=False)
    assert told.returncode == 1 and "u" in told.stderr
