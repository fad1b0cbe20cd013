"""`aws elasticbeanstalk …`, unmodified: what a person or a script types."""

import json
import pathlib
import re
import urllib.request

import pytest

import beanstalk
import lib

STACK = ["--solution-stack-name", beanstalk.STACK]


def option(namespace, name, value):
    return f"Namespace={namespace},OptionName={name},Value={value}"


PROPERTIES = "aws:elasticbeanstalk:application:environment"
USUAL = [option(*setting) for setting in (
    ("aws:elasticbeanstalk:environment", "EnvironmentType", "SingleInstance"),
    ("aws:elasticbeanstalk:healthreporting:system", "SystemType", "enhanced"))]


@pytest.fixture
def eb(cloud):
    return lambda *arguments, **more: cloud.aws("elasticbeanstalk", *arguments, **more)


def test_from_nothing_to_an_environment_and_back(cloud, eb):
    assert eb("describe-applications") == {"Applications": []}
    assert eb("create-application", "--application-name", "shop", "--description", "a shop")["Application"]["ApplicationName"] == "shop"
    bucket = eb("create-storage-location")["S3Bucket"]
    bundle = cloud.home / "v1.zip"
    bundle.write_bytes(beanstalk.packed(beanstalk.application("v1")))
    cloud.aws("s3", "cp", str(bundle), f"s3://{bucket}/shop/v1.zip", "--no-progress")
    made = eb("create-application-version", "--application-name", "shop", "--version-label", "v1", "--process",
              "--source-bundle", f"S3Bucket={bucket},S3Key=shop/v1.zip")
    assert made["ApplicationVersion"]["Status"] == "PROCESSING"
    assert eb("check-dns-availability", "--cname-prefix", "awsx")["Available"] is True
    made = eb("create-environment", "--application-name", "shop", "--environment-name", "web1", "--version-label", "v1",
              "--cname-prefix", "awsx", *STACK, "--tags", "Key=team,Value=a", "--option-settings", *USUAL)
    assert made["Status"] == "Launching"
    cloud.ready("web1")
    eb("wait", "environment-exists", "--environment-names", "web1")
    [found] = eb("describe-environments", "--environment-names", "web1")["Environments"]
    assert (found["Status"], found["Health"], found["HealthStatus"]) == ("Ready", "Green", "Ok")
    assert cloud.running("web1") == "v1"
    # An address and a port that always work.
    host, port = found["EndpointURL"].removeprefix("http://").rsplit(":", 1)
    import http.client
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    connection.request("GET", "/")
    assert connection.getresponse().read().split()[0] == b"v1"
    connection.close()

    answer = eb("update-environment", "--environment-name", "web1", "--option-settings",
                option("aws:elasticbeanstalk:application:environment", "A", "1"))
    assert answer["Status"] == "Updating"
    # The waiter asks every 20 seconds.
    cloud.ready("web1")
    eb("wait", "environment-updated", "--environment-names", "web1")
    assert "A=1" in cloud.at("web1", "/cgi-bin/env").splitlines()
    events = eb("describe-events", "--environment-name", "web1", "--max-items", "3")
    assert len(events["Events"]) == 3 and events["NextToken"]
    more = eb("describe-events", "--environment-name", "web1", "--starting-token", events["NextToken"])
    assert len(more["Events"]) > 3
    messages = [event["Message"] for event in events["Events"] + more["Events"]]
    assert len(messages) == len(eb("describe-events", "--environment-name", "web1")["Events"])
    health = eb("describe-environment-health", "--environment-name", "web1", "--attribute-names", "All")
    assert (health["Status"], health["Color"]) == ("Ready", "Green")
    instances = eb("describe-instances-health", "--environment-name", "web1", "--attribute-names", "All")
    assert [each["InstanceId"] for each in instances["InstanceHealthList"]] == cloud.instances("web1")
    table = eb("describe-environments", "--output", "text", "--query", "Environments[].[EnvironmentName,Status,Health]")
    assert table.split() == ["web1", "Ready", "Green"]
    ended = eb("terminate-environment", "--environment-name", "web1")
    cloud.gone("web1")
    eb("wait", "environment-terminated", "--environment-ids", ended["EnvironmentId"])
    eb("delete-application", "--application-name", "shop")
    assert eb("describe-applications") == {"Applications": []}


def error(code, operation, text=""):
    return f"An error occurred ({code}) when calling the {operation} operation: {text}"


def test_what_is_wrong_is_told(cloud, eb):
    cloud.version("shop", "v1", beanstalk.application("v1"))
    cloud.outcome(cloud.create("shop", "web1", "v1", beanstalk.SINGLE, CNAMEPrefix="takenx"))
    invalid = "InvalidParameterValue"
    new = ["create-environment", "--application-name", "shop", "--environment-name"]
    for arguments, said in (
            (["create-application", "--application-name", "shop"], error(invalid, "CreateApplication", "Application shop already exists.")),
            (["create-application-version", "--application-name", "zzz", "--version-label", "v1"],
             error(invalid, "CreateApplicationVersion", "No Application named 'zzz' found.")),
            ([*new, "web1", *STACK], error(invalid, "CreateEnvironment", "Environment web1 already exists.")),
            ([*new, "web2", "--cname-prefix", "takenx", *STACK], error(invalid, "CreateEnvironment")),
            ([*new, "web2"], error(invalid, "CreateEnvironment", "Unable to determine base for template pack (no solution stack)")),
            (["update-environment", "--environment-name", "web1", "--version-label", "nope"], error(invalid, "UpdateEnvironment")),
            (["update-environment", "--environment-name", "nope", "--version-label", "v1"],
             error(invalid, "UpdateEnvironment", "No Environment found for EnvironmentName = 'nope'.")),
            (["update-environment", "--environment-name", "web1", "--option-settings", option("aws:nowhere", "a", "b")],
             error("ConfigurationValidationException", "UpdateEnvironment")),
            (["list-tags-for-resource", "--resource-arn", "arn:aws:elasticbeanstalk:us-east-1:123456789012:environment/a/b"],
             error("ResourceNotFoundException", "ListTagsForResource")),
            (["delete-application-version", "--application-name", "shop", "--version-label", "v1"],
             error(invalid, "DeleteApplicationVersion")),
            (["delete-application", "--application-name", "shop"], error(invalid, "DeleteApplication")),
            (["apply-environment-managed-action", "--environment-name", "web1", "--action-id", "x"],
             error(invalid, "ApplyEnvironmentManagedAction"))):
        eb(*arguments, fails=said)
    said = eb(*new, "web2", "--cname-prefix", "takenx", *STACK, fails="DNS name")
    assert "is not available." in said
    eb(*new, "abc", *STACK, fails="valid min length: 4")
    # A key that is none, and a secret that is not this key's.
    eb("describe-applications", fails=error("InvalidClientTokenId", "DescribeApplications"), keys=("AKIAAAAAAAAAAAAAAAAA", "x" * 40))
    eb("describe-applications", fails=error("SignatureDoesNotMatch", "DescribeApplications"), keys=(cloud.keys[0], "x" * 40))
    assert cloud.environment("web1")["Status"] == "Ready"


def bundle_fails(cloud, label, files, *causes, before="v1"):
    """Deploys what must fail; the environment stays what it was, and an event says why."""
    cloud.version("shop", label, files)
    told = cloud.outcome(cloud.deploy("web1", label, {"aws:elasticbeanstalk:command": {"Timeout": 6}}))
    errors = [text for severity, text in told if severity == "ERROR"]
    assert "Failed to deploy application." in errors, told
    for cause in causes:
        assert any(cause in text for text in errors), (label, cause, told)
    ready = cloud.ready("web1")
    assert ready["VersionLabel"] == before and cloud.running("web1") == before


def zip_of(entries):
    """An archive whose names are taken as they are."""
    import io
    import zipfile
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def test_bad_bundles_leave_what_runs(cloud):
    """Each names the file, and the line where there is one."""
    cloud.version("shop", "v1", beanstalk.application("v1"))
    # Without an address to ask, a single instance is checked by a connection.
    check = {"aws:elasticbeanstalk:application": {"Application Healthcheck URL": "/"}}
    cloud.outcome(cloud.create("shop", "web1", "v1", beanstalk.SINGLE, check))
    application = beanstalk.application
    bundle_fails(cloud, "nozip", b"\x7fELF\x02\x01\x01", "zip")
    # What is text is taken for a Dockerfile, as AWS does.
    bundle_fails(cloud, "prose", b"this is no archive", "unknown instruction: this")
    bundle_fails(cloud, "mute", {"Dockerfile": "FROM busybox\nCMD [\"sleep\", \"1000\"]\n"}, "exposes no port")
    bundle_fails(cloud, "cut", beanstalk.packed(application("x"))[:-40])
    bundle_fails(cloud, "climbs", zip_of([("Dockerfile", "FROM busybox\n"), ("../../etc/passwd", "root::0:0\n")]), "../../etc/passwd")
    bundle_fails(cloud, "bomb", zip_of([("Dockerfile", "FROM busybox\n"), ("zeros", bytes(700_000_000))]), "it looks like a zip bomb")
    bundle_fails(cloud, "empty", {"README": "nothing\n"}, "Dockerfile")
    bundle_fails(cloud, "grammar", application("x", {"Dockerfile": "FROM busybox\nCOPY . /app\nRUM sh\n"}), "RUM", "line 3")
    bundle_fails(cloud, "nosuch", application("x", {"Dockerfile": "FROM busybox\nCOPY nothing /app\n"}), "nothing")
    bundle_fails(cloud, "step", application("x", {"Dockerfile": "FROM busybox\nRUN echo a loud noise; exit 5\n"}), "a loud noise", "5")
    bundle_fails(cloud, "dockerrun", {"Dockerrun.aws.json": '{"AWSEBDockerrunVersion": "1", "Image": {'}, "Dockerrun.aws.json")
    bundle_fails(cloud, "compose", {"docker-compose.yml": "services:\n  web:\n    image: busybox\n    prots: [\"80:80\"]\n"}, "docker-compose.yml", "prots")
    bundle_fails(cloud, "extension", application("x", {".ebextensions/a.config": "option_settings:\n  aws:nowhere:\n    a: b\n"}),
                 "aws:nowhere")
    bundle_fails(cloud, "range", application("x", {".ebextensions/a.config":
                                                   "option_settings:\n  aws:autoscaling:asg:\n    MinSize: 99999\n"}), "MinSize")
    bundle_fails(cloud, "crash", beanstalk.CRASHES, "the cellar is flooded", "7")
    bundle_fails(cloud, "deaf", beanstalk.DEAF, "did not become healthy")
    bundle_fails(cloud, "unhealthy", application("x", beanstalk.FAILS), "500")


def test_a_first_version_that_fails_leaves_an_environment_to_mend(cloud):
    cloud.version("shop", "crash", beanstalk.CRASHES)
    cloud.version("shop", "v1", beanstalk.application("v1"))
    told = cloud.outcome(cloud.create("shop", "web1", "crash", beanstalk.SINGLE))
    assert told[-1][1].startswith("Create environment operation is complete, but with errors")
    assert any("the cellar is flooded" in text for severity, text in told if severity == "ERROR")
    assert cloud.ready("web1")["Health"] == "Red"
    told = cloud.outcome(cloud.deploy("web1", "v1"))
    assert told[-1][1] == "Environment update completed successfully.", told
    assert cloud.ready("web1", health="Green") and cloud.running("web1") == "v1"


def test_every_kind_of_bundle_runs(cloud):
    """Dockerfile, Dockerrun 1 and 2, compose; a bare Dockerfile; an image by its name; the sample."""
    start = "sh -c 'mkdir /www; echo {} > /www/index.html; exec httpd -f -p {} -h /www'"
    run1 = '{"AWSEBDockerrunVersion": "1", "Image": {"Name": "busybox", "Update": "false"}, "Ports": [{"ContainerPort": 8080}], "Command": "%s"}'
    compose = "services:\n  web:\n    image: busybox\n    ports: [\"80:9000\"]\n    command: [sh, -c, \"mkdir /www; echo three $${WORD} > /www/index.html; " \
              "exec httpd -f -p 9000 -h /www\"]\n    env_file: .env\n"
    task = {"AWSEBDockerrunVersion": 2, "containerDefinitions": [
        {"name": "back", "image": "busybox", "essential": True, "memory": 64, "command": [
            "sh", "-c", "mkdir /www; echo five $WORD > /www/index.html; exec httpd -f -p 9000 -h /www"]},
        {"name": "web", "image": "busybox", "essential": True, "memory": 64, "links": ["back:behind"],
         "portMappings": [{"hostPort": 80, "containerPort": 8000}],
         "mountPoints": [{"sourceVolume": "pages", "containerPath": "/www", "readOnly": False},
                         {"sourceVolume": "new", "containerPath": "/new"}],
         "command": ["sh", "-c", "touch /new/file && wget -qO /www/index.html http://behind:9000/; exec httpd -f -p 8000 -h /www"]}],
        "volumes": [{"name": "pages", "host": {"sourcePath": "/var/app/current/pages"}},
                    {"name": "new", "host": {"sourcePath": "/var/app/current/not/in/the/bundle"}}]}
    kinds = {
        "two": {"Dockerrun.aws.json": run1 % start.format("two", 8080)},
        "three": {"docker-compose.yml": compose},
        "four": ('FROM busybox\nEXPOSE 7000\nCMD ["sh", "-c", "mkdir /www; echo four > /www/index.html; exec httpd -f -p 7000 -h /www"]\n').encode(),
        "five": {"Dockerrun.aws.json": json.dumps(task), "pages/about.html": "about us"},
    }
    for label, files in kinds.items():
        cloud.version("shop", label, files)
        stack = f"{beanstalk.STACK.removesuffix('Docker')}{'ECS' if label == 'five' else 'Docker'}"
        cloud.create("shop", f"web-{label}", label, beanstalk.SINGLE, {PROPERTIES: {"WORD": "words"}}, SolutionStackName=stack)
    cloud.eb.create_environment(ApplicationName="shop", EnvironmentName="web-sample", SolutionStackName=beanstalk.STACK,
                                OptionSettings=beanstalk.options(beanstalk.USUAL, beanstalk.SINGLE))
    for label in kinds:
        cloud.ready(f"web-{label}", health="Green")
        assert cloud.running(f"web-{label}") == label
    assert cloud.at("web-three").split() == ["three", "words"]
    # Files of the bundle are where Amazon's platform has them, and one container finds the other by its link.
    assert cloud.at("web-five").split() == ["five", "words"] and cloud.at("web-five", "/about.html") == "about us"
    cloud.ready("web-sample", health="Green")
    assert re.search(r"(?i)<html|congratulations|sample", cloud.at("web-sample"))
    # An image without a bundle.
    cloud.eb.create_application_version(ApplicationName="shop", VersionLabel="image", ImageConfiguration={"Source": {"Uri": "busybox:latest"}})
    told = cloud.outcome(cloud.deploy("web-two", "image"))
    # A busybox of its own answers nobody.
    assert any("exposes no port" in text for severity, text in told if severity == "ERROR"), told
    assert cloud.running("web-two") == "two"


def test_files_of_logs_come_with_the_others(cloud):
    """Each way that a bundle names a directory for them; the image has one already."""
    serve = "echo {0} starts >> /var/log/app/start.log; ln -sf /etc/shadow /var/log/app/link.log; exec httpd -f -p 8000 -h /etc"
    compose = "services:\n  web:\n    image: busybox\n    ports: [\"80:8000\"]\n    volumes: [\"${{EB_LOG_BASE_DIR}}/web/log:/var/log/app\"]\n" \
              "    command: [sh, -c, \"{}\"]\n"
    task = {"AWSEBDockerrunVersion": 2, "containerDefinitions": [
        {"name": "web", "image": "busybox", "essential": True, "memory": 64, "command": ["sh", "-c", serve.format("two")],
         "portMappings": [{"hostPort": 80, "containerPort": 8000}],
         "mountPoints": [{"sourceVolume": "awseb-logs-web", "containerPath": "/var/log/app"}]}]}
    run1 = {"AWSEBDockerrunVersion": "1", "Image": {"Name": "busybox", "Update": "false"}, "Ports": [{"ContainerPort": 8000}],
            "Logging": "/var/log/app", "Command": f"sh -c '{serve.format('one')}'"}
    kinds = {"one": {"Dockerrun.aws.json": json.dumps(run1)}, "two": {"Dockerrun.aws.json": json.dumps(task)},
             "three": {"docker-compose.yml": compose.format(serve.format("three"))}}
    for label, files in kinds.items():
        cloud.version("shop", label, files)
        stack = f"{beanstalk.STACK.removesuffix('Docker')}{'ECS' if label == 'two' else 'Docker'}"
        cloud.create("shop", f"web-{label}", label, beanstalk.SINGLE, SolutionStackName=stack)
    for label in kinds:
        cloud.ready(f"web-{label}")
        request = cloud.eb.request_environment_info(EnvironmentName=f"web-{label}", InfoType="tail")["ResponseMetadata"]["RequestId"]
        lib.wait_for(lambda: cloud.told(RequestId=request)[-1][1].startswith("Pulled logs"), "the logs are there")
        [entry] = cloud.eb.retrieve_environment_info(EnvironmentName=f"web-{label}", InfoType="tail")["EnvironmentInfo"]
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(entry["Message"]) as answer:
            text = answer.read().decode()
        assert f"{label} starts" in text and "start.log" in text and "root:" not in text and "link.log" not in text, text


def test_links_of_an_application_lead_nowhere_else(cloud):
    """What can write to the source makes links of directories that others mount, and those are started again."""
    compose = """services:
  web:
    image: busybox
    ports: ["80:8000"]
    volumes: ["./shown:/shown", "./made:/made"]
    command: [sh, -c, "mkdir /www; ls /shown > /www/index.html; exec httpd -f -p 8000 -h /www"]
  other:
    image: busybox
    volumes: [".:/source"]
    command: [sh, -c, "test -h /source/shown || { mv /source/shown /source/moved; ln -s / /source/shown; }; exec sleep 1000"]
"""
    cloud.version("shop", "v1", {"docker-compose.yml": compose, "shown/inside": "1"})
    cloud.outcome(cloud.create("shop", "web1", "v1", beanstalk.SINGLE))

    def service(name):
        found = [each for each in cloud.containers("web1") if each["Labels"]["com.dabba.beanstalk.service"] == name]
        return found[0] if found else None

    def linked():
        [source] = [each["Source"] for each in service("other")["Mounts"]]
        return pathlib.Path(source, "shown").is_symlink()
    lib.wait_for(linked, "there is a link")
    before = cloud.api("GET", f"/containers/{service('web')['Id']}/json")[1]["State"]["StartedAt"]
    status, _ = cloud.api("POST", f"/containers/{service('web')['Id']}/restart?t=0")
    assert status == 204

    def again():
        found = service("web")
        return found and cloud.api("GET", f"/containers/{found['Id']}/json")[1]["State"]["StartedAt"] != before \
            and cloud.get(cloud.environment("web1")["CNAME"], "/index.html")[0] == 200
    lib.wait_for(again, "it is started again")
    # The source is the root that the link leads to.
    assert sorted(cloud.at("web1").split()) == ["docker-compose.yml", "made", "moved", "shown"]


def test_extensions_and_hooks(cloud):
    """Settings, files and commands of .ebextensions, and hooks of .platform, each in its place and order."""
    config = "option_settings:\n  aws:elasticbeanstalk:application:environment:\n    FROM_EXTENSION: '1'\n    BOTH: extension\n"
    files = beanstalk.application("v1", {".ebextensions/a.config": config})
    cloud.version("shop", "v1", files)
    told = cloud.outcome(cloud.create("shop", "web1", "v1", beanstalk.SINGLE, {
        "aws:elasticbeanstalk:application:environment": {"BOTH": "request"}}))
    assert told[-1][1].startswith("Successfully launched"), told
    environment = cloud.at("web1", "/cgi-bin/env").splitlines()
    assert "FROM_EXTENSION=1" in environment and "BOTH=request" in environment
    # What is not known is warned of, by its place, and does no harm.
    cloud.version("shop", "v2", beanstalk.application("v2", {".ebextensions/b.config": "nonsense:\n  a: b\n"}))
    told = cloud.outcome(cloud.deploy("web1", "v2"))
    assert told[-1][1] == "Environment update completed successfully.", told
    assert [text for severity, text in told if severity == "WARN" and "b.config" in text and "nonsense" in text], told
