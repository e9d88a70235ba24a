//! One connection that speaks SPDY: frames with their headers read, and frames sent.

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::frame::Frame;
use super::headers::{Deflater, Inflater};

/// The longest piece that is sent in one frame, in bytes.
const PIECE: usize = 32 * 1024;
/// The status of a stream that is not wanted.
const REFUSED_STREAM: u32 = 3;

/// The other end went away, or does not speak SPDY.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Gone;

/// What was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Said {
    /// A new stream with its headers, whose names and values are in lower case: to be answered.
    Open { stream: u32, headers: Vec<(String, String)> },
    /// Data of a stream.
    Data { stream: u32, bytes: Bytes },
    /// No more will come of it.
    End { stream: u32 },
}

/// The connection.
pub(in super::super) struct Link<S> {
    stream: S,
    received: BytesMut,
    /// The end of a stream, which is heard by itself after what came with it.
    end: Option<u32>,
    inflater: Inflater,
    deflater: Deflater,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Link<S> {
    pub(in super::super) fn new(stream: S) -> Self {
        let (inflater, deflater) = (Inflater::new(), Deflater::new());
        Self { stream, received: BytesMut::new(), end: None, inflater, deflater }
    }

    /// The next thing that the other end says. May be given up while it waits, and nothing is lost.
    pub(in super::super) async fn hear(&mut self) -> Result<Said, Gone> {
        loop {
            if let Some(stream) = self.end.take() {
                return Ok(Said::End { stream });
            }
            while let Some(frame) = Frame::take(&mut self.received).map_err(|_| Gone)? {
                if let Some(said) = self.frame(frame).await? {
                    return Ok(said);
                }
            }
            if self.stream.read_buf(&mut self.received).await.map_err(|_| Gone)? == 0 {
                return Err(Gone);
            }
        }
    }

    async fn frame(&mut self, frame: Frame) -> Result<Option<Said>, Gone> {
        let read = |inflater: &mut Inflater, headers: &[u8]| inflater.read(headers).map_err(|_| Gone);
        Ok(match frame {
            Frame::Data { stream, fin, bytes } => {
                let ended = fin.then_some(stream);
                if bytes.is_empty() {
                    return Ok(ended.map(|stream| Said::End { stream }));
                }
                self.end = ended;
                Some(Said::Data { stream, bytes })
            }
            Frame::RstStream { stream, .. } => Some(Said::End { stream }),
            Frame::SynStream { stream, fin, headers } => {
                self.end = fin.then_some(stream);
                Some(Said::Open { stream, headers: read(&mut self.inflater, &headers)? })
            }
            // Their headers are of no interest, but the next ones are compressed after them.
            Frame::SynReply { headers, .. } | Frame::Headers { headers, .. } => {
                read(&mut self.inflater, &headers)?;
                None
            }
            Frame::Ping { id } => {
                self.write(&Frame::Ping { id }).await?;
                None
            }
            Frame::GoAway { .. } => return Err(Gone),
            Frame::Other => None,
        })
    }

    async fn write(&mut self, frame: &Frame) -> Result<(), Gone> {
        self.stream.write_all(&frame.bytes()).await.map_err(|_| Gone)?;
        self.stream.flush().await.map_err(|_| Gone)
    }

    /// Takes a stream that the other end opened.
    pub(in super::super) async fn accept(&mut self, stream: u32) -> Result<(), Gone> {
        let headers = Bytes::from(self.deflater.write(&[]));
        self.write(&Frame::SynReply { stream, fin: false, headers }).await
    }

    /// Does not.
    pub(in super::super) async fn refuse(&mut self, stream: u32) -> Result<(), Gone> {
        self.write(&Frame::RstStream { stream, status: REFUSED_STREAM }).await
    }

    /// Sends on a stream.
    pub(in super::super) async fn send(&mut self, stream: u32, bytes: &[u8]) -> Result<(), Gone> {
        for piece in bytes.chunks(PIECE) {
            self.write(&Frame::Data { stream, fin: false, bytes: Bytes::copy_from_slice(piece) }).await?;
        }
        Ok(())
    }

    /// Sends no more on it.
    pub(in super::super) async fn end(&mut self, stream: u32) -> Result<(), Gone> {
        self.write(&Frame::Data { stream, fin: true, bytes: Bytes::new() }).await
    }

    /// Says good-bye.
    pub(in super::super) async fn close(&mut self) {
        // The other end may have gone already.
        let _ = self.write(&Frame::GoAway { last: 0, status: 0 }).await;
        let _ = self.stream.shutdown().await;
    }
}
