//! Channels over SPDY/3.1: the client opens a stream for each, and says in its header `streamtype` which it is. Rules:
//! `pkg/kubelet/cri/streaming/remotecommand/httpstream.go`.

use std::collections::BTreeMap;

use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::Streams;
use super::talk::{Channels, ERROR, Heard, RESIZE, STDIN};
use crate::sandbox::apiserver::spdy::{Gone, Link, Said};

/// A connection that speaks SPDY.
pub(super) struct Wire<S = TokioIo<Upgraded>> {
    link: Link<S>,
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
        let mut wire = Self { link: Link::new(stream), channels: BTreeMap::new() };
        let Streams { stdin, stdout, stderr, tty } = streams;
        let wanted = [(STDIN, stdin), (1, stdout), (2, stderr), (ERROR, true), (RESIZE, tty)];
        while wanted.iter().any(|(channel, wanted)| *wanted && !wire.channels.contains_key(channel)) {
            // Nothing is written before all are open.
            wire.hear().await.ok()?;
        }
        Some(wire)
    }

    async fn open(&mut self, stream: u32, headers: &[(String, String)]) -> Result<(), Gone> {
        let kind = headers.iter().find(|(name, _)| name == "streamtype").map_or("", |(_, kind)| kind.as_str());
        let channel = match kind {
            "stdin" => STDIN,
            "stdout" => 1,
            "stderr" => 2,
            "error" => ERROR,
            "resize" => RESIZE,
            _ => return self.link.refuse(stream).await,
        };
        self.channels.insert(channel, stream);
        self.link.accept(stream).await
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Channels for Wire<S> {
    async fn hear(&mut self) -> Result<Heard, Gone> {
        let said = self.link.hear().await?;
        let is_input = |stream: u32| self.channels.get(&STDIN) == Some(&stream);
        match said {
            Said::Data { stream, bytes } if is_input(stream) => return Ok(Heard::Input(bytes.to_vec())),
            Said::End { stream } if is_input(stream) => return Ok(Heard::Input(Vec::new())),
            Said::Open { stream, headers } => self.open(stream, &headers).await?,
            Said::Data { .. } | Said::End { .. } => {}
        }
        Ok(Heard::Nothing)
    }

    async fn send(&mut self, channel: u8, bytes: &[u8]) -> Result<(), Gone> {
        // The client did not ask for what it has no stream for.
        let Some(stream) = self.channels.get(&channel).copied() else { return Ok(()) };
        self.link.send(stream, bytes).await
    }

    async fn close(&mut self) {
        for stream in self.channels.clone().into_values() {
            if self.link.end(stream).await.is_err() {
                return;
            }
        }
        self.link.close().await;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::sandbox::apiserver::spdy::{Deflater, Frame};
    use bytes::{Bytes, BytesMut};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

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
        for _ in 0..2 {
            heard.push(wire.hear().await.unwrap());
        }
        assert_eq!(heard, [Heard::Input(b"hi".to_vec()), Heard::Input(Vec::new())]);
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
