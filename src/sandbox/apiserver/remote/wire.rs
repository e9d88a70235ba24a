//! What carries forwarded connections: streams of SPDY or channels of WebSocket. Rules: `pkg/kubelet/cri/streaming/portforward`
//! of v1.20.2.

use std::collections::BTreeMap;

use bytes::{Buf as _, Bytes};
use futures::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use crate::sandbox::apiserver::spdy::{Gone, Link, Said};

/// What a client says of the connections that it wants; each has a number of the client's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    Connect { of: u32, port: u16 },
    Data { of: u32, bytes: Bytes },
    End { of: u32 },
    Nothing,
}

/// What carries connections.
pub(super) trait Wire {
    /// The next thing that the client says. May be given up while it waits, and nothing is lost.
    async fn hear(&mut self) -> Result<Heard, Gone>;
    /// Sends data, or an error.
    async fn send(&mut self, of: u32, error: bool, bytes: &[u8]) -> Result<(), Gone>;
    /// Ends a connection.
    async fn end(&mut self, of: u32) -> Result<(), Gone>;
}

/// SPDY: the client opens two streams for each connection, which have its number in a header `requestid`.
pub(super) struct Spdy {
    link: Link<TokioIo<Upgraded>>,
    pairs: BTreeMap<u32, Pair>,
}

#[derive(Default)]
struct Pair {
    data: Option<u32>,
    error: Option<u32>,
}

impl Spdy {
    pub(super) fn new(upgraded: TokioIo<Upgraded>) -> Self {
        Self { link: Link::new(upgraded), pairs: BTreeMap::new() }
    }

    async fn open(&mut self, stream: u32, headers: &[(String, String)]) -> Result<Heard, Gone> {
        let header =
            |name: &str| headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
        let numbers = (header("requestid").parse(), header("port").parse::<u16>());
        let ((Ok(of), Ok(port @ 1..)), "data" | "error") = (numbers, header("streamtype")) else {
            self.link.refuse(stream).await?;
            return Ok(Heard::Nothing);
        };
        self.link.accept(stream).await?;
        let pair = self.pairs.entry(of).or_default();
        let part = if header("streamtype") == "data" { &mut pair.data } else { &mut pair.error };
        *part = Some(stream);
        Ok(if pair.data.is_some() && pair.error.is_some() { Heard::Connect { of, port } } else { Heard::Nothing })
    }

    /// The connection whose data a stream carries.
    fn of(&self, stream: u32) -> Option<u32> {
        self.pairs.iter().find(|(_, pair)| pair.data == Some(stream)).map(|(of, _)| *of)
    }
}

impl Wire for Spdy {
    async fn hear(&mut self) -> Result<Heard, Gone> {
        let heard = match self.link.hear().await? {
            Said::Open { stream, headers } => return self.open(stream, &headers).await,
            Said::Data { stream, bytes } => self.of(stream).map(|of| Heard::Data { of, bytes }),
            Said::End { stream } => self.of(stream).map(|of| Heard::End { of }),
        };
        Ok(heard.unwrap_or(Heard::Nothing))
    }

    async fn send(&mut self, of: u32, error: bool, bytes: &[u8]) -> Result<(), Gone> {
        let stream = self.pairs.get(&of).and_then(|pair| if error { pair.error } else { pair.data });
        match stream {
            Some(stream) => self.link.send(stream, bytes).await,
            None => Ok(()),
        }
    }

    async fn end(&mut self, of: u32) -> Result<(), Gone> {
        let Some(Pair { data, error }) = self.pairs.remove(&of) else { return Ok(()) };
        for stream in [data, error].into_iter().flatten() {
            self.link.end(stream).await?;
        }
        Ok(())
    }
}

/// WebSocket: of the port at index n, 2n is the channel of data and 2n + 1 that of errors. Each begins with the port, in two
/// bytes, the lower one first; nothing there says that a connection has ended.
pub(super) struct Channels {
    socket: WebSocketStream<TokioIo<Upgraded>>,
    /// How many ports were announced.
    opened: u32,
    ports: Vec<u16>,
}

impl Channels {
    pub(super) async fn new(upgraded: TokioIo<Upgraded>, ports: Vec<u16>) -> Self {
        Self { socket: WebSocketStream::from_raw_socket(upgraded, Role::Server, None).await, opened: 0, ports }
    }

    async fn message(&mut self, channel: u32, bytes: &[u8]) -> Result<(), Gone> {
        let channel = u8::try_from(channel).map_err(|_| Gone)?;
        let message: Vec<u8> = std::iter::once(channel).chain(bytes.iter().copied()).collect();
        self.socket.send(Message::binary(message)).await.map_err(|_| Gone)
    }
}

impl Wire for Channels {
    async fn hear(&mut self) -> Result<Heard, Gone> {
        let of = self.opened;
        if let Some(port) = self.ports.get(of as usize).copied() {
            self.opened += 1;
            self.message(2 * of, &port.to_le_bytes()).await?;
            self.message(2 * of + 1, &port.to_le_bytes()).await?;
            return Ok(Heard::Connect { of, port });
        }
        match self.socket.next().await {
            Some(Ok(Message::Binary(mut bytes))) if bytes.first().is_some_and(|channel| channel % 2 == 0) => {
                Ok(Heard::Data { of: u32::from(bytes.get_u8()) / 2, bytes })
            }
            Some(Ok(Message::Close(_)) | Err(_)) | None => Err(Gone),
            Some(Ok(_)) => Ok(Heard::Nothing),
        }
    }

    async fn send(&mut self, of: u32, error: bool, bytes: &[u8]) -> Result<(), Gone> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.message(2 * of + u32::from(error), bytes).await
    }

    async fn end(&mut self, _: u32) -> Result<(), Gone> {
        Ok(())
    }
}
