"""Deployments under a constant load: what each policy promises while all is well, and when it is not."""

import time

import pytest

import beanstalk
import lib
from beanstalk import balanced

APPLICATION = "shop"
COUNT = 3


class World:
    """An environment of three instances, and versions to deploy there."""

    def __init__(self, cloud):
        self.cloud = cloud
        cloud.version(APPLICATION, "v0", beanstalk.application("v0"))
        cloud.version(APPLICATION, "crash", beanstalk.CRASHES)
        cloud.version(APPLICATION, "fails", beanstalk.application("fails", beanstalk.FAILS))
        cloud.version(APPLICATION, "deaf", beanstalk.DEAF)
        request = cloud.create(APPLICATION, "load", "v0", balanced(COUNT), CNAMEPrefix="load1")
        told = cloud.outcome(request)
        assert told[-1][1].startswith("Successfully launched"), told
        self.host = cloud.environment("load")["CNAME"]
        self.number = 0

    def next(self):
        """A version that answers with its own label."""
        self.number += 1
        label = f"v{self.number}"
        self.cloud.version(APPLICATION, label, beanstalk.application(label))
        return label

    def load(self):
        return beanstalk.Load(self.cloud, self.host)


@pytest.fixture(scope="module")
def whole(module_cloud):
    yield World(module_cloud)
    module_cloud.clean()


@pytest.fixture
def world(whole):
    """The environment, ready and green."""
    whole.cloud.ready("load", health="Green")
    assert len(whole.cloud.instances("load")) == COUNT
    yield whole
    assert "panicked" not in whole.cloud.log()


def succeeded(told):
    assert told[-1][1] == "Environment update completed successfully.", told
    assert not [text for severity, text in told if severity in ("ERROR", "FATAL")], told


def failed(told, *causes):
    """It is told that it failed, and why, in an event that says so as an error."""
    errors = [text for severity, text in told if severity == "ERROR"]
    assert any(text == "Failed to deploy application." for text in errors), told
    for cause in causes:
        assert any(cause in text for text in errors), (cause, told)


@pytest.mark.parametrize("policy", ["AllAtOnce", "Rolling", "RollingWithAdditionalBatch", "Immutable"])
def test_no_request_fails(world, policy):
    cloud, label = world.cloud, world.next()
    before, old = cloud.instances("load"), cloud.running("load")
    with world.load() as load, beanstalk.Watch(cloud, "load") as watch:
        time.sleep(0.5)
        told = cloud.outcome(cloud.deploy("load", label, balanced(COUNT, policy, BatchSizeType="Fixed", BatchSize=1)))
        after = load.since(time.monotonic())
    succeeded(told)
    load.unbroken()
    assert set(load.versions()) == {old, label}
    assert set(after) == {label}, (old, after)
    after = cloud.instances("load")
    if policy == "Immutable":
        assert not set(before) & set(after) and len(after) == COUNT
        assert max(map(len, watch.seen)) == 2 * COUNT
    elif policy == "RollingWithAdditionalBatch":
        assert after == before
        assert max(map(len, watch.seen)) == COUNT + 1 and len(watch.all() - set(before)) == 1
    else:
        assert after == before and watch.all() == set(before)
    # An environment that is green stays so while it is deployed to.
    assert {health for _, health, _ in watch.states} == {"Green"}, watch.states


def test_rolling_goes_batch_by_batch(world):
    """While the first instances have the new version, the others have the old one."""
    cloud, label = world.cloud, world.next()
    told = cloud.outcome(cloud.deploy("load", label, balanced(COUNT, "Rolling", BatchSizeType="Percentage", BatchSize=34)))
    succeeded(told)
    batches = [text for _, text in told if text.startswith("Deploying to instance")]
    # 34 % of three are two, and one is left.
    assert [text.count("i-") for text in batches] == [2, 1], batches


def test_traffic_splitting_gives_the_new_version_its_share(world):
    cloud, label, percent = world.cloud, world.next(), 30
    before, old = cloud.instances("load"), cloud.running("load")
    split = {"aws:elasticbeanstalk:trafficsplitting": {"NewVersionPercent": percent, "EvaluationTime": 3},
             "dabba:environment": {"EvaluationSeconds": 8}}
    with world.load() as load:
        request = cloud.deploy("load", label, balanced(COUNT, "TrafficSplitting"), split)
        lib.wait_for(lambda: label in load.versions(), "the new version answers", 30)
        begun = time.monotonic()
        time.sleep(6)
        shares = load.versions(since=begun)
        told = cloud.outcome(request)
        after = load.since(time.monotonic())
    succeeded(told)
    load.unbroken()
    share = 100 * shares[label] / sum(shares.values())
    assert abs(share - percent) <= 10, (share, shares)
    assert set(shares) == {old, label}, (old, shares)
    assert sum(shares.values()) > 100, shares
    assert set(after) == {label}, (old, after)
    assert not set(before) & set(cloud.instances("load"))


def test_traffic_splitting_goes_back_when_the_new_version_fails(world):
    """It answers its health checks, and then fails the requests that it gets."""
    cloud, old = world.cloud, world.cloud.running("load")
    before = cloud.instances("load")
    index = beanstalk.WEB["index.cgi"].replace('test "$REQUEST_METHOD" = POST', 'case "$HTTP_USER_AGENT" in *ealth*) ;; *) '
                                               "printf 'Status: 500 Failed\\r\\n\\r\\nfailed\\n'; exit 0;; esac\ntest \"$REQUEST_METHOD\" = POST", 1)
    cloud.version(APPLICATION, "turns", beanstalk.application("turns", {"web/index.cgi": index}))
    split = {"aws:elasticbeanstalk:trafficsplitting": {"NewVersionPercent": 20, "EvaluationTime": 3},
             "dabba:environment": {"EvaluationSeconds": 30}}
    with world.load() as load:
        begun = time.monotonic()
        told = cloud.outcome(cloud.deploy("load", "turns", balanced(COUNT, "TrafficSplitting"), split))
        end = time.monotonic()
        time.sleep(1)
    failed(told, "HTTP 5xx")
    assert end - begun < 25
    # Only the new version's share has failed, and only as long as it had one.
    assert {text for _, text in load.failures} == {"500 failed"}
    assert not [at for at, _ in load.failures if at > end]
    assert set(load.versions()) == {old} and cloud.instances("load") == before


@pytest.mark.parametrize("policy", ["AllAtOnce", "Rolling", "RollingWithAdditionalBatch", "Immutable", "TrafficSplitting"])
def test_a_version_that_crashes_leaves_what_runs(world, policy):
    cloud, old = world.cloud, world.cloud.running("load")
    before = cloud.instances("load")
    with world.load() as load:
        time.sleep(0.3)
        told = cloud.outcome(cloud.deploy("load", "crash", balanced(COUNT, policy, BatchSizeType="Fixed", BatchSize=1)))
        time.sleep(0.5)
    # The step, the exit code, and what it said last.
    failed(told, "the cellar is flooded", "7")
    load.unbroken()
    assert set(load.versions()) == {old}
    ready = cloud.ready("load", health="Green")
    assert ready["VersionLabel"] == old and cloud.instances("load") == before
    # The container that failed is there, stopped, for a look.
    kept = [each for each in cloud.containers("load", all=True) if each["State"] == "exited"]
    assert len(kept) == 1, [(each["Names"], each["Status"]) for each in cloud.containers("load", all=True)]
    status, log = cloud.api("GET", f"/containers/{kept[0]['Id']}/logs?stdout=1&stderr=1")
    assert status == 200 and "the cellar is flooded" in log


def test_a_version_that_never_listens(world):
    cloud, old = world.cloud, world.cloud.running("load")
    with world.load() as load:
        begun = time.monotonic()
        told = cloud.outcome(cloud.deploy("load", "deaf", balanced(COUNT, "Rolling", BatchSizeType="Fixed", BatchSize=1, Timeout=4)))
    failed(told, "did not become healthy within 4 seconds")
    assert time.monotonic() - begun < 40
    load.unbroken()
    assert set(load.versions()) == {old}


def test_a_version_that_fails_its_health_check(world):
    cloud, old = world.cloud, world.cloud.running("load")
    with world.load() as load:
        told = cloud.outcome(cloud.deploy("load", "fails", balanced(COUNT, "Immutable", Timeout=4)))
    failed(told, "500")
    load.unbroken()
    assert set(load.versions()) == {old}


def test_a_crashed_application_comes_back(world):
    """An application that ends by itself is replaced; a few requests at most are lost."""
    cloud = world.cloud
    with world.load() as load:
        assert cloud.get(world.host, "/cgi-bin/crash")[0] in (200, 502)
        lib.wait_for(lambda: any("is replaced" in text for _, text in cloud.told(EnvironmentName="load")), "it is told", 20)
        cloud.ready("load", health="Green")
        lib.wait_for(lambda: len(cloud.containers("load")) == COUNT, "as many run as before", 20)
        end = time.monotonic()
        time.sleep(0.5)
    assert len(load.failures) <= len(load.threads), load.failures
    assert not [at for at, _ in load.failures if at > end]


@pytest.mark.parametrize("policy", ["Rolling", "Immutable"])
def test_the_daemon_dies_in_the_middle(world, policy):
    """kill -9, and a start: the deployment is finished by its own rules, and the applications never stopped."""
    cloud, label = world.cloud, world.next()
    kept = {each["Id"] for each in cloud.containers("load")}
    request = cloud.deploy("load", label, balanced(COUNT, policy, BatchSizeType="Fixed", BatchSize=1))
    lib.wait_for(lambda: any(text.startswith(("Deploying to", "Launching")) for _, text in cloud.told(RequestId=request)),
                 "it has begun")
    cloud.kill()
    time.sleep(0.5)
    cloud.start()
    assert kept & {each["Id"] for each in cloud.containers("load")}, "the old containers outlived the daemon"
    told = cloud.outcome(request)
    succeeded(told)
    with world.load() as load:
        ready = cloud.ready("load", health="Green")
        time.sleep(0.5)
    load.unbroken()
    assert ready["VersionLabel"] == label and set(load.versions()) == {label}
    assert len(cloud.instances("load")) == COUNT and len(cloud.containers("load")) == COUNT


def test_the_daemon_dies_while_a_crash_is_undone(world):
    cloud, old = world.cloud, world.cloud.running("load")
    request = cloud.deploy("load", "crash", balanced(COUNT, "Immutable"))
    lib.wait_for(lambda: any(text.startswith("Launching") for _, text in cloud.told(RequestId=request)), "it has begun")
    cloud.kill()
    cloud.start()
    failed(cloud.outcome(request), "the cellar is flooded")
    ready = cloud.ready("load", health="Green")
    assert ready["VersionLabel"] == old and cloud.running("load") == old
    assert len(cloud.instances("load")) == COUNT
