//! Frames.

use bytes::{Buf as _, Bytes, BytesMut};

/// What is no SPDY.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Broken;

/// One frame. Blocks of headers are still compressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Frame {
    SynStream {
        stream: u32,
        fin: bool,
        headers: Bytes,
    },
    SynReply {
        stream: u32,
        fin: bool,
        headers: Bytes,
    },
    RstStream {
        stream: u32,
        status: u32,
    },
    Ping {
        id: u32,
    },
    GoAway {
        last: u32,
        status: u32,
    },
    Headers {
        stream: u32,
        fin: bool,
        headers: Bytes,
    },
    Data {
        stream: u32,
        fin: bool,
        bytes: Bytes,
    },
    /// Settings, updates of windows, and what may be skipped for being unknown.
    Other,
}

/// The first bit of a control frame, and SPDY's version.
const CONTROL: u16 = 0x8000;
const VERSION: u16 = 3;
const FIN: u8 = 1;
const SYN_STREAM: u16 = 1;
const SYN_REPLY: u16 = 2;
const RST_STREAM: u16 = 3;
const PING: u16 = 6;
const GOAWAY: u16 = 7;
const HEADERS: u16 = 8;
/// Streams have 31 bits.
const STREAM: u32 = 0x7fff_ffff;

impl Frame {
    /// Takes the first frame out of what was received; none: more is needed.
    pub(in super::super) fn take(received: &mut BytesMut) -> Result<Option<Self>, Broken> {
        let Some(head) = received.first_chunk::<8>() else { return Ok(None) };
        let [a, b, c, d, flags, e, f, g] = *head;
        let length = u32::from_be_bytes([0, e, f, g]) as usize;
        if received.len() < 8 + length {
            return Ok(None);
        }
        received.advance(8);
        let mut body = received.split_to(length).freeze();
        let (first, kind) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        let fin = flags & FIN != 0;
        if first & CONTROL == 0 {
            return Ok(Some(Self::Data { stream: u32::from_be_bytes([a, b, c, d]), fin, bytes: body }));
        }
        if first & !CONTROL != VERSION {
            return Err(Broken);
        }
        let mut number = || body.try_get_u32().map_err(|_| Broken);
        Ok(Some(match kind {
            SYN_STREAM => {
                let stream = number()? & STREAM;
                // The stream that it belongs to, its priority and slot.
                number()?;
                body.try_get_u16().map_err(|_| Broken)?;
                Self::SynStream { stream, fin, headers: body }
            }
            SYN_REPLY => Self::SynReply { stream: number()? & STREAM, fin, headers: body },
            HEADERS => Self::Headers { stream: number()? & STREAM, fin, headers: body },
            RST_STREAM => Self::RstStream { stream: number()? & STREAM, status: number()? },
            PING => Self::Ping { id: number()? },
            GOAWAY => Self::GoAway { last: number()? & STREAM, status: number()? },
            _ => Self::Other,
        }))
    }

    /// Its bytes; none of what is only received.
    pub(in super::super) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::SynStream { stream, fin, headers } => {
                control(SYN_STREAM, *fin, &[&stream.to_be_bytes(), &[0; 6], headers])
            }
            Self::SynReply { stream, fin, headers } => control(SYN_REPLY, *fin, &[&stream.to_be_bytes(), headers]),
            Self::Headers { stream, fin, headers } => control(HEADERS, *fin, &[&stream.to_be_bytes(), headers]),
            Self::RstStream { stream, status } => {
                control(RST_STREAM, false, &[&stream.to_be_bytes(), &status.to_be_bytes()])
            }
            Self::Ping { id } => control(PING, false, &[&id.to_be_bytes()]),
            Self::GoAway { last, status } => control(GOAWAY, false, &[&last.to_be_bytes(), &status.to_be_bytes()]),
            Self::Data { stream, fin, bytes } => whole(stream.to_be_bytes(), *fin, &[bytes]),
            Self::Other => Vec::new(),
        }
    }
}

fn control(kind: u16, fin: bool, parts: &[&[u8]]) -> Vec<u8> {
    let [a, b] = (CONTROL | VERSION).to_be_bytes();
    let [c, d] = kind.to_be_bytes();
    whole([a, b, c, d], fin, parts)
}

fn whole(first: [u8; 4], fin: bool, parts: &[&[u8]]) -> Vec<u8> {
    let length: usize = parts.iter().map(|part| part.len()).sum();
    // Senders cut what is longer than 24 bits tell.
    let [_, e, f, g] = (length as u32).to_be_bytes();
    let mut bytes = Vec::with_capacity(8 + length);
    bytes.extend_from_slice(&first);
    bytes.extend_from_slice(&[u8::from(fin), e, f, g]);
    parts.iter().for_each(|part| bytes.extend_from_slice(part));
    bytes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn frames_have_the_bytes_of_the_draft() {
        let ping = Frame::Ping { id: 1 };
        assert_eq!(ping.bytes(), [0x80, 3, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1]);
        let data = Frame::Data { stream: 5, fin: true, bytes: Bytes::from_static(b"hi") };
        assert_eq!(data.bytes(), [0, 0, 0, 5, 1, 0, 0, 2, b'h', b'i']);
        let opened = Frame::SynStream { stream: 1, fin: false, headers: Bytes::from_static(b"x") };
        assert_eq!(opened.bytes(), [0x80, 3, 0, 1, 0, 0, 0, 11, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, b'x']);
    }

    #[test]
    fn frames_are_taken_one_by_one_when_they_are_whole() {
        let sent = [
            Frame::SynReply { stream: 3, fin: false, headers: Bytes::from_static(b"h") },
            Frame::Data { stream: 3, fin: false, bytes: Bytes::from_static(b"data") },
            Frame::RstStream { stream: 3, status: 5 },
            Frame::GoAway { last: 3, status: 0 },
        ];
        let all: Vec<u8> = sent.iter().flat_map(Frame::bytes).collect();
        let (mut received, mut taken) = (BytesMut::new(), Vec::new());
        for byte in all {
            received.extend_from_slice(&[byte]);
            taken.extend(Frame::take(&mut received).unwrap());
        }
        assert_eq!(taken, sent);
        // Settings and windows are passed over.
        let mut received = BytesMut::from(&[0x80, 3, 0, 9, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 1, 0][..]);
        assert_eq!(Frame::take(&mut received), Ok(Some(Frame::Other)));
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        let mut other = BytesMut::from(&[0x80, 2, 0, 6, 0, 0, 0, 4, 0, 0, 0, 1][..]);
        assert_eq!(Frame::take(&mut other), Err(Broken));
        let mut short = BytesMut::from(&[0x80, 3, 0, 6, 0, 0, 0, 1, 0][..]);
        assert_eq!(Frame::take(&mut short), Err(Broken));
    }
}
