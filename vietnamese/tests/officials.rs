//! How well people and their posts are read from articles that were labelled by reading them.
//!
//! Each file in `officials/*/` is an article of a ward, invented for this, and behind `---` a line
//! for each person: the name, then the posts as the article words them. `development/` is what the
//! rules were made on.

#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use vietnamese::exact_phrase;
use vietnamese::official::people;

/// People with their posts, as exact phrases.
type People = BTreeMap<String, BTreeSet<String>>;

/// An article and what a reader finds in it.
struct Labelled {
    name: String,
    text: String,
    people: People,
}

/// Right, too many, and missing.
#[derive(Default)]
struct Counts {
    right: usize,
    wrong: usize,
    missing: usize,
}

impl Counts {
    fn precision(&self) -> f64 {
        self.right as f64 / (self.right + self.wrong) as f64
    }

    fn recall(&self) -> f64 {
        self.right as f64 / (self.right + self.missing) as f64
    }
}

fn labelled(folder: &str) -> Vec<Labelled> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/officials").join(folder);
    let mut paths: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let file = fs::read_to_string(path).unwrap();
        let (_, article) = file.split_once("\n\n").unwrap();
        let (text, labels) = article.rsplit_once("\n---").unwrap();
        let person = |line: &str| {
            let mut parts = line.split('|').map(|part| exact_phrase(part.trim()));
            let name = parts.next().unwrap();
            (name, parts.filter(|post| !post.is_empty()).collect())
        };
        let people = labels.lines().filter(|line| !line.trim().is_empty()).map(person).collect();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        Labelled { name, text: text.replace("[caption] ", ""), people }
    };
    paths.iter().map(read).collect()
}

fn found(text: &str) -> People {
    let paragraphs: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let mut found = People::new();
    for person in people(&paragraphs) {
        let posts = person.posts.iter().map(|post| exact_phrase(&post.written));
        found.entry(exact_phrase(&person.name)).or_default().extend(posts);
    }
    found
}

/// Compares names, and names with posts; and lists what differs.
fn compare(articles: &[Labelled]) -> (Counts, Counts, Vec<String>) {
    let (mut names, mut pairs, mut differences) = <(Counts, Counts, Vec<String>)>::default();
    let none = BTreeSet::new();
    for Labelled { name: file, text, people: expected } in articles {
        let found = found(text);
        let all: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
        for name in all {
            match (expected.contains_key(name), found.contains_key(name)) {
                (true, true) => names.right += 1,
                (false, _) => {
                    names.wrong += 1;
                    differences.push(format!("{file}: {name} is no person"));
                }
                (true, false) => {
                    names.missing += 1;
                    differences.push(format!("{file}: {name} is missing"));
                }
            }
            let (wanted, read) =
                (expected.get(name).unwrap_or(&none), found.get(name).unwrap_or(&none));
            pairs.right += wanted.intersection(read).count();
            pairs.wrong += read.difference(wanted).count();
            pairs.missing += wanted.difference(read).count();
            let wrong = read.difference(wanted).map(|post| format!("{file}: {name} is no {post}"));
            differences.extend(wrong);
            let missing =
                wanted.difference(read).map(|post| format!("{file}: {name} is {post}, not read"));
            differences.extend(missing);
        }
    }
    (names, pairs, differences)
}

#[test]
fn people_and_posts_of_the_development_articles_are_read() {
    check("development");
}

#[test]
fn people_and_posts_of_articles_that_no_rule_was_made_on_are_read() {
    check("held-out");
}

fn check(folder: &str) {
    let (names, pairs, differences) = compare(&labelled(folder));
    let told = format!(
        "names {:.3} {:.3}, pairs {:.3} {:.3}\n{}",
        names.precision(),
        names.recall(),
        pairs.precision(),
        pairs.recall(),
        differences.join("\n")
    );
    assert!(names.precision() >= 0.95 && names.recall() >= 0.92, "{told}");
    assert!(pairs.precision() >= 0.90 && pairs.recall() >= 0.88, "{told}");
}
