"""Worker environments: messages of a queue are posted to the application, and what cron.yaml says is done."""

import pytest

import beanstalk
import lib

WORKER = {"Tier": {"Name": "Worker", "Type": "SQS/HTTP"}}
CRON = """version: 1
cron:
  - name: clean
    url: /cgi-bin/index.cgi
    schedule: "*/2 * * * * *"
"""


@pytest.fixture
def sqs(cloud):
    return cloud.client("sqs")


def queues(cloud, name):
    listed = cloud.eb.describe_environment_resources(EnvironmentName=name)["EnvironmentResources"]["Queues"]
    return {each["Name"]: each["URL"] for each in listed}


def posted(cloud, name):
    """What the application has written of each POST: path, id of the message, task, body."""
    lines = []
    for container in cloud.containers(name):
        log = cloud.api("GET", f"/containers/{container['Id']}/logs?stdout=1&stderr=1")[1]
        log = log.decode(errors="replace") if isinstance(log, bytes) else str(log)
        lines += [line.split("posted ", 1)[1].split(" ", 3) for line in log.splitlines() if "posted " in line]
    return lines


def found(cloud, name, body, seconds=20):
    def there():
        return [line for line in posted(cloud, name) if line[3:] and line[3].strip() == body]
    return lib.wait_for(there, f"{body} is posted", seconds)


def test_row_20_a_worker_with_cron(cloud, sqs):
    cloud.version("work", "v1", beanstalk.application("v1", {"cron.yaml": CRON}))
    request = cloud.create("work", "jobs", "v1", beanstalk.SINGLE, **WORKER)
    assert cloud.outcome(request)[-1][1] == "Successfully launched environment: jobs"
    environment = cloud.ready("jobs")
    assert environment["Tier"]["Name"] == "Worker" and not environment.get("CNAME")
    own = queues(cloud, "jobs")
    suffix = environment["EnvironmentId"].removeprefix("e-")
    assert set(own) == {"WorkerQueue", "WorkerDeadLetterQueue"}
    assert f"/awseb-e-{suffix}-stack-AWSEBWorkerQueue-" in own["WorkerQueue"]
    sent = cloud.aws("sqs", "send-message", "--queue-url", own["WorkerQueue"], "--message-body", "hello",
                     "--endpoint-url", cloud.endpoint)
    line = found(cloud, "jobs", "hello")[0]
    assert line[:3] == ["/", sent["MessageId"], "nothing"]
    task = found(cloud, "jobs", "elasticbeanstalk scheduled job")[0]
    assert task[2] == "clean"
    told = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def empty():
        counts = sqs.get_queue_attributes(QueueUrl=own["WorkerQueue"], AttributeNames=told)["Attributes"]
        return set(counts.values()) == {"0"}
    lib.wait_for(empty, "what was answered with 200 is deleted", 10)
    cloud.eb.terminate_environment(EnvironmentName="jobs")
    cloud.gone("jobs")
    assert "QueueUrls" not in sqs.list_queues()


def test_what_fails_comes_back_and_is_a_dead_letter_in_the_end(cloud, sqs):
    cloud.version("work", "v1", beanstalk.application("v1", beanstalk.FAILS))
    daemon = {"aws:elasticbeanstalk:sqsd": {"MaxRetries": "2", "ErrorVisibilityTimeout": "0", "HttpConnections": "1"}}
    cloud.outcome(cloud.create("work", "jobs", "v1", beanstalk.SINGLE, daemon, **WORKER))
    own = queues(cloud, "jobs")
    policy = sqs.get_queue_attributes(QueueUrl=own["WorkerQueue"], AttributeNames=["RedrivePolicy"])["Attributes"]
    assert '"maxReceiveCount":2' in policy["RedrivePolicy"]
    sqs.send_message(QueueUrl=own["WorkerQueue"], MessageBody="poison")

    def dead():
        return sqs.receive_message(QueueUrl=own["WorkerDeadLetterQueue"], VisibilityTimeout=0).get("Messages")
    assert lib.wait_for(dead, "it is a dead letter", 20)[0]["Body"] == "poison"


def test_a_queue_of_somebodys(cloud, sqs):
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    cloud.version("work", "v1", beanstalk.application("v1"))
    daemon = {"aws:elasticbeanstalk:sqsd": {"WorkerQueueURL": url, "HttpPath": "/cgi-bin/index.cgi"}}
    cloud.outcome(cloud.create("work", "jobs", "v1", beanstalk.SINGLE, daemon, **WORKER))
    assert queues(cloud, "jobs") == {"WorkerQueue": url}
    # What was sent while nobody worked is not lost; and each message is processed once.
    for number in range(20):
        sqs.send_message(QueueUrl=url, MessageBody=f"order-{number}")
    found(cloud, "jobs", "order-19")
    lib.wait_for(lambda: len(posted(cloud, "jobs")) >= 20, "all are posted", 20)
    bodies = [line[3].strip() for line in posted(cloud, "jobs")]
    assert sorted(bodies) == sorted(f"order-{number}" for number in range(20))
    assert all(line[0] == "/cgi-bin/index.cgi" for line in posted(cloud, "jobs"))
    cloud.eb.terminate_environment(EnvironmentName="jobs")
    cloud.gone("jobs")
    assert sqs.list_queues()["QueueUrls"] == [url]
    sqs.delete_queue(QueueUrl=url)


def test_messages_outlive_the_daemon_and_a_deployment(cloud, sqs):
    for label in ("v1", "v2"):
        cloud.version("work", label, beanstalk.application(label))
    cloud.outcome(cloud.create("work", "jobs", "v1", beanstalk.balanced(2, "Rolling"), **WORKER))
    url = queues(cloud, "jobs")["WorkerQueue"]
    first = {container["Id"] for container in cloud.containers("jobs")}
    assert len(first) == 2
    # SIGKILL, with messages that nobody has taken yet.
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": f"before-{n}", "DelaySeconds": 3} for n in range(5)])
    cloud.kill()
    cloud.start()
    for number in range(5):
        found(cloud, "jobs", f"before-{number}")
    request = cloud.deploy("jobs", "v2")
    sent = 0
    while not cloud.told(RequestId=request)[-1][1].startswith("Environment update completed"):
        sqs.send_message(QueueUrl=url, MessageBody=f"during-{sent}")
        sent += 1
        assert sent < 2000

    def empty():
        told = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        return set(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=told)["Attributes"].values()) == {"0"}
    lib.wait_for(empty, "all are processed", 30)
    lib.wait_for(lambda: not first & {container["Id"] for container in cloud.containers("jobs")}, "the old ones go", 20)
    dead = queues(cloud, "jobs")["WorkerDeadLetterQueue"]
    assert "Messages" not in sqs.receive_message(QueueUrl=dead)
