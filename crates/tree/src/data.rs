//! The bytes of a file: shared where the file system can, copied in the kernel where it can, holes left holes.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::AtomicBool;

use rustix::fs::{SeekFrom, Stat};
use rustix::io::Errno;

use crate::{limits, walk};

/// Most bytes that the kernel copies before we look whether anybody wants them still.
const STEP: u64 = 64 << 20;

/// Copies contents of files, and remembers what this file system cannot do.
pub(crate) struct Data {
    buffer: Vec<u8>,
    shares: bool,
    copies: bool,
}

impl Data {
    pub(crate) fn new() -> Self {
        Self { buffer: vec![0; limits::CHUNK], shares: true, copies: true }
    }

    /// Copies a whole file into an empty one. Gives its length.
    pub(crate) fn copy(
        &mut self,
        from: impl AsFd,
        to: impl AsFd,
        stat: &Stat,
        stop: Option<&AtomicBool>,
    ) -> io::Result<u64> {
        let (from, to) = (from.as_fd(), to.as_fd());
        let size = u64::try_from(stat.st_size).unwrap_or(0);
        if size <= self.buffer.len() as u64 {
            return self.small(from, to, size);
        }
        if self.shares {
            match rustix::fs::ioctl_ficlone(to, from) {
                Ok(()) => return Ok(size),
                Err(Errno::NOSPC | Errno::DQUOT) => return Err(io::ErrorKind::StorageFull.into()),
                Err(_) => self.shares = false,
            }
        }
        let mut at = 0;
        if u64::try_from(stat.st_blocks).unwrap_or(0) * 512 >= size {
            self.range(from, to, 0, size, stop)?;
            at = size;
        }
        while at < size {
            let start = match rustix::fs::seek(from, SeekFrom::Data(at)) {
                Ok(start) => start.min(size),
                // Nothing but a hole is left.
                Err(Errno::NXIO) => break,
                Err(error) => return Err(error.into()),
            };
            let end = rustix::fs::seek(from, SeekFrom::Hole(start))?.min(size);
            self.range(from, to, start, end, stop)?;
            at = end;
        }
        rustix::fs::ftruncate(to, size)?;
        Ok(size)
    }

    fn small(&mut self, from: BorrowedFd<'_>, to: BorrowedFd<'_>, size: u64) -> io::Result<u64> {
        let mut total = 0;
        // The end is where the size says, whatever is appended meanwhile.
        while total < size {
            let room = usize::try_from(size - total).unwrap_or(usize::MAX).min(self.buffer.len());
            let count = rustix::io::read(from, &mut self.buffer[..room])?;
            if count == 0 {
                break;
            }
            write_all(to, &self.buffer[..count], total)?;
            total += count as u64;
        }
        Ok(total)
    }

    fn range(
        &mut self,
        from: BorrowedFd<'_>,
        to: BorrowedFd<'_>,
        start: u64,
        end: u64,
        stop: Option<&AtomicBool>,
    ) -> io::Result<()> {
        let mut at = start;
        while at < end {
            if walk::check(stop).is_err() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            if self.copies {
                let (mut read, mut write) = (at, at);
                let length = usize::try_from((end - at).min(STEP)).unwrap_or(limits::CHUNK);
                match rustix::fs::copy_file_range(from, Some(&mut read), to, Some(&mut write), length) {
                    // It became shorter.
                    Ok(0) => return Ok(()),
                    Ok(count) => at += count as u64,
                    Err(Errno::NOSPC | Errno::DQUOT) => return Err(io::ErrorKind::StorageFull.into()),
                    Err(Errno::INTR) => {}
                    Err(_) => self.copies = false,
                }
                continue;
            }
            let room = usize::try_from(end - at).unwrap_or(usize::MAX).min(self.buffer.len());
            let count = rustix::io::pread(from, &mut self.buffer[..room], at)?;
            if count == 0 {
                return Ok(());
            }
            write_all(to, &self.buffer[..count], at)?;
            at += count as u64;
        }
        Ok(())
    }
}

fn write_all(to: BorrowedFd<'_>, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::pwrite(to, bytes, at) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => (bytes, at) = (&bytes[count..], at + count as u64),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
