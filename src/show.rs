//! `loa show`: one article, with its history.

use archive::{Article, ArticleId, DiffChange, DiffPart, FieldDiff, Fields, Version, diff};
use serde_json::{Value, json};
use web::api::ArticleBody;

use crate::args::ShowArgs;
use crate::failure::Failure;
use crate::output;
use crate::rooms::Rooms;

pub(crate) fn run(rooms: &Rooms, args: &ShowArgs) -> Result<(), Failure> {
    let id: ArticleId = args
        .id
        .to_lowercase()
        .parse()
        .map_err(|error: archive::InvalidId| Failure::usage(error.to_string()))?;
    let archive = rooms.existing_archive()?;
    let article = archive
        .article(&id)?
        .ok_or_else(|| anyhow::anyhow!("there is no article {id}; `loa search` shows ids"))?;
    let source = archive.source(&article.source)?;
    let source_name = source.map_or_else(|| article.source.to_string(), |source| source.name);
    let versions = if args.versions { archive.versions(&id)? } else { Vec::new() };
    if args.json {
        return Ok(print_json(article, source_name, &versions, args.versions)?);
    }
    print(&article, &source_name)?;
    let mut older: Option<&Version> = None;
    for version in &versions {
        let Version { number, recorded_at, profile, .. } = version;
        output::line(&format!(
            "\n=== version {number}, recorded {recorded_at}, read by {profile}"
        ))?;
        match older {
            None => print_fields(&version.fields)?,
            Some(older) => print_changes(&older.fields, &version.fields)?,
        }
        older = Some(version);
    }
    Ok(())
}

/// What changed, word by word, as `[-this-] {+that+}`.
fn print_changes(older: &Fields, newer: &Fields) -> std::io::Result<()> {
    for FieldDiff { field, parts } in diff(older, newer) {
        let words = |DiffPart { change, text }: &DiffPart| match change {
            DiffChange::Same => text.clone(),
            DiffChange::Deleted => format!("[-{text}-]"),
            DiffChange::Inserted => format!("{{+{text}+}}"),
        };
        output::line(&format!("{field}: {}", parts.iter().map(words).collect::<String>()))?;
    }
    Ok(())
}

fn print_json(
    article: Article,
    source_name: String,
    versions: &[Version],
    with_versions: bool,
) -> anyhow::Result<()> {
    let mut body = serde_json::to_value(ArticleBody::new(article, source_name))?;
    if with_versions {
        body["versions"] = versions.iter().map(version_json).collect();
    }
    output::json(&body)
}

fn version_json(version: &Version) -> Value {
    json!({
        "number": version.number,
        "recorded_at": version.recorded_at,
        "profile": version.profile,
        "digest": version.digest,
        "fields": version.fields,
    })
}

fn print(article: &Article, source_name: &str) -> std::io::Result<()> {
    output::line(&format!("{}  {source_name} ({})", article.id, article.source))?;
    output::line(&article.url)?;
    if let Some(views) = article.views {
        output::line(&format!("views: {views}"))?;
    }
    output::line(&format!(
        "seen: {} to {}, {} version(s)",
        article.first_seen, article.last_seen, article.version
    ))?;
    print_fields(&article.fields)
}

fn print_fields(fields: &Fields) -> std::io::Result<()> {
    let optional = [
        ("category", fields.category.clone()),
        ("title", Some(fields.title.clone())),
        ("published", fields.published.map(|time| time.to_string())),
        ("updated", fields.updated.map(|time| time.to_string())),
        ("credit", fields.credit.clone()),
        ("lead", fields.lead.clone()),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            output::line(&format!("{name}: {value}"))?;
        }
    }
    for paragraph in &fields.body {
        output::line(&format!("\n{paragraph}"))?;
    }
    for caption in &fields.captions {
        output::line(&format!("\n[caption] {caption}"))?;
    }
    for file in &fields.attachments {
        output::line(&format!("\n[file] {} {}", file.name, file.url))?;
    }
    Ok(())
}
