package io.switchboard.chat;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Optional;

/**
 * What tells rooms apart: their type, and the object of that type that they are about. There is at most one room of a name.
 *
 * @param object the workspace's uuid, the node's uuid, whatever a global room is called; of a {@link RoomType#USER} room
 *     the two logins in their order, joined by {@link #BETWEEN}
 */
public record RoomName(RoomType type, String object) {
    /** No login holds it: U+001F, unit separator. */
    private static final char BETWEEN = '\u001f';

    /** The longest object, in characters. */
    public static final int LONGEST_OBJECT = 512;

    public RoomName {
        requireNonNull(type, "type");
        requireNonNull(object, "object");
        if (object.length() > LONGEST_OBJECT) {
            throw new IllegalArgumentException("an object has at most " + LONGEST_OBJECT + " characters");
        }
        if (type == RoomType.USER && object.indexOf(BETWEEN) < 0) {
            throw new IllegalArgumentException("a room of users is that of two");
        }
    }

    /**
     * The room that a user means.
     *
     * @param object as the user calls it: in a {@link RoomType#USER} room the other's login
     * @return empty: there can be no such room
     */
    public static Optional<RoomName> of(RoomType type, String object, String username) {
        if (object.length() > LONGEST_OBJECT || object.chars().anyMatch(character -> character < ' ')) {
            return Optional.empty();
        }
        if (type != RoomType.USER) {
            return type != RoomType.GLOBAL && object.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new RoomName(type, object));
        }
        if (object.isEmpty() || object.equals(username) || username.indexOf(BETWEEN) >= 0) {
            return Optional.empty();
        }
        String pair = username.compareTo(object) < 0 ? username + BETWEEN + object : object + BETWEEN + username;
        return pair.length() > LONGEST_OBJECT ? Optional.empty() : Optional.of(new RoomName(type, pair));
    }

    /** Whether it is a room of two, and the user one of them. */
    boolean isOf(String username) {
        return type == RoomType.USER && (first().equals(username) || second().equals(username));
    }

    /** The two users of a room of two; nobody of others. */
    public List<String> users() {
        return type == RoomType.USER ? List.of(first(), second()) : List.of();
    }

    private String first() {
        return object.substring(0, object.indexOf(BETWEEN));
    }

    private String second() {
        return object.substring(object.indexOf(BETWEEN) + 1);
    }

    /** What a user calls the object: in a room of two, the other. */
    public String objectFor(String username) {
        if (type != RoomType.USER) {
            return object;
        }
        return first().equals(username) ? second() : first();
    }
}
