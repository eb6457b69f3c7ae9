//! `git fetch`, the only command that reaches the network, and only where the user asked for it.
//!
//! A fetch runs what the settings name: `ssh`, credential helpers, helpers for protocols, proxies. Those of the user and of the system are
//! the user's own. Those of the repository are not: where they name a program, or weaken whom to trust, there is no fetch, and the
//! message names the setting. What is left is data: addresses, names of branches, a header for the host.

use super::Repository;
use super::process::Git;
use crate::error::Error;

/// Settings of the repository under `http` that say neither whom to trust nor what to run or write.
const HARMLESS_HTTP: &[&str] = &[
    "extraheader",
    "lowspeedlimit",
    "lowspeedtime",
    "maxrequests",
    "postbuffer",
    "useragent",
    "version",
];

impl Repository {
    /// Fetches from a remote of the repository, and forgets what it knew of the objects.
    pub(crate) fn fetch(&self, arguments: &[&str]) -> Result<(), Error> {
        if let Some(key) = own_danger(&self.git)? {
            return Err(Error::FetchByRepository { key });
        }
        self.git.run_fetch(arguments)?;
        self.reopen_objects();
        Ok(())
    }
}

/// Returns a setting of the repository that a fetch would run, or trust.
fn own_danger(git: &Git) -> Result<Option<String>, Error> {
    let arguments = ["config", "-z", "--show-scope", "--list"];
    let output = git.run("read the settings", &arguments)?;
    let mut fields = output.split(|&byte| byte == 0);
    while let (Some(scope), Some(setting)) = (fields.next(), fields.next()) {
        let setting = String::from_utf8_lossy(setting);
        let (key, value) = setting.split_once('\n').unwrap_or((&setting, ""));
        let own = scope == b"local" || scope == b"worktree";
        if own && is_danger(key, value) {
            return Ok(Some(key.to_owned()));
        }
    }
    Ok(None)
}

/// Returns whether a fetch would run what the setting names, or trust whom it says. Section and last word of a key come in lowercase.
fn is_danger(key: &str, value: &str) -> bool {
    let (section, name) = (key.split('.').next(), key.rsplit('.').next());
    match (section.unwrap_or_default(), name.unwrap_or_default()) {
        ("core", name) => matches!(
            name,
            "sshcommand" | "askpass" | "gitproxy" | "alternaterefscommand"
        ),
        ("credential", name) => name == "helper",
        ("remote", "uploadpack") => value != "git-upload-pack",
        ("remote", name) => name == "vcs",
        ("http", name) => !HARMLESS_HTTP.contains(&name),
        // Which protocols may be used is given from outside; this is what they would be rewritten to.
        ("url", "insteadof" | "pushinsteadof") => key
            .strip_prefix("url.")
            .is_some_and(|address| !is_plain_address(address)),
        ("ssh", _) => true,
        _ => false,
    }
}

/// Returns whether an address is of a protocol that needs no program besides those of git, and of ssh.
fn is_plain_address(address: &str) -> bool {
    let known = ["https://", "http://", "ssh://", "git://", "file://"];
    known.iter().any(|start| address.starts_with(start)) || !address.contains("::")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_a_program_or_whom_to_trust_is_a_danger() {
        for (key, value) in [
            ("core.sshcommand", "x"),
            ("core.gitproxy", "x"),
            ("core.askpass", "x"),
            ("credential.helper", "!x"),
            ("credential.https://github.com.helper", "store"),
            ("remote.origin.uploadpack", "x"),
            ("remote.origin.vcs", "ext"),
            ("http.sslverify", "false"),
            ("http.https://github.com.sslcainfo", "ca.pem"),
            ("http.cookiefile", "/home/me/.bashrc"),
            ("url.ext::sh -c x .insteadof", "https://"),
        ] {
            assert!(is_danger(key, value), "{key}");
        }
        for (key, value) in [
            ("core.bare", "false"),
            ("remote.origin.url", "ext::x"),
            ("remote.origin.uploadpack", "git-upload-pack"),
            ("http.https://github.com/.extraheader", "AUTHORIZATION: x"),
            (
                "url.https://token@github.com/.insteadof",
                "https://github.com/",
            ),
            ("user.name", "x"),
        ] {
            assert!(!is_danger(key, value), "{key}");
        }
    }
}
