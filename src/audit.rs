//! `loa audit` and `loa attention`: what people changed, and what they should look at.

use archive::AuditFilter;

use crate::args::{AttentionArgs, AuditArgs};
use crate::failure::Failure;
use crate::output;
use crate::rooms::Rooms;

pub(crate) fn run(rooms: &Rooms, args: &AuditArgs) -> Result<(), Failure> {
    let AuditArgs { by, action, subject, .. } = args;
    let filter = AuditFilter {
        by: by.clone(),
        action: *action,
        subject: subject.clone(),
        before: args.before,
    };
    let entries = rooms.existing_archive()?.audit(&filter, args.limit)?;
    if args.json {
        return Ok(output::json(&entries)?);
    }
    for entry in entries {
        let (id, at, by, action) = (entry.id, entry.at, entry.by, entry.action);
        output::line(&format!("{id}  {at}  {by}  {action} {}  {}", entry.subject, entry.detail))?;
    }
    Ok(())
}

/// Prints what needs attention.
pub(crate) fn attention(rooms: &Rooms, args: &AttentionArgs) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?;
    let tasks = web::api::tasks(&rooms.index(&archive)?)?;
    if args.json {
        return Ok(output::json(&tasks)?);
    }
    if tasks.is_empty() {
        return Ok(output::line("all is well")?);
    }
    for task in tasks {
        let source = task.source.map(String::from).unwrap_or_else(|| "all".to_owned());
        let run = task.run.map(|run| format!(" (run {})", run.0)).unwrap_or_default();
        output::line(&format!("{source}  {:?}: {}{run}", task.concern, task.detail))?;
    }
    Ok(())
}
