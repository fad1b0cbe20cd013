"""What `cargo xtask bench-environments` runs: environments, timed from the call to the state that is waited for.

There is no peer on one machine: Amazon takes minutes. Times are medians over the rounds, as a boto3 program feels them
that looks every 10 ms; calls are timed on one connection that stays, without the time of signing them.
"""

import argparse
import http.client
import os
import pathlib
import statistics
import sys
import time

import botocore.auth
import botocore.awsrequest
import botocore.credentials

import beanstalk
import lib

MANY = 100
# Seconds that the idle daemon is looked at.
IDLE = 30
CALLS = 200
# Reading calls with 100 environments there, and one that writes.
ASKED = [("DescribeEnvironments of one", {"Action": "DescribeEnvironments", "EnvironmentNames.member.1": "many-7"}),
         ("DescribeEvents of one", {"Action": "DescribeEvents", "EnvironmentName": "many-7"}),
         ("DescribeEnvironmentHealth", {"Action": "DescribeEnvironmentHealth", "EnvironmentName": "many-7",
                                        "AttributeNames.member.1": "All"}),
         ("DescribeConfigurationSettings", {"Action": "DescribeConfigurationSettings", "ApplicationName": "many",
                                            "EnvironmentName": "many-7"}),
         ("DescribeEnvironments of 100", {"Action": "DescribeEnvironments"}),
         ("UpdateApplication, which writes", {"Action": "UpdateApplication", "ApplicationName": "many",
                                              "Description": "looked at"})]


class Figures:
    """Samples by line; each line has a goal in seconds, or in what the unit says."""

    def __init__(self):
        self.lines = {}

    def add(self, line, goal, value, unit="s"):
        self.lines.setdefault(line, (goal, unit, []))[2].append(value)

    def table(self):
        rows = ["| what | dabba | least | most | goal | |", "|---|--:|--:|--:|--:|---|"]
        for line, (goal, unit, samples) in self.lines.items():
            middle = statistics.median(samples)
            shown = [f"{value:.2f} {unit}" for value in (middle, min(samples), max(samples))]
            told = ("–", "") if goal is None else (f"≤ {goal} {unit}", "met" if middle <= goal else "not met")
            rows.append(f"| {line} | {' | '.join(shown)} | {' | '.join(told)} |")
        return "\n".join(rows)


def until(seen, what, seconds=60):
    """Looks every 10 ms."""
    end = time.monotonic() + seconds
    while not seen():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.01)


def timed(act, seen, what):
    begin = time.monotonic()
    act()
    until(seen, what)
    return time.monotonic() - begin


def launched(cloud, name, application, count):
    """Launches the sample application; the time until it is Ready and Green."""
    def create():
        settings = beanstalk.balanced(count) if count > 1 else beanstalk.SINGLE
        cloud.eb.create_environment(ApplicationName=application, EnvironmentName=name,
                                    SolutionStackName=beanstalk.STACK,
                                    OptionSettings=beanstalk.options(beanstalk.USUAL, settings))

    def green():
        found = cloud.environment(name)
        return found["Status"] == "Ready" and found["Health"] == "Green"
    try:
        return timed(create, green, f"{name} is Ready and Green")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{cloud.told(EnvironmentName=name)}") from None


def terminated(cloud, name):
    return timed(lambda: cloud.eb.terminate_environment(EnvironmentName=name), lambda: cloud.environment(name) is None,
                 f"{name} is terminated")


def deployed(cloud, name, label):
    def there():
        found = cloud.environment(name)
        return found["Status"] == "Ready" and found["VersionLabel"] == label and found["Health"] == "Green"
    return timed(lambda: cloud.deploy(name, label), there, f"{label} is deployed")


def turn(cloud, figures, number):
    """One life of each kind."""
    name = f"round-{number}"
    cloud.eb.create_application(ApplicationName=name)
    figures.add("create-environment, sample application, single instance, to Ready and Green", 2,
                launched(cloud, f"{name}-one", name, 1))
    figures.add("the same, four instances behind the balancer", 3, launched(cloud, f"{name}-four", name, 4))
    figures.add("terminate-environment, single instance", 1, terminated(cloud, f"{name}-one"))
    figures.add("the same, four instances", 1, terminated(cloud, f"{name}-four"))
    # The steps of the Dockerfile are in the cache; what is new is a file.
    for label in ("first", "second", "third"):
        cloud.version(name, label, beanstalk.application(label))
    cloud.create(name, f"{name}-app", "first", beanstalk.SINGLE)
    cloud.ready(f"{name}-app", health="Green")
    figures.add("deploy of a new Dockerfile version, all at once, to Ready and Green", 3,
                deployed(cloud, f"{name}-app", "second"))
    project = beanstalk.Project(cloud, name)
    project.eb("init", name, "-p", "docker", "-r", beanstalk.REGION)
    begin = time.monotonic()
    project.eb("deploy", f"{name}-app", "--version", "third")
    figures.add("`eb deploy`, the whole command, which looks every 5 s", None, time.monotonic() - begin)
    terminated(cloud, f"{name}-app")


def memory(cloud):
    """PSS of the engine's own processes: the daemon, its zygote, its shims; bytes."""
    total = 0
    for pid in cloud.own_processes():
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


def processor(cloud):
    """Processor seconds of the engine's own processes so far."""
    ticks = 0
    for pid in cloud.own_processes():
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def calls(cloud, figures):
    credentials = botocore.credentials.Credentials(*cloud.keys)
    signer = botocore.auth.SigV4Auth(credentials, "elasticbeanstalk", beanstalk.REGION)
    connection = http.client.HTTPConnection("127.0.0.1", cloud.port)
    for name, query in ASKED:
        for _ in range(CALLS):
            request = botocore.awsrequest.AWSRequest("POST", cloud.endpoint + "/", data=query | {"Version": "2010-12-01"},
                                                     headers={"Content-Type": "application/x-www-form-urlencoded"})
            signer.add_auth(request)
            prepared = request.prepare()
            begin = time.monotonic()
            connection.request("POST", "/", prepared.body, dict(prepared.headers))
            answer = connection.getresponse()
            text = answer.read()
            figures.add(f"call: {name}", 3, (time.monotonic() - begin) * 1e3, "ms")
            assert answer.status == 200, text
    connection.close()


def many(cloud, figures):
    """A hundred environments that nobody asks."""
    cloud.eb.create_application(ApplicationName="many")
    time.sleep(3)
    before = memory(cloud)
    for number in range(MANY):
        launched(cloud, f"many-{number}", "many", 1)
    calls(cloud, figures)
    # What a burst of work leaves goes back a second after the last event.
    time.sleep(10)
    begin, used = time.monotonic(), processor(cloud)
    time.sleep(IDLE)
    share = (processor(cloud) - used) / (time.monotonic() - begin)
    figures.add(f"{MANY} environments idle, of a core", 2, share * 100, "%")
    figures.add("memory of each, beside its own processes", 1, (memory(cloud) - before) / MANY / 1e6, "MB")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    figures, cloud = Figures(), beanstalk.Cloud()
    # A hundred networks and ports.
    cloud.pool = "base=10.150.0.0/16,size=26"
    cloud.extra[cloud.extra.index("--eb-ports") + 1] = "21000-21999"
    try:
        cloud.start()
        cloud.load(lib.busybox_archive())
        for number in range(rounds):
            print(f"bench-environments: round {number + 1} of {rounds}", file=sys.stderr)
            turn(cloud, figures, number)
        many(cloud, figures)
        cloud.clean()
        cloud.terminate()
    finally:
        cloud.destroy()
    print(figures.table())


if __name__ == "__main__":
    main()
