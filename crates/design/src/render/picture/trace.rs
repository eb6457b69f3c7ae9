//! A run that the proof found, as a sequence.

use coexist_model::WorkflowReport;

use super::{Arrow, Line, Sequence};

/// Returns the run that shows what does not hold.
pub(in crate::render) fn sequence(workflow: &WorkflowReport) -> Sequence {
    let mut sequence = Sequence::default();
    for (number, step) in workflow.trace.iter().enumerate() {
        if workflow.loop_from.is_none() {
            sequence.lines.push(Line::Cut);
        }
        if workflow.loop_from == Some(number) {
            let forever = Line::Open("loop", "for ever".to_owned());
            sequence.lines.push(forever);
        }
        if let Some(arrow) = &step.arrow {
            let (from, to) = (sequence.part(&arrow.from), sequence.part(&arrow.to));
            sequence.lines.push(Line::Arrow {
                from,
                to,
                text: arrow.text.clone(),
                // Whatever else goes wrong, the message or the request has arrived.
                kind: match step.fault.as_deref() {
                    Some("dead-letter") => Arrow::Lost,
                    _ => Arrow::Sent,
                },
            });
        }
        let of = step
            .instance
            .map(|number| format!("{} {number}: ", workflow.instance));
        let effect = step.effect.as_ref().map(|effect| format!(": {effect}"));
        let at = sequence.part(&step.actor);
        sequence.lines.push(Line::Note {
            at,
            text: format!(
                "{}. {}{}{} (line {})",
                number + 1,
                of.unwrap_or_default(),
                step.does,
                effect.unwrap_or_default(),
                step.line
            ),
            fault: step.fault.is_some(),
        });
    }
    if workflow.loop_from.is_some() {
        sequence.lines.push(Line::Close);
    }
    sequence
}
