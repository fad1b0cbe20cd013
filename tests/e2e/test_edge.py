"""The edge of an environment: further listeners and processes, rules, TLS, redirects."""

import http.client
import shutil
import socket
import ssl
import subprocess

import pytest

import beanstalk
import lib
from beanstalk import refused

PROCESS = "aws:elasticbeanstalk:environment:process:"
LISTENER = "aws:elbv2:listener:"
RULE = "aws:elbv2:listenerrule:"
OWN = "dabba:environment"

# Beside the application there is another program on port 8080, which answers /admin/hello and nothing else.
RUN = beanstalk.RUN.replace("wait $!", """mkdir -p /other/admin
echo "admin $(cat /app/version)" > /other/admin/hello
test -e /app/quiet || httpd -h /other -p 8080
wait
""")
ADMIN = {PROCESS + "admin": {"Port": 8080, "HealthCheckPath": "/admin/hello", "HealthCheckInterval": 5,
                             "HealthCheckTimeout": 2, "UnhealthyThresholdCount": 2},
         RULE + "paths": {"PathPatterns": "/admin/*", "Process": "admin", "Priority": 1},
         RULE + "hosts": {"HostHeaders": "admin.*", "Process": "admin", "Priority": 2},
         LISTENER + "default": {"Rules": "paths,hosts"},
         LISTENER + "443": {"Protocol": "HTTPS"},
         LISTENER + "8080": {"DefaultProcess": "admin"}}


def application(version, more=None):
    return beanstalk.application(version, {"run.sh": RUN} | (more or {}))


def authority(cloud):
    """What `dabba aws ca` prints."""
    said = subprocess.run([lib.PROGRAM, "aws", "ca", "--exec-root", f"{cloud.root}/exec"], capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    return said.stdout


def trusting(cloud, alpn=()):
    context = ssl.create_default_context(cadata=authority(cloud))
    context.set_alpn_protocols(list(alpn))
    return context


def shown(cloud, port, name, alpn=("h2", "http/1.1"), context=None):
    """The certificate that is shown for a name, and the protocol that was agreed upon; who must be trusted is."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as raw:
        with (context or trusting(cloud, alpn)).wrap_socket(raw, server_hostname=name) as stream:
            return stream.getpeercert(), stream.selected_alpn_protocol()


def ask(port, host, path="/", context=None, **headers):
    """One request at a port: the answer, and its text."""
    class Known(http.client.HTTPSConnection):
        def connect(self):
            raw = socket.create_connection(("127.0.0.1", port), timeout=20)
            self.sock = context.wrap_socket(raw, server_hostname=host)
    connection = Known(host) if context else http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path, headers={"Host": host} | headers)
        answer = connection.getresponse()
        return answer, answer.read().decode(errors="replace")
    finally:
        connection.close()


def ports(cloud, name):
    """The ports of an environment's own, by what they speak, in the order of its listeners."""
    balancer = cloud.environment(name)["Resources"]["LoadBalancer"]
    return [(each["Protocol"], each["Port"]) for each in balancer["Listeners"]]


def host_of(cloud, name):
    return cloud.environment(name)["CNAME"].split(":")[0]


def test_listeners_rules_and_processes(cloud):
    cloud.version("shop", "v1", application("v1"))
    cloud.create("shop", "edge", "v1", beanstalk.balanced(2), ADMIN)
    cloud.ready("edge", health="Green")
    host = host_of(cloud, "edge")
    (http, own), (https, own_tls), (further, own_admin) = ports(cloud, "edge")
    assert (http, https, further) == ("HTTP", "HTTPS", "HTTP")
    assert len({own, own_tls, own_admin}) == 3
    assert cloud.environment("edge")["EndpointURL"] == f"127.0.0.1:{own}"
    told = [text for _, text in cloud.told(EnvironmentName="edge")]
    assert f"Listener 443 answers at 127.0.0.1:{own_tls}." in told
    # By path, by host, and by the listener.
    context = trusting(cloud)
    for port, name, path, text in (
            (cloud.web, host, "/", "v1 "), (own, "any", "/", "v1 "),
            (cloud.web, host, "/admin/hello", "admin v1"), (own, "any", "/admin/hello", "admin v1"),
            (own, "admin.test", "/admin/hello", "admin v1"), (own_admin, "any", "/admin/hello", "admin v1")):
        answer, body = ask(port, name, path)
        assert answer.status == 200 and body.startswith(text), (port, name, path, answer.status, body)
    assert ask(own, "admin.test", "/")[0].status == 404
    assert ask(own_admin, "any", "/")[0].status == 404
    # The listener of HTTPS has no rules.
    for port in (own_tls, cloud.tls):
        answer, body = ask(port, host, "/", context)
        assert answer.status == 200 and body.startswith("v1 ")
        assert ask(port, host, "/admin/hello", context)[0].status == 404
    assert "HTTP_X_FORWARDED_PROTO=https" in ask(own_tls, host, "/cgi-bin/env", context)[1]
    # Names that are not the environment's get no certificate that is for them on the shared port.
    with pytest.raises(ssl.SSLCertVerificationError):
        shown(cloud, cloud.tls, "other.test")
    certificate, protocol = shown(cloud, cloud.tls, host)
    assert certificate["subjectAltName"] == (("DNS", host),) and protocol == "h2"
    assert shown(cloud, own_tls, "127.0.0.1")[0]["subjectAltName"] == (("IP Address", "127.0.0.1"),)
    # A version without the second program does not become healthy, and the one before goes on.
    cloud.version("shop", "v2", application("v2", {"quiet": ""}))
    events = cloud.outcome(cloud.deploy("edge", "v2", {"aws:elasticbeanstalk:command": {"Timeout": 8}}))
    assert any("Process admin: Connection refused" in text for _, text in events), events
    assert cloud.running("edge") == "v1" and cloud.at("edge", "/admin/hello") == "admin v1\n"
    # Listeners go and come, and what stays keeps its port, also when the daemon is started anew.
    cloud.eb.update_environment(EnvironmentName="edge", OptionSettings=beanstalk.options(
        {LISTENER + "8080": {"ListenerEnabled": "false"}, LISTENER + "8081": {"DefaultProcess": "admin"}}))
    cloud.ready("edge")
    before = ports(cloud, "edge")
    assert before[:2] == [("HTTP", own), ("HTTPS", own_tls)] and len(before) == 3
    assert ask(before[2][1], "any", "/admin/hello")[1] == "admin v1\n"
    cloud.kill()
    cloud.start()
    cloud.ready("edge")
    assert ports(cloud, "edge") == before
    lib.wait_for(lambda: answers(before[2][1], "/admin/hello"), "the further listener answers again")
    assert ask(own_tls, host, "/", context)[1].startswith("v1 "), "whom to trust has not changed"


def answers(port, path):
    try:
        return ask(port, "any", path)[0].status == 200
    except OSError:
        return False


def test_tls_on_request_and_the_way_there(cloud):
    cloud.version("shop", "v1", beanstalk.application("v1"))
    refused(cloud.eb.create_environment, "ConfigurationValidationException", "No listener speaks HTTPS",
            ApplicationName="shop", EnvironmentName="safe", VersionLabel="v1", SolutionStackName=beanstalk.STACK,
            OptionSettings=beanstalk.options(beanstalk.SINGLE, {OWN: {"HTTPSRedirect": "true"}}))
    cloud.create("shop", "safe", "v1", beanstalk.SINGLE, {OWN: {"TLS": "true", "HTTPSRedirect": "true"}})
    cloud.ready("safe", health="Green")
    host = host_of(cloud, "safe")
    (_, own), (protocol, own_tls) = ports(cloud, "safe")
    assert protocol == "HTTPS"
    for port, tls in ((cloud.web, cloud.tls), (own, own_tls)):
        answer, _ = ask(port, host, "/a?b=c")
        assert (answer.status, answer.headers["Location"]) == (301, f"https://{host}:{tls}/a?b=c")
        assert ask(tls, host, "/", trusting(cloud))[1].startswith("v1 ")
    curl = shutil.which("curl")
    if curl:
        (cloud.home / "ca.pem").write_text(authority(cloud))
        said = subprocess.run([curl, "-sSL", "--http2", "-w", "%{http_version}", "--cacert", str(cloud.home / "ca.pem"),
                               "--resolve", f"{host}:{cloud.web}:127.0.0.1", "--resolve", f"{host}:{cloud.tls}:127.0.0.1",
                               f"http://{host}:{cloud.web}/"], capture_output=True, text=True, timeout=30)
        assert said.returncode == 0 and said.stdout.startswith("v1 ") and said.stdout.endswith("\n2"), said
    # Without it nobody listens with TLS any more.
    cloud.eb.update_environment(EnvironmentName="safe", OptionSettings=beanstalk.options(
        {OWN: {"TLS": "false", "HTTPSRedirect": "false"}}))
    cloud.ready("safe")
    assert [each for each, _ in ports(cloud, "safe")] == ["HTTP"]
    assert cloud.running("safe") == "v1"
    for port in (cloud.tls, own_tls):
        with pytest.raises(OSError):
            shown(cloud, port, host)


def test_a_network_load_balancer_passes_bytes_on(cloud):
    cloud.version("shop", "v1", beanstalk.application("v1"))
    cloud.create("shop", "bytes", "v1", beanstalk.network(1), {OWN: {"TLS": "true"}})
    cloud.ready("bytes", health="Green")
    host = host_of(cloud, "bytes")
    (first, own), (second, own_tls) = ports(cloud, "bytes")
    assert (first, second) == ("TCP", "TLS")
    # Nothing is added to what is passed on; where all environments answer it is HTTP, since a name is needed there.
    for port, context in ((own, None), (own_tls, trusting(cloud))):
        text = ask(port, host, "/cgi-bin/env", context)[1]
        assert "REQUEST_METHOD=GET" in text and "X_FORWARDED" not in text, text
    assert "HTTP_X_FORWARDED_FOR=127.0.0.1" in cloud.at("bytes", "/cgi-bin/env")
    assert "HTTP_X_FORWARDED_PROTO=https" in ask(cloud.tls, host, "/cgi-bin/env", trusting(cloud))[1]
    assert shown(cloud, own_tls, host)[1] is None
