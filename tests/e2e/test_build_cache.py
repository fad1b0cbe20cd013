"""The cache of builds never lies: what is the same is not done again, and what is not the same is. And what is built
twice is the same twice."""

import json
import os
import re
import subprocess
import tarfile
import threading
import urllib.parse

import pytest

import building
import lib
from building import look

BUILDX = os.environ.get("BUILDX", "")
needs_buildx = pytest.mark.skipif(not BUILDX, reason="BUILDX names no program: docker-buildx is not on this host")


@pytest.fixture
def buildx(built, tmp_path):
    """`buildx build` of a Dockerfile; the instructions that were carried out."""
    client = lib.Client(built, BUILDX)

    def run(dockerfile, *flags):
        (tmp_path / "Dockerfile").write_text(dockerfile)
        text = client.run("build", "--progress", "plain", "--network", "none", *flags, str(tmp_path)).stderr
        named = dict(re.findall(r"^#(\d+) \[.*?\d/\d+\] ((?!FROM ).*)$", text, re.M))
        return [name for number, name in named.items() if not re.search(rf"^#{number} CACHED$", text, re.M)]
    return run


CONTEXT = "FROM busybox\nCOPY d /d\nRUN find /d -type f | xargs cat > /all\n"
FILES = {"d/": "", "d/one": "1", "d/two": ("2", 0o600), "d/e/": "", "d/e/three": "3"}
ALL = ["COPY d /d", "RUN find /d -type f | xargs cat > /all"]


def test_the_same_content_is_not_copied_again(build):
    assert build(CONTEXT, FILES).ran() == ALL
    assert build(CONTEXT, FILES).ran() == []
    assert build(CONTEXT, FILES, mtime=1_200_000_000).ran() == [], "times do not count"
    assert build(CONTEXT, dict(reversed(FILES.items()))).ran() == [], "nor does the order of an archive"
    assert build(CONTEXT, FILES | {"elsewhere": "x"}).ran() == [], "nor does what is not copied"
    assert build("# a comment\n" + CONTEXT.replace("COPY", "copy"), FILES).ran() == [], "nor does how it is written"


@pytest.mark.parametrize("change", [
    {"d/one": "x"}, {"d/one": "11"}, {"d/one": ("1", 0o755)}, {"d/e/": None, "d/e/three": None}, {"d/more": ""}, {"d/f/": ""},
    {"d/one": None, "d/eno": "1"},
], ids=["a byte", "a length", "a mode", "gone", "one more", "an empty directory", "a name"])
def test_what_has_changed_is_copied_again(built, build, change):
    build(CONTEXT, FILES)
    files = {name: content for name, content in (FILES | change).items() if content is not None}
    assert build(CONTEXT, files, t="changed").ran() == ALL
    made = look(built, "changed")
    expected = sorted(content[0] if isinstance(content, tuple) else content for name, content in files.items() if name.startswith("d/"))
    assert "".join(sorted(made.text("all"))) == "".join(expected)
    assert build(CONTEXT, FILES).ran() == []


def test_links_count_by_where_they_lead(build):
    def link(target):
        entry = tarfile.TarInfo("d/link")
        entry.type, entry.linkname = tarfile.SYMTYPE, target
        return entry
    build(CONTEXT, FILES | {"d/link": link("one")})
    assert build(CONTEXT, FILES | {"d/link": link("one")}).ran() == []
    assert build(CONTEXT, FILES | {"d/link": link("two")}).ran()[0] == "COPY d /d"


@pytest.mark.parametrize("one, other", [
    ("COPY --chown=1 d /d", "COPY --chown=2 d /d"),
    ("COPY --chmod=600 d /d", "COPY --chmod=700 d /d"),
    ("COPY d /d", "COPY d /e"),
    ("COPY --exclude=one d /d", "COPY --exclude=two d /d"),
    ("COPY --parents d/one /d/", "COPY d/one /d/"),
    ("COPY --link d /d", "COPY d /d"),
    ("COPY d/one /d/", "COPY d/two /d/"),
    ("WORKDIR /a\nRUN pwd > /p", "WORKDIR /b\nRUN pwd > /p"),
    ("RUN mkdir -m 777 /o\nUSER 1\nRUN id > /o/p", "RUN mkdir -m 777 /o\nUSER 2\nRUN id > /o/p"),
    ("ENV A=1\nRUN echo $A > /p", "ENV A=2\nRUN echo $A > /p"),
    ("SHELL [\"sh\", \"-c\"]\nRUN echo $0 > /p", "SHELL [\"/bin/ash\", \"-c\"]\nRUN echo $0 > /p"),
    ("RUN --mount=target=/c cat /c/d/one > /p", "RUN --mount=target=/c,source=d cat /c/one > /p"),
    ("RUN <<X\necho 1 > /p\nX", "RUN <<X\necho 2 > /p\nX"),
    ("COPY <<X /p\n1\nX", "COPY <<X /p\n2\nX"),
])
def test_instructions_that_are_not_the_same(built, build, one, other):
    """Each gives, after the other, what it gives by itself."""
    results = []
    for number, line in enumerate((one, other, one)):
        build(f"FROM busybox\n{line}\n", FILES, t=f"n{number}", nocache=1 if number == 2 else 0)
        made = look(built, f"n{number}")
        results.append(made.files)
    build(f"FROM busybox\n{other}\n", FILES, t="again")
    assert results[0] == results[2] and look(built, "again").files == results[1]
    assert results[0] != results[1] or "--link" in one or "--mount" in one


def test_another_base_of_the_same_name(built, build):
    build("FROM busybox\nRUN echo 1 > /base\n", t="base")
    child = "FROM base\nRUN cat /base > /seen\nCOPY --link d/one /linked\n"
    build(child, FILES, t="child")
    assert look(built, "child").text("seen") == "1\n"
    build("FROM busybox\nRUN echo 2 > /base\n", t="base")
    assert build(child, FILES, t="child").ran() == ["RUN cat /base > /seen"]
    made = look(built, "child")
    assert (made.text("base"), made.text("seen"), made.text("linked")) == ("2\n", "2\n", "1")
    # What a base says of itself counts where a step sees it.
    build("FROM base\nENV A=1\n", t="base")
    assert build(child, FILES).ran() == ["RUN cat /base > /seen"]
    build("FROM base\nLABEL a=b\n", t="base")
    assert build(child, FILES).ran() == []


def test_arguments_count_from_their_line_on(build):
    dockerfile = "FROM busybox\nRUN echo before\nARG A\nRUN echo after\n"
    assert build(dockerfile, buildargs={"A": "1"}).ran() == ["RUN echo before", "RUN echo after"]
    assert build(dockerfile, buildargs={"A": "1"}).ran() == []
    assert build(dockerfile, buildargs={"A": "2"}).ran() == ["RUN echo after"]
    assert build(dockerfile, buildargs={"A": "2", "UNUSED": "1"}).ran() == []
    assert build(dockerfile, buildargs={"A": "2", "http_proxy": "x"}).ran() == []


def test_no_cache_at_all(built, build):
    dockerfile = "FROM busybox AS one\nRUN cat /proc/sys/kernel/random/uuid > /r\nFROM busybox\nCOPY --from=one /r /r\n"
    values = []
    for nocache in (0, 0, 1, 0):
        build(dockerfile, t="random", nocache=nocache)
        values.append(look(built, "random").text("r"))
    assert values[0] == values[1] != values[2] == values[3]


@needs_buildx
def test_a_step_with_another_result_makes_what_follows_run_again(built, buildx):
    dockerfile = ("FROM busybox AS one\nRUN {} > /r\nFROM busybox AS two\nCOPY --from=one /r /r\nRUN cat /r > /s\n"
                  "FROM busybox AS three\nRUN --mount=from=one,target=/m cat /m/r > /t\n"
                  "FROM busybox\nCOPY --from=two /s /s\nCOPY --from=three /t /t\nRUN cat /s /t > /u\n")
    random = dockerfile.format("cat /proc/sys/kernel/random/uuid")
    buildx(random, "-t", "chain")
    first = look(built, "chain").text("u")
    assert buildx(random) == []
    ran = buildx(random, "--no-cache-filter", "one", "-t", "chain")
    assert len(ran) == 7, ran
    second = look(built, "chain").text("u")
    assert first != second and len(set(second.split())) == 1
    # And with the same result nothing does.
    constant = dockerfile.format("echo constant")
    buildx(constant)
    ran = buildx(constant, "--no-cache-filter", "one")
    assert ran == ["RUN echo constant > /r"], ran


COUNTED = ("FROM busybox\nRUN --mount=type=cache,target=/c,id=counted echo {0} >> /c/log; sleep {1}; echo {0} > /r\n"
           "RUN echo {2} > /own\n")


def counted(build, word):
    output = build("FROM busybox\nRUN --mount=type=cache,target=/c,id=counted cat /c/log\n", nocache=1).output
    return len(re.findall(rf"^{word}$", output, re.M))


def test_builds_at_the_same_time_do_the_same_once(built, build):
    results = {}

    def one(number):
        results[number] = build(COUNTED.format("shared", 2, number), t=f"s{number}")
    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counted(build, "shared") == 1
    for number in range(4):
        made = look(built, f"s{number}")
        assert (made.text("r"), made.text("own")) == ("shared\n", f"{number}\n")


def test_who_waits_for_a_step_gets_it_though_its_first_client_is_gone(built, build):
    dockerfile = COUNTED.format("left", 3, "x")
    body = building.archive({"Dockerfile": dockerfile})
    connection = lib.UnixConnection(built.socket)
    connection.request("POST", "/build?" + urllib.parse.urlencode({"networkmode": "none"}), body)
    answer = connection.getresponse()
    while "RUN" not in (line := answer.readline().decode()):
        assert line
    results = []
    thread = threading.Thread(target=lambda: results.append(build(dockerfile, t="waited")))
    thread.start()
    lib.wait_for(lambda: building.leftovers(built), "the step runs")
    threading.Event().wait(1)
    connection.sock.close() if connection.sock else None
    answer.close()
    connection.close()
    thread.join()
    assert results and look(built, "waited").text("r") == "left\n"
    assert counted(build, "left") == 1


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_the_cache_outlives_the_daemon(fresh_engine, kill):
    dockerfile = CONTEXT + "RUN --mount=type=cache,target=/c echo x >> /c/log; cp /c/log /log\n"
    first = building.build(fresh_engine, dockerfile, FILES)
    fresh_engine.kill() if kill else fresh_engine.terminate()
    fresh_engine.start()
    again = building.build(fresh_engine, dockerfile, FILES)
    assert again.ran() == [] and again.id == first.id
    made = building.build(fresh_engine, dockerfile, FILES, nocache=1, t="x")
    assert look(fresh_engine, made.id).text("log") == "x\nx\n"


def records(engine):
    return engine.api("GET", "/system/df?type=build-cache")[1]["BuildCache"]


def test_the_cache_is_counted_and_given_back(built, build, client):
    build("FROM busybox\nRUN head -c 300000 /dev/zero > /zero\nRUN --mount=type=cache,target=/c head -c 200000 /dev/zero > /c/z\n",
          t="kept")
    build("FROM busybox\nRUN head -c 400000 /dev/zero > /zero\n")
    sizes = {record["Description"].split("] ")[-1]: record["Size"] for record in records(built)}
    assert 300_000 <= sizes["RUN head -c 300000 /dev/zero > /zero"] < 320_000, sizes
    assert any("cached mount" in name and 200_000 <= size < 230_000 for name, size in sizes.items()), sizes
    assert re.search(r"Build Cache +\d+ +0 ", client("system", "df"))
    # What an image has is not given back, unless all is asked for.
    for image in [image for image in built.api("GET", "/images/json?all=1")[1] if not image["RepoTags"]]:
        built.api("DELETE", f"/images/{image['Id']}")
    status, gone = built.api("POST", "/build/prune")
    assert status == 200 and gone["SpaceReclaimed"] >= 600_000, gone
    left = [record["Description"] for record in records(built)]
    assert any("300000" in text for text in left) and not any("400000" in text for text in left), left
    assert build("FROM busybox\nRUN head -c 300000 /dev/zero > /zero\n").ran() == []
    built.api("POST", "/build/prune?all=1")
    assert records(built) == []
    # The image stands.
    assert len(look(built, "kept").files["zero"][5]) == 300_000


def test_what_is_kept_by_size_and_age(built, build):
    for number in range(3):
        made = build(f"FROM busybox\nRUN echo {number}; head -c 1000000 /dev/urandom > /r\n")
        built.api("DELETE", f"/images/{made.id}")
    gone = built.api("POST", "/build/prune?all=1&keep-storage=2500000")[1]
    assert len(gone["CachesDeleted"]) == 1
    left = " ".join(record["Description"] for record in records(built))
    assert "echo 0" not in left and "echo 1" in left and "echo 2" in left
    old = urllib.parse.quote(json.dumps({"until": ["1h"]}))
    assert built.api("POST", f"/build/prune?all=1&filters={old}")[1]["SpaceReclaimed"] == 0
    assert built.api("POST", "/build/prune?all=1")[1]["SpaceReclaimed"] >= 2_000_000


def test_room_is_given_back_when_the_cache_is(built, build):
    def held():
        return int(subprocess.run(["du", "-sk", str(built.root / "data")], capture_output=True, text=True).stdout.split()[0])
    before = held()
    made = build("FROM busybox\nRUN head -c 20000000 /dev/urandom > /r\nRUN --mount=type=cache,target=/c cp /r /c/r\n"
                 "COPY --link d /d\n", FILES)
    assert held() - before > 38_000
    built.api("DELETE", f"/images/{made.id}")
    built.api("POST", "/build/prune?all=1")
    lib.wait_for(lambda: held() - before < 8_000, "the disk has the room again", 30)


def test_a_prune_does_not_take_what_a_build_uses(built, build):
    """Builds and prunes at the same time: each build ends well and gives what it says."""
    done, wrong = threading.Event(), []

    def prune():
        while not done.is_set():
            status, text = built.api("POST", "/build/prune?all=1")
            if status != 200:
                wrong.append(text)
    thread = threading.Thread(target=prune)
    thread.start()
    try:
        for number in range(12):
            build(f"FROM busybox AS a\nRUN echo {number % 3} > /x\nCOPY d /d\nFROM busybox\nCOPY --from=a /x /x\n"
                  f"RUN --mount=type=cache,target=/c --mount=from=a,target=/m cp /m/x /y; touch /c/x\nCOPY --link d /l\n",
                  FILES, t=f"p{number}")
            made = look(built, f"p{number}")
            assert made.text("x") == made.text("y") == f"{number % 3}\n" and made.text("l/one") == "1"
    finally:
        done.set()
        thread.join()
    assert not wrong


# The same twice.

REPRODUCIBLE = ("FROM busybox AS one\nARG SOURCE_DATE_EPOCH\nRUN echo one > /one; mkdir /d; touch /d/x; ln -s x /d/y\n"
                "FROM busybox\nWORKDIR /w\nCOPY --from=one /d /d\nCOPY . /c\nRUN echo two > /two; rm /bin/vi\nLABEL a=b\nCMD [\"x\"]\n")


def test_the_same_build_has_the_same_id(build):
    first = build(REPRODUCIBLE, FILES)
    assert build(REPRODUCIBLE, FILES).id == first.id
    assert build(REPRODUCIBLE, FILES, mtime=1_100_000_000).id == first.id


def test_a_moment_makes_builds_reproducible(registry, built, build):
    args = {"SOURCE_DATE_EPOCH": "1000000000"}
    first = build(REPRODUCIBLE, FILES, buildargs=args, t="r")
    threading.Event().wait(1.1)
    assert build(REPRODUCIBLE, FILES, buildargs=args, nocache=1).id == first.id
    image = built.api("GET", f"/images/{first.id}/json")[1]
    assert image["Created"].startswith("2001-09-09T01:46:40")
    history = built.api("GET", f"/images/{first.id}/history")[1]
    assert {entry["Created"] for entry in history[:6]} == {1_000_000_000}
    # On another engine, too.
    other = lib.Engine(registry_port=registry.port)
    try:
        other.start()
        other.load(lib.busybox_archive())
        assert building.build(other, REPRODUCIBLE, FILES, buildargs=args).id == first.id
    finally:
        other.destroy()
    for wrong in ("yesterday", "1e9", "99999999999999999999"):
        assert "SOURCE_DATE_EPOCH" in building.fails(built, REPRODUCIBLE, FILES, buildargs={"SOURCE_DATE_EPOCH": wrong})


def test_a_file_with_another_content_and_the_same_time_and_length(built):
    for text in ("one", "two"):
        building.build(built, "FROM scratch\nCOPY a /a\n", {"a": text}, t="same")
        assert building.Image(building.export(built, "same")).text("a") == text
