"""Databases that belong to environments, by eb and boto3."""

import json
import os
import signal

import pytest

import beanstalk
import databases
import lib
from databases import PASSWORD, docker, image, rds

NAMESPACE = "aws:rds:dbinstance"
COUPLED = {NAMESPACE: {"HasCoupledDatabase": "true", "DBEngine": "postgres", "DBEngineVersion": databases.POSTGRES,
                       "DBPassword": PASSWORD, "DBInstanceClass": "db.t3.micro"}}
VARIABLES = {"RDS_HOSTNAME", "RDS_PORT", "RDS_DB_NAME", "RDS_USERNAME", "RDS_PASSWORD"}


def asks(statement):
    """A program of the application that asks its database, by what it is told of it."""
    return f"""#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
export PGPASSWORD="$RDS_PASSWORD" PGCONNECT_TIMEOUT=5
echo "SET client_min_messages = warning; {statement}" |
    psql -X -q -A -t -h "$RDS_HOSTNAME" -p "$RDS_PORT" -U "$RDS_USERNAME" -d "$RDS_DB_NAME" 2>&1
"""


PROGRAMS = {
    "Dockerfile": f'FROM postgres:{databases.POSTGRES}\nENTRYPOINT []\nCOPY . /app\nEXPOSE 80\nCMD ["sh", "/app/run.sh"]\n',
    "web/add": asks("CREATE TABLE IF NOT EXISTS seen (what text); INSERT INTO seen VALUES ('$QUERY_STRING');"),
    "web/rows": asks("SELECT what FROM seen"),
}


def launch(cloud, *settings, name="shop", label="v1"):
    cloud.version("data", label, beanstalk.application(label, PROGRAMS))
    told = cloud.outcome(cloud.create("data", name, label, beanstalk.SINGLE, COUPLED, *settings), 90)
    assert told[-1][1] == f"Successfully launched environment: {name}", told
    return told


def add(cloud, what, name="shop"):
    assert cloud.at(name, f"/cgi-bin/add?{what}").strip() == ""


def rows(cloud, name="shop"):
    return cloud.at(name, "/cgi-bin/rows").split()


def variables(cloud, name="shop"):
    lines = (line.partition("=") for line in cloud.at(name, "/cgi-bin/env").splitlines())
    return {key: value for key, _, value in lines if key.startswith("RDS_")}


def test_a_database_belongs_to_its_environment(cloud, rds, docker):
    told = [text for _, text in launch(cloud)]
    assert any(text.startswith("Creating RDS database named: awseb-e-") for text in told), told
    assert any(text.startswith("Created RDS database named: awseb-e-") for text in told), told
    [instance] = databases.instances(rds)
    assert (instance["DBInstanceStatus"], instance["Engine"], instance["EngineVersion"]) == ("available", "postgres", "15")
    known = variables(cloud)
    assert set(known) == VARIABLES
    assert (known["RDS_HOSTNAME"], known["RDS_PORT"]) == (instance["Endpoint"]["Address"], str(instance["Endpoint"]["Port"]))
    assert (known["RDS_DB_NAME"], known["RDS_USERNAME"], known["RDS_PASSWORD"]) == ("ebdb", "ebroot", PASSWORD)
    add(cloud, "launched")
    [server] = databases.servers(cloud)
    inspected = docker.inspect(server["Id"])
    assert inspected["HostConfig"]["Memory"] == 1 << 30
    assert inspected["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
    # What is there outlives a deployment, a restart, a crash of the server and a crash of the daemon.
    cloud.version("data", "v2", beanstalk.application("v2", PROGRAMS))
    assert cloud.outcome(cloud.deploy("shop", "v2"))[-1][1] == "Environment update completed successfully."
    add(cloud, "deployed")
    request = cloud.eb.restart_app_server(EnvironmentName="shop")["ResponseMetadata"]["RequestId"]
    cloud.outcome(request)
    os.kill(inspected["State"]["Pid"], signal.SIGKILL)
    lib.wait_for(lambda: rows(cloud) == ["launched", "deployed"], "the server is there again", 20)
    cloud.kill()
    cloud.start()
    cloud.ready("shop")
    assert rows(cloud) == ["launched", "deployed"]
    assert variables(cloud) == known and databases.servers(cloud)[0]["Id"] == server["Id"]
    # Nobody tells the password.
    [settings] = cloud.eb.describe_configuration_settings(ApplicationName="data", EnvironmentName="shop")["ConfigurationSettings"]
    of_database = {each["OptionName"]: each.get("Value") for each in settings["OptionSettings"] if each["Namespace"] == NAMESPACE}
    assert of_database["DBPassword"] is None and of_database["DBEngine"] == "postgres"
    said = [str(cloud.told()), cloud.log(), str(databases.instances(rds))]
    said += [docker.run("logs", each["Id"]).stdout + docker.run("logs", each["Id"]).stderr
             for each in databases.servers(cloud) + cloud.containers("shop")]
    assert all(PASSWORD not in text for text in said)
    # Another password is the server's and the application's.
    other = {NAMESPACE: {"DBPassword": "battery-staple"}}
    assert cloud.outcome(cloud.deploy("shop", "v2", other))[-1][1] == "Environment update completed successfully."
    assert variables(cloud)["RDS_PASSWORD"] == "battery-staple" and rows(cloud) == ["launched", "deployed"]
    [server] = databases.servers(cloud)
    address = known["RDS_HOSTNAME"]
    assert databases.psql(docker, server, address, "ebroot", PASSWORD, "ebdb", "SELECT 1").returncode != 0
    assert "battery-staple" not in cloud.log() + docker.run("logs", server["Id"]).stderr
    # Whoever decouples it has it no more.
    told = cloud.outcome(cloud.eb.update_environment(EnvironmentName="shop", OptionSettings=beanstalk.options(
        {NAMESPACE: {"HasCoupledDatabase": "false"}}))["ResponseMetadata"]["RequestId"])
    assert told[-1][1] == "Environment update completed successfully."
    assert variables(cloud) == {}
    lib.wait_for(lambda: not databases.instances(rds) and not databases.servers(cloud), "the database is gone", 20)


def test_a_snapshot_outlives_its_environment(cloud, rds):
    launch(cloud, {NAMESPACE: {"DBDeletionPolicy": "Snapshot"}})
    add(cloud, "kept")
    cloud.eb.terminate_environment(EnvironmentName="shop")
    cloud.gone("shop", 60)
    assert not databases.instances(rds) and not databases.servers(cloud)
    [snapshot] = rds.describe_db_snapshots()["DBSnapshots"]
    assert (snapshot["Status"], snapshot["MasterUsername"]) == ("available", "ebroot")
    name = snapshot["DBSnapshotIdentifier"]
    # Another environment is made from it, with a password of its own, and its database stays when it goes.
    other = {"DBSnapshotIdentifier": name, "DBPassword": "battery-staple", "DBDeletionPolicy": "Retain"}
    launch(cloud, {NAMESPACE: other}, name="again", label="v2")
    assert rows(cloud, "again") == ["kept"] and variables(cloud, "again")["RDS_PASSWORD"] == "battery-staple"
    [instance] = databases.instances(rds)
    beanstalk.refused(rds.delete_db_instance, "InvalidDBInstanceState", "belongs to the environment",
                      DBInstanceIdentifier=instance["DBInstanceIdentifier"], SkipFinalSnapshot=True)
    cloud.eb.terminate_environment(EnvironmentName="again")
    cloud.gone("again", 60)
    [left] = databases.instances(rds)
    assert (left["DBInstanceStatus"], left["Endpoint"]) == ("available", instance["Endpoint"])
    assert len(databases.servers(cloud, all=False)) == 1
    rds.delete_db_instance(DBInstanceIdentifier=left["DBInstanceIdentifier"], SkipFinalSnapshot=True)
    databases.deleted(rds, left["DBInstanceIdentifier"])
    rds.delete_db_snapshot(DBSnapshotIdentifier=name)
    lib.wait_for(lambda: not rds.describe_db_snapshots()["DBSnapshots"], "the snapshot is gone", 20)
    assert not [each for each in cloud.api("GET", "/volumes")[1]["Volumes"] or [] if each["Name"].startswith("rds-")]


def test_a_crash_while_it_is_made(cloud, rds):
    cloud.version("data", "v1", beanstalk.application("v1", PROGRAMS))
    request = cloud.create("data", "shop", "v1", beanstalk.SINGLE, COUPLED)
    lib.wait_for(lambda: databases.servers(cloud), "its container is there", 30)
    cloud.kill()
    cloud.start()
    told = cloud.outcome(request, 90)
    assert told[-1][1] == "Successfully launched environment: shop", "\n".join(text for _, text in told)
    add(cloud, "alive")
    assert len(databases.instances(rds)) == len(databases.servers(cloud)) == 1
    # And while it goes.
    cloud.eb.terminate_environment(EnvironmentName="shop")
    cloud.kill()
    cloud.start()
    cloud.gone("shop", 60)
    assert not databases.instances(rds) and not databases.servers(cloud)
    # Whoever changes their mind meanwhile waits for nothing.
    cloud.create("data", "other", "v1", beanstalk.SINGLE, COUPLED)
    lib.wait_for(lambda: databases.servers(cloud), "its container is there", 30)
    cloud.eb.terminate_environment(EnvironmentName="other")
    cloud.gone("other", 20)
    assert not databases.instances(rds) and not databases.servers(cloud)


def test_several_containers_and_commands_find_it(cloud):
    compose = ("services:\n  web:\n    build: .\n    ports: ['80:80']\n    env_file: .env\n"
               "  other:\n    image: busybox\n    command: sleep 1000\n")
    command = ('PGPASSWORD="$RDS_PASSWORD" psql -q -h "$RDS_HOSTNAME" -U "$RDS_USERNAME" -d "$RDS_DB_NAME" '
               '-c "CREATE TABLE seen (what text); INSERT INTO seen VALUES (\'migrated\')"')
    extension = json.dumps({"container_commands": {"migrate": {"command": command, "leader_only": True}}})
    more = PROGRAMS | {"docker-compose.yml": compose, ".ebextensions/migrate.config": extension}
    cloud.version("data", "v3", beanstalk.application("v3", more))
    told = cloud.outcome(cloud.create("data", "shop", "v3", beanstalk.SINGLE, COUPLED), 90)
    assert told[-1][1] == "Successfully launched environment: shop", "\n".join(text for _, text in told)
    assert rows(cloud) == ["migrated"] and set(variables(cloud)) == VARIABLES


def test_eb_makes_one(cloud, rds):
    project = beanstalk.Project(cloud, "orders")
    project.write(beanstalk.application("v1", PROGRAMS))
    project.eb("init", "orders", "-p", "docker", "-r", beanstalk.REGION)
    said = project.eb("create", "orders-env", "--single", "--database", "--database.engine", "postgres",
                      "--database.version", databases.POSTGRES, "--database.username", "keeper", "--database.password", PASSWORD,
                      "--database.instance", "db.t3.small", "--database.size", "7", timeout=180)
    assert "Created RDS database named:" in said and "Successfully launched environment: orders-env" in said
    assert PASSWORD not in said
    add(cloud, "by-eb", "orders-env")
    [instance] = databases.instances(rds)
    assert (instance["MasterUsername"], instance["DBInstanceClass"], instance["AllocatedStorage"]) == ("keeper", "db.t3.small", 7)
    said = project.eb("config", "save", "orders-env", "--cfg", "kept")
    saved = (project.folder / ".elasticbeanstalk/saved_configs/kept.cfg.yml").read_text()
    assert "HasCoupledDatabase" in saved and PASSWORD not in saved
    project.eb("terminate", "orders-env", "--force")
    assert not databases.instances(rds) and not databases.servers(cloud)


def test_what_cannot_be_fails_with_its_cause(cloud):
    cloud.version("data", "v1", beanstalk.application("v1", PROGRAMS))
    for wrong in ({"DBEngine": "oracle-se1"}, {"DBPassword": "sh/rt"}, {"DBDeletionPolicy": "Burn"}, {"DBUser": "1st"},
                  {"DBEngineVersion": "new"}, {"DBAllocatedStorage": "1"}):
        settings = beanstalk.options({NAMESPACE: COUPLED[NAMESPACE] | wrong})
        said = beanstalk.refused(cloud.eb.create_environment, "ConfigurationValidationException", ApplicationName="data",
                                 EnvironmentName="shop", VersionLabel="v1", SolutionStackName=beanstalk.STACK,
                                 OptionSettings=settings)
        assert PASSWORD not in said and "sh/rt" not in said
    # What only the service itself can know fails the deployment, with the cause.
    for wrong, cause in (({"DBEngineVersion": "9.6"}, "Cannot find version 9.6"), ({"DBSnapshotIdentifier": "nope"}, "nope")):
        told = cloud.outcome(cloud.create("data", "shop", "v1", beanstalk.SINGLE, COUPLED, {NAMESPACE: wrong}))
        assert any(severity == "ERROR" and cause in text for severity, text in told), told
        cloud.eb.terminate_environment(EnvironmentName="shop")
        cloud.gone("shop")
    # An image that nobody has, either.
    told = cloud.outcome(cloud.create("data", "shop", "v1", beanstalk.SINGLE, COUPLED, {NAMESPACE: {"DBEngineVersion": "16"}}))
    assert any(severity == "ERROR" and "Pulling postgres:16 failed" in text for severity, text in told), told
