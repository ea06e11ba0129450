package io.switchboard.chat;

/** What a room is about; names and numbers are the wire's. */
public enum RoomType {
    /** For everybody who is signed in. */
    GLOBAL(0),
    /** For those who hold a workspace. */
    WORKSPACE(1),
    /** For two users. */
    USER(2),
    /** For those who may see a file or folder, as an internal service says. */
    NODE(3);

    private final int number;

    RoomType(int number) {
        this.number = number;
    }

    /** By which the wire may name it as well. */
    public int number() {
        return number;
    }
}
