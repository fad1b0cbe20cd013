//! CloudWatch Logs: what its requests say in the words of `cloudwatch_logs`, and what that answers in the words of its
//! model.

mod events;
mod groups;

use ::cloudwatch_logs::{Error as Fault, GroupName};
use aws::Arn;

use crate::codec::Members;
use crate::error::{self, Error};
use crate::generated::logs as model;
use crate::generated::logs::error as code;
use crate::service::{Caller, Target};

type Result<T> = std::result::Result<T, Error>;

/// The service.
#[derive(Debug, Clone)]
pub struct Logs {
    logs: ::cloudwatch_logs::Logs,
}

crate::service! {
    Logs, speaks crate::generated::logs {
        CreateExportTask => create_export_task,
        CreateLogGroup => create_log_group,
        CreateLogStream => create_log_stream,
        DeleteLogGroup => delete_log_group,
        DeleteLogStream => delete_log_stream,
        DeleteRetentionPolicy => delete_retention_policy,
        DescribeLogGroups => describe_log_groups,
        DescribeLogStreams => describe_log_streams,
        FilterLogEvents => filter_log_events,
        GetLogEvents => get_log_events,
        ListTagsForResource => list_tags_for_resource,
        ListTagsLogGroup => list_tags_log_group,
        PutLogEvents => put_log_events,
        PutMetricFilter => put_metric_filter,
        PutRetentionPolicy => put_retention_policy,
        PutSubscriptionFilter => put_subscription_filter,
        StartQuery => start_query,
        TagLogGroup => tag_log_group,
        TagResource => tag_resource,
        UntagLogGroup => untag_log_group,
        UntagResource => untag_resource,
    }
    on targets_of
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        let code = match &fault {
            Fault::NoSuchGroup | Fault::NoSuchStream => code::RESOURCE_NOT_FOUND_EXCEPTION,
            Fault::GroupExists | Fault::StreamExists => code::RESOURCE_ALREADY_EXISTS_EXCEPTION,
            Fault::Invalid(_) => code::INVALID_PARAMETER_EXCEPTION,
            Fault::OverLimit(_) => code::LIMIT_EXCEEDED_EXCEPTION,
            Fault::Store(why) => return Self::internal(why),
        };
        Self::new(code, fault.to_string())
    }
}

fn invalid(why: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(code::INVALID_PARAMETER_EXCEPTION, why)
}

/// What is not done here.
fn absent(what: &str) -> Error {
    Error::new(error::INVALID_ACTION, format!("{what} are not done here: FilterLogEvents finds events by patterns."))
}

/// The name of the group that an ARN means, if it is one of this account and region, with or without `:*`.
fn name_of_arn<'a>(caller: &Caller, arn: &'a Arn) -> Option<&'a str> {
    let own = arn.service == "logs" && arn.region == caller.region.as_str() && arn.account == caller.account.as_str();
    let name = arn.resource.strip_prefix("log-group:").filter(|_| own)?;
    Some(name.strip_suffix(":*").unwrap_or(name))
}

/// The group that a request names, by its name or by what may be a name or an ARN.
fn group_name(caller: &Caller, name: Option<String>, identifier: Option<String>) -> Result<GroupName> {
    match (name, identifier) {
        (Some(name), None) => Ok(name.parse()?),
        (None, Some(identifier)) => match identifier.parse::<Arn>() {
            Ok(arn) => Ok(name_of_arn(caller, &arn).ok_or(Fault::NoSuchGroup)?.parse()?),
            Err(_) => Ok(identifier.parse()?),
        },
        _ => Err(invalid("A request names a log group by exactly one of logGroupName and logGroupIdentifier")),
    }
}

impl Logs {
    /// Serves these logs.
    pub fn new(logs: ::cloudwatch_logs::Logs) -> Self {
        Self { logs }
    }

    /// What operations are on. As in Amazon's own messages, the name of a stream follows that of its group, and either
    /// is empty where there is none; so a policy for `log-group:NAME:*` fits.
    ///
    /// Source: "Actions, resources, and condition keys for Amazon CloudWatch Logs" in the Service Authorization
    /// Reference.
    fn targets_of(&self, caller: &Caller, operation: &str, input: Members<'_>) -> Vec<Target> {
        let arn = ["resourceArn", "logGroupIdentifier"].iter().find_map(|name| input.text(name)?.parse::<Arn>().ok());
        let named = input.text("logGroupName").or_else(|| input.text("logGroupIdentifier"));
        let name = match &arn {
            Some(arn) => name_of_arn(caller, arn),
            None => named,
        };
        let by_resource = ["TagResource", "UntagResource", "ListTagsForResource"].contains(&operation);
        let stream = input.text("logStreamName").unwrap_or_default();
        let resource = match (name, &arn) {
            (Some(name), _) if by_resource => caller.arn("logs", format!("log-group:{name}")).to_string(),
            // Somebody else's, of which nothing is here.
            (None, Some(foreign)) => foreign.to_string(),
            (name, _) => {
                let name = name.unwrap_or_default();
                caller.arn("logs", format!("log-group:{name}:log-stream:{stream}")).to_string()
            }
        };
        let mut target = Target::new(resource);
        let group = name.and_then(|name| name.parse().ok());
        if let Some(group) = group.and_then(|name: GroupName| self.logs.group(&caller.region, &name).ok()) {
            target = target.tagged(&group.tags);
        }
        vec![target]
    }

    async fn start_query(&self, _: &Caller, _: model::StartQueryRequest) -> Result<model::StartQueryResponse> {
        Err(absent("Queries of Logs Insights"))
    }

    async fn put_metric_filter(&self, _: &Caller, _: model::PutMetricFilterRequest) -> Result<()> {
        Err(absent("Metric filters"))
    }

    async fn put_subscription_filter(&self, _: &Caller, _: model::PutSubscriptionFilterRequest) -> Result<()> {
        Err(absent("Subscription filters"))
    }

    async fn create_export_task(
        &self,
        _: &Caller,
        _: model::CreateExportTaskRequest,
    ) -> Result<model::CreateExportTaskResponse> {
        Err(absent("Exports"))
    }
}
