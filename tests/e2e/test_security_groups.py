"""Security groups: EC2's calls, and that their rules hold before the ports of environments."""

import contextlib
import socket
import subprocess
import sys
import threading
import urllib.parse

import pytest

import beanstalk
import census
import lib
from beanstalk import refused

INSTANCES = "aws:autoscaling:launchconfiguration"
BALANCER = "aws:elbv2:loadbalancer"
# Says whether a place can be reached from within the application.
REACH = "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\nnc -w 1 ${QUERY_STRING%%/*} ${QUERY_STRING##*/} </dev/null || echo no\n"
# Asks for what is at a place, from within the application.
FETCH = """#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
{ printf 'GET / HTTP/1.0\\r\\n\\r\\n'; sleep 0.3; } | nc -w 1 ${QUERY_STRING%%/*} ${QUERY_STRING##*/} > /tmp/said.$$ && tail -n 1 /tmp/said.$$ || echo no
"""
ASK = """
import http.client, sys
connection = http.client.HTTPConnection(sys.argv[2], int(sys.argv[3]), timeout=1, source_address=(sys.argv[1], 0))
try:
    connection.request("GET", "/")
    print(connection.getresponse().status)
except OSError as error:
    print(type(error).__name__)
"""


@pytest.fixture(scope="module")
def module_cloud():
    """Environments answer on all addresses of the host."""
    cloud = beanstalk.Cloud()
    cloud.extra += ["--eb-address", "0.0.0.0"]
    with census.spotless(cloud):
        yield cloud


@pytest.fixture
def ec2(cloud):
    return cloud.client("ec2")


class Elsewhere:
    """A host beside this one, with two addresses."""

    def __init__(self, block):
        self.net = f"10.255.{block % 250}"
        self.link, peer = f"e2e{block % 1000}h", f"e2e{block % 1000}g"
        self.holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "ip link set lo up && echo ready && exec sleep 1000"], stdout=subprocess.PIPE)
        assert self.holder.stdout.readline() == b"ready\n"
        pid = str(self.holder.pid)
        run = lambda *command: subprocess.run(command, check=True)
        run("ip", "link", "add", self.link, "type", "veth", "peer", peer, "netns", pid)
        run("ip", "address", "add", f"{self.net}.1/24", "dev", self.link)
        run("ip", "link", "set", self.link, "up")
        for command in (["address", "add", f"{self.net}.2/24", "dev", peer], ["address", "add", f"{self.net}.3/24", "dev", peer], ["link", "set", peer, "up"]):
            run("nsenter", "-t", pid, "-n", "ip", *command)

    def ask(self, last, port):
        """Asks for / from the address with this end: the status, or why there is none."""
        said = subprocess.run(["nsenter", "-t", str(self.holder.pid), "-n", sys.executable, "-c", ASK, f"{self.net}.{last}", f"{self.net}.1", str(port)],
                              capture_output=True, text=True)
        return said.stdout.strip() or said.stderr

    def close(self):
        subprocess.run(["ip", "link", "del", self.link], check=False)
        self.holder.kill()
        self.holder.wait()


@pytest.fixture
def elsewhere(cloud):
    with contextlib.closing(Elsewhere(cloud.block)) as other:
        yield other


def tcp(port, *nets):
    return [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": net} for net in nets]}]


def own_port(cloud, name):
    """The port of an environment's own."""
    described = cloud.environment(name)
    return urllib.parse.urlsplit("//" + described["EndpointURL"].removeprefix("http://")).port


def rules():
    return subprocess.run(["nft", "list", "ruleset"], capture_output=True, text=True).stdout


def test_groups_and_rules(cloud, ec2):
    made = ec2.create_security_group(GroupName="friends", Description="who may come", TagSpecifications=[
        {"ResourceType": "security-group", "Tags": [{"Key": "team", "Value": "a"}]}])
    friends = made["GroupId"]
    other = ec2.create_security_group(GroupName="other", Description="x")["GroupId"]
    refused(ec2.create_security_group, "InvalidGroup.Duplicate", GroupName="friends", Description="x")
    refused(ec2.create_security_group, "InvalidParameterValue", GroupName="sg-x", Description="x")
    refused(ec2.create_security_group, "InvalidVpcID.NotFound", GroupName="x", Description="x", VpcId="vpc-1")
    group, = ec2.describe_security_groups(Filters=[{"Name": "tag:team", "Values": ["a"]}])["SecurityGroups"]
    assert (group["GroupId"], group["IpPermissions"]) == (friends, [])
    assert [each["IpProtocol"] for each in group["IpPermissionsEgress"]] == ["-1"]
    added = ec2.authorize_security_group_ingress(GroupId=friends, IpPermissions=tcp(80, "10.0.0.0/8", "192.168.0.0/16"))
    assert [each["CidrIpv4"] for each in added["SecurityGroupRules"]] == ["10.0.0.0/8", "192.168.0.0/16"]
    told = refused(ec2.authorize_security_group_ingress, "InvalidPermission.Duplicate", GroupId=friends, IpPermissions=tcp(80, "10.1.2.3/8"))
    assert "10.0.0.0/8, TCP, from port: 80, to port: 80, ALLOW" in told
    refused(ec2.authorize_security_group_ingress, "InvalidParameterValue", "malformed", GroupId=friends, IpPermissions=tcp(80, "10.0.0/8"))
    refused(ec2.authorize_security_group_ingress, "InvalidParameterValue", GroupId=friends, IpProtocol="tcp", FromPort=9, ToPort=8, CidrIp="10.0.0.0/8")
    refused(ec2.authorize_security_group_ingress, "InvalidParameterValue", GroupId=friends, IpProtocol="tcp", FromPort=1, ToPort=65536, CidrIp="10.0.0.0/8")
    refused(ec2.authorize_security_group_ingress, "InvalidGroup.NotFound", GroupId="sg-1", IpPermissions=tcp(80, "10.0.0.0/8"))
    # What aws says on its command line.
    cloud.aws("ec2", "authorize-security-group-ingress", "--group-id", other, "--protocol", "tcp", "--port", "443", "--source-group", friends)
    pair, = ec2.describe_security_groups(GroupIds=[other])["SecurityGroups"][0]["IpPermissions"][0]["UserIdGroupPairs"]
    assert pair["GroupId"] == friends
    refused(ec2.delete_security_group, "InvalidGroup.InUse", GroupId=friends)
    rule = added["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    ec2.modify_security_group_rules(GroupId=friends, SecurityGroupRules=[{"SecurityGroupRuleId": rule, "SecurityGroupRule": {
        "IpProtocol": "tcp", "FromPort": 80, "ToPort": 81, "CidrIpv4": "10.0.0.0/9", "Description": "nearer"}}])
    changed, = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule])["SecurityGroupRules"]
    assert (changed["CidrIpv4"], changed["ToPort"], changed["Description"], changed["IsEgress"]) == ("10.0.0.0/9", 81, "nearer", False)
    gone = ec2.revoke_security_group_ingress(GroupId=friends, SecurityGroupRuleIds=[rule])
    assert [each["SecurityGroupRuleId"] for each in gone["RevokedSecurityGroupRules"]] == [rule]
    refused(ec2.revoke_security_group_ingress, "InvalidSecurityGroupRuleId.NotFound", GroupId=friends, SecurityGroupRuleIds=[rule])
    refused(ec2.revoke_security_group_ingress, "InvalidPermission.NotFound", GroupId=friends, IpPermissions=tcp(80, "10.0.0.0/9"))
    ec2.delete_security_group(GroupId=other)
    ec2.delete_security_group(GroupName="friends")
    refused(ec2.describe_security_groups, "InvalidGroup.NotFound", GroupIds=[friends])


def test_the_rules_hold(cloud, ec2, elsewhere):
    friends = ec2.create_security_group(GroupName="friends", Description="x")["GroupId"]
    cloud.version("shop", "v1", beanstalk.application("v1", {"web/reach": REACH}))
    cloud.outcome(cloud.create("shop", "env1", "v1", beanstalk.balanced(1), {BALANCER: {"SecurityGroups": friends}}))
    cloud.ready("env1")
    cname, port = cloud.environment("env1")["CNAME"], own_port(cloud, "env1")
    # Nobody is let in: the kernel drops what comes to the environment's own port, the balancer refuses on the shared one.
    assert elsewhere.ask(2, port) == "TimeoutError"
    assert cloud.get(cname)[0] == 403
    ec2.authorize_security_group_ingress(GroupId=friends, IpPermissions=tcp(80, f"{elsewhere.net}.2/32"))
    assert (elsewhere.ask(2, port), elsewhere.ask(3, port)) == ("200", "TimeoutError")
    # A rule for another port lets nobody come to this one.
    ec2.authorize_security_group_ingress(GroupId=friends, IpPermissions=tcp(443, f"{elsewhere.net}.3/32"))
    assert elsewhere.ask(3, port) == "TimeoutError"
    ec2.authorize_security_group_ingress(GroupId=friends, IpPermissions=tcp(80, "127.0.0.1/32"))
    assert cloud.get(cname)[0] == 200
    refused(ec2.delete_security_group, "DependencyViolation", "env1", GroupId=friends)
    # They hold while no daemon is there, and with the next one.
    cloud.kill()
    assert f"dport {port} " in rules()
    cloud.start()
    cloud.ready("env1")
    assert (elsewhere.ask(2, port), elsewhere.ask(3, port)) == ("200", "TimeoutError")
    assert cloud.get(cname)[0] == 200
    # What is revoked holds at once.
    ec2.revoke_security_group_ingress(GroupId=friends, IpPermissions=tcp(80, f"{elsewhere.net}.2/32"))
    assert elsewhere.ask(2, port) == "TimeoutError"

    # What instances begin goes where their groups let it.
    with socket.create_server(("", 0)) as server:
        threading.Thread(target=answers, args=(server,), daemon=True).start()
        place = f"{elsewhere.net}.1/{server.getsockname()[1]}"
        reach = lambda: cloud.at("env1", f"/cgi-bin/reach?{place}").strip()
        assert reach() == "yes"
        own, = ec2.describe_security_groups(Filters=[
            {"Name": "tag:elasticbeanstalk:environment-name", "Values": ["env1"]}, {"Name": "group-name", "Values": ["*AWSEBSecurityGroup"]}])["SecurityGroups"]
        everything = own["IpPermissionsEgress"]
        ec2.revoke_security_group_egress(GroupId=own["GroupId"], IpPermissions=everything)
        assert reach() == "no"
        ec2.authorize_security_group_egress(GroupId=own["GroupId"], IpPermissions=tcp(server.getsockname()[1], f"{elsewhere.net}.0/24"))
        assert reach() == "yes"
    cloud.eb.terminate_environment(EnvironmentName="env1")
    cloud.gone("env1")
    assert f"dport {port} " not in rules()
    ec2.delete_security_group(GroupId=friends)


def answers(server):
    """Says yes to everybody until the socket is closed."""
    with contextlib.suppress(OSError):
        while True:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"yes\n")


def test_by_default_everybody_is_let_in(cloud, ec2, elsewhere):
    cloud.version("shop", "v1", beanstalk.application("v1"))
    cloud.outcome(cloud.create("shop", "env2", "v1", beanstalk.SINGLE))
    cloud.ready("env2")
    port = own_port(cloud, "env2")
    assert (elsewhere.ask(2, port), elsewhere.ask(3, port)) == ("200", "200")
    assert f"dport {port} " not in rules()
    # The instance's own group can be changed, too.
    own, = ec2.describe_security_groups(Filters=[{"Name": "tag:elasticbeanstalk:environment-name", "Values": ["env2"]}])["SecurityGroups"]
    ec2.revoke_security_group_ingress(GroupId=own["GroupId"], IpPermissions=own["IpPermissions"])
    assert elsewhere.ask(2, port) == "TimeoutError"
    ec2.authorize_security_group_ingress(GroupId=own["GroupId"], IpPermissions=tcp(80, f"{elsewhere.net}.3/32"))
    assert (elsewhere.ask(2, port), elsewhere.ask(3, port)) == ("TimeoutError", "200")


def test_a_group_lets_in_who_has_another_one(cloud, ec2):
    """The instances of one environment are asked by those of another that has the right group, wherever these are."""
    callers = ec2.create_security_group(GroupName="callers", Description="x")["GroupId"]
    inner = ec2.create_security_group(GroupName="inner", Description="x")["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=inner, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": callers}]}])
    for label in ("v1", "v2"):
        cloud.version("shop", label, beanstalk.application(label, {"web/fetch": FETCH}))
    alone = lambda group: {INSTANCES: {"SecurityGroups": group, "DisableDefaultEC2SecurityGroup": "true"}}
    cloud.create("shop", "inner", "v1", beanstalk.SINGLE, alone(inner))
    cloud.create("shop", "caller", "v1", beanstalk.balanced(2, "Immutable"), {INSTANCES: {"SecurityGroups": callers}})
    cloud.create("shop", "other", "v1", beanstalk.SINGLE)
    for name in ("inner", "caller", "other"):
        cloud.ready(name, health="Green")
    port = own_port(cloud, "inner")

    def asked(name):
        """What the instances of an environment get there."""
        found = {}
        for _ in range(4):
            status, text = cloud.get(cloud.environment(name)["CNAME"], f"/cgi-bin/fetch?{cloud.gateway}/{port}")
            assert status == 200, text
            first = text.split()[0]
            found[first] = found.get(first, 0) + 1
        return found
    assert asked("caller") == {"v1": 4} and asked("other") == {"no": 4}
    # The host itself has no group.
    assert subprocess.run([sys.executable, "-c", ASK, "127.0.0.1", "127.0.0.1", str(port)], capture_output=True, text=True).stdout.strip() == "TimeoutError"
    # Other instances have other addresses, and the group.
    before = set(addresses(cloud, "caller"))
    assert cloud.outcome(cloud.deploy("caller", "v2"))[-1][1] == "Environment update completed successfully."
    lib.wait_for(lambda: len(cloud.containers("caller")) == 2, "the old ones are gone")
    now = set(addresses(cloud, "caller"))
    assert asked("caller") == {"v1": 4} and now != before
    for address in before - now:
        assert address not in guarded(port), guarded(port)
    # An environment that gets the group is let in, and one that loses it is not.
    cloud.outcome(cloud.eb.update_environment(EnvironmentName="other", OptionSettings=beanstalk.options(
        {INSTANCES: {"SecurityGroups": callers}}))["ResponseMetadata"]["RequestId"])
    assert asked("other") == {"v1": 4}
    ec2.revoke_security_group_ingress(GroupId=inner, IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": callers}]}])
    assert asked("caller") == asked("other") == {"no": 4}
    for name in ("inner", "caller", "other"):
        cloud.eb.terminate_environment(EnvironmentName=name)
    for name in ("inner", "caller", "other"):
        cloud.gone(name)
    ec2.delete_security_group(GroupId=inner)
    ec2.delete_security_group(GroupId=callers)


def addresses(cloud, name):
    """The addresses of an environment's containers."""
    return [network["IPAddress"] for each in cloud.containers(name) for network in each["NetworkSettings"]["Networks"].values()]


def guarded(port):
    """The lines of the kernel's rules that speak of a port."""
    return "\n".join(line for line in rules().splitlines() if f"dport {port} " in line)
