//! The part of the document that is the app's own: everything inside `#app`. It draws nodes, tells which action was
//! pressed, and where the transcript is scrolled to. What is on screen is not decided here.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use web_sys::{Document, Element, Event, HtmlElement, Node};

use crate::nodes;
use crate::nodes::patch::{Mounted, patch};
use crate::state::action::Action;

const HTML: &str = "http://www.w3.org/1999/xhtml";
const SVG: &str = "http://www.w3.org/2000/svg";

/// The screen.
pub struct Screen {
    document: Browser,
    root: Node,
    mounted: Rc<RefCell<Vec<Mounted<Node>>>>,
}

/// What somebody did on the screen.
pub enum Touch {
    /// Pressed something that means this.
    Pressed(Action),
    /// Scrolled.
    Scrolled,
}

impl Screen {
    /// Takes the place of what `frame.html` shows until the app is there. `None` in a document without one.
    pub fn open(touched: impl Fn(Touch) + 'static) -> Option<Screen> {
        let document = web_sys::window()?.document()?;
        let root: Node = document.get_element_by_id("app")?.into();
        root.set_text_content(None);
        let mounted = Rc::<RefCell<Vec<Mounted<Node>>>>::default();
        let seen = mounted.clone();
        // One listener for all that is ever inside. Capturing, because a scroll does not bubble.
        let hear = Closure::<dyn Fn(Event)>::new(move |event: Event| {
            if event.type_() == "scroll" {
                return touched(Touch::Scrolled);
            }
            let target: Option<Node> = event.target().map(JsCast::unchecked_into);
            let around = |node: &Node| node.contains(target.as_ref());
            if let Some(action) = Mounted::action(&seen.borrow(), &around) {
                touched(Touch::Pressed(action));
            }
        });
        let hear = hear.into_js_value();
        for name in ["click", "scroll"] {
            let _ = root.add_event_listener_with_callback_and_bool(name, hear.unchecked_ref(), true);
        }
        Some(Screen { document: Browser(document), root, mounted })
    }

    /// Shows these nodes.
    pub fn draw(&self, nodes: Vec<nodes::Node>) {
        patch(&self.document, &self.root, &mut self.mounted.borrow_mut(), nodes);
    }

    /// How far the transcript is scrolled away from its newest row, and how far from its oldest one, in pixels.
    ///
    /// The style sheet turns the scroller around (`column-reverse`): its zero is the newest row, and what is further
    /// up is negative. The browser itself then keeps the newest row in sight, and the place of the reader.
    pub fn scrolled(&self) -> Option<(i32, i32)> {
        let scroller = self.scroller()?;
        let from_end = -scroller.scroll_top();
        Some((from_end, scroller.scroll_height() - scroller.client_height() - from_end))
    }

    /// Scrolls to the newest row.
    pub fn show_newest(&self) {
        if let Some(scroller) = self.scroller() {
            scroller.set_scroll_top(0);
        }
    }

    /// Puts the keys into the transcript.
    pub fn land(&self) {
        if let Some(scroller) = self.scroller() {
            let _ = scroller.unchecked_ref::<HtmlElement>().focus();
        }
    }

    fn scroller(&self) -> Option<Element> {
        self.document.0.query_selector("main").ok()?
    }
}

struct Browser(Document);

impl nodes::patch::Document for Browser {
    type Handle = Node;

    fn element(&self, tag: &'static str) -> Node {
        let space = if tag == "svg" || tag == "path" { SVG } else { HTML };
        self.0.create_element_ns(Some(space), tag).expect("a tag of ours is a name").into()
    }

    fn text(&self, words: &str) -> Node {
        self.0.create_text_node(words).into()
    }

    fn set_words(&self, text: &Node, words: &str) {
        text.set_node_value(Some(words));
    }

    fn set(&self, element: &Node, name: &'static str, value: Option<&str>) {
        let element = element.unchecked_ref::<Element>();
        // Fails for names that are none, and ours are.
        let _ = match value {
            Some(value) => element.set_attribute(name, value),
            None => element.remove_attribute(name),
        };
    }

    fn place(&self, parent: &Node, node: &Node, before: Option<&Node>) {
        // Fails only where something other than the app has taken its nodes away.
        let _ = parent.insert_before(node, before);
    }

    fn remove(&self, parent: &Node, node: &Node) {
        let _ = parent.remove_child(node);
    }
}
