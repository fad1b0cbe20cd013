"""The eb command line, unmodified, on an environment of a single instance: what it prints, and what then answers."""

import concurrent.futures
import io
import os
import re
import zipfile

import pexpect
import pytest
import yaml

import beanstalk
import lib

CNAME = f"env1x.{beanstalk.REGION}.elasticbeanstalk.localhost"


class Shop:
    """A project with an environment env1, and what eb printed on the way there."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.said = {"applications": cloud.aws("elasticbeanstalk", "describe-applications")}
        self.project = beanstalk.Project(cloud, "shop")
        self.project.write(beanstalk.application("v1"))
        self.eb = self.project.eb
        self.said["init"] = self.eb("init", "myapp", "-p", "docker", "-r", beanstalk.REGION)
        self.said["create"] = self.eb("create", "env1", "--single", "--cname", "env1x")
        self.first = cloud.get(CNAME)

    def next(self, version, more=None):
        """Another version of the application in the directory."""
        self.project.write(beanstalk.application(version, more))


@pytest.fixture(scope="module")
def shop(module_cloud):
    yield Shop(module_cloud)
    module_cloud.clean()


def together(project, *commands, rc=0):
    """Several commands at the same time, each in a directory of its own: each of them asks every five seconds only."""
    places = [project.aside() for _ in commands]
    with concurrent.futures.ThreadPoolExecutor(len(commands)) as pool:
        begun = [pool.submit(place.eb, *command, rc=rc) for place, command in zip(places, commands)]
        return [each.result() for each in begun]


def ordered(text, *parts):
    """The parts are in the text, one after the other."""
    at = 0
    for part in parts:
        found = text.find(part, at)
        assert found >= 0, f"{part!r} is not after {at}:\n{text}"
        at = found + len(part)


def test_rows_1_to_3_an_application_and_its_environment(shop):
    assert shop.said["applications"] == {"Applications": []}
    assert "Application myapp has been created." in shop.said["init"]
    ordered(shop.said["create"], "Uploading", "Upload Complete.", "Environment details for: env1",
            "Application name: myapp", "Region: us-east-1", "Deployed Version: app-", "Environment ID: e-",
            "Platform: arn:aws:elasticbeanstalk:us-east-1::platform/Docker running on 64bit Amazon Linux 2023/",
            "Tier: WebServer-Standard", f"CNAME: {CNAME}", "createEnvironment is starting.",
            "Successfully launched environment: env1")
    status, text = shop.first
    assert status == 200 and text.split()[0] == "v1"
    # No host but its own leads there.
    assert shop.cloud.get("elsewhere.localhost")[0] == 404


def test_row_4_status_and_health(shop):
    status, health, listed, verbose = together(shop.project, ["status", "env1"], ["health", "env1"], ["list"], ["list", "-v"])
    ordered(status, "Environment details for: env1", "Status: Ready", "Health: Green")
    assert "is not recommended" not in status
    label = shop.cloud.environment("env1")["VersionLabel"]
    ordered(health, "env1", "Ok", "WebServer")
    [instance] = shop.cloud.instances("env1")
    row = next(line for line in health.splitlines() if line.strip().startswith(instance))
    assert re.search(rf"{instance}\s+(Ok|Info)", row), health
    assert label in health and "Deployed" in health
    assert "env1" in listed
    assert instance in verbose


def test_row_5_deploy(shop):
    shop.next("v2")
    said = shop.eb("deploy", "env1")
    ordered(said, "Uploading", "Upload Complete.", "Environment update is starting.",
            "Environment update completed successfully.")
    assert shop.cloud.running("env1") == "v2"


def test_row_6_properties(shop):
    said = shop.eb("setenv", "A=1", "B=two", "-e", "env1")
    ordered(said, "Environment update is starting.", "Successfully deployed new configuration to environment.")
    printed = shop.eb("printenv", "env1")
    assert "A = 1" in printed and "B = two" in printed
    environment = shop.cloud.at("env1", "/cgi-bin/env").splitlines()
    assert "A=1" in environment and "B=two" in environment
    # An empty value takes one away.
    shop.eb("setenv", "A=", "-e", "env1")
    assert "A =" not in shop.eb("printenv", "env1")
    environment = shop.cloud.at("env1", "/cgi-bin/env").splitlines()
    assert not [line for line in environment if line.startswith("A=")] and "B=two" in environment


def test_row_7_logs(shop):
    shop.cloud.at("env1", "/cgi-bin/say?the-parrot-sleeps")
    [instance] = shop.cloud.instances("env1")
    [tail] = together(shop.project, ["logs", "env1"])
    everything, archive = shop.eb("logs", "env1", "--all"), shop.eb("logs", "env1", "--zip")
    assert instance in tail and "said the-parrot-sleeps" in tail
    saved = shop.project.folder / ".elasticbeanstalk/logs"
    folders = [path for path in saved.iterdir() if path.is_dir() and path.name != "latest"]
    assert folders and "Logs were saved to" in everything
    texts = "".join(path.read_text(errors="replace") for path in folders[0].rglob("*") if path.is_file())
    assert "said the-parrot-sleeps" in texts
    zips = list(saved.glob("*.zip"))
    assert zips and "Logs were saved to" in archive
    with zipfile.ZipFile(io.BytesIO(zips[0].read_bytes())) as outer:
        assert outer.testzip() is None
        names = outer.namelist()
        assert any(instance in name for name in names), names


def test_events_are_listed(shop):
    said = shop.eb("events", "env1")
    ordered(said, "createEnvironment is starting.", "Successfully launched environment: env1")
    assert re.search(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\s+INFO\s+createEnvironment is starting\.$", said, re.M)


def test_the_address_is_opened(shop):
    """A browser that prints what it is to open."""
    script = shop.cloud.home / "browser"
    script.write_text(f"#!/bin/sh\necho \"$1\" > {shop.cloud.home}/opened\n")
    script.chmod(0o755)
    shop.eb("open", "env1", BROWSER=f"{script} %s")
    opened = shop.cloud.home / "opened"
    lib.wait_for(opened.exists, "a browser was started")
    assert opened.read_text().strip() == f"http://{shop.cloud.environment('env1')['CNAME']}"


def test_platforms_are_listed_and_shown(shop):
    listed, shown = together(shop.project, ["platform", "list", "-v"], ["platform", "show", "env1"])
    names = listed.splitlines()
    assert any(re.fullmatch(r"64bit Amazon Linux 2023 v4\.\d+\.\d+ running Docker", name) for name in names), listed
    ordered(shown, "Current default platform: Docker", 'environment "env1"', "Current: 64bit Amazon Linux 2023", "Latest:")


def test_row_14_clone(shop):
    shop.eb("setenv", "COLOUR=red", "-e", "env1")
    said = shop.eb("clone", "env1", "-n", "env3", "-c", "env3x", "--exact")
    ordered(said, "Environment details for: env3", "Successfully launched environment: env3")
    source, clone = shop.cloud.environment("env1"), shop.cloud.environment("env3")
    assert clone["VersionLabel"] == source["VersionLabel"] and clone["CNAME"].startswith("env3x.")
    assert shop.cloud.running("env3") == shop.cloud.running("env1")
    assert "COLOUR=red" in shop.cloud.at("env3", "/cgi-bin/env").splitlines()
    assert {each["OptionName"]: each.get("Value") for each in settings(shop.cloud, "env3")}["EnvironmentType"] == "SingleInstance"
    ended = shop.eb("terminate", "env3", "--force")
    ordered(ended, "terminateEnvironment is starting.", "terminateEnvironment completed successfully.")
    assert not shop.cloud.containers("env3", all=True)


def settings(cloud, name):
    [found] = cloud.eb.describe_configuration_settings(ApplicationName="myapp", EnvironmentName=name)["ConfigurationSettings"]
    return found["OptionSettings"]


def test_row_15_saved_configurations(shop):
    saved = shop.eb("config", "save", "env1", "--cfg", "c1")
    assert "Configuration saved at: " in saved
    path = shop.project.folder / ".elasticbeanstalk/saved_configs/c1.cfg.yml"
    assert "EnvironmentType: SingleInstance" in path.read_text()
    assert "c1" in shop.eb("config", "list").split()
    # What is put is what a new environment gets.
    saved = yaml.safe_load(path.read_text())
    saved["OptionSettings"].setdefault("aws:elasticbeanstalk:application:environment", {})["SEASON"] = "winter"
    path.write_text(yaml.safe_dump(saved))
    shop.eb("config", "put", "c1")
    path.unlink()
    shop.eb("config", "get", "c1")
    assert "SEASON: winter" in path.read_text()
    path.unlink()
    created = shop.eb("create", "env4", "--cfg", "c1")
    ordered(created, "Successfully launched environment: env4")
    assert "SEASON=winter" in shop.cloud.at("env4", "/cgi-bin/env").splitlines()
    shop.eb("config", "delete", "c1")
    assert "c1" not in shop.eb("config", "list").split()
    shop.eb("terminate", "env4", "--force")


def test_configuration_is_shown_and_edited(shop):
    shown = shop.eb("config", "env1", "--display")
    ordered(shown, "ApplicationName: myapp", "EnvironmentName: env1", "aws:elasticbeanstalk:command:", "Timeout: '600'")
    # An editor that changes one value; eb starts it at a terminal only.
    editor = shop.cloud.home / "editor"
    editor.write_text("#!/bin/sh\nsed -i \"s/Timeout: '600'/Timeout: '300'/\" \"$1\"\n")
    editor.chmod(0o755)
    said, status = pexpect.run(f"{beanstalk.program('eb')} config env1", cwd=str(shop.project.folder), timeout=60, withexitstatus=True,
                               env=shop.cloud.aws_env | {"EDITOR": str(editor), "TERM": "dumb"}, encoding="utf-8")
    assert status == 0 and "Environment update is starting." in said, said
    assert timeout(shop.cloud) == "300"
    # A saved configuration that is piped in: what was set directly stays.
    saved = {"AWSConfigurationTemplateVersion": "1.1.0.0", "OptionSettings": {
        "aws:elasticbeanstalk:application:environment": {"PIPED": "1"}, "aws:elasticbeanstalk:command": {"Timeout": "200"}}}
    shop.eb("config", "env1", input=yaml.safe_dump(saved))
    shop.cloud.ready("env1")
    assert timeout(shop.cloud) == "300"
    assert "PIPED=1" in shop.cloud.at("env1", "/cgi-bin/env").splitlines()
    assert "B=two" in shop.cloud.at("env1", "/cgi-bin/env").splitlines()


def timeout(cloud):
    values = {(each["Namespace"], each["OptionName"]): each.get("Value") for each in settings(cloud, "env1")}
    return values["aws:elasticbeanstalk:command", "Timeout"]


def test_row_16_tags(shop):
    said = shop.eb("tags", "env1", "-a", "k=v")
    assert "Environment tag update completed successfully." in said
    listed = shop.eb("tags", "env1", "-l")
    assert re.search(r"^k\s+v$", listed, re.M), listed
    shop.eb("tags", "env1", "-d", "k")
    assert not re.search(r"^k\s", shop.eb("tags", "env1", "-l"), re.M)


def test_row_17_upgrade(shop):
    eb = shop.cloud.eb
    branch = "Docker running on 64bit Amazon Linux 2023"
    listed = eb.list_platform_versions(Filters=[{"Type": "PlatformBranchName", "Operator": "=", "Values": [branch]}])
    arns = [each["PlatformArn"] for each in listed["PlatformSummaryList"]]
    newest, older = arns[0], arns[1]
    said = shop.eb("create", "old1", "--single", "-p", older)
    assert f"Platform: {older}" in said
    assert shop.cloud.environment("old1")["PlatformArn"] == older
    said = shop.eb("upgrade", "old1", "--force")
    ordered(said, f"Current platform: {older}", f"Latest platform:  {newest}", "Environment update completed successfully.")
    assert shop.cloud.environment("old1")["PlatformArn"] == newest
    assert shop.cloud.running("old1")
    assert "Environment already on most recent platform version." in shop.eb("upgrade", "old1", "--force")
    shop.eb("terminate", "old1", "--force")


def test_row_18_versions(shop):
    shop.next("lab")
    said = shop.eb("appversion", "-c", "-l", "lab1", "--process")
    assert re.search(r"Finished processing application version lab1", said), said
    said = shop.eb("deploy", "env1", "--version", "lab1")
    assert "Environment update completed successfully." in said and "Uploading" not in said
    assert shop.cloud.running("env1") == "lab"
    said = shop.eb("appversion", "-d", "lab1", rc=4)
    assert "Cannot delete Application version lab1 as it is deployed" in said
    said = shop.eb("appversion", "-d", "nope", rc=4)
    assert "Application myapp does not have Application Version nope." in said
    # A bundle that can't be deployed says so before it is.
    shop.project.write({".ebextensions/bad.config": "option_settings: [\n"})
    # eb itself ends with 0 here.
    said = shop.eb("appversion", "-c", "-l", "bad1", "--process")
    assert "Pre-processing of application version bad1 has failed." in said
    told = shop.cloud.told(ApplicationName="myapp", VersionLabel="bad1")
    assert [text for _, text in told if ".ebextensions/bad.config:1" in text], told
    shop.eb("appversion", "-d", "bad1", input="y\n")
    (shop.project.folder / ".ebextensions/bad.config").unlink()
    (shop.project.folder / ".ebextensions").rmdir()
    shop.next("v5")


def test_row_19_a_large_bundle_goes_in_parts(shop):
    shop.next("large", {"filler": os.urandom(9_000_000)})
    said = shop.eb("deploy", "env1")
    assert "100% Done" in said and "Environment update completed successfully." in said
    assert shop.cloud.running("env1") == "large"
    label = shop.cloud.environment("env1")["VersionLabel"]
    [version] = shop.cloud.eb.describe_application_versions(ApplicationName="myapp", VersionLabels=[label])["ApplicationVersions"]
    bundle = version["SourceBundle"]
    head = shop.cloud.s3.head_object(Bucket=bundle["S3Bucket"], Key=bundle["S3Key"])
    assert head["ContentLength"] > 9_000_000 and re.fullmatch(r'"[0-9a-f]{32}-2"', head["ETag"])
    (shop.project.folder / "filler").unlink()


def test_what_is_wrong_is_told(shop):
    """The error cases, word by word."""
    nosuch, twice, taken = together(shop.project, ["deploy", "nosuch"], ["create", "env1", "--single"],
                                    ["create", "envx", "--single", "--cname", "env1x"], rc=4)
    assert 'NotFoundError - Environment "nosuch" not Found.' in nosuch
    assert "InvalidParameterValueError - Environment env1 already exists." in twice
    assert re.search(r"not available|already in use", taken), taken
    assert shop.cloud.environment("envx") is None


def test_a_change_while_another_runs(shop):
    """It waits for the other one; where the option is set, it is refused as on AWS."""
    cloud = shop.cloud
    slow = beanstalk.RUN.replace("httpd", "sleep 4; httpd", 1)
    cloud.version("myapp", "slow1", beanstalk.application("slow", {"run.sh": slow}))
    cloud.version("myapp", "never", beanstalk.application("never", {"run.sh": beanstalk.WAITS}))
    cloud.version("myapp", "after", beanstalk.application("after"))
    cloud.ready("env1")
    cloud.deploy("env1", "slow1")
    said = shop.eb("deploy", "env1", "--version", "after")
    assert "Environment update completed successfully." in said
    lib.wait_for(lambda: cloud.running("env1") == "after", "the second change is done as well", 30)
    cloud.ready("env1")
    strict = {"dabba:environment": {"InvalidStateRefused": "true"}}
    cloud.eb.update_environment(EnvironmentName="env1", OptionSettings=beanstalk.options(strict))
    cloud.ready("env1")
    cloud.deploy("env1", "never")
    said = shop.eb("deploy", "env1", "--version", "after", rc=4)
    assert "Environment named env1 is in an invalid state for this operation. Must be Ready." in said
    # It can be ended at any time, and is what it was.
    shop.eb("abort", "env1")
    cloud.ready("env1")
    assert cloud.running("env1") == "after"
    cloud.eb.update_environment(EnvironmentName="env1", OptionsToRemove=[
        {"Namespace": "dabba:environment", "OptionName": "InvalidStateRefused"}])
    cloud.ready("env1")


def test_a_broken_bundle_leaves_what_runs(shop):
    cloud = shop.cloud
    cloud.ready("env1")
    before = cloud.running("env1")
    shop.project.write({"Dockerfile": "FROM busybox\nCOPY nothing-of-this-name /app\n"})
    said = shop.eb("deploy", "env1", rc=4)
    ordered(said, "ERROR", "nothing-of-this-name", "ServiceError - Failed to deploy application.")
    assert cloud.running("env1") == before
    assert "Status: Ready" in shop.eb("status", "env1")
    shop.next("v6")
