//! "Do not e-mail me": the link at the end of every mail. Looking at it changes nothing (mail programs look at links by
//! themselves); the button, and the mail program's own button (RFC 8058), do.

use std::sync::Arc;

use warp::reply::Response;

use super::call::Call;
use super::problem::Problem;
use super::{Edge, reply};
use crate::html::escaped;
use crate::language::InEach;

const HTML: &str = "text/html; charset=utf-8";

struct Words {
    title: &'static str,
    line: &'static str,
    button: &'static str,
    done: &'static str,
}

static WORDS: InEach<Words> = InEach {
    english: Words {
        title: "E-mail from our chat",
        line: "Do you want no more e-mail from this chat? What was said stays where it is.",
        button: "No more e-mail",
        done: "You get no more e-mail from this chat.",
    },
    arabic: Words {
        title: "رسائل البريد الإلكتروني من دردشتنا",
        line: "هل تريد التوقف عن تلقي رسائل البريد الإلكتروني من هذه الدردشة؟ ستبقى المحادثة كما هي.",
        button: "إيقاف الرسائل",
        done: "لن تصلك رسائل بريد إلكتروني أخرى من هذه الدردشة.",
    },
    simplified: Words {
        title: "来自聊天的邮件",
        line: "不想再收到此聊天的邮件吗？对话内容不受影响。",
        button: "不再接收邮件",
        done: "您不会再收到此聊天的邮件。",
    },
    traditional: Words {
        title: "來自聊天的郵件",
        line: "不想再收到此聊天的郵件嗎？對話內容不受影響。",
        button: "不再接收郵件",
        done: "您不會再收到此聊天的郵件。",
    },
};

/// `GET /mail/stop/TOKEN`
pub async fn page(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    mail(&edge, &call)?;
    Ok(shown(&call, false))
}

/// `POST /mail/stop/TOKEN`
pub async fn post(edge: Arc<Edge>, call: Call) -> Result<Response, Problem> {
    let id = mail(&edge, &call)?;
    match edge.app.store.stop_mail(id, edge.app.now()).await? {
        true => Ok(shown(&call, true)),
        false => Err(Problem::not_found()),
    }
}

fn mail(edge: &Edge, call: &Call) -> Result<crate::store::mail::MailId, Problem> {
    let token = call.params.first().map_or("", String::as_str);
    edge.mail_stops.opened(token).ok_or_else(Problem::not_found)
}

fn shown(call: &Call, is_done: bool) -> Response {
    let language = call.language();
    let words = WORDS.of(language);
    let (tag, dir, title) = (language.tag(), language.dir(), escaped(words.title));
    let body = match is_done {
        true => format!("<p role=\"status\">{}</p>", escaped(words.done)),
        false => format!(
            "<p>{}</p><form method=\"post\"><button>{}</button></form>",
            escaped(words.line),
            escaped(words.button)
        ),
    };
    let page = format!(
        "<!doctype html><html lang=\"{tag}\" dir=\"{dir}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><meta name=\"robots\" content=\"noindex\">\
         <title>{title}</title></head><body><main><h1>{title}</h1>{body}</main></body></html>"
    );
    reply::typed(page, HTML)
}
