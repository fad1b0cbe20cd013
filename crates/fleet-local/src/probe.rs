//! Whether a database answers: one question in its own protocol, before anybody logs in.
//!
//! Sources: "Message Flow, Start-up" and "Message Formats" in PostgreSQL's documentation (what `pg_isready` asks);
//! "Connection Phase" in MySQL's, whose server speaks first.

use std::net::SocketAddr;

use rds::{Engine, Instance};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longest answer that is looked at: an error with its fields.
const ANSWER: u64 = 4096;
/// PostgreSQL's state of a server that starts up, or goes down.
const CANNOT_CONNECT_NOW: &[u8] = b"C57P03\0";

/// Asks once.
pub(crate) async fn answers(instance: &Instance, address: SocketAddr) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(address).await?;
    let mut answer = Vec::new();
    match instance.engine {
        Engine::Postgres => {
            stream.write_all(&startup(instance.user.as_str())).await?;
            let mut reader = stream.take(ANSWER);
            // A kind, a length, and what that long.
            let mut head = [0; 5];
            reader.read_exact(&mut head).await?;
            answer.extend(head);
            let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
            reader.take(u64::from(length.saturating_sub(4))).read_to_end(&mut answer).await?;
            Ok(postgres_is_ready(&answer))
        }
        Engine::Mysql | Engine::Mariadb => {
            let mut head = [0; 5];
            stream.read_exact(&mut head).await?;
            Ok(mysql_is_ready(&head))
        }
    }
}

/// The first message of a client: the protocol's version 3.0, and who it is.
fn startup(user: &str) -> Vec<u8> {
    let mut body = 196_608_u32.to_be_bytes().to_vec();
    body.extend(b"user\0");
    body.extend(user.as_bytes());
    body.extend(b"\0\0");
    let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
    [length.to_be_bytes().to_vec(), body].concat()
}

/// It asks for a password, or refuses for another reason than that it is not there yet.
fn postgres_is_ready(answer: &[u8]) -> bool {
    match answer.first() {
        Some(b'R') => true,
        Some(b'E') => !answer.windows(CANNOT_CONNECT_NOW.len()).any(|part| part == CANNOT_CONNECT_NOW),
        _ => false,
    }
}

/// It greets with its protocol's version (three bytes of length, a number, and then that), or refuses whoever comes from
/// here: then it is there, too. While it lays out its files it does not listen.
fn mysql_is_ready(head: &[u8]) -> bool {
    matches!(head.get(4), Some(10 | 0xff))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read() {
        let start = startup("ebroot");
        assert_eq!(start.len(), usize::from(start[3]));
        assert!(start.ends_with(b"user\0ebroot\0\0"));
        assert!(postgres_is_ready(b"R\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0"));
        assert!(!postgres_is_ready(b"E\0\0\0\x50SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"));
        assert!(postgres_is_ready(b"E\0\0\0\x50SFATAL\0VFATAL\0C28000\0Mno pg_hba.conf entry\0\0"));
        assert!(!postgres_is_ready(b"") && !postgres_is_ready(b"HTTP/1.1 400"));
        assert!(mysql_is_ready(b"\x4a\0\0\0\x0a8.4.3\0"));
        assert!(mysql_is_ready(b"\x4a\0\0\0\xff\x69\x04Host is blocked"));
        assert!(!mysql_is_ready(b"HTTP/1.1 400") && !mysql_is_ready(b""));
    }
}
