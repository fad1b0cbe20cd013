"""What eb asks at a terminal, and its commands that are seldom typed: prompts, editors, lists, logs, life cycles."""

import re
import stat

import pexpect
import pytest
import yaml

import beanstalk
import lib
from test_eb import ordered, together


class Typed(beanstalk.Project):
    """A directory of somebody at a terminal."""

    def spawn(self, *command, **env):
        return pexpect.spawn(beanstalk.program("eb"), list(command), cwd=str(self.folder), timeout=30, encoding="utf-8",
                             codec_errors="replace", env=self.cloud.aws_env | {"TERM": "xterm"} | env, dimensions=(50, 200))

    def type(self, *command, answers=(), rc=0, **env):
        """Types a command, and each answer when its question is asked; gives all that was seen."""
        child, seen = self.spawn(*command, **env), ""
        question = "the end"
        try:
            for question, answer in answers:
                child.expect(question)
                seen += child.before + child.after
                child.sendline(answer)
            question = "the end"
            child.expect(pexpect.EOF)
            seen += child.before
        except (pexpect.TIMEOUT, pexpect.EOF):
            raise AssertionError(f"eb {' '.join(command)}: no {question!r} after\n{seen}{child.before}") from None
        finally:
            child.close()
        assert child.exitstatus == rc, f"eb {' '.join(command)}: {child.exitstatus}\n{seen}"
        return seen.replace("\r\n", "\n")


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.fixture(scope="module")
def shop(module_cloud):
    """A project that was made by what eb asks: the application, a key pair, an environment."""
    project = Typed(module_cloud, "shop")
    project.write(beanstalk.application("v1"))
    project.init = project.type("init", answers=[
        (r"Select a default region[\s\S]*\(default is 3\):", "1"),
        (r"Enter Application Name\s+\(default is \"shop\"\):", "market"),
        (r"It appears you are using Docker\. Is this correct\?\s+\(Y/n\):", "y"),
        (r"Do you want to set up SSH for your instances\?\s+\(Y/n\):", "y"),
        (r"Type a keypair name\.\s+\(Default is aws-eb\):", ""),
        (r"Enter passphrase", ""), (r"Enter same passphrase again", "")])
    policy = r"Type \"view\" to see the policy, or just press ENTER to continue:"
    project.created = project.type("create", answers=[
        (r"Enter Environment Name\s+\(default is market-dev\):", "stall"),
        (r"Enter DNS CNAME prefix[\s\S]*\(default is stall\):", "fruit"),
        (r"Select a load balancer type[\s\S]*\(default is 2\):", "3"),
        (r"Would you like to enable Spot Fleet requests for this environment\?\s+\(y/N\):", "n"),
        (policy, "view"), (r"elasticbeanstalk:[\s\S]*Press enter to continue:", "")])
    yield project
    module_cloud.clean()


def test_a_project_is_made_by_answers(shop):
    cloud = shop.cloud
    ordered(shop.init, "1) us-east-1", "Application market has been created.")
    config = yaml.safe_load((shop.folder / ".elasticbeanstalk/config.yml").read_text())
    assert config["global"]["application_name"] == "market" and config["global"]["default_region"] == beanstalk.REGION
    assert config["global"]["default_platform"] == "Docker running on 64bit Amazon Linux 2023"
    # The key pair was made here, and its public half is known there.
    assert config["global"]["default_ec2_keyname"] == "aws-eb" and (cloud.home / ".ssh/aws-eb").exists()
    ec2 = cloud.client("ec2")
    assert [each["KeyName"] for each in ec2.describe_key_pairs()["KeyPairs"]] == ["aws-eb"]
    ordered(shop.created, "Environment details for: stall", "Application name: market", "Successfully launched environment: stall")
    environment = cloud.environment("stall")
    assert environment["CNAME"].startswith("fruit.") and cloud.running("stall") == "v1"
    [balancer] = cloud.client("elbv2").describe_load_balancers()["LoadBalancers"]
    assert balancer["Type"] == "network"
    # The service role, whose policies were shown, was made.
    role = cloud.client("iam").get_role(RoleName="aws-elasticbeanstalk-service-role")["Role"]
    [settings] = cloud.eb.describe_configuration_settings(ApplicationName="market", EnvironmentName="stall")["ConfigurationSettings"]
    values = {each["OptionName"]: each.get("Value") for each in settings["OptionSettings"]}
    assert values["ServiceRole"] in (role["RoleName"], role["Arn"]) and values["EC2KeyName"] == "aws-eb"


def test_what_is_taken_is_asked_again(shop):
    """A prefix that another environment has is refused, and the next one is taken; a terminal is asked before the end."""
    said = shop.type("create", "--single", "--version", shop.cloud.environment("stall")["VersionLabel"], answers=[
        (r"Enter Environment Name\s+\(default is market-dev\):", ""),
        (r"Enter DNS CNAME prefix[\s\S]*\(default is market-dev\):", "fruit"),
        (r"That cname is not available\. Please choose another\.[\s\S]*\(default is fruit\):", "nuts"),
        (r"Spot Fleet requests for this environment\?\s+\(y/N\):", "")])
    assert "Successfully launched environment: market-dev" in said
    assert shop.cloud.environment("market-dev")["CNAME"].startswith("nuts.")
    said = shop.type("terminate", "market-dev", answers=[(r"To confirm, type the environment name:", "market-prod")], rc=4)
    assert "Names do not match. Exiting." in said and shop.cloud.environment("market-dev")["Status"] == "Ready"
    said = shop.type("terminate", "market-dev", answers=[(r"To confirm, type the environment name:", "market-dev")])
    ordered(said, "terminateEnvironment is starting.", "terminateEnvironment completed successfully.")


def test_platforms_are_selected(shop):
    place = shop.aside()
    said = place.type("platform", "select", answers=[
        (r"It appears you are using Docker\. Is this correct\?\s+\(Y/n\):", "n"),
        (r"Select a platform\.[\s\S]*make a selection\):", "2")])
    chosen = re.search(r"2\) (.*)", said)[1].strip()
    config = yaml.safe_load((place.folder / ".elasticbeanstalk/config.yml").read_text())
    assert chosen == "ECS" and config["global"]["default_platform"] == "ECS running on 64bit Amazon Linux 2023", said


def test_lists_and_logs_of_several_instances(shop):
    cloud = shop.cloud
    cloud.eb.create_application(ApplicationName="other")
    shop.eb("scale", "2", "stall")
    first, second = cloud.instances("stall")
    cloud.at("stall", "/cgi-bin/say?ERROR:the-parrot-sleeps")
    listed, one, both, analysis = together(shop, ["list", "-v", "-a"], ["logs", "stall", "--instance", first], ["logs", "stall"],
                                           ["logs", "stall", "--analyze"])
    ordered(listed, "Region: us-east-1", "Application: market", "Environments: 1", "stall : [", "Application: other", "Environments: 0")
    assert first in listed and second in listed
    assert f"= {first} =" in one and second not in one
    assert f"= {first} =" in both and f"= {second} =" in both and "said ERROR:the-parrot-sleeps" in both
    ordered(analysis, "Analyzing environment...", "Lines that speak of errors, by log:")
    counts = re.findall(r"stdouterr.log: (\d) of (\d) lines", analysis)
    assert sorted(counts) == [("0", "1"), ("1", "2")] and "said ERROR:the-parrot-sleeps" in analysis, analysis
    missing, refused, twice = together(shop, ["logs", "stall", "--instance", "i-0"], ["logs", "stall", "--all", "--instance", first],
                                       ["logs", "stall", "--all", "--zip"], rc=4)
    assert 'Can\'t find instance "i-0" in the environment\'s instance logs on CloudWatch Logs.' in missing
    assert 'You can\'t use "--instance" with "--all".' in refused, refused
    assert "They are two different ways to retrieve logs." in twice, twice


def versions(cloud):
    """Labels and keys of sources, the oldest first."""
    found = cloud.eb.describe_application_versions(ApplicationName="market")["ApplicationVersions"]
    return {each["VersionLabel"]: (each["SourceBundle"]["S3Bucket"], each["SourceBundle"]["S3Key"]) for each in reversed(found)}


def there(cloud, place):
    bucket, key = place
    return key in [each["Key"] for each in cloud.s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_life_cycle_of_versions(shop):
    cloud = shop.cloud
    for number in range(1, 4):
        shop.eb("appversion", "-c", "-l", f"old{number}")
    before = versions(cloud)
    assert [label for label in before if label.startswith("old")] == ["old1", "old2", "old3"]
    # An editor, in which a rule is turned on.
    editor = script(cloud.home / "editor", r"""sed -i -e '/MaxCountRule/,/MaxCount:/s/Enabled: false/Enabled: true/' \
        -e '/MaxCountRule/,/MaxCount:/s/DeleteSourceFromS3: false/DeleteSourceFromS3: true/' -e 's/MaxCount: .*/MaxCount: 2/' "$1" """)
    said = shop.type("appversion", "lifecycle", EDITOR=editor)
    assert "Successfully updated application version lifecycle policy" in said, said
    printed = shop.eb("appversion", "lifecycle", "-p")
    ordered(printed, "Application details for: market", "Region: us-east-1")
    assert re.search(r"MaxCountRule:\s+(Enabled: True|MaxCount: 2|DeleteSourceFromS3: True)", printed), printed
    assert "MaxCount: 2" in printed and "ServiceRole:" in printed
    shop.eb("appversion", "-c", "-l", "new1")
    # The oldest have gone with their sources, but not the one that is deployed.
    deployed = cloud.environment("stall")["VersionLabel"]
    lib.wait_for(lambda: len(versions(cloud)) <= 3, "the oldest are deleted")
    left = versions(cloud)
    assert deployed in left and "new1" in left and "old1" not in left and "old2" not in left, left
    assert not there(cloud, before["old1"]) and not there(cloud, before["old2"])
    assert all(there(cloud, place) for place in left.values())
    # An editor that leaves nonsense.
    broken = script(cloud.home / "broken", "sed -i 's/Enabled: true/Enabled: true: [/' \"$1\"")
    assert "The lifecycle configuration will not be updated" in shop.type("appversion", "lifecycle", EDITOR=broken)


def test_versions_on_a_screen(shop):
    """The list of `eb appversion`, in which versions are deleted by their number."""
    cloud = shop.cloud
    shop.eb("appversion", "-c", "-l", "mistake")
    number = len(versions(cloud))
    child = shop.spawn("appversion")
    try:
        child.expect("mistake")
        child.send("d")
        child.expect(rf"Select a version # to delete \(1 to {number}\)")
        child.sendline(str(number))
        child.expect(r"delete the application version with label: mistake\? \(Y/n\):")
        child.sendline("y")
        lib.wait_for(lambda: "mistake" not in versions(cloud), "the version is deleted")
    finally:
        child.close(force=True)


def test_everything_goes_when_its_name_is_typed(shop):
    """The last one of the file."""
    cloud = shop.cloud
    cloud.eb.delete_application(ApplicationName="other")
    said = shop.type("terminate", "--all", answers=[(r"To confirm, type the application name:", "shop")], rc=4)
    assert "Names do not match. Exiting." in said
    said = shop.type("terminate", "--all", answers=[(r"To confirm, type the application name:", "market")])
    ordered(said, "The application \"market\" and all its resources will be deleted.", "Removing application versions from s3.",
            "The application has been deleted successfully.")
    assert cloud.aws("elasticbeanstalk", "describe-applications") == {"Applications": []}
    assert not cloud.containers(all=True) and not (shop.folder / ".elasticbeanstalk").exists()
    cloud.client("ec2").delete_key_pair(KeyName="aws-eb")
