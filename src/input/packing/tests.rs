//! Instance files, sound and not.
