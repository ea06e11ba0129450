package io.switchboard.storage;

import io.switchboard.config.SwitchboardConfig;

/**
 * How much may wait in mailboxes; 0 switches a quota off.
 *
 * @param messagesPerUser of one recipient
 * @param bytesPerUser of one recipient, roughly
 * @param messagesPerSenderAndUser from one sender for one recipient
 * @param messagesPerSender from one sender for all recipients
 * @param messagesOfStrangers for all recipients together that never signed in
 */
public record MailQuotas(
        int messagesPerUser,
        long bytesPerUser,
        int messagesPerSenderAndUser,
        int messagesPerSender,
        int messagesOfStrangers) {
    public MailQuotas {
        if (messagesPerUser < 0
                || bytesPerUser < 0
                || messagesPerSenderAndUser < 0
                || messagesPerSender < 0
                || messagesOfStrangers < 0) {
            throw new IllegalArgumentException("a quota is below 0");
        }
    }

    public static MailQuotas of(SwitchboardConfig config) {
        SwitchboardConfig.Mailbox mailbox = config.mailbox();
        return new MailQuotas(
                mailbox.messagesPerUser(),
                mailbox.bytesPerUser().asLongValue(),
                mailbox.messagesPerSenderAndUser(),
                mailbox.messagesPerSender(),
                mailbox.messagesOfStrangers());
    }
}
