"""What a bundle asks for beside its containers: .ebextensions and the hooks of .platform, by boto3."""

import io
import json
import tarfile
import time

import beanstalk
import lib

# Serves what the set-up has written to /www.
SERVES = 'CMD ["httpd", "-f", "-p", "80", "-h", "/www"]\n'
DOCKERFILE = "FROM busybox\nRUN mkdir -p /www && echo v1 > /www/index.html\nEXPOSE 80\n" + SERVES
# No shell, and no file but the program.
BARE = ("FROM busybox AS box\nFROM scratch\nCOPY --from=box /bin/busybox /httpd\nCOPY index.html /www/index.html\n"
        'EXPOSE 80\nCMD ["/httpd", "-f", "-p", "80", "-h", "/www"]\n')
DEPLOYED = ("INFO", "Environment update completed successfully.")
SET_UP = "com.dabba.beanstalk.set-up"
PROPERTY = "aws:elasticbeanstalk:application:environment"


def hook(text):
    return "#!/bin/sh\nset -e\n" + text, 0o755


def bundle(files=None, dockerfile=DOCKERFILE, **extensions):
    """A bundle with files of .ebextensions as JSON, by name."""
    found = {"Dockerfile": dockerfile, "index.html": "v1\n"} | (files or {})
    found |= {f".ebextensions/{name}.config": json.dumps(content) for name, content in extensions.items()}
    return found


def launch(cloud, files, *settings, name="shop", environment="env-setup", label="v1"):
    cloud.version(name, label, files)
    return cloud.outcome(cloud.create(name, environment, label, beanstalk.SINGLE, *settings))


def deploy(cloud, files, label, environment="env-setup", *settings):
    cloud.version("shop", label, files)
    return cloud.outcome(cloud.deploy(environment, label, *settings))


def launched(told):
    said = "\n".join(f"{severity} {text}" for severity, text in told)
    assert told[-1] == ("INFO", "Successfully launched environment: env-setup"), said
    return told


def setups(cloud):
    """The set-up containers that are there."""
    return [each for each in cloud.api("GET", "/containers/json?all=1")[1] if SET_UP in each["Labels"]]


def logs(cloud, environment="env-setup"):
    """The end of each log of an environment's instance, as one text."""
    cloud.eb.request_environment_info(EnvironmentName=environment, InfoType="tail")
    found = lib.wait_for(lambda: cloud.eb.retrieve_environment_info(EnvironmentName=environment, InfoType="tail")
                         ["EnvironmentInfo"], "the logs are there")
    import urllib.request
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return opener.open(found[0]["Message"], timeout=10).read().decode()


def archive(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    return out.getvalue()


def test_all_in_its_order(cloud):
    bucket = cloud.eb.create_storage_location()["S3Bucket"]
    cloud.s3.put_object(Bucket=bucket, Key="more/a.zip", Body=beanstalk.packed({"in/a.txt": "from a zip\n"}))
    cloud.s3.put_object(Bucket=bucket, Key="more/b.tgz", Body=archive({"in/b.txt": "from a tar\n"}))
    cloud.s3.put_object(Bucket=bucket, Key="more/plain", Body=b"plain\n")
    trace = "echo {} $A $(pwd) $(id -u) >> /www/trace"
    one = {
        "groups": {"ours": {"gid": "4711"}},
        "users": {"ada": {"uid": 4712, "groups": ["ours"], "homeDir": "/home/ada"}},
        "sources": {"/www/zip": f"https://{bucket}.s3.amazonaws.com/more/a.zip",
                    "/www/tar": f"https://s3.us-east-1.amazonaws.com/{bucket}/more/b.tgz"},
        "files": {"/www/text": {"content": "written\n", "mode": "000640", "owner": "ada", "group": "ours"},
                  "/www/coded": {"content": "Y29kZWQK", "encoding": "base64"},
                  "/www/fetched": {"source": f"s3://{bucket}/more/plain"},
                  "/www/link": {"mode": "120777", "content": "text"}},
        "commands": {"02": {"command": trace.format("command-2"), "cwd": "/tmp"},
                     "01": {"command": ["sh", "-c", trace.format("command-1") + "; echo $OWN >> /www/trace"],
                            "env": {"OWN": "own"}},
                     "03": {"command": "echo never >> /www/trace", "test": "false"},
                     "04": {"command": "echo tested >> /www/trace", "test": "true"},
                     "05": {"command": "echo it broke; exit 3", "ignoreErrors": True}},
        "container_commands": {"b": {"command": trace.format("container-b")},
                               "a": {"command": trace.format("container-a"), "cwd": "web"},
                               "z": {"command": trace.format("leader"), "leader_only": True}},
    }
    two = {"commands": {"00": {"command": trace.format("command-of-two")}}}
    config = "/opt/elasticbeanstalk/bin/get-config"
    files = bundle({
        "web/page": "page\n",
        ".platform/hooks/prebuild/01.sh": hook(trace.format("prebuild")),
        # One that is not executable is run all the same, as AWS does.
        ".platform/hooks/predeploy/01.sh": ("#!/bin/sh\n" + trace.format("predeploy-1"), 0o644),
        ".platform/hooks/predeploy/02.sh": hook(
            f"{config} environment -k A >> /www/trace; {config} container -k environment_name >> /www/trace\n"
            f"{config} --output YAML environment >> /www/trace; stat -c '%a %U %G' /www/text >> /www/trace\n"
            f"id ada >> /www/trace; cat web/page >> /www/trace"),
        ".platform/hooks/postdeploy/01.sh": hook(trace.format("postdeploy") + "; cat web/page >> /www/trace"),
        ".platform/confighooks/predeploy/01.sh": hook("echo confighook >> /www/trace"),
    }, one=one, two=two)
    told = launched(launch(cloud, files, {PROPERTY: {"A": "1"}}))
    text = cloud.at("env-setup", "/trace")
    assert text.splitlines() == [
        "command-1 1 / 0", "own", "command-2 1 /tmp 0", "tested", "command-of-two 1 / 0",
        "prebuild 1 /var/app/staging 0",
        "leader 1 /var/app/staging 0", "container-a 1 /var/app/staging/web 0", "container-b 1 /var/app/staging 0",
        "predeploy-1 1 /var/app/staging 0", "1", "env-setup", '"A": "1"', "640 ada ours",
        "uid=4712(ada) gid=4712(ada) groups=4712(ada),4711(ours)", "page",
        "postdeploy 1 /var/app/current 0", "page"], text
    for path, content in (("/zip/in/a.txt", "from a zip"), ("/tar/in/b.txt", "from a tar"), ("/coded", "coded"),
                          ("/fetched", "plain"), ("/", "v1")):
        assert cloud.at("env-setup", path).strip() == content, path
    assert ("DEBUG", "Running the command 01 of .ebextensions/one.config.") in told
    assert ("DEBUG", "Skipping the command 03 of .ebextensions/one.config: its test ended with code 1.") in told
    assert ("TRACE", "Writing the file /www/coded of .ebextensions/one.config.") in told
    assert any(severity == "WARN" and "the command 05" in text and "code 3" in text and "it broke" in text
               and "ignored" in text for severity, text in told), told
    assert not setups(cloud)
    # The image says what it said: the program, and nothing of the properties.
    [container] = cloud.containers("env-setup")
    image = cloud.api("GET", f"/images/{container['ImageID']}/json")[1]["Config"]
    assert image["Cmd"] == ["httpd", "-f", "-p", "80", "-h", "/www"] and not image.get("Entrypoint")
    assert not [each for each in image.get("Env") or [] if each.startswith("A=")] and not image.get("Labels")
    assert not image.get("User")
    said = logs(cloud)
    for part in ("/var/log/eb-engine.log", "/var/log/eb-hooks.log", "/var/log/cfn-init-cmd.log", "it broke",
                 "Running the hook .platform/hooks/postdeploy/01.sh"):
        assert part in said, said

    # A change of the configuration: confighooks, and what the deployment's hooks did is still there.
    request = cloud.eb.update_environment(EnvironmentName="env-setup", OptionSettings=beanstalk.options(
        {PROPERTY: {"A": "2"}}))["ResponseMetadata"]["RequestId"]
    assert cloud.outcome(request)[-1] == DEPLOYED
    after = cloud.at("env-setup", "/trace").splitlines()
    first = text.splitlines()[:-2]
    assert after[:len(first)] == first, after
    assert after[len(first):] == [
        "command-1 2 / 0", "own", "command-2 2 /tmp 0", "tested", "command-of-two 2 / 0",
        "leader 2 /var/app/staging 0", "container-a 2 /var/app/staging/web 0", "container-b 2 /var/app/staging 0",
        "confighook"], after

    # And once more: nothing piles up.
    request = cloud.eb.update_environment(EnvironmentName="env-setup", OptionSettings=beanstalk.options(
        {PROPERTY: {"A": "3"}}))["ResponseMetadata"]["RequestId"]
    assert cloud.outcome(request)[-1] == DEPLOYED
    assert len(cloud.at("env-setup", "/trace").splitlines()) == len(after)


def test_a_step_that_fails(cloud):
    launched(launch(cloud, bundle()))
    broken = {"container_commands": {"one": {"command": "seq 1 100; echo the cellar is flooded >&2; exit 7"},
                                     "two": {"command": "echo never"}}}
    told = deploy(cloud, bundle(broken=broken), "v2")
    errors = [text for severity, text in told if severity == "ERROR" and "the cellar" in text]
    assert len(errors) == 1, told
    [error] = errors
    assert "Running the container command one of .ebextensions/broken.config failed: it ended with code 7" in error
    assert error.count("\n") == 21 and "\n82\n" in error and "\n81\n" not in error, error
    assert not any("command two" in text for _, text in told)
    assert cloud.environment("env-setup")["VersionLabel"] == "v1" and cloud.running("env-setup") == "v1"
    assert not setups(cloud)
    said = logs(cloud)
    assert "[INFO] the cellar is flooded\n" in said and "[INFO] 50\n" in said, said

    for where, text in (("predeploy", "echo it rains; exit 9"), ("postdeploy", "echo it snows; exit 9")):
        path = f".platform/hooks/{where}/01.sh"
        told = deploy(cloud, bundle({path: hook(text)}), where)
        errors = [text for severity, text in told if severity == "ERROR" and path in text]
        assert errors and "it ended with code 9" in errors[0] and ("it rains" in errors[0] or "it snows" in errors[0]), told
        assert cloud.ready("env-setup")["VersionLabel"] == "v1" and cloud.running("env-setup") == "v1"
    # A hook whose interpreter is not there.
    told = deploy(cloud, bundle({".platform/hooks/prebuild/01.py": ("#!/usr/bin/python3\n", 0o755)}), "python")
    assert any(severity == "ERROR" and "01.py cannot be started" in text for severity, text in told), told


def test_images_without_a_shell(cloud):
    named = {"users": {"ada": {}}, "files": {"/www/text": {"content": "written\n", "owner": "ada"}},
             "commands": {"a": {"command": "echo", "ignoreErrors": True}, "b": {"command": ["/httpd", "-e", "<"]}}}
    told = launched(launch(cloud, bundle(dockerfile=BARE, named=named)))
    assert any(severity == "WARN" and "the command a" in text and "has no /bin/sh" in text for severity, text in told), told
    assert cloud.at("env-setup", "/text") == "written\n"
    told = deploy(cloud, bundle(dockerfile=BARE, named={"commands": {"a": {"command": "echo"}}}), "v2")
    assert any(severity == "ERROR" and "has no /bin/sh" in text for severity, text in told), told
    assert cloud.running("env-setup") == "v1"


def test_what_cannot_be_is_said(cloud):
    asked = {"packages": {"yum": {"jq": []}, "apt": {"git": ["1"]}}, "services": {"sysvinit": {"nginx": {"enabled": True}}},
             "commands": {"a": {"command": "true"}}}
    told = launched(launch(cloud, bundle({".platform/nginx/conf.d/a.conf": "x 1;\n"}, asked=asked)))
    warned = [text for severity, text in told if severity == "WARN"]
    for part in ("the packages jq of", "the packages git of", "the service nginx", ".platform/nginx/conf.d/a.conf"):
        assert any(part in text for text in warned), (part, warned)
    # A package manager that the image has takes them, whoever was asked for.
    manager = bundle({"apk": ("#!/bin/sh\necho apk $* >> /www/packages\n", 0o755)}, asked=asked,
                     dockerfile=DOCKERFILE.replace("EXPOSE", "COPY apk /sbin/apk\nEXPOSE"))
    told = deploy(cloud, manager, "v2")
    assert told[-1] == DEPLOYED, told
    assert not any("package manager" in text for _, text in told), told
    assert cloud.at("env-setup", "/packages") == "apk add --no-cache jq\napk add --no-cache git=1\n"


def test_a_directory_of_the_image_is_not_hidden(cloud):
    dockerfile = DOCKERFILE.replace("EXPOSE", "RUN mkdir -p /var/app/current && echo own > /var/app/current/own\nEXPOSE")
    files = bundle({".platform/hooks/postdeploy/01.sh": hook("pwd > /www/where; cat /var/app/current/own >> /www/where")},
                   dockerfile=dockerfile)
    launched(launch(cloud, files))
    assert cloud.at("env-setup", "/where") == "/opt/elasticbeanstalk/source\nown\n"


def test_each_instance_has_its_postdeploy_hooks(cloud):
    files = bundle({".platform/hooks/postdeploy/01.sh": hook("echo done-by $(hostname) > /www/mark")})
    cloud.version("shop", "v1", files)
    launched(cloud.outcome(cloud.create("shop", "env-setup", "v1", beanstalk.balanced(2))))
    marks = {cloud.at("env-setup", "/mark") for _ in range(40)}
    assert len(marks) == 2, marks


def test_several_containers(cloud):
    compose = ("services:\n  web:\n    image: busybox\n    command: httpd -f -p 80 -h /www\n    ports: ['80:80']\n"
               "  other:\n    image: busybox\n    command: sleep 1000\n")
    files = {"docker-compose.yml": compose, ".ebextensions/a.config": json.dumps(
        {"commands": {"a": {"command": "mkdir -p /www; echo v1 $A > /www/index.html"}}})}
    launched(launch(cloud, files, {PROPERTY: {"A": "1"}}))
    assert cloud.at("env-setup") == "v1 1\n"


def test_a_step_that_takes_too_long(cloud):
    launched(launch(cloud, bundle()))
    slow = {"commands": {"a": {"command": "echo begun; sleep 1000", "ignoreErrors": True}}}
    began = time.monotonic()
    told = deploy(cloud, bundle(slow=slow), "v2", "env-setup", {"aws:elasticbeanstalk:command": {"Timeout": "2"}})
    assert any(severity == "ERROR" and "has not ended 2 seconds after" in text and "begun" in text
               for severity, text in told), told
    assert time.monotonic() - began < 20
    assert not setups(cloud) and cloud.running("env-setup") == "v1"


def test_a_daemon_that_dies_meanwhile_leaves_nothing(cloud):
    launched(launch(cloud, bundle()))
    slow = {"commands": {"a": {"command": "sleep 3; echo done > /www/done"}}}
    hooks = {".platform/hooks/postdeploy/01.sh": hook("sleep 2; echo $(hostname) >> /www/mark")}
    cloud.version("shop", "v2", bundle(hooks, slow=slow))
    request = cloud.deploy("env-setup", "v2")
    lib.wait_for(lambda: any("the command a" in text for _, text in cloud.told(RequestId=request)), "the set-up runs")
    [first] = setups(cloud)
    cloud.kill()
    cloud.start()
    lib.wait_for(lambda: first["Id"] not in [each["Id"] for each in setups(cloud)], "the old set-up is gone")
    lib.wait_for(lambda: [each for each in cloud.containers("env-setup")
                  if each["Labels"].get("com.dabba.beanstalk.deployment") == "2"],
                 "the new container is there", 40)
    # Now its hook is at work.
    cloud.kill()
    cloud.start()
    assert cloud.outcome(request)[-1] == DEPLOYED
    assert cloud.at("env-setup", "/done") == "done\n" and cloud.at("env-setup", "/mark").strip()
    assert not setups(cloud)


def test_a_set_up_that_is_aborted(cloud):
    launched(launch(cloud, bundle()))
    cloud.version("shop", "v2", bundle(slow={"commands": {"a": {"command": "sleep 1000"}}}))
    request = cloud.deploy("env-setup", "v2")
    lib.wait_for(lambda: any("the command a" in text for _, text in cloud.told(RequestId=request)), "the set-up runs")
    cloud.eb.abort_environment_update(EnvironmentName="env-setup")
    cloud.ready("env-setup")
    lib.wait_for(lambda: not setups(cloud), "the set-up is gone")
    assert cloud.running("env-setup") == "v1"
