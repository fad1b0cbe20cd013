"""Databases: those that belong to an environment, and those of the RDS API, by eb and boto3."""

import os
import signal

import botocore.exceptions
import pytest

import beanstalk
import databases
import lib

NAMESPACE = "aws:rds:dbinstance"
PASSWORD = "correct-horse-battery"
COUPLED = {NAMESPACE: {"HasCoupledDatabase": "true", "DBEngine": "postgres", "DBEngineVersion": databases.POSTGRES,
                       "DBPassword": PASSWORD, "DBInstanceClass": "db.t3.micro"}}
VARIABLES = {"RDS_HOSTNAME", "RDS_PORT", "RDS_DB_NAME", "RDS_USERNAME", "RDS_PASSWORD"}

# The application asks its database by what it is told of it.
SQL = """#!/bin/sh
printf 'Content-Type: text/plain\\r\\n\\r\\n'
export PGPASSWORD="$RDS_PASSWORD" PGCONNECT_TIMEOUT=5
psql -X -q -A -t -h "$RDS_HOSTNAME" -p "$RDS_PORT" -U "$RDS_USERNAME" -d "$RDS_DB_NAME" 2>&1
"""
DOCKERFILE = f'FROM postgres:{databases.POSTGRES}\nENTRYPOINT []\nCOPY . /app\nEXPOSE 80\nCMD ["sh", "/app/run.sh"]\n'


def piped(statement):
    """A program that answers with what the database says to a statement."""
    head, _, last = SQL.rstrip().rpartition("\n")
    return f"{head}\n{statement} | {last}\n"


PROGRAMS = {
    "Dockerfile": DOCKERFILE,
    "web/add": piped('echo "SET client_min_messages = warning; CREATE TABLE IF NOT EXISTS seen (what text); INSERT INTO seen VALUES (\'$QUERY_STRING\');"'),
    "web/rows": piped('echo "SELECT what FROM seen"'),
}


@pytest.fixture(scope="module", autouse=True)
def image(module_cloud):
    """The engine's image, under its official name."""
    module_cloud.load(databases.postgres())


@pytest.fixture
def rds(cloud):
    return cloud.client("rds")


@pytest.fixture
def docker(cloud):
    return lib.Client(cloud, next(iter(lib.clients().values())))


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


def instances(rds):
    return rds.describe_db_instances()["DBInstances"]


def servers(cloud, all=True):
    """The containers of databases."""
    listed = cloud.api("GET", f"/containers/json?all={int(all)}")[1]
    return [each for each in listed if "com.dabba.rds.instance" in each["Labels"]]


def available(rds, name):
    try:
        rds.get_waiter("db_instance_available").wait(DBInstanceIdentifier=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    except botocore.exceptions.WaiterError as error:
        raise AssertionError(f"{error}: {instances(rds)}") from None


def deleted(rds, name):
    return rds.get_waiter("db_instance_deleted").wait(DBInstanceIdentifier=name, WaiterConfig={"Delay": 1, "MaxAttempts": 60})


def query(docker, address, user, password, statement, database="postgres", container=None):
    """What a database says to whoever comes by its network with a password."""
    return docker.run("exec", "-e", f"PGPASSWORD={password}", container, "psql", "-X", "-q", "-A", "-t", "-h", address,
                      "-U", user, "-d", database, "-c", statement, check=False)


def test_a_database_belongs_to_its_environment(cloud, rds, docker):
    told = [text for _, text in launch(cloud)]
    assert any(text.startswith("Creating RDS database named: awseb-e-") for text in told), told
    assert any(text.startswith("Created RDS database named: awseb-e-") for text in told), told
    [instance] = instances(rds)
    assert (instance["DBInstanceStatus"], instance["Engine"], instance["EngineVersion"]) == ("available", "postgres", "15")
    known = variables(cloud)
    assert set(known) == VARIABLES
    assert (known["RDS_HOSTNAME"], known["RDS_PORT"]) == (instance["Endpoint"]["Address"], str(instance["Endpoint"]["Port"]))
    assert (known["RDS_DB_NAME"], known["RDS_USERNAME"], known["RDS_PASSWORD"]) == ("ebdb", "ebroot", PASSWORD)
    add(cloud, "launched")
    [server] = servers(cloud)
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
    assert variables(cloud) == known and servers(cloud)[0]["Id"] == server["Id"]
    # Nobody tells the password.
    [settings] = cloud.eb.describe_configuration_settings(ApplicationName="data", EnvironmentName="shop")["ConfigurationSettings"]
    of_database = {each["OptionName"]: each.get("Value") for each in settings["OptionSettings"] if each["Namespace"] == NAMESPACE}
    assert of_database["DBPassword"] is None and of_database["DBEngine"] == "postgres"
    said = [str(cloud.told()), cloud.log(), str(instances(rds))]
    said += [docker.run("logs", each["Id"]).stdout + docker.run("logs", each["Id"]).stderr
             for each in servers(cloud) + cloud.containers("shop")]
    assert all(PASSWORD not in text for text in said)
    # Another password is the server's and the application's.
    other = {NAMESPACE: {"DBPassword": "battery-staple"}}
    assert cloud.outcome(cloud.deploy("shop", "v2", other))[-1][1] == "Environment update completed successfully."
    assert variables(cloud)["RDS_PASSWORD"] == "battery-staple" and rows(cloud) == ["launched", "deployed"]
    [server] = servers(cloud)
    address = known["RDS_HOSTNAME"]
    assert query(docker, address, "ebroot", PASSWORD, "SELECT 1", "ebdb", server["Id"]).returncode != 0
    assert "battery-staple" not in cloud.log() + docker.run("logs", server["Id"]).stderr
    # Whoever decouples it has it no more.
    told = cloud.outcome(cloud.eb.update_environment(EnvironmentName="shop", OptionSettings=beanstalk.options(
        {NAMESPACE: {"HasCoupledDatabase": "false"}}))["ResponseMetadata"]["RequestId"])
    assert told[-1][1] == "Environment update completed successfully."
    assert variables(cloud) == {}
    lib.wait_for(lambda: not instances(rds) and not servers(cloud), "the database is gone", 20)


def test_a_snapshot_outlives_its_environment(cloud, rds):
    launch(cloud, {NAMESPACE: {"DBDeletionPolicy": "Snapshot"}})
    add(cloud, "kept")
    cloud.eb.terminate_environment(EnvironmentName="shop")
    cloud.gone("shop", 60)
    assert not instances(rds) and not servers(cloud)
    [snapshot] = rds.describe_db_snapshots()["DBSnapshots"]
    assert (snapshot["Status"], snapshot["MasterUsername"]) == ("available", "ebroot")
    name = snapshot["DBSnapshotIdentifier"]
    # Another environment is made from it, with a password of its own, and its database stays when it goes.
    other = {"DBSnapshotIdentifier": name, "DBPassword": "battery-staple", "DBDeletionPolicy": "Retain"}
    launch(cloud, {NAMESPACE: other}, name="again", label="v2")
    assert rows(cloud, "again") == ["kept"] and variables(cloud, "again")["RDS_PASSWORD"] == "battery-staple"
    [instance] = instances(rds)
    beanstalk.refused(rds.delete_db_instance, "InvalidDBInstanceState", "belongs to the environment",
                      DBInstanceIdentifier=instance["DBInstanceIdentifier"], SkipFinalSnapshot=True)
    cloud.eb.terminate_environment(EnvironmentName="again")
    cloud.gone("again", 60)
    [left] = instances(rds)
    assert (left["DBInstanceStatus"], left["Endpoint"]) == ("available", instance["Endpoint"])
    assert len(servers(cloud, all=False)) == 1
    rds.delete_db_instance(DBInstanceIdentifier=left["DBInstanceIdentifier"], SkipFinalSnapshot=True)
    deleted(rds, left["DBInstanceIdentifier"])
    rds.delete_db_snapshot(DBSnapshotIdentifier=name)
    lib.wait_for(lambda: not rds.describe_db_snapshots()["DBSnapshots"], "the snapshot is gone", 20)
    assert not [each for each in cloud.api("GET", "/volumes")[1]["Volumes"] or [] if each["Name"].startswith("rds-")]


def test_a_crash_while_it_is_made(cloud, rds):
    cloud.version("data", "v1", beanstalk.application("v1", PROGRAMS))
    request = cloud.create("data", "shop", "v1", beanstalk.SINGLE, COUPLED)
    lib.wait_for(lambda: servers(cloud), "its container is there", 30)
    cloud.kill()
    cloud.start()
    told = cloud.outcome(request, 90)
    assert told[-1][1] == "Successfully launched environment: shop", "\n".join(text for _, text in told)
    add(cloud, "alive")
    assert len(instances(rds)) == len(servers(cloud)) == 1
    # And while it goes.
    cloud.eb.terminate_environment(EnvironmentName="shop")
    cloud.kill()
    cloud.start()
    cloud.gone("shop", 60)
    assert not instances(rds) and not servers(cloud)
    # Whoever changes their mind meanwhile waits for nothing.
    cloud.create("data", "other", "v1", beanstalk.SINGLE, COUPLED)
    lib.wait_for(lambda: servers(cloud), "its container is there", 30)
    cloud.eb.terminate_environment(EnvironmentName="other")
    cloud.gone("other", 20)
    assert not instances(rds) and not servers(cloud)


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
    [instance] = instances(rds)
    assert (instance["MasterUsername"], instance["DBInstanceClass"], instance["AllocatedStorage"]) == ("keeper", "db.t3.small", 7)
    said = project.eb("config", "save", "orders-env", "--cfg", "kept")
    saved = (project.folder / ".elasticbeanstalk/saved_configs/kept.cfg.yml").read_text()
    assert "HasCoupledDatabase" in saved and PASSWORD not in saved
    project.eb("terminate", "orders-env", "--force")
    assert not instances(rds) and not servers(cloud)


def test_the_api_of_rds(cloud, rds, docker):
    made = rds.create_db_instance(DBInstanceIdentifier="Stock", DBInstanceClass="db.t3.micro", Engine="postgres",
                                  EngineVersion=databases.POSTGRES, AllocatedStorage=20, MasterUsername="keeper", DBName="stock",
                                  MasterUserPassword=PASSWORD, Tags=[{"Key": "team", "Value": "a"}])["DBInstance"]
    assert (made["DBInstanceStatus"], made["DBInstanceIdentifier"]) == ("creating", "stock")
    available(rds, "stock")
    [told] = rds.describe_db_instances(DBInstanceIdentifier="stock")["DBInstances"]
    address, arn = told["Endpoint"]["Address"], told["DBInstanceArn"]
    assert rds.list_tags_for_resource(ResourceName=arn)["TagList"] == [{"Key": "team", "Value": "a"}]

    def ask(statement, password, address=address, name="stock"):
        [server] = [each for each in servers(cloud) if each["Labels"]["com.dabba.rds.instance-name"] == name]
        return query(docker, address, "keeper", password, statement, "stock", server["Id"])
    assert ask("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)", PASSWORD).returncode == 0
    rds.create_db_snapshot(DBInstanceIdentifier="stock", DBSnapshotIdentifier="first")
    rds.get_waiter("db_snapshot_available").wait(DBSnapshotIdentifier="first", WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    available(rds, "stock")
    assert ask("DELETE FROM kept", PASSWORD).returncode == 0
    rds.modify_db_instance(DBInstanceIdentifier="stock", MasterUserPassword="battery-staple", DBInstanceClass="db.t3.small",
                           ApplyImmediately=True)
    available(rds, "stock")
    assert ask("SELECT 1", PASSWORD).returncode != 0 and ask("SELECT 1", "battery-staple").stdout.strip() == "1"
    [server] = servers(cloud)
    assert docker.inspect(server["Id"])["HostConfig"]["Memory"] == 2 << 30
    rds.stop_db_instance(DBInstanceIdentifier="stock")
    lib.wait_for(lambda: instances(rds)[0]["DBInstanceStatus"] == "stopped", "it has stopped", 20)
    # What was stopped is not started by a daemon.
    cloud.kill()
    cloud.start()
    assert not servers(cloud, all=False) and instances(rds)[0]["DBInstanceStatus"] == "stopped"
    rds.start_db_instance(DBInstanceIdentifier="stock")
    available(rds, "stock")
    rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="before", DBSnapshotIdentifier="first")
    available(rds, "before")
    [before] = rds.describe_db_instances(DBInstanceIdentifier="before")["DBInstances"]
    assert before["Endpoint"]["Address"] != address
    assert ask("SELECT n FROM kept", PASSWORD, before["Endpoint"]["Address"], "before").stdout.strip() == "7"
    assert ask("SELECT count(*) FROM kept", "battery-staple").stdout.strip() == "0"
    assert cloud.aws("rds", "describe-db-instances", "--query", "DBInstances[].DBInstanceIdentifier") == ["before", "stock"]
    for name in ("stock", "before"):
        rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
        deleted(rds, name)
    rds.delete_db_snapshot(DBSnapshotIdentifier="first")
    assert PASSWORD not in cloud.log() and "battery-staple" not in cloud.log()


def test_mariadb(cloud, rds, docker):
    cloud.load(databases.mariadb())
    rds.create_db_instance(DBInstanceIdentifier="stock", DBInstanceClass="db.t3.micro", Engine="mariadb", Port=3307,
                           EngineVersion=databases.MARIADB, AllocatedStorage=20, MasterUsername="keeper", DBName="stock",
                           MasterUserPassword=PASSWORD)
    available(rds, "stock")

    def ask(statement, password):
        [instance], [server] = instances(rds), servers(cloud)
        address, port = instance["Endpoint"]["Address"], str(instance["Endpoint"]["Port"])
        return docker.run("exec", "-e", f"MYSQL_PWD={password}", server["Id"], "mariadb", "-N", "-h", address, "-P", port,
                          "-u", "keeper", "stock", "-e", statement, check=False)
    assert ask("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)", PASSWORD).returncode == 0
    rds.modify_db_instance(DBInstanceIdentifier="stock", MasterUserPassword="it's-new\\1", ApplyImmediately=True)
    available(rds, "stock")
    assert ask("SELECT 1", PASSWORD).returncode != 0
    assert ask("SELECT n FROM kept", "it's-new\\1").stdout.strip() == "7"
    rds.reboot_db_instance(DBInstanceIdentifier="stock")
    available(rds, "stock")
    assert ask("SELECT n FROM kept", "it's-new\\1").stdout.strip() == "7"
    rds.delete_db_instance(DBInstanceIdentifier="stock", SkipFinalSnapshot=True)
    deleted(rds, "stock")


def test_what_cannot_be_is_refused(cloud, rds):
    beanstalk.refused(rds.describe_db_instances, "DBInstanceNotFound", status=404, DBInstanceIdentifier="nope")
    usual = {"DBInstanceIdentifier": "x", "DBInstanceClass": "db.t3.micro", "Engine": "postgres", "AllocatedStorage": 20,
             "MasterUsername": "keeper", "MasterUserPassword": PASSWORD}
    for wrong, code in [({"Engine": "oracle-ee"}, "InvalidParameterValue"), ({"DBInstanceClass": "db.z"}, "InvalidParameterValue"),
                        ({"MasterUserPassword": "short"}, "InvalidParameterValue"),
                        ({"EngineVersion": "9.6"}, "InvalidParameterCombination"),
                        ({"StorageEncrypted": True}, "InvalidParameterCombination")]:
        beanstalk.refused(rds.create_db_instance, code, **(usual | wrong))
    beanstalk.refused(rds.create_db_cluster, "InvalidAction", DBClusterIdentifier="c", Engine="aurora-mysql")
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
