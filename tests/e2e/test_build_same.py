"""The same image as dockerd 28.5 with BuildKit makes of the same context: the files, what it says of itself, its history.

DOCKERD_28 names a dockerd 28 that runs on this host, BUILDX names buildx.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile

import pytest

import building
import lib

PEER, BUILDX = os.environ.get("DOCKERD_28", ""), os.environ.get("BUILDX", "")
pytestmark = pytest.mark.skipif(not (PEER and BUILDX), reason="DOCKERD_28 and BUILDX do not both name a program")

CASES = {
    "copies": "FROM busybox\nCOPY . /ctx/\nCOPY d /d1\nCOPY d/ /d2/\nCOPY d/one /newdir/one\nCOPY d/one /newdir2/\n"
              'COPY ["sp ace/f g", "/sp/"]\nCOPY dirlink /dl\nCOPY l /l\nCOPY l/link /ll\nCOPY keep.log d/one /multi/\n'
              "COPY *.log /glob/\nCOPY d/o?e /glob2/\n",
    "stages": "FROM busybox AS a\nWORKDIR /w\nWORKDIR sub/dir\nRUN echo hi > f; mkdir -p x/y; ln -s f s; rm -rf /bin/vi\n"
              "USER 1000:100\nWORKDIR /owned/deep\nFROM busybox\nCOPY --from=a /w /w\nCOPY --from=a --chown=worker:1 /w/sub /w2\n"
              "COPY --from=a --chown=5 /w/sub/dir/f /w3\nCOPY --from=0 /w/sub/dir/s /s1\nCOPY --from=0 /w/sub/dir/x /x\n",
    "variables": "ARG V=1\nARG W=${V}2\nFROM busybox\nARG V\nARG W\nARG X=def\nARG Y=${X:-no}${Z:+yes}\n"
                 "ENV A=$V B=\"$W q\" C='$V' D=\\$V E=${X%f} F=${X#d} G=${X/e/E}\nENV H $A $B\n"
                 "LABEL l1=\"$A\" \"l 2\"=$B l3=${NOPE:-none}\nRUN echo \"$A $B $C $D $V $W $X\" > /env\nWORKDIR /wd/$A\nUSER $V\n"
                 "EXPOSE $V 80-82/udp\nVOLUME /v$A [\"/q\"]\nSTOPSIGNAL ${NOPE:-9}\nCMD echo $A\n",
    "nothing but files": "FROM scratch\nCOPY d/one /\nADD d/one /x/\nLABEL only=meta\n",
    "nothing but words": "FROM busybox\nLABEL a=1\nENTRYPOINT [\"/x\"]\nCMD [\"y\", \"z\\\"q\"]\nMAINTAINER me <me@x>\n",
    "escape": "# escape=`\nFROM busybox\nRUN echo a `\n && echo b > /b\nENV P=c:\\x\nSHELL [\"/bin/ash\", \"-c\"]\nRUN echo shell > /s\n"
              "CMD foo bar\nENTRYPOINT baz\nHEALTHCHECK --interval=1m30s --timeout=2s --retries=3 --start-period=500ms CMD [\"a\", \"b\"]\n"
              "ONBUILD COPY . /x\nONBUILD RUN echo hi\n",
    "removals": "FROM busybox\nRUN mkdir /a && echo 1 > /a/1 && echo 2 > /a/2 && mkdir /opq && echo z > /opq/z\n"
                "RUN rm /a/1 && rm -rf /opq && mkdir /opq && echo n > /opq/n\n"
                "RUN chmod 700 /a && chown 3:4 /a/2 && ln /a/2 /a/hard && mknod /a/fifo p\nRUN mv /a /moved\n"
                "RUN touch -t 200001010000 /old && ln -s /nowhere /dangling\n",
    "owners": "FROM busybox\nCOPY --chmod=755 d/one /c1\nCOPY --chmod=0600 d /c2\nCOPY --chown=1:2 d /c3/\n"
              "ADD --chown=7:8 --chmod=444 d/one /c4/f\nCOPY <<-EOT /tabs\n\ttabbed\n\t  two\n\tEOT\n"
              "COPY --chmod=700 --chown=9:9 <<\"X\" /nox/sub/script\n#!/bin/sh\necho $NOT\nX\nRUN <<EOT\n#!/bin/sh\necho interp > /interp\nEOT\n"
              "RUN cat <<A > /r1; cat <<B > /r2\naa\nA\nbb\nB\n",
    "links": "FROM busybox AS one\nRUN echo 1 > /1\nFROM busybox AS two\nRUN echo 2 > /2\nFROM one AS three\nCOPY --from=two /2 /two\n"
             "FROM three\nCOPY --link --from=one /1 /linkdir/1\nCOPY --link d /linkdir/\nCOPY --link --chown=3 d/one /linkdir2/x/\n"
             "RUN echo over > /linkdir/over\n",
    "through links": "FROM busybox\nRUN ln -s /real /lnk && mkdir /real\nCOPY d/one /lnk/\nCOPY d /lnk/d\nWORKDIR /lnk/wd\nADD d/one /bin/../up\n",
}


def base():
    """A busybox with the mount points that every container has, which BuildKit would leave in the layers of steps."""
    with tarfile.open(lib.busybox_archive()) as archive:
        below = archive.extractfile("0/layer.tar").read()
    points = lib.layer([(name, "dir", "") for name in ("dev", "proc", "sys")])
    return lib.save_archive([below, points], {"Cmd": ["sh"], "Env": ["PATH=/bin"]}, "busybox:latest")


@pytest.fixture(scope="module")
def peer():
    """A dockerd 28 without a network, with busybox."""
    root = pathlib.Path(tempfile.mkdtemp(prefix="dabba-e2e-peer-", dir="/var/tmp"))
    engine = lib.Engine(root=root)
    command = [PEER, "--host", f"unix://{engine.socket}", "--data-root", f"{root}/data", "--exec-root", f"{root}/exec",
               "--pidfile", f"{root}/pid", "--iptables=false", "--ip6tables=false", "--bridge=none", "--cgroup-parent", engine.cgroup]
    with open(root / "log", "wb") as log:
        engine.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                          env=engine.env)
    try:
        engine.wait_until_ready()
        yield engine
    finally:
        engine.terminate()
        engine.destroy()


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    """Files of every kind, for both."""
    root = tmp_path_factory.mktemp("same")
    for name, text, mode in (("keep.log", "", 0o644), ("a.log", "", 0o644), ("sp ace/f g", "1\n", 0o644), ("d/one", "1\n", 0o4755),
                             ("d/e/two", "2\n", 0o644), (".dockerignore", "*.log\n!keep.log\nd/e\n", 0o644)):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
    (root / "d").chmod(0o750)
    (root / "l").mkdir()
    for name, target in (("dirlink", "d"), ("abs", "/etc/passwd"), ("l/link", "../d/one")):
        (root / name).symlink_to(target)
    yield root
    shutil.rmtree(root, ignore_errors=True)


@pytest.mark.parametrize("case", CASES)
def test_the_same_image(engine, peer, context, case):
    (context / "Dockerfile").write_text(CASES[case])
    made = []
    for one in (engine, peer):
        assert one.api("POST", "/images/load", base())[0] == 200
        lib.Client(one, BUILDX).run("build", "--network", "none", "--provenance", "false", "-t", "same", str(context))
        made.append(building.Image(building.export(one, "same")))
    ours, theirs = made
    assert ours.files == theirs.files
    # BuildKit touches /etc, for the files that it mounts there.
    assert [set(layer) - {"etc"} for layer in ours.layers] == [set(layer) - {"etc"} for layer in theirs.layers]

    def said(image):
        return {name: value for name, value in image.config.items() if name not in ("created", "rootfs", "history")}

    def history(image):
        return [(entry.get("created_by"), entry.get("empty_layer"), entry.get("comment")) for entry in image.config["history"]]
    assert said(ours) == said(theirs)
    assert history(ours) == history(theirs)
    building.clean(engine)


QUESTIONS = """# VARIANT which kind
ARG VARIANT=box
# TAG of the image
ARG TAG=${VARIANT}
ARG UNUSED=1
ARG PLAIN
# base is the base
FROM busybox:latest AS base
ARG TAG
# A a letter
ARG A=1 C=3
ARG TARGETPLATFORM
RUN --mount=type=ssh true
FROM busy${VARIANT}:latest AS tools
ARG B=${A:-none}
ARG NOVALUE
RUN --mount=type=secret,id=tok,required=true --mount=type=secret,id=other,env=OTHER true
FROM busybox AS unneeded
ARG NOT=needed
FROM base AS copied
ARG A
COPY --from=tools /bin/sh /x
RUN --mount=type=bind,from=base,target=/t --mount=type=cache,target=/c true
# last is what is shipped
FROM base AS last
ARG A=2
COPY --from=tools /bin/sh /x
RUN --mount=type=bind,from=tools,target=/t --mount=type=ssh,id=k,required --mount=type=secret,id=tok true
"""


@pytest.mark.parametrize("question", [
    ["outline"], ["outline", "--target", "base"], ["outline", "--target", "tools"], ["outline", "--target", "copied"],
    ["outline", "--build-arg", "NOVALUE=x", "--build-arg", "A=3", "--build-arg", "TAG=latest"],
    ["outline", "--build-arg", "PLAIN=y", "--target", "unneeded"], ["targets"], ["check"],
], ids=" ".join)
def test_the_same_answer(engine, peer, tmp_path, question):
    (tmp_path / "Dockerfile").write_text(QUESTIONS)
    call, *flags = question
    told, shown = [], []
    for one in (engine, peer):
        assert one.api("POST", "/images/load", base())[0] == 200
        client = lib.Client(one, BUILDX)
        answer = json.loads(client("build", "--call", f"{call},format=json,ignorestatus=true", *flags, str(tmp_path)))
        for each in (one for list in answer.values() for one in list if isinstance(one, dict)):
            # How BuildKit's solver has the file.
            each.pop("definition", None)
        for name in ("args", "secrets"):
            # It has those of one line in any order.
            answer.get(name, []).sort(key=lambda one: (one["location"]["ranges"][0]["start"]["line"], one["name"]))
        told.append(answer)
        shown.append(sorted(map(str.rstrip, client("build", "--call", call, *flags, str(tmp_path), check=False).splitlines())))
    assert told[0] == told[1]
    assert shown[0] == shown[1]
    building.clean(engine)
