//! Work upon the items of a long list by two threads, with its results in the order of the items.

use std::collections::VecDeque;
use std::io;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

/// Items that are done where they are used, before a thread is worth its start.
const FEW: usize = 64;

/// Items that are handed over at once: to wake a thread costs as much as to read some files.
const BATCH: usize = 16;

/// Batches that wait for the second thread. When there are as many, the first one does the next.
const WAITING: usize = 4;

/// Batches that are not used up. Where each item is an open file, sixteen times as many descriptors are in use.
const AHEAD: usize = WAITING + 3;

/// Does `work` upon each item and gives what comes of it to `take`, in order, and ends with the first one that `take`
/// fails at.
///
/// # Errors
/// What `take` gives, or that there is no thread.
pub(super) fn each<I: Send, O: Send>(
    mut items: impl Iterator<Item = I>,
    work: impl Fn(I) -> O + Sync,
    mut take: impl FnMut(O) -> io::Result<()>,
) -> io::Result<()> {
    for _ in 0..FEW {
        let Some(item) = items.next() else { return Ok(()) };
        take(work(item))?;
    }
    std::thread::scope(|scope| {
        let (to_do, batches) = sync_channel::<Vec<I>>(WAITING);
        let (results, done) = sync_channel::<Vec<O>>(AHEAD);
        let work = &work;
        std::thread::Builder::new().spawn_scoped(scope, move || help(&batches, &results, work))?;
        let mut order = VecDeque::with_capacity(AHEAD);
        loop {
            let batch: Vec<I> = items.by_ref().take(BATCH).collect();
            if batch.is_empty() {
                break;
            }
            order.push_back(match to_do.try_send(batch) {
                Ok(()) => Batch::Away,
                Err(TrySendError::Full(batch) | TrySendError::Disconnected(batch)) => {
                    Batch::Here(batch.into_iter().map(work).collect())
                }
            });
            while let Some(results) = next(&mut order, &done, AHEAD)? {
                results.into_iter().try_for_each(&mut take)?;
            }
        }
        drop(to_do);
        while let Some(results) = next(&mut order, &done, 1)? {
            results.into_iter().try_for_each(&mut take)?;
        }
        Ok(())
    })
}

/// A batch in its place.
enum Batch<O> {
    /// The second thread has it.
    Away,
    Here(Vec<O>),
}

/// The results of the first batch, if they are there. They are waited for when there are `most` batches.
fn next<O>(order: &mut VecDeque<Batch<O>>, done: &Receiver<Vec<O>>, most: usize) -> io::Result<Option<Vec<O>>> {
    // It has panicked, which goes on where it is waited for.
    let gone = || io::Error::other("the thread that reads ahead has ended");
    let results = match order.front() {
        None => return Ok(None),
        Some(Batch::Here(_)) => None,
        Some(Batch::Away) if order.len() >= most => Some(done.recv().map_err(|_| gone())?),
        Some(Batch::Away) => match done.try_recv() {
            Ok(results) => Some(results),
            Err(std::sync::mpsc::TryRecvError::Empty) => return Ok(None),
            Err(std::sync::mpsc::TryRecvError::Disconnected) => return Err(gone()),
        },
    };
    Ok(match order.pop_front() {
        Some(Batch::Here(results)) => Some(results),
        _ => results,
    })
}

fn help<I, O>(batches: &Receiver<Vec<I>>, results: &SyncSender<Vec<O>>, work: &(impl Fn(I) -> O + Sync)) {
    for batch in batches {
        if results.send(batch.into_iter().map(work).collect()).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_order_until_one_fails() {
        for most in [0, 1, FEW, FEW + 1, FEW + 100 * BATCH, FEW + 100 * BATCH + 1] {
            let mut taken = Vec::new();
            let take = |item| {
                taken.push(item);
                Ok(())
            };
            each(0..most, |item| item * 2, take).unwrap();
            assert_eq!(taken, (0..most).map(|item| item * 2).collect::<Vec<_>>());
        }
        for bad in [0, FEW - 1, FEW, FEW + BATCH, FEW + 50 * BATCH] {
            let mut count = 0;
            let take = |item| {
                count += 1;
                if item == bad { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(()) }
            };
            assert_eq!(each(0.., |item| item, take).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
            assert_eq!(count, bad + 1);
        }
    }

    #[test]
    fn both_threads_work() {
        let threads = std::sync::Mutex::new(std::collections::HashSet::new());
        let work = |item: usize| {
            threads.lock().unwrap().insert(std::thread::current().id());
            std::thread::sleep(std::time::Duration::from_micros(50));
            item
        };
        let (mut sum, most) = (0, FEW + 100 * BATCH);
        let take = |item| {
            sum += item;
            Ok(())
        };
        each(0..most, work, take).unwrap();
        assert_eq!((sum, threads.into_inner().unwrap().len()), (most * (most - 1) / 2, 2));
    }
}
