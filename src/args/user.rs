//! `loa user`, `loa audit`, `loa attention`, `loa runs`: operators, and what they look at.

use archive::{Action, Role, SourceId};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Add an operator; the password is asked for, or read from standard input
    Add(UserAddArgs),
    /// Give an operator another role
    Role(UserRoleArgs),
    /// Set an operator's password; it is asked for, or read from standard input
    Password(UserArgs),
    /// Make a token for an operator, in place of an older one, and print it
    Token(UserTokenArgs),
    /// List the operators
    List(UserListArgs),
    /// Remove an operator, with password, token and sessions
    Remove(UserArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct UserAddArgs {
    /// Name of the operator
    pub(crate) name: String,
    /// What the operator may do: viewer sees, editor changes sources and articles, admin everything
    #[arg(long, default_value = "viewer")]
    pub(crate) role: Role,
    /// Ask for no password: the operator only uses the API, with a token
    #[arg(long)]
    pub(crate) no_password: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct UserRoleArgs {
    /// Name of the operator
    pub(crate) name: String,
    /// viewer, editor or admin
    pub(crate) role: Role,
}

#[derive(Debug, clap::Args)]
pub(crate) struct UserArgs {
    /// Name of the operator
    pub(crate) name: String,
}

#[derive(Debug, clap::Args)]
pub(crate) struct UserTokenArgs {
    /// Name of the operator
    pub(crate) name: String,
    /// End the operator's token instead
    #[arg(long)]
    pub(crate) end: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct UserListArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AuditArgs {
    /// Only what this operator changed
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// Only changes of this kind: source.change, article.take-down, …
    #[arg(long, value_name = "ACTION")]
    pub(crate) action: Option<Action>,
    /// Only what was changed about this source, article, official or operator
    #[arg(long, value_name = "ID")]
    pub(crate) subject: Option<String>,
    /// Only entries before this number
    #[arg(long, value_name = "NUMBER")]
    pub(crate) before: Option<i64>,
    /// Entries to print
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) limit: u32,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct AttentionArgs {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RunsArgs {
    /// Number of a run: show it with its events
    #[arg(conflicts_with = "source")]
    pub(crate) id: Option<i64>,
    /// Only runs of this source
    #[arg(long, value_name = "ID")]
    pub(crate) source: Option<SourceId>,
    /// Runs to print
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub(crate) limit: u32,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
