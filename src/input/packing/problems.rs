//! What is wrong with the files of a packing problem.

use std::collections::BTreeMap;
use std::fmt;

/// More than these are counted and not kept.
const KEPT: usize = 10_000;

/// One thing wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file; of a file in an archive, the archive's name before its own.
    pub file: String,
    /// The line, from 1; `None` if it concerns the file as a whole.
    pub line: Option<u64>,
    /// What was found and what was expected.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

/// Everything wrong; it is told file by file, by line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    kept: Vec<Problem>,
    dropped: usize,
}

impl Problems {
    /// Adds one about a line.
    pub fn at_line(&mut self, file: &str, line: u64, message: impl Into<String>) {
        self.push(file, Some(line), message.into());
    }

    /// Adds one about a file as a whole.
    pub fn of_file(&mut self, file: &str, message: impl Into<String>) {
        self.push(file, None, message.into());
    }

    fn push(&mut self, file: &str, line: Option<u64>, message: String) {
        if self.kept.len() < KEPT {
            let file = file.to_owned();
            self.kept.push(Problem { file, line, message });
        } else {
            self.dropped += 1;
        }
    }

    /// Adds those of `other`.
    pub fn append(&mut self, other: Self) {
        for problem in other.kept {
            self.push(&problem.file, problem.line, problem.message);
        }
        self.dropped += other.dropped;
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.kept.len() + self.dropped
    }

    /// Those that are kept.
    #[must_use]
    pub fn kept(&self) -> &[Problem] {
        &self.kept
    }

    /// `value`, if nothing is wrong.
    ///
    /// # Errors
    /// Everything wrong.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut files = BTreeMap::new();
        for problem in &self.kept {
            let next = files.len();
            files.entry(&problem.file).or_insert(next);
        }
        let mut sorted: Vec<&Problem> = self.kept.iter().collect();
        sorted.sort_by_key(|problem| (files.get(&problem.file), problem.line));
        for problem in sorted {
            writeln!(f, "error: {problem}")?;
        }
        match self.dropped {
            0 => Ok(()),
            dropped => writeln!(f, "error: and {dropped} more"),
        }
    }
}
