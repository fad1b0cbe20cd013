//! Clients that speak HTTP/1.1: one request after the other, each answered before the next is read.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, copy_bidirectional};

use crate::body::{Decoder, Framing, Wire};
use crate::head::{self, Lines, Refusal, Request};
use crate::limits;
use crate::link::Link;
use crate::proxy::{self, Account, Client, Downstream, Next, Plan, Refused, Wires};
use crate::stream::{self, Input};

const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// A client's side of a request.
struct Http1<S> {
    stream: S,
    input: Input,
    decoder: Decoder,
    /// What is left to be said to a client that waits before it sends its body.
    interim: &'static [u8],
}

/// The length of the request's head that has come, or why it is none; nothing as long as it has not come.
pub(crate) fn next_head(input: &mut Input, lines: &mut Lines) -> Option<Result<usize, Refusal>> {
    // A server does well to pass over empty lines before a request (RFC 9112, section 2.2).
    while input.unread().starts_with(b"\r\n") {
        input.consume(2);
        *lines = Lines::default();
    }
    let unread = input.unread();
    let end = lines.end(unread);
    if lines.bare {
        return Some(Err(Refusal::BARE));
    }
    if end.unwrap_or(unread.len()) > limits::HEADER_BYTES {
        return Some(Err(Refusal::TOO_LARGE));
    }
    end.map(Ok)
}

/// Serves a connection until its end.
pub(crate) async fn serve<S>(stream: S, client: Client) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    client.ticket.expect_heads();
    let mut side = Http1 { stream, input: Input::default(), decoder: Decoder::new(Framing::Empty), interim: &[] };
    let mut wires = Wires::default();
    loop {
        let plan = match side.next_head(&client).await? {
            None => return Ok(()),
            Some(Err(refusal)) => Err(Refused::malformed(refusal)),
            Some(Ok(length)) => side.plan(length, &client, &mut wires.up),
        };
        match proxy::answer(&client, &mut side, plan, &mut wires).await {
            Next::Request => {}
            Next::End => return side.end().await,
            Next::Broken => return Ok(()),
            Next::Tunnel(link, account) => return side.tunnel(*link, *account).await,
        }
        side.input.release();
        wires.release();
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Http1<S> {
    /// Waits for a head and gives its length; none if the connection ends before another request.
    async fn next_head(&mut self, client: &Client) -> io::Result<Option<Result<usize, Refusal>>> {
        let mut lines = Lines::default();
        poll_fn(|cx| {
            loop {
                if let Some(found) = next_head(&mut self.input, &mut lines) {
                    return Poll::Ready(Ok(Some(found)));
                }
                match self.input.poll_fill(&mut self.stream, cx) {
                    Poll::Ready(Ok(0)) => return Poll::Ready(Ok(None)),
                    Poll::Ready(Ok(_)) => {}
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending if self.input.is_empty() && client.ticket.is_closing() => {
                        return Poll::Ready(Ok(None));
                    }
                    Poll::Pending => return Poll::Pending,
                }
            }
        })
        .await
    }

    /// Decides upon the head that has come, and hands on what has come of the body.
    fn plan(&mut self, length: usize, client: &Client, up: &mut Wire) -> Result<Plan, Refused> {
        let began = Instant::now();
        let mut slots = head::slots();
        let bytes = self.input.unread().get(..length).unwrap_or_default();
        let request = Request::parse(bytes, &mut slots).map_err(Refused::malformed)?;
        self.decoder = Decoder::new(request.body);
        let expects = request.expects();
        let plan = proxy::decide(client, &request, false, began, up);
        self.input.consume(length);
        let plan = plan?;
        let body_came = !self.input.is_empty() || self.decoder.is_ended();
        self.interim = if expects && !body_came { CONTINUE } else { &[] };
        if stream::decode(&mut self.input, &mut self.decoder, up).is_err() {
            return Err(plan.refuse(Refusal(400, "The request's body is malformed.")));
        }
        Ok(plan)
    }

    /// Tells a client that waits to go on.
    fn poll_interim(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.interim.is_empty() {
            let count = ready!(Pin::new(&mut self.stream).poll_write(cx, self.interim))?;
            self.interim = self.interim.get(count..).filter(|_| count > 0).ok_or(io::ErrorKind::WriteZero)?;
            if self.interim.is_empty() {
                let _ = Pin::new(&mut self.stream).poll_flush(cx)?;
            }
        }
        Poll::Ready(Ok(()))
    }

    /// Ends the connection so that the client can read the last answer: a kernel that still gets bytes for a socket
    /// that is closed takes back what was sent.
    async fn end(&mut self) -> io::Result<()> {
        self.stream.shutdown().await?;
        if self.decoder.is_ended() && self.input.is_empty() {
            return Ok(());
        }
        let mut left = limits::LINGER_BYTES;
        let rest = poll_fn(|cx| {
            loop {
                self.input = Input::default();
                match ready!(self.input.poll_fill(&mut self.stream, cx)) {
                    Ok(count @ 1..) if count < left => left -= count,
                    _ => return Poll::Ready(()),
                }
            }
        });
        let _ = tokio::time::timeout(limits::LINGER, rest).await;
        Ok(())
    }

    /// Makes one stream of the two.
    async fn tunnel(mut self, mut link: Link, mut account: Account) -> io::Result<()> {
        let (received, sent) = (self.input.unread().len() as u64, link.input.unread().len() as u64);
        link.stream.write_all(self.input.unread()).await?;
        link.stream.flush().await?;
        self.stream.write_all(link.input.unread()).await?;
        self.stream.flush().await?;
        (self.input, link.input) = (Input::default(), Input::default());
        let (more_received, more_sent) = copy_bidirectional(&mut self.stream, &mut link.stream).await?;
        (account.received, account.sent) = (received + more_received, sent + more_sent);
        Ok(())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Downstream for Http1<S> {
    fn poll_body(&mut self, cx: &mut Context<'_>, to: &mut Wire) -> Poll<io::Result<()>> {
        ready!(self.poll_interim(cx))?;
        stream::poll_body(&mut self.stream, &mut self.input, &mut self.decoder, cx, to)
    }

    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        while self.input.unread().len() < limits::AHEAD {
            match ready!(self.input.poll_fill(&mut self.stream, cx)) {
                Ok(1..) => {}
                _ => return Poll::Ready(()),
            }
        }
        Poll::Pending
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, from: &mut Wire) -> Poll<io::Result<()>> {
        // Who is answered is not told to go on any more; what was begun to be said is said to its end.
        if self.interim.len() == CONTINUE.len() {
            self.interim = &[];
        }
        ready!(self.poll_interim(cx))?;
        stream::poll_write(&mut self.stream, cx, from)
    }
}
