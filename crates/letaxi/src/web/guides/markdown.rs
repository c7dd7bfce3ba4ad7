//! Markdown as HTML. Raw HTML in it is shown as text, and links lead only where the caller lets them.

use std::collections::BTreeSet;

use deunicode::deunicode;
use maud::html;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// A rendered page.
#[derive(Debug, Default)]
pub(in crate::web) struct Rendered {
    /// Text of the first heading.
    pub(in crate::web) title: String,
    /// Text of the first paragraph.
    pub(in crate::web) lead: String,
    /// The parts of the page in their order, the first one without a heading of its own.
    pub(in crate::web) sections: Vec<Section>,
    pub(in crate::web) html: String,
}

/// The text from one heading to the next.
#[derive(Debug, Default)]
pub(in crate::web) struct Section {
    /// Level of its heading: 1 to 6.
    pub(in crate::web) level: u8,
    /// Anchor of its heading; empty for the first section.
    pub(in crate::web) id: String,
    pub(in crate::web) title: String,
    pub(in crate::web) text: String,
}

/// Renders a page. `link` gives the target of a link, or `None` if its text stands alone; `label` names a table for
/// people who do not see it.
pub(in crate::web) fn render(
    text: &str,
    link: &dyn Fn(&str) -> Option<String>,
    label: &str,
) -> Rendered {
    let events: Vec<Event<'_>> = Parser::new_ext(text, Options::ENABLE_TABLES).collect();
    let mut writer = Writer { link, label, ..Writer::new(&events) };
    while writer.at < events.len() {
        writer.step();
    }
    let mut page = writer.page;
    pulldown_cmark::html::push_html(&mut page.html, writer.out.into_iter());
    page
}

struct Writer<'a> {
    events: &'a [Event<'a>],
    at: usize,
    out: Vec<Event<'a>>,
    page: Rendered,
    ids: BTreeSet<String>,
    /// True between the start and the end of each link that is kept.
    links: Vec<bool>,
    link: &'a dyn Fn(&str) -> Option<String>,
    label: &'a str,
}

impl<'a> Writer<'a> {
    fn new(events: &'a [Event<'a>]) -> Self {
        let page = Rendered { sections: vec![Section::default()], ..Rendered::default() };
        Self {
            events,
            at: 0,
            out: Vec::new(),
            page,
            ids: BTreeSet::new(),
            links: Vec::new(),
            link: &|_| None,
            label: "",
        }
    }

    fn html(&mut self, html: impl Into<String>) {
        self.out.push(Event::Html(html.into().into()));
    }

    /// Adds to the text of the section, which the search reads.
    fn read(&mut self, text: &str) {
        let section = self.page.sections.last_mut().expect("there is a first one");
        section.text.push_str(text);
    }

    /// Takes the next event.
    fn step(&mut self) {
        let event = &self.events[self.at];
        self.at += 1;
        match event {
            Event::Start(Tag::Heading { level, .. }) => self.heading(*level),
            Event::Start(Tag::CodeBlock(kind)) => self.code_block(kind),
            Event::Start(Tag::Paragraph) if self.page.lead.is_empty() => self.lead(),
            Event::Start(Tag::Link { dest_url, .. }) => {
                let target = (self.link)(dest_url);
                self.links.push(target.is_some());
                if let Some(target) = target {
                    let start = html! { a href=(target) {} }.into_string();
                    self.html(start.trim_end_matches("</a>"));
                }
            }
            Event::End(TagEnd::Link) => {
                if self.links.pop() == Some(true) {
                    self.html("</a>");
                }
            }
            Event::Start(Tag::Table(_)) => {
                let start = html! { div.wide tabindex="0" role="group" aria-label=(self.label) {} };
                self.html(start.into_string().trim_end_matches("</div>"));
                self.out.push(event.clone());
            }
            Event::End(TagEnd::Table) => {
                self.out.push(event.clone());
                self.html("</div>\n");
            }
            Event::Html(text) | Event::InlineHtml(text) => self.out.push(Event::Text(text.clone())),
            Event::Start(Tag::HtmlBlock) => self.html("<p>"),
            Event::End(TagEnd::HtmlBlock) => self.html("</p>\n"),
            // There are no pictures: the text beside them is shown.
            Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => {}
            Event::Text(text) | Event::Code(text) => {
                self.read(text);
                self.out.push(event.clone());
            }
            Event::End(TagEnd::Strong | TagEnd::Emphasis) => self.out.push(event.clone()),
            Event::SoftBreak | Event::HardBreak | Event::End(_) => {
                self.read(" ");
                self.out.push(event.clone());
            }
            _ => self.out.push(event.clone()),
        }
    }

    /// The text up to the end of the heading or paragraph that has begun, without moving on.
    fn text_ahead(&self) -> String {
        let ahead = self.events[self.at..].iter();
        let ahead = ahead.take_while(|event| {
            !matches!(event, Event::End(TagEnd::Heading(_) | TagEnd::Paragraph))
        });
        let text = ahead.filter_map(|event| match event {
            Event::Text(text) | Event::Code(text) => Some(text.as_ref()),
            Event::SoftBreak => Some(" "),
            _ => None,
        });
        text.collect()
    }

    fn lead(&mut self) {
        self.page.lead = self.text_ahead();
        self.html("<p class=\"lead\">");
    }

    fn heading(&mut self, level: HeadingLevel) {
        let title = self.text_ahead();
        let number = level as u8;
        let is_first = number == 1 && self.page.title.is_empty();
        if is_first {
            self.page.title.clone_from(&title);
            self.html("<h1>");
        } else {
            let id = self.new_id(&title);
            let start = html! { a href={ "#" (id) } {} }.into_string();
            self.html(format!("<h{number} id=\"{id}\">{}", start.trim_end_matches("</a>")));
            self.page.sections.push(Section { level: number, id, title, text: String::new() });
        }
        let read = self.page.sections.last().map_or(0, |section| section.text.len());
        while !matches!(self.events[self.at], Event::End(TagEnd::Heading(_))) {
            self.step();
        }
        self.at += 1;
        // The title is no part of the text.
        self.page.sections.last_mut().expect("there is a first one").text.truncate(read);
        self.html(if is_first { "</h1>\n".to_owned() } else { format!("</a></h{number}>\n") });
    }

    /// An anchor of letters, digits and dashes that the page does not have yet.
    fn new_id(&mut self, title: &str) -> String {
        let words = deunicode(title).to_lowercase();
        let words =
            words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let name = words.collect::<Vec<_>>().join("-");
        let numbered = (2..).map(|number| format!("{name}-{number}"));
        let mut names = std::iter::once(name.clone()).chain(numbered);
        let id = names.find(|id| !self.ids.contains(id)).expect("numbers do not end");
        self.ids.insert(id.clone());
        id
    }

    fn code_block(&mut self, kind: &CodeBlockKind<'_>) {
        let info = match kind {
            CodeBlockKind::Fenced(info) => info.as_ref(),
            CodeBlockKind::Indented => "",
        };
        let begin = self.at - 1;
        let mut text = String::new();
        while !matches!(self.events[self.at], Event::End(TagEnd::CodeBlock)) {
            if let Event::Text(part) = &self.events[self.at] {
                text.push_str(part);
            }
            self.at += 1;
        }
        self.at += 1;
        self.read(&text);
        let is_block = |event: Option<&Event<'_>>, is_start: bool| match event {
            Some(Event::Start(Tag::CodeBlock(_))) => is_start,
            Some(Event::End(TagEnd::CodeBlock)) => !is_start,
            _ => false,
        };
        let follows = begin > 0 && is_block(self.events.get(begin - 1), false);
        let is_followed = is_block(self.events.get(self.at), true);
        let code = html! { pre tabindex="0" { code { (text) } } };
        let language = language(info);
        let block = match language {
            // The same in several languages: the first is shown, the others unfold.
            Some(language) if follows || is_followed => {
                html! { details.code open[!follows] { summary { (language) } (code) } }
            }
            _ => code,
        };
        self.html(block.into_string() + "\n");
    }
}

/// Name of the language of a code block, if it is one that readers choose among.
fn language(info: &str) -> Option<&'static str> {
    match info.split_whitespace().next()? {
        "sh" => Some("curl"),
        "python" => Some("Python"),
        "javascript" => Some("JavaScript"),
        "java" => Some("Java"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(text: &str) -> Rendered {
        let link = |target: &str| target.strip_suffix(".md").map(|page| format!("/doc/{page}"));
        render(text, &link, "Table")
    }

    #[test]
    fn raw_html_is_shown_as_text() {
        for hostile in [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)> b",
            "[x](javascript:alert(1))",
            "![x](https://elsewhere.example/a.png)",
            "<https://elsewhere.example>",
            "```\n</code></pre><script>\n```",
            "# <script>",
            "## [x](javascript:alert(1)) <b>",
            "| a |\n|---|\n| <b>x</b> |",
        ] {
            let html = rendered(hostile).html;
            for tag in ["<script", "<img", "<b>", "javascript:", "href=\"http"] {
                assert!(!html.contains(tag), "{hostile} becomes {html}");
            }
        }
    }

    #[test]
    fn headings_have_anchors_of_their_own() {
        let page = rendered(
            "# Début\n\nIl était `une` fois.\n\n## Clé d’API\n\na\n\n## Clé d’API\n\n[b](c.md)\n",
        );
        assert_eq!(page.title, "Début");
        assert_eq!(page.lead, "Il était une fois.");
        let ids: Vec<_> = page.sections.iter().map(|section| section.id.as_str()).collect();
        assert_eq!(ids, ["", "cle-d-api", "cle-d-api-2"]);
        assert!(
            page.html.contains("<h2 id=\"cle-d-api\"><a href=\"#cle-d-api\">"),
            "{}",
            page.html
        );
        assert!(page.html.contains("<a href=\"/doc/c\">b</a>"), "{}", page.html);
        assert_eq!(page.sections[2].text.trim(), "b");
    }

    #[test]
    fn of_the_same_code_in_several_languages_the_first_is_open() {
        let html =
            rendered("```sh run\na\n```\n\n```python run\nb\n```\n\ntext\n\n```sh\nc\n```\n").html;
        assert_eq!(html.matches("<details class=\"code\"").count(), 2, "{html}");
        assert_eq!(html.matches(" open").count(), 1, "{html}");
        assert!(html.contains("<summary>Python</summary>"), "{html}");
    }
}
