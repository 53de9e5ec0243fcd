//! `loa analyze`: how a text is read.

use serde::Serialize;

use crate::args::AnalyzeArgs;
use crate::failure::Failure;
use crate::output;

#[derive(Serialize)]
struct Reading<'a> {
    text: &'a str,
    /// The text in Unicode, where its encoding had to be mended: then the tokens are of this one.
    repaired: Option<&'a str>,
    tokens: Vec<TokenReading<'a>>,
    documents: Vec<String>,
    dates: Vec<String>,
    names: Vec<NameReading>,
}

#[derive(Serialize)]
struct TokenReading<'a> {
    start: usize,
    end: usize,
    text: &'a str,
    acc: String,
    fold: String,
}

#[derive(Serialize)]
struct NameReading {
    start: usize,
    end: usize,
    name: String,
}

pub(crate) fn run(args: &AnalyzeArgs) -> Result<(), Failure> {
    let repair = vietnamese::repair(&args.text);
    let reading = Reading::of(&args.text, repair.as_ref().map(|repair| repair.text.as_str()));
    if args.json {
        return Ok(output::json(&reading)?);
    }
    if let Some(repair) = &repair {
        let vietnamese::Repair { text, encoding, confidence } = repair;
        output::line(&format!("mended from {encoding:?}, confidence {confidence:.2}: {text}"))?;
    }
    for token in &reading.tokens {
        let TokenReading { start, end, text, acc, fold } = token;
        output::line(&format!("{start:>5}..{end:<5} {text}  exact {acc}  folded {fold}"))?;
    }
    let names: Vec<String> = reading.names.iter().map(|n| n.name.clone()).collect();
    for (what, found) in
        [("documents", &reading.documents), ("dates", &reading.dates), ("names", &names)]
    {
        output::line(&format!("{what}: {}", found.join("; ")))?;
    }
    Ok(())
}

impl<'a> Reading<'a> {
    fn of(original: &'a str, repaired: Option<&'a str>) -> Self {
        let text = repaired.unwrap_or(original);
        let token = |token: vietnamese::Token<'_>| TokenReading {
            start: token.start,
            end: token.end,
            text: &text[token.start..token.end],
            acc: token.acc.to_owned(),
            fold: token.fold.to_owned(),
        };
        let name =
            |n: vietnamese::PersonName| NameReading { start: n.start, end: n.end, name: n.name };
        Self {
            text: original,
            repaired,
            tokens: vietnamese::scan(text).iter().map(token).collect(),
            documents: vietnamese::documents(text).into_iter().map(|d| d.key).collect(),
            dates: vietnamese::dates(text).into_iter().map(|d| d.date.to_string()).collect(),
            names: vietnamese::names(text).into_iter().map(name).collect(),
        }
    }
}
