package io.switchboard.session;

import static java.util.Objects.requireNonNull;

import io.switchboard.auth.Revocations;
import io.switchboard.auth.TokenVerifier;
import io.switchboard.chat.ChatRooms;
import io.switchboard.dialect.Detector;
import io.switchboard.dialect.Dialects;
import io.switchboard.mailbox.Mailboxes;
import io.switchboard.presence.Gatherings;
import io.switchboard.presence.PresenceNews;
import io.switchboard.presence.Presences;
import io.switchboard.queue.WorkQueues;
import io.switchboard.rule.TopicRules;
import io.switchboard.webflow.Registrations;
import java.time.Clock;

/**
 * What all sessions share.
 *
 * @param registry knows the open sessions
 * @param revocations what was taken away from tokens
 * @param clock the wall clock, by which tokens expire
 * @param rates how many commands may come
 * @param rules who may subscribe and publish
 * @param past what was published before
 * @param publishing takes what clients publish
 * @param correspondence takes what users write to each other
 * @param mailboxes bring it to them
 * @param presences who is there
 * @param gatherings who shares topics
 * @param presenceNews tells of both
 * @param chronicle what sessions held before
 * @param calls asks internal services for clients
 * @param ownCalls asks them for the sessions themselves, those among them that clients cannot ask
 * @param signInAttempts how often one may try
 * @param lifecycle hears of sessions one by one
 * @param rooms chat
 * @param registrations who waits for which operation
 * @param queues what is worked off
 */
public record SessionServices(
        TokenVerifier verifier,
        Revocations revocations,
        SessionRegistry registry,
        Dialects dialects,
        Detector detector,
        Clock clock,
        Timers timers,
        UserLimit userLimit,
        SessionListener listener,
        SessionLimits limits,
        CommandRates rates,
        TopicRules rules,
        Past past,
        Publishing publishing,
        Correspondence correspondence,
        Mailboxes mailboxes,
        Presences presences,
        Gatherings gatherings,
        PresenceNews presenceNews,
        Chronicle chronicle,
        ServiceCalls calls,
        ServiceCalls ownCalls,
        SignInAttempts signInAttempts,
        Lifecycle lifecycle,
        ChatRooms rooms,
        Registrations registrations,
        WorkQueues queues) {
    /** The service that has newer tokens for users; clients cannot call it. */
    public static final String RENEWAL_SERVICE = "refreshtoken";

    public SessionServices {
        requireNonNull(verifier, "verifier");
        requireNonNull(revocations, "revocations");
        requireNonNull(registry, "registry");
        requireNonNull(dialects, "dialects");
        requireNonNull(detector, "detector");
        requireNonNull(clock, "clock");
        requireNonNull(timers, "timers");
        requireNonNull(userLimit, "userLimit");
        requireNonNull(listener, "listener");
        requireNonNull(limits, "limits");
        requireNonNull(rates, "rates");
        requireNonNull(rules, "rules");
        requireNonNull(past, "past");
        requireNonNull(publishing, "publishing");
        requireNonNull(correspondence, "correspondence");
        requireNonNull(mailboxes, "mailboxes");
        requireNonNull(presences, "presences");
        requireNonNull(gatherings, "gatherings");
        requireNonNull(presenceNews, "presenceNews");
        requireNonNull(chronicle, "chronicle");
        requireNonNull(calls, "calls");
        requireNonNull(ownCalls, "ownCalls");
        requireNonNull(signInAttempts, "signInAttempts");
        requireNonNull(lifecycle, "lifecycle");
        requireNonNull(rooms, "rooms");
        requireNonNull(registrations, "registrations");
        requireNonNull(queues, "queues");
    }
}
