//! What is worth a picture: each scene brings the browser to a view, in the order in which a person gets there.
//!
//! Scenes drive with keys and pointer only. How often and on which screens they are taken is not decided here.

use anyhow::Result;

use crate::browser::{Browser, Element};
use crate::demo::Demo;

/// A view and the way to it from the scene before.
pub struct Scene {
    /// Begins the name of the picture.
    pub name: &'static str,
    /// Leads there.
    pub lead: fn(&Browser, &Demo) -> Result<()>,
}

/// The key that sends, as WebDriver writes it.
const ENTER: &str = "\u{E007}";

/// Every scene, in order; one browser goes through all of them.
pub const SCENES: [Scene; 11] = [
    Scene { name: "widget-launcher", lead: launcher },
    Scene { name: "widget-greeting", lead: greeting },
    Scene { name: "widget-first-message", lead: first_message },
    Scene { name: "desk-login", lead: login },
    Scene { name: "desk-queue", lead: queue },
    Scene { name: "desk-conversation", lead: conversation },
    Scene { name: "desk-all", lead: |browser, demo| desk_page(browser, demo, "inbox/all", ".rows") },
    Scene { name: "desk-profile", lead: |browser, demo| desk_page(browser, demo, "settings/profile", "h1") },
    Scene { name: "desk-sites", lead: |browser, demo| desk_page(browser, demo, "settings/sites", "h1") },
    Scene {
        name: "desk-new-site",
        lead: |browser, demo| desk_page(browser, demo, "settings/sites/new", "h1"),
    },
    Scene { name: "desk-people", lead: |browser, demo| desk_page(browser, demo, "settings/people", "h1") },
];

fn launcher(browser: &Browser, demo: &Demo) -> Result<()> {
    // The demo's shop is in English, and the language of a page counts before that of the browser.
    browser.takes_for_translated(&demo.shop)?;
    browser.open(&demo.shop)?;
    launcher_button(browser).map(drop)
}

fn greeting(browser: &Browser, _: &Demo) -> Result<()> {
    browser.click(&launcher_button(browser)?)?;
    let host = browser.find("deskbell-chat")?;
    let frame = browser.find_in_shadow(&host, "iframe")?;
    browser.enter_frame(Some(&frame))?;
    browser.find("#text")?;
    browser.enter_frame(None)
}

fn first_message(browser: &Browser, _: &Demo) -> Result<()> {
    let host = browser.find("deskbell-chat")?;
    let frame = browser.find_in_shadow(&host, "iframe")?;
    browser.enter_frame(Some(&frame))?;
    let text = browser.find("#text")?;
    browser.type_into(&text, &format!("Hello, do you have the blue tent in two sizes?{ENTER}"))?;
    browser.find(".bubble")?;
    browser.enter_frame(None)
}

fn login(browser: &Browser, demo: &Demo) -> Result<()> {
    desk_page(browser, demo, "login", "#password")
}

fn queue(browser: &Browser, demo: &Demo) -> Result<()> {
    browser.type_into(&browser.find("#email")?, &demo.email)?;
    browser.type_into(&browser.find("#password")?, &format!("{}{ENTER}", demo.password))?;
    browser.find("nav.rail")?;
    desk_page(browser, demo, "inbox/queue", ".row-link")
}

fn conversation(browser: &Browser, _: &Demo) -> Result<()> {
    browser.click(&browser.find(".row-link")?)?;
    browser.find(".compose textarea, .pane-talk button").map(drop)
}

fn desk_page(browser: &Browser, demo: &Demo, page: &str, sign: &str) -> Result<()> {
    browser.open(&format!("{}{page}", demo.desk))?;
    browser.find(sign).map(drop)
}

fn launcher_button(browser: &Browser) -> Result<Element> {
    let host = browser.find("deskbell-chat")?;
    browser.find_in_shadow(&host, "button")
}
