//! `loa`: the command line of Loa Phường. One file a subcommand; here only the way in and out.

mod alert;
mod analyze;
mod archive;
mod args;
mod audit;
mod clock;
mod config;
mod crawl;
mod demo;
mod failure;
mod import;
mod index;
mod officials;
mod output;
mod profile;
mod progress;
mod rooms;
mod runs;
mod schedule;
mod scheduler;
mod search;
mod serve;
mod server_lock;
mod show;
mod source;
mod stop;
mod takedown;
mod user;

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::IsTerminal;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::{fmt, util::SubscriberInitExt};

use crate::args::{Args, Command, IndexCommand, LogLevel, SourceCommand};
use crate::config::{Config, LogFormat};
use crate::failure::Failure;
use crate::rooms::Rooms;

/// The platform's own keeps freed memory apart for each of many threads: up to twice as much in all,
/// after some minutes of searches side by side.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let args = Args::parse();
    // Nothing of what was unwound is looked at any more.
    let ended = panic::catch_unwind(AssertUnwindSafe(|| run(args)));
    match ended.unwrap_or_else(|_| Err(Failure::panicked())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if failure.is_broken_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            output::error(&failure.to_string());
            ExitCode::from(failure.exit_status())
        }
    }
}

/// Notes a panic in the log, in its format.
fn note_panic(panic: &PanicHookInfo<'_>) {
    let backtrace = Backtrace::capture();
    let is_wanted = backtrace.status() == BacktraceStatus::Captured;
    let backtrace = is_wanted.then(|| backtrace.to_string());
    tracing::error!(%panic, backtrace, "a fault of the program");
}

fn run(args: Args) -> Result<(), Failure> {
    let config = Config::load(args.config.as_deref())?;
    start_log(args.log.unwrap_or(args.command.default_log_level()), config.log.format);
    let rooms = Rooms::new(args.data, config);
    match args.command {
        Command::Demo(args) => demo::run(rooms, &args),
        Command::Serve(args) => serve::run(&rooms, &args),
        Command::Crawl(args) => crawl::run(&rooms, &args),
        Command::Import(args) => import::run(&rooms, &args),
        Command::Search(args) => search::run(&rooms, &args),
        Command::Show(args) => show::run(&rooms, &args),
        Command::Analyze(args) => analyze::run(&args),
        Command::Source(SourceCommand::List(args)) => source::list(&rooms, &args),
        Command::Source(SourceCommand::Apply(args)) => source::apply(&rooms, &args),
        Command::Source(SourceCommand::Check(args)) => source::look(&rooms, &args),
        Command::Source(SourceCommand::Accept(args)) => source::accept(&rooms, &args),
        Command::Source(SourceCommand::Pause(args)) => source::enable(&rooms, &args.id, false),
        Command::Source(SourceCommand::Resume(args)) => source::enable(&rooms, &args.id, true),
        Command::Source(SourceCommand::Export) => source::export(&rooms),
        Command::Source(SourceCommand::Remove(args)) => source::remove(&rooms, &args),
        Command::User(command) => user::run(&rooms, &command),
        Command::Profile(command) => profile::run(&rooms, &command),
        Command::Alert(command) => alert::run(&rooms, &command),
        Command::Officials(args) => officials::run(&rooms, &args),
        Command::Takedown(command) => takedown::run(&rooms, &command),
        Command::Schedule(command) => schedule::run(&rooms, &command),
        Command::Runs(args) => runs::run(&rooms, &args),
        Command::Attention(args) => audit::attention(&rooms, &args),
        Command::Audit(args) => audit::run(&rooms, &args),
        Command::Config => Ok(output::raw(&config::reference())?),
        Command::Archive(command) => archive::run(&rooms, &command),
        Command::Index(IndexCommand::Rebuild) => index::rebuild(&rooms),
        Command::Index(IndexCommand::Verify) => index::verify(&rooms),
        Command::Index(IndexCommand::Stats(args)) => index::stats(&rooms, &args),
    }
}

fn start_log(level: LogLevel, format: LogFormat) {
    // The engine tells of every segment; that is debugging.
    let (level, engine) = match level {
        LogLevel::Error => (LevelFilter::ERROR, LevelFilter::ERROR),
        LogLevel::Warn => (LevelFilter::WARN, LevelFilter::WARN),
        LogLevel::Info => (LevelFilter::INFO, LevelFilter::WARN),
        LogLevel::Debug => (LevelFilter::DEBUG, LevelFilter::DEBUG),
    };
    let filter = Targets::new().with_default(level).with_target("tantivy", engine);
    let lines =
        fmt::layer().with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr);
    let registry = tracing_subscriber::registry();
    match format {
        LogFormat::Text => registry.with(lines.with_filter(filter)).init(),
        LogFormat::Json => registry.with(lines.json().with_filter(filter)).init(),
    }
    panic::set_hook(Box::new(note_panic));
}
