//! Dead letters go back: tasks that move the messages of a dead-letter queue.
//!
//! A task is known as long as the daemon runs; what it had not moved when that ended is where it was.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use aws::Arn;
use words::Timestamp;

use crate::Sqs;
use crate::error::{Error, Result};
use crate::limits;
use crate::message::Delivery;
use crate::name::QueueId;
use crate::queue::Queue;

/// How a task is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It moves messages.
    Running,
    /// All that were there are moved.
    Completed,
    /// Somebody has ended it.
    Cancelled,
    /// It could not go on.
    Failed(String),
}

/// A task.
#[derive(Debug, Clone)]
pub struct Move {
    /// What it is ended by.
    pub handle: String,
    /// From where.
    pub source: Arn,
    /// To where; to where each came from otherwise.
    pub destination: Option<Arn>,
    /// Messages a second at most.
    pub rate: Option<u64>,
    /// Since when.
    pub started: Timestamp,
    /// How it is.
    pub status: Status,
    /// How many are moved.
    pub moved: usize,
    /// How many there were.
    pub total: usize,
}

/// The tasks of all queues, the newest first.
pub(crate) type Moves = HashMap<QueueId, VecDeque<Move>>;

impl Sqs {
    /// Starts to move messages.
    ///
    /// # Errors
    /// When there is no such queue, nobody's dead letters go there, or a task moves its messages already.
    pub async fn start_move(
        &self,
        source: &Arn,
        destination: Option<Arn>,
        rate: Option<u64>,
        now: Timestamp,
    ) -> Result<String> {
        let missing = |arn: &Arn| Error::NoSuchTask(format!("The resource that you specified doesn't exist: {arn}."));
        let state = self.state();
        let from = state.of_arn(source, self.account()).ok_or_else(|| missing(source))?.clone();
        if self.sources(&from).is_empty() {
            return Err(Error::Unsupported("Source queue must be configured as a Dead Letter Queue.".into()));
        }
        if let Some(to) = &destination {
            let to_itself = state.of_arn(to, self.account()).ok_or_else(|| missing(to))?.id == from.id;
            if to_itself {
                return Err(Error::parameter("DestinationArn", to, "Source queue and destination queue are one."));
            }
        }
        if rate.is_some_and(|rate| !limits::MOVE_RATE.contains(&rate)) {
            let why = "It must be between 1 and 500.";
            return Err(Error::parameter("MaxNumberOfMessagesPerSecond", rate.unwrap_or(0), why));
        }
        let total = self.counts(&from, now).await?.visible;
        let handle = words::hex(&words::random_bytes::<16>());
        let (source, status) = (source.clone(), Status::Running);
        let task = Move { handle: handle.clone(), source, destination, rate, started: now, status, moved: 0, total };
        self.moves(|moves| {
            let tasks = moves.entry(from.id.clone()).or_default();
            if tasks.iter().any(|task| task.status == Status::Running) {
                return Err(Error::Unsupported("There is already a task running.".into()));
            }
            tasks.push_front(task.clone());
            tasks.truncate(limits::MOVES);
            Ok(())
        })?;
        let sqs = self.clone();
        tokio::spawn(async move {
            let outcome = sqs.move_all(&from, &task).await;
            sqs.task(&from.id, &task.handle, |task| match outcome {
                _ if task.status != Status::Running => {}
                Ok(()) => task.status = Status::Completed,
                Err(error) => task.status = Status::Failed(error.to_string()),
            });
        });
        Ok(handle)
    }

    async fn move_all(&self, from: &Queue, task: &Move) -> Result<()> {
        let mut left = task.total;
        while left > 0 {
            let running = self.task(&from.id, &task.handle, |task| task.status == Status::Running);
            if running != Some(true) {
                return Ok(());
            }
            let chunk = task.rate.and_then(|rate| usize::try_from(rate).ok()).unwrap_or(limits::CHUNK).min(left);
            let state = self.state();
            let target = |delivery: &Delivery| {
                let arn = task.destination.as_ref().or(delivery.source.as_ref())?;
                Some(state.of_arn(arn, self.account())?.id.clone())
            };
            let moved = self.shift(from, chunk, target, Timestamp::now()).await?;
            if moved == 0 {
                return Ok(());
            }
            left -= moved.min(left);
            self.task(&from.id, &task.handle, |task| task.moved += moved);
            if task.rate.is_some() && left > 0 {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
        Ok(())
    }

    fn task<T>(&self, queue: &QueueId, handle: &str, work: impl FnOnce(&mut Move) -> T) -> Option<T> {
        self.moves(|moves| moves.get_mut(queue)?.iter_mut().find(|task| task.handle == handle).map(work))
    }

    /// Ends a task, and says how many messages it has moved.
    ///
    /// # Errors
    /// When there is no such task, or it has ended.
    pub fn cancel_move(&self, handle: &str) -> Result<usize> {
        self.moves(|moves| {
            let task = moves.values_mut().flatten().find(|task| task.handle == handle);
            match task {
                Some(task) if task.status == Status::Running => {
                    task.status = Status::Cancelled;
                    Ok(task.moved)
                }
                Some(_) => Err(Error::Unsupported("Only active tasks can be cancelled.".into())),
                None => Err(Error::NoSuchTask("Task does not exist.".into())),
            }
        })
    }

    /// Of which queue a task moves the messages.
    pub fn move_source(&self, handle: &str) -> Option<Arn> {
        self.moves(|moves| moves.values().flatten().find(|task| task.handle == handle).map(|task| task.source.clone()))
    }

    /// The tasks of a queue, the newest first.
    ///
    /// # Errors
    /// When there is no such queue.
    pub fn list_moves(&self, source: &Arn) -> Result<Vec<Move>> {
        let state = self.state();
        let missing =
            || Error::NoSuchTask("The resource that you specified for the SourceArn parameter doesn't exist.".into());
        let queue = state.of_arn(source, self.account()).ok_or_else(missing)?;
        Ok(self.moves(|moves| moves.get(&queue.id).into_iter().flatten().cloned().collect()))
    }
}
