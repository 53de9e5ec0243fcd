//! `loa import`: adds articles from files.

use archive::Source;
use crawler::{Imported, Importer};
use jiff::Timestamp;
use serde_json::json;

use crate::args::ImportArgs;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::rooms::{Rooms, runtime};
use crate::{output, stop};

/// Rejected lines that are named; the rest are only counted.
const REJECTED_SHOWN_MAX: usize = 20;

pub(crate) fn run(rooms: &Rooms, args: &ImportArgs) -> Result<(), Failure> {
    for path in &args.paths {
        if !path.exists() {
            return Err(Failure::usage(format!("there is no file or folder {}", path.display())));
        }
    }
    let archive = rooms.archive()?;
    let recorder = rooms.recorder(&archive)?;
    let source = match archive.source(&args.source)? {
        Some(source) => source,
        None => {
            let source = Source::import_only(args.source.clone());
            archive.put_sources(std::slice::from_ref(&source), Timestamp::now())?;
            // A slip would make a ward of its own.
            output::note(&format!("a new source `{}` was made for these articles", source.id));
            source
        }
    };
    let runtime = runtime()?;
    let stop = stop::token(&runtime);
    let importer =
        Importer::new(archive.clone(), recorder, source, rooms.profiles()?, Timestamp::now);
    let progress = Progress::new(args.source.to_string(), "articles");
    let mut total = Imported::default();
    for path in &args.paths {
        importer.import(path, &mut total, &mut |done| {
            progress.tell(done.new + done.edited + done.unchanged, "");
            !stop.is_cancelled()
        })?;
        if total.stopped {
            break;
        }
    }
    drop(progress);
    crawler::read_people(&archive, jiff::Timestamp::now())?;
    rooms.index(&archive)?;
    report(&total, args.json)?;
    if total.stopped {
        let why =
            "stopped before all was read; what was read is kept, and the same command goes on";
        return Err(Failure::Work(anyhow::anyhow!(why)));
    }
    if total.rejected.is_empty() {
        Ok(())
    } else {
        let count = total.rejected.len();
        Err(Failure::Work(anyhow::anyhow!("{count} could not be imported; the rest was")))
    }
}

fn report(total: &Imported, as_json: bool) -> anyhow::Result<()> {
    if as_json {
        let rejected = total.rejected.iter().map(
            |r| json!({ "file": r.file.display().to_string(), "number": r.number, "why": r.why }),
        );
        return output::json(&json!({
            "files": total.files,
            "new": total.new,
            "edited": total.edited,
            "unchanged": total.unchanged,
            "other_pages": total.other_pages,
            "stopped": total.stopped,
            "rejected": rejected.collect::<Vec<_>>(),
        }));
    }
    for rejected in total.rejected.iter().take(REJECTED_SHOWN_MAX) {
        let place = match rejected.number {
            Some(number) => format!("{}:{number}", rejected.file.display()),
            None => rejected.file.display().to_string(),
        };
        output::line(&format!("{place}: not imported: {}", rejected.why))?;
    }
    output::line(&format!(
        "{} files read: {} new articles, {} edited, {} unchanged, {} pages that are no articles, \
         {} rejected",
        total.files,
        total.new,
        total.edited,
        total.unchanged,
        total.other_pages,
        total.rejected.len()
    ))?;
    Ok(())
}
