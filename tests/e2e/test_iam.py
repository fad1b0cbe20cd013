"""IAM and STS, with boto3 and the aws command line: who may what, and that every call is judged by it."""

import datetime
import json
import re
import time
from unittest import mock

import botocore.auth
import pytest

import beanstalk
import lib
from beanstalk import refused


@pytest.fixture
def iam(cloud):
    """IAM; whatever a test makes there goes."""
    iam = cloud.client("iam")
    yield iam
    for user in iam.list_users()["Users"]:
        name = user["UserName"]
        if name == "admin":
            continue
        for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
        for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
            iam.delete_user_policy(UserName=name, PolicyName=policy)
        for policy in iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]:
            iam.detach_user_policy(UserName=name, PolicyArn=policy["PolicyArn"])
        for group in iam.list_groups_for_user(UserName=name)["Groups"]:
            iam.remove_user_from_group(UserName=name, GroupName=group["GroupName"])
        iam.delete_user(UserName=name)
    for group in iam.list_groups()["Groups"]:
        name = group["GroupName"]
        for policy in iam.list_group_policies(GroupName=name)["PolicyNames"]:
            iam.delete_group_policy(GroupName=name, PolicyName=policy)
        for policy in iam.list_attached_group_policies(GroupName=name)["AttachedPolicies"]:
            iam.detach_group_policy(GroupName=name, PolicyArn=policy["PolicyArn"])
        iam.delete_group(GroupName=name)
    for profile in iam.list_instance_profiles()["InstanceProfiles"]:
        for role in profile["Roles"]:
            iam.remove_role_from_instance_profile(InstanceProfileName=profile["InstanceProfileName"], RoleName=role["RoleName"])
        iam.delete_instance_profile(InstanceProfileName=profile["InstanceProfileName"])
    for role in iam.list_roles()["Roles"]:
        name = role["RoleName"]
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
        for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
            iam.detach_role_policy(RoleName=name, PolicyArn=policy["PolicyArn"])
        iam.delete_role(RoleName=name)
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        iam.delete_policy(PolicyArn=policy["Arn"])


def statement(effect, actions, resources="*", **more):
    return {"Effect": effect, "Action": actions, "Resource": resources} | more


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(*principals):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"} for principal in principals]})


EC2 = trust({"Service": "ec2.amazonaws.com"})


@pytest.fixture
def user(iam):
    """A user without permissions: its keys."""
    iam.create_user(UserName="bob")
    key = iam.create_access_key(UserName="bob")["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def account(cloud):
    return cloud.client("sts").get_caller_identity()["Account"]


def test_who_asks(cloud, iam, user):
    told = cloud.aws("sts", "get-caller-identity")
    assert re.fullmatch(r"\d{12}", told["Account"]) and told["Arn"] == f"arn:aws:iam::{told['Account']}:user/admin"
    bob = cloud.client("sts", user).get_caller_identity()
    assert bob["Arn"].endswith(":user/bob") and bob["UserId"].startswith("AIDA")
    assert cloud.client("iam").get_user()["User"]["UserName"] == "admin"
    refused(cloud.client("iam", user).get_user, "AccessDenied", "iam:GetUser", 403)


def test_users_and_keys(cloud, iam):
    made = iam.create_user(UserName="ann", Path="/staff/", Tags=[{"Key": "k", "Value": "v"}])["User"]
    assert made["Arn"] == f"arn:aws:iam::{account(cloud)}:user/staff/ann"
    refused(iam.create_user, "EntityAlreadyExists", "ann", 409, UserName="ann")
    refused(iam.get_user, "NoSuchEntity", "nope", 404, UserName="nope")
    refused(iam.create_user, "ValidationError", UserName="no spaces allowed")
    assert [each["UserName"] for each in iam.list_users(PathPrefix="/staff/")["Users"]] == ["ann"]
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    second = iam.create_access_key(UserName="ann")["AccessKey"]
    refused(iam.create_access_key, "LimitExceeded", status=409, UserName="ann")
    keys = key["AccessKeyId"], key["SecretAccessKey"]
    assert cloud.client("sts", keys).get_caller_identity()["Arn"] == made["Arn"]
    # When it was used last is known soon, and is written down once in a while only.
    lib.wait_for(lambda: iam.get_access_key_last_used(AccessKeyId=keys[0])["AccessKeyLastUsed"].get("LastUsedDate"),
                 "the use of the key is known")
    last = iam.get_access_key_last_used(AccessKeyId=keys[0])
    assert last["UserName"] == "ann" and last["AccessKeyLastUsed"]["ServiceName"] == "sts"
    assert iam.get_access_key_last_used(AccessKeyId=second["AccessKeyId"])["AccessKeyLastUsed"]["ServiceName"] == "N/A"
    # A key that is shut off, and one that is gone.
    iam.update_access_key(UserName="ann", AccessKeyId=keys[0], Status="Inactive")
    refused(cloud.client("sts", keys).get_caller_identity, "InvalidClientTokenId", status=403)
    iam.update_access_key(UserName="ann", AccessKeyId=keys[0], Status="Active")
    cloud.client("sts", keys).get_caller_identity()
    iam.delete_access_key(UserName="ann", AccessKeyId=keys[0])
    refused(cloud.client("sts", keys).get_caller_identity, "InvalidClientTokenId", status=403)
    refused(iam.delete_user, "DeleteConflict", status=409, UserName="ann")
    iam.delete_access_key(UserName="ann", AccessKeyId=second["AccessKeyId"])
    iam.delete_user(UserName="ann")


def test_nothing_is_allowed_that_is_not_said(cloud, iam, user):
    eb = cloud.client("elasticbeanstalk", user)
    s3 = cloud.client("s3", user)
    told = refused(eb.create_application, "AccessDenied", "elasticbeanstalk:CreateApplication", 403, ApplicationName="shop")
    assert f"arn:aws:iam::{account(cloud)}:user/bob is not authorized to perform" in told
    refused(s3.list_buckets, "AccessDenied", "s3:ListAllMyBuckets", 403)
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy(statement("Allow", "elasticbeanstalk:*")))
    eb.create_application(ApplicationName="shop")
    refused(s3.list_buckets, "AccessDenied", status=403)
    # A denial is stronger than what is allowed.
    iam.put_user_policy(UserName="bob", PolicyName="q", PolicyDocument=policy(statement("Deny", "elasticbeanstalk:Delete*")))
    told = refused(eb.delete_application, "AccessDenied", "explicit deny", 403, ApplicationName="shop")
    iam.delete_user_policy(UserName="bob", PolicyName="q")
    eb.delete_application(ApplicationName="shop")


def test_permissions_are_for_resources(cloud, iam, user):
    arn = f"arn:aws:elasticbeanstalk:{beanstalk.REGION}:{account(cloud)}:application/mine*"
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy(
        statement("Allow", ["elasticbeanstalk:CreateApplication", "elasticbeanstalk:DeleteApplication"], arn),
        statement("Allow", "s3:*", ["arn:aws:s3:::mine", "arn:aws:s3:::mine/*"]),
        statement("Deny", "s3:PutObject", "arn:aws:s3:::mine/locked/*")))
    eb, s3 = cloud.client("elasticbeanstalk", user), cloud.client("s3", user)
    eb.create_application(ApplicationName="mine1")
    refused(eb.create_application, "AccessDenied", status=403, ApplicationName="yours")
    s3.create_bucket(Bucket="mine")
    refused(s3.create_bucket, "AccessDenied", status=403, Bucket="yours")
    s3.put_object(Bucket="mine", Key="a", Body=b"x")
    refused(s3.put_object, "AccessDenied", status=403, Bucket="mine", Key="locked/a", Body=b"x")
    assert s3.get_object(Bucket="mine", Key="a")["Body"].read() == b"x"


def test_conditions(cloud, iam, user):
    only = statement("Allow", "elasticbeanstalk:CreateApplication", Condition={
        "StringEquals": {"aws:RequestedRegion": "eu-west-1"}, "IpAddress": {"aws:SourceIp": "127.0.0.0/8"}})
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy(only))
    refused(cloud.client("elasticbeanstalk", user).create_application, "AccessDenied", status=403, ApplicationName="a1")
    west = cloud.client("elasticbeanstalk", user, region="eu-west-1")
    west.create_application(ApplicationName="a1")
    # Regions are apart.
    assert cloud.eb.describe_applications()["Applications"] == []
    admin = cloud.client("elasticbeanstalk", region="eu-west-1")
    assert [each["ApplicationArn"].split(":")[3] for each in admin.describe_applications()["Applications"]] == ["eu-west-1"]
    admin.delete_application(ApplicationName="a1")


def test_groups_and_managed_policies(cloud, iam, user):
    made = iam.create_policy(PolicyName="readers", PolicyDocument=policy(statement("Allow", "elasticbeanstalk:Describe*")))["Policy"]
    iam.create_group(GroupName="staff")
    iam.attach_group_policy(GroupName="staff", PolicyArn=made["Arn"])
    eb = cloud.client("elasticbeanstalk", user)
    refused(eb.describe_applications, "AccessDenied", status=403)
    iam.add_user_to_group(GroupName="staff", UserName="bob")
    assert eb.describe_applications()["Applications"] == []
    assert [each["UserName"] for each in iam.get_group(GroupName="staff")["Users"]] == ["bob"]
    refused(iam.delete_policy, "DeleteConflict", status=409, PolicyArn=made["Arn"])
    # Another version of the policy takes effect at once.
    iam.create_policy_version(PolicyArn=made["Arn"], PolicyDocument=policy(statement("Allow", "s3:*")), SetAsDefault=True)
    refused(eb.describe_applications, "AccessDenied", status=403)
    iam.set_default_policy_version(PolicyArn=made["Arn"], VersionId="v1")
    eb.describe_applications()
    iam.delete_policy_version(PolicyArn=made["Arn"], VersionId="v2")
    iam.remove_user_from_group(GroupName="staff", UserName="bob")
    refused(eb.describe_applications, "AccessDenied", status=403)
    iam.detach_group_policy(GroupName="staff", PolicyArn=made["Arn"])
    # AWS's own policies are there.
    iam.attach_user_policy(UserName="bob", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess-AWSElasticBeanstalk")
    eb.describe_applications()
    refused(iam.attach_user_policy, "NoSuchEntity", status=404, UserName="bob", PolicyArn="arn:aws:iam::aws:policy/Nope")
    refused(iam.create_policy, "MalformedPolicyDocument", PolicyName="bad", PolicyDocument='{"Statement": [{"Effect": "Maybe"}]}')


def test_roles_are_assumed(cloud, iam, user):
    bob = f"arn:aws:iam::{account(cloud)}:user/bob"
    role = iam.create_role(RoleName="deployer", AssumeRolePolicyDocument=trust({"AWS": bob}))["Role"]
    iam.put_role_policy(RoleName="deployer", PolicyName="p", PolicyDocument=policy(statement("Allow", "elasticbeanstalk:*")))
    sts = cloud.client("sts", user)
    # The role's own policy is enough within one account.
    session = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="work")
    given = session["Credentials"]
    assert session["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{account(cloud)}:assumed-role/deployer/work"
    assert given["AccessKeyId"].startswith("ASIA")
    left = given["Expiration"] - datetime.datetime.now(datetime.UTC)
    assert datetime.timedelta(minutes=55) < left <= datetime.timedelta(hours=1)
    keys = given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]
    eb = cloud.client("elasticbeanstalk", keys)
    eb.create_application(ApplicationName="shop")
    refused(cloud.client("s3", keys).list_buckets, "AccessDenied", status=403)
    # A session may be given less than its role.
    less = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="less", Policy=policy(statement("Allow", "elasticbeanstalk:Describe*")))["Credentials"]
    small = cloud.client("elasticbeanstalk", (less["AccessKeyId"], less["SecretAccessKey"], less["SessionToken"]))
    small.describe_applications()
    refused(small.delete_application, "AccessDenied", status=403, ApplicationName="shop")
    # A token that is none, and keys without theirs.
    refused(cloud.client("elasticbeanstalk", (keys[0], keys[1], "none")).describe_applications, "InvalidClientTokenId", status=403)
    refused(cloud.client("elasticbeanstalk", keys[:2]).describe_applications, "InvalidClientTokenId", status=403)
    # Who is not trusted does not get it, whatever else he may.
    iam.create_role(RoleName="other", AssumeRolePolicyDocument=EC2)
    refused(sts.assume_role, "AccessDenied", status=403, RoleArn=role["Arn"].replace("deployer", "other"), RoleSessionName="work")
    refused(sts.assume_role, "AccessDenied", status=403, RoleArn=role["Arn"].replace("deployer", "nope"), RoleSessionName="work")


def test_roles_and_profiles_as_eb_makes_them(iam):
    iam.create_instance_profile(InstanceProfileName="aws-elasticbeanstalk-ec2-role")
    iam.create_role(RoleName="aws-elasticbeanstalk-ec2-role", AssumeRolePolicyDocument=EC2)
    refused(iam.create_role, "EntityAlreadyExists", status=409, RoleName="aws-elasticbeanstalk-ec2-role", AssumeRolePolicyDocument=EC2)
    for name in ("AWSElasticBeanstalkWebTier", "AWSElasticBeanstalkWorkerTier", "AWSElasticBeanstalkMulticontainerDocker"):
        iam.attach_role_policy(RoleName="aws-elasticbeanstalk-ec2-role", PolicyArn=f"arn:aws:iam::aws:policy/{name}")
    iam.add_role_to_instance_profile(InstanceProfileName="aws-elasticbeanstalk-ec2-role", RoleName="aws-elasticbeanstalk-ec2-role")
    attached = iam.list_attached_role_policies(RoleName="aws-elasticbeanstalk-ec2-role")["AttachedPolicies"]
    assert len(attached) == 3
    role = iam.get_role(RoleName="aws-elasticbeanstalk-ec2-role")["Role"]
    # boto3 decodes what is percent-encoded on the wire.
    assert role["AssumeRolePolicyDocument"] == json.loads(EC2)
    profile = iam.get_instance_profile(InstanceProfileName="aws-elasticbeanstalk-ec2-role")["InstanceProfile"]
    assert [each["RoleName"] for each in profile["Roles"]] == ["aws-elasticbeanstalk-ec2-role"]
    refused(iam.delete_role, "DeleteConflict", status=409, RoleName="aws-elasticbeanstalk-ec2-role")


def test_an_alias(iam):
    iam.create_account_alias(AccountAlias="our-shop")
    assert iam.list_account_aliases()["AccountAliases"] == ["our-shop"]
    iam.delete_account_alias(AccountAlias="our-shop")
    assert iam.list_account_aliases()["AccountAliases"] == []
    refused(iam.delete_account_alias, "NoSuchEntity", status=404, AccountAlias="our-shop")


def test_boundaries(cloud, iam, user):
    """A user may no more than its boundary, whatever else is allowed."""
    made = iam.create_policy(PolicyName="fence", PolicyDocument=policy(statement("Allow", "s3:*")))["Policy"]
    iam.attach_user_policy(UserName="bob", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=made["Arn"])
    cloud.client("s3", user).list_buckets()
    refused(cloud.client("elasticbeanstalk", user).describe_applications, "AccessDenied", status=403)
    iam.delete_user_permissions_boundary(UserName="bob")
    cloud.client("elasticbeanstalk", user).describe_applications()


@pytest.mark.parametrize("minutes, code", [(-16, "SignatureDoesNotMatch"), (6, "SignatureDoesNotMatch"), (-14, None), (4, None)])
def test_clocks_that_go_wrong(cloud, minutes, code):
    shifted = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=minutes)
    with mock.patch.object(botocore.auth, "get_current_datetime", lambda: shifted):
        if code is None:
            cloud.client("sts").get_caller_identity()
        else:
            told = refused(cloud.client("sts").get_caller_identity, code, status=403)
            assert shifted.strftime("%Y%m%dT%H%M") in told
            refused(cloud.client("elasticbeanstalk").describe_applications, code, status=403)


def test_wrong_signatures(cloud, iam, user):
    refused(cloud.client("sts", (user[0], "x" * 40)).get_caller_identity, "SignatureDoesNotMatch", status=403)
    refused(cloud.client("sts", ("AKIAAAAAAAAAAAAAAAAA", user[1])).get_caller_identity, "InvalidClientTokenId", status=403)
    # A request that was signed for other parameters.
    client = cloud.client("iam")

    def change(request, **_):
        body = request.body
        request.body = body.replace(b"ann", b"eve") if isinstance(body, bytes) else body.replace("ann", "eve")
    client.meta.events.register("before-send.iam.CreateUser", change)
    refused(client.create_user, "SignatureDoesNotMatch", status=403, UserName="ann")
    assert [each["UserName"] for each in iam.list_users()["Users"]] == ["admin", "bob"]


def test_the_command_line(cloud, iam):
    cloud.aws("iam", "create-user", "--user-name", "ann")
    key = cloud.aws("iam", "create-access-key", "--user-name", "ann")["AccessKey"]
    keys = key["AccessKeyId"], key["SecretAccessKey"]
    cloud.aws("iam", "put-user-policy", "--user-name", "ann", "--policy-name", "p", "--policy-document",
              policy(statement("Allow", "elasticbeanstalk:DescribeApplications")))
    assert cloud.aws("elasticbeanstalk", "describe-applications", keys=keys) == {"Applications": []}
    cloud.aws("elasticbeanstalk", "describe-environments", keys=keys,
              fails="An error occurred (AccessDenied) when calling the DescribeEnvironments operation: User: arn:aws:iam::")
    document = cloud.aws("iam", "get-user-policy", "--user-name", "ann", "--policy-name", "p")["PolicyDocument"]
    assert document["Statement"][0]["Action"] == "elasticbeanstalk:DescribeApplications"


def test_users_survive_the_daemon(cloud, iam, user):
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy(statement("Allow", "elasticbeanstalk:*")))
    cloud.kill()
    cloud.start()
    cloud.client("elasticbeanstalk", user).describe_applications()
    refused(cloud.client("s3", user).list_buckets, "AccessDenied", status=403)
    # The administrator's key is shown once only.
    assert cloud.log().count(cloud.keys[1]) == 1


def test_a_daemon_that_dies_at_its_first_start_still_gives_the_key():
    """At any moment of it: who starts the daemon again can be the administrator, and is shown the key if nobody was."""
    def first_start(moment=None):
        """Kills at a moment of the first start, and starts again twice; gives how long the last start took."""
        cloud = beanstalk.Cloud()
        try:
            if moment:
                cloud.start(wait=False)
                time.sleep(moment)
                cloud.kill()
            began = time.monotonic()
            cloud.start()
            took = time.monotonic() - began
            assert cloud.client("sts").get_caller_identity()["Arn"].endswith(":user/admin"), moment
            shown = cloud.log().count(cloud.keys[1])
            assert shown >= 1, moment
            cloud.kill()
            cloud.start()
            assert cloud.variables()["AWS_SECRET_ACCESS_KEY"] == cloud.keys[1]
            assert cloud.log().count(cloud.keys[1]) == shown, moment
            return took
        finally:
            cloud.destroy()

    whole = first_start()
    for step in range(1, 17):
        first_start(whole * step / 14)
