//! The arguments of `loa alert`.

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum AlertCommand {
    /// List all alerts
    List(AlertListArgs),
    /// Add an alert of an operator's own, which need not be confirmed
    Add(AlertAddArgs),
    /// Show what an alert would have told of the last 90 days
    Preview(AlertPreviewArgs),
    /// End an alert
    Remove(AlertRemoveArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct AlertListArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What an alert looks for.
#[derive(Debug, clap::Args)]
pub(crate) struct SavedSearchArgs {
    /// What to look for; the query language of `loa search`
    #[arg(default_value = "")]
    pub(crate) query: String,
    /// Only articles that name this person: an id, or a name
    #[arg(long, value_name = "NAME")]
    pub(crate) official: Option<String>,
    /// Only these sources
    #[arg(long, value_name = "ID")]
    pub(crate) source: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AlertAddArgs {
    #[command(flatten)]
    pub(crate) search: SavedSearchArgs,
    /// Tell this mail address
    #[arg(long, value_name = "ADDRESS", required_unless_present = "webhook")]
    pub(crate) mail: Option<String>,
    /// Tell this web address, by signed requests
    #[arg(long, value_name = "URL", conflicts_with = "mail")]
    pub(crate) webhook: Option<String>,
    /// Once a day in the morning, not at once
    #[arg(long)]
    pub(crate) daily: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AlertPreviewArgs {
    #[command(flatten)]
    pub(crate) search: SavedSearchArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AlertRemoveArgs {
    /// Id of the alert, as `loa alert list` shows it
    pub(crate) id: String,
}
