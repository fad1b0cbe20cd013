//! Results that clients name: a build of theirs may use what another one gave.
//!
//! A client that has a result of a build has a name of ours for it, and a graph of BuildKit's with one source that says
//! the same name. It gives the graph back as an input of the next build.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use build::Product;
use grpc::Status;
use grpc::proto::{decode, encode, pb};

use crate::limits;

/// Under what a result stands in a graph.
const SCHEME: &str = "dabba-result://";

/// Results by name, the newest ones.
#[derive(Default)]
pub(crate) struct Results(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    known: HashMap<String, Arc<Product>>,
    order: VecDeque<String>,
}

impl Results {
    /// Keeps a result, one of whose platforms is meant if it is named.
    pub(crate) fn keep(&self, product: Product) -> Result<String, Status> {
        let name = fresh()?;
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.known.insert(name.clone(), Arc::new(product));
        inner.order.push_back(name.clone());
        while inner.order.len() > limits::RESULTS {
            if let Some(oldest) = inner.order.pop_front() {
                inner.known.remove(&oldest);
            }
        }
        Ok(name)
    }

    /// Has these stay only as long as the cache has them: the build that gave them is over.
    pub(crate) fn release(&self, names: &[String]) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for name in names {
            if let Some(product) = inner.known.get_mut(name) {
                *product = Arc::new(product.released());
            }
        }
    }

    /// A result by its name.
    pub(crate) fn get(&self, name: &str) -> Result<Arc<Product>, Status> {
        let inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.known.get(name).cloned().ok_or_else(|| Status::not_found(format!("no such ref: {name}")))
    }

    /// Results that a client gives back as graphs.
    pub(crate) fn inputs(
        &self,
        graphs: &HashMap<String, pb::Definition>,
    ) -> Result<HashMap<String, Arc<Product>>, Status> {
        let input = |(name, graph): (&String, &pb::Definition)| match named(graph) {
            Some(result) => Ok((name.clone(), self.get(&result)?)),
            None => Err(crate::attrs::not_implemented(&format!("the input {name:?}, a graph of the client's own,"))),
        };
        graphs.iter().map(input).collect()
    }
}

/// A graph that stands for a result: a source, and the end that points to it.
pub(crate) fn graph(name: &str) -> pb::Definition {
    let source = pb::Op {
        op: Some(pb::op::Op::Source(pb::SourceOp { identifier: format!("{SCHEME}{name}"), attrs: Default::default() })),
        ..pb::Op::default()
    };
    let source = encode(&source);
    let source_digest = digest(&source);
    let end = pb::Op { inputs: vec![pb::Input { digest: source_digest.clone(), index: 0 }], ..pb::Op::default() };
    let end = encode(&end);
    let metadata = [source_digest, digest(&end)].map(|digest| (digest, pb::OpMetadata::default()));
    pb::Definition { def: vec![source, end], metadata: metadata.into(), source: None }
}

/// The result that a graph stands for.
fn named(graph: &pb::Definition) -> Option<String> {
    graph.def.iter().find_map(|bytes| match decode::<pb::Op>(bytes).ok()?.op? {
        pb::op::Op::Source(source) => source.identifier.strip_prefix(SCHEME).map(str::to_owned),
        _ => None,
    })
}

/// The digest of bytes, as the protocol writes it.
pub(crate) fn digest(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    oci::Digest::sha256(sha2::Sha256::digest(bytes).into()).to_string()
}

fn fresh() -> Result<String, Status> {
    fresh_digest().map(|digest| digest.hex().to_owned())
}

/// A digest of nothing that there is.
pub(crate) fn fresh_digest() -> Result<oci::Digest, Status> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Status::internal(error.to_string()))?;
    Ok(oci::Digest::sha256(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_stands_for_its_result() {
        let results = Results::default();
        let name = results.keep(Product::default()).unwrap();
        let graph = graph(&name);
        assert_eq!((graph.def.len(), graph.metadata.len()), (2, 2));
        let inputs = results.inputs(&HashMap::from([("base".to_owned(), graph)])).unwrap();
        assert!(inputs.contains_key("base"));
        let other = HashMap::from([("x".to_owned(), pb::Definition::default())]);
        assert!(results.inputs(&other).unwrap_err().message().contains("not implemented"));
        for _ in 0..limits::RESULTS {
            results.keep(Product::default()).unwrap();
        }
        assert!(results.get(&name).is_err(), "the oldest is forgotten");
    }
}
