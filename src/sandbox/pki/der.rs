//! The little of DER that takes a certificate apart and puts it together again.

/// The values that bytes are made of, one after the other, each with its tag and length; what is broken is left out.
pub(super) fn values(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while let Some(length) = whole(bytes).filter(|length| *length <= bytes.len()) {
        let (value, rest) = bytes.split_at(length);
        found.push(value);
        bytes = rest;
    }
    found
}

/// What a value has behind its tag and its length.
pub(super) fn inside(value: &[u8]) -> &[u8] {
    header(value).and_then(|(header, length)| value.get(header..header + length)).unwrap_or_default()
}

/// A sequence of values.
pub(super) fn sequence(values: &[&[u8]]) -> Vec<u8> {
    tagged(0x30, &values.concat())
}

/// A bit string of whole bytes.
pub(super) fn bits(bytes: &[u8]) -> Vec<u8> {
    tagged(0x03, &[&[0], bytes].concat())
}

fn tagged(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let digits: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut all = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => all.push(short),
        _ => {
            all.push(0x80 | u8::try_from(digits.len()).unwrap_or_default());
            all.extend(digits);
        }
    }
    all.extend(content);
    all
}

/// How long the value is that bytes begin with, in all.
fn whole(bytes: &[u8]) -> Option<usize> {
    header(bytes).and_then(|(header, length)| header.checked_add(length))
}

/// How long a value's tag and length are, and what comes after them.
fn header(bytes: &[u8]) -> Option<(usize, usize)> {
    let first = usize::from(*bytes.get(1)?);
    if first < 0x80 {
        return Some((2, first));
    }
    let digits = bytes.get(2..2 + (first & 0x7f))?;
    let length = digits.iter().try_fold(0_usize, |length, byte| Some(length.checked_mul(256)? | usize::from(*byte)))?;
    Some((2 + digits.len(), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_taken_apart_and_put_together() {
        let long = sequence(&[&[2, 1, 5], &bits(&[7; 300])]);
        assert_eq!(&long[..4], [0x30, 0x82, 1, 0x34]);
        let parts = values(inside(&long));
        assert_eq!((parts[0], inside(parts[1]).len()), (&[2, 1, 5][..], 301));
        assert!(values(&long[..9]).is_empty(), "something is missing");
        assert!(values(&[0x30, 0x88, 255, 255, 255, 255, 255, 255, 255, 255]).is_empty());
    }
}
