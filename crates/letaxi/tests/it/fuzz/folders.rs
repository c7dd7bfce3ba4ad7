//! Folders to import: each of their files is mutated in turn.

use std::collections::HashSet;
use std::fs;

use letaxi::import::{Options, french, read};
use tempfile::TempDir;

use super::input::Input;
use super::{Shown, Target, fuzz};

const TOWNS: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"insee":"00001","nom":"One"},"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1],[0,0]]]}},
{"type":"Feature","properties":{"insee":"00002","nom":"Two"},"geometry":{"type":"MultiPolygon","coordinates":[[[[1,0],[2,0],[2,1],[1,1],[1,0]],[[1.2,0.2],[1.4,0.2],[1.4,0.4],[1.2,0.2]]]]}}
]}"#;
const ZONE: &str = "id: 11111111-aaaa-4aaa-8aaa-000000000001\nname: Zone\nallowed:\n  '00001': One\n  '00002': Two\n";
const BORDERED: &str =
    "id: 11111111-aaaa-4aaa-8aaa-000000000002\nname: Gare\nallowed: null\nfeature: gare.geojson\n";
const AREA: &str = r#"{"type":"Feature","id":"way/1","properties":{"name":"Airport","name:fr":"Gare"},"geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[0,1],[0,0]]]}}"#;
const STATIONS: &str = "id;nom;insee;geopoint;adresse;emplacements;no_appel;info\r\n\"00001-T-001\";\"Gare \"\"A\"\"; Nord\";\"00001\";\"0.5, 0.25\";\"\";\"12\";\"\";\"\"\r\n";
const RANKS: &str = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"00001-T-001","nom":"Gare","insee":"00001","adresse":"","emplacements":12,"no_appel":"","info":""},"geometry":{"type":"Point","coordinates":[0.5,0.25]}}]}"#;
const MERGED: &str = "mapping:\n  '00900': '00001'\n";
const USERS: &str = r#"[{"name":"op","email":"op@x.fr","password":"a secret","apikey":"k1","roles":["operateur"],"manager":"boss","commercial_name":"Op","hail_endpoint_production":"http://127.0.0.1:9911/","operator_header_name":"X-Key","operator_api_key":"v","fleet_size":3},{"name":"boss","email":"boss@x.fr","roles":[],"manager":null,"fleet_size":null}]"#;

/// Ranks have two formats, hence two folders.
const FOLDERS: [&[(&str, &str)]; 2] = [
    &[
        ("towns.geojson", TOWNS),
        ("zupc/a/zone.yaml", ZONE),
        ("zupc/b/zone.yaml", BORDERED),
        ("zupc/b/gare.geojson", AREA),
        ("zupc/fusion_communes/one.yaml", MERGED),
        ("exclusions/airport.geojson", AREA),
        ("stations.csv", STATIONS),
        ("users.json", USERS),
    ],
    &[("towns.geojson", TOWNS), ("stations.geojson", RANKS)],
];

/// The folders on disk.
struct Folders {
    on_disk: [TempDir; FOLDERS.len()],
    tried: u32,
    sound: u32,
}

impl Folders {
    fn new() -> Self {
        let on_disk = FOLDERS.map(|files| {
            let folder = tempfile::tempdir().unwrap();
            for (name, text) in files {
                write(&folder, name, text.as_bytes());
            }
            folder
        });
        for folder in &on_disk {
            let options = Options::default();
            let good = read(folder.path(), &options, &HashSet::new(), &mut |_, _, _| {});
            good.unwrap_or_else(|faults| panic!("the good one is not: {faults}"));
        }
        Self { on_disk, tried: 0, sound: 0 }
    }
}

/// Every file, with its folder.
fn files() -> Vec<(usize, &'static str, &'static [u8])> {
    let folders = FOLDERS.iter().enumerate();
    folders
        .flat_map(|(which, files)| {
            files.iter().map(move |(name, text)| (which, *name, text.as_bytes()))
        })
        .collect()
}

impl Target for Folders {
    fn seeds(&self) -> Vec<Vec<u8>> {
        let files = files().into_iter().enumerate();
        files.map(|(number, (_, _, text))| Input::seed(Some(number), text)).collect()
    }

    fn try_one(&mut self, chosen: &[u8]) {
        let files = files();
        let mut input = Input::new(chosen);
        let (which, name, text) = *input.one_of(&files);
        let folder = &self.on_disk[which];
        let broken = input.document(&[text]);
        let _shown = Shown(name, &broken);
        write(folder, name, &broken);
        self.tried += 1;
        match read(folder.path(), &Options::default(), &HashSet::new(), &mut |_, _, _| {}) {
            Ok(_) => self.sound += 1,
            Err(faults) => {
                assert!(!faults.to_string().is_empty());
                let mut told = faults.0.iter().filter(|fault| fault.file != "users.json");
                let english = told.find(|fault| french::of(&fault.text).is_none());
                assert!(english.is_none(), "it has no French: {english:?}");
            }
        }
        write(folder, name, text);
    }

    fn end(self) {
        eprintln!("{} of {} were sound", self.sound, self.tried);
    }
}

#[test]
fn no_folder_breaks_its_import() {
    fuzz!(300, Folders::new());
}

fn write(folder: &TempDir, name: &str, bytes: &[u8]) {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}
