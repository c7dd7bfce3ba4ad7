//! Checks of what the provider hands: each fault alone keeps the person out.

use std::time::Duration;

use letaxi::operator::provider::UserinfoForm;
use serde_json::{Value, json};

use super::provider::{CLIENT, Conduct, DESCRIPTION, Fake, KEYS, Script, Signer, TOKEN, USERINFO};
use super::{Browser, PAGE, office_with, outcome, sentence, told};
use crate::world::{Engine, World};

const UNTRUSTED: &str = "The answer of the other service cannot be trusted: begin again; if that does not help, tell the \
     administrator of the registry.";

/// A token with these claims in place of the right ones is not believed.
async fn is_refused(claims: Value) {
    let told = told(|script| script.claims = claims.clone()).await;
    assert_eq!((told.0, &*told.1), (401, UNTRUSTED), "{claims}");
}

async fn is_refused_from(signer: Signer) {
    let change = |script: &mut Script| {
        script.signer = signer;
        // The signature alone decides: the check of this hash would need the key, too.
        script.claims = json!({"at_hash": null});
    };
    let told = told(change).await;
    assert_eq!((told.0, &*told.1), (401, UNTRUSTED), "{signer:?}");
}

#[tokio::test]
async fn a_token_of_another_visit_is_refused() {
    is_refused(json!({"nonce": "A".repeat(43)})).await;
    is_refused(json!({"nonce": null})).await;
}

#[tokio::test]
async fn a_token_of_another_provider_is_refused() {
    is_refused(json!({"iss": "https://evil.example"})).await;
    is_refused(json!({"iss": null})).await;
}

#[tokio::test]
async fn a_token_for_another_client_is_refused() {
    is_refused(json!({"aud": "another"})).await;
    is_refused(json!({"aud": [CLIENT, "another"]})).await;
    is_refused(json!({"azp": "another"})).await;
    assert_eq!(told(|script| script.claims = json!({"aud": [CLIENT], "azp": CLIENT})).await.0, 201);
}

#[tokio::test]
async fn a_token_whose_time_has_passed_is_refused() {
    // It is noon, 29 February 2024.
    is_refused(json!({"exp": 1_709_208_000})).await;
    is_refused(json!({"exp": null})).await;
    assert_eq!(told(|script| script.claims = json!({"exp": 1_709_208_001})).await.0, 201);
}

#[tokio::test]
async fn a_token_that_nobody_signed_is_refused() {
    is_refused_from(Signer::Nobody).await;
}

#[tokio::test]
async fn a_token_signed_with_a_secret_is_refused() {
    is_refused_from(Signer::PublicKeyAsSecret).await;
    // Even with the right one: only a public key tells the provider from those who know the secret.
    is_refused_from(Signer::ClientSecret).await;
}

#[tokio::test]
async fn a_token_signed_with_another_key_is_refused() {
    is_refused_from(Signer::BAsA).await;
    is_refused_from(Signer::B).await;
}

#[tokio::test]
async fn a_token_signed_on_a_curve_is_as_good() {
    assert_eq!(told(|script| script.signer = Signer::Curve).await.0, 201);
}

#[tokio::test]
async fn a_token_goes_with_its_access_token() {
    is_refused(json!({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"})).await;
    assert_eq!(told(|script| script.claims = json!({"at_hash": null})).await.0, 201);
}

#[tokio::test]
async fn a_provider_may_change_its_keys() {
    let (world, fake) = office_with(Engine::Sqlite, |_| {}).await;
    assert_eq!(outcome(&world, &fake).await.0, 201);
    fake.tell(|script| (script.signer, script.told) = (Signer::B, vec!["a"]));
    // It is asked again, but not over and over.
    for (seconds, asked) in [(9, 1), (1, 2), (0, 2)] {
        world.move_clock(Duration::from_secs(seconds));
        assert_eq!(outcome(&world, &fake).await, (401, UNTRUSTED.to_owned()));
        assert_eq!(fake.asked(KEYS), asked, "{seconds}");
    }
    fake.tell(|script| script.told = vec!["b"]);
    world.move_clock(Duration::from_secs(10));
    assert_eq!(outcome(&world, &fake).await.0, 201);
    assert_eq!((fake.asked(KEYS), fake.asked(DESCRIPTION)), (3, 1));
    // And the old one is worth nothing any more.
    fake.tell(|script| script.signer = Signer::A);
    assert_eq!(outcome(&world, &fake).await.0, 401);
}

#[tokio::test]
async fn a_level_of_assurance_that_was_asked_for_is_reached() {
    let wanted = |settings: &mut letaxi::operator::provider::ProviderSettings| {
        settings.acr_values = vec!["eidas2".to_owned(), "eidas3".to_owned()];
    };
    let (world, fake) = office_with(Engine::Sqlite, wanted).await;
    let address = Browser::default().begin(&world, PAGE).await;
    assert!(
        address.contains("acr_values=eidas2+eidas3") && address.contains("claims="),
        "{address}"
    );
    for (acr, status) in [(json!("eidas2"), 201), (json!("eidas1"), 401), (Value::Null, 401)] {
        fake.tell(|script| script.claims = json!({ "acr": acr }));
        assert_eq!(outcome(&world, &fake).await.0, status, "{acr}");
    }
}

/// Outcome of a sign-in at a provider whose user info is asked in this form.
async fn by_info(form: UserinfoForm, change: impl FnOnce(&mut Script)) -> (u16, String) {
    let (world, fake) = office_with(Engine::Sqlite, |settings| settings.userinfo = form).await;
    fake.tell(change);
    outcome(&world, &fake).await
}

#[tokio::test]
async fn signed_user_info_is_of_this_provider_for_this_client() {
    let form = UserinfoForm::Signed;
    let untrusted = (401, UNTRUSTED.to_owned());
    assert_eq!(by_info(form, |script| script.info_signer = Some(Signer::A)).await.0, 201);
    for signer in [None, Some(Signer::Nobody), Some(Signer::ClientSecret), Some(Signer::BAsA)] {
        let told = by_info(form, |script| script.info_signer = signer).await;
        assert_eq!(told, untrusted, "{signer:?}");
    }
    for claims in [
        json!({"iss": "https://evil.example"}),
        json!({"iss": null}),
        json!({"aud": "another"}),
        json!({"aud": null}),
        json!({"sub": "bob"}),
    ] {
        let told = by_info(form, |script| {
            script.info_signer = Some(Signer::A);
            let facts = script.info.as_object_mut().unwrap();
            facts.extend(claims.as_object().unwrap().clone());
        });
        assert_eq!(told.await, untrusted, "{claims}");
    }
}

#[tokio::test]
async fn user_info_is_of_the_very_person() {
    let told = by_info(UserinfoForm::Plain, |script| script.info = json!({"sub": "bob"})).await;
    assert_eq!(told, (401, UNTRUSTED.to_owned()));
    // It is not asked where the settings say so.
    let told = by_info(UserinfoForm::None, |script| script.info = json!({"sub": "bob"})).await;
    assert_eq!(told.0, 201);
}

#[tokio::test]
async fn the_key_of_signed_user_info_may_be_new() {
    let form = UserinfoForm::Signed;
    let (world, fake) = office_with(Engine::Sqlite, |settings| settings.userinfo = form).await;
    fake.tell(|script| script.info_signer = Some(Signer::A));
    assert_eq!(outcome(&world, &fake).await.0, 201);
    fake.tell(|script| (script.info_signer, script.told) = (Some(Signer::B), vec!["a", "b"]));
    world.move_clock(Duration::from_secs(10));
    assert_eq!(outcome(&world, &fake).await.0, 201);
}

#[tokio::test]
async fn a_provider_that_fails_half_way_is_told_as_away() {
    for path in [TOKEN, USERINFO] {
        for conduct in [
            Conduct::Never,
            Conduct::Endlessly,
            Conduct::With(500, json!({})),
            Conduct::Redirects("http://127.0.0.1:1/".to_owned()),
        ] {
            let told = told(|script| drop(script.conduct.insert(path, conduct.clone()))).await;
            assert_eq!(told.0, 503, "{path} {conduct:?}: {told:?}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_none_is_refused() {
    let without_token = json!({"access_token": "access", "token_type": "Bearer"});
    for (path, answer) in [(TOKEN, without_token), (TOKEN, json!([])), (USERINFO, json!([]))] {
        let told =
            told(|script| drop(script.conduct.insert(path, Conduct::With(200, answer)))).await;
        assert_eq!(told, (401, UNTRUSTED.to_owned()), "{path}");
    }
}

/// Comes back with the name of a provider beside the code (RFC 9207).
async fn back_from(world: &World, fake: &Fake, issuer: Option<&str>) -> (u16, String) {
    let mut browser = Browser::default();
    let back = fake.visit(&browser.begin(world, PAGE).await);
    let mut body = json!({"state": back.state, "code": back.code});
    if let Some(issuer) = issuer {
        body["issuer"] = json!(issuer);
    }
    let path = "/v1/sign-ins/provider/return";
    let answer = browser.send(world, axum::http::Method::POST, path, body).await;
    let is_in = answer.status == 201;
    (answer.status.as_u16(), if is_in { String::new() } else { sentence(&answer) })
}

#[tokio::test]
async fn a_code_of_another_provider_is_not_handed_to_this_one() {
    for (names_itself, issuer, status) in [
        (false, None, 201),
        (false, Some("https://evil.example".to_owned()), 401),
        (true, None, 401),
        (true, Some("https://evil.example".to_owned()), 401),
    ] {
        let (world, fake) = office_with(Engine::Sqlite, |_| {}).await;
        let about = json!({"authorization_response_iss_parameter_supported": names_itself});
        fake.tell(|script| script.about = about);
        let told = back_from(&world, &fake, issuer.as_deref()).await;
        assert_eq!(told.0, status, "{names_itself} {issuer:?}");
        assert_eq!(fake.asked(TOKEN), usize::from(status == 201));
        let own = fake.issuer();
        assert_eq!(back_from(&world, &fake, Some(&own)).await.0, 201);
    }
}
