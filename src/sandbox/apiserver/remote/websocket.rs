//! Channels over WebSocket: `v4.channel.k8s.io` and `v5.channel.k8s.io`, each message beginning with the number of its
//! channel.

use futures::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::talk::{Channels, Gone, Heard, STDIN};

/// Of v5: the channel that follows has ended.
const CLOSE: u8 = 255;

/// A connection that speaks WebSocket.
pub(super) struct Wire(WebSocketStream<TokioIo<Upgraded>>);

impl Wire {
    pub(super) async fn new(upgraded: Upgraded) -> Self {
        Self(WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await)
    }
}

impl Channels for Wire {
    async fn hear(&mut self) -> Result<Heard, Gone> {
        match self.0.next().await {
            Some(Ok(Message::Binary(bytes))) => Ok(match &bytes[..] {
                [STDIN, bytes @ ..] if !bytes.is_empty() => Heard::Input(bytes.to_vec()),
                [CLOSE, STDIN] => Heard::Input(Vec::new()),
                _ => Heard::Nothing,
            }),
            Some(Ok(Message::Close(_)) | Err(_)) | None => Err(Gone),
            Some(Ok(_)) => Ok(Heard::Nothing),
        }
    }

    async fn send(&mut self, channel: u8, bytes: &[u8]) -> Result<(), Gone> {
        let message: Vec<u8> = std::iter::once(channel).chain(bytes.iter().copied()).collect();
        self.0.send(Message::binary(message)).await.map_err(|_| Gone)
    }

    async fn close(&mut self) {
        // Without a code kubectl takes it for a broken connection. The client may have gone already.
        let normal = CloseFrame { code: CloseCode::Normal, reason: Utf8Bytes::default() };
        let _ = self.0.close(Some(normal)).await;
    }
}
