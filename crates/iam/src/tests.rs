//! The whole of it, from one end to the other.

use std::collections::BTreeMap;

use super::*;

const ANY: &str = "*";

struct World {
    iam: Iam,
    store: Store,
    _dir: tempfile::TempDir,
}

fn account() -> AccountId {
    "123456789012".parse().unwrap()
}

fn world() -> World {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("state")).unwrap();
    World { iam: Iam::open(store.clone(), account()).unwrap(), store, _dir: dir }
}

impl World {
    fn again(&self) -> Iam {
        Iam::open(self.store.clone(), account()).unwrap()
    }

    async fn user(&self, name: &str) -> Principal {
        let new = NewUser { name: name.parse().unwrap(), path: Path::default(), tags: Tags::default(), boundary: None };
        self.iam.create_user(new, now()).await.unwrap();
        let key = self.iam.create_access_key(name.parse().unwrap(), now()).await.unwrap();
        self.iam.credential(key.id.as_str()).unwrap().principal
    }

    async fn role(&self, name: &str, trust: &str) -> aws::Arn {
        let new = NewRole {
            name: name.parse().unwrap(),
            path: Path::default(),
            trust: Policy::trust(trust).unwrap(),
            description: None,
            max_session: MaxSession::default(),
            tags: Tags::default(),
            boundary: None,
        };
        self.iam.create_role(new, now()).await.unwrap().arn(&account()).parse().unwrap()
    }

    async fn allow(&self, to: Identity, policy: &str, action: &str, resource: &str) {
        let document = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}]}}"#
        );
        self.iam.put_inline(to, policy.parse().unwrap(), Policy::identity(&document).unwrap()).await.unwrap();
    }

    fn may(&self, who: &Principal, action: &str, resource: &str) -> bool {
        let access = Access { action, resource, context: BTreeMap::new(), resource_policy: None };
        self.iam.authorize(who, &access).is_ok()
    }
}

fn now() -> Timestamp {
    Timestamp::now()
}

fn user(name: &str) -> Identity {
    Identity::User(name.parse().unwrap())
}

fn managed(name: &str) -> PolicyArn {
    format!("arn:aws:iam::aws:policy/{name}").parse().unwrap()
}

fn asked(role: &aws::Arn) -> AssumeRole {
    AssumeRole {
        role: role.clone(),
        session: "test".parse().unwrap(),
        duration: None,
        policy: None,
        policy_arns: Vec::new(),
        external_id: None,
        tags: Tags::default(),
        context: BTreeMap::new(),
    }
}

#[tokio::test]
async fn the_first_key_is_given_until_somebody_was_told() {
    let world = world();
    let (id, secret) = world.iam.first_key().unwrap();
    let credential = world.iam.credential(id.as_str()).unwrap();
    assert_eq!(credential.secret, secret);
    assert_eq!(credential.principal.arn(), "arn:aws:iam::123456789012:user/admin");
    assert!(world.may(&credential.principal, "elasticbeanstalk:CreateEnvironment", ANY));
    world.iam.set_alias("firm".parse().unwrap()).await.unwrap();
    let again = world.again();
    assert_eq!(again.first_key().unwrap().0, id);
    again.first_key_told().await.unwrap();
    let again = world.again();
    assert!(again.first_key().is_none());
    assert_eq!(again.snapshot().alias().unwrap().to_string(), "firm");
    assert_eq!(again.credential(id.as_str()).unwrap().secret, secret);
    assert!(!format!("{:?}", again.snapshot()).contains(secret.reveal()));
}

#[tokio::test]
async fn an_administrator_that_was_deleted_stays_deleted() {
    let world = world();
    let (id, _) = world.iam.first_key().unwrap();
    let admin: UserName = "admin".parse().unwrap();
    assert_eq!(world.iam.delete_user(admin.clone()).await.unwrap_err().code(), "DeleteConflict");
    world.iam.delete_access_key(admin.clone(), id).await.unwrap();
    assert_eq!(world.iam.delete_user(admin.clone()).await.unwrap_err().code(), "DeleteConflict");
    world.iam.detach(user("admin"), managed("AdministratorAccess")).await.unwrap();
    world.iam.delete_user(admin).await.unwrap();
    let again = world.again();
    assert!(again.first_key().is_none() && again.snapshot().users.is_empty());
}

#[tokio::test]
async fn a_user_may_what_its_policies_and_its_groups_say() {
    let world = world();
    let bob = world.user("bob").await;
    assert!(!world.may(&bob, "s3:GetObject", "arn:aws:s3:::b/k"));
    world.allow(user("bob"), "own", "s3:GetObject", "arn:aws:s3:::b/${aws:username}/*").await;
    assert!(world.may(&bob, "s3:GetObject", "arn:aws:s3:::b/bob/k"));
    assert!(!world.may(&bob, "s3:GetObject", "arn:aws:s3:::b/eve/k"));

    let group: GroupName = "readers".parse().unwrap();
    world.iam.create_group(group.clone(), Path::default(), now()).await.unwrap();
    world.iam.attach(Identity::Group(group.clone()), managed("AmazonS3ReadOnlyAccess")).await.unwrap();
    world.iam.add_to_group("bob".parse().unwrap(), group.clone()).await.unwrap();
    assert!(world.may(&bob, "s3:GetObject", "arn:aws:s3:::b/eve/k"));
    assert!(!world.may(&bob, "s3:PutObject", "arn:aws:s3:::b/eve/k"));

    // Renamed, both are who they were.
    world.iam.update_group(group, Some("lookers".parse().unwrap()), None).await.unwrap();
    world.iam.update_user("bob".parse().unwrap(), Some("Bob".parse().unwrap()), None).await.unwrap();
    assert!(world.may(&bob, "s3:GetObject", "arn:aws:s3:::b/eve/k"));
    assert!(world.may(&bob, "s3:GetObject", "arn:aws:s3:::b/Bob/k"));

    world.iam.set_boundary(user("Bob"), Some(managed("IAMFullAccess"))).await.unwrap();
    assert!(!world.may(&bob, "s3:GetObject", "arn:aws:s3:::b/eve/k"));
    assert!(!world.may(&bob, "iam:CreateUser", ANY));
}

#[tokio::test]
async fn another_user_of_the_same_name_is_another_user() {
    let world = world();
    let old = world.user("bob").await;
    let name: UserName = "bob".parse().unwrap();
    for key in world.iam.snapshot().keys.values().filter(|key| key.user.as_str() == old.user_id()) {
        world.iam.delete_access_key(name.clone(), key.id.clone()).await.unwrap();
    }
    world.iam.delete_user(name).await.unwrap();
    let new = world.user("bob").await;
    world.iam.attach(user("bob"), managed("AdministratorAccess")).await.unwrap();
    assert!(world.may(&new, "s3:GetObject", ANY));
    assert!(!world.may(&old, "s3:GetObject", ANY));
    // Not even what a resource grants to the name.
    let policy = r#"{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}}"#;
    let policy = Policy::resource(policy).unwrap();
    let access = Access { action: "s3:Get", resource: ANY, context: BTreeMap::new(), resource_policy: Some(&policy) };
    assert!(world.iam.authorize(&old, &access).is_err());
    assert!(world.iam.authorize(&Principal::Anonymous, &access).is_ok());
}

#[tokio::test]
async fn names_are_given_once_whatever_their_case() {
    let world = world();
    world.user("bob").await;
    let new = |name: &str| NewUser {
        name: name.parse().unwrap(),
        path: Path::default(),
        tags: Tags::default(),
        boundary: None,
    };
    let error = world.iam.create_user(new("BOB"), now()).await.unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        ("EntityAlreadyExists", "User with name BOB already exists.")
    );
    let error = world.iam.update_user("admin".parse().unwrap(), Some("Bob".parse().unwrap()), None).await.unwrap_err();
    assert_eq!(error.code(), "EntityAlreadyExists");
    assert!(world.iam.snapshot().user(&"admin".parse().unwrap()).is_ok(), "nothing of a refused change stays");
}

#[tokio::test]
async fn keys_have_a_life() {
    let world = world();
    world.user("bob").await;
    let bob: UserName = "bob".parse().unwrap();
    let second = world.iam.create_access_key(bob.clone(), now()).await.unwrap();
    let error = world.iam.create_access_key(bob.clone(), now()).await.unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        ("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2")
    );
    assert!(world.iam.update_access_key("admin".parse().unwrap(), second.id.clone(), false).await.is_err());
    world.iam.update_access_key(bob.clone(), second.id.clone(), false).await.unwrap();
    assert!(world.iam.credential(second.id.as_str()).is_none());
    world.iam.update_access_key(bob.clone(), second.id.clone(), true).await.unwrap();
    assert!(world.iam.credential(second.id.as_str()).is_some());

    let first = Timestamp::from_nanos(1_000_000_000_000_000_000).unwrap();
    let at = |seconds| first.saturating_add(std::time::Duration::from_secs(seconds));
    for (when, recorded) in [(0, 0), (10, 0), (limits::LAST_USED, limits::LAST_USED)] {
        world.iam.key_used(&second.id, "s3", "us-east-1", at(when)).await.unwrap();
        let last = world.iam.snapshot().key(&second.id).unwrap().last_used.clone().unwrap();
        assert_eq!((last.when, last.service.as_str()), (at(recorded), "s3"));
    }
    world.iam.delete_access_key(bob, second.id.clone()).await.unwrap();
    assert!(world.iam.credential(second.id.as_str()).is_none());
}

#[tokio::test]
async fn policies_have_versions() {
    let world = world();
    let bob = world.user("bob").await;
    let document = |action: &str| {
        Policy::identity(&format!(r#"{{"Statement":{{"Effect":"Allow","Action":"{action}","Resource":"*"}}}}"#))
            .unwrap()
    };
    let new = NewPolicy {
        name: "p".parse().unwrap(),
        path: "/team/".parse().unwrap(),
        document: document("s3:*"),
        description: None,
        tags: Tags::default(),
    };
    let arn = world.iam.create_policy(new, now()).await.unwrap().arn.clone();
    assert_eq!(arn.as_str(), "arn:aws:iam::123456789012:policy/team/p");
    world.iam.attach(user("bob"), arn.clone()).await.unwrap();
    assert!(world.may(&bob, "s3:GetObject", ANY));
    let (second, _) = world.iam.create_policy_version(arn.clone(), document("sqs:*"), false, now()).await.unwrap();
    assert!(world.may(&bob, "s3:GetObject", ANY));
    world.iam.set_default_policy_version(arn.clone(), second, now()).await.unwrap();
    assert!(!world.may(&bob, "s3:GetObject", ANY) && world.may(&bob, "sqs:SendMessage", ANY));

    let code = |result: Result<()>| result.unwrap_err().code();
    assert_eq!(code(world.iam.delete_policy_version(arn.clone(), second, now()).await), "DeleteConflict");
    assert_eq!(code(world.iam.delete_policy(arn.clone()).await), "DeleteConflict");
    world.iam.detach(user("bob"), arn.clone()).await.unwrap();
    assert_eq!(code(world.iam.detach(user("bob"), arn.clone()).await), "NoSuchEntity");
    assert_eq!(code(world.iam.delete_policy(arn.clone()).await), "DeleteConflict");
    world.iam.delete_policy_version(arn.clone(), VersionId::FIRST, now()).await.unwrap();
    // A number is not given again.
    let (third, _) = world.iam.create_policy_version(arn.clone(), document("*"), false, now()).await.unwrap();
    assert_eq!(third.to_string(), "v3");
    for _ in 0..3 {
        world.iam.create_policy_version(arn.clone(), document("*"), false, now()).await.unwrap();
    }
    let error = world.iam.create_policy_version(arn.clone(), document("*"), false, now()).await.unwrap_err();
    assert_eq!(error.code(), "LimitExceeded");
    assert_eq!(code(world.iam.delete_policy(managed("ReadOnlyAccess")).await), "AccessDenied");
    assert_eq!(code(world.iam.attach(user("bob"), managed("Nothing")).await), "NoSuchEntity");
}

#[tokio::test]
async fn policies_have_sizes() {
    let world = world();
    world.user("bob").await;
    let long = |n: usize| {
        let id = "x".repeat(n);
        Policy::identity(&format!(r#"{{"Id":"{id}","Statement":{{"Effect":"Deny","Action":"*","Resource":"*"}}}}"#))
            .unwrap()
    };
    let put = |name: &str, n| world.iam.put_inline(user("bob"), name.parse().unwrap(), long(n));
    put("a", 1000).await.unwrap();
    let error = put("b", 1000).await.unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        ("LimitExceeded", "Maximum policy size of 2048 bytes exceeded for user bob")
    );
    put("a", 1900).await.unwrap();
    let new = NewPolicy {
        name: "p".parse().unwrap(),
        path: Path::default(),
        document: long(6200),
        description: None,
        tags: Tags::default(),
    };
    assert_eq!(world.iam.create_policy(new, now()).await.unwrap_err().code(), "LimitExceeded");
}

#[tokio::test]
async fn a_role_is_assumed_by_whom_it_trusts() {
    let world = world();
    let (bob, eve) = (world.user("bob").await, world.user("eve").await);
    let role = world
        .role("r", r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/bob"},"Action":"sts:AssumeRole","Condition":{"StringEqualsIfExists":{"sts:ExternalId":"42"}}}}"#)
        .await;
    world.iam.attach(Identity::Role("r".parse().unwrap()), managed("AmazonS3FullAccess")).await.unwrap();
    let error = world.iam.assume_role(&eve, asked(&role), now()).await.unwrap_err();
    assert_eq!(error.code(), "AccessDenied");
    let wrong = AssumeRole { external_id: Some("41".into()), ..asked(&role) };
    assert_eq!(world.iam.assume_role(&bob, wrong, now()).await.unwrap_err().code(), "AccessDenied");
    let other: aws::Arn = "arn:aws:iam::123456789012:role/none".parse().unwrap();
    assert_eq!(world.iam.assume_role(&bob, asked(&other), now()).await.unwrap_err().code(), "AccessDenied");

    let session = world.iam.assume_role(&bob, asked(&role), now()).await.unwrap();
    let credential = world.iam.credential(session.key.as_str()).unwrap();
    assert_eq!(credential.principal.arn(), "arn:aws:sts::123456789012:assumed-role/r/test");
    assert!(credential.principal.user_id().ends_with(":test"));
    assert_eq!(credential.session_token.as_ref(), Some(&session.token));
    assert!(world.may(&credential.principal, "s3:PutObject", ANY));
    assert!(!world.may(&credential.principal, "iam:CreateUser", ANY));
    // It outlives the daemon, and not its role.
    assert_eq!(world.again().credential(session.key.as_str()).unwrap().principal, credential.principal);
    world.iam.detach(Identity::Role("r".parse().unwrap()), managed("AmazonS3FullAccess")).await.unwrap();
    assert!(!world.may(&credential.principal, "s3:PutObject", ANY));

    let narrow = Policy::identity(r#"{"Statement":{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}}"#).unwrap();
    world.iam.attach(Identity::Role("r".parse().unwrap()), managed("AmazonS3FullAccess")).await.unwrap();
    let narrowed = AssumeRole { policy: Some(narrow), ..asked(&role) };
    let session = world.iam.assume_role(&bob, narrowed, now()).await.unwrap();
    assert!(world.may(&session.principal, "s3:GetObject", ANY));
    assert!(!world.may(&session.principal, "s3:PutObject", ANY));
}

#[tokio::test]
async fn a_service_assumes_the_role_that_trusts_it() {
    let world = world();
    let role = world
        .role(
            "ec2",
            r#"{"Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}"#,
        )
        .await;
    let service = |name: &str| Principal::Service { name: name.to_owned() };
    assert!(world.iam.assume_role(&service("s3.amazonaws.com"), asked(&role), now()).await.is_err());
    assert!(world.iam.assume_role(&service("ec2.amazonaws.com"), asked(&role), now()).await.is_ok());
}

#[tokio::test]
async fn sessions_end() {
    let world = world();
    let bob = world.user("bob").await;
    world.iam.attach(user("bob"), managed("AdministratorAccess")).await.unwrap();
    let start = now();
    let later = |seconds| start.saturating_add(std::time::Duration::from_secs(seconds));
    let session = world.iam.session_token(&bob, Some(900), start).await.unwrap();
    let key = session.key.as_str();
    assert!(world.iam.credential_at(key, later(899)).is_some());
    assert!(world.iam.credential_at(key, later(900)).is_none() && world.iam.has_expired(key, later(900)));
    assert!(world.may(&session.principal, "s3:GetObject", ANY));
    assert!(world.may(&session.principal, "sts:AssumeRole", ANY));
    assert!(!world.may(&session.principal, "iam:CreateUser", ANY));
    assert_eq!(world.iam.session_token(&session.principal, None, start).await.unwrap_err().code(), "AccessDenied");
    for seconds in [899, 129_601] {
        let error = world.iam.session_token(&bob, Some(seconds), start).await.unwrap_err();
        assert_eq!(error.code(), "ValidationError");
    }
    // The next one that begins sweeps those that are over.
    world.iam.session_token(&bob, None, later(901)).await.unwrap();
    assert_eq!(world.iam.snapshot().sessions.len(), 1);
}

#[tokio::test]
async fn roles_trust_only_whom_there_is() {
    let world = world();
    let new = |trust: &str, name: &str| NewRole {
        name: name.parse().unwrap(),
        path: Path::default(),
        trust: Policy::trust(trust).unwrap(),
        description: None,
        max_session: MaxSession::default(),
        tags: Tags::default(),
        boundary: None,
    };
    let trust = r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/nobody"},"Action":"sts:AssumeRole"}}"#;
    let error = world.iam.create_role(new(trust, "r"), now()).await.unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        ("MalformedPolicyDocument", "Invalid principal in policy: \"AWS\":\"arn:aws:iam::123456789012:user/nobody\"")
    );
    world.user("nobody").await;
    world.iam.create_role(new(trust, "r"), now()).await.unwrap();

    let profile: ProfileName = "r".parse().unwrap();
    world.iam.create_profile(profile.clone(), Path::default(), Tags::default(), now()).await.unwrap();
    world.iam.add_role_to_profile(profile.clone(), "r".parse().unwrap()).await.unwrap();
    let error = world.iam.add_role_to_profile(profile.clone(), "r".parse().unwrap()).await.unwrap_err();
    assert_eq!(error.code(), "LimitExceeded");
    for result in [world.iam.delete_role("r".parse().unwrap()).await, world.iam.delete_profile(profile.clone()).await] {
        assert_eq!(result.unwrap_err().code(), "DeleteConflict");
    }
    world.iam.remove_role_from_profile(profile.clone(), "r".parse().unwrap()).await.unwrap();
    world.iam.delete_role("r".parse().unwrap()).await.unwrap();
    world.iam.delete_profile(profile).await.unwrap();
}

#[tokio::test]
async fn what_is_known_of_who_asks_cannot_be_said_otherwise() {
    let world = world();
    let bob = world.user("bob").await;
    let document = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:username":"admin"}}}}"#;
    world.iam.put_inline(user("bob"), "p".parse().unwrap(), Policy::identity(document).unwrap()).await.unwrap();
    let context = BTreeMap::from([("AWS:username".to_owned(), vec!["admin".to_owned()])]);
    let access = Access { action: "s3:GetObject", resource: ANY, context, resource_policy: None };
    assert_eq!(world.iam.authorize(&bob, &access).unwrap_err().reason, Reason::Missing(Layer::Identity));
}

#[tokio::test]
async fn the_account_has_another_name() {
    let world = world();
    world.iam.set_alias("acme".parse().unwrap()).await.unwrap();
    assert_eq!(world.again().snapshot().alias().map(Alias::as_str), Some("acme"));
    assert_eq!(world.iam.delete_alias("other".parse().unwrap()).await.unwrap_err().code(), "NoSuchEntity");
    world.iam.delete_alias("acme".parse().unwrap()).await.unwrap();
    assert!(world.iam.snapshot().alias().is_none());
}
