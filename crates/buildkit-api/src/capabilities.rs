//! What this daemon says that it can do. Clients do without what is not listed, or say that it is missing.

use grpc::proto::apicaps::ApiCap;

/// Of the gateway.
const FRONTEND: &[&str] = &[
    "solve.base",
    "resolveimage",
    "resolveimage.resolvemode",
    "readfile",
    "return",
    "returnmap",
    "readdir",
    "statfile",
    "importcaches",
    "proto.refarray",
    "reference.output",
    "frontend.inputs",
    "gateway.solve.metadata",
    "frontend.caps",
    "gateway.solve.evaluate",
    "gateway.evaluate",
    "gateway.warnings",
    "source.metaresolver",
];

/// Of builds. Graphs of a client's own are not solved, but clients look here for what a Dockerfile may ask for, and
/// for what exporters can do.
const GRAPH: &[&str] = &[
    "source.image",
    "source.image.resolvemode",
    "source.local",
    "source.local.unique",
    "source.local.sessionid",
    "source.local.includepatterns",
    "source.local.followpaths",
    "source.local.excludepatterns",
    "source.local.sharedkeyhint",
    "source.local.differ",
    "source.git",
    "source.git.keepgitdir",
    "source.git.fullurl",
    "source.http",
    "source.http.checksum",
    "exec.meta.base",
    "exec.meta.cgroup.parent",
    "exec.meta.network",
    "exec.meta.security",
    "exec.meta.ulimit",
    "exec.mount.bind",
    "exec.mount.cache",
    "exec.mount.cache.sharing",
    "exec.mount.tmpfs",
    "exec.mount.tmpfs.size",
    "exec.mount.secret",
    "exec.mount.ssh",
    "exec.secretenv",
    "file.base",
    "constraints",
    "platform",
    "meta.ignorecache",
    "meta.description",
    "mergeop",
    "exporter.image.annotations",
    "exporter.image.attestations",
    "exporter.sourcedateepoch",
    "exporter.multiple",
    "history.filter",
];

pub(crate) fn frontend() -> Vec<ApiCap> {
    enabled(FRONTEND)
}

pub(crate) fn graph() -> Vec<ApiCap> {
    enabled(GRAPH)
}

fn enabled(names: &[&str]) -> Vec<ApiCap> {
    names.iter().map(|name| ApiCap { id: (*name).to_owned(), enabled: true, ..ApiCap::default() }).collect()
}
