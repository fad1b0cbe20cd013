"""Building from Dockerfiles the classic way (`POST /build`), as users see it: the language, and what comes of it.

What needs BuildKit's protocol is in test_buildx.py and test_build_client.py. Steps have no network unless a test is of
it, so that an engine needs no bridge.
"""

import bz2
import contextlib
import gzip
import io
import lzma
import os
import re
import subprocess
import tarfile
import threading

import docker as docker_py
import pytest

import building
import lib
from building import fails, look

needs_stock_client = pytest.mark.skipif(not (set(lib.clients()) - {"dabba"}), reason="no stock docker client is on this host")


@pytest.fixture
def said(built):
    """What the steps of a Dockerfile print, none of them out of the cache."""
    def run(dockerfile, files=None, **options):
        output = building.build(built, dockerfile, files, nocache=1, **options).output
        lines = [line for line in output.splitlines() if not re.match(r"Step \d|Successfully| ---> ", line)]
        return "\n".join(lines)
    return run


# The clients.

@pytest.fixture(params=["docker-28", "docker-20"])
def classic(built, request):
    """The stock clients, told to build the classic way."""
    program = lib.clients().get(request.param)
    if program is None:
        pytest.skip(f"{request.param} is not on this host")
    client = lib.Client(built, program)
    built.env["DOCKER_BUILDKIT"] = "0"
    yield client
    del built.env["DOCKER_BUILDKIT"]


def test_the_stock_clients_build(classic, tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM busybox AS one\nRUN echo hello > /a\nFROM one AS two\nCOPY b /\n"
                                         "RUN cat /a /b\nFROM two\nLABEL never=reached\n")
    (tmp_path / "b").write_text("there\n")
    flags = "--network", "none", "--target", "two", "--label", "who=me"
    said = classic("build", *flags, "-t", "some/one:1", "-t", "some/two", str(tmp_path))
    assert re.search(r"^Step \d/\d : FROM .*busybox", said, re.M), said
    assert re.search(r"^Step \d/\d : RUN echo hello > /a$", said, re.M), said
    assert "hello\nthere\n" in said
    assert "Successfully tagged some/one:1" in said and "Successfully tagged some/two:latest" in said
    image = classic.inspect("some/one:1")
    assert image["Config"]["Labels"] == {"who": "me"} and image["Id"] == classic.inspect("some/two")["Id"]
    assert f"Successfully built {image['Id'][7:19]}" in said
    assert classic("build", *flags, "-q", str(tmp_path)) == image["Id"]
    again = classic("build", *flags, str(tmp_path))
    assert again.count("---> Using cache") == 3, again
    assert classic("build", *flags, "--no-cache", str(tmp_path)).count("---> Using cache") == 0
    # The id goes to a file when it is asked for.
    classic("build", *flags, "--iidfile", str(tmp_path / "id"), str(tmp_path))
    assert (tmp_path / "id").read_text().startswith("sha256:")


def test_the_stock_clients_are_told_what_failed(classic, tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM busybox\nRUN echo before; exit 7\nRUN echo never\n")
    done = classic.run("build", "--network", "none", str(tmp_path), check=False)
    assert done.returncode == 7, done.stderr
    assert "The command '/bin/sh -c echo before; exit 7' returned a non-zero code: 7" in done.stderr
    assert "before" in done.stdout and "never" not in done.stdout
    (tmp_path / "Dockerfile").write_text("FROM busybox\nRUM true\n")
    said = classic.fails("build", str(tmp_path), code=1)
    assert "dockerfile parse error on line 2: unknown instruction: RUM" in said


def test_the_stock_clients_send_archives_and_files(classic, tmp_path):
    done = subprocess.run([classic.program, "build", "--network", "none", "-t", "piped", "-"], env=classic.engine.env,
                          input=building.archive({"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "one"}),
                          capture_output=True, timeout=90)
    assert done.returncode == 0, done.stderr
    assert building.Image(building.export(classic.engine, "piped")).text("a") == "one"
    classic("build", "-t", "alone", "-", input="FROM busybox\nLABEL a=b\n")
    assert classic.inspect("alone")["Config"]["Labels"] == {"a": "b"}
    # Another name, below the context.
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "Other").write_text("FROM scratch\nCOPY d/Other /\n")
    classic("build", "-t", "other", "-f", str(tmp_path / "d" / "Other"), str(tmp_path))
    assert building.Image(building.export(classic.engine, "other")).names() == ["Other"]


@needs_stock_client
def test_limits_and_hosts_of_steps(built, tmp_path):
    client = lib.Client(built, lib.clients().get("docker-20") or lib.clients()["docker-28"])
    built.env["DOCKER_BUILDKIT"] = "0"
    try:
        (tmp_path / "Dockerfile").write_text("FROM busybox\nRUN grep given /etc/hosts; ulimit -n; df -k /dev/shm | tail -1\n")
        said = client("build", "--network", "none", "--add-host", "given:1.2.3.4", "--ulimit", "nofile=77:88",
                      "--shm-size", "3m", "--memory", "64m", str(tmp_path))
    finally:
        del built.env["DOCKER_BUILDKIT"]
    assert "1.2.3.4\tgiven" in said and "\n77\n" in said and re.search(r"\n(shm|tmpfs) +3072 ", said), said


def test_docker_py_builds(built, tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM busybox\nARG WORD\nRUN echo $WORD > /word\nCOPY a /\n")
    (tmp_path / "a").write_text("one")
    with contextlib.closing(docker_py.DockerClient(base_url=built.env["DOCKER_HOST"])) as client:
        image, lines = client.images.build(path=str(tmp_path), tag="py/one", buildargs={"WORD": "two"}, rm=True,
                                           labels={"l": "v"}, network_mode="none", pull=False, forcerm=True)
        assert image.tags == ["py/one:latest"] and image.labels == {"l": "v"}
        assert any("Successfully built" in line.get("stream", "") for line in lines)
        made = look(built, "py/one")
        assert (made.text("word"), made.text("a")) == ("two\n", "one")
        image, _ = client.images.build(fileobj=io.BytesIO(b"FROM busybox\nENV A=b\n"), tag="py/two")
        assert "A=b" in image.attrs["Config"]["Env"]
        image, _ = client.images.build(fileobj=io.BytesIO(gzip.compress(building.archive({"Dockerfile": "FROM scratch\nCOPY Dockerfile /x\n"}))),
                                       custom_context=True, encoding="gzip", tag="py/three")
        assert building.Image(building.export(built, "py/three")).names() == ["x"]
        with pytest.raises(docker_py.errors.BuildError) as failure:
            client.images.build(fileobj=io.BytesIO(b"FROM busybox\nRUN echo why; sleep 3; exit 3\n"), network_mode="none")
        assert "returned a non-zero code: 3" in str(failure.value)
        assert any("why" in line.get("stream", "") for line in failure.value.build_log)


# Stages and arguments.

STAGES = """FROM busybox AS base
RUN echo base > /base
FROM base AS Left
RUN echo left > /left
FROM base AS right
RUN echo right > /right
FROM scratch AS unneeded
COPY nothing-of-this-name /
FROM busybox
COPY --from=left /left /
COPY --from=2 /right /
COPY --from=busybox:latest /etc/group /group
"""


def test_only_the_stages_that_are_needed_are_built(built, build):
    result = build(STAGES, t="stages")
    made = look(built, "stages")
    assert (made.text("left"), made.text("right")) == ("left\n", "right\n") and "base" not in made.files
    assert "worker" in made.text("group")
    assert "nothing-of-this-name" not in result.output
    left = build(STAGES, t="stages", target="LEFT")
    assert "right" not in left.output
    assert build(STAGES, target="1").id == left.id
    said = fails(built, STAGES, target="righ")
    assert said == 'target stage "righ" could not be found (did you mean right?)'
    assert "/nothing-of-this-name" in fails(built, STAGES, target="unneeded")


@pytest.mark.parametrize("dockerfile, args, wanted", [
    # What is before the first FROM is for FROM; a stage that wants it says so.
    ("ARG A=busybox\nFROM $A\nRUN echo =$A=\n", {}, "=="),
    ("ARG A=one\nFROM busybox\nARG A\nRUN echo =$A=\n", {}, "=one="),
    ("ARG A=one\nFROM busybox\nARG A=two\nRUN echo =$A=\n", {}, "=two="),
    ("ARG A=one\nFROM busybox\nARG A=two\nRUN echo =$A=\n", {"A": "given"}, "=given="),
    ("ARG A=one\nARG B=$A-two\nFROM busybox\nARG B\nRUN echo =$B=\n", {"A": "x"}, "=x-two="),
    # A stage sees what the stage that it begins with declared.
    ("FROM busybox AS a\nARG A=one\nFROM a\nRUN echo =$A=\n", {}, "=one="),
    ("FROM busybox AS a\nARG A=one\nFROM busybox\nRUN echo =$A=\n", {}, "=="),
    # What is said last.
    ("FROM busybox\nENV A=env\nARG A=arg\nRUN echo =$A=\n", {"A": "given"}, "=given="),
    ("FROM busybox\nARG A=arg\nENV A=env-$A\nRUN echo =$A=\n", {"A": "given"}, "=env-given="),
    # Not before its line.
    ("FROM busybox\nRUN echo =$A=\nARG A=late\n", {}, "=="),
    ("FROM busybox\nARG A=1 B=$A C\nRUN echo =$A=$B=$C=\n", {"C": "3"}, "=1=1=3="),
    # The platforms have to be declared, the proxies need not be.
    ("FROM busybox\nRUN echo =$TARGETOS=\n", {}, "=="),
    ("FROM busybox\nARG TARGETOS BUILDOS TARGETSTAGE\nRUN echo =$TARGETOS=$BUILDOS=$TARGETSTAGE=\n", {}, "=linux=linux=default="),
    ("FROM busybox\nRUN echo =$HTTP_PROXY=$no_proxy=\n", {"HTTP_PROXY": "http://p", "no_proxy": "x"}, "=http://p=x="),
    # Expansion.
    ("FROM busybox\nARG A=\nENV B=${A:-none}${A:+some}${A-unset} C=a.tar.gz\nENV D=${C%.*} E=${C##*.} F=${C/a/b}\n"
     "RUN echo =$B=$D=$E=$F=\n", {}, "=none=a.tar=gz=b.tar.gz="),
    ("FROM busybox\nENV A=1\nENV A=2 B=$A\nRUN echo =$A=$B=\n", {}, "=2=1="),
])
def test_arguments(said, dockerfile, args, wanted):
    lines = [line for line in said(dockerfile, buildargs=args).splitlines() if line.startswith("=")]
    assert lines == [wanted]


def test_arguments_that_nothing_declares_are_named(built, build):
    given = {"NONE": "1", "HTTP_PROXY": "x", "GLOBAL": "1", "OWN": "1", "ELSEWHERE": "1", "AND": "1"}
    output = build("ARG GLOBAL\nFROM busybox AS not-needed\nARG ELSEWHERE\nFROM busybox\nARG OWN\nLABEL a=$OWN\n",
                   buildargs=given).output
    assert "[Warning] One or more build-args [AND ELSEWHERE NONE] were not consumed\n" in output
    assert "not consumed" not in build("FROM busybox\nARG OWN\nLABEL a=$OWN\n", buildargs={"OWN": "1"}).output


def test_proxies_are_not_in_the_image_and_the_cache_does_not_ask_for_them(built, build):
    dockerfile = "FROM busybox\nRUN echo $https_proxy > /p\n"
    build(dockerfile, t="proxied", buildargs={"https_proxy": "http://user:password@one"})
    again = build(dockerfile, t="proxied", buildargs={"https_proxy": "http://user:password@two"})
    assert again.ran() == [] and look(built, "proxied").text("p") == "http://user:password@one\n"
    status, image = built.api("GET", "/images/proxied/json")
    history = built.api("GET", "/images/proxied/history")
    assert status == 200 and "password" not in f"{image}{history}"


# Here-documents.

HERE = r"""FROM busybox
ARG A=value
RUN <<EOF
echo first > /1
echo "$A" >> /1
EOF
RUN <<'EOF' cat > /2
$A is not known here
EOF
RUN <<-ONE cat > /3 && cat <<TWO >> /3
	no tabs
	ONE
second
TWO
RUN <<EOF
#!/bin/busybox ash
echo "a script" > /4
EOF
COPY --chmod=640 --chown=1000:2000 <<one <<'two' /d/
$A
one
$A
two
"""


def test_here_documents(built, build):
    build(HERE, t="here")
    made = look(built, "here")
    assert made.text("1") == "first\nvalue\n" and made.text("2") == "$A is not known here\n"
    assert made.text("3") == "no tabs\nsecond\n" and made.text("4") == "a script\n"
    assert (made.text("d/one"), made.text("d/two")) == ("value\n", "$A\n")
    assert made.mode("d/one") == "0o640" and made.owner("d/two") == (1000, 2000)


# COPY and ADD.

FILES = {"a.txt": "a", "b.txt": "b", "c.log": ("c", 0o600), "d/": "", "d/one": "1", "d/two.x": "2", "d/e/": "",
         "d/e/deep": ("3", 0o755), "d/empty/": ""}


def inside(image, folder):
    """The files below a folder, without it."""
    prefix = folder + "/"
    return [name.removeprefix(prefix) for name in image.names() if name.startswith(prefix) and image.files[name][5] is not None]


@pytest.mark.parametrize("instruction, wanted", [
    ("COPY a.txt /t/", ["a.txt"]),
    ("COPY a.txt /t/name", ["name"]),
    ("COPY *.txt /t/", ["a.txt", "b.txt"]),
    ("COPY [ab].t?t /t/", ["a.txt", "b.txt"]),
    ("COPY d /t", ["e/deep", "one", "two.x"]),
    ("COPY d/ /t/d/", ["d/e/deep", "d/one", "d/two.x"]),
    ("COPY d a.txt /t/", ["a.txt", "e/deep", "one", "two.x"]),
    # Without the slash at its end, the target is what is there by then.
    ("COPY d a.txt /t", ["a.txt", "e/deep", "one", "two.x"]),
    ("WORKDIR /t\nCOPY a.txt b.txt both", ["both"]),
    ("COPY none* a.tx* /t/up", ["up"]),
    ('COPY ["a.txt", "/t/with space"]', ["with space"]),
    ("COPY --parents d/e/deep a.txt /t/", ["a.txt", "d/e/deep"]),
    ("COPY --parents ./d/./e /t/", ["e/deep"]),
    ("COPY --parents d/**/deep /t/", ["d/e/deep"]),
    ("COPY --exclude=*.x --exclude=e d /t", ["one"]),
    ("COPY --exclude=**/deep d /t", ["one", "two.x"]),
    ("COPY --link d/e /t/", ["deep"]),
    ("COPY --from=other /x /t/", ["x"]),
    ("COPY --link --from=other --chmod=600 /x /t/y/", ["y/x"]),
    ("WORKDIR /t/w\nCOPY a.txt .\nCOPY b.txt ../up", ["up", "w/a.txt"]),
    ("ARG N=a\nCOPY $N.txt /t/${N}", ["a"]),
    ("ADD a.txt d/one /t/", ["a.txt", "one"]),
    ("ADD --exclude=e d /t", ["one", "two.x"]),
])
def test_what_is_copied(built, build, instruction, wanted):
    build(f"FROM busybox AS other\nRUN echo x > /x\nFROM busybox\n{instruction}\n", FILES, t="copied")
    assert inside(look(built, "copied"), "t") == wanted


@pytest.mark.parametrize("flags, owner, modes", [
    ("", (0, 0), ("0o644", "0o755", "0o755")),
    ("--chown=5", (5, 5), ("0o644", "0o755", "0o755")),
    ("--chown=worker", (1000, 1000), ("0o644", "0o755", "0o755")),
    ("--chown=worker:extra", (1000, 2000), ("0o644", "0o755", "0o755")),
    ("--chown=worker:none-such", (1000, 1000), ("0o644", "0o755", "0o755")),
    # Whom the image does not know is root, as with BuildKit.
    ("--chown=none-such", (0, 0), ("0o644", "0o755", "0o755")),
    ("--chown=none-such:5", (0, 5), ("0o644", "0o755", "0o755")),
    ("--chmod=0711", (0, 0), ("0o711", "0o711", "0o711")),
    ("--chmod=go-rx,u+x", (0, 0), ("0o700", "0o700", "0o700")),
    ("--chmod=u=rwX,go=rX", (0, 0), ("0o644", "0o755", "0o755")),
    ("--link --chown=3:4 --chmod=600", (3, 4), ("0o600", "0o600", "0o600")),
])
def test_owners_and_modes(built, build, flags, owner, modes):
    build(f"FROM busybox\nCOPY {flags} d /t/\n", FILES, t="owned")
    made = look(built, "owned")
    assert tuple(made.mode(f"t/{name}") for name in ("one", "e/deep", "e")) == modes
    assert {made.owner(f"t/{name}") for name in ("one", "e", "e/deep")} == {owner}


def test_links_of_the_context(built, build):
    link = tarfile.TarInfo("link")
    link.type, link.linkname = tarfile.SYMTYPE, "/a.txt"
    build("FROM busybox\nCOPY link /followed\nCOPY . /whole/\n", FILES | {"link": link}, t="linked")
    made = look(built, "linked")
    assert made.text("followed") == "a"
    assert made.files["whole/link"][4] == "/a.txt"


def packed(compress=bytes):
    return compress(building.archive({"in/": "", "in/file": ("inner", 0o640), "top": "t"}))


compressions = pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress, lzma.compress],
                                       ids=["tar", "gzip", "bzip2", "xz"])


@compressions
def test_archives_are_unpacked_by_add_alone(built, build, compress):
    files = {"p": packed(compress), "plain.tar": "no archive at all"}
    build("FROM busybox\nADD p /added/\nCOPY p /copied/\nADD plain.tar /added/\nADD --unpack=false p /kept/\n", files, t="unpacked")
    made = look(built, "unpacked")
    assert inside(made, "added") == ["in/file", "plain.tar", "top"]
    assert made.mode("added/in/file") == "0o640"
    assert inside(made, "copied") == ["p"] and inside(made, "kept") == ["p"]


def test_a_linked_copy_goes_over_another_base(built, build):
    dockerfile = "FROM busybox\nRUN echo {} > /x\nCOPY --link d /t/\n"
    build(dockerfile.format(1), FILES, t="linked")
    again = build(dockerfile.format(2), FILES, t="again")
    assert again.ran() == ["RUN echo 2 > /x"]
    layers = [built.api("GET", f"/images/{name}/json")[1]["RootFS"]["Layers"] for name in ("linked", "again")]
    assert layers[0][-1] == layers[1][-1] and layers[0][1] != layers[1][1]


# What is left out of the context.

@pytest.mark.parametrize("ignore, wanted", [
    ("d\n", ["Dockerfile", "a.txt", "b.txt", "c.log"]),
    ("# a comment\n*\n!d/e\n", ["d/e/deep"]),
    ("**/*.x\n*.txt\n!b.txt\nc.log\nDockerfile\n", ["b.txt", "d/e/deep", "d/one"]),
    ("/d/./e/../one\n\n  *.txt  \n", ["Dockerfile", "c.log", "d/e/deep", "d/two.x"]),
    ("**\n!**/deep\n", ["d/e/deep"]),
    ("d/e/**\n!d/e/deep\nd/e/deep\n?.txt\n", ["Dockerfile", "c.log", "d/one", "d/two.x"]),
    ("[a-b].txt\nd/[^o]*\n", ["Dockerfile", "c.log", "d/one"]),
])
def test_dockerignore(built, build, ignore, wanted):
    build("FROM busybox\nCOPY . /t/\n", FILES | {".dockerignore": ignore + "\n.dockerignore\n"}, t="ignoring")
    assert inside(look(built, "ignoring"), "t") == wanted


def test_what_is_ignored_cannot_be_copied(built):
    assert "/a.txt" in fails(built, "FROM busybox\nCOPY a.txt /\n", FILES | {".dockerignore": "*.txt"})


# What is mounted into steps.

def test_bind_mounts(built, said):
    dockerfile = ("FROM busybox AS other\nRUN mkdir /o && echo from-other > /o/f\nFROM busybox\n"
                  "RUN --mount=target=/c --mount=type=bind,from=other,source=/o,target=/o cat /o/f; cat /c/a.txt; "
                  "echo; (echo x > /c/new) 2>/dev/null || echo refused\n"
                  "RUN --mount=target=/c,rw --mount=type=bind,source=d,target=d echo x > /c/new; ls /c /d; rm /c/a.txt\n"
                  "RUN --mount=from=busybox,target=/b ls /b/etc; test ! -e /c && test ! -e /d && test ! -e /o\n")
    words = said(dockerfile, FILES, t="bound").split()
    assert {"from-other", "a", "refused", "new", "two.x", "group"} <= set(words), words
    # Mount points that were made for a step are no change of its.
    assert look(built, "bound").names() == []


def test_tmpfs_mounts(built, said):
    output = said("FROM busybox\nRUN --mount=type=tmpfs,target=/t,size=2m df -k /t | tail -1; "
                  "dd if=/dev/zero of=/t/big bs=1M count=3 2>&1 | grep -o 'No space left' ; ls -ld /t\n", t="memory")
    assert re.search(r"tmpfs +2048 ", output) and "No space left" in output and "drwxrwxrwt" in output, output
    assert look(built, "memory").names() == []


def test_cache_mounts(built, said):
    write = "FROM busybox\nRUN --mount=type=cache,target=/c,id=mine echo {} >> /c/log; cat /c/log\n"
    assert said(write.format("one")) == "one"
    assert said(write.format("two"), t="cached") == "one\ntwo"
    assert look(built, "cached").names() == []
    # By its target when it has no id; what it begins with; whose it is; read only.
    assert said("FROM busybox\nRUN --mount=type=cache,target=/mine ls /mine\n") == ""
    output = said("FROM busybox AS seed\nRUN mkdir /s; echo seed > /s/f\nFROM busybox\n"
                  "RUN --mount=type=cache,target=/c,from=seed,source=/s cat /c/f\n"
                  "RUN --mount=type=cache,target=/w,uid=1000,gid=2000,mode=0750 stat -c '%a %u %g' /w\n"
                  "RUN --mount=type=cache,target=/c,id=mine,ro cat /c/log; touch /c/x || echo refused\n")
    assert re.search(r"^seed$", output, re.M) and "750 1000 2000" in output and "refused" in output and "two" in output
    # Caches of one id are others where they begin with something else, and what they begin with counts.
    begun = ("FROM busybox AS seed\nRUN mkdir /s; echo {} > /s/f\nFROM busybox\n"
             "RUN --mount=type=cache,target=/c,id=begun,from=seed,source=/s cat /c/f\n")
    assert [said(begun.format(word)).splitlines()[-1] for word in ("first", "second")] == ["first", "second"]
    assert said("FROM busybox\nRUN --mount=type=cache,target=/c,id=begun ls /c\n") == ""


def test_secrets_and_agents_that_a_classic_client_has_not(built, said):
    output = said("FROM busybox\nRUN --mount=type=secret,id=s --mount=type=ssh ls /run/secrets 2>&1; echo =$SSH_AUTH_SOCK=\n")
    assert output.endswith("==")
    assert "secret s: not found" in fails(built, "FROM busybox\nRUN --mount=type=secret,id=s,required true\n")
    assert "SSH" in fails(built, "FROM busybox\nRUN --mount=type=ssh,required true\n")


def overlap(engine, sharing):
    """Two builds at the same time, each a step that holds the same cache for a while: what it held at the end of the
    one that saw more of it."""
    step = ("FROM busybox\nRUN --mount=type=cache,target=/c,id=turns-{0},sharing={0} "
            "echo begin {1} >> /c/log; sleep 1.5; echo end {1} >> /c/log; cat /c/log\n")
    results = {}

    def one(name):
        results[name] = building.build(engine, step.format(sharing, name)).output
    threads = [threading.Thread(target=one, args=(name,)) for name in ("x", "y")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return max((re.findall(r"^(begin|end) [xy]$", output, re.M) for output in results.values()), key=len)


@pytest.mark.parametrize("sharing, wanted", [
    ("shared", ["begin", "begin", "end", "end"]), ("locked", ["begin", "end", "begin", "end"]), ("private", ["begin", "end"]),
])
def test_how_caches_are_shared(built, sharing, wanted):
    assert overlap(built, sharing) == wanted


# The network and the rights of steps.

LINKS = "FROM busybox\nRUN {} ls /sys/class/net; echo\n"


def test_networks_of_steps(built, said):
    mine = set(os.listdir("/sys/class/net")) | {"lo"}
    assert said(LINKS.format("")).split() == ["lo"]
    assert said(LINKS.format("--network=none"), networkmode="").split() == ["lo"]
    assert set(said(LINKS.format("--network=default"), networkmode="").split()) == {"eth0", "lo"}
    assert "lo" in (host := set(said(LINKS.format(""), networkmode="host").split())) and host & mine
    bridge = {name for name in host if os.path.isdir(f"/sys/class/net/{name}/bridge")}
    assert bridge, host
    for network in ("", "none"):
        assert "network.host is not allowed" in fails(built, LINKS.format("--network=host"), networkmode=network)
    assert set(said(LINKS.format("--network=host"), networkmode="host").split()) & bridge


def test_a_network_of_the_engine_by_name(built, said):
    status, _ = built.api("POST", "/networks/create", {"Name": "steps"})
    assert status == 201
    assert "inet " in said("FROM busybox\nRUN ip -o -4 addr show eth0\n", networkmode="steps")
    assert "nowhere" in fails(built, "FROM busybox\nRUN true\n", networkmode="nowhere")


def test_all_rights_have_to_be_allowed(built, said):
    assert "security.insecure is not allowed" in fails(built, "FROM busybox\nRUN --security=insecure true\n")
    held = said("FROM busybox\nRUN --security=sandbox grep CapEff /proc/self/status; "
                "mkdir /m; mount -t tmpfs x /m 2>&1 || echo refused\n")
    assert "00000000a80425fb" in held and "refused" in held, held


# What images say of themselves.

def test_what_an_image_says_of_itself(built, build):
    build("FROM busybox\nHEALTHCHECK --interval=1m30s --timeout=2s --start-period=3s --start-interval=4s --retries=5 CMD ok /x\n"
          "SHELL [\"/bin/ash\", \"-ec\"]\nENTRYPOINT echo it\nCMD [\"a\", \"b\"]\nSTOPSIGNAL SIGUSR1\nUSER worker:extra\n"
          "WORKDIR /a\nWORKDIR b\nVOLUME /v /w\nEXPOSE 80 8000-8001/udp\nLABEL a=1 \"b c\"='d e'\nENV P=$PATH:/more\n",
          t="saying")
    config = built.api("GET", "/images/saying/json")[1]["Config"]
    second = 1_000_000_000
    assert config["Healthcheck"] == {"Test": ["CMD-SHELL", "ok /x"], "Interval": 90 * second, "Timeout": 2 * second,
                                     "StartPeriod": 3 * second, "StartInterval": 4 * second, "Retries": 5}
    assert config["Shell"] == ["/bin/ash", "-ec"] and config["Entrypoint"] == ["/bin/ash", "-ec", "echo it"]
    assert config["Cmd"] == ["a", "b"] and config["StopSignal"] == "SIGUSR1" and config["User"] == "worker:extra"
    assert config["WorkingDir"] == "/a/b" and set(config["ExposedPorts"]) == {"80/tcp", "8000/udp", "8001/udp"}
    assert config["Labels"] == {"a": "1", "b c": "d e"} and config["Env"] == ["PATH=/bin", "P=/bin:/more"]
    assert set(config["Volumes"]) == {"/v", "/w"}
    build("FROM saying\nHEALTHCHECK NONE\nENTRYPOINT [\"/e\"]\n", t="saying")
    config = built.api("GET", "/images/saying/json")[1]["Config"]
    # Another entry point takes the arguments of the one below away.
    assert config["Healthcheck"]["Test"] == ["NONE"] and config["Entrypoint"] == ["/e"] and not config.get("Cmd")


def test_triggers_of_a_base_image(built, build):
    build("FROM busybox\nONBUILD ARG WORD=none\nONBUILD COPY a.txt /on/\nONBUILD RUN echo $WORD > /on/word\n", t="base")
    assert built.api("GET", "/images/base/json")[1]["Config"]["OnBuild"]
    build("FROM base\nRUN cat /on/word > /after\n", FILES, t="child", buildargs={"WORD": "given"})
    made = look(built, "child")
    assert (made.text("on/a.txt"), made.text("on/word"), made.text("after")) == ("a", "given\n", "given\n")
    assert not built.api("GET", "/images/child/json")[1]["Config"].get("OnBuild")
    # They are said once: what is built upon the child has none.
    assert build("FROM child\nLABEL a=b\n").id
    assert "/a.txt" in fails(built, "FROM base\n")
    assert "ONBUILD" in fails(built, "FROM busybox\nONBUILD ONBUILD RUN true\n")
    assert "ONBUILD" in fails(built, "FROM busybox\nONBUILD FROM busybox\n")


def test_escapes_and_comments(said):
    assert said("# escape=`\nFROM busybox\nRUN echo a`\n  # a comment in between\n  'b\\c'\n") == "a b\\c"
    assert said("FROM busybox\nRUN echo a \\\n\n# comment\n  b\n") == "[Warning] Empty continuation line\na b"
    assert said("\ufeffFROM busybox\r\nRUN echo a \\\r\n  b\r\n") == "a b"
