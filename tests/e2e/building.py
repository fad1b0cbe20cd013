"""Builds as the classic clients ask for them: one archive in, one stream of messages out; and looks into what they made."""

import io
import json
import os
import pathlib
import re
import tarfile
import urllib.parse

import lib


class Built:
    """What `POST /build` answered."""

    def __init__(self, status, text):
        self.status = status
        lines = text.splitlines() if isinstance(text, str) else [json.dumps(text)]
        self.messages = [json.loads(line) for line in lines if line.strip().startswith("{")]
        self.output = "".join(message.get("stream", "") for message in self.messages)
        self.id = next((message["aux"]["ID"] for message in self.messages if "ID" in message.get("aux", {})), None)
        self.error = next((message["error"] for message in self.messages if "error" in message), None)
        if status >= 400:
            self.error = self.messages[0]["message"] if self.messages else text

    def steps(self):
        """The instructions, and whether the cache had them, in the order in which they began."""
        found = []
        for line in self.output.splitlines():
            if step := re.fullmatch(r"Step \d+/\d+ : (.*)", line):
                found.append([step[1], False])
            elif line == " ---> Using cache":
                found[-1][1] = True
        return [tuple(step) for step in found]

    def ran(self):
        """The instructions that were carried out: the cache did not have them."""
        return [text for text, cached in self.steps() if not cached and not text.startswith("FROM ")]


def archive(files, mtime=1_000_000_000):
    """A context: content by name. A name that ends in / is a directory; a tuple is (content, mode); None as content
    leaves it out; a TarInfo is taken as it is."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as made:
        for name, content in files.items():
            if isinstance(content, tarfile.TarInfo):
                made.addfile(content)
                continue
            content, mode = content if isinstance(content, tuple) else (content, 0o644)
            entry = tarfile.TarInfo(name.rstrip("/"))
            entry.mode, entry.mtime = mode, mtime
            if name.endswith("/"):
                entry.type, entry.mode, content = tarfile.DIRTYPE, 0o755, b""
            data = content if isinstance(content, bytes) else content.encode()
            entry.size = len(data)
            made.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def build(engine, text, files=None, body=None, check=True, mtime=1_000_000_000, timeout=120, **query):
    """Builds without a network, unless the query names one; gives a `Built`."""
    query = {"networkmode": "none"} | query
    query = {name: json.dumps(value) if isinstance(value, (dict, list)) else value for name, value in query.items()}
    if body is None and "remote" not in query:
        body = archive({"Dockerfile": text} | (files or {}), mtime)
    status, answer = engine.api("POST", "/build?" + urllib.parse.urlencode(query), body,
                                {"Content-Type": "application/x-tar"}, timeout=timeout)
    built = Built(status, answer)
    if check:
        assert built.error is None and built.id, f"{built.error}\n{built.output}"
    return built


def fails(engine, text, files=None, **options):
    """Builds what must fail; gives what was said, and then the engine still answers."""
    built = build(engine, text, files, check=False, **options)
    assert built.error, f"it was built: {built.output}"
    assert engine.api("GET", "/_ping")[0] == 200
    return built.error


def export(engine, image):
    """The archive of an image, as `docker save` writes it."""
    connection = lib.UnixConnection(engine.socket)
    connection.request("GET", f"/images/{image}/get")
    answer = connection.getresponse()
    data = answer.read()
    connection.close()
    assert answer.status == 200, data
    return data


class Image:
    """An image, read from its archive: its configuration, and its files with the layers laid over each other."""

    def __init__(self, data, skip=0):
        self.files, self.layers = {}, []
        with tarfile.open(fileobj=io.BytesIO(data)) as saved:
            manifest = json.load(saved.extractfile("manifest.json"))[0]
            self.config = json.load(saved.extractfile(manifest["Config"]))
            for layer in manifest["Layers"][skip:]:
                with tarfile.open(fileobj=io.BytesIO(saved.extractfile(layer).read())) as entries:
                    self.lay(entries)

    def lay(self, entries):
        names = []
        for entry in entries:
            name = entry.name.strip("./") if entry.name.startswith("./") else entry.name.strip("/")
            names.append(name)
            folder, base = os.path.split(name)
            if base == ".wh..wh..opq":
                self.drop(folder + "/")
            elif base.startswith(".wh."):
                self.drop(os.path.join(folder, base[4:]))
            else:
                body = entries.extractfile(entry).read() if entry.isreg() else None
                self.files[name] = (entry.type, entry.mode, entry.uid, entry.gid, entry.linkname, body)
        self.layers.append(sorted(names))

    def drop(self, name):
        for known in [known for known in self.files if known == name or known.startswith(name.rstrip("/") + "/")]:
            if known != name.rstrip("/") or not name.endswith("/"):
                del self.files[known]

    def text(self, name):
        """A file's content."""
        return self.files[name][5].decode()

    def mode(self, name):
        return oct(self.files[name][1])

    def owner(self, name):
        return self.files[name][2:4]

    def names(self):
        return sorted(self.files)


def look(engine, image):
    """An image, without the layers of the busybox that it begins with."""
    return Image(export(engine, image), skip=1)


def leftovers(engine):
    """What builds hold of the engine's root while they run, and nobody may hold afterwards."""
    root = pathlib.Path(engine.root)
    found = [str(path) for folder in ("data/image/snapshots", "data/image/tmp", "data/image/trash", "exec/build",
                                      "exec/containers") for path in (root / folder).glob("*")]
    found += [str(path) for pattern in ("local/tmp-*", "mounts/new-*") for path in (root / "data/build").glob(pattern)]
    return found


def clean(engine):
    """Takes away every image but busybox, and the cache."""
    for image in engine.api("GET", "/images/json?all=1")[1]:
        if "busybox:latest" not in (image["RepoTags"] or []):
            engine.api("DELETE", f"/images/{image['Id']}?force=1")
    engine.api("POST", "/build/prune?all=1")

