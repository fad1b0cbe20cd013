"""eb where there is no environment yet, or no longer: launches that are given up, `eb local`, clones, swaps, what was."""

import json
import os
import urllib.request

import pexpect
import pytest

import beanstalk
import lib
from test_eb import ordered
from test_eb_prompts import Typed, script


@pytest.fixture
def shop(cloud, request):
    project = Typed(cloud, request.node.name)
    project.write(beanstalk.application("v1"))
    # What was of an application of the same name is still told.
    project.eb("init", request.node.name, "-p", "docker", "-r", beanstalk.REGION)
    return project


def test_abort_of_a_launch(shop):
    """A launch that is given up leaves an environment without instances, which the next version launches."""
    cloud = shop.cloud
    good = shop.aside()
    shop.write({"Dockerfile": beanstalk.DOCKERFILE.replace("EXPOSE", "RUN echo the-build-sleeps && sleep 1000\nEXPOSE")})
    child = shop.spawn("create", "slow", "--single")
    try:
        lib.wait_for(lambda: any("Building the image" in text for _, text in cloud.told(EnvironmentName="slow")), "it is built", 30)
        good.eb("abort", "slow")
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)
    ordered(child.before, "createEnvironment is starting.", "Failed to launch environment.")
    environment = cloud.ready("slow")
    told = [text for _, text in cloud.told(EnvironmentName="slow")]
    assert "Failed to launch environment." in told, told
    assert not cloud.instances("slow") and not cloud.containers("slow", all=True)
    good.write(beanstalk.application("good"))
    said = good.eb("deploy", "slow")
    assert "Environment update completed successfully." in said
    assert cloud.ready("slow", health="Green")["EnvironmentId"] == environment["EnvironmentId"]
    assert cloud.running("slow") == "good"


def test_eb_local(shop):
    """`eb local` builds and runs by the docker client, here on the daemon's own socket."""
    cloud = shop.cloud
    tools = cloud.home / "bin"
    tools.mkdir()
    stock = next(program for name, program in lib.clients().items() if name != "dabba")
    script(tools / "docker", f'exec {stock} "$@"')
    port = lib.free_port()
    opened = cloud.home / "opened-locally"
    browser = script(cloud.home / "browser", f'echo "$1" > {opened}')
    env = {"PATH": f"{tools}:{os.environ['PATH']}", "DOCKER_HOST": f"unix://{cloud.socket}", "DOCKER_CONFIG": str(cloud.root / "client"),
           "BROWSER": f"{browser} %s"}
    # Nothing is pulled, and the directory of logs is one of the project's.
    shop.write({"Dockerrun.aws.json": json.dumps({"AWSEBDockerrunVersion": "1", "Image": {"Name": "busybox", "Update": "false"}, "Logging": "/var/log/app"}),
                 "run.sh": beanstalk.RUN.replace("httpd", "echo written > /var/log/app/own.log\nhttpd", 1)})
    shop.eb("local", "setenv", "COLOUR=red", "SIZE=4", **env)
    printed = shop.eb("local", "printenv", **env)
    assert "COLOUR = red" in printed and "SIZE = 4" in printed
    shop.eb("local", "setenv", "SIZE=", **env)
    assert "SIZE" not in shop.eb("local", "printenv", **env)
    child = shop.spawn("local", "run", "--port", str(port), "--envvars", "SEASON=winter", **env)
    try:
        child.expect("application v1 starts")
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

        def answers():
            try:
                return opener.open(f"http://127.0.0.1:{port}/cgi-bin/env", timeout=5).read().decode()
            except OSError:
                return None
        said = lib.wait_for(answers, "the application answers").splitlines()
        assert "COLOUR=red" in said and "SEASON=winter" in said
        status = shop.eb("local", "status", **env)
        ordered(status, "Platform: ", "Container name: ", "Container ip: 127.0.0.1", "Container running: True",
                f"Exposed host port(s): {port}", f"Full local URL(s): 127.0.0.1:{port}")
        # Of a port that is open for both families of addresses, which one is asked for.
        shop.eb("local", "open", input="1\n", **env)
        lib.wait_for(opened.exists, "a browser was started")
        assert opened.read_text().strip() == f"http://127.0.0.1:{port}"
        ordered(shop.eb("local", "logs", **env), "Elastic Beanstalk will write logs locally to", "latest")
        [log] = (shop.folder / ".elasticbeanstalk/logs/local/latest").glob("own.log")
        assert log.read_text() == "written\n"
        child.sendintr()
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)
    assert "Container running: False" in shop.eb("local", "status", **env)


def test_clones_swaps_and_what_was(shop):
    """What is asked for a clone and before a restore, and the screens that follow an environment."""
    cloud = shop.cloud
    shop.eb("create", "front", "--single", "--cname", "front")
    said = shop.type("clone", "front", answers=[
        (r"Enter name for Environment Clone\s+\(default is front-clone\):", "back"),
        (r"Enter DNS CNAME prefix[\s\S]*\(default is back\):", "")])
    assert "Successfully launched environment: back" in said
    # Of two environments there is only one to swap with.
    assert "Completed swapping CNAMEs" in shop.type("swap", "front")
    assert cloud.environment("front")["CNAME"].startswith("back.") and cloud.environment("back")["CNAME"].startswith("front.")
    followed = shop.spawn("events", "-f", "back")
    screen = shop.spawn("health", "--refresh", "back")
    try:
        followed.expect("Completed swapping CNAMEs")
        screen.expect(cloud.instances("back")[0])
        screen.send("q")
        screen.expect(pexpect.EOF)
        shop.eb("terminate", "back", "--force")
        followed.expect("terminateEnvironment completed successfully.")
    finally:
        for each in (followed, screen):
            each.close(force=True)
    # The screen of terminated environments, of which one is chosen by its number.
    child = shop.spawn("restore")
    try:
        child.expect("Select a terminated environment to restore")
        child.expect("back")
        child.send("R")
        child.expect("Enter a environment # to restore")
        child.sendline("1")
        child.expect(r"Restore this environment\?")
        child.sendline("y")
        child.expect("Successfully launched environment: back")
        child.expect(pexpect.EOF)
    finally:
        child.close(force=True)
    assert cloud.running("back") == "v1"
