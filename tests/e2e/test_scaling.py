"""Triggers of Auto Scaling: environments grow and shrink by what is measured of them, and by the clients of Auto Scaling."""

import contextlib
import threading

import beanstalk
import lib

# Shorter than a minute is no period of Amazon's.
TRIGGER = {"BreachDuration": 1, "Period": 1}
# What is measured, when it is too much, and what is asked for meanwhile.
GROW = {
    "by-cpu": ({"MeasureName": "CPUUtilization", "Unit": "Percent", "UpperThreshold": "0.01", "LowerThreshold": 0}, "/cgi-bin/env"),
    "by-requests": ({"MeasureName": "RequestCount", "Unit": "Count", "Statistic": "Sum", "UpperThreshold": 10, "LowerThreshold": 0}, "/"),
    "by-latency": ({"MeasureName": "TargetResponseTime", "Unit": "Seconds", "UpperThreshold": "0.3", "LowerThreshold": 0},
                   "/cgi-bin/slow?s=1"),
    "by-network": ({"MeasureName": "NetworkOut", "Unit": "Bytes", "UpperThreshold": 100, "LowerThreshold": 0}, "/cgi-bin/env"),
}
SHRINK = {"MeasureName": "RequestCount", "Unit": "Count", "Statistic": "Sum", "UpperThreshold": 1_000_000, "LowerThreshold": 100}


@contextlib.contextmanager
def asked(cloud, paths):
    """Somebody asks each environment for a path again and again."""
    over = threading.Event()

    def ask(name, path):
        host = cloud.environment(name)["CNAME"]
        while not over.wait(0.3):
            # One that is being changed answers all the same.
            assert cloud.get(host, path)[0] == 200
    threads = [threading.Thread(target=ask, args=each) for each in paths.items()]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_environments_follow_their_triggers(cloud):
    cloud.version("shop", "v1", beanstalk.application("v1"))
    triggers = {name: trigger for name, (trigger, _) in GROW.items()} | {"shrinks": SHRINK}
    for name, trigger in triggers.items():
        sizes = {"aws:autoscaling:asg": {"MinSize": 1, "MaxSize": 2, "Cooldown": 0}, "aws:autoscaling:trigger": TRIGGER | trigger}
        cloud.create("shop", name, "v1", beanstalk.balanced(1), sizes)
    for name in triggers:
        cloud.ready(name)
    scaling = cloud.client("autoscaling")
    resources = cloud.eb.describe_environment_resources(EnvironmentName="shrinks")["EnvironmentResources"]
    [group] = [each["Name"] for each in resources["AutoScalingGroups"]]
    beanstalk.refused(scaling.set_desired_capacity, "ValidationError", AutoScalingGroupName=group, DesiredCapacity=3)
    scaling.set_desired_capacity(AutoScalingGroupName=group, DesiredCapacity=2)
    lib.wait_for(lambda: len(cloud.instances("shrinks")) == 2, "there are two by request", 20)
    with asked(cloud, {name: path for name, (_, path) in GROW.items()}):
        for name in GROW:
            lib.wait_for(lambda: len(cloud.instances(name)) == 2, f"{name} has grown", 90)
    lib.wait_for(lambda: len(cloud.instances("shrinks")) == 1, "the other one has shrunk", 30)
    for name, trigger in triggers.items():
        way, limit = ("below", trigger["LowerThreshold"]) if name == "shrinks" else ("above", trigger["UpperThreshold"])
        told = [text for _, text in cloud.told(EnvironmentName=name)]
        assert any(f"{trigger['MeasureName']} was {way} {limit} for 1 minute" in text for text in told), told
    known = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[group])["AutoScalingGroups"][0]
    assert (known["MinSize"], known["MaxSize"], known["DesiredCapacity"]) == (1, 2, 1)
    activities = scaling.describe_scaling_activities(AutoScalingGroupName=group)["Activities"]
    assert any(each["Description"].startswith("Terminating EC2 instance") for each in activities), activities
