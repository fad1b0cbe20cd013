"""Fixtures: an engine a file, the clients, the registry, and the census around every test."""

import signal

import pytest

import beanstalk
import building
import census
import lib


# Whoever starts the tests in the background may have SIGINT ignored, and the clients that get it here would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def registry():
    """A registry on loopback with a real Debian as centos:latest, and a busybox."""
    registry = lib.Registry()
    with lib.locked("push"):
        if not registry.has("library/centos", "latest"):
            registry.push("library/centos", "latest", lib.debian_layer().read_bytes(),
                          {"Cmd": ["/bin/bash"], "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]})
    yield registry
    registry.stop()


@pytest.fixture(scope="module")
def module_engine(registry):
    with census.spotless(lib.Engine(registry_port=registry.port)) as engine:
        yield engine


@pytest.fixture
def engine(module_engine):
    """The file's engine; whatever a test leaves is removed, and then nothing may be left."""
    before = census.Census(module_engine)
    yield module_engine
    module_engine.clean()
    if lib.REFERENCE:
        return
    found = []

    def same():
        found[:] = census.Census(module_engine).differences(before)
        return not found

    try:
        lib.wait_for(same, "nothing is left", 10)
    except AssertionError:
        raise AssertionError(f"the test left behind: {found}") from None


@pytest.fixture
def built(engine):
    """The file's engine with nothing but busybox; whatever is built goes afterwards."""
    yield engine
    lib.wait_for(lambda: not building.leftovers(engine), f"the builder holds nothing: {building.leftovers(engine)}", 10)
    assert "panicked" not in engine.log()
    building.clean(engine)


@pytest.fixture
def build(built):
    def run(dockerfile, files=None, **options):
        return building.build(built, dockerfile, files, **options)
    return run


@pytest.fixture(params=["docker-28", "docker-20", "dabba"])
def docker(engine, request):
    """The stock clients and our own, one after the other."""
    program = lib.clients().get(request.param)
    if program is None:
        pytest.skip(f"{request.param} is not on this host")
    return lib.Client(engine, program)


@pytest.fixture
def client(engine):
    """The newest stock client, where the version makes no difference."""
    return lib.Client(engine, next(iter(lib.clients().values())))


@pytest.fixture
def fresh_engine(registry):
    """An engine for one test, which may kill it."""
    engine = lib.Engine(registry_port=registry.port)
    try:
        engine.start()
        engine.load(lib.busybox_archive())
        yield engine
    finally:
        engine.destroy()


@pytest.fixture(scope="module")
def module_cloud():
    with census.spotless(beanstalk.Cloud()) as cloud:
        yield cloud


@pytest.fixture
def cloud(module_cloud):
    """The file's daemon with the AWS API; whatever a test leaves there is removed, and then nothing may be left."""
    before = census.Census(module_cloud)
    yield module_cloud
    assert "panicked" not in module_cloud.log()
    module_cloud.clean()
    found = []

    def same():
        found[:] = census.Census(module_cloud).differences(before)
        return not found

    try:
        lib.wait_for(same, "nothing is left", 10)
    except AssertionError:
        raise AssertionError(f"the test left behind: {found}") from None
