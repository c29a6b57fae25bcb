//! The reconciler against a document on paper: what is there afterwards is what was wanted, and what has a
//! key is still the same node. Random trees come from a seed, so that a failure can be looked at.

use std::collections::BTreeMap;

use deskbell_shared::model::id::Cmid;

use super::paper::Paper;
use super::patch::{Mounted, patch};
use super::{Node, el, words};
use crate::state::action::Action;

/// A document made anew for these nodes.
fn fresh(nodes: &[Node]) -> String {
    let paper = Paper::new();
    patch(&paper, &0, &mut Vec::new(), nodes.to_vec());
    paper.seen(0)
}

/// Which node of the document each keyed child of the root is, by tag and key.
fn keyed(paper: &Paper, nodes: &[Node]) -> BTreeMap<(&'static str, super::Key), usize> {
    let handles = paper.children(0);
    let pairs = nodes.iter().zip(handles);
    pairs.filter_map(|(node, handle)| Some(((node.tag, node.key?), handle))).collect()
}

/// Numbers without end from a seed (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn siblings(&mut self, depth: u64) -> Vec<Node> {
        let mut nodes: Vec<Node> = Vec::new();
        for _ in 0..self.below(12) {
            let node = self.node(depth);
            let is_taken = nodes.iter().any(|other| other.key.is_some() && other.key == node.key);
            if !is_taken {
                nodes.push(node);
            }
        }
        nodes
    }

    fn node(&mut self, depth: u64) -> Node {
        if depth == 0 || self.below(4) == 0 {
            return words(["a", "b", "c"][self.below(3) as usize].to_owned());
        }
        let mut node =
            el(["p", "p", "p", "div"][self.below(4) as usize], ["", "x", "y"][self.below(3) as usize]);
        if self.below(2) == 0 {
            node = node.with_words("title", self.below(3).to_string());
        }
        if self.below(3) > 0 {
            node = node.key("k", self.below(5).into());
        }
        node.children(self.siblings(depth - 1))
    }
}

#[test]
fn any_tree_becomes_any_other_and_keyed_nodes_stay() {
    let mut stayed = 0;
    for seed in 1..=400_u64 {
        let mut dice = Dice(0x9E37_79B9_7F4A_7C15 ^ seed);
        let (paper, mut mounted) = (Paper::new(), Vec::new());
        let mut before = BTreeMap::new();
        for _ in 0..8 {
            let nodes = dice.siblings(2);
            patch(&paper, &0, &mut mounted, nodes.clone());
            assert_eq!(paper.seen(0), fresh(&nodes), "seed {seed}");
            let after = keyed(&paper, &nodes);
            for (key, handle) in &after {
                if let Some(old) = before.get(key) {
                    assert_eq!(old, handle, "seed {seed}: {key:?} is another node");
                    stayed += 1;
                }
            }
            before = after;
        }
    }
    assert!(stayed > 1_000, "the trees have too little in common to show anything: {stayed}");
}

fn rows(numbers: &[u128]) -> Vec<Node> {
    numbers.iter().map(|number| el("p", "").key("row", *number)).collect()
}

/// How many nodes are put somewhere when these rows become those.
fn placed(old: &[u128], new: &[u128]) -> usize {
    let (paper, mut mounted) = (Paper::new(), Vec::new());
    patch(&paper, &0, &mut mounted, rows(old));
    paper.placed.take();
    patch(&paper, &0, &mut mounted, rows(new));
    paper.placed.take().len()
}

#[test]
fn what_stays_in_order_is_not_touched() {
    assert_eq!(placed(&[1, 2, 3], &[1, 2, 3]), 0);
    assert_eq!(placed(&[1, 2, 3], &[1, 3]), 0);
    assert_eq!(placed(&[1, 2, 3], &[7, 8, 1, 2, 3]), 2);
    assert_eq!(placed(&[1, 2, 3], &[1, 9, 2, 3, 4]), 2);
    assert_eq!(placed(&[1, 2, 3, 4], &[2, 3, 4, 5]), 1);
    assert_eq!(placed(&[1, 2, 3], &[3, 1, 2]), 1);
}

#[test]
fn the_innermost_action_around_a_press_counts() {
    let edit = Action::Edit(Cmid(5));
    let inner = el("button", "").does(edit.clone()).child(el("i", ""));
    let outer = el("div", "").does(Action::Latest).child(el("b", "")).child(inner);
    let (paper, mut mounted) = (Paper::new(), Vec::new());
    patch(&paper, &0, &mut mounted, vec![el("p", ""), outer]);
    let [beside, outer] = paper.children(0)[..] else { panic!("two at the root") };
    let [bold, button] = paper.children(outer)[..] else { panic!("two inside") };
    let around = |path: Vec<usize>| Mounted::action(&mounted, &|handle| path.contains(handle));
    assert_eq!(around(vec![outer, button, paper.children(button)[0]]), Some(edit));
    assert_eq!(around(vec![outer, bold]), Some(Action::Latest));
    assert_eq!(around(vec![beside]), None);
}

#[test]
fn an_action_follows_the_newest_drawing() {
    let button = |action| el("button", "").does(action);
    let (paper, mut mounted) = (Paper::new(), Vec::new());
    patch(&paper, &0, &mut mounted, vec![button(Action::Anew)]);
    patch(&paper, &0, &mut mounted, vec![button(Action::Reload)]);
    assert_eq!(Mounted::action(&mounted, &|_| true), Some(Action::Reload));
}
