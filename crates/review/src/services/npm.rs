//! npm packages and workspaces: <https://docs.npmjs.com/cli/v11/configuring-npm/package-json>.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::File;
use coexist_readers::deploy::tree::Node;
use coexist_readers::deploy::yaml;

use super::{
    Found, Language, Manifests, Package, Program, base, is_for_development, parent, place_of,
};

/// Packages whose presence shows that a package serves.
const SERVERS: &[&str] = &[
    "next",
    "@nestjs/core",
    "express",
    "fastify",
    "koa",
    "hono",
    "@hapi/hapi",
    "nuxt",
    "@remix-run/node",
    "@remix-run/serve",
    "@sveltejs/kit",
    "apollo-server",
    "@apollo/server",
    "restify",
    "@trpc/server",
    "@adonisjs/core",
    "@strapi/strapi",
    "bullmq",
    "kafkajs",
];

pub(super) fn find(manifests: &Manifests, found: &mut Found) {
    let parsed: Vec<(&File, Node)> = manifests
        .named("package.json")
        .filter_map(|file| Some((file, yaml::read(&file.text).documents.into_iter().next()?)))
        .collect();
    let dirs: BTreeMap<&str, &str> = parsed
        .iter()
        .filter_map(|(file, manifest)| Some((manifest.text_at(&["name"])?, parent(&file.path))))
        .collect();
    let mut packages = Vec::new();
    for (file, manifest) in &parsed {
        let dir = parent(&file.path);
        let names = dependencies(
            manifest,
            &["dependencies", "optionalDependencies", "peerDependencies"],
        );
        let links = names
            .iter()
            .filter_map(|n| dirs.get(n))
            .filter(|d| **d != dir)
            .map(|d| (*d).to_owned());
        let private = manifest.get("private").is_some_and(Node::is_true);
        let exported = ["main", "module", "exports", "types"]
            .iter()
            .any(|k| manifest.get(k).is_some());
        packages.push(Package {
            dir: dir.to_owned(),
            links: links.collect(),
            published: exported && !private && !is_for_development(dir),
        });
        found.programs.extend(program(file, manifest, dir, &names));
    }
    found.packages.insert(Language::Npm, packages);
}

fn dependencies<'a>(manifest: &'a Node, kinds: &[&str]) -> BTreeSet<&'a str> {
    let tables = kinds.iter().filter_map(|k| manifest.get(k));
    tables
        .flat_map(|t| t.entries().into_iter().map(|(name, _, _)| name))
        .collect()
}

fn program(file: &File, manifest: &Node, dir: &str, names: &BTreeSet<&str>) -> Option<Program> {
    let start = manifest.at_path(&["scripts", "start"]);
    let serves = names.iter().any(|n| SERVERS.contains(n));
    // The root of a workspace starts its members.
    let is_root = manifest.get("workspaces").is_some()
        || start.and_then(Node::text).is_some_and(starts_members);
    if start.is_none() || is_root && !serves {
        return None;
    }
    let name = manifest.text_at(&["name"]).unwrap_or_default();
    let name = if dir.is_empty() {
        base(name)
    } else {
        base(dir)
    };
    let aliases = manifest.text_at(&["name"]).map(|n| base(n).to_owned());
    Some(Program {
        name: name.to_owned(),
        aliases: aliases.into_iter().collect(),
        dir: dir.to_owned(),
        language: Language::Npm,
        place: place_of(file, &["\"start\""]),
        serves,
    })
}

fn starts_members(script: &str) -> bool {
    [
        "turbo",
        "nx ",
        "lerna",
        "--filter",
        "--workspace",
        "concurrently",
    ]
    .iter()
    .any(|w| script.contains(w))
}
