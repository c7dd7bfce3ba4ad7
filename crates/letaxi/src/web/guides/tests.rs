//! The guides: the same in both languages, with links that lead somewhere, and French as it is printed.

use super::*;

const LANGUAGES: [Language; 2] = [Language::English, Language::French];

fn rendered(guide: &Guide, language: Language) -> Rendered {
    render(guide.text(language), &|_| None, "")
}

#[test]
fn both_languages_have_the_same_headings_and_the_same_code() {
    for guide in GUIDES {
        let [english, french] = LANGUAGES.map(|language| rendered(guide, language));
        let levels =
            |page: &Rendered| page.sections.iter().map(|one| one.level).collect::<Vec<_>>();
        assert_eq!(levels(&english), levels(&french), "{}", guide.slug);
        let code = |language| {
            let blocks = guide.text(language).split("```").skip(1).step_by(2);
            blocks.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(code(Language::English), code(Language::French), "{}", guide.slug);
    }
}

#[test]
fn every_file_of_the_guides_is_a_guide() {
    for folder in ["en", "fr"] {
        let folder =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides").join(folder);
        for file in std::fs::read_dir(folder).expect("the folder is there") {
            let name = file.expect("an entry").file_name().into_string().expect("text");
            let is_guide = GUIDES.iter().any(|guide| name == format!("{}.md", guide.slug));
            assert!(is_guide, "{name} is in no row of `guides!`");
        }
    }
}

#[test]
fn every_page_has_a_title_and_a_lead() {
    for guide in GUIDES {
        for language in LANGUAGES {
            let page = rendered(guide, language);
            assert!(!page.title.is_empty() && !page.lead.is_empty(), "{} {language:?}", guide.slug);
        }
    }
    for (name, text) in STORIES {
        assert!(!render(text, &|_| None, "").title.is_empty(), "{name}");
    }
}

/// French texts: guides and legal pages, without their code and the targets of their links.
fn french() -> Vec<(String, String)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let mut texts = Vec::new();
    for folder in ["guides/fr", "legal/fr"] {
        for file in std::fs::read_dir(root.join(folder)).expect("the folder is there") {
            let file = file.expect("an entry").path();
            let text = std::fs::read_to_string(&file).expect("text");
            let blocks: String = text.split("```").step_by(2).collect();
            let prose: String = blocks.split('`').step_by(2).collect();
            texts.push((file.display().to_string(), prose));
        }
    }
    texts
}

#[test]
fn french_signs_have_spaces_that_do_not_break_and_round_apostrophes() {
    for (file, prose) in french() {
        for line in prose.lines() {
            for fault in [" :", " ;", " ?", " !", " »", "« ", "'"] {
                assert!(!line.contains(fault), "{file}: {fault:?} in {line}");
            }
            let breaks = line
                .split_once(['?', '!', ';'])
                .is_some_and(|(before, _)| before.ends_with(|c: char| c.is_alphanumeric()));
            assert!(!breaks, "{file}: a space is missing before a sign in {line}");
        }
    }
}
