"""CloudWatch Logs, with boto3, aws and eb: groups, streams, events, and what environments write there."""

import json
import time

import pexpect
import pytest

import beanstalk
import lib
from beanstalk import refused

STREAMS = {"aws:elasticbeanstalk:cloudwatch:logs": {"StreamLogs": "true", "DeleteOnTerminate": "true", "RetentionInDays": "3"},
           "aws:elasticbeanstalk:cloudwatch:logs:health": {"HealthStreamingEnabled": "true", "RetentionInDays": "1"}}
OUTPUT = "/aws/elasticbeanstalk/{}/var/log/eb-docker/containers/eb-current-app/stdouterr.log"


@pytest.fixture
def logs(cloud):
    return cloud.client("logs")


def now():
    return int(time.time() * 1000)


def put(logs, texts, group="/app", stream="one", at=None):
    """Puts events of consecutive milliseconds."""
    at = at or now()
    events = [{"timestamp": at + index, "message": text} for index, text in enumerate(texts)]
    return logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def made(logs, *streams, group="/app"):
    logs.create_log_group(logGroupName=group)
    for stream in streams:
        logs.create_log_stream(logGroupName=group, logStreamName=stream)


def texts(answer):
    return [event["message"] for event in answer["events"]]


def test_groups_and_streams(cloud, logs):
    logs.create_log_group(logGroupName="/app", tags={"team": "a"})
    refused(logs.create_log_group, "ResourceAlreadyExistsException", logGroupName="/app")
    refused(logs.create_log_group, "InvalidParameterException", logGroupName="a b")
    refused(logs.create_log_group, "InvalidParameterException", "KMS", logGroupName="x", kmsKeyId="k")
    logs.put_retention_policy(logGroupName="/app", retentionInDays=14)
    refused(logs.put_retention_policy, "InvalidParameterException", logGroupName="/app", retentionInDays=2)
    refused(logs.put_retention_policy, "ResourceNotFoundException", logGroupName="/none", retentionInDays=1)
    group, = cloud.aws("logs", "describe-log-groups", "--log-group-name-prefix", "/ap")["logGroups"]
    assert (group["retentionInDays"], group["arn"]) == (14, "arn:aws:logs:us-east-1:123456789012:log-group:/app:*")
    logs.delete_retention_policy(logGroupName="/app")
    assert "retentionInDays" not in logs.describe_log_groups(logGroupNamePattern="pp")["logGroups"][0]
    assert logs.describe_log_groups(logGroupNamePattern="PP")["logGroups"] == []
    assert cloud.client("logs", region="eu-west-1").describe_log_groups()["logGroups"] == []
    arn = group["arn"].removesuffix(":*")
    logs.tag_resource(resourceArn=arn, tags={"k": "v"})
    logs.untag_log_group(logGroupName="/app", tags=["team"])
    assert logs.list_tags_for_resource(resourceArn=arn)["tags"] == {"k": "v"}
    for name in "cab":
        logs.create_log_stream(logGroupName="/app", logStreamName=name)
    refused(logs.create_log_stream, "ResourceAlreadyExistsException", logGroupName="/app", logStreamName="a")
    put(logs, ["x"], stream="b", at=now() - 5000)
    put(logs, ["x"], stream="a")

    def names(**query):
        pages = logs.get_paginator("describe_log_streams").paginate(logGroupName="/app", PaginationConfig={"PageSize": 2}, **query)
        return "".join(stream["logStreamName"] for page in pages for stream in page["logStreams"])
    assert names() == "abc"
    assert names(descending=True) == "cba"
    assert names(orderBy="LastEventTime", descending=True) == "abc"
    assert names(logStreamNamePrefix="b") == "b"
    refused(logs.describe_log_streams, "InvalidParameterException", logGroupName="/app", logStreamNamePrefix="b", orderBy="LastEventTime")
    refused(logs.start_query, "UnknownOperationException", "Logs Insights", logGroupName="/app", startTime=0, endTime=1, queryString="fields @message")
    logs.delete_log_stream(logGroupName="/app", logStreamName="a")
    refused(logs.get_log_events, "ResourceNotFoundException", logGroupName="/app", logStreamName="a")
    logs.delete_log_group(logGroupName="/app")
    refused(logs.describe_log_streams, "ResourceNotFoundException", logGroupName="/app")


def test_events(cloud, logs):
    made(logs, "one", "two")
    start = now() - 60_000
    put(logs, [f"line {number}" for number in range(10)], at=start)
    put(logs, ["ERROR disk full", '{"level":"error","ms":301}', '{"level":"info","ms":2}'], stream="two", at=start + 5)
    where = {"logGroupName": "/app", "logStreamName": "one"}
    # The newest page first, then back and forth.
    page = logs.get_log_events(**where, limit=4)
    assert texts(page) == ["line 6", "line 7", "line 8", "line 9"]
    back = logs.get_log_events(**where, limit=4, nextToken=page["nextBackwardToken"])
    assert texts(back) == ["line 2", "line 3", "line 4", "line 5"]
    assert texts(logs.get_log_events(**where, limit=4, nextToken=back["nextForwardToken"])) == texts(page)
    end = logs.get_log_events(**where, nextToken=page["nextForwardToken"])
    assert (texts(end), end["nextForwardToken"]) == ([], page["nextForwardToken"])
    head = logs.get_log_events(**where, startFromHead=True, startTime=start + 1, endTime=start + 3)
    assert texts(head) == ["line 1", "line 2"]
    refused(logs.get_log_events, "InvalidParameterException", nextToken="f/guess", **where)
    # Killed at any moment: what was acknowledged is there, and a page goes on where it was.
    put(logs, ["after"], at=now())
    cloud.kill()
    cloud.start()
    assert texts(logs.get_log_events(**where, nextToken=page["nextForwardToken"])) == ["after"]

    def found(pattern, **more):
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName="/app", filterPattern=pattern, PaginationConfig={"PageSize": 3}, **more)
        return [event for page in pages for event in page["events"]]
    every = found("")
    assert len(every) == 14 and len({event["eventId"] for event in every}) == 14
    assert [event["timestamp"] for event in every] == sorted(event["timestamp"] for event in every)
    assert {event["logStreamName"] for event in every} == {"one", "two"}
    assert [event["message"] for event in found("ERROR disk -empty")] == ["ERROR disk full"]
    assert len(found('?"line 1" ?"line 2"')) == 2
    assert [json.loads(event["message"])["ms"] for event in found('{ $.level = "err*" && $.ms > 300 }')] == [301]
    assert len(found("", logStreamNamePrefix="tw")) == 3
    refused(logs.filter_log_events, "InvalidParameterException", "filter pattern", logGroupName="/app", filterPattern="{ $.a }")
    listed = cloud.aws("logs", "filter-log-events", "--log-group-name", "/app", "--filter-pattern", '"line 3"')
    assert [event["message"] for event in listed["events"]] == ["line 3"]


def test_what_is_rejected_is_told(cloud, logs):
    made(logs, "one")
    day = 86_400_000
    answer = put(logs, ["a", "b"], at=now() - 15 * day)
    assert answer["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 2}
    assert put(logs, ["a"], at=now() + 3 * 3_600_000)["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 0}
    logs.put_retention_policy(logGroupName="/app", retentionInDays=1)
    assert put(logs, ["a"], at=now() - 2 * day)["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1}
    assert texts(logs.get_log_events(logGroupName="/app", logStreamName="one")) == []
    base = {"logGroupName": "/app", "logStreamName": "one"}
    at = now()
    two = [{"timestamp": at, "message": "x"}, {"timestamp": at - 1, "message": "y"}]
    refused(logs.put_log_events, "InvalidParameterException", "chronological", logEvents=two, **base)
    two = [{"timestamp": at - day - 1, "message": "x"}, {"timestamp": at, "message": "y"}]
    refused(logs.put_log_events, "InvalidParameterException", "24 hours", logEvents=two, **base)
    refused(logs.put_log_events, "InvalidParameterException", "too large", logEvents=[{"timestamp": at, "message": "x" * (1 << 20)}], **base)
    refused(logs.put_log_events, "ResourceNotFoundException", logGroupName="/app", logStreamName="none", logEvents=two[1:])


def test_policies_are_asked(cloud, logs):
    made(logs, "one")
    iam = cloud.client("iam")
    iam.create_user(UserName="writer")
    allow = {"Effect": "Allow", "Action": ["logs:PutLogEvents", "logs:CreateLogStream"], "Resource": "arn:aws:logs:*:*:log-group:/app:*"}
    iam.put_user_policy(UserName="writer", PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [allow]}))
    key = iam.create_access_key(UserName="writer")["AccessKey"]
    try:
        writer = cloud.client("logs", keys=(key["AccessKeyId"], key["SecretAccessKey"]))
        writer.create_log_stream(logGroupName="/app", logStreamName="two")
        put(writer, ["mine"], stream="two")
        refused(writer.get_log_events, "AccessDeniedException", status=403, logGroupName="/app", logStreamName="two")
        refused(writer.create_log_stream, "AccessDeniedException", status=403, logGroupName="/other", logStreamName="two")
    finally:
        iam.delete_user_policy(UserName="writer", PolicyName="p")
        iam.delete_access_key(UserName="writer", AccessKeyId=key["AccessKeyId"])
        iam.delete_user(UserName="writer")


def lines(logs, name, instance):
    """All that an instance's container has written."""
    where = {"logGroupName": OUTPUT.format(name), "logStreamName": instance, "startFromHead": True}
    said, token = [], {}
    while True:
        page = logs.get_log_events(**where, **token)
        if not page["events"]:
            return said
        said += texts(page)
        token = {"nextToken": page["nextForwardToken"]}


def test_an_environment_writes_its_logs(cloud, logs):
    cloud.version("shop", "v1", beanstalk.application("v1"))
    cloud.outcome(cloud.create("shop", "env1", "v1", beanstalk.SINGLE, STREAMS))
    cloud.ready("env1", health="Green")
    [instance] = cloud.instances("env1")
    groups = {group["logGroupName"]: group["retentionInDays"]
              for group in logs.describe_log_groups(logGroupNamePrefix="/aws/elasticbeanstalk/env1/")["logGroups"]}
    prefix = "/aws/elasticbeanstalk/env1"
    assert groups == {OUTPUT.format("env1"): 3, f"{prefix}/var/log/eb-engine.log": 3, f"{prefix}/var/log/eb-hooks.log": 3,
                      f"{prefix}/environment-health.log": 1}
    lib.wait_for(lambda: "application v1 starts" in lines(logs, "env1", instance), "the first line is there", 10)
    for number in range(20):
        cloud.at("env1", f"/cgi-bin/say?{number}")
    cloud.kill()
    cloud.start()
    cloud.ready("env1")
    for number in range(20, 25):
        lib.wait_for(lambda: cloud.get(cloud.environment("env1")["CNAME"], f"/cgi-bin/say?{number}")[0] == 200, "it answers", 10)
    lib.wait_for(lambda: "said 24" in lines(logs, "env1", instance), "the last line is there", 10)
    # Each line once, whatever happened to the daemon.
    said = [line for line in lines(logs, "env1", instance) if line.startswith("said ")]
    assert said == [f"said {number}" for number in range(25)]
    health = logs.filter_log_events(logGroupName=f"{prefix}/environment-health.log")["events"]
    assert "Ok" in {json.loads(event["message"])["HealthStatus"] for event in health}
    assert health[0]["logStreamName"].startswith("archive-health-")

    # What a container has written last is there when it is gone.
    cloud.version("shop", "v2", beanstalk.application("v2"))
    cloud.at("env1", "/cgi-bin/say?farewell")
    cloud.outcome(cloud.deploy("env1", "v2"))
    lib.wait_for(lambda: len(cloud.containers("env1", all=True)) == 1, "the old container is gone", 20)
    assert "said farewell" in lines(logs, "env1", instance)
    lib.wait_for(lambda: "application v2 starts" in lines(logs, "env1", instance), "the new one's are there", 10)
    cloud.eb.terminate_environment(EnvironmentName="env1")
    cloud.gone("env1")
    left = [group["logGroupName"] for group in logs.describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]]
    assert left == [f"{prefix}/environment-health.log"]


def test_eb_logs_from_cloudwatch(cloud, logs):
    project = beanstalk.Project(cloud, "shop")
    project.write(beanstalk.application("v1"))
    project.eb("init", "shop", "-p", "docker", "-r", beanstalk.REGION)
    project.eb("create", "env2", "--single")
    said = project.eb("logs", "env2", "-cw", "enable")
    assert "Enabling instance log streaming to CloudWatch for your environment" in said
    [instance] = cloud.instances("env2")
    deployments = "/aws/elasticbeanstalk/env2/var/log/eb-engine.log"
    lib.wait_for(lambda: len(logs.filter_log_events(logGroupName=deployments)["events"]) > 1, "the deployment is told of", 10)
    said = project.eb("logs", "env2")
    assert f"{instance} - {deployments}" in said and "[INFO] The deployment 1 runs." in said
    cloud.at("env2", "/cgi-bin/say?the-parrot-sleeps")
    lib.wait_for(lambda: "said the-parrot-sleeps" in lines(logs, "env2", instance), "it is there", 10)
    group = "var/log/eb-docker/containers/eb-current-app/stdouterr.log"
    assert "said the-parrot-sleeps" in project.eb("logs", "env2", "--log-group", group)
    stream = pexpect.spawn(beanstalk.program("eb"), ["logs", "env2", "--stream", "--log-group", group], cwd=project.folder,
                           env=cloud.aws_env | {"TERM": "dumb"}, encoding="utf-8", timeout=30)
    stream.expect("said the-parrot-sleeps")
    stream.close(force=True)
    assert "Disabling instance log streaming" in project.eb("logs", "env2", "-cw", "disable")
    cloud.eb.terminate_environment(EnvironmentName="env2")
    cloud.gone("env2")
    assert logs.describe_log_groups(logGroupNamePrefix="/aws/elasticbeanstalk/env2/")["logGroups"]
