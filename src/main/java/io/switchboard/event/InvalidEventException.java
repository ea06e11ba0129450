package io.switchboard.event;

import static java.util.Objects.requireNonNull;

/** An event that no service should have published. The message says what to do about the field, without its value. */
public final class InvalidEventException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String field;

    /**
     * @param field path of the field, such as {@code Target.MetaStore.name}; empty for the event as a whole
     * @param problem what is wrong and what to send instead
     */
    public InvalidEventException(String field, String problem) {
        super(requireNonNull(problem, "problem"), null, false, false);
        this.field = requireNonNull(field, "field");
    }

    public String field() {
        return field;
    }

    /** The same problem seen from further out, as of the second event of an array: {@code [1].Target.Path}. */
    public InvalidEventException within(String outer) {
        return new InvalidEventException(field.isEmpty() ? outer : outer + "." + field, getMessage());
    }
}
