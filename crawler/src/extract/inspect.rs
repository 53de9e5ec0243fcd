//! How a profile reads a page, field by field: for whoever writes profiles.

use archive::{Extracted, Payload};
use scraper::{ElementRef, Html};

use super::{Context, Diagnosis, extract, html, paragraph, parse, to_text};
use crate::profile::{FieldRule, HtmlRules, Rules, css_text};
use crate::{Profile, Profiles};

/// How a page was read.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The profile that read it.
    pub profile: String,
    /// The fields that its rules name, in their order.
    pub readings: Vec<Reading>,
    /// What came of it.
    pub article: Result<Extracted, Diagnosis>,
}

/// How one field was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The field.
    pub field: String,
    /// The rule that gave something, as the profile has it; `None` when none did.
    pub rule: Option<String>,
    /// The text of the element or attribute.
    pub raw: Option<String>,
    /// What was taken from it.
    pub value: Option<String>,
}

/// Reads a page as [`extract`] does, and says which rule gave what.
///
/// # Errors
/// When the page cannot be read at all.
pub fn inspect(
    payload: &Payload,
    profiles: &Profiles,
    context: &Context<'_>,
) -> Result<Inspection, Diagnosis> {
    let body = archive::decode(&payload.body, payload.header("content-encoding"))
        .map_err(|e| Diagnosis::Undecodable(e.to_string()))?;
    let media_type = payload.header("content-type").unwrap_or_default();
    let text = to_text(&body, media_type, context.profile.and_then(Profile::charset)).text;
    let url = payload.url.parse().map_err(|_| Diagnosis::BadUrl(payload.url.clone()))?;
    let document = parse(&text).ok_or(Diagnosis::TooDeep)?;
    let profile = context.profile.unwrap_or_else(|| profiles.of_page(&document, &url));
    let readings = match &profile.rules {
        Rules::Html(rules) => readings(&document, rules),
        Rules::Text(_) | Rules::Generic => Vec::new(),
    };
    let article = extract(payload, profiles, context);
    Ok(Inspection { profile: profile.label(), readings, article })
}

fn readings(document: &Html, rules: &HtmlRules) -> Vec<Reading> {
    let fields = rules.fields.iter().map(|(field, list)| reading(document, field.name(), list));
    let mut all: Vec<Reading> = fields.collect();
    let lines = |element: ElementRef<'_>| paragraph::lines(element, &Default::default());
    let body = rules.body.iter().find_map(|css| {
        let found: Vec<String> = document.select(css).flat_map(lines).collect();
        (!found.is_empty()).then(|| (css_text(css), found))
    });
    all.push(Reading {
        field: "body".to_owned(),
        rule: body.as_ref().map(|(css, _)| css.clone()),
        raw: None,
        value: body.map(|(_, lines)| lines.join("\n")),
    });
    all
}

fn reading(document: &Html, field: &str, rules: &[FieldRule]) -> Reading {
    let found = rules.iter().find_map(|rule| {
        let element = document.select(&rule.css).find(|e| html::apply(rule, *e).is_some())?;
        Some((rule, html::raw(rule, element), html::apply(rule, element)))
    });
    let (rule, raw, value) = match found {
        None => (None, None, None),
        Some((rule, raw, value)) => (Some(rule.to_string()), raw, value),
    };
    Reading { field: field.to_owned(), rule, raw, value }
}
