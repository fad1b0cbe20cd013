"""Registries that nobody vouches for: TLS with a certificate of their own making, and none."""

import shutil
import subprocess
import tempfile

import pytest

import lib

LAYER = lib.layer([("hello", "file", "hello\n")])


@pytest.fixture
def certificate():
    folder = tempfile.mkdtemp(prefix="certificate-", dir="/var/tmp")
    made = f"{folder}/certificate", f"{folder}/key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-subj", "/CN=nobody.test", "-days", "2", "-out", made[0], "-keyout", made[1]],
                   check=True, capture_output=True)
    yield made
    shutil.rmtree(folder)


@pytest.fixture
def engine_with():
    """An engine that is told these registries are insecure, with an address of its own for them to listen on."""
    engines = []

    def start(*insecure):
        engine = lib.Engine(extra=[flag for name in insecure for flag in ("--insecure-registry", name)])
        engines.append(engine)
        engine.start()
        return engine, lib.Client(engine, next(iter(lib.clients().values())))

    yield start
    for engine in engines:
        engine.clean()
        engine.terminate()
        engine.destroy()


@pytest.fixture
def registry_at(certificate):
    registries = []

    def serve(address, tls):
        registry = lib.Registry(address, certificate if tls else None)
        registries.append(registry)
        registry.push("own/image", "1", LAYER, {"Cmd": ["true"]})
        return registry

    yield serve
    for registry in registries:
        registry.stop()


@pytest.mark.parametrize("tls", [True, False], ids=["tls", "plain"])
def test_an_insecure_registry(engine_with, registry_at, tls):
    engine, client = engine_with("10.0.0.0/8")
    registry = registry_at(engine.gateway, tls)
    name = f"{engine.gateway}:{registry.port}/own/image:1"
    assert name in client("pull", "-q", name)
    client("rmi", name)


@pytest.mark.parametrize("tls, said", [(True, "certificate"), (False, "https://")], ids=["tls", "plain"])
def test_a_registry_that_nobody_called_insecure(engine_with, registry_at, tls, said):
    engine, client = engine_with()
    registry = registry_at(engine.gateway, tls)
    assert said in client.fails("pull", f"{engine.gateway}:{registry.port}/own/image:1")


def test_loopback_is_insecure_and_may_speak_tls(engine_with, registry_at):
    _, client = engine_with()
    registry = registry_at("127.0.0.1", True)
    client("pull", "-q", f"127.0.0.1:{registry.port}/own/image:1")
