//! `loa user`: operators and their tokens.

use jiff::Timestamp;
use serde_json::json;

use crate::args::{UserCommand, UserListArgs};
use crate::failure::Failure;
use crate::output;
use crate::rooms::Rooms;

pub(crate) fn run(rooms: &Rooms, command: &UserCommand) -> Result<(), Failure> {
    match command {
        UserCommand::Token(args) => token(rooms, &args.name),
        UserCommand::List(args) => list(rooms, args),
        UserCommand::Remove(args) => remove(rooms, &args.name),
    }
}

fn token(rooms: &Rooms, name: &str) -> Result<(), Failure> {
    if name.trim().is_empty() {
        return Err(Failure::usage("the name is empty; say whose token it is"));
    }
    let token = rooms.existing_archive()?.make_token(name.trim(), &Timestamp::now().to_string())?;
    output::note("keep it: it is not shown again, and only a digest of it is stored");
    Ok(output::line(&token)?)
}

fn list(rooms: &Rooms, args: &UserListArgs) -> Result<(), Failure> {
    let holders = rooms.existing_archive()?.token_holders()?;
    if args.json {
        return Ok(output::json(&json!(holders))?);
    }
    for holder in holders {
        output::line(&format!("{}  since {}", holder.name, holder.added_at))?;
    }
    Ok(())
}

fn remove(rooms: &Rooms, name: &str) -> Result<(), Failure> {
    if rooms.existing_archive()?.remove_token(name)? {
        return Ok(output::line(&format!("the token of {name} is no longer valid"))?);
    }
    Err(Failure::usage(format!("{name} has no token; `loa user list` shows who has")))
}
