//! Sign-ins of people in browsers: a cookie in place of a key.

use std::time::Duration;

use axum::http::Method;
use letaxi::app::account::sign_ins::MOST_SIGN_INS;
use registry::Role;
use serde_json::{Value, json};

use crate::world::{Answer, Call, Engine, World, email_of, key_of};

pub(crate) const PASSWORD: &str = "a long password";
const HOUR: Duration = Duration::from_hours(1);
pub(crate) const OWN_PAGE: (&str, &str) = ("sec-fetch-site", "same-origin");

pub(crate) async fn office(engine: Engine) -> World {
    let mut world = World::new(engine).await;
    world.account("op", &[Role::Operator]).await;
    world.account("admin", &[Role::Admin]).await;
    world.password("op", PASSWORD).await;
    world.password("admin", PASSWORD).await;
    world
}

pub(crate) fn call(method: Method, path: &str, headers: &[(&'static str, &str)]) -> Call {
    let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    Call { method, path: path.to_owned(), headers, ..Call::default() }
}

pub(crate) async fn try_to_sign_in(world: &World, name: &str, password: &str) -> Answer {
    let body = json!({"email": email_of(name), "password": password}).to_string();
    world.call(&Call { body, ..call(Method::POST, "/v1/sign-ins", &[OWN_PAGE]) }).await
}

/// Signs in, and returns the cookie.
pub(crate) async fn sign_in(world: &World, name: &str) -> String {
    let answer = try_to_sign_in(world, name, PASSWORD).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let set = answer.headers["set-cookie"].to_str().unwrap();
    for attribute in ["; HttpOnly", "; Secure", "; SameSite=Lax", "; Path=/"] {
        assert!(set.contains(attribute), "{set}");
    }
    set.split(';').next().unwrap().to_owned()
}

/// A call of a page of this site.
pub(crate) async fn from_page(world: &World, cookie: &str, method: Method, path: &str) -> Answer {
    world.call(&call(method, path, &[("cookie", cookie), OWN_PAGE])).await
}

pub(crate) async fn status(world: &World, cookie: &str) -> u16 {
    from_page(world, cookie, Method::GET, "/v1/me").await.status.as_u16()
}

async fn listed(world: &World, cookie: &str) -> Vec<Value> {
    let answer = from_page(world, cookie, Method::GET, "/v1/sign-ins").await;
    answer.json()["data"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_cookie_opens_the_account_until_its_person_signs_out() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let mut world = office(engine).await;
        let (first, second) = (sign_in(&world, "op").await, sign_in(&world, "op").await);
        let me = from_page(&world, &first, Method::GET, "/v1/me").await.json();
        assert_eq!(me["data"][0]["email"], email_of("op"));
        assert_eq!(me["data"][0]["roles"], json!(["operateur"]));
        // It is good for calls of the contract, too.
        assert_eq!(from_page(&world, &first, Method::GET, "/hails").await.status, 200);

        let sign_ins = listed(&world, &first).await;
        assert_eq!(sign_ins.len(), 2);
        assert_eq!(
            (&sign_ins[0]["is_current"], &sign_ins[1]["is_current"]),
            (&json!(false), &json!(true))
        );
        world.restart().await;
        assert_eq!(status(&world, &first).await, 200);

        let path = format!("/v1/sign-ins/{}", sign_ins[0]["id"]);
        assert_eq!(from_page(&world, &first, Method::DELETE, &path).await.status, 204);
        assert_eq!((status(&world, &first).await, status(&world, &second).await), (200, 401));
        assert_eq!(from_page(&world, &first, Method::DELETE, &path).await.status, 404);
        let out = from_page(&world, &first, Method::DELETE, "/v1/sign-ins/current").await;
        assert!(out.headers["set-cookie"].to_str().unwrap().contains("=; "), "{out:?}");
        assert_eq!(status(&world, &first).await, 401);
        world.restart().await;
        assert_eq!(status(&world, &first).await, 401);
        world.close().await;
    }
}

#[tokio::test]
async fn a_sign_in_ends_after_twelve_idle_hours_and_after_thirty_days() {
    let mut world = office(Engine::Sqlite).await;
    let (used, idle) = (sign_in(&world, "op").await, sign_in(&world, "op").await);
    for hours in 1..=720 {
        world.move_clock(HOUR);
        assert_eq!(status(&world, &used).await, if hours < 720 { 200 } else { 401 }, "{hours}");
        if hours == 11 {
            // The times of last requests outlive a restart.
            world.tick().await;
            world.restart().await;
        }
        if hours >= 12 {
            assert_eq!(status(&world, &idle).await, 401);
        }
    }
    world.tick().await;
    assert_eq!(world.store().sign_ins().await.unwrap(), []);
}

#[tokio::test]
async fn a_new_password_ends_all_sign_ins_of_the_account_and_so_does_disabling_it() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let world = office(engine).await;
        let (op, admin) = (sign_in(&world, "op").await, sign_in(&world, "admin").await);
        // By the command line, which another process runs.
        world.password("op", PASSWORD).await;
        world.tick().await;
        assert_eq!((status(&world, &op).await, status(&world, &admin).await), (401, 200));
        let op = sign_in(&world, "op").await;
        let path = format!("/users/{}", world.account_id("op").0);
        let body = json!({"data": [{"password": "another password"}]}).to_string();
        let change = call(Method::PUT, &path, &[("cookie", &op), OWN_PAGE]);
        assert_eq!(world.call(&Call { body, ..change }).await.status, 200);
        world.tick().await;
        assert_eq!(status(&world, &op).await, 401);
        let now = world.clock.now();
        world.change_account("admin", |account| account.disabled_at = Some(now)).await;
        assert_eq!(status(&world, &admin).await, 401);
        world.close().await;
    }
}

#[tokio::test]
async fn only_pages_of_this_site_may_change_anything_with_the_cookie() {
    let world = office(Engine::Sqlite).await;
    let cookie = sign_in(&world, "op").await;
    let try_by = async |headers: &[(&'static str, &str)]| {
        let headers = [&[("cookie", &*cookie)], headers].concat();
        let body = json!({"name": "mine"}).to_string();
        world.call(&Call { body, ..call(Method::POST, "/v1/keys", &headers) }).await
    };
    for headers in [
        &[][..],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("host", "registry.example"), ("origin", "https://registry.example.net")],
    ] {
        let refused = try_by(headers).await;
        assert_eq!(refused.status, 403, "{headers:?}");
        assert!(refused.body.contains("a page of another site"), "{refused:?}");
    }
    for headers in
        [&[OWN_PAGE][..], &[("host", "registry.example"), ("origin", "https://registry.example")]]
    {
        assert_eq!(try_by(headers).await.status, 201, "{headers:?}");
    }
    let keys = from_page(&world, &cookie, Method::GET, "/v1/keys").await.json();
    assert_eq!(keys["data"].as_array().unwrap().len(), 3, "the first, and those of the two");

    let both =
        Call { key: Some(key_of("op")), ..call(Method::GET, "/v1/me", &[("cookie", &cookie)]) };
    assert_eq!(world.call(&both).await.status, 400);
    let body = json!({"email": email_of("op"), "password": PASSWORD}).to_string();
    let elsewhere = call(Method::POST, "/v1/sign-ins", &[("sec-fetch-site", "cross-site")]);
    assert_eq!(world.call(&Call { body, ..elsewhere }).await.status, 403);
}

#[tokio::test]
async fn wrong_passwords_are_refused_and_after_ten_in_a_minute_also_the_right_one() {
    let world = office(Engine::Sqlite).await;
    for wrong in ["wrong", "Wrong", "a long passwor"] {
        assert_eq!(try_to_sign_in(&world, "op", wrong).await.status, 401);
    }
    assert_eq!(try_to_sign_in(&world, "nobody", PASSWORD).await.status, 401);
    for _ in 3..10 {
        assert_eq!(try_to_sign_in(&world, "op", "wrong").await.status, 401);
    }
    let refused = try_to_sign_in(&world, "op", PASSWORD).await;
    assert_eq!((refused.status.as_u16(), refused.headers.contains_key("retry-after")), (429, true));
    world.move_clock(Duration::from_secs(6));
    sign_in(&world, "op").await;
}

#[tokio::test]
async fn an_account_has_so_many_sign_ins_and_a_further_one_ends_the_oldest() {
    let world = office(Engine::Sqlite).await;
    let mut cookies = Vec::new();
    for _ in 0..=MOST_SIGN_INS {
        cookies.push(sign_in(&world, "op").await);
    }
    world.tick().await;
    assert_eq!((status(&world, &cookies[0]).await, status(&world, &cookies[1]).await), (401, 200));
    assert_eq!(listed(&world, &cookies[1]).await.len(), MOST_SIGN_INS as usize);
}

#[tokio::test]
async fn a_signed_in_admin_acts_for_another_account() {
    let world = office(Engine::Sqlite).await;
    let cookie = sign_in(&world, "admin").await;
    let headers = [("cookie", &*cookie), ("x-logas", "op@example.org")];
    let me = world.call(&call(Method::GET, "/v1/me", &headers)).await.json();
    assert_eq!(me["data"][0]["email"], email_of("op"));
    assert_eq!(me["data"][0]["acting"], email_of("admin"));
    // And signs out itself, not the other.
    let headers = [("cookie", &*cookie), ("x-logas", "op@example.org"), OWN_PAGE];
    let out = world.call(&call(Method::DELETE, "/v1/sign-ins/current", &headers)).await;
    assert_eq!((out.status.as_u16(), status(&world, &cookie).await), (204, 401));
}
