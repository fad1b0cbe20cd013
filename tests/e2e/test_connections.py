"""Connections through an environment, not only requests: HTTP/2, WebSocket, bytes; and which instance gets them."""

import contextlib
import http.client
import shutil
import socket
import subprocess
import threading
import time

import pytest
import websockets.exceptions
import websockets.sync.client

import beanstalk
import lib
from test_edge import authority, host_of, ports, shown, trusting

PROCESS = "aws:elasticbeanstalk:environment:process:default"
OWN = "dabba:environment"
COMMAND = "aws:elasticbeanstalk:command"

# A program that speaks WebSocket: it says who it is, and then the same as the client. What else is asked for is answered
# by who it is.
SERVE = r"""#!/bin/sh
cr=$(printf '\r')
who="$(cat /app/version) $(hostname)"
key=
read -r line
while IFS= read -r line && line=${line%"$cr"} && test -n "$line"; do
    case $line in [Ss]ec-[Ww]eb[Ss]ocket-[Kk]ey:*) key=${line#*: };; esac
done
if test -z "$key"; then
    printf 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s' ${#who} "$who"
    exit
fi
accept=$(printf %s "${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11" | sha1sum | cut -c 1-40 | xxd -r -p | base64)
printf 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n' "$accept"
printf "\\201\\$(printf %03o ${#who})%s" "$who"
bytes() { dd bs=1 count=$1 2>/dev/null | od -An -v -tu1; }
while set -- $(bytes 2) && test $# = 2; do
    kind=$(($1 & 15)) length=$(($2 & 127))
    set -- $(bytes $((length + 4)))
    mask0=$1 mask1=$2 mask2=$3 mask3=$4 said= at=0
    shift 4
    for byte; do
        eval "mask=\$mask$((at % 4))"
        said="$said$(printf '\\%03o' $((byte ^ mask)))"
        at=$((at + 1))
    done
    # A ping is answered by a pong.
    test $kind = 9 && kind=10
    printf "\\$(printf %03o $((128 | kind)))\\$(printf %03o $length)$said"
    test $kind = 8 && exit
done
"""
SPEAKS = {"Dockerfile": 'FROM busybox\nCOPY . /app\nRUN chmod 755 /app/serve\nEXPOSE 80\nSTOPSIGNAL SIGKILL\n'
                        'CMD ["nc", "-ll", "-p", "80", "-e", "/app/serve"]\n', "serve": SERVE}
# Says that it was asked, and answers when there is a file.
HOLD = "#!/bin/sh\necho held > /proc/1/fd/1\nwhile ! test -e /let-go; do sleep 0.1; done\nprintf '\\r\\nlet go\\n'\n"


def speaking(version):
    return SPEAKS | {"version": version + "\n"}


@contextlib.contextmanager
def talk(port, host, context=None):
    """A WebSocket through a port, and to whom it leads."""
    raw = socket.create_connection(("127.0.0.1", port), timeout=20)
    scheme = "wss" if context else "ws"
    with websockets.sync.client.connect(f"{scheme}://{host}/echo", sock=raw, ssl=context, proxy=None, open_timeout=20) as stream:
        yield stream, stream.recv(timeout=20)


def echoes(stream, text):
    stream.send(text)
    return stream.recv(timeout=20) == text


def curl(cloud, host, *arguments):
    """curl, which finds the shared ports by the environment's name and trusts the daemon's authority."""
    certificate = cloud.home / "ca.pem"
    certificate.write_text(authority(cloud))
    named = [word for port in (cloud.web, cloud.tls) for word in ("--resolve", f"{host}:{port}:127.0.0.1")]
    said = subprocess.run([shutil.which("curl"), "-sS", "--cacert", str(certificate), *named, *arguments], capture_output=True,
                          text=True, timeout=60)
    assert said.returncode == 0, said.stderr
    return said.stdout


def test_http2_and_websockets(cloud):
    """By name where all environments answer, and at the environment's own ports."""
    cloud.version("shop", "v1", speaking("v1"))
    cloud.version("shop", "v2", speaking("v2"))
    cloud.create("shop", "talks", "v1", beanstalk.balanced(1, "AllAtOnce"), {OWN: {"TLS": "true"}, PROCESS: {"DeregistrationDelay": 5}})
    cloud.ready("talks", health="Green")
    host = host_of(cloud, "talks")
    (_, own), (_, own_tls) = ports(cloud, "talks")

    # Who offers HTTP/2 gets it, and many requests share one connection.
    assert shown(cloud, cloud.tls, host, ["h2", "http/1.1"])[1] == "h2"
    assert shown(cloud, cloud.tls, host, ["http/1.1"])[1] == "http/1.1"
    address = f"https://{host}:{cloud.tls}/"
    said = curl(cloud, host, "--http2", "-Z", "--parallel-max", "10", "-w", "\n%{http_version} %{num_connects} %{response_code}\n",
                *[f"{address}?{number}" for number in range(30)])
    answers = [line.split() for line in said.splitlines() if line.startswith("2 ")]
    assert len(answers) == 30 and {status for *_, status in answers} == {"200"}, said
    assert sum(int(connections) for _, connections, _ in answers) == 1, said
    assert said.count("v1 ") == 30

    # WebSockets: over each port, with and without TLS.
    context = trusting(cloud, ["http/1.1"])
    own_context = trusting(cloud, ["http/1.1"])
    for port, name, secure in ((cloud.web, host, None), (cloud.tls, host, context), (own, host, None), (own_tls, host, own_context)):
        with talk(port, name, secure) as (stream, who):
            assert who.startswith("v1 ")
            assert echoes(stream, "one") and echoes(stream, "x" * 125) and echoes(stream, "")
            # The other side may begin to speak at any time, and pings are no business of the balancer's.
            assert stream.ping().wait(20)
        assert stream.close_code == 1000

    # One that is open when its instance leaves lives as long as requests may take to end, and no longer.
    with talk(cloud.web, host) as (stream, _), talk(cloud.tls, host, context) as (quiet, _):
        request = cloud.deploy("talks", "v2")
        lib.wait_for(lambda: cloud.running("talks") == "v2", "new requests go to the new version", 40)
        left = time.monotonic()
        assert echoes(stream, "still there")
        with talk(cloud.web, host) as (_, who):
            assert who.startswith("v2 ")
        with pytest.raises(websockets.exceptions.ConnectionClosed):
            while time.monotonic() < left + 60:
                assert echoes(stream, "still there")
        lived = time.monotonic() - left
        assert 2 < lived < 20, lived
        with pytest.raises(websockets.exceptions.ConnectionClosed):
            quiet.recv(timeout=10)
    assert cloud.outcome(request)[-1][1] == "Environment update completed successfully."
    lib.wait_for(lambda: len(cloud.containers("talks")) == 1, "the old instance is gone")


def test_websockets_and_bytes_of_a_network_load_balancer(cloud):
    cloud.version("shop", "v1", speaking("v1"))
    cloud.create("shop", "bytes", "v1", beanstalk.network(2), {OWN: {"TLS": "true"}})
    cloud.ready("bytes", health="Green")
    host = host_of(cloud, "bytes")
    (_, own), (_, own_tls) = ports(cloud, "bytes")
    with contextlib.ExitStack() as held:
        streams = [held.enter_context(talk(port, host, context)) for port, context in [(own, None), (own_tls, trusting(cloud))] * 2]
        # Each connection goes where there are fewest.
        hosts = [who.split()[1] for _, who in streams]
        assert sorted(map(hosts.count, set(hosts))) == [2, 2], hosts
        assert all(echoes(stream, f"number {number}") for number, (stream, _) in enumerate(streams))
    # What is no HTTP is passed on as it is, and who ends his half still gets the answer.
    with socket.create_connection(("127.0.0.1", own), timeout=20) as raw:
        raw.sendall(b"no HTTP at all\n\n")
        raw.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: raw.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\nConnection: close\r\n") and b"\r\n\r\nv1 " in answer, answer


class Browser:
    """Somebody who keeps cookies."""

    def __init__(self, cloud, host):
        self.cloud, self.host, self.cookies, self.set = cloud, host, {}, None

    def host_of_answer(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.cloud.web, timeout=20)
        try:
            cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            connection.request("GET", "/", headers={"Host": self.host} | ({"Cookie": cookie} if cookie else {}))
            answer = connection.getresponse()
            text = answer.read().decode()
            assert answer.status == 200, text
            for line in answer.headers.get_all("Set-Cookie", []):
                name, value = line.split(";")[0].split("=", 1)
                self.cookies[name] = value
                if name == "AWSALB":
                    self.set = line
            return text.split()[1]
        finally:
            connection.close()


def test_a_client_stays_with_its_instance(cloud):
    cloud.version("shop", "v1", beanstalk.application("v1"))
    cloud.create("shop", "sticky", "v1", beanstalk.balanced(3),
                 {PROCESS: {"StickinessEnabled": "true", "StickinessLBCookieDuration": 7200}})
    cloud.ready("sticky", health="Green")
    host = host_of(cloud, "sticky")
    browsers = [Browser(cloud, host) for _ in range(6)]
    firsts = [browser.host_of_answer() for browser in browsers]
    assert len(set(firsts)) == 3
    for browser, first in zip(browsers, firsts):
        assert {browser.host_of_answer() for _ in range(10)} == {first}
    # The cookie ends when the option says so.
    assert "max-age=7200" in [part.strip().lower() for part in browsers[0].set.split(";")], browsers[0].set
    # Nobody else's cookie is taken, and who has none stays nowhere.
    assert len({Browser(cloud, host).host_of_answer() for _ in range(12)}) == 3
    # When the instance is gone the client gets another one, and stays there.
    browser, first = browsers[0], firsts[0]
    [instance] = [each for each in cloud.containers("sticky") if each["Id"].startswith(first)]
    assert cloud.api("POST", f"/containers/{instance['Id']}/kill")[0] == 204
    old = instance["Labels"]["com.dabba.beanstalk.instance"]
    lib.wait_for(lambda: old not in cloud.instances("sticky") and len(cloud.containers("sticky")) == 3, "it is replaced", 30)
    cloud.ready("sticky", health="Green")
    second = browser.host_of_answer()
    assert second != first and {browser.host_of_answer() for _ in range(10)} == {second}
    # The others have not moved.
    for other, known in zip(browsers[1:], firsts[1:]):
        assert known == first or other.host_of_answer() == known


def test_who_has_fewest_requests_is_next(cloud):
    """And an instance that comes to others begins with few."""
    cloud.version("shop", "v1", beanstalk.application("v1", {"web/hold": HOLD}))
    cloud.create("shop", "shares", "v1", beanstalk.balanced(2), {OWN: {"LoadBalancingAlgorithm": "least_outstanding_requests"}})
    cloud.ready("shares", health="Green")
    elb = cloud.client("elbv2")

    def told():
        [group] = elb.describe_target_groups()["TargetGroups"]
        attributes = elb.describe_target_group_attributes(TargetGroupArn=group["TargetGroupArn"])["Attributes"]
        values = {each["Key"]: each["Value"] for each in attributes}
        return values["load_balancing.algorithm.type"], values["slow_start.duration_seconds"]
    assert told() == ("least_outstanding_requests", "0")
    cname = cloud.environment("shares")["CNAME"]
    hosts = lambda count: [cloud.get(cname)[1].split()[1] for _ in range(count)]
    assert len(set(hosts(10))) == 2

    def busy():
        return [each for each in cloud.containers("shares")
                if "held" in cloud.api("GET", f"/containers/{each['Id']}/logs?stdout=1")[1]]
    slow = threading.Thread(target=cloud.get, args=(cname, "/cgi-bin/hold"))
    slow.start()
    try:
        [held] = lib.wait_for(busy, "a request is under way")
        assert not [host for host in hosts(20) if held["Id"].startswith(host)]
    finally:
        for each in cloud.containers("shares"):
            lib.Client(cloud, next(iter(lib.clients().values())))("exec", each["Id"], "touch", "/let-go")
        slow.join()
    assert len(set(hosts(10))) == 2

    # One after the other, but the newcomer first gets its hundredth part.
    request = cloud.eb.update_environment(EnvironmentName="shares", OptionSettings=beanstalk.options(
        {OWN: {"LoadBalancingAlgorithm": "round_robin", "SlowStart": 900}}))["ResponseMetadata"]["RequestId"]
    cloud.outcome(request)
    assert told() == ("round_robin", "900")
    old = {each["Id"] for each in cloud.containers("shares")}
    cloud.client("autoscaling").terminate_instance_in_auto_scaling_group(
        InstanceId=cloud.instances("shares")[0], ShouldDecrementDesiredCapacity=False)
    lib.wait_for(lambda: len(old & {each["Id"] for each in cloud.containers("shares")}) == 1, "an instance goes", 30)
    cloud.ready("shares", health="Green")
    lib.wait_for(lambda: len(health(cloud, "shares")) == 2, "both are in service", 30)
    [new] = [each["Id"] for each in cloud.containers("shares") if each["Id"] not in old]
    asked = hosts(100)
    share = sum(new.startswith(host) for host in asked)
    assert share <= 15, f"{share} of 100"


def health(cloud, name):
    found = cloud.eb.describe_instances_health(EnvironmentName=name, AttributeNames=["All"])["InstanceHealthList"]
    return [each for each in found if each["HealthStatus"] in ("Ok", "Info")]
