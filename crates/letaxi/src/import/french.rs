//! The French of complaints. A test of every complaint asks for it.

use crate::api::language::all_in_french;

/// The French of a complaint, if it is known.
pub fn of(text: &str) -> Option<String> {
    all_in_french(text, SENTENCES)
}

/// Each sentence in English and French; `{}` stands for what differs, which may be another of them.
const SENTENCES: &[[&str; 2]] = &[
    // Files and folders.
    ["{} exists, too: remove one of them", "{} existe aussi : retirez l’un des deux"],
    [
        "there is nothing to import: any of {} is expected",
        "il n’y a rien à importer : il faut au moins un de ces fichiers : {}",
    ],
    [
        "ignored: not a file that import reads",
        "ignoré : ce n’est pas un fichier que l’import sait lire",
    ],
    ["ignored, because {} exists", "ignoré, car {} existe"],
    [
        "ignored: the command `letaxi import` imports accounts",
        "ignoré : les comptes s’importent par la commande `letaxi import`",
    ],
    [
        "ignored: its name ends neither in {} nor in {}",
        "ignoré : son nom ne finit ni par {} ni par {}",
    ],
    [
        "holds no file whose name ends in .geojson or .json: leave the folder out to leave the exclusion zones as they are",
        "ne contient aucun fichier dont le nom finit par .geojson ou .json : omettez le dossier pour garder les zones \
         d’exclusion telles quelles",
    ],
    ["{} is also used in line {}: {}", "{} sert déjà à la ligne {} : {}"],
    [
        "{} is also used in {}: each zone has its own",
        "{} sert déjà dans {} : chaque zone a le sien",
    ],
    ["each rank has its own", "chaque station a le sien"],
    ["cannot be read: {}", "est illisible : {}"],
    ["there is no such file", "n’existe pas"],
    [
        "is not UTF-8 text: save it with that encoding",
        "n’est pas du texte en UTF-8 : enregistrez-le avec cet encodage",
    ],
    // GeoJSON.
    [
        "is not GeoJSON: it must begin with { and a `type`",
        "n’est pas du GeoJSON : il doit commencer par { et un `type`",
    ],
    ["is not GeoJSON: {}", "n’est pas du GeoJSON : {}"],
    [
        "is missing: a FeatureCollection has a list of features",
        "est absent : une FeatureCollection a une liste d’objets",
    ],
    [
        "is `{}`: FeatureCollection or Feature is expected",
        "vaut `{}` : il faut FeatureCollection ou Feature",
    ],
    ["is not a feature: {}", "n’est pas un objet GeoJSON : {}"],
    ["type is `{}`: Feature is expected", "type vaut `{}` : il faut Feature"],
    ["is {}: text is expected, between quotes", "vaut {} : il faut un texte, entre guillemets"],
    ["is empty: {}", "est vide : {}"],
    ["a value is required", "il faut une valeur"],
    ["is missing: the properties are {}; {}", "est absent : les propriétés sont {} ; {}"],
    ["is missing: the properties are {}", "est absent : les propriétés sont {}"],
    [
        "is missing: this feature has no properties; {}",
        "est absent : cet objet n’a aucune propriété ; {}",
    ],
    ["is missing: this feature has no properties", "est absent : cet objet n’a aucune propriété"],
    ["--code-property names the one to read", "code_property dit laquelle lire"],
    ["--name-property names the one to read", "name_property dit laquelle lire"],
    [
        "is missing: the feature needs one, such as {}",
        "est absent : l’objet en a besoin, par exemple {}",
    ],
    ["is not a geometry: {}", "n’est pas une géométrie : {}"],
    ["is missing", "est absente"],
    // Towns and their codes.
    ["at least one town is expected", "il faut au moins une commune"],
    [
        "{} is also in line {}: one feature holds all parts of a town",
        "{} est déjà à la ligne {} : un seul objet contient toutes les parties d’une commune",
    ],
    ["{}: the town is left out", "{} : la commune est laissée de côté"],
    [
        "`{}` is no INSEE code: it takes five digits or capital letters, such as 75056 or 2A004",
        "`{}` n’est pas un code INSEE : il faut cinq chiffres ou majuscules, comme 75056 ou 2A004",
    ],
    [
        "{} (an arrondissement of {}: give that code)",
        "{} (un arrondissement de {} : donnez ce code)",
    ],
    // Borders.
    [
        "is a {}: a Polygon or a MultiPolygon is expected",
        "est de type {} : il faut un Polygon ou un MultiPolygon",
    ],
    [
        "is a {}: a Point, a Polygon or a MultiPolygon is expected",
        "est de type {} : il faut un Point, un Polygon ou un MultiPolygon",
    ],
    [
        "it takes at least one ring of four positions",
        "il faut au moins un contour de quatre points",
    ],
    [
        "has {} positions: it takes at most {}; simplify it",
        "a {} points, pour un maximum de {} : simplifiez ce contour",
    ],
    [
        "has {} positions: a ring takes at least {}, the last like the first",
        "a {} points : il en faut au moins {}, dont le dernier égal au premier",
    ],
    [
        "has a position of {} numbers: it takes a longitude and a latitude",
        "a un point de {} nombres : il faut une longitude et une latitude",
    ],
    ["has a position without a longitude and a latitude", "a un point sans longitude ni latitude"],
    [
        "longitude {} and latitude {} are no place: a longitude lies within ±{}, a latitude within ±{}",
        "la longitude {} et la latitude {} ne sont pas un lieu : une longitude est entre ±{}, une latitude entre ±{}",
    ],
    [
        "is open: it ends at {} {}, and must end where it begins, at {} {}",
        "n’est pas fermé : il finit en {} {}, et doit finir là où il commence, en {} {}",
    ],
    [
        "parts {} and {} overlap: parts may only meet in points",
        "les parties {} et {} se recouvrent : elles ne peuvent se toucher qu’en des points",
    ],
    [
        "parts {} and {} share a line: join them into one",
        "les parties {} et {} ont une ligne en commun : réunissez-les",
    ],
    [
        "{}: crosses or touches itself at {} {}: a border must do neither",
        "{} se croise ou se touche en {} {} : un contour ne le doit pas",
    ],
    [
        "{}: crosses or touches itself: a border must do neither",
        "{} se croise ou se touche : un contour ne le doit pas",
    ],
    [
        "{}: leaves the exterior ring: a hole must lie inside it",
        "{} sort du contour extérieur : un trou doit être à l’intérieur",
    ],
    [
        "{} and {} share a line: rings may only meet in points",
        "{} et {} ont une ligne en commun : des contours ne peuvent se toucher qu’en des points",
    ],
    ["{} and {} overlap: join them into one", "{} et {} se recouvrent : réunissez-les"],
    ["{}: has fewer than three different positions", "{} a moins de trois points différents"],
    ["{}: has a position that is not a number", "{} a un point qui n’est pas un nombre"],
    ["part {} is empty: leave it out", "la partie {} est vide : omettez-la"],
    // Zones.
    ["ignored: a zone has a folder of its own", "ignoré : une zone a un dossier à elle"],
    ["is not there: the folder holds no zone", "n’existe pas : le dossier ne contient pas de zone"],
    [
        "holds no folder with a zone.yaml: leave zupc out to leave the zones as they are",
        "ne contient aucun dossier avec un zone.yaml : omettez zupc pour garder les zones telles quelles",
    ],
    ["`{}` is not a UUID, such as {}", "`{}` n’est pas un UUID, comme {}"],
    [
        "names no town: a zone needs towns, or a `feature` with its border",
        "ne nomme aucune commune : une zone a des communes, ou un `feature` avec son contour",
    ],
    [
        "{} is before in_force_since, {}: give the last day",
        "{} est avant in_force_since, {} : donnez le dernier jour",
    ],
    ["`{}` is not a date, such as {}", "`{}` n’est pas une date, comme {}"],
    [
        "no town is known as {}, nor any other of this zone",
        "la commune {} est inconnue, comme toutes les autres de cette zone",
    ],
    [
        "no town is known as {}: the zone goes without it",
        "la commune {} est inconnue : la zone se passe d’elle",
    ],
    ["there is no file `{}` beside this one", "il n’y a pas de fichier `{}` à côté de celui-ci"],
    ["the border of the zone is expected", "il faut le contour de la zone"],
    ["is missing or empty: every zone has one", "est absent ou vide : chaque zone en a un"],
    ["cannot be understood: {}", "ne se comprend pas : {}"],
    // Tables.
    ["is not CSV: {}", "n’est pas du CSV : {}"],
    ["without {}; the columns are {}; not {}", "il manque {} ; les colonnes sont {} ; et non {}"],
    ["without {}; the columns are {}", "il manque {} ; les colonnes sont {}"],
    ["the columns {} are expected", "il faut les colonnes {}"],
    ["ignored: {}", "ignorées : {}"],
    [
        "has {} cells: {} are expected, as in the first line; quote those that hold the separator",
        "a {} cellules : il en faut {}, comme à la première ligne ; mettez entre guillemets celles qui contiennent le \
         séparateur",
    ],
    [
        "is `{}`: a whole number or nothing is expected",
        "vaut `{}` : il faut un nombre entier, ou rien",
    ],
    [
        "is `{}`: longitude, comma, latitude are expected, such as {}",
        "vaut `{}` : il faut longitude, virgule, latitude, comme {}",
    ],
    [
        "{} of {} ids are not as the schema wants (town's code, `-T-`, three digits, such as {}); the first is `{}`",
        "{} identifiants sur {} ne suivent pas le schéma (code de la commune, `-T-`, trois chiffres, comme {}) ; le \
         premier est `{}`",
    ],
    [
        "{} of {} ranks are in an unknown town; the first is {}",
        "{} stations sur {} sont dans une commune inconnue ; la première est {}",
    ],
    ["`{}` is an unknown town{}", "`{}` est une commune inconnue{}"],
    [
        "`{}` of {} is in line {}, too: list it once",
        "`{}` de {} est déjà à la ligne {} : listez-le une fois",
    ],
    ["the number of the licence is required", "il faut le numéro de l’ADS"],
    ["is longer than {} characters", "dépasse {} caractères"],
    // Places.
    [
        "{} of {} lie more than {} km from every town; the first is `{}` at {} {}; longitude and latitude seem to be \
         swapped: longitude comes first",
        "{} sur {} sont à plus de {} km de toute commune ; le premier est `{}` en {} {} ; longitude et latitude semblent \
         inversées : la longitude vient d’abord",
    ],
    [
        "{} of {} lie more than {} km from every town; the first is `{}` at {} {}",
        "{} sur {} sont à plus de {} km de toute commune ; le premier est `{}` en {} {}",
    ],
    // Objections.
    [
        "{}: {} of the {} that are there would be removed",
        "{} : {} éléments sur {} seraient retirés",
    ],
    [
        "towns: licences are of {}, and the folder has no such town: zupc/fusion_communes/*.yaml tells which town took its place",
        "communes : des ADS sont de {}, que le dossier n’a pas : zupc/fusion_communes/*.yaml dit quelle commune les \
         remplace",
    ],
    ["towns", "communes"],
    ["exclusion zones", "zones d’exclusion"],
    // Rings, as the sentences above name them.
    ["part {}, exterior ring: {}", "partie {}, contour extérieur : {}"],
    ["part {}, hole {}: {}", "partie {}, trou {} : {}"],
    ["exterior ring: {}", "contour extérieur : {}"],
    ["hole {}: {}", "trou {} : {}"],
    ["part {}, {}", "partie {}, {}"],
    ["exterior ring", "contour extérieur"],
    ["hole {}", "trou {}"],
    // Reasons of the parser of JSON.
    ["EOF while parsing {}", "le fichier finit au milieu de {}"],
    ["an object", "un objet"],
    ["a list", "une liste"],
    ["a string", "un texte"],
    ["a value", "une valeur"],
    ["expected value", "il faut une valeur"],
    ["expected ident", "il faut true, false ou null"],
    ["key must be a string", "une clé est un texte entre guillemets"],
    ["trailing comma", "une virgule de trop"],
    ["trailing characters", "des caractères de trop à la fin"],
    ["expected {} or {}", "il faut {} ou {}"],
    ["recursion limit exceeded", "trop de niveaux imbriqués"],
    ["invalid number", "un nombre mal écrit"],
    ["invalid type: {}, expected {}", "{} n’est pas du bon type : il faut {}"],
    ["missing field `{}`", "le champ `{}` est absent"],
    ["duplicate field `{}`", "le champ `{}` est deux fois là"],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_is_said_with_what_it_is_about() {
        for (english, french) in [
            (
                "part 1, hole 2: leaves the exterior ring: a hole must lie inside it",
                "partie 1, trou 2 sort du contour extérieur : un trou doit être à l’intérieur",
            ),
            (
                "no town is known as 75101 (an arrondissement of 75056: give that code): the zone goes without it",
                "la commune 75101 (un arrondissement de 75056 : donnez ce code) est inconnue : la zone se passe d’elle",
            ),
            ("is not GeoJSON: trailing comma", "n’est pas du GeoJSON : une virgule de trop"),
        ] {
            assert_eq!(of(english).as_deref(), Some(french));
        }
    }

    #[test]
    fn each_sentence_has_the_same_gaps_in_both_languages() {
        for [english, french] in SENTENCES {
            assert_eq!(english.matches("{}").count(), french.matches("{}").count(), "{english}");
        }
    }
}
