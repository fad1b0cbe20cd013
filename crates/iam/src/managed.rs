//! The managed policies that AWS has and clients attach by name. The documents are ours: they mean for the services
//! that are here what AWS's mean for all of AWS's.

use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};
use words::Timestamp;

use crate::names::{PolicyArn, PolicyId};
use crate::policies::{ManagedPolicy, NewPolicy};
use crate::policy::Policy;
use crate::tags::Tags;

/// Name, path, unique id, description.
type Known = (&'static str, &'static str, &'static str, &'static str);

/// May do everything.
pub(crate) const ADMINISTRATOR: &str = "AdministratorAccess";

/// What the service itself needs to make environments.
pub(crate) const SERVICE: &str = "AWSElasticBeanstalkService";

const KNOWN: [Known; 15] = [
    (ADMINISTRATOR, "/", "ANPADABBAAAAAAAAAAAAA", "All actions on all resources."),
    (
        "AdministratorAccess-AWSElasticBeanstalk",
        "/",
        "ANPADABBAAAAAAAAAAAAB",
        "All of Elastic Beanstalk, and what it needs of the services that environments are made of.",
    ),
    ("AWSElasticBeanstalkReadOnly", "/", "ANPADABBAAAAAAAAAAAAC", "Looking at applications and environments."),
    ("AWSElasticBeanstalkWebTier", "/", "ANPADABBAAAAAAAAAAAAD", "What instances of a web server environment need."),
    ("AWSElasticBeanstalkWorkerTier", "/", "ANPADABBAAAAAAAAAAAAE", "What instances of a worker environment need."),
    (
        "AWSElasticBeanstalkMulticontainerDocker",
        "/",
        "ANPADABBAAAAAAAAAAAAF",
        "What instances that run several containers need.",
    ),
    (
        "AWSElasticBeanstalkEnhancedHealth",
        "/service-role/",
        "ANPADABBAAAAAAAAAAAAG",
        "What the service needs to watch the health of environments.",
    ),
    (SERVICE, "/service-role/", "ANPADABBAAAAAAAAAAAAH", "What the service needs to create and manage environments."),
    (
        "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy",
        "/",
        "ANPADABBAAAAAAAAAAAAI",
        "What the service needs to update environments by itself.",
    ),
    ("AmazonS3FullAccess", "/", "ANPADABBAAAAAAAAAAAAJ", "All of S3."),
    ("AmazonS3ReadOnlyAccess", "/", "ANPADABBAAAAAAAAAAAAK", "Reading all of S3."),
    ("AmazonSQSFullAccess", "/", "ANPADABBAAAAAAAAAAAAL", "All of SQS."),
    ("IAMFullAccess", "/", "ANPADABBAAAAAAAAAAAAM", "All of IAM."),
    ("PowerUserAccess", "/", "ANPADABBAAAAAAAAAAAAN", "All but who may do what."),
    ("ReadOnlyAccess", "/", "ANPADABBAAAAAAAAAAAAO", "Looking at everything."),
];

/// All of them. They are version 1 for ever.
pub(crate) fn policies() -> &'static [Arc<ManagedPolicy>] {
    static ALL: LazyLock<Vec<Arc<ManagedPolicy>>> =
        LazyLock::new(|| KNOWN.iter().filter_map(make).map(Arc::new).collect());
    &ALL
}

/// The ARN of one of them.
pub(crate) fn arn(name: &str) -> Option<PolicyArn> {
    policies().iter().find(|policy| policy.name.as_str() == name).map(|policy| policy.arn.clone())
}

fn make(&(name, path, id, description): &Known) -> Option<ManagedPolicy> {
    let document = json!({"Version": "2012-10-17", "Statement": statements(name)}).to_string();
    let new = NewPolicy {
        name: name.parse().ok()?,
        path: path.parse().ok()?,
        document: Policy::identity(&document).ok()?,
        description: Some(description.parse().ok()?),
        tags: Tags::default(),
    };
    Some(ManagedPolicy::new("aws", id.parse::<PolicyId>().ok()?, new, Timestamp::from_nanos(0)?))
}

fn allow(actions: &[&str]) -> Value {
    json!({"Effect": "Allow", "Action": actions, "Resource": "*"})
}

/// What instances do in the service's buckets.
fn buckets() -> Value {
    json!({
        "Effect": "Allow",
        "Action": ["s3:Get*", "s3:List*", "s3:PutObject"],
        "Resource": ["arn:aws:s3:::elasticbeanstalk-*", "arn:aws:s3:::elasticbeanstalk-*/*"]
    })
}

/// What instances tell of themselves.
fn telling() -> Value {
    json!({
        "Effect": "Allow",
        "Action": ["logs:PutLogEvents", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:DescribeLogGroups"],
        "Resource": "arn:aws:logs:*:*:log-group:/aws/elasticbeanstalk*"
    })
}

fn health() -> Value {
    json!({
        "Effect": "Allow",
        "Action": "elasticbeanstalk:PutInstanceStatistics",
        "Resource": [
            "arn:aws:elasticbeanstalk:*:*:application/*",
            "arn:aws:elasticbeanstalk:*:*:environment/*"
        ]
    })
}

/// Passing roles to the services that act by them.
fn pass() -> Value {
    json!({
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:PassedToService": [
            "elasticbeanstalk.amazonaws.com", "ec2.amazonaws.com", "autoscaling.amazonaws.com",
            "elasticloadbalancing.amazonaws.com"
        ]}}
    })
}

fn statements(name: &str) -> Vec<Value> {
    match name {
        ADMINISTRATOR => vec![allow(&["*"])],
        "AdministratorAccess-AWSElasticBeanstalk" => vec![
            allow(&[
                "elasticbeanstalk:*",
                "autoscaling:*",
                "cloudwatch:*",
                "ec2:*",
                "elasticloadbalancing:*",
                "logs:*",
                "sqs:*",
                "sts:GetCallerIdentity",
                "iam:Get*",
                "iam:List*",
            ]),
            json!({
                "Effect": "Allow",
                "Action": "s3:*",
                "Resource": ["arn:aws:s3:::elasticbeanstalk-*", "arn:aws:s3:::elasticbeanstalk-*/*"]
            }),
            allow(&["s3:Get*", "s3:List*"]),
            json!({
                "Effect": "Allow",
                "Action": [
                    "iam:CreateRole", "iam:AttachRolePolicy", "iam:CreateInstanceProfile",
                    "iam:AddRoleToInstanceProfile"
                ],
                "Resource": [
                    "arn:aws:iam::*:role/aws-elasticbeanstalk*", "arn:aws:iam::*:instance-profile/aws-elasticbeanstalk*"
                ]
            }),
            pass(),
        ],
        "AWSElasticBeanstalkReadOnly" => vec![allow(&[
            "elasticbeanstalk:Check*",
            "elasticbeanstalk:Describe*",
            "elasticbeanstalk:List*",
            "elasticbeanstalk:RequestEnvironmentInfo",
            "elasticbeanstalk:RetrieveEnvironmentInfo",
            "elasticbeanstalk:ValidateConfigurationSettings",
            "autoscaling:Describe*",
            "cloudwatch:Describe*",
            "cloudwatch:Get*",
            "cloudwatch:List*",
            "ec2:Describe*",
            "elasticloadbalancing:Describe*",
            "iam:GetRole",
            "iam:ListAttachedRolePolicies",
            "iam:ListInstanceProfiles",
            "iam:ListRolePolicies",
            "iam:ListRoles",
            "logs:Describe*",
            "s3:ListAllMyBuckets",
            "sqs:ListQueues",
        ])],
        "AWSElasticBeanstalkWebTier" => vec![buckets(), telling(), health()],
        "AWSElasticBeanstalkWorkerTier" => vec![
            buckets(),
            telling(),
            health(),
            allow(&["cloudwatch:PutMetricData"]),
            allow(&["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage", "sqs:SendMessage"]),
        ],
        "AWSElasticBeanstalkMulticontainerDocker" => {
            vec![allow(&["ecr:GetAuthorizationToken", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecs:*"])]
        }
        "AWSElasticBeanstalkEnhancedHealth" => vec![
            allow(&[
                "autoscaling:Describe*",
                "ec2:Describe*",
                "elasticloadbalancing:Describe*",
                "sqs:GetQueueAttributes",
                "sqs:GetQueueUrl",
                "cloudwatch:PutMetricData",
            ]),
            telling(),
        ],
        SERVICE | "AWSElasticBeanstalkManagedUpdatesCustomerRolePolicy" => vec![
            allow(&[
                "elasticbeanstalk:*",
                "autoscaling:*",
                "cloudwatch:*",
                "ec2:*",
                "elasticloadbalancing:*",
                "logs:*",
                "sqs:*",
            ]),
            json!({
                "Effect": "Allow",
                "Action": "s3:*",
                "Resource": ["arn:aws:s3:::elasticbeanstalk-*", "arn:aws:s3:::elasticbeanstalk-*/*"]
            }),
            allow(&["s3:GetObject*", "s3:ListBucket"]),
            pass(),
        ],
        "AmazonS3FullAccess" => vec![allow(&["s3:*"])],
        "AmazonS3ReadOnlyAccess" => vec![allow(&["s3:Get*", "s3:List*", "s3:Describe*"])],
        "AmazonSQSFullAccess" => vec![allow(&["sqs:*"])],
        "IAMFullAccess" => vec![allow(&["iam:*"])],
        "PowerUserAccess" => {
            vec![json!({"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"}), allow(&["iam:ListRoles"])]
        }
        "ReadOnlyAccess" => vec![allow(&[
            "elasticbeanstalk:Check*",
            "elasticbeanstalk:Describe*",
            "elasticbeanstalk:List*",
            "elasticbeanstalk:RequestEnvironmentInfo",
            "elasticbeanstalk:RetrieveEnvironmentInfo",
            "elasticbeanstalk:ValidateConfigurationSettings",
            "autoscaling:Describe*",
            "cloudwatch:Describe*",
            "cloudwatch:Get*",
            "cloudwatch:List*",
            "ec2:Describe*",
            "elasticloadbalancing:Describe*",
            "iam:Get*",
            "iam:List*",
            "logs:Describe*",
            "logs:Filter*",
            "logs:Get*",
            "s3:Get*",
            "s3:List*",
            "sqs:Get*",
            "sqs:List*",
            "sts:GetCallerIdentity",
        ])],
        // No statement is no policy, which the test below finds.
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_them_are_policies() {
        assert_eq!(policies().len(), KNOWN.len());
        assert_eq!(arn(ADMINISTRATOR).unwrap().as_str(), "arn:aws:iam::aws:policy/AdministratorAccess");
        let arns: std::collections::BTreeSet<_> = policies().iter().map(|policy| policy.arn.as_str()).collect();
        assert!(arns.contains("arn:aws:iam::aws:policy/service-role/AWSElasticBeanstalkEnhancedHealth"));
        let ids: std::collections::BTreeSet<_> = policies().iter().map(|policy| policy.id.as_str()).collect();
        assert_eq!(ids.len(), KNOWN.len());
    }
}
