"""Certificates by the unmodified clients, and environments that show them; what ELBv2 tells; access logs."""

import datetime
import gzip
import http.client
import json
import re
import shutil
import subprocess
import time

import botocore.exceptions
import pytest

import beanstalk
import lib
from beanstalk import refused
from test_edge import ADMIN, LISTENER, application, ask, host_of, ports, shown, trusting

ACCOUNT = "123456789012"
WWW = "www.example.com"


@pytest.fixture
def acm(cloud):
    """Certificates; none stays."""
    acm = cloud.client("acm")
    yield acm
    cloud.clean()
    for each in acm.list_certificates()["CertificateSummaryList"]:
        acm.delete_certificate(CertificateArn=each["CertificateArn"])


def requested(acm, name, *others, **members):
    names = {"SubjectAlternativeNames": list(others)} if others else {}
    return acm.request_certificate(DomainName=name, **names, **members)["CertificateArn"]


def made(folder, name, days=30):
    """A certificate that signs itself, and its key, of 2048 bits of RSA: by openssl, as people make them."""
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("openssl is not on this host")
    subprocess.run([openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", str(days), "-subj", f"/O=Shop/CN={name}",
                    "-addext", f"subjectAltName=DNS:{name}", "-keyout", "key.pem", "-out", "cert.pem"],
                   cwd=folder, check=True, capture_output=True)
    return (folder / "cert.pem").read_bytes(), (folder / "key.pem").read_bytes()


def test_certificates_are_made_at_once(cloud, acm):
    arn = requested(acm, WWW, "*.example.com", ValidationMethod="DNS", IdempotencyToken="t1", Tags=[{"Key": "a", "Value": "1"}])
    assert re.fullmatch(rf"arn:aws:acm:{beanstalk.REGION}:{ACCOUNT}:certificate/[0-9a-f-]{{36}}", arn)
    assert requested(acm, WWW, "*.example.com", IdempotencyToken="t1") == arn
    acm.get_waiter("certificate_validated").wait(CertificateArn=arn, WaiterConfig={"Delay": 1, "MaxAttempts": 1})
    told = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert (told["Status"], told["Type"], told["DomainName"]) == ("ISSUED", "AMAZON_ISSUED", WWW)
    assert told["SubjectAlternativeNames"] == [WWW, "*.example.com"] and told["InUseBy"] == []
    assert told["RenewalEligibility"] == "ELIGIBLE" and told["KeyAlgorithm"] == "EC-prime256v1"
    assert [each["ValidationStatus"] for each in told["DomainValidationOptions"]] == ["SUCCESS", "SUCCESS"]
    assert told["NotAfter"] - told["NotBefore"] > datetime.timedelta(days=300)
    pem = acm.get_certificate(CertificateArn=arn)
    assert pem["Certificate"].startswith("-----BEGIN CERTIFICATE-----") and pem["CertificateChain"] != pem["Certificate"]
    assert "PRIVATE" not in json.dumps(pem)
    refused(acm.export_certificate, "ValidationException", "its private key stays here", CertificateArn=arn, Passphrase=b"1234")
    acm.add_tags_to_certificate(CertificateArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    acm.remove_tags_from_certificate(CertificateArn=arn, Tags=[{"Key": "a"}, {"Key": "b", "Value": "other"}])
    assert acm.list_tags_for_certificate(CertificateArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    # The command line, too, and pages.
    other = cloud.aws("acm", "request-certificate", "--domain-name", "b.test")["CertificateArn"]
    listed = cloud.aws("acm", "list-certificates", "--max-items", "1", "--page-size", "1")
    assert [each["CertificateArn"] for each in listed["CertificateSummaryList"]] == [arn] and listed["NextToken"]
    assert acm.list_certificates(CertificateStatuses=["EXPIRED"])["CertificateSummaryList"] == []
    assert len(acm.list_certificates(Includes={"keyTypes": ["EC_prime256v1"]})["CertificateSummaryList"]) == 2
    assert cloud.client("acm", region="eu-west-1").list_certificates()["CertificateSummaryList"] == []
    acm.delete_certificate(CertificateArn=other)
    for call in (acm.describe_certificate, acm.get_certificate, acm.delete_certificate):
        refused(call, "ResourceNotFoundException", other, CertificateArn=other)
    refused(acm.describe_certificate, "InvalidArnException", CertificateArn=f"arn:aws:acm:us-east-1:{ACCOUNT}:other/x")
    refused(acm.request_certificate, "ValidationException", "RSA_2048", DomainName="c.test", KeyAlgorithm="RSA_2048")
    refused(acm.request_certificate, "ValidationException", DomainName="nodots")
    refused(acm.add_tags_to_certificate, "InvalidTagException", "aws:", CertificateArn=arn, Tags=[{"Key": "aws:x", "Value": "1"}])
    # Policies are asked.
    iam = cloud.client("iam")
    iam.create_user(UserName="lister")
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["acm:ListCertificates", "acm:RequestCertificate"], "Resource": "*"},
        {"Effect": "Allow", "Action": "acm:GetCertificate", "Resource": arn}]}
    iam.put_user_policy(UserName="lister", PolicyName="p", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="lister")["AccessKey"]
    lister = cloud.client("acm", (key["AccessKeyId"], key["SecretAccessKey"]))
    mine = requested(lister, "d.test")
    assert len(lister.list_certificates()["CertificateSummaryList"]) == 2
    lister.get_certificate(CertificateArn=arn)
    for call, members in ((lister.get_certificate, {"CertificateArn": mine}), (lister.describe_certificate, {"CertificateArn": arn}),
                          (lister.import_certificate, {"Certificate": b"x", "PrivateKey": b"x"})):
        with pytest.raises(botocore.exceptions.ClientError, match="AccessDeniedException"):
            call(**members)
    iam.delete_access_key(UserName="lister", AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName="lister", PolicyName="p")
    iam.delete_user(UserName="lister")


def test_an_environment_shows_its_certificate(cloud, acm, tmp_path):
    """An imported one, then another in its place, then one that is made here; and what ELBv2 tells of all that."""
    certificate, key = made(tmp_path, WWW)
    other_certificate, other_key = made(tmp_path, WWW)
    refused(acm.import_certificate, "ValidationException", "not the key", Certificate=certificate, PrivateKey=other_key)
    refused(acm.import_certificate, "ValidationException", "PEM", Certificate=b"nonsense", PrivateKey=key)
    arn = acm.import_certificate(Certificate=certificate, PrivateKey=key)["CertificateArn"]
    told = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert (told["Type"], told["KeyAlgorithm"], told["Issuer"]) == ("IMPORTED", "RSA-2048", "Shop")
    assert told["SignatureAlgorithm"] == "SHA256WITHRSA" and told["RenewalEligibility"] == "INELIGIBLE"
    cloud.version("shop", "v1", application("v1"))
    secure = {LISTENER + "443": {"Protocol": "HTTPS", "SSLCertificateArns": arn, "Rules": "paths,hosts"}}
    cloud.create("shop", "edge", "v1", beanstalk.balanced(1), ADMIN, secure, {"dabba:environment": {"HTTPSRedirect": "true"}})
    cloud.ready("edge", health="Green")
    _, (_, own_tls), _ = ports(cloud, "edge")

    def serial(port, name=WWW):
        import ssl
        context = ssl.create_default_context(cadata=certificate.decode() + other_certificate.decode())
        return shown(cloud, port, name, context=context)[0]["serialNumber"].lower()

    def told_serial():
        return acm.describe_certificate(CertificateArn=arn)["Certificate"]["Serial"].replace(":", "").lower()

    # At its own port, whatever is asked for, and at the shared one where it is for the name.
    first = serial(own_tls)
    assert first.lstrip("0") == told_serial().lstrip("0") and serial(cloud.tls) == first
    assert shown(cloud, cloud.tls, host_of(cloud, "edge"))[0]["subjectAltName"] == (("DNS", host_of(cloud, "edge")),)
    balancers(cloud, arn)
    [user] = acm.describe_certificate(CertificateArn=arn)["Certificate"]["InUseBy"]
    refused(acm.delete_certificate, "ResourceInUseException", user, CertificateArn=arn)
    # A new one in its place is shown at once.
    assert acm.import_certificate(CertificateArn=arn, Certificate=other_certificate, PrivateKey=other_key)["CertificateArn"] == arn
    lib.wait_for(lambda: serial(own_tls) != first, "the new certificate is shown")
    # One that is not there leaves all as it is, and the event says why.
    missing = arn[:-4] + "0000"
    answer = cloud.eb.update_environment(EnvironmentName="edge", OptionSettings=beanstalk.options(
        {LISTENER + "443": {"SSLCertificateArns": missing}}))
    events = cloud.outcome(answer["ResponseMetadata"]["RequestId"])
    assert any(f"Could not find certificate {missing}" in text for _, text in events), events
    assert serial(own_tls) != first
    here = requested(acm, "*.example.com")
    cloud.eb.update_environment(EnvironmentName="edge", OptionSettings=beanstalk.options(
        {LISTENER + "443": {"SSLCertificateArns": here}}))
    cloud.ready("edge")
    assert shown(cloud, own_tls, "any.example.com")[0]["subjectAltName"] == (("DNS", "*.example.com"),)
    assert ask(own_tls, "any.example.com", context=trusting(cloud))[1].startswith("v1 ")
    # Keys are kept where nobody else reads, and no answer and no log has one.
    secret = cloud.root / "data" / "aws" / "authority-key.pem"
    assert secret.stat().st_mode & 0o777 == 0o600 and "PRIVATE" in secret.read_text()
    assert (cloud.root / "data" / "dabba.redb").stat().st_mode & 0o77 == 0
    assert "PRIVATE" not in cloud.log()


def balancers(cloud, arn):
    """What ELBv2 tells of the listeners, rules, certificates and target groups of the one environment."""
    elb = cloud.client("elbv2")
    [balancer] = elb.describe_load_balancers()["LoadBalancers"]
    listeners = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    by_port = {each["Port"]: each for each in listeners}
    assert {port: each["Protocol"] for port, each in by_port.items()} == {80: "HTTP", 443: "HTTPS", 8080: "HTTP"}
    assert by_port[443]["Certificates"] == [{"CertificateArn": arn}] and by_port[443]["SslPolicy"]
    redirect = by_port[80]["DefaultActions"][0]
    assert (redirect["Type"], redirect["RedirectConfig"]["Port"]) == ("redirect", "443")
    groups = {each["Port"]: each for each in elb.describe_target_groups()["TargetGroups"]}
    assert set(groups) == {80, 8080} and groups[8080]["HealthCheckPath"] == "/admin/hello"
    admin = groups[8080]["TargetGroupArn"]
    [all_there_is] = elb.describe_rules(ListenerArn=by_port[80]["ListenerArn"])["Rules"]
    assert all_there_is["IsDefault"] and all_there_is["Actions"][0]["Type"] == "redirect"
    paths, hosts, default = elb.describe_rules(ListenerArn=by_port[443]["ListenerArn"])["Rules"]
    assert [each["Priority"] for each in (paths, hosts, default)] == ["1", "2", "default"]
    assert paths["Conditions"][0]["PathPatternConfig"]["Values"] == ["/admin/*"]
    assert hosts["Conditions"][0]["Values"] == ["admin.*"] and hosts["Actions"][0]["TargetGroupArn"] == admin
    assert default["IsDefault"] and default["Actions"][0]["TargetGroupArn"] == groups[80]["TargetGroupArn"]
    assert elb.describe_rules(RuleArns=[hosts["RuleArn"]])["Rules"] == [hosts]
    refused(elb.describe_rules, "RuleNotFound", RuleArns=[hosts["RuleArn"] + "0"])
    [certificate] = elb.describe_listener_certificates(ListenerArn=by_port[443]["ListenerArn"])["Certificates"]
    assert certificate == {"CertificateArn": arn, "IsDefault": True}
    for each in groups.values():
        [health] = elb.describe_target_health(TargetGroupArn=each["TargetGroupArn"])["TargetHealthDescriptions"]
        assert health["TargetHealth"]["State"] == "healthy" and health["Target"]["Port"] == each["Port"]
    told = elb.describe_tags(ResourceArns=[balancer["LoadBalancerArn"], admin, hosts["RuleArn"]])["TagDescriptions"]
    assert all({"Key": "elasticbeanstalk:environment-name", "Value": "edge"} in each["Tags"] for each in told)
    attributes = {each["Key"]: each["Value"] for each in elb.describe_target_group_attributes(TargetGroupArn=admin)["Attributes"]}
    assert attributes["deregistration_delay.timeout_seconds"] == "20" and attributes["stickiness.enabled"] == "false"
    attributes = elb.describe_load_balancer_attributes(LoadBalancerArn=balancer["LoadBalancerArn"])["Attributes"]
    assert {"Key": "access_logs.s3.enabled", "Value": "false"} in attributes


def test_access_logs_go_to_the_bucket(cloud):
    balancer = "aws:elbv2:loadbalancer"
    cloud.version("shop", "v1", beanstalk.application("v1"))
    logged = {balancer: {"AccessLogsS3Enabled": "true", "AccessLogsS3Bucket": "the-logs", "AccessLogsS3Prefix": "shop"}}
    events = cloud.outcome(cloud.create("shop", "early", "v1", beanstalk.balanced(1), logged))
    assert any("Setting up the access log failed: the bucket the-logs" in text for _, text in events), events
    cloud.s3.create_bucket(Bucket="the-logs")
    cloud.create("shop", "logged", "v1", beanstalk.balanced(1), logged, {"dabba:environment": {"TLS": "true"}})
    found = cloud.ready("logged", health="Green")
    test = cloud.s3.get_object(Bucket="the-logs", Key=f"shop/AWSLogs/{ACCOUNT}/ELBAccessLogTestFile")
    assert found["EnvironmentId"].removeprefix("e-") in test["Body"].read().decode()
    host = host_of(cloud, "logged")
    cloud.at("logged", "/?x=1", headers={"User-Agent": 'a "b"'})
    assert ask(cloud.tls, host, "/missing", trusting(cloud))[0].status == 404
    elb = cloud.client("elbv2")
    group = elb.describe_target_groups(LoadBalancerArn=elb.describe_load_balancers(
        Names=[found["Resources"]["LoadBalancer"]["LoadBalancerName"]])["LoadBalancers"][0]["LoadBalancerArn"])["TargetGroups"][0]
    cloud.eb.terminate_environment(EnvironmentName="logged")
    cloud.gone("logged")
    listed = cloud.s3.list_objects_v2(Bucket="the-logs", Prefix=f"shop/AWSLogs/{ACCOUNT}/elasticloadbalancing/")["Contents"]
    [key] = [each["Key"] for each in listed]
    path = group["LoadBalancerArns"][0].split("loadbalancer/")[1]
    assert re.fullmatch(rf"shop/AWSLogs/{ACCOUNT}/elasticloadbalancing/us-east-1/\d{{4}}/\d\d/\d\d/{ACCOUNT}_elasticloadbalancing_"
                        rf"us-east-1_{path.replace('/', '.')}_\d{{8}}T\d{{4}}Z_127\.0\.0\.1_[0-9a-f]{{8}}\.log\.gz", key), key
    lines = gzip.decompress(cloud.s3.get_object(Bucket="the-logs", Key=key)["Body"].read()).decode().splitlines()
    assert len(lines) == 2, lines
    plain, secure = (re.findall(r'"[^"]*"|\S+', line) for line in lines)
    assert (plain[0], plain[2], plain[8], plain[9]) == ("http", path, "200", "200")
    assert plain[12] == f'"GET http://{host}:{cloud.web}/?x=1 HTTP/1.1"' and plain[13] == r'"a \x22b\x22"'
    assert plain[14:17] == ["-", "-", group["TargetGroupArn"]]
    assert (secure[0], secure[8], secure[18]) == ("https", "404", f'"{host}"') and secure[15].startswith("TLSv1.")


def logged_environment(cloud):
    """An environment whose access log is kept in the bucket the-logs."""
    cloud.version("shop", "v1", beanstalk.application("v1"))
    cloud.s3.create_bucket(Bucket="the-logs")
    logged = {"aws:elbv2:loadbalancer": {"AccessLogsS3Enabled": "true", "AccessLogsS3Bucket": "the-logs"}}
    cloud.create("shop", "logged", "v1", beanstalk.balanced(1), logged)
    cloud.ready("logged", health="Green")


def logged_lines(cloud):
    """What a daemon that was started again puts into the bucket: the one file of its predecessor."""
    def put():
        listed = cloud.s3.list_objects_v2(Bucket="the-logs", Prefix=f"AWSLogs/{ACCOUNT}/elasticloadbalancing/")
        return [each["Key"] for each in listed.get("Contents", [])]
    [key] = lib.wait_for(put, "the next daemon has put them into the bucket", 20)
    lines = gzip.decompress(cloud.s3.get_object(Bucket="the-logs", Key=key)["Body"].read()).decode().splitlines()
    spool = cloud.root / "data" / "aws" / "access-logs"
    lib.wait_for(lambda: not list(spool.iterdir()), "nothing is left on the disk", 5)
    return lines


def test_an_access_log_outlives_a_daemon_that_is_killed(cloud):
    logged_environment(cloud)
    for number in range(3):
        cloud.at("logged", f"/?number={number}")
    spool = cloud.root / "data" / "aws" / "access-logs"

    def kept():
        return "".join(each.read_text() for each in spool.iterdir()) if spool.exists() else ""
    lib.wait_for(lambda: "number=2" in kept(), "the lines are on the disk", 5)
    cloud.kill()
    cloud.start()
    lines = logged_lines(cloud)
    asked = [re.search(r"number=(\d)", line)[1] for line in lines if "number=" in line]
    assert asked == ["0", "1", "2"], lines


def test_a_daemon_that_ends_answers_what_was_asked_before(cloud):
    """And says that its connections end, takes no others, and has its access log whole."""
    logged_environment(cloud)
    host = cloud.environment("logged")["CNAME"]

    def connection():
        return http.client.HTTPConnection("127.0.0.1", cloud.web, timeout=10)
    idle, busy, hangs = connection(), connection(), connection()
    idle.request("GET", "/?first", headers={"Host": host})
    assert idle.getresponse().read()
    busy.request("GET", "/cgi-bin/slow?s=1", headers={"Host": host})
    hangs.request("GET", "/cgi-bin/slow?s=30", headers={"Host": host})
    time.sleep(0.5)
    began = time.monotonic()
    cloud.process.terminate()
    lib.wait_for(lambda: "going down" in cloud.log(), "it ends", 5)
    # One that waits for its next request ends at once, and there are no new ones.
    assert idle.sock.recv(1) == b""
    with pytest.raises(OSError):
        connection().request("GET", "/", headers={"Host": host})
    answer = busy.getresponse()
    assert (answer.status, answer.read(), answer.headers["Connection"]) == (200, b"slept\n", "close")
    # Whoever takes too long is not waited for.
    with pytest.raises((OSError, http.client.HTTPException)):
        hangs.getresponse()
    assert cloud.process.wait(20) == 0
    assert time.monotonic() - began < 10
    cloud.start()
    lines = logged_lines(cloud)
    assert [re.search(r"\?(\S+) HTTP", line)[1] for line in lines if "?" in line][:2] == ["first", "s=1"], lines
