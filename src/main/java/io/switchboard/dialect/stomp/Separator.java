package io.switchboard.dialect.stomp;

import static java.util.Objects.requireNonNull;

import io.switchboard.hub.TopicSyntax;

/** How a client writes a topic behind {@code /topic/}; it is answered in the same way. */
enum Separator {
    DOT(new TopicSyntax('.', "%.*>/")),
    SLASH(new TopicSyntax('/', "%/*>"));

    @SuppressWarnings("ImmutableEnumChecker") // a record of a character and a string
    private final TopicSyntax syntax;

    Separator(TopicSyntax syntax) {
        this.syntax = requireNonNull(syntax, "syntax");
    }

    TopicSyntax syntax() {
        return syntax;
    }

    static Separator of(String text) {
        return text.indexOf('/') >= 0 ? SLASH : DOT;
    }
}
