//! Events: put, read, found.

use std::collections::HashMap;

use ::cloudwatch_logs::{Direction, Event, Group, Pattern, Query, Stream, StreamId, StreamName, Token, limits};
use std::sync::Arc;

use super::{Logs, Result, group_name, invalid, model};
use crate::service::Caller;

fn count(index: Option<usize>) -> Option<i64> {
    index.and_then(|index| i64::try_from(index).ok())
}

fn limit(given: Option<i64>) -> usize {
    given.and_then(|given| usize::try_from(given).ok()).unwrap_or(limits::PAGE).clamp(1, limits::PAGE)
}

fn token(text: Option<String>) -> Result<Option<Token>> {
    Ok(text.map(|text| text.parse()).transpose()?)
}

impl Logs {
    pub(super) async fn put_log_events(
        &self,
        caller: &Caller,
        input: model::PutLogEventsRequest,
    ) -> Result<model::PutLogEventsResponse> {
        let (group, stream) = (input.log_group_name.parse()?, input.log_stream_name.parse()?);
        let events = input.log_events.into_iter();
        let events = events.map(|event| Event { timestamp: event.timestamp, message: event.message }).collect();
        let rejected = self.logs.put(&caller.region, &group, &stream, events, caller.now).await?;
        let rejected = model::RejectedLogEventsInfo {
            expired_log_event_end_index: count(rejected.expired_end),
            too_new_log_event_start_index: count(rejected.too_new_start),
            too_old_log_event_end_index: count(rejected.too_old_end),
        };
        let any = [
            rejected.expired_log_event_end_index,
            rejected.too_new_log_event_start_index,
            rejected.too_old_log_event_end_index,
        ]
        .iter()
        .any(Option::is_some);
        // Tokens order nothing since 2023, but older clients want one. Entities are Application Signals', which are not
        // here: whoever sends one is told that it counts for nothing, and the events are taken.
        let entity = input.entity.map(|_| model::RejectedEntityInfo {
            error_type: model::entity_rejection_error_type::UNSUPPORTED_LOG_GROUP_TYPE.to_owned(),
        });
        Ok(model::PutLogEventsResponse {
            next_sequence_token: Some(words::hex(&words::random_bytes::<16>())),
            rejected_entity_info: entity,
            rejected_log_events_info: any.then_some(rejected),
        })
    }

    pub(super) async fn get_log_events(
        &self,
        caller: &Caller,
        input: model::GetLogEventsRequest,
    ) -> Result<model::GetLogEventsResponse> {
        let name = group_name(caller, input.log_group_name, input.log_group_identifier)?;
        let group = self.logs.group(&caller.region, &name)?;
        let stream = self.logs.stream(&group, &input.log_stream_name.parse()?)?;
        let ahead = input.start_from_head.unwrap_or(false);
        let query = Query {
            token: token(input.next_token)?,
            direction: if ahead { Direction::Forward } else { Direction::Backward },
            start: input.start_time.unwrap_or(0),
            end: input.end_time.unwrap_or(i64::MAX),
            limit: limit(input.limit),
            pattern: Pattern::default(),
        };
        let page = self.logs.find(&group, &[stream.id], query, caller.now).await?;
        let events = page.events.into_iter().map(|entry| model::OutputLogEvent {
            ingestion_time: Some(entry.ingested),
            message: Some(entry.message),
            timestamp: Some(entry.timestamp),
        });
        let next = |direction, position| Some(Token { direction, position }.to_string());
        Ok(model::GetLogEventsResponse {
            events: Some(events.collect()),
            next_backward_token: next(Direction::Backward, page.before),
            next_forward_token: next(Direction::Forward, page.after),
        })
    }

    /// The streams that a request is about.
    fn chosen(&self, group: &Group, names: Option<Vec<String>>, prefix: Option<String>) -> Result<Vec<Arc<Stream>>> {
        match (names, prefix) {
            (Some(_), Some(_)) => Err(invalid("logStreamNames and logStreamNamePrefix exclude each other")),
            (Some(names), None) => {
                let named = names.into_iter().map(|name| Ok(self.logs.stream(group, &name.parse()?)?));
                let mut streams = named.collect::<Result<Vec<_>>>()?;
                streams.sort_by_key(|stream| stream.id);
                streams.dedup_by_key(|stream| stream.id);
                Ok(streams)
            }
            (None, prefix) => Ok(self.logs.streams(group, prefix.as_deref().unwrap_or_default())),
        }
    }

    pub(super) async fn filter_log_events(
        &self,
        caller: &Caller,
        input: model::FilterLogEventsRequest,
    ) -> Result<model::FilterLogEventsResponse> {
        let name = group_name(caller, input.log_group_name, input.log_group_identifier)?;
        let group = self.logs.group(&caller.region, &name)?;
        let streams = self.chosen(&group, input.log_stream_names, input.log_stream_name_prefix)?;
        let names: HashMap<StreamId, StreamName> =
            streams.iter().map(|stream| (stream.id, stream.name.clone())).collect();
        let query = Query {
            token: token(input.next_token)?,
            direction: if input.start_from_head == Some(false) { Direction::Backward } else { Direction::Forward },
            start: input.start_time.unwrap_or(0),
            // Here the last moment is within, which it is not in GetLogEvents (Amazon's rules).
            end: input.end_time.unwrap_or(i64::MAX).saturating_add(1),
            limit: limit(input.limit),
            pattern: input.filter_pattern.unwrap_or_default().parse()?,
        };
        let ids: Vec<StreamId> = streams.iter().map(|stream| stream.id).collect();
        let mut page = self.logs.find(&group, &ids, query, caller.now).await?;
        let position = match page.direction {
            Direction::Forward => page.after,
            Direction::Backward => page.before,
        };
        if page.direction == Direction::Backward {
            page.events.reverse();
        }
        let next = Token { direction: page.direction, position };
        let told = page.events.into_iter().map(|entry| model::FilteredLogEvent {
            event_id: Some(entry.position.to_string()),
            ingestion_time: Some(entry.ingested),
            log_stream_name: names.get(&entry.stream).map(ToString::to_string),
            message: Some(entry.message),
            timestamp: Some(entry.timestamp),
        });
        Ok(model::FilterLogEventsResponse {
            events: Some(told.collect()),
            next_token: page.more.then(|| next.to_string()),
            // Amazon's is empty, too, since 2020.
            searched_log_streams: Some(Vec::new()),
        })
    }
}
