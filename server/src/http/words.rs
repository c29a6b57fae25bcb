//! What the server itself says to visitors: the label of the launcher and the plain form.

use crate::language::InEach;

/// Everything the server says to visitors. `{name}` is the site, or whoever joined.
pub struct Words {
    /// The launcher and the title of the plain form.
    pub chat_with: &'static str,
    /// Above what was said.
    pub conversation: &'static str,
    /// The author of the visitor's own messages.
    pub you: &'static str,
    /// Somebody took the conversation.
    pub joined: &'static str,
    /// It was ended.
    pub resolved: &'static str,
    /// It goes on.
    pub reopened: &'static str,
    /// What stood there was erased.
    pub erased: &'static str,
    /// Its author took back what stood there.
    pub withdrawn: &'static str,
    /// Behind the time of a message that its author has edited.
    pub edited: &'static str,
    /// It waits again.
    pub requeued: &'static str,
    /// It went to another inbox, `{name}`.
    pub moved: &'static str,
    /// The field before anything was said.
    pub message: &'static str,
    /// The field later.
    pub answer: &'static str,
    /// The button that sends.
    pub send: &'static str,
    /// The button that looks for answers.
    pub look: &'static str,
    /// Stored.
    pub sent: &'static str,
    /// This very form was sent before.
    pub sent_before: &'static str,
    /// The form was too old.
    pub expired: &'static str,
    /// The text is too long.
    pub too_long: &'static str,
    /// Too many at once.
    pub too_fast: &'static str,
    /// Nothing more is taken of this visitor for a time.
    pub blocked: &'static str,
    /// Only people who are signed in on the website may write.
    pub members: &'static str,
    /// The server could not keep it.
    pub not_stored: &'static str,
    /// Something that has to be answered was not.
    pub unanswered: &'static str,
    /// Beside a question that may be left.
    pub optional: &'static str,
    /// Before the inboxes that one may write to.
    pub whom: &'static str,
    /// The way to more about what is agreed to.
    pub read_more: &'static str,
}

/// It, in each of our languages.
pub static WORDS: InEach<Words> = InEach {
    english: Words {
        chat_with: "Chat with {name}",
        conversation: "Conversation",
        you: "You",
        joined: "{name} has joined.",
        resolved: "This conversation was ended. Writing again goes on with it.",
        reopened: "The conversation goes on.",
        erased: "This message was erased.",
        withdrawn: "This message was withdrawn.",
        edited: "edited",
        requeued: "You are back in the queue, with your place kept.",
        moved: "The conversation was passed on to {name}.",
        message: "Your message",
        answer: "Your answer",
        send: "Send",
        look: "Check for answers",
        sent: "Your message was sent. Answers appear on this page when you check for them.",
        sent_before: "This form was sent before. Your text is still here: press Send again.",
        expired: "This page had been open for too long. Your text is still here: press Send again.",
        too_long: "This message is too long for one. Please shorten it, or send it in parts.",
        too_fast: "That was a lot at once. Your text is still here: wait a moment, then press Send again.",
        blocked: "We cannot take further messages from you here at the moment. If this is a mistake, please reach us in another way.",
        members: "This chat is for people who are signed in on this website. Sign in, and come back.",
        not_stored: "The message could not be kept. Your text is still here: wait a moment, then press Send again.",
        unanswered: "Please answer the questions first. Your text is still here.",
        optional: "(optional)",
        whom: "Who would you like to talk to?",
        read_more: "Read more",
    },
    arabic: Words {
        chat_with: "دردشة مع {name}",
        conversation: "المحادثة",
        you: "أنت",
        joined: "محادثتك الآن مع {name}.",
        resolved: "انتهت هذه المحادثة. إذا كتبت مجددًا فستُستأنف.",
        reopened: "استُؤنفت المحادثة.",
        erased: "حُذفت هذه الرسالة.",
        withdrawn: "سُحبت هذه الرسالة.",
        edited: "معدّلة",
        requeued: "عدت إلى قائمة الانتظار، ومكانك محفوظ.",
        moved: "حُوّلت المحادثة إلى {name}.",
        message: "رسالتك",
        answer: "ردّك",
        send: "إرسال",
        look: "البحث عن ردود جديدة",
        sent: "أُرسلت رسالتك. اضغط «البحث عن ردود جديدة» لتظهر الردود في هذه الصفحة.",
        sent_before: "سبق إرسال هذا النموذج. ما زال نصك هنا: اضغط «إرسال» مرة أخرى.",
        expired: "ظلت هذه الصفحة مفتوحة مدة طويلة. ما زال نصك هنا: اضغط «إرسال» مرة أخرى.",
        too_long: "هذه الرسالة أطول من أن تُرسل دفعة واحدة. يُرجى اختصارها أو إرسالها على أجزاء.",
        too_fast: "أرسلت الكثير في وقت قصير. ما زال نصك هنا: انتظر لحظة ثم اضغط «إرسال» مرة أخرى.",
        blocked: "لا يمكننا استقبال رسائل أخرى منك هنا في الوقت الحالي. إذا كان ذلك خطأً، فيُرجى التواصل معنا بطريقة أخرى.",
        members: "هذه الدردشة مخصصة لمن سجّلوا الدخول إلى هذا الموقع. سجّل الدخول ثم عد إلى هنا.",
        not_stored: "تعذّر حفظ الرسالة. ما زال نصك هنا: انتظر لحظة ثم اضغط «إرسال» مرة أخرى.",
        unanswered: "يُرجى الإجابة عن الأسئلة أولًا. ما زال نصك هنا.",
        optional: "(اختياري)",
        whom: "مع من تود التحدث؟",
        read_more: "اقرأ المزيد",
    },
    simplified: Words {
        chat_with: "{name}客服",
        conversation: "对话记录",
        you: "我",
        joined: "{name}已加入对话。",
        resolved: "对话已结束，再发一条消息即可继续。",
        reopened: "对话继续。",
        erased: "此消息已被删除。",
        withdrawn: "此消息已被撤回。",
        edited: "已编辑",
        requeued: "您已回到队列，位置保留。",
        moved: "对话已转至{name}。",
        message: "您的留言",
        answer: "您的回复",
        send: "发送",
        look: "查看新回复",
        sent: "消息已发送。点“查看新回复”，即可在本页看到我们的答复。",
        sent_before: "这份表单已经提交过。您写的内容还在，请再点一次“发送”。",
        expired: "页面打开太久，已经过期。您写的内容还在，请再点一次“发送”。",
        too_long: "消息太长，一次发不完。请精简一些，或分几次发送。",
        too_fast: "发送得有点快。您写的内容还在，请稍等片刻再点“发送”。",
        blocked: "目前我们暂时无法在这里接收您的新消息。如果您认为这是误会，请通过其他方式联系我们。",
        members: "只有登录本网站的用户才能在此对话。请登录后再来。",
        not_stored: "消息没能保存。您写的内容还在，请稍等片刻再点“发送”。",
        unanswered: "请先回答上面的问题。您写的内容还在。",
        optional: "（选填）",
        whom: "您想联系哪个团队？",
        read_more: "了解更多",
    },
    traditional: Words {
        chat_with: "{name}客服",
        conversation: "對話紀錄",
        you: "我",
        joined: "{name}已加入對話。",
        resolved: "對話已結束，再傳一則訊息即可繼續。",
        reopened: "對話繼續。",
        erased: "此訊息已刪除。",
        withdrawn: "此訊息已收回。",
        edited: "已編輯",
        requeued: "您已回到佇列，位置保留。",
        moved: "對話已轉至{name}。",
        message: "您的訊息",
        answer: "您的回覆",
        send: "傳送",
        look: "查看新回覆",
        sent: "訊息已傳送。按「查看新回覆」，即可在本頁看到我們的答覆。",
        sent_before: "這份表單已經送出過。您寫的內容還在，請再按一次「傳送」。",
        expired: "頁面開啟太久，已經過期。您寫的內容還在，請再按一次「傳送」。",
        too_long: "訊息太長，無法一次傳送。請精簡一些，或分幾次傳送。",
        too_fast: "傳送得有點快。您寫的內容還在，請稍候再按「傳送」。",
        blocked: "目前我們暫時無法在這裡接收您的新訊息。如果您認為這是誤會，請透過其他方式聯絡我們。",
        members: "只有登入本網站的使用者才能在此對話。請登入後再來。",
        not_stored: "訊息沒能儲存。您寫的內容還在，請稍候再按「傳送」。",
        unanswered: "請先回答上面的問題。您寫的內容還在。",
        optional: "（選填）",
        whom: "您想聯絡哪個團隊？",
        read_more: "了解更多",
    },
};
