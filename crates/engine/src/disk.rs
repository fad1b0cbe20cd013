//! Room on the disk.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Bytes that a tree really takes on the disk; what cannot be read counts as nothing. Blocks.
pub fn usage(root: &Path) -> u64 {
    let mut bytes = 0;
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            bytes += metadata.blocks() * 512;
            if metadata.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    bytes
}
