"""dabba eb: tasks, the way back to the version before, and where option values come from."""

import json
import subprocess

import pytest

import beanstalk
import lib

EXTENSION = """option_settings:
  aws:elasticbeanstalk:application:environment:
    COLOUR: green
    SIZE: "3"
"""
# Two services of one image, of which the second has properties and a volume of its own.
COMPOSE = """services:
  web:
    build: .
    ports: ["80:80"]
    env_file: [.env]
    environment: {ROLE: web}
  jobs:
    build: .
    env_file: [.env]
    command: ["sh", "-c", "hostname > /data/who; exec sleep 1000"]
    environment: {ROLE: jobs}
    volumes: ["data:/data"]
  cache:
    image: busybox
    command: ["sh", "-c", "mkdir /c; echo from-the-cache > /c/index.html; exec httpd -f -p 8000 -h /c"]
volumes:
  data:
"""
# What the service cache answers.
FETCH = "printf 'GET / HTTP/1.0\\r\\n\\r\\n' | nc -w 5 cache 8000 | tail -n 1"
TASK = "com.dabba.beanstalk.task"
ONLY_LOOKS = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "elasticbeanstalk:Describe*", "Resource": "*"}]}


@pytest.fixture(scope="module")
def shop(module_cloud):
    """An environment of two versions, the second of which runs."""
    cloud = module_cloud
    cloud.version("shop", "v1", beanstalk.application("v1", {".ebextensions/a.config": EXTENSION}))
    cloud.version("shop", "v2", beanstalk.application("v2", {".ebextensions/a.config": EXTENSION}))
    cloud.outcome(cloud.create("shop", "env1", "v1", beanstalk.SINGLE))
    cloud.outcome(cloud.deploy("env1", "v2"))
    yield cloud
    cloud.clean()


def dabba(cloud, *arguments, rc=0, input=None, keys=None):
    """Types a command of `dabba eb`; gives what it prints."""
    env = cloud.aws_env | {"DABBA_HOST": f"unix://{cloud.socket}"}
    if keys:
        env |= {"AWS_ACCESS_KEY_ID": keys[0], "AWS_SECRET_ACCESS_KEY": keys[1]}
    done = subprocess.run([lib.PROGRAM, "eb", *arguments], env=env, input=input, capture_output=True, text=True, timeout=60)
    assert done.returncode == rc, f"{arguments}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout if rc == 0 else done.stdout + done.stderr


def tasks(cloud):
    return [each for each in cloud.api("GET", "/containers/json?all=1")[1] if TASK in each["Labels"]]


def instance(cloud, name="env1"):
    """The container of an environment's only instance, when that of the one before is gone."""
    def only():
        found = [each for each in cloud.containers(name) if TASK not in each["Labels"]]
        return found[0] if len(found) == 1 else None
    return lib.wait_for(only, "there is one instance")


def none_left(cloud):
    lib.wait_for(lambda: not tasks(cloud), "no container of a task is left", 10)


def test_a_task_has_what_an_instance_has(shop):
    said = dabba(shop, "run", "env1", "--", "sh", "-c", "cat /app/version; echo $COLOUR $SIZE; hostname -i; hostname")
    version, properties, address, name = said.split("\n")[:4]
    assert (version, properties) == ("v2", "green 3")
    # It is in the network of the environment, and is none of its instances.
    own = instance(shop)
    [network] = own["NetworkSettings"]["Networks"].values()
    assert address.split(".")[:2] == network["IPAddress"].split(".")[:2] and not own["Id"].startswith(name)
    none_left(shop)
    assert any(text.startswith("Task [") for _, text in shop.told(EnvironmentName="env1"))
    # Other environments' instances are not told of it.
    assert len(shop.instances("env1")) == 1 and shop.running("env1") == "v2"


def test_output_input_and_exit_codes_are_the_commands_own(shop):
    assert "lost" in dabba(shop, "run", "env1", "sh", "-c", "echo lost >&2; exit 7", rc=7)
    assert dabba(shop, "run", "-i", "env1", "wc", "-c", input="12345").strip() == "5"
    assert dabba(shop, "run", "--entrypoint", "echo", "env1", "--", "-n", "whole") == "whole"
    assert "not found" in dabba(shop, "run", "env1", "no-such-program", rc=127)
    none_left(shop)


def test_a_detached_task_is_left_to_itself(shop):
    id = dabba(shop, "run", "-d", "env1", "sleep", "1000").strip()
    [task] = tasks(shop)
    assert task["Id"] == id and task["State"] == "running"
    inspected = shop.api("GET", f"/containers/{id}/json")[1]
    limits = shop.api("GET", f"/containers/{instance(shop)['Id']}/json")[1]["HostConfig"]
    for name in ("Memory", "NanoCpus", "NetworkMode"):
        assert inspected["HostConfig"][name] == limits[name]
    shop.api("POST", f"/containers/{id}/kill")
    none_left(shop)


def test_what_cannot_be_run_is_refused_in_words(shop):
    said = dabba(shop, "run", "nowhere", "true", rc=125)
    assert "No Environment found for EnvironmentName = 'nowhere'" in said
    assert "there is no service db" in dabba(shop, "run", "--service", "db", "env1", "true", rc=125)
    assert "not a TTY" in dabba(shop, "run", "-it", "env1", "sh", rc=125)
    iam = shop.client("iam")
    iam.create_user(UserName="looker")
    iam.put_user_policy(UserName="looker", PolicyName="p", PolicyDocument=json.dumps(ONLY_LOOKS))
    key = iam.create_access_key(UserName="looker")["AccessKey"]
    keys = key["AccessKeyId"], key["SecretAccessKey"]
    try:
        said = dabba(shop, "run", "env1", "true", rc=125, keys=keys)
        assert "not authorized to perform: elasticbeanstalk:RunEnvironmentTask" in said
        assert "elasticbeanstalk:RollbackEnvironment" in dabba(shop, "rollback", "env1", rc=1, keys=keys)
        assert "COLOUR" in dabba(shop, "options", "env1", keys=keys)
    finally:
        iam.delete_access_key(UserName="looker", AccessKeyId=keys[0])
        iam.delete_user_policy(UserName="looker", PolicyName="p")
        iam.delete_user(UserName="looker")
    none_left(shop)


def test_tasks_of_several_services(shop):
    """Each service has its own tasks; one finds its neighbours by their names, and is found by none."""
    compose = beanstalk.application("several", {"docker-compose.yml": COMPOSE})
    shop.version("shop", "several", compose)
    shop.outcome(shop.create("shop", "several", "several", beanstalk.balanced(2), {
        "aws:elasticbeanstalk:application:environment": {"SHARED": "1"}}))
    try:
        print_role = ("sh", "-c", "echo $ROLE $SHARED $(cat /app/version)")
        assert dabba(shop, "run", "several", *print_role).strip() == "web 1 several"
        assert dabba(shop, "run", "--service", "jobs", "several", *print_role).strip() == "jobs 1 several"
        # The volume is its own, and not that of an instance.
        assert dabba(shop, "run", "--service", "jobs", "several", "ls", "-A", "/data").strip() == ""
        assert dabba(shop, "run", "--service", "jobs", "several", "sh", "-c", FETCH).strip() == "from-the-cache"
        said = dabba(shop, "run", "--service", "db", "several", "true", rc=125)
        assert "there is no service db; there are" in said and "jobs" in said and "web" in said
        id = dabba(shop, "run", "-d", "--service", "cache", "several", "httpd", "-f", "-p", "8000", "-h", "/tmp").strip()
        assert [each["Id"] for each in tasks(shop)] == [id]
        # Who asks for the service still gets the instance's own.
        for _ in range(5):
            answer = dabba(shop, "run", "several", "sh", "-c", FETCH)
            assert answer.strip() == "from-the-cache"
    finally:
        # The last task goes with its environment.
        shop.eb.terminate_environment(EnvironmentName="several")
        shop.gone("several")
    none_left(shop)


def test_options_are_told_with_where_they_come_from(shop):
    shop.outcome(shop.eb.update_environment(EnvironmentName="env1", OptionSettings=beanstalk.options(
        {"aws:elasticbeanstalk:application:environment": {"SIZE": "4"}}))["ResponseMetadata"]["RequestId"])
    rows = [line.split(None, 3) for line in dabba(shop, "options", "env1").splitlines()]
    assert rows[0] == ["NAMESPACE", "OPTION", "VALUE", "ORIGIN"]
    origins = {(row[0], row[1]): tuple(row[2:]) for row in rows if len(row) == 4}
    properties = "aws:elasticbeanstalk:application:environment"
    assert origins[properties, "COLOUR"] == ("green", ".ebextensions/a.config:3")
    assert origins[properties, "SIZE"] == ("4", "request")
    assert origins["aws:elasticbeanstalk:command", "Timeout"] == ("40", "request")
    assert origins["aws:elasticbeanstalk:command", "BatchSizeType"] == ("Percentage", "default")
    one = dabba(shop, "options", "env1", properties).splitlines()
    assert all(line.startswith((properties, "NAMESPACE")) for line in one) and len(one) >= 3
    assert "no option of the namespace nonsense" in dabba(shop, "options", "env1", "nonsense", rc=1)


def test_a_rollback_builds_nothing_and_keeps_the_settings(shop):
    shop.outcome(shop.eb.update_environment(EnvironmentName="env1", OptionSettings=beanstalk.options(
        {"aws:elasticbeanstalk:application:environment": {"KEPT": "yes"}}))["ResponseMetadata"]["RequestId"])
    def built():
        return [text for _, text in shop.told(EnvironmentName="env1")].count("Building the image.")
    before = built()
    with beanstalk.Load(shop, shop.environment("env1")["CNAME"]) as load:
        said = dabba(shop, "rollback", "env1")
        lib.wait_for(lambda: load.versions().get("v1"), "v1 answers")
    load.unbroken()
    assert "Deploying new version" in said and said.endswith("env1 runs v1.\n")
    assert before > 0 and built() == before
    assert shop.running("env1") == "v1" and shop.environment("env1")["VersionLabel"] == "v1"
    assert "KEPT=yes" in shop.at("env1", "/cgi-bin/env")
    # And once more: there and back. A restart of its application finds the images still.
    assert dabba(shop, "rollback", "env1").endswith("env1 runs v2.\n")
    assert dabba(shop, "rollback", "env1", "--no-wait") == ""
    shop.ready("env1")
    shop.api("POST", f"/containers/{instance(shop)['Id']}/restart?t=1")
    lib.wait_for(lambda: shop.get(shop.environment("env1")["CNAME"])[1].startswith("v1"), "v1 answers again", 20)


def test_there_is_not_always_a_way_back(shop):
    shop.outcome(shop.create("shop", "env2", "v1", beanstalk.SINGLE))
    assert "no other version has run in it" in dabba(shop, "rollback", "env2", rc=1)
    shop.version("shop", "slow", beanstalk.application("slow", {"run.sh": "#!/bin/sh\nsleep 4\n" + beanstalk.RUN}))
    request = shop.deploy("env2", "slow")
    assert "it is being changed" in dabba(shop, "rollback", "env2", rc=1)
    # A task runs while a deployment does: of what has been deployed.
    assert dabba(shop, "run", "env2", "cat", "/app/version").strip() == "v1"
    shop.outcome(request)
    id = dabba(shop, "run", "-d", "env2", "sleep", "1000").strip()
    shop.eb.terminate_environment(EnvironmentName="env2")
    shop.gone("env2")
    assert id not in [each["Id"] for each in tasks(shop)]


def test_modules_are_composed_and_deployed(shop):
    """eb itself: two directories, the first of which links to the second."""
    folder = beanstalk.Project(shop, "modules")
    manifest = "AWSConfigurationTemplateVersion: 1.1.0.0\nEnvironmentName: {0}+\nOptionSettings:\n" \
               "  aws:elasticbeanstalk:environment:\n    EnvironmentType: SingleInstance\n{1}"

    def write(version):
        for name, links in (("front", "EnvironmentLinks:\n  BACK: back+\n"), ("back", "")):
            files = beanstalk.application(f"{name}{version}", {"env.yaml": manifest.format(name, links)})
            folder.write({f"{name}/{path}": content for path, content in files.items()})
    write(1)
    for name in ("front", "back"):
        module = beanstalk.Project.__new__(beanstalk.Project)
        module.cloud, module.folder = shop, folder.folder / name
        module.eb("init", "modules", "-p", "docker", "-r", beanstalk.REGION)
    said = folder.eb("create", "--modules", "front", "back", "--env-group-suffix", "blue")
    assert said.count("Successfully launched environment:") == 2, said
    assert shop.running("front-blue") == "front1" and shop.running("back-blue") == "back1"
    assert f"BACK={shop.environment('back-blue')['CNAME']}" in shop.at("front-blue", "/cgi-bin/env").splitlines()
    write(2)
    folder.eb("deploy", "--modules", "front", "back", "--env-group-suffix", "blue")
    assert shop.running("front-blue") == "front2" and shop.running("back-blue") == "back2"
