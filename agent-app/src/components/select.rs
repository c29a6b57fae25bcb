//! A choice out of a list, as the browser draws it.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

/// A select.
#[derive(Clone, PartialEq, Properties)]
pub struct SelectProps {
    /// How it looks.
    #[prop_or_default]
    pub class: Classes,
    /// The id of the control, where a label names it.
    #[prop_or_default]
    pub id: Option<&'static str>,
    /// Its name, where no label does.
    #[prop_or_default]
    pub label: Option<AttrValue>,
    /// The id of what is said about it.
    #[prop_or_default]
    pub described: Option<&'static str>,
    /// The value of the option that is chosen.
    pub value: AttrValue,
    /// Called when somebody chooses.
    pub onchange: Callback<Event>,
    /// The options. None of them says that it is the chosen one.
    pub children: Html,
}

/// A select whose value is set as a whole after each change. Options that are marked one by one end wrong in Firefox: the
/// mark that is taken from the one after the other has got it brings back the first, and who chooses that one is not heard.
#[function_component(Select)]
pub fn select(props: &SelectProps) -> Html {
    let node = use_node_ref();
    let (shown, value) = (node.clone(), props.value.clone());
    use_effect(move || {
        if let Some(shown) = shown.cast::<HtmlSelectElement>()
            && shown.value() != *value
        {
            shown.set_value(&value);
        }
    });
    html! {
        <select ref={node} class={props.class.clone()} id={props.id} aria-label={props.label.clone()}
            aria-describedby={props.described} onchange={props.onchange.clone()}>{props.children.clone()}</select>
    }
}
