//! A connection in memory: unlike a socket's, its bytes are there when they have been written, however busy the machine.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

use super::Stillness;

/// How much may wait to be read on a connection.
const CAPACITY: usize = 256 * 1024;

/// One end of a connection.
#[derive(Debug)]
pub struct Pipe {
    stream: DuplexStream,
    stillness: Stillness,
}

/// Both ends of a new connection.
pub fn pipe(stillness: &Stillness) -> (Pipe, Pipe) {
    let (near, far) = tokio::io::duplex(CAPACITY);
    let end = |stream| Pipe { stream, stillness: stillness.clone() };
    (end(near), end(far))
}

impl AsyncRead for Pipe {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.stillness.moved(polled.is_ready());
        polled
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.stillness.moved(polled.is_ready());
        polled
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stillness.moved(true);
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
