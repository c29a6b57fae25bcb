//! Hands on the page where yew has none: focus, scrolling, sizes, title, clipboard, dialogs. Sizes go through the CSSOM, because
//! the policy of the page refuses `style` attributes.

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, Element, FocusOptions, HtmlDialogElement, HtmlElement, Window};

/// The window. There is always one: the desk runs nowhere else.
pub fn window() -> Window {
    web_sys::window().expect("the desk runs in a window")
}

/// The document of the window.
pub fn document() -> Document {
    window().document().expect("a window has a document")
}

/// Focuses the element with this id, without scrolling to it. Returns whether it is there.
pub fn focus_id(id: &str) -> bool {
    let element = document().get_element_by_id(id).and_then(|found| found.dyn_into::<HtmlElement>().ok());
    element.is_some_and(|element| element.focus().is_ok())
}

/// Focuses the element with this id and leaves everything scrolled as it is. Returns whether it is there.
pub fn refocus_id(id: &str) -> bool {
    let element = document().get_element_by_id(id).and_then(|found| found.dyn_into::<HtmlElement>().ok());
    let options = FocusOptions::new();
    options.set_prevent_scroll(true);
    element.is_some_and(|element| element.focus_with_options(&options).is_ok())
}

/// Scrolls a list as little as it takes to see one of its lines, both by their ids. The list is what its lines are placed in.
pub fn reveal_in(list: &str, line: &str) {
    let found = |id: &str| document().get_element_by_id(id)?.dyn_into::<HtmlElement>().ok();
    let (Some(list), Some(line)) = (found(list), found(line)) else { return };
    let (above, seen) = (list.scroll_top(), list.client_height());
    let (top, end) = (line.offset_top(), line.offset_top() + line.offset_height());
    if top < above {
        list.set_scroll_top(top);
    } else if end > above + seen {
        list.set_scroll_top(end - seen);
    }
}

/// What is in the field with this id now.
pub fn value_of(id: &str) -> Option<String> {
    let field = document().get_element_by_id(id)?.dyn_into::<web_sys::HtmlInputElement>().ok()?;
    Some(field.value())
}

/// The first element inside another one that a selector names.
pub fn inside(element: &HtmlElement, selector: &str) -> Option<HtmlElement> {
    element.query_selector(selector).ok().flatten()?.dyn_into().ok()
}

/// Calls once what was done to the page has been drawn. In a page that is out of sight that may be much later.
pub fn when_drawn(call: impl FnOnce() + 'static) {
    let call = Closure::once_into_js(call);
    // A frame of the screen begins with the first of the two; the next task is behind its end.
    let begun = Closure::once_into_js(move || {
        let _ = window().set_timeout_with_callback(call.unchecked_ref());
    });
    let _ = window().request_animation_frame(begun.unchecked_ref());
}

/// Whether nothing has the focus.
pub fn is_focus_nowhere() -> bool {
    document().active_element().is_none_or(|element| element.tag_name() == "BODY")
}

/// Whether somebody is writing: keys then belong to the field.
pub fn is_writing() -> bool {
    document()
        .active_element()
        .is_some_and(|element| matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"))
}

/// Whether the focus is on or inside an element that the selector names.
pub fn is_focus_in(selector: &str) -> bool {
    document()
        .active_element()
        .is_some_and(|element| element.closest(selector).is_ok_and(|found| found.is_some()))
}

/// Whether only one pane has room, as the style sheet has it.
pub fn is_narrow() -> bool {
    width() <= 720.0
}

/// How wide the window is; without end where that is not known.
pub fn width() -> f64 {
    window().inner_width().ok().and_then(|width| width.as_f64()).unwrap_or(f64::INFINITY)
}

/// Takes the focus out of a field.
pub fn blur() {
    if let Some(element) = document().active_element().and_then(|found| found.dyn_into::<HtmlElement>().ok())
    {
        let _ = element.blur();
    }
}

/// Sets a length of an element in pixels.
pub fn set_px(element: &HtmlElement, property: &str, px: u32) {
    let mut value = px.to_string();
    value.push_str("px");
    let _ = element.style().set_property(property, &value);
}

/// How far the element is scrolled, how high what is seen of it is, and how high all of it is.
pub fn scroll_of(element: &Element) -> (i32, i32, i32) {
    (element.scroll_top(), element.client_height(), element.scroll_height())
}

/// Where the element with this id begins inside what is scrolled around it.
pub fn top_of(id: &str) -> Option<i32> {
    let element = document().get_element_by_id(id)?.dyn_into::<HtmlElement>().ok()?;
    Some(element.offset_top())
}

/// The title of the tab.
pub fn set_title(title: &str) {
    let document = document();
    if document.title() != title {
        document.set_title(title);
    }
}

/// Whether somebody can see the tab.
pub fn is_visible() -> bool {
    document().visibility_state() == web_sys::VisibilityState::Visible
}

/// Whether the tab can be seen and its window has the focus.
pub fn is_attended() -> bool {
    is_visible() && document().has_focus().unwrap_or(false)
}

/// Opens a dialog over everything else; the browser keeps the focus inside.
pub fn show_modal(dialog: &HtmlDialogElement) {
    if !dialog.open() {
        let _ = dialog.show_modal();
    }
}

/// Whether a dialog is open.
pub fn is_dialog_open() -> bool {
    document().query_selector("dialog[open]").ok().flatten().is_some()
}

/// Puts a text on the clipboard. Fails where the browser does not allow it, as on plain http.
pub async fn copy(text: &str) -> bool {
    let navigator = window().navigator();
    let clipboard = js_sys::Reflect::get(&navigator, &JsValue::from_str("clipboard"));
    if !clipboard.is_ok_and(|value| value.is_object()) {
        return false;
    }
    JsFuture::from(navigator.clipboard().write_text(text)).await.is_ok()
}
