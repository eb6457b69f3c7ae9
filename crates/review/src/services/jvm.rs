//! Maven and Gradle modules with an application plugin.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::File;

use super::{
    Found, Language, Manifests, Package, Program, base, is_for_development, parent, place_of,
    resolve,
};
use crate::source::Source;

/// What in a build file shows that a module is a program.
const PROGRAMS: &[&str] = &[
    "spring-boot-maven-plugin",
    "quarkus-maven-plugin",
    "micronaut-maven-plugin",
    "<mainClass>",
    "id 'application'",
    "id(\"application\")",
    "`application`",
    "plugin: 'application'",
    "id 'org.springframework.boot'",
    "id(\"org.springframework.boot\")",
    "id 'io.quarkus'",
    "id(\"io.quarkus\")",
    "mainClassName",
    "com.google.cloud.tools.jib",
    "id(\"io.ktor.plugin\")",
    "id 'io.ktor.plugin'",
];

pub(super) fn find(_tree: &dyn Source, manifests: &Manifests, found: &mut Found) {
    let builds: Vec<&File> = ["pom.xml", "build.gradle", "build.gradle.kts"]
        .iter()
        .flat_map(|n| manifests.named(n))
        .collect();
    let artifacts: BTreeMap<&str, &str> = builds
        .iter()
        .filter_map(|f| Some((artifact(&f.text)?, parent(&f.path))))
        .collect();
    let mut packages = Vec::new();
    for file in &builds {
        let dir = parent(&file.path);
        packages.push(Package {
            dir: dir.to_owned(),
            links: links(file, dir, &artifacts),
            published: !is_for_development(dir)
                && (file.text.contains("maven-publish")
                    || file.text.contains("nexus-staging")
                    || file.text.contains("<distributionManagement>")),
        });
        // The plugins that a parent only manages for its modules are in `pluginManagement`, beside `<modules>`.
        let parent_pom = file.text.contains("<modules>") || file.text.contains("apply false");
        if parent_pom || !PROGRAMS.iter().any(|p| file.text.contains(p)) {
            continue;
        }
        let name = artifact(&file.text).unwrap_or_else(|| base(dir));
        found.programs.push(Program {
            name: if dir.is_empty() { name } else { base(dir) }.to_owned(),
            aliases: BTreeSet::from([name.to_owned()]),
            dir: dir.to_owned(),
            language: Language::Jvm,
            place: place_of(file, PROGRAMS),
            serves: file.text.contains("spring-boot")
                || file.text.contains("springframework.boot")
                || file.text.contains("quarkus"),
        });
    }
    found.packages.insert(Language::Jvm, packages);
}

/// Returns the artifact of a pom: the first one outside of its parent.
fn artifact(text: &str) -> Option<&str> {
    let own = text.find("</parent>").map_or(text, |at| &text[at..]);
    own.split_once("<artifactId>")?
        .1
        .split_once("</artifactId>")
        .map(|(name, _)| name.trim())
}

/// Returns the folders of the modules that a build file names.
fn links(file: &File, dir: &str, artifacts: &BTreeMap<&str, &str>) -> BTreeSet<String> {
    let mut links = BTreeSet::new();
    for part in file.text.split("<artifactId>").skip(1) {
        let name = part.split('<').next().unwrap_or_default().trim();
        links.extend(artifacts.get(name).map(|d| (*d).to_owned()));
    }
    for part in file.text.split("project(").skip(1) {
        let quoted = part.split(['"', '\'']).nth(1).unwrap_or_default();
        if let Some(module) = quoted.strip_prefix(':') {
            links.extend(resolve("", &module.replace(':', "/")));
        }
    }
    links.remove(dir);
    links
}
