//! Undoing `Content-Encoding`: payloads are kept as received and decoded when read.

use std::io::{self, Read};

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

/// Most bytes a payload may decode to: pages are far smaller, bombs far larger.
pub const DECODED_BYTES_MAX: u64 = 16 * 1024 * 1024;
/// Most bytes that each byte of a payload may decode to; small ones may always fill
/// [`SMALL_BYTES`].
const EXPANSION_MAX: u64 = 100;
const SMALL_BYTES: u64 = 1024 * 1024;

/// Undoes a `Content-Encoding` (`gzip`, `deflate`, `identity` or none).
///
/// # Errors
/// When the bytes are not what the header says, decode to more than [`DECODED_BYTES_MAX`] or, from a
/// mebibyte on, to more than a hundred times themselves, or the encoding is unknown.
pub fn decode(body: &[u8], encoding: Option<&str>) -> io::Result<Vec<u8>> {
    let most = (body.len() as u64 * EXPANSION_MAX).clamp(SMALL_BYTES, DECODED_BYTES_MAX);
    match encoding.map(|e| e.trim().to_ascii_lowercase()).as_deref() {
        None | Some("" | "identity") => Ok(body.to_vec()),
        Some("gzip" | "x-gzip") => read_bounded(MultiGzDecoder::new(body), most),
        // Servers send both forms under this name (RFC 9110, section 8.4.1.2, note).
        Some("deflate") => read_bounded(ZlibDecoder::new(body), most)
            .or_else(|_| read_bounded(DeflateDecoder::new(body), most)),
        Some(other) => {
            Err(io::Error::new(io::ErrorKind::Unsupported, format!("content encoding {other}")))
        }
    }
}

fn read_bounded(decoder: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut decoded = Vec::new();
    decoder.take(most + 1).read_to_end(&mut decoded)?;
    if decoded.len() as u64 > most {
        let what = format!("decodes to more than {most} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, what));
    }
    Ok(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    #[test]
    fn gzip_is_undone_and_a_bomb_is_refused() {
        let gzip = |data: &[u8]| {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(data).unwrap();
            encoder.finish().unwrap()
        };
        assert_eq!(decode(&gzip(b"tin"), Some("GZIP")).unwrap(), b"tin");
        let bomb = gzip(&vec![0; 17 * 1024 * 1024]);
        assert_eq!(decode(&bomb, Some("gzip")).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert!(decode(b"plain", Some("gzip")).is_err());
        assert!(decode(b"plain", Some("br")).is_err());
    }
}
