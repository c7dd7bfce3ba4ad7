//! Facts and events of a story, made to happen in its world.

use std::time::Duration;

use letaxi::app::account::second_step_rule::SecondStepRule;
use registry::Role;

use super::names::Names;
use super::sentence::read_word;
use crate::world::{Behaviour, Engine, NewRank, NewTaxi, Square, Stand, World};

/// Makes a fact true, or an event happen. `README.md` beside the pages lists the sentences.
pub(super) async fn happens(
    world: &mut World,
    names: &mut Names,
    text: &str,
) -> Result<(), String> {
    if happens_to_what_is_someones(world, text).await? {
        return Ok(());
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    if happens_to_sign_ins(world, names, &words).await? {
        return Ok(());
    }
    match words[..] {
        ["the", "registry", "restarts"] => world.restart().await,
        ["operators", "are", "not", "named"] => world.set(|it| it.neutral_operator = true).await,
        ["taxis'", "ids", "are", "short-lived"] => world.set(|it| it.fake_taxi_id = true).await,
        ["the", "registry", "has", "a", "sandbox"] => world.set(|it| it.sandbox = true).await,
        [number, unit, "pass" | "passes"] => world.pass(read_time(number, unit)?).await,
        [account, "is", "called", ref name @ ..] => {
            world.change_account(account, |it| it.commercial_name = Some(name.join(" "))).await;
        }
        [account, "says", "it", "has", number, "taxis"] => {
            let taxis = read_word(number, "number")?;
            world.change_account(account, |it| it.fleet_size = Some(taxis)).await;
        }
        [account, "may", "inspect", "in", ref numbers @ ..] => {
            world.change_account(account, |it| it.departements = numbers.join(",")).await;
        }
        [name, "is", ref roles @ ..] => world.account(name, &read_roles(roles)?).await,
        [manager, "manages", account] => world.manages(manager, account).await,
        ["town", code, ref name @ .., "is", "the", "square", w, s, e, n] => {
            let square = read_square([w, s, e, n])?;
            world.land(|land| land.town(code, &name.join(" "), square)).await;
        }
        ["zone", name, "joins", ref towns @ ..] => world.land(|land| land.zone(name, towns)).await,
        ["no", "taxi", "may", "cruise", "in", "the", "square", w, s, e, n] => {
            let square = read_square([w, s, e, n])?;
            world.land(|land| land.exclusion("exclusion", square)).await;
        }
        ["rank", id, ref details @ ..] => {
            let rank = read_rank(id, details)?;
            world.land(|land| land.rank(&rank)).await;
        }
        [operator, "has", "a", "free", "taxi", name, ref details @ ..] => {
            let taxi = read_taxi(name, true, details)?;
            names.name(name, world.taxi(operator, &taxi).await);
        }
        [operator, "has", "a", "taxi", name, ref details @ ..] => {
            let taxi = read_taxi(name, false, details)?;
            names.name(name, world.taxi(operator, &taxi).await);
        }
        [operator, "reports", taxi, "at", lon, lat] => {
            let at = [read_number(lon)?, read_number(lat)?];
            world.report(operator, &names.resolve_path(taxi)?, at).await;
        }
        [client, "hails", taxi, number, "times", "at", lon, lat] => {
            let (times, at) =
                (read_word(number, "number")?, [read_number(lon)?, read_number(lat)?]);
            world.hails(client, &names.resolve_path(taxi)?, times, at).await;
        }
        _ => return Err("no such sentence".to_owned()),
    }
    Ok(())
}

/// A fact about sign-ins; false for any other.
async fn happens_to_sign_ins(
    world: &mut World,
    names: &mut Names,
    words: &[&str],
) -> Result<bool, String> {
    match words[..] {
        ["admins", "need", "a", "second", "step"] => {
            world.set(|it| it.second_step = SecondStepRule::Privileged).await;
        }
        ["the", "app", "shows", code, "for", secret] => {
            names.name(code, crate::world::code(&names.resolve_path(secret)?, world.clock.now()));
        }
        [token, "is", "the", "token", "of", link] => {
            let link = names.resolve_path(link)?;
            let (_, text) = link.split_once('#').ok_or("the link has no token")?;
            names.name(token, text.to_owned());
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// A fact about a password or a server; false for any other.
async fn happens_to_what_is_someones(world: &mut World, text: &str) -> Result<bool, String> {
    if let Some((account, password)) = text.split_once("'s password is ") {
        world.password(account, password).await;
    } else if let Some(operator) = text.strip_suffix(" has no server") {
        world.change_account(operator, |it| it.hail_endpoint = String::new()).await;
    } else if let Some((operator, behaviour)) = text.split_once("'s server ") {
        world.server(operator, read_behaviour(behaviour.trim())?).await;
    } else {
        return Ok(false);
    }
    Ok(true)
}

fn read_behaviour(text: &str) -> Result<Behaviour, String> {
    match text.split_once(' ').unwrap_or((text, "")) {
        ("does", "not answer") => Ok(Behaviour::Waits),
        ("is", "down") => Ok(Behaviour::Down),
        ("answers", answer) => {
            let (status, body) = answer.split_once(' ').unwrap_or((answer, ""));
            Ok(Behaviour::Answers(read_word(status, "status")?, body.trim().to_owned()))
        }
        _ => Err("a server does no such thing".to_owned()),
    }
}

/// `an operator and a client`, `an account without roles`
fn read_roles(words: &[&str]) -> Result<Vec<Role>, String> {
    if words == ["an", "account", "without", "roles"] {
        return Ok(Vec::new());
    }
    let roles = words.split(|word| *word == "and").map(|role| match role {
        ["an", "operator"] => Ok(Role::Operator),
        ["a", "client"] => Ok(Role::Client),
        ["an", "admin"] => Ok(Role::Admin),
        ["a", "group"] => Ok(Role::Group),
        ["a", "publisher"] => Ok(Role::Publisher),
        ["an", "inspector"] => Ok(Role::Inspector),
        other => Err(format!("{} is no role", other.join(" "))),
    });
    roles.collect()
}

/// `of 75056 on AB-123-CD at 2.35 48.86`, in any order
fn read_taxi<'a>(
    name: &'a str,
    free: bool,
    mut details: &[&'a str],
) -> Result<NewTaxi<'a>, String> {
    let mut taxi = NewTaxi { name, town: None, plate: None, free, at: None };
    loop {
        details = match details {
            [] => return Ok(taxi),
            ["of", code, rest @ ..] => {
                taxi.town = Some(code);
                rest
            }
            ["on", plate, rest @ ..] => {
                taxi.plate = Some(plate);
                rest
            }
            ["at", lon, lat, rest @ ..] => {
                taxi.at = Some([read_number(lon)?, read_number(lat)?]);
                rest
            }
            other => return Err(format!("{} says nothing of a taxi", other.join(" "))),
        };
    }
}

/// `Gare du Nord stands at 2.35 48.86 for 12 taxis with the phone 0144556677`
fn read_rank(id: &str, words: &[&str]) -> Result<NewRank, String> {
    let verb = words.iter().position(|word| ["stands", "fills"].contains(word));
    let (name, words) = words.split_at(verb.ok_or("the rank is nowhere")?);
    let (stand, mut details) = match words {
        ["stands", "at", lon, lat, details @ ..] => {
            (Stand::At([read_number(lon)?, read_number(lat)?]), details)
        }
        ["fills", "the", "square", w, s, e, n, details @ ..] => {
            (Stand::Fills(read_square([w, s, e, n])?), details)
        }
        other => return Err(format!("{} is no place", other.join(" "))),
    };
    let mut rank =
        NewRank { id: id.to_owned(), name: name.join(" "), stand, spaces: None, phone: None };
    loop {
        details = match details {
            [] => return Ok(rank),
            ["for", number, "taxis", rest @ ..] => {
                rank.spaces = Some(read_word(number, "number")?);
                rest
            }
            ["with", "the", "phone", number, rest @ ..] => {
                rank.phone = Some((*number).to_owned());
                rest
            }
            other => return Err(format!("{} says nothing of a rank", other.join(" "))),
        };
    }
}

fn read_time(number: &str, unit: &str) -> Result<Duration, String> {
    let number: u64 = read_word(number, "number")?;
    match unit.trim_end_matches('s') {
        "second" => Ok(Duration::from_secs(number)),
        "minute" => Ok(Duration::from_mins(number)),
        "hour" => Ok(Duration::from_hours(number)),
        "day" => Ok(Duration::from_hours(24 * number)),
        _ => Err(format!("{unit} is no unit of time")),
    }
}

fn read_square(corners: [&str; 4]) -> Result<Square, String> {
    let [west, south, east, north] = corners.map(read_number);
    Ok([west?, south?, east?, north?])
}

fn read_number(word: &str) -> Result<f64, String> {
    read_word(word, "number")
}

#[tokio::test]
async fn a_text_that_is_no_sentence_is_refused() {
    let (mut world, mut names) = (World::new(Engine::Sqlite).await, Names::default());
    for text in [
        "op sleeps",
        "op is a cook",
        "3 weeks pass",
        "op has a taxi T1 near Paris",
        "op's server sings",
        "rank 75056-T-001 Gare stands still",
        "rank 75056-T-001 Gare",
    ] {
        assert!(happens(&mut world, &mut names, text).await.is_err(), "{text}");
    }
}
