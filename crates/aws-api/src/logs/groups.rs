//! Groups and streams: made, described, tagged, deleted.

use std::collections::BTreeMap;
use std::sync::Arc;

use ::cloudwatch_logs::{Error as Fault, Group, GroupName, NewGroup, Stream};
use aws::Arn;

use super::{Logs, Result, group_name, invalid, model, name_of_arn};
use crate::service::Caller;

/// Groups or streams of one answer, and the most that one may ask for.
const PAGE: usize = 50;

/// A page of a sorted list. A token is where the next one begins: how many come before it, and the key of the last of
/// these, from behind which it goes on when that number is no longer right.
fn page<T>(
    items: Vec<T>,
    most: Option<i64>,
    token: Option<&str>,
    key: impl Fn(&T) -> &str,
) -> Result<(Vec<T>, Option<String>)> {
    let most = most.and_then(|most| usize::try_from(most).ok()).unwrap_or(PAGE).clamp(1, PAGE);
    let skipped = match token {
        None => 0,
        Some(token) => {
            let (number, last) = token.split_once(' ').ok_or_else(|| invalid("The specified nextToken is invalid."))?;
            let number: usize = number.parse().map_err(|_| invalid("The specified nextToken is invalid."))?;
            items.iter().position(|item| key(item) == last).map_or(number, |at| at + 1)
        }
    };
    let mut items: Vec<T> = items.into_iter().skip(skipped).collect();
    let more = items.len() > most;
    items.truncate(most);
    let next = items.last().filter(|_| more).map(|last| format!("{} {}", skipped + most, key(last)));
    Ok((items, next))
}

/// What would have to be done that is not.
fn refuse(given: bool, what: &str) -> Result<()> {
    if given { Err(invalid(format!("{what} of log groups is not done here"))) } else { Ok(()) }
}

impl Logs {
    pub(super) async fn create_log_group(&self, caller: &Caller, input: model::CreateLogGroupRequest) -> Result<()> {
        refuse(input.kms_key_id.is_some(), "Encryption by KMS (kmsKeyId)")?;
        refuse(input.deletion_protection_enabled == Some(true), "Protection against deletion")?;
        let class = input.log_group_class.as_deref().unwrap_or(model::log_group_class::STANDARD);
        refuse(class != model::log_group_class::STANDARD, &format!("The class {class}"))?;
        let name = input.log_group_name.parse()?;
        let new = NewGroup { region: caller.region.clone(), name, tags: input.tags.unwrap_or_default() };
        self.logs.create_group(new, caller.now).await?;
        Ok(())
    }

    pub(super) async fn delete_log_group(&self, caller: &Caller, input: model::DeleteLogGroupRequest) -> Result<()> {
        Ok(self.logs.delete_group(&caller.region, &input.log_group_name.parse()?).await?)
    }

    pub(super) async fn create_log_stream(&self, caller: &Caller, input: model::CreateLogStreamRequest) -> Result<()> {
        let (group, name) = (input.log_group_name.parse()?, input.log_stream_name.parse()?);
        self.logs.create_stream(&caller.region, &group, name, caller.now).await?;
        Ok(())
    }

    pub(super) async fn delete_log_stream(&self, caller: &Caller, input: model::DeleteLogStreamRequest) -> Result<()> {
        let (group, name) = (input.log_group_name.parse()?, input.log_stream_name.parse()?);
        Ok(self.logs.delete_stream(&caller.region, &group, &name).await?)
    }

    pub(super) async fn put_retention_policy(
        &self,
        caller: &Caller,
        input: model::PutRetentionPolicyRequest,
    ) -> Result<()> {
        let days = u32::try_from(input.retention_in_days).map_err(|_| invalid("retentionInDays is above 0"))?;
        Ok(self.logs.retain(&caller.region, &input.log_group_name.parse()?, Some(days)).await?)
    }

    pub(super) async fn delete_retention_policy(
        &self,
        caller: &Caller,
        input: model::DeleteRetentionPolicyRequest,
    ) -> Result<()> {
        Ok(self.logs.retain(&caller.region, &input.log_group_name.parse()?, None).await?)
    }

    pub(super) async fn describe_log_groups(
        &self,
        caller: &Caller,
        input: model::DescribeLogGroupsRequest,
    ) -> Result<model::DescribeLogGroupsResponse> {
        if input.log_group_name_prefix.is_some() && input.log_group_name_pattern.is_some() {
            return Err(invalid("logGroupNamePrefix and logGroupNamePattern exclude each other"));
        }
        let mut groups = self.logs.groups(&caller.region, input.log_group_name_prefix.as_deref().unwrap_or_default());
        if let Some(pattern) = input.log_group_name_pattern {
            groups.retain(|group| group.name.as_str().contains(&pattern));
        }
        if let Some(identifiers) = input.log_group_identifiers {
            let named = identifiers.into_iter().map(|one| group_name(caller, None, Some(one)));
            let named = named.collect::<Result<Vec<_>>>()?;
            groups.retain(|group| named.contains(&group.name));
        }
        // There is one class, and there are no other accounts.
        let standard = input.log_group_class.is_none_or(|class| class == model::log_group_class::STANDARD);
        let accounts = input.account_identifiers.unwrap_or_default();
        let own = accounts.is_empty() || accounts.iter().any(|account| account == caller.account.as_str());
        groups.retain(|_| standard && own);
        let (groups, next_token) =
            page(groups, input.limit, input.next_token.as_deref(), |group: &Arc<Group>| group.name.as_str())?;
        let log_groups = groups.iter().map(|group| self.told(caller, group)).collect();
        Ok(model::DescribeLogGroupsResponse { log_groups: Some(log_groups), next_token })
    }

    fn told(&self, caller: &Caller, group: &Group) -> model::LogGroup {
        let arn = group.arn(&caller.account).to_string();
        model::LogGroup {
            arn: Some(format!("{arn}:*")),
            creation_time: Some(group.created.milliseconds()),
            log_group_arn: Some(arn),
            log_group_class: Some(model::log_group_class::STANDARD.to_owned()),
            log_group_name: Some(group.name.to_string()),
            metric_filter_count: Some(0),
            retention_in_days: group.retention.map(i64::from),
            stored_bytes: i64::try_from(self.logs.stored_bytes(group)).ok(),
            ..Default::default()
        }
    }

    pub(super) async fn describe_log_streams(
        &self,
        caller: &Caller,
        input: model::DescribeLogStreamsRequest,
    ) -> Result<model::DescribeLogStreamsResponse> {
        let name = group_name(caller, input.log_group_name, input.log_group_identifier)?;
        let group = self.logs.group(&caller.region, &name)?;
        let by_time = input.order_by.as_deref() == Some(model::order_by::LAST_EVENT_TIME);
        if by_time && input.log_stream_name_prefix.is_some() {
            return Err(invalid("Cannot order by LastEventTime with a logStreamNamePrefix."));
        }
        let mut streams = self.logs.streams(&group, input.log_stream_name_prefix.as_deref().unwrap_or_default());
        // Only the order by time needs to know of all when they were written to.
        if by_time {
            streams.sort_by_cached_key(|stream| self.logs.extent(stream.id).map(|extent| extent.last));
        }
        if input.descending == Some(true) {
            streams.reverse();
        }
        let (streams, next_token) =
            page(streams, input.limit, input.next_token.as_deref(), |stream: &Arc<Stream>| stream.name.as_str())?;
        let told = |stream: Arc<Stream>| {
            let extent = self.logs.extent(stream.id);
            model::LogStream {
                arn: Some(format!("{}:log-stream:{}", group.arn(&caller.account), stream.name)),
                creation_time: Some(stream.created.milliseconds()),
                first_event_timestamp: extent.map(|extent| extent.first),
                last_event_timestamp: extent.map(|extent| extent.last),
                last_ingestion_time: extent.map(|extent| extent.ingested),
                log_stream_name: Some(stream.name.to_string()),
                // As Amazon tells it of all streams since 2019.
                stored_bytes: Some(0),
                upload_sequence_token: None,
            }
        };
        let log_streams = streams.into_iter().map(told).collect();
        Ok(model::DescribeLogStreamsResponse { log_streams: Some(log_streams), next_token })
    }

    /// The group that a tagged resource is.
    fn resource(caller: &Caller, arn: &str) -> Result<GroupName> {
        let arn: Arn = arn.parse().map_err(|_| invalid(format!("{arn:?} is no ARN")))?;
        Ok(name_of_arn(caller, &arn).ok_or(Fault::NoSuchGroup)?.parse()?)
    }

    fn tags(&self, caller: &Caller, name: &GroupName) -> Result<Option<BTreeMap<String, String>>> {
        Ok(Some(self.logs.group(&caller.region, name)?.tags.clone()))
    }

    async fn tag(
        &self,
        caller: &Caller,
        name: &GroupName,
        add: BTreeMap<String, String>,
        remove: Vec<String>,
    ) -> Result<()> {
        Ok(self.logs.tag(&caller.region, name, add, remove).await?)
    }

    pub(super) async fn list_tags_for_resource(
        &self,
        caller: &Caller,
        input: model::ListTagsForResourceRequest,
    ) -> Result<model::ListTagsForResourceResponse> {
        let name = Self::resource(caller, &input.resource_arn)?;
        Ok(model::ListTagsForResourceResponse { tags: self.tags(caller, &name)? })
    }

    pub(super) async fn tag_resource(&self, caller: &Caller, input: model::TagResourceRequest) -> Result<()> {
        self.tag(caller, &Self::resource(caller, &input.resource_arn)?, input.tags, Vec::new()).await
    }

    pub(super) async fn untag_resource(&self, caller: &Caller, input: model::UntagResourceRequest) -> Result<()> {
        self.tag(caller, &Self::resource(caller, &input.resource_arn)?, BTreeMap::new(), input.tag_keys).await
    }

    pub(super) async fn list_tags_log_group(
        &self,
        caller: &Caller,
        input: model::ListTagsLogGroupRequest,
    ) -> Result<model::ListTagsLogGroupResponse> {
        Ok(model::ListTagsLogGroupResponse { tags: self.tags(caller, &input.log_group_name.parse()?)? })
    }

    pub(super) async fn tag_log_group(&self, caller: &Caller, input: model::TagLogGroupRequest) -> Result<()> {
        self.tag(caller, &input.log_group_name.parse()?, input.tags, Vec::new()).await
    }

    pub(super) async fn untag_log_group(&self, caller: &Caller, input: model::UntagLogGroupRequest) -> Result<()> {
        self.tag(caller, &input.log_group_name.parse()?, BTreeMap::new(), input.tags).await
    }
}
