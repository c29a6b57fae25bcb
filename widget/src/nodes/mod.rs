//! What is to be on screen, as a tree of plain values. Views build it, `patch` makes the document like it.
//!
//! It knows no browser, no texts and no listeners: what a press means is named by an `Action`. One form for every
//! element and names that are in the code already keep it small; what HTML allows where is not checked.

#[cfg(test)]
pub mod paper;
pub mod patch;
#[cfg(test)]
mod patch_tests;
#[cfg(test)]
pub mod printed;

use std::borrow::Cow;

use crate::state::action::Action;

/// A text or the value of an attribute.
pub type Value = Cow<'static, str>;

/// What makes a node the same from one drawing to the next, among its siblings: a kind and a number. What comes and
/// goes, or changes its place, has one; the rest is told apart by tag and order.
pub type Key = (&'static str, u128);

/// A node. It is boxed because views hand it from one call to the next: moved as it is, it would be copied at each, and
/// that is a good part of the widget's bytes.
pub type Node = Box<Content>;

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub struct Content {
    /// The name of the element; empty for a text.
    tag: &'static str,
    key: Option<Key>,
    /// The words of a text; empty for an element.
    words: Value,
    attributes: Vec<(&'static str, Value)>,
    action: Option<Action>,
    children: Vec<Node>,
}

/// An element with a class, or with none if that is empty.
pub fn el(tag: &'static str, class: &'static str) -> Node {
    let attributes = if class.is_empty() { Vec::new() } else { vec![("class", Value::Borrowed(class))] };
    let words = Value::Borrowed("");
    Box::new(Content { tag, key: None, words, attributes, action: None, children: Vec::new() })
}

/// A button that is no part of a form.
pub fn button(class: &'static str) -> Node {
    el("button", class).with("type", "button")
}

/// A text.
pub fn words(words: String) -> Node {
    let mut node = el("", "");
    node.words = Value::Owned(words);
    node
}

impl Content {
    /// Gives an attribute.
    pub fn with(self: Node, name: &'static str, value: &'static str) -> Node {
        self.given(name, Value::Borrowed(value))
    }

    /// Gives an attribute whose value is not known beforehand.
    pub fn with_words(self: Node, name: &'static str, value: String) -> Node {
        self.given(name, Value::Owned(value))
    }

    /// Says which of its siblings it is.
    pub fn key(mut self: Node, kind: &'static str, number: u128) -> Node {
        self.key = Some((kind, number));
        self
    }

    /// Says what a press on it means.
    pub fn does(mut self: Node, action: Action) -> Node {
        self.action = Some(action);
        self
    }

    /// Puts something inside, after what is there.
    pub fn child(mut self: Node, child: Node) -> Node {
        self.children.push(child);
        self
    }

    /// Puts a text inside, after what is there.
    pub fn says(self: Node, text: String) -> Node {
        self.child(words(text))
    }

    /// Puts something inside if there is something. Unless nothing of its tag follows, it needs a key.
    pub fn maybe(mut self: Node, child: Option<Node>) -> Node {
        self.children.extend(child);
        self
    }

    /// Puts all of these inside, after what is there.
    pub fn children(mut self: Node, mut children: Vec<Node>) -> Node {
        self.children.append(&mut children);
        self
    }

    fn given(mut self: Node, name: &'static str, value: Value) -> Node {
        self.attributes.push((name, value));
        self
    }
}
