//! A link inside the desk: a real address, so that it can be opened in a new tab, without loading the page anew.

use yew::prelude::*;

use crate::hooks::place::use_place;
use crate::route::Route;

/// Where to, and what it looks like.
#[derive(Clone, PartialEq, Properties)]
pub struct LinkProps {
    /// Where it goes.
    pub to: Route,
    /// Classes.
    #[prop_or_default]
    pub class: Classes,
    /// `aria-current`, for the one that is where one is.
    #[prop_or_default]
    pub current: Option<&'static str>,
    /// The id of the element.
    #[prop_or_default]
    pub id: Option<AttrValue>,
    /// Whether Tab stops here.
    #[prop_or(true)]
    pub tab: bool,
    /// What one sees.
    pub children: Html,
}

/// A link inside the desk.
#[function_component(Link)]
pub fn link(props: &LinkProps) -> Html {
    let place = use_place();
    let to = props.to;
    let onclick = move |event: MouseEvent| {
        let plain = event.button() == 0
            && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key());
        if plain {
            event.prevent_default();
            place.go.emit(to);
        }
    };
    html! {
        <a class={props.class.clone()} href={to.path()} id={props.id.clone()} aria-current={props.current}
            tabindex={(!props.tab).then_some("-1")} {onclick}>{props.children.clone()}</a>
    }
}
