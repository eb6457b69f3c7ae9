//! Spring Boot runs Liquibase or Flyway by itself as it starts, before it serves, where one of them is a dependency and no setting turns
//! it off. <https://docs.spring.io/spring-boot/how-to/data-initialization.html#howto.data-initialization.migration-tool>

use coexist_model::{File, KnownOrder, Order, OrderEvidence, Place};

use super::yaml;

/// Words of which one stands in a build file that brings a tool which Spring Boot runs.
pub const SPRING_MIGRATORS: &[&str] = &[
    "liquibase-core",
    "starter-liquibase",
    "flyway-core",
    "starter-flyway",
];

/// What stands before the class that Spring Boot starts.
pub const SPRING_BOOT: &str = "@SpringBootApplication";

/// Returns whether a file names the dependencies of a program for the JVM.
pub fn is_jvm_build(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == "pom.xml" || name.ends_with(".gradle") || name.ends_with(".gradle.kts")
}

/// Returns whether a file holds settings of Spring.
pub fn is_spring_setting(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let endings = [".properties", ".yml", ".yaml"];
    let stem = endings.iter().find_map(|end| name.strip_suffix(end));
    stem.is_some_and(|s| s == "application" || s.starts_with("application-"))
        && !path.contains("/test/")
}

/// Returns what the files of a program say: what it is built of, and its settings.
pub fn spring<'f>(
    builds: impl IntoIterator<Item = &'f File>,
    settings: impl IntoIterator<Item = &'f File>,
) -> Vec<OrderEvidence> {
    let tools: [(&'static str, &str); 2] = [("liquibase", "Liquibase"), ("flyway", "Flyway")];
    let settings: Vec<&File> = settings.into_iter().collect();
    let builds: Vec<&File> = builds.into_iter().collect();
    let found = tools.into_iter().filter_map(|(tool, name)| {
        let place = builds.iter().find_map(|file| dependency(file, tool))?;
        let off = settings.iter().any(|file| is_decided(file, tool));
        (!off).then(|| OrderEvidence {
            order: KnownOrder {
                order: Order::Before,
                proven: true,
                because: format!("Spring Boot runs {name} before it serves"),
                place: Some(place),
            },
            scope: None,
            tool: Some(tool),
            needs: None,
        })
    });
    found.collect()
}

/// Returns the line that brings a tool, unless it is for tests alone.
fn dependency(file: &File, tool: &str) -> Option<Place> {
    let words = [format!("{tool}-core"), format!("starter-{tool}")];
    let mut at = 0;
    for line in file.text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let text = line.trim();
        let brings = words.iter().any(|w| text.contains(w.as_str()));
        let comment = text.starts_with("//") || text.starts_with("<!--");
        let rest = file.text.get(start..).unwrap_or_default();
        let declared = rest.split("</dependency>").next().unwrap_or_default();
        let for_tests = text.starts_with("test") || declared.contains("<scope>test</scope>");
        if brings && !comment && !for_tests {
            return Some(file.place(start..start + line.trim_end().len()));
        }
    }
    None
}

/// Returns whether a setting decides otherwise, or leaves it to the environment.
fn is_decided(file: &File, tool: &str) -> bool {
    let on = |value: &str| value.trim().eq_ignore_ascii_case("true");
    if file.path.ends_with(".properties") {
        let name = format!("spring.{tool}.enabled");
        return file.text.lines().any(|line| {
            line.split_once('=')
                .is_some_and(|(key, value)| key.trim() == name && !on(value))
        });
    }
    let read = yaml::read(&file.text);
    read.documents.iter().any(|document| {
        let paths: [&[&str]; 2] = [
            &["spring", tool, "enabled"],
            &[&format!("spring.{tool}.enabled")],
        ];
        paths
            .iter()
            .any(|path| document.text_at(path).is_some_and(|value| !on(value)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(build: &str, settings: &str) -> Vec<String> {
        let build = File::new("pom.xml", build);
        let settings = File::new("src/main/resources/application.yml", settings);
        let found = spring([&build], [&settings]);
        found.into_iter().map(|e| e.order.because).collect()
    }

    #[test]
    fn a_dependency_is_run_unless_a_setting_says_otherwise() {
        let build = "<dependency>\n<artifactId>liquibase-core</artifactId>\n</dependency>";
        let runs = ["Spring Boot runs Liquibase before it serves"];
        assert_eq!(says(build, "spring:\n  jpa: {}\n"), runs);
        assert_eq!(
            says(build, "spring:\n  liquibase:\n    enabled: true\n"),
            runs
        );
        assert!(says(build, "spring:\n  liquibase:\n    enabled: false\n").is_empty());
        assert!(
            says(
                build,
                "spring:\n  liquibase:\n    enabled: ${MIGRATE:true}\n"
            )
            .is_empty()
        );
        let tests =
            "<dependency>\n<artifactId>flyway-core</artifactId>\n<scope>test</scope></dependency>";
        assert!(says(tests, "").is_empty());
    }
}
