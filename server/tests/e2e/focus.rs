//! Getting about with Tab, and where the focus is.

use fantoccini::key::Key;

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

    /// The tag of the element that has the focus.
    pub async fn focused_tag(&self) -> String {
        let Ok(element) = self.client.active_element().await else { return String::new() };
        element.tag_name().await.unwrap_or_default()
    }

    /// The id of the element that has the focus.
    pub async fn focused_id(&self) -> String {
        let Ok(element) = self.client.active_element().await else { return String::new() };
        element.attr("id").await.ok().flatten().unwrap_or_default()
    }

    /// What the element that has the focus is called.
    pub async fn focused_name(&self) -> String {
        let Ok(element) = self.client.active_element().await else { return String::new() };
        match element.attr("aria-label").await.ok().flatten() {
            Some(label) => label,
            None => element.text().await.unwrap_or_default(),
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
