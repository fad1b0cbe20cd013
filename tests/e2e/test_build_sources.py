"""What builds fetch: contexts and files of web servers and of git repositories, all of them on loopback."""

import bz2
import gzip
import hashlib
import http.server
import json
import lzma
import os
import shutil
import socket
import subprocess
import threading

import pytest

import building
import lib
from building import fails, look


class Web:
    """A web server on loopback."""

    def __init__(self, pages):
        self.pages, self.asked = pages, []
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                web.asked.append(self.path)
                page = web.pages.get(self.path)
                if isinstance(page, str):
                    self.send_response(302)
                    self.send_header("Location", page)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                self.send_response(404 if page is None else 200)
                self.send_header("Last-Modified", "Sun, 09 Sep 2001 01:46:40 GMT")
                self.send_header("Content-Length", str(len(page or b"")))
                self.end_headers()
                self.wfile.write(page or b"")

            def log_message(self, *_):
                pass
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def sha256(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def inside(image, folder):
    prefix = folder + "/"
    return [name.removeprefix(prefix) for name in image.names() if name.startswith(prefix) and image.files[name][5] is not None]


def test_files_of_a_web_server(built):
    tar = building.archive({"in/": "", "in/file": "inner", "top": "t"})
    with Web({"/f.txt": b"fetched", "/p.tar": tar, "/moved.txt": "/f.txt"}) as web:
        dockerfile = (f"FROM busybox\nADD {web.url}/f.txt /w/\nADD --checksum={sha256(b'fetched')} {web.url}/f.txt /w/name\n"
                      f"ADD --chmod=755 --chown=3:4 {web.url}/p.tar /w/\nADD --unpack=true {web.url}/p.tar /u/\n"
                      f"ADD {web.url}/moved.txt /w/\n")
        building.build(built, dockerfile, t="fetched")
        made = look(built, "fetched")
        assert inside(made, "w") == ["f.txt", "moved.txt", "name", "p.tar"]
        assert made.text("w/f.txt") == made.text("w/moved.txt") == "fetched"
        assert made.mode("w/f.txt") == "0o600" and made.mode("w/p.tar") == "0o755" and made.owner("w/p.tar") == (3, 4)
        assert inside(made, "u") == ["in/file", "top"]
        assert building.build(built, dockerfile).ran() == []
        # The same address and another content: what counts is what was fetched, not from where.
        web.pages["/f.txt"] = b"changed"
        said = fails(built, dockerfile)
        assert sha256(b"changed") in said and sha256(b"fetched") in said
        building.build(built, f"FROM busybox\nADD {web.url}/f.txt /w/\n", t="fetched")
        assert look(built, "fetched").text("w/f.txt") == "changed"
        assert "404" in fails(built, f"FROM busybox\nADD {web.url}/gone /w/\n")
        assert "invalid digest" in fails(built, f"FROM busybox\nADD --checksum=sha256:abc {web.url}/f.txt /w/\n")
        assert "filename" in fails(built, f"FROM busybox\nADD {web.url}/ /w/\n")
    assert fails(built, f"FROM busybox\nADD {web.url}/f.txt /elsewhere/\n")


@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress, lzma.compress], ids=["tar", "gzip", "bzip2", "xz"])
def test_a_context_as_an_archive(built, compress):
    data = compress(building.archive({"Dockerfile": "FROM scratch\nCOPY a /\n", "a": "one", ".dockerignore": "Dockerfile"}))
    with Web({"/context": data}) as web:
        by_url = building.build(built, None, remote=f"{web.url}/context")
    assert building.build(built, None, body=data).id == by_url.id
    assert building.Image(building.export(built, by_url.id)).text("a") == "one"


def test_a_dockerfile_by_its_address(built):
    with Web({"/Dockerfile": b"FROM busybox\nLABEL from=web\n", "/page": b"\x00\xff" * 100}) as web:
        made = building.build(built, None, remote=f"{web.url}/Dockerfile")
        assert built.api("GET", f"/images/{made.id}/json")[1]["Config"]["Labels"] == {"from": "web"}
        assert "404" in fails(built, None, remote=f"{web.url}/none")
        assert "parse error" in fails(built, None, remote=f"{web.url}/page")


@pytest.fixture
def repository(tmp_path):
    """A git daemon on loopback with one repository of two branches; its address."""
    git = shutil.which("git")
    folder = git and subprocess.run([git, "--exec-path"], capture_output=True, text=True).stdout.strip()
    if not folder or not os.path.exists(f"{folder}/git-daemon"):
        pytest.skip("git and its daemon are not on this host")
    work = tmp_path / "work"
    (work / "sub").mkdir(parents=True)
    (work / "Dockerfile").write_text("FROM busybox\nCOPY . /t/\n")
    (work / "sub" / "Dockerfile").write_text("FROM scratch\nCOPY name /\n")
    (work / "sub" / "name").write_text("main")
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}
    for name in ("AUTHOR", "COMMITTER"):
        env |= {f"GIT_{name}_NAME": "x", f"GIT_{name}_EMAIL": "x@x", f"GIT_{name}_DATE": "2001-01-01T00:00:00Z"}

    def run(*arguments):
        subprocess.run([git, "-C", str(work), *arguments], env=env, check=True, capture_output=True, text=True)
    run("init", "-q", "-b", "main")
    run("add", ".")
    run("commit", "-q", "-m", "one")
    run("checkout", "-q", "-b", "other")
    (work / "sub" / "name").write_text("other")
    run("commit", "-q", "-a", "-m", "two")
    run("tag", "v1")
    run("checkout", "-q", "main")
    run("clone", "-q", "--bare", ".", str(tmp_path / "served" / "r.git"))
    port = lib.free_port()
    process = subprocess.Popen([f"{folder}/git-daemon", f"--base-path={tmp_path}/served", "--export-all",
                                "--listen=127.0.0.1", f"--port={port}", "--reuseaddr"], env=env, stderr=subprocess.DEVNULL)

    def listens():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0
    try:
        lib.wait_for(listens, "git's daemon listens")
        yield f"git://127.0.0.1:{port}/r.git"
    finally:
        process.terminate()
        process.wait()


def test_a_repository_as_context(built, repository):
    building.build(built, None, remote=repository, t="gitted")
    made = look(built, "gitted")
    # Without what git keeps for itself.
    assert inside(made, "t") == ["Dockerfile", "sub/Dockerfile", "sub/name"] and made.text("t/sub/name") == "main"
    for reference in ("other", "v1", "refs/heads/other"):
        made = building.build(built, None, remote=f"{repository}#{reference}:sub")
        assert building.Image(building.export(built, made.id)).text("name") == "other"
    for query in ("ref=v1", "tag=v1", "branch=other"):
        made = building.build(built, None, remote=f"{repository}?{query}&subdir=sub")
        assert building.Image(building.export(built, made.id)).text("name") == "other"
    assert "expected checksum to match 0123" in fails(built, None, remote=f"{repository}?checksum=0123")
    assert 'unexpected query "nope"' in fails(built, None, remote=f"{repository}?nope=1")
    assert "no directory" in fails(built, None, remote=f"{repository}#main:none")
    assert "git" in fails(built, None, remote=f"{repository}#no-such-branch")
    # Nothing but the network: no file of the host's, no command.
    for url in ("file:///etc/x.git", "ext::sh -c id.git", "--upload-pack=x.git"):
        assert fails(built, None, remote=url)


def test_a_repository_is_added(built, repository):
    building.build(built, f"FROM busybox\nADD {repository}#other:sub /t/\nADD --keep-git-dir=true {repository} /k/\n",
                   t="gitted")
    made = look(built, "gitted")
    assert made.text("t/name") == "other" and "k/.git/HEAD" in made.files
    assert "t/.git" not in made.files


@pytest.mark.skipif(not os.environ.get("BUILDX"), reason="BUILDX names no program: docker-buildx is not on this host")
def test_what_was_fetched_is_told(built, repository, tmp_path):
    client = lib.Client(built, os.environ["BUILDX"])
    folder = tmp_path / "context"
    folder.mkdir()
    commit = subprocess.run(["git", "-C", str(tmp_path / "served" / "r.git"), "rev-parse", "main", "other"],
                            capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"], "HOME": "/nonexistent",
                            "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}).stdout.split()

    def told(context, *arguments):
        client.run("build", "--provenance", "mode=max", "--network", "none", "-o", f"type=local,dest={tmp_path}/out",
                   *arguments, str(context))
        return json.loads((tmp_path / "out" / "provenance.json").read_text())["predicate"]
    with Web({"/f.txt": b"fetched"}) as web:
        # Who asks is told to nobody.
        address = web.url.replace("http://", "http://me:word@")
        (folder / "Dockerfile").write_text(f"FROM scratch\nADD {web.url}/f.txt /\nADD {repository}#other /r/\n")
        said = told(folder, "--build-arg", f"FROM={address}")
        (folder / "Dockerfile").write_text("FROM scratch\nCOPY --from=web f.txt /got\nCOPY --from=git name /\n")
        told(folder, "--build-context", f"web={web.url}/f.txt", "--build-context", f"git={repository}#other:sub")
        assert (tmp_path / "out" / "got").read_text() == "fetched" and (tmp_path / "out" / "name").read_text() == "other"
    assert said["materials"] == [
        {"uri": f"{web.url}/f.txt", "digest": {"sha256": hashlib.sha256(b"fetched").hexdigest()}},
        {"uri": f"{repository}#other", "digest": {"sha1": commit[1]}}], said["materials"]
    assert "me:word" not in json.dumps(said) and said["invocation"]["parameters"]["args"]["build-arg:FROM"].startswith("http://xxxxx@")
    assert said["metadata"]["https://mobyproject.org/buildkit@v1#hermetic"] is False
    assert said["metadata"]["completeness"]["materials"] is False, "the Dockerfile is from anywhere"
    said = told(f"{repository}#main:sub")
    assert said["invocation"]["configSource"] == {
        "uri": f"{repository}#main:sub", "digest": {"sha1": commit[0]}, "entryPoint": "Dockerfile"}
    # All of it is known, and nothing has run.
    assert said["metadata"]["completeness"]["materials"] is True
    assert said["metadata"]["https://mobyproject.org/buildkit@v1#hermetic"] is True
