//! Channels over SPDY/3.1: the client opens a stream for each, and says in its header `streamtype` which it is. Rules:
//! `pkg/kubelet/cri/streaming/remotecommand/httpstream.go`.

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::Streams;
use super::talk::{Channels, ERROR, Gone, Heard, RESIZE, STDIN};
use crate::sandbox::apiserver::spdy::{Deflater, Frame, Inflater};

/// The longest piece that is sent in one frame, in bytes.
const PIECE: usize = 32 * 1024;
/// SPDY's status of a stream that is not wanted.
const REFUSED_STREAM: u32 = 3;

/// A connection that speaks SPDY.
pub(super) struct Wire<S = TokioIo<Upgraded>> {
    stream: S,
    received: BytesMut,
    inflater: Inflater,
    deflater: Deflater,
    /// Which channel is which stream.
    channels: BTreeMap<u8, u32>,
}

impl Wire {
    /// Waits until the client has opened the streams that it asked for.
    pub(super) async fn new(upgraded: Upgraded, streams: Streams) -> Option<Self> {
        Self::over(TokioIo::new(upgraded), streams).await
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Wire<S> {
    async fn over(stream: S, streams: Streams) -> Option<Self> {
        let (received, channels) = (BytesMut::new(), BTreeMap::new());
        let mut wire = Self { stream, received, inflater: Inflater::new(), deflater: Deflater::new(), channels };
        let Streams { stdin, stdout, stderr, tty } = streams;
        let wanted = [(STDIN, stdin), (1, stdout), (2, stderr), (ERROR, true), (RESIZE, tty)];
        while wanted.iter().any(|(channel, wanted)| *wanted && !wire.channels.contains_key(channel)) {
            // Nothing is written before all are open.
            wire.hear().await.ok()?;
        }
        Some(wire)
    }

    async fn write(&mut self, frame: &Frame) -> Result<(), Gone> {
        self.stream.write_all(&frame.bytes()).await.map_err(|_| Gone)?;
        self.stream.flush().await.map_err(|_| Gone)
    }

    async fn open(&mut self, stream: u32, headers: &[u8]) -> Result<(), Gone> {
        let headers = self.inflater.read(headers).map_err(|_| Gone)?;
        let kind = headers.iter().find(|(name, _)| name == "streamtype").map_or("", |(_, kind)| kind.as_str());
        let channel = match kind {
            "stdin" => STDIN,
            "stdout" => 1,
            "stderr" => 2,
            "error" => ERROR,
            "resize" => RESIZE,
            _ => return self.write(&Frame::RstStream { stream, status: REFUSED_STREAM }).await,
        };
        self.channels.insert(channel, stream);
        let headers = Bytes::from(self.deflater.write(&[]));
        self.write(&Frame::SynReply { stream, fin: false, headers }).await
    }

    async fn frame(&mut self, frame: Frame) -> Result<Heard, Gone> {
        let is_input = |stream: u32| self.channels.get(&STDIN) == Some(&stream);
        match frame {
            Frame::Data { stream, fin, bytes } if is_input(stream) => {
                let heard = bytes.to_vec();
                if fin && !heard.is_empty() {
                    // The end is heard by itself, after what came with it.
                    let end = Frame::Data { stream, fin, bytes: Bytes::new() }.bytes();
                    self.received = [&end[..], &self.received[..]].concat().as_slice().into();
                } else if !fin && heard.is_empty() {
                    return Ok(Heard::Nothing);
                }
                return Ok(Heard::Input(heard));
            }
            Frame::RstStream { stream, .. } if is_input(stream) => return Ok(Heard::Input(Vec::new())),
            Frame::SynStream { stream, headers, .. } => self.open(stream, &headers).await?,
            // Their headers are of no interest, but the next ones are compressed after them.
            Frame::SynReply { headers, .. } | Frame::Headers { headers, .. } => {
                self.inflater.read(&headers).map_err(|_| Gone)?;
            }
            Frame::Ping { id } => self.write(&Frame::Ping { id }).await?,
            Frame::GoAway { .. } => return Err(Gone),
            Frame::Data { .. } | Frame::RstStream { .. } | Frame::Other => {}
        }
        Ok(Heard::Nothing)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Channels for Wire<S> {
    async fn hear(&mut self) -> Result<Heard, Gone> {
        loop {
            if let Some(frame) = Frame::take(&mut self.received).map_err(|_| Gone)? {
                return self.frame(frame).await;
            }
            if self.stream.read_buf(&mut self.received).await.map_err(|_| Gone)? == 0 {
                return Err(Gone);
            }
        }
    }

    async fn send(&mut self, channel: u8, bytes: &[u8]) -> Result<(), Gone> {
        // The client did not ask for what it has no stream for.
        let Some(stream) = self.channels.get(&channel).copied() else { return Ok(()) };
        for piece in bytes.chunks(PIECE) {
            self.write(&Frame::Data { stream, fin: false, bytes: Bytes::copy_from_slice(piece) }).await?;
        }
        Ok(())
    }

    async fn close(&mut self) {
        for stream in self.channels.clone().into_values() {
            let end = Frame::Data { stream, fin: true, bytes: Bytes::new() };
            if self.write(&end).await.is_err() {
                return;
            }
        }
        // The client may have gone already.
        let _ = self.write(&Frame::GoAway { last: 0, status: 0 }).await;
        let _ = self.stream.shutdown().await;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[tokio::test]
    async fn streams_are_opened_heard_and_ended() {
        let (near, mut far) = tokio::io::duplex(1 << 16);
        let mut deflater = Deflater::new();
        let mut sent = Vec::new();
        for (stream, kind) in [(1, "error"), (3, "stdin"), (5, "stdout")] {
            let headers = Bytes::from(deflater.write(&[("streamtype", kind)]));
            sent.extend(Frame::SynStream { stream, fin: false, headers }.bytes());
        }
        sent.extend(Frame::Ping { id: 7 }.bytes());
        sent.extend(Frame::Data { stream: 3, fin: true, bytes: Bytes::from_static(b"hi") }.bytes());
        far.write_all(&sent).await.unwrap();
        let streams = Streams { stdin: true, stdout: true, ..Streams::default() };
        let mut wire = Wire::over(near, streams).await.unwrap();
        let mut heard = Vec::new();
        for _ in 0..3 {
            heard.push(wire.hear().await.unwrap());
        }
        assert_eq!(heard, [Heard::Nothing, Heard::Input(b"hi".to_vec()), Heard::Input(Vec::new())]);
        wire.send(1, b"out").await.unwrap();
        wire.send(2, b"nobody asked").await.unwrap();
        wire.close().await;
        let mut received = BytesMut::new();
        while far.read_buf(&mut received).await.unwrap() > 0 {}
        let mut frames = Vec::new();
        while let Some(frame) = Frame::take(&mut received).unwrap() {
            frames.push(frame);
        }
        let opened: Vec<u32> = frames
            .iter()
            .filter_map(|f| if let Frame::SynReply { stream, .. } = f { Some(*stream) } else { None })
            .collect();
        assert_eq!(opened, [1, 3, 5]);
        assert!(frames.contains(&Frame::Ping { id: 7 }));
        assert!(frames.contains(&Frame::Data { stream: 5, fin: false, bytes: Bytes::from_static(b"out") }));
        assert!(frames.contains(&Frame::Data { stream: 1, fin: true, bytes: Bytes::new() }));
        assert_eq!(frames.last(), Some(&Frame::GoAway { last: 0, status: 0 }));
    }
}
