//! What is said about the whole change: the sentence, the actions, the counts.

use std::collections::BTreeSet;

use coexist_model::{Finding, Principle, Question, Review, Verdict};

use crate::text::{count, list};

/// What a review counts. Findings that are suppressed count here only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) fail: usize,
    pub(crate) warn: usize,
    pub(crate) suppressed: usize,
    pub(crate) questions: usize,
}

pub(crate) fn counts(review: &Review) -> Counts {
    let of = |verdict| review.standing().filter(|f| f.verdict == verdict).count();
    Counts {
        fail: of(Verdict::Fail),
        warn: of(Verdict::Warn),
        suppressed: review.findings.len() - review.standing().count(),
        questions: questions(review).len(),
    }
}

/// Returns the open questions with their findings, each question once.
pub(crate) fn questions(review: &Review) -> Vec<(&Finding, &Question)> {
    let mut seen = BTreeSet::new();
    review
        .standing()
        .filter_map(|f| f.question.as_ref().map(|q| (f, q)))
        .filter(|(_, q)| seen.insert(&q.id))
        .collect()
}

/// Returns whether the change holds files and each of them is listed, as a whole, as not reviewed.
pub(crate) fn nothing_read(review: &Review) -> bool {
    let whole = |path: &str| {
        let line = path.rsplit_once(':').map_or("", |(_, line)| line);
        line.is_empty() || !line.bytes().all(|b| b.is_ascii_digit())
    };
    let files: BTreeSet<&str> = review
        .not_reviewed
        .iter()
        .map(|n| n.path.as_str())
        .filter(|path| whole(path))
        .collect();
    review.compared.files > 0 && review.findings.is_empty() && files.len() >= review.compared.files
}

/// Returns the overall assessment, in one or two sentences.
pub fn sentence(review: &Review) -> String {
    if review.compared.files == 0 && review.findings.is_empty() {
        return "There is no change to review.".to_owned();
    }
    if nothing_read(review) {
        return format!(
            "Nothing in {} is of a kind that coexist reads: nothing was found, which does not say that nothing is there.",
            count(review.compared.files, "changed file")
        );
    }
    let mut text = verdict_sentence(review);
    let suppressed = counts(review).suppressed;
    if suppressed > 0 {
        let verb = if suppressed == 1 { "is" } else { "are" };
        text.push_str(&format!(
            " {} {verb} suppressed.",
            count(suppressed, "finding")
        ));
    }
    text
}

fn verdict_sentence(review: &Review) -> String {
    let with = |verdict| -> Vec<String> {
        Principle::ALL
            .into_iter()
            .filter(|p| review.verdict(*p) == verdict)
            .map(|p| p.heading().to_owned())
            .collect()
    };
    let (fail, warn) = (with(Verdict::Fail), with(Verdict::Warn));
    let open = match counts(review).questions {
        0 => String::new(),
        1 => " 1 question is open.".to_owned(),
        n => format!(" {n} questions are open."),
    };
    let does = |who: &[String], verb: &str| match who {
        [one] => format!("{one} {verb}s"),
        more => format!("{} {verb}", list(more)),
    };
    match review.worst() {
        Verdict::Fail => {
            let also = match warn.as_slice() {
                [] => String::new(),
                some => format!("; {}", does(some, "warn")),
            };
            format!(
                "Do not ship this as one release: {}{also}.{open}",
                does(&fail, "fail")
            )
        }
        Verdict::Warn => format!(
            "No schedule that breaks was found, but {}.{open}",
            does(&warn, "warn")
        ),
        Verdict::Pass => {
            "Nothing was found in this change that breaks while two versions run.".to_owned()
        }
    }
}

/// Findings that people are shown. Nobody reads on behind so many.
const SHOWN: usize = 200;

/// Returns the standing findings to show, and how many there are besides. Of too many, those with the worst verdict.
pub(crate) fn shown(review: &Review) -> (Vec<&Finding>, usize) {
    let mut shown: Vec<&Finding> = review.standing().collect();
    let rest = shown.len().saturating_sub(SHOWN);
    if rest > 0 {
        shown.sort_by_key(|f| std::cmp::Reverse(f.verdict));
        shown.truncate(SHOWN);
    }
    (shown, rest)
}

/// One thing to do, and the finding or question it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Action<'a> {
    pub(crate) text: &'a str,
    pub(crate) id: &'a str,
    pub(crate) is_question: bool,
}

/// Returns what to do, in order: the safe steps of what fails, then of what warns, then the questions.
pub(crate) fn actions(review: &Review) -> Vec<Action<'_>> {
    let mut all = Vec::new();
    let mut seen: BTreeSet<&[String]> = BTreeSet::new();
    for verdict in [Verdict::Fail, Verdict::Warn] {
        for finding in review.standing().filter(|f| f.verdict == verdict) {
            // One defect may stand under two principles with one way out.
            if !seen.insert(&finding.safe_steps) {
                continue;
            }
            all.extend(finding.safe_steps.iter().map(|step| Action {
                text: step,
                id: &finding.id,
                is_question: false,
            }));
        }
    }
    all.extend(questions(review).into_iter().map(|(_, q)| Action {
        text: &q.asks,
        id: &q.id,
        is_question: true,
    }));
    all
}

/// Returns which versions are taken to run, for people: the description names the trees already.
pub(crate) fn running(review: &Review) -> String {
    let compared = &review.compared;
    let short = |commit: &String| crate::text::short(commit).to_owned();
    let mut running: Vec<String> = compared.deployed.iter().map(short).collect();
    if running.is_empty() {
        running.push(short(&compared.base));
    }
    let release = compared.release.iter();
    running.extend(release.map(|r| format!("the newest release that base holds, {r}")));
    format!("Taken to run now: {}", list(&running))
}
