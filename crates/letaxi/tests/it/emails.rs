//! E-mail addresses are compared without regard to case in every lookup of an account.

use axum::http::{Method, StatusCode};
use letaxi::app::account::accounts::AccountError;
use letaxi::app::territory::import::UserRow;
use registry::AccountFields;
use registry::{Password, Role};

use crate::world::{Call, Engine, INTEGRATION_ACCOUNT, World, email_of, key_of};

fn fields(email: &str) -> AccountFields {
    let roles = [Role::Operator].into_iter().collect();
    AccountFields { email: email.to_owned(), roles, ..AccountFields::default() }
}

async fn lists_taxis_as(world: &World, key: &str, email: &str) -> StatusCode {
    let act_as = Some(email.to_owned());
    let path = "/taxis/all".to_owned();
    world.answer(&Call { key: Some(key_of(key)), act_as, path, ..Call::default() }).await.status
}

#[tokio::test]
async fn an_account_is_acted_for_by_its_email_in_any_case() {
    let mut world = World::new(Engine::Sqlite).await;
    for (name, role) in
        [("op", Role::Operator), ("boss", Role::Client), (INTEGRATION_ACCOUNT, Role::Operator)]
    {
        world.account(name, &[role]).await;
    }
    let boss = world.account_id("boss");
    world.change_account("op", |fields| fields.manager = Some(boss)).await;
    assert_eq!(lists_taxis_as(&world, "boss", "OP@Example.ORG").await, StatusCode::OK);
    let integration = email_of(INTEGRATION_ACCOUNT);
    for setting in [integration.to_uppercase(), integration.clone()] {
        world.set(|settings| settings.integration_account = Some(setting)).await;
        for email in [integration.clone(), integration.to_uppercase()] {
            assert_eq!(lists_taxis_as(&world, "boss", &email).await, StatusCode::OK, "{email}");
        }
    }
    world.set(|settings| settings.integration_account = None).await;
    assert_eq!(lists_taxis_as(&world, "boss", &integration).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn no_second_account_is_made_whose_email_differs_by_case_alone() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut world = World::new(engine).await;
        world.account("op", &[Role::Operator]).await;
        let made = world.app().create_account(fields("OP@example.org"), None, None).await;
        assert!(matches!(made, Err(AccountError::EmailTaken(_))), "{made:?}");
        // An import changes the existing account and sets its key.
        let password = Some(Password::new("open sesame").unwrap());
        let api_key = Some(key_of("op"));
        let (manager, tells_header_value) = (None, true);
        let fields = fields("Op@example.org");
        let row = UserRow { fields, manager, password, tells_header_value, api_key };
        world.app().check_users(std::slice::from_ref(&row)).await.unwrap();
        let report = world.app().import_users(vec![row]).await.unwrap();
        assert_eq!((report.added, report.updated), (0, 1));
        let accounts = world.app().all_accounts().await.unwrap();
        assert_eq!(accounts.len(), 1);
        assert_eq!(accounts[0].email, "Op@example.org", "as the file has it");
    }
}

#[tokio::test]
async fn another_case_gives_no_further_guesses_of_a_password() {
    let mut world = World::new(Engine::Sqlite).await;
    world.account("op", &[Role::Operator]).await;
    world.set(|settings| settings.limits = letaxi::config::Settings::default().limits()).await;
    for number in 0..11 {
        let name: String = "op"
            .chars()
            .enumerate()
            .map(
                |(index, letter)| {
                    if number >> index & 1 == 0 { letter } else { letter.to_ascii_uppercase() }
                },
            )
            .collect();
        // By key, which is equivalent here and needs no slow password hash.
        let body =
            format!(r#"{{"data": [{{"email": "{name}@example.org", "apikey": "a guess"}}]}}"#);
        let path = "/internal/auth".to_owned();
        let answer =
            world.answer(&Call { method: Method::POST, path, body, ..Call::default() }).await;
        let wanted =
            if number < 10 { StatusCode::UNAUTHORIZED } else { StatusCode::TOO_MANY_REQUESTS };
        assert_eq!(answer.status, wanted, "{number}");
    }
}
