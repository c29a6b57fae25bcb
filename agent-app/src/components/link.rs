//! A link inside the desk: a real address, so that it can be opened in a new tab, without loading the page anew.

use yew::prelude::*;

use crate::hooks::place::use_place;
use crate::route::{Narrow, Route};

/// Where to, and what it looks like.
#[derive(Clone, PartialEq, Properties)]
pub struct LinkProps {
    /// Where it goes.
    pub to: Route,
    /// What the list there is narrowed to, where that is said.
    #[prop_or_default]
    pub narrow: Option<Narrow>,
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
    let (to, narrow) = (props.to, props.narrow);
    let onclick = move |event: MouseEvent| {
        let plain = event.button() == 0
            && !(event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key());
        if plain {
            event.prevent_default();
            match narrow {
                Some(narrow) => place.visit.emit((to, narrow)),
                None => place.go.emit(to),
            }
        }
    };
    let href = [to.path(), narrow.map(Narrow::query).unwrap_or_default()].concat();
    html! {
        <a class={props.class.clone()} {href} id={props.id.clone()} aria-current={props.current}
            tabindex={(!props.tab).then_some("-1")} {onclick}>{props.children.clone()}</a>
    }
}
