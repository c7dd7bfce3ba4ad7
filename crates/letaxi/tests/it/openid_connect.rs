//! Sign-in by OpenID Connect, against a small provider over real HTTP: what opens an account, and what does not.

mod command;
mod links;
mod provider;
mod second_step;
mod sign_out;
mod tokens;
mod visits;

use axum::http::Method;
use letaxi::operator::provider::ProviderSettings;
use serde_json::{Value, json};

use crate::sign_ins::{OWN_PAGE, PASSWORD, call, office};
use crate::world::{Answer, Call, Engine, World};
use provider::{Back, Fake, Script};

/// Page on which a person wants to go on.
const PAGE: &str = "/console/taxis?plate=AB-123";

/// A browser: its cookies.
#[derive(Clone, Debug, Default)]
struct Browser {
    cookies: Vec<(String, String)>,
}

impl Browser {
    /// A browser in which somebody is signed in already.
    async fn signed_in(world: &World, name: &str) -> Self {
        let mut browser = Self::default();
        let body = json!({"email": crate::world::email_of(name), "password": PASSWORD});
        let answer = browser.send(world, Method::POST, "/v1/sign-ins", body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        browser
    }

    /// Makes a call as a page of the registry does, and keeps the cookies of the answer.
    async fn send(&mut self, world: &World, method: Method, path: &str, body: Value) -> Answer {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let headers = [("cookie", &*cookies), OWN_PAGE];
        let headers = if cookies.is_empty() { &headers[1..] } else { &headers[..] };
        let body = match body {
            Value::Null if method == Method::POST => "{}".to_owned(),
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let answer = world.call(&Call { body, ..call(method, path, headers) }).await;
        for set in answer.headers.get_all("set-cookie") {
            let set = set.to_str().unwrap();
            for attribute in ["; HttpOnly", "; Secure", "; SameSite=Lax", "; Path=/"] {
                assert!(set.contains(attribute), "{set}");
            }
            let (name, value) = set.split(';').next().unwrap().split_once('=').unwrap();
            assert!(name.starts_with("__Host-"), "{set}");
            self.cookies.retain(|(known, _)| known != name);
            if !set.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        answer
    }

    async fn get(&mut self, world: &World, path: &str) -> Answer {
        self.send(world, Method::GET, path, Value::Null).await
    }

    /// Begins to sign in; returns the address of the provider.
    async fn begin(&mut self, world: &World, page: &str) -> String {
        let body = json!({"page": page});
        let begun = self.send(world, Method::POST, "/v1/sign-ins/provider", body).await;
        assert_eq!(begun.status, 201, "{begun:?}");
        text(&begun, "address")
    }

    async fn come_back(&mut self, world: &World, back: &Back) -> Answer {
        let body = json!({"state": back.state, "code": back.code});
        self.send(world, Method::POST, "/v1/sign-ins/provider/return", body).await
    }

    /// Signs in at the provider, and comes back.
    async fn sign_in(&mut self, world: &World, fake: &Fake) -> Answer {
        let address = self.begin(world, PAGE).await;
        self.come_back(world, &fake.visit(&address)).await
    }

    /// E-mail address of the account in which somebody is signed in, if anybody is.
    async fn me(&mut self, world: &World) -> Option<String> {
        let answer = self.get(world, "/v1/me").await;
        (answer.status == 200).then(|| text(&answer, "email"))
    }
}

fn text(answer: &Answer, field: &str) -> String {
    answer.json()["data"][0][field].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

/// The sentence of a refusal.
fn sentence(answer: &Answer) -> String {
    answer.json()["errors"][""][0].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

/// An office with a provider that knows Ada, whose identity opens the operator's account.
async fn office_with(engine: Engine, change: impl FnOnce(&mut ProviderSettings)) -> (World, Fake) {
    let (mut world, fake) = strangers_office(engine, |_| {}).await;
    world.provide(fake.client(change)).await;
    world.app.link_subject(world.account_id("op"), "ada").await.unwrap();
    (world, fake)
}

/// The same, where nobody is linked.
async fn strangers_office(
    engine: Engine,
    change: impl FnOnce(&mut ProviderSettings),
) -> (World, Fake) {
    let mut world = office(engine).await;
    let fake = Fake::open(&world.clock).await;
    world.provide(fake.client(change)).await;
    (world, fake)
}

/// Status and sentence of a sign-in at a provider that does so.
async fn told(change: impl FnOnce(&mut Script)) -> (u16, String) {
    let (world, fake) = office_with(Engine::Sqlite, |_| {}).await;
    fake.tell(change);
    outcome(&world, &fake).await
}

/// Status and sentence of a sign-in; nobody is signed in after a refusal.
async fn outcome(world: &World, fake: &Fake) -> (u16, String) {
    let mut browser = Browser::default();
    let answer = browser.sign_in(world, fake).await;
    let is_in = browser.me(world).await.is_some();
    assert_eq!(is_in, answer.status == 201, "{answer:?}");
    let sentence = if is_in { String::new() } else { sentence(&answer) };
    (answer.status.as_u16(), sentence)
}

/// Actions of the activity log about an account, in their order.
async fn activity(world: &World, name: &str) -> Vec<String> {
    let path = "/activity_logs?resource=user";
    let call =
        Call { key: Some(crate::world::key_of("admin")), path: path.to_owned(), ..Call::default() };
    let answer = world.call(&call).await;
    let lines = answer.json()["data"].as_array().unwrap_or_else(|| panic!("{answer:?}")).clone();
    let id = world.account_id(name).to_string();
    let of = lines.iter().filter(|line| line["resource_id"] == id.as_str());
    let mut actions: Vec<_> = of.map(|line| line["action"].as_str().unwrap().to_owned()).collect();
    actions.reverse();
    actions
}

/// Gives a registry a provider, and the operator an identity there; returns state, code and cookie of her way back.
pub(crate) async fn way_back(world: &mut World) -> [String; 3] {
    let fake = Fake::open(&world.clock).await;
    world.provide(fake.client(|_| {})).await;
    world.app.link_subject(world.account_id("op"), "ada").await.unwrap();
    let mut browser = Browser::default();
    let back = fake.visit(&browser.begin(world, PAGE).await);
    let [(name, value)] = &browser.cookies[..] else { panic!("{browser:?}") };
    [back.state, back.code, format!("{name}={value}")]
}
