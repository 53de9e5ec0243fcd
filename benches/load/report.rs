//! What was measured, for people: tables and a plot in `docs/`, and everything as JSON.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::Measured;
use super::serve::{AtRate, Steady};

/// Where the tables begin and end in the document.
const BEGIN: &str = "<!-- measured: begin -->\n";
const END: &str = "<!-- measured: end -->";

/// Size of the plot in pixels, and its margins.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 320.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 130.0;
const TOP: f64 = 16.0;
const BOTTOM: f64 = 40.0;
const NAME_HEIGHT: f64 = 14.0;

/// Writes what was measured so far.
pub(crate) fn write(measured: &[Measured]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let json = serde_json::to_string_pretty(measured).unwrap();
    fs::write(root.join("target/load.json"), json).unwrap();
    fs::write(root.join("docs/performance.svg"), plot(measured)).unwrap();
    let file = root.join("docs/performance.md");
    let document = fs::read_to_string(&file).unwrap();
    let (before, rest) = document.split_once(BEGIN).expect("the document has a place for tables");
    let (_, behind) = rest.split_once(END).expect("the document has a place for tables");
    fs::write(file, format!("{before}{BEGIN}{}{END}{behind}", tables(measured))).unwrap();
}

fn tables(measured: &[Measured]) -> String {
    let mut text = String::new();
    let head: String = measured.iter().map(|one| format!(" {} |", grouped(one.articles))).collect();
    let line: String = measured.iter().map(|_| "---:|").collect();
    let _ = writeln!(text, "| articles |{head}\n|---|{line}");
    let mut row = |name: &str, of: &dyn Fn(&Measured) -> String| {
        let cells: String = measured.iter().map(|one| format!(" {} |", of(one))).collect();
        let _ = writeln!(text, "| {name} |{cells}");
    };
    row("text, MB", &|one| mb(one.build.text_bytes));
    row("archive on disk, MB", &|one| mb(one.build.archive_bytes));
    row("index on disk, MB", &|one| mb(one.build.index_bytes));
    row("rebuild, articles a second", &|one| rounded(one.build.articles_a_second));
    row("plain Tantivy, one thread", &|one| rounded(one.build.plain_articles_a_second));
    row("plain Tantivy, two threads", &|one| {
        rounded(one.build.plain_two_threads_articles_a_second)
    });
    row("rebuild ÷ plain with one thread", &|Measured { build, .. }| {
        format!("{:.2}", build.articles_a_second / build.plain_articles_a_second)
    });
    row("rebuild ÷ plain with two threads", &|Measured { build, .. }| {
        format!("{:.2}", build.articles_a_second / build.plain_two_threads_articles_a_second)
    });
    row("rebuild, minutes", &|one| format!("{:.1}", minutes_to_rebuild(one)));
    row("ready after start, ms", &|one| rounded(one.serving.ready_ms));
    row("first hundred searches, median / slowest, ms", &|one| {
        format!("{:.0} / {:.0}", one.serving.cold_median_ms, one.serving.cold_slowest_ms)
    });
    row("median search, alone, ms", &|one| format!("{:.1}", one.serving.median_ms));
    row("99th percentile, alone, ms", &|one| format!("{:.1}", one.serving.p99_ms));
    row("memory after these, MiB", &|one| (one.serving.memory_bytes >> 20).to_string());
    text.push_str(
        "\nAt rising rates, while portals are crawled: median / 99th percentile in ms; articles \
         crawled a second; memory in MiB; errors where there were any.\n\n",
    );
    let _ = writeln!(text, "| searches a second |{head}\n|---|{line}");
    let longest = measured.iter().max_by_key(|one| one.serving.rates.len());
    for at in longest.iter().flat_map(|one| &one.serving.rates) {
        let cell = |one: &Measured| {
            let found = one.serving.rates.iter().find(|other| other.rate == at.rate);
            found.map_or(" – |".to_owned(), |at| {
                let errors =
                    if at.errors > 0 { format!("; {} errors", at.errors) } else { String::new() };
                format!(
                    " {:.0} / {:.0}; {:.0}; {}{errors} |",
                    at.median_ms,
                    at.p99_ms,
                    at.articles_crawled_a_second,
                    at.memory_bytes >> 20
                )
            })
        };
        let cells: String = measured.iter().map(cell).collect();
        let _ = writeln!(text, "| {} |{cells}", at.rate);
    }
    for one in measured {
        if let Some(steady) = &one.serving.steady {
            text.push_str(&in_words(one.articles, steady));
        }
    }
    if let Some(largest) = measured.last() {
        let articles = grouped(largest.articles);
        let _ = writeln!(
            text,
            "\nBy kind, at {articles} articles, one search at a time:\n\n\
             | kind | searches | median, ms | 99th percentile, ms |\n|---|---:|---:|---:|"
        );
        for of in &largest.serving.kinds {
            let _ = writeln!(
                text,
                "| {} | {} | {:.1} | {:.1} |",
                of.kind, of.searches, of.median_ms, of.p99_ms
            );
        }
    }
    text.push_str("\n![How the figures grow, each against its first](performance.svg)\n");
    text
}

fn in_words(articles: usize, steady: &Steady) -> String {
    let Steady { minutes, at, p999_ms, memory_settled, memory_most } = steady;
    let AtRate { rate, median_ms, p99_ms, errors, articles_crawled_a_second, .. } = at;
    format!(
        "\n{} articles, {rate} searches a second for {minutes} minutes, {articles_crawled_a_second:.1} \
         articles crawled a second: median {}, 99th percentile {}, 99.9th {}, {errors} errors. Memory of \
         the process: {} MiB after five minutes, at most {} MiB from then on.\n",
        grouped(articles),
        time(*median_ms),
        time(*p99_ms),
        time(*p999_ms),
        memory_settled >> 20,
        memory_most >> 20
    )
}

/// Milliseconds, or from one second on seconds.
fn time(ms: f64) -> String {
    match ms < 1e3 {
        true => format!("{ms:.0} ms"),
        false => format!("{:.1} s", ms / 1e3),
    }
}

/// How the figures grow, each against its first: both axes are logarithmic.
fn plot(measured: &[Measured]) -> String {
    type Figure = (&'static str, &'static str, fn(&Measured) -> f64);
    let figures: [Figure; 6] = [
        ("index size", "#1b6e3c", |one| one.build.index_bytes as f64),
        ("rebuild time", "#8a4b00", minutes_to_rebuild),
        ("memory", "#6b3fa0", |one| one.serving.memory_bytes as f64),
        ("ready after start", "#0a7d8c", |one| one.serving.ready_ms),
        ("median search", "#12508c", |one| one.serving.median_ms),
        ("99th percentile", "#8c1230", |one| one.serving.p99_ms),
    ];
    let (first, last) = (measured[0].articles as f64, measured[measured.len() - 1].articles as f64);
    let growth = (last / first).log10().max(1.0);
    let x = |articles: f64| LEFT + (WIDTH - LEFT - RIGHT) * (articles / first).log10() / growth;
    let y =
        |times: f64| HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * times.log10().max(0.0) / growth;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<title>How the figures grow with the number of \
         articles</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    for one in measured {
        let at = x(one.articles as f64);
        let (top, foot, label) = (TOP, HEIGHT - BOTTOM, grouped(one.articles));
        let _ = writeln!(
            svg,
            "<path d=\"M{at:.0} {top}V{foot}\" stroke=\"#ccc\"/>\
             <text x=\"{at:.0}\" y=\"{:.0}\" text-anchor=\"middle\">{label}</text>",
            foot + 20.0
        );
    }
    for power in 0..=growth.ceil() as i32 {
        let times = 10_f64.powi(power);
        let (at, right) = (y(times), WIDTH - RIGHT);
        let _ = writeln!(
            svg,
            "<path d=\"M{LEFT} {at:.0}H{right}\" stroke=\"#ccc\"/>\
             <text x=\"{:.0}\" y=\"{:.0}\" text-anchor=\"end\">{times} ×</text>",
            LEFT - 6.0,
            at + 4.0
        );
    }
    let mut lines = figures.map(|(name, colour, of)| {
        let point = |one: &Measured| (x(one.articles as f64), y(of(one) / of(&measured[0])));
        (name, colour, measured.iter().map(point).collect::<Vec<_>>())
    });
    // From top to bottom, so that no name is written over another.
    lines.sort_by(|(.., one), (.., other)| {
        one[one.len() - 1].1.total_cmp(&other[other.len() - 1].1)
    });
    let mut above = f64::MIN;
    for (name, colour, points) in lines {
        let (end_x, end_y) = points[points.len() - 1];
        above = end_y.max(above + NAME_HEIGHT);
        let points: String = points.iter().map(|(x, y)| format!("{x:.1},{y:.1} ")).collect();
        let _ = writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>\
             <text x=\"{:.0}\" y=\"{:.0}\" fill=\"{colour}\">{name}</text>",
            points.trim_end(),
            end_x + 6.0,
            above + 4.0
        );
    }
    svg.push_str("</svg>\n");
    svg
}

fn minutes_to_rebuild(one: &Measured) -> f64 {
    one.articles as f64 / one.build.articles_a_second / 60.0
}

fn mb(bytes: u64) -> String {
    grouped((bytes as f64 / 1e6).round() as usize)
}

fn rounded(number: f64) -> String {
    grouped(number.round() as usize)
}

/// `1,000,000`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let groups: Vec<&str> = groups.filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}
