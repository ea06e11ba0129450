package io.switchboard.chat;

import org.jsoup.Jsoup;
import org.jsoup.nodes.Document;
import org.jsoup.safety.Safelist;

/**
 * Makes text harmless that people will see as HTML: what users may write is kept, scripts, styles, forms, frames and
 * handlers are not. Pure.
 */
final class MessageText {
    private static final Document.OutputSettings AS_IT_IS = new Document.OutputSettings().prettyPrint(false);

    private MessageText() {}

    /** The text without what is dangerous; what is no markup at all is not touched. */
    static String harmless(String text) {
        if (text.indexOf('<') < 0 && text.indexOf('>') < 0 && text.indexOf('&') < 0) {
            return text;
        }
        return Jsoup.clean(text, "", allowed(), AS_IT_IS);
    }

    /** User-generated content: text, lists, tables, quotes, images, and links that say nothing of this page elsewhere. */
    private static Safelist allowed() {
        return Safelist.relaxed()
                .addTags("del", "ins", "hr", "s")
                .addEnforcedAttribute("a", "rel", "nofollow noreferrer noopener");
    }
}
