"""Each operation of Elastic Beanstalk by boto3: what it answers, and how it refuses.

A test bears the name of its operation, and must have seen it succeed and fail.
"""

import datetime
import json
import re
import urllib.request

import botocore.exceptions
import pytest

import beanstalk
import lib
from beanstalk import options, refused

APPLICATION = "shop"
BRANCH = "Docker running on 64bit Amazon Linux 2023"
INVALID = "InvalidParameterValue"
# There are no custom platforms, so these can only be refused.
NEVER = {"CreatePlatformVersion", "DeletePlatformVersion"}
PROPERTIES = "aws:elasticbeanstalk:application:environment"


class World:
    """An application with two versions, and an environment web1 of the first."""

    def __init__(self, cloud):
        self.cloud, self.seen = cloud, set()
        for label in ("v1", "v2"):
            cloud.version(APPLICATION, label, beanstalk.application(label))
        self.launched = cloud.create(APPLICATION, "web1", "v1", beanstalk.SINGLE, CNAMEPrefix="web1x",
                                     Tags=[{"Key": "team", "Value": "a"}])
        cloud.version(APPLICATION, "bad", {"README": "no Dockerfile\n"})
        iam = cloud.client("iam")
        iam.create_user(UserName="nobody")
        key = iam.create_access_key(UserName="nobody")["AccessKey"]
        self.nobody = self.client((key["AccessKeyId"], key["SecretAccessKey"]))
        self.eb = cloud.eb
        self.eb.meta.events.register("after-call.*.*", self.record)
        cloud.ready("web1")

    def client(self, keys):
        client = self.cloud.client("elasticbeanstalk", keys)
        client.meta.events.register("after-call.*.*", self.record)
        return client

    def record(self, http_response, model, **_):
        self.seen.add((model.name, http_response.status_code < 300))

    def version(self, label):
        found = self.eb.describe_application_versions(ApplicationName=APPLICATION, VersionLabels=[label])
        return found["ApplicationVersions"][0]


@pytest.fixture(scope="module")
def world(module_cloud):
    yield World(module_cloud)
    iam = module_cloud.client("iam")
    for key in iam.list_access_keys(UserName="nobody")["AccessKeyMetadata"]:
        iam.delete_access_key(UserName="nobody", AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName="nobody")
    module_cloud.clean()


def names(client):
    """The model's operations, by their names in tests."""
    return {method: operation for method, operation in client.meta.method_to_api_mapping.items()
            if method in dir(client)}


@pytest.fixture(autouse=True)
def both(request, world):
    """The test's operation must have succeeded and failed in it."""
    operation = names(world.eb).get(request.function.__name__.removeprefix("test_"))
    world.seen.clear()
    before = request.session.testsfailed
    yield
    if operation and request.session.testsfailed == before:
        assert (operation, True) in world.seen or operation in NEVER, f"{operation} has not succeeded"
        assert (operation, False) in world.seen, f"{operation} has not been refused"


@pytest.fixture
def eb(world):
    return world.eb


def test_there_is_a_test_for_each_operation(world):
    tests = {name.removeprefix("test_") for name in globals()}
    assert not set(names(world.eb)) - tests
    assert len(names(world.eb)) == 47


# Applications.


def test_create_application(world, eb):
    made = eb.create_application(ApplicationName="other", Description="of mine", Tags=[{"Key": "k", "Value": "v"}],
                                 ResourceLifecycleConfig={"ServiceRole": "r", "VersionLifecycleConfig": {
                                     "MaxCountRule": {"Enabled": True, "MaxCount": 7, "DeleteSourceFromS3": True}}})["Application"]
    assert made["ApplicationArn"] == f"arn:aws:elasticbeanstalk:{beanstalk.REGION}:{account(world)}:application/other"
    assert (made["ApplicationName"], made["Description"]) == ("other", "of mine")
    assert made["ConfigurationTemplates"] == [] and made.get("Versions", []) == []
    rules = made["ResourceLifecycleConfig"]["VersionLifecycleConfig"]
    assert rules["MaxCountRule"] == {"Enabled": True, "MaxCount": 7, "DeleteSourceFromS3": True}
    assert rules["MaxAgeRule"]["Enabled"] is False
    refused(eb.create_application, INVALID, "Application other already exists.", ApplicationName="other")
    refused(eb.create_application, INVALID, ApplicationName="with/slash")
    both_rules = {"VersionLifecycleConfig": {"MaxCountRule": {"Enabled": True, "MaxCount": 1},
                                             "MaxAgeRule": {"Enabled": True, "MaxAgeInDays": 1}}}
    refused(eb.create_application, INVALID, ApplicationName="third", ResourceLifecycleConfig=both_rules)
    refused(world.nobody.create_application, "AccessDenied", "elasticbeanstalk:CreateApplication", 403, ApplicationName="x")
    eb.delete_application(ApplicationName="other")


def account(world):
    return world.cloud.client("sts").get_caller_identity()["Account"]


def test_describe_applications(world, eb):
    [found] = eb.describe_applications(ApplicationNames=[APPLICATION])["Applications"]
    assert found["ApplicationName"] == APPLICATION and set(found["Versions"]) >= {"v1", "v2"}
    assert found["DateCreated"] <= found["DateUpdated"]
    # A name that nothing has is no error: clients rely on it.
    assert eb.describe_applications(ApplicationNames=["nope"])["Applications"] == []
    refused(world.nobody.describe_applications, "AccessDenied", "nobody is not authorized", 403)


def test_update_application(eb):
    assert eb.update_application(ApplicationName=APPLICATION, Description="new")["Application"]["Description"] == "new"
    assert eb.describe_applications(ApplicationNames=[APPLICATION])["Applications"][0]["Description"] == "new"
    refused(eb.update_application, INVALID, "No Application named 'zzz' found.", ApplicationName="zzz")


def test_update_application_resource_lifecycle(world, eb):
    """The rule is followed when the next version is made; what is in use stays."""
    cloud = world.cloud
    cloud.version("short", "s1", {"Dockerfile": "FROM busybox\n"})
    config = {"ServiceRole": "role", "VersionLifecycleConfig": {
        "MaxCountRule": {"Enabled": True, "MaxCount": 2, "DeleteSourceFromS3": True}}}
    answer = eb.update_application_resource_lifecycle(ApplicationName="short", ResourceLifecycleConfig=config)
    assert answer["ApplicationName"] == "short"
    assert answer["ResourceLifecycleConfig"]["VersionLifecycleConfig"]["MaxCountRule"]["MaxCount"] == 2
    bundle = eb.describe_application_versions(ApplicationName="short")["ApplicationVersions"][0]["SourceBundle"]
    for label in ("s2", "s3"):
        cloud.version("short", label, {"Dockerfile": "FROM busybox\n"})
    labels = [each["VersionLabel"] for each in eb.describe_application_versions(ApplicationName="short")["ApplicationVersions"]]
    assert labels == ["s3", "s2"]
    refused(cloud.s3.head_object, "404", status=404, Bucket=bundle["S3Bucket"], Key=bundle["S3Key"])
    refused(eb.update_application_resource_lifecycle, INVALID, "No Application named 'zzz' found.", ApplicationName="zzz",
            ResourceLifecycleConfig=config)
    config["VersionLifecycleConfig"]["MaxCountRule"]["MaxCount"] = 0
    refused(eb.update_application_resource_lifecycle, INVALID, ApplicationName="short", ResourceLifecycleConfig=config)
    eb.delete_application(ApplicationName="short")


def test_delete_application(world, eb):
    refused(eb.delete_application, INVALID, ApplicationName=APPLICATION)
    assert world.cloud.environment("web1")["Status"] == "Ready"
    eb.create_application(ApplicationName="brief")
    answer = eb.delete_application(ApplicationName="brief")
    told = world.cloud.told(RequestId=answer["ResponseMetadata"]["RequestId"])
    assert told[-1] == ("INFO", "The application has been deleted successfully.")
    refused(eb.delete_application, INVALID, "No Application named 'brief' found.", ApplicationName="brief")


# Versions.


def test_create_storage_location(world, eb):
    bucket = eb.create_storage_location()["S3Bucket"]
    assert bucket == f"elasticbeanstalk-{beanstalk.REGION}-{account(world)}"
    assert eb.create_storage_location()["S3Bucket"] == bucket
    refused(world.nobody.create_storage_location, "AccessDenied", status=403)


def test_create_application_version(world, eb):
    cloud = world.cloud
    made = cloud.version("auto", "a1", {"Dockerfile": "FROM busybox\n"}, Description="the first")["ApplicationVersion"]
    assert made["ApplicationVersionArn"].endswith(":applicationversion/auto/a1")
    assert (made["VersionLabel"], made["Description"], made["Status"]) == ("a1", "the first", "UNPROCESSED")
    bundle = made["SourceBundle"]
    refused(eb.create_application_version, INVALID, "Application Version a1 already exists.", ApplicationName="auto",
            VersionLabel="a1", SourceBundle=bundle)
    refused(eb.create_application_version, INVALID, "No Application named 'zzz' found.", ApplicationName="zzz",
            VersionLabel="a1", SourceBundle=bundle)
    missing = {"S3Bucket": bundle["S3Bucket"], "S3Key": "auto/none.zip"}
    told = refused(eb.create_application_version, "InvalidParameterCombination", "auto/none.zip", ApplicationName="auto",
                   VersionLabel="a2", SourceBundle=missing)
    assert bundle["S3Bucket"] in told
    # Processing finds what is wrong before anything is deployed.
    for label, files, word, cause in (
            ("good", {"Dockerfile": "FROM busybox\n"}, "PROCESSED", None),
            ("empty", {"README": "nothing to run\n"}, "FAILED", "Dockerfile"),
            ("nozip", b"\x7fELF\x02\x01\x01", "FAILED", "zip"),
            ("option", {"Dockerfile": "FROM busybox\n", ".ebextensions/a.config": "option_settings: [\n"}, "FAILED",
             ".ebextensions/a.config")):
        made = cloud.version("auto", label, files, Process=True)
        assert made["ApplicationVersion"]["Status"] == "PROCESSING"
        request = made["ResponseMetadata"]["RequestId"]

        def ended():
            told = cloud.told(RequestId=request)
            return told if told and told[-1][1].startswith("Finished processing application version") else None
        told = lib.wait_for(ended, f"{label} is processed")
        assert told[-1][1] == f"Finished processing application version '{label}'. {word}.", told
        assert cause is None or any(cause in text for _, text in told), told
        [found] = eb.describe_application_versions(ApplicationName="auto", VersionLabels=[label])["ApplicationVersions"]
        assert found["Status"] == word
    eb.delete_application(ApplicationName="auto")


def test_describe_application_versions(world, eb):
    listed = eb.describe_application_versions(ApplicationName=APPLICATION)["ApplicationVersions"]
    assert [each["VersionLabel"] for each in listed] == ["bad", "v2", "v1"]
    pages = eb.get_paginator("describe_application_versions").paginate(ApplicationName=APPLICATION, PaginationConfig={"PageSize": 1})
    pages = [[each["VersionLabel"] for each in page["ApplicationVersions"]] for page in pages]
    assert pages == [["bad"], ["v2"], ["v1"]]
    assert eb.describe_application_versions(ApplicationName="nope")["ApplicationVersions"] == []
    refused(eb.describe_application_versions, INVALID, NextToken="no token of ours", MaxRecords=1)
    refused(world.nobody.describe_application_versions, "AccessDenied", status=403)


def test_update_application_version(world, eb):
    answer = eb.update_application_version(ApplicationName=APPLICATION, VersionLabel="v2", Description="better")
    assert answer["ApplicationVersion"]["Description"] == "better" == world.version("v2")["Description"]
    refused(eb.update_application_version, INVALID, "nope", ApplicationName=APPLICATION, VersionLabel="nope")


def test_delete_application_version(world, eb):
    cloud = world.cloud
    bundle = cloud.version(APPLICATION, "d1", {"Dockerfile": "FROM busybox\n"})["ApplicationVersion"]["SourceBundle"]
    eb.delete_application_version(ApplicationName=APPLICATION, VersionLabel="d1", DeleteSourceBundle=True)
    refused(cloud.s3.head_object, "404", status=404, Bucket=bundle["S3Bucket"], Key=bundle["S3Key"])
    bundle = cloud.version(APPLICATION, "d2", {"Dockerfile": "FROM busybox\n"})["ApplicationVersion"]["SourceBundle"]
    eb.delete_application_version(ApplicationName=APPLICATION, VersionLabel="d2")
    cloud.s3.head_object(Bucket=bundle["S3Bucket"], Key=bundle["S3Key"])
    label = cloud.environment("web1")["VersionLabel"]
    refused(eb.delete_application_version, INVALID, "deployed", ApplicationName=APPLICATION, VersionLabel=label,
            DeleteSourceBundle=True)
    assert world.version(label)["SourceBundle"]
    refused(eb.delete_application_version, INVALID, "nope", ApplicationName=APPLICATION, VersionLabel="nope")


# Platforms.


def test_list_available_solution_stacks(world, eb):
    answer = eb.list_available_solution_stacks()
    assert any(re.fullmatch(r"64bit Amazon Linux 2023 v4\.\d+\.\d+ running Docker", name) for name in answer["SolutionStacks"])
    details = {each["SolutionStackName"]: each["PermittedFileTypes"] for each in answer["SolutionStackDetails"]}
    assert list(details) == answer["SolutionStacks"] and "zip" in details[answer["SolutionStacks"][0]]
    refused(world.nobody.list_available_solution_stacks, "AccessDenied", status=403)


def test_list_platform_branches(eb):
    [found] = eb.list_platform_branches(Filters=[{"Attribute": "BranchName", "Operator": "=", "Values": [BRANCH]}])[
        "PlatformBranchSummaryList"]
    assert (found["PlatformName"], found["BranchName"], found["LifecycleState"]) == ("Docker", BRANCH, "Supported")
    assert found["SupportedTierList"] == ["WebServer/Standard", "Worker/SQS/HTTP"]
    refused(eb.list_platform_branches, INVALID, "Colour", Filters=[
        {"Attribute": "Colour", "Operator": "=", "Values": ["red"]}])


def test_list_platform_versions(eb):
    of = [{"Type": "PlatformBranchName", "Operator": "=", "Values": [BRANCH]}]
    listed = eb.list_platform_versions(Filters=of)["PlatformSummaryList"]
    assert len(listed) >= 2
    newest = listed[0]
    assert (newest["PlatformLifecycleState"], newest["PlatformBranchLifecycleState"]) == ("Recommended", "Supported")
    assert newest["PlatformStatus"] == "Ready" and newest["PlatformOwner"] == "AWSElasticBeanstalk"
    latest = eb.list_platform_versions(Filters=[*of, {"Type": "PlatformVersion", "Operator": "=", "Values": ["latest"]}])
    assert latest["PlatformSummaryList"] == [newest]
    pages = eb.get_paginator("list_platform_versions").paginate(Filters=of, PaginationConfig={"PageSize": 1})
    assert [each for page in pages for each in page["PlatformSummaryList"]] == listed
    refused(eb.list_platform_versions, INVALID, Filters=[{"Type": "PlatformName", "Operator": "~", "Values": ["x"]}])


def test_describe_platform_version(eb):
    [first, *_] = eb.list_platform_versions(Filters=[{"Type": "PlatformBranchName", "Operator": "=", "Values": [BRANCH]}])[
        "PlatformSummaryList"]
    found = eb.describe_platform_version(PlatformArn=first["PlatformArn"])["PlatformDescription"]
    assert found["PlatformArn"] == first["PlatformArn"] and found["PlatformBranchName"] == BRANCH
    assert found["SolutionStackName"] == f"64bit Amazon Linux 2023 v{found['PlatformVersion']} running Docker"
    assert found["PlatformLifecycleState"] == "Recommended"
    gone = first["PlatformArn"].rsplit("/", 1)[0] + "/0.0.1"
    refused(eb.describe_platform_version, INVALID, f"No Platform named '{gone}' found.", PlatformArn=gone)


def unable(call, **arguments):
    """An operation on platforms of one's own, which cannot be made here: it answers an error in words."""
    told = refused(call, "ElasticBeanstalkServiceException", **arguments)
    assert "custom platform" in told.lower(), told


def test_create_platform_version(world, eb):
    """Custom platforms are virtual machines made with Packer: there are none, and nobody is told otherwise."""
    bundle = {"S3Bucket": eb.create_storage_location()["S3Bucket"], "S3Key": "p.zip"}
    unable(eb.create_platform_version, PlatformName="mine", PlatformVersion="1.0.0", PlatformDefinitionBundle=bundle)


def test_delete_platform_version(world, eb):
    arn = f"arn:aws:elasticbeanstalk:{beanstalk.REGION}:{account(world)}:platform/mine/1.0.0"
    refused(eb.delete_platform_version, INVALID, f"No Platform named '{arn}' found.", PlatformArn=arn)
    used = world.cloud.environment("web1")["PlatformArn"]
    refused(eb.delete_platform_version, INVALID, "AWSElasticBeanstalk's own, and can't be deleted", PlatformArn=used)


def test_describe_account_attributes(world, eb):
    quotas = eb.describe_account_attributes()["ResourceQuotas"]
    assert {name: quota["Maximum"] for name, quota in quotas.items()} == {
        "ApplicationQuota": 75, "ApplicationVersionQuota": 1000, "EnvironmentQuota": 200,
        "ConfigurationTemplateQuota": 2000, "CustomPlatformQuota": 50}
    refused(world.nobody.describe_account_attributes, "AccessDenied", status=403)


# Environments.


def test_check_dns_availability(eb):
    answer = eb.check_dns_availability(CNAMEPrefix="web1x")
    assert answer["Available"] is False
    answer = eb.check_dns_availability(CNAMEPrefix="free-one")
    assert answer["Available"] is True
    assert answer["FullyQualifiedCNAME"].startswith(f"free-one.{beanstalk.REGION}.elasticbeanstalk.")
    refused(eb.check_dns_availability, INVALID, CNAMEPrefix="-no-")


def test_create_environment(world, eb):
    cloud = world.cloud
    found = cloud.environment("web1")
    assert re.fullmatch(r"e-[a-z0-9]{10}", found["EnvironmentId"])
    assert found["EnvironmentArn"] == (
        f"arn:aws:elasticbeanstalk:{beanstalk.REGION}:{account(world)}:environment/{APPLICATION}/web1")
    assert found["Tier"] == {"Name": "WebServer", "Type": "Standard", "Version": "1.0"}
    assert found["CNAME"].startswith("web1x.") and found["SolutionStackName"] and found["PlatformArn"]
    told = cloud.told(RequestId=world.launched)
    assert told[0] == ("INFO", "createEnvironment is starting.")
    assert told[-1] == ("INFO", "Successfully launched environment: web1")
    new = {"ApplicationName": APPLICATION, "EnvironmentName": "web9", "SolutionStackName": beanstalk.STACK}
    refused(eb.create_environment, INVALID, "Environment web1 already exists.", **new | {"EnvironmentName": "web1"})
    refused(eb.create_environment, INVALID, "No Application named 'zzz' found.", **new | {"ApplicationName": "zzz"})
    refused(eb.create_environment, INVALID, "is not available", **new, CNAMEPrefix="web1x")
    refused(eb.create_environment, INVALID, "nope", **new, VersionLabel="nope")
    refused(eb.create_environment, INVALID, f"No Configuration Template named '{APPLICATION}/nope' found.", **new, TemplateName="nope")
    refused(eb.create_environment, INVALID, "No Solution Stack named 'CP/M' found.", **new | {"SolutionStackName": "CP/M"})
    bare = {name: value for name, value in new.items() if name != "SolutionStackName"}
    refused(eb.create_environment, INVALID, "Unable to determine base for template pack (no solution stack)", **bare)
    refused(eb.create_environment, INVALID, **new | {"EnvironmentName": "-web9"})
    bad = options({"aws:elasticbeanstalk:none": {"Colour": "red"}})
    told = refused(eb.create_environment, "ConfigurationValidationException", "aws:elasticbeanstalk:none", **new, OptionSettings=bad)
    assert "Colour" in told
    many = options({"aws:autoscaling:asg": {"MinSize": 0}})
    refused(eb.create_environment, "ConfigurationValidationException", "MinSize", **new, OptionSettings=many)
    # The client itself refuses three letters.
    with pytest.raises(botocore.exceptions.ParamValidationError, match="valid min length: 4"):
        eb.create_environment(**new | {"EnvironmentName": "abc"})
    assert cloud.environment("web9") is None
    made = eb.create_environment(**new, Description="for a moment", OptionSettings=options(beanstalk.SINGLE))
    assert (made["Status"], made["EnvironmentName"], made["Description"]) == ("Launching", "web9", "for a moment")
    assert not made.get("VersionLabel") and made["EnvironmentId"] != found["EnvironmentId"]
    # It may go before it is there.
    eb.terminate_environment(EnvironmentName="web9")
    cloud.gone("web9")


def test_describe_environments(world, eb):
    cloud = world.cloud
    found = cloud.environment("web1")
    for query in ({"ApplicationName": APPLICATION}, {"EnvironmentIds": [found["EnvironmentId"]]},
                  {"VersionLabel": found["VersionLabel"], "ApplicationName": APPLICATION}):
        assert [each["EnvironmentName"] for each in eb.describe_environments(**query, IncludeDeleted=False)["Environments"]] == ["web1"]
    assert eb.describe_environments(EnvironmentNames=["nope"])["Environments"] == []
    eb.get_waiter("environment_exists").wait(EnvironmentNames=["web1"])
    refused(world.nobody.describe_environments, "AccessDenied", status=403)


def test_update_environment(world, eb):
    cloud = world.cloud
    answer = eb.update_environment(EnvironmentName="web1", VersionLabel="v2", Description="changed")
    assert (answer["Status"], answer["Description"]) == ("Updating", "changed")
    told = cloud.outcome(answer["ResponseMetadata"]["RequestId"])
    assert told[0] == ("INFO", "Environment update is starting.")
    assert told[-1] == ("INFO", "Environment update completed successfully.")
    assert cloud.environment("web1")["Status"] == "Ready" and cloud.running("web1") == "v2"
    answer = eb.update_environment(EnvironmentId=answer["EnvironmentId"], OptionSettings=options({PROPERTIES: {"Q": "1"}}))
    cloud.outcome(answer["ResponseMetadata"]["RequestId"])
    assert "Q=1" in cloud.at("web1", "/cgi-bin/env").splitlines()
    for member, value, text in (("VersionLabel", "nope", "nope"), ("TemplateName", "nope", f"{APPLICATION}/nope"),
                                ("SolutionStackName", "CP/M", "No Solution Stack named 'CP/M' found.")):
        refused(eb.update_environment, INVALID, text, EnvironmentName="web1", **{member: value})
    refused(eb.update_environment, INVALID, "No Environment found for EnvironmentName = 'nope'.", EnvironmentName="nope")
    refused(eb.update_environment, INVALID, EnvironmentId="e-nope")
    refused(eb.update_environment, "MissingParameter")
    unknown = options({"aws:elasticbeanstalk:command": {"Timeoutt": 3}})
    told = refused(eb.update_environment, "ConfigurationValidationException", "Timeoutt", EnvironmentName="web1", OptionSettings=unknown)
    assert "Timeout" in told.replace("Timeoutt", "")
    split = options({"aws:elasticbeanstalk:command": {"DeploymentPolicy": "TrafficSplitting"},
                     "aws:elasticbeanstalk:environment": {"EnvironmentType": "LoadBalanced", "LoadBalancerType": "network"}})
    refused(eb.update_environment, "ConfigurationValidationException", EnvironmentName="web1", OptionSettings=split)
    assert cloud.environment("web1")["Status"] == "Ready"


def test_abort_environment_update(world, eb):
    cloud = world.cloud
    before = cloud.running("web1")
    cloud.version(APPLICATION, "slow", beanstalk.application("slow", {"run.sh": beanstalk.WAITS}))
    refused(eb.abort_environment_update, INVALID, "invalid state", EnvironmentName="web1")
    cloud.deploy("web1", "slow")
    lib.wait_for(lambda: any("Deploying to" in text for _, text in cloud.told(EnvironmentName="web1")), "it is deployed")
    assert cloud.environment("web1")["AbortableOperationInProgress"] is True
    eb.abort_environment_update(EnvironmentName="web1")
    cloud.ready("web1", 15)
    assert cloud.running("web1") == before
    assert cloud.environment("web1")["VersionLabel"] != "slow"
    told = [text for _, text in cloud.told(EnvironmentName="web1")]
    assert "The environment was reverted to the previous configuration setting." in told
    eb.delete_application_version(ApplicationName=APPLICATION, VersionLabel="slow")


def test_a_launch_is_aborted(world, eb):
    cloud = world.cloud
    cloud.version(APPLICATION, "late", beanstalk.application("late", {"run.sh": beanstalk.WAITS}))
    cloud.create(APPLICATION, "late-env", "late", beanstalk.SINGLE)
    lib.wait_for(lambda: cloud.containers("late-env"), "it is started")
    assert cloud.environment("late-env")["AbortableOperationInProgress"] is True
    eb.abort_environment_update(EnvironmentName="late-env")
    cloud.ready("late-env", 15)
    lib.wait_for(lambda: not cloud.containers("late-env", all=True), "its container is gone")
    told = [text for _, text in cloud.told(EnvironmentName="late-env")]
    assert "The environment launch was aborted." in told and "Failed to launch environment." in told
    refused(eb.abort_environment_update, INVALID, "invalid state", EnvironmentName="late-env")
    # It is there, without anybody who serves, and takes another version.
    assert cloud.get(cloud.environment("late-env")["CNAME"])[0] == 503
    cloud.deploy("late-env", "v1")
    cloud.ready("late-env", health="Green")
    eb.terminate_environment(EnvironmentName="late-env")
    cloud.gone("late-env")
    eb.delete_application_version(ApplicationName=APPLICATION, VersionLabel="late")


def test_restart_app_server(world, eb):
    cloud = world.cloud
    before = cloud.at("web1").split()
    answer = eb.restart_app_server(EnvironmentName="web1")
    told = cloud.outcome(answer["ResponseMetadata"]["RequestId"])
    assert told[0][1] == "restartAppServer is starting." and told[-1][1] == "restartAppServer completed successfully."
    after = cloud.at("web1").split()
    assert after[0] == before[0] and after[1] != before[1]
    refused(eb.restart_app_server, INVALID, "No Environment found for EnvironmentName = 'nope'.", EnvironmentName="nope")


def test_rebuild_environment(world, eb):
    cloud = world.cloud
    old, before = cloud.instances("web1"), cloud.running("web1")
    answer = eb.rebuild_environment(EnvironmentName="web1")
    told = cloud.outcome(answer["ResponseMetadata"]["RequestId"])
    assert told[0][1] == "rebuildEnvironment is starting." and told[-1][1] == "Successfully launched environment: web1"
    assert not set(old) & set(cloud.instances("web1")) and cloud.running("web1") == before
    refused(eb.rebuild_environment, INVALID, EnvironmentId="e-aaaaaaaaaa")


def test_swap_environment_cnames(world, eb):
    cloud = world.cloud
    cloud.outcome(cloud.create(APPLICATION, "web2", "v1", beanstalk.SINGLE, CNAMEPrefix="web2x"))
    eb.swap_environment_cnames(SourceEnvironmentName="web1", DestinationEnvironmentName="web2")
    assert cloud.environment("web1")["CNAME"].startswith("web2x.")
    assert cloud.environment("web2")["CNAME"].startswith("web1x.")
    told = cloud.told(EnvironmentName="web2")[-2:]
    assert told[0][1] == "swapEnvironmentCNAMEs is starting."
    assert told[1][1].startswith("Completed swapping CNAMEs for environments")
    eb.swap_environment_cnames(SourceEnvironmentName="web1", DestinationEnvironmentName="web2")
    refused(eb.swap_environment_cnames, INVALID, "nope", SourceEnvironmentName="web1", DestinationEnvironmentName="nope")
    refused(eb.swap_environment_cnames, INVALID, SourceEnvironmentName="web1", DestinationEnvironmentName="web1")
    refused(eb.swap_environment_cnames, "MissingParameter", SourceEnvironmentName="web1")
    eb.terminate_environment(EnvironmentName="web2")
    cloud.gone("web2")


def test_terminate_environment(world, eb):
    cloud = world.cloud
    cloud.outcome(cloud.create(APPLICATION, "brief", "v1", beanstalk.SINGLE))
    host = cloud.environment("brief")["CNAME"]
    answer = eb.terminate_environment(EnvironmentName="brief")
    assert answer["Status"] == "Terminating"
    assert cloud.outcome(answer["ResponseMetadata"]["RequestId"])[-1][1] == "terminateEnvironment completed successfully."
    [left] = eb.describe_environments(EnvironmentIds=[answer["EnvironmentId"]])["Environments"]
    assert left["Status"] == "Terminated"
    eb.get_waiter("environment_terminated").wait(EnvironmentIds=[answer["EnvironmentId"]])
    assert eb.describe_environments(EnvironmentNames=["brief"], IncludeDeleted=False)["Environments"] == []
    assert cloud.get(host)[0] == 404 and not cloud.containers("brief", all=True)
    refused(eb.terminate_environment, INVALID, "No Environment found for EnvironmentName = 'brief'.", EnvironmentName="brief")


def test_compose_environments(world, eb):
    cloud = world.cloud
    # The one in front links to others that are named after it.
    more = {"front": "EnvironmentLinks:\n  BACK: back+\n  QUEUE: work+\n", "back": "",
            "work": "EnvironmentTier:\n  Name: Worker\n  Type: SQS/HTTP\n"}
    for name in more:
        manifest = f"AWSConfigurationTemplateVersion: 1.1.0.0\nSolutionStack: {beanstalk.STACK}\nEnvironmentName: {name}+\n" \
                   f"OptionSettings:\n  aws:elasticbeanstalk:environment:\n    EnvironmentType: SingleInstance\n{more[name]}"
        cloud.version(APPLICATION, name, beanstalk.application(name, {"env.yaml": manifest}), Process=True)
    answer = eb.compose_environments(ApplicationName=APPLICATION, GroupName="blue", VersionLabels=list(more))
    assert sorted(each["EnvironmentName"] for each in answer["Environments"]) == ["back-blue", "front-blue", "work-blue"]
    for name in more:
        cloud.ready(f"{name}-blue")
    assert [cloud.running(f"{name}-blue") for name in ("front", "back")] == ["front", "back"]
    seen = cloud.at("front-blue", "/cgi-bin/env").splitlines()
    assert f"BACK={cloud.environment('back-blue')['CNAME']}" in seen
    [queue, _] = eb.describe_environment_resources(EnvironmentName="work-blue")["EnvironmentResources"]["Queues"]
    assert f"QUEUE={queue['URL']}" in seen
    links = cloud.environment("front-blue")["EnvironmentLinks"]
    assert {each["LinkName"]: each["EnvironmentName"] for each in links} == {"BACK": "back-blue", "QUEUE": "work-blue"}
    refused(eb.compose_environments, INVALID, "nope", ApplicationName=APPLICATION, GroupName="blue", VersionLabels=["nope"])
    refused(eb.compose_environments, INVALID, "v1", ApplicationName=APPLICATION, GroupName="blue", VersionLabels=["v1"])
    # Nothing is made when a link leads nowhere.
    refused(eb.compose_environments, INVALID, "back-red", ApplicationName=APPLICATION, GroupName="red", VersionLabels=["work", "front"])
    assert cloud.environment("work-red") is None
    for name in more:
        eb.terminate_environment(EnvironmentName=f"{name}-blue")
    for name in more:
        cloud.gone(f"{name}-blue")
        eb.delete_application_version(ApplicationName=APPLICATION, VersionLabel=name)


def test_associate_environment_operations_role(world, eb):
    role = f"arn:aws:iam::{account(world)}:role/operations"
    eb.associate_environment_operations_role(EnvironmentName="web1", OperationsRole=role)
    assert world.cloud.environment("web1")["OperationsRole"] == role
    refused(eb.associate_environment_operations_role, INVALID, "nope", EnvironmentName="nope", OperationsRole=role)


def test_disassociate_environment_operations_role(world, eb):
    eb.disassociate_environment_operations_role(EnvironmentName="web1")
    assert not world.cloud.environment("web1").get("OperationsRole")
    refused(eb.disassociate_environment_operations_role, INVALID, "nope", EnvironmentName="nope")


# What is known of environments.


def test_describe_environment_resources(world, eb):
    found = eb.describe_environment_resources(EnvironmentName="web1")["EnvironmentResources"]
    assert found["EnvironmentName"] == "web1"
    assert [each["Id"] for each in found["Instances"]] == world.cloud.instances("web1")
    assert re.fullmatch(r"i-[0-9a-f]{17}", found["Instances"][0]["Id"])
    refused(eb.describe_environment_resources, INVALID, "nope", EnvironmentName="nope")
    refused(eb.describe_environment_resources, "MissingParameter")


def test_describe_environment_health(world, eb):
    cloud = world.cloud
    cloud.ready("web1", health="Green")
    for _ in range(12):
        cloud.at("web1")
    found = lib.wait_for(lambda: (
        lambda health: health if health["ApplicationMetrics"]["RequestCount"] >= 10 else None)(
            eb.describe_environment_health(EnvironmentName="web1", AttributeNames=["All"])), "requests are counted", 30)
    assert (found["EnvironmentName"], found["HealthStatus"], found["Color"], found["Status"]) == ("web1", "Ok", "Green", "Ready")
    metrics = found["ApplicationMetrics"]
    assert metrics["StatusCodes"]["Status2xx"] >= 10 and metrics["StatusCodes"]["Status5xx"] == 0
    assert 0 < metrics["Latency"]["P50"] <= metrics["Latency"]["P99"] < 10
    assert found["InstancesHealth"]["Ok"] == 1
    assert abs((datetime.datetime.now(datetime.UTC) - found["RefreshedAt"]).total_seconds()) < 60
    only = eb.describe_environment_health(EnvironmentName="web1", AttributeNames=["Color"])
    assert only["Color"] == "Green" and "Causes" not in only
    refused(eb.describe_environment_health, INVALID, "nope", EnvironmentName="nope", AttributeNames=["All"])
    # Only an environment that is set to it tells.
    basic = options({"aws:elasticbeanstalk:healthreporting:system": {"SystemType": "basic"}})
    eb.update_environment(EnvironmentName="web1", OptionSettings=basic)
    cloud.ready("web1", health="Green")
    refused(eb.describe_environment_health, "InvalidRequestException", EnvironmentName="web1", AttributeNames=["All"])
    refused(eb.describe_instances_health, "InvalidRequestException", EnvironmentName="web1", AttributeNames=["All"])
    eb.update_environment(EnvironmentName="web1", OptionSettings=options(beanstalk.USUAL))
    cloud.ready("web1")


def test_describe_instances_health(world, eb):
    answer = eb.describe_instances_health(EnvironmentName="web1", AttributeNames=["All"])
    [found] = answer["InstanceHealthList"]
    assert [found["InstanceId"]] == world.cloud.instances("web1")
    assert found["HealthStatus"] in ("Ok", "Info") and found["Color"] == "Green"
    deployment = found["Deployment"]
    assert deployment["VersionLabel"] == world.cloud.environment("web1")["VersionLabel"]
    assert deployment["Status"] == "Deployed" and deployment["DeploymentId"] >= 1
    assert found["LaunchedAt"] < answer["RefreshedAt"]
    refused(eb.describe_instances_health, INVALID, "nope", EnvironmentName="nope", AttributeNames=["All"])


def test_describe_events(world, eb):
    cloud = world.cloud
    plain = eb.describe_events(EnvironmentName="web1")["Events"]
    times = [event["EventDate"] for event in plain]
    assert times == sorted(times, reverse=True) and len(set(times)) == len(times)
    pages = [page["Events"] for page in eb.get_paginator("describe_events").paginate(
        EnvironmentName="web1", PaginationConfig={"PageSize": 5})]
    assert all(len(page) == 5 for page in pages[:-1])
    assert [event["EventDate"] for page in pages for event in page] == times
    # The start is part of the answer, the end is not.
    third = plain[2]
    found = eb.describe_events(EnvironmentName="web1", StartTime=third["EventDate"])["Events"]
    assert found == plain[:3]
    found = eb.describe_events(EnvironmentName="web1", EndTime=third["EventDate"])["Events"]
    assert found == plain[3:]
    assert {event["Severity"] for event in eb.describe_events(ApplicationName=APPLICATION, Severity="ERROR")["Events"]} <= {"ERROR", "FATAL"}
    assert all(event["RequestId"] == world.launched for event in eb.describe_events(RequestId=world.launched)["Events"])
    assert eb.describe_events(ApplicationName="nope")["Events"] == []
    refused(eb.describe_events, INVALID, NextToken="no token of ours")
    refused(world.nobody.describe_events, "AccessDenied", status=403)


def test_request_environment_info(world, eb):
    cloud = world.cloud
    for kind, text in (("tail", "Successfully finished tailing"), ("bundle", "Successfully finished bundling")):
        answer = eb.request_environment_info(EnvironmentName="web1", InfoType=kind)
        request = answer["ResponseMetadata"]["RequestId"]
        told = lib.wait_for(lambda: (lambda told: told if len(told) > 2 else None)(cloud.told(RequestId=request)), kind)
        assert told[0][1] == "requestEnvironmentInfo is starting." and text in told[1][1]
        assert told[-1][1] == "Pulled logs for environment instances."
    refused(eb.request_environment_info, INVALID, "nope", EnvironmentName="nope", InfoType="tail")
    refused(eb.request_environment_info, "ValidationError", "[tail, bundle, analyze]", EnvironmentName="web1", InfoType="gossip")


def test_retrieve_environment_info(world, eb):
    cloud = world.cloud
    cloud.at("web1", "/cgi-bin/say?where-is-it")
    request = eb.request_environment_info(EnvironmentName="web1", InfoType="tail")["ResponseMetadata"]["RequestId"]
    lib.wait_for(lambda: cloud.told(RequestId=request)[-1][1].startswith("Pulled logs"), "the logs are there")
    [entry] = eb.retrieve_environment_info(EnvironmentName="web1", InfoType="tail")["EnvironmentInfo"]
    assert [entry["Ec2InstanceId"]] == cloud.instances("web1") and entry["InfoType"] == "tail"
    # Anybody who has the address can fetch it, without a signature of his own.
    assert entry["Message"].startswith(cloud.endpoint)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(entry["Message"]) as answer:
        assert "said where-is-it" in answer.read().decode()
    refused(eb.retrieve_environment_info, INVALID, "nope", EnvironmentName="nope", InfoType="tail")


def test_instances_tell_their_processors_and_their_load(world, eb):
    cloud = world.cloud
    cloud.ready("web1")

    def system():
        [found] = eb.describe_instances_health(EnvironmentName="web1", AttributeNames=["System"])["InstanceHealthList"]
        return found["System"]
    assert 0 <= lib.wait_for(lambda: system().get("CPUUtilization"), "processors are measured", 15)["User"] <= 100
    [container] = cloud.containers("web1")

    def begin(script):
        made = cloud.api("POST", f"/containers/{container['Id']}/exec", {"Cmd": ["timeout", "40", "sh", "-c", script]})[1]
        assert cloud.api("POST", f"/exec/{made['Id']}/start", {"Detach": True})[0] == 200
    begin("while [ ! -e /tmp/enough ]; do :; done")

    def loaded():
        cloud.at("web1")
        load = system()["LoadAverage"]
        return load if load[0] > 0.05 else None
    minute, five, fifteen = lib.wait_for(loaded, "what runs is in the load", 30)
    assert 1 > minute > five > fifteen > 0
    begin("> /tmp/enough")


# Configuration.


def test_describe_configuration_options(world, eb):
    answer = eb.describe_configuration_options(ApplicationName=APPLICATION, EnvironmentName="web1")
    known = {(each["Namespace"], each["Name"]): each for each in answer["Options"]}
    size = known["aws:autoscaling:asg", "MinSize"]
    assert (size["DefaultValue"], size["MinValue"], size["MaxValue"], size["ValueType"]) == ("1", 1, 10000, "Scalar")
    policy = known["aws:elasticbeanstalk:command", "DeploymentPolicy"]
    assert set(policy["ValueOptions"]) >= {"AllAtOnce", "Rolling", "RollingWithAdditionalBatch", "Immutable"}
    assert {each["ChangeSeverity"] for each in answer["Options"]} <= {
        "NoInterruption", "RestartApplicationServer", "RestartEnvironment", "Unknown"}
    asked = [{"Namespace": "aws:autoscaling:asg", "OptionName": "MinSize"}]
    only = eb.describe_configuration_options(SolutionStackName=beanstalk.STACK, Options=asked)["Options"]
    assert [(each["Namespace"], each["Name"]) for each in only] == [("aws:autoscaling:asg", "MinSize")]
    refused(eb.describe_configuration_options, INVALID, "nope", ApplicationName=APPLICATION, EnvironmentName="nope")
    refused(eb.describe_configuration_options, INVALID, "CP/M", SolutionStackName="CP/M")


def test_describe_configuration_settings(eb):
    [found] = eb.describe_configuration_settings(ApplicationName=APPLICATION, EnvironmentName="web1")["ConfigurationSettings"]
    assert found["DeploymentStatus"] == "deployed" and found["EnvironmentName"] == "web1"
    keys = [(each["Namespace"], each["OptionName"]) for each in found["OptionSettings"]]
    assert keys == sorted(keys) and len(keys) > 50
    of = [name for namespace, name in keys if namespace == "aws:elasticbeanstalk:environment"]
    assert of[0] == "EnvironmentType"
    values = {key: each.get("Value") for key, each in zip(keys, found["OptionSettings"])}
    assert values["aws:elasticbeanstalk:environment", "EnvironmentType"] == "SingleInstance"
    refused(eb.describe_configuration_settings, INVALID, "nope", ApplicationName=APPLICATION, EnvironmentName="nope")
    refused(eb.describe_configuration_settings, INVALID, f"{APPLICATION}/nope", ApplicationName=APPLICATION, TemplateName="nope")
    refused(eb.describe_configuration_settings, INVALID, "No Application named 'zzz' found.", ApplicationName="zzz",
            EnvironmentName="web1")


def test_validate_configuration_settings(eb):
    good = options({"aws:autoscaling:asg": {"MinSize": 2, "MaxSize": 3}})
    answer = eb.validate_configuration_settings(ApplicationName=APPLICATION, EnvironmentName="web1", OptionSettings=good)
    assert not [each for each in answer["Messages"] if each["Severity"] == "error"]
    bad = options({"aws:autoscaling:asg": {"MinSize": "many"}})
    [message] = eb.validate_configuration_settings(ApplicationName=APPLICATION, EnvironmentName="web1", OptionSettings=bad)["Messages"]
    assert (message["Severity"], message["Namespace"], message["OptionName"]) == ("error", "aws:autoscaling:asg", "MinSize")
    assert "many" in message["Message"]
    refused(eb.validate_configuration_settings, INVALID, "nope", ApplicationName=APPLICATION, EnvironmentName="nope", OptionSettings=good)


def test_create_configuration_template(world, eb):
    made = eb.create_configuration_template(
        ApplicationName=APPLICATION, TemplateName="t1", Description="quiet", SolutionStackName=beanstalk.STACK,
        OptionSettings=options({PROPERTIES: {"SEASON": "winter"}}, beanstalk.SINGLE))
    assert (made["TemplateName"], made["ApplicationName"], made["Description"]) == ("t1", APPLICATION, "quiet")
    assert made["PlatformArn"] and "ConfigurationSettings" not in made
    copied = eb.create_configuration_template(ApplicationName=APPLICATION, TemplateName="t2", SourceConfiguration={
        "ApplicationName": APPLICATION, "TemplateName": "t1"})
    assert copied["PlatformArn"] == made["PlatformArn"]
    of = eb.create_configuration_template(ApplicationName=APPLICATION, TemplateName="t3",
                                          EnvironmentId=world.cloud.environment("web1")["EnvironmentId"])
    assert of["PlatformArn"] == world.cloud.environment("web1")["PlatformArn"]
    [listed] = eb.describe_applications(ApplicationNames=[APPLICATION])["Applications"]
    assert set(listed["ConfigurationTemplates"]) >= {"t1", "t2", "t3"}
    refused(eb.create_configuration_template, INVALID, "Configuration Template t1 already exists.", ApplicationName=APPLICATION,
            TemplateName="t1", SolutionStackName=beanstalk.STACK)
    refused(eb.create_configuration_template, INVALID, "Unable to determine base for template pack (no solution stack)",
            ApplicationName=APPLICATION, TemplateName="t4")
    refused(eb.create_configuration_template, INVALID, ApplicationName="zzz", TemplateName="t4", SolutionStackName=beanstalk.STACK)


def template(eb, name):
    [found] = eb.describe_configuration_settings(ApplicationName=APPLICATION, TemplateName=name)["ConfigurationSettings"]
    return {(each["Namespace"], each["OptionName"]): each.get("Value") for each in found["OptionSettings"]}


def made_template(eb, name):
    eb.create_configuration_template(ApplicationName=APPLICATION, TemplateName=name, SolutionStackName=beanstalk.STACK,
                                     OptionSettings=options({PROPERTIES: {"SEASON": "winter"}}))


def test_update_configuration_template(eb):
    made_template(eb, "u1")
    eb.update_configuration_template(ApplicationName=APPLICATION, TemplateName="u1", OptionSettings=options({PROPERTIES: {"NIGHT": "1"}}),
                                     OptionsToRemove=[{"Namespace": PROPERTIES, "OptionName": "SEASON"}])
    values = template(eb, "u1")
    assert values[PROPERTIES, "NIGHT"] == "1" and (PROPERTIES, "SEASON") not in values
    refused(eb.update_configuration_template, INVALID, f"No Configuration Template named '{APPLICATION}/nope' found.",
            ApplicationName=APPLICATION, TemplateName="nope")
    bad = options({"aws:autoscaling:asg": {"MinSize": -1}})
    refused(eb.update_configuration_template, "ConfigurationValidationException", "MinSize", ApplicationName=APPLICATION,
            TemplateName="u1", OptionSettings=bad)


def test_delete_configuration_template(eb):
    made_template(eb, "d1")
    eb.delete_configuration_template(ApplicationName=APPLICATION, TemplateName="d1")
    [listed] = eb.describe_applications(ApplicationNames=[APPLICATION])["Applications"]
    assert "d1" not in listed["ConfigurationTemplates"]
    refused(eb.delete_configuration_template, INVALID, "d1", ApplicationName=APPLICATION, TemplateName="d1")


def test_delete_environment_configuration(eb):
    """The draft of a configuration that a failed update leaves."""
    eb.delete_environment_configuration(ApplicationName=APPLICATION, EnvironmentName="web1")
    refused(eb.delete_environment_configuration, INVALID, "nope", ApplicationName=APPLICATION, EnvironmentName="nope")


# Tags.


def test_list_tags_for_resource(world, eb):
    arn = world.cloud.environment("web1")["EnvironmentArn"]
    answer = eb.list_tags_for_resource(ResourceArn=arn)
    assert answer["ResourceArn"] == arn and {"Key": "team", "Value": "a"} in answer["ResourceTags"]
    wrong = arn.replace("web1", "nope")
    refused(eb.list_tags_for_resource, "ResourceNotFoundException", f"Resource not found for ARN '{wrong}'.", ResourceArn=wrong)


def test_update_tags_for_resource(world, eb):
    arn = world.version("v1")["ApplicationVersionArn"]
    for resource in (arn, world.cloud.environment("web1")["EnvironmentArn"]):
        answer = eb.update_tags_for_resource(ResourceArn=resource, TagsToAdd=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
        told = world.cloud.told(RequestId=answer["ResponseMetadata"]["RequestId"])
        assert told[-1][1].endswith("tag update completed successfully.")
        eb.update_tags_for_resource(ResourceArn=resource, TagsToRemove=["a"])
        tags = {tag["Key"]: tag["Value"] for tag in eb.list_tags_for_resource(ResourceArn=resource)["ResourceTags"]}
        assert tags["b"] == "2" and "a" not in tags
    refused(eb.update_tags_for_resource, "ResourceNotFoundException", ResourceArn=arn.replace("v1", "none"), TagsToRemove=["a"])
    many = [{"Key": str(number), "Value": ""} for number in range(51)]
    refused(eb.update_tags_for_resource, "TooManyTagsException", ResourceArn=arn, TagsToAdd=[
        tag | {"Value": "x"} for tag in many])


# Managed actions.


def managed(world, eb):
    """web1 on an older platform, with managed updates."""
    listed = eb.list_platform_versions(Filters=[{"Type": "PlatformBranchName", "Operator": "=", "Values": [BRANCH]}])
    older = listed["PlatformSummaryList"][1]["PlatformArn"]
    settings = options({"aws:elasticbeanstalk:managedactions": {"ManagedActionsEnabled": "true", "PreferredStartTime": "Tue:09:00"},
                        "aws:elasticbeanstalk:managedactions:platformupdate": {"UpdateLevel": "minor"}})
    eb.update_environment(EnvironmentName="web1", PlatformArn=older, OptionSettings=settings)
    world.cloud.ready("web1")
    assert world.cloud.environment("web1")["PlatformArn"] == older
    return listed["PlatformSummaryList"][0]["PlatformArn"]


def test_describe_environment_managed_actions(world, eb):
    managed(world, eb)
    [action] = eb.describe_environment_managed_actions(EnvironmentName="web1")["ManagedActions"]
    assert (action["ActionType"], action["Status"]) == ("PlatformUpdate", "Scheduled")
    start = action["WindowStartTime"]
    assert (start.weekday(), start.hour, start.minute) == (1, 9, 0) and start > datetime.datetime.now(datetime.UTC)
    assert eb.describe_environment_managed_actions(EnvironmentName="web1", Status="Running")["ManagedActions"] == []
    refused(eb.describe_environment_managed_actions, INVALID, "nope", EnvironmentName="nope")


def test_apply_environment_managed_action(world, eb):
    cloud, newest = world.cloud, managed(world, eb)
    [action] = eb.describe_environment_managed_actions(EnvironmentName="web1")["ManagedActions"]
    answer = eb.apply_environment_managed_action(EnvironmentName="web1", ActionId=action["ActionId"])
    assert (answer["ActionId"], answer["ActionType"]) == (action["ActionId"], "PlatformUpdate")
    lib.wait_for(lambda: cloud.environment("web1")["PlatformArn"] == newest and cloud.environment("web1")["Status"] == "Ready",
                 "the platform is the newest", 30)
    assert eb.describe_environment_managed_actions(EnvironmentName="web1")["ManagedActions"] == []
    refused(eb.apply_environment_managed_action, INVALID, action["ActionId"], EnvironmentName="web1", ActionId=action["ActionId"])


def test_describe_environment_managed_action_history(world, eb):
    managed(world, eb)
    [action] = eb.describe_environment_managed_actions(EnvironmentName="web1")["ManagedActions"]
    eb.apply_environment_managed_action(EnvironmentName="web1", ActionId=action["ActionId"])
    world.cloud.ready("web1")

    def history():
        items = eb.describe_environment_managed_action_history(EnvironmentName="web1")["ManagedActionHistoryItems"]
        return [each for each in items if each["ActionId"] == action["ActionId"] and each["Status"] == "Completed"]
    [item, *_] = lib.wait_for(history, "the action is in the history")
    assert item["ExecutedTime"] <= item["FinishedTime"] and item["ActionType"] == "PlatformUpdate"
    refused(eb.describe_environment_managed_action_history, INVALID, "nope", EnvironmentName="nope")


# What no client sends.


def raw(cloud, body, method="POST", path="/"):
    """A request that is signed and otherwise as it is."""
    import botocore.auth
    import botocore.awsrequest
    import botocore.credentials
    request = botocore.awsrequest.AWSRequest(method, cloud.endpoint + path, data=body,
                                             headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})
    botocore.auth.SigV4Auth(botocore.credentials.Credentials(*cloud.keys), "elasticbeanstalk", beanstalk.REGION).add_auth(request)
    prepared = request.prepare()
    import requests
    with requests.Session() as session:
        session.trust_env = False
        return session.send(requests.Request(method, prepared.url, headers=dict(prepared.headers), data=body).prepare())


def test_what_no_client_sends(world):
    cloud = world.cloud
    for body, code in (("Action=FlyToTheMoon&Version=2010-12-01", "InvalidAction"),
                       ("Version=2010-12-01", "MissingAction"),
                       ("Action=CreateApplication&Version=2010-12-01", "MissingParameter|ValidationError"),
                       ("Action=CreateEnvironment&Version=2010-12-01&ApplicationName=shop&EnvironmentName=abc"
                        "&SolutionStackName=64bit", "InvalidParameterValue|ValidationError"),
                       ("Action=DescribeEvents&Version=2010-12-01&MaxRecords=many", "ValidationError|InvalidParameterValue|MalformedInput"),
                       ("Action=DescribeEvents&Version=2010-12-01&StartTime=yesterday", "ValidationError|InvalidParameterValue|MalformedInput")):
        answer = raw(cloud, body)
        assert answer.status_code == 400, (body, answer.text)
        code_said = re.search(r"<Code>(.*?)</Code>", answer.text)[1]
        assert re.fullmatch(code, code_said), (body, answer.text)
        assert "Date" in answer.headers and "<RequestId>" in answer.text
    # Lists that are empty arrive as a name without a value.
    arn = cloud.environment("web1")["EnvironmentArn"]
    answer = raw(cloud, f"Action=UpdateTagsForResource&Version=2010-12-01&ResourceArn={arn}&TagsToRemove=&TagsToAdd=")
    assert answer.status_code == 200, answer.text
    answer = raw(cloud, None, "GET", "/?Action=DescribeApplications&Version=2010-12-01")
    assert answer.status_code == 200 and "<ApplicationName>shop</ApplicationName>" in answer.text
