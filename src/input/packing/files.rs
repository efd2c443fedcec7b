//! Texts from files, folders and archives, within bounds.

use super::natural_order;
use super::{PackingLimits, Problems};
use flate2::read::MultiGzDecoder;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
/// Of files in folders and archives these are instances.
const ENDINGS: [&str; 2] = [".vbp", ".txt"];
const ARCHIVES: [&str; 3] = [".tar.gz", ".tgz", ".tar"];

/// What is done with each text and its name.
type Take<'a> = &'a mut dyn FnMut(&str, &str, &mut Problems);

/// Hands every text to `take`; what cannot be read is a problem.
pub(super) fn each_text(paths: &[PathBuf], limits: &PackingLimits, problems: &mut Problems, take: Take<'_>) {
    let mut walk = Walk {
        bytes_left: limits.bytes,
        files_left: limits.files,
        limits: *limits,
        problems,
        take,
    };
    for path in paths {
        walk.path(path, 0);
    }
}

/// The text of one file, plain or gzip.
///
/// # Errors
/// Why it cannot be read.
pub fn read_text(path: &Path, limits: &PackingLimits) -> Result<String, Problems> {
    let mut problems = Problems::default();
    if path.is_dir() {
        problems.of_file(&path.display().to_string(), "it is a folder, expected a file");
        return Err(problems);
    }
    let mut whole = None;
    let mut take = |_: &str, text: &str, _: &mut Problems| whole = Some(text.to_owned());
    each_text(&[path.to_owned()], limits, &mut problems, &mut take);
    if whole.is_none() && problems.is_empty() {
        problems.of_file(&path.display().to_string(), "it is no text");
    }
    problems.or(whole.unwrap_or_default())
}

struct Walk<'a> {
    bytes_left: u64,
    files_left: usize,
    limits: PackingLimits,
    problems: &'a mut Problems,
    take: Take<'a>,
}

fn ends_with(name: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| name.ends_with(ending))
}

/// Whether a file of a folder or archive is looked at.
fn is_wanted(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    !name.starts_with('.')
        && (ends_with(name, &ARCHIVES) || ends_with(name.strip_suffix(".gz").unwrap_or(name), &ENDINGS))
}

impl Walk<'_> {
    fn path(&mut self, path: &Path, depth: usize) {
        let name = path.display().to_string();
        if path.is_dir() {
            return self.folder(path, &name, depth);
        }
        let read = File::open(path).and_then(|file| self.bounded(file));
        match read {
            Ok(bytes) => self.bytes(&name, bytes, depth),
            Err(error) => self.refused(&name, &error),
        }
    }

    fn refused(&mut self, name: &str, error: &io::Error) {
        let message = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_owned(),
            io::ErrorKind::PermissionDenied => "it may not be read".to_owned(),
            _ => format!("it cannot be read: {error}"),
        };
        self.problems.of_file(name, message);
    }

    /// Everything of `reader`, if it is within what is left.
    fn bounded(&mut self, reader: impl Read) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        reader.take(self.bytes_left + 1).read_to_end(&mut bytes)?;
        match self.bytes_left.checked_sub(bytes.len() as u64) {
            Some(left) => self.bytes_left = left,
            None => {
                return Err(io::Error::other(format!(
                    "the files are larger than {} bytes together",
                    self.limits.bytes
                )));
            }
        }
        Ok(bytes)
    }

    fn folder(&mut self, path: &Path, name: &str, depth: usize) {
        if depth >= self.limits.depth {
            return self
                .problems
                .of_file(name, format!("folders are more than {} deep", self.limits.depth));
        }
        let entries: io::Result<Vec<_>> = fs::read_dir(path).and_then(Iterator::collect);
        let mut paths: Vec<PathBuf> = match entries {
            Ok(entries) => entries.into_iter().map(|entry| entry.path()).collect(),
            Err(error) => return self.refused(name, &error),
        };
        paths.sort_by(|a, b| natural_order::compare(&a.to_string_lossy(), &b.to_string_lossy()));
        for path in paths {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if (path.is_dir() && !name.starts_with('.')) || is_wanted(&name) {
                self.path(&path, depth + 1);
            }
        }
    }

    /// A file's content: unpacked, an archive's files or a text.
    fn bytes(&mut self, name: &str, bytes: Vec<u8>, depth: usize) {
        let bytes = match bytes.starts_with(&GZIP_MAGIC) {
            false => bytes,
            true => match self.bounded(MultiGzDecoder::new(bytes.as_slice())) {
                Ok(bytes) => bytes,
                Err(error) => return self.refused(name, &error),
            },
        };
        if is_tar(&bytes) {
            return self.archive(name, &bytes, depth);
        }
        if self.files_left == 0 {
            return;
        }
        self.files_left -= 1;
        if self.files_left == 0 {
            let message = format!("it is one file more than {}", self.limits.files - 1);
            return self.problems.of_file(name, message);
        }
        match std::str::from_utf8(&bytes) {
            Ok(text) => (self.take)(name, text.trim_start_matches('\u{feff}'), self.problems),
            Err(error) => {
                let line = bytes[..error.valid_up_to()].iter().filter(|&&byte| byte == b'\n');
                let line = 1 + line.count() as u64;
                self.problems.at_line(name, line, "it is no text in UTF-8");
            }
        }
    }

    fn archive(&mut self, name: &str, bytes: &[u8], depth: usize) {
        if depth >= self.limits.depth {
            let message = format!("archives are more than {} deep", self.limits.depth);
            return self.problems.of_file(name, message);
        }
        let mut members = Vec::new();
        let mut archive = tar::Archive::new(bytes);
        let read = archive.entries().and_then(|entries| {
            for entry in entries {
                let mut entry = entry?;
                let path = entry.path()?.to_string_lossy().into_owned();
                if !entry.header().entry_type().is_file() || !is_wanted(&path) {
                    continue;
                }
                if members.len() >= self.limits.files {
                    return Err(io::Error::other(format!(
                        "it holds more than {} files",
                        self.limits.files
                    )));
                }
                let content = self.bounded(&mut entry)?;
                members.push((path, content));
            }
            Ok(())
        });
        if let Err(error) = read {
            return self.refused(name, &error);
        }
        members.sort_by(|a, b| natural_order::compare(&a.0, &b.0));
        for (path, content) in members {
            self.bytes(&format!("{name}/{path}"), content, depth + 1);
        }
    }
}

/// Whether it begins with the header of a tar file.
fn is_tar(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar")
}
