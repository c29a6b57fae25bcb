//! Whether the widget has been seen on the site: waiting, there, or on an origin that is not allowed and what differs.

use deskbell_shared::model::{SeenView, SiteView};
use yew::prelude::*;

use super::icon::{Glyph, icon};
use crate::format::{Local, age};
use crate::text::{t, tn};

/// The state of the tag, which changes by itself when the widget is seen. `onallow` adds an origin to the allowed ones.
pub fn seen(site: &SiteView, local: Local, onallow: &Callback<String>) -> Html {
    let good = site.seen.iter().find(|seen| seen.allowed);
    let bad = site.seen.iter().find(|seen| !seen.allowed);
    // What was seen refused after it was last seen working is news; before that it is history.
    let bad = bad.filter(|bad| good.is_none_or(|good| bad.at > good.at));
    html! {
        <div role="status">
            if let Some(good) = good {
                <div class="seen seen-good">
                    {icon(Glyph::Check)}
                    <h2>{t("seen.good")}</h2>
                    <p>{when(good, local)}</p>
                </div>
            } else if bad.is_none() {
                <div class="seen">
                    <span class="pulse" aria-hidden="true"></span>
                    <h2>{t("seen.waiting")}</h2>
                    <p>{t("seen.waiting.line")}</p>
                </div>
            }
            if let Some(bad) = bad { {refused(bad, onallow)} }
        </div>
    }
}

fn when(seen: &SeenView, local: Local) -> String {
    tn("seen.good.line", &[("origin", &seen.origin), ("age", &age(seen.at, local.now))])
}

fn refused(seen: &SeenView, onallow: &Callback<String>) -> Html {
    let origin = seen.origin.clone();
    let onclick = {
        let origin = origin.clone();
        onallow.reform(move |_: MouseEvent| origin.clone())
    };
    html! {
        <div class="seen seen-bad">
            {icon(Glyph::Warn)}
            <h2>{t("seen.bad")}</h2>
            <p>{why(&seen.origin, seen.nearest.as_deref())}</p>
            <div class="seen-acts">
                <button class="button" type="button" {onclick}>{tn("seen.allow", &[("origin", &origin)])}</button>
            </div>
        </div>
    }
}

fn why(origin: &str, nearest: Option<&str>) -> String {
    let Some(nearest) = nearest else { return tn("seen.why.other", &[("origin", origin)]) };
    let key = match difference(origin, nearest) {
        Difference::Scheme => "seen.why.scheme",
        Difference::Www => "seen.why.www",
        Difference::Port => "seen.why.port",
        Difference::Host => "seen.why.host",
    };
    tn(key, &[("origin", origin), ("nearest", nearest)])
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Difference {
    Scheme,
    Www,
    Port,
    Host,
}

/// The first thing in which two origins differ that people stumble over.
fn difference(origin: &str, allowed: &str) -> Difference {
    let (scheme, authority) = origin.split_once("://").unwrap_or(("", origin));
    let (allowed_scheme, allowed_authority) = allowed.split_once("://").unwrap_or(("", allowed));
    let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
    let (allowed_host, allowed_port) = allowed_authority.split_once(':').unwrap_or((allowed_authority, ""));
    let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_owned();
    if host == allowed_host {
        return if port != allowed_port {
            Difference::Port
        } else if scheme != allowed_scheme {
            Difference::Scheme
        } else {
            Difference::Host
        };
    }
    if bare(host) == bare(allowed_host) { Difference::Www } else { Difference::Host }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_reasons_are_told_apart() {
        let allowed = "https://shop.example";
        assert_eq!(difference("http://shop.example", allowed), Difference::Scheme);
        assert_eq!(difference("https://www.shop.example", allowed), Difference::Www);
        assert_eq!(difference("https://shop.example:8443", allowed), Difference::Port);
        assert_eq!(difference("https://blog.example", allowed), Difference::Host);
    }
}
