//! A document for tests: nodes with numbers, and a note of each that was put somewhere.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::patch::Document;

/// Nodes by number; the first one is the root.
pub struct Paper {
    sheets: RefCell<Vec<Sheet>>,
    /// Nodes that were put somewhere, moved ones included.
    pub placed: RefCell<Vec<usize>>,
}

#[derive(Clone, Default)]
struct Sheet {
    tag: &'static str,
    words: String,
    attributes: BTreeMap<&'static str, String>,
    children: Vec<usize>,
}

impl Paper {
    pub fn new() -> Paper {
        Paper { sheets: RefCell::new(vec![Sheet::default()]), placed: RefCell::default() }
    }

    fn add(&self, tag: &'static str, words: &str) -> usize {
        let mut sheets = self.sheets.borrow_mut();
        sheets.push(Sheet { tag, words: words.to_owned(), ..Sheet::default() });
        sheets.len() - 1
    }

    pub fn children(&self, of: usize) -> Vec<usize> {
        self.sheets.borrow()[of].children.clone()
    }

    /// The first node anywhere that has this attribute.
    pub fn having(&self, name: &str, value: &str) -> Option<usize> {
        let sheets = self.sheets.borrow();
        let mut open = vec![0];
        while let Some(at) = open.pop() {
            if sheets[at].attributes.get(name).is_some_and(|its| its == value) {
                return Some(at);
            }
            open.extend(sheets[at].children.iter().rev());
        }
        None
    }

    /// What somebody who looks at the document sees.
    pub fn seen(&self, of: usize) -> String {
        let sheet = self.sheets.borrow()[of].clone();
        let inside: String = sheet.children.iter().map(|child| self.seen(*child)).collect();
        format!("<{} {:?} {:?}>{inside}</>", sheet.tag, sheet.words, sheet.attributes)
    }
}

impl Document for Paper {
    type Handle = usize;

    fn element(&self, tag: &'static str) -> usize {
        self.add(tag, "")
    }

    fn text(&self, words: &str) -> usize {
        self.add("", words)
    }

    fn set_words(&self, text: &usize, words: &str) {
        let sheet = &mut self.sheets.borrow_mut()[*text];
        assert_eq!(sheet.tag, "", "only a text has words");
        sheet.words = words.to_owned();
    }

    fn set(&self, element: &usize, name: &'static str, value: Option<&str>) {
        let attributes = &mut self.sheets.borrow_mut()[*element].attributes;
        match value {
            Some(value) => drop(attributes.insert(name, value.to_owned())),
            None => assert!(attributes.remove(name).is_some(), "there was no {name}"),
        }
    }

    fn place(&self, parent: &usize, node: &usize, before: Option<&usize>) {
        self.placed.borrow_mut().push(*node);
        let children = &mut self.sheets.borrow_mut()[*parent].children;
        children.retain(|child| child != node);
        let at = before.map(|before| children.iter().position(|child| child == before).expect("a child"));
        children.insert(at.unwrap_or(children.len()), *node);
    }

    fn remove(&self, parent: &usize, node: &usize) {
        let children = &mut self.sheets.borrow_mut()[*parent].children;
        let at = children.iter().position(|child| child == node).expect("a child of its parent");
        children.remove(at);
    }
}
