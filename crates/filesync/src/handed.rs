//! Handing files over: what a sender says on a unix socket beside the stream, and how it is read.
//!
//! A transfer has a number, which the receiver tells in the metadata of its call ([`CALL`]). For each file that is handed
//! over come eight bytes, the numbers of the transfer and of the entry, each in four bytes, little end first, and a
//! descriptor beside them (unix(7), `SCM_RIGHTS`).

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use crate::{Packet, PacketType, Stat, packet};

/// The metadata's key of a transfer's number.
pub const CALL: &str = "dabba-descriptors";

/// Where files come open, beside the stream, from a sender on this machine: the kernel copies their contents then, and
/// no packet carries them.
pub trait Handed: std::fmt::Debug + Send {
    /// The file of an entry that was said to be handed over; it may be waited for, for a moment.
    ///
    /// # Errors
    /// When what was handed over is none of this.
    fn take(&mut self, number: u32) -> io::Result<Option<OwnedFd>>;

    /// So many bytes more have been copied. False when nobody wants the transfer any more.
    fn copied(&mut self, bytes: u64) -> bool;
}

/// The packet by which a sender says that it has handed a file over.
pub fn handed_over(number: u32) -> Packet {
    Packet { id: number, stat: Some(Stat::default()), ..packet(PacketType::PacketData) }
}

/// Hands over a file as the content of an entry of a transfer.
///
/// # Errors
/// As sendmsg(2).
pub fn hand_over(socket: impl AsFd, transfer: u32, number: u32, file: impl AsFd) -> io::Result<()> {
    let numbers = [transfer.to_le_bytes(), number.to_le_bytes()].concat();
    sys::descriptor::send(socket, &numbers, &[file.as_fd()]).map(drop)
}

/// Reads what was handed over next: the transfer, the entry, and the file. Nothing when the other side is closed.
///
/// # Errors
/// As recvmsg(2); [`io::ErrorKind::InvalidData`] for what is no such message.
pub fn take_over(socket: impl AsFd) -> io::Result<Option<(u32, u32, OwnedFd)>> {
    let wrong = |why: &str| io::Error::new(io::ErrorKind::InvalidData, format!("handing files over: {why}"));
    let mut numbers = [0; 8];
    match sys::descriptor::receive(socket, &mut numbers)? {
        (0, _) => Ok(None),
        (8, mut files) => {
            let [a, b, c, d, e, f, g, h] = numbers;
            let file = files.pop().filter(|_| files.is_empty());
            let file = file.ok_or_else(|| wrong("one descriptor comes with each pair of numbers"))?;
            Ok(Some((u32::from_le_bytes([a, b, c, d]), u32::from_le_bytes([e, f, g, h]), file)))
        }
        _ => Err(wrong("a message has eight bytes")),
    }
}
