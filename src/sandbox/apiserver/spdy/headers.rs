//! Blocks of headers: names and values behind their lengths, compressed as one zlib stream in each direction, which begins
//! with a dictionary.
//!
//! Not all of flate2's backends take a dictionary. Both ends of deflate refer back to what went before, so here the
//! dictionary goes before, and what comes of it is thrown away.

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress};

use super::dictionary::{DICTIONARY, ID};
use super::frame::Broken;

/// The longest block that is taken, in bytes.
const LONGEST: usize = 1 << 16;
/// zlib's header: deflate with a window of 32 KiB; a dictionary.
const ZLIB: [u8; 2] = [0x78, 0xbb];
const HAS_DICTIONARY: u8 = 0x20;

/// Reads blocks, in their order.
pub(in super::super) struct Inflater {
    inner: Decompress,
    begun: bool,
}

/// Writes blocks, in their order.
pub(in super::super) struct Deflater {
    inner: Compress,
    begun: bool,
}

impl Inflater {
    pub(in super::super) fn new() -> Self {
        let mut new = Self { inner: Decompress::new(false), begun: false };
        // A stored block, not the last one: its length, and that inverted.
        let length = DICTIONARY.len() as u16;
        let mut stored = vec![0];
        stored.extend_from_slice(&length.to_le_bytes());
        stored.extend_from_slice(&(!length).to_le_bytes());
        stored.extend_from_slice(&DICTIONARY);
        // It is well-formed.
        let _ = new.inflate(&stored);
        new
    }

    /// The headers of a block, with lower-case names.
    pub(in super::super) fn read(&mut self, block: &[u8]) -> Result<Vec<(String, String)>, Broken> {
        let mut block = block;
        if !self.begun && block.len() >= 2 {
            self.begun = true;
            let skip = if block[1] & HAS_DICTIONARY == 0 { 2 } else { 6 };
            block = block.get(skip..).ok_or(Broken)?;
        }
        let bytes = self.inflate(block)?;
        let mut rest = &bytes[..];
        let count = number(&mut rest)?;
        (0..count).map(|_| Ok((text(&mut rest)?, text(&mut rest)?))).collect()
    }

    fn inflate(&mut self, bytes: &[u8]) -> Result<Vec<u8>, Broken> {
        let mut out = Vec::with_capacity(4096);
        let begin = self.inner.total_in();
        loop {
            // No more than the block was read.
            let read = usize::try_from(self.inner.total_in() - begin).unwrap_or(usize::MAX);
            let full = out.len();
            self.inner
                .decompress_vec(bytes.get(read..).unwrap_or_default(), &mut out, FlushDecompress::Sync)
                .map_err(|_| Broken)?;
            if out.len() > LONGEST {
                return Err(Broken);
            }
            if out.len() < out.capacity() {
                return Ok(out);
            }
            if out.len() == full && out.capacity() > LONGEST {
                return Err(Broken);
            }
            out.reserve(4096);
        }
    }
}

impl Deflater {
    pub(in super::super) fn new() -> Self {
        let mut new = Self { inner: Compress::new(Compression::default(), false), begun: false };
        new.deflate(&DICTIONARY);
        new
    }

    /// A block of headers.
    pub(in super::super) fn write(&mut self, headers: &[(&str, &str)]) -> Vec<u8> {
        let mut plain = Vec::new();
        // Neither the headers nor their lengths come near the limit of the numbers.
        plain.extend_from_slice(&(headers.len() as u32).to_be_bytes());
        for text in headers.iter().flat_map(|(name, value)| [name, value]) {
            plain.extend_from_slice(&(text.len() as u32).to_be_bytes());
            plain.extend_from_slice(text.as_bytes());
        }
        let mut block = Vec::new();
        if !std::mem::replace(&mut self.begun, true) {
            block.extend_from_slice(&ZLIB);
            block.extend_from_slice(&ID.to_be_bytes());
        }
        block.extend_from_slice(&self.deflate(&plain));
        block
    }

    /// Up to the end of a byte: the next block does not begin within this one's last byte.
    fn deflate(&mut self, bytes: &[u8]) -> Vec<u8> {
        // More than deflate makes of what it cannot compress; all is taken and flushed at once.
        let mut out = Vec::with_capacity(bytes.len() * 2 + 64);
        // Only a stream that was ended refuses more.
        let _ = self.inner.compress_vec(bytes, &mut out, FlushCompress::Sync);
        out
    }
}

fn number(rest: &mut &[u8]) -> Result<u32, Broken> {
    let (first, after) = rest.split_first_chunk::<4>().ok_or(Broken)?;
    *rest = after;
    Ok(u32::from_be_bytes(*first))
}

fn text(rest: &mut &[u8]) -> Result<String, Broken> {
    let length = number(rest)? as usize;
    let (text, after) = rest.split_at_checked(length).ok_or(Broken)?;
    *rest = after;
    Ok(String::from_utf8_lossy(text).to_lowercase())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn blocks_are_read_as_they_were_written() {
        let (mut deflater, mut inflater) = (Deflater::new(), Inflater::new());
        for headers in [&[("streamtype", "error")][..], &[("streamtype", "stdin"), ("accept-encoding", "x")], &[]] {
            let block = deflater.write(headers);
            let read = inflater.read(&block).unwrap();
            let wanted: Vec<_> = headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            assert_eq!(read, wanted);
        }
    }

    /// As Python's zlib compressed them, with the dictionary: twice `streamtype: error`.
    #[test]
    fn blocks_of_others_are_read() {
        let mut inflater = Inflater::new();
        for block in BLOCKS {
            assert_eq!(inflater.read(block).unwrap(), [("streamtype".to_owned(), "error".to_owned())]);
        }
    }

    #[test]
    fn what_is_no_block_is_refused() {
        assert!(Inflater::new().read(b"\x78\xbb\xe3\xc6\xa7\xc2\xff\xff\xff\xff").is_err());
        assert!(Inflater::new().read(b"").is_err());
    }

    const BLOCKS: [&[u8]; 2] = [
        b"\x78\xf9\xe3\xc6\xa7\xc2\x02\xa6\x23\x46\x70\x3a\x2b\x29\x4a\x4d\xcc\x85\x16\x25\xac\xa9\xa0\x80\x06\x00\x00\x00\xff\xff",
        b"\xc2\x23\x05\x00\x00\x00\xff\xff",
    ];
}
