//! SPDY/3.1's framing, which kubectl before 1.30 speaks for `exec` and `attach`: frames, and the blocks of headers in them.
//!
//! Source: the draft `draft-mbelshe-httpbis-spdy-00` for version 3. As upstream's library (moby/spdystream), this keeps no
//! window of flow control: updates of it are taken, and none are sent.

mod dictionary;
mod frame;
mod headers;

pub(super) use frame::Frame;
pub(super) use headers::{Deflater, Inflater};
