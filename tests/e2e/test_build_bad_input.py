"""Builds of what nobody should build from: the daemon says what is wrong and where, keeps nothing of it, and lives on."""

import base64
import gzip
import io
import json
import os
import pathlib
import re
import subprocess
import tarfile
import time
import urllib.parse

import pytest

import building
import lib
from building import fails

BUILDX = os.environ.get("BUILDX", "")
needs_buildx = pytest.mark.skipif(not BUILDX, reason="BUILDX names no program: docker-buildx is not on this host")


# Dockerfiles.

@pytest.mark.parametrize("dockerfile, words", [
    ("", "the Dockerfile cannot be empty"),
    ("# only a comment\n", "file with no instructions"),
    ("FROM busybox\n\n\nRUM true\n", "line 4: unknown instruction: RUM (did you mean RUN?)"),
    ("FROM busybox\nCOPY\n", "line 2: COPY requires at least two arguments"),
    ("FROM busybox\nCOPY --chwon=1 a b\n", "line 2: unknown flag: --chwon (did you mean chown?)"),
    ("FROM busybox\nRUN --mont=type=cache true\n", "line 2: unknown flag: --mont (did you mean mount?)"),
    ("FROM busybox\nRUN --mount=type=cach,target=/x true\n", 'unsupported mount type "cach"'),
    ("FROM busybox\nRUN --mount=type=cache,target=/x,sharing=most true\n", "most"),
    ("FROM busybox\nRUN --network=some true\n", "some"),
    ("FROM busybox\nRUN --security=no true\n", "security"),
    ("RUN true\n", "no build stage in current context"),
    ("FROM\n", "line 1: FROM requires either one or three arguments"),
    ("FROM busybox AS 1x\n", "invalid name for build stage"),
    ("FROM busybox AS\n", "FROM requires either one or three arguments"),
    ("FROM BusyBox:\n", "invalid reference format"),
    ("FROM ${NONE}\n", "base name (${NONE}) should not be blank"),
    ("FROM busybox\nENV A\n", "ENV must have two arguments"),
    ("FROM busybox\nEXPOSE 80/none\n", "80"),
    ("FROM busybox\nEXPOSE 99999\n", "99999"),
    ("FROM busybox\nSTOPSIGNAL SIGNONE\n", "SIGNONE"),
    ("FROM busybox\nHEALTHCHECK --interval=x CMD true\n", "line 2"),
    ("FROM busybox\nHEALTHCHECK SOME\n", "SOME"),
    ("FROM busybox\nRUN <<EOF\nnever ended\n", "unterminated heredoc"),
    ("FROM busybox\nENV A=${B:?needed}\n", "needed"),
    ("FROM busybox\nENV A=${B\n", 'failed to process "${B"'),
    ("FROM busybox\nCOPY --from=none-such-stage.invalid/x /a /b\n", "none-such-stage.invalid"),
    ("FROM busybox\nCOPY --chmod=9999 Dockerfile /\n", "9999"),
    ("FROM scratch\nCOPY --chown=nobody-of-this-name Dockerfile /\n", "nobody-of-this-name"),
    ("FROM busybox AS a1\nFROM busybox\nARG N=1\nCOPY --from=a$N /bin /b\n", "variable expansion is not supported for --from=a$N"),
    ("FROM busybox\nUSER none-such\nRUN true\n", "none-such"),
    ("FROM busybox\nADD --checksum=md5:1 http://127.0.0.1:1/x /\n", "md5"),
    ("FROM a AS a\n", "a"),
    ("# syntax=some/other:frontend\nFROM busybox\n", "some/other:frontend"),
])
def test_mistakes_are_named(built, dockerfile, words):
    assert words in fails(built, dockerfile)


def test_what_is_no_dockerfile_is_refused_before_the_answer_begins(built):
    made = building.build(built, "FROM busybox\nRUM true\n", check=False)
    assert (made.status, made.error) == (400, "dockerfile parse error on line 2: unknown instruction: RUM (did you mean RUN?)")


@pytest.mark.parametrize("dockerfile", [
    "FROM busybox AS a\nCOPY --from=b /x /x\nFROM busybox AS b\nCOPY --from=a /x /x\n",
    "FROM busybox AS a\nCOPY --from=a /x /x\n",
    "FROM busybox AS a\nRUN --mount=from=b,target=/b true\nFROM a AS b\n",
])
def test_stages_in_a_circle(built, dockerfile):
    assert "circular dependency detected on stage" in fails(built, dockerfile)


@pytest.mark.parametrize("source", ["../../etc/passwd", "/../../etc/passwd", "link/passwd", "up/passwd", "a/../../../etc/passwd"])
def test_nothing_is_copied_from_outside(built, source):
    """A path leads nowhere but into the context, whatever is in it: /etc/passwd is the context's, and it has none."""
    files = {"a/": "", "x": "x"}
    for name, target in (("link", "/etc"), ("up", "../../../../../../etc")):
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = tarfile.SYMTYPE, target
        files[name] = entry
    for instruction in (f"COPY {source} /t", f"ADD {source} /t"):
        assert "not found" in fails(built, f"FROM busybox\n{instruction}\n", files)
    result = building.build(built, f"FROM busybox\nCOPY --parents {source} /t/\n", files, check=False)
    assert result.error or not any("passwd" in name for name in building.look(built, result.id).files)
    own = source.startswith(("link", "up"))
    files |= {"etc/": "", "etc/passwd": "the context's own"}
    built_one = building.build(built, f"FROM scratch\nCOPY {source} /t\n", files, check=False)
    assert built_one.error is None or not own, built_one.error
    if built_one.id:
        assert building.Image(building.export(built, built_one.id)).text("t") == "the context's own"


def test_what_a_mount_is_of_is_not_outside(built):
    files = {"link": tarfile.TarInfo("link")}
    files["link"].type, files["link"].linkname = tarfile.SYMTYPE, "/etc"
    for source in ("../../..", "/../../../etc", "link"):
        said = building.build(built, f"FROM busybox\nRUN --mount=target=/m,source={source} ls /m; cat /m/shadow\n", files, check=False)
        assert "root:" not in said.output and "root:" not in (said.error or "")
        if said.id:
            assert "shadow" not in re.sub(r"Step.*", "", said.output)


# Contexts.

def entry(name, kind, **fields):
    found = tarfile.TarInfo(name)
    found.type = kind
    for field, value in fields.items():
        setattr(found, field, value)
    return found


START = {"Dockerfile": "FROM scratch\nCOPY . /\n"}


@pytest.mark.parametrize("name", ["../out", "a/../../out", "/abs/out", "./../../../../../../tmp/dabba-h5-out", "a/./../..//out"])
def test_names_that_lead_out_of_the_context(built, name):
    body = building.archive(START | {"bad": entry(name, tarfile.REGTYPE)})
    result = building.build(built, None, body=body, check=False)
    assert not pathlib.Path("/tmp/dabba-h5-out").exists() and not pathlib.Path("/abs").exists()
    if result.error is None:
        # As an archive's root is the context, it is the context's.
        names = building.Image(building.export(built, result.id)).names()
        assert all(not name.startswith("..") for name in names), names


def test_files_through_links_of_the_context(built, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    for link in (str(outside), "../" * 12 + str(outside)[1:]):
        body = building.archive(START | {"l": entry("l", tarfile.SYMTYPE, linkname=link), "l/file": "x"})
        result = building.build(built, None, body=body, check=False)
        assert list(outside.iterdir()) == [], result.error
    (outside / "secret").write_text("the host's")
    for kind in (tarfile.LNKTYPE, tarfile.SYMTYPE):
        body = building.archive({"Dockerfile": "FROM scratch\nCOPY h /h\n", "h": entry("h", kind, linkname=str(outside / "secret"))})
        result = building.build(built, None, body=body, check=False)
        assert result.error, "a link out of the context was copied"
    body = building.archive({"x": "FROM busybox\n", "Dockerfile": entry("Dockerfile", tarfile.SYMTYPE, linkname=str(outside / "secret"))})
    assert "the host" not in building.fails(built, None, body=body)


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE], ids=["character", "block", "fifo"])
def test_devices_of_a_context(built, kind):
    body = building.archive(START | {"dev": entry("dev", kind, devmajor=1, devminor=3)})
    result = building.build(built, None, body=body, check=False, timeout=20)
    if result.error is None:
        made = building.Image(building.export(built, result.id))
        assert made.files.get("dev", (tarfile.FIFOTYPE,))[0] == tarfile.FIFOTYPE, "a device came out of a context"
    for dockerfile in ("FROM scratch\nCOPY dev /x\n", "FROM scratch\nADD dev /x\n"):
        building.build(built, dockerfile, {"dev": entry("dev", kind, devmajor=1, devminor=3)}, check=False, timeout=20)
    # And as the Dockerfile itself: nobody waits for what a pipe may bring.
    body = building.archive({"Dockerfile": entry("Dockerfile", kind, devmajor=1, devminor=5)})
    assert building.fails(built, None, body=body, timeout=20)


@pytest.mark.parametrize("body, words", [
    (b"", ""), (b"no archive", ""), (os.urandom(4096), ""), (gzip.compress(b"x" * 100), ""),
    (gzip.compress(building.archive(START | {"r": os.urandom(20_000)}))[:9_000], ""), (building.archive(START)[:700], ""), (b"\0" * 10240, "Dockerfile"),
    (building.archive({"other": "x"}), "Cannot locate specified Dockerfile: Dockerfile"),
], ids=["nothing", "text", "noise", "gzip of text", "half a gzip", "half a tar", "zeroes", "no Dockerfile"])
def test_what_is_no_context(built, body, words):
    assert words in building.fails(built, None, body=body)


def test_a_bomb(built):
    """What would unpack to more than the disk is stopped while it comes: by a limit, or by its size in the archive."""
    # An archive that promises an enormous file, and ends.
    head = building.archive(START)[:-1024]
    liar = tarfile.TarInfo("big")
    liar.size = 1 << 50
    body = head.rstrip(b"\0")
    body += b"\0" * (-len(body) % 512)
    body += liar.tobuf(tarfile.GNU_FORMAT) + b"x" * 4096
    assert building.fails(built, None, body=body)
    # Many names in few bytes.
    out = io.BytesIO()
    with gzip.open(out, "wb", 1) as packed, tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, text in START.items():
            info = tarfile.TarInfo(name)
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
        deep = "d/" * 2000
        archive.addfile(entry(deep + "end", tarfile.REGTYPE))
    result = building.build(built, None, body=out.getvalue(), check=False)
    assert result.error or result.id
    assert built.api("GET", "/_ping")[0] == 200


def test_a_compressed_gigabyte_is_not_kept(built):
    out = io.BytesIO()
    with gzip.open(out, "wb", 9) as packed:
        head = building.archive({"Dockerfile": "FROM scratch\nLABEL a=b\n", ".dockerignore": "big\n"}).rstrip(b"\0")
        head += b"\0" * (-len(head) % 512)
        info = tarfile.TarInfo("big")
        info.size = 1 << 30
        packed.write(head + info.tobuf(tarfile.GNU_FORMAT))
        for _ in range(64):
            packed.write(bytes(16 << 20))
        packed.write(bytes(1024))
    building.build(built, None, body=out.getvalue(), check=False, timeout=200)
    lib.wait_for(lambda: not building.leftovers(built), "it is gone", 10)
    # Of the engine's own files: others write to the disk, too.
    held = subprocess.run(["du", "-sk", str(built.root / "data")], capture_output=True, text=True).stdout.split()[0]
    assert int(held) < 512 << 10


# Amounts.

def test_thousands_of_stages(built):
    stages = "".join(f"FROM busybox AS s{number}\n" for number in range(10_000))
    began = time.monotonic()
    assert building.build(built, stages + "LABEL last=1\n").id
    chain = "FROM busybox AS s0\n" + "".join(f"FROM s{number} AS s{number + 1}\nENV A={number}\n" for number in range(1_000))
    assert building.build(built, chain).id
    needing = "FROM busybox AS s0\nRUN true\n" + "".join(f"FROM busybox AS s{n + 1}\nCOPY --from=s{n} /etc/passwd /p\n" for n in range(300))
    assert building.build(built, needing).id
    assert time.monotonic() - began < 100


def test_much_environment(built):
    word = "x" * (1 << 20)
    result = building.build(built, f"FROM busybox\nENV A={word[:900_000]}\nLABEL a=b\n", check=False)
    assert result.id or result.error
    many = "FROM busybox\n" + "".join(f"ENV A{n}={word[:40_000]}\n" for n in range(25)) + "RUN true\n"
    assert building.build(built, many).id
    doubling = "FROM busybox\nENV A=xxxxxxxxxxxxxxxx\n" + "ENV A=$A$A\n" * 40
    assert "bytes" in fails(built, doubling)
    doubling = "FROM busybox\nARG A=xxxxxxxxxxxxxxxx\n" + "ARG A=$A$A\n" * 40
    assert "bytes" in fails(built, doubling)
    doubling = "ARG A=xxxxxxxxxxxxxxxx\n" + "ARG A=$A$A\n" * 40 + "FROM busybox\n"
    assert "bytes" in fails(built, doubling)
    assert fails(built, "FROM busybox\nLABEL a=" + word + "\n")


def test_many_layers(built):
    result = fails(built, "FROM busybox\n" + "".join(f"WORKDIR /d{n}\n" for n in range(200)))
    assert "max depth exceeded" in result


def test_deep_nesting(built):
    brackets = "${A:-" * 5_000 + "x" + "}" * 5_000
    for text in (f"FROM busybox\nENV B={brackets}\n", "FROM busybox\nRUN " + "[" * 100_000 + "\n",
                 'FROM busybox\nCMD ' + "[" * 100_000 + '"a"' + "]" * 100_000 + "\n",
                 "FROM busybox\nCOPY " + "*/" * 5_000 + " /x\n", "FROM busybox\n" + "ONBUILD " * 20_000 + "RUN true\n",
                 "FROM busybox\nCOPY " + "*" * 5_000 + "x /y\n"):
        result = building.build(built, text, {"a" * 200: "x"}, check=False, timeout=60)
        assert result.id or result.error
        assert built.api("GET", "/_ping", timeout=5)[0] == 200


def test_patterns_that_take_long(built):
    files = {"a" * 200: "x", "d/": "", "d/" + "a" * 200: "x", ".dockerignore": "*a" * 60 + "b\n" + "**/" * 60 + "b\n"}
    began = time.monotonic()
    building.build(built, "FROM busybox\nCOPY . /x/\nCOPY --exclude=" + "*a" * 40 + "b . /y/\n", files)
    assert time.monotonic() - began < 20


def test_triggers_without_end(built):
    """An image whose triggers name itself."""
    building.build(built, "FROM busybox\nONBUILD COPY --from=trigger /etc/passwd /p\n", t="trigger")
    building.build(built, "FROM trigger\nLABEL a=b\n", t="trigger", check=False)
    result = building.build(built, "FROM trigger AS trigger\nRUN true\n", check=False)
    assert result.id or "circular" in result.error


# The parameters.

@pytest.mark.parametrize("query, status", [
    ({"buildargs": "no json"}, 400), ({"labels": "[1]"}, 400), ({"t": "UPPER"}, 400), ({"platform": "a b"}, 400),
    ({"platform": "windows/amd64"}, 200), ({"memory": "many"}, 400), ({"extrahosts": "nothing"}, 400), ({"version": "3"}, 400),
    ({"dockerfile": "../../../etc/passwd"}, 404), ({"dockerfile": "/etc/passwd"}, 404), ({"squash": "1"}, 501),
    ({"target": "none"}, 200), ({"ulimits": "{}"}, 400), ({"cgroupparent": "../../x"}, 200),
])
def test_parameters(built, query, status):
    # What is refused at once is not even read.
    body = b"" if status == 400 else None
    result = building.build(built, "FROM busybox\nRUN true\n", body=body, check=False, **query)
    assert result.error and result.status in (status, 400), (result.status, result.error)
    assert "root:" not in result.error


@pytest.mark.parametrize("header", ["no base64", base64.b64encode(b"no json").decode(), base64.b64encode(b'{"a":1}').decode()])
def test_logins_that_are_none(built, header):
    status, text = built.api("POST", "/build", b"", {"X-Registry-Config": header})
    assert status == 400 and "X-Registry-Config" in json.dumps(text)


# Secrets.

def held(root, needle):
    """Files below a directory that hold these bytes."""
    found = subprocess.run(["grep", "-rlaF", needle, str(root)], capture_output=True, text=True).stdout.split()
    return [path for path in found if not path.endswith("docker.sock")]


@needs_buildx
def test_secrets_stay_nowhere(built, tmp_path):
    word = "s3cr3t-that-must-not-stay-" + os.urandom(6).hex()
    (tmp_path / "secret").write_text(word)
    context = tmp_path / "c"
    context.mkdir()
    (context / "Dockerfile").write_text(
        "FROM busybox\nRUN --mount=type=secret,id=s,required --mount=type=secret,id=e,env=WORD,required "
        "test $(wc -c < /run/secrets/s) = ${#WORD} && sleep 1\n"
        "RUN --mount=type=secret,id=s,target=/deep/er/secret,mode=0444,uid=5,gid=6 stat -c '%a %u %g' /deep/er/secret > /stat\n"
        "RUN ! ls /run/secrets /deep\n")
    client = lib.Client(built, BUILDX)
    built.env["E2E_WORD"] = word
    flags = "--secret", f"id=s,src={tmp_path}/secret", "--secret", "id=e,env=E2E_WORD"
    client.run("build", "--network", "none", "-t", "secretive", *flags, str(context))
    made = building.look(built, "secretive")
    assert made.text("stat") == "444 5 6\n" and not any("secret" in name for name in made.files)
    assert held(built.root, word) == []
    # Nor when a step fails with it at hand, or is given up.
    (context / "Dockerfile").write_text("FROM busybox\nRUN --mount=type=secret,id=s,required false\n")
    assert client.run("build", "--network", "none", *flags, str(context), check=False).returncode == 1
    assert held(built.root, word) == []
    assert held("/tmp", word) == [str(tmp_path / "secret")]


def test_passwords_of_registries_and_proxies_stay_nowhere(built):
    word = "passw0rd-" + os.urandom(6).hex()
    login = base64.b64encode(json.dumps({"https://index.docker.io/v1/": {"username": "u", "password": word}}).encode()).decode()
    query = urllib.parse.urlencode({"networkmode": "none", "buildargs": json.dumps({"HTTP_PROXY": f"http://u:{word}@p"})})
    status, text = built.api("POST", f"/build?{query}", building.archive({"Dockerfile": "FROM busybox\nRUN echo x > /x\n"}),
                             {"X-Registry-Config": login, "Content-Type": "application/x-tar"})
    assert status == 200 and "Successfully built" in text
    assert word not in text and held(built.root, word) == []
