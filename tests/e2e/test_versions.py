"""Versions that have become too old: a daemon whose clock is put back, and one in our time."""

import datetime
import subprocess

import botocore.auth

import beanstalk
import lib

DAYS = 3
# The clock of whoever is started with it.
PAST = """
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME) now->tv_sec -= %d;
    return failed;
}
""" % (DAYS * 86400)


def test_versions_that_are_too_old_go_with_their_sources(cloud, monkeypatch):
    library = cloud.root / "past.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-x", "c", "-o", str(library), "-"], input=PAST, text=True, check=True)
    cloud.kill()
    cloud.env["LD_PRELOAD"] = str(library)
    cloud.start()
    try:
        now = botocore.auth.get_current_datetime
        with monkeypatch.context() as patch:
            # Requests are signed at the daemon's time.
            patch.setattr(botocore.auth, "get_current_datetime", lambda *rest, **named: now(*rest, **named) - datetime.timedelta(days=DAYS))
            for label in ("deployed", "kept", "old"):
                cloud.version("shop", label, beanstalk.application(label))
            cloud.outcome(cloud.create("shop", "stall", "deployed", beanstalk.SINGLE))
    finally:
        cloud.kill()
        del cloud.env["LD_PRELOAD"]
        cloud.start()
    cloud.ready("stall")
    cloud.version("shop", "young", beanstalk.application("young"))
    found = cloud.eb.describe_application_versions(ApplicationName="shop")["ApplicationVersions"]
    ages = {each["VersionLabel"]: datetime.datetime.now(datetime.timezone.utc) - each["DateCreated"] for each in found}
    assert {label: age.days for label, age in ages.items()} == {"deployed": DAYS, "kept": DAYS, "old": DAYS, "young": 0}
    sources = {each["VersionLabel"]: each["SourceBundle"] for each in found}

    def limit(days, sources_too):
        role = "arn:aws:iam::123456789012:role/aws-elasticbeanstalk-service-role"
        rule = {"Enabled": True, "MaxAgeInDays": days, "DeleteSourceFromS3": sources_too}
        cloud.eb.update_application_resource_lifecycle(ApplicationName="shop", ResourceLifecycleConfig={
            "ServiceRole": role, "VersionLifecycleConfig": {"MaxAgeRule": rule}})

    def labels():
        return {each["VersionLabel"] for each in cloud.eb.describe_application_versions(ApplicationName="shop")["ApplicationVersions"]}

    def there(label):
        bundle = sources[label]
        listed = cloud.s3.list_objects_v2(Bucket=bundle["S3Bucket"]).get("Contents", [])
        return bundle["S3Key"] in [each["Key"] for each in listed]
    # The rule is kept whenever a version is made. Nobody is as old as that yet.
    limit(DAYS + 1, True)
    cloud.version("shop", "next", beanstalk.application("next"))
    assert labels() == {"deployed", "kept", "old", "young", "next"}
    # What is deployed is never too old, and sources go only when they are to.
    cloud.create("shop", "second", "kept", beanstalk.SINGLE)
    cloud.ready("second")
    limit(1, True)
    cloud.version("shop", "last", beanstalk.application("last"))
    lib.wait_for(lambda: labels() == {"deployed", "kept", "young", "next", "last"}, "what is too old is gone")
    lib.wait_for(lambda: not there("old"), "and its source")
    assert there("kept") and there("deployed") and there("young")
    limit(1, False)
    cloud.deploy("second", "young")
    cloud.ready("second")
    cloud.version("shop", "again", beanstalk.application("again"))
    lib.wait_for(lambda: "kept" not in labels(), "what is deployed no longer is gone")
    assert there("kept") and cloud.running("stall") == "deployed"
