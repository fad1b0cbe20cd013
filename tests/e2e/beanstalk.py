"""The second face of a daemon: the services of the AWS API, the stock clients of those, and applications to deploy."""

import contextlib
import http.client
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

import boto3
import botocore.config
import botocore.exceptions

import lib

REGION = "us-east-1"
STACK = "64bit Amazon Linux 2023 running Docker"
# Marks what belongs to an environment, with its name.
OF = "com.dabba.beanstalk.environment-name"
# What the tests set everywhere: health in detail, and no deployment waits for ten minutes.
USUAL = {"aws:elasticbeanstalk:healthreporting:system": {"SystemType": "enhanced"},
         "aws:elasticbeanstalk:command": {"Timeout": "40"}}
SINGLE = {"aws:elasticbeanstalk:environment": {"EnvironmentType": "SingleInstance"}}

# The application: what it is asked for is a program of its own, so that each request sees its properties and its host.
RUN = """#!/bin/sh
trap 'exit 9' USR1
trap 'exit 0' TERM
mkdir -p /www/cgi-bin
cp /app/web/* /www/cgi-bin/
chmod 755 /www/cgi-bin/*
echo "application $(cat /app/version) starts"
httpd -f -h /www -p 80 &
wait $!
"""
# It comes up and does not listen, until it is told to end.
WAITS = RUN.replace("httpd", "sleep 1000 & wait $!; httpd", 1)
WEB = {
    # Asked for by /: which version, on which container.
    "index.cgi": """#!/bin/sh
test "$REQUEST_METHOD" = POST && body=$(head -c "${CONTENT_LENGTH:-0}")
printf 'Content-Type: text/plain\\r\\n\\r\\n'
echo "$(cat /app/version) $(hostname)"
test "$REQUEST_METHOD" = POST || exit 0
echo "posted $REQUEST_URI ${HTTP_X_AWS_SQSD_MSGID:-nothing} ${HTTP_X_AWS_SQSD_TASKNAME:-nothing} $body" > /proc/1/fd/1
""",
    "env": "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\nenv\n",
    "fail": "#!/bin/sh\nprintf 'Status: 500 Failed\\r\\nContent-Type: text/plain\\r\\n\\r\\nfailed\\n'\n",
    "slow": "#!/bin/sh\nsleep ${QUERY_STRING#s=}\nprintf 'Content-Type: text/plain\\r\\n\\r\\nslept\\n'\n",
    "crash": "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\nbye\\n'\nkill -USR1 1\n",
    "say": "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\nsaid\\n'\necho \"said $QUERY_STRING\" > /proc/1/fd/1\n",
}
DOCKERFILE = 'FROM busybox\nCOPY . /app\nEXPOSE 80\nCMD ["sh", "/app/run.sh"]\n'
# An application that says something and ends at once.
CRASHES = {"Dockerfile": 'FROM busybox\nEXPOSE 80\nCMD ["sh", "-c", "echo the cellar is flooded; exit 7"]\n'}
# One that runs and never listens.
DEAF = {"Dockerfile": 'FROM busybox\nEXPOSE 80\nCMD ["sleep", "1000"]\n'}
# One that answers each request with 500.
FAILS = {"web/index.cgi": WEB["fail"]}


def application(version, more=None):
    """The files of an application's version; more of them, or others in their place; None takes one away."""
    files = {"Dockerfile": DOCKERFILE, "run.sh": RUN, "version": version + "\n"}
    files |= {f"web/{name}": text for name, text in WEB.items()}
    files |= more or {}
    return {name: content for name, content in files.items() if content is not None}


def packed(files):
    """A bundle: content by name; a tuple is (content, mode)."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            content, mode = content if isinstance(content, tuple) else (content, 0o644)
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, content)
    return out.getvalue()


def options(*maps):
    """Option settings as the API takes them: values by name by namespace."""
    found = {}
    for settings in maps:
        for namespace, values in settings.items():
            found.setdefault(namespace, {}).update(values)
    return [{"Namespace": namespace, "OptionName": name, "Value": str(value)}
            for namespace, values in found.items() for name, value in values.items()]


def balanced(count, policy=None, **command):
    """Settings of an environment of so many instances behind an application load balancer."""
    chosen = {"DeploymentPolicy": policy} if policy else {}
    return {"aws:elasticbeanstalk:environment": {"EnvironmentType": "LoadBalanced", "LoadBalancerType": "application"},
            "aws:autoscaling:asg": {"MinSize": count, "MaxSize": count},
            "aws:elasticbeanstalk:command": chosen | command}


def network(count):
    """Settings of an environment of so many instances behind a network load balancer."""
    return {"aws:elasticbeanstalk:environment": {"EnvironmentType": "LoadBalanced", "LoadBalancerType": "network"},
            "aws:autoscaling:asg": {"MinSize": count, "MaxSize": count}}


def refused(call, code, text=None, status=400, **arguments):
    """Calls what must be refused with a code, and a sentence; gives the sentence."""
    try:
        answer = call(**arguments)
    except botocore.exceptions.ClientError as error:
        told = error.response["Error"]
        assert told["Code"] == code, f"{told['Code']}: {told['Message']}"
        assert text is None or text in told["Message"], told["Message"]
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == status
        return told["Message"]
    raise AssertionError(f"it was not refused: {answer}")


class Cloud(lib.Engine):
    """A daemon that serves the AWS API, too."""

    def __init__(self, **settings):
        super().__init__(**settings)
        self.port, self.web, self.tls = lib.free_port(), lib.free_port(), lib.free_port()
        # Ports for the environments' own, which no other daemon of this run takes.
        first = 12_000 + self.block % 640 * 30
        self.extra += ["--aws-listen", f"127.0.0.1:{self.port}", "--eb-listen", f"127.0.0.1:{self.web}",
                       "--eb-tls-listen", f"127.0.0.1:{self.tls}",
                       "--eb-ports", f"{first}-{first + 29}"]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.home = self.root / "home"
        self.home.mkdir()
        self.keys = None

    def start(self, wait=True):
        super().start(wait)
        if wait and not self.keys:
            self.aws_env = {name: value for name, value in os.environ.items()
                            if not name.startswith(("AWS_", "DOCKER_", "EB_")) and not name.lower().endswith("_proxy")}
            self.aws_env |= {"HOME": str(self.home), "COLUMNS": "200"} | self.variables()
            self.keys = self.aws_env["AWS_ACCESS_KEY_ID"], self.aws_env["AWS_SECRET_ACCESS_KEY"]
        return self

    def variables(self):
        """What `dabba aws env` has a shell export."""
        said = subprocess.run([lib.PROGRAM, "aws", "env", "--exec-root", f"{self.root}/exec"], capture_output=True, text=True)
        assert said.returncode == 0 and not said.stderr, said.stderr
        return dict(line.removeprefix("export ").split("=", 1) for line in said.stdout.splitlines())

    def client(self, service, keys=None, region=REGION, **settings):
        """A client of boto3's that asks once."""
        access, secret, *token = keys or self.keys
        settings = {"retries": {"total_max_attempts": 1}, "proxies": {}} | settings
        return boto3.session.Session().client(
            service, region_name=region, endpoint_url=self.endpoint, aws_access_key_id=access,
            aws_secret_access_key=secret, aws_session_token=token[0] if token else None,
            config=botocore.config.Config(**settings))

    @property
    def eb(self):
        """Elastic Beanstalk, by boto3."""
        if "_eb" not in self.__dict__:
            self._eb = self.client("elasticbeanstalk")
        return self._eb

    @property
    def s3(self):
        if "_s3" not in self.__dict__:
            self._s3 = self.client("s3")
        return self._s3

    def aws(self, *arguments, fails=None, input=None, keys=None):
        """The aws command line: its answer as JSON where it is. What must fail gives what it said."""
        env = self.aws_env
        if arguments[0] in ("sqs", "rds"):
            # Version 1 of the command line puts old host names of these in the place of AWS_ENDPOINT_URL.
            arguments = ("--endpoint-url", self.endpoint, *arguments)
        if keys:
            env = env | {"AWS_ACCESS_KEY_ID": keys[0], "AWS_SECRET_ACCESS_KEY": keys[1]}
        done = subprocess.run([program("aws"), *arguments], env=env, input=input, capture_output=True, text=True,
                              timeout=120, cwd=self.home)
        if fails is not None:
            assert done.returncode != 0, f"aws {' '.join(arguments)} succeeded: {done.stdout}"
            assert fails in done.stderr, done.stderr
            return done.stderr
        assert done.returncode == 0, f"aws {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
        try:
            return json.loads(done.stdout)
        except ValueError:
            return done.stdout

    # What is deployed.

    def version(self, name, label, files, **members):
        """A version of an application, from files or from the bytes of a bundle."""
        bundle = files if isinstance(files, bytes) else packed(files)
        bucket = self.eb.create_storage_location()["S3Bucket"]
        key = f"{name}/{label}.zip"
        self.s3.put_object(Bucket=bucket, Key=key, Body=bundle)
        members = {"AutoCreateApplication": True} | members
        return self.eb.create_application_version(ApplicationName=name, VersionLabel=label,
                                                  SourceBundle={"S3Bucket": bucket, "S3Key": key}, **members)

    def create(self, name, environment, label, *settings, **members):
        """Creates an environment; the id of the request."""
        given = {} if {"SolutionStackName", "PlatformArn", "TemplateName"} & set(members) else {"SolutionStackName": STACK}
        answer = self.eb.create_environment(ApplicationName=name, EnvironmentName=environment, VersionLabel=label,
                                            OptionSettings=options(USUAL, *settings), **given, **members)
        return answer["ResponseMetadata"]["RequestId"]

    def deploy(self, environment, label, *settings):
        """Deploys a version; the id of the request."""
        answer = self.eb.update_environment(EnvironmentName=environment, VersionLabel=label,
                                            OptionSettings=options(*settings))
        return answer["ResponseMetadata"]["RequestId"]

    def environment(self, name):
        """An environment's description; none where there is none."""
        found = self.eb.describe_environments(EnvironmentNames=[name], IncludeDeleted=False)["Environments"]
        return found[0] if found else None

    def ready(self, name, seconds=60, health=None):
        """Waits until an environment is ready, and healthy as it is to be; gives its description."""
        found = {}

        def there():
            found.update(self.environment(name) or {})
            return found.get("Status") == "Ready" and (health is None or found["Health"] == health)
        try:
            lib.wait_for(there, name, seconds)
        except AssertionError:
            state = {key: found.get(key) for key in ("Status", "Health", "HealthStatus", "VersionLabel")}
            told = "\n".join(text for _, text in self.told(EnvironmentName=name)[-20:])
            raise AssertionError(f"{name} is {state} after {seconds} s; its events:\n{told}") from None
        return found

    def gone(self, name, seconds=30):
        lib.wait_for(lambda: self.environment(name) is None, f"{name} is terminated", seconds)

    def told(self, **query):
        """Severity and text of events, the oldest first."""
        pages = self.eb.get_paginator("describe_events").paginate(**query)
        events = [event for page in pages for event in page["Events"]]
        return [(event["Severity"], event["Message"]) for event in reversed(events)]

    def outcome(self, request, seconds=60):
        """Waits for the last event of a request; gives all of them, as severity and text."""
        ends = ("Successfully launched environment:", "Environment update completed successfully.",
                "Failed to deploy", "Create environment operation is complete, but with errors", "restartAppServer completed",
                "terminateEnvironment completed successfully.", "The environment was reverted")

        def ended():
            told = self.told(RequestId=request)
            return told if told and told[-1][1].startswith(ends) else None
        return lib.wait_for(ended, f"the request {request} has ended", seconds)

    def instances(self, name):
        resources = self.eb.describe_environment_resources(EnvironmentName=name)["EnvironmentResources"]
        return sorted(instance["Id"] for instance in resources["Instances"])

    def containers(self, name=None, all=False):
        """The containers of environments, as `docker ps` tells them; of one environment or of every."""
        listed = self.api("GET", f"/containers/json?all={int(all)}")[1]
        return [each for each in listed if OF in each["Labels"] and name in (None, each["Labels"][OF])]

    # What answers.

    def get(self, host, path="/", method="GET", body=None, headers=None, timeout=30):
        """One request through the balancer: status and text."""
        connection = http.client.HTTPConnection("127.0.0.1", self.web, timeout=timeout)
        try:
            connection.request(method, path, body, {"Host": host} | (headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace")
        finally:
            connection.close()

    def at(self, name, path="/", **request):
        """What an environment answers: the text of a 200."""
        status, text = self.get(self.environment(name)["CNAME"], path, **request)
        assert status == 200, f"{status}: {text}"
        return text

    def running(self, name):
        """The version that an environment answers with."""
        return self.at(name).split()[0]

    # What is left.

    def clean(self):
        """Removes all that the services hold; nothing of it may stay in the engine."""
        if self.keys:
            self.sweep()
        super().clean()

    def sweep(self):
        for known in self.eb.describe_applications()["Applications"]:
            self.eb.delete_application(ApplicationName=known["ApplicationName"], TerminateEnvByForce=True)
        lib.wait_for(lambda: not self.eb.describe_applications()["Applications"], "the applications are gone", 40)
        for bucket in self.s3.list_buckets()["Buckets"]:
            empty(self.s3, bucket["Name"])
            self.s3.delete_bucket(Bucket=bucket["Name"])
        sqs = self.client("sqs")
        for url in sqs.list_queues().get("QueueUrls", []):
            sqs.delete_queue(QueueUrl=url)
        ec2 = self.client("ec2")
        for group in ec2.describe_security_groups()["SecurityGroups"]:
            ec2.delete_security_group(GroupId=group["GroupId"])
        logs = self.client("logs")
        for page in logs.get_paginator("describe_log_groups").paginate():
            for group in page["logGroups"]:
                logs.delete_log_group(logGroupName=group["logGroupName"])
        rds = self.client("rds")
        for each in rds.describe_db_instances()["DBInstances"]:
            if each["DBInstanceStatus"] != "deleting":
                rds.delete_db_instance(DBInstanceIdentifier=each["DBInstanceIdentifier"], SkipFinalSnapshot=True)
        lib.wait_for(lambda: not rds.describe_db_instances()["DBInstances"], "the databases are gone", 40)
        for each in rds.describe_db_snapshots()["DBSnapshots"]:
            if each["Status"] != "deleting":
                rds.delete_db_snapshot(DBSnapshotIdentifier=each["DBSnapshotIdentifier"])
        lib.wait_for(lambda: not rds.describe_db_snapshots()["DBSnapshots"], "the snapshots are gone", 40)
        left = [each["Names"] for each in self.containers(all=True)]
        assert not left, f"containers outlived their environments: {left}"
        networks = [each["Name"] for each in self.api("GET", "/networks")[1]]
        assert sorted(networks) == ["bridge", "host", "none"], f"networks outlived their environments: {networks}"


def empty(s3, bucket):
    """Takes all out of a bucket."""
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        found = page.get("Versions", []) + page.get("DeleteMarkers", [])
        for each in found:
            s3.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])
    for each in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []):
        s3.abort_multipart_upload(Bucket=bucket, Key=each["Key"], UploadId=each["UploadId"])


def program(name):
    """A client, from the environment that runs the tests."""
    return str(pathlib.Path(sys.executable).parent / name)


class Project:
    """A directory of somebody who types eb."""

    def __init__(self, cloud, name):
        self.cloud, self.folder = cloud, cloud.home / name
        self.folder.mkdir()

    def write(self, files):
        for name, content in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def aside(self):
        """A copy of the directory: two commands in one would write its configuration at the same time."""
        folder = tempfile.mkdtemp(prefix=f"{self.folder.name}-", dir=self.cloud.home)
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        other = type(self).__new__(type(self))
        other.cloud, other.folder = self.cloud, pathlib.Path(folder)
        return other

    def eb(self, *arguments, rc=0, input=None, timeout=120, **env):
        """Types a command; gives what it prints."""
        done = subprocess.run([program("eb"), *arguments], cwd=self.folder, env=self.cloud.aws_env | env, input=input,
                              stdin=None if input else subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=timeout)
        assert done.returncode == rc, f"eb {' '.join(arguments)}: {done.returncode}\n{done.stdout}"
        return done.stdout


class Load:
    """Requests without a break: half of the clients keep their connection, half make one for each request."""
    #: Fewer say nothing.
    LEAST = 20
    #: Seconds for an answer, without those in which the machine stood still.
    PROMPT = 20
    #: Seconds for an answer in all: less than the 60 that the balancer gives a silent instance.
    PATIENCE = 50

    def __init__(self, cloud, host, clients=4, pause=0.01, path="/"):
        self.cloud, self.host, self.pause, self.path = cloud, host, pause, path
        self.answers, self.failures, self.late = [], [], []
        self.over, self.began, self.stalls = threading.Event(), time.monotonic(), []
        self.threads = [threading.Thread(target=self.work, args=(number % 2 == 0,)) for number in range(clients)]
        self.threads.append(threading.Thread(target=self.pulse))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                # A moment says nothing of how much was asked in it.
                lib.wait_for(lambda: len(self.answers) + len(self.failures) > self.LEAST, "some requests")
        finally:
            self.over.set()
            for thread in self.threads:
                thread.join()

    def work(self, keeps):
        connection = None
        while not self.over.is_set():
            begun = time.monotonic()
            if connection is None:
                connection = http.client.HTTPConnection("127.0.0.1", self.cloud.web, timeout=self.PATIENCE)
            try:
                connection.request("GET", self.path, headers={"Host": self.host} | ({} if keeps else {"Connection": "close"}))
                answer = connection.getresponse()
                text = answer.read().decode(errors="replace").split()
                if answer.status != 200 or len(text) != 2:
                    self.failures.append((begun, f"{answer.status} {' '.join(text)[:200]}"))
                else:
                    self.answers.append((begun, *text))
                    if time.monotonic() - begun > self.PROMPT:
                        self.late.append((begun, time.monotonic() - begun))
            except (OSError, http.client.HTTPException) as error:
                self.failures.append((begun, f"{type(error).__name__}: {error}"))
                keeps_open = False
            else:
                keeps_open = keeps
            if not keeps_open:
                connection.close()
                connection = None
            time.sleep(self.pause)
        if connection:
            connection.close()

    def pulse(self):
        """Notes when this process, and so the machine, stood still: whose fault a late answer is."""
        last = time.monotonic()
        while not self.over.wait(0.05):
            now = time.monotonic()
            if now - last > 1:
                self.stalls.append((last, now - last))
            last = now

    def versions(self, since=0.0):
        """How many answers came from each version."""
        found = {}
        for at, version, _ in list(self.answers):
            if at >= since:
                found[version] = found.get(version, 0) + 1
        return found

    def since(self, moment, least=LEAST):
        """Which versions have answered what was asked after that, as soon as there are so many answers."""
        wanted = f"{least} answers to requests after a moment"
        lib.wait_for(lambda: sum(self.versions(since=moment).values()) >= least, wanted)
        return self.versions(since=moment)

    def unbroken(self):
        """No request has failed, and there were some."""
        for at, took in self.late:
            if took - sum(length for stall, length in self.stalls if at - length < stall < at + took) > self.PROMPT:
                self.failures.append((at, f"answered after {took:.1f} s"))
        if self.failures:
            since = [(f"after {at - self.began:.3f} s", why) for at, why in self.failures[:8]]
            stalls = [f"{length:.1f} s after {at - self.began:.1f}" for at, length in self.stalls]
            raise AssertionError(f"{len(self.failures)} of {len(self.failures) + len(self.answers)} in "
                                 f"{time.monotonic() - self.began:.1f} s: {since}; the machine stood still: {stalls}")
        assert len(self.answers) > self.LEAST, f"only {len(self.answers)} requests"


class Watch:
    """Looks at an environment again and again: which instances it has had."""

    def __init__(self, cloud, name):
        self.cloud, self.name, self.seen, self.states = cloud, name, [], []
        # Its own, made before anything happens: that takes a second on a busy machine.
        self.eb = cloud.client("elasticbeanstalk")
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.look)

    def look(self):
        while not self.over.is_set():
            with contextlib.suppress(botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
                listed = self.eb.describe_environment_resources(EnvironmentName=self.name)["EnvironmentResources"]
                self.seen.append(frozenset(each["Id"] for each in listed["Instances"]))
                state = self.eb.describe_environments(EnvironmentNames=[self.name])["Environments"][0]
                self.states.append((state["Status"], state["Health"], state.get("HealthStatus")))
            time.sleep(0.05)

    def __enter__(self):
        self.thread.start()
        lib.wait_for(lambda: self.states, "a first look")
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def all(self):
        return frozenset().union(*self.seen)
