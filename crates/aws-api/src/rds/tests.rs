//! Requests as they come from the wire, answers as they go there.

use std::net::Ipv4Addr;

use ::rds::host::Doing;
use ::rds::{Host, Snapshot};
use words::Secret;

use super::*;
use crate::iam::tests::{World, between};

/// A machine on which everything is done at once.
struct Paper;

impl Host for Paper {
    fn fill(&self, _: Arc<Instance>, _: Arc<Snapshot>) -> Doing<'_, ()> {
        Box::pin(async { Ok(()) })
    }
    fn run(&self, _: Arc<Instance>) -> Doing<'_, Ipv4Addr> {
        Box::pin(async { Ok(Ipv4Addr::new(100, 96, 0, 2)) })
    }
    fn set_password(&self, _: Arc<Instance>, _: Secret) -> Doing<'_, ()> {
        Box::pin(async { Ok(()) })
    }
    fn stop(&self, _: Arc<Instance>) -> Doing<'_, ()> {
        Box::pin(async { Ok(()) })
    }
    fn keep(&self, _: Arc<Instance>, _: Arc<Snapshot>) -> Doing<'_, ()> {
        Box::pin(async { Ok(()) })
    }
    fn remove(&self, _: Arc<Instance>) -> Doing<'_, ()> {
        Box::pin(async { Ok(()) })
    }
    fn forget(&self, _: Arc<Snapshot>) -> Doing<'_, ()> {
        Box::pin(async { Ok(()) })
    }
}

struct Databases {
    world: World,
    service: Rds,
    _dir: tempfile::TempDir,
}

impl Databases {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = store::Store::open(&dir.path().join("state")).unwrap();
        let rds = ::rds::Rds::open(store, "123456789012".parse().unwrap(), Arc::new(Paper)).unwrap();
        Self { world: World::new(), service: Rds::new(rds), _dir: dir }
    }

    async fn ask(&self, form: &str) -> Result<String> {
        self.world.ask(&self.service, &self.world.admin, form).await
    }

    async fn does(&self, form: &str) -> String {
        self.ask(form).await.unwrap_or_else(|error| panic!("{form}: {error}"))
    }

    async fn refused(&self, form: &str) -> (&'static str, u16) {
        let error = self.ask(form).await.unwrap_err();
        (error.code.code, error.code.status)
    }

    async fn settled(&self, name: &str) -> String {
        loop {
            let told = self.does(&format!("Action=DescribeDBInstances&DBInstanceIdentifier={name}")).await;
            if ["available", "stopped"].contains(&between(&told, "DBInstanceStatus").as_str()) {
                return told;
            }
            tokio::task::yield_now().await;
        }
    }
}

const ORDERS: &str = "Action=CreateDBInstance&DBInstanceIdentifier=Orders&DBInstanceClass=db.t3.micro&Engine=postgres\
                      &AllocatedStorage=20&MasterUsername=ebroot&MasterUserPassword=correct-horse";

#[tokio::test]
async fn an_instance_is_told_without_its_password() {
    let databases = Databases::new();
    let made = databases.does(ORDERS).await;
    assert_eq!(between(&made, "DBInstanceStatus"), "creating");
    let told = databases.settled("orders").await;
    for (name, text) in [
        ("DBInstanceIdentifier", "orders"),
        ("Engine", "postgres"),
        ("EngineVersion", "17"),
        ("Address", "100.96.0.2"),
        ("Port", "5432"),
        ("MasterUsername", "ebroot"),
        ("DBInstanceArn", "arn:aws:rds:us-east-1:123456789012:db:orders"),
        ("AvailabilityZone", "us-east-1a"),
    ] {
        assert_eq!(between(&told, name), text, "{told}");
    }
    let new = "Action=ModifyDBInstance&DBInstanceIdentifier=orders&MasterUserPassword=battery-staple";
    let changed = databases.does(new).await;
    let told = databases.settled("orders").await;
    assert!(![made, changed, told].iter().any(|text| text.contains("horse") || text.contains("staple")));
    let tags = "ResourceName=arn:aws:rds:us-east-1:123456789012:db:orders";
    databases.does(&format!("Action=AddTagsToResource&{tags}&Tags.Tag.1.Key=team&Tags.Tag.1.Value=a")).await;
    let listed = databases.does(&format!("Action=ListTagsForResource&{tags}")).await;
    assert!(listed.contains("<Key>team</Key><Value>a</Value>"), "{listed}");
    databases.does(&format!("Action=RemoveTagsFromResource&{tags}&TagKeys.member.1=team")).await;
    assert!(!databases.does(&format!("Action=ListTagsForResource&{tags}")).await.contains("team"));
    databases.does("Action=CreateDBSnapshot&DBInstanceIdentifier=orders&DBSnapshotIdentifier=s1").await;
    databases.settled("orders").await;
    let kept = databases.does("Action=DescribeDBSnapshots&DBInstanceIdentifier=orders").await;
    assert_eq!((between(&kept, "Status").as_str(), between(&kept, "PercentProgress").as_str()), ("available", "100"));
    assert!(!kept.contains("staple"));
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_amazons_codes() {
    let databases = Databases::new();
    databases.does(ORDERS).await;
    databases.settled("orders").await;
    let other = |text: &str| ORDERS.replace("Orders", "other") + text;
    for (form, code, status) in [
        (ORDERS.to_owned(), "DBInstanceAlreadyExists", 400),
        ("Action=DescribeDBInstances&DBInstanceIdentifier=nope".into(), "DBInstanceNotFound", 404),
        ("Action=DeleteDBInstance&DBInstanceIdentifier=nope&SkipFinalSnapshot=true".into(), "DBInstanceNotFound", 404),
        ("Action=DeleteDBInstance&DBInstanceIdentifier=orders".into(), "InvalidParameterCombination", 400),
        ("Action=DescribeDBSnapshots&DBSnapshotIdentifier=nope".into(), "DBSnapshotNotFound", 404),
        ("Action=StartDBInstance&DBInstanceIdentifier=orders".into(), "InvalidDBInstanceState", 400),
        ("Action=DescribeDBInstances&MaxRecords=5".into(), "InvalidParameterValue", 400),
        (
            "Action=DescribeDBInstances&Filters.Filter.1.Name=x&Filters.Filter.1.Values.Value.1=y".into(),
            "InvalidParameterValue",
            400,
        ),
        (other("&StorageEncrypted=true"), "InvalidParameterCombination", 400),
        (other("&EngineVersion=3.1"), "InvalidParameterCombination", 400),
        (other("&Port=80"), "InvalidParameterValue", 400),
        (other("").replace("postgres", "oracle-se2"), "InvalidParameterValue", 400),
        (other("").replace("db.t3.micro", "db.z9.huge"), "InvalidParameterValue", 400),
        (other("").replace("correct-horse", "short"), "InvalidParameterValue", 400),
        (other("").replace("&MasterUserPassword=correct-horse", ""), "MissingParameter", 400),
        ("Action=ListTagsForResource&ResourceName=arn:aws:s3:::x".into(), "InvalidParameterValue", 400),
    ] {
        assert_eq!(databases.refused(&form).await, (code, status), "{form}");
    }
    // What asks for nothing is no reason to refuse.
    databases.does(&other("&StorageEncrypted=false&BackupRetentionPeriod=0")).await;
}

#[tokio::test]
async fn lists_come_in_pages() {
    let databases = Databases::new();
    for number in 10..35 {
        databases.does(&ORDERS.replace("Orders", &format!("db{number}"))).await;
    }
    let first = databases.does("Action=DescribeDBInstances&MaxRecords=20").await;
    assert_eq!(first.matches("<DBInstanceStatus>").count(), 20);
    let marker = between(&first, "Marker");
    let second = databases.does(&format!("Action=DescribeDBInstances&MaxRecords=20&Marker={marker}")).await;
    assert_eq!((second.matches("<DBInstanceStatus>").count(), second.contains("<Marker>")), (5, false));
    let versions = databases.does("Action=DescribeDBEngineVersions&Engine=mysql&DefaultOnly=true").await;
    assert_eq!(between(&versions, "EngineVersion"), "8.4");
    let form = "Action=DescribeOrderableDBInstanceOptions&Engine=postgres&EngineVersion=17&DBInstanceClass=db.t3.micro";
    assert_eq!(databases.does(form).await.matches("<DBInstanceClass>db.t3.micro<").count(), 1);
}

/// Policies are asked about the instance.
#[tokio::test]
async fn who_may_not_is_refused() {
    let databases = Databases::new();
    databases.does(ORDERS).await;
    let user = databases.world.user("ada").await;
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"rds:DescribeDBInstances","Resource":"arn:aws:rds:us-east-1:123456789012:db:orders"}]}"#;
    let document = crate::iam::tests::escaped(document);
    let policy = format!("Action=PutUserPolicy&UserName=ada&PolicyName=p&PolicyDocument={document}");
    databases.world.make(&policy).await;
    let ask = |form: &'static str| databases.world.ask(&databases.service, &user, form);
    ask("Action=DescribeDBInstances&DBInstanceIdentifier=orders").await.unwrap();
    for form in ["Action=DescribeDBInstances", "Action=StopDBInstance&DBInstanceIdentifier=orders"] {
        assert_eq!(ask(form).await.unwrap_err().code, error::ACCESS_DENIED, "{form}");
    }
}
