//! Drift: a portal that changed its template still answers, but its pages give other things. Shares
//! of filled fields and the values themselves are compared with what the source usually gave.

use std::collections::HashMap;

use archive::{Baseline, Extracted, Fields};
use jiff::{SignedDuration, Timestamp};

/// Fewest articles of a run that say something about its source.
const ARTICLES_MIN: usize = 10;
/// A field that usually was filled at least so often, and now at most half as often, is lost.
const USUALLY: f64 = 0.5;
/// A title that so large a part of the articles has is the site's name.
const SAME_TITLE: f64 = 0.3;
/// Dates so far ahead are none.
const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(48);
/// Weight of a new run in the baseline.
const NEW_WEIGHT: f64 = 0.2;

/// What the articles of a run gave.
#[derive(Clone, Debug, Default)]
pub(crate) struct Observed {
    articles: usize,
    filled: Baseline,
    titles: HashMap<String, usize>,
    dates: HashMap<String, usize>,
    ahead: usize,
    doubtful: usize,
    lengths: Vec<usize>,
}

impl Observed {
    /// Adds an article.
    pub(crate) fn add(&mut self, article: &Extracted, now: Timestamp) {
        let Fields { category, title, lead, body, credit, published, .. } = &article.fields;
        let one = |filled: bool| f64::from(u8::from(filled));
        self.articles += 1;
        let sums = &mut self.filled;
        sums.category += one(category.is_some());
        sums.lead += one(lead.is_some());
        sums.published += one(published.is_some());
        sums.views += one(article.views.is_some());
        sums.credit += one(credit.is_some());
        sums.body += one(!body.is_empty());
        *self.titles.entry(title.clone()).or_default() += 1;
        if let Some(published) = published {
            *self.dates.entry(published.to_string()).or_default() += 1;
            let ahead = published.instant().duration_since(now) > AHEAD_MAX;
            self.ahead += usize::from(ahead);
            self.doubtful += usize::from(article.date_is_doubtful);
        }
        self.lengths.push(body.iter().map(|paragraph| paragraph.chars().count()).sum());
    }

    /// The shares of this run; `None` when it read too few articles.
    fn shares(&self) -> Option<Baseline> {
        if self.articles < ARTICLES_MIN {
            return None;
        }
        let share = |sum: f64| sum / self.articles as f64;
        let mut lengths = self.lengths.clone();
        lengths.sort_unstable();
        let sums = &self.filled;
        Some(Baseline {
            category: share(sums.category),
            lead: share(sums.lead),
            published: share(sums.published),
            views: share(sums.views),
            credit: share(sums.credit),
            body: share(sums.body),
            length: lengths[lengths.len() / 2] as f64,
        })
    }

    /// What is suspicious, each in a sentence, and the baseline from now on: the old one where
    /// anything is.
    pub(crate) fn judge(&self, usual: Option<&Baseline>) -> (Vec<String>, Option<Baseline>) {
        let Some(shares) = self.shares() else { return (Vec::new(), None) };
        let mut alarms = self.strange_values();
        let Some(usual) = usual else {
            let first = alarms.is_empty().then_some(shares);
            return (alarms, first);
        };
        for (field, before, now) in pairs(usual, &shares) {
            if before >= USUALLY && now <= before / 2.0 {
                let percent = |share: f64| (share * 100.0).round();
                alarms.push(format!(
                    "`{field}` is filled in {} % of the articles; usually it is in {} %",
                    percent(now),
                    percent(before)
                ));
            }
        }
        let (before, now) = (usual.length, shares.length);
        if before > 0.0 && !(0.5..=2.0).contains(&(now / before)) {
            alarms.push(format!(
                "texts have {now} characters in the median; usually they have {}",
                before.round()
            ));
        }
        let next = alarms.is_empty().then(|| blended(usual, &shares));
        (alarms, next)
    }

    fn strange_values(&self) -> Vec<String> {
        let mut alarms = Vec::new();
        let articles = self.articles as f64;
        let commonest = self.titles.iter().max_by_key(|(_, times)| **times);
        if let Some((title, times)) = commonest
            && *times as f64 > articles * SAME_TITLE
        {
            alarms.push(format!("{times} of {articles} articles have the title “{title}”"));
        }
        let dated: usize = self.dates.values().sum();
        if dated >= ARTICLES_MIN && self.dates.len() == 1 {
            alarms.push("all articles have the same date".to_owned());
        }
        if self.ahead * 2 > dated && dated > 0 {
            alarms.push(format!("{} of {dated} dates lie in the future", self.ahead));
        }
        if dated >= ARTICLES_MIN && self.doubtful * 2 > dated {
            alarms.push(format!("{} of {dated} dates contradict their weekday", self.doubtful));
        }
        alarms
    }
}

/// What an article said that its page does not give any more: then the page is suspected, not the
/// ward.
pub(crate) fn lost(known: &Fields, read: &Fields) -> Option<&'static str> {
    if !known.body.is_empty() && read.body.is_empty() && read.attachments.is_empty() {
        return Some("its text");
    }
    (known.published.is_some() && read.published.is_none()).then_some("its date")
}

fn pairs(one: &Baseline, other: &Baseline) -> [(&'static str, f64, f64); 6] {
    [
        ("category", one.category, other.category),
        ("lead", one.lead, other.lead),
        ("published", one.published, other.published),
        ("views", one.views, other.views),
        ("credit", one.credit, other.credit),
        ("body", one.body, other.body),
    ]
}

fn blended(usual: &Baseline, new: &Baseline) -> Baseline {
    let mix = |before: f64, now: f64| before + NEW_WEIGHT * (now - before);
    Baseline {
        category: mix(usual.category, new.category),
        lead: mix(usual.lead, new.lead),
        published: mix(usual.published, new.published),
        views: mix(usual.views, new.views),
        credit: mix(usual.credit, new.credit),
        body: mix(usual.body, new.body),
        length: mix(usual.length, new.length),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

    fn observed(change: impl Fn(usize, &mut Extracted)) -> Observed {
        let mut observed = Observed::default();
        for number in 0..20 {
            let mut article = Extracted {
                key: number.to_string(),
                url: String::new(),
                fields: Fields {
                    title: format!("Tin {number}"),
                    category: Some("Tin".to_owned()),
                    body: vec!["Nội dung của tin.".to_owned()],
                    published: format!("2023-02-{:02}", number + 1).parse().ok(),
                    ..Fields::default()
                },
                times_within: SignedDuration::ZERO,
                date_is_doubtful: false,
                charset: None,
                views: Some(1),
                no_archive: false,
                profile: String::new(),
            };
            change(number, &mut article);
            observed.add(&article, NOW);
        }
        observed
    }

    fn alarms(change: impl Fn(usize, &mut Extracted)) -> Vec<String> {
        let usual = observed(|_, _| {}).judge(None).1.unwrap();
        let (alarms, next) = observed(change).judge(Some(&usual));
        assert_eq!(next.is_some(), alarms.is_empty(), "drift never becomes usual");
        alarms
    }

    #[test]
    fn a_field_that_vanishes_and_strange_values_are_told() {
        assert_eq!(alarms(|_, _| {}), [""; 0]);
        let told = |text: &str, change: fn(usize, &mut Extracted)| {
            let alarms = alarms(change);
            assert!(alarms.iter().any(|alarm| alarm.contains(text)), "{text}: {alarms:?}");
        };
        told("`published`", |_, a| a.fields.published = None);
        told("`views`", |i, a| a.views = a.views.filter(|_| i % 3 == 0));
        told("the title “Phường”", |i, a| {
            if i % 2 == 0 {
                a.fields.title = "Phường".to_owned();
            }
        });
        told("same date", |_, a| a.fields.published = "2023-02-01".parse().ok());
        told("future", |_, a| a.fields.published = "2033-02-01".parse().ok());
        told("characters", |_, a| a.fields.body = vec!["x".repeat(400)]);
    }

    #[test]
    fn what_a_page_lost_is_told_from_an_edit() {
        let known = Fields {
            body: vec!["a".to_owned()],
            published: "2023-02-01".parse().ok(),
            ..Fields::default()
        };
        let edited = Fields { body: vec!["b".to_owned()], ..known.clone() };
        assert_eq!(lost(&known, &edited), None);
        let bare = Fields { body: Vec::new(), ..known.clone() };
        assert_eq!(lost(&known, &bare), Some("its text"));
        assert_eq!(lost(&known, &Fields { published: None, ..known.clone() }), Some("its date"));
    }
}
