//! Reading a page by the rules of its family's profile.

use archive::{Extracted, Fields};
use scraper::{ElementRef, Html};
use url::Url;

use super::{Context, Diagnosis, body, page_date, paragraph};
use crate::profile::{Field, FieldRule, HtmlRules, Profile};
use crate::url_key::{article_id, normal_form};

pub(super) fn extract(
    document: &Html,
    url: &Url,
    profile: &Profile,
    rules: &HtmlRules,
    context: &Context<'_>,
) -> Result<Extracted, Diagnosis> {
    let is_article = match &rules.is_article {
        Some(is) => document.select(is).next().is_some(),
        None => article_id(url, profile).is_some(),
    };
    if !is_article {
        return Err(Diagnosis::NotAnArticle { profile: profile.name.clone() });
    }
    let value = |field| value(document, rules.fields.get(&field).map_or(&[], Vec::as_slice));
    let time = |field| value(field).and_then(|text| page_date::read(&text, context.fetched_at));
    let (published, updated) = (time(Field::Published), time(Field::Updated));
    let within = [published, updated].into_iter().flatten().map(|date| date.within).max();
    let title = value(Field::Title)
        .or_else(|| context.label.map(str::to_owned))
        .ok_or_else(|| Diagnosis::NoTitle { profile: profile.name.clone() })?;
    let mut fields = Fields {
        title,
        category: value(Field::Category),
        lead: value(Field::Lead),
        credit: value(Field::Credit),
        published: published.map(|date| date.at),
        updated: updated.map(|date| date.at),
        ..Fields::default()
    };
    let bodies: Vec<ElementRef<'_>> =
        rules.body.iter().find_map(|css| some(document.select(css).collect())).unwrap_or_default();
    let base = super::base_of(document, url);
    body::read(&bodies, rules, &base, &mut fields);
    if let Some(attachments) = &rules.attachments {
        let outside = document.select(attachments).flat_map(|e| body::files(e, &base));
        for (_, file) in outside {
            if !fields.attachments.contains(&file) {
                fields.attachments.push(file);
            }
        }
    }
    body::tidy(&mut fields);
    Ok(Extracted {
        key: article_id(url, profile).unwrap_or_else(|| normal_form(url)),
        url: url.to_string(),
        views: value(Field::Views).and_then(|text| count(&text)),
        fields,
        times_within: within.unwrap_or_default(),
        date_is_doubtful: published.is_some_and(|date| date.is_doubtful),
        charset: None,
        no_archive: false,
        profile: profile.label(),
    })
}

/// The first rule that gives something.
fn value(document: &Html, rules: &[FieldRule]) -> Option<String> {
    rules.iter().find_map(|rule| document.select(&rule.css).find_map(|e| apply(rule, e)))
}

/// The text of an element or attribute that a rule looks at.
pub(super) fn raw(rule: &FieldRule, element: ElementRef<'_>) -> Option<String> {
    match &rule.attr {
        Some(name) => Some(element.attr(name)?.trim().to_owned()),
        None => paragraph::line(element),
    }
}

/// What a rule takes from an element.
pub(super) fn apply(rule: &FieldRule, element: ElementRef<'_>) -> Option<String> {
    let text = raw(rule, element)?;
    let Some(regex) = &rule.regex else { return some(text) };
    let part = |text: &str| {
        let found = regex.captures(text)?;
        Some(found.get(1).or_else(|| found.get(0))?.as_str().trim().to_owned())
    };
    // As it is written, where the labels around it are composed.
    some(part(&text).or_else(|| part(&vietnamese::compose(&text)))?)
}

/// A number with dots for thousands: `1.656`.
pub(super) fn count(text: &str) -> Option<u64> {
    text.chars().filter(char::is_ascii_digit).collect::<String>().parse().ok()
}

fn some<T>(value: T) -> Option<T>
where
    T: PartialEq + Default,
{
    (value != T::default()).then_some(value)
}
