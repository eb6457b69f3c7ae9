//! `coexist skill`: the skills for agents, installed where each agent looks.
//!
//! Project folders: <https://agentskills.io>, and `.claude/skills` for Claude Code. Beside the skills lies a list of what was written
//! and the hash of each text, so that a file that was edited since is told from one of an older release.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use coexist_report::Style;

use crate::args::{Agent, SkillArgs, SkillCommand};
use crate::env::Env;
use crate::failure::{Failure, io};

/// A file that is part of the program.
struct Embedded {
    /// Its path in `skills/`, or in `commands/`.
    path: &'static str,
    text: &'static str,
}

macro_rules! embedded {
    ($folder:literal: $($path:literal),* $(,)?) => {
        &[$(Embedded { path: $path, text: include_str!(concat!("../../../", $folder, "/", $path)) }),*]
    };
}

/// The skills, the main file of each first.
const SKILLS: &[Embedded] = embedded!("skills":
    "dist-review/SKILL.md",
    "distributed-systems-patterns/SKILL.md",
    "distributed-systems-patterns/references/consistency-decision-matrix.md",
    "distributed-systems-patterns/references/messaging-checklist.md",
);

/// The slash commands, for agents that have them.
const COMMANDS: &[Embedded] = embedded!("commands": "dist-review.md");

/// The list of what was written, in the folder of the skills.
const LIST: &str = ".coexist";

/// Does what was asked and returns what to print.
pub(crate) fn run(
    command: &SkillCommand,
    repo: &Path,
    env: &Env,
    style: &Style,
) -> Result<String, Failure> {
    match command {
        SkillCommand::Install(args) => each(args, repo, env, style, install),
        SkillCommand::Uninstall(args) => each(args, repo, env, style, uninstall),
        SkillCommand::Status { agent } => status(agent, repo, env, style),
        SkillCommand::Print { name } => print(name.as_deref()),
    }
}

/// A folder that holds skills, and the files that belong there.
struct Folder {
    /// The folder of the skills.
    path: PathBuf,
    /// The folder of the slash commands.
    commands: Option<PathBuf>,
    /// The folder that nothing is written outside of: the project.
    within: Option<PathBuf>,
}

/// Returns the folders of the agents, each once: most agents share one.
fn folders(agents: &[Agent], user: bool, repo: &Path, env: &Env) -> Result<Vec<Folder>, Failure> {
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for agent in agents {
        let folder = folder(*agent, user, repo, env)?;
        if seen.insert(folder.path.clone()) {
            all.push(folder);
        }
    }
    Ok(all)
}

fn folder(agent: Agent, user: bool, repo: &Path, env: &Env) -> Result<Folder, Failure> {
    if !user {
        let top = top(repo);
        let name = if agent == Agent::Claude {
            ".claude"
        } else {
            ".agents"
        };
        return Ok(Folder {
            path: top.join(name).join("skills"),
            commands: (agent == Agent::Claude).then(|| top.join(name).join("commands")),
            within: Some(top),
        });
    }
    let home = env.home().ok_or_else(|| {
        Failure::new("skill", "cannot find your home folder: HOME is not set")
            .help("install for the project with --project")
    })?;
    let root = match agent {
        Agent::Claude => env
            .var("CLAUDE_CONFIG_DIR")
            .map_or_else(|| home.join(".claude"), PathBuf::from),
        Agent::Cursor => home.join(".cursor"),
        Agent::Codex | Agent::Copilot | Agent::Gemini => home.join(".agents"),
    };
    Ok(Folder {
        path: root.join("skills"),
        commands: (agent == Agent::Claude).then(|| root.join("commands")),
        within: None,
    })
}

/// Returns the top of the working tree that holds the directory, or the directory itself.
fn top(repo: &Path) -> PathBuf {
    let start = std::path::absolute(repo).unwrap_or_else(|_| repo.to_owned());
    start
        .ancestors()
        .find(|folder| folder.join(".git").exists())
        .unwrap_or(&start)
        .to_owned()
}

/// What lies where a file belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Missing,
    /// It is what this release installs.
    Current,
    /// It is what another release installed, unchanged since.
    Other,
    /// Someone changed or made it.
    Edited,
}

/// One file of a folder.
struct Item {
    path: PathBuf,
    /// Its name in the list.
    key: String,
    text: &'static str,
    state: State,
}

impl Folder {
    fn items(&self) -> Vec<Item> {
        let list = self.list();
        let skills = SKILLS
            .iter()
            .map(|f| (self.path.join(f.path), f.path.to_owned(), f.text));
        let commands = self.commands.iter().flat_map(|folder| {
            COMMANDS.iter().map(move |f| {
                (
                    folder.join(f.path),
                    format!("../commands/{}", f.path),
                    f.text,
                )
            })
        });
        skills
            .chain(commands)
            .map(|(path, key, text)| Item {
                state: state(&path, text, list.get(&key)),
                path,
                key,
                text,
            })
            .collect()
    }

    /// Returns the hash of each file that was written.
    fn list(&self) -> BTreeMap<String, String> {
        let text = std::fs::read_to_string(self.path.join(LIST)).unwrap_or_default();
        text.lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once(' '))
            .map(|(hash, key)| (key.to_owned(), hash.to_owned()))
            .collect()
    }

    /// Refuses a path that links lead out of the project: a repository could make it point anywhere.
    fn check(&self, path: &Path) -> Result<(), Failure> {
        let Some(within) = &self.within else {
            return Ok(());
        };
        let real = |p: &Path| p.canonicalize();
        let top = real(within).map_err(|e| io("skill", "open", within, &e))?;
        let there = path
            .ancestors()
            .find(|p| std::fs::symlink_metadata(p).is_ok())
            .unwrap_or(within);
        match real(there) {
            Ok(real) if real.starts_with(&top) => Ok(()),
            _ => Err(Failure::new(
                "skill",
                format!(
                    "cannot write {}: {} is a link that leads out of the project",
                    path.display(),
                    there.display()
                ),
            )
            .help("take the link away, or install with --user")),
        }
    }
}

fn state(path: &Path, text: &str, listed: Option<&String>) -> State {
    match std::fs::read(path) {
        Ok(bytes) if bytes == text.as_bytes() => State::Current,
        Ok(bytes) if listed.is_some_and(|hash| *hash == hashed(&bytes)) => State::Other,
        Ok(_) => State::Edited,
        // A link to nowhere or an unreadable file is somebody's.
        Err(_) if std::fs::symlink_metadata(path).is_ok() => State::Edited,
        Err(_) => State::Missing,
    }
}

/// Returns the FNV-1a hash: it tells edits, not attacks. <http://www.isthe.com/chongo/tech/comp/fnv/>
fn hashed(bytes: &[u8]) -> String {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// What is done to one folder: lines of what was done to which path.
type Work = fn(&Folder, &[Item], &SkillArgs) -> Result<Vec<(&'static str, PathBuf)>, Failure>;

/// Checks all folders, then works on each: where one file is refused, nothing at all is written.
fn each(
    args: &SkillArgs,
    repo: &Path,
    env: &Env,
    style: &Style,
    work: Work,
) -> Result<String, Failure> {
    let folders = folders(&args.agent, args.user, repo, env)?;
    let mut edited = Vec::new();
    let mut all = Vec::new();
    for folder in &folders {
        let items = folder.items();
        for item in &items {
            folder.check(&item.path)?;
            if item.state == State::Edited {
                edited.push(item.path.display().to_string());
            }
        }
        folder.check(&folder.path.join(LIST))?;
        all.push(items);
    }
    if !edited.is_empty() && !args.force {
        let what = format!(
            "cannot touch {}: edited since it was installed",
            edited.join(", ")
        );
        return Err(Failure::new("skill", what).help("repeat it with --force to lose the edits"));
    }
    let mut out = String::new();
    for (folder, items) in folders.iter().zip(&all) {
        for (verb, path) in work(folder, items, args)? {
            let would = match (verb, args.dry_run) {
                ("unchanged", _) | (_, false) => verb.to_owned(),
                (verb, true) => format!("would have {verb}"),
            };
            out.push_str(&format!(
                "{would} {}\n",
                style.clean(&path.display().to_string())
            ));
        }
    }
    if out.is_empty() {
        out.push_str("nothing to do\n");
    }
    Ok(out)
}

fn install(
    folder: &Folder,
    items: &[Item],
    args: &SkillArgs,
) -> Result<Vec<(&'static str, PathBuf)>, Failure> {
    let mut done = Vec::new();
    for item in items {
        if item.state == State::Current {
            done.push(("unchanged", item.path.clone()));
            continue;
        }
        if !args.dry_run {
            write(&item.path, item.text)?;
        }
        done.push(("written", item.path.clone()));
    }
    let mut list =
        String::from("# What `coexist skill install` wrote here, and the hash of each file\n");
    for item in items {
        list.push_str(&format!("{} {}\n", hashed(item.text.as_bytes()), item.key));
    }
    let path = folder.path.join(LIST);
    if std::fs::read(&path).ok().as_deref() != Some(list.as_bytes()) {
        if !args.dry_run {
            write(&path, &list)?;
        }
        done.push(("written", path));
    }
    Ok(done)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(|e| io("skill", "make", parent, &e))?;
    }
    std::fs::write(path, text).map_err(|e| io("skill", "write", path, &e))
}

fn uninstall(
    folder: &Folder,
    items: &[Item],
    args: &SkillArgs,
) -> Result<Vec<(&'static str, PathBuf)>, Failure> {
    let mut done = Vec::new();
    let mut paths: Vec<PathBuf> = items
        .iter()
        .filter(|i| i.state != State::Missing)
        .map(|i| i.path.clone())
        .collect();
    let list = folder.path.join(LIST);
    if std::fs::symlink_metadata(&list).is_ok() {
        paths.push(list);
    }
    for path in paths {
        if !args.dry_run {
            std::fs::remove_file(&path).map_err(|e| io("skill", "remove", &path, &e))?;
        }
        done.push(("removed", path));
    }
    if !args.dry_run {
        let parents: BTreeSet<&Path> = items.iter().filter_map(|i| i.path.parent()).collect();
        // The deepest first; a folder that holds anything else stays.
        for parent in parents.into_iter().rev() {
            if Some(parent) != folder.commands.as_deref() {
                drop(std::fs::remove_dir(parent));
            }
        }
    }
    Ok(done)
}

fn status(agents: &[Agent], repo: &Path, env: &Env, style: &Style) -> Result<String, Failure> {
    let agents = if agents.is_empty() {
        Agent::value_variants()
    } else {
        agents
    };
    let mut out = format!("coexist {}\n", env!("CARGO_PKG_VERSION"));
    for (scope, user) in [("project", false), ("user", true)] {
        if user && env.home().is_none() {
            continue;
        }
        for folder in folders(agents, user, repo, env)? {
            let items = folder.items();
            for item in items.iter().filter(|i| i.path.ends_with("SKILL.md")) {
                let path = style.clean(&item.path.display().to_string());
                out.push_str(&format!("{scope:<8} {path}: {}\n", described(item, &items)));
            }
        }
    }
    out.push_str(&warnings(repo, env, style));
    Ok(out)
}

/// Returns how a skill is installed: by its main file and by those that belong to it.
fn described(main: &Item, items: &[Item]) -> String {
    let part_of = main.path.parent().unwrap_or(&main.path);
    let states: BTreeSet<&'static str> = items
        .iter()
        .filter(|i| i.path.starts_with(part_of))
        .map(|i| match i.state {
            State::Missing => "missing",
            State::Current => "current",
            State::Other => "other",
            State::Edited => "edited",
        })
        .collect();
    if main.state == State::Missing {
        return "not installed".to_owned();
    }
    let text = std::fs::read_to_string(&main.path).unwrap_or_default();
    let version = version(&text).unwrap_or("unknown");
    if states.contains("edited") {
        format!("version {version}, edited")
    } else if states.len() == 1 && states.contains("current") {
        format!("version {version}, current")
    } else {
        format!("version {version}, not what this release installs; run coexist skill install")
    }
}

/// Returns the version in the front matter of a skill.
fn version(text: &str) -> Option<&str> {
    let front = text
        .strip_prefix("---\n")?
        .split_once("\n---")
        .map(|(f, _)| f)?;
    front
        .lines()
        .find_map(|line| line.trim().strip_prefix("coexist:"))
        .map(|v| v.trim().trim_matches('"'))
}

/// Returns what else lies around that changes which skill an agent uses.
fn warnings(repo: &Path, env: &Env, style: &Style) -> String {
    let mut out = String::new();
    let Ok(user) = folder(Agent::Claude, true, repo, env) else {
        return out;
    };
    let Ok(project) = folder(Agent::Claude, false, repo, env) else {
        return out;
    };
    let shown = |path: &Path| style.clean(&path.display().to_string());
    let name = "dist-review";
    if user.path != project.path
        && user.path.join(name).exists()
        && project.path.join(name).exists()
    {
        out.push_str(&format!(
            "warning: {} wins over the one of the project\n",
            shown(&user.path.join(name))
        ));
    }
    // The hand-made predecessor of these skills.
    let old = user.path.join("distributed-systems-review");
    if old.exists() {
        out.push_str(&format!(
            "warning: {} does the same as {name} and can go\n",
            shown(&old)
        ));
    }
    out
}

/// Returns a file of a skill, its main file, or the names of all.
fn print(name: Option<&str>) -> Result<String, Failure> {
    let Some(name) = name else {
        let names: Vec<&str> = SKILLS
            .iter()
            .map(|f| f.path.strip_suffix("/SKILL.md").unwrap_or(f.path))
            .collect();
        return Ok(format!("{}\n", names.join("\n")));
    };
    SKILLS
        .iter()
        .find(|f| f.path == name || f.path.strip_suffix("/SKILL.md") == Some(name))
        .map(|f| f.text.to_owned())
        .ok_or_else(|| {
            Failure::new(
                "usage",
                format!("cannot print {name}: there is no such skill"),
            )
            .help("coexist skill print lists them")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Place {
        folder: tempfile::TempDir,
        env: Env,
    }

    impl Place {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            std::fs::create_dir_all(folder.path().join("project/.git")).unwrap();
            let home = folder.path().join("home").display().to_string();
            let mut env = Env::default();
            env.vars.insert("HOME".into(), home);
            Self { folder, env }
        }

        fn args(agents: &[Agent], set: impl Fn(&mut SkillArgs)) -> SkillArgs {
            let mut args = SkillArgs {
                agent: agents.to_vec(),
                user: false,
                project: false,
                dry_run: false,
                force: false,
            };
            set(&mut args);
            args
        }

        fn run(&self, command: &SkillCommand) -> Result<String, Failure> {
            let repo = self.folder.path().join("project");
            let said = run(command, &repo, &self.env, &Style::plain())?;
            let base = self.folder.path().display().to_string();
            Ok(said.replace(&base, "").replace('\\', "/"))
        }

        fn install(
            &self,
            agents: &[Agent],
            set: impl Fn(&mut SkillArgs),
        ) -> Result<String, Failure> {
            self.run(&SkillCommand::Install(Self::args(agents, set)))
        }

        fn uninstall(
            &self,
            agents: &[Agent],
            set: impl Fn(&mut SkillArgs),
        ) -> Result<String, Failure> {
            self.run(&SkillCommand::Uninstall(Self::args(agents, set)))
        }

        fn path(&self, path: &str) -> PathBuf {
            self.folder.path().join(path)
        }
    }

    #[test]
    fn everything_in_the_folders_is_embedded() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for (folder, embedded) in [("skills", SKILLS), ("commands", COMMANDS)] {
            let mut found = Vec::new();
            let mut open = vec![root.join(folder)];
            while let Some(at) = open.pop() {
                for entry in std::fs::read_dir(at).unwrap() {
                    let path = entry.unwrap().path();
                    if path.is_dir() {
                        open.push(path);
                    } else {
                        let path = path
                            .strip_prefix(root.join(folder))
                            .unwrap()
                            .display()
                            .to_string();
                        found.push(path.replace('\\', "/"));
                    }
                }
            }
            found.sort();
            let mut known: Vec<&str> = embedded.iter().map(|f| f.path).collect();
            known.sort_unstable();
            assert_eq!(found, known);
        }
    }

    #[test]
    fn the_skills_have_the_version_of_the_program() {
        for skill in SKILLS.iter().filter(|f| f.path.ends_with("/SKILL.md")) {
            assert_eq!(
                version(skill.text),
                Some(env!("CARGO_PKG_VERSION")),
                "{}",
                skill.path
            );
        }
    }

    #[test]
    fn installing_twice_changes_nothing_and_agents_share_a_folder() {
        let place = Place::new();
        let agents = [Agent::Codex, Agent::Gemini, Agent::Claude];
        let said = place.install(&agents, |_| {}).unwrap();
        assert!(
            said.contains("written /project/.agents/skills/dist-review/SKILL.md\n"),
            "{said}"
        );
        assert!(
            said.contains("written /project/.claude/commands/dist-review.md\n"),
            "{said}"
        );
        assert_eq!(
            said.matches(".agents/skills/dist-review/SKILL.md").count(),
            1
        );
        let again = place.install(&agents, |_| {}).unwrap();
        assert!(
            again.lines().all(|l| l.starts_with("unchanged ")),
            "{again}"
        );
    }

    #[test]
    fn a_dry_run_writes_nothing() {
        let place = Place::new();
        let said = place
            .install(&[Agent::Claude], |a| a.dry_run = true)
            .unwrap();
        assert!(said.starts_with("would have written "), "{said}");
        assert!(!place.path("project/.claude").exists());
    }

    #[test]
    fn an_edited_file_is_kept_unless_forced_and_then_nothing_else_is_written_either() {
        let place = Place::new();
        place.install(&[Agent::Codex], |_| {}).unwrap();
        let file = place.path("project/.agents/skills/dist-review/SKILL.md");
        std::fs::write(&file, "mine").unwrap();
        let failure = place
            .install(&[Agent::Claude, Agent::Codex], |_| {})
            .unwrap_err();
        assert!(failure.what.contains("edited since"), "{}", failure.what);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
        assert!(!place.path("project/.claude").exists());
        assert!(place.uninstall(&[Agent::Codex], |_| {}).is_err());
        place.install(&[Agent::Codex], |a| a.force = true).unwrap();
        assert_ne!(std::fs::read_to_string(&file).unwrap(), "mine");
    }

    #[test]
    fn a_file_of_another_release_is_replaced() {
        let place = Place::new();
        place.install(&[Agent::Codex], |_| {}).unwrap();
        let folder = place.path("project/.agents/skills");
        let older = "---\nmetadata:\n  coexist: \"0.0.9\"\n---\n";
        std::fs::write(folder.join("dist-review/SKILL.md"), older).unwrap();
        let list = format!("{} dist-review/SKILL.md\n", hashed(older.as_bytes()));
        std::fs::write(folder.join(LIST), list).unwrap();
        let status = place
            .run(&SkillCommand::Status {
                agent: vec![Agent::Codex],
            })
            .unwrap();
        assert!(
            status.contains("dist-review/SKILL.md: version 0.0.9, not what this release installs"),
            "{status}"
        );
        place.install(&[Agent::Codex], |_| {}).unwrap();
        let status = place
            .run(&SkillCommand::Status {
                agent: vec![Agent::Codex],
            })
            .unwrap();
        assert!(
            status.contains("dist-review/SKILL.md: version 0.1.0, current"),
            "{status}"
        );
    }

    #[test]
    fn uninstalling_leaves_what_is_not_ours() {
        let place = Place::new();
        place.install(&[Agent::Codex], |_| {}).unwrap();
        let own = place.path("project/.agents/skills/dist-review/notes.md");
        std::fs::write(&own, "mine").unwrap();
        place.uninstall(&[Agent::Codex], |_| {}).unwrap();
        assert!(own.exists());
        assert!(
            !place
                .path("project/.agents/skills/distributed-systems-patterns")
                .exists()
        );
        assert_eq!(
            place.uninstall(&[Agent::Codex], |_| {}).unwrap(),
            "nothing to do\n"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_project_is_not_followed() {
        let place = Place::new();
        std::fs::create_dir_all(place.path("elsewhere")).unwrap();
        std::os::unix::fs::symlink(place.path("elsewhere"), place.path("project/.claude")).unwrap();
        let failure = place.install(&[Agent::Claude], |_| {}).unwrap_err();
        assert!(
            failure.what.contains("leads out of the project"),
            "{}",
            failure.what
        );
        assert!(place.path("elsewhere").read_dir().unwrap().next().is_none());
    }

    #[test]
    fn the_personal_skill_that_wins_is_told() {
        let place = Place::new();
        place.install(&[Agent::Claude], |_| {}).unwrap();
        place.install(&[Agent::Claude], |a| a.user = true).unwrap();
        let status = place.run(&SkillCommand::Status { agent: vec![] }).unwrap();
        assert!(
            status.contains("warning: /home/.claude/skills/dist-review wins"),
            "{status}"
        );
    }

    #[test]
    fn a_skill_and_its_references_can_be_printed() {
        assert!(print(None).unwrap().starts_with("dist-review\n"));
        assert!(print(Some("dist-review")).unwrap().starts_with("---\n"));
        for file in SKILLS {
            assert_eq!(print(Some(file.path)).unwrap(), file.text);
        }
        assert!(print(Some("nope")).is_err());
    }
}
