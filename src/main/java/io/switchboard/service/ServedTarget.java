package io.switchboard.service;

import java.time.Duration;

/** A method of a bean in this process. */
record ServedTarget(ServedMethod method, Duration timeout, AnswerReader reader) implements Target {
    @Override
    public String label() {
        return method.name().text();
    }

    @Override
    public ServiceAnswer answer(Inquiry inquiry) throws Exception {
        return method.answer(inquiry, reader);
    }
}
