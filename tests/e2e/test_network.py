"""Bridges, names, published ports."""

import contextlib
import json
import socket
import subprocess
import threading
import urllib.request

import pytest

import lib


def fetch(address, port, path="/", seconds=10):
    def answer():
        try:
            with urllib.request.urlopen(f"http://{address}:{port}{path}", timeout=3) as page:
                return page.read().decode()
        except OSError:
            return None
    return lib.wait_for(answer, f"{address}:{port} answers", seconds)


def serve(client, name, *flags, text="hello"):
    client("run", "-d", "--name", name, *flags, "busybox", "sh", "-c",
           f"mkdir -p /www; echo {text} > /www/index.html; exec httpd -f -p 80 -h /www")


def page(client, network, name):
    """Fetches a page by a container's name. (A static busybox cannot look up names itself: its libc wants plug-ins.)"""
    script = ("a=$(nslookup -type=a $0 | awk '/^Address/ {last = $NF} END {print last}'); "
              'case $a in *:53|"") exit 8;; esac; timeout 5 wget -qO- "http://$a/"; exit $?')
    runner = ("exec", network[1:]) if network.startswith("@") else ("run", "--rm", "--network", network, "busybox")
    return client.run(*runner, "sh", "-c", script, name, check=False).stdout.strip()


def host_address():
    """An address of this host that is not loopback; none where it has only that."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return probe.getsockname()[0]
        except OSError:
            return None


def test_the_default_bridge(docker, engine):
    docker("run", "-d", "--name", "one", "busybox", "sleep", "1000")
    network = docker.inspect("one")["NetworkSettings"]
    assert network["Gateway"] == engine.gateway and network["IPPrefixLen"] == 24
    assert "1 packets received" in docker("run", "--rm", "busybox", "ping", "-c", "1", network["IPAddress"])
    assert "1 packets received" in docker("run", "--rm", "busybox", "ping", "-c", "1", engine.gateway)
    hosts = docker("exec", "one", "cat", "/etc/hosts")
    assert network["IPAddress"] in hosts and "localhost" in hosts


def test_ports_on_loopback_all_addresses_and_by_name(docker, engine):
    serve(docker, "web", "-p", "127.0.0.1::80", "-p", "80")
    ports = docker.inspect("web")["NetworkSettings"]["Ports"]["80/tcp"]
    loopback = next(port for port in ports if port["HostIp"] == "127.0.0.1")
    everywhere = next(port for port in ports if port["HostIp"] == "0.0.0.0")
    assert fetch("127.0.0.1", loopback["HostPort"]) == "hello\n"
    assert fetch("127.0.0.1", everywhere["HostPort"]) == "hello\n"
    if address := host_address():
        assert fetch(address, everywhere["HostPort"]) == "hello\n"
        with pytest.raises(OSError):
            socket.create_connection((address, int(loopback["HostPort"])), timeout=2)
    # Another container reaches it by the gateway's address.
    assert docker("run", "--rm", "busybox", "wget", "-qO-", f"http://{engine.gateway}:{everywhere['HostPort']}/") == "hello"


def test_ports_are_free_again(client):
    port = str(lib.free_port())
    for _ in range(3):
        serve(client, "web", "-p", f"127.0.0.1:{port}:80")
        fetch("127.0.0.1", port)
        client("rm", "-f", "web")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", int(port)))


def test_a_port_in_use(docker, engine):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = docker.fails("run", "-d", "--name", "late", "-p", f"127.0.0.1:{port}:80", "busybox", "sleep", "1000", code=125)
        assert "address already in use" in said or "port is already allocated" in said
    assert docker.inspect("late")["State"]["Status"] == "created"
    docker("start", "late")


def test_udp(client):
    port = lib.free_port()
    echo = ("use IO::Socket::INET; my $s = IO::Socket::INET->new(LocalPort => 9000, Proto => 'udp') or die; "
            "while (1) { $s->recv(my $text, 100); $s->send(uc $text) }")
    client("run", "-d", "--name", "udp", "-p", f"127.0.0.1:{port}:9000/udp", "centos", "perl", "-e", echo)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.settimeout(0.2)

        def answered():
            sender.sendto(b"ping\n", ("127.0.0.1", port))
            try:
                return sender.recvfrom(100)
            except OSError:
                return None
        assert lib.wait_for(answered, "a datagram is answered") == (b"PING\n", ("127.0.0.1", port))


def test_user_networks_and_names(docker):
    docker("network", "create", "kitchen")
    serve(docker, "oven", "--network", "kitchen", "--network-alias", "stove")
    for name in ("oven", "stove"):
        assert page(docker, "kitchen", name) == "hello"
    # Another network neither knows the name nor reaches the address.
    address = docker.inspect("oven")["NetworkSettings"]["Networks"]["kitchen"]["IPAddress"]
    assert page(docker, "bridge", "oven") == ""
    assert docker.fails("run", "--rm", "busybox", "sh", "-c", f"timeout 2 wget -qO- http://{address}/; exit $?", code=143) == "Terminated"
    listed = docker("network", "ls", "--format", "{{.Name}} {{.Driver}}")
    assert "kitchen bridge" in listed and "none null" in listed and "host host" in listed
    inside = json.loads(docker("network", "inspect", "kitchen"))[0]
    assert [one["Name"] for one in inside["Containers"].values()] == ["oven"]
    said = docker.fails("network", "rm", "kitchen")
    assert "has active endpoints" in said
    docker("rm", "-f", "oven")
    docker("network", "rm", "kitchen")
    docker.fails("network", "inspect", "kitchen")


def test_connect_and_disconnect(docker):
    docker("network", "create", "front")
    docker("network", "create", "back")
    serve(docker, "db", "--network", "back")
    docker("run", "-d", "--name", "app", "--network", "front", "busybox", "sleep", "1000")
    assert page(docker, "@app", "db") == ""
    docker("network", "connect", "--alias", "application", "back", "app")
    assert page(docker, "@app", "db") == "hello"
    assert sorted(docker.inspect("app")["NetworkSettings"]["Networks"]) == ["back", "front"]
    docker("exec", "db", "nslookup", "application")
    docker("network", "disconnect", "back", "app")
    assert page(docker, "@app", "db") == ""


def test_a_container_that_changes_its_networks_often(client):
    for name in ("red", "green", "blue"):
        client("network", "create", name)
    client("run", "-d", "--name", "guest", "busybox", "sleep", "1000")
    for names in (("red", "green"), ("blue", "red"), ("green", "blue")):
        for name in names:
            client("network", "connect", name, "guest")
        links = client.inspect("guest")["NetworkSettings"]["Networks"]
        shown = client("exec", "guest", "ip", "-o", "-4", "address")
        for name in ("bridge", *names):
            assert links[name]["IPAddress"] + "/" in shown
        for name in names:
            client("network", "disconnect", name, "guest")
    shown = client("exec", "guest", "ip", "-o", "link").splitlines()
    assert len(shown) == 2 and "eth0" in shown[1]


def test_a_network_that_is_being_made_is_waited_for(engine):
    """It has a name as soon as it is recorded, and some milliseconds later a bridge and a firewall."""
    for number in range(25):
        name = f"young{number}"
        made = threading.Thread(target=engine.api, args=("POST", "/networks/create", {"Name": name}))
        # Which network it is asked for is looked up at its start.
        status, container = engine.api("POST", "/containers/create", {
            "Image": "busybox", "Cmd": ["sleep", "1000"], "HostConfig": {"NetworkMode": name}})
        assert status == 201, container
        made.start()
        status, said = 404, ""
        while status != 204:
            assert not said or f"network {name} not found" in str(said) and made.is_alive(), said
            status, said = engine.api("POST", f"/containers/{container['Id']}/start")
        made.join()


@contextlib.contextmanager
def host_links(*links):
    """Links of the host's own; each is a name and what `ip link add` is to make."""
    made = []
    try:
        for name, *kind in links:
            subprocess.check_call(["ip", "link", "add", name, "type", *kind])
            made.append(name)
        yield
    finally:
        for name in made:
            subprocess.run(["ip", "link", "del", name], stderr=subprocess.DEVNULL)


def on_host(name):
    """A link's line with its addresses; empty where there is none."""
    return subprocess.run(["ip", "-br", "addr", "show", "dev", name], capture_output=True, text=True).stdout


def test_a_bridge_that_the_host_has_stays(client, engine):
    """It is used, and does not go with its network."""
    bridge, plain = f"b{engine.block}-e2e", f"v{engine.block}-e2e"

    def create(name, bridge):
        return "network", "create", "-o", f"com.docker.network.bridge.name={bridge}", name

    with host_links((bridge, "bridge"), (plain, "veth", "peer", "name", f"{plain}p")):
        client(*create("theirs", bridge))
        gateway = client.inspect("theirs")["IPAM"]["Config"][0]["Gateway"]
        assert gateway in on_host(bridge)
        assert "1 packets received" in client("run", "--rm", "--network", "theirs", "busybox", "ping", "-c1", gateway)
        assert "networks have same bridge name" in client.fails(*create("again", bridge))
        assert f"existing interface {plain} is not a bridge" in client.fails(*create("again", plain))
        for name in ("..", "a/b", "a b", "much-longer-than-a-link"):
            assert "invalid bridge name" in client.fails(*create("again", name))
        client("network", "rm", "theirs")
        assert on_host(bridge) and on_host(plain)
        # One that was made for a network goes with it.
        client(*create("ours", "o" + bridge))
        assert on_host("o" + bridge)
        client("network", "rm", "ours")
        assert not on_host("o" + bridge)


@pytest.mark.skipif(lib.REFERENCE, reason="dockerd has either a bridge or an address of its own choice")
def test_a_default_bridge_that_the_host_has_stays(registry):
    """It does not go with the daemon, not after a kill either; one of the daemon's own does."""
    engine = lib.Engine(registry_port=registry.port)
    bridge = f"d{engine.block}-e2e"
    engine.extra = ["--bridge", bridge]
    try:
        with host_links((bridge, "bridge")):
            engine.start()
            assert engine.gateway in on_host(bridge)
            engine.kill()
            engine.start().terminate()
            assert on_host(bridge)
        engine.extra = ["--bridge", "o" + bridge]
        engine.start()
        assert engine.gateway in on_host("o" + bridge)
        engine.kill()
        engine.start().terminate()
        assert not on_host("o" + bridge)
    finally:
        engine.destroy()


def test_a_network_with_its_own_subnet_and_addresses(docker, engine):
    prefix, third = engine.first
    subnet = f"{prefix}.{third + 4}.0/24"
    docker("network", "create", "--subnet", subnet, "--gateway", f"{prefix}.{third + 4}.9", "fixed")
    docker("run", "-d", "--name", "settled", "--network", "fixed", "--ip", f"{prefix}.{third + 4}.77", "busybox", "sleep", "1000")
    seen = docker.inspect("settled")["NetworkSettings"]["Networks"]["fixed"]
    assert (seen["IPAddress"], seen["Gateway"]) == (f"{prefix}.{third + 4}.77", f"{prefix}.{third + 4}.9")
    said = docker.fails("run", "--rm", "--network", "fixed", "--ip", f"{prefix}.{third + 4}.77", "busybox", "true")
    assert "already in use" in said
    docker.fails("network", "create", "--subnet", subnet, "twice")


def test_internal_networks_lead_nowhere(client, engine):
    client("network", "create", "--internal", "closed")
    said = client("run", "--rm", "--network", "closed", "busybox", "ip", "route")
    assert "default" not in said
    client.fails("run", "--rm", "--network", "closed", "busybox", "ping", "-c", "1", "-W", "1", engine.gateway)


def test_none_host_and_shared(docker):
    assert docker("run", "--rm", "--network", "none", "busybox", "ls", "/sys/class/net") == "lo"
    assert "lo" in docker("run", "--rm", "--network", "host", "busybox", "ls", "/sys/class/net")
    serve(docker, "main")
    shared = docker("run", "--rm", "--network", "container:main", "busybox", "wget", "-qO-", "http://127.0.0.1/")
    assert shared == "hello"


def test_extra_hosts_and_dns(docker):
    said = docker("run", "--rm", "--add-host", "oven:10.9.8.7", "--dns", "10.1.1.1", "--dns-search", "kitchen.test",
                  "busybox", "cat", "/etc/hosts", "/etc/resolv.conf")
    assert "10.9.8.7\toven" in said and "nameserver 10.1.1.1" in said and "search kitchen.test" in said


def test_without_firewall(registry):
    engine = lib.Engine(extra=["--iptables=false", "--ip-masq=false"])
    try:
        engine.start()
        engine.load(lib.busybox_archive())
        client = lib.Client(engine, next(iter(lib.clients().values())))
        serve(client, "web", "-p", "127.0.0.1::80")
        port = client.inspect("web")["NetworkSettings"]["Ports"]["80/tcp"][0]["HostPort"]
        assert fetch("127.0.0.1", port) == "hello\n"
    finally:
        engine.destroy()


def test_daemons_side_by_side(registry):
    engines = [lib.Engine() for _ in range(3)]
    try:
        for engine in engines:
            engine.start(wait=False)
        for engine in engines:
            engine.wait_until_ready()
            engine.load(lib.busybox_archive())
        clients = [lib.Client(engine, next(iter(lib.clients().values()))) for engine in engines]
        for number, client in enumerate(clients):
            serve(client, "same", "-p", "127.0.0.1::80", text=f"engine{number}")
        for number, client in enumerate(clients):
            port = client.inspect("same")["NetworkSettings"]["Ports"]["80/tcp"][0]["HostPort"]
            assert fetch("127.0.0.1", port) == f"engine{number}\n"
        engines[0].destroy()
        port = clients[1].inspect("same")["NetworkSettings"]["Ports"]["80/tcp"][0]["HostPort"]
        assert fetch("127.0.0.1", port) == "engine1\n"
    finally:
        for engine in engines:
            engine.destroy()
