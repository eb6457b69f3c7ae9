//! Strongly connected components, by Tarjan's algorithm without recursion.

/// A directed graph over the nodes `0..len`, as compressed rows.
#[derive(Debug, Default)]
pub struct Graph {
    ends: Vec<u32>,
    targets: Vec<u32>,
}

impl Graph {
    /// Adds the next node with its successors.
    pub fn push(&mut self, successors: impl IntoIterator<Item = u32>) {
        self.targets.extend(successors);
        self.ends.push(self.targets.len() as u32);
    }

    /// Returns how many nodes there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Returns the successors of a node.
    pub fn successors(&self, node: u32) -> &[u32] {
        let node = node as usize;
        let start = if node == 0 {
            0
        } else {
            self.ends[node - 1] as usize
        };
        &self.targets[start..self.ends[node] as usize]
    }

    /// Returns the components that hold a cycle of two or more nodes, each sorted, in the order of their smallest node.
    ///
    /// Targets outside the graph are no edges.
    pub fn cycles(&self) -> Vec<Vec<u32>> {
        let mut tarjan = Tarjan::new(self);
        for node in 0..self.len() as u32 {
            if tarjan.index[node as usize] == UNSEEN {
                tarjan.walk(node);
            }
        }
        tarjan.found.sort_unstable();
        tarjan.found
    }
}

const UNSEEN: u32 = u32::MAX;
const CLOSED: u32 = u32::MAX - 1;

struct Tarjan<'a> {
    graph: &'a Graph,
    index: Vec<u32>,
    low: Vec<u32>,
    stack: Vec<u32>,
    next: u32,
    found: Vec<Vec<u32>>,
}

impl<'a> Tarjan<'a> {
    fn new(graph: &'a Graph) -> Self {
        Self {
            graph,
            index: vec![UNSEEN; graph.len()],
            low: vec![0; graph.len()],
            stack: Vec::new(),
            next: 0,
            found: Vec::new(),
        }
    }

    fn open(&mut self, node: u32) {
        self.index[node as usize] = self.next;
        self.low[node as usize] = self.next;
        self.next += 1;
        self.stack.push(node);
    }

    fn walk(&mut self, root: u32) {
        let mut path: Vec<(u32, usize)> = vec![(root, 0)];
        self.open(root);
        while let Some((node, edge)) = path.pop() {
            if let Some(&target) = self.graph.successors(node).get(edge) {
                path.push((node, edge + 1));
                match self.index.get(target as usize) {
                    Some(&UNSEEN) => {
                        self.open(target);
                        path.push((target, 0));
                    }
                    None | Some(&CLOSED) => {}
                    Some(&index) => {
                        self.low[node as usize] = self.low[node as usize].min(index);
                    }
                }
                continue;
            }
            if let Some(&(parent, _)) = path.last() {
                self.low[parent as usize] = self.low[parent as usize].min(self.low[node as usize]);
            }
            if self.low[node as usize] == self.index[node as usize] {
                self.close(node);
            }
        }
    }

    fn close(&mut self, root: u32) {
        let start = self
            .stack
            .iter()
            .rposition(|&node| node == root)
            .unwrap_or(0);
        let mut component = self.stack.split_off(start);
        for &node in &component {
            self.index[node as usize] = CLOSED;
        }
        if component.len() > 1 {
            component.sort_unstable();
            self.found.push(component);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(rows: &[&[u32]]) -> Graph {
        let mut graph = Graph::default();
        for row in rows {
            graph.push(row.iter().copied());
        }
        graph
    }

    #[test]
    fn a_graph_without_a_cycle_has_no_component() {
        assert!(graph(&[&[1, 2], &[3], &[3], &[]]).cycles().is_empty());
    }

    #[test]
    fn two_cycles_joined_by_an_edge_are_two_components() {
        let rows: &[&[u32]] = &[&[1], &[2, 3], &[0], &[4], &[3, 9]];
        assert_eq!(graph(rows).cycles(), [vec![0, 1, 2], vec![3, 4]]);
    }

    #[test]
    fn cycles_that_share_a_node_are_one_component() {
        assert_eq!(graph(&[&[1], &[0, 2], &[1, 0]]).cycles(), [vec![0, 1, 2]]);
    }
}
