//! Requests as they come from the wire, answers as they go there.

use std::collections::BTreeMap;

use ::iam::{Access, Principal};
use words::Timestamp;

use super::*;
use crate::codec::query::{Parameters, Reader};
use crate::codec::{Members, validate, xml};
use crate::service::Service;

/// An account with its administrator, and a way to ask as anybody.
pub(crate) struct World {
    pub(crate) iam: ::iam::Iam,
    pub(crate) admin: Principal,
    _dir: tempfile::TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = store::Store::open(&dir.path().join("state")).unwrap();
        let iam = ::iam::Iam::open(store, "123456789012".parse().unwrap()).unwrap();
        let (key, _) = iam.first_key().unwrap();
        let admin = iam.credential(key.as_str()).unwrap().principal;
        Self { iam, admin, _dir: dir }
    }

    /// What a request comes to: the elements of its result.
    pub(crate) async fn ask(&self, service: &dyn Service, who: &Principal, form: &str) -> Result<String, Error> {
        let model = service.model();
        let parameters = Parameters::parse(form.as_bytes())?;
        let operation = model.operation(parameters.text("Action").unwrap()).unwrap();
        assert!(service.offers(operation.name), "{}", operation.name);
        let input = Reader { ec2: false }.read(operation.input, &parameters)?;
        validate::check(model, operation.input, &input)?;
        let caller = Caller {
            account: "123456789012".parse().unwrap(),
            region: "us-east-1".parse().unwrap(),
            principal: who.clone(),
            request_id: "r".into(),
            now: Timestamp::now(),
            source: None,
            secure: false,
            host: "127.0.0.1".into(),
            user_agent: "test".into(),
        };
        let action = format!("{}:{}", model.action_prefix, operation.name);
        for target in service.targets(&caller, operation.name, Members::new(operation.input, &input)) {
            let mut context = caller.context();
            context.extend(target.context);
            let access = Access { action: &action, resource: &target.resource, context, resource_policy: None };
            self.iam.authorize(who, &access)?;
        }
        let output = service.call(operation.name, &caller, input).await?;
        let mut document = xml::Document::new();
        document.members(operation.output, &output);
        let text = document.finish();
        Ok(text.split_once('\n').map(|(_, rest)| rest.to_owned()).unwrap())
    }

    async fn admin(&self, form: &str) -> String {
        self.ask(&Iam::new(self.iam.clone()), &self.admin, form).await.unwrap_or_else(|error| panic!("{form}: {error}"))
    }

    async fn refused(&self, form: &str) -> (&'static str, u16, String) {
        let error = self.ask(&Iam::new(self.iam.clone()), &self.admin, form).await.unwrap_err();
        (error.code.code, error.code.status, error.message.into_owned())
    }

    pub(crate) async fn user(&self, name: &str) -> Principal {
        self.admin(&format!("Action=CreateUser&UserName={name}")).await;
        let key = between(&self.admin(&format!("Action=CreateAccessKey&UserName={name}")).await, "AccessKeyId");
        self.iam.credential(&key).unwrap().principal
    }

    pub(crate) async fn make(&self, form: &str) {
        self.admin(form).await;
    }
}

/// The text of the first element of this name.
pub(crate) fn between(xml: &str, name: &str) -> String {
    let (_, rest) = xml.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("no {name} in {xml}"));
    rest.split_once("</").unwrap().0.to_owned()
}

fn all(xml: &str, name: &str) -> Vec<String> {
    xml.split(&format!("<{name}>")).skip(1).map(|rest| rest.split_once("</").unwrap().0.to_owned()).collect()
}

pub(crate) fn escaped(text: &str) -> String {
    utf8_percent_encode(text, DOCUMENT).to_string()
}

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;

#[test]
fn every_operation_of_the_model_is_there() {
    let world = World::new();
    let service = Iam::new(world.iam.clone());
    for operation in service.model().operations {
        assert!(service.offers(operation.name), "{}", operation.name);
    }
}

/// What `eb create` does before it creates anything.
#[tokio::test]
async fn a_role_for_instances() {
    let world = World::new();
    let trust = escaped(TRUST);
    let name = "aws-elasticbeanstalk-ec2-role";
    world.admin(&format!("Action=CreateInstanceProfile&InstanceProfileName={name}")).await;
    let made = world.admin(&format!("Action=CreateRole&RoleName={name}&AssumeRolePolicyDocument={trust}")).await;
    assert_eq!(between(&made, "Arn"), format!("arn:aws:iam::123456789012:role/{name}"));
    for policy in
        ["AWSElasticBeanstalkWebTier", "AWSElasticBeanstalkMulticontainerDocker", "AWSElasticBeanstalkWorkerTier"]
    {
        world
            .admin(&format!("Action=AttachRolePolicy&RoleName={name}&PolicyArn=arn:aws:iam::aws:policy/{policy}"))
            .await;
    }
    let profile = format!("InstanceProfileName={name}");
    world.admin(&format!("Action=AddRoleToInstanceProfile&{profile}&RoleName={name}")).await;

    let got = world.admin(&format!("Action=GetRole&RoleName={name}")).await;
    let document = between(&got, "AssumeRolePolicyDocument");
    assert!(document.starts_with("%7B%22Version%22%3A%222012-10-17%22"), "{document}");
    assert_eq!(percent_encoding::percent_decode_str(&document).decode_utf8().unwrap(), TRUST);
    let attached = world.admin(&format!("Action=ListAttachedRolePolicies&RoleName={name}")).await;
    assert_eq!(
        all(&attached, "PolicyName"),
        ["AWSElasticBeanstalkMulticontainerDocker", "AWSElasticBeanstalkWebTier", "AWSElasticBeanstalkWorkerTier"]
    );
    let got = world.admin(&format!("Action=GetInstanceProfile&{profile}")).await;
    assert_eq!(between(&got, "RoleName"), name);

    for (form, expected) in [
        (
            format!("Action=CreateInstanceProfile&{profile}"),
            ("EntityAlreadyExists", 409, format!("Instance Profile {name} already exists.")),
        ),
        (
            format!("Action=CreateRole&RoleName={name}&AssumeRolePolicyDocument={trust}"),
            ("EntityAlreadyExists", 409, format!("Role with name {name} already exists.")),
        ),
        (
            format!("Action=AddRoleToInstanceProfile&{profile}&RoleName={name}"),
            ("LimitExceeded", 409, "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1".into()),
        ),
        (
            "Action=GetRole&RoleName=none".into(),
            ("NoSuchEntity", 404, "The role with name none cannot be found.".into()),
        ),
        (
            "Action=CreateRole&RoleName=x&AssumeRolePolicyDocument=nonsense".into(),
            ("MalformedPolicyDocument", 400, "Syntax errors in policy.".into()),
        ),
        (
            format!("Action=CreateRole&RoleName=x&AssumeRolePolicyDocument={trust}&MaxSigninSessionDuration=3600"),
            (
                "InvalidInput",
                400,
                "MaxSigninSessionDuration is not supported here: there is no console sign-in by roles. Leave it out."
                    .into(),
            ),
        ),
    ] {
        assert_eq!(world.refused(&form).await, expected, "{form}");
    }
}

#[tokio::test]
async fn lists_come_in_pages() {
    let world = World::new();
    for n in 0..5 {
        world.admin(&format!("Action=CreateUser&UserName=user{n}&Path=/team/")).await;
    }
    let mut seen = Vec::new();
    let mut form = "Action=ListUsers&MaxItems=2&PathPrefix=/team/".to_owned();
    loop {
        let piece = world.admin(&form).await;
        seen.extend(all(&piece, "UserName"));
        if between(&piece, "IsTruncated") == "false" {
            break;
        }
        form = format!("Action=ListUsers&MaxItems=2&PathPrefix=/team/&Marker={}", between(&piece, "Marker"));
    }
    assert_eq!(seen, ["user0", "user1", "user2", "user3", "user4"]);
    assert_eq!(world.refused("Action=ListUsers&Marker=!").await.0, "ValidationError");
    assert_eq!(world.refused("Action=ListUsers&MaxItems=0").await.0, "ValidationError");
}

#[tokio::test]
async fn managed_policies_are_listed_with_their_uses() {
    let world = World::new();
    let document =
        escaped(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#);
    let made = world.admin(&format!("Action=CreatePolicy&PolicyName=mine&PolicyDocument={document}")).await;
    let arn = between(&made, "Arn");
    assert_eq!(arn, "arn:aws:iam::123456789012:policy/mine");
    let admin = "Action=ListPolicies&Scope=AWS&OnlyAttached=true";
    assert_eq!(all(&world.admin(admin).await, "PolicyName"), ["AdministratorAccess"]);
    assert_eq!(all(&world.admin("Action=ListPolicies&Scope=Local").await, "PolicyName"), ["mine"]);
    assert_eq!(all(&world.admin("Action=ListPolicies").await, "PolicyName").len(), 16);

    world
        .admin(&format!("Action=CreatePolicyVersion&PolicyArn={arn}&PolicyDocument={document}&SetAsDefault=true"))
        .await;
    let versions = world.admin(&format!("Action=ListPolicyVersions&PolicyArn={arn}")).await;
    assert_eq!(all(&versions, "VersionId"), ["v2", "v1"]);
    assert_eq!(all(&versions, "IsDefaultVersion"), ["true", "false"]);
    let got = world.admin(&format!("Action=GetPolicyVersion&PolicyArn={arn}&VersionId=v1")).await;
    assert_eq!(between(&got, "Document"), document);
    world.admin(&format!("Action=AttachUserPolicy&UserName=admin&PolicyArn={arn}")).await;
    let entities = world.admin(&format!("Action=ListEntitiesForPolicy&PolicyArn={arn}")).await;
    assert_eq!(all(&entities, "UserName"), ["admin"]);
    assert_eq!(
        world.refused(&format!("Action=DeletePolicy&PolicyArn={arn}")).await,
        ("DeleteConflict", 409, "Cannot delete a policy attached to entities.".into())
    );
}

#[tokio::test]
async fn policies_of_ones_own_tags_and_boundaries() {
    let world = World::new();
    let document =
        escaped(r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#);
    world.admin("Action=CreateGroup&GroupName=g").await;
    world.admin("Action=AddUserToGroup&GroupName=g&UserName=admin").await;
    assert_eq!(between(&world.admin("Action=GetGroup&GroupName=g").await, "UserName"), "admin");
    assert_eq!(between(&world.admin("Action=ListGroupsForUser&UserName=admin").await, "GroupName"), "g");
    world.admin(&format!("Action=PutGroupPolicy&GroupName=g&PolicyName=p&PolicyDocument={document}")).await;
    let got = world.admin("Action=GetGroupPolicy&GroupName=g&PolicyName=p").await;
    assert_eq!((between(&got, "GroupName"), between(&got, "PolicyDocument")), ("g".into(), document));
    assert_eq!(all(&world.admin("Action=ListGroupPolicies&GroupName=g").await, "member"), ["p"]);
    assert_eq!(world.refused("Action=DeleteGroup&GroupName=g").await.0, "DeleteConflict");
    world.admin("Action=DeleteGroupPolicy&GroupName=g&PolicyName=p").await;
    assert_eq!(
        world.refused("Action=GetGroupPolicy&GroupName=g&PolicyName=p").await,
        ("NoSuchEntity", 404, "The group policy with name p cannot be found.".into())
    );

    world.admin("Action=TagUser&UserName=admin&Tags.member.1.Key=a&Tags.member.1.Value=b").await;
    assert_eq!(between(&world.admin("Action=ListUserTags&UserName=admin").await, "Value"), "b");
    world.admin("Action=UntagUser&UserName=admin&TagKeys.member.1=A").await;
    assert!(all(&world.admin("Action=ListUserTags&UserName=admin").await, "Value").is_empty());

    let bound = "arn:aws:iam::aws:policy/AdministratorAccess";
    world.admin(&format!("Action=PutUserPermissionsBoundary&UserName=admin&PermissionsBoundary={bound}")).await;
    let got = world.admin("Action=GetUser").await;
    assert_eq!(between(&got, "PermissionsBoundaryArn"), bound);
    world.admin("Action=CreateAccountAlias&AccountAlias=acme").await;
    assert_eq!(all(&world.admin("Action=ListAccountAliases").await, "member"), ["acme"]);
    assert!(world.admin("Action=GetAccountSummary").await.contains("<key>Users</key><value>1</value>"));
}

#[tokio::test]
async fn who_may_what_is_asked_of_the_right_resource() {
    let world = World::new();
    let bob = world.user("bob").await;
    let service = Iam::new(world.iam.clone());
    let ask = |form: &'static str| world.ask(&service, &bob, form);
    let error = ask("Action=GetUser").await.unwrap_err();
    assert_eq!(
        (error.code.code, error.code.status, error.message.as_ref()),
        (
            "AccessDenied",
            403,
            "User: arn:aws:iam::123456789012:user/bob is not authorized to perform: iam:GetUser on resource: \
             arn:aws:iam::123456789012:user/bob because no identity-based policy allows the iam:GetUser action"
        )
    );
    // The usual self-service: one's own keys, and attaching only what is harmless.
    let document = escaped(
        r#"{"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":"iam:*AccessKey*","Resource":"arn:aws:iam::*:user/${aws:username}"},
            {"Effect":"Allow","Action":"iam:AttachUserPolicy","Resource":"*","Condition":{"ArnEquals":{"iam:PolicyARN":"arn:aws:iam::aws:policy/ReadOnlyAccess"}}},
            {"Effect":"Allow","Action":"iam:AddRoleToInstanceProfile","Resource":"*"}]}"#,
    );
    world.make(&format!("Action=PutUserPolicy&UserName=bob&PolicyName=self&PolicyDocument={document}")).await;
    assert!(ask("Action=ListAccessKeys").await.is_ok());
    assert!(ask("Action=CreateAccessKey&UserName=bob").await.is_ok());
    assert_eq!(ask("Action=CreateAccessKey&UserName=admin").await.unwrap_err().code.code, "AccessDenied");
    let attach = "Action=AttachUserPolicy&UserName=bob&PolicyArn=arn:aws:iam::aws:policy/";
    for (policy, good) in [("AdministratorAccess", false), ("ReadOnlyAccess", true)] {
        let form = format!("{attach}{policy}");
        assert_eq!(world.ask(&service, &bob, &form).await.is_ok(), good, "{policy}");
    }
    // A role is not to be had by putting it into a profile.
    world.make(&format!("Action=CreateRole&RoleName=r&AssumeRolePolicyDocument={}", escaped(TRUST))).await;
    world.make("Action=CreateInstanceProfile&InstanceProfileName=p").await;
    let error = ask("Action=AddRoleToInstanceProfile&InstanceProfileName=p&RoleName=r").await.unwrap_err();
    assert!(error.message.contains("iam:PassRole on resource: arn:aws:iam::123456789012:role/r"), "{error}");
}

#[tokio::test]
async fn services_have_roles() {
    let world = World::new();
    let form = "Action=CreateServiceLinkedRole&AWSServiceName=elasticbeanstalk.amazonaws.com";
    let made = world.admin(form).await;
    assert_eq!(
        between(&made, "Arn"),
        "arn:aws:iam::123456789012:role/aws-service-role/elasticbeanstalk.amazonaws.com/AWSServiceRoleForElasticBeanstalk"
    );
    assert_eq!(world.refused(form).await.0, "InvalidInput");
    assert_eq!(world.refused("Action=CreateServiceLinkedRole&AWSServiceName=x.amazonaws.com").await.0, "InvalidInput");
}

#[test]
fn faults_have_the_model_s_codes() {
    let world = World::new();
    let service = Iam::new(world.iam.clone());
    assert_eq!(service.model().signing_name, "iam");
    let statuses = BTreeMap::from([
        (Error::from(Fault::NoSuchEntity(String::new())).code.status, 404),
        (Error::from(Fault::DeleteConflict(String::new())).code.status, 409),
        (Error::from(Fault::Forbidden(String::new())).code.status, 403),
        (Error::from(Fault::Store(store::Error::Closed)).code.status, 500),
    ]);
    assert!(statuses.iter().all(|(found, expected)| found == expected), "{statuses:?}");
    for fault in [Fault::InvalidInput("x".into()), Fault::LimitExceeded("x".into()), Fault::Validation("x".into())] {
        let code = fault.code();
        assert_eq!(Error::from(fault).code.code, code);
    }
}
