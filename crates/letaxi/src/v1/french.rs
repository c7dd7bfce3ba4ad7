//! Languages of newer calls (`/v1/…`): their refusals in French on request, and the header of answers with sentences.
//!
//! Calls of the contract do not change, because partners' software reads the sentences. Refusals of newer
//! calls are for people, in the language that `Accept-Language` prefers.

use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH};
use axum::response::Response;

use crate::api::input::Faults;
use crate::api::language::{Language, accepted, in_french};
use crate::server::refusal::{Envelope, Refusal};

/// Sentences of refusals of newer calls, with their translations. `{}` stands for a variable part.
pub(crate) const SENTENCES: &[[&str; 2]] = &[
    ["Header X-Api-Key required.", "L'en-tête X-Api-Key est obligatoire."],
    ["The sign-in is over: sign in again.", "La connexion a expiré : reconnectez-vous."],
    [
        "Send either the header X-Api-Key or the cookie of a sign-in, not both.",
        "Envoyez soit l'en-tête X-Api-Key, soit le cookie d'une connexion, pas les deux.",
    ],
    [
        "This request comes from a page of another site: use the pages of this one.",
        "Cette requête vient d'une page d'un autre site : utilisez les pages de celui-ci.",
    ],
    ["The account has no such sign-in.", "Le compte n'a pas cette connexion."],
    ["Not a valid e-mail address.", "Ce n'est pas une adresse e-mail valide."],
    ["Shorter than minimum length {}.", "Il faut au moins {} caractères."],
    ["holds a NUL character: leave it out", "Le caractère nul n'est pas permis."],
    ["Not a valid boolean.", "Ce n'est pas un booléen valide."],
    [
        "An inspector has no other role: create an account for each.",
        "Un agent de contrôle n'a pas d'autre rôle : créez un compte pour chacun.",
    ],
    [
        "An account acts for itself anyway: name another one.",
        "Un compte agit déjà pour lui-même : nommez-en un autre.",
    ],
    [
        "Not a public address: give another, or name it in the setting private_endpoints.",
        "Cette adresse n'est pas publique : donnez-en une autre, ou ajoutez-la au réglage private_endpoints.",
    ],
    [
        "You would lock yourself out: another admin may do this.",
        "Vous perdriez votre propre accès : un autre administrateur peut le faire.",
    ],
    ["Another account has this e-mail address.", "Un autre compte a cette adresse e-mail."],
    ["No account has this e-mail address.", "Aucun compte n'a cette adresse e-mail."],
    ["There is no such account.", "Ce compte n'existe pas."],
    [
        "Things belong to the account ({}): disable it instead.",
        "Des objets appartiennent au compte ({}) : désactivez-le plutôt.",
    ],
    [
        "This link was used or has expired: ask for another.",
        "Ce lien a déjà servi ou a expiré : demandez-en un autre.",
    ],
    [
        "This registry sends no mails: ask its administrator for a link.",
        "Ce registre n'envoie pas d'e-mails : demandez un lien à son administrateur.",
    ],
    [
        "The account is disabled: enable it first.",
        "Le compte est désactivé : réactivez-le d'abord.",
    ],
    ["The password is wrong.", "Le mot de passe est incorrect."],
    [
        "The code is wrong, or was used already: wait for the next one.",
        "Le code est faux ou a déjà servi : attendez le suivant.",
    ],
    [
        "This step took too long, or too many codes were wrong: begin again.",
        "Cette étape a duré trop longtemps, ou trop de codes étaient faux : recommencez.",
    ],
    [
        "This registry offers no sign-in through another service.",
        "Ce registre ne propose pas de connexion par un autre service.",
    ],
    [
        "The other service does not answer: sign in with your password, or try again later.",
        "L'autre service ne répond pas : connectez-vous avec votre mot de passe, ou réessayez plus tard.",
    ],
    [
        "This sign-in took too long, or began in another browser: begin again.",
        "Cette connexion a duré trop longtemps, ou a commencé dans un autre navigateur : recommencez.",
    ],
    [
        "The other service did not sign you in: begin again, or sign in with your password.",
        "L'autre service ne vous a pas connecté : recommencez, ou connectez-vous avec votre mot de passe.",
    ],
    [
        "The answer of the other service cannot be trusted: begin again; if that does not help, tell the administrator of the registry.",
        "La réponse de l'autre service n'est pas fiable : recommencez ; si cela ne suffit pas, prévenez l'administrateur du registre.",
    ],
    [
        "No account is linked with this identity: sign in with your password and link it on the page “My account”, or ask the administrator of the registry.",
        "Aucun compte n'est lié à cette identité : connectez-vous avec votre mot de passe et liez-la à la page « Mon compte », ou demandez à l'administrateur du registre.",
    ],
    [
        "This account is disabled: ask the administrator of the registry.",
        "Ce compte est désactivé : adressez-vous à l'administrateur du registre.",
    ],
    [
        "This identity is linked with another account: unlink it there first.",
        "Cette identité est liée à un autre compte : déliez-la d'abord là-bas.",
    ],
    [
        "The account has as many identities as it may have: unlink one first.",
        "Le compte a déjà autant d'identités que permis : déliez-en une d'abord.",
    ],
    ["The account has no such identity.", "Le compte n'a pas cette identité."],
    [
        "This identity is the only way into the account: set a password first.",
        "Cette identité est le seul accès au compte : choisissez d'abord un mot de passe.",
    ],
    ["The account has no second step.", "Le compte n'a pas de deuxième étape."],
    [
        "This registry asks a second step of the account: replace it instead.",
        "Ce registre exige une deuxième étape pour ce compte : remplacez-la plutôt.",
    ],
    ["Invalid credentials.", "Adresse électronique ou mot de passe incorrect."],
    ["Header X-Api-Key not valid.", "L'en-tête X-Api-Key n'est pas valide."],
    [
        "Header X-Api-Key and/or X-Logas not valid.",
        "L'en-tête X-Api-Key ou X-Logas n'est pas valide.",
    ],
    [
        "You do not have enough permissions to access this ressource.",
        "Vous n'avez pas les droits nécessaires pour accéder à cette ressource.",
    ],
    ["Too many requests: try again in {} s.", "Trop de requêtes : réessayez dans {} s."],
    ["Internal error, reference {}.", "Erreur interne, référence {}."],
    [
        "The database cannot be reached: try again in {} s. Reference {}.",
        "La base de données est injoignable : réessayez dans {} s. Référence {}.",
    ],
    [
        "Too many changes wait for the database: try again in {} s. Reference {}.",
        "Trop de modifications attendent la base de données : réessayez dans {} s. Référence {}.",
    ],
    [
        "The registry cannot store anything now: try again in {} s. Reference {}.",
        "Le registre ne peut rien enregistrer pour l'instant : réessayez dans {} s. Référence {}.",
    ],
    [
        "There was no answer within {} s: try again in {} s.",
        "Il n'y a pas eu de réponse en {} s : réessayez dans {} s.",
    ],
    ["API endpoint not found.", "Cette adresse ne mène à rien."],
    [
        "The method {} is not allowed here: use {}.",
        "La méthode {} n'est pas possible ici : utilisez {}.",
    ],
    [
        "{} requests require to set the Content-Type header to application/json",
        "Une requête {} doit porter l'en-tête Content-Type: application/json",
    ],
    [
        "The Content-Type header must be application/json and nothing else.",
        "L'en-tête Content-Type doit être application/json et rien d'autre.",
    ],
    [
        "Bodies with a Content-Encoding are not taken: send the JSON as it is.",
        "Les corps avec un en-tête Content-Encoding ne sont pas acceptés : envoyez le JSON tel quel.",
    ],
    [
        "No data provided, or data is not valid JSON.",
        "Il n'y a pas de données, ou elles ne sont pas du JSON valide.",
    ],
    ["The body took longer than {} s.", "Le corps a mis plus de {} s à arriver."],
    ["The body is larger than {} bytes.", "Le corps dépasse {} octets."],
    ["Invalid input type.", "Il faut un objet."],
    ["Missing data for required field.", "Ce champ est obligatoire."],
    ["Field may not be null.", "Ce champ ne peut pas être nul."],
    ["Unknown field.", "Ce champ n'existe pas."],
    ["Not a valid string.", "Ce n'est pas un texte valide."],
    ["Not a valid integer.", "Ce n'est pas un nombre entier valide."],
    [
        "Special numeric values (nan or infinity) are not permitted.",
        "Les valeurs numériques spéciales (nan ou infinity) ne sont pas permises.",
    ],
    [
        "Not the INSEE code of a town: five characters, such as 75056.",
        "Ce n'est pas le code INSEE d'une commune : cinq caractères, comme 75056.",
    ],
    ["Must be between {} and {}.", "Doit être entre {} et {}."],
    ["Length must be between {} and {}.", "La longueur doit être entre {} et {}."],
    ["Longer than maximum length {}.", "Plus long que {}."],
    [
        "The account has {} keys, which is as many as it may: close one.",
        "Le compte a {} clés, le maximum : révoquez-en une.",
    ],
    ["This key is taken: try again.", "Cette clé est déjà prise : réessayez."],
    ["The account has no such key.", "Le compte n'a pas cette clé."],
    [
        "This is the only key of the account: make another first.",
        "C'est la seule clé du compte : créez-en d'abord une autre.",
    ],
    [
        "Give one of town, zone and operator.",
        "Donnez une seule des valeurs town, zone et operator.",
    ],
    ["It is not known.", "Il n'est pas connu."],
    ["There is no such layer.", "Il n'y a pas de tel calque."],
    ["Not a valid date.", "Ce n'est pas une date valide."],
    ["The first day is after the last.", "Le premier jour est après le dernier."],
    ["A period has at most {} days.", "Une période a au plus {} jours."],
    ["There is no such hail.", "Cette course n'existe pas."],
    [
        "The hail is {}: the taxi has not declined it.",
        "La course est {} : le taxi ne l'a pas refusée.",
    ],
    [
        "The refusal has the ground {}, which stands.",
        "Le refus a déjà le motif {}, qui ne change plus.",
    ],
    ["Must be one of: {}.", "Doit être l'une de ces valeurs : {}."],
    [
        "Unknown taxi {}, or taxi exists but you are not the owner.",
        "Le taxi {} n'existe pas, ou il n'est pas à vous.",
    ],
    [
        "Must be greater than or equal to {} and less than or equal to {}.",
        "Doit être compris entre {} et {}.",
    ],
    ["Not a valid datetime.", "Ce n'est pas une date et une heure valides."],
    ["Field may not be empty.", "Ce champ ne peut pas être vide."],
    [
        "Exactly one of plate, card and ads is needed.",
        "Il faut exactement un champ parmi plate, card et ads.",
    ],
    ["Not a valid licence plate.", "Ce n'est pas une plaque d'immatriculation valide."],
    ["Not a valid INSEE code.", "Ce n'est pas un code INSEE valide."],
    ["Departement not found", "Ce département n'existe pas."],
    [
        "This registry has no sandbox: its setting of this name is off.",
        "Ce registre n'a pas de bac à sable : le réglage sandbox est désactivé.",
    ],
    [
        "No town of the territory has this point.",
        "Ce point n'est dans aucune commune du territoire.",
    ],
    [
        "The account has {} test taxis, which is as many as it may: remove one.",
        "Le compte a {} taxis de test, le maximum : supprimez-en un.",
    ],
    [
        "There are {} test taxis, which is as many as there may be: try again later.",
        "Il y a {} taxis de test, le maximum : réessayez plus tard.",
    ],
    [
        "The account {} is disabled, or has not the role of an operator.",
        "Le compte {} est désactivé, ou n'a pas le rôle d'opérateur.",
    ],
    ["The account has no such test taxi.", "Le compte n'a pas ce taxi de test."],
    [
        "Inspectors look drivers up with their own key.",
        "Un contrôle se fait avec la clé de la personne habilitée.",
    ],
    [
        "The account has no départements in which it may look drivers up.",
        "Le compte n'est habilité pour aucun département.",
    ],
    ["Not a valid number.", "Ce n'est pas un nombre valide."],
    [
        "Not a valid month: give it as 2026-10.",
        "Ce n'est pas un mois valide : écrivez-le comme 2026-10.",
    ],
    [
        "Not a valid box: give it as west,south,east,north in degrees.",
        "Ce n'est pas un rectangle valide : écrivez-le comme ouest,sud,est,nord en degrés.",
    ],
    [
        "A heat map is of 1 to {} days: `until` is the first day after them.",
        "Une carte porte sur 1 à {} jours : `until` est le premier jour qui les suit.",
    ],
    [
        "Without an admin's key, a heat map is of one whole month that is over: give its first day.",
        "Sans clé d'administrateur, une carte porte sur un mois entier et terminé : donnez son premier jour.",
    ],
    [
        "More than {} cells or {} events: ask for larger cells, a smaller box or fewer days.",
        "Plus de {} cellules ou de {} événements : demandez des cellules plus grandes, un rectangle plus petit ou \
         moins de jours.",
    ],
    ["There is no such file.", "Ce fichier n'existe pas."],
    ["The registry has no logo.", "Le registre n'a pas de logo."],
    ["There is no such table.", "Cette table n'existe pas."],
    [
        "There is nothing to export: the registry has neither hails nor searches.",
        "Il n'y a rien à exporter : le registre n'a ni courses ni recherches.",
    ],
    [
        "There is no data of {}: the registry has the months from {} to {}.",
        "Il n'y a pas de données de {} : le registre a les mois de {} à {}.",
    ],
    [
        "Hails of {} are deleted, all or in part: {} is the first whole month that is kept.",
        "Les courses de {} sont supprimées, en tout ou en partie : {} est le premier mois entier conservé.",
    ],
    ["Give the account number of an operator.", "Donnez le numéro de compte d'un opérateur."],
    [
        "Without an admin's key, a heat map has cells of resolution {}.",
        "Sans clé d'administrateur, une carte a des cellules de résolution {}.",
    ],
    ["NUL characters are not permitted.", "Le caractère nul n'est pas permis."],
    [
        "Send the files with a form: the Content-Type is multipart/form-data.",
        "Envoyez les fichiers par un formulaire : le Content-Type est multipart/form-data.",
    ],
    ["There are no files in the form.", "Il n'y a aucun fichier dans le formulaire."],
    [
        "The form with the files cannot be read: it may have broken off.",
        "Le formulaire avec les fichiers est illisible : l'envoi s'est peut-être interrompu.",
    ],
    [
        "`{}` is no name of a file in a folder, such as zupc/lyon/zone.yaml.",
        "`{}` n'est pas le nom d'un fichier dans un dossier, comme zupc/lyon/zone.yaml.",
    ],
    [
        "`{}` is sent twice, or is a folder as well.",
        "`{}` est envoyé deux fois, ou est aussi un dossier.",
    ],
    ["There are more than {} files.", "Il y a plus de {} fichiers."],
    ["`{}` is larger than {} MiB.", "`{}` dépasse {} Mio."],
    ["The files are larger than {} MiB together.", "Les fichiers dépassent {} Mio au total."],
    [
        "Another import is being read: try again when it is over.",
        "Un autre import est en cours : réessayez quand il sera fini.",
    ],
    [
        "The files or their options are not those of the preview: preview them again.",
        "Les fichiers ou leurs options ne sont plus ceux de l'aperçu : refaites l'aperçu.",
    ],
    [
        "The territory has changed since the preview: preview the files again.",
        "Le territoire a changé depuis l'aperçu : refaites l'aperçu.",
    ],
    [
        "The files have faults, so nothing was imported: preview them for the list.",
        "Les fichiers ont des défauts, rien n'a été importé : refaites l'aperçu pour en voir la liste.",
    ],
    [
        "The import takes away much of what is there: say `replace` if that is right.",
        "L'import retire une grande part de l'existant : donnez `replace` si c'est voulu.",
    ],
    [
        "Not a digest of a preview: 64 hexadecimal digits.",
        "Ce n'est pas l'empreinte d'un aperçu : 64 chiffres hexadécimaux.",
    ],
];

/// True if the request prefers French refusals.
pub(crate) fn is_asked(request: &Request) -> bool {
    request.uri().path().starts_with("/v1/")
        && accepted(request.headers()) == Some(Language::French)
}

/// Translates an answer, if it is a refusal.
pub(crate) fn say(response: &mut Response) {
    let Some(Refusal(mut errors)) = response.extensions_mut().remove() else { return };
    translate(&mut errors);
    let body = serde_json::to_vec(&Envelope { errors: &errors }).expect("texts are JSON");
    *response.body_mut() = Body::from(body);
    // The length has changed; the server sets it again.
    response.headers_mut().remove(CONTENT_LENGTH);
    response.headers_mut().remove(CONTENT_ENCODING);
    response.headers_mut().insert(CONTENT_LANGUAGE, HeaderValue::from_static("fr"));
}

/// An answer with sentences in this language.
pub(super) fn in_language(language: Language, mut response: Response) -> Response {
    let language = HeaderValue::from_static(language.tag());
    response.headers_mut().insert(CONTENT_LANGUAGE, language);
    response
}

fn translate(faults: &mut Faults) {
    match faults {
        Faults::Messages(messages) => {
            for message in messages {
                if let Some(french) = in_french(message, SENTENCES) {
                    *message = french;
                }
            }
        }
        Faults::Parts(parts) => parts.values_mut().for_each(translate),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_said_with_what_it_is_about() {
        let said = |message: &str| {
            let mut faults = Faults::message(message);
            translate(&mut faults);
            let Faults::Messages(said) = faults else { panic!("it is a message") };
            said.concat()
        };
        assert_eq!(
            said("Too many requests: try again in 3 s."),
            "Trop de requêtes : réessayez dans 3 s."
        );
        assert_eq!(
            said("The method PUT is not allowed here: use GET, POST."),
            "La méthode PUT n'est pas possible ici : utilisez GET, POST."
        );
        assert_eq!(
            said("Must be greater than or equal to -1.5 and less than or equal to 1.5."),
            "Doit être compris entre -1.5 et 1.5."
        );
        assert_eq!(said("Unknown field. Or not?"), "Unknown field. Or not?");
    }

    #[test]
    fn each_sentence_has_the_same_gaps_in_both_languages() {
        for [english, french] in SENTENCES {
            assert_eq!(english.matches("{}").count(), french.matches("{}").count(), "{english}");
        }
    }
}
