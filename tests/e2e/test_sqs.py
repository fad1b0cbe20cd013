"""SQS, with boto3 and the aws command line: queues, messages, dead letters."""

import hashlib
import json
import threading
import time

import pytest

import lib
from beanstalk import refused


@pytest.fixture
def sqs(cloud):
    return cloud.client("sqs")


def receive(sqs, url, **more):
    return sqs.receive_message(QueueUrl=url, **{"MaxNumberOfMessages": 10} | more).get("Messages", [])


def test_queues(cloud, sqs):
    url = sqs.create_queue(QueueName="jobs", Attributes={"VisibilityTimeout": "60"}, tags={"team": "a"})["QueueUrl"]
    assert url == f"{cloud.endpoint}/123456789012/jobs"
    assert sqs.get_queue_url(QueueName="jobs")["QueueUrl"] == url
    assert sqs.create_queue(QueueName="jobs")["QueueUrl"] == url
    refused(sqs.create_queue, "QueueAlreadyExists", QueueName="jobs", Attributes={"VisibilityTimeout": "61"})
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert told["QueueArn"] == "arn:aws:sqs:us-east-1:123456789012:jobs"
    assert (told["VisibilityTimeout"], told["MessageRetentionPeriod"], told["MaximumMessageSize"]) == ("60", "345600", "1048576")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "1"})
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"] == {"DelaySeconds": "1"}
    sqs.tag_queue(QueueUrl=url, Tags={"k": "v"})
    sqs.untag_queue(QueueUrl=url, TagKeys=["team"])
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"k": "v"}
    # The aws command line of version 1 has an address of its own for SQS, which AWS_ENDPOINT_URL does not change.
    listed = cloud.aws("sqs", "list-queues", "--queue-name-prefix", "jo", "--endpoint-url", cloud.endpoint)
    assert listed == {"QueueUrls": [url]}
    assert "QueueUrls" not in cloud.client("sqs", region="eu-west-1").list_queues()
    # Older clients match on the code of the query protocol, newer ones on the shape's name: both find what they look for.
    try:
        sqs.get_queue_url(QueueName="nope")
        raise AssertionError("it is there")
    except sqs.exceptions.QueueDoesNotExist as error:
        assert error.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
        assert error.response["Error"]["QueryErrorCode"] == "QueueDoesNotExist"
    refused(sqs.create_queue, "InvalidParameterValue", QueueName="a b")
    refused(sqs.create_queue, "InvalidParameterValue", QueueName="jobs.fifo")
    refused(sqs.set_queue_attributes, "InvalidAttributeValue", QueueUrl=url, Attributes={"VisibilityTimeout": "43201"})
    refused(sqs.set_queue_attributes, "InvalidAttributeName", QueueUrl=url, Attributes={"Colour": "red"})
    sqs.delete_queue(QueueUrl=url)
    refused(sqs.send_message, "AWS.SimpleQueueService.NonExistentQueue", QueueUrl=url, MessageBody="x")


def test_messages(cloud, sqs):
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    attributes = {"who": {"DataType": "String", "StringValue": "me"}, "raw": {"DataType": "Binary", "BinaryValue": b"\0\xff"}}
    sent = sqs.send_message(QueueUrl=url, MessageBody="hé", MessageAttributes=attributes)
    assert sent["MD5OfMessageBody"] == hashlib.md5("hé".encode()).hexdigest()
    got, = receive(sqs, url, AttributeNames=["All"], MessageAttributeNames=["All"])
    assert (got["Body"], got["MessageId"], got["MD5OfBody"]) == ("hé", sent["MessageId"], sent["MD5OfMessageBody"])
    assert got["MessageAttributes"] == attributes
    assert got["MD5OfMessageAttributes"] == sent["MD5OfMessageAttributes"]
    assert got["Attributes"]["ApproximateReceiveCount"] == "1"
    assert abs(int(got["Attributes"]["SentTimestamp"]) / 1000 - time.time()) < 60
    assert receive(sqs, url) == []
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"], VisibilityTimeout=0)
    again, = receive(sqs, url, AttributeNames=["ApproximateReceiveCount"])
    assert again["Attributes"] == {"ApproximateReceiveCount": "2"} and again["ReceiptHandle"] != got["ReceiptHandle"]
    # What was sent and what was received outlives the daemon.
    sqs.send_message(QueueUrl=url, MessageBody="two")
    cloud.kill()
    cloud.start()
    sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
    assert [each["Body"] for each in receive(sqs, url)] == ["two"]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (counts["ApproximateNumberOfMessages"], counts["ApproximateNumberOfMessagesNotVisible"]) == ("0", "1")
    refused(sqs.delete_message, "ReceiptHandleIsInvalid", QueueUrl=url, ReceiptHandle="guess")
    refused(sqs.send_message, "InvalidMessageContents", QueueUrl=url, MessageBody="a\x0b")
    refused(sqs.send_message, "InvalidParameterValue", QueueUrl=url, MessageBody="x" * (1 << 20) + "x")
    sqs.purge_queue(QueueUrl=url)
    sqs.delete_queue(QueueUrl=url)


def test_batches_and_waiting(cloud, sqs):
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    got = []
    waiter = threading.Thread(target=lambda: got.extend(receive(cloud.client("sqs"), url, WaitTimeSeconds=20)))
    waiter.start()
    time.sleep(0.3)
    begun = time.monotonic()
    sqs.send_message(QueueUrl=url, MessageBody="now")
    waiter.join()
    assert time.monotonic() - begun < 5 and [each["Body"] for each in got] == ["now"]
    sent = sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": f"m{n}"} for n in range(9)]
                                  + [{"Id": "late", "MessageBody": "late", "DelaySeconds": 1}])
    assert len(sent["Successful"]) == 10 and "Failed" not in sent or sent["Failed"] == []
    first = receive(sqs, url)
    assert [each["Body"] for each in first] == [f"m{n}" for n in range(9)]
    assert [each["Body"] for each in receive(sqs, url, WaitTimeSeconds=5)] == ["late"]
    entries = [{"Id": str(n), "ReceiptHandle": each["ReceiptHandle"]} for n, each in enumerate(first)]
    sqs.change_message_visibility_batch(QueueUrl=url, Entries=[entry | {"VisibilityTimeout": 100} for entry in entries])
    done = sqs.delete_message_batch(QueueUrl=url, Entries=entries + [{"Id": "bad", "ReceiptHandle": "guess"}])
    assert len(done["Successful"]) == 9 and [each["Id"] for each in done["Failed"]] == ["bad"]
    refused(sqs.send_message_batch, "AWS.SimpleQueueService.BatchEntryIdsNotDistinct", QueueUrl=url,
            Entries=[{"Id": "a", "MessageBody": "x"}] * 2)
    sqs.delete_queue(QueueUrl=url)


def test_dead_letters(cloud, sqs):
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "1"})
    url = sqs.create_queue(QueueName="jobs", Attributes={"RedrivePolicy": policy})["QueueUrl"]
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]
    sqs.send_message(QueueUrl=url, MessageBody="poison")
    assert len(receive(sqs, url, VisibilityTimeout=0)) == 1
    assert receive(sqs, url) == []
    got, = receive(sqs, dead, VisibilityTimeout=0, AttributeNames=["DeadLetterQueueSourceArn"])
    assert got["Attributes"]["DeadLetterQueueSourceArn"].endswith(":jobs")
    sqs.start_message_move_task(SourceArn=arn)
    lib.wait_for(lambda: sqs.list_message_move_tasks(SourceArn=arn)["Results"][0]["Status"] == "COMPLETED", "it is moved")
    assert [each["Body"] for each in receive(sqs, url)] == ["poison"]
    for each in (url, dead):
        sqs.delete_queue(QueueUrl=each)


def test_who_may(cloud, sqs):
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    iam = cloud.client("iam")
    iam.create_user(UserName="sender")
    key = iam.create_access_key(UserName="sender")["AccessKey"]
    theirs = cloud.client("sqs", keys=(key["AccessKeyId"], key["SecretAccessKey"]))
    refused(theirs.send_message, "AccessDenied", status=403, QueueUrl=url, MessageBody="x")
    statement = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "arn:aws:sqs:us-east-1:123456789012:jobs"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_user_policy(UserName="sender", PolicyName="p", PolicyDocument=json.dumps(document))
    theirs.send_message(QueueUrl=url, MessageBody="x")
    theirs.send_message_batch(QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "y"}])
    refused(theirs.receive_message, "AccessDenied", status=403, QueueUrl=url)
    # The queue's own policy has a say, too.
    deny = statement | {"Effect": "Deny", "Principal": "*"}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(document | {"Statement": [deny]})})
    refused(theirs.send_message, "AccessDenied", status=403, QueueUrl=url, MessageBody="x")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": ""})
    theirs.send_message(QueueUrl=url, MessageBody="x")
    iam.delete_access_key(UserName="sender", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="sender", PolicyName="p")
    iam.delete_user(UserName="sender")
    sqs.delete_queue(QueueUrl=url)


def test_a_fifo_queue_keeps_its_order_and_takes_nothing_twice(cloud, sqs):
    dead = sqs.create_queue(QueueName="dead.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    url = sqs.create_queue(QueueName="jobs.fifo", Attributes={
        "FifoQueue": "true", "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 2})})["QueueUrl"]
    told = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (told["FifoQueue"], told["ContentBasedDeduplication"], told["DeduplicationScope"]) == ("true", "false", "queue")

    def entry(number, group):
        return {"Id": str(number), "MessageBody": f"{group}{number}", "MessageGroupId": group, "MessageDeduplicationId": f"d{number}"}
    sent = sqs.send_message_batch(QueueUrl=url, Entries=[entry(1, "a"), entry(2, "a"), entry(3, "b"), entry(4, "a")])["Successful"]
    numbers = [each["SequenceNumber"] for each in sent]
    assert numbers == sorted(numbers) and all(len(each) == 20 for each in numbers)
    again = sqs.send_message(QueueUrl=url, MessageBody="other", MessageGroupId="a", MessageDeduplicationId="d1")
    assert (again["MessageId"], again["SequenceNumber"]) == (sent[0]["MessageId"], numbers[0])
    [first] = sqs.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]
    assert first["Body"] == "a1" and first["Attributes"]["SequenceNumber"] == numbers[0]
    assert (first["Attributes"]["MessageGroupId"], first["Attributes"]["MessageDeduplicationId"]) == ("a", "d1")
    # While one of a group is in flight the others of it wait, and those of other groups do not.
    [other] = receive(sqs, url)
    assert other["Body"] == "b3"
    waited = threading.Thread(target=lambda: found.extend(receive(sqs, url, WaitTimeSeconds=10)))
    found = []
    waited.start()
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    waited.join()
    assert [each["Body"] for each in found] == ["a2", "a4"]
    # What is received too often stands in the other queue in its order.
    for each in found:
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"], VisibilityTimeout=0)
    assert [each["Body"] for each in receive(sqs, url, VisibilityTimeout=0)] == ["a2", "a4"]
    assert receive(sqs, url) == []
    assert [each["Body"] for each in receive(sqs, dead)] == ["a2", "a4"]
    refused(sqs.send_message, "MissingParameter", "MessageGroupId", QueueUrl=url, MessageBody="x")
    refused(sqs.send_message, "InvalidParameterValue", "ContentBasedDeduplication", QueueUrl=url, MessageBody="x", MessageGroupId="a")
    refused(sqs.set_queue_attributes, "InvalidAttributeValue", QueueUrl=url, Attributes={"FifoQueue": "false"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"ContentBasedDeduplication": "true"})
    ids = {sqs.send_message(QueueUrl=url, MessageBody="same", MessageGroupId="c")["MessageId"] for _ in range(3)}
    assert len(ids) == 1
    for each in (url, dead):
        sqs.delete_queue(QueueUrl=each)
