"""The eb command line, unmodified, on environments of several instances behind a balancer; workers; all that ends."""

import re
import time

import pytest

import beanstalk
import lib
from test_eb import ordered, settings, together


class Shop:
    """env1 of one instance and env2 of two, launched at the same time."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.project = beanstalk.Project(cloud, "shop")
        self.project.write(beanstalk.application("v1"))
        self.eb = self.project.eb
        self.eb("init", "myapp", "-p", "docker", "-r", beanstalk.REGION)
        self.eb("appversion", "-c", "-l", "v1")
        one, self.created = together(
            self.project, ["create", "env1", "--single", "--version", "v1"],
            ["create", "env2", "--scale", "2", "--elb-type", "application", "--envvars", "X=1", "--tags", "team=a",
             "--version", "v1"])
        for name, said in (("env1", one), ("env2", self.created)):
            assert f"Successfully launched environment: {name}" in said

    def next(self, version, more=None):
        self.project.write(beanstalk.application(version, more))

    def hosts(self, name, requests=40):
        """The containers that answer."""
        return {self.cloud.at(name).split()[1] for _ in range(requests)}


@pytest.fixture(scope="module")
def shop(module_cloud):
    yield Shop(module_cloud)
    module_cloud.clean()


def test_row_8_several_instances(shop):
    ordered(shop.created, "Environment details for: env2", "createEnvironment is starting.",
            "Successfully launched environment: env2")
    assert len(shop.hosts("env2")) == 2
    assert "X=1" in shop.cloud.at("env2", "/cgi-bin/env").splitlines()
    assert re.search(r"^team\s+a$", shop.eb("tags", "env2", "-l"), re.M)


@pytest.mark.parametrize("policy", ["AllAtOnce", "Rolling", "RollingWithAdditionalBatch", "Immutable"])
def test_row_9_deployments_fail_no_request(shop, policy):
    cloud = shop.cloud
    cloud.eb.update_environment(EnvironmentName="env2", OptionSettings=beanstalk.options(
        {"aws:elasticbeanstalk:command": {"DeploymentPolicy": policy, "BatchSizeType": "Fixed", "BatchSize": 1}}))
    cloud.ready("env2")
    shop.next(policy.lower())
    with beanstalk.Load(cloud, cloud.environment("env2")["CNAME"]) as load:
        said = shop.eb("deploy", "env2")
    assert "Environment update completed successfully." in said
    load.unbroken()
    assert load.answers[-1][1] == policy.lower()
    assert len(shop.hosts("env2")) == 2


def test_row_10_a_version_that_crashes(shop):
    cloud = shop.cloud
    before = cloud.running("env2")
    cloud.eb.update_environment(EnvironmentName="env2", OptionSettings=beanstalk.options(
        {"aws:elasticbeanstalk:command": {"DeploymentPolicy": "Immutable"}}))
    cloud.ready("env2")
    shop.project.write(beanstalk.CRASHES)
    with beanstalk.Load(cloud, cloud.environment("env2")["CNAME"]) as load:
        said = shop.eb("deploy", "env2", rc=4)
    ordered(said, "ERROR", "the cellar is flooded", "Failed to deploy application.")
    load.unbroken()
    assert set(load.versions()) == {before}
    shop.next("v3")


def test_row_11_scale(shop):
    said = shop.eb("scale", "3", "env2")
    assert "Successfully deployed new configuration to environment." in said
    instances = shop.cloud.instances("env2")
    assert len(instances) == 3 and len(shop.hosts("env2", 60)) == 3
    health = shop.cloud.eb.describe_instances_health(EnvironmentName="env2", AttributeNames=["All"])["InstanceHealthList"]
    assert sorted(each["InstanceId"] for each in health) == instances
    assert {each["HealthStatus"] for each in health} <= {"Ok", "Info"}


def test_rows_8_and_11_status_shows_the_instances(shop):
    status = shop.eb("status", "env2", "-v")
    instances = shop.cloud.instances("env2")
    assert f"Running instances: {len(instances)}" in status
    for instance in instances:
        assert re.search(rf"{instance}.*(healthy|InService)", status), status


def test_row_12_a_killed_container_is_replaced(shop):
    cloud = shop.cloud
    said = cloud.ready("env2", health="Green")
    count = len(cloud.instances("env2"))
    victim = cloud.containers("env2")[0]["Id"]
    with beanstalk.Load(cloud, said["CNAME"]) as load:
        time.sleep(0.5)
        assert cloud.api("POST", f"/containers/{victim}/kill")[0] == 204
        lib.wait_for(lambda: victim not in {each["Id"] for each in cloud.containers("env2")}
                     and len(cloud.containers("env2")) == count, "as many run as before", 30)
        cloud.ready("env2", health="Green")
        time.sleep(0.5)
    # Each client may have had one request at the container that was killed.
    assert len(load.failures) <= len(load.threads), load.failures
    told = shop.eb("events", "env2")
    assert re.search(r"Instance \[?i-[0-9a-f]+\]? is replaced", told), told
    assert len(cloud.instances("env2")) == count
    assert re.search(r"\bOk\b", shop.eb("health", "env2"))


def test_row_13_swap(shop):
    cloud = shop.cloud
    shop.cloud.version("myapp", "one", beanstalk.application("one"))
    cloud.deploy("env1", "one")
    cloud.ready("env1")
    hosts = {name: cloud.environment(name)["CNAME"] for name in ("env1", "env2")}
    versions = {name: cloud.running(name) for name in hosts}
    assert versions["env1"] == "one" != versions["env2"]
    with beanstalk.Load(cloud, hosts["env1"]) as load:
        said = shop.eb("swap", "env1", "--destination_name", "env2")
    assert "Completed swapping CNAMEs for environments" in said
    load.unbroken()
    assert cloud.environment("env1")["CNAME"] == hosts["env2"] and cloud.environment("env2")["CNAME"] == hosts["env1"]
    assert cloud.get(hosts["env1"])[1].split()[0] == versions["env2"]
    assert cloud.get(hosts["env2"])[1].split()[0] == "one"
    # Once it is done, it is done: no old answer after a new one.
    order = [version for _, version, _ in sorted(load.answers)]
    assert order[0] == "one" and order[-1] == versions["env2"]


def test_row_20_a_worker(shop):
    cloud = shop.cloud
    cron = "version: 1\ncron:\n - name: tidy\n   url: /cgi-bin/index.cgi\n   schedule: \"* * * * *\"\n"
    files = beanstalk.application("w1", {"cron.yaml": cron})
    cloud.version("myapp", "w1", files)
    said = shop.eb("create", "work1", "--tier", "worker", "--single", "--version", "w1")
    ordered(said, "Tier: Worker-SQS/HTTP", "Successfully launched environment: work1")
    queues = cloud.eb.describe_environment_resources(EnvironmentName="work1")["EnvironmentResources"]["Queues"]
    urls = {queue["Name"]: queue["URL"] for queue in queues or []}
    assert {"WorkerQueue", "WorkerDeadLetterQueue"} == set(urls)
    sent = cloud.aws("sqs", "send-message", "--queue-url", urls["WorkerQueue"], "--message-body", "feed the parrot")
    [container] = cloud.containers("work1")

    def log():
        return cloud.api("GET", f"/containers/{container['Id']}/logs?stdout=1&stderr=1")[1]
    lib.wait_for(lambda: f"{sent['MessageId']} nothing feed the parrot" in log(), "the message is posted", 30)
    lib.wait_for(lambda: re.search(r"posted /cgi-bin/index.cgi \S+ tidy", log()), "the task of cron.yaml is posted", 90)
    shop.eb("terminate", "work1", "--force")


def test_row_23_a_restart(shop):
    cloud = shop.cloud
    before = {name: cloud.environment(name) for name in ("env1", "env2")}
    containers = {each["Id"] for each in cloud.containers()}
    instances = {name: cloud.instances(name) for name in before}
    cloud.kill()
    cloud.start()
    for name, old in before.items():
        now = cloud.ready(name, health="Green")
        assert {key: now[key] for key in ("EnvironmentId", "CNAME", "VersionLabel", "EndpointURL", "EnvironmentArn")} == {
            key: old[key] for key in ("EnvironmentId", "CNAME", "VersionLabel", "EndpointURL", "EnvironmentArn")}
        assert cloud.instances(name) == instances[name]
        assert cloud.running(name)
    assert {each["Id"] for each in cloud.containers()} == containers
    ordered(shop.eb("status", "env2"), "Status: Ready", "Health: Green")


def test_row_21_terminate_and_restore(shop):
    cloud = shop.cloud
    old = cloud.ready("env2")
    version = cloud.running("env2")
    said = shop.eb("terminate", "env2", "--force")
    assert "terminateEnvironment completed successfully." in said
    assert not cloud.containers("env2", all=True)
    assert cloud.get(old["CNAME"])[0] == 404
    cloud.aws("elasticbeanstalk", "wait", "environment-terminated", "--environment-ids", old["EnvironmentId"])
    said = shop.eb("restore", old["EnvironmentId"])
    assert "Successfully launched environment: env2" in said
    now = cloud.environment("env2")
    assert now["EnvironmentId"] == old["EnvironmentId"] and now["CNAME"] == old["CNAME"]
    assert cloud.running("env2") == version
    assert {each["OptionName"]: each.get("Value") for each in settings(cloud, "env2")}["X"] == "1"


def test_row_24_all_goes(shop):
    """The last one of the file."""
    cloud = shop.cloud
    said = shop.eb("terminate", "--all", "--force")
    assert "The application has been deleted successfully." in said
    assert cloud.aws("elasticbeanstalk", "describe-applications") == {"Applications": []}
    assert not cloud.containers(all=True)
    assert sorted(each["Name"] for each in cloud.api("GET", "/networks")[1]) == ["bridge", "host", "none"]
    [bucket] = [each["Name"] for each in cloud.s3.list_buckets()["Buckets"]]
    left = [each["Key"] for each in cloud.s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    assert not [key for key in left if key.startswith(("myapp/", "resources/templates/"))], left
