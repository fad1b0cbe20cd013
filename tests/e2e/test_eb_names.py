"""The names by which environments are found: by DNS, in a file of hosts, and by hosted zones of Route 53."""

import json
import os
import socket
import struct
import subprocess

import pytest

import beanstalk
import census
import lib

SUFFIX = f"{beanstalk.REGION}.elasticbeanstalk.localhost"
KINDS = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "TXT": 16, "AAAA": 28}
OK, NO_SUCH_NAME, REFUSED = 0, 3, 5


@pytest.fixture(scope="module")
def module_cloud():
    """A daemon with a name server."""
    cloud = beanstalk.Cloud()
    cloud.dns = lib.free_port()
    cloud.extra += ["--eb-dns", f"127.0.0.1:{cloud.dns}"]
    with census.spotless(cloud):
        yield cloud


@pytest.fixture(scope="module")
def shop(module_cloud):
    module_cloud.version("shop", "v1", beanstalk.application("v1"))
    module_cloud.outcome(module_cloud.create("shop", "env1", "v1", beanstalk.SINGLE, CNAMEPrefix="env1n"))
    yield module_cloud
    module_cloud.clean()


@pytest.fixture
def zone(shop):
    """A hosted zone; whatever is put into it goes."""
    route53 = shop.client("route53")
    made = route53.create_hosted_zone(Name="shop.test", CallerReference="one", HostedZoneConfig={"Comment": "a shop"})
    route53.zone = made["HostedZone"]["Id"]
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201 and made["ChangeInfo"]["Status"] == "INSYNC"
    yield route53
    sets = route53.list_resource_record_sets(HostedZoneId=route53.zone)["ResourceRecordSets"]
    own = [each for each in sets if each["Type"] not in ("NS", "SOA")]
    if own:
        change(route53, *[("DELETE", each) for each in own])
    route53.delete_hosted_zone(Id=route53.zone)


def change(route53, *changes):
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": each} for action, each in changes]}
    return route53.change_resource_record_sets(HostedZoneId=route53.zone, ChangeBatch=batch)["ChangeInfo"]


def records(name, kind, *values, ttl=60):
    return {"Name": name, "Type": kind, "TTL": ttl, "ResourceRecords": [{"Value": value} for value in values]}


def alias(name, target, kind="A"):
    return {"Name": name, "Type": kind, "AliasTarget": {
        "HostedZoneId": "Z117KPS5GTRQ2G", "DNSName": target, "EvaluateTargetHealth": False}}


def name_at(message, at):
    """A name in a message, and where it ends."""
    labels, end = [], None
    while message[at]:
        if message[at] >= 0xc0:
            end = end or at + 2
            at = struct.unpack_from(">H", message, at)[0] & 0x3fff
            continue
        labels.append(message[at + 1:at + 1 + message[at]].decode())
        at += 1 + message[at]
    return ".".join(labels), end or at + 1


def ask(cloud, name, kind="A", tcp=False):
    """Asks the name server: the code, and what it answers as (name, kind, text)."""
    query = struct.pack(">6H", 0x1234, 0x0100, 1, 0, 0, 0)
    query += b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + struct.pack(">BHH", 0, KINDS[kind], 1)
    if tcp:
        with socket.create_connection(("127.0.0.1", cloud.dns), 10) as stream:
            stream.sendall(struct.pack(">H", len(query)) + query)
            with stream.makefile("rb") as reader:
                message = reader.read(struct.unpack(">H", reader.read(2))[0])
    else:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.settimeout(10)
            sender.sendto(query, ("127.0.0.1", cloud.dns))
            message = sender.recv(4096)
            assert len(message) <= 512
    number, flags, questions, answers, authority, _ = struct.unpack_from(">6H", message)
    assert (number, questions) == (0x1234, 1) and flags & 0x8000
    if flags & 0x0200:
        return ask(cloud, name, kind, tcp=True)
    code, at, found = flags & 15, name_at(message, 12)[1] + 4, []
    # The last word of this server's own zones, and no word on others.
    assert bool(flags & 0x0400) == (code != REFUSED)
    for _ in range(answers):
        owner, at = name_at(message, at)
        number, _, _, length = struct.unpack_from(">HHIH", message, at)
        at += 10
        data, start, at = message[at:at + length], at, at + length
        kind = next(word for word, each in KINDS.items() if each == number)
        if kind in ("A", "AAAA"):
            text = socket.inet_ntop(socket.AF_INET if kind == "A" else socket.AF_INET6, data)
        elif kind == "TXT":
            text = data[1:].decode()
        else:
            text = name_at(message, start)[0]
        found.append((owner, kind, text))
    # What is not there is told with the head of its zone.
    assert authority == (1 if code != REFUSED and not answers else 0)
    return code, found


def test_environments_are_found_by_dns(shop):
    host = f"env1n.{SUFFIX}"
    assert ask(shop, host) == (OK, [(host, "A", "127.0.0.1")])
    assert ask(shop, host, tcp=True) == (OK, [(host, "A", "127.0.0.1")])
    assert ask(shop, host, "AAAA") == (OK, [])
    assert ask(shop, SUFFIX) == (OK, [])
    assert ask(shop, "elasticbeanstalk.localhost")[1][0][2] == "127.0.0.1"
    assert ask(shop, "elasticbeanstalk.localhost", "SOA")[1][0][2] == "ns.elasticbeanstalk.localhost"
    assert ask(shop, f"nobody.{SUFFIX}") == (NO_SUCH_NAME, [])
    assert ask(shop, "debian.org") == (REFUSED, [])
    # What is no question has no answer, and the server goes on.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for garbage in (b"", b"\0" * 11, b"\xff" * 600):
            sender.sendto(garbage, ("127.0.0.1", shop.dns))
    assert ask(shop, host)[0] == OK


def test_names_follow_environments(shop):
    shop.outcome(shop.create("shop", "env2", "v1", beanstalk.SINGLE, CNAMEPrefix="env2n"))
    assert ask(shop, f"env2n.{SUFFIX}")[0] == OK
    shop.eb.terminate_environment(EnvironmentName="env2")
    shop.gone("env2")
    assert ask(shop, f"env2n.{SUFFIX}")[0] == NO_SUCH_NAME


def test_a_file_of_hosts_is_written_and_cleaned(shop, tmp_path):
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1\tlocalhost\n")

    def dabba(*arguments):
        done = subprocess.run([lib.PROGRAM, "eb", "hosts", "--file", hosts, *arguments], env=shop.aws_env,
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout
    line = f"127.0.0.1\tenv1n.{SUFFIX}\n"
    assert dabba() == line and hosts.read_text() == "127.0.0.1\tlocalhost\n"
    for _ in range(2):
        dabba("--write")
        text = hosts.read_text()
        assert text.startswith("127.0.0.1\tlocalhost\n") and text.count(line) == 1 and text.count("dabba eb hosts") == 3
    dabba("--remove")
    assert hosts.read_text() == "127.0.0.1\tlocalhost\n" and os.listdir(tmp_path) == ["hosts"]


def test_a_name_of_a_hosted_zone_leads_to_an_environment(shop, zone):
    assert shop.get("www.shop.test")[0] == 404
    done = change(zone, ("CREATE", alias("www.shop.test", f"env1n.{SUFFIX}")),
                  ("CREATE", records("old.shop.test.", "CNAME", f"env1n.{SUFFIX}")))
    assert zone.get_change(Id=done["Id"])["ChangeInfo"]["Status"] == "INSYNC"
    assert ask(shop, "www.shop.test") == (OK, [("www.shop.test", "A", "127.0.0.1")])
    assert [each[1:] for each in ask(shop, "old.shop.test")[1]] == [("CNAME", f"env1n.{SUFFIX}"), ("A", "127.0.0.1")]
    # The balancer takes both for names of the environment.
    for host in ("www.shop.test", "old.shop.test"):
        lib.wait_for(lambda: shop.get(host)[1].startswith("v1"), f"{host} leads to the environment", 10)
    change(zone, ("DELETE", alias("www.shop.test", f"env1n.{SUFFIX}")))
    lib.wait_for(lambda: shop.get("www.shop.test")[0] == 404, "the name leads nowhere", 10)
    assert ask(shop, "www.shop.test") == (NO_SUCH_NAME, [])


def test_a_wildcard_of_a_hosted_zone_leads_to_an_environment(shop, zone):
    change(zone, ("CREATE", alias("*.wild.shop.test", f"env1n.{SUFFIX}")), ("CREATE", records("tame.wild.shop.test.", "TXT", '"x"')))
    for host in ("a.wild.shop.test", "B.c.wild.shop.test"):
        lib.wait_for(lambda: shop.get(host)[1].startswith("v1"), f"{host} leads to the environment", 10)
        assert ask(shop, host.lower()) == (OK, [(host.lower(), "A", "127.0.0.1")])
    assert shop.get("wild.shop.test")[0] == shop.get("xwild.shop.test")[0] == 404
    change(zone, ("DELETE", alias("*.wild.shop.test", f"env1n.{SUFFIX}")))
    lib.wait_for(lambda: shop.get("a.wild.shop.test")[0] == 404, "the names lead nowhere", 10)


def test_records_are_told_as_they_were_given(shop, zone):
    given = [records("shop.test.", "A", "10.0.0.1", "10.0.0.2"), records("a.shop.test.", "AAAA", "fd00::1", ttl=5),
             records("\\052.shop.test.", "TXT", '"v=1 x"', '"y"'), alias("b.shop.test.", "shop.test.")]
    change(zone, *[("UPSERT", each) for each in given])
    sets = zone.list_resource_record_sets(HostedZoneId=zone.zone)["ResourceRecordSets"]
    assert [(each["Name"], each["Type"]) for each in sets] == [
        ("shop.test.", "A"), ("shop.test.", "NS"), ("shop.test.", "SOA"), ("\\052.shop.test.", "TXT"),
        ("a.shop.test.", "AAAA"), ("b.shop.test.", "A")]
    assert all(each in sets for each in given)
    pages = zone.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone.zone, PaginationConfig={"PageSize": 1})
    assert [each for page in pages for each in page["ResourceRecordSets"]] == sets
    assert {each[2] for each in ask(shop, "b.shop.test")[1]} == {"10.0.0.1", "10.0.0.2"}
    assert ask(shop, "any.thing.shop.test", "TXT")[1][0][2] == "v=1 x"
    # What does not fit into a datagram is asked for once more over TCP.
    change(zone, ("CREATE", records("many.shop.test", "A", *[f"10.1.{at // 200}.{at % 200}" for at in range(300)])))
    assert len(ask(shop, "many.shop.test")[1]) == 300
    found = zone.get_hosted_zone(Id=zone.zone)
    assert found["HostedZone"]["Config"] == {"Comment": "a shop", "PrivateZone": False}
    assert found["HostedZone"]["ResourceRecordSetCount"] == 7
    assert [each["Id"] for each in zone.list_hosted_zones()["HostedZones"]] == [zone.zone]
    assert zone.list_hosted_zones_by_name(DNSName="shop.test")["HostedZones"][0]["Name"] == "shop.test."
    assert zone.list_hosted_zones_by_name(DNSName="z.test")["HostedZones"] == []
    assert shop.aws("route53", "get-hosted-zone-count")["HostedZoneCount"] == 1


def test_what_cannot_be_is_refused_as_amazon_refuses_it(shop, zone):
    beanstalk.refused(zone.create_hosted_zone, "HostedZoneAlreadyExists", status=409, Name="x.test", CallerReference="one")
    beanstalk.refused(zone.create_hosted_zone, "InvalidDomainName", Name="a b", CallerReference="two")
    beanstalk.refused(zone.get_hosted_zone, "NoSuchHostedZone", status=404, Id="Z0000000000")
    beanstalk.refused(zone.get_change, "NoSuchChange", status=404, Id="C0000000000")

    def batch(*changes):
        return {"HostedZoneId": zone.zone, "ChangeBatch": {
            "Changes": [{"Action": action, "ResourceRecordSet": each} for action, each in changes]}}
    for each, text in [(("DELETE", records("no.shop.test", "A", "10.0.0.1")), "but it was not found"),
                       (("CREATE", records("other.test", "A", "10.0.0.1")), "not permitted in zone shop.test."),
                       (("CREATE", records("a.shop.test", "A", "nonsense")), "not a valid IPv4 address")]:
        good = ("CREATE", records("good.shop.test", "A", "10.0.0.1"))
        beanstalk.refused(zone.change_resource_record_sets, "InvalidChangeBatch", text, **batch(good, each))
    assert ask(shop, "good.shop.test")[0] == NO_SUCH_NAME
    weighted = records("w.shop.test", "A", "10.0.0.1") | {"SetIdentifier": "a", "Weight": 1}
    beanstalk.refused(zone.change_resource_record_sets, "InvalidInput", "SetIdentifier", **batch(("CREATE", weighted)))
    change(zone, ("CREATE", records("in.shop.test", "A", "10.0.0.1")))
    beanstalk.refused(zone.delete_hosted_zone, "HostedZoneNotEmpty", Id=zone.zone)


def test_policies_allow_zones_one_by_one(shop, zone):
    iam = shop.client("iam")
    iam.create_user(UserName="reader")
    resource = f"arn:aws:route53:::{zone.zone.strip('/')}"
    document = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "route53:ListResourceRecordSets", "Resource": resource}]}
    iam.put_user_policy(UserName="reader", PolicyName="p", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName="reader")["AccessKey"]
    try:
        reader = shop.client("route53", keys=(key["AccessKeyId"], key["SecretAccessKey"]))
        assert reader.list_resource_record_sets(HostedZoneId=zone.zone)["ResourceRecordSets"]
        beanstalk.refused(reader.list_hosted_zones, "AccessDenied", "route53:ListHostedZones", status=403)
        beanstalk.refused(reader.delete_hosted_zone, "AccessDenied", resource, status=403, Id=zone.zone)
    finally:
        iam.delete_access_key(UserName="reader", AccessKeyId=key["AccessKeyId"])
        iam.delete_user_policy(UserName="reader", PolicyName="p")
        iam.delete_user(UserName="reader")


def test_zones_and_names_outlive_the_daemon(shop, zone):
    change(zone, ("CREATE", records("last.shop.test", "A", "10.0.0.1")))
    shop.kill()
    shop.start()
    lib.wait_for(lambda: shop.get(f"env1n.{SUFFIX}")[0] == 200, "the environment answers", 20)
    assert ask(shop, "last.shop.test")[1] and ask(shop, f"env1n.{SUFFIX}")[1]
