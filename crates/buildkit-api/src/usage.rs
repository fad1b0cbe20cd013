//! What the build cache holds, and giving it back.

use std::sync::Arc;
use std::time::Duration;

use build::{PruneRequest, Usage, kind};
use engine::cache::Held;
use grpc::Status;
use grpc::proto::control::{self as messages, DiskUsageRequest, DiskUsageResponse, UsageRecord};
use grpc::server::Messages;

use crate::{Parts, attrs, errors, events};

/// What the cache holds.
pub(crate) fn list(parts: &Parts, request: &DiskUsageRequest) -> Result<DiskUsageResponse, Status> {
    let filter = Filter::read(&request.filter)?;
    let old = nanoseconds(request.age_limit);
    let now = words::Timestamp::now();
    let wanted = |usage: &Usage| filter.takes(usage) && now.since(usage.record.used) >= old;
    let record = parts.builder.usage().iter().filter(|usage| wanted(usage)).map(record).collect();
    Ok(DiskUsageResponse { record })
}

/// Gives back what is asked for, and tells what that was.
pub(crate) async fn prune(
    parts: &Arc<Parts>,
    request: messages::PruneRequest,
) -> Result<Messages<UsageRecord>, Status> {
    if request.min_free_space > 0 {
        return Err(attrs::not_implemented("pruning by free space"));
    }
    let filter = Filter::read(&request.filter)?;
    let bytes = |number: i64| u64::try_from(number).ok().filter(|bytes| *bytes > 0);
    let mut wanted = PruneRequest {
        all: request.all,
        // What may be used at most, but never less than what is set aside.
        keep_bytes: bytes(request.max_used_space).max(bytes(request.reserved_space)),
        keep_duration: Some(nanoseconds(request.keep_duration)).filter(|time| !time.is_zero()),
        ..PruneRequest::default()
    };
    if !filter.is_empty() {
        wanted.ids = parts
            .builder
            .usage()
            .iter()
            .filter(|usage| filter.takes(usage))
            .map(|one| one.record.key.clone())
            .collect();
        if wanted.ids.is_empty() {
            return Ok(Messages::new(tokio_stream::empty()));
        }
    }
    let gone = parts.builder.prune(&wanted).await.map_err(|error| errors::status(&error))?;
    let records: Vec<_> = gone.iter().map(|usage| Ok(record(usage))).collect();
    Ok(Messages::new(tokio_stream::iter(records)))
}

fn record(usage: &Usage) -> UsageRecord {
    let record = &usage.record;
    #[allow(deprecated, reason = "the message has a field for old clients, which stays empty")]
    UsageRecord {
        id: record.key.hex().to_owned(),
        mutable: matches!(record.held, Held::Mount(_) | Held::Local(_)),
        in_use: usage.in_use,
        size: i64::try_from(record.size).unwrap_or(i64::MAX),
        parent: String::new(),
        parents: Vec::new(),
        created_at: Some(events::moment(record.created)),
        last_used_at: Some(events::moment(record.used)),
        usage_count: i64::try_from(record.uses).unwrap_or(i64::MAX),
        description: record.description.clone(),
        record_type: kind(record).to_owned(),
        shared: usage.shared,
    }
}

fn nanoseconds(number: i64) -> Duration {
    Duration::from_nanos(u64::try_from(number).unwrap_or_default())
}

/// containerd's filters, as far as clients use them for caches: alternatives of conditions.
struct Filter(Vec<Vec<Condition>>);

struct Condition {
    field: String,
    test: Test,
}

enum Test {
    /// It is so, or there is something.
    Present,
    Equal(String),
    Unequal(String),
    /// A part of it. A pattern would be a regular expression, which nobody needs for an id.
    Contains(String),
}

impl Filter {
    fn read(texts: &[String]) -> Result<Self, Status> {
        let texts = texts.iter().filter(|text| !text.is_empty());
        let conditions = |text: &String| text.split(',').map(Condition::read).collect::<Result<Vec<_>, _>>();
        texts.map(conditions).collect::<Result<_, _>>().map(Self)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn takes(&self, usage: &Usage) -> bool {
        self.is_empty() || self.0.iter().any(|all| all.iter().all(|one| one.holds(usage)))
    }
}

impl Condition {
    fn read(text: &str) -> Result<Self, Status> {
        let with = |sign: &str, test: fn(String) -> Test| {
            let (field, value) = text.split_once(sign)?;
            Some((field, test(value.trim_matches('"').to_owned())))
        };
        let found = with("==", Test::Equal).or_else(|| with("!=", Test::Unequal));
        let (field, test) = found.or_else(|| with("~=", Test::Contains)).unwrap_or((text, Test::Present));
        if !matches!(field, "id" | "type" | "description" | "inuse" | "mutable" | "immutable" | "shared" | "private") {
            return Err(Status::invalid_argument(format!("unknown filter {text:?}")));
        }
        if let Test::Contains(part) = &test
            && !part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" -_:/".contains(&byte))
        {
            return Err(attrs::not_implemented(&format!("the pattern {part:?} in a filter")));
        }
        Ok(Self { field: field.to_owned(), test })
    }

    fn holds(&self, usage: &Usage) -> bool {
        let mutable = matches!(usage.record.held, Held::Mount(_) | Held::Local(_));
        let flag = |is: bool| if is { "true".to_owned() } else { String::new() };
        let value = match self.field.as_str() {
            "id" => usage.record.key.hex().to_owned(),
            "type" => kind(&usage.record).to_owned(),
            "description" => usage.record.description.clone(),
            "inuse" => flag(usage.in_use),
            "mutable" => flag(mutable),
            "immutable" => flag(!mutable),
            "shared" => flag(usage.shared),
            _ => flag(!usage.shared),
        };
        match &self.test {
            Test::Present => !value.is_empty(),
            Test::Equal(wanted) => value == *wanted || (value.is_empty() && wanted == "false"),
            Test::Unequal(unwanted) => value != *unwanted,
            Test::Contains(part) => value.contains(part.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use engine::cache::CacheRecord;

    fn usage(digit: u8, held: Held, shared: bool) -> Usage {
        let now = words::Timestamp::now();
        let record = CacheRecord {
            key: oci::Digest::sha256([digit; 32]),
            held,
            description: "RUN make".into(),
            size: 7,
            created: now,
            used: now,
            uses: 1,
        };
        Usage { record: Arc::new(record), shared, in_use: false }
    }

    #[test]
    fn filters_of_buildx() {
        let layers = usage(1, Held::Layers(Vec::new()), true);
        let mount = usage(2, Held::Mount("x".into()), false);
        let takes = |text: &str| {
            let filter = Filter::read(&[text.to_owned()]).unwrap();
            (filter.takes(&layers), filter.takes(&mount))
        };
        assert_eq!(takes(""), (true, true));
        assert_eq!(takes("type==regular"), (true, false));
        assert_eq!(takes("type!=regular"), (false, true));
        assert_eq!(takes("id~=0202"), (false, true));
        assert_eq!(takes("shared"), (true, false));
        assert_eq!(takes("private,mutable"), (false, true));
        assert_eq!(takes("inuse==false,description~=make"), (true, true));
        for wrong in ["nonsense", "id~=a.*"] {
            assert!(Filter::read(&[wrong.into()]).is_err());
        }
    }
}
