package io.switchboard.service;

import java.time.Duration;

/** Where a call may be answered. */
interface Target {
    /** For figures and the log: a name or pattern that somebody configured or wrote into a program, never a client's. */
    String label();

    /** How long it may take. */
    Duration timeout();

    /**
     * Answers, on a virtual thread, which may be blocked and is interrupted when the time is over.
     *
     * @return {@link ServiceAnswer.Unknown} where somebody else is to be asked
     * @throws ServiceException to refuse
     * @throws BrokenServiceException where the service did not do its part
     */
    ServiceAnswer answer(Inquiry inquiry) throws Exception;
}
