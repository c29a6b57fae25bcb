// What a page may ask of the chat: types for TypeScript and for editors. Copy it beside your own types, or name it in a
// `/// <reference path="…" />`. What each call does stands in docs/embedding.md.

/** Opens the chat, or closes it. */
declare function Deskbell(call: "open" | "close"): void;
/** Shows the launcher again, or hides it; `open` works with a hidden one, too. */
declare function Deskbell(call: "show" | "hide"): void;
/** Puts a text into the composer of the visitor, unless something stands there. Nothing is sent. */
declare function Deskbell(call: "prefill", text: string): void;
/** Says that a single-page application shows another page, and how it is called. Without `page`: as the document says. */
declare function Deskbell(call: "page", page?: Deskbell.Page): void;
/** Chooses a language over that of the page: a BCP 47 tag. Without one: by the page again. */
declare function Deskbell(call: "locale", tag?: string): void;
/** Says what the page knows of the visitor, unproved; a question of that name is not asked. The last call counts as a whole. */
declare function Deskbell(call: "attributes", attributes: Record<string, string | number | boolean | null | undefined>): void;
/** Chooses whom the visitor talks to, by the key of one of the inboxes that the site offers. */
declare function Deskbell(call: "inbox", key: string): void;
/** Says who the visitor is, by a token that the website's server has signed. */
declare function Deskbell(call: "identify", identity: Deskbell.Identity): void;
/** Says that the visitor has signed out: ends the session and empties what the chat keeps in this browser. */
declare function Deskbell(call: "logout"): void;
/** Says that the visitor agrees to be told of new messages on a page where they have not opened the chat. */
declare function Deskbell(call: "consent"): void;
/** Calls `hear` each time that it happens, until `off` with the same function. */
declare function Deskbell<Name extends keyof Deskbell.Events>(
  call: "on" | "off",
  event: Name,
  hear: (event: Deskbell.Events[Name]) => void,
): void;
/** Takes everything off the page. The tag may be run again afterwards. */
declare function Deskbell(call: "destroy"): void;

declare namespace Deskbell {
  interface Page {
    /** Instead of the title of the document. */
    title?: string;
    /** Instead of the address of the document; may be relative. Query and fragment are dropped. */
    url?: string;
  }
  interface Identity {
    /** A JSON Web Token, signed with HS256. */
    token: string;
  }
  interface Events {
    /** The chat was opened, by whomever. */
    open: CustomEvent<null>;
    /** The chat was closed, by whomever. */
    close: CustomEvent<null>;
    /** How many messages wait to be read while the chat is closed; 0 when they were read. */
    unread: CustomEvent<number>;
    /** Somebody of the team has written. What, the page does not learn. */
    message: CustomEvent<"team">;
    /** The session of who was logged out is over, and what was kept of them in this browser is gone. */
    logout: CustomEvent<null>;
  }
  /** Calls that wait for the tag. */
  let q: IArguments[] | undefined;
}

interface Window {
  /** Before the tag has run, and again after `destroy`: what stood here, if anything. */
  Deskbell?: typeof Deskbell;
}
