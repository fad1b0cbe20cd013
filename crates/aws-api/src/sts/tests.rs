//! Requests as they come from the wire, answers as they go there.

use super::*;
use crate::iam::tests::{World, between, escaped};

#[tokio::test]
async fn who_asks_is_told_without_any_permission() {
    let world = World::new();
    let sts = Sts::new(world.iam.clone());
    let bob = world.user("bob").await;
    let told = world.ask(&sts, &bob, "Action=GetCallerIdentity").await.unwrap();
    assert_eq!(between(&told, "Arn"), "arn:aws:iam::123456789012:user/bob");
    assert_eq!(between(&told, "Account"), "123456789012");
    assert!(between(&told, "UserId").starts_with("AIDA"));
}

#[tokio::test]
async fn a_session_of_a_role() {
    let world = World::new();
    let sts = Sts::new(world.iam.clone());
    let bob = world.user("bob").await;
    let trust = escaped(
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/bob"},"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{"StringLike":{"sts:RoleSessionName":"${aws:username}*"}}}]}"#,
    );
    world.make(&format!("Action=CreateRole&RoleName=r&AssumeRolePolicyDocument={trust}")).await;
    let role = "arn:aws:iam::123456789012:role/r";
    let assume = format!("Action=AssumeRole&RoleArn={role}&RoleSessionName");
    let begun =
        world.ask(&sts, &bob, &format!("{assume}=bob1&Tags.member.1.Key=t&Tags.member.1.Value=v")).await.unwrap();
    assert_eq!(between(&begun, "Arn"), "arn:aws:sts::123456789012:assumed-role/r/bob1");
    let key = between(&begun, "AccessKeyId");
    assert!(key.starts_with("ASIA"));
    let credential = world.iam.credential(&key).unwrap();
    assert_eq!(credential.session_token.unwrap().reveal(), between(&begun, "SessionToken"));
    let told = world.ask(&sts, &credential.principal, "Action=GetCallerIdentity").await.unwrap();
    assert_eq!(between(&told, "Arn"), "arn:aws:sts::123456789012:assumed-role/r/bob1");

    for (form, who, code, status) in [
        (format!("{assume}=eve"), &bob, "AccessDenied", 403),
        (format!("{assume}=bob1"), &world.admin, "AccessDenied", 403),
        (format!("{assume}=bob1&DurationSeconds=3601"), &bob, "ValidationError", 400),
        (format!("{assume}=bob1&Policy=nonsense"), &bob, "MalformedPolicyDocument", 400),
        (format!("{assume}=bob1&SerialNumber=123456789&TokenCode=123456"), &bob, "AccessDenied", 403),
        (format!("{assume}=bob1&SourceIdentity=x1"), &bob, "ValidationError", 400),
        (
            "Action=AssumeRole&RoleArn=arn:aws:iam::123456789012:nothing&RoleSessionName=bob1".into(),
            &bob,
            "AccessDenied",
            403,
        ),
    ] {
        let error = world.ask(&sts, who, &form).await.unwrap_err();
        assert_eq!((error.code.code, error.code.status), (code, status), "{form}: {error}");
    }
}

#[tokio::test]
async fn a_session_of_a_user() {
    let world = World::new();
    let sts = Sts::new(world.iam.clone());
    let begun = world.ask(&sts, &world.admin, "Action=GetSessionToken&DurationSeconds=900").await.unwrap();
    let session = world.iam.credential(&between(&begun, "AccessKeyId")).unwrap().principal;
    assert!(world.ask(&sts, &session, "Action=GetCallerIdentity").await.is_ok());
    let error = world.ask(&sts, &session, "Action=GetSessionToken").await.unwrap_err();
    assert_eq!(error.code.code, "AccessDenied");
    let iam = crate::iam::Iam::new(world.iam.clone());
    assert_eq!(world.ask(&iam, &session, "Action=ListUsers").await.unwrap_err().code.code, "AccessDenied");
    assert!(world.ask(&sts, &Principal::Anonymous, "Action=GetSessionToken").await.is_err());
}
