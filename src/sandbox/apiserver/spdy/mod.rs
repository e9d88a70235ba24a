//! SPDY/3.1, which kubectl before 1.30 speaks for `exec` and `attach`, and for `port-forward` with a v1.20 server: frames, the
//! blocks of headers in them, and a connection of them.
//!
//! Source: the draft `draft-mbelshe-httpbis-spdy-00` for version 3. As upstream's library (moby/spdystream), this keeps no
//! window of flow control: updates of it are taken, and none are sent.

mod dictionary;
mod frame;
mod headers;
mod link;

pub(super) use link::{Gone, Link, Said};

#[cfg(test)]
pub(super) use {frame::Frame, headers::Deflater};
