//! Queues: made, listed, described, tagged, deleted; and the tasks that move dead letters back.

use std::sync::Arc;

use ::sqs::{NewQueue, Queue, Status};
use aws::Arn;

use super::{Result, Sqs, attributes, model, number, parameter, url};
use crate::service::Caller;

/// Queues of one answer, and the most that one may ask for.
const PAGE: usize = 1_000;
/// Tasks of one answer.
const TASKS: usize = 10;

/// A page of queues, which are sorted by name, and the token of the next one.
fn page(
    queues: Vec<Arc<Queue>>,
    most: Option<i64>,
    token: Option<&str>,
    caller: &Caller,
) -> Result<(Vec<String>, Option<String>)> {
    let most_given = most.is_some();
    let most = number("MaxResults", most)?.and_then(|most| usize::try_from(most).ok()).unwrap_or(PAGE);
    if !(1..=PAGE).contains(&most) {
        return Err(parameter("MaxResults", most, "It must be between 1 and 1000."));
    }
    let mut rest = queues.into_iter().skip_while(|queue| token.is_some_and(|token| queue.name.as_str() <= token));
    let page: Vec<Arc<Queue>> = rest.by_ref().take(most).collect();
    // Who names no number of results gets no token (AWS's rule).
    let more = most_given && rest.next().is_some();
    let next = page.last().filter(|_| more).map(|queue| queue.name.to_string());
    Ok((page.iter().map(|queue| url(caller, queue.name.as_str())).collect(), next))
}

fn arn(name: &str, text: &str) -> Result<Arn> {
    text.parse().map_err(|_| parameter(name, text, "It is no ARN of a queue."))
}

impl Sqs {
    pub(super) async fn create_queue(
        &self,
        caller: &Caller,
        input: model::CreateQueueRequest,
    ) -> Result<model::CreateQueueResult> {
        let new = NewQueue {
            region: caller.region.clone(),
            name: input.queue_name.parse()?,
            attributes: attributes::parse(input.attributes.unwrap_or_default())?,
            tags: input.tags.unwrap_or_default(),
        };
        let queue = self.sqs.create_queue(new, caller.now).await?;
        Ok(model::CreateQueueResult { queue_url: Some(url(caller, queue.name.as_str())) })
    }

    pub(super) async fn delete_queue(&self, caller: &Caller, input: model::DeleteQueueRequest) -> Result<()> {
        Ok(self.sqs.delete_queue(&*self.queue(caller, &input.queue_url)?).await?)
    }

    pub(super) async fn purge_queue(&self, caller: &Caller, input: model::PurgeQueueRequest) -> Result<()> {
        Ok(self.sqs.purge(&*self.queue(caller, &input.queue_url)?).await?)
    }

    pub(super) async fn get_queue_url(
        &self,
        caller: &Caller,
        input: model::GetQueueUrlRequest,
    ) -> Result<model::GetQueueUrlResult> {
        if input.queue_owner_aws_account_id.is_some_and(|owner| owner != caller.account.as_str()) {
            return Err(::sqs::Error::NoSuchQueue.into());
        }
        let name = input.queue_name.parse().map_err(|_| ::sqs::Error::NoSuchQueue)?;
        let queue = self.sqs.queue(&caller.region, &name)?;
        Ok(model::GetQueueUrlResult { queue_url: Some(url(caller, queue.name.as_str())) })
    }

    pub(super) async fn list_queues(
        &self,
        caller: &Caller,
        input: model::ListQueuesRequest,
    ) -> Result<model::ListQueuesResult> {
        let queues = self.sqs.queues(&caller.region, input.queue_name_prefix.as_deref().unwrap_or_default());
        let (urls, next_token) = page(queues, input.max_results, input.next_token.as_deref(), caller)?;
        Ok(model::ListQueuesResult { next_token, queue_urls: (!urls.is_empty()).then_some(urls) })
    }

    pub(super) async fn list_dead_letter_source_queues(
        &self,
        caller: &Caller,
        input: model::ListDeadLetterSourceQueuesRequest,
    ) -> Result<model::ListDeadLetterSourceQueuesResult> {
        let sources = self.sqs.sources(&*self.queue(caller, &input.queue_url)?);
        let (queue_urls, next_token) = page(sources, input.max_results, input.next_token.as_deref(), caller)?;
        Ok(model::ListDeadLetterSourceQueuesResult { next_token, queue_urls })
    }

    pub(super) async fn get_queue_attributes(
        &self,
        caller: &Caller,
        input: model::GetQueueAttributesRequest,
    ) -> Result<model::GetQueueAttributesResult> {
        let queue = self.queue(caller, &input.queue_url)?;
        let counts = self.sqs.counts(&queue, caller.now).await?;
        let asked = input.attribute_names.unwrap_or_default();
        let told = attributes::told(&queue, counts, &caller.account, &asked);
        Ok(model::GetQueueAttributesResult { attributes: (!told.is_empty()).then_some(told) })
    }

    pub(super) async fn set_queue_attributes(
        &self,
        caller: &Caller,
        input: model::SetQueueAttributesRequest,
    ) -> Result<()> {
        let queue = self.queue(caller, &input.queue_url)?;
        Ok(self.sqs.set_attributes(&queue, attributes::parse(input.attributes)?, caller.now).await?)
    }

    pub(super) async fn list_queue_tags(
        &self,
        caller: &Caller,
        input: model::ListQueueTagsRequest,
    ) -> Result<model::ListQueueTagsResult> {
        let tags = self.queue(caller, &input.queue_url)?.tags.clone();
        Ok(model::ListQueueTagsResult { tags: (!tags.is_empty()).then_some(tags) })
    }

    pub(super) async fn tag_queue(&self, caller: &Caller, input: model::TagQueueRequest) -> Result<()> {
        Ok(self.sqs.tag(&*self.queue(caller, &input.queue_url)?, input.tags, Vec::new()).await?)
    }

    pub(super) async fn untag_queue(&self, caller: &Caller, input: model::UntagQueueRequest) -> Result<()> {
        Ok(self.sqs.tag(&*self.queue(caller, &input.queue_url)?, Default::default(), input.tag_keys).await?)
    }

    pub(super) async fn start_message_move_task(
        &self,
        caller: &Caller,
        input: model::StartMessageMoveTaskRequest,
    ) -> Result<model::StartMessageMoveTaskResult> {
        let destination = input.destination_arn.as_deref().map(|text| arn("DestinationArn", text)).transpose()?;
        let rate = number("MaxNumberOfMessagesPerSecond", input.max_number_of_messages_per_second)?;
        let source = arn("SourceArn", &input.source_arn)?;
        let handle = self.sqs.start_move(&source, destination, rate, caller.now).await?;
        Ok(model::StartMessageMoveTaskResult { task_handle: Some(handle) })
    }

    pub(super) async fn cancel_message_move_task(
        &self,
        _: &Caller,
        input: model::CancelMessageMoveTaskRequest,
    ) -> Result<model::CancelMessageMoveTaskResult> {
        let moved = self.sqs.cancel_move(&input.task_handle)?;
        Ok(model::CancelMessageMoveTaskResult { approximate_number_of_messages_moved: i64::try_from(moved).ok() })
    }

    pub(super) async fn list_message_move_tasks(
        &self,
        _: &Caller,
        input: model::ListMessageMoveTasksRequest,
    ) -> Result<model::ListMessageMoveTasksResult> {
        let most = number("MaxResults", input.max_results)?.and_then(|most| usize::try_from(most).ok()).unwrap_or(1);
        if !(1..=TASKS).contains(&most) {
            return Err(parameter("MaxResults", most, "It must be between 1 and 10."));
        }
        let tasks = self.sqs.list_moves(&arn("SourceArn", &input.source_arn)?)?;
        let told = |task: ::sqs::Move| {
            let (status, failure_reason) = match task.status {
                Status::Running => ("RUNNING", None),
                Status::Completed => ("COMPLETED", None),
                Status::Cancelled => ("CANCELLED", None),
                Status::Failed(why) => ("FAILED", Some(why)),
            };
            model::ListMessageMoveTasksResultEntry {
                approximate_number_of_messages_moved: i64::try_from(task.moved).ok(),
                approximate_number_of_messages_to_move: i64::try_from(task.total).ok(),
                destination_arn: task.destination.map(|arn| arn.to_string()),
                failure_reason,
                max_number_of_messages_per_second: task.rate.and_then(|rate| i64::try_from(rate).ok()),
                source_arn: Some(task.source.to_string()),
                started_timestamp: Some(task.started.milliseconds()),
                status: Some(status.to_owned()),
                // Only what can be ended has one (AWS's rule).
                task_handle: (status == "RUNNING").then_some(task.handle),
            }
        };
        Ok(model::ListMessageMoveTasksResult { results: Some(tasks.into_iter().take(most).map(told).collect()) })
    }
}
