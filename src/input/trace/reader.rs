//! Lines and numbers of a file, plain or gzip, in bounded memory, from any place in it.
//!
//! Knows: bytes. Must not know: columns or times.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;

use super::{LINE_MAX, Trouble};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const BYTE_ORDER_MARK: &str = "\u{feff}";

enum Input {
    Plain(BufReader<File>),
    Gzip(Box<BufReader<MultiGzDecoder<BufReader<File>>>>),
}

impl Input {
    /// Opens the file `offset` bytes into its (decompressed) contents.
    fn open(path: &Path, offset: u64) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let mut magic = Vec::new();
        (&mut file).take(2).read_to_end(&mut magic)?;
        if magic == GZIP_MAGIC {
            file.seek(SeekFrom::Start(0))?;
            let mut input = BufReader::with_capacity(LINE_MAX, MultiGzDecoder::new(BufReader::new(file)));
            io::copy(&mut (&mut input).take(offset), &mut io::sink())?;
            return Ok(Self::Gzip(Box::new(input)));
        }
        file.seek(SeekFrom::Start(offset))?;
        Ok(Self::Plain(BufReader::with_capacity(LINE_MAX, file)))
    }

    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match self {
            Self::Plain(input) => input.fill_buf(),
            Self::Gzip(input) => input.fill_buf(),
        }
    }

    fn consume(&mut self, count: usize) {
        match self {
            Self::Plain(input) => input.consume(count),
            Self::Gzip(input) => input.consume(count),
        }
    }
}

/// A place in a file. The file is opened when it is first read; a clone opens it again, at the same place.
pub(super) struct Reader {
    path: Arc<Path>,
    input: Option<Input>,
    /// Bytes of (decompressed) contents read so far.
    offset: u64,
    /// Lines, or numbers, read so far.
    read: u64,
    line: Vec<u8>,
}

impl Clone for Reader {
    fn clone(&self) -> Self {
        let (path, offset, read) = (Arc::clone(&self.path), self.offset, self.read);
        Self {
            path,
            input: None,
            offset,
            read,
            line: Vec::new(),
        }
    }
}

impl Reader {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.into(),
            input: None,
            offset: 0,
            read: 0,
            line: Vec::new(),
        }
    }

    /// Lines, or numbers, read so far.
    pub(super) fn read(&self) -> u64 {
        self.read
    }

    /// Opens the file now rather than at the first reading.
    pub(super) fn open(&mut self) -> Result<(), Trouble> {
        self.input().map(|_| ())
    }

    fn input(&mut self) -> Result<&mut Input, Trouble> {
        if self.input.is_none() {
            self.input = Some(Input::open(&self.path, self.offset).map_err(|error| io_trouble(&error))?);
        }
        self.input
            .as_mut()
            .ok_or_else(|| Trouble::new("no file", "an open file"))
    }

    /// The next line that is not blank, without its end. Blank lines count as read.
    pub(super) fn next_line(&mut self) -> Result<Option<&str>, Trouble> {
        loop {
            if !self.read_line()? {
                return Ok(None);
            }
            self.read += 1;
            if !self.line.trim_ascii().is_empty() {
                break;
            }
        }
        let text = str::from_utf8(&self.line)
            .map_err(|_| Trouble::text(&String::from_utf8_lossy(&self.line), "text in UTF-8"))?;
        Ok(Some(
            text.strip_prefix(BYTE_ORDER_MARK)
                .unwrap_or(text)
                .trim_end_matches(['\n', '\r']),
        ))
    }

    fn read_line(&mut self) -> Result<bool, Trouble> {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        let mut complete = false;
        while !complete {
            let input = self.input()?;
            let chunk = input.fill_buf().map_err(|error| io_trouble(&error))?;
            if chunk.is_empty() {
                break;
            }
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(chunk.len(), |end| end + 1);
            if line.len() + taken > LINE_MAX {
                return Err(Trouble::new(
                    format!("a line of more than {LINE_MAX} bytes"),
                    "lines of 64 KiB at most".to_owned(),
                ));
            }
            line.extend_from_slice(&chunk[..taken]);
            complete = end.is_some();
            input.consume(taken);
            self.offset += taken as u64;
        }
        self.line = line;
        Ok(!self.line.is_empty())
    }

    /// The next of a list of whole numbers with white space between them.
    pub(super) fn next_number(&mut self) -> Result<Option<u32>, Trouble> {
        let mut value: Option<u64> = None;
        loop {
            let input = self.input()?;
            let chunk = input.fill_buf().map_err(|error| io_trouble(&error))?;
            let mut taken = 0;
            let mut complete = chunk.is_empty();
            let mut wrong = None;
            for byte in chunk {
                match byte {
                    b'0'..=b'9' => {
                        let next = value.unwrap_or(0) * 10 + u64::from(byte - b'0');
                        if next > u64::from(u32::MAX) {
                            wrong = Some(Trouble::new(
                                "a number of more than 32 bits",
                                "counts below 4294967296",
                            ));
                            break;
                        }
                        value = Some(next);
                    }
                    b' ' | b'\t' | b'\n' | b'\r' if value.is_some() => {
                        complete = true;
                    }
                    b' ' | b'\t' | b'\n' | b'\r' => {}
                    other => {
                        let found = char::from(*other).to_string();
                        wrong = Some(Trouble::text(
                            &found,
                            "whole numbers from 0 up with spaces between them",
                        ));
                        break;
                    }
                }
                taken += 1;
                if complete {
                    break;
                }
            }
            input.consume(taken);
            self.offset += taken as u64;
            if let Some(trouble) = wrong {
                return Err(trouble);
            }
            if complete {
                self.read += u64::from(value.is_some());
                return Ok(value.map(|value| value as u32));
            }
        }
    }
}

fn io_trouble(error: &io::Error) -> Trouble {
    match error.kind() {
        io::ErrorKind::NotFound => Trouble::new("no such file", "a readable file"),
        io::ErrorKind::UnexpectedEof => Trouble::new("gzip data that end early", "a complete gzip file"),
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            Trouble::new(format!("damaged gzip data ({error})"), "a sound gzip file")
        }
        _ => Trouble::new(error.to_string(), "a readable file"),
    }
}
