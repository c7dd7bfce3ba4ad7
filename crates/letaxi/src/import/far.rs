//! Warnings about places far from every town, which often have longitude and latitude exchanged.

use geo::{BoundingRect, MultiPolygon};
use territory::{FAR_KM, Place, Point, Reach};

use super::Folder;
use super::complaint::Log;

/// Warns of ranks, zones and exclusion zones far from the towns of the folder or, if it has none, from the
/// `known` ones; and of towns of the folder far from the known ones.
pub(super) fn warn(folder: &Folder, known: &Reach, log: &mut Log) {
    let towns = folder.towns.iter().flatten();
    let here = towns.clone().map(|town| (town.code.as_str(), middle(&town.border)));
    about("towns", here, known, log);
    let of_folder = folder.towns.as_ref().map(Reach::of);
    let reach = of_folder.as_ref().unwrap_or(known);
    let stations = folder.stations.iter().flatten();
    let stations = stations.map(|rank| match &rank.place {
        Place::Point(point) => (rank.id.as_str(), Some(*point)),
        Place::Area(area) => (rank.id.as_str(), middle(area)),
    });
    about("stations", stations, reach, log);
    let zones = folder.zones.iter().flatten();
    let zones = zones.filter_map(|zone| Some((zone.name.as_str(), middle(zone.border.as_ref()?))));
    about("zupc", zones, reach, log);
    let exclusions = folder.exclusions.iter().flatten();
    about(
        "exclusions",
        exclusions.map(|zone| (zone.id.as_str(), middle(&zone.border))),
        reach,
        log,
    );
}

fn middle(border: &MultiPolygon<f64>) -> Option<Point> {
    let center = border.bounding_rect()?.center();
    Point::new(center.x, center.y).ok()
}

/// One warning per part, which names the first place and counts the others.
fn about<'a>(
    part: &str,
    all: impl Iterator<Item = (&'a str, Option<Point>)>,
    reach: &Reach,
    log: &mut Log,
) {
    let mut far = Vec::new();
    let mut count = 0;
    for (name, point) in all {
        count += 1;
        far.extend(point.filter(|point| reach.is_far(*point)).map(|point| (name, point)));
    }
    let Some((name, point)) = far.first() else { return };
    let swapped = if reach.is_swapped(*point) {
        "; longitude and latitude seem to be swapped: longitude comes first"
    } else {
        ""
    };
    let text = format!(
        "{} of {count} lie more than {FAR_KM} km from every town; the first is `{name}` at {} {}{swapped}",
        far.len(),
        point.lon(),
        point.lat(),
    );
    log.about(part).warn(None, "", text);
}
