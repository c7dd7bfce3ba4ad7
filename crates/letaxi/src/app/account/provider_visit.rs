//! Visits of people at the identity provider: the state between the redirect and the return, which may reach another
//! server. A visit belongs to one browser and ends once.

use chrono::TimeDelta;
use data_encoding::BASE64URL_NOPAD;
use registry::AccountId;
use storage::provider_visits::ProviderVisit;

use super::provider::{VisitSecrets, WayBack};
use super::secrets::fresh_secret;
use crate::app::App;

/// Time for which a visit is valid: enough to look for a phone.
pub const VISIT_LASTS: TimeDelta = TimeDelta::minutes(10);
/// Maximum number of visits under way; a further one ends the oldest.
const MOST_VISITS: u32 = 10_000;
/// Maximum length of the page to which a person returns, in bytes.
const LONGEST_PAGE: usize = 1_000;
/// Every page of the console begins so.
const PAGES: &str = "/console/";
/// Purpose under which a visit is sealed.
const SEALED_AS: &str = "visit at the identity provider";

/// The end of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    /// To sign in.
    SignIn,
    /// To link an identity with this account.
    Link(AccountId),
}

/// A visit that has ended.
pub(super) struct Visit {
    pub(super) intent: Intent,
    pub(super) secrets: VisitSecrets,
    /// Page of the console to which the person returns.
    pub(super) page: String,
}

/// A visit that has begun.
pub(super) struct Begun {
    pub(super) secrets: VisitSecrets,
    /// Cookie that ties it to the browser.
    pub(super) cookie: String,
}

impl App {
    /// Begins a visit.
    pub(super) async fn begin_visit(&self, intent: Intent, page: &str) -> storage::Result<Begun> {
        let fresh = || BASE64URL_NOPAD.encode(&fresh_secret());
        let secrets = VisitSecrets { state: fresh(), nonce: fresh(), verifier: fresh() };
        let (cookie, now) = (fresh(), self.now());
        let visit = Visit { intent, secrets, page: own_page(page).to_owned() };
        let row = ProviderVisit {
            digest: self.secrets.digest(&visit.secrets.state),
            browser: self.secrets.digest(&cookie),
            sealed: self.secrets.seal_for(SEALED_AS, visit.text().as_bytes()),
            until: now + VISIT_LASTS,
        };
        self.store.add_visit(&row, MOST_VISITS, now).await?;
        Ok(Begun { secrets: visit.secrets, cookie })
    }

    /// Ends the visit from which a person comes back to the browser with this cookie, if it is valid.
    pub(super) async fn end_visit(
        &self,
        cookie: &str,
        back: &WayBack,
    ) -> storage::Result<Option<Visit>> {
        let (state, browser) = (self.secrets.digest(&back.state), self.secrets.digest(cookie));
        let sealed = self.store.end_visit(&state, &browser, self.now()).await?;
        let plain = sealed.and_then(|sealed| self.secrets.unseal_for(SEALED_AS, &sealed));
        Ok(plain.and_then(|plain| Visit::read(std::str::from_utf8(&plain).ok()?)))
    }
}

impl Visit {
    /// Its form for sealing: lines, for no part has a line break.
    fn text(&self) -> String {
        let account = match self.intent {
            Intent::SignIn => String::new(),
            Intent::Link(account) => account.to_string(),
        };
        let VisitSecrets { state, nonce, verifier } = &self.secrets;
        [&account, state, nonce, verifier, &self.page].map(String::as_str).join("\n")
    }

    fn read(text: &str) -> Option<Self> {
        let lines: Vec<_> = text.split('\n').map(str::to_owned).collect();
        let [account, state, nonce, verifier, page] = <[String; 5]>::try_from(lines).ok()?;
        let intent = match &*account {
            "" => Intent::SignIn,
            account => Intent::Link(AccountId(account.parse().ok()?)),
        };
        Some(Self { intent, secrets: VisitSecrets { state, nonce, verifier }, page })
    }
}

/// A page of the console, or its first one if the text is none: nobody is sent elsewhere after a sign-in.
fn own_page(text: &str) -> &str {
    // Browsers take a backslash for a slash, and two slashes begin the name of a host.
    let is_plain = text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_own = text.starts_with(PAGES) && !text.contains("//") && !text.contains("/..");
    if is_plain && is_own && text.len() <= LONGEST_PAGE { text } else { PAGES }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_visit_is_read_as_it_was_written() {
        let part = |text: &str| text.repeat(43);
        for intent in [Intent::SignIn, Intent::Link(AccountId(7))] {
            let secrets = VisitSecrets { state: part("s"), nonce: part("n"), verifier: part("v") };
            let visit = Visit { intent, secrets, page: "/console/taxis?plate=AB".to_owned() };
            let read = Visit::read(&visit.text()).expect("a visit");
            assert_eq!((read.intent, &read.page), (visit.intent, &visit.page));
            assert!(read.secrets == visit.secrets);
        }
        assert!(Visit::read("").is_none() && Visit::read("x\na\nb\nc\nd").is_none());
    }

    #[test]
    fn a_person_returns_to_a_page_of_the_console_only() {
        for page in ["/console/", "/console/taxis?plate=AB-123&page=2", "/console/map#x"] {
            assert_eq!(own_page(page), page);
        }
        let long = format!("/console/{}", "x".repeat(LONGEST_PAGE));
        for other in [
            "",
            "/",
            "/console",
            "//evil.example/console/",
            "https://evil.example/console/",
            "/console//evil.example",
            "/console/../doc",
            "/console/\\evil.example",
            "\\\\evil.example",
            "/console/\n/",
            "javascript:alert(1)",
            &long,
        ] {
            assert_eq!(own_page(other), PAGES, "{other}");
        }
    }
}
