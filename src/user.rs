//! `loa user`: operators, their roles, passwords and tokens.

use std::io::{self, BufRead, IsTerminal};

use archive::{Account, AccountRefusal, Actor, Archive};
use jiff::Timestamp;
use serde_json::json;

use crate::args::{UserAddArgs, UserCommand, UserListArgs, UserRoleArgs, UserTokenArgs};
use crate::failure::Failure;
use crate::output;
use crate::rooms::Rooms;

pub(crate) fn run(rooms: &Rooms, command: &UserCommand) -> Result<(), Failure> {
    // The first operator of a new archive may be added before its first source.
    let archive = match command {
        UserCommand::Add(_) => rooms.archive()?,
        _ => rooms.existing_archive()?,
    };
    let archive = archive.acting(Actor::CommandLine);
    match command {
        UserCommand::Add(args) => add(&archive, args),
        UserCommand::Role(args) => role(&archive, args),
        UserCommand::Password(args) => password(&archive, &args.name),
        UserCommand::Token(args) => token(&archive, args),
        UserCommand::List(args) => list(&archive, args),
        UserCommand::Remove(args) => remove(&archive, &args.name),
    }
}

fn add(archive: &Archive, args: &UserAddArgs) -> Result<(), Failure> {
    let password = if args.no_password { None } else { Some(ask_password()?) };
    let name = args.name.trim();
    let added = archive.add_account(name, args.role, password.as_deref(), Timestamp::now())?;
    added.map_err(refused)?;
    Ok(output::line(&format!("added {name}, {}", args.role))?)
}

fn role(archive: &Archive, args: &UserRoleArgs) -> Result<(), Failure> {
    archive.set_role(&args.name, args.role, Timestamp::now())?.map_err(refused)?;
    Ok(output::line(&format!("{} is {} now", args.name, args.role))?)
}

fn password(archive: &Archive, name: &str) -> Result<(), Failure> {
    if !archive.accounts()?.iter().any(|account| account.name == name) {
        return Err(refused(AccountRefusal::Unknown(name.to_owned())));
    }
    archive.set_password(name, &ask_password()?, Timestamp::now())?.map_err(refused)?;
    Ok(output::line(&format!("{name} has a new password, and is signed out everywhere"))?)
}

fn token(archive: &Archive, args: &UserTokenArgs) -> Result<(), Failure> {
    let (name, now) = (args.name.trim(), Timestamp::now());
    if args.end {
        return match archive.remove_token(name, now)? {
            true => Ok(output::line(&format!("the token of {name} is no longer valid"))?),
            false => {
                Err(Failure::usage(format!("{name} has no token; `loa user list` shows who has")))
            }
        };
    }
    let token = archive.make_token(name, now)?.map_err(refused)?;
    output::note("keep it: it is not shown again, and only a digest of it is stored");
    Ok(output::line(&token)?)
}

fn list(archive: &Archive, args: &UserListArgs) -> Result<(), Failure> {
    let accounts = archive.accounts()?;
    if args.json {
        return Ok(output::json(&json!(accounts))?);
    }
    for account in accounts {
        let Account { name, role, has_password, token_since, locked_until, .. } = account;
        let password = if has_password { "password" } else { "no password" };
        let token = token_since.map_or("no token".to_owned(), |at| format!("token since {at}"));
        let locked = locked_until
            .filter(|until| until.parse::<Timestamp>().is_ok_and(|until| until > Timestamp::now()));
        let locked = locked.map(|until| format!(", locked until {until}")).unwrap_or_default();
        output::line(&format!("{name}  {role}  {password}, {token}{locked}"))?;
    }
    Ok(())
}

fn remove(archive: &Archive, name: &str) -> Result<(), Failure> {
    archive.remove_account(name, Timestamp::now())?.map_err(refused)?;
    Ok(output::line(&format!("removed {name}"))?)
}

fn refused(refusal: AccountRefusal) -> Failure {
    Failure::usage(refusal.to_string())
}

/// Asks twice on a terminal, where nothing is echoed; else takes the first line of the input.
fn ask_password() -> Result<String, Failure> {
    if !io::stdin().is_terminal() {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line).map_err(anyhow::Error::from)?;
        return match read {
            0 => Err(Failure::usage(
                "there is no password on standard input; give one, or --no-password",
            )),
            _ => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
        };
    }
    let ask = |prompt| rpassword::prompt_password(prompt).map_err(anyhow::Error::from);
    let password = ask("password: ")?;
    match ask("again: ")? == password {
        true => Ok(password),
        false => Err(Failure::usage("the two passwords differ; nothing was changed")),
    }
}
