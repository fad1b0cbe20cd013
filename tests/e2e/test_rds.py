"""The API of RDS: instances and snapshots of no environment, by boto3 and aws."""

import pytest

import beanstalk
import databases
import lib
from databases import PASSWORD, docker, image, rds



def test_the_api_of_rds(cloud, rds, docker):
    made = rds.create_db_instance(DBInstanceIdentifier="Stock", DBInstanceClass="db.t3.micro", Engine="postgres",
                                  EngineVersion=databases.POSTGRES, AllocatedStorage=20, MasterUsername="keeper", DBName="stock",
                                  MasterUserPassword=PASSWORD, MultiAZ=True, Tags=[{"Key": "team", "Value": "a"}])["DBInstance"]
    assert (made["DBInstanceStatus"], made["DBInstanceIdentifier"]) == ("creating", "stock")
    databases.available(rds, "stock")
    [told] = rds.describe_db_instances(DBInstanceIdentifier="stock")["DBInstances"]
    assert (told["MultiAZ"], told["AllocatedStorage"]) == (True, 20)
    address, arn = told["Endpoint"]["Address"], told["DBInstanceArn"]
    assert rds.list_tags_for_resource(ResourceName=arn)["TagList"] == [{"Key": "team", "Value": "a"}]

    def ask(statement, password, address=address, name="stock"):
        [server] = [each for each in databases.servers(cloud) if each["Labels"]["com.dabba.rds.instance-name"] == name]
        return databases.psql(docker, server, address, "keeper", password, "stock", statement)
    assert ask("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)", PASSWORD).returncode == 0
    [server] = databases.servers(cloud)
    assert databases.unseen(cloud, docker, server, PASSWORD) == [PASSWORD]
    rds.create_db_snapshot(DBInstanceIdentifier="stock", DBSnapshotIdentifier="first")
    rds.get_waiter("db_snapshot_available").wait(DBSnapshotIdentifier="first", WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    databases.available(rds, "stock")
    assert ask("DELETE FROM kept", PASSWORD).returncode == 0
    rds.modify_db_instance(DBInstanceIdentifier="stock", MasterUserPassword="battery-staple", DBInstanceClass="db.t3.small",
                           MultiAZ=False, AllocatedStorage=30, ApplyImmediately=True)
    databases.available(rds, "stock")
    [told] = rds.describe_db_instances(DBInstanceIdentifier="stock")["DBInstances"]
    assert (told["MultiAZ"], told["AllocatedStorage"]) == (False, 30)
    [snapshot] = rds.describe_db_snapshots(DBSnapshotIdentifier="first")["DBSnapshots"]
    assert snapshot["AllocatedStorage"] == 20
    assert ask("SELECT 1", PASSWORD).returncode != 0 and ask("SELECT 1", "battery-staple").stdout.strip() == "1"
    [server] = databases.servers(cloud)
    assert docker.inspect(server["Id"])["HostConfig"]["Memory"] == 2 << 30
    rds.stop_db_instance(DBInstanceIdentifier="stock")
    lib.wait_for(lambda: databases.instances(rds)[0]["DBInstanceStatus"] == "stopped", "it has stopped", 20)
    # What was stopped is not started by a daemon.
    cloud.kill()
    cloud.start()
    assert not databases.servers(cloud, all=False) and databases.instances(rds)[0]["DBInstanceStatus"] == "stopped"
    rds.start_db_instance(DBInstanceIdentifier="stock")
    databases.available(rds, "stock")
    rds.restore_db_instance_from_db_snapshot(DBInstanceIdentifier="before", DBSnapshotIdentifier="first")
    databases.available(rds, "before")
    [before] = rds.describe_db_instances(DBInstanceIdentifier="before")["DBInstances"]
    assert before["Endpoint"]["Address"] != address
    assert (before["MultiAZ"], before["AllocatedStorage"]) == (False, 20)
    [server] = [each for each in databases.servers(cloud) if each["Labels"]["com.dabba.rds.instance-name"] == "stock"]
    assert databases.unseen(cloud, docker, server, PASSWORD, "battery-staple") == ["battery-staple"]
    assert ask("SELECT n FROM kept", PASSWORD, before["Endpoint"]["Address"], "before").stdout.strip() == "7"
    assert ask("SELECT count(*) FROM kept", "battery-staple").stdout.strip() == "0"
    assert cloud.aws("rds", "describe-db-instances", "--query", "DBInstances[].DBInstanceIdentifier") == ["before", "stock"]
    for name in ("stock", "before"):
        rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)
        databases.deleted(rds, name)
    rds.delete_db_snapshot(DBSnapshotIdentifier="first")
    assert not list((cloud.root / "data" / "aws" / "databases").iterdir())
    assert PASSWORD not in cloud.log() and "battery-staple" not in cloud.log()


def test_mariadb(cloud, rds, docker):
    cloud.load(databases.mariadb())
    rds.create_db_instance(DBInstanceIdentifier="stock", DBInstanceClass="db.t3.micro", Engine="mariadb", Port=3307,
                           EngineVersion=databases.MARIADB, AllocatedStorage=20, MasterUsername="keeper", DBName="stock",
                           MasterUserPassword=PASSWORD)
    databases.available(rds, "stock")

    def ask(statement, password):
        [instance], [server] = databases.instances(rds), databases.servers(cloud)
        address, port = instance["Endpoint"]["Address"], str(instance["Endpoint"]["Port"])
        return docker.run("exec", "-e", f"MYSQL_PWD={password}", server["Id"], "mariadb", "-N", "-h", address, "-P", port,
                          "-u", "keeper", "stock", "-e", statement, check=False)
    assert ask("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)", PASSWORD).returncode == 0
    rds.modify_db_instance(DBInstanceIdentifier="stock", MasterUserPassword="it's-new\\1", ApplyImmediately=True)
    databases.available(rds, "stock")
    assert ask("SELECT 1", PASSWORD).returncode != 0
    assert ask("SELECT n FROM kept", "it's-new\\1").stdout.strip() == "7"
    databases.unseen(cloud, docker, databases.servers(cloud)[0], PASSWORD, "it's-new\\1")
    rds.reboot_db_instance(DBInstanceIdentifier="stock")
    databases.available(rds, "stock")
    assert ask("SELECT n FROM kept", "it's-new\\1").stdout.strip() == "7"
    rds.delete_db_instance(DBInstanceIdentifier="stock", SkipFinalSnapshot=True)
    databases.deleted(rds, "stock")


def test_what_cannot_be_is_refused(cloud, rds):
    beanstalk.refused(rds.describe_db_instances, "DBInstanceNotFound", status=404, DBInstanceIdentifier="nope")
    usual = {"DBInstanceIdentifier": "x", "DBInstanceClass": "db.t3.micro", "Engine": "postgres", "AllocatedStorage": 20,
             "MasterUsername": "keeper", "MasterUserPassword": PASSWORD}
    for wrong, code in [({"Engine": "oracle-ee"}, "InvalidParameterValue"),
                        ({"DBInstanceClass": "db.z"}, "InvalidParameterValue"),
                        ({"MasterUserPassword": "short"}, "InvalidParameterValue"),
                        ({"EngineVersion": "9.6"}, "InvalidParameterCombination"),
                        ({"StorageEncrypted": True}, "InvalidParameterCombination")]:
        beanstalk.refused(rds.create_db_instance, code, **(usual | wrong))
    beanstalk.refused(rds.create_db_cluster, "InvalidAction", DBClusterIdentifier="c", Engine="aurora-mysql")
