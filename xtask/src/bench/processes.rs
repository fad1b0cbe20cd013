//! The processes, mounts and control groups of a measured engine: how much they hold, and that none is left.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::Result;
use rustix::process::{Pid, Signal, kill_process};

/// Sends a signal to one process; that it has gone meanwhile is no error.
pub(crate) fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// Processes whose arguments name this folder, and all that descend from them, without those that have ended.
pub(crate) fn tree(root: &Path) -> BTreeSet<u32> {
    let needle = root.as_os_str().as_bytes();
    let mut parents = BTreeMap::new();
    let mut found = BTreeSet::new();
    for pid in all() {
        let Some((parent, state)) = status(pid) else { continue };
        if state == 'Z' || pid == std::process::id() {
            continue;
        }
        parents.insert(pid, parent);
        let arguments = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        if arguments.windows(needle.len()).any(|window| window == needle) {
            found.insert(pid);
        }
    }
    loop {
        let more: Vec<u32> = parents
            .iter()
            .filter(|(pid, parent)| !found.contains(pid) && found.contains(parent))
            .map(|(pid, _)| *pid)
            .collect();
        if more.is_empty() {
            return found;
        }
        found.extend(more);
    }
}

fn all() -> Vec<u32> {
    let entries = fs::read_dir("/proc").map(|entries| entries.flatten().collect()).unwrap_or_else(|_| Vec::new());
    entries.iter().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

/// A process's parent and state.
fn status(pid: u32) -> Option<(u32, char)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut words = text.rsplit_once(')')?.1.split_whitespace();
    let state = words.next()?.chars().next()?;
    Some((words.next()?.parse().ok()?, state))
}

/// The memory of these processes in MB (10^6 bytes), shared pages in proportion.
pub(crate) fn pss(pids: &BTreeSet<u32>) -> f64 {
    let of = |pid: &u32| -> Option<u64> {
        let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
        line.split_whitespace().next()?.parse().ok()
    };
    pids.iter().filter_map(of).sum::<u64>() as f64 * 1024.0 / 1e6
}

/// Ends every process of this folder and of this control group: all of them were started by this benchmark.
pub(crate) fn end(root: &Path, cgroup: &str) {
    for _ in 0..100 {
        let mut left = tree(root);
        for folder in cgroups(cgroup) {
            let text = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
            left.extend(text.lines().filter_map(|line| line.parse::<u32>().ok()).filter(|pid| *pid != 0));
        }
        left.retain(|pid| status(*pid).is_some_and(|(_, state)| state != 'Z'));
        if left.is_empty() {
            return;
        }
        for pid in left {
            signal(pid, Signal::KILL);
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Ends what runs in this folder and removes it with its mounts and its control groups.
pub(crate) fn destroy(root: &Path, cgroup: &str) -> Result<()> {
    end(root, cgroup);
    let needle = root.as_os_str().to_string_lossy();
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    for mount in mounts.lines().rev().filter_map(|line| line.split(' ').nth(4)) {
        if mount.starts_with(&*needle) {
            let _ = Command::new("umount").arg("-l").arg(mount).status();
        }
    }
    // The deepest first: that is how they were listed.
    for folder in cgroups(cgroup) {
        let _ = fs::remove_dir(folder);
    }
    if root.exists() {
        fs::remove_dir_all(root)?;
    }
    Ok(())
}

/// All control groups below the one of this name, in every hierarchy, the deepest first.
fn cgroups(name: &str) -> Vec<PathBuf> {
    let base = Path::new("/sys/fs/cgroup");
    let mut found = Vec::new();
    let hierarchies = fs::read_dir(base).map(|entries| entries.flatten().collect()).unwrap_or_else(|_| Vec::new());
    let tops = hierarchies.iter().map(|entry| entry.path().join(name)).chain([base.join(name)]);
    for top in tops.filter(|top| top.is_dir()) {
        collect(&top, &mut found);
    }
    found
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            collect(&entry.path(), found);
        }
    }
    found.push(folder.to_owned());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_are_found_by_what_their_arguments_name_and_ended() {
        let root = format!("/nowhere/xtask-test-{}", std::process::id());
        let script = format!("# {root}\nsleep 100 & wait");
        let mut child = Command::new("sh").args(["-c", &script]).spawn().unwrap();
        let path = Path::new(&root);
        while tree(path).len() < 2 {
            thread::sleep(Duration::from_millis(1));
        }
        assert!(tree(path).contains(&child.id()));
        assert!(pss(&tree(path)) > 0.0);
        let reaper = thread::spawn(move || child.wait());
        end(path, "xtask-no-such-group");
        assert!(!reaper.join().unwrap().unwrap().success());
        assert!(tree(path).is_empty());
    }
}
