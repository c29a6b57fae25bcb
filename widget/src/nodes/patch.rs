//! Makes a document like a tree of nodes, and changes it as little as that takes.
//!
//! An element stays the same as long as its key and tag are there under the same parent: focus, scroll position,
//! animations and what a screen reader has already said hang on it. An element is moved only if the order of those
//! that stay has changed; what is put in or taken out between them moves none of them. An element that gets another
//! parent is made anew.
//!
//! The document is behind a trait: `services::screen` is the browser's, the tests have one of their own.

use super::Node;
use crate::state::action::Action;

/// What is asked of a document.
pub trait Document {
    /// A node of it.
    type Handle: Clone;
    /// Makes an element.
    fn element(&self, tag: &'static str) -> Self::Handle;
    /// Makes a text.
    fn text(&self, words: &str) -> Self::Handle;
    /// Puts other words into a text.
    fn set_words(&self, text: &Self::Handle, words: &str);
    /// Gives an element an attribute; `None` takes it away.
    fn set(&self, element: &Self::Handle, name: &'static str, value: Option<&str>);
    /// Puts a node before another one of its parent, or last. If it has a place already, it leaves it.
    fn place(&self, parent: &Self::Handle, node: &Self::Handle, before: Option<&Self::Handle>);
    /// Takes a node out.
    fn remove(&self, parent: &Self::Handle, node: &Self::Handle);
}

/// A node that is in the document.
pub struct Mounted<H> {
    handle: H,
    /// What it was made like; its children are in `children`.
    node: Node,
    children: Vec<Mounted<H>>,
}

impl<H> Mounted<H> {
    /// The action of the innermost node for which `is_around` says yes.
    pub fn action(mounted: &[Mounted<H>], is_around: &dyn Fn(&H) -> bool) -> Option<Action> {
        mounted.iter().find_map(|it| {
            let inner = Mounted::action(&it.children, is_around);
            inner.or_else(|| it.node.action.clone().filter(|_| is_around(&it.handle)))
        })
    }
}

/// Makes the children of `parent` like `new`. `mounted` is what the last call left: empty at first.
pub fn patch<D: Document>(
    document: &D,
    parent: &D::Handle,
    mounted: &mut Vec<Mounted<D::Handle>>,
    new: Vec<Node>,
) {
    let mut old: Vec<Option<Mounted<D::Handle>>> = mounted.drain(..).map(Some).collect();
    let mut places = Vec::new();
    let mut first_unused = 0;
    for node in new {
        let is_same = |it: &Option<Mounted<D::Handle>>| {
            it.as_ref().is_some_and(|it| it.node.key == node.key && it.node.tag == node.tag)
        };
        let found = (first_unused..old.len()).find(|at| is_same(&old[*at]));
        let it = match found.and_then(|at| old[at].take()) {
            Some(it) => changed(document, it, node),
            None => made(document, node),
        };
        while first_unused < old.len() && old[first_unused].is_none() {
            first_unused += 1;
        }
        places.push(found);
        mounted.push(it);
    }
    for gone in old.iter().flatten() {
        document.remove(parent, &gone.handle);
    }
    put_in_order(document, parent, mounted, &places);
}

/// From the last to the first: whoever stood before all those behind it still does, and is left alone.
fn put_in_order<D: Document>(
    document: &D,
    parent: &D::Handle,
    mounted: &[Mounted<D::Handle>],
    places: &[Option<usize>],
) {
    let mut next = None;
    let mut limit = usize::MAX;
    for (it, place) in mounted.iter().zip(places).rev() {
        match place {
            Some(at) if *at < limit => limit = *at,
            _ => document.place(parent, &it.handle, next),
        }
        next = Some(&it.handle);
    }
}

fn made<D: Document>(document: &D, mut node: Node) -> Mounted<D::Handle> {
    let children = std::mem::take(&mut node.children);
    let handle = if node.tag.is_empty() { document.text(&node.words) } else { document.element(node.tag) };
    for (name, value) in &node.attributes {
        document.set(&handle, name, Some(value));
    }
    let mut mounted = Vec::new();
    patch(document, &handle, &mut mounted, children);
    Mounted { handle, node, children: mounted }
}

fn changed<D: Document>(document: &D, mut old: Mounted<D::Handle>, mut node: Node) -> Mounted<D::Handle> {
    patch(document, &old.handle, &mut old.children, std::mem::take(&mut node.children));
    if old.node.words != node.words {
        document.set_words(&old.handle, &node.words);
    }
    for attribute in &node.attributes {
        if !old.node.attributes.contains(attribute) {
            document.set(&old.handle, attribute.0, Some(&attribute.1));
        }
    }
    for (name, _) in &old.node.attributes {
        if !node.attributes.iter().any(|(its, _)| its == name) {
            document.set(&old.handle, name, None);
        }
    }
    Mounted { node, ..old }
}
