//! What stands beside the application: its queue, its database, notifications; and what is dabba's own.

use super::ChangeSeverity::{RestartApplicationServer, Unknown};
use super::{Applies, Entry, Group, Namespace, Syntax};

const NO_TOPIC: &str = "there is no SNS here: notifications go to their endpoint";

pub(super) const GROUPS: &[Group] = &[
    Group {
        namespace: Namespace::Fixed("aws:elasticbeanstalk:sns:topics"),
        applies: Applies::Always,
        resource: None,
        free: None,
        entries: &[
            Entry::text("Notification Endpoint"),
            Entry::choice("Notification Protocol", &["http", "https", "email", "email-json", "sqs"]).default("email"),
            Entry::text("Notification Topic ARN").kept(NO_TOPIC),
            Entry::text("Notification Topic Name").kept(NO_TOPIC),
        ],
    },
    Group {
        namespace: Namespace::Fixed("aws:elasticbeanstalk:sqsd"),
        applies: Applies::Worker,
        resource: None,
        free: None,
        entries: &[
            Entry::number("ConnectTimeout", 1, 60).default("5"),
            Entry::number("ErrorVisibilityTimeout", 0, 43_200).default("2"),
            Entry::number("HttpConnections", 1, 100).default("50"),
            Entry::text("HttpPath").syntax(Syntax::Path).default("/"),
            Entry::number("InactivityTimeout", 1, 36_000).default("299"),
            Entry::number("MaxRetries", 1, 100).default("10"),
            Entry::text("MimeType")
                .default("application/json")
                .regex(r"^[!-.0-~]+/[!-.0-~]+(\s*;\s*[ -~]+)?$", "TYPE/SUBTYPE"),
            Entry::number("RetentionPeriod", 60, 1_209_600).default("345600"),
            Entry::number("VisibilityTimeout", 0, 43_200).default("300"),
            Entry::text("WorkerQueueURL").syntax(Syntax::Url).unset("a queue is made"),
        ],
    },
    Group {
        namespace: Namespace::Fixed("aws:elasticbeanstalk:xray"),
        applies: Applies::Always,
        resource: None,
        free: None,
        entries: &[Entry::choice("XRayEnabled", &["true", "false"])
            .default("false")
            .costs(RestartApplicationServer)
            .kept("there is no X-Ray to relay traces to")],
    },
    Group {
        namespace: Namespace::Fixed("aws:rds:dbinstance"),
        applies: Applies::Always,
        resource: None,
        free: None,
        entries: &[
            Entry::number("DBAllocatedStorage", 5, 65_536).default("5").applies(Applies::Database),
            Entry::choice("DBDeletionPolicy", &["Delete", "Retain", "Snapshot"])
                .default("Delete")
                .applies(Applies::Database),
            Entry::choice("DBEngine", &["mysql", "postgres", "mariadb"])
                .default("mysql")
                .costs(Unknown)
                .applies(Applies::Database),
            Entry::text("DBEngineVersion")
                .costs(Unknown)
                .unset("17 of PostgreSQL, 8.4 of MySQL, 11.4 of MariaDB")
                .regex(r"^[0-9]{1,5}(\.[0-9]{1,5}){0,3}$", "A version such as 16.4")
                .applies(Applies::Database),
            Entry::text("DBInstanceClass")
                .costs(Unknown)
                .default("db.t2.micro")
                .regex(r"^db\.[a-z0-9-]+\.[a-z0-9-]+$", "A class such as db.t3.micro")
                .applies(Applies::Database),
            Entry::text("DBPassword")
                .costs(Unknown)
                .secret()
                .unset("one is made")
                .regex(r"^[!#-.0-?A-~]{8,128}$", "8 to 128 printable characters other than /, @, \" and spaces")
                .applies(Applies::Database),
            Entry::text("DBSnapshotIdentifier")
                .costs(Unknown)
                .regex(r"^[A-Za-z][A-Za-z0-9-]{0,254}$", "The name of a snapshot")
                .applies(Applies::Database),
            Entry::text("DBUser")
                .costs(Unknown)
                .default("ebroot")
                .regex(r"^[A-Za-z][A-Za-z0-9_]{0,31}$", "A letter, then letters, digits and underscores")
                .applies(Applies::Database),
            Entry::boolean("HasCoupledDatabase", "false"),
            Entry::boolean("MultiAZDatabase", "false")
                .costs(Unknown)
                .kept("there is one zone: this machine")
                .applies(Applies::Database),
        ],
    },
    Group {
        namespace: Namespace::Fixed("dabba:environment"),
        applies: Applies::Always,
        resource: None,
        free: None,
        entries: &[
            Entry::number("EvaluationSeconds", 1, 36_000).unset("`EvaluationTime` of traffic splitting, in minutes"),
            Entry::number("HealthyChecks", 1, 100).default("2"),
            Entry::number("HealthyInterval", 10, 60_000).default("200"),
            Entry::boolean("HTTPSRedirect", "false"),
            Entry::boolean("InvalidStateRefused", "false"),
            Entry::choice("LoadBalancingAlgorithm", &["round_robin", "least_outstanding_requests"])
                .default("round_robin"),
            Entry::number("SlowStart", 0, 900).default("0"),
            Entry::boolean("TLS", "false"),
        ],
    },
];
