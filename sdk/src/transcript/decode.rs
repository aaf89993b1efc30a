//! Bytes to text: UTF-8, UTF-16 and Windows-1252 (which holds Latin-1).

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Bytes looked at to tell UTF-16 without a mark from other text.
const PROBE_BYTES: usize = 512;

/// Text and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without a byte order mark.
    pub text: String,
    /// Name of the encoding, as the web calls it.
    pub encoding: &'static str,
    /// Some bytes meant nothing and were replaced.
    pub lossy: bool,
}

/// UTF-16 without a mark shows as zero bytes at every second place.
fn unmarked_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let probe = &bytes[..bytes.len().min(PROBE_BYTES)];
    if probe.len() < 4 {
        return None;
    }
    let zeros = |offset: usize| probe.iter().skip(offset).step_by(2).filter(|b| **b == 0).count();
    let half = probe.len() / 2;
    match (zeros(0), zeros(1)) {
        (0, odd) if odd * 10 >= half * 7 => Some(UTF_16LE),
        (even, 0) if even * 10 >= half * 7 => Some(UTF_16BE),
        _ => None,
    }
}

/// Any bytes as text; never fails.
pub fn decode(bytes: &[u8]) -> Decoded {
    let encoding = match Encoding::for_bom(bytes) {
        Some((encoding, _)) => encoding,
        None => match unmarked_utf16(bytes) {
            Some(encoding) => encoding,
            None if std::str::from_utf8(bytes).is_ok() => UTF_8,
            // All 256 bytes mean something there, and the printable ones of
            // Latin-1 mean the same.
            None => WINDOWS_1252,
        },
    };
    let (text, encoding, lossy) = encoding.decode(bytes);
    Decoded { text: text.into_owned(), encoding: encoding.name(), lossy }
}
