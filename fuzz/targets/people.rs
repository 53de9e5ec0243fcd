//! Any article is read for the people it names without a panic, and what is found stands in it.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let paragraphs: Vec<&str> = text.lines().collect();
    for person in vietnamese::official::people(&paragraphs) {
        for mention in &person.mentions {
            let paragraph = paragraphs[mention.paragraph];
            assert!(paragraph.get(mention.start..mention.end).is_some());
            assert!(paragraph.get(mention.sentence.0..mention.sentence.1).is_some());
            assert!((0.0..=1.0).contains(&mention.confidence));
        }
    }
});
