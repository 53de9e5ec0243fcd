//! Reading records: ours at their offsets, and whole files of other programs.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Take};
use std::mem;

use flate2::bufread::GzDecoder;

use super::Record;

/// Longest block read from a file: a page and its head are far below, a lying length far above.
const BLOCK_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Longest head of a record, in bytes: above what the HTTP client takes for a head.
const HEAD_BYTES_MAX: u64 = 1024 * 1024;
/// Bytes that are read in vain, again and again, from one file: hostile records each promise the rest
/// of it, and damage costs the block it is in, 64 MiB at most.
const WASTE_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// How a gzip member begins (RFC 1952, section 2.3).
const GZIP_MARK: &[u8] = &[0x1f, 0x8b, 0x08];
/// How a record begins (WARC 1.1, section 4).
const RECORD_MARK: &[u8] = b"WARC/1.";

/// Reads the records of a whole WARC file, compressed or not. Damage costs the record it is in
/// and is told once: reading goes on where the next one begins.
pub struct Reader<R> {
    place: Place<R>,
    compressed: bool,
    /// Where the member or record that is being read begins.
    start: u64,
    /// Whether the last thing read was damage: what is found in it by chance is not told again.
    in_damage: bool,
    /// Bytes read in vain so far.
    wasted: u64,
}

/// Where a reader stands.
enum Place<R> {
    /// Before a member, or a record where nothing is compressed.
    Before(R),
    /// In a member, which may hold several records.
    Within(Box<Member<R>>),
    AtEnd,
}

/// A gzip member; what is left of the limit tells how much was inflated.
type Member<R> = BufReader<Take<GzDecoder<R>>>;

impl<R: BufRead + Seek> Reader<R> {
    /// Reads from `input`, whose first bytes tell whether it is compressed.
    ///
    /// # Errors
    /// When the input cannot be read.
    pub fn new(mut input: R) -> io::Result<Self> {
        let compressed = input.fill_buf()?.starts_with(&GZIP_MARK[..2]);
        Ok(Self { place: Place::Before(input), compressed, start: 0, in_damage: false, wasted: 0 })
    }

    /// The next record; `None` when what stood here is over and another member may follow.
    fn step(&mut self) -> io::Result<Option<Record>> {
        match mem::replace(&mut self.place, Place::AtEnd) {
            Place::AtEnd => Ok(None),
            Place::Before(mut input) => {
                if input.fill_buf()?.is_empty() {
                    return Ok(None);
                }
                self.start = input.stream_position()?;
                if self.compressed {
                    let member = GzDecoder::new(input).take(u64::MAX);
                    self.place = Place::Within(Box::new(BufReader::new(member)));
                    return Ok(None);
                }
                let read = read_record(&mut input);
                let bytes = input.stream_position()? - self.start;
                self.go_on(input, read, bytes)
            }
            Place::Within(mut member) => {
                let left = member.get_ref().limit();
                let read = read_record(&mut member).and_then(|read| {
                    // The checksum stands at the end of the member: it must hold before the record
                    // counts, else what was inflated may be another member's bytes.
                    skip_line_ends(&mut member)?;
                    Ok(read)
                });
                let bytes = left - member.get_ref().limit();
                match read {
                    Ok(Some(record)) => {
                        self.place = Place::Within(member);
                        Ok(Some(record))
                    }
                    ended => {
                        self.go_on(member.into_inner().into_inner().into_inner(), ended, bytes)
                    }
                }
            }
        }
    }

    /// Goes on behind what was read, or at the next mark behind the begin of what is damaged, for which
    /// so many bytes were read.
    fn go_on(
        &mut self,
        mut input: R,
        read: io::Result<Option<Record>>,
        bytes: u64,
    ) -> io::Result<Option<Record>> {
        if read.is_err() {
            self.wasted += bytes;
            if self.wasted > WASTE_BYTES_MAX {
                self.in_damage = false;
                return Err(invalid("so much of the file is damaged that the rest is not read"));
            }
        }
        let mark = if self.compressed { GZIP_MARK } else { RECORD_MARK };
        if read.is_ok() || seek_mark(&mut input, self.start + 1, mark)? {
            self.place = Place::Before(input);
        }
        read
    }
}

impl<R: BufRead + Seek> Iterator for Reader<R> {
    type Item = io::Result<Record>;

    fn next(&mut self) -> Option<io::Result<Record>> {
        while !matches!(self.place, Place::AtEnd) {
            match self.step() {
                Ok(None) => {}
                Ok(Some(record)) => {
                    self.in_damage = false;
                    return Some(Ok(record));
                }
                Err(_) if self.in_damage => {}
                Err(error) => {
                    self.in_damage = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

/// Skips what ends a record; at the end of a gzip member its checksum is looked at.
fn skip_line_ends(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let ahead = input.fill_buf()?;
        let ends = ahead.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        if ends == 0 {
            return Ok(());
        }
        input.consume(ends);
    }
}

/// Moves to the next place at or behind `from` that has `mark`, whose first byte stands in it
/// only once; `false` at the end.
fn seek_mark(input: &mut (impl BufRead + Seek), from: u64, mark: &[u8]) -> io::Result<bool> {
    input.seek(SeekFrom::Start(from))?;
    let (mut at, mut matched) = (from, 0);
    for byte in input.by_ref().bytes() {
        let byte = byte?;
        matched = if byte == mark[matched] { matched + 1 } else { usize::from(byte == mark[0]) };
        at += 1;
        if matched == mark.len() {
            input.seek(SeekFrom::Start(at - mark.len() as u64))?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reads the one record in the gzip member that begins where `input` stands.
pub fn read_member(input: impl BufRead) -> io::Result<Record> {
    let mut member = BufReader::new(GzDecoder::new(input));
    read_record(&mut member)?.ok_or_else(|| invalid("no record at this offset"))
}

/// Reads the one record in the gzip member at which `input` stands, whole with its checksum, and
/// leaves `input` behind it.
pub(crate) fn take_member(input: &mut impl BufRead) -> io::Result<Record> {
    let mut member = BufReader::new(GzDecoder::new(input));
    let record = read_record(&mut member)?.ok_or_else(|| invalid("no record at this offset"))?;
    skip_line_ends(&mut member)?;
    if !member.fill_buf()?.is_empty() {
        return Err(invalid("something else follows the record"));
    }
    Ok(record)
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
    // Other digests are other programs' business; ours are SHA-256.
    let promised = record.header("WARC-Block-Digest").filter(|d| d.starts_with("sha256:"));
    if promised.is_some_and(|promised| promised != super::digest(&record.block)) {
        return Err(invalid("a record does not have the digest that its head promises"));
    }
    Ok(Some(record))
}

fn read_headers(input: &mut impl BufRead) -> io::Result<Vec<(String, String)>> {
    let mut headers = Vec::new();
    let mut head = input.take(HEAD_BYTES_MAX);
    loop {
        let mut line = String::new();
        if head.read_line(&mut line)? == 0 {
            return Err(invalid("the head of a record is cut short or longer than 1 MiB"));
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

    fn all(file: &[u8]) -> Vec<io::Result<Record>> {
        Reader::new(io::Cursor::new(file)).unwrap().collect()
    }

    #[test]
    fn damage_costs_the_record_it_is_in_and_is_told_once() {
        let blocks: Vec<Vec<u8>> =
            (0..5_u8).map(|i| (0..400_u16).map(|j| (j * 7 % 251) as u8 ^ i).collect()).collect();
        let members: Vec<Vec<u8>> = blocks.iter().map(|b| record(b).to_member()).collect();
        let mut file = members.concat();
        let damaged = members[0].len() + members[1].len();
        for byte in &mut file[damaged + 30..damaged + 60] {
            *byte ^= 0xa5;
        }
        let plain: Vec<u8> = blocks
            .iter()
            .enumerate()
            .flat_map(|(i, block)| {
                let length = if i == 2 { "x".to_owned() } else { block.len().to_string() };
                let head = format!("WARC/1.1\r\nContent-Length: {length}\r\n\r\n");
                [head.as_bytes(), block, b"\r\n\r\n"].concat()
            })
            .collect();
        for file in [file, plain] {
            let read = all(&file);
            assert_eq!(read.iter().filter(|record| record.is_err()).count(), 1);
            let whole: Vec<&[u8]> = read.iter().flatten().map(|r| r.block.as_slice()).collect();
            let kept: Vec<&[u8]> = [0, 1, 3, 4].map(|i: usize| blocks[i].as_slice()).to_vec();
            assert_eq!(whole, kept);
        }
    }

    #[test]
    fn a_member_cut_short_takes_nothing_from_the_next() {
        let members: Vec<Vec<u8>> =
            (0..6_u8).map(|i| record(&[b'a' + i; 3000]).to_member()).collect();
        let half = &members[2][..members[2].len() * 2 / 3];
        let file = [&members[0], &members[1], half, &members[3], &members[4], &members[5]].concat();
        let read = all(&file);
        assert_eq!(read.iter().filter(|record| record.is_err()).count(), 1);
        let whole: Vec<u8> = read.iter().flatten().map(|record| record.block[0]).collect();
        assert_eq!(whole, b"abdef");
    }

    #[test]
    fn records_that_each_promise_the_rest_are_given_up() {
        let head = b"WARC/1.1\r\nContent-Length: 60000000\r\n\r\n";
        let plain = head.repeat(500_000);
        let read = all(&plain);
        assert_eq!(read.len(), 2, "the damage, and that it was given up");
        let said = read[1].as_ref().unwrap_err().to_string();
        assert!(said.contains("not read"), "{said}");
    }

    #[test]
    fn a_cut_record_is_an_error_not_a_short_one() {
        let member = record(b"mot thong bao").to_member();
        assert!(read_member(&member[..member.len() / 2]).is_err());
        let plain = b"WARC/1.1\r\nContent-Length: 99\r\n\r\nshort";
        assert!(all(plain)[0].is_err());
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
            let read: Vec<Vec<u8>> = all(&file).into_iter().map(|r| r.unwrap().block).collect();
            prop_assert_eq!(read, blocks);
        }

        #[test]
        fn hostile_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = split_response(&bytes);
            all(&bytes);
            all(&[GZIP_MARK, &bytes].concat());
        }
    }
}
