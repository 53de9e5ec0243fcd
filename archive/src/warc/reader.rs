//! Reading records: ours at their offsets, and whole files of other programs.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::{GzDecoder, MultiGzDecoder};

use super::Record;

/// Longest block read from a file: a page and its head are far below, a lying length far above.
const BLOCK_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Longest head of a record, in bytes.
const HEAD_BYTES_MAX: u64 = 64 * 1024;

/// Reads the records of a whole WARC file, compressed or not.
pub struct Reader {
    input: Box<dyn BufRead>,
}

impl Reader {
    /// Reads from `input`; `compressed` says whether it is gzip.
    pub fn new(input: impl BufRead + 'static, compressed: bool) -> Self {
        let input: Box<dyn BufRead> = if compressed {
            Box::new(BufReader::new(MultiGzDecoder::new(input)))
        } else {
            Box::new(input)
        };
        Self { input }
    }
}

impl Iterator for Reader {
    type Item = io::Result<Record>;

    fn next(&mut self) -> Option<io::Result<Record>> {
        read_record(&mut self.input).transpose()
    }
}

/// Reads the one record in the gzip member that begins where `input` stands.
pub fn read_member(input: impl BufRead) -> io::Result<Record> {
    let mut member = BufReader::new(GzDecoder::new(input));
    read_record(&mut member)?.ok_or_else(|| invalid("no record at this offset"))
}

fn read_record(input: &mut impl BufRead) -> io::Result<Option<Record>> {
    let mut line = String::new();
    // Records end with two line ends; some writers add more.
    while line.trim().is_empty() {
        line.clear();
        if input.take(HEAD_BYTES_MAX).read_line(&mut line)? == 0 {
            return Ok(None);
        }
    }
    if !line.starts_with("WARC/1.") {
        return Err(invalid("a record begins with WARC/1.0 or WARC/1.1"));
    }
    let headers = read_headers(input)?;
    let mut record = Record { headers, block: Vec::new() };
    let length: u64 = record
        .header("Content-Length")
        .and_then(|value| value.trim().parse().ok())
        .ok_or_else(|| invalid("a record has no Content-Length"))?;
    if length > BLOCK_BYTES_MAX {
        return Err(invalid("a record is longer than 64 MiB"));
    }
    input.take(length).read_to_end(&mut record.block)?;
    if record.block.len() as u64 != length {
        return Err(invalid("a record is cut short"));
    }
    Ok(Some(record))
}

fn read_headers(input: &mut impl BufRead) -> io::Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    let mut head = input.take(HEAD_BYTES_MAX);
    loop {
        let mut line = String::new();
        if head.read_line(&mut line)? == 0 {
            return Err(invalid("the head of a record is cut short or longer than 64 KiB"));
        }
        if line.trim().is_empty() {
            return Ok(headers);
        }
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
}

/// The HTTP answer in the block of a `response` record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// Header names in lower case, with their values, in the order received.
    pub headers: Vec<(String, String)>,
    /// The body, its chunks joined, its content encoding kept.
    pub body: Vec<u8>,
}

/// Splits the block of a `response` record; `None` when it has no HTTP head.
pub fn split_response(block: &[u8]) -> Option<HttpResponse> {
    let end = block.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&block[..end]);
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split_ascii_whitespace().nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let body = &block[end + 4..];
    let chunked = headers
        .iter()
        .any(|(name, value)| name == "transfer-encoding" && value.eq_ignore_ascii_case("chunked"));
    let body = if chunked { unchunk(body) } else { None }.unwrap_or_else(|| body.to_vec());
    Some(HttpResponse { status, headers, body })
}

/// Joins the chunks of a body that was kept as it came over the wire (RFC 9112, section 7.1);
/// `None` when it is not chunked after all, as many writers keep the header but not the chunks.
fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line_end = rest.windows(2).position(|w| w == b"\r\n")?;
        let size = std::str::from_utf8(&rest[..line_end]).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        rest = &rest[line_end + 2..];
        if size == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size + 2..)?;
    }
}

fn invalid(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record(block: &[u8]) -> Record {
        Record::new("resource", "2026-01-02T03:04:05Z", "a:0", "text/plain", block.to_vec())
    }

    #[test]
    fn a_cut_record_is_an_error_not_a_short_one() {
        let member = record(b"mot thong bao").to_member();
        assert!(read_member(&member[..member.len() / 2]).is_err());
        let plain = b"WARC/1.1\r\nContent-Length: 99\r\n\r\nshort".as_slice();
        assert!(Reader::new(plain, false).next().unwrap().is_err());
    }

    #[test]
    fn chunks_are_joined_and_a_false_chunked_header_is_ignored() {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let chunked = format!("{head}3\r\ntin\r\n1\r\n!\r\n0\r\n\r\n");
        assert_eq!(split_response(chunked.as_bytes()).unwrap().body, b"tin!");
        let plain = format!("{head}<html>");
        assert_eq!(split_response(plain.as_bytes()).unwrap().body, b"<html>");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(blocks in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..80), 1..4)) {
            let file: Vec<u8> = blocks.iter().flat_map(|b| record(b).to_member()).collect();
            let read: Vec<Vec<u8>> = Reader::new(std::io::Cursor::new(file), true)
                .map(|r| r.unwrap().block)
                .collect();
            prop_assert_eq!(read, blocks);
        }

        #[test]
        fn hostile_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = split_response(&bytes);
            let _ = Reader::new(std::io::Cursor::new(bytes), false).count();
        }
    }
}
