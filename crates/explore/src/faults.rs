//! Search of a system in which things fail: fewest faults first, then fewest steps.
//!
//! A fault is a step that cannot be taken back and of which there are finitely many, so the states fall into levels by the number of
//! faults so far. A level is searched whole, by depth, before the next one: the first violation has the fewest faults, and its trace is
//! a shortest one with so many. No cycle contains a fault, so what a system does for ever happens within a level; when a level is
//! done, its strongly connected components tell whether a fair run can go round without ever reaching a goal for good.

use crate::components::Graph;
use crate::table::{StateId, Table};

/// What may be said of a step besides where it leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// May never happen.
    Unfair,
    /// Happens at last when it is possible from some moment on.
    Weak,
    /// Happens at last when it is possible again and again.
    Strong,
    /// Is a fault: may never happen, and lowers a budget.
    Fault,
}

/// The steps of a state, in the order in which they are tried.
#[derive(Debug, Default)]
pub struct Steps {
    bytes: Vec<u8>,
    steps: Vec<(Class, u64, usize)>,
}

impl Steps {
    /// Adds a step of an action to the state that `write` writes. Steps of one action carry one number, in every state.
    pub fn push(&mut self, class: Class, action: u64, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.bytes);
        self.steps.push((class, action, self.bytes.len()));
    }

    /// Returns the steps: class, action, successor.
    pub fn iter(&self) -> impl Iterator<Item = (Class, u64, &[u8])> {
        let mut start = 0;
        self.steps.iter().map(move |&(class, action, end)| {
            let bytes = &self.bytes[start..end];
            start = end;
            (class, action, bytes)
        })
    }

    /// Forgets all steps.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.steps.clear();
    }
}

/// A finite system of states, steps and faults. A state tells how many faults have led to it.
pub trait FaultySystem {
    /// What is wrong with a bad state.
    type Violation;

    /// Writes the state that everything starts from.
    fn start(&self, into: &mut Vec<u8>);
    /// Gives the steps that the state allows, in the order in which they are tried. A step back to the same state is no step.
    fn steps(&mut self, state: &[u8], steps: &mut Steps);
    /// Returns what is wrong with the state. `terminal`: nothing more happens there without a fault or an unfair step.
    fn violation(&mut self, state: &[u8], terminal: bool) -> Option<Self::Violation>;
    /// Returns what goes wrong from this state with one fault more, where that can be told without searching on.
    fn violation_after_fault(&mut self, state: &[u8]) -> Option<Self::Violation>;
    /// Returns the goals, as a set of bits, that the state does not meet.
    fn unmet(&mut self, state: &[u8]) -> u64;
    /// Returns the violation of a goal that a fair run around a cycle never meets for good.
    fn never_met(&mut self, goal: u32) -> Self::Violation;
    /// Returns whether the steps leave out some that matter once there is a cycle.
    fn is_reduced(&self) -> bool;
}

/// How far the search has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Extent {
    /// Visited states.
    pub states: usize,
    /// The longest of the shortest ways to a state.
    pub depth: usize,
    /// The level: how many faults have happened.
    pub faults: usize,
}

/// How a search ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending<Violation> {
    /// A violation with the fewest faults.
    Violated {
        /// What is wrong.
        violation: Violation,
        /// The states from the start to the bad one.
        path: Vec<Vec<u8>>,
        /// For a run that goes on for ever: the states after the last of the path, back to that one.
        cycle: Vec<Vec<u8>>,
    },
    /// Every reachable state was visited.
    Holds,
    /// The limit was reached first.
    Undecided,
    /// A cycle was met although the system leaves out steps that matter then: search again without the reduction.
    Cyclic,
}

/// What a search found, and how far it went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<Violation> {
    /// How it ended.
    pub ending: Ending<Violation>,
    /// How far it went.
    pub extent: Extent,
}

/// How often progress is told, in states.
const TELL_EVERY: usize = 1 << 17;

/// Searches the system until a violation, the end, or `limit` states; tells `progress` now and then how far it is.
pub fn search<S: FaultySystem>(
    system: &mut S,
    limit: usize,
    progress: &mut dyn FnMut(Extent),
) -> Found<S::Violation> {
    let mut search = Search {
        table: Table::default(),
        parents: Vec::new(),
        depths: Vec::new(),
        expanded: Vec::new(),
        extent: Extent::default(),
        limit,
    };
    let ending = search.run(system, progress);
    search.extent.states = search.table.len();
    Found {
        ending,
        extent: search.extent,
    }
}

/// States to be expanded, by depth.
type Buckets = Vec<Vec<StateId>>;

struct Search {
    table: Table,
    parents: Vec<StateId>,
    depths: Vec<u32>,
    expanded: Vec<bool>,
    extent: Extent,
    limit: usize,
}

/// The states of one level in the order of expansion, with the steps between them.
#[derive(Default)]
struct Level {
    order: Vec<StateId>,
    ends: Vec<u32>,
    targets: Vec<StateId>,
}

impl Search {
    fn run<S: FaultySystem>(
        &mut self,
        system: &mut S,
        progress: &mut dyn FnMut(Extent),
    ) -> Ending<S::Violation> {
        let mut start = Vec::new();
        system.start(&mut start);
        self.table.insert(&start);
        self.parents.push(0);
        self.depths.push(0);
        self.expanded.push(false);
        let mut here: Buckets = vec![vec![0]];
        // What was told of this level from the one before.
        let mut foretold: Option<(S::Violation, StateId)> = None;
        while !here.is_empty() {
            let mut next = Buckets::new();
            let (level, ahead) = match self.level(system, &mut here, &mut next, progress) {
                Ok(done) => done,
                Err(Ending::Undecided) if foretold.is_some() => break,
                Err(ending) => return ending,
            };
            if let Some(ending) = self.cycles(system, &level) {
                return ending;
            }
            if foretold.is_some() {
                break;
            }
            foretold = ahead;
            here = next;
            if foretold.is_some() || !here.is_empty() {
                self.extent.faults += 1;
            }
        }
        // A state that is bad in itself says more than what was told of it ahead, with as many faults.
        match foretold {
            Some((violation, at)) => Ending::Violated {
                violation,
                path: self.path(at),
                cycle: Vec::new(),
            },
            None => Ending::Holds,
        }
    }

    /// Expands the states of a level by depth. Returns the level, and the first state from which one fault more is a violation.
    #[expect(
        clippy::type_complexity,
        reason = "a pair of what the level gives on, or the end"
    )]
    fn level<S: FaultySystem>(
        &mut self,
        system: &mut S,
        here: &mut Buckets,
        next: &mut Buckets,
        progress: &mut dyn FnMut(Extent),
    ) -> Result<(Level, Option<(S::Violation, StateId)>), Ending<S::Violation>> {
        let mut level = Level::default();
        let mut ahead = None;
        let mut steps = Steps::default();
        let mut state = Vec::new();
        let mut depth = 0;
        while depth < here.len() {
            for id in std::mem::take(&mut here[depth]) {
                if self.expanded[id as usize] || self.depths[id as usize] as usize != depth {
                    continue;
                }
                self.expanded[id as usize] = true;
                self.extent.depth = self.extent.depth.max(depth);
                state.clear();
                state.extend_from_slice(self.table.get(id));
                steps.clear();
                system.steps(&state, &mut steps);
                let terminal = !steps.iter().any(|(class, _, to)| {
                    matches!(class, Class::Weak | Class::Strong) && to != state
                });
                if let Some(violation) = system.violation(&state, terminal) {
                    return Err(Ending::Violated {
                        violation,
                        path: self.path(id),
                        cycle: Vec::new(),
                    });
                }
                if ahead.is_none() {
                    ahead = system
                        .violation_after_fault(&state)
                        .map(|violation| (violation, id));
                }
                for (class, _, to) in steps.iter() {
                    if to == state {
                        continue;
                    }
                    let fault = class == Class::Fault;
                    let target = self.discover(id, to, if fault { &mut *next } else { &mut *here });
                    if !fault {
                        level.targets.push(target);
                    }
                }
                level.order.push(id);
                level.ends.push(level.targets.len() as u32);
                if self.table.len() > self.limit || self.table.is_full() {
                    return Err(Ending::Undecided);
                }
                if level.order.len() % TELL_EVERY == 0 {
                    progress(Extent {
                        states: self.table.len(),
                        ..self.extent
                    });
                }
            }
            depth += 1;
        }
        Ok((level, ahead))
    }

    fn discover(&mut self, from: StateId, bytes: &[u8], buckets: &mut Buckets) -> StateId {
        let depth = self.depths[from as usize] + 1;
        let (id, new) = self.table.insert(bytes);
        if new {
            self.parents.push(from);
            self.depths.push(depth);
            self.expanded.push(false);
        } else if depth < self.depths[id as usize] && !self.expanded[id as usize] {
            self.parents[id as usize] = from;
            self.depths[id as usize] = depth;
        } else {
            return id;
        }
        let depth = depth as usize;
        if buckets.len() <= depth {
            buckets.resize_with(depth + 1, Vec::new);
        }
        buckets[depth].push(id);
        id
    }

    fn path(&self, to: StateId) -> Vec<Vec<u8>> {
        let mut path = vec![self.table.get(to).to_vec()];
        let mut at = to;
        while at != 0 {
            at = self.parents[at as usize];
            path.push(self.table.get(at).to_vec());
        }
        path.reverse();
        path
    }

    /// Looks for a fair run that stays in the level for ever and does not meet a goal for good.
    fn cycles<S: FaultySystem>(
        &self,
        system: &mut S,
        level: &Level,
    ) -> Option<Ending<S::Violation>> {
        let mut local = vec![u32::MAX; self.table.len()];
        for (at, &id) in level.order.iter().enumerate() {
            local[id as usize] = at as u32;
        }
        let mut graph = Graph::default();
        let mut start = 0;
        for &end in &level.ends {
            graph.push(
                level.targets[start..end as usize]
                    .iter()
                    .map(|&id| local[id as usize]),
            );
            start = end as usize;
        }
        let components = graph.cycles();
        if components.is_empty() {
            return None;
        }
        if system.is_reduced() {
            return Some(Ending::Cyclic);
        }
        let mut first: Option<(u32, StateId, u32, Vec<StateId>)> = None;
        let mut work: Vec<Vec<StateId>> = components
            .into_iter()
            .map(|component| {
                component
                    .iter()
                    .map(|&at| level.order[at as usize])
                    .collect()
            })
            .collect();
        while let Some(component) = work.pop() {
            match self.judge(system, &component) {
                Judgement::Fair => {
                    for &id in &component {
                        let unmet = system.unmet(self.table.get(id));
                        if unmet != 0 {
                            let found = (
                                self.depths[id as usize],
                                id,
                                unmet.trailing_zeros(),
                                component.clone(),
                            );
                            if first
                                .as_ref()
                                .is_none_or(|first| (found.0, found.1) < (first.0, first.1))
                            {
                                first = Some(found);
                            }
                        }
                    }
                }
                Judgement::Unfair => {}
                Judgement::Without(states) => work.extend(self.parts(system, &component, &states)),
            }
        }
        let (_, at, goal, component) = first?;
        Some(Ending::Violated {
            violation: system.never_met(goal),
            path: self.path(at),
            cycle: self.round(system, at, &component),
        })
    }

    /// Tells whether a run that visits exactly these states again and again can be fair.
    fn judge<S: FaultySystem>(&self, system: &mut S, component: &[StateId]) -> Judgement {
        let mut steps = Steps::default();
        // Per fair action: in how many states it is possible, whether it is taken inside, and whether it is a strong one.
        let mut actions: std::collections::BTreeMap<u64, (usize, bool, bool)> =
            std::collections::BTreeMap::new();
        let mut enabled: Vec<(u64, StateId)> = Vec::new();
        for &id in component {
            let state = self.table.get(id);
            steps.clear();
            system.steps(state, &mut steps);
            let mut here = std::collections::BTreeSet::new();
            for (class, action, to) in steps.iter() {
                if to == state || !matches!(class, Class::Weak | Class::Strong) {
                    continue;
                }
                let entry = actions
                    .entry(action)
                    .or_insert((0, false, class == Class::Strong));
                if here.insert(action) {
                    entry.0 += 1;
                    if class == Class::Strong {
                        enabled.push((action, id));
                    }
                }
                entry.1 |= self
                    .find(to)
                    .is_some_and(|to| component.binary_search(&to).is_ok());
            }
        }
        for (action, &(states, taken, strong)) in &actions {
            if taken {
                continue;
            }
            if strong {
                let states = enabled
                    .iter()
                    .filter(|(a, _)| a == action)
                    .map(|&(_, id)| id)
                    .collect();
                return Judgement::Without(states);
            }
            if states == component.len() {
                return Judgement::Unfair;
            }
        }
        Judgement::Fair
    }

    fn find(&self, bytes: &[u8]) -> Option<StateId> {
        self.table.find(bytes)
    }

    /// Returns the strongly connected parts that remain of a component without some states.
    fn parts<S: FaultySystem>(
        &self,
        system: &mut S,
        component: &[StateId],
        without: &[StateId],
    ) -> Vec<Vec<StateId>> {
        let rest: Vec<StateId> = component
            .iter()
            .copied()
            .filter(|id| !without.contains(id))
            .collect();
        let mut graph = Graph::default();
        for &id in &rest {
            graph.push(self.inside(system, id, &rest));
        }
        graph
            .cycles()
            .into_iter()
            .map(|part| part.into_iter().map(|at| rest[at as usize]).collect())
            .collect()
    }

    /// Returns the places, in the sorted list of states, of the successors of a state without a fault.
    fn inside<S: FaultySystem>(&self, system: &mut S, id: StateId, states: &[StateId]) -> Vec<u32> {
        let mut steps = Steps::default();
        let state = self.table.get(id);
        system.steps(state, &mut steps);
        steps
            .iter()
            .filter(|&(class, _, to)| class != Class::Fault && to != state)
            .filter_map(|(_, _, to)| states.binary_search(&self.find(to)?).ok())
            .map(|at| at as u32)
            .collect()
    }

    /// Returns a shortest way round from the state to itself within the component.
    fn round<S: FaultySystem>(
        &self,
        system: &mut S,
        from: StateId,
        component: &[StateId],
    ) -> Vec<Vec<u8>> {
        let Ok(start) = component.binary_search(&from) else {
            return Vec::new();
        };
        let mut parents = vec![u32::MAX; component.len()];
        let mut queue = std::collections::VecDeque::from([start as u32]);
        while let Some(at) = queue.pop_front() {
            for to in self.inside(system, component[at as usize], component) {
                if parents[to as usize] != u32::MAX {
                    continue;
                }
                parents[to as usize] = at;
                queue.push_back(to);
            }
        }
        let mut round = vec![self.table.get(from).to_vec()];
        let mut at = parents[start];
        while at != u32::MAX && at as usize != start {
            round.push(self.table.get(component[at as usize]).to_vec());
            at = parents[at as usize];
        }
        round.reverse();
        round
    }
}

enum Judgement {
    Fair,
    Unfair,
    /// Only a run that leaves out these states can be fair.
    Without(Vec<StateId>),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// States are numbers; the edges are written out.
    struct Sketch {
        edges: Vec<(u8, Class, u64, u8)>,
        bad: Option<u8>,
        /// The states in which the only goal is met.
        goal: Vec<u8>,
    }

    impl FaultySystem for Sketch {
        type Violation = &'static str;

        fn start(&self, into: &mut Vec<u8>) {
            into.push(0);
        }
        fn steps(&mut self, state: &[u8], steps: &mut Steps) {
            for &(from, class, action, to) in &self.edges {
                if [from] == state {
                    steps.push(class, action, |into| into.push(to));
                }
            }
        }
        fn violation(&mut self, state: &[u8], terminal: bool) -> Option<&'static str> {
            if self.bad.is_some_and(|bad| state[0] >= bad) {
                return Some("never");
            }
            (terminal && self.unmet(state) != 0).then_some("stuck")
        }
        fn violation_after_fault(&mut self, _: &[u8]) -> Option<&'static str> {
            None
        }
        fn unmet(&mut self, state: &[u8]) -> u64 {
            u64::from(!self.goal.iter().any(|goal| [*goal] == state))
        }
        fn never_met(&mut self, _: u32) -> &'static str {
            "loop"
        }
        fn is_reduced(&self) -> bool {
            false
        }
    }

    fn found(edges: &[(u8, Class, u64, u8)], bad: Option<u8>, goal: &[u8]) -> (String, usize) {
        let mut sketch = Sketch {
            edges: edges.to_vec(),
            bad,
            goal: goal.to_vec(),
        };
        let found = search(&mut sketch, 1000, &mut |_| {});
        let text = match found.ending {
            Ending::Violated {
                violation,
                path,
                cycle,
            } => {
                let path: Vec<u8> = path.concat();
                let cycle: Vec<u8> = cycle.concat();
                format!("{violation} {path:?} {cycle:?}")
            }
            Ending::Holds => "holds".to_owned(),
            Ending::Undecided => "undecided".to_owned(),
            Ending::Cyclic => "cyclic".to_owned(),
        };
        (text, found.extent.faults)
    }

    #[test]
    fn a_longer_trace_with_fewer_faults_comes_first() {
        let edges = [
            (0, Class::Fault, 0, 10),
            (0, Class::Weak, 1, 1),
            (1, Class::Weak, 2, 2),
            (2, Class::Weak, 3, 9),
        ];
        assert_eq!(
            found(&edges, Some(9), &[9]),
            ("never [0, 1, 2, 9] []".to_owned(), 0)
        );
    }

    #[test]
    fn among_traces_with_one_fault_the_shortest_comes_first() {
        let edges = [
            (0, Class::Weak, 1, 1),
            (1, Class::Fault, 0, 5),
            (0, Class::Fault, 0, 4),
            (4, Class::Weak, 1, 5),
            (4, Class::Weak, 2, 6),
            (6, Class::Weak, 2, 7),
            (7, Class::Weak, 2, 5),
            (5, Class::Weak, 1, 9),
        ];
        assert_eq!(
            found(&edges, Some(9), &[1, 9, 5, 4]),
            ("never [0, 1, 5, 9] []".to_owned(), 1)
        );
    }

    #[test]
    fn a_state_in_which_nothing_fair_is_possible_is_stuck_unless_its_goal_is_met() {
        assert_eq!(
            found(&[(0, Class::Unfair, 0, 1)], None, &[1]).0,
            "stuck [0] []"
        );
        assert_eq!(found(&[(0, Class::Unfair, 0, 1)], None, &[0, 1]).0, "holds");
    }

    #[test]
    fn a_loop_with_an_exit_that_is_always_possible_is_unfair() {
        let edges = [
            (0, Class::Weak, 1, 1),
            (1, Class::Weak, 2, 0),
            (0, Class::Weak, 3, 2),
            (1, Class::Weak, 3, 2),
        ];
        assert_eq!(found(&edges, None, &[2]).0, "holds");
    }

    #[test]
    fn a_loop_with_an_exit_that_is_sometimes_possible_is_fair() {
        let edges = [
            (0, Class::Weak, 1, 1),
            (1, Class::Weak, 2, 0),
            (0, Class::Weak, 3, 2),
        ];
        assert_eq!(found(&edges, None, &[2]).0, "loop [0] [1, 0]");
    }

    #[test]
    fn a_strong_exit_that_is_sometimes_possible_is_taken() {
        let edges = [
            (0, Class::Weak, 1, 1),
            (1, Class::Weak, 2, 0),
            (0, Class::Strong, 3, 2),
        ];
        assert_eq!(found(&edges, None, &[2]).0, "holds");
    }

    #[test]
    fn a_loop_inside_a_loop_avoids_the_strong_exit_of_the_outer_one() {
        let edges = [
            (0, Class::Weak, 1, 1),
            (1, Class::Weak, 2, 2),
            (2, Class::Weak, 3, 1),
            (2, Class::Weak, 4, 0),
            (0, Class::Strong, 5, 3),
        ];
        assert_eq!(found(&edges, None, &[3, 0]).0, "loop [0, 1] [2, 1]");
    }
}
