//! Links by which people set a password: each works once, in time, and tells strangers nothing.

use std::time::Duration;

use axum::http::Method;
use letaxi::app::account::limits::{FORGOTTEN_AN_HOUR, FORGOTTEN_OF_ADDRESS_AN_HOUR};
use letaxi::app::account::second_step_rule::SecondStepRule;
use registry::Role;
use serde_json::{Value, json};

use crate::sign_ins::{
    OWN_PAGE, PASSWORD, call, from_page, office, sign_in, status, try_to_sign_in,
};
use crate::world::{Answer, Call, Engine, World, email_of, key_of};

const NEW: &str = "another long password";

async fn post(world: &World, path: &str, language: &str, body: Value) -> Answer {
    let headers = [OWN_PAGE, ("accept-language", language)];
    world.call(&Call { body: body.to_string(), ..call(Method::POST, path, &headers) }).await
}

async fn forgotten(world: &World, email: &str, language: &str) -> Answer {
    post(world, "/v1/password-links", language, json!({"email": email})).await
}

async fn use_link(world: &World, token: &str, password: &str) -> Answer {
    let body = json!({"token": token, "password": password});
    post(world, "/v1/password-links/use", "en", body).await
}

/// Makes a link as an admin, with a key; returns the answer.
async fn make(world: &World, name: &str, language: &str) -> Answer {
    let path = format!("/v1/accounts/{}/link", world.account_id(name));
    let headers = [("accept-language", language)];
    let call = Call {
        key: Some(key_of("admin")),
        body: "{}".into(),
        ..call(Method::POST, &path, &headers)
    };
    world.call(&call).await
}

fn token_of(answer: &Answer) -> String {
    let link = answer.json()["data"][0]["link"].as_str().unwrap().to_owned();
    link.split_once("/console/welcome#").unwrap().1.to_owned()
}

#[tokio::test]
async fn a_link_works_once_and_ends_what_the_old_password_had_opened() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut world = office(engine).await;
        let before = sign_in(&world, "op").await;
        let [first, second] = [make(&world, "op", "en").await, make(&world, "op", "en").await];
        let (first, second) = (token_of(&first), token_of(&second));
        world.restart().await;
        let used = use_link(&world, &first, NEW).await;
        assert_eq!(used.status, 201, "{used:?}");
        let cookie = used.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap();
        assert_eq!((status(&world, cookie).await, status(&world, &before).await), (200, 401));
        for over in [&first, &second] {
            assert_eq!(use_link(&world, over, PASSWORD).await.status, 404);
        }
        assert_eq!(try_to_sign_in(&world, "op", PASSWORD).await.status, 401);
        assert_eq!(try_to_sign_in(&world, "op", NEW).await.status, 201);
        // A password that is set otherwise ends links as well.
        let third = token_of(&make(&world, "op", "en").await);
        world.password("op", PASSWORD).await;
        assert_eq!(use_link(&world, &third, NEW).await.status, 404);
        world.close().await;
    }
}

#[tokio::test]
async fn a_link_that_is_used_twice_at_the_same_moment_works_once() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let world = office(engine).await;
        let token = token_of(&make(&world, "op", "en").await);
        let (one, other) =
            tokio::join!(use_link(&world, &token, NEW), use_link(&world, &token, PASSWORD));
        let mut statuses = [one.status.as_u16(), other.status.as_u16()];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 404]);
        world.close().await;
    }
}

#[tokio::test]
async fn a_link_expires_and_a_disabled_account_has_none() {
    let world = office(Engine::Sqlite).await;
    let token = token_of(&make(&world, "op", "en").await);
    world.move_clock(Duration::from_secs(72 * 3_600 - 1));
    let look = json!({"token": token});
    assert_eq!(post(&world, "/v1/password-links/view", "en", look.clone()).await.status, 200);
    world.move_clock(Duration::from_secs(1));
    assert_eq!(post(&world, "/v1/password-links/view", "en", look).await.status, 404);
    assert_eq!(use_link(&world, &token, NEW).await.status, 404);
    let token = token_of(&make(&world, "op", "en").await);
    let now = world.clock.now();
    world.change_account("op", |account| account.disabled_at = Some(now)).await;
    assert_eq!(use_link(&world, &token, NEW).await.status, 404);
    assert_eq!(make(&world, "op", "en").await.status, 409);
    for nonsense in ["x", "\u{e9}", &"x".repeat(255)] {
        assert_eq!(use_link(&world, nonsense, NEW).await.status, 404, "{nonsense}");
    }
    for (token, password) in [("", NEW), ("x", "short"), ("x", &"x".repeat(256))] {
        assert_eq!(use_link(&world, token, password).await.status, 400, "{password}");
    }
}

#[tokio::test]
async fn a_link_does_not_go_round_the_second_step() {
    let mut world = office(Engine::Sqlite).await;
    world.set(|it| it.second_step = SecondStepRule::All).await;
    let used = use_link(&world, &token_of(&make(&world, "op", "en").await), NEW).await;
    assert_eq!(used.status, 202, "{used:?}");
    assert_eq!(used.json()["data"][0]["step"], "set_up");
    assert!(!used.headers.contains_key("set-cookie"));
}

#[tokio::test]
async fn who_forgot_the_password_gets_a_letter_and_strangers_the_same_answer() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut world = office(engine).await;
        world.account("program", &[Role::Client]).await;
        let mut mailbox = world.mailbox().await;
        let options = from_page(&world, "x=y", Method::GET, "/v1/sign-in-options").await;
        assert_eq!(options.json()["data"][0]["sends_mails"], true);
        // An account without a password, and none.
        for email in [email_of("program"), email_of("nobody"), "no address".to_owned()] {
            let answer = forgotten(&world, &email, "fr").await;
            assert_eq!((answer.status.as_u16(), &*answer.body), (204, ""), "{email}");
        }
        let answer = forgotten(&world, "OP@example.org", "fr-FR").await;
        assert_eq!((answer.status.as_u16(), &*answer.body), (204, ""));
        let letter = mailbox.next().await;
        assert!(mailbox.is_empty(), "only one account gets a letter");
        assert_eq!((&*letter.from, &*letter.to), ("registry@example.org", "op@example.org"));
        assert_eq!(letter.subject, "Nouveau mot de passe pour le registre des taxis");
        assert_eq!(
            letter.text.trim_end(),
            format!(
                "Bonjour,\n\nUn nouveau mot de passe a été demandé pour le compte op@example.org. Choisissez-le à \
                 cette adresse\u{a0}:\n\nhttps://registry.example/console/welcome#{}\n\nCe lien sert une seule fois, \
                 jusqu’au 03/03/2024 à 12:00 UTC.\n\nSi vous n’avez rien demandé, ignorez ce message\u{a0}: votre mot \
                 de passe reste le même.",
                letter.token()
            )
        );
        assert_eq!(try_to_sign_in(&world, "op", PASSWORD).await.status, 201, "nothing has changed");
        assert_eq!(use_link(&world, &letter.token(), NEW).await.status, 201);
        world.close().await;
    }
}

#[tokio::test]
async fn letters_are_few_for_an_account_and_from_an_address() {
    let mut world = office(Engine::Sqlite).await;
    let mailbox = world.mailbox().await;
    let a_name = |number: u32| format!("nobody{number}@example.org");
    let limit = FORGOTTEN_AN_HOUR.get();
    for _ in 0..limit {
        assert_eq!(forgotten(&world, "nobody@example.org", "en").await.status, 204);
    }
    let refused = forgotten(&world, "Nobody@example.org", "en").await;
    assert_eq!((refused.status.as_u16(), refused.headers.contains_key("retry-after")), (429, true));
    for number in limit + 1..FORGOTTEN_OF_ADDRESS_AN_HOUR.get() {
        assert_eq!(forgotten(&world, &a_name(number), "en").await.status, 204, "{number}");
    }
    assert_eq!(forgotten(&world, &a_name(0), "en").await.status, 429);
    assert!(mailbox.is_empty());
}

#[tokio::test]
async fn an_invitation_is_sent_or_shown_where_it_cannot_be() {
    let mut world = office(Engine::Sqlite).await;
    world.account("guest", &[Role::Client]).await;
    let mut mailbox = world.mailbox().await;
    let sent = make(&world, "guest", "en").await;
    assert_eq!(sent.json()["data"][0]["is_sent"], true, "{sent:?}");
    assert_eq!(sent.json()["data"][0]["link"], Value::Null);
    let letter = mailbox.next().await;
    assert_eq!(letter.subject, "Your access to the registry of taxis");
    assert_eq!(letter.to, "guest@example.org");
    assert!(
        letter.text.contains("The link works once, until 3 March 2024 at 12:00 UTC."),
        "{letter:?}"
    );
    let french = make(&world, "guest", "fr").await;
    assert_eq!(french.json()["data"][0]["is_sent"], true);
    assert_eq!(mailbox.next().await.subject, "Votre accès au registre des taxis");
    mailbox.fill();
    let shown = make(&world, "guest", "en").await;
    assert_eq!(shown.json()["data"][0]["is_sent"], false);
    let link = shown.json()["data"][0]["link"].as_str().unwrap().to_owned();
    assert!(link.starts_with("https://registry.example/console/welcome#"), "{link}");
    assert_eq!(use_link(&world, &token_of(&shown), NEW).await.status, 201);
}

#[tokio::test]
async fn only_the_digest_of_a_token_is_stored_and_the_log_has_none() {
    let world = office(Engine::Sqlite).await;
    let token = token_of(&make(&world, "op", "en").await);
    use_link(&world, &token, NEW).await;
    let log = Call { key: Some(key_of("admin")), ..call(Method::GET, "/activity_logs", &[]) };
    let log = world.call(&log).await.body;
    for action in ["password_link", "password_by_link"] {
        assert_eq!(log.matches(&format!("{action}\"")).count(), 1, "{log}");
    }
    assert!(!log.contains(&token), "{log}");
    assert_eq!(world.store().password_link(&[0; 32]).await.unwrap(), None);
}
