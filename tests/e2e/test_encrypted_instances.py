"""Instances that speak TLS, and instances that should and do not."""

import pathlib
import shutil
import subprocess

import pytest

import beanstalk
import guest
import lib
from beanstalk import refused
from test_edge import LISTENER, PROCESS, ask, host_of, ports, trusting

# Beside the balancer nobody would take this for an application's answer: no TLS, and HTTP for whoever asks for that.
PLAIN = """#!/bin/sh
head -c 5 >/dev/null
printf 'HTTP/1.0 200 OK\\r\\nContent-Type: text/plain\\r\\nContent-Length: 9\\r\\n\\r\\nv1 plain\\n'
cat >/dev/null
"""
# One program or the other, by what the bundle says. It ends when it is told to.
RUN = """#!/bin/sh
trap 'exit 0' TERM
mkdir /www
cd /www
echo "$(cat /app/version) $(hostname)" > hello
export OPENSSL_CONF=/dev/null
if test -e /app/plain; then
    nc -ll -p 8443 -e /app/plain &
else
    openssl s_server -accept 8443 -cert /app/certificate.pem -key /app/key.pem -WWW -quiet </dev/null &
fi
wait $!
"""
DOCKERFILE = """FROM busybox
COPY root /
COPY . /app
EXPOSE 8443
CMD ["sh", "/app/run.sh"]
"""
TLS = {PROCESS + "default": {"Port": 8443, "Protocol": "HTTPS", "HealthCheckPath": "/hello", "HealthCheckInterval": 5,
                             "HealthCheckTimeout": 2, "UnhealthyThresholdCount": 2},
       LISTENER + "443": {"Protocol": "HTTPS"}}
NO_TLS = "TLS handshake failed: what the target sent is no TLS"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The host's openssl with what it is linked with, and a certificate that nobody has reason to trust."""
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", folder / "key.pem", "-out", folder / "certificate.pem", "-subj", "/CN=elsewhere.test",
                    "-days", "1"], check=True, capture_output=True)
    program = shutil.which("openssl")
    files = {name: (folder / name).read_text() for name in ("key.pem", "certificate.pem")}
    for path in guest.libraries(program):
        files[f"root{path}"] = (pathlib.Path(path).read_bytes(), 0o755)
    return files | {"root/bin/openssl": (pathlib.Path(program).read_bytes(), 0o755)}


def application(version, server, more=None):
    files = {"Dockerfile": DOCKERFILE, "run.sh": RUN, "version": version + "\n"} | server
    return files | (more or {})


def group(cloud):
    """The one target group that is there, and its targets' health."""
    elb = cloud.client("elbv2")
    told, = elb.describe_target_groups()["TargetGroups"]
    health = elb.describe_target_health(TargetGroupArn=told["TargetGroupArn"])["TargetHealthDescriptions"]
    return told, [each["TargetHealth"] for each in health]


def test_an_application_that_speaks_https(cloud, server):
    cloud.version("shop", "v1", application("v1", server))
    cloud.create("shop", "sealed", "v1", beanstalk.balanced(2), TLS)
    cloud.ready("sealed", health="Green")
    host = host_of(cloud, "sealed")
    (http, own), (https, own_tls) = ports(cloud, "sealed")
    assert (http, https) == ("HTTP", "HTTPS")
    context = trusting(cloud)
    for port, trusted in ((own, None), (cloud.web, None), (own_tls, context), (cloud.tls, context)):
        texts = {ask(port, host, "/hello", trusted)[1] for _ in range(8)}
        assert {text.split()[0] for text in texts} == {"v1"} and len(texts) == 2, (port, texts)
    told, health = group(cloud)
    assert (told["Protocol"], told["Port"], told["HealthCheckProtocol"]) == ("HTTPS", 8443, "HTTPS")
    assert [each["State"] for each in health] == ["healthy"] * 2
    # A version that speaks no TLS at the same port does not become healthy, which the event explains.
    cloud.version("shop", "v2", application("v2", server, {"plain": (PLAIN, 0o755)}))
    events = cloud.outcome(cloud.deploy("sealed", "v2", {"aws:elasticbeanstalk:command": {"Timeout": 6}}))
    assert any(NO_TLS in text for _, text in events), events
    assert ask(own_tls, host, "/hello", context)[1].startswith("v1 ")
    # One that speaks it does.
    cloud.version("shop", "v3", application("v3", server))
    cloud.deploy("sealed", "v3", {"aws:elasticbeanstalk:command": {"Timeout": 40}})
    cloud.ready("sealed", health="Green")
    assert ask(own, host, "/hello")[1].startswith("v3 ")


def test_a_classic_load_balancer_of_either_layer(cloud, server):
    cloud.version("shop", "v1", application("v1", server))
    listener = "aws:elb:listener:"
    kind = {"aws:elasticbeanstalk:environment": {"EnvironmentType": "LoadBalanced", "LoadBalancerType": "classic"},
            "aws:autoscaling:asg": {"MinSize": 1, "MaxSize": 1}}
    refused(cloud.eb.create_environment, "ConfigurationValidationException", "Behind a listener of HTTP the allowed values",
            ApplicationName="shop", EnvironmentName="older", VersionLabel="v1", SolutionStackName=beanstalk.STACK,
            OptionSettings=beanstalk.options(kind, {listener + "80": {"InstanceProtocol": "SSL"}}))
    cloud.create("shop", "older", "v1", kind, {
        listener + "80": {"InstanceProtocol": "HTTPS", "InstancePort": 8443},
        listener + "2525": {"ListenerProtocol": "TCP", "InstanceProtocol": "SSL", "InstancePort": 8443},
        "aws:elb:healthcheck": {"Target": "HTTPS:8443/hello", "Interval": 5, "Timeout": 2}})
    cloud.ready("older", health="Green")
    assert [each for each, _ in ports(cloud, "older")] == ["HTTP", "TCP"]
    for _, port in ports(cloud, "older"):
        assert ask(port, host_of(cloud, "older"), "/hello")[1].startswith("v1 ")


def test_https_is_asked_of_an_application_that_has_none_and_then_has(cloud, server):
    cloud.version("shop", "v1", {"Dockerfile": DOCKERFILE.replace("COPY root /\n", ""), "run.sh": RUN, "version": "v1\n",
                                 "plain": (PLAIN, 0o755)})
    plain = TLS | {PROCESS + "default": TLS[PROCESS + "default"] | {"Protocol": "HTTP"}}
    cloud.create("shop", "open", "v1", beanstalk.balanced(1), plain)
    cloud.ready("open", health="Green")
    host = host_of(cloud, "open")
    assert ask(cloud.web, host, "/hello")[1] == "v1 plain\n"
    cloud.eb.update_environment(EnvironmentName="open", OptionSettings=beanstalk.options(
        {PROCESS + "default": {"Protocol": "HTTPS"}}))
    refusal = "The TLS handshake with the target failed."

    def told():
        answer, text = ask(cloud.web, host, "/hello")
        return answer.status == 502 and refusal in text

    lib.wait_for(told, "the balancer asks in TLS", 20)
    # It is replaced then by one that is no better.
    unwell = {"State": "unhealthy", "Reason": "Target.FailedHealthChecks", "Description": NO_TLS}
    lib.wait_for(lambda: group(cloud)[1] == [unwell], "the target is unhealthy", 40)
    asked = {"EnvironmentName": "open", "AttributeNames": ["All"]}
    lib.wait_for(lambda: any(NO_TLS in cause for each in cloud.eb.describe_instances_health(**asked)["InstanceHealthList"]
                             for cause in each["Causes"]), "the health's cause is told", 40)
    # And back.
    cloud.eb.update_environment(EnvironmentName="open", OptionSettings=beanstalk.options(
        {PROCESS + "default": {"Protocol": "HTTP"}}))
    cloud.ready("open", health="Green")
    assert ask(cloud.web, host, "/hello")[1] == "v1 plain\n"
    # A version that speaks it and the setting that says so come together, and each is spoken to as it speaks.
    cloud.version("shop", "v2", application("v2", server))
    with beanstalk.Load(cloud, cloud.environment("open")["CNAME"], path="/hello") as load:
        cloud.deploy("open", "v2", {PROCESS + "default": {"Protocol": "HTTPS"}},
                     {"aws:elasticbeanstalk:command": {"DeploymentPolicy": "RollingWithAdditionalBatch"}})
        cloud.ready("open", health="Green")
    load.unbroken()
    assert load.answers[-1][1] == "v2" and ask(cloud.web, host, "/hello")[1].startswith("v2 ")
