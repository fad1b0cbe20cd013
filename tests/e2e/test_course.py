"""A first Docker course, typed at a terminal."""

import re

import pexpect
import pytest

import lib


class Terminal:
    """A shell's worth of one docker command on a pseudo-terminal."""

    def __init__(self, client, *arguments):
        self.child = pexpect.spawn(client.program, list(arguments), env=client.engine.env, encoding="utf-8",
                                   codec_errors="replace", timeout=30, dimensions=(24, 80))
        self.child.delaybeforesend = None

    def expect(self, pattern):
        self.child.expect(pattern)
        return self.child

    def type(self, text):
        self.child.sendline(text)

    def shell(self, command):
        """Types a command and gives what it prints, between two marks."""
        self.child.sendline(f"echo '<''<'; {command}; echo '>''>'")
        self.child.expect("<<\r?\n(.*?)>>\r?\n")
        return self.child.match.group(1).replace("\r\n", "\n").strip()

    def end(self):
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus


def test_a_course_session(docker, engine):
    name = f"lab-{docker.program.count('u')}-{id(docker)}"
    said = docker("pull", "centos:latest")
    assert "Status:" in said and "centos:latest" in said
    assert re.search(r"centos\s+latest\s+[0-9a-f]{12}\s", docker("images"))

    shell = Terminal(docker, "run", "-it", "--name", name, "centos", "/bin/bash")
    shell.expect(r"root@[0-9a-f]{12}:/# ")
    assert shell.shell("echo $((6 * 7))") == "42"
    assert shell.shell("tty") == "/dev/pts/0"
    # Something is installed.
    shell.shell("printf '#!/bin/sh\\necho lynx here\\n' > /usr/bin/lynx && chmod +x /usr/bin/lynx")
    assert shell.shell("lynx") == "lynx here"
    assert shell.shell("stty size") == "24 80"
    shell.child.setwinsize(40, 132)
    lib.wait_for(lambda: shell.shell("stty size") == "40 132", "the terminal has its new size")
    # Ctrl-C ends what runs, not the shell.
    shell.type("sh -c 'echo started; exec sleep 1000'")
    shell.child.expect("started\r\n")
    shell.child.sendcontrol("c")
    assert shell.shell("echo alive") == "alive"
    # Ctrl-P Ctrl-Q leaves it running.
    shell.child.sendcontrol("p")
    shell.child.sendcontrol("q")
    assert shell.end() == 0
    listed = docker("ps", "--format", "{{.Names}} {{.Status}} {{.Image}}")
    assert re.search(rf"^{name} Up .* centos$", listed, re.M)

    shell = Terminal(docker, "attach", name)
    shell.type("")
    assert shell.shell("lynx") == "lynx here"
    shell.type("exit 3")
    assert shell.end() == 3
    assert name not in docker("ps")
    assert re.search(rf"Exited \(3\).*{name}", docker("ps", "-a"))

    docker("start", name)
    assert docker.inspect(name)["State"]["Running"] is True
    shell = Terminal(docker, "attach", name)
    shell.type("")
    assert shell.shell("lynx") == "lynx here"
    shell.child.sendcontrol("p")
    shell.child.sendcontrol("q")
    # What the client makes of it: an error to attach and exec, none to run.
    shell.expect("read escape sequence")
    assert shell.end() == 1
    # An interactive bash ignores SIGTERM: after the time-out it is killed.
    docker("stop", "-t", "1", name)
    assert docker.inspect(name)["State"]["ExitCode"] == 137

    image = docker("commit", name, "mylynx:centos")
    assert re.fullmatch(r"sha256:[0-9a-f]{64}", image)
    shell = Terminal(docker, "run", "-it", "--rm", "mylynx:centos")
    shell.expect("# ")
    assert shell.shell("lynx") == "lynx here"
    shell.type("exit")
    assert shell.end() == 0
    assert "not found" in docker.fails("run", "--rm", "centos", "lynx", code=127)

    other = docker("run", "-d", "mylynx:centos", "sleep", "1000")
    refused = docker.fails("rmi", "mylynx:centos")
    assert "conflict" in refused and other[:12] in refused
    status, answer = engine.api("DELETE", "/images/mylynx:centos")
    assert status == 409 and other[:12] in answer["message"]
    docker("rm", "-f", other)
    assert "Untagged: mylynx:centos" in docker("rmi", "mylynx:centos")
    assert "No such container" in docker.fails("rm", name + "x")
    docker("rm", name)
    assert name not in docker("ps", "-a")
    docker("rmi", "centos")
    assert "centos" not in docker("images")


def test_stop_asks_first(docker):
    """A program that handles SIGTERM ends by itself, and at once."""
    docker("run", "-d", "--name", "polite", "busybox", "sh", "-c", "trap 'echo bye; exit 7' TERM; while :; do sleep 0.1; done")
    docker("stop", "-t", "30", "polite")
    assert docker.inspect("polite")["State"]["ExitCode"] == 7
    assert docker("logs", "polite") == "bye"


def test_a_terminal_program_ends_with_its_code(docker):
    shell = Terminal(docker, "run", "-it", "--rm", "busybox", "sh", "-c", "echo ready; read line; echo got $line; exit 9")
    shell.expect("ready")
    shell.type("tea")
    shell.expect("got tea")
    assert shell.end() == 9


def test_exec_on_a_terminal(docker):
    docker("run", "-d", "--name", "base", "busybox", "sleep", "1000")
    shell = Terminal(docker, "exec", "-it", "-e", "COLOUR=green", "-w", "/tmp", "base", "sh")
    shell.expect("# ")
    assert shell.shell("echo $COLOUR; pwd") == "green\n/tmp"
    shell.child.setwinsize(30, 100)
    lib.wait_for(lambda: shell.shell("stty size") == "30 100", "the terminal has its new size")
    shell.type("exit 4")
    assert shell.end() == 4
    assert docker.inspect("base")["State"]["Running"] is True
    shell = Terminal(docker, "exec", "-it", "base", "sh")
    shell.expect("# ")
    shell.child.sendcontrol("p")
    shell.child.sendcontrol("q")
    shell.expect("read escape sequence")
    assert shell.end() == 1
