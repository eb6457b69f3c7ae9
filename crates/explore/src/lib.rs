//! A breadth-first explorer over a finite system: from states to a shortest trace.
//!
//! The rollout model of `coexist-engine` stands on it, and so will the proofs of designs. A system says where it starts, which
//! steps each state allows, and which states are bad; the explorer returns the first bad state in breadth-first order with the
//! steps that lead to it. Steps are tried in the order in which the system gives them, so that the trace is always the same.
//!
//! Systems of millions of states, with faults, fairness and goals, are searched by [`faults`].

pub mod components;
pub mod faults;
pub mod table;

use std::collections::BTreeSet;

/// A finite system of states and steps.
pub trait System {
    /// A state. Equal states are visited once.
    type State: Clone + Ord;
    /// A step from one state to another.
    type Step: Clone;
    /// What is wrong with a bad state.
    type Violation;

    /// Returns the state that everything starts from.
    fn start(&self) -> Self::State;
    /// Returns the steps that the state allows, each with the state it leads to, in the order in which they are tried.
    fn steps(&self, state: &Self::State) -> Vec<(Self::Step, Self::State)>;
    /// Returns what is wrong with the state, if anything.
    fn violation(&self, state: &Self::State) -> Option<Self::Violation>;
}

/// What an exploration found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Explored<Step, Violation> {
    /// A shortest trace to a bad state.
    Violated {
        /// The steps from the start.
        trace: Vec<Step>,
        /// What is wrong with the state they lead to.
        violation: Violation,
    },
    /// Every reachable state was visited and none is bad.
    Holds {
        /// How many states were visited.
        states: usize,
    },
    /// The limit was reached before all states were visited; nothing bad was found so far.
    Undecided {
        /// How many states were visited.
        states: usize,
    },
}

/// A state in the order of discovery, with the index of its parent and the step from there.
type Visited<State, Step> = (State, Option<(usize, Step)>);

/// Explores the system breadth-first until a bad state, the end, or `limit` visited states.
pub fn explore<S: System>(system: &S, limit: usize) -> Explored<S::Step, S::Violation> {
    let start = system.start();
    if let Some(violation) = system.violation(&start) {
        return Explored::Violated {
            trace: Vec::new(),
            violation,
        };
    }
    let mut visited: Vec<Visited<S::State, S::Step>> = vec![(start.clone(), None)];
    let mut seen = BTreeSet::from([start]);
    let mut next = 0;
    while next < visited.len() {
        if visited.len() > limit {
            return Explored::Undecided {
                states: visited.len(),
            };
        }
        for (step, state) in system.steps(&visited[next].0.clone()) {
            if !seen.insert(state.clone()) {
                continue;
            }
            visited.push((state, Some((next, step))));
            let last = visited.len() - 1;
            if let Some(violation) = system.violation(&visited[last].0) {
                return Explored::Violated {
                    trace: trace_to(&visited, last),
                    violation,
                };
            }
        }
        next += 1;
    }
    Explored::Holds {
        states: visited.len(),
    }
}

fn trace_to<State, Step: Clone>(visited: &[Visited<State, Step>], mut at: usize) -> Vec<Step> {
    let mut steps = Vec::new();
    while let Some((parent, step)) = &visited[at].1 {
        steps.push(step.clone());
        at = *parent;
    }
    steps.reverse();
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two jugs of three and five litres; a state is bad when one holds four.
    struct Jugs;

    impl System for Jugs {
        type State = (u8, u8);
        type Step = &'static str;
        type Violation = u8;

        fn start(&self) -> (u8, u8) {
            (0, 0)
        }

        fn steps(&self, &(a, b): &(u8, u8)) -> Vec<(&'static str, (u8, u8))> {
            let to_b = a.min(5 - b);
            let to_a = b.min(3 - a);
            vec![
                ("fill 3", (3, b)),
                ("fill 5", (a, 5)),
                ("empty 3", (0, b)),
                ("empty 5", (a, 0)),
                ("3 to 5", (a - to_b, b + to_b)),
                ("5 to 3", (a + to_a, b - to_a)),
            ]
        }

        fn violation(&self, &(_, b): &(u8, u8)) -> Option<u8> {
            (b == 4).then_some(b)
        }
    }

    #[test]
    fn the_trace_is_a_shortest_one() {
        let Explored::Violated { trace, violation } = explore(&Jugs, 1000) else {
            panic!("four litres can be measured")
        };
        assert_eq!(violation, 4);
        assert_eq!(
            trace,
            ["fill 5", "5 to 3", "empty 3", "5 to 3", "fill 5", "5 to 3"]
        );
    }

    #[test]
    fn a_limit_leaves_it_undecided() {
        assert!(matches!(explore(&Jugs, 3), Explored::Undecided { .. }));
    }
}
