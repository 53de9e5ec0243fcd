//! Any text is read without a panic: tokens lie in it, in order, and their keys are stable.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let tokens = vietnamese::scan(text);
    let mut last = 0;
    for token in tokens.iter() {
        assert!(last <= token.start && token.start < token.end);
        let word = &text[token.start..token.end];
        // Of longer words only the beginning counts.
        if word.len() <= 255 {
            assert_eq!(vietnamese::exact_key(word), token.acc);
        }
        assert_eq!(vietnamese::exact_key(token.acc), token.acc);
        assert_eq!(vietnamese::fold_key(token.acc), token.fold);
        last = token.end;
    }
    assert_eq!(vietnamese::count(text).0, tokens.len());
    for number in vietnamese::documents(text) {
        assert!(text.get(number.start..number.end).is_some());
    }
    for name in vietnamese::names(text) {
        assert_eq!(text[name.start..name.end], name.name);
        assert!(vietnamese::name_match(&name.name, &name.name).is_some());
    }
    vietnamese::definitions(text);
    vietnamese::numbers(text);
    for token in tokens.iter().take(16) {
        vietnamese::accented(token.fold);
        vietnamese::confused(token.acc);
        vietnamese::retyped(&text[token.start..token.end]);
    }
});
