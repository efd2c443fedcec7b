//! `--requests`: every request as a row of `requests.parquet`, where the build can write it.

use super::Failure;
use super::folder::Folder;

#[cfg(feature = "parquet")]
use crate::report::RequestsFile;

/// Nothing takes requests in this build.
#[cfg(not(feature = "parquet"))]
pub(super) type RequestsFile = crate::sim::NoSink;

/// Opens the file, if it is `wanted`.
#[cfg(feature = "parquet")]
pub(super) fn opened(wanted: bool, folder: &Folder) -> Result<Option<RequestsFile>, Failure> {
    let open = || super::run::opened(folder, RequestsFile::create(folder.path()));
    wanted.then(open).transpose()
}

/// Refuses what this build cannot do.
#[cfg(not(feature = "parquet"))]
pub(super) fn opened(wanted: bool, folder: &Folder) -> Result<Option<RequestsFile>, Failure> {
    if wanted {
        folder.abandon();
        return Err(
            Failure::usage("--requests: this build cannot write Parquet files")
                .help(Some("cargo install --path . --features parquet")),
        );
    }
    Ok(None)
}

/// Gives the file its name; returns it, if there is one.
pub(super) fn finish(file: Option<RequestsFile>) -> Result<Option<&'static str>, Failure> {
    #[cfg(feature = "parquet")]
    if let Some(file) = file {
        file.finish()?;
        return Ok(Some("requests.parquet"));
    }
    let _ = file;
    Ok(None)
}
