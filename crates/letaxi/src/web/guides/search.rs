//! The search of the documentation: an index of its sections, in memory, and their excerpts.

use deunicode::deunicode_char;
use maud::{Markup, html};

/// Largest number of letters of a question that are read.
const LONGEST_QUESTION: usize = 100;
/// Largest number of words of a question.
const MOST_WORDS: usize = 8;
/// Largest number of results.
const MOST_FOUND: usize = 20;
/// Letters of an excerpt, before and after the first word that was found.
const EXCERPT: usize = 90;

/// A part of the documentation that can be found.
pub(super) struct Entry {
    /// Path, with the anchor.
    path: String,
    /// Title of the page.
    page: String,
    /// Title of the part; empty if it is the page itself.
    title: String,
    text: String,
    /// Value beside that of its words.
    bonus: usize,
    /// Both titles and the text, folded.
    folded_title: String,
    folded: Folded,
}

impl Entry {
    pub(super) fn new(path: String, page: &str, title: &str, text: &str) -> Self {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Self {
            path,
            page: page.to_owned(),
            title: title.to_owned(),
            folded_title: Folded::of(&format!("{page} {title}")).text,
            folded: Folded::of(&text),
            text,
            bonus: 0,
        }
    }

    /// The same, with a value of its own: a guide is worth more than a story that has the same words.
    pub(super) fn worth(self, bonus: usize) -> Self {
        Self { bonus, ..self }
    }
}

/// A result: path, page, part, and an excerpt with the words marked.
pub(super) struct Found<'a> {
    pub(super) path: &'a str,
    pub(super) page: &'a str,
    pub(super) title: &'a str,
    pub(super) excerpt: Markup,
}

/// The entries that hold all words of a question, the best first; none for a question without words.
pub(super) fn find<'a>(entries: &'a [Entry], question: &str) -> Vec<Found<'a>> {
    let question: String = question.chars().take(LONGEST_QUESTION).collect();
    let question = Folded::of(&question).text;
    let words: Vec<&str> = question
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .take(MOST_WORDS)
        .collect();
    if words.is_empty() {
        return Vec::new();
    }
    let mut found: Vec<(usize, &Entry)> =
        entries.iter().filter_map(|entry| Some((score(entry, &words)?, entry))).collect();
    // Stable: of equal ones, the first of the documentation comes first.
    found.sort_by(|(a, _), (b, _)| b.cmp(a));
    let found = found.into_iter().take(MOST_FOUND);
    found
        .map(|(_, entry)| Found {
            path: &entry.path,
            page: &entry.page,
            title: &entry.title,
            excerpt: excerpt(entry, &words),
        })
        .collect()
}

/// Value of an entry for these words, if it holds all of them: a title counts as much as many mentions.
fn score(entry: &Entry, words: &[&str]) -> Option<usize> {
    words.iter().try_fold(entry.bonus, |sum, word| {
        let in_title = entry.folded_title.matches(word).count();
        let in_text = entry.folded.text.matches(word).count().min(5);
        (in_title + in_text > 0).then_some(sum + 10 * in_title + in_text)
    })
}

/// The text around the first word that is found in it, with the words marked.
fn excerpt(entry: &Entry, words: &[&str]) -> Markup {
    let Folded { text: folded, places } = &entry.folded;
    let first = words.iter().filter_map(|word| folded.find(word)).min().unwrap_or_default();
    let begin =
        folded[..first].char_indices().rev().take(EXCERPT).last().map_or(first, |(at, _)| at);
    let begin =
        if begin == 0 { 0 } else { folded[begin..].find(' ').map_or(begin, |at| begin + at) };
    let end =
        folded[first..].char_indices().nth(2 * EXCERPT).map_or(folded.len(), |(at, _)| first + at);
    let place = |at: usize| places.get(at).copied().unwrap_or(entry.text.len());
    let mut marks: Vec<(usize, usize)> = words
        .iter()
        .flat_map(|word| folded[begin..end].match_indices(word))
        .map(|(at, word)| (begin + at, begin + at + word.len()))
        .collect();
    marks.sort_unstable();
    let mut parts = Vec::new();
    let mut at = begin;
    for (from, to) in marks.into_iter().filter(|(from, to)| from < to) {
        if from >= at {
            parts.push((&entry.text[place(at)..place(from)], &entry.text[place(from)..place(to)]));
            at = to;
        }
    }
    html! {
        @if begin > 0 { "… " }
        @for (plain, marked) in parts { (plain) mark { (marked) } }
        (&entry.text[place(at)..place(end)])
        @if end < folded.len() { "…" }
    }
}

/// A text in small letters without accents, with the place of each of its bytes in the original.
struct Folded {
    text: String,
    places: Vec<usize>,
}

impl Folded {
    fn of(text: &str) -> Self {
        let mut folded = Self { text: String::new(), places: Vec::new() };
        for (place, letter) in text.char_indices() {
            // Spaces that do not break are spaces, too.
            let plain =
                if letter.is_whitespace() { " " } else { deunicode_char(letter).unwrap_or(" ") };
            let plain = plain.to_ascii_lowercase();
            folded.places.extend(std::iter::repeat_n(place, plain.len()));
            folded.text.push_str(&plain);
        }
        folded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries() -> Vec<Entry> {
        let entry = |path: &str, page, title, text| Entry::new(path.to_owned(), page, title, text);
        vec![
            entry("/doc/a", "Positions", "", "Une position toutes les cinq secondes."),
            entry(
                "/doc/b#delai",
                "Courses",
                "Délais",
                "Le chauffeur a 30\u{a0}s. À l’échéance, la course s’arrête.",
            ),
            entry("/doc/c", "Unités", "", "Mètres & <kilomètres> ; Ω et 漢字."),
        ]
    }

    fn paths<'a>(entries: &'a [Entry], question: &str) -> Vec<&'a str> {
        find(entries, question).iter().map(|found| found.path).collect()
    }

    #[test]
    fn all_words_are_found_with_and_without_accents_titles_first() {
        let entries = entries();
        assert_eq!(paths(&entries, "delais"), ["/doc/b#delai"]);
        assert_eq!(paths(&entries, "ÉCHÉANCE course"), ["/doc/b#delai"]);
        assert_eq!(paths(&entries, "échéance mètres"), [""; 0]);
        assert_eq!(paths(&entries, "position"), ["/doc/a"]);
        let excerpt = find(&entries, "echeance")[0].excerpt.clone().into_string();
        assert!(excerpt.contains("À l’<mark>échéance</mark>, la"), "{excerpt}");
    }

    #[test]
    fn a_hostile_question_is_harmless() {
        let entries = entries();
        for question in
            ["", " ", "%00", "\0", "<script>", "'\"&;", "漢", "\u{202e}", "((((", "🚕", "a\u{301}"]
        {
            find(&entries, question);
        }
        assert!(find(&entries, &"é ".repeat(1_000_000)).len() <= MOST_FOUND);
        let excerpt = find(&entries, "kilometres")[0].excerpt.clone().into_string();
        assert!(excerpt.contains("&lt;<mark>kilomètres</mark>&gt;"), "{excerpt}");
    }
}
