//! The French of what the description says in English: its parameters, its answers and its refusals.

use serde_json::Value;

use crate::api::language::in_french;

/// Each sentence in English and French; `{}` stands for what differs.
const SENTENCES: &[[&str; 2]] = &[
    // Parameters and fields.
    ["The id of the taxi.", "L'identifiant du taxi."],
    ["The id of the hail.", "L'identifiant de la course."],
    [
        "The id of the customer, as the app numbers them.",
        "L'identifiant du client, tel que le moteur le numérote.",
    ],
    [
        "Server-sent events. `hail` and `taxi` name what changed, with its new status; after `reset`, events are missing \
         and everything is to be read again. `ready` is the first one.",
        "Événements envoyés par le serveur. `hail` et `taxi` nomment ce qui a changé, avec le nouveau statut ; après \
         `reset`, des événements manquent et tout est à relire. `ready` est le premier.",
    ],
    ["The number of the account.", "Le numéro du compte."],
    [
        "The number of the key, as the list shows it.",
        "Le numéro de la clé, tel que la liste le montre.",
    ],
    [
        "A text of your own for this hail, such as a UUID. After a lost answer, send the same hail with the same key \
         again within a day: the answer is the first one, and no second hail is created. Visible ASCII characters.",
        "Un texte de votre choix pour cette course, par exemple un UUID. Si la réponse s'est perdue, envoyez dans \
         la journée la même course avec la même clé : la réponse est la première, et aucune autre course n'est \
         créée. Caractères ASCII visibles.",
    ],
    [
        "`open`: a hail is open; `ride`: a ride was finished; `customer`: the customer gave up; `none`: no ride was \
         reported. With `outcome`, `status` or `operateur` the list is of the last 31 days, unless `since`, `date` or \
         `customer_id` is given.",
        "`open` : une course est en cours ; `ride` : une course a été menée à son terme ; `customer` : le client a \
         renoncé ; `none` : aucune course n'est signalée. Avec `outcome`, `status` ou `operateur`, la liste porte sur \
         les 31 derniers jours, sauf si `since`, `date` ou `customer_id` est donné.",
    ],
    ["Status of a hail of the session.", "Statut d'une course de la session."],
    ["Day (UTC) on which the session began.", "Jour (UTC) où la session a commencé."],
    [
        "Earliest time; UTC without an offset.",
        "Premier instant ; en UTC s'il est donné sans décalage.",
    ],
    [
        "First time that is too late; UTC without an offset.",
        "Premier instant exclu ; en UTC s'il est donné sans décalage.",
    ],
    ["Longitude in degrees (WGS 84).", "Longitude en degrés (WGS 84)."],
    ["Latitude in degrees (WGS 84).", "Latitude en degrés (WGS 84)."],
    ["Values separated by commas.", "Valeurs séparées par des virgules."],
    ["Which page, from 1.", "Numéro de la page, à partir de 1."],
    [
        "The table: drivers, vehicles, ads, taxis, hails, searches or figures.",
        "La table : drivers, vehicles, ads, taxis, hails, searches ou figures.",
    ],
    [
        "West, south, east and north in degrees, separated by commas.",
        "Ouest, sud, est et nord en degrés, séparés par des virgules.",
    ],
    [
        "The layer: towns, zones, exclusions or ranks.",
        "Le calque : towns (communes), zones (ZUPC), exclusions ou ranks (stations).",
    ],
    [
        "Only the feature with this id, or the town with this code, wherever it is.",
        "Seulement l'objet de cet identifiant, ou la commune de ce code, où qu'il soit.",
    ],
    [
        "Only what changed in this second or later: `at` of the last answer. Taxis that left the box or fell silent are \
         not told.",
        "Seulement ce qui a changé à cette seconde ou après : `at` de la dernière réponse. Les taxis sortis du cadre \
         ou devenus muets ne sont pas signalés.",
    ],
    [
        "Only taxis that reported within so many seconds; as searches do, 120 if it is not given.",
        "Seulement les taxis dont la position date d'au plus tant de secondes ; sans indication 120, comme les \
         recherches.",
    ],
    [
        "The operator is not known, or belongs to others.",
        "L'opérateur n'est pas connu, ou relève d'un autre compte.",
    ],
    ["The file, as the catalogue names it.", "Le fichier, comme le catalogue le nomme."],
    ["Another import is being read.", "Un autre import est en cours."],
    [
        "The files or the territory have changed since the preview, the files have faults, too much would be removed, \
         or another import is being read.",
        "Les fichiers ou le territoire ont changé depuis l'aperçu, les fichiers ont des défauts, trop d'éléments \
         seraient retirés, ou un autre import est en cours.",
    ],
    ["The files took longer than {} s to arrive.", "Les fichiers ont mis plus de {} s à arriver."],
    [
        "More than {} files or {} MiB, or a file other than GeoJSON of more than {} MiB.",
        "Plus de {} fichiers ou de {} Mio, ou un fichier autre que GeoJSON de plus de {} Mio.",
    ],
    [
        "The `Content-Type` is not `multipart/form-data`.",
        "Le `Content-Type` n'est pas `multipart/form-data`.",
    ],
    // Answers.
    ["The file.", "Le fichier."],
    ["The registry has no logo.", "Le registre n'a pas de logo."],
    ["`privacy` or `accessibility`.", "`privacy` ou `accessibility`."],
    [
        "Words to look for; all of them must occur.",
        "Les mots à chercher ; tous doivent être présents.",
    ],
    [
        "The name of the page, as the documentation lists it.",
        "Le nom de la page, comme la documentation la liste.",
    ],
    ["A catalogue as JSON-LD.", "Un catalogue en JSON-LD."],
    [
        "The file. An answer that breaks off has no end that its format knows.",
        "Le fichier. Une réponse interrompue n'a pas la fin que son format connaît.",
    ],
    [
        "Another heat map is under way: `Retry-After` gives the seconds to wait.",
        "Une autre carte est en cours : `Retry-After` donne les secondes à attendre.",
    ],
    [
        "The operator is not known, or the registry has no hails of the month.",
        "L'opérateur n'est pas connu, ou le registre n'a pas de courses de ce mois.",
    ],
    [
        "Other exports are under way: `Retry-After` gives the seconds to wait.",
        "D'autres exports sont en cours : `Retry-After` donne les secondes à attendre.",
    ],
    ["Success.", "Succès."],
    ["Created.", "Créé."],
    ["It existed already.", "Existait déjà."],
    ["Done.", "Fait."],
    ["A page of the list.", "Une page de la liste."],
    ["All positions were taken.", "Toutes les positions sont prises."],
    ["Fields separated by semicolons.", "Champs séparés par des points-virgules."],
    ["A GeoJSON feature collection.", "Une collection d'objets GeoJSON."],
    ["Figures open to everyone.", "Des chiffres ouverts à tous."],
    ["A page.", "Une page."],
    ["An OpenAPI document.", "Un document OpenAPI."],
    // Refusals.
    [
        "The input is not valid. Nothing was changed.",
        "Les données ne sont pas valides. Rien n'a été modifié.",
    ],
    ["The API key is missing or not valid.", "La clé d'API est absente ou n'est pas valide."],
    ["E-mail, password or key is wrong.", "L'adresse e-mail, le mot de passe ou la clé est faux."],
    ["The account does not have the role.", "Le compte n'a pas le rôle."],
    [
        "The account is neither the caller's nor managed by it.",
        "Le compte n'est ni celui de l'appelant ni géré par lui.",
    ],
    [
        "Not found, or not accessible to this account.",
        "Introuvable, ou pas accessible à ce compte.",
    ],
    ["The body took longer than {} s to arrive.", "Le corps a mis plus de {} s à arriver."],
    [
        "Several départements have this name or number.",
        "Plusieurs départements ont ce nom ou ce numéro.",
    ],
    [
        "The town, zone or operator is not known.",
        "La commune, la ZUPC ou l'opérateur n'est pas connu.",
    ],
    [
        "The hail was not declined, or has another ground.",
        "La course n'est pas refusée, ou a un autre motif.",
    ],
    [
        "E-mail address or password is wrong.",
        "L'adresse électronique ou le mot de passe est incorrect.",
    ],
    [
        "The request comes from a page of another site.",
        "La requête vient d'une page d'un autre site.",
    ],
    [
        "The number of the sign-in, as the list shows it, or `current`.",
        "Le numéro de la connexion, tel que la liste le montre, ou `current`.",
    ],
    [
        "Part of the e-mail address, the name or the manager's e-mail address, or the number.",
        "Une partie de l'adresse e-mail, du nom ou de l'adresse e-mail du gestionnaire, ou le numéro.",
    ],
    [
        "A second step is asked for: `POST /v1/sign-ins/second-step`.",
        "Une deuxième étape est demandée : `POST /v1/sign-ins/second-step`.",
    ],
    ["The number of the identity.", "Le numéro de l'identité."],
    ["The registry has no identity provider.", "Le registre n'a pas de fournisseur d'identité."],
    ["The identity provider does not answer.", "Le fournisseur d'identité ne répond pas."],
    [
        "The way back is over, or the answer of the provider failed a check.",
        "Le retour n'est plus valable, ou la réponse du fournisseur d'identité a échoué à un contrôle.",
    ],
    [
        "No account is linked with the identity, or it is disabled.",
        "Aucun compte n'est lié à cette identité, ou il est désactivé.",
    ],
    ["The identity is linked with another account.", "L'identité est liée à un autre compte."],
    ["The identity is linked with the account.", "L'identité est liée au compte."],
    ["The caller is a guest in the account.", "L'appelant est invité dans le compte."],
    ["It is the only way into the account.", "C'est le seul accès au compte."],
    ["The ticket is over: sign in again.", "Le ticket n'est plus valable : reconnectez-vous."],
    ["The caller acts for another account.", "L'appelant agit pour un autre compte."],
    ["The account has none, or must have one.", "Le compte n'en a pas, ou doit en avoir une."],
    ["The account has no second step.", "Le compte n'a pas de deuxième étape."],
    ["The registry sends no mails.", "Le registre n'envoie pas d'e-mails."],
    [
        "The link is unknown, was used, or has expired.",
        "Le lien est inconnu, a déjà servi ou a expiré.",
    ],
    ["Another account has this e-mail address.", "Un autre compte a cette adresse e-mail."],
    ["An admin would lock itself out.", "Un administrateur perdrait son propre accès."],
    [
        "Something belongs to the account, or it is the caller's own.",
        "Quelque chose appartient au compte, ou c'est celui de l'appelant.",
    ],
    ["The account is disabled.", "Le compte est désactivé."],
    ["The account has as many keys as it may have.", "Le compte a déjà le nombre maximal de clés."],
    [
        "The registry has no sandbox, or as many test taxis as it may.",
        "Le registre n'a pas de bac à sable, ou a déjà le maximum de taxis de test.",
    ],
    ["It is the only key of the account.", "C'est la seule clé du compte."],
    ["The key was used for another request.", "La clé a servi pour une autre requête."],
    ["The body is larger than {} KiB.", "Le corps dépasse {} Kio."],
    [
        "The `Content-Type` is not JSON, or there is a `Content-Encoding`.",
        "Le `Content-Type` n'est pas du JSON, ou il y a un `Content-Encoding`.",
    ],
    [
        "Too many requests: `Retry-After` gives the seconds to wait.",
        "Trop de requêtes : `Retry-After` donne les secondes à attendre.",
    ],
    [
        "Request line and headers exceed {} KiB or {} lines.",
        "La ligne de requête et les en-têtes dépassent {} Kio ou {} lignes.",
    ],
];

/// Says the descriptions in French. Those of fields that are not listed stay in English.
pub(super) fn say(api: &mut Value) {
    match api {
        Value::Object(fields) => {
            if let Some(Value::String(text)) = fields.get_mut("description")
                && let Some(french) = in_french(text, SENTENCES)
            {
                *text = french;
            }
            fields.values_mut().for_each(say);
        }
        Value::Array(values) => values.iter_mut().for_each(say),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_parameter_answer_and_refusal_is_said_in_french() {
        let api: Value = serde_json::from_str(super::super::OPENAPI).expect("it is JSON");
        let mut missing = BTreeSet::new();
        let calls = api["paths"].as_object().expect("paths").values();
        for call in calls.flat_map(|methods| methods.as_object().expect("methods").values()) {
            let parameters = call["parameters"].as_array().into_iter().flatten();
            let responses = call["responses"].as_object().expect("responses").values();
            let texts = parameters.chain(responses).filter_map(|one| one["description"].as_str());
            missing.extend(texts.filter(|text| in_french(text, SENTENCES).is_none()));
        }
        assert_eq!(missing, BTreeSet::new(), "give these a row in SENTENCES");
    }
}
