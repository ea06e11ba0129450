package io.switchboard.dialect;

import static java.util.Objects.requireNonNull;

/** What a client's frame asks for. */
public sealed interface Command {
    /** Take the claims of this token in place of those held. */
    record SignIn(String token) implements Command {
        public SignIn {
            requireNonNull(token, "token");
        }

        /** Without the token. */
        @Override
        public String toString() {
            return "SignIn[]";
        }
    }

    /** Give the claims up; the connection stays. */
    record SignOut() implements Command {}

    /** Nothing to do, as the dialect asks for frames that it does not know. */
    record Ignored() implements Command {}

    /**
     * A command that cannot be carried out, and after which the connection stays.
     *
     * @param reason what is wrong, for the client; holds nothing of the frame
     */
    record Refused(String reason) implements Command {
        public Refused {
            requireNonNull(reason, "reason");
        }
    }

    /**
     * A frame that is none of the dialect's.
     *
     * @param reason what is wrong, for the client; holds nothing of the frame
     */
    record Malformed(String reason) implements Command {
        public Malformed {
            requireNonNull(reason, "reason");
        }
    }
}
