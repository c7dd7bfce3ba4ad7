//! Reads the modules of a crate and the names that each mentions.
//!
//! Tests do not count. Not seen: paths inside macros.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree};

use super::{read, rust_files_under};

/// Names from the root of a crate: `["app", "hail", "create"]`.
pub(super) type Names = Vec<String>;

/// A module: its file, the names it mentions, and the names it re-exports.
#[derive(Default)]
pub(super) struct Module {
    /// Its file, by its path in the project.
    pub(super) file: String,
    /// Names it imports or spells out, from the root of the crate; those of other crates fit no module.
    pub(super) mentions: BTreeSet<Names>,
    /// Names it re-exports.
    exports: BTreeMap<String, Names>,
}

/// The modules of a crate by their names.
pub(super) fn modules(name: &str) -> BTreeMap<Names, Module> {
    let mut modules = BTreeMap::new();
    for path in rust_files_under(&format!("crates/{name}/src")) {
        let source = syn::parse_file(&read(&path)).expect("it compiled");
        let own_name = name.replace('-', "_");
        let at = module_of(path.strip_prefix(format!("crates/{name}/src")).expect("found there"));
        let mut reader =
            Reader { at, own_name, file: path.display().to_string(), modules: &mut modules };
        reader.module().file.clone_from(&path.display().to_string());
        reader.visit_file(&source);
    }
    modules
}

fn module_of(path: &Path) -> Names {
    let mut names: Names =
        path.with_extension("").iter().map(|name| name.to_string_lossy().into_owned()).collect();
    if names.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib")) {
        names.pop();
    }
    names
}

/// Collects the names that a module mentions.
struct Reader<'a> {
    at: Names,
    own_name: String,
    file: String,
    modules: &'a mut BTreeMap<Names, Module>,
}

impl Reader<'_> {
    fn module(&mut self) -> &mut Module {
        self.modules.entry(self.at.clone()).or_default()
    }

    /// A path from the root; other crates' are left out later, since no module has such a name.
    fn absolute(&self, path: &[String]) -> Names {
        let mut names = self.at.clone();
        for (place, name) in path.iter().enumerate() {
            match name.as_str() {
                "crate" => names.clear(),
                own if own == self.own_name && place == 0 => names.clear(),
                "self" => {}
                "super" => drop(names.pop()),
                name => names.push(name.to_owned()),
            }
        }
        names
    }

    fn import(&mut self, before: &[String], tree: &UseTree, public: bool) {
        let with = |name: &syn::Ident| [before, &[name.to_string()]].concat();
        let (path, alias) = match tree {
            UseTree::Path(path) => return self.import(&with(&path.ident), &path.tree, public),
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.import(before, tree, public));
            }
            UseTree::Name(name) => (with(&name.ident), name.ident.to_string()),
            UseTree::Rename(rename) => (with(&rename.ident), rename.rename.to_string()),
            UseTree::Glob(_) => (before.to_vec(), "*".to_owned()),
        };
        let path = self.absolute(&path);
        if public {
            self.module().exports.insert(alias, path);
        } else {
            self.module().mentions.insert(path);
        }
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        if let Some((_, items)) = &module.content {
            self.at.push(module.ident.to_string());
            let file = self.file.clone();
            self.module().file = file;
            for item in items {
                self.visit_item(item);
            }
            self.at.pop();
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let public = !matches!(item.vis, syn::Visibility::Inherited);
        self.import(&[], &item.tree, public);
    }

    /// `pub(in crate::app)` imports nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Names = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if names.len() > 1 {
            let path = self.absolute(&names);
            self.module().mentions.insert(path);
        }
        visit::visit_path(self, path);
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Const(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        _ => &[],
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) => {
            list.path.is_ident("cfg") && list.tokens.to_string().contains("test")
        }
        _ => false,
    })
}

/// The file that defines a name, following re-exports.
pub(super) fn defined_in<'a>(
    modules: &'a BTreeMap<Names, Module>,
    path: &[String],
    depth: u8,
) -> Option<&'a str> {
    let (length, module) =
        (0..=path.len()).rev().find_map(|length| Some((length, modules.get(&path[..length])?)))?;
    let followed = path.get(length).and_then(|name| module.exports.get(name));
    match followed {
        Some(target) if depth > 0 => defined_in(modules, target, depth - 1),
        _ => Some(&module.file),
    }
}
