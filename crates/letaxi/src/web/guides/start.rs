//! The first screen of the documentation: three doors, a call that works at once, and all pages.

use maud::{Markup, html};

use crate::app::identity::Identity;
use crate::web::frame::search_form;
use crate::web::reader::Reader;
use crate::web::reference;

/// A guide in a list.
pub(super) struct Head {
    pub(super) path: String,
    pub(super) title: String,
    /// Its first paragraph.
    pub(super) lead: String,
}

/// The first screen.
pub(super) fn body(identity: &Identity, reader: &Reader, guides: &[Head]) -> Markup {
    html! {
        div.hero {
            h1 { (reader.say("Documentation", "Documentation")) }
            p.lead {
                (identity.name)
                (reader.say(
                    ": an app finds the nearest taxi that may take its customer, and hails it, whichever operator it \
                     drives for.",
                    "\u{a0}: une application y trouve le taxi le plus proche autorisé à prendre son client, et le \
                     commande, quel que soit son opérateur.",
                ))
            }
            (search_form(reader, "", "q"))
        }
        (doors(reader))
        (first_call(identity, reader))
        h2 { (reader.say("All guides", "Tous les guides")) }
        ul.pages {
            @for guide in guides {
                li { a href=(reader.to(&guide.path)) { (guide.title) } span { (guide.lead) } }
            }
            li {
                a href=(reader.to("/doc/stories")) { (reader.say("The API in stories", "L’API en récits")) }
                span { (reader.say(
                    "Calls with their answers, from the first ride to the last refusal; each is a test.",
                    "Des appels et leurs réponses, de la première course au dernier refus\u{a0}; chacun est un test.",
                )) }
            }
        }
        (calls(reader))
    }
}

/// One door for each kind of newcomer.
fn doors(reader: &Reader) -> Markup {
    let door = |path: &str, title: &str, text: &str, step: &str| {
        html! {
            li { a.door href=(reader.to(path)) { strong { (title) } span { (text) } em { (step) " →" } } }
        }
    };
    html! {
        ul.doors {
            (door(
                "/doc/app",
                reader.say("I have an app", "J’ai une application"),
                reader.say(
                    "Show free taxis around a customer, hail one, follow the ride.",
                    "Montrez les taxis libres autour d’un client, commandez-en un, suivez la course.",
                ),
                reader.say("First hail in six calls", "Première course en six appels"),
            ))
            (door(
                "/doc/operator",
                reader.say("I am an operator", "Je suis opérateur"),
                reader.say(
                    "Register your taxis, report their positions, receive hails.",
                    "Déclarez vos taxis, envoyez leurs positions, recevez des courses.",
                ),
                reader.say("First taxi in six calls", "Premier taxi en six appels"),
            ))
            (door(
                "/doc/registry",
                reader.say("I run a registry", "Je tiens un registre"),
                reader.say(
                    "Install the program, import a territory, invite partners.",
                    "Installez le programme, importez un territoire, invitez vos partenaires.",
                ),
                reader.say("First start in five commands", "Premier démarrage en cinq commandes"),
            ))
        }
    }
}

/// A call that works against this registry without a key.
fn first_call(identity: &Identity, reader: &Reader) -> Markup {
    let name = serde_json::Value::from(identity.name.as_str());
    html! {
        h2 { (reader.say("Try it now, without a key", "Essayez tout de suite, sans clé")) }
        pre tabindex="0" { code { "curl " (reader.url) "/v1/registry" } }
        p { (reader.say("This registry answers:", "Ce registre répond\u{a0}:")) }
        pre tabindex="0" { code { "{\"data\":[{\"name\":" (name) ",\"version\":\"" (env!("CARGO_PKG_VERSION")) "\",…}]}" } }
    }
}

/// All calls. The reference stood at this address: an old link with an anchor finds its call here, marked.
fn calls(reader: &Reader) -> Markup {
    html! {
        h2 { a href=(reader.to("/doc/api")) { (reader.say("API reference", "Référence de l’API")) } }
        p { (reader.say("Each call with its fields, its answers and its refusals. For programs: ",
            "Chaque appel avec ses champs, ses réponses et ses refus. Pour les programmes\u{a0}: "))
            a href="/swagger.json" { "swagger.json" } " (OpenAPI 3.1)." }
        ul.calls {
            @for call in reference::listed(reader.language) {
                li id=(call.id) { a href=(reader.to(&format!("/doc/api#{}", call.id))) { (call.summary) } }
            }
        }
    }
}
