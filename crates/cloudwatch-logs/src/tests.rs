//! Logs as a whole: put, read by pages, restarted.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

const DAY: i64 = 86_400_000;
const NOW: i64 = 20_000 * DAY;

fn at(millis: i64) -> Timestamp {
    Timestamp::from_nanos(i128::from(millis) * 1_000_000).unwrap()
}

fn event(timestamp: i64, message: impl Into<String>) -> Event {
    Event { timestamp, message: message.into() }
}

struct Place {
    folder: tempfile::TempDir,
    region: Region,
    group: GroupName,
}

impl Place {
    fn new() -> Self {
        let (region, group) = ("us-east-1".parse().unwrap(), "/app/x".parse().unwrap());
        Self { folder: tempfile::tempdir().unwrap(), region, group }
    }

    fn open(&self) -> Logs {
        let store = Store::open(&self.folder.path().join("state")).unwrap();
        Logs::open(store, self.folder.path().join("logs"), "123456789012".parse().unwrap()).unwrap()
    }

    async fn made(&self, streams: &[&str]) -> Logs {
        let logs = self.open();
        let new = NewGroup { region: self.region.clone(), name: self.group.clone(), tags: BTreeMap::new() };
        logs.create_group(new, at(NOW)).await.unwrap();
        for stream in streams {
            logs.create_stream(&self.region, &self.group, stream.parse().unwrap(), at(NOW)).await.unwrap();
        }
        logs
    }

    async fn put(&self, logs: &Logs, stream: &str, events: Vec<Event>) -> Rejected {
        logs.put(&self.region, &self.group, &stream.parse().unwrap(), events, at(NOW)).await.unwrap()
    }

    fn id(&self, logs: &Logs, stream: &str) -> StreamId {
        let group = logs.group(&self.region, &self.group).unwrap();
        logs.stream(&group, &stream.parse().unwrap()).unwrap().id
    }

    async fn page(&self, logs: &Logs, token: Option<Token>, direction: Direction, limit: usize, pattern: &str) -> Page {
        let group = logs.group(&self.region, &self.group).unwrap();
        let streams: Vec<StreamId> = logs.streams(&group, "").iter().map(|stream| stream.id).collect();
        let (start, end, pattern) = (0, i64::MAX, pattern.parse().unwrap());
        let query = Query { token, direction, start, end, limit, pattern };
        logs.find(&group, &streams, query, at(NOW)).await.unwrap()
    }

    async fn texts(&self, logs: &Logs, pattern: &str) -> Vec<String> {
        let page = self.page(logs, None, Direction::Forward, 10_000, pattern).await;
        page.events.into_iter().map(|entry| entry.message).collect()
    }

    fn files(&self) -> Vec<PathBuf> {
        let folders = std::fs::read_dir(self.folder.path().join("logs")).unwrap();
        let mut files: Vec<PathBuf> = folders
            .flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap())
            .map(|file| file.unwrap().path())
            .collect();
        files.sort();
        files
    }
}

#[tokio::test]
async fn events_last_and_a_torn_line_does_not() {
    let place = Place::new();
    {
        let logs = place.made(&["a", "b"]).await;
        place.put(&logs, "a", vec![event(NOW, "one"), event(NOW + 2, "three")]).await;
        place.put(&logs, "b", vec![event(NOW + 1, "two")]).await;
    }
    use std::io::Write;
    for file in place.files() {
        std::fs::File::options().append(true).open(file).unwrap().write_all(b"{\"events\":{\"ing").unwrap();
    }
    let logs = place.open();
    assert_eq!(place.texts(&logs, "").await, ["one", "two", "three"]);
    place.put(&logs, "a", vec![event(NOW + 3, "four")]).await;
    drop(logs);
    let logs = place.open();
    assert_eq!(place.texts(&logs, "").await, ["one", "two", "three", "four"]);
    assert_eq!(place.texts(&logs, "-two -o").await, ["three"]);
    let id = place.id(&logs, "a");
    assert_eq!(logs.extent(id), Some(Extent { first: NOW, last: NOW + 3, ingested: NOW }));
    logs.delete_stream(&place.region, &place.group, &"a".parse().unwrap()).await.unwrap();
    assert_eq!(place.texts(&logs, "").await, ["two"]);
    assert_eq!(place.files().len(), 1);
    logs.delete_group(&place.region, &place.group).await.unwrap();
    assert_eq!(place.files(), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn what_a_source_has_brought_is_known_with_its_events() {
    let place = Place::new();
    let long = "x".repeat(400_000);
    {
        let logs = place.made(&["a"]).await;
        let id = place.id(&logs, "a");
        logs.bring(id, vec![event(NOW + 1, "late"), event(NOW, "early")], "old", "7", at(NOW)).await.unwrap();
        for number in 0..4 {
            let mark = number.to_string();
            logs.bring(id, vec![event(NOW + 2, long.clone())], "new", &mark, at(NOW)).await.unwrap();
        }
    }
    assert!(place.files().len() > 1);
    let logs = place.open();
    let id = place.id(&logs, "a");
    assert_eq!((logs.mark(id, "old").as_deref(), logs.mark(id, "new").as_deref()), (Some("7"), Some("3")));
    assert_eq!(logs.mark(id, "other"), None);
    assert_eq!(place.texts(&logs, "early").await, ["early"]);
    // What it has brought may go; how far it was stays.
    logs.retain(&place.region, &place.group, Some(1)).await.unwrap();
    logs.expire(at(NOW + 3 * DAY)).await;
    drop(logs);
    assert_eq!(place.files().len(), 1);
    let logs = place.open();
    assert_eq!(logs.mark(id, "new").as_deref(), Some("3"));
    assert_eq!(place.texts(&logs, "").await, [""; 0]);
    logs.bring(id, vec![event(NOW, "more")], "new", "4", at(NOW)).await.unwrap();
    assert_eq!(place.texts(&logs, "").await, ["more"]);
}

#[tokio::test]
async fn what_is_older_than_a_group_keeps_is_not_shown() {
    let place = Place::new();
    let logs = place.made(&["a"]).await;
    place.put(&logs, "a", vec![event(NOW - 2 * DAY, "old")]).await;
    place.put(&logs, "a", vec![event(NOW, "new")]).await;
    assert_eq!(place.texts(&logs, "").await, ["old", "new"]);
    assert!(matches!(logs.retain(&place.region, &place.group, Some(2)).await, Err(Error::Invalid(_))));
    logs.retain(&place.region, &place.group, Some(1)).await.unwrap();
    assert_eq!(place.texts(&logs, "").await, ["new"]);
    let rejected = place.put(&logs, "a", vec![event(NOW - 2 * DAY, "old")]).await;
    assert_eq!(rejected.expired_end, Some(1));
}

#[tokio::test]
async fn at_its_end_a_page_leads_to_itself() {
    let place = Place::new();
    let logs = place.made(&["a"]).await;
    let next = |page: &Page, direction| {
        let position = if direction == Direction::Forward { page.after } else { page.before };
        Some(Token { direction, position })
    };
    // Nothing is there yet: who goes on from here sees what comes.
    let empty = place.page(&logs, None, Direction::Backward, 10, "").await;
    place.put(&logs, "a", (0..5).map(|n| event(NOW + n, n.to_string())).collect()).await;
    let texts = |page: &Page| page.events.iter().map(|entry| entry.message.clone()).collect::<Vec<_>>();
    let first = place.page(&logs, next(&empty, Direction::Forward), Direction::Forward, 2, "").await;
    assert_eq!((texts(&first), first.more), (vec!["0".to_owned(), "1".into()], true));
    let last = place.page(&logs, None, Direction::Backward, 2, "").await;
    assert_eq!((texts(&last), last.more), (vec!["3".to_owned(), "4".into()], true));
    let end = place.page(&logs, next(&last, Direction::Forward), Direction::Forward, 2, "").await;
    assert_eq!((texts(&end).len(), end.more), (0, false));
    assert_eq!((end.after, end.before), (last.after, last.after));
    let back = place.page(&logs, next(&end, Direction::Backward), Direction::Backward, 2, "").await;
    assert_eq!(texts(&back), texts(&last));
    let token = next(&last, Direction::Backward).unwrap();
    assert_eq!(token.to_string().parse::<Token>().unwrap(), token);
    for wrong in ["", "f", "f/1", "x/00", &token.to_string().replace('b', "é")] {
        assert!(wrong.parse::<Token>().is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn an_answer_has_no_more_bytes_than_it_may() {
    let place = Place::new();
    let logs = place.made(&["a"]).await;
    for number in 0..5 {
        place.put(&logs, "a", vec![event(NOW + 5 - number, format!("{number}{}", "x".repeat(400_000)))]).await;
    }
    place.put(&logs, "a", vec![event(NOW + 6, "short")]).await;
    let page = place.page(&logs, None, Direction::Forward, 100, "").await;
    let heads: Vec<&str> = page.events.iter().map(|entry| &entry.message[..1]).collect();
    assert_eq!((heads, page.more), (vec!["4", "3"], true));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// By pages of any size, either way, every event is seen once and in order.
    #[test]
    fn pages_have_everything(
        batches in proptest::collection::vec((0..3usize, proptest::collection::vec(0..40i64, 1..6)), 1..12),
        limit in 1..7usize,
        backward in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let place = Place::new();
            let logs = place.made(&["a", "b", "c"]).await;
            let mut count = 0;
            for (stream, mut moments) in batches {
                moments.sort_unstable();
                let events = moments.iter().map(|moment| event(NOW + moment, "m")).collect::<Vec<_>>();
                count += events.len();
                place.put(&logs, ["a", "b", "c"][stream], events).await;
            }
            let direction = if backward { Direction::Backward } else { Direction::Forward };
            let (mut seen, mut token) = (Vec::new(), None);
            loop {
                let page = place.page(&logs, token, direction, limit, "").await;
                prop_assert!(page.events.len() <= limit);
                let mut events: Vec<Entry> = page.events;
                if backward {
                    events.reverse();
                }
                seen.extend(events);
                if !page.more {
                    break;
                }
                let position = if backward { page.before } else { page.after };
                token = Some(Token { direction, position });
            }
            prop_assert_eq!(seen.len(), count);
            prop_assert_eq!(seen.iter().map(|entry| entry.position).collect::<BTreeSet<_>>().len(), count);
            let mut moments: Vec<i64> = seen.iter().map(|entry| entry.timestamp).collect();
            if backward {
                moments.reverse();
            }
            prop_assert!(moments.is_sorted());
            Ok(())
        })?;
    }
}
