//! Getting about with Tab, and where the focus is.

use fantoccini::elements::{Element, ElementRef};
use fantoccini::key::Key;

use crate::browser::Engine;
use crate::person::Person;

/// More stops than any page of ours has.
const STOPS_MAX: usize = 60;

impl Person {
    /// Presses Tab until the focus is where it is wanted.
    pub async fn tabs_to(&self, what: &str, there: impl AsyncFnMut() -> bool) {
        self.tabs(what, &[Key::Tab], there).await;
    }

    /// Presses Shift and Tab until the focus is where it is wanted.
    pub async fn tabs_back_to(&self, what: &str, there: impl AsyncFnMut() -> bool) {
        self.tabs(what, &[Key::Shift, Key::Tab], there).await;
    }

    /// Types with the keyboard itself, wherever the focus is.
    pub async fn keys_in(&self, text: &str) {
        for key in text.chars() {
            self.hits_char(key).await;
        }
    }

    /// The element that has the focus.
    pub async fn focused(&self) -> Option<Element> {
        if self.engine != Engine::WebKit {
            return self.client.active_element().await.ok();
        }
        // Its driver names the one of the page, also to whoever looks into a frame of it.
        let found = self.client.execute("return document.activeElement", Vec::new()).await.ok()?;
        let id = found.as_object()?.values().next()?.as_str()?.to_owned();
        Some(Element::from_element_id(self.client.clone(), ElementRef::from(id)))
    }

    /// The tag of the element that has the focus.
    pub async fn focused_tag(&self) -> String {
        let Some(element) = self.focused().await else { return String::new() };
        element.tag_name().await.unwrap_or_default()
    }

    /// The id of the element that has the focus.
    pub async fn focused_id(&self) -> String {
        let Some(element) = self.focused().await else { return String::new() };
        element.attr("id").await.ok().flatten().unwrap_or_default()
    }

    /// What the element that has the focus is called.
    pub async fn focused_name(&self) -> String {
        let Some(element) = self.focused().await else { return String::new() };
        match element.attr("aria-label").await.ok().flatten() {
            Some(label) => label,
            None => self.reads(&element).await.unwrap_or_default(),
        }
    }

    async fn tabs(&self, what: &str, keys: &[Key], mut there: impl AsyncFnMut() -> bool) {
        for _ in 0..STOPS_MAX {
            if there().await {
                return;
            }
            self.chord(keys).await;
        }
        panic!("{} does not get to {what} by Tab; on the screen:\n{}", self.name, self.screen().await);
    }
}
