//! Command lines and the filters after `|`. Records: a line, what its program prints.

use kpnb::bindings::command::{Line, Program, Streams};

/// A line is read or refused; its filters end on any text.
pub fn check(data: &[u8]) {
    let mut records = super::texts(data);
    let (text, printed) = (records.next().unwrap_or_default(), records.next().unwrap_or_default());
    let lines = [Line::parse(&text)]
        .into_iter()
        .chain([Program::Kubectl, Program::Docker, Program::Etcdctl].map(|program| Line::of(program, &text)));
    for line in lines.flatten() {
        line.filter(printed.clone(), &Streams::default());
        // What was read can be typed again.
        let typed = Line::parse(&line.text).unwrap_or_else(|failure| panic!("{text:?}: {:?}: {failure}", line.text));
        assert_eq!((typed.program, &typed.words), (line.program, &line.words), "{text:?}");
        let words = Line::of_words(line.program, line.words.clone());
        if let Ok(words) = words {
            let typed = Line::parse(&words.text).unwrap_or_else(|failure| panic!("{:?}: {failure}", words.text));
            assert_eq!(typed.words, words.words, "{:?}", words.text);
        }
    }
}
