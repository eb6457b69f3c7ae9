//! The report in Markdown.
//!
//! Its headings are a promise to people and agents that look for them: exactly one level-2 heading at the top, one level-3
//! heading per principle, and the summary. Nothing stands above them, and no text of the repository can make another one.

use coexist_model::{Finding, Principle, Review, Sited, Verdict};

use crate::blocks::{Block, NAMED, blocks};
use crate::text::{count, visible};
use crate::{Output, Style, frame, schedule, summary};

/// The report for pull requests and agents.
pub(crate) struct Markdown;

impl Output for Markdown {
    fn name(&self) -> &'static str {
        "markdown"
    }

    fn render(&self, review: &Review, _style: &Style) -> String {
        let mut out = String::from("## Distributed Systems Safety Review\n");
        for principle in Principle::ALL {
            out.push_str(&principle_section(review, principle));
        }
        out.push_str(&summary_section(review));
        out
    }
}

fn principle_section(review: &Review, principle: Principle) -> String {
    let mut out = format!(
        "\n### {}. {}: {}\n\n",
        principle.number(),
        principle.heading(),
        review.verdict(principle).word()
    );
    let (findings, rest) = summary::shown(review);
    let blocks = blocks(&findings);
    let of_principle = blocks.iter().filter(|b| b.finding.principle == principle);
    let mut left = review
        .standing()
        .filter(|f| f.principle == principle)
        .count();
    let mut blocks: Vec<String> = of_principle
        .inspect(|b| left -= 1 + b.others.len())
        .map(|b| block(b, review))
        .collect();
    if rest > 0 && left > 0 {
        blocks.push(format!(
            "And {} more (all in `--format json`).\n",
            count(left, "finding")
        ));
    }
    let hidden: Vec<String> = review
        .findings
        .iter()
        .filter(|f| f.principle == principle)
        .filter_map(suppressed)
        .collect();
    if blocks.is_empty() {
        let why = if summary::nothing_read(review) {
            "Not checked: no changed file is of a kind that coexist reads.\n"
        } else {
            "Nothing found.\n"
        };
        blocks.push(why.to_owned());
    }
    if !hidden.is_empty() {
        blocks.push(listed("Suppressed", hidden).trim_start().to_owned());
    }
    out.push_str(&blocks.join("\n"));
    out
}

fn block(block: &Block<'_>, review: &Review) -> String {
    let f = block.finding;
    let mut out = format!(
        "**{}** `{}` ({}): {}\n\n",
        f.verdict.word(),
        f.rule,
        f.id,
        text(&f.title)
    );
    match block.shown {
        None => out.push_str(&places(f, review)),
        Some(shown) => out.push_str(&format!(
            "- Changed: {} ({})\n\nSame {} as `{}` ({}) above.\n",
            code(&schedule::at(&f.primary.place)),
            text(&f.label),
            shown.what("safe steps"),
            shown.by.rule,
            shown.by.id
        )),
    }
    if !block.shown.is_some_and(|s| s.schedule) {
        out.push_str(&witness(f));
    }
    if let Some(because) = &f.no_schedule_because {
        out.push_str(&format!("\nWhy this fails: {}\n", text(because)));
    }
    if !f.safe_steps.is_empty() && !block.shown.is_some_and(|s| s.steps) {
        out.push_str("\nSafe steps:\n\n");
        for (index, step) in f.safe_steps.iter().enumerate() {
            out.push_str(&format!("{}. {}\n", index + 1, text(step)));
        }
    }
    for note in block.notes() {
        out.push_str(&format!("\nNote: {}\n", text(note)));
    }
    if let Some(question) = &f.question {
        let decides: Vec<&str> = question.decides.iter().map(|v| v.word()).collect();
        out.push_str(&format!(
            "\nOpen question {}: {} The answer decides: {}. Wanted: {}\n",
            question.id,
            text(&question.asks),
            decides.join(" or "),
            text(&question.wants)
        ));
    }
    out.push_str(&others(block));
    out
}

/// Returns the changed line and the affected ones.
fn places(f: &Finding, review: &Review) -> String {
    let compared = &review.compared;
    let said = format!("{}, {}", f.label, frame::version(&f.primary, compared));
    let mut out = quoted("Changed", &f.primary, &said);
    let shown = frame::shown(f);
    for index in &shown {
        let related = &f.related[*index];
        let mut said = frame::does(related, compared);
        if let Some(why) = related.why {
            let confidence = related.confidence.word();
            said.push_str(&format!("; {confidence} confidence, {}", why.word()));
        }
        out.push('\n');
        out.push_str(&quoted("Affected", &related.at, &said));
    }
    if f.related.len() > shown.len() {
        let more = count(f.related.len() - shown.len(), "more place");
        out.push_str(&format!("\n- and {more}\n"));
    }
    out
}

/// Returns the other findings of the same rule at the same line, a line each.
fn others(block: &Block<'_>) -> String {
    if block.others.is_empty() {
        return String::new();
    }
    let many = count(block.others.len(), "more finding");
    let mut out = format!("\n{many} of the same kind at this line:\n\n");
    for other in block.others.iter().take(NAMED) {
        let at = other.related.first().map(|r| schedule::at(&r.at.place));
        let at = at.map_or_else(String::new, |at| format!(", {}", code(&at)));
        out.push_str(&format!("- {} ({}{at})\n", text(&other.title), other.id));
    }
    if block.others.len() > NAMED {
        let more = block.others.len() - NAMED;
        out.push_str(&format!("- and {more} more: `--format json` lists all\n"));
    }
    out
}

/// Returns a place with its line as code.
fn quoted(what: &str, at: &Sited, said: &str) -> String {
    let place = code(&schedule::at(&at.place));
    let mut out = format!("- {what}: {place} ({})\n", text(said));
    let quote = at.place.quote.trim();
    if !quote.is_empty() {
        let quote = visible(quote, true);
        let fence = "`".repeat(longest_run(&quote, '`').max(2) + 1);
        out.push_str(&format!("\n  {fence}\n  {quote}\n  {fence}\n"));
    }
    out
}

fn witness(f: &Finding) -> String {
    let Some(witness) = &f.witness else {
        return String::new();
    };
    let mut out = String::from("\nSchedule that breaks:\n\n");
    let last = witness.steps.len();
    for (index, step) in witness.steps.iter().enumerate() {
        let mut line = format!("{}. {}", index + 1, schedule::step(f, step, &code));
        if let Some(at) = schedule::place(f, step.at) {
            line.push_str(&format!(" ({})", code(&schedule::at(&at.place))));
        }
        if index + 1 == last {
            line.push_str(&format!(
                ": {}, {}",
                witness.outcome.word(),
                code(&witness.error)
            ));
        }
        out.push_str(&line);
        out.push('\n');
    }
    for assumed in &witness.assumed {
        out.push_str(&format!("\nAssumed: {}\n", text(assumed)));
    }
    out
}

fn suppressed(f: &Finding) -> Option<String> {
    let by = f.suppressed.as_ref()?;
    Some(format!(
        "{} `{}` ({}): {} ({}: {})",
        f.verdict.word(),
        f.rule,
        f.id,
        text(&f.title),
        code(&format!("{}:{}", by.path, by.line)),
        text(&by.reason)
    ))
}

fn summary_section(review: &Review) -> String {
    let mut out = format!("\n### Summary\n\n{}\n", text(&summary::sentence(review)));
    out.push_str(&actions(review));
    let counts = summary::counts(review);
    out.push_str(&format!(
        "\nCompared: {}. {}. {} FAIL, {} WARN, {} suppressed, {} open.\n",
        text(&review.compared.described),
        text(&summary::running(review)),
        counts.fail,
        counts.warn,
        counts.suppressed,
        count(counts.questions, "question"),
    ));
    for note in &review.compared.notes {
        out.push_str(&format!("\nNote: {}\n", text(note)));
    }
    let found: Vec<String> = review.found.iter().map(|f| text(f)).collect();
    if !found.is_empty() {
        out.push_str(&format!("\nFound: {}.\n", found.join(", ")));
    }
    let skipped = review
        .not_reviewed
        .iter()
        .map(|n| format!("{}: {}", code(&n.path), text(&n.why)))
        .collect();
    out.push_str(&listed("Not reviewed", skipped));
    let assumed = review
        .assumptions
        .iter()
        .map(|a| {
            let at = a
                .place
                .as_ref()
                .map(|p| format!(" ({})", code(&schedule::at(p))))
                .unwrap_or_default();
            format!("{}: {}{at}", text(&a.what), text(&a.because))
        })
        .collect();
    out.push_str(&listed("Assumptions and limits", assumed));
    let notices = review
        .notices
        .iter()
        .map(|n| format!("{}: {}", code(&schedule::at(&n.place)), text(&n.what)))
        .collect();
    out.push_str(&listed("Settings and suppressions", notices));
    out.push_str(&format!("\ncoexist {}\n", env!("CARGO_PKG_VERSION")));
    out
}

fn actions(review: &Review) -> String {
    let actions = summary::actions(review);
    if actions.is_empty() {
        return match review.worst() {
            Verdict::Pass => "\nRecommended actions: none.\n".to_owned(),
            _ => {
                "\nRecommended actions: read the findings above; none has a known safe sequence.\n"
                    .to_owned()
            }
        };
    }
    let mut out = String::from("\nRecommended actions:\n\n");
    for (index, action) in actions.iter().take(LISTED).enumerate() {
        let verb = if action.is_question { "Answer: " } else { "" };
        out.push_str(&format!(
            "{}. {verb}{} ({})\n",
            index + 1,
            text(action.text),
            action.id
        ));
    }
    if actions.len() > LISTED {
        let more = actions.len() - LISTED;
        out.push_str(&format!("\nAnd {more} more (all in `--format json`).\n"));
    }
    out
}

/// Entries of a list that are written out; a comment on a pull request has a limit of 65,536 characters.
const LISTED: usize = 50;

pub(crate) fn listed(title: &str, lines: Vec<String>) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let mut out = format!("\n{title}:\n\n");
    for line in lines.iter().take(LISTED) {
        out.push_str(&format!("- {line}\n"));
    }
    if lines.len() > LISTED {
        let more = lines.len() - LISTED;
        out.push_str(&format!("- and {more} more (all in `--format json`)\n"));
    }
    out
}

/// Returns untrusted text as a code span.
pub(crate) fn code(untrusted: &str) -> String {
    let clean = visible(untrusted, true);
    if clean.trim().is_empty() {
        return "` `".to_owned();
    }
    match longest_run(&clean, '`') {
        0 => format!("`{clean}`"),
        n => {
            let fence = "`".repeat(n + 1);
            format!("{fence} {clean} {fence}")
        }
    }
}

/// Returns untrusted text with everything escaped that Markdown, HTML or a forge would take for more than text.
pub(crate) fn text(untrusted: &str) -> String {
    let clean = visible(untrusted, true);
    let mut out = String::with_capacity(clean.len());
    let chars: Vec<char> = clean.chars().collect();
    for (index, c) in chars.iter().enumerate() {
        let word = |at: Option<&char>| at.is_some_and(|c| c.is_alphanumeric());
        let before = index.checked_sub(1).and_then(|i| chars.get(i));
        let after = chars.get(index + 1);
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A comment between the sign and the name keeps forges from telling that person.
            '@' if word(after) => out.push_str("@<!-- -->"),
            // The same for what would be a link to an issue or a merge request, which tells those who follow that one.
            '#' | '!' if after.is_some_and(char::is_ascii_digit) => {
                out.push(*c);
                out.push_str("<!-- -->");
            }
            // Inside of a word an underscore is only itself.
            '_' if word(before) && word(after) => out.push('_'),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => {
                out.push('\\');
                out.push(*c);
            }
            '#' | '+' | '-' if index == 0 => {
                out.push('\\');
                out.push(*c);
            }
            _ => out.push(*c),
        }
    }
    out
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|c| c != of).map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::sample;

    fn check(review: &Review, expect: Expect) {
        expect.assert_eq(&Markdown.render(review, &Style::plain()));
    }

    fn headings(text: &str) -> Vec<&str> {
        text.lines()
            .filter(|l| l.trim_start().starts_with('#'))
            .collect()
    }

    #[test]
    fn a_failing_change_has_the_fixed_headings_and_both_lines_as_code() {
        check(
            &sample::fail(),
            expect![[r###"
                ## Distributed Systems Safety Review

                ### 1. Data/Code Decoupling: FAIL

                **FAIL** `drop-column-in-use` (f-7c1e09ab): users.name is dropped while 4f1c2e9 still reads it

                - Changed: `db/migrate/0042_drop_name.sql:3` (dropped here, at head 9ab31d0)

                  ```
                  ALTER TABLE users DROP COLUMN name;
                  ```

                - Affected: `api/users.py:88` (reads, at base 4f1c2e9, which may still run; high confidence, parsed-sql)

                  ```
                  row = db.one("SELECT id, name FROM users WHERE id = %s", uid)
                  ```

                Schedule that breaks:

                1. migration `0042_drop_name.sql` runs (`db/migrate/0042_drop_name.sql:3`)
                2. `api` at `4f1c2e9` reads `users.name` (`api/users.py:88`): refused, `column "name" does not exist`

                Assumed: migrations run before the code

                Safe steps:

                1. release 1: the code stops naming users.name
                2. wait until no node runs an older version
                3. release 2: drop the column

                Note: a rollback of the code does not bring the data back

                ### 2. Single-Service Changes: WARN

                **WARN** `rpc-added-and-called` (f-00c0ffee): shop.v1.Orders.Refund is new and web calls it in the same change

                - Changed: `proto/orders.proto:14` (new, at head 9ab31d0)

                  ```
                  rpc Refund(RefundRequest) returns (RefundReply);
                  ```

                Safe steps:

                1. release 1: api serves Refund
                2. release 2: web calls it

                Open question q-2b9017fe: Is the order in which api and web are deployed enforced? The answer decides: PASS or FAIL. Wanted: the pipeline step that deploys api before web

                ### 3. One Version Step: PASS

                Nothing found.

                ### 4. Release Process Safety: PASS

                Nothing found.

                ### 5. API Cleanliness: PASS

                Nothing found.

                Suppressed:

                - WARN `untyped-bag` (f-0badcafe): shop.v1.RefundRequest.extra is an untyped bag (`proto/orders.proto:13`: agreed with the partner until v2)

                ### Summary

                Do not ship this as one release: Data/Code Decoupling fails; Single-Service Changes warns. 1 question is open. 1 finding is suppressed.

                Recommended actions:

                1. release 1: the code stops naming users.name (f-7c1e09ab)
                2. wait until no node runs an older version (f-7c1e09ab)
                3. release 2: drop the column (f-7c1e09ab)
                4. release 1: api serves Refund (f-00c0ffee)
                5. release 2: web calls it (f-00c0ffee)
                6. Answer: Is the order in which api and web are deployed enforced? (q-2b9017fe)

                Compared: main...HEAD: 2 commits, 9 files (merge base 4f1c2e9, taken as the version that runs). Taken to run now: 4f1c2e9. 1 FAIL, 1 WARN, 1 suppressed, 1 question open.

                Found: PostgreSQL migrations (db/migrate), 1 proto.

                Not reviewed:

                - `package-lock.json`: lock file

                Assumptions and limits:

                - migrations run before the code: a Helm pre-upgrade hook runs them (`deploy/migrate.yaml:7`)

                Settings and suppressions:

                - `api/users.py:5`: this suppression gives no reason, so it hides nothing

                coexist 0.1.0
            "###]],
        );
    }

    #[test]
    fn what_was_shown_is_referred_to_and_findings_of_one_line_are_one_block() {
        let mut review = sample::fail();
        review.findings.truncate(1);
        for column in 0..8 {
            let mut other = sample::dropped_column();
            other.id = format!("f-1{column}");
            review.findings.push(other);
        }
        let mut twin = sample::dropped_column();
        twin.rule = "contract-with-last-reader";
        twin.principle = Principle::OneVersionStep;
        review.findings.push(twin);
        let text = Markdown.render(&review, &Style::plain());
        let fits = [
            "8 more findings of the same kind at this line:",
            "- users.name is dropped while 4f1c2e9 still reads it (f-14, `api/users.py:88`)",
            "- and 3 more: `--format json` lists all",
            "Same lines, schedule and safe steps as `drop-column-in-use` (f-7c1e09ab) above.",
        ];
        for line in fits {
            assert_eq!(
                text.lines().filter(|l| *l == line).count(),
                1,
                "{line}\n{text}"
            );
        }
        assert_eq!(text.matches("ALTER TABLE").count(), 1, "{text}");
    }

    #[test]
    fn a_safe_change_says_so_under_every_heading() {
        check(
            &sample::pass(),
            expect![[r#"
                ## Distributed Systems Safety Review

                ### 1. Data/Code Decoupling: PASS

                Nothing found.

                ### 2. Single-Service Changes: PASS

                Nothing found.

                ### 3. One Version Step: PASS

                Nothing found.

                ### 4. Release Process Safety: PASS

                Nothing found.

                ### 5. API Cleanliness: PASS

                Nothing found.

                ### Summary

                Nothing was found in this change that breaks while two versions run.

                Recommended actions: none.

                Compared: main...HEAD: 2 commits, 9 files (merge base 4f1c2e9, taken as the version that runs). Taken to run now: 4f1c2e9. 0 FAIL, 0 WARN, 0 suppressed, 0 questions open.

                Found: PostgreSQL migrations (db/migrate), 1 proto.

                coexist 0.1.0
            "#]],
        );
    }

    #[test]
    fn a_hostile_repository_makes_no_heading_no_markup_and_no_mention() {
        let text = Markdown.render(&sample::hostile(), &Style::plain());
        assert_eq!(
            headings(&text),
            [
                "## Distributed Systems Safety Review",
                "### 1. Data/Code Decoupling: FAIL",
                "### 2. Single-Service Changes: WARN",
                "### 3. One Version Step: PASS",
                "### 4. Release Process Safety: PASS",
                "### 5. API Cleanliness: PASS",
                "### Summary",
            ]
        );
        check(
            &sample::hostile(),
            expect![[r###"
                ## Distributed Systems Safety Review

                ### 1. Data/Code Decoupling: FAIL

                **FAIL** `drop-column-in-use` (f-7c1e09ab): users.name is dropped while 4f1c2e9 still reads it

                - Changed: `db/migrate/0042_drop_name.sql:3` (dropped here, at head x\\u{1b}\[2J\\u{1b}\]8;;http://evil\\u{7}\`\|&lt;b&gt;@<!-- -->octocat&lt;/b&gt;\\u{202e}\\u{9b}31m\\r\\n### Summary)

                  ```
                  ALTER TABLE users DROP COLUMN name;
                  ```

                - Affected: `api/users.py:88` (reads, at base 4f1c2e9, which may still run; high confidence, parsed-sql)

                  ```
                  row = db.one("SELECT id, name FROM users WHERE id = %s", uid)
                  ```

                Schedule that breaks:

                1. migration `0042_drop_name.sql` runs (`db/migrate/0042_drop_name.sql:3`)
                2. `api` at `4f1c2e9` reads `users.name` (`api/users.py:88`): refused, `column "name" does not exist`

                Assumed: migrations run before the code

                Safe steps:

                1. release 1: the code stops naming users.name
                2. wait until no node runs an older version
                3. release 2: drop the column

                Note: a rollback of the code does not bring the data back

                **FAIL** `drop-column-in-use` (f-7c1e09ab): x\\u{1b}\[2J\\u{1b}\]8;;http://evil\\u{7}\`\|&lt;b&gt;@<!-- -->octocat&lt;/b&gt;\\u{202e}\\u{9b}31m\\r\\n### Summary is dropped

                - Changed: `` x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n### Summary:3 `` (x\\u{1b}\[2J\\u{1b}\]8;;http://evil\\u{7}\`\|&lt;b&gt;@<!-- -->octocat&lt;/b&gt;\\u{202e}\\u{9b}31m\\r\\n### Summary, at head x\\u{1b}\[2J\\u{1b}\]8;;http://evil\\u{7}\`\|&lt;b&gt;@<!-- -->octocat&lt;/b&gt;\\u{202e}\\u{9b}31m\\r\\n### Summary)

                  ````
                  x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n### Summary```
                  ````

                - Affected: `api/users.py:88` (x\\u{1b}\[2J\\u{1b}\]8;;http://evil\\u{7}\`\|&lt;b&gt;@<!-- -->octocat&lt;/b&gt;\\u{202e}\\u{9b}31m\\r\\n### Summary, at base 4f1c2e9, which may still run; high confidence, parsed-sql)

                  ```
                  row = db.one("SELECT id, name FROM users WHERE id = %s", uid)
                  ```

                Schedule that breaks:

                1. migration `` x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n### Summary `` runs
                2. `api` at `4f1c2e9` reads `` x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n### Summary.name `` (`api/users.py:88`): refused, `` x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n### Summary ``

                Assumed: x\\u{1b}\[2J\\u{1b}\]8;;http://evil\\u{7}\`\|&lt;b&gt;@<!-- -->octocat&lt;/b&gt;\\u{202e}\\u{9b}31m\\r\\n### Summary

                Safe steps:

                1. x\\u{1b}\[2J\\u{1b}\]8;;http://evil\\u{7}\`\|&lt;b&gt;@<!-- -->octocat&lt;/b&gt;\\u{202e}\\u{9b}31m\\r\\n### Summary

                Note: x\\u{1b}\[2J\\u{1b}\]8;;http://evil\\u{7}\`\|&lt;b&gt;@<!-- -->octocat&lt;/b&gt;\\u{202e}\\u{9b}31m\\r\\n### Summary

                Open question q-00000000: x\\u{1b}\[2J\\u{1b}\]8;;http://evil\\u{7}\`\|&lt;b&gt;@<!-- -->octocat&lt;/b&gt;\\u{202e}\\u{9b}31m\\r\\n### Summary The answer decides: PASS. Wanted: x\\u{1b}\[2J\\u{1b}\]8;;http://evil\\u{7}\`\|&lt;b&gt;@<!-- -->octocat&lt;/b&gt;\\u{202e}\\u{9b}31m\\r\\n### Summary

                ### 2. Single-Service Changes: WARN

                **WARN** `rpc-added-and-called` (f-00c0ffee): shop.v1.Orders.Refund is new and web calls it in the same change

                - Changed: `proto/orders.proto:14` (new, at head x\\u{1b}\[2J\\u{1b}\]8;;http://evil\\u{7}\`\|&lt;b&gt;@<!-- -->octocat&lt;/b&gt;\\u{202e}\\u{9b}31m\\r\\n### Summary)

                  ```
                  rpc Refund(RefundRequest) returns (RefundReply);
                  ```

                Safe steps:

                1. release 1: api serves Refund
                2. release 2: web calls it

                Open question q-2b9017fe: Is the order in which api and web are deployed enforced? The answer decides: PASS or FAIL. Wanted: the pipeline step that deploys api before web

                ### 3. One Version Step: PASS

                Nothing found.

                ### 4. Release Process Safety: PASS

                Nothing found.

                ### 5. API Cleanliness: PASS

                Nothing found.

                Suppressed:

                - WARN `untyped-bag` (f-0badcafe): shop.v1.RefundRequest.extra is an untyped bag (`proto/orders.proto:13`: agreed with the partner until v2)

                ### Summary

                Do not ship this as one release: Data/Code Decoupling fails; Single-Service Changes warns. 2 questions are open. 1 finding is suppressed.

                Recommended actions:

                1. release 1: the code stops naming users.name (f-7c1e09ab)
                2. wait until no node runs an older version (f-7c1e09ab)
                3. release 2: drop the column (f-7c1e09ab)
                4. x\\u{1b}\[2J\\u{1b}\]8;;http://evil\\u{7}\`\|&lt;b&gt;@<!-- -->octocat&lt;/b&gt;\\u{202e}\\u{9b}31m\\r\\n### Summary (f-7c1e09ab)
                5. release 1: api serves Refund (f-00c0ffee)
                6. release 2: web calls it (f-00c0ffee)
                7. Answer: Is the order in which api and web are deployed enforced? (q-2b9017fe)
                8. Answer: x\\u{1b}\[2J\\u{1b}\]8;;http://evil\\u{7}\`\|&lt;b&gt;@<!-- -->octocat&lt;/b&gt;\\u{202e}\\u{9b}31m\\r\\n### Summary (q-00000000)

                Compared: x\\u{1b}\[2J\\u{1b}\]8;;http://evil\\u{7}\`\|&lt;b&gt;@<!-- -->octocat&lt;/b&gt;\\u{202e}\\u{9b}31m\\r\\n### Summary. Taken to run now: 4f1c2e9. 2 FAIL, 1 WARN, 1 suppressed, 2 questions open.

                Found: x\\u{1b}\[2J\\u{1b}\]8;;http://evil\\u{7}\`\|&lt;b&gt;@<!-- -->octocat&lt;/b&gt;\\u{202e}\\u{9b}31m\\r\\n### Summary.

                Not reviewed:

                - `` x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n### Summary ``: lock file

                Assumptions and limits:

                - migrations run before the code: x\\u{1b}\[2J\\u{1b}\]8;;http://evil\\u{7}\`\|&lt;b&gt;@<!-- -->octocat&lt;/b&gt;\\u{202e}\\u{9b}31m\\r\\n### Summary (`deploy/migrate.yaml:7`)

                Settings and suppressions:

                - `api/users.py:5`: x\\u{1b}\[2J\\u{1b}\]8;;http://evil\\u{7}\`\|&lt;b&gt;@<!-- -->octocat&lt;/b&gt;\\u{202e}\\u{9b}31m\\r\\n### Summary

                coexist 0.1.0
            "###]],
        );
    }

    #[test]
    fn text_is_escaped_only_where_it_would_be_markup() {
        assert_eq!(
            text("users.last_name of a_b is *new*"),
            "users.last_name of a_b is \\*new\\*"
        );
        assert_eq!(
            text("<img src=x> & @someone"),
            "&lt;img src=x&gt; &amp; @<!-- -->someone"
        );
        assert_eq!(text("_a | b_"), "\\_a \\| b\\_");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(code("```"), "```` ``` ````");
    }
}
