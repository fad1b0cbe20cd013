//! `dabba eb hosts`: the environments' host names in a file of hosts, between two marks.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::aws::Query;

/// What to do with the names.
#[derive(Debug, Args)]
pub(super) struct Hosts {
    /// Write the names into the file, in place of those that were written before
    #[arg(long, conflicts_with = "remove")]
    write: bool,
    /// Take what was written out of the file
    #[arg(long)]
    remove: bool,
    /// The file
    #[arg(long, value_name = "FILE", default_value = "/etc/hosts")]
    file: PathBuf,
}

const BEGIN: &str = "# dabba eb hosts: begin. What is between the marks is written anew by dabba eb hosts --write.";
const END: &str = "# dabba eb hosts: end";

pub(super) fn run(query: impl FnOnce() -> Result<Query>, hosts: &Hosts) -> Result<()> {
    if hosts.remove {
        return change(&hosts.file, &[]);
    }
    let names = query()?.extended("DescribeHostNames", &[])?.members("HostNames");
    let lines: Vec<String> = names
        .iter()
        .flat_map(|name| {
            let of = |key: &str| name.get(key).map_or("", String::as_str);
            let host = of("Name");
            of("Addresses").split(' ').map(move |address| format!("{address}\t{host}")).collect::<Vec<_>>()
        })
        .collect();
    if hosts.write {
        return change(&hosts.file, &lines);
    }
    lines.iter().for_each(|line| println!("{line}"));
    Ok(())
}

/// Puts lines between the marks, or takes the marks away where there are none; the file is another in one moment.
fn change(file: &Path, lines: &[String]) -> Result<()> {
    // What has the name by a link stays a link.
    let file = file.canonicalize().with_context(|| format!("looking for {}", file.display()))?;
    let reading = || format!("reading {}", file.display());
    let before = std::fs::read_to_string(&file).with_context(reading)?;
    let after = replaced(&before, lines).with_context(reading)?;
    if after == before {
        return Ok(());
    }
    let writing = || format!("writing {}", file.display());
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".dabba-{}", std::process::id()));
    let aside = PathBuf::from(name);
    let written = (|| {
        let mut new = std::fs::File::create(&aside)?;
        let metadata = std::fs::metadata(&file)?;
        new.set_permissions(metadata.permissions())?;
        std::os::unix::fs::fchown(
            &new,
            Some(std::os::unix::fs::MetadataExt::uid(&metadata)),
            Some(std::os::unix::fs::MetadataExt::gid(&metadata)),
        )?;
        new.write_all(after.as_bytes())?;
        new.sync_all()?;
        std::fs::rename(&aside, &file)
    })();
    if let Err(error) = written {
        let _ = std::fs::remove_file(&aside);
        // A container's file of hosts is mounted and cannot be replaced, only written.
        if error.kind() == std::io::ErrorKind::ResourceBusy {
            return std::fs::write(&file, after).with_context(writing);
        }
        return Err(error).with_context(writing);
    }
    Ok(())
}

/// The text with these lines between the marks.
fn replaced(text: &str, lines: &[String]) -> Result<String> {
    let all: Vec<&str> = text.lines().collect();
    let at = |mark: &str| all.iter().position(|line| line.trim_end() == mark);
    let (before, after) = match (at(BEGIN), at(END)) {
        (None, None) => (all.as_slice(), &[][..]),
        (Some(begin), Some(end)) if begin < end => (&all[..begin], &all[end + 1..]),
        _ => {
            bail!("only one of the two marks is there, or they are in the wrong order: take {BEGIN:?} and {END:?} out")
        }
    };
    let block: Vec<&str> = match lines {
        [] => Vec::new(),
        lines => [BEGIN].into_iter().chain(lines.iter().map(String::as_str)).chain([END]).collect(),
    };
    let mut text = [before, &block, after].concat().join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: &str = "127.0.0.1\tlocalhost\n::1\tlocalhost\n";

    fn lines(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| format!("127.0.0.1\t{name}")).collect()
    }

    #[test]
    fn what_was_written_before_is_replaced_and_the_rest_stays() {
        let once = replaced(OWN, &lines(&["a.test"])).unwrap();
        assert!(once.starts_with(OWN) && once.contains("\n127.0.0.1\ta.test\n"));
        assert_eq!(replaced(&once, &lines(&["a.test"])).unwrap(), once);
        let behind = format!("{once}10.0.0.1\tother\n");
        let twice = replaced(&behind, &lines(&["b.test", "c.test"])).unwrap();
        assert!(!twice.contains("a.test") && twice.contains("c.test") && twice.ends_with("10.0.0.1\tother\n"));
        assert_eq!(replaced(&twice, &[]).unwrap(), format!("{OWN}10.0.0.1\tother\n"));
        assert_eq!(replaced(OWN, &[]).unwrap(), OWN);
        assert!(replaced(&format!("{OWN}{BEGIN}\n"), &[]).is_err());
        assert!(replaced(&format!("{END}\n{BEGIN}\n"), &[]).is_err());
    }

    #[test]
    fn the_file_keeps_its_mode_and_nothing_is_left_beside_it() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("hosts");
        std::fs::write(&file, OWN).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
        let link = directory.path().join("link");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        change(&link, &lines(&["a.test"])).unwrap();
        assert!(std::fs::read_to_string(&file).unwrap().contains("a.test"));
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        change(&file, &[]).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), OWN);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 2);
    }
}
