package io.switchboard.testing;

import io.switchboard.chat.ChatRooms;
import io.switchboard.chat.ChatStore;
import io.switchboard.chat.Colleagues;
import io.switchboard.chat.LocalColleagues;
import io.switchboard.chat.LocalMembers;
import io.switchboard.chat.Right;
import io.switchboard.chat.RoomRights;
import io.switchboard.chat.RoomType;
import io.switchboard.event.RoomFamily;
import io.switchboard.hub.Loop;
import java.time.Clock;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Chat rooms as tests need them. */
public final class TestRooms {
    /** A loop on which everything is done at once, and nothing later. */
    public static final Loop AT_ONCE = new Loop() {
        @Override
        public void execute(Runnable task) {
            task.run();
        }

        @Override
        public void schedule(Runnable task, long delayNanos) {
            // never
        }

        @Override
        public long nanoTime() {
            return 0;
        }
    };

    private TestRooms() {}

    /** By claims alone; nobody is let into the room of a file. */
    public static RoomRights rights(Colleagues colleagues) {
        return new RoomRights(
                Set.of(RoomType.NODE), colleagues, (_, _, _) -> CompletableFuture.completedFuture(Right.NONE));
    }

    /** Rooms that nobody hears of. */
    public static ChatRooms silent() {
        Colleagues colleagues = new LocalColleagues();
        return of(
                new MemoryChatStore(),
                rights(colleagues),
                colleagues,
                AT_ONCE,
                _ -> CompletableFuture.completedFuture(null),
                Clock.systemUTC());
    }

    /** Rooms that tell a feed. */
    public static ChatRooms of(
            ChatStore store, RoomRights rights, Colleagues colleagues, Loop loop, ChatRooms.Feed feed, Clock clock) {
        return new ChatRooms(
                store,
                new LocalMembers(loop, 1000, feed::tell),
                rights,
                colleagues,
                feed,
                Runnable::run,
                clock,
                new ChatRooms.PageBounds(1000, 0));
    }

    /** The family of rooms that nobody is let into but by claims. */
    public static RoomFamily family() {
        return new RoomFamily(rights(new LocalColleagues()));
    }
}
