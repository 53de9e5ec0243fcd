//! What may be typed after `loa`.

mod alert;
mod archive;
mod officials;
mod user;

use std::net::SocketAddr;
use std::path::PathBuf;

use ::archive::SourceId;
use clap::{Parser, Subcommand, ValueEnum};
use jiff::civil::Date;

pub(crate) use alert::*;
pub(crate) use archive::*;
pub(crate) use officials::*;
pub(crate) use user::*;

/// Search engine for the news archives of Vietnam's wards and communes
#[derive(Debug, Parser)]
#[command(name = "loa", version)]
pub(crate) struct Args {
    /// Folder that holds everything the program writes
    #[arg(long, global = true, env = "LOA_DATA", default_value = "./loa-data", value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// Configuration file (TOML)
    #[arg(long, global = true, env = "LOA_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// What is logged to standard error
    #[arg(long, global = true, env = "LOA_LOG", value_name = "LEVEL")]
    pub(crate) log: Option<LogLevel>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start simulated portals, crawl them and serve the search site
    Demo(DemoArgs),
    /// Serve the HTTP API and the search site
    Serve(ServeArgs),
    /// Crawl sources now
    Crawl(CrawlArgs),
    /// Add articles from files: .txt, .html, .jsonl, .warc, .warc.gz
    Import(ImportArgs),
    /// Search the archive
    Search(SearchArgs),
    /// Show one article
    Show(ShowArgs),
    /// Show how a text is read: tokens, document numbers, dates, names
    Analyze(AnalyzeArgs),
    /// List, change or remove sources
    #[command(subcommand)]
    Source(SourceCommand),
    /// Operators: who may change what, over the site and the API
    #[command(subcommand)]
    User(UserCommand),
    /// Show how the pages of each family of portals are read
    #[command(subcommand)]
    Profile(ProfileCommand),
    /// Hide an article, and show it again; every order is logged
    #[command(subcommand)]
    Takedown(TakedownCommand),
    /// Alerts: saved searches whose new matches are told by mail or webhook
    #[command(subcommand)]
    Alert(AlertCommand),
    /// Show the people whom the archive names, with their posts and the evidence
    Officials(OfficialsArgs),
    /// Show when sources are crawled next, and why then
    #[command(subcommand)]
    Schedule(ScheduleCommand),
    /// Rebuild or look at the search index
    #[command(subcommand)]
    Index(IndexCommand),
    /// Check, copy or re-read what was kept
    #[command(subcommand)]
    Archive(ArchiveCommand),
    /// Show what crawls did, or one of them with its events
    Runs(RunsArgs),
    /// Show what needs attention, the most urgent first
    Attention(AttentionArgs),
    /// Show what people changed, the newest first
    Audit(AuditArgs),
    /// Print every key of the configuration, with its default and environment variable
    Config,
}

impl Command {
    /// A server tells what it does; a command that was asked something answers only that.
    pub(crate) fn default_log_level(&self) -> LogLevel {
        match self {
            Self::Serve(_) => LogLevel::Info,
            Self::Demo(_) | Self::Crawl(_) | Self::Import(_) => LogLevel::Warn,
            _ => LogLevel::Error,
        }
    }
}

#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// Address of the search site
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// Stop after the crawl
    #[arg(long)]
    pub(crate) once: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    /// Address to listen on (default 127.0.0.1:7880)
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CrawlArgs {
    /// Ids of sources
    #[arg(conflicts_with = "all")]
    pub(crate) sources: Vec<SourceId>,
    /// Crawl every enabled source
    #[arg(long)]
    pub(crate) all: bool,
    /// Only say what would be asked, and ask nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Fetch at most so many pages of each source
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max_pages: Option<u64>,
    /// Print the runs as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// Files, or folders of files
    #[arg(required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Source that the articles belong to; it is made when there is none
    #[arg(long, value_name = "ID")]
    pub(crate) source: SourceId,
    /// Print the counts as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SearchArgs {
    /// Query, as in the search field of the site
    #[arg(allow_hyphen_values = true, value_parser = query)]
    pub(crate) query: String,
    /// Only this source (repeatable)
    #[arg(long, value_name = "ID")]
    pub(crate) source: Vec<SourceId>,
    /// Only this section (repeatable)
    #[arg(long, value_name = "C")]
    pub(crate) category: Vec<String>,
    /// Only articles that name this person
    #[arg(long, value_name = "NAME")]
    pub(crate) official: Option<String>,
    /// First day (2023-01-31)
    #[arg(long, value_name = "D", value_parser = day)]
    pub(crate) from: Option<Date>,
    /// Last day (2023-12-31)
    #[arg(long, value_name = "D", value_parser = day)]
    pub(crate) to: Option<Date>,
    /// Order of hits
    #[arg(long, default_value = "relevance")]
    pub(crate) sort: Order,
    /// Hits to print, 1 to 100
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..=100))]
    pub(crate) limit: u8,
    /// Also print what each hit's score comes from
    #[arg(long)]
    pub(crate) explain: bool,
    /// Print the answer as the HTTP API gives it
    #[arg(long)]
    pub(crate) json: bool,
}

/// How much is logged.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Order {
    Relevance,
    Newest,
    Oldest,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ShowArgs {
    /// Id of the article, as search shows it
    pub(crate) id: String,
    /// Also print every version
    #[arg(long)]
    pub(crate) versions: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AnalyzeArgs {
    /// Text to read
    #[arg(allow_hyphen_values = true, value_parser = query)]
    pub(crate) text: String,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SourceCommand {
    /// List the sources and how they stand
    List(SourceListArgs),
    /// Add or change the sources of a TOML file
    Apply(SourceApplyArgs),
    /// Look at a source's portal: robots.txt, links, and one article; changes nothing
    Check(SourceCheckArgs),
    /// Take what a portal shows now for right: changed templates, many removals, closed spaces
    Accept(SourceAcceptArgs),
    /// Crawl a source on schedule no more, until it is resumed
    Pause(SourceNameArgs),
    /// Crawl a source on schedule again
    Resume(SourceNameArgs),
    /// Print all sources as such a file
    Export,
    /// Stop knowing a source; its articles stay
    Remove(SourceRemoveArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct SourceListArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SourceApplyArgs {
    /// TOML file with a table for each source
    pub(crate) file: PathBuf,
    /// Apply the plan, after printing it
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SourceCheckArgs {
    /// Id of the source
    pub(crate) id: SourceId,
    /// Keep the certificate that the portal forgets to send, where one is found
    #[arg(long)]
    pub(crate) pin: bool,
    /// Take its definition from this sources file: to look before it is applied
    #[arg(long, value_name = "FILE", conflicts_with = "pin")]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SourceNameArgs {
    /// Id of the source
    pub(crate) id: SourceId,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SourceAcceptArgs {
    /// Id of the source
    pub(crate) id: SourceId,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SourceRemoveArgs {
    /// Id of the source
    pub(crate) id: SourceId,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IndexCommand {
    /// Build the index anew from the archive; the old one serves until then
    Rebuild,
    /// Print figures about the index
    Stats(IndexStatsArgs),
    /// Compare the index with the archive, article by article
    Verify,
}

#[derive(Debug, clap::Args)]
pub(crate) struct IndexStatsArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ProfileCommand {
    /// List the profiles
    List(ProfileListArgs),
    /// Show what a profile reads from a page, field by field
    Test(ProfileTestArgs),
    /// Read the golden pages of the profiles, and show what is not as it must be
    Check(ProfileCheckArgs),
    /// Look for rules in a profile's file that will not last
    Lint(ProfileLintArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct ProfileCheckArgs {
    /// Name of the profile; all when left out
    pub(crate) profile: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ProfileListArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ProfileTestArgs {
    /// Name of the profile, or auto
    pub(crate) profile: String,
    /// URL or file of a page, or the id of an article whose capture is read
    #[arg(value_name = "URL_OR_FILE")]
    pub(crate) page: String,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ProfileLintArgs {
    /// TOML file of a profile
    pub(crate) file: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TakedownCommand {
    /// Hide an article from search, the site and the API
    Add(TakedownAddArgs),
    /// Show a hidden article again
    Lift(TakedownLiftArgs),
    /// List all orders, those that were lifted too
    List(TakedownListArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct TakedownAddArgs {
    /// Id of the article, as search shows it
    pub(crate) id: String,
    /// Why; it is kept in the log
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    /// Last day on which it is hidden (2026-12-31); without it, until it is lifted
    #[arg(long, value_name = "D", value_parser = day)]
    pub(crate) until: Option<Date>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct TakedownLiftArgs {
    /// Id of the article
    pub(crate) id: String,
    /// Why; it is kept in the log
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct TakedownListArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ScheduleCommand {
    /// All sources, the next one first
    List(ScheduleListArgs),
    /// The next run of all, or of one source
    Next(ScheduleNextArgs),
    /// The next five times of a schedule, before it is given to a source
    Preview(SchedulePreviewArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct SchedulePreviewArgs {
    /// Five cron fields in Vietnam time, or adaptive
    pub(crate) schedule: String,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ScheduleListArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ScheduleNextArgs {
    /// Id of a source
    pub(crate) source: Option<SourceId>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn day(text: &str) -> Result<Date, &'static str> {
    text.parse().map_err(|_| "it must be a day as 2023-12-31")
}

/// A query may begin with one hyphen (`-điện`: without that word); two are a mistyped option.
fn query(text: &str) -> Result<String, String> {
    match text.strip_prefix("--").and_then(|rest| rest.chars().next()) {
        Some(letter) if letter.is_ascii_alphabetic() => {
            Err("there is no such option; `loa help` and the command's --help list those there are"
                .to_owned())
        }
        _ => Ok(text.to_owned()),
    }
}
