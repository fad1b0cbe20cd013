//! `Control`: builds from their request to their last output, and what is known of them.

use std::collections::HashMap;
use std::sync::Arc;

use build::Product;
use grpc::Status;
use grpc::proto::control::{
    BuildHistoryEvent, BuildHistoryEventType, BuildHistoryRecord, BuildHistoryRequest, Exporter, SolveRequest,
    SolveResponse, UpdateBuildHistoryRequest,
};
use grpc::server::Messages;
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::ReceiverStream;

use crate::attrs::{self, Rights};
use crate::bridge::{self, Bridge, Frontend, Outcome, Ran};
use crate::builds::Running;
use crate::caches::Exports;
use crate::outputs::Wanted;
use crate::session::{Offers, Session};
use crate::{Parts, caches, events};

/// Builds what was asked, and lets it leave.
pub(crate) async fn solve(parts: &Arc<Parts>, request: SolveRequest) -> Result<SolveResponse, Status> {
    let exporters = exporters(&request);
    let wanted: Vec<Wanted> = exporters
        .iter()
        .enumerate()
        .map(|(number, exporter)| Wanted::read(number, exporter))
        .collect::<Result<_, _>>()?;
    refuse(&request)?;
    let exports = Exports::read(request.cache.as_ref())?;
    let rights = Rights::read(&request.entitlements)?;
    let session = match request.session.as_str() {
        "" => None,
        id => Some(parts.sessions.find(id).await?),
    };
    let offers = Arc::new(Offers::new(Arc::clone(&parts.sessions), session.clone(), None));
    let record = BuildHistoryRecord {
        r#ref: request.r#ref.clone(),
        frontend: request.frontend.clone(),
        frontend_attrs: request.frontend_attrs.clone(),
        exporters,
        created_at: Some(events::moment(words::Timestamp::now())),
        ..BuildHistoryRecord::default()
    };
    let (mut frontend, mut returned) = (None, None);
    let begun = parts.builds.begin(record, request.internal, |reporter| {
        let client: Arc<dyn build::Client> = Arc::clone(&offers) as Arc<dyn build::Client>;
        let job = Arc::new(parts.builder.job(client, reporter));
        let own = Frontend { job, offers: Arc::clone(&offers) };
        frontend = Some(own.clone());
        if !request.frontend.is_empty() {
            return None;
        }
        let results = Arc::clone(&parts.results);
        let (bridge, outcome) = Bridge::new(own, results, rights, request.frontend_inputs.clone());
        returned = Some(outcome);
        Some(Arc::new(bridge))
    })?;
    let Some(frontend) = frontend else { return Err(Status::internal("a build without a frontend")) };
    let running = Arc::clone(&begun.running);
    let solving = Solving { parts, request: &request, session: session.as_ref(), running, frontend, rights, exports };
    let solved = solving.run(returned, wanted).await;
    begun.complete(&solved).await;
    Ok(SolveResponse { exporter_response: solved? })
}

struct Solving<'a> {
    parts: &'a Parts,
    request: &'a SolveRequest,
    session: Option<&'a Arc<Session>>,
    running: Arc<Running>,
    frontend: Frontend,
    rights: Rights,
    exports: Exports,
}

impl Solving<'_> {
    async fn run(
        self,
        returned: Option<oneshot::Receiver<Outcome>>,
        wanted: Vec<Wanted>,
    ) -> Result<HashMap<String, String>, Status> {
        let mut told = HashMap::new();
        let product = match returned {
            Some(returned) => {
                returned.await.map_err(|_| Status::cancelled("the client's frontend has returned nothing"))??
            }
            None => self.called(&mut told).await?,
        };
        match product {
            Some(product) => {
                for one in wanted {
                    let one = one.carrying(self.exports.inline);
                    one.export(&self.frontend.job, &product, self.session, &mut told).await?;
                }
                self.exports.leave(&self.frontend.job, &product, &mut told).await?;
                self.running.made(&product);
            }
            None if wanted.is_empty() => {}
            None => return Err(Status::invalid_argument("the frontend has returned nothing that could be exported")),
        }
        Ok(told)
    }

    /// Runs the Dockerfile frontend. A call's answer goes to the client as it is.
    async fn called(&self, told: &mut HashMap<String, String>) -> Result<Option<Product>, Status> {
        bridge::check_frontend(&self.request.frontend, &self.request.frontend_attrs)?;
        let inputs = self.parts.results.inputs(&self.request.frontend_inputs)?;
        let mut asked = attrs::read(&self.request.frontend, &self.request.frontend_attrs, &inputs, self.rights)?;
        caches::add(&mut asked.request.imports, caches::imports(self.request.cache.as_ref())?)?;
        match self.frontend.run(asked).await? {
            Ran::Built { product, .. } => Ok(Some(product)),
            Ran::Called(answer) => {
                let text = |(name, value): (String, Vec<u8>)| (name, String::from_utf8_lossy(&value).into_owned());
                told.extend(answer.into_iter().map(text));
                Ok(None)
            }
        }
    }
}

/// The exporters, of clients that know only one as well.
fn exporters(request: &SolveRequest) -> Vec<Exporter> {
    if !request.exporters.is_empty() || request.exporter_deprecated.is_empty() {
        return request.exporters.clone();
    }
    vec![Exporter { r#type: request.exporter_deprecated.clone(), attrs: request.exporter_attrs_deprecated.clone() }]
}

/// What this version does not do is refused before anything is built.
fn refuse(request: &SolveRequest) -> Result<(), Status> {
    if request.definition.as_ref().is_some_and(|definition| !definition.def.is_empty()) {
        return Err(attrs::not_implemented("solving a graph of the client's own"));
    }
    if request.source_policy.as_ref().is_some_and(|policy| !policy.rules.is_empty())
        || !request.source_policy_session.is_empty()
    {
        return Err(attrs::not_implemented("a source policy"));
    }
    Ok(())
}

/// Records of builds: those that are there, and then what changes unless only those are wanted.
pub(crate) fn listen(parts: &Arc<Parts>, request: BuildHistoryRequest) -> Result<Messages<BuildHistoryEvent>, Status> {
    if !request.filter.is_empty() {
        return Err(attrs::not_implemented("a filter of build records"));
    }
    let (sender, receiver) = mpsc::channel(16);
    let parts = Arc::clone(parts);
    tokio::spawn(async move {
        let mut changes = parts.builds.changes();
        // What the listener knows: by name, whether it has heard of the end.
        let mut known: HashMap<String, bool> = HashMap::new();
        loop {
            changes.borrow_and_update();
            let mut records = parts.builds.records(request.active_only);
            records.retain(|(_, record)| request.r#ref.is_empty() || record.r#ref == request.r#ref);
            if let Ok(limit @ 1..) = usize::try_from(request.limit) {
                records.drain(..records.len().saturating_sub(limit));
            }
            let mut gone: Vec<String> = known.keys().cloned().collect();
            for (ended, record) in records {
                gone.retain(|name| *name != record.r#ref);
                if known.insert(record.r#ref.clone(), ended) == Some(ended) {
                    continue;
                }
                let kind = if ended { BuildHistoryEventType::Complete } else { BuildHistoryEventType::Started };
                let event = BuildHistoryEvent { r#type: kind.into(), record: Some(record) };
                if sender.send(Ok(event)).await.is_err() {
                    return;
                }
            }
            for name in gone {
                known.remove(&name);
                let record = Some(BuildHistoryRecord { r#ref: name, ..BuildHistoryRecord::default() });
                let event = BuildHistoryEvent { r#type: BuildHistoryEventType::Deleted.into(), record };
                if sender.send(Ok(event)).await.is_err() {
                    return;
                }
            }
            if request.early_exit {
                return;
            }
            tokio::select! {
                changed = changes.changed() => if changed.is_err() { return },
                () = sender.closed() => return,
            }
        }
    });
    Ok(Messages::new(ReceiverStream::new(receiver)))
}

/// Keeps a record, or forgets it.
pub(crate) fn update(parts: &Parts, request: &UpdateBuildHistoryRequest) -> Result<(), Status> {
    let found = if request.delete {
        parts.builds.forget(&request.r#ref)
    } else if request.finalize {
        // Nothing of a record is written later than its build's end.
        true
    } else {
        parts.builds.pin(&request.r#ref, request.pinned)
    };
    if found { Ok(()) } else { Err(Status::not_found(format!("build {} not found", request.r#ref))) }
}
