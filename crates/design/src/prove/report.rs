//! What was proved of a design, as a report.

use coexist_explore::faults::Extent;
use coexist_model::{
    Arrow, Bounds, DesignReport, DesignVerdict, File, Search, TraceStep, WorkflowReport,
};

use crate::check;
use crate::language::{Parsed, Workflow, read};

use super::machine::Fault;
use super::{Options, Proof, Stage, Verdict, prove_workflow};

/// What the caller lends to a proof: it may take some time.
pub trait Watch {
    /// Returns the seconds since some fixed moment.
    fn seconds(&mut self) -> f64;
    /// Is told now and then how far the search of a workflow is.
    fn progress(&mut self, workflow: &str, extent: Extent);
}

/// Proves the text of a design.
pub fn report(path: &str, text: &str, options: &Options, watch: &mut dyn Watch) -> DesignReport {
    let file = File::new(path, text);
    let Parsed { design, problems } = read(text);
    if !problems.is_empty() {
        return check::invalid(&file, &design, &problems);
    }
    let mut workflows = Vec::new();
    let design = options.applied(&design);
    let limit = options.most_states(&design);
    for workflow in &design.workflows {
        let start = watch.seconds();
        let name = workflow.name.text.clone();
        let proof = prove_workflow(&design, workflow, limit, &mut |extent| {
            watch.progress(&name, extent);
        });
        workflows.push(told(&file, workflow, &proof, watch.seconds() - start));
    }
    let verdict = workflows.iter().map(|w| w.verdict).max();
    DesignReport {
        design: design.name.text.clone(),
        // A design without a workflow says nothing that could be proved.
        verdict: verdict.unwrap_or(DesignVerdict::Unknown),
        findings: Vec::new(),
        workflows,
        notices: Vec::new(),
    }
}

fn told(file: &File, workflow: &Workflow, proof: &Proof, seconds: f64) -> WorkflowReport {
    let line = |at: usize| file.place(at..at).line;
    let violation = proof.violation.as_ref();
    // What holds was searched most widely first; what does not was found last.
    let deciding = match violation {
        Some(_) => proof.stages.last(),
        None => proof.stages.first(),
    };
    let searches: Vec<Search> = proof.stages.iter().map(search).collect();
    WorkflowReport {
        name: proof.workflow.clone(),
        verdict: match proof.verdict {
            Verdict::Holds => DesignVerdict::Holds,
            Verdict::Unknown => DesignVerdict::Unknown,
            Verdict::Violated => DesignVerdict::Violated,
        },
        property: violation.map(|v| v.property.clone()),
        line: line(violation.map_or(workflow.span.start, |v| v.at)),
        states: searches.iter().map(|s| s.states).sum(),
        depth: searches.iter().map(|s| s.depth).max().unwrap_or(0),
        seconds,
        bounds: deciding
            .map(|stage| search(stage).bounds)
            .unwrap_or_default(),
        searches,
        instance: instance(workflow),
        trace: violation
            .map(|v| v.steps.iter().map(|s| step(s, line(s.at))).collect())
            .unwrap_or_default(),
        end: violation.map(|v| v.end.clone()),
        loop_from: violation.and_then(|v| v.loop_from),
        independent: proof.independent,
        never_reached: proof
            .never_reached
            .iter()
            .map(|l| (line(l.at), l.text.clone()))
            .collect(),
        not_covered: proof
            .unclear
            .iter()
            .map(|u| (line(u.span.start), u.what.clone()))
            .collect(),
    }
}

fn search(stage: &Stage) -> Search {
    let of = |fault: Fault| u64::from(stage.bounds[fault as usize]);
    Search {
        bounds: Bounds {
            instances: u64::from(stage.instances),
            crashes: of(Fault::Crash),
            duplicates: of(Fault::Duplicate),
            lost_replies: of(Fault::LostReply),
            dead_letters: of(Fault::DeadLetter),
            late_effects: of(Fault::LateEffect),
            together: u64::from(stage.together),
        },
        states: stage.extent.states,
        depth: stage.extent.depth,
    }
}

fn step(step: &super::Step, line: u32) -> TraceStep {
    TraceStep {
        actor: step.actor.clone(),
        does: step.does.clone(),
        fault: step.fault.map(|fault| fault.word().replace(' ', "-")),
        effect: (!step.effect.is_empty()).then(|| step.effect.clone()),
        line,
        arrow: step.arrow.as_ref().map(|arrow| Arrow {
            from: arrow.from.clone(),
            to: arrow.to.clone(),
            text: arrow.text.clone(),
            call: arrow.call,
        }),
        instance: step.instance.map(|i| u64::from(i) + 1),
    }
}

/// Returns what an instance is called: `order` of `order_id`.
fn instance(workflow: &Workflow) -> String {
    let key = workflow
        .key
        .as_ref()
        .map_or("instance", |key| key.text.as_str());
    let name = key
        .strip_suffix("_id")
        .or(key.strip_suffix("-id"))
        .unwrap_or(key);
    name.replace(['_', '-'], " ")
}
