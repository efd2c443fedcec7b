//! Output files that are whole or absent.
//!
//! Knows file names. Must not know what is in a file.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The temporary files of this process.
static PARTIALS: Partials = Partials(Mutex::new(BTreeSet::new()));

/// Removes every temporary file, and folders that are empty without them, for a process that ends at once. Until the
/// answer is dropped, no file is opened and none gets its name: hold it to the end.
pub fn abandon_all() -> impl Drop {
    PARTIALS.abandon_all()
}

/// The temporary files there are.
#[derive(Debug)]
struct Partials(Mutex<BTreeSet<PathBuf>>);

impl Partials {
    /// A thread that failed while it held the list left it as it is.
    fn list(&self) -> MutexGuard<'_, BTreeSet<PathBuf>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn abandon_all(&self) -> MutexGuard<'_, BTreeSet<PathBuf>> {
        let mut list = self.list();
        for partial in std::mem::take(&mut *list) {
            // Nobody is left to be told.
            let _ = fs::remove_file(&partial);
            let _ = partial.parent().map(fs::remove_dir);
        }
        list
    }
}

/// A file or folder that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {}: {source}", path.display())]
pub struct WriteError {
    /// Which one.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

impl WriteError {
    pub(crate) fn new(path: &Path, source: io::Error) -> Self {
        Self {
            path: path.to_owned(),
            source,
        }
    }
}

/// Writes a file under a temporary name beside its place, then renames it: readers see the old file or the new one.
///
/// # Errors
/// If the folder does not exist or cannot be written; nothing is left behind then.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let mut file = PartialFile::create(path)?;
    file.write_all(bytes).map_err(|e| WriteError::new(path, e))?;
    file.commit()
}

/// A file that is being written under a temporary name. Dropped without [`PartialFile::commit`], it is removed.
#[derive(Debug)]
pub struct PartialFile {
    // `None` once it was committed.
    file: Option<BufWriter<File>>,
    path: PathBuf,
    partial: PathBuf,
    partials: &'static Partials,
}

impl PartialFile {
    /// Opens the temporary file for `path`, replacing one that an interrupted run left.
    ///
    /// # Errors
    /// If the folder does not exist or cannot be written.
    pub fn create(path: &Path) -> Result<Self, WriteError> {
        Self::create_in(&PARTIALS, path)
    }

    fn create_in(partials: &'static Partials, path: &Path) -> Result<Self, WriteError> {
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let partial = path.with_file_name(format!(".{name}.partial"));
        if path.is_dir() {
            return Err(WriteError::new(path, io::ErrorKind::IsADirectory.into()));
        }
        let mut list = partials.list();
        let file = File::create(&partial).map_err(|e| WriteError::new(path, e))?;
        list.insert(partial.clone());
        Ok(Self {
            partials,
            file: Some(BufWriter::new(file)),
            path: path.to_owned(),
            partial,
        })
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// If buffered bytes cannot be written or the file cannot be renamed; nothing is left behind then.
    pub fn commit(mut self) -> Result<(), WriteError> {
        let Some(mut file) = self.file.take() else {
            return Ok(());
        };
        let flushed = file.flush();
        let mut list = self.partials.list();
        let done = flushed.and_then(|()| {
            drop(file);
            fs::rename(&self.partial, &self.path)
        });
        list.remove(&self.partial);
        done.map_err(|e| {
            // The first error is the one to tell; a temporary file that cannot be removed changes nothing.
            let _ = fs::remove_file(&self.partial);
            WriteError::new(&self.path, e)
        })
    }

    /// Where the file will be.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Write for PartialFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file
            .as_mut()
            .map_or(Err(io::ErrorKind::BrokenPipe.into()), |file| file.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), BufWriter::flush)
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if let Some(file) = self.file.take() {
            // Without writing what is still buffered.
            drop(file.into_parts());
            let mut list = self.partials.list();
            let _ = fs::remove_file(&self.partial);
            list.remove(&self.partial);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(dir)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_dropped_half_way_leaves_the_old_one_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        write_atomically(&path, b"old").unwrap();
        let mut file = PartialFile::create(&path).unwrap();
        file.write_all(&[b'x'; 100_000]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"old", "visible before it was whole");
        drop(file);
        assert_eq!(names(dir.path()), ["a.csv"]);
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }

    /// Somebody who asks twice to stop gets whole files or none all the same.
    #[test]
    fn a_process_that_ends_at_once_leaves_whole_files_only() {
        let dir = tempfile::tempdir().unwrap();
        let partials: &'static Partials = Box::leak(Box::new(Partials(Mutex::default())));
        let create = |name: &str| PartialFile::create_in(partials, &dir.path().join(name)).unwrap();
        let mut whole = create("whole.csv");
        whole.write_all(b"all of it").unwrap();
        whole.commit().unwrap();
        drop(create("dropped.csv"));
        let mut half = create("half.csv");
        half.write_all(&[b'x'; 100_000]).unwrap();
        fs::create_dir(dir.path().join("plots")).unwrap();
        let in_folder = create("plots/nodes.svg");
        drop(partials.abandon_all());
        assert_eq!(names(dir.path()), ["whole.csv"]);
        assert!(half.commit().is_err(), "there is nothing left to name");
        drop(in_folder);
        assert_eq!(names(dir.path()), ["whole.csv"]);
    }

    #[test]
    fn a_missing_folder_is_an_error_that_names_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let error = write_atomically(&dir.path().join("no/such.csv"), b"").unwrap_err();
        assert!(error.to_string().contains("such.csv"), "{error}");
        assert!(names(dir.path()).is_empty());
    }

    #[test]
    fn a_place_that_is_a_folder_is_an_error_before_anything_is_written() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("a.csv")).unwrap();
        assert!(PartialFile::create(&dir.path().join("a.csv")).is_err());
        assert_eq!(names(dir.path()), ["a.csv"]);
    }
}
