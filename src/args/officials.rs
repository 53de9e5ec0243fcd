//! The arguments of `loa officials`.

use archive::{ArticleId, OfficialId};
use clap::Subcommand;

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct OfficialsArgs {
    /// A name, with a post and unit or without, or an id; those named most when left out
    pub(crate) name: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Print the posts as a table (CSV), a row for each sentence of evidence
    #[arg(long, conflicts_with = "json", requires = "name")]
    pub(crate) csv: bool,
    #[command(subcommand)]
    pub(crate) command: Option<OfficialsCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OfficialsCommand {
    /// Make one person of two
    Merge(OfficialsMergeArgs),
    /// Make somebody else of whom some articles name
    Split(OfficialsSplitArgs),
    /// Undo a merge or split
    Undo(OfficialsUndoArgs),
    /// List what operators merged and split
    Decisions(OfficialsDecisionsArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct OfficialsMergeArgs {
    /// Id of the official that stays
    pub(crate) kept: OfficialId,
    /// Id of the one that is the same person
    pub(crate) other: OfficialId,
    /// Why, for the log
    #[arg(long)]
    pub(crate) reason: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct OfficialsSplitArgs {
    /// Id of the official
    pub(crate) official: OfficialId,
    /// Ids of the articles that name somebody else
    #[arg(required = true)]
    pub(crate) articles: Vec<ArticleId>,
    /// Why, for the log
    #[arg(long)]
    pub(crate) reason: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct OfficialsUndoArgs {
    /// Number of the decision
    pub(crate) number: i64,
}

#[derive(Debug, clap::Args)]
pub(crate) struct OfficialsDecisionsArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
