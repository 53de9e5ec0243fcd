//! The arguments of `loa archive`.

use std::path::PathBuf;

use ::archive::SourceId;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum ArchiveCommand {
    /// Print figures about the archive
    Stats(StatsArgs),
    /// Read every file and compare it with the database
    Verify(VerifyArgs),
    /// Read the kept pages again with the profiles of today, and show what differs
    Reextract(ReextractArgs),
    /// List the articles that are gone at their source, the newest first
    Removals(RemovalsArgs),
    /// Print articles or captures, or a citation pack: all, or what a query finds
    Export(ExportArgs),
    /// Write the lists (CDXJ) that the tools of web archives read beside the WARC files
    Cdxj,
    /// Copy the archive into an empty folder while it is in use, and verify the copy
    Backup(BackupArgs),
    /// Bring a backup back into the data folder, which must have no archive
    Restore(RestoreArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct StatsArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RemovalsArgs {
    /// Articles to print
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) limit: u32,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ReextractArgs {
    /// Only this source
    #[arg(long, value_name = "ID")]
    pub(crate) source: Option<SourceId>,
    /// Replace what differs, after printing it
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// Only this source
    #[arg(long, value_name = "ID")]
    pub(crate) source: Option<SourceId>,
    /// Only what this query finds; the query language of `loa search`
    #[arg(long, value_name = "QUERY")]
    pub(crate) query: Option<String>,
    /// Only articles that name this person: an id, or a name
    #[arg(long, value_name = "NAME")]
    pub(crate) official: Option<String>,
    /// What to print
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ExportFormat,
    /// File to write instead; it must not be there yet
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// What an export holds.
#[derive(Clone, Copy, Debug, Default, clap::ValueEnum)]
pub(crate) enum ExportFormat {
    /// Articles, an object a line
    #[default]
    Jsonl,
    /// Articles, as a table
    Csv,
    /// Captures with their requests, as gzip members
    Warc,
    /// Articles with all versions, their captures and checksums, as a ZIP file
    Pack,
}

#[derive(Debug, clap::Args)]
pub(crate) struct BackupArgs {
    /// Folder to copy into; empty, or not there yet
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RestoreArgs {
    /// Folder of the backup
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}
