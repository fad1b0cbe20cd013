"""Attestations: provenance and bills of materials beside what buildx builds, in registries, archives and directories.

Source: in-toto attestation 0.1, SLSA provenance 0.2 and 1, BuildKit's `docs/attestations`.
"""

import base64
import hashlib
import json
import os
import tarfile

import pytest

import lib

BUILDX = os.environ.get("BUILDX", "")
pytestmark = pytest.mark.skipif(not BUILDX, reason="BUILDX names no program: docker-buildx is not on this host")

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
SLSA = {"v0.2": "https://slsa.dev/provenance/v0.2", "v1": "https://slsa.dev/provenance/v1"}
SPDX = "https://spdx.dev/Document"


@pytest.fixture
def buildx(built):
    client = lib.Client(built, BUILDX)

    def run(*arguments, **options):
        return client.run("build", "--progress", "plain", "--network", "none", *map(str, arguments), **options)
    return run


@pytest.fixture
def context(tmp_path):
    folder = tmp_path / "context"
    folder.mkdir()
    (folder / "Dockerfile").write_text(
        "FROM busybox\nARG WORD=none\nRUN --mount=type=secret,id=key --mount=type=cache,target=/c echo $WORD > /said\n"
        "COPY a /\nLABEL who=me\n")
    (folder / "a").write_text("content\n")
    return folder


@pytest.fixture
def generator(built, tmp_path):
    """An image that lists the files it is given, as a generator of bills of materials does."""
    folder = tmp_path / "generator"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM busybox\nCOPY scan /scan\nENTRYPOINT [\"/bin/sh\", \"/scan\"]\n")
    (folder / "scan").write_text(
        'set -e\ncd $BUILDKIT_SCAN_SOURCE\nfiles=$(ls | sort | tr "\\n" ,)\n! touch written 2>/dev/null\n'
        'echo "{\\"_type\\":\\"https://in-toto.io/Statement/v0.1\\",\\"predicateType\\":\\"https://spdx.dev/Document\\",'
        '\\"subject\\":[],\\"predicate\\":{\\"spdxVersion\\":\\"SPDX-2.3\\",\\"name\\":\\"$files$BUILDKIT_SCAN_EXTRA\\"}}"'
        ' > $BUILDKIT_SCAN_DESTINATION/$(basename $BUILDKIT_SCAN_SOURCE).spdx.json\n')
    lib.Client(built, BUILDX).run("build", "-t", "generator", str(folder))
    return "generator"


class Remote:
    """What a registry has under a name: an index, or a manifest alone."""

    def __init__(self, registry, repository, tag):
        self.registry, self.repository = registry, repository
        status, headers, body = registry.request("GET", f"/v2/{repository}/manifests/{tag}",
                                                 headers={"Accept": f"{INDEX}, {MANIFEST}"})
        assert status == 200, body
        self.kind, self.top, self.digest = headers["Content-Type"], json.loads(body), digest(body)

    def manifest(self, wanted):
        body = self.registry.request("GET", f"/v2/{self.repository}/manifests/{wanted}", headers={"Accept": MANIFEST})[2]
        assert digest(body) == wanted
        return json.loads(body)

    def blob(self, wanted):
        body = self.registry.request("GET", f"/v2/{self.repository}/blobs/{wanted}")[2]
        assert digest(body) == wanted
        return body

    def statements(self, image):
        """The statements about one image, by their types."""
        return statements(self.top, image, self.manifest, self.blob)


def digest(body):
    return "sha256:" + hashlib.sha256(body).hexdigest()


def statements(index, image, manifest, blob):
    about = [one for one in index["manifests"]
             if one.get("annotations", {}).get("vnd.docker.reference.digest") == image]
    assert len(about) == 1, index
    assert about[0]["annotations"]["vnd.docker.reference.type"] == "attestation-manifest"
    assert about[0]["platform"] == {"architecture": "unknown", "os": "unknown"}
    found = {}
    own = manifest(about[0]["digest"])
    config = json.loads(blob(own["config"]["digest"]))
    assert config["rootfs"]["diff_ids"] == [layer["digest"] for layer in own["layers"]]
    for layer in own["layers"]:
        assert layer["mediaType"] == "application/vnd.in-toto+json"
        statement = json.loads(blob(layer["digest"]))
        assert statement["_type"] == "https://in-toto.io/Statement/v0.1"
        assert statement["predicateType"] == layer["annotations"]["in-toto.io/predicate-type"]
        assert all(subject["digest"] == {"sha256": image.split(":")[1]} for subject in statement["subject"])
        found[statement["predicateType"]] = statement
    return found


def image_of(index):
    images = [one["digest"] for one in index["manifests"] if one["platform"]["os"] == "linux"]
    assert len(images) == 1, index
    return images[0]


def test_what_is_pushed_says_where_it_comes_from(buildx, registry, context):
    name = f"127.0.0.1:{registry.port}/attested/default:1"
    metadata = context.parent / "metadata"
    buildx("--push", "-t", name, "--build-arg", "WORD=hidden", "--metadata-file", metadata, context)
    remote = Remote(registry, "attested/default", "1")
    assert remote.kind == INDEX
    told = json.loads(metadata.read_text())
    assert told["containerimage.digest"] == remote.digest
    assert told["containerimage.descriptor"]["mediaType"] == INDEX
    image = image_of(remote.top)
    assert remote.manifest(image)["config"]["digest"] == told["containerimage.config.digest"]
    statement = remote.statements(image)[SLSA["v0.2"]]
    assert statement["subject"][0]["name"] == f"pkg:docker/127.0.0.1:{registry.port}/attested/default@1?platform=linux%2Famd64"
    predicate = statement["predicate"]
    assert predicate["buildType"] == "https://mobyproject.org/buildkit@v1"
    assert predicate["materials"][0]["uri"] == "pkg:docker/busybox@latest?platform=linux%2Famd64"
    assert len(predicate["materials"][0]["digest"]["sha256"]) == 64
    assert predicate["invocation"]["configSource"] == {"entryPoint": "Dockerfile"}
    assert [one["name"] for one in predicate["invocation"]["parameters"]["locals"]] == ["context", "dockerfile"]
    # The least is told, and no time: the same build gives the same index.
    assert "hidden" not in json.dumps(statement) and "buildConfig" not in predicate
    assert predicate["metadata"]["completeness"] == {"parameters": False, "environment": True, "materials": False}
    assert not {"buildStartedOn", "buildInvocationID"} & set(predicate["metadata"])
    assert predicate["metadata"]["https://mobyproject.org/buildkit@v1#hermetic"] is False
    buildx("--push", "-t", name, "--build-arg", "WORD=hidden", context)
    assert Remote(registry, "attested/default", "1").digest == remote.digest


def test_everything_is_told_when_asked_for(buildx, registry, context, client):
    name = f"127.0.0.1:{registry.port}/attested/max:1"
    (context / "key").write_text("the secret")
    buildx("--push", "-t", name, "--build-arg", "WORD=shown", "--secret", f"id=key,src={context}/key",
           "--provenance", "mode=max,builder-id=https://builder.example,reproducible=true", context)
    remote = Remote(registry, "attested/max", "1")
    statement = remote.statements(image_of(remote.top))[SLSA["v0.2"]]
    predicate = statement["predicate"]
    assert predicate["builder"]["id"] == "https://builder.example" and predicate["metadata"]["reproducible"] is True
    assert predicate["metadata"]["buildFinishedOn"] >= predicate["metadata"]["buildStartedOn"] > "2020"
    parameters = predicate["invocation"]["parameters"]
    assert parameters["args"]["build-arg:WORD"] == "shown" and parameters["secrets"] == [{"id": "key", "optional": True}]
    steps = predicate["buildConfig"]["llbDefinition"]
    kinds = [next(iter(step["op"]["Op"])) for step in steps]
    assert sorted(kinds) == ["exec", "file", "source", "source"]
    run = steps[kinds.index("exec")]
    assert run["op"]["Op"]["exec"]["meta"]["args"] == ["/bin/sh", "-c", "echo $WORD > /said"]
    assert "WORD=shown" in run["op"]["Op"]["exec"]["meta"]["env"]
    base = next(step for step in steps if step["id"] == run["inputs"][0].split(":")[0])
    assert base["op"]["Op"]["source"]["identifier"].startswith("docker-image://docker.io/library/busybox:latest@sha256:")
    source = predicate["metadata"]["https://mobyproject.org/buildkit@v1#metadata"]["source"]
    assert base64.b64decode(source["infos"][0]["data"]).decode() == (context / "Dockerfile").read_text()
    assert source["locations"][run["id"]]["locations"][0]["ranges"][0]["start"]["line"] == 3
    assert "the secret" not in json.dumps(statement)
    # It is the same image for whoever runs it, and docker pushes it on with what is said of it.
    assert client("run", "--rm", "--network", "none", name, "cat", "/said") == "shown"
    other = f"127.0.0.1:{registry.port}/attested/again:2"
    client("tag", name, other)
    client("push", other)
    again = Remote(registry, "attested/again", "2")
    assert again.statements(image_of(again.top))[SLSA["v0.2"]]["predicate"] == predicate
    client("rmi", name, other)
    client("pull", f"{other.rsplit(':', 1)[0]}@{again.digest}")


def test_the_newer_words(buildx, registry, context):
    name = f"127.0.0.1:{registry.port}/attested/v1:1"
    buildx("--push", "-t", name, "--attest", "type=provenance,mode=max,version=v1", "--label", "x=y", context)
    remote = Remote(registry, "attested/v1", "1")
    predicate = remote.statements(image_of(remote.top))[SLSA["v1"]]["predicate"]
    definition, details = predicate["buildDefinition"], predicate["runDetails"]
    assert definition["buildType"].endswith("slsa-definitions.md")
    assert definition["externalParameters"]["request"]["args"]["label:x"] == "y"
    assert definition["externalParameters"]["configSource"] == {"path": "Dockerfile"}
    assert definition["internalParameters"]["builderPlatform"] == "linux/amd64"
    assert definition["internalParameters"]["buildConfig"]["llbDefinition"]
    assert definition["resolvedDependencies"][0]["uri"].startswith("pkg:docker/busybox@latest")
    assert details["metadata"]["finishedOn"] >= details["metadata"]["startedOn"]
    assert details["metadata"]["buildkit_completeness"] == {"request": True, "resolvedDependencies": False}


def test_buildx_finds_what_is_said(built, buildx, registry, context, generator):
    name = f"127.0.0.1:{registry.port}/attested/inspected:1"
    buildx("--push", "-t", name, "--provenance", "mode=max", "--sbom", f"generator={generator}", context)
    inspect = ("imagetools", "inspect", name, "--format")
    client = lib.Client(built, BUILDX)
    provenance = json.loads(client.run(*inspect, "{{json .Provenance}}").stdout)
    assert provenance["SLSA"]["invocation"]["configSource"]["entryPoint"] == "Dockerfile", provenance
    bill = json.loads(client.run(*inspect, "{{json .SBOM}}").stdout)
    assert bill["SPDX"]["spdxVersion"] == "SPDX-2.3", bill


def test_nothing_is_said_when_nothing_is_wanted(buildx, registry, context):
    name = f"127.0.0.1:{registry.port}/attested/none:1"
    buildx("--push", "-t", name, "--provenance", "false", context)
    assert Remote(registry, "attested/none", "1").kind == MANIFEST


def test_a_moment_that_is_given_stands_for_all(buildx, registry, context):
    digests = set()
    for tag in ("1", "2"):
        buildx("--push", "-t", f"127.0.0.1:{registry.port}/attested/epoch:{tag}", "--no-cache", "--provenance", "mode=max",
               "--build-arg", "SOURCE_DATE_EPOCH=1700000000", context)
        remote = Remote(registry, "attested/epoch", tag)
        statement = remote.statements(image_of(remote.top))[SLSA["v0.2"]]
        digests.add((image_of(remote.top), json.dumps(statement["predicate"])))
    assert len(digests) == 1


def test_a_bill_of_materials(buildx, registry, context, generator):
    name = f"127.0.0.1:{registry.port}/attested/sbom:1"
    done = buildx("--push", "-t", name, "--sbom", f"generator={generator},extra=+more", "--provenance", "false", context)
    assert "generating sbom using generator" in done.stderr, done.stderr
    remote = Remote(registry, "attested/sbom", "1")
    found = remote.statements(image_of(remote.top))
    assert list(found) == [SPDX]
    listed = found[SPDX]["predicate"]["name"]
    assert listed.startswith("a,bin,etc") and "said" in listed and listed.endswith("+more")
    # It is found again, with the result that it is of.
    again = buildx("--push", "-t", name, "--sbom", f"generator={generator},extra=+more", "--provenance", "false", context)
    assert "generating sbom using generator\n" in again.stderr and "CACHED" in again.stderr


@pytest.mark.parametrize("scan, text", [
    ("true", "has written nothing"),
    ("echo nonsense > /run/out/x.spdx.json", "is no statement of in-toto"),
    ("exit 3", "did not complete successfully: exit code: 3"),
])
def test_a_generator_that_fails(built, buildx, context, tmp_path, scan, text):
    folder = tmp_path / "bad"
    folder.mkdir()
    (folder / "Dockerfile").write_text(f"FROM busybox\nENTRYPOINT [\"/bin/sh\", \"-c\", \"{scan}\"]\n")
    lib.Client(built, BUILDX).run("build", "-t", "bad", str(folder))
    done = buildx("-t", "x", "--sbom", "generator=bad", context, check=False)
    assert done.returncode == 1 and text in done.stderr, done.stderr
    done = buildx("-t", "x", "--sbom", "generator=127.0.0.1:9/none", context, check=False)
    assert done.returncode == 1 and "127.0.0.1:9/none" in done.stderr, done.stderr


def test_an_archive_has_them_too(buildx, context, generator, client, tmp_path):
    buildx("-o", f"type=oci,dest={tmp_path}/oci", "-t", "as/oci", "--sbom", f"generator={generator}", context)
    with tarfile.open(tmp_path / "oci") as archive:
        def read(wanted):
            body = archive.extractfile(f"blobs/sha256/{wanted.split(':')[1]}").read()
            assert digest(body) == wanted
            return body
        names = json.loads(archive.extractfile("index.json").read())["manifests"]
        assert [one["mediaType"] for one in names] == [INDEX]
        index = json.loads(read(names[0]["digest"]))
        found = statements(index, image_of(index), lambda wanted: json.loads(read(wanted)), read)
        assert set(found) == {SPDX, SLSA["v0.2"]}
        assert found[SPDX]["subject"][0]["name"] == "pkg:docker/as/oci@latest?platform=linux%2Famd64"
    client("load", "-i", tmp_path / "oci")
    assert client("run", "--rm", "--network", "none", "as/oci", "cat", "/a") == "content"
    # As a directory it is the same.
    folder = tmp_path / "folder"
    buildx("-o", f"type=oci,tar=false,dest={folder}", "-t", "as/oci", "--sbom", f"generator={generator}", context)
    assert json.loads((folder / "index.json").read_text())["manifests"][0]["digest"] == names[0]["digest"]
    assert digest((folder / "blobs" / "sha256" / names[0]["digest"].split(":")[1]).read_bytes()) == names[0]["digest"]
    # That of docker has no room for it.
    done = buildx("-o", f"type=docker,dest={tmp_path}/docker", "--sbom", f"generator={generator}", context, check=False)
    assert done.returncode == 1 and "support exporting manifest lists" in done.stderr, done.stderr
    buildx("-o", f"type=docker,dest={tmp_path}/docker", context)


def test_files_have_them_beside(buildx, context, tmp_path):
    (context / "Dockerfile").write_text("FROM scratch\nCOPY a /\nCOPY a /folder/b\n")
    out = tmp_path / "out"
    buildx("-o", f"type=local,dest={out}", context)
    assert sorted(path.name for path in out.iterdir()) == ["a", "folder"], "what nobody asked for belongs to images"
    buildx("-o", f"type=local,dest={out}", "--provenance", "true", context)
    statement = json.loads((out / "provenance.json").read_text())
    assert (out / "provenance.json").stat().st_mode & 0o777 == 0o600
    content = hashlib.sha256(b"content\n").hexdigest()
    assert statement["subject"] == [{"name": "a", "digest": {"sha256": content}},
                                    {"name": "folder/b", "digest": {"sha256": content}}]
    buildx("-o", f"type=tar,dest={tmp_path}/tar,attestation-prefix=my-", "--provenance", "true", context)
    with tarfile.open(tmp_path / "tar") as archive:
        assert sorted(archive.getnames()) == ["a", "folder", "folder/b", "my-provenance.json"]


def test_several_platforms_in_one_image(buildx, registry, tmp_path, client):
    context = tmp_path / "context"
    context.mkdir()
    (context / "Dockerfile").write_text("FROM scratch\nARG TARGETPLATFORM\nCOPY a /\nLABEL for=$TARGETPLATFORM\n")
    (context / "a").write_text("content\n")
    name = f"127.0.0.1:{registry.port}/attested/platforms:1"
    both = "linux/amd64,linux/arm64"
    done = buildx("-t", name, "--platform", both, context, check=False)
    assert done.returncode == 1 and "--push" in done.stderr, done.stderr
    buildx("--push", "-t", name, "--platform", both, context)
    remote = Remote(registry, "attested/platforms", "1")
    images = {f"{one['platform']['os']}/{one['platform']['architecture']}": one["digest"]
              for one in remote.top["manifests"] if one["platform"]["os"] == "linux"}
    assert list(images) == ["linux/amd64", "linux/arm64"]
    for platform, image in images.items():
        config = json.loads(remote.blob(remote.manifest(image)["config"]["digest"]))
        assert config["config"]["Labels"] == {"for": platform}
        subject = remote.statements(image)[SLSA["v0.2"]]["subject"][0]["name"]
        assert subject.endswith("?platform=" + platform.replace("/", "%2F"))
    client("pull", name)
    assert client.inspect(name)["Config"]["Labels"] == {"for": "linux/amd64"}
    client("rmi", name)
    buildx("-o", f"type=oci,dest={tmp_path}/oci", "--platform", both, "-t", "both", context)
    client("load", "-i", tmp_path / "oci")
    assert client.inspect("both")["Config"]["Labels"] == {"for": "linux/amd64"}


def test_what_is_said_goes_with_its_image(built, buildx, context, client):
    content = built.root / "data" / "image" / "content" / "sha256"
    buildx("-t", "said", "--provenance", "mode=max", context)
    predicates = [path for path in content.iterdir() if b"mobyproject.org/buildkit@v1" in path.read_bytes()[:65536]]
    assert len(predicates) == 1
    buildx("-t", "said", "--provenance", "mode=max", context)
    client("rmi", "said")
    lib.wait_for(lambda: not any(path.exists() for path in predicates), "the predicate is gone")


def test_it_survives_the_daemon(built, buildx, registry, context, client):
    name = f"127.0.0.1:{registry.port}/attested/later:1"
    buildx("-t", name, "--provenance", "mode=max", context)
    built.kill()
    built.start()
    client("push", name)
    remote = Remote(registry, "attested/later", "1")
    assert SLSA["v0.2"] in remote.statements(image_of(remote.top))


@pytest.mark.parametrize("option, text", [
    ("--provenance=mode=most", "invalid mode"),
    ("--provenance=version=v9", "invalid provenance SLSA version"),
    ("--attest=type=vex", "vex"),
])
def test_wishes_that_make_no_sense(buildx, context, option, text):
    done = buildx(option, context, check=False)
    assert done.returncode == 1 and text in done.stderr, done.stderr
