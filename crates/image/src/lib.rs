//! Images: content by digest, registries, layers, snapshots.
