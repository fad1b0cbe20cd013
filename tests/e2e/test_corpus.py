"""Every Dockerfile of the corpus is built, by a daemon without any network; what became of each is what `corpus.txt` says.

The corpus is what crates/dockerfile/tests/corpus.txt holds, and what Debian's source package of buildah has, each with the
directory that it is in as its context (DOCKERFILES names the folder that `cargo xtask test` fetches). Images that they
begin with are stand-ins of the same name. E2E_RECORD=1 writes the record anew.
"""

import hashlib
import io
import os
import pathlib
import re
import tarfile

import pytest

import building
import census
import lib

HERE = pathlib.Path(__file__).parent
RECORD = HERE / "corpus.txt"
OWN = HERE.parent.parent / "crates/dockerfile/tests/corpus.txt"

# What stands for which images. A busybox with what is missing of an Alpine's directories; a Debian.
STAND_INS = {
    "small": ["alpine", "alpine:3", "alpine:3.21", "alpine:edge", "busybox:1.37",
              "mirror.gcr.io/alpine", "mirror.gcr.io/busybox"],
    "large": ["debian", "debian:12-slim", "debian:bookworm-slim", "debian:trixie", "fedora", "fedora:41",
              "quay.io/libpod/centos:7", "ubuntu", "ubuntu:24.04", "ubuntu:jammy"],
}
SMALL = ("FROM busybox\nRUN mkdir -p /usr/local/bin /usr/bin /var/lib /var/log /run /opt && ln -s /bin/env /usr/bin/env && "
         "echo ID=small > /etc/os-release && cp /etc/os-release /etc/nsswitch.conf\n")
# What is not built here.
SLEEPS = "others/tests/bud/long-sleep/Dockerfile"
NETWORK = r"\b(apk|apt|apt-get|cargo|curl|dnf|git clone|gradlew?|microdnf|npm|pacman|pip|wget|yarn|yum|zypper)\b"
REMOTE = rb"^ADD .*(https?|git)://"


class Apart(lib.Engine):
    """A daemon in a network of its own, which has nothing but a loopback."""

    def command(self):
        return ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", *super().command()]


@pytest.fixture
def apart():
    with census.spotless(Apart()) as engine:
        building.build(engine, SMALL, t="small")
        with open(lib.debian_layer(), "rb") as layer:
            engine.api("POST", "/images/create?fromSrc=-&repo=large&changes=ENV%20PATH=/usr/sbin:/usr/bin:/sbin:/bin", layer,
                       {"Content-Type": "application/x-tar"})
        for image, names in STAND_INS.items():
            for name in names:
                repository, _, tag = name.partition(":")
                assert engine.api("POST", f"/images/{image}/tag?repo={repository}&tag={tag or 'latest'}")[0] == 201
        yield engine


def plain(entry):
    """An entry of an archive without what differs between machines."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mtime = 1_000_000_000
    return entry


def corpus():
    """The name, the Dockerfile's text and its path in its context, and the context."""
    for entry in OWN.read_text().split("\n==== ")[1:]:
        name, text = entry.split("\n", 1)
        yield f"own/{name}", text.encode(), "Dockerfile", building.archive({"Dockerfile": text})
    folder = os.environ.get("DOCKERFILES")
    # The folder of a package holds one folder, whose name has the version.
    root = next(path for path in pathlib.Path(folder).iterdir() if path.is_dir()) if folder else HERE / "nowhere"
    for path in sorted(root.rglob("*")):
        name = path.name.lower()
        if ("dockerfile" in name or "containerfile" in name) and path.is_file() and not path.is_symlink() \
                and not name.endswith(("dockerignore", ".go", ".gz", ".in", ".md")):
            out = io.BytesIO()
            with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
                archive.add(path.parent, ".", filter=plain)
            yield f"others/{path.relative_to(root)}", path.read_bytes(), path.name, out.getvalue()


def outcome(built, text):
    """What became of a build, in words that are the same on every machine: independent steps fail in any order, so which
    file is missed first is not said, and what wants the network wants it even if a file is missed first."""
    error = built.error
    if error is None:
        return "builds"
    if found := re.match(r"(\S+): failed to resolve source metadata", error):
        return f"needs network: the image {found[1]}"
    if error.startswith(('Get "', "git fetch failed")) or "failed to calculate checksum of " in error:
        return "needs network: ADD" if re.search(REMOTE, text, re.M) else "needs files"
    if found := re.match(r"secret (\S+): not found", error):
        return f"needs secret: {found[1]}"
    if found := re.match(r"The command '(.*)' returned a non-zero code: (\d+)", error, re.S):
        command, code = " ".join(found[1].removeprefix("/bin/sh -c ").split()), found[2]
        if network := re.search(NETWORK, command):
            return f"needs network: {network[1]}"
        if missing := re.search(r"sh: (?:\d+: )?(\S+): not found", built.output):
            return f"needs program: {missing[1]}"
        return f"fails: exit code {code}: {command[:60]}"
    return "refused: " + " ".join(error.split())


def test_what_builds_of_the_corpus(apart):
    recorded = dict(line.split("\t", 1) for line in RECORD.read_text().splitlines() if not line.startswith("#"))
    made = {}
    for name, text, path, context in corpus():
        # Later versions of the package have other files.
        digest = hashlib.sha256(path.encode() + context).hexdigest()[:12]
        if b"type=cache" in text:
            # What one build leaves in a cache mount is not for the next one.
            apart.api("POST", "/build/prune?all=1")
        built = None if name == SLEEPS else building.build(apart, None, body=context, check=False, dockerfile=path)
        made[name] = f"{digest}\t{outcome(built, text) if built else 'not built: it sleeps for five minutes'}"
    assert "panicked" not in apart.log()
    if os.environ.get("E2E_RECORD"):
        head = "".join(line for line in RECORD.read_text().splitlines(True) if line.startswith("#"))
        RECORD.write_text(head + "".join(f"{name}\t{made[name]}\n" for name in sorted(made)))
        return
    same = [name for name in made if made[name] == recorded.get(name)]
    other = [f"{name}: {made[name]}, recorded: {recorded.get(name)}" for name in made if name not in same
             and (name.startswith("own/") or made[name].split("\t")[0] == recorded.get(name, "").split("\t")[0])]
    assert not other, "\n".join(other)
    assert len(same) > (200 if os.environ.get("DOCKERFILES") else 70)
